//! References to preceding invoices (BG-3), which tie a credit note or a corrective invoice to what it corrects.

use std::collections::HashMap;

use crate::day::Day;
use crate::invoice::{Invoice, Occurrence, bt};
use crate::rules::Finding;
use crate::text::Text;

use super::facts::Facts;
use super::say::{Said, around, missing, quoted, value};

/// A preceding invoice, as this one names it. Whoever keeps invoices can look it up.
#[derive(Clone, Copy)]
pub struct Preceding<'i> {
    pub number: Occurrence<'i>,
    /// BT-26 (of a line: EXT-FR-FE-138), where it is a day.
    pub issued: Option<(Occurrence<'i>, Day)>,
}

/// Those of the header (BT-25), in the order of the document.
pub fn preceding<'i>(invoice: &'i Invoice<'i>) -> impl Iterator<Item = Preceding<'i>> {
    invoice.groups(bt::BG_3).filter_map(|group| {
        let number = group.first(bt::BT_25).filter(|o| !o.trimmed().is_empty())?;
        let issued = group.all(bt::BT_26).find_map(|o| o.day().map(|day| (o, day)));
        Some(Preceding { number, issued })
    })
}

/// Those of the lines. In UBL a line names the line that it belongs to in the same element, under the invoice's own number: no reference.
fn of_lines<'i>(invoice: &'i Invoice<'i>) -> impl Iterator<Item = Occurrence<'i>> {
    let own = invoice.text(bt::BT_1).filter(|_| invoice.syntax().is_ubl());
    invoice.all(bt::EXT_FR_FE_136).filter(move |o| !o.trimmed().is_empty() && Some(o.trimmed()) != own)
}

pub fn findings(facts: &Facts<'_>, out: &mut Vec<Said>) {
    let mut seen: HashMap<(&str, Option<Day>), ()> = HashMap::new();
    for one in preceding(facts.invoice) {
        out.extend(to_itself(facts, one));
        out.extend(later(facts, one));
        let key = (one.number.trimmed(), one.issued.map(|(_, day)| day));
        if seen.insert(key, ()).is_some() {
            out.push(twice(one));
        }
    }
    for at in facts.invoice.all(bt::EXT_FR_FE_138) {
        if let Some(day) = at.day() {
            out.extend(later(facts, Preceding { number: at, issued: Some((at, day)) }));
        }
    }
    out.extend(none(facts));
    out.extend(both(facts));
}

/// The invoice's own number, of the same year: numbers start anew each year.
fn to_itself(facts: &Facts<'_>, one: Preceding<'_>) -> Option<Said> {
    let own = facts.invoice.text(bt::BT_1)?;
    let (_, issued) = facts.issued?;
    let other_year = one.issued.is_some_and(|(_, day)| day.year() != issued.year());
    if one.number.trimmed() != own || other_year {
        return None;
    }
    let (found_fr, found_en) = quoted(own);
    let message = Text::new(
        format!(
            "BT-25 (facture antérieure) est {found_fr}, le numéro de cette facture-ci : elle se corrige elle-même."
        ),
        format!("BT-25 (preceding invoice) is {found_en}, the number of this very invoice: it corrects itself."),
    );
    let fix = Text::new("Donner le numéro de la facture d'origine.", "Give the number of the original invoice.");
    let finding = value("FCT-PRECEDING-SELF", one.number, None, message, fix);
    Some(Said::yielding(Finding { expected: Some("≠ BT-1".to_owned()), ..finding }))
}

/// Dated after the invoice that corrects it.
fn later(facts: &Facts<'_>, one: Preceding<'_>) -> Option<Said> {
    let (_, issued) = facts.issued?;
    let (at, day) = one.issued.filter(|(_, day)| *day > issued)?;
    let term = at.term();
    let message = Text::new(
        format!("{term} dit la facture antérieure du {day}, après celle-ci (BT-2, {issued})."),
        format!("{term} says that the preceding invoice is of {day}, after this one (BT-2, {issued})."),
    );
    let fix =
        Text::new("Donner la date d'émission de la facture d'origine.", "Give the issue date of the original invoice.");
    let finding = value("FCT-PRECEDING-LATER", at, None, message, fix);
    Some(Said::yielding(Finding { expected: Some(format!("≤ {issued}")), example: None, ..finding }))
}

fn twice(one: Preceding<'_>) -> Said {
    let (found_fr, found_en) = quoted(one.number.trimmed());
    let message = Text::new(
        format!("BT-25 nomme deux fois la facture {found_fr}."),
        format!("BT-25 names the invoice {found_en} twice."),
    );
    let fix = Text::new(
        "Garder une référence, ou donner à l'autre le numéro qui est le sien.",
        "Keep one reference, or give the other the number that is its own.",
    );
    let finding = value("FCT-PRECEDING-TWICE", one.number, None, message, fix);
    Said::yielding(Finding { expected: Some("1".to_owned()), example: None, ..finding })
}

/// Credit notes and corrective invoices of the French list; 262 is of a contract and a period instead.
const CREDITS: [&str; 5] = ["381", "261", "396", "502", "503"];
const CORRECTIVES: [&str; 4] = ["384", "471", "472", "473"];

/// A credit note or corrective invoice of a French seller that names none, where the French rules did not ask.
fn none(facts: &Facts<'_>) -> Option<Said> {
    let credit = CREDITS.contains(&facts.kind);
    if facts.french_rules || !facts.seller_is_french() || !(credit || CORRECTIVES.contains(&facts.kind)) {
        return None;
    }
    let lines = facts.invoice.lines().count();
    let each_line = credit && lines > 0 && of_lines(facts.invoice).count() >= lines;
    if preceding(facts.invoice).next().is_some() || each_line {
        return None;
    }
    let kind = facts.kind;
    let message = Text::new(
        format!("BT-3 = {kind} corrige une autre facture, et rien ne dit laquelle : BT-25 manque."),
        format!("BT-3 = {kind} corrects another invoice, and nothing says which: BT-25 is missing."),
    );
    let fix = Text::new(
        "Donner le numéro (BT-25) et la date (BT-26) de la facture d'origine.",
        "Give number (BT-25) and date (BT-26) of the original invoice.",
    );
    let finding = missing("FCT-PRECEDING-MISSING", around(facts.invoice, bt::BG_3), bt::BT_25, message, fix);
    Some(Said::yielding(finding))
}

/// In the header and at a line as well: the official rules take it, the public platform refuses its extract (G1.31).
fn both(facts: &Facts<'_>) -> Option<Said> {
    if !facts.seller_is_french() || !CREDITS.contains(&facts.kind) || facts.is_of_several() {
        return None;
    }
    preceding(facts.invoice).next()?;
    let at = of_lines(facts.invoice).next()?;
    let message = Text::new(
        "L'avoir nomme des factures antérieures dans l'en-tête (BT-25) et à la ligne : le portail public refuse le flux 1 qui en est tiré (G1.31).",
        "The credit note names preceding invoices in the header (BT-25) and at the line as well: the public portal refuses the flow 1 made of it (G1.31).",
    );
    let fix = Text::new(
        "Les nommer dans l'en-tête, ou à chaque ligne, mais non aux deux.",
        "Name them in the header, or at every line, but not in both.",
    );
    let finding = value("FCT-PRECEDING-BOTH", at, None, message, fix);
    let terms = [bt::BT_25, at.term()].map(|term| term.id().to_owned()).to_vec();
    Some(Said::yielding(Finding { example: None, terms, ..finding }))
}
