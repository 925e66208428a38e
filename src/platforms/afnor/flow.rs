//! A flow as the platform tells it: whose it is, and what its acknowledgement says. Pure.

use serde_json::Value;

use super::answer::is_repetition;
use crate::platforms::line::text_of;
use crate::platforms::{Intent, PlatformStatus, STATEMENT, Voice};

/// Longest id believed; the norm has 64.
const ID_CHARS: usize = 256;
/// Most details of one acknowledgement that are read.
const DETAILS: usize = 100;

/// A flow, as far as it is understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Flow {
    pub id: String,
    pub tracking: Option<String>,
    pub name: Option<String>,
    pub sha256: Option<String>,
    /// `flowType`, such as `CustomerInvoiceLC`.
    pub kind: Option<String>,
    pub direction: Option<String>,
    /// As the platform writes them.
    pub submitted_at: Option<String>,
    pub updated_at: Option<String>,
    /// `Pending`, `Ok`, `Error`, or another word.
    pub ack: Option<String>,
    details: Vec<Detail>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Detail {
    error: bool,
    code: Option<String>,
    text: Option<String>,
}

impl Flow {
    /// None where the value names no flow.
    pub fn read(value: &Value) -> Option<Self> {
        let text = |key: &str| text_of(value, key);
        let ack = value.get("acknowledgement");
        let details = ack.and_then(|ack| ack.get("details")).and_then(Value::as_array);
        Some(Self {
            id: text("flowId").filter(|id| id.chars().count() <= ID_CHARS)?,
            tracking: text("trackingId"),
            name: text("name"),
            sha256: text("sha256"),
            kind: text("flowType"),
            direction: text("flowDirection"),
            submitted_at: text("submittedAt"),
            updated_at: text("updatedAt"),
            ack: ack.and_then(|ack| text_of(ack, "status")),
            details: details.into_iter().flatten().take(DETAILS).map(Detail::read).collect(),
        })
    }

    /// Refused because an earlier one was there: it proves nothing about that one but that it is.
    pub fn is_repetition(&self) -> bool {
        self.is_refused() && self.details.iter().any(|d| d.error && d.code.as_deref().is_some_and(is_repetition))
    }

    pub fn is_refused(&self) -> bool {
        self.ack.as_deref() == Some("Error")
    }

    /// The acknowledgement as statuses: `FLOW_` and its word, one for each reason of an error. It is technical: `FLOW_OK` says nothing of
    /// the invoice but that the platform could read it and holds no other of the kind. None where nothing is acknowledged.
    pub fn statuses(&self) -> Option<Vec<PlatformStatus>> {
        let ack = self.ack.as_deref()?;
        let code: String = format!("FLOW_{}", ack.to_uppercase()).chars().take(ID_CHARS).collect();
        // The moment changes whenever anything of a flow that waits is touched: only an end has one of its own.
        let at = if ack == "Pending" { &self.submitted_at } else { &self.updated_at };
        let status = |reason: Option<String>, text: Option<String>| PlatformStatus {
            code: code.clone(),
            reason,
            text,
            at: at.clone().or_else(|| self.submitted_at.clone()),
            voice: Voice::Platform,
        };
        let mut reasons: Vec<Option<&String>> = Vec::new();
        for detail in self.details.iter().filter(|detail| detail.error && self.is_refused()) {
            if !reasons.contains(&detail.code.as_ref()) {
                reasons.push(detail.code.as_ref());
            }
        }
        if reasons.is_empty() {
            // Warnings are words beside good news, and no reason.
            return Some(vec![status(None, joined(self.details.iter().map(Detail::whole)))]);
        }
        let of = |reason: Option<&String>| {
            let same = self.details.iter().filter(|d| d.error && d.code.as_ref() == reason);
            status(reason.cloned(), joined(same.map(|d| d.text.clone())))
        };
        Some(reasons.into_iter().map(of).collect())
    }

    /// Is it a deposit of this very document? `tracking` is our reference of it.
    pub fn is_of(&self, intent: &Intent, tracking: &str) -> Match {
        // Messages about an invoice, and reports, may name it as well; and an invoice is no message.
        let is = |end: &str| self.kind.as_deref().map(|kind| kind.ends_with(end));
        let statement = intent.syntax == STATEMENT;
        if is("Report") == Some(true) || is("LC").is_some_and(|message| message != statement) {
            return Match::Another;
        }
        let same = |theirs: &Option<String>, ours: &str| {
            theirs.as_deref().filter(|_| !ours.is_empty()).map(|theirs| theirs.eq_ignore_ascii_case(ours))
        };
        let content = same(&self.sha256, &intent.sha256).or_else(|| same(&self.name, &intent.file_name));
        match (self.tracking.as_deref().map(|theirs| theirs == tracking), content) {
            (Some(false), _) | (None, Some(false)) => Match::Another,
            (Some(true), Some(true) | None) | (None, Some(true)) => Match::Ours,
            (Some(true), Some(false)) => Match::Doubt("holds another document under our trackingId"),
            (None, None) => Match::Doubt("does not say which document it holds"),
        }
    }
}

/// Whose a flow is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Match {
    Ours,
    Another,
    /// It neither proves nor excludes ours: how so.
    Doubt(&'static str),
}

impl Detail {
    fn read(value: &Value) -> Self {
        Self {
            // What has no level beside an error is one.
            error: text_of(value, "level").is_none_or(|level| !level.eq_ignore_ascii_case("warning")),
            code: text_of(value, "reasonCode"),
            text: joined([text_of(value, "item"), text_of(value, "reasonMessage")].into_iter()),
        }
    }

    fn whole(&self) -> Option<String> {
        joined([self.code.clone(), self.text.clone()].into_iter())
    }
}

/// What is there, one after the other.
fn joined(parts: impl Iterator<Item = Option<String>>) -> Option<String> {
    let parts: Vec<String> = parts.flatten().collect();
    (!parts.is_empty()).then(|| parts.join(": "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn intent() -> Intent {
        Intent {
            invoice_id: "inv-1".into(),
            sha256: "ab".into(),
            file_name: "f.xml".into(),
            syntax: "UBL".into(),
            number: "F-1".into(),
            seller: None,
            issued: None,
        }
    }

    #[test]
    fn a_flow_is_ours_by_our_reference_and_its_content() {
        let of = |value: Value| Flow::read(&value).unwrap().is_of(&intent(), "inv-1");
        for (value, expected) in [
            (json!({ "flowId": "1", "trackingId": "inv-1", "sha256": "AB", "name": "other" }), Match::Ours),
            (json!({ "flowId": "1", "trackingId": "inv-1", "name": "f.xml" }), Match::Ours),
            (json!({ "flowId": "1", "trackingId": "inv-1" }), Match::Ours),
            (json!({ "flowId": "1", "sha256": "ab" }), Match::Ours),
            (json!({ "flowId": "1", "trackingId": "inv-2", "sha256": "ab" }), Match::Another),
            (json!({ "flowId": "1", "sha256": "cd" }), Match::Another),
            (json!({ "flowId": "1", "trackingId": "inv-1", "flowType": "CustomerInvoiceLC" }), Match::Another),
        ] {
            assert_eq!(of(value.clone()), expected, "{value}");
        }
        for value in [json!({ "flowId": "1", "trackingId": "inv-1", "sha256": "cd" }), json!({ "flowId": "1" })] {
            assert!(matches!(of(value.clone()), Match::Doubt(_)), "{value}");
        }
    }

    #[test]
    fn each_reason_of_an_error_is_a_status_and_warnings_are_words() {
        let read = |ack: Value| {
            let value = json!({ "flowId": "1", "submittedAt": "s", "updatedAt": "u", "acknowledgement": ack });
            Flow::read(&value).unwrap()
        };
        let flow = read(json!({ "status": "Error", "details": [
            { "level": "Error", "item": "BT-1", "reasonCode": "InvalidSchema", "reasonMessage": "no" },
            { "level": "Warning", "reasonCode": "Odd" }, { "level": "Error", "reasonCode": "EmptyFlow" }, 7, null] }));
        let statuses = flow.statuses().unwrap();
        let said: Vec<_> = statuses.iter().map(|s| (s.code.as_str(), s.reason.as_deref(), s.text.as_deref())).collect();
        let error = "FLOW_ERROR";
        assert_eq!(said[..2], [(error, Some("InvalidSchema"), Some("BT-1: no")), (error, Some("EmptyFlow"), None)]);
        assert_eq!((said.len(), statuses[0].at.as_deref()), (3, Some("u")));
        assert!(flow.is_refused() && !flow.is_repetition());
        let fine = read(json!({ "status": "Ok", "details": [{ "level": "Warning", "reasonCode": "Odd" }] }));
        let statuses = fine.statuses().unwrap();
        assert_eq!((statuses[0].reason.as_deref(), statuses[0].text.as_deref()), (None, Some("Odd")));
        assert_eq!(read(json!({ "status": "Pending" })).statuses().unwrap()[0].at.as_deref(), Some("s"));
        assert_eq!(read(json!({})).statuses(), None);
        let again =
            read(json!({ "status": "Error", "details": [{ "level": "Error", "reasonCode": "AlreadyExistingFlow" }] }));
        assert!(again.is_repetition());
        for hostile in [json!(null), json!([]), json!({ "flowId": "" }), json!({ "flowId": "x".repeat(300) })] {
            assert_eq!(Flow::read(&hostile), None);
        }
    }
}
