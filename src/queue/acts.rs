//! What persons do: release, retry, park, cancel. Author and reason stay in the timeline.

use serde_json::json;

use super::draft::{Draft, Fault};
use super::trouble;
use crate::clock::Millis;
use crate::lifecycle::State;
use crate::problems::Said;
use crate::store::{Handle, InvoiceRow, ProblemFilter, Released, ReleasedOf, StatementState, StoreError};
use crate::text::{blank, hidden};

/// Why an act was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ActError {
    #[error("an author and a reason are needed: both are kept with the invoice")]
    NoReason,
    #[error("{member} holds a character that cannot be seen (U+{:04X})", u32::from(*.character))]
    Hidden { member: &'static str, character: char },
    #[error("invoice {id} is {state}: {why}")]
    NotNow { id: String, state: State, why: &'static str },
    #[error("statement {id} is {}: {why}", .state.as_str())]
    StatementNotNow { id: String, state: StatementState, why: &'static str },
    #[error("invoice {by} holds the same number and may exist at the platform: this one cannot leave beside it")]
    NumberTaken { by: String },
    #[error(transparent)]
    Store(StoreError),
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl From<StoreError> for ActError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NumberTaken { by } => ActError::NumberTaken { by },
            error => ActError::Store(error),
        }
    }
}

type Acted = Result<InvoiceRow, ActError>;

/// What a person may do with an invoice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    Release,
    Retry,
    Park,
    Cancel,
}

impl Act {
    pub const ALL: [Act; 4] = [Act::Release, Act::Retry, Act::Park, Act::Cancel];

    pub fn as_str(self) -> &'static str {
        match self {
            Act::Release => "release",
            Act::Retry => "retry",
            Act::Park => "park",
            Act::Cancel => "cancel",
        }
    }

    pub fn parse(text: &str) -> Option<Act> {
        Self::ALL.into_iter().find(|act| act.as_str() == text)
    }

    /// Must its author say why?
    pub fn needs_reason(self) -> bool {
        self != Act::Retry
    }

    /// Is it possible as the invoice stands, beside its [`rival`]? The acts themselves ask this; the store has the last word
    /// where something changes in between.
    ///
    /// # Errors
    /// Why not.
    pub fn check(self, row: &InvoiceRow, rival: Option<&InvoiceRow>) -> Result<(), Bar> {
        match (self, rival) {
            (Act::Release, Some(rival)) => may_release(row).and(Err(Bar::NumberTaken { by: rival.id.clone() })),
            (Act::Release, None) => may_release(row),
            (Act::Retry, _) => retried_to(row).map(|_| ()),
            (Act::Park, _) => may_park(row),
            (Act::Cancel, _) => may_cancel(row),
        }
    }
}

/// What stands against an act.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Bar {
    /// The invoice itself does not allow it; why, in a few words.
    NotNow(&'static str),
    /// Another invoice holds its number.
    NumberTaken { by: String },
}

impl From<&'static str> for Bar {
    fn from(why: &'static str) -> Self {
        Bar::NotNow(why)
    }
}

/// Another invoice that holds the number of this one: it may exist at a platform or is on its way there.
pub async fn rival(store: &Handle, row: &InvoiceRow) -> Result<Option<InvoiceRow>, StoreError> {
    let Some(key) = &row.number_key else { return Ok(None) };
    Ok(store.holder(key).await?.filter(|holder| holder.id != row.id))
}

/// Lets a blocked or parked invoice go in spite of what is said against it. Its number must be free all the same.
///
/// One that was set aside because nobody knows whether the platform has it does not leave at once: the platform is asked
/// first, and only where it does not show the invoice then does the release allow another deposit.
pub async fn release(store: &Handle, id: &str, author: &str, reason: &str, at: Millis) -> Acted {
    reasoned(author, reason)?;
    let row = find(store, id).await?;
    let rival = rival(store, &row).await?;
    Act::Release.check(&row, rival.as_ref()).map_err(|bar| refused(&row, bar))?;
    let from = row.state.unwrap_or(State::Received);
    let known = store.problems(ProblemFilter { invoice_id: Some(id.into()), ..ProblemFilter::default() }).await?;
    let mut draft = Draft::new(&row, at);
    let doubt = from == State::Parked && matches!(row.parked_from, Some(State::Unknown | State::Sending));
    let (to, of) = if doubt { (State::Unknown, ReleasedOf::Doubt) } else { (State::Ready, ReleasedOf::Findings) };
    draft.row.released = Some(Released { author: author.into(), reason: reason.into(), at, of });
    draft.take_number = row.number_key.clone();
    draft.go(to, Some(at));
    let data = json!({
        "reason": reason, "from": from, "to": to, "verdict": row.verdict, "parked_why": row.parked_why,
        "may_exist_at_platform": doubt,
    });
    draft.say_as(author, "released", data);
    if !doubt {
        trouble::close(&mut draft, &known, "released", author, None, |problem| problem.said == Said::Rule);
    }
    finish(store, draft).await
}

/// Sends an invoice on: judges a blocked one again, takes a parked one up where it was, looks at once at one that waits.
pub async fn retry(store: &Handle, id: &str, author: &str, at: Millis) -> Acted {
    legible(author, "")?;
    let row = find(store, id).await?;
    let from = row.state.unwrap_or(State::Received);
    let to = retried_to(&row).map_err(|bar| refused(&row, bar))?;
    let mut draft = Draft::new(&row, at);
    // Whatever the directory said before, it is asked anew.
    draft.row.look_anew = at;
    let rests = matches!(to, State::Blocked | State::Refused);
    draft.go(to, (!rests).then_some(at));
    draft.say_as(author, "retried", json!({ "from": from, "to": to, "parked_why": row.parked_why }));
    finish(store, draft).await
}

/// Sets an invoice aside until somebody retries, releases or cancels it. It keeps its number.
pub async fn park(store: &Handle, id: &str, author: &str, reason: &str, at: Millis) -> Acted {
    reasoned(author, reason)?;
    let row = find(store, id).await?;
    may_park(&row).map_err(|bar| refused(&row, bar))?;
    let from = row.state.unwrap_or(State::Received);
    let mut draft = Draft::new(&row, at);
    draft.end_doubt();
    draft.go(State::Parked, None);
    draft.row.parked_from = Some(from);
    draft.row.parked_why = Some(reason.into());
    draft.say_as(author, "parked", json!({ "why": reason, "from": from, "received_at": row.received_at }));
    finish(store, draft).await
}

/// Withdraws an invoice that is not at a platform. One that may be there is cancelled there, not here.
pub async fn cancel(store: &Handle, id: &str, author: &str, reason: &str, at: Millis) -> Acted {
    reasoned(author, reason)?;
    let row = find(store, id).await?;
    let from = row.state.unwrap_or(State::Received);
    may_cancel(&row).map_err(|bar| refused(&row, bar))?;
    let known = store.problems(ProblemFilter { invoice_id: Some(id.into()), ..ProblemFilter::default() }).await?;
    let mut draft = Draft::new(&row, at);
    draft.go(State::Cancelled, None);
    draft.free_number = !row.keeps_number();
    for old in &row.corrects {
        // What it would have corrected may be sent again.
        let Some(old) = store.invoice(old).await?.filter(|old| old.corrected_by.as_ref() == Some(&row.id)) else {
            continue;
        };
        let mut freed = Draft::new(&old, at);
        freed.row.corrected_by = None;
        draft.also.push(freed.finish(None)?);
    }
    draft.say_as(author, "cancelled", json!({ "reason": reason, "from": from }));
    // A refusal stays a problem: cancelling the document does not get anybody paid.
    trouble::close(&mut draft, &known, "person", author, None, |problem| problem.said == Said::Rule);
    finish(store, draft).await
}

fn may_release(row: &InvoiceRow) -> Result<(), Bar> {
    let from = row.state.unwrap_or(State::Received);
    if !matches!(from, State::Blocked | State::Parked) {
        return Err("only what is blocked or parked can be released".into());
    }
    if from == State::Parked && row.parked_from.is_some_and(is_there) {
        return Err("the platform has it already: retry follows it on".into());
    }
    if row.platform.is_none() || row.intent.is_none() {
        return Err("nothing says where and how to send it: it could not be read, or it has no route".into());
    }
    let number = row.intent.as_ref().and_then(|intent| intent["number"].as_str());
    if number.is_none_or(blank) {
        return Err("it has no number (BT-1): were the answer lost, the platform could not be asked for it".into());
    }
    Ok(())
}

/// The state in which a retry takes it up.
fn retried_to(row: &InvoiceRow) -> Result<State, Bar> {
    let from = row.state.unwrap_or(State::Received);
    match from {
        State::Blocked => Ok(State::Received),
        State::Refused if row.corrected_by.is_some() => {
            Err("another invoice corrects it: it would be claimed twice; cancel that one first".into())
        }
        State::Refused if row.perhaps_there => {
            Err("an earlier deposit of it may be at the platform: a corrected one needs another number".into())
        }
        State::Refused if !row.existed && row.replaced_by.is_none() => Ok(State::Received),
        State::Parked => Ok(row.parked_from.unwrap_or(State::Received)),
        State::Received | State::Ready | State::Unknown => Ok(from),
        State::Delivered | State::Accepted | State::Suspended | State::Disputed => Ok(from),
        State::Sending => Err("a call is under way".into()),
        State::Refused => Err("it existed at the platform: a corrected one needs another number".into()),
        State::Paid | State::Cancelled => Err("nothing is left to do".into()),
    }
}

fn may_park(row: &InvoiceRow) -> Result<(), Bar> {
    match row.state.unwrap_or(State::Received) {
        State::Sending | State::Parked | State::Paid | State::Cancelled | State::Refused => {
            Err("it cannot be set aside now".into())
        }
        _ => Ok(()),
    }
}

fn may_cancel(row: &InvoiceRow) -> Result<(), Bar> {
    match row.state.unwrap_or(State::Received) {
        State::Received | State::Blocked | State::Ready | State::Parked if row.is_there_already() => {
            Err("an earlier deposit of it is at the platform: a credit note or the platform itself cancels it".into())
        }
        State::Received | State::Blocked | State::Ready | State::Refused => Ok(()),
        State::Parked if row.parked_from.is_none_or(|from| !is_there(from) && from != State::Unknown) => Ok(()),
        _ => Err("it may exist at the platform: a credit note or the platform itself cancels it".into()),
    }
}

async fn finish(store: &Handle, draft: Draft) -> Acted {
    let mut row = draft.row.clone();
    store.record(draft.finish(None)?).await?;
    row.version += 1;
    Ok(row)
}

async fn find(store: &Handle, id: &str) -> Acted {
    store.invoice(id).await?.ok_or_else(|| ActError::Store(StoreError::NoInvoice(id.into())))
}

pub(super) fn reasoned(author: &str, reason: &str) -> Result<(), ActError> {
    if blank(author) || blank(reason) {
        return Err(ActError::NoReason);
    }
    legible(author, reason)
}

/// Both are read later, by people who have to rely on them.
fn legible(author: &str, reason: &str) -> Result<(), ActError> {
    let of = |member, text, lines| hidden(text, lines).map(|character| ActError::Hidden { member, character });
    of("author", author, false).or_else(|| of("reason", reason, true)).map_or(Ok(()), Err)
}

fn refused(row: &InvoiceRow, bar: Bar) -> ActError {
    match bar {
        Bar::NotNow(why) => ActError::NotNow { id: row.id.clone(), state: row.state.unwrap_or(State::Received), why },
        Bar::NumberTaken { by } => ActError::NumberTaken { by },
    }
}

/// Said to be at the platform, beyond doubt.
fn is_there(state: State) -> bool {
    matches!(state, State::Delivered | State::Accepted | State::Suspended | State::Disputed | State::Paid)
}
