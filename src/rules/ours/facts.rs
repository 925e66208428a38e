//! What the checks ask of the whole invoice, found once.

use crate::day::Day;
use crate::invoice::{Group, Identity, Invoice, Occurrence, Term, bt};
use crate::rules::client::Payment;

use super::Setting;

/// The overseas departments, with the source.
pub const TERRITORIES: &str = include_str!("../../../schemas/territories.csv");

/// The invoice, and what it says of itself.
pub struct Facts<'i> {
    pub invoice: &'i Invoice<'i>,
    pub identity: Identity,
    /// The day that counts as today.
    pub as_of: Day,
    /// The day as of which the invoice is judged: never after today.
    pub judged: Day,
    pub payment: Option<&'i Payment>,
    /// Did the French rules (BR-FR) run? What they ask is not asked again.
    pub french_rules: bool,
    /// BT-2, where it is a day.
    pub issued: Option<(Occurrence<'i>, Day)>,
    /// BT-3.
    pub kind: &'i str,
    /// BT-23.
    pub frame: &'i str,
}

impl<'i> Facts<'i> {
    pub fn of(invoice: &'i Invoice<'i>, setting: Setting<'i>) -> Facts<'i> {
        let Setting { as_of, date, payment, french_rules } = setting;
        Facts {
            invoice,
            identity: Identity::of(invoice),
            as_of,
            judged: date.map_or(as_of, |date| date.min(as_of)),
            payment,
            french_rules,
            issued: invoice.all(bt::BT_2).find_map(|o| o.day().map(|day| (o, day))),
            kind: invoice.text(bt::BT_3).unwrap_or_default(),
            frame: invoice.text(bt::BT_23).unwrap_or_default(),
        }
    }

    /// Is the seller established in France?
    pub fn seller_is_french(&self) -> bool {
        self.identity.seller.country.as_deref() == Some("FR")
    }

    /// Seller and buyer both where French commercial law and the register of companies (SIREN) hold: France with its overseas
    /// departments, which have country codes of their own.
    pub fn is_domestic(&self) -> bool {
        [&self.identity.seller, &self.identity.buyer]
            .into_iter()
            .all(|party| party.country.as_deref().is_some_and(is_under_french_law))
    }

    /// Is it written that both are in France itself (`FR`)?
    pub fn is_written_domestic(&self) -> bool {
        self.seller_is_french() && self.identity.buyer.country.as_deref() == Some("FR")
    }

    /// The treatment that a BAR note asks for (`B2B`, `B2C`…), where one does.
    pub fn treatment(&self) -> Option<&'i str> {
        let told = self.invoice.groups(bt::BG_1).filter_map(|note| match subject(note) {
            Some("BAR") => note.first(bt::BT_22).map(Occurrence::trimmed),
            _ => note.all(bt::BT_22).find_map(|o| o.text().split_once("#BAR#").map(|(_, rest)| rest.trim())),
        });
        // A note that holds nothing says nothing.
        told.map(str::trim).find(|treatment| !treatment.is_empty())
    }

    /// A cadre of Chorus Pro's own channel (`A1`, `A9`…), which knows neither SIREN addresses nor BAR notes.
    pub fn is_of_chorus(&self) -> bool {
        self.frame.strip_prefix('A').is_some_and(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()))
    }

    /// Paid already: cadre B2, S2 or M2, or nothing left to pay.
    pub fn is_paid(&self) -> bool {
        let nothing = self.invoice.first(bt::BT_115).and_then(|o| o.number()).is_some_and(|n| n.is_zero());
        matches!(self.frame, "B2" | "S2" | "M2") || nothing
    }

    /// Of several sellers, or in both directions: parties and numbers of the lines are others'.
    pub fn is_of_several(&self) -> bool {
        matches!(self.frame, "B8" | "S8" | "M8" | "B9" | "S9" | "M9")
    }

    /// The first value of a term that is not blank.
    pub fn value(&self, term: Term) -> Option<Occurrence<'i>> {
        self.invoice.all(term).find(|o| !o.trimmed().is_empty())
    }

    /// The values of a term whose scheme is this one.
    pub fn of_scheme(&self, term: Term, part: Term, scheme: &str) -> Option<Occurrence<'i>> {
        self.invoice.all(term).find(|o| o.part(part).is_some_and(|s| s.trimmed() == scheme))
    }
}

/// France, or a French department with a country code of its own (`schemas/territories.csv`): laws hold there by right (Constitution,
/// art. 73), and companies bear a SIREN. The collectivities of art. 74 have rules of their own; nothing is taken for granted of them.
fn is_under_french_law(country: &str) -> bool {
    country == "FR" || department(country).is_some()
}

/// A French department with a country code of its own: does French VAT hold there (CGI, art. 294), and with it the reform?
pub fn department(country: &str) -> Option<bool> {
    let mut rows = TERRITORIES.lines().skip(1).map(|line| line.split(','));
    let mut row = rows.find(|row| row.clone().next().is_some_and(|code| code.len() == 2 && code == country))?;
    Some(row.nth(2) == Some("yes"))
}

/// The subject code of a note (BT-21).
pub fn subject<'i>(note: Group<'i>) -> Option<&'i str> {
    note.first(bt::BT_21).map(Occurrence::trimmed)
}

/// Without blanks of any kind, in upper case.
pub fn compact(text: &str) -> String {
    if text.is_ascii() {
        let kept = text.chars().filter(|c| !c.is_whitespace()).map(|c| c.to_ascii_uppercase());
        return kept.fold(String::with_capacity(text.len()), |mut out, c| {
            out.push(c);
            out
        });
    }
    text.chars().filter(|c| !c.is_whitespace()).flat_map(char::to_uppercase).collect()
}
