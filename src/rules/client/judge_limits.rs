//! `[limits]`: how many files may be attached, and how large.

use crate::invoice::{Invoice, Occurrence, bt};
use crate::rules::{Finding, Severity};
use crate::text::Text;

use super::file::Placed;
use super::inherit::ClientRules;
use super::judge::{LIMIT, Raw};
use super::say;

impl ClientRules {
    /// How many files are attached.
    pub(super) fn attachments<'i>(&self, invoice: &'i Invoice<'i>, most: &Placed<u64>) -> Raw<'i> {
        let files: Vec<_> = invoice.all(bt::BT_125).collect();
        let allowed = usize::try_from(most.value).unwrap_or(usize::MAX);
        let Some(beyond) = files.get(allowed) else { return Raw::Passed(files) };
        let (message, fix) = say::too_many(self, most);
        Raw::Failed(vec![self.limit(*beyond, files.len().to_string(), most, message, fix)])
    }

    /// How large each of them is, decoded.
    pub(super) fn sizes<'i>(&self, invoice: &'i Invoice<'i>, most: &Placed<u64>) -> Raw<'i> {
        let mut findings = Vec::new();
        let mut passed = Vec::new();
        for file in invoice.all(bt::BT_125) {
            let bytes = decoded_bytes(file.text());
            if bytes > most.value {
                let (message, fix) = say::too_large(self, most);
                findings.push(self.limit(file, bytes.to_string(), most, message, fix));
            } else {
                passed.push(file);
            }
        }
        if findings.is_empty() { Raw::Passed(passed) } else { Raw::Failed(findings) }
    }

    fn limit(&self, at: Occurrence<'_>, found: String, most: &Placed<u64>, message: Text, fix: Text) -> Finding {
        Finding {
            rule: LIMIT.to_owned(),
            group: LIMIT.to_owned(),
            severity: Severity::Fatal,
            pack: self.pack(),
            terms: vec![bt::BT_125.to_string()],
            place: Some(at.place()),
            found: Some(found),
            expected: Some(format!("≤ {}", most.value)),
            message,
            fix,
            ..Finding::default()
        }
    }
}

/// Bytes that a base64 text stands for; blanks and padding do not count.
fn decoded_bytes(text: &str) -> u64 {
    let letters = text.bytes().filter(|b| !b.is_ascii_whitespace() && *b != b'=').count();
    letters as u64 * 3 / 4
}
