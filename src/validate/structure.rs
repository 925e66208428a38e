//! The structure check as findings.

use crate::formats::{Fault, FaultKind, Read};
use crate::invoice::Syntax;
use crate::limits;
use crate::report::PackRun;
use crate::rules::{Finding, Severity};
use crate::text::Text;

/// Identity of the structure tables.
pub(super) fn pack(syntax: Syntax) -> PackRun {
    let (version, sha256) = match syntax {
        Syntax::Cii => ("CII D22B", env!("FACTEUR_SCHEMA_CII")),
        _ => ("UBL 2.1", env!("FACTEUR_SCHEMA_UBL")),
    };
    PackRun {
        id: "structure".to_owned(),
        version: version.to_owned(),
        sha256: sha256.to_owned(),
        rules: FaultKind::ALL.len(),
        reason: "always".to_owned(),
    }
}

pub(super) fn findings(read: &Read<'_>) -> Vec<Finding> {
    let mut findings: Vec<Finding> = read.faults.iter().map(|fault| finding(read, fault)).collect();
    if read.unlisted_faults > 0 {
        let (shown, more) = (limits::STRUCTURE_FINDINGS, read.unlisted_faults);
        findings.push(Finding {
            rule: "FCT-XSD-MORE".to_owned(),
            group: "FCT-XSD-MORE".to_owned(),
            severity: Severity::Information,
            pack: "structure".to_owned(),
            terms: Vec::new(),
            place: None,
            found: Some(more.to_string()),
            expected: None,
            message: Text::new(
                format!("{more} autres fautes de structure ne sont pas montrées ; les {shown} premières le sont."),
                format!("{more} more faults of structure are not shown; the first {shown} are."),
            ),
            fix: Text::new("Corrigez les premières, puis recommencez.", "Mend the first ones, then try again."),
        });
    }
    findings
}

/// Says how many findings of a pack are counted and not listed.
pub(super) fn more(pack: &str, unlisted: usize) -> Option<Finding> {
    (unlisted > 0).then(|| Finding {
        rule: "FCT-MORE".to_owned(),
        group: "FCT-MORE".to_owned(),
        severity: Severity::Information,
        pack: pack.to_owned(),
        terms: Vec::new(),
        place: None,
        found: Some(unlisted.to_string()),
        expected: None,
        message: Text::new(
            format!("{unlisted} autres constats ne sont pas montrés."),
            format!("{unlisted} more findings are not shown."),
        ),
        fix: Text::new("Corrigez les premiers, puis recommencez.", "Mend the first ones, then try again."),
    })
}

fn finding(read: &Read<'_>, fault: &Fault) -> Finding {
    let tree = read.invoice.tree();
    let element = tree.qualified(tree.node(fault.node).name);
    let (message, fix) = sentences(fault, &element);
    let term = read.invoice.occurrences().find(|o| o.node() == fault.node).map(|o| o.term().id().to_owned());
    let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let missing = matches!(fault.kind, FaultKind::Missing | FaultKind::MissingAttribute);
    Finding {
        rule: fault.kind.rule().to_owned(),
        group: fault.kind.rule().to_owned(),
        severity: Severity::Fatal,
        pack: "structure".to_owned(),
        terms: term.into_iter().collect(),
        place: Some(read.invoice.place_of(fault.node)),
        found: if missing { None } else { some(&fault.found) },
        expected: some(&fault.expected),
        message,
        fix,
    }
}

fn sentences(fault: &Fault, element: &str) -> (Text, Text) {
    let Fault { kind, found, expected, .. } = fault;
    match kind {
        FaultKind::Unknown => (
            Text::new(
                format!("L'élément {found} n'existe pas à cet endroit."),
                format!("Element {found} does not exist in this place."),
            ),
            Text::new(
                format!(
                    "Retirez-le, ou déplacez-le là où la syntaxe le prévoit. Ici sont possibles : {}.",
                    or_end(expected, "la fin de l'élément")
                ),
                format!(
                    "Remove it, or move it to where the syntax has it. Possible here: {}.",
                    or_end(expected, "the end of the element")
                ),
            ),
        ),
        FaultKind::Misplaced => (
            Text::new(
                format!("L'élément {found} vient trop tard : l'ordre des éléments est imposé."),
                format!("Element {found} comes too late: the order of elements is fixed."),
            ),
            Text::new(
                format!(
                    "Placez-le plus haut dans son parent. Ici sont possibles : {}.",
                    or_end(expected, "la fin de l'élément")
                ),
                format!("Move it up inside its parent. Possible here: {}.", or_end(expected, "the end of the element")),
            ),
        ),
        FaultKind::Repeated => (
            Text::new(
                format!("L'élément {found} est répété ; il ne peut figurer que {expected} fois ici."),
                format!("Element {found} is repeated; it may stand {expected} time(s) here."),
            ),
            Text::new("Gardez une seule valeur.", "Keep a single value."),
        ),
        FaultKind::Missing => (
            Text::new(
                format!("L'élément {expected} manque dans {element}."),
                format!("Element {expected} is missing in {element}."),
            ),
            Text::new(format!("Ajoutez {expected} à sa place."), format!("Add {expected} in its place.")),
        ),
        FaultKind::Value => (
            Text::new(
                format!("La valeur de {element} n'a pas la forme que la syntaxe exige."),
                format!("The value of {element} does not have the form the syntax asks for."),
            ),
            Text::new(format!("Écrivez-la sous la forme : {expected}."), format!("Write it as: {expected}.")),
        ),
        FaultKind::UnknownAttribute => (
            Text::new(
                format!("L'attribut {found} n'existe pas sur {element}."),
                format!("Attribute {found} does not exist on {element}."),
            ),
            Text::new("Retirez l'attribut.", "Remove the attribute."),
        ),
        FaultKind::MissingAttribute => (
            Text::new(
                format!("L'attribut {expected} manque sur {element}."),
                format!("Attribute {expected} is missing on {element}."),
            ),
            Text::new(format!("Ajoutez {expected}."), format!("Add {expected}.")),
        ),
        FaultKind::Text => (
            Text::new(
                format!("{element} contient du texte ; il ne peut contenir que des éléments."),
                format!("{element} holds text; it may hold elements only."),
            ),
            Text::new(
                "Retirez ce texte ou placez-le dans le bon élément.",
                "Remove the text, or put it into the right element.",
            ),
        ),
        FaultKind::Elements => (
            Text::new(
                format!("{element} contient l'élément {found} ; il ne peut contenir qu'une valeur."),
                format!("{element} holds element {found}; it may hold a value only."),
            ),
            Text::new("Remplacez les éléments par la valeur.", "Replace the elements by the value."),
        ),
    }
}

fn or_end<'t>(expected: &'t str, end: &'t str) -> &'t str {
    if expected.is_empty() { end } else { expected }
}
