//! Days that contradict each other, or the calendar on the wall.

use crate::invoice::bt;
use crate::rules::{Finding, Severity};
use crate::text::Text;

use super::facts::Facts;
use super::say::{Said, called, value};

pub fn findings(facts: &Facts<'_>, out: &mut Vec<Said>) {
    out.extend(issued_tomorrow(facts));
    out.extend(due_before(facts));
    out.extend(tax_point(facts));
}

/// BT-2 after the day that counts as today.
fn issued_tomorrow(facts: &Facts<'_>) -> Option<Said> {
    let (at, issued) = facts.issued.filter(|(_, issued)| *issued > facts.as_of)?;
    let today = facts.as_of;
    let days = issued.since_epoch() - today.since_epoch();
    let message = Text::new(
        format!(
            "BT-2 (date d'émission) est le {issued}, {days} jour(s) après aujourd'hui ({today}) : une facture n'est pas émise dans l'avenir."
        ),
        format!(
            "BT-2 (issue date) is {issued}, {days} day(s) after today ({today}): no invoice is issued in the future."
        ),
    );
    let fix = Text::new(
        "Vérifier le jour, le mois et l'année ; sinon, ne déposer la facture que ce jour-là.",
        "Check day, month and year; else hand the invoice in on that day.",
    );
    let finding = value("FCT-DATE-FUTURE", at, None, message, fix);
    Some(Said::yielding(Finding { expected: Some(format!("≤ {today}")), example: None, ..finding }))
}

/// BT-9 before BT-2: a remark, for a payment may have been due before. Prepayments and what is paid may well be.
fn due_before(facts: &Facts<'_>) -> Option<Said> {
    let (_, issued) = facts.issued?;
    let at = facts.invoice.all(bt::BT_9).find(|o| o.day().is_some_and(|due| due < issued))?;
    if facts.invoice.is_credit() || facts.is_paid() || matches!(facts.kind, "386" | "500" | "503") {
        return None;
    }
    let due = at.day()?;
    let message = Text::new(
        format!("BT-9 (échéance) est le {due}, avant l'émission (BT-2, {issued}), et il reste à payer."),
        format!(
            "BT-9 (payment due date) is {due}, before the issue (BT-2, {issued}), and there is something left to pay."
        ),
    );
    let fix = Text::new(
        "Vérifier l'échéance ; si la facture est payée, le cadre (BT-23) est B2, S2 ou M2.",
        "Check the due date; where the invoice is paid, the business process (BT-23) is B2, S2 or M2.",
    );
    let finding = value("FCT-DATE-ORDER", at, None, message, fix);
    let expected = Some(format!("≥ {issued}"));
    Some(Said::yielding(Finding { expected, example: None, severity: Severity::Information, ..finding }))
}

/// BT-7 more than a year from BT-2: most likely a slip of the year.
fn tax_point(facts: &Facts<'_>) -> Option<Said> {
    let (_, issued) = facts.issued?;
    let far = |day: crate::day::Day| (day.since_epoch() - issued.since_epoch()).abs() > YEAR;
    let at = facts.invoice.all(bt::BT_7).find(|o| o.day().is_some_and(far))?;
    let day = at.day()?;
    let (fr, en) = called(bt::BT_7);
    let message = Text::new(
        format!("{fr} est le {day}, à plus d'un an de l'émission (BT-2, {issued}) : l'année est-elle la bonne ?"),
        format!("{en} is {day}, more than a year from the issue (BT-2, {issued}): is the year right?"),
    );
    let fix = Text::new("Vérifier l'année.", "Check the year.");
    let finding = value("FCT-DATE-ORDER", at, None, message, fix);
    let bound = |days: i64| crate::day::Day::from_epoch(issued.since_epoch() + days).map(|day| day.to_string());
    let expected = bound(-YEAR).zip(bound(YEAR)).map(|(first, last)| format!("{first} … {last}"));
    Some(Said::yielding(Finding { expected, example: None, severity: Severity::Information, ..finding }))
}

const YEAR: i64 = 366;
