//! What the daemon answers, as far as the command line reads it. Members that it does not know are left alone.

use serde::Deserialize;
use serde_json::Value;

/// A billing problem is read by the type that the API writes it from.
pub use crate::api::view::Problem;
use crate::text::Text;

/// A document that is on the daemon's disk.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Taken {
    pub id: String,
    pub sha256: String,
    /// It was there before.
    #[serde(default)]
    pub known: bool,
    /// Of a file with several invoices: each of them.
    #[serde(default)]
    pub invoices: Vec<Part>,
    #[serde(default)]
    pub others: Vec<Other>,
}

/// An invoice of a file with several.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Part {
    pub id: String,
    pub sha256: String,
    pub position: u32,
}

/// What in such a file is no invoice.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Other {
    pub kind: String,
    pub reference: String,
}

/// Where an invoice stood in the file it came in.
#[derive(Debug, Clone, Deserialize)]
pub struct PartOf {
    pub sha256: String,
    pub position: u32,
    pub message: String,
    pub reference: String,
    pub offset: u64,
}

impl Taken {
    /// Each invoice by itself, with the name it is called by: the file's, and `#` and its position where there are several.
    pub fn each(self, name: &str) -> Vec<(String, Taken)> {
        if self.invoices.is_empty() {
            return vec![(name.to_owned(), self)];
        }
        let known = self.known;
        let one = |part: Part| {
            let taken = Taken { id: part.id, sha256: part.sha256, known, invoices: Vec::new(), others: Vec::new() };
            (format!("{name}#{}", part.position), taken)
        };
        self.invoices.into_iter().map(one).collect()
    }
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
    pub part_of: Option<PartOf>,
    pub verdict: Option<String>,
    /// Valid by waiver; a server before these fields does not say.
    pub waived: bool,
    /// Valid, an official rule lowered.
    pub lowered: bool,
    pub syntax: Option<String>,
    pub number: Option<String>,
    pub issued: Option<String>,
    pub seller: Option<String>,
    pub customer: Option<String>,
    pub customer_name: Option<String>,
    pub payable: Option<String>,
    /// Signed: below zero for a credit note.
    pub amount: Option<String>,
    pub currency: Option<String>,
    pub platform: Option<String>,
    pub reference: Option<String>,
    pub platform_invoice: Option<String>,
    pub existed_at_platform: bool,
    /// What leaves in the place of the document, where that is another.
    pub outgoing: Option<Outgoing>,
    pub seal: Option<Seal>,
    /// What the platform and the buyer have said so far.
    pub statuses: Vec<Heard>,
    pub replaces: Option<String>,
    pub replaced_by: Option<String>,
    pub released: Option<Released>,
    pub parked_why: Option<String>,
    #[serde(default)]
    pub recipient: Option<crate::commands::directory::Told>,
    pub due_at: Option<String>,
    pub attempt: u32,
    pub last_error: Option<String>,
    /// What comes next; lists do not tell.
    pub next: Option<Next>,
}

/// What facteur wrote to leave in the place of a document.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Outgoing {
    pub sha256: String,
    pub bytes: u64,
    pub syntax: String,
    pub not_carried: u64,
}

/// A status that was heard.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Heard {
    pub code: String,
}

/// What comes next for an invoice, in words.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Next {
    pub words: Text,
    pub number_held_by: Option<String>,
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
    }
}
