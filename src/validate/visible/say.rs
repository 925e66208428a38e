//! What is said of pages and XML that do not agree, in both languages.

use super::labels::Beside;
use super::{Looked, Outcome, Why};
use crate::limits;
use crate::pdf::Refusal;
use crate::rules::{Finding, Severity};
use crate::text::Text;
use crate::validate::container::PACK;

const NUMBER: &str = "FCT-PDF-VISIBLE-NUMBER";
const DATE: &str = "FCT-PDF-VISIBLE-DATE";
const TOTAL: &str = "FCT-PDF-VISIBLE-TOTAL";
const DUE: &str = "FCT-PDF-VISIBLE-DUE";
const ORDER: &str = "FCT-PDF-VISIBLE-ORDER";
const NOT_COMPARED: &str = "FCT-PDF-NOT-COMPARED";

/// The rules, and the severity of each: none changes a verdict.
pub(in crate::validate) const RULES: [(&str, Severity); 6] = [
    (NUMBER, Severity::Warning),
    (DATE, Severity::Warning),
    (TOTAL, Severity::Warning),
    (DUE, Severity::Warning),
    (ORDER, Severity::Information),
    (NOT_COMPARED, Severity::Information),
];

/// A finding for each value that the pages do not show, and one for all that could not be looked for.
pub(super) fn all(looked: Vec<Looked>) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut unknown: Vec<(Why, Vec<&'static str>)> = Vec::new();
    for looked in &looked {
        match &looked.outcome {
            Outcome::Seen => {}
            Outcome::Unknown(why) => match unknown.iter_mut().find(|(other, _)| other == why) {
                Some((_, terms)) => terms.push(looked.term),
                None => unknown.push((*why, vec![looked.term])),
            },
            Outcome::MonthFirst { page, value, otherwise } => {
                let (day, value) = (&looked.value, quoted(value));
                let mut finding = finding(ORDER, &[looked.term]);
                finding.message = Text::new(
                    format!(
                        "La page {page} date la facture « {value} » : c'est le {day} du XML si le mois vient en premier, et le {otherwise} sinon."
                    ),
                    format!(
                        "Page {page} dates the invoice \"{value}\": that is the XML's {day} if the month comes first, and {otherwise} otherwise."
                    ),
                );
                finding.fix = Text::new(
                    "Écrire la date sur la page avec le nom du mois, ou le jour en premier.",
                    "Write the date on the page with the name of the month, or with the day first.",
                );
                (finding.found, finding.expected) = (Some(value), Some(looked.value.clone()));
                findings.push(finding);
            }
            Outcome::Missing { instead, hidden } => findings.push(differs(looked, instead.as_ref(), *hidden, false)),
            Outcome::Other(beside) => findings.push(differs(looked, Some(beside), false, true)),
        }
    }
    if !unknown.is_empty() {
        let terms: Vec<&'static str> = unknown.iter().flat_map(|(_, terms)| terms.iter().copied()).collect();
        let part = |(why, terms): &(Why, Vec<&'static str>)| {
            let (terms, why) = (terms.join(", "), reason(*why));
            Text::new(format!("{terms} : {}", why.fr), format!("{terms}: {}", why.en))
        };
        let parts: Vec<Text> = unknown.iter().map(part).collect();
        let joined = |lang: fn(&Text) -> &str| parts.iter().map(lang).collect::<Vec<_>>().join(" ; ");
        findings.push(not_compared(&terms, &joined(|text| &text.fr), &joined(|text| &text.en).replace(" ; ", "; ")));
    }
    findings
}

/// The pages could not be read at all.
pub(super) fn unread(terms: &[&'static str], refusal: &Refusal) -> Finding {
    let (list, rule) = (terms.join(", "), refusal.kind.rule());
    let mut finding = not_compared(
        terms,
        &format!("{list} : les pages n'ont pas pu être lues dans les limites ({rule})"),
        &format!("{list}: the pages could not be read within the limits ({rule})"),
    );
    finding.found = Some(rule.to_owned());
    finding
}

fn not_compared(terms: &[&str], fr: &str, en: &str) -> Finding {
    let mut finding = finding(NOT_COMPARED, terms);
    finding.message = Text::new(
        format!("Les pages du PDF n'ont pas pu être comparées au XML. {fr}."),
        format!("The pages of the PDF could not be compared with the XML. {en}."),
    );
    finding.fix = Text::new(
        "Comparer à l'œil. Un PDF produit par l'outil de facturation, et non numérisé, se compare tout seul.",
        "Compare by eye. A PDF that the billing tool makes, rather than a scan, is compared without anybody.",
    );
    finding
}

fn reason(why: Why) -> Text {
    match why {
        Why::NoText => Text::new(
            "les pages ne montrent aucun texte, mais une image ou un dessin",
            "the pages show no text, but a picture or a drawing",
        ),
        Why::Little => Text::new(
            "les pages montrent trop peu de texte ; le reste est peut-être dessiné",
            "the pages show too little text; the rest may be drawn",
        ),
        Why::Picture => Text::new(
            "une image couvre une grande part d'une page et les montre peut-être",
            "a picture covers much of a page and may show them",
        ),
        Why::Unreadable => Text::new(
            "le PDF ne dit pas quels caractères une de ses polices dessine",
            "the PDF does not say which characters one of its fonts draws",
        ),
        Why::NoAmounts => Text::new("les pages ne montrent aucun montant", "the pages show no amount"),
        Why::NoDates => Text::new("aucune date n'a été reconnue sur les pages", "no date was recognised on the pages"),
    }
}

/// The pages show another value, or not this one.
fn differs(looked: &Looked, beside: Option<&Beside>, hidden: bool, sure: bool) -> Finding {
    let (rule, fr, en) = match looked.term {
        "BT-1" => (NUMBER, "Le numéro de facture du XML", "The XML's invoice number"),
        "BT-2" => (DATE, "La date de facture du XML", "The XML's invoice date"),
        "BT-112" => (TOTAL, "Le total TTC du XML", "The XML's total with VAT"),
        _ => (DUE, "Le montant à payer du XML", "The XML's amount due"),
    };
    let value = quoted(&looked.value);
    let there = beside.map(|beside| {
        let (page, words, value) = (beside.page, quoted(&beside.words), quoted(&beside.value));
        Text::new(
            format!("à côté de « {words} », la page {page} montre « {value} »"),
            format!("beside \"{words}\", page {page} shows \"{value}\""),
        )
    });
    let mut finding = finding(rule, &[looked.term]);
    finding.message = match (&there, sure) {
        (Some(there), true) => {
            Text::new(format!("{fr} est {value} ; {}.", there.fr), format!("{en} is {value}; {}.", there.en))
        }
        (Some(there), false) => Text::new(
            format!("{fr}, {value}, n'est pas sur les pages du PDF ; {}.", there.fr),
            format!("{en}, {value}, is not on the pages of the PDF; {}.", there.en),
        ),
        (None, _) => Text::new(
            format!("{fr}, {value}, n'est pas sur les pages du PDF."),
            format!("{en}, {value}, is not on the pages of the PDF."),
        ),
    };
    if hidden {
        finding.message.fr += " Du texte que personne ne voit, lui, dit cette valeur.";
        finding.message.en += " Text that nobody sees does say it.";
    }
    finding.fix = Text::new(
        "Produire à nouveau la page et le XML à partir des mêmes données. Une facture reçue dont les deux faces diffèrent ne se paie pas sans demander à l'émetteur laquelle vaut.",
        "Produce page and XML anew from the same data. Do not pay an invoice received whose two faces differ without asking the issuer which one counts.",
    );
    (finding.found, finding.expected) = (beside.map(|beside| quoted(&beside.value)), Some(value));
    finding
}

fn finding(rule: &str, terms: &[&str]) -> Finding {
    let severity = RULES.iter().find(|(id, _)| *id == rule).map_or(Severity::Warning, |(_, severity)| *severity);
    Finding {
        rule: rule.to_owned(),
        group: rule.to_owned(),
        severity,
        pack: PACK.to_owned(),
        terms: terms.iter().map(|term| (*term).to_owned()).collect(),
        ..Finding::default()
    }
}

fn quoted(text: &str) -> String {
    text.chars().take(limits::QUOTED_CHARS).collect()
}
