//! What persons do: release, retry, park, cancel. Author and reason stay in the timeline.

use serde_json::json;

use super::draft::{Draft, Fault};
use super::trouble;
use crate::clock::Millis;
use crate::lifecycle::State;
use crate::problems::Said;
use crate::store::{Handle, InvoiceRow, ProblemFilter, Released, ReleasedOf, StoreError};

/// Why an act was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ActError {
    #[error("an author and a reason are needed: both are kept with the invoice")]
    NoReason,
    #[error("invoice {id} is {state}: {why}")]
    NotNow { id: String, state: State, why: &'static str },
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

/// Lets a blocked or parked invoice go in spite of what is said against it. Its number must be free all the same.
///
/// One that was set aside because nobody knows whether the platform has it does not leave at once: the platform is asked
/// first, and only where it does not show the invoice then does the release allow another deposit.
pub async fn release(store: &Handle, id: &str, author: &str, reason: &str, at: Millis) -> Acted {
    reasoned(author, reason)?;
    let row = find(store, id).await?;
    let from = row.state.unwrap_or(State::Received);
    if !matches!(from, State::Blocked | State::Parked) {
        return Err(not_now(&row, "only what is blocked or parked can be released"));
    }
    if from == State::Parked && row.parked_from.is_some_and(is_there) {
        return Err(not_now(&row, "the platform has it already: retry follows it on"));
    }
    if row.platform.is_none() || row.intent.is_none() {
        return Err(not_now(&row, "nothing says where and how to send it: it could not be read, or it has no route"));
    }
    let number = row.intent.as_ref().and_then(|intent| intent["number"].as_str());
    if number.is_none_or(|number| number.trim().is_empty()) {
        return Err(not_now(
            &row,
            "it has no number (BT-1): were the answer lost, the platform could not be asked for it",
        ));
    }
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
    let row = find(store, id).await?;
    let from = row.state.unwrap_or(State::Received);
    let to = match from {
        State::Blocked => State::Received,
        State::Refused if !row.existed && row.replaced_by.is_none() => State::Received,
        State::Parked => row.parked_from.unwrap_or(State::Received),
        State::Received | State::Ready | State::Unknown => from,
        State::Delivered | State::Accepted | State::Suspended | State::Disputed => from,
        State::Sending => return Err(not_now(&row, "a call is under way")),
        State::Refused => {
            return Err(not_now(&row, "it existed at the platform: a corrected one needs another number"));
        }
        State::Paid | State::Cancelled => return Err(not_now(&row, "nothing is left to do")),
    };
    let mut draft = Draft::new(&row, at);
    let rests = matches!(to, State::Blocked | State::Refused);
    draft.go(to, (!rests).then_some(at));
    draft.say_as(author, "retried", json!({ "from": from, "to": to, "parked_why": row.parked_why }));
    finish(store, draft).await
}

/// Sets an invoice aside until somebody retries, releases or cancels it. It keeps its number.
pub async fn park(store: &Handle, id: &str, author: &str, reason: &str, at: Millis) -> Acted {
    reasoned(author, reason)?;
    let row = find(store, id).await?;
    let from = row.state.unwrap_or(State::Received);
    if matches!(from, State::Sending | State::Parked | State::Paid | State::Cancelled | State::Refused) {
        return Err(not_now(&row, "it cannot be set aside now"));
    }
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
    let at_platform = "it may exist at the platform: a credit note or the platform itself cancels it";
    match from {
        State::Received | State::Blocked | State::Ready | State::Refused => {}
        State::Parked if row.parked_from.is_none_or(|from| !is_there(from) && from != State::Unknown) => {}
        _ => return Err(not_now(&row, at_platform)),
    }
    let known = store.problems(ProblemFilter { invoice_id: Some(id.into()), ..ProblemFilter::default() }).await?;
    let mut draft = Draft::new(&row, at);
    draft.go(State::Cancelled, None);
    draft.free_number = !row.existed;
    draft.say_as(author, "cancelled", json!({ "reason": reason, "from": from }));
    // A refusal stays a problem: cancelling the document does not get anybody paid.
    trouble::close(&mut draft, &known, "person", author, None, |problem| problem.said == Said::Rule);
    finish(store, draft).await
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

fn reasoned(author: &str, reason: &str) -> Result<(), ActError> {
    if author.trim().is_empty() || reason.trim().is_empty() { Err(ActError::NoReason) } else { Ok(()) }
}

fn not_now(row: &InvoiceRow, why: &'static str) -> ActError {
    ActError::NotNow { id: row.id.clone(), state: row.state.unwrap_or(State::Received), why }
}

/// Said to be at the platform, beyond doubt.
fn is_there(state: State) -> bool {
    matches!(state, State::Delivered | State::Accepted | State::Suspended | State::Disputed | State::Paid)
}
