//! What is asked of a customer's invoices, told to a person: one sentence a rule, with the file and line it comes from.

use super::file::{Ask, Origin};
use super::inherit::ClientRules;
use super::say;
use crate::rules::Severity;
use crate::text::Text;

/// One thing that is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// `require`, `allow`, `forbid` or `limits`, as the file writes it.
    pub kind: &'static str,
    /// The term it is about, such as `BT-13`; none for mentions, wordings and limits.
    pub term: Option<String>,
    pub severity: Severity,
    /// What is asked, in a sentence.
    pub asks: Text,
    /// The condition under which it is asked, as written.
    pub when: Option<String>,
    /// The author's own sentence.
    pub message: Option<Text>,
    pub origin: Origin,
}

impl ClientRules {
    /// Everything that is asked, in the order in which it is judged.
    pub fn told(&self) -> Vec<Told> {
        let rules = self.rules.iter().map(|rule| {
            let (kind, term) = match &rule.ask {
                Ask::Require { address, .. } => ("require", Some(address.to_string())),
                Ask::Mention(_) | Ask::Wording { .. } => ("require", None),
                Ask::Allow { address, .. } => ("allow", Some(address.to_string())),
                Ask::Forbid { address } => ("forbid", Some(address.to_string())),
            };
            Told {
                kind,
                term,
                severity: rule.severity,
                asks: say::asks(rule),
                when: rule.when.as_ref().map(|when| when.source().to_owned()),
                message: rule.message.clone(),
                origin: rule.origin.clone(),
            }
        });
        let limits = [(true, &self.limits.attachments), (false, &self.limits.attachment_bytes)];
        let limits = limits.into_iter().filter_map(|(attachments, limit)| {
            let limit = limit.as_ref()?;
            Some(Told {
                kind: "limits",
                term: None,
                severity: Severity::Fatal,
                asks: say::limit(attachments, limit.value),
                when: None,
                message: None,
                origin: limit.origin.clone(),
            })
        });
        rules.chain(limits).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Clients, Folder};

    #[test]
    fn each_rule_is_told_with_its_place() {
        let text = "match = { siren = [\"216901231\"] }\n[[require]]\nterm = \"BT-13\"\nwhen = \"BT-3 = 380\"\n\n[[forbid]]\n\
                    term = \"BG-24\"\nseverity = \"warning\"\n[limits]\nattachments = 5\n";
        let folder: Folder = [("ville.toml", text)].into_iter().collect();
        let clients = Clients::load(&folder).unwrap();
        let told = clients.named("ville").unwrap().told();
        let kinds: Vec<_> = told.iter().map(|told| (told.kind, told.term.as_deref(), told.origin.line)).collect();
        assert_eq!(kinds[0], ("require", Some("BT-13"), 2));
        assert_eq!((kinds[1].0, kinds[1].1, kinds[2].0), ("forbid", Some("BG-24"), "limits"));
        assert_eq!(told[0].when.as_deref(), Some("BT-3 = 380"));
        assert_eq!(told.len(), clients.named("ville").unwrap().count());
        assert!(told.iter().all(|told| !told.asks.fr.is_empty() && told.asks.fr != told.asks.en), "{told:?}");
    }
}
