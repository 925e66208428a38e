//! Waivers, changed severities and switched mentions of a customer's file in words: whom they are for, and how long they last.

use std::sync::Arc;

use crate::day::Day;
use crate::text::Text;

use super::clients::Clients;
use super::file::{Key, KeyKind, Origin};
use super::inherit::ClientRules;
use super::mentioned::Level;
use super::say;
use super::waive::{Standing, Waiver};

impl Waiver {
    /// For whom it is, apart from the customer in whose file it stands: suppliers, documents, the term.
    pub fn scope(&self) -> Text {
        let keys = |keys: &[Key]| {
            keys.iter().map(|key| format!("{} {}", key.kind.key(), key.written)).collect::<Vec<_>>().join(", ")
        };
        let parts = [
            ("client", "customer", keys(&self.customer)),
            ("fournisseur", "supplier", keys(&self.supplier)),
            ("document", "document", self.document.join(", ")),
        ];
        let said = |fr: bool| {
            let named = parts.iter().filter(|(.., who)| !who.is_empty());
            named.map(|(f, e, who)| format!("{} {who}", if fr { f } else { e })).collect::<Vec<_>>().join(" ; ")
        };
        match parts.iter().all(|(.., who)| who.is_empty()) {
            true => Text::new("toutes les factures du client", "all invoices of the customer"),
            false => Text::new(said(true), said(false).replace(" ; ", "; ")),
        }
    }

    /// How long it still holds, in words.
    pub fn standing_in_words(&self, as_of: Day) -> Text {
        match self.standing(as_of) {
            Standing::InForce => Text::new("en vigueur", "in force"),
            Standing::Soon(0) => Text::new("expire ce soir", "expires tonight"),
            Standing::Soon(days) => {
                let s = if days > 1 { "s" } else { "" };
                Text::new(format!("expire dans {days} jour{s}"), format!("expires in {days} day{s}"))
            }
            Standing::Expired => Text::new("expirée", "expired"),
        }
    }
}

impl Clients {
    /// The waivers that may touch a customer's invoices: its own, and those of `waivers.toml` that name it or name no customer.
    pub fn waivers_of<'c>(&'c self, client: &'c ClientRules) -> impl Iterator<Item = &'c Arc<Waiver>> {
        let is_its = |key: &Key| client.keys.iter().any(|own| is_same(&own.value, key));
        let shared = self.waivers().iter().filter(move |w| w.customer.is_empty() || w.customer.iter().any(is_its));
        client.waivers.iter().chain(shared)
    }
}

/// A SIREN is that of all its SIRETs.
fn is_same(one: &Key, other: &Key) -> bool {
    let within = |siret: &Key, siren: &Key| {
        (siret.kind, siren.kind) == (KeyKind::Siret, KeyKind::Siren) && siret.value.starts_with(&siren.value)
    };
    one == other || within(one, other) || within(other, one)
}

impl ClientRules {
    /// What `[[severity]]` and `[mentions]` say, each with where it is written.
    pub fn overrules_in_words(&self) -> Vec<(Text, &Origin)> {
        let severities = self.severities.iter().map(|rule| {
            let (id, level) = (&rule.rule, say::severity_word(rule.level));
            let (when_fr, when_en) = match &rule.when {
                None => (String::new(), String::new()),
                Some(when) => (format!(", si {}", when.source()), format!(", if {}", when.source())),
            };
            let why = rule.reason.as_ref().map_or(String::new(), |reason| format!(" ({reason})"));
            (
                Text::new(format!("{id} : {}{when_fr}{why}", level.fr), format!("{id}: {}{when_en}{why}", level.en)),
                &rule.origin,
            )
        });
        let mentions = self.mentions.iter().map(|asked| {
            let name = &asked.mention.name;
            let level = match asked.level {
                Level::Off => Text::new("pas demandée", "not asked"),
                Level::On(severity) => say::severity_word(severity),
            };
            (
                Text::new(
                    format!("mention : {} : {}", name.fr, level.fr),
                    format!("mention: {}: {}", name.en, level.en),
                ),
                &asked.origin,
            )
        });
        severities.chain(mentions).collect()
    }
}
