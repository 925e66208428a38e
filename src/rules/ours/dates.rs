//! Days that contradict each other, or the calendar on the wall.

use crate::day::Day;
use crate::invoice::{Occurrence, Term, bt};
use crate::rules::{Finding, Severity};
use crate::text::Text;

use super::facts::Facts;
use super::say::{Said, called, value};

pub fn findings(facts: &Facts<'_>, out: &mut Vec<Said>) {
    let old = issued_long_ago(facts);
    // Where the year of the issue is wrong, all other days are far from it.
    if old.is_none() && issued_tomorrow(facts).is_none() {
        far_from_issue(facts, out);
    }
    out.extend(old);
    out.extend(issued_tomorrow(facts));
    out.extend(due_before(facts));
    out.extend(tax_point(facts));
}

/// BT-2 a year or more before the invoice is judged. An invoice is issued when goods are delivered (CGI, article 289, I, 3), and
/// in January the year before is what one writes by habit: so a whole year is told, and nothing less.
fn issued_long_ago(facts: &Facts<'_>) -> Option<Said> {
    let judged = facts.judged;
    let (at, issued) = facts.issued.filter(|(_, issued)| judged.since_epoch() - issued.since_epoch() >= OLD)?;
    let days = judged.since_epoch() - issued.since_epoch();
    let message = Text::new(
        format!(
            "BT-2 (date d'émission) est le {issued}, {days} jours avant le jour du jugement ({judged}) : l'année est-elle la bonne ? Le numéro compte pour cette année-là, et le délai de paiement part de ce jour."
        ),
        format!(
            "BT-2 (issue date) is {issued}, {days} days before the day of judgement ({judged}): is the year right? The number counts within that year, and the term of payment runs from that day."
        ),
    );
    let fix = Text::new(
        format!("Vérifier l'année. Une facture gardée se juge à sa date : --date {issued}."),
        format!("Check the year. An invoice that was kept is judged as of its own day: --date {issued}."),
    );
    let first = Day::from_epoch(judged.since_epoch() - OLD + 1).map(|day| format!("≥ {day}"));
    let finding = value("FCT-DATE-PAST", at, None, message, fix);
    Some(Said::yielding(Finding { expected: first, example: None, ..finding }))
}

/// Days of an invoice that stand years from its issue, or a period that lasts for years.
fn far_from_issue(facts: &Facts<'_>, out: &mut Vec<Said>) {
    let Some((_, issued)) = facts.issued else { return };
    for (term, years) in DISTANT {
        let (most, (fr, en)) = (years * YEAR, called(term));
        let far =
            |o: &Occurrence<'_>| o.day().is_some_and(|day| (day.since_epoch() - issued.since_epoch()).abs() > most);
        for at in facts.invoice.all(term).filter(|o| !o.is_echo()).filter(far) {
            let Some(day) = at.day() else { continue };
            let message = Text::new(
                format!(
                    "{fr} est le {day}, à plus de {years} ans de l'émission (BT-2, {issued}) : l'année est-elle la bonne ?"
                ),
                format!("{en} is {day}, more than {years} years from the issue (BT-2, {issued}): is the year right?"),
            );
            let bound = |days: i64| Day::from_epoch(issued.since_epoch() + days).map(|day| day.to_string());
            out.push(distant(
                at,
                message,
                bound(-most).zip(bound(most)).map(|(first, last)| format!("{first} … {last}")),
            ));
        }
    }
    for (group, first, last) in PERIODS {
        for period in facts.invoice.groups(group) {
            let of = |term| period.all(term).find_map(|o: Occurrence<'_>| o.day().map(|day| (o, day)));
            let Some(((_, from), (at, to))) = of(first).zip(of(last)) else { continue };
            let (days, told) =
                (to.since_epoch() - from.since_epoch(), |day: Day| (day.since_epoch() - issued.since_epoch()).abs());
            if days <= LONGEST * YEAR || told(from) > LONGEST * YEAR || told(to) > LONGEST * YEAR {
                continue;
            }
            let message = Text::new(
                format!(
                    "La période facturée ({first}, {last}) va du {from} au {to}, plus de {LONGEST} ans : les années sont-elles les bonnes ?"
                ),
                format!(
                    "The invoiced period ({first}, {last}) runs from {from} to {to}, more than {LONGEST} years: are the years right?"
                ),
            );
            let most = Day::from_epoch(from.since_epoch() + LONGEST * YEAR).map(|day| format!("≤ {day}"));
            out.push(distant(at, message, most));
        }
    }
}

fn distant(at: Occurrence<'_>, message: Text, expected: Option<String>) -> Said {
    let fix = Text::new("Vérifier l'année.", "Check the year.");
    let finding = value("FCT-DATE-FAR", at, None, message, fix);
    Said::yielding(Finding { expected, example: None, ..finding })
}

/// So many years from BT-2, and it is more likely a slip than meant: five is the time after which a claim between merchants lapses (Code de
/// commerce, article L110-4), ten the time for which invoices are kept (L123-22).
const DISTANT: [(Term, i64); 7] =
    [(bt::BT_9, 5), (bt::BT_72, 5), (bt::BT_73, 5), (bt::BT_74, 5), (bt::BT_134, 5), (bt::BT_135, 5), (bt::BT_26, 10)];

/// A period's group, first and last day.
const PERIODS: [(Term, Term, Term); 2] = [(bt::BG_14, bt::BT_73, bt::BT_74), (bt::BG_26, bt::BT_134, bt::BT_135)];
/// In years.
const LONGEST: i64 = 5;
/// In days.
const OLD: i64 = 365;

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
    let far = |day: Day| (day.since_epoch() - issued.since_epoch()).abs() > YEAR;
    let at = facts.invoice.all(bt::BT_7).find(|o| o.day().is_some_and(far))?;
    let day = at.day()?;
    let (fr, en) = called(bt::BT_7);
    let message = Text::new(
        format!("{fr} est le {day}, à plus d'un an de l'émission (BT-2, {issued}) : l'année est-elle la bonne ?"),
        format!("{en} is {day}, more than a year from the issue (BT-2, {issued}): is the year right?"),
    );
    let fix = Text::new("Vérifier l'année.", "Check the year.");
    let finding = value("FCT-DATE-ORDER", at, None, message, fix);
    let bound = |days: i64| Day::from_epoch(issued.since_epoch() + days).map(|day| day.to_string());
    let expected = bound(-YEAR).zip(bound(YEAR)).map(|(first, last)| format!("{first} … {last}"));
    Some(Said::yielding(Finding { expected, example: None, severity: Severity::Information, ..finding }))
}

const YEAR: i64 = 366;
