//! What a document says that its Factur-X profile does not use.

use crate::formats::facturx::Level;
use crate::formats::write::Unused;
use crate::invoice::Invoice;
use crate::rules::registry;

/// Elements and attributes that the schema of a profile lets stand and its rules do not use (`FCT-FX-*-UNUSED`, `FCT-FX-*-ATTRIBUTE`,
/// warnings of the official artefact). They may be left out without harm: no rule asks for them.
pub fn unused(level: Level, invoice: &Invoice<'_>) -> Vec<Unused> {
    let Some(pack) = registry::pack(&format!("facturx-{}", level.as_str())) else { return Vec::new() };
    let is_unused =
        |rule: &str| rule.starts_with("FCT-FX-") && (rule.ends_with("-UNUSED") || rule.ends_with("-ATTRIBUTE"));
    let findings = pack.judge(invoice).findings.into_iter();
    let unused = findings.filter(|finding| is_unused(&finding.rule)).filter_map(|finding| finding.aim);
    unused.map(|aim| Unused { node: aim.node, attribute: aim.attribute }).collect()
}
