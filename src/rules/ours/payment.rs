//! The due date against the longest term that French law allows (Code de commerce, L441-10 and L441-11; Code de la commande
//! publique, R2192-10 and R2192-11).
//!
//! Which maximum counts: the one that the customer file names (`[payment]`), else that of a public buyer (whose SIREN starts with 1
//! or 2), else 45 days end of month where BT-20 or a note says so, else 60 days. Not asked of credit notes, of what is paid already, and
//! of sales that are not between businesses in France: other laws bind those.

use crate::day::Day;
use crate::invoice::{Occurrence, bt};
use crate::rules::{Finding, Part, Working};
use crate::text::Text;

use super::ceiling::{Ceiling, Count, From, Way, legal};
use super::facts::Facts;
use super::month_end;
use super::say::{Said, value};

/// A maximum that counts, and why.
struct Applied {
    ceiling: Ceiling,
    from: From,
    name: Text,
    article: String,
    /// Nothing in the invoice or the file chose it.
    by_default: bool,
}

pub fn findings(facts: &Facts<'_>, out: &mut Vec<Said>) {
    let Some((issue, issued)) = facts.issued else { return };
    if excluded(facts).is_some() {
        return;
    }
    let due = facts.invoice.all(bt::BT_9).filter_map(|o| o.day().map(|day| (o, day))).max_by_key(|(_, day)| *day);
    // Where no file names one, no maximum is shorter: most invoices need not be looked at further.
    let least = if facts.payment.is_some() { i64::MIN } else { SHORTEST };
    let Some((at, due)) = due.filter(|(_, due)| due.since_epoch() - issued.since_epoch() > least) else { return };
    let Some(applied) = applied(facts) else { return };
    let (start, start_at) = start(facts, &applied, issue, issued);
    let ways = applied.ceiling.ways(start);
    if let Some(latest) = ways.first().filter(|latest| due > latest.last) {
        out.push(beyond(facts, &applied, (at, due), (start_at, start), &ways, latest));
    }
}

/// Days from the issue that every maximum without a file allows: a public buyer's.
const SHORTEST: i64 = 30;

/// Why the maximum is not asked of an invoice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Excluded {
    /// Nothing is to be paid by the buyer.
    Credit,
    Paid,
    /// Seller or buyer is not in France.
    Abroad,
    /// A BAR note says that the sale is none between businesses.
    NotBetweenBusinesses,
}

pub fn excluded(facts: &Facts<'_>) -> Option<Excluded> {
    if facts.invoice.is_credit() {
        return Some(Excluded::Credit);
    }
    if facts.is_paid() {
        return Some(Excluded::Paid);
    }
    if !facts.is_domestic() {
        return Some(Excluded::Abroad);
    }
    let others =
        facts.treatment().is_some_and(|treatment| !treatment.trim().is_empty() && !treatment.starts_with("B2B"));
    others.then_some(Excluded::NotBetweenBusinesses)
}

fn applied(facts: &Facts<'_>) -> Option<Applied> {
    let by_law = |id: &str, by_default: bool| {
        let law = legal(id)?;
        let (name, article) = (law.name.clone(), law.article.clone());
        Some(Applied { ceiling: law.ceiling, from: law.from, name, article, by_default })
    };
    if let Some(payment) = facts.payment {
        if let Some(own) = &payment.maximum {
            return Some(Applied {
                ceiling: own.value,
                from: From::Issue,
                name: Text::new("délai du fichier client", "term of the customer's file"),
                article: own.origin.to_string(),
                by_default: false,
            });
        }
        let periodic = payment.periodic.as_ref().is_some_and(|flag| flag.value);
        if let Some(sector) = &payment.sector {
            let of_periods = (periodic && sector.value == "perishable-food").then_some("perishable-food-periodic");
            return by_law(of_periods.unwrap_or(&sector.value), false);
        }
        match payment.public.as_ref().map(|flag| flag.value) {
            Some(true) => return by_law("public", false),
            None if public(facts).is_some() => return by_law(public(facts)?, false),
            _ if periodic => return by_law("periodic", false),
            Some(false) => {}
            None => {}
        }
    } else if let Some(id) = public(facts) {
        return by_law(id, false);
    }
    let says = |term, words: fn(&str) -> bool| facts.invoice.all(term).any(|o| words(o.text()));
    let ends_month = says(bt::BT_20, month_end::in_terms) || says(bt::BT_22, month_end::in_note);
    if ends_month { by_law("end-of-month", false) } else { by_law("general", true) }
}

/// SIREN that start with 1 or 2 are those of public bodies; hospitals, which have more time, are among those with 26.
fn public(facts: &Facts<'_>) -> Option<&'static str> {
    let siren = facts.identity.buyer.siren.as_deref()?;
    match siren.as_bytes() {
        [b'2', b'6', ..] => Some("public-health"),
        [b'1' | b'2', ..] => Some("public"),
        _ => None,
    }
}

/// The day from which is counted, and where it stands.
fn start<'i>(facts: &Facts<'i>, applied: &Applied, issue: Occurrence<'i>, issued: Day) -> (Day, Occurrence<'i>) {
    let of = |term| facts.invoice.all(term).find_map(|o| o.day().map(|day| (day, o)));
    match applied.from {
        From::Issue => (issued, issue),
        From::Delivery => of(bt::BT_72).or_else(|| of(bt::BT_74)).unwrap_or((issued, issue)),
    }
}

fn beyond(
    facts: &Facts<'_>,
    applied: &Applied,
    (at, due): (Occurrence<'_>, Day),
    (start_at, start): (Occurrence<'_>, Day),
    ways: &[Way],
    latest: &Way,
) -> Said {
    let from = start_at.term();
    let days = due.since_epoch() - start.since_epoch();
    let over = due.since_epoch() - latest.last.since_epoch();
    let limit = applied.ceiling.shown();
    let (name, article) = (&applied.name, &applied.article);
    let shown = |pick: fn(&Way) -> &str, between| ways.iter().map(pick).collect::<Vec<_>>().join(between);
    let mut message = Text::new(
        format!(
            "BT-9 (échéance) est le {due}, {days} jours après le {start} ({from}) : {over} de trop. Maximum : {} ({}, {article}), soit {}.",
            limit.fr,
            name.fr,
            shown(|way| &way.shown.fr, " ; ")
        ),
        format!(
            "BT-9 (payment due date) is {due}, {days} days after {start} ({from}): {over} too many. Maximum: {} ({}, {article}), that is {}.",
            limit.en,
            name.en,
            shown(|way| &way.shown.en, "; ")
        ),
    );
    // What the contract may say, and the invoice does not.
    let by_month = legal("end-of-month").filter(|_| applied.by_default).map(|law| law.ceiling.ways(start));
    if let Some(way) = by_month.as_ref().and_then(|ways| ways.first()).filter(|way| due <= way.last) {
        message.fr.push_str(&format!(
            " Un contrat qui stipule 45 jours fin de mois irait jusqu'au {} ({}).",
            way.last, way.shown.fr
        ));
        message.en.push_str(&format!(
            " A contract that lays down 45 days end of month would allow until {} ({}).",
            way.last, way.shown.en
        ));
    }
    let of_public = article.contains("R2192");
    if of_public {
        message.fr.push_str(" Ce délai court de la réception de la demande de paiement, que la facture ne dit pas.");
        message.en.push_str(" This term runs from the day on which the request for payment is received, which the invoice does not say.");
    }
    let fix = Text::new(
        format!(
            "Ramener l'échéance au {} au plus tard ; si un autre maximum vaut pour ce client, le dire dans son fichier ([payment]), ou « fin de mois » dans BT-20.",
            latest.last
        ),
        format!(
            "Bring the due date back to {} at the latest; where another maximum holds for this customer, say so in its file ([payment]), or \"end of month\" in BT-20.",
            latest.last
        ),
    );
    let right = match facts.invoice.syntax().is_ubl() {
        true => latest.last.to_string(),
        false => latest.last.to_string().replace('-', ""),
    };
    let plain = applied.ceiling.count == Count::Days && applied.ceiling.or_days.is_none();
    let part = |term: String, value: String, place| Part { sign: "+".to_owned(), term, value, place };
    let working = plain.then(|| Working {
        parts: vec![
            part(from.id().to_owned(), start.to_string(), Some(start_at.place())),
            part(String::new(), applied.ceiling.days.to_string(), None),
        ],
        more: 0,
        result: latest.last.to_string(),
        difference: Some(over.to_string()),
    });
    let finding = value("FCT-DUE-LIMIT", at, Some(&right), message, fix);
    let terms = [bt::BT_9, from].map(|term| term.id().to_owned()).to_vec();
    Said::yielding(Finding { expected: Some(format!("≤ {}", latest.last)), terms, working, ..finding })
}
