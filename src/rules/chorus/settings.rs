//! What a public buyer asks for in Chorus Pro: a service code, a commitment number, one of the two.
//!
//! The rules fire wherever one is missing, and say that nobody knows whether it is wanted. A customer file that knows settles it.

use crate::rules::finding::{Finding, Severity};
use crate::text::Text;

/// What the directory says of a buyer, as far as a customer file tells; none where it does not.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Settings {
    /// A service code must be given.
    pub service: Option<bool>,
    /// A commitment number must be given.
    pub engagement: Option<bool>,
    /// One of the two must be given.
    pub service_or_engagement: Option<bool>,
}

/// The ids of a pack's rules about the service code, the commitment number, and both.
const ASKED: [[&str; 3]; 2] = [
    ["BR-FR-CPRO-11", "BR-FR-CPRO-12", "BR-FR-CPRO-13"],
    ["FCT-CHORUS-SERVICE", "FCT-CHORUS-ENGAGEMENT", "FCT-CHORUS-SERVICE-OR-ENGAGEMENT"],
];

/// Makes fatal what the buyer asks for, leaves out what it does not, and keeps as information what nobody knows: what is missing of
/// the two, each said once.
pub fn settle(findings: &mut Vec<Finding>, settings: &Settings, file: Option<&str>) {
    for ids in ASKED {
        let wanted = |rule: &str| match ids.iter().position(|id| *id == rule) {
            Some(0) => Some(settings.service),
            Some(1) => Some(settings.engagement),
            Some(_) => Some(settings.service_or_engagement),
            None => None,
        };
        findings.retain(|finding| wanted(&finding.rule) != Some(Some(false)));
        let both = findings.iter().any(|f| f.rule == ids[2] && wanted(&f.rule) == Some(Some(true)));
        let one = findings.iter().any(|f| f.rule == ids[0] || f.rule == ids[1]);
        // Where one of the two is asked for, neither alone is in doubt; where each is told as missing, both need not be.
        findings.retain(|finding| match wanted(&finding.rule) {
            Some(None) if finding.rule == ids[2] => !one,
            Some(None) => !both,
            _ => true,
        });
        for finding in findings.iter_mut().filter(|f| wanted(&f.rule) == Some(Some(true))) {
            finding.severity = Severity::Fatal;
            finding.message = required(finding.rule.as_str() == ids[0], finding.rule.as_str() == ids[1], file);
        }
    }
}

fn required(service: bool, engagement: bool, file: Option<&str>) -> Text {
    let (fr, en, key) = match (service, engagement) {
        (true, _) => ("Le code service manque", "The service code is missing", "service"),
        (_, true) => ("BT-13 (Numéro d'engagement) manque", "BT-13 (commitment number) is missing", "engagement"),
        _ => (
            "Le code service et le numéro d'engagement manquent",
            "The service code and the commitment number are missing",
            "service_or_engagement",
        ),
    };
    let file = file.map(|file| format!(", {file}.toml")).unwrap_or_default();
    Text::new(
        format!("{fr} : l'acheteur l'exige ([chorus] {key} = true{file})."),
        format!("{en}: the buyer asks for it ([chorus] {key} = true{file})."),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(missing: &[usize], settings: Settings) -> Vec<(usize, Severity)> {
        let mut left = Vec::new();
        for ids in ASKED {
            let finding =
                |n: &usize| Finding { rule: ids[*n].to_owned(), severity: Severity::Information, ..Finding::default() };
            let mut findings: Vec<Finding> = missing.iter().map(finding).collect();
            settle(&mut findings, &settings, Some("mairie"));
            let place = |f: &Finding| ids.iter().position(|id| *id == f.rule).unwrap();
            let of_pack: Vec<_> = findings.iter().map(|f| (place(f), f.severity)).collect();
            assert!(left.is_empty() || left == of_pack, "both packs say the same");
            left = of_pack;
        }
        left
    }

    #[test]
    fn what_is_known_is_fatal_or_gone_and_what_is_not_is_said_once() {
        use Severity::{Fatal, Information};
        let known =
            |service, engagement, service_or_engagement| Settings { service, engagement, service_or_engagement };
        let unknown = Settings::default();
        assert_eq!(told(&[0, 1, 2], unknown), [(0, Information), (1, Information)]);
        assert_eq!(told(&[1], unknown), [(1, Information)]);
        assert_eq!(told(&[0, 1, 2], known(Some(true), None, None)), [(0, Fatal), (1, Information)]);
        assert_eq!(told(&[0, 1, 2], known(Some(false), Some(true), None)), [(1, Fatal)]);
        assert_eq!(told(&[0, 1, 2], known(None, None, Some(true))), [(2, Fatal)]);
        assert_eq!(told(&[0, 1, 2], known(Some(false), Some(false), None)), [(2, Information)]);
        assert_eq!(told(&[0, 1, 2], known(Some(false), Some(false), Some(false))), []);
        // One of the two is there: the other is in doubt as before.
        assert_eq!(told(&[1], known(None, None, Some(true))), [(1, Information)]);
    }
}
