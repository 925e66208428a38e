//! `[chorus]`: what a public buyer asks for in Chorus Pro, as its entry in the directory says.
//!
//! ```toml
//! [chorus]
//! service = true                   # a service code must be given
//! engagement = false               # a commitment number need not
//! service_or_engagement = true     # one of the two must be given
//! ```
//! The table alone, even empty, says that this customer is reached through Chorus Pro: `validate` then asks for its rules.

use toml::de::DeTable;

use crate::rules::chorus::Settings;

use super::file::Placed;
use super::parse::Parser;

const KEYS: [&str; 3] = ["service", "engagement", "service_or_engagement"];

/// The table as it stands in a file, or in a file and those it extends.
#[derive(Debug, Clone, Default)]
pub struct Chorus {
    /// Where the table stands, and whether it stands at all.
    table: Option<Placed<()>>,
    /// In the order of [`KEYS`].
    keys: [Option<Placed<bool>>; 3],
}

impl Chorus {
    pub(super) fn parse(parser: &mut Parser<'_>, document: &DeTable<'_>) -> Chorus {
        let Some(table) = parser.reader.table(document, "chorus", "[chorus]") else { return Chorus::default() };
        parser.reader.keys(table.value, &KEYS);
        let keys = KEYS.map(|key| {
            let flag = parser.reader.flag(table.value, key)?;
            Some(Placed { value: flag.value, origin: parser.origin(flag.span.start) })
        });
        Chorus { table: Some(Placed { value: (), origin: parser.origin(table.span.start) }), keys }
    }

    /// What the nearest file says, then those that it extends.
    pub(super) fn or(self, further: &Chorus) -> Chorus {
        let [service, engagement, either] = self.keys;
        let [s, e, x] = further.keys.clone();
        Chorus {
            table: self.table.or_else(|| further.table.clone()),
            keys: [service.or(s), engagement.or(e), either.or(x)],
        }
    }

    /// Does a file have the table?
    pub fn declared(&self) -> bool {
        self.table.is_some()
    }

    pub fn settings(&self) -> Settings {
        let [service, engagement, service_or_engagement] =
            self.keys.each_ref().map(|key| key.as_ref().map(|k| k.value));
        Settings { service, engagement, service_or_engagement }
    }

    /// The table as TOML, each key with the file and line it comes from.
    pub(super) fn show(&self) -> String {
        let Some(table) = &self.table else { return String::new() };
        let mut out = format!("\n[chorus] # {}\n", table.origin);
        for (key, value) in KEYS.iter().zip(&self.keys) {
            if let Some(value) = value {
                out.push_str(&format!("{key} = {} # {}\n", value.value, value.origin));
            }
        }
        out
    }
}
