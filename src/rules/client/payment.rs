//! `[payment]`: which maximum payment term holds for a customer (see `FCT-DUE-LIMIT`).
//!
//! ```toml
//! [payment]
//! maximum = "45 days end of month"   # what the contract says; or "60 days", "45 jours fin de mois"
//! periodic = true                    # summary invoices: 45 days
//! public = true                      # a public buyer: 30 days; false where its SIREN looks like one and it is none
//! sector = "transport"               # a maximum of schemas/payment-terms.toml
//! ```

use toml::de::{DeTable, DeValue};

use crate::rules::ours::{Ceiling, Count, laws};
use crate::text::Text;

use super::fault::FaultKind;
use super::file::Placed;
use super::parse::Parser;
use super::reader::{At, quote, same};
use super::suggest;

/// What a customer file says of payment terms; each key is taken from the nearest file that has it.
#[derive(Debug, Clone, Default)]
pub struct Payment {
    pub maximum: Option<Placed<Ceiling>>,
    pub periodic: Option<Placed<bool>>,
    pub public: Option<Placed<bool>>,
    /// The id of a maximum of the law.
    pub sector: Option<Placed<String>>,
}

const KEYS: &[&str] = &["maximum", "periodic", "public", "sector"];

impl Payment {
    /// As the file writes it, each key with where it comes from; nothing where nothing is said.
    pub fn shown(&self) -> String {
        let maximum = self.maximum.as_ref().map(|m| ("maximum", format!("\"{}\"", m.value.shown().en), &m.origin));
        let flags = [("periodic", &self.periodic), ("public", &self.public)];
        let flags = flags.into_iter().filter_map(|(key, flag)| Some((key, flag.as_ref()?)));
        let flags = flags.map(|(key, flag)| (key, flag.value.to_string(), &flag.origin));
        let sector = self.sector.as_ref().map(|s| ("sector", format!("\"{}\"", s.value), &s.origin));
        let lines: String = maximum
            .into_iter()
            .chain(flags)
            .chain(sector)
            .map(|(key, value, origin)| format!("{key} = {value} # {origin}\n"))
            .collect();
        if lines.is_empty() { lines } else { format!("\n[payment]\n{lines}") }
    }

    /// What is not said here is taken from the file that is extended.
    pub fn or(&mut self, parent: &Payment) {
        fn take<T: Clone>(own: &mut Option<T>, parent: &Option<T>) {
            if own.is_none() {
                own.clone_from(parent);
            }
        }
        take(&mut self.maximum, &parent.maximum);
        take(&mut self.periodic, &parent.periodic);
        take(&mut self.public, &parent.public);
        take(&mut self.sector, &parent.sector);
    }
}

/// Reads the table.
pub fn payment(parser: &mut Parser<'_>, document: &DeTable<'_>) -> Payment {
    let Some(table) = parser.reader.table(document, "payment", "[payment]") else { return Payment::default() };
    parser.reader.keys(table.value, KEYS);
    Payment {
        maximum: maximum(parser, table.value),
        periodic: flag(parser, table.value, "periodic"),
        public: flag(parser, table.value, "public"),
        sector: sector(parser, table.value),
    }
}

fn maximum(parser: &mut Parser<'_>, table: &DeTable<'_>) -> Option<Placed<Ceiling>> {
    let written = parser.reader.string(table, "maximum")?;
    let start = written.span.start;
    if let Some(value) = Ceiling::parse(written.value) {
        beyond(parser, table, &value, &written);
        return Some(Placed { value, origin: parser.origin(start) });
    }
    let message = Text::new("délai de paiement illisible", "unreadable payment term");
    let found = quote(written.value);
    let fault = parser.reader.fault(FaultKind::BadValue, start, message);
    fault.found = Some(found);
    fault.expected = Some(Text::new("\"60 jours\", \"45 jours fin de mois\"", "\"60 days\", \"45 days end of month\""));
    None
}

/// What a contract may not agree on: L441-10 of the code de commerce allows 60 days, or 45 days end of month; some sectors have terms of
/// their own, which `sector` names.
fn beyond(parser: &mut Parser<'_>, table: &DeTable<'_>, value: &Ceiling, written: &At<&str>) {
    let most = if value.count == Count::Days { 60 } else { 45 };
    if value.days <= most || table.contains_key("sector") {
        return;
    }
    let message = Text::new(
        "plus que ce que la loi permet de convenir (code de commerce, L441-10)",
        "more than the law lets anybody agree on (code de commerce, L441-10)",
    );
    let fault = parser.reader.fault(FaultKind::Doubtful, written.span.start, message);
    fault.found = Some(quote(written.value));
    fault.expected = Some(Text::new(
        "\"60 jours\" ou \"45 jours fin de mois\" au plus, ou le secteur qui a son propre délai (sector)",
        "\"60 days\" or \"45 days end of month\" at most, or the sector that has a term of its own (sector)",
    ));
}

fn flag(parser: &mut Parser<'_>, table: &DeTable<'_>, key: &str) -> Option<Placed<bool>> {
    let value = table.get(key)?;
    let start = value.span().start;
    if let DeValue::Boolean(value) = value.get_ref() {
        return Some(Placed { value: *value, origin: parser.origin(start) });
    }
    let found = quote(parser.reader.written(value.span()));
    let message = Text::new(format!("{key} n'est pas du bon type"), format!("{key} is of the wrong type"));
    let fault = parser.reader.fault(FaultKind::WrongType, start, message);
    fault.found = Some(found);
    fault.expected = Some(same("true, false"));
    None
}

fn sector(parser: &mut Parser<'_>, table: &DeTable<'_>) -> Option<Placed<String>> {
    let written = parser.reader.string(table, "sector")?;
    let start = written.span.start;
    let known: Vec<&str> = laws().iter().map(|law| law.id.as_str()).collect();
    if known.contains(&written.value.trim()) {
        return Some(Placed { value: written.value.trim().to_owned(), origin: parser.origin(start) });
    }
    let (found, meant) =
        (quote(written.value), suggest::nearest(written.value, known.iter().copied()).map(str::to_owned));
    let fault = parser.reader.fault(FaultKind::BadValue, start, Text::new("secteur inconnu", "unknown sector"));
    fault.found = Some(found);
    fault.expected = Some(same(known.join(", ")));
    fault.did_you_mean = meant;
    None
}
