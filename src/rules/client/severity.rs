//! `[[severity]]`: another severity for a rule, perhaps only for some invoices. What changed is written on the finding.
//!
//! A list of these is all that is needed to apply them: a customer's file brings one, and so does a `[[platform]]` of the configuration, for
//! whatever goes there.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::invoice::Invoice;
use crate::rules::{Condition, Finding, Severity, SeverityWas, own, registry};
use crate::text::{Lang, Text};

use super::file::Origin;

/// The pack that findings about waivers and severities are told under.
pub const OVERRULED: &str = "waivers";
const LOWERED: &str = "FCT-SEVERITY-LOWERED";

/// One `[[severity]]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeverityRule {
    pub origin: Origin,
    /// The name of the file it stands in, whole.
    pub file: String,
    /// The platform whose invoices it is for, where the configuration says it; none in a customer's file.
    pub platform: Option<String>,
    /// The id of a rule, or of the group that several share.
    pub rule: String,
    pub level: Severity,
    /// Asked of the document as a whole.
    pub when: Option<Condition>,
    pub reason: Option<String>,
}

impl SeverityRule {
    /// The file with the line, and the platform where it is about one.
    fn place(&self, lang: Lang) -> String {
        place(&self.file, self.origin.line, self.platform.as_deref(), lang)
    }
}

/// Where a severity was changed, as people read it: `lyon.toml:12`, `facteur.toml:30 (platform chorus-pro)`.
pub fn place(file: &str, line: u32, platform: Option<&str>, lang: Lang) -> String {
    match (platform, lang) {
        (None, _) => format!("{file}:{line}"),
        (Some(name), Lang::Fr) => format!("{file}:{line} (plateforme {name})"),
        (Some(name), Lang::En) => format!("{file}:{line} (platform {name})"),
    }
}

/// Changes the severities of findings; of several rules for one finding the last counts, which is the nearest file's. Gives a finding for
/// each that took an official finding's fatal away: whoever receives the invoice goes by the rule itself.
pub fn apply(rules: &[Arc<SeverityRule>], invoice: &Invoice<'_>, findings: &mut [Finding]) -> Vec<Finding> {
    let document = invoice.document();
    let asked: Vec<&SeverityRule> =
        rules.iter().map(|rule| &**rule).filter(|rule| rule.when.as_ref().is_none_or(|w| w.holds(document))).collect();
    let mut lowered: BTreeMap<(&str, u32, &str), (&SeverityRule, usize)> = BTreeMap::new();
    for finding in findings {
        let about = |rule: &&&SeverityRule| finding.rule == rule.rule || finding.group == rule.rule;
        let Some(rule) = asked.iter().rev().find(about) else { continue };
        if own::fixed(&finding.rule).is_some() || rule.level == finding.severity {
            continue;
        }
        if finding.severity == Severity::Fatal && registry::rule(&finding.rule).is_some() {
            let key = (rule.file.as_str(), rule.origin.line, rule.rule.as_str());
            lowered.entry(key).or_insert((rule, 0)).1 += 1;
        }
        // The rule's own severity stays known, whoever changed it before.
        let own = finding.severity_was.as_ref().map_or(finding.severity, |was| was.severity);
        finding.severity_was = Some(SeverityWas {
            severity: own,
            file: rule.file.clone(),
            line: rule.origin.line,
            platform: rule.platform.clone(),
            reason: rule.reason.clone(),
        });
        finding.severity = rule.level;
    }
    lowered.into_values().map(|(rule, count)| told(rule, count)).collect()
}

/// Is it an official rule, or a group of them, that is fatal somewhere?
pub fn is_official_fatal(id: &str) -> bool {
    let named = |rule: &&registry::Rule| rule.id == id || rule.group == id;
    let fatal = |rule: &registry::Rule| [rule.severity_ubl, rule.severity_cii].contains(&Severity::Fatal);
    registry::rules().filter(named).any(fatal)
}

fn told(rule: &SeverityRule, count: usize) -> Finding {
    let (id, fr, en) = (&rule.rule, rule.place(Lang::Fr), rule.place(Lang::En));
    let reason = rule.reason.as_deref().unwrap_or("?");
    let many = |fr: &str, en: &str| Text::new(if count > 1 { fr } else { "" }, if count > 1 { en } else { "" });
    let s = many("s", "s");
    Finding {
        rule: LOWERED.to_owned(),
        group: LOWERED.to_owned(),
        severity: Severity::Warning,
        pack: OVERRULED.to_owned(),
        message: Text::new(
            format!(
                "{fr} abaisse {id}, bloquante d'après la règle officielle : {count} constat{} ne bloque{} plus ici. Motif : {reason}",
                s.fr,
                many("nt", "").fr
            ),
            format!(
                "{en} lowers {id}, which is fatal by the official rule: {count} finding{} no longer block{} here. Reason: {reason}",
                s.en,
                if count > 1 { "" } else { "s" }
            ),
        ),
        fix: Text::new(
            format!(
                "Corriger la facture : la plateforme du destinataire juge par la règle, et refusera. Sinon retirer {id} de {fr}."
            ),
            format!(
                "Correct the invoice: the receiver's platform goes by the rule, and will refuse. Else take {id} out of {en}."
            ),
        ),
        ..Finding::default()
    }
}
