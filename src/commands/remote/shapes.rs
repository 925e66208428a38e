//! What the daemon answers, as far as the command line reads it. Members that it does not know are left alone.

use serde::Deserialize;
use serde_json::Value;

use crate::day::Day;
use crate::problems::{self, Said};
use crate::text::Text;

/// A document that is on the daemon's disk.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Taken {
    pub id: String,
    pub sha256: String,
    /// It was there before.
    #[serde(default)]
    pub known: bool,
}

#[derive(Debug, Deserialize)]
pub struct Invoices {
    pub invoices: Vec<Value>,
    #[serde(default)]
    pub next: Option<String>,
}

#[derive(Debug, Deserialize)]
pub struct Events {
    pub events: Vec<Value>,
    #[serde(default)]
    pub next: u64,
    #[serde(default)]
    pub more: bool,
}

#[derive(Debug, Deserialize)]
pub struct Problems {
    pub problems: Vec<Value>,
    #[serde(default)]
    pub next: Option<String>,
}

/// An invoice as `GET /v1/invoices/{id}` shows it. Times are RFC 3339.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Invoice {
    pub id: String,
    pub state: Option<String>,
    pub received_at: Option<String>,
    pub updated_at: Option<String>,
    pub source: Option<String>,
    pub verdict: Option<String>,
    pub syntax: Option<String>,
    pub number: Option<String>,
    pub issued: Option<String>,
    pub seller: Option<String>,
    pub customer: Option<String>,
    pub customer_name: Option<String>,
    pub payable: Option<String>,
    pub currency: Option<String>,
    pub platform: Option<String>,
    pub reference: Option<String>,
    pub platform_invoice: Option<String>,
    pub seal: Option<Seal>,
    pub replaces: Option<String>,
    pub replaced_by: Option<String>,
    pub released: Option<Released>,
    pub parked_why: Option<String>,
    pub due_at: Option<String>,
    pub attempt: u32,
    pub last_error: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
pub struct Released {
    pub author: String,
    pub reason: String,
}

/// A seal, or its absence, as the API shows it.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Seal {
    pub state: String,
    pub words: Text,
    pub subject: Option<String>,
    pub algorithm: Option<String>,
    pub signed_at: Option<String>,
}

/// A billing problem, with the labels of its cause.
#[derive(Debug, Clone, Deserialize)]
pub struct Problem {
    pub id: String,
    pub invoice_id: String,
    pub invoice_number: Option<String>,
    pub customer: String,
    pub customer_name: String,
    pub cause: String,
    #[serde(default)]
    pub cause_label: Option<Text>,
    #[serde(default)]
    pub advice: Option<Text>,
    pub code: String,
    pub text: Option<String>,
    #[serde(default)]
    pub message: Option<Text>,
    pub said: Said,
    pub amount: Option<String>,
    pub currency: Option<String>,
    pub opened_at: String,
    pub closed_at: Option<String>,
    pub closed_why: Option<String>,
    pub owner: Option<String>,
    #[serde(default)]
    pub suggestion: Option<Text>,
    pub next_action: Option<String>,
    pub next_action_on: Option<Day>,
    pub rule: Option<String>,
    pub acts: String,
    pub number_reusable: bool,
    pub inferred: bool,
    pub correction: Option<String>,
    #[serde(default)]
    pub changes: Vec<Change>,
}

#[derive(Debug, Clone, Deserialize)]
pub struct Change {
    pub at: String,
    pub author: String,
    pub what: String,
    pub from: Option<String>,
    pub to: Option<String>,
    #[serde(default)]
    pub was_inferred: Option<bool>,
}

impl Problem {
    /// The record that the report counts. None where a time is none: what cannot be placed cannot be counted.
    pub fn record(&self) -> Option<problems::Problem> {
        let changes = self.changes.iter().map(|change| {
            Some(problems::Change {
                at: millis(&change.at)?,
                author: change.author.clone(),
                what: change.what.clone(),
                from: change.from.clone(),
                to: change.to.clone(),
                was_inferred: change.was_inferred,
            })
        });
        let closed_at = match &self.closed_at {
            Some(at) => Some(millis(at)?),
            None => None,
        };
        Some(problems::Problem {
            id: self.id.clone(),
            invoice_id: self.invoice_id.clone(),
            invoice_number: self.invoice_number.clone(),
            customer: self.customer.clone(),
            customer_name: self.customer_name.clone(),
            cause: self.cause.clone(),
            code: self.code.clone(),
            text: self.text.clone(),
            message: self.message.clone(),
            said: self.said,
            amount: self.amount.clone(),
            currency: self.currency.clone(),
            opened_at: millis(&self.opened_at)?,
            closed_at,
            closed_why: self.closed_why.clone(),
            owner: self.owner.clone(),
            suggestion: self.suggestion.clone(),
            next_action: self.next_action.clone(),
            next_action_on: self.next_action_on,
            rule: self.rule.clone(),
            acts: self.acts.clone(),
            number_reusable: self.number_reusable,
            inferred: self.inferred,
            correction: self.correction.clone(),
            changes: changes.collect::<Option<_>>()?,
        })
    }
}

fn millis(at: &str) -> Option<i64> {
    at.parse::<jiff::Timestamp>().ok().map(|at| at.as_millisecond())
}

#[cfg(test)]
pub mod tests {
    use serde_json::json;

    use super::*;

    pub fn problem() -> Value {
        json!({
            "id": "p0123456789abcdef", "invoice_id": "0123456789abcdef0123456789abcdef", "invoice_number": "F-2026-7",
            "customer": "21690123100011", "customer_name": "Ville de Lyon", "cause": "A2",
            "cause_label": { "fr": "Information manquante", "en": "Missing information" },
            "advice": { "fr": "Ajouter la référence.", "en": "Add the reference." },
            "code": "BT-13", "text": null, "said": "rule", "amount": "1200.00", "currency": "EUR",
            "opened_at": "2026-11-21T09:00:00.120Z", "closed_at": null, "closed_why": null, "owner": "marie",
            "owner_from": "configuration", "next_action": null, "next_action_on": "2026-12-01", "rule": "FCT-CLIENT-REQUIRE",
            "acts": "seller", "number_reusable": true, "inferred": false, "correction": null,
            "changes": [{ "at": "2026-11-21T10:00:00.000Z", "author": "léa", "what": "comment", "from": null, "to": "vu" }],
        })
    }

    #[test]
    fn the_record_keeps_every_millisecond() {
        let shown: Problem = serde_json::from_value(problem()).unwrap();
        let record = shown.record().unwrap();
        assert_eq!((record.opened_at % 1_000, record.closed_at), (120, None));
        assert_eq!(record.changes[0].at - record.opened_at, 3_599_880);
        let timeless = Problem { opened_at: "once".into(), ..shown };
        assert!(timeless.record().is_none());
    }
}
