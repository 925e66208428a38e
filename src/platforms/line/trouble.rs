//! How a call to a platform failed, by what may have happened at the other end.

use serde_json::Value;

use crate::platforms::{Deposit, Line, Raw};

/// Characters of a foreign error page quoted in a sentence; the whole of it is in `Raw`.
pub(in crate::platforms) const QUOTED: usize = 300;

/// How a call failed, by what may have happened at the other end.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::platforms) enum Trouble {
    /// Nothing left, or it was turned away at the door: nothing was acted upon.
    NotSent { why: String, retry_after_ms: Option<u64> },
    /// 503: whoever answered is not available for now, and whether somebody behind it acted nobody knows.
    Away { why: String, retry_after_ms: Option<u64> },
    /// The platform answered with an error of its own; `answer` is null where that was no JSON.
    Refused { code: String, text: String, answer: Value },
    /// The platform answered well, but not what was asked.
    Beside { why: String },
    /// Nobody knows.
    Lost { why: String },
    /// The answer is longer than any is believed. Of what was to be done, nobody knows; of what was asked, it would be the same again.
    TooLong { why: String },
}

impl Trouble {
    /// What it tells of the connection.
    pub fn line(&self) -> Line {
        match self {
            Trouble::Refused { .. } | Trouble::Beside { .. } => Line::Answers,
            Trouble::NotSent { retry_after_ms: Some(ms), .. } | Trouble::Away { retry_after_ms: Some(ms), .. } => {
                Line::Rests { ms: *ms }
            }
            Trouble::NotSent { .. } | Trouble::Away { .. } | Trouble::Lost { .. } | Trouble::TooLong { .. } => {
                Line::Silent
            }
        }
    }

    /// The sentence for those who only asked a question, and how long to wait. `platform` is how it is called there.
    pub fn into_why(self, platform: &str) -> (String, Option<u64>) {
        match self {
            Trouble::NotSent { why, retry_after_ms } | Trouble::Away { why, retry_after_ms } => (why, retry_after_ms),
            Trouble::Refused { code, text, .. } => (format!("{platform} answered error {code}: {text}"), None),
            Trouble::Beside { why } | Trouble::Lost { why } | Trouble::TooLong { why } => (why, None),
        }
    }
}

/// What a call that should have deposited something proves of that, where it failed. After a 503 it is asked for, as after a lost answer.
pub(in crate::platforms) fn not_taken(trouble: Trouble, raw: Vec<Raw>) -> Deposit {
    match trouble {
        Trouble::Refused { code, text, .. } => Deposit::Refused { code, text, raw },
        Trouble::NotSent { why, retry_after_ms } => Deposit::NotSent { why, retry_after_ms, raw },
        Trouble::Away { why, retry_after_ms } => Deposit::Unknown { why, retry_after_ms, raw },
        Trouble::Beside { why } | Trouble::Lost { why } | Trouble::TooLong { why } => {
            Deposit::Unknown { why, retry_after_ms: None, raw }
        }
    }
}

/// A field as text, whether it came as text or as a number; none where empty.
pub(in crate::platforms) fn text_of(value: &Value, key: &str) -> Option<String> {
    match value.get(key)? {
        Value::String(s) if !s.trim().is_empty() => Some(s.trim().to_owned()),
        Value::Number(n) => Some(n.to_string()),
        _ => None,
    }
}

/// The head of a foreign text, for a sentence.
pub(in crate::platforms) fn quote(body: &str) -> String {
    let body = body.trim();
    match body.char_indices().nth(QUOTED) {
        _ if body.is_empty() => "(empty)".to_owned(),
        Some((end, _)) => format!("{}…", &body[..end]),
        None => body.to_owned(),
    }
}
