//! What is to be said of a Factur-X profile beyond its rules: what its XML schema lacks, which profile has what this one does not use,
//! that the norm
//! it claims is narrower, and that MINIMUM is no invoice of the reform.

use std::collections::HashSet;

use crate::formats::facturx::Level;
use crate::formats::{self, Read};
use crate::invoice::{Identity, Invoice, Place, bt};
use crate::rules::{self, Finding, Pack, Severity};
use crate::text::Text;

use super::choice::LEVELS;
use super::french;
use super::structure;

/// Adds to the findings of a profile's pack; nothing for other packs. `norm` is the pack of EN 16931 where it was not asked beside.
pub(super) fn complete(
    read: &Read<'_>,
    pack: &str,
    norm: Option<&'static Pack>,
    identity: &Identity,
    findings: &mut Vec<Finding>,
) {
    let Some(level) = LEVELS.iter().position(|(_, known)| *known == pack) else { return };
    for finding in findings.iter_mut().filter(|finding| finding.pack == pack && is_unused(finding)) {
        if let Some(path) = path(finding) {
            finding.fix = advice(&read.invoice, level, path);
        }
    }
    let mut more = beyond(read, pack, level, findings);
    more.extend(norm.map(|norm| narrower(read, pack, norm, findings)).unwrap_or_default());
    more.extend(minimum(read, pack, identity));
    findings.extend(more);
}

/// What the schema of the profile refuses and that of CII D22B allows: warnings, where the rules of the profile say nothing of it. The
/// official artefact judges by those rules alone.
fn beyond(read: &Read<'_>, pack: &str, level: usize, said: &[Finding]) -> Vec<Finding> {
    let told = |place: &str| {
        said.iter().filter_map(|finding| Some((finding, path(finding)?))).any(|(finding, path)| {
            let inside = |outer: &str, inner: &str| inner.strip_prefix(outer).is_some_and(|r| r.starts_with('/'));
            place == path || inside(path, place) && is_unused(finding) || inside(place, path) && path.contains('@')
        })
    };
    let name = LEVELS.get(level).map_or("", |(level, _)| level.xmp());
    let faults = formats::beyond(read.invoice.tree(), pack, &read.faults);
    let found = faults.iter().map(|fault| structure::finding(read, fault));
    let new = found.filter(|finding| path(finding).is_none_or(|place| !told(place)));
    new.map(|found| {
        let fix = match path(&found) {
            Some(path) if found.rule == "FCT-XSD-UNKNOWN" => advice(&read.invoice, level, path),
            _ => found.fix,
        };
        Finding {
            rule: "FCT-FX-SCHEMA".to_owned(),
            group: "FCT-FX-SCHEMA".to_owned(),
            severity: Severity::Warning,
            pack: pack.to_owned(),
            message: Text::new(
                format!("Le schéma XML du profil Factur-X {name} est plus étroit : {}", found.message.fr),
                format!("The XML schema of the Factur-X profile {name} is narrower: {}", found.message.en),
            ),
            fix,
            example: None,
            ..found
        }
    })
    .collect()
}

/// What the artefact of the norm refuses and that of the profile does not, where the profile claims to stay within the norm: one
/// warning a rule. The profile's own artefact decides; but it is not the only judge there is.
fn narrower(read: &Read<'_>, pack: &str, norm: &'static Pack, said: &[Finding]) -> Vec<Finding> {
    // `urn:cen.eu:en16931:2017#compliant#…`, in older tools with colons.
    let claims = |profile: &str| profile.to_ascii_lowercase().contains("compliant");
    if !read.invoice.text(bt::BT_24).is_some_and(claims) {
        return Vec::new();
    }
    let fatal = |finding: &&Finding| finding.severity == Severity::Fatal;
    let refused: HashSet<(&str, Option<&str>)> =
        said.iter().filter(fatal).map(|finding| (finding.rule.as_str(), path(finding))).collect();
    let places: HashSet<&str> = refused.iter().filter_map(|(_, place)| *place).collect();
    let is_new = |finding: &&Finding| {
        !refused.contains(&(finding.rule.as_str(), path(finding))) && !path(finding).is_some_and(|p| places.contains(p))
    };
    let judged = norm.judge(&read.invoice).findings;
    let mut new: Vec<(&Finding, usize)> = Vec::new();
    for finding in judged.iter().filter(fatal).filter(is_new) {
        match new.iter_mut().find(|(first, _)| first.rule == finding.rule) {
            Some((_, times)) => *times += 1,
            None => new.push((finding, 1)),
        }
    }
    let (judge, version) = (norm.id, norm.version);
    let warning = |(finding, times): (&Finding, usize)| {
        let rule = finding.rule.as_str();
        let (fr, en) = match times {
            1 => (String::new(), String::new()),
            _ => (format!(", à {times} endroits"), format!(", in {times} places")),
        };
        Finding {
            rule: "FCT-FX-NORM".to_owned(),
            group: "FCT-FX-NORM".to_owned(),
            severity: Severity::Warning,
            pack: pack.to_owned(),
            message: Text::new(
                format!(
                    "La référence officielle du profil l'admet, celle de la norme ({judge} {version}) le refuse par {rule}{fr} : {}",
                    finding.message.fr
                ),
                format!(
                    "The official artefact of the profile allows it, that of the norm ({judge} {version}) refuses it by {rule}{en}: {}",
                    finding.message.en
                ),
            ),
            working: None,
            example: None,
            ..finding.clone()
        }
    };
    new.into_iter().map(warning).collect()
}

/// A French seller's MINIMUM: platforms exchange whole invoices.
fn minimum(read: &Read<'_>, pack: &str, identity: &Identity) -> Option<Finding> {
    let profile = read.invoice.all(bt::BT_24).next()?;
    let minimum = LEVELS.iter().any(|(level, known)| *level == Level::Minimum && *known == pack);
    (minimum && french::is_seller(identity)).then(|| Finding {
        rule: "FCT-FX-REFORM".to_owned(),
        group: "FCT-FX-REFORM".to_owned(),
        severity: Severity::Warning,
        pack: pack.to_owned(),
        terms: vec!["BT-24".to_owned()],
        place: Some(read.invoice.place_of(profile.node())),
        found: Some(profile.trimmed().to_owned()),
        message: Text::new(
            "Le profil MINIMUM n'a pas de place pour les mentions que la réforme française demande : les règles françaises ne lui sont pas posées, et les plateformes ne l'échangent pas comme facture.",
            "The profile MINIMUM has no room for what the French reform wants: the French rules are not asked of it, and platforms do not exchange it as an invoice.",
        ),
        fix: Text::new(
            "Entre assujettis français, émettre au moins en BASIC WL, mieux en EN 16931.",
            "Between French businesses, issue at least BASIC WL, better EN 16931.",
        ),
        ..Finding::default()
    })
}

/// Remove it, or announce the first richer profile that has it.
fn advice(invoice: &Invoice<'_>, level: usize, path: &str) -> Text {
    let shown = shown(path);
    let richer = LEVELS.iter().skip(level + 1).find(|(_, pack)| {
        let unused: HashSet<String> = unused_in(invoice, pack);
        let mut outer = path;
        loop {
            if unused.contains(outer) {
                return false;
            }
            match outer.rsplit_once('/') {
                Some((rest, _)) if !rest.is_empty() => outer = rest,
                _ => return true,
            }
        }
    });
    match richer {
        Some((level, _)) => Text::new(
            format!("Retirer {shown}, ou annoncer le profil {}, qui l'emploie (BT-24 : {}).", level.xmp(), level.urn()),
            format!("Remove {shown}, or announce the profile {}, which uses it (BT-24: {}).", level.xmp(), level.urn()),
        ),
        None => Text::new(
            format!("Retirer {shown} : aucun profil Factur-X plus riche ne l'emploie."),
            format!("Remove {shown}: no richer Factur-X profile uses it."),
        ),
    }
}

/// What a profile does not use of a document: by its rules, and by its schema.
fn unused_in(invoice: &Invoice<'_>, pack: &str) -> HashSet<String> {
    let tree = invoice.tree();
    let unknown = formats::beyond(tree, pack, &[]);
    let unknown = unknown.iter().filter(|f| f.kind == formats::FaultKind::Unknown).map(|f| tree.path(f.node));
    let judged = rules::pack(pack).map(|pack| pack.judge_for_places(invoice).findings).unwrap_or_default();
    let unused = judged.into_iter().filter(is_unused).filter_map(|finding| path(&finding).map(str::to_owned));
    unknown.chain(unused).collect()
}

fn is_unused(finding: &Finding) -> bool {
    finding.rule.starts_with("FCT-FX-") && finding.rule.ends_with("-UNUSED")
}

fn path(finding: &Finding) -> Option<&str> {
    match &finding.place {
        Some(Place::Xml { path, .. }) => Some(path),
        _ => None,
    }
}

/// The last two elements of a path.
fn shown(path: &str) -> String {
    let mut last: Vec<&str> = path.rsplit('/').take(2).collect();
    last.reverse();
    last.join("/")
}
