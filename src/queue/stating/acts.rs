//! What persons do with a statement that does not get through: it is let go once more, or withdrawn. Author and reason stay in the invoice's timeline.

use super::super::acts::ActError;
use super::super::draft::Draft;
use super::super::heard::OUR_STATUS;
use super::super::statements::{Word, said};
use super::super::trouble;
use crate::clock::Millis;
use crate::store::{
    Handle, Keyed, ProblemFilter, Released, ReleasedOf, Statement, StatementState, StatementsOf, StoreError,
};

/// What a person may do with a statement, beside having it tried again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deed {
    /// Lets go one that was set aside. Where nobody knows whether the platform has it, that is asked first, and only where it does not show it
    /// does the person's word allow another deposit.
    Release,
    /// It is not to be said any more: what it said to be paid is not counted.
    Withdraw,
}

impl Deed {
    /// The state to which it leads.
    ///
    /// # Errors
    /// Why it is not possible now.
    pub fn check(self, one: &Statement) -> Result<StatementState, &'static str> {
        use StatementState::{Delivered, Parked, Ready, Refused, Sending, Taken, Unknown, Withdrawn};
        let settled = one.deposits == 0 || one.absent;
        match (self, one.state) {
            (Deed::Release, Parked) if settled => Ok(Ready),
            (Deed::Release, Parked) => Ok(Unknown),
            (Deed::Release, _) => Err("only what is parked can be released"),
            (Deed::Withdraw, Ready | Refused) => Ok(Withdrawn),
            (Deed::Withdraw, Parked) if settled => Ok(Withdrawn),
            (Deed::Withdraw, Parked | Unknown) => {
                Err("the platform may have it: that has to be settled first, and a release has it asked")
            }
            (Deed::Withdraw, Sending) => Err("a call is under way"),
            (Deed::Withdraw, Delivered | Taken) => {
                Err("the platform has it: an amount is taken back by another 212, below zero")
            }
            (Deed::Withdraw, Withdrawn) => Err("nothing is left to do"),
        }
    }
}

/// Does it; none where there is no such statement. `under` gives the key of the request, with its answer.
///
/// # Errors
/// [`ActError::StatementNotNow`], or what the store says: stale where a step of it came in between.
pub async fn act(
    store: &Handle,
    id: &str,
    deed: Deed,
    (author, reason): (&str, &str),
    at: Millis,
    under: impl FnOnce(&Statement) -> Option<Keyed>,
) -> Result<Option<Statement>, ActError> {
    super::super::acts::reasoned(author, reason)?;
    let found = store.statements(StatementsOf::One(id.to_owned())).await?;
    let Some((_, mut statement)) = found.into_iter().next() else { return Ok(None) };
    let from = statement.state;
    let to = deed.check(&statement).map_err(|why| ActError::StatementNotNow { id: id.to_owned(), state: from, why })?;
    let row =
        store.invoice(&statement.invoice).await?.ok_or_else(|| StoreError::NoInvoice(statement.invoice.clone()))?;
    statement.state = to;
    statement.attempt = 0;
    let mut draft = Draft::beside(&row, at);
    let word = match deed {
        Deed::Release => {
            let of = if to == StatementState::Unknown { ReleasedOf::Doubt } else { ReleasedOf::DoubtSettled };
            statement.released = Some(Released { author: author.into(), reason: reason.into(), at, of });
            statement.due_at = Some(at);
            Word::Released(reason.to_owned())
        }
        Deed::Withdraw => {
            statement.due_at = None;
            statement.why = reason.to_owned();
            if from == StatementState::Refused {
                settle(store, &statement, author, &mut draft).await?;
            }
            Word::Withdrawn
        }
    };
    draft.say_as(author, "statement", said(&statement, &word));
    draft.statement = Some(statement.clone());
    let mut step = draft.finish(None)?;
    let after = Statement { version: statement.version + 1, ..statement };
    step.under = under(&after);
    store.record(step).await?;
    Ok(Some(after))
}

/// That it was refused troubles nobody any more, unless another one was as well.
async fn settle(store: &Handle, statement: &Statement, author: &str, draft: &mut Draft) -> Result<(), StoreError> {
    let others = store.statements(StatementsOf::Invoice(statement.invoice.clone())).await?;
    let refused = |one: &Statement| one.id != statement.id && one.state == StatementState::Refused;
    if others.iter().any(|(_, one)| refused(one)) {
        return Ok(());
    }
    let of_it = ProblemFilter { invoice_id: Some(statement.invoice.clone()), ..ProblemFilter::default() };
    let known = store.problems(of_it).await?;
    trouble::close(draft, &known, "person", author, None, |problem| problem.cause == OUR_STATUS);
    Ok(())
}
