//! A step in the making: the row as it will be, and what is said about it.

use bytes::Bytes;
use serde_json::{Value, json};

use super::moves;
use crate::clock::Millis;
use crate::lifecycle::State;
use crate::platforms::Raw;
use crate::problems::Problem;
use crate::store::{InvoiceRow, NewEvent, NumberKey, ReleasedOf, Statement, Step};

/// Who does what facteur does by itself.
pub(super) const FACTEUR: &str = "facteur";

/// A move that the table does not allow: a fault of ours. The step is not written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("facteur's own fault: {0}")]
pub struct Fault(pub String);

#[derive(Debug)]
pub(super) struct Draft {
    pub row: InvoiceRow,
    pub at: Millis,
    pub events: Vec<NewEvent>,
    pub problems: Vec<Problem>,
    pub report: Option<String>,
    /// What leaves, where it was written anew.
    pub document: Option<Bytes>,
    pub seal: Option<Vec<u8>>,
    pub take_number: Option<NumberKey>,
    pub free_number: bool,
    /// The lease is kept until then.
    pub keep_until: Option<Millis>,
    pub also: Vec<Step>,
    /// A statement of ours, as it stands after the step.
    pub statement: Option<Statement>,
    /// Who speaks where a problem is opened by what is said elsewhere than at the platform.
    pub speaker: Option<String>,
    from: State,
    idle: bool,
}

impl Draft {
    pub fn new(row: &InvoiceRow, at: Millis) -> Self {
        let mut row = row.clone();
        row.updated_at = at;
        // A step that ends well ends the row of failures of ours.
        row.failures = 0;
        Self {
            from: row.state.unwrap_or(State::Received),
            row,
            at,
            events: Vec::new(),
            problems: Vec::new(),
            report: None,
            document: None,
            seal: None,
            take_number: None,
            free_number: false,
            keep_until: None,
            also: Vec::new(),
            statement: None,
            speaker: None,
            idle: false,
        }
    }

    /// A step that gives the lease back and changes nothing else.
    pub fn give_back(row: &InvoiceRow, at: Millis) -> Self {
        Self { idle: true, ..Self::new(row, at) }
    }

    /// A step that says something of the invoice and leaves its row as it is, whoever works on it.
    pub fn beside(row: &InvoiceRow, at: Millis) -> Self {
        Self::give_back(row, at)
    }

    /// As [`Draft::give_back`], for so long: the row says when it is due again.
    pub fn later(row: &InvoiceRow, at: Millis, wait: Millis) -> Self {
        let mut draft = Self::new(row, at);
        draft.row.failures = row.failures;
        draft.row.due_at = Some(at + wait);
        draft
    }

    pub fn state(&self) -> State {
        self.row.state.unwrap_or(State::Received)
    }

    /// Moves to a state; what counted attempts of the former step starts anew.
    pub fn go(&mut self, to: State, due_at: Option<Millis>) {
        self.row.state = Some(to);
        self.row.due_at = due_at;
        self.row.attempt = 0;
        self.row.last_error = None;
        if to != State::Parked {
            self.row.parked_why = None;
            self.row.parked_from = None;
        }
    }

    pub fn park(&mut self, why: &str) {
        let from = self.state();
        self.end_doubt();
        let (since, error) = (self.row.received_at, self.row.last_error.clone());
        self.go(State::Parked, None);
        self.row.parked_from = Some(from);
        self.row.parked_why = Some(why.into());
        self.say("parked", json!({ "why": why, "from": from, "received_at": since, "last_error": error }));
    }

    /// A release that was about a doubt allows nothing more: the doubt is over, or somebody looks at it anew.
    pub fn end_doubt(&mut self) {
        if let Some(released) = &mut self.row.released
            && released.of == ReleasedOf::Doubt
        {
            released.of = ReleasedOf::DoubtSettled;
        }
    }

    pub fn say(&mut self, kind: &str, data: Value) {
        self.say_as(FACTEUR, kind, data);
    }

    pub fn say_as(&mut self, actor: &str, kind: &str, data: Value) {
        self.events.push(NewEvent { kind: kind.into(), actor: actor.into(), data });
    }

    /// Keeps answers as they came, before anything that was understood from them.
    pub fn keep(&mut self, about: &str, raw: &[Raw]) {
        if raw.is_empty() {
            return;
        }
        let actor = self.platform();
        self.say_as(&actor, "answer", json!({ "about": about, "raw": raw }));
    }

    pub fn platform(&self) -> String {
        self.row.platform.clone().unwrap_or_else(|| FACTEUR.into())
    }

    pub fn finish(self, fence: Option<u64>) -> Result<Step, Fault> {
        let to = self.state();
        if !moves::allowed(self.from, to) {
            return Err(Fault(format!("a step from {} to {to} that transitions.csv does not have", self.from)));
        }
        Ok(Step {
            under: None,
            invoice_id: self.row.id.clone(),
            fence,
            at: self.at,
            row: (!self.idle).then_some(self.row),
            events: self.events,
            report: self.report,
            document: self.document,
            seal: self.seal,
            take_number: self.take_number,
            free_number: self.free_number,
            problems: self.problems,
            keep_lease: self.keep_until.is_some(),
            lease_until: self.keep_until,
            told_by: None,
            told_message: None,
            statement: self.statement,
            also: self.also,
        })
    }
}
