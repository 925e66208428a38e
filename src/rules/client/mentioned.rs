//! `[mentions]` in a customer file: which of the legal mentions are asked of this customer's invoices, and how severely.
//!
//! ```toml
//! [mentions]
//! order-number = "fatal"          # asked, though only this customer's contract makes it due
//! early-payment-discount = "off"    # not asked
//! ```

use toml::de::{DeTable, DeValue};

use crate::invoice::Invoice;
use crate::rules::Severity;
use crate::text::Text;

use super::fault::FaultKind;
use super::file::{Ask, ClientFile, Origin};
use super::inherit::ClientRules;
use super::mention::{self, Mention};
use super::parse::Parser;
use super::reader::{quote, same};
use super::suggest;

/// What a file says of one mention.
#[derive(Debug, Clone)]
pub struct Asked {
    pub origin: Origin,
    pub mention: &'static Mention,
    pub level: Level,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// Not asked.
    Off,
    /// Asked wherever it is due; a mention that only a customer can ask for, of every invoice.
    On(Severity),
}

const LEVELS: [(&str, Level); 4] = [
    ("fatal", Level::On(Severity::Fatal)),
    ("warning", Level::On(Severity::Warning)),
    ("information", Level::On(Severity::Information)),
    ("off", Level::Off),
];

impl Level {
    /// As a file writes it.
    pub fn as_str(self) -> &'static str {
        LEVELS.iter().find(|(_, level)| *level == self).map_or("", |(name, _)| name)
    }
}

impl ClientRules {
    /// Does a `[[require]] mention` ask this of the invoice already?
    pub fn requires(&self, mention: &Mention, invoice: &Invoice<'_>) -> bool {
        self.rules.iter().any(|rule| {
            matches!(rule.ask, Ask::Mention(asked) if asked.id == mention.id)
                && rule.when.as_ref().is_none_or(|when| when.holds(invoice.document()))
        })
    }
}

/// Of each mention what the nearest of the files says; the nearest is the first.
pub fn nearest(chain: &[&ClientFile]) -> Vec<Asked> {
    let mut out: Vec<Asked> = Vec::new();
    for asked in chain.iter().flat_map(|file| &file.mentions) {
        if !out.iter().any(|nearer| nearer.mention.id == asked.mention.id) {
            out.push(asked.clone());
        }
    }
    out
}

/// The `[mentions]` of a document; what is wrong in it is noted by the reader.
pub fn parse(parser: &mut Parser<'_>, document: &DeTable<'_>) -> Vec<Asked> {
    let Some(table) = parser.reader.table(document, "mentions", "[mentions]") else { return Vec::new() };
    let mut out = Vec::new();
    for (key, value) in table.value.iter() {
        let Some(mention) = mention::named(key.get_ref()) else {
            let ids = || mention::all().iter().map(|mention| mention.id.as_str());
            let message = Text::new("cette mention n'est pas connue", "this mention is not known");
            let fault = parser.reader.fault(FaultKind::UnknownMention, key.span().start, message);
            fault.found = Some(quote(key.get_ref()));
            fault.expected = Some(same(ids().collect::<Vec<_>>().join(", ")));
            fault.did_you_mean = suggest::nearest(key.get_ref(), ids()).map(str::to_owned);
            continue;
        };
        let written = match value.get_ref() {
            DeValue::String(text) => text.as_ref(),
            _ => "",
        };
        match LEVELS.iter().find(|(name, _)| *name == written) {
            Some((_, level)) => {
                out.push(Asked { origin: parser.origin(key.span().start), mention, level: *level });
            }
            None => {
                let found = quote(parser.reader.written(value.span()));
                let names = LEVELS.map(|(name, _)| name);
                let message = Text::new("gravité inconnue", "unknown severity");
                let fault = parser.reader.fault(FaultKind::BadValue, value.span().start, message);
                fault.found = Some(found);
                fault.expected = Some(same(names.join(", ")));
                fault.did_you_mean = suggest::nearest(written, names).map(str::to_owned);
            }
        }
    }
    out.sort_by_key(|asked| (asked.origin.line, asked.origin.column));
    out
}
