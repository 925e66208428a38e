//! Statements of ours on their way: ready → sending → delivered → taken, or unknown, refused, parked. As with invoices, a call is made only after it is on disk
//! that it may be, a lost answer is settled by asking, and only a proven absence allows another deposit. Those of one platform leave one after the other.

mod next;

use serde_json::json;

use self::next::Next;
pub(super) use self::next::Word;
use super::draft::{Draft, FACTEUR, Fault};
use super::heard;
use super::ports::Route;
use super::trouble::{self, Trouble};
use super::worker::Worker;
use crate::clock::{Millis, moment};
use crate::lifecycle::State;
use crate::platforms::{Intent, PlatformStatus, Voice};
use crate::problems::{Family, Problem, Said, cause_of_code};
use crate::store::{ProblemFilter, Statement, StatementState, StatementsOf, StoreError};

/// Statements looked at in one round.
const ROUND: usize = 16;
/// Pause where another one works on the invoice of a statement, or changed something of it.
const BESIDE: Millis = 200;

impl Worker {
    /// Takes the next step of each statement that is due at a platform. When the next one is.
    pub(super) async fn send_statements(&self, name: &str) -> Result<Option<Millis>, StoreError> {
        let Some(route) = self.ports.routes.get(name) else { return Ok(None) };
        loop {
            let now = self.now();
            let due = StatementsOf::Due { platform: name.to_owned(), now, limit: ROUND };
            let due = self.store.statements(due).await?;
            if due.is_empty() {
                return self.store.statements_due(name).await;
            }
            for (_, statement) in due {
                // The circuit is open: as long as that lasts, nothing is called.
                if let Some(until) = self.health(name).0.filter(|until| *until > self.now()) {
                    return Ok(Some(until));
                }
                match self.send_statement(name, route, statement).await {
                    Ok(()) => {}
                    Err(StoreError::Busy(_) | StoreError::Stale(_)) => return Ok(Some(self.now() + BESIDE)),
                    Err(error) => return Err(error),
                }
            }
        }
    }

    async fn send_statement(&self, name: &str, route: &Route, statement: Statement) -> Result<(), StoreError> {
        let intent: Intent = match serde_json::from_value(statement.intent.clone()) {
            Ok(intent) => intent,
            Err(_) => {
                let why = "facteur's own fault: its intent cannot be read";
                return self.keep_statement(name, route, Next::parked(statement, why)).await;
            }
        };
        let next = match statement.state {
            StatementState::Ready => return self.deposit_statement(name, route, statement, &intent).await,
            StatementState::Sending => Next::interrupted(statement, &route.settings, self.now()),
            StatementState::Unknown => {
                let (asked_at, search) = self.call_search(name, route, &intent).await;
                Next::asked(statement, search, asked_at, &route.settings, self.now())
            }
            StatementState::Delivered => {
                let follow = self.call_follow(name, route, &intent, (statement.reference.as_deref(), None)).await;
                Next::followed(statement, follow, &route.settings, self.now())
            }
            state => {
                let why = format!("facteur's own fault: nothing is due in state {}", state.as_str());
                Next::parked(statement, &why)
            }
        };
        self.keep_statement(name, route, next).await
    }

    async fn deposit_statement(
        &self,
        name: &str,
        route: &Route,
        statement: Statement,
        intent: &Intent,
    ) -> Result<(), StoreError> {
        let Some(document) = self.store.document(&statement.sha256).await? else {
            let why = "facteur's own fault: the store has no document of it";
            return self.keep_statement(name, route, Next::parked(statement, why)).await;
        };
        let begun = Next::begun(statement, &route.settings, self.now());
        let mut sending = begun.statement.clone();
        self.keep_statement(name, route, begun).await?;
        sending.version += 1;
        let outcome = self.call_deposit(name, route, intent, &document).await;
        let next = Next::ended(sending, outcome, &route.settings, self.now());
        self.keep_statement(name, route, next).await
    }

    /// The statement after a step, and what its invoice's timeline tells of it, in one commit.
    async fn keep_statement(&self, name: &str, route: &Route, next: Next) -> Result<(), StoreError> {
        let Next { statement, raw, word } = next;
        let Some(row) = self.store.invoice(&statement.invoice).await? else {
            return Err(StoreError::NoInvoice(statement.invoice));
        };
        let known = ProblemFilter { invoice_id: Some(row.id.clone()), ..ProblemFilter::default() };
        let known = self.store.problems(known).await?;
        let taken = matches!(word, Some(Word::Taken));
        let mut draft = if taken { Draft::new(&row, self.now()) } else { Draft::beside(&row, self.now()) };
        if taken {
            draft.row.failures = row.failures;
        }
        if let Some((about, raw)) = raw.filter(|(_, raw)| !raw.is_empty()) {
            draft.say_as(name, "answer", json!({ "about": about, "statement": statement.id, "raw": raw }));
        }
        if let Some(word) = &word {
            draft.say("statement", said(&statement, word));
        }
        match &word {
            // What the platform took up holds, as if it had told us of it.
            // There the invoice's own history tells of it: it is asked for at once.
            Some(Word::Taken) if route.settings.family == Family::Chorus => {
                if heard::followed(row.state.unwrap_or(State::Received)) {
                    draft.row.due_at = Some(self.now());
                }
                trouble::close(&mut draft, &known, "taken", FACTEUR, None, |one| one.cause == heard::OUR_STATUS);
            }
            Some(Word::Taken) => {
                let statuses = [status_of(&statement)];
                // What we say proves nothing of what the platform has: no number is taken by it.
                heard::by_message(&mut draft, &statuses, &known, None, &route.settings, heard::Source::Message)
                    .map_err(own)?;
                let over = |problem: &Problem| problem.cause == heard::OUR_STATUS;
                trouble::close(&mut draft, &known, "taken", FACTEUR, None, over);
            }
            Some(Word::Refused { code, text }) => {
                // It is our message that is refused, not the invoice.
                let mapped = cause_of_code(Family::Pa, "601", None, text.as_deref());
                let text = text.as_deref();
                let (message, passed, outweighs) = (None, None, true);
                let trouble = Trouble { said: Said::Platform, code, text, message, mapped, passed, outweighs };
                trouble::open(&mut draft, &known, &trouble);
            }
            _ => {}
        }
        draft.statement = Some(statement);
        self.store.record(draft.finish(None).map_err(own)?).await
    }
}

fn own(fault: Fault) -> StoreError {
    StoreError::Failed(fault.to_string())
}

/// As a platform would have told it: behind what it answers, though the day on which it became so began before, or the platform's clock is ahead.
fn status_of(statement: &Statement) -> PlatformStatus {
    let behind = statement.behind.as_ref().filter(|at| moment(at) > moment(&statement.reached_at));
    PlatformStatus {
        code: statement.status.to_string(),
        reason: None,
        text: None,
        at: Some(behind.unwrap_or(&statement.reached_at).clone()),
        voice: Voice::Seller,
    }
}

/// What the timeline tells of a step.
pub(super) fn said(statement: &Statement, word: &Word) -> serde_json::Value {
    let mut data = json!({
        "statement": statement.id, "status": statement.status, "state": statement.state, "author": statement.author,
        "at": statement.reached_at, "reference": statement.reference,
    });
    match word {
        Word::Refused { code, text } => {
            data["code"] = json!(code);
            data["text"] = json!(text);
        }
        Word::Waits => {
            data["why"] = json!(statement.why);
            data["next_at"] = json!(statement.due_at);
        }
        Word::Parked | Word::Withdrawn => data["why"] = json!(statement.why),
        Word::Released(reason) => data["released"] = json!(reason),
        Word::Made | Word::Delivered | Word::Taken => {}
    }
    data
}
