//! `[x12]` of a partner file: what its X12 cannot say, or says otherwise than the standard.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

use crate::formats::x12::{PARTIES, Settings};
use crate::invoice::{Kind, Term};
use crate::text::Text;

use super::constant;

/// The table as it is written.
#[derive(Debug, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Table {
    strict: Option<bool>,
    implied_decimals: bool,
    negative_credits: bool,
    vat_types: Vec<String>,
    constants: BTreeMap<Spanned<String>, String>,
    types: BTreeMap<String, String>,
    roles: BTreeMap<String, String>,
    references: BTreeMap<String, String>,
    amounts: BTreeMap<String, String>,
    units: BTreeMap<String, String>,
}

impl Default for Table {
    fn default() -> Table {
        Table {
            strict: None,
            implied_decimals: true,
            negative_credits: false,
            vat_types: Vec::new(),
            constants: BTreeMap::new(),
            types: BTreeMap::new(),
            roles: BTreeMap::new(),
            references: BTreeMap::new(),
            amounts: BTreeMap::new(),
            units: BTreeMap::new(),
        }
    }
}

impl Table {
    /// The settings; `strict` is that of the file, where the table says nothing of it.
    ///
    /// # Errors
    /// A constant or reference that is no term, a constant that is of each invoice, a role that is no party of EN 16931; with its byte in the file, where it
    /// is not that of the table.
    pub(super) fn settings(self, strict: bool) -> Result<Settings, (Option<usize>, Text)> {
        let is_term = |id: &str| Term::parse(id).filter(|term| !term.is_group());
        let no_term = |id: &str| Text::new(format!("[x12] {id} n'est pas un terme"), format!("[x12] {id} is no term"));
        for id in self.references.values() {
            is_term(id).ok_or_else(|| (None, no_term(id)))?;
        }
        for (id, value) in &self.constants {
            let at = Some(id.span().start);
            let term = is_term(id.get_ref()).ok_or_else(|| (at, no_term(id.get_ref())))?;
            if let Some(why) = constant::refused(term, value) {
                return Err((at, why));
            }
        }
        if let Some((code, term)) = self.amounts.iter().find(|(_, term)| !matches!(term.as_str(), "BT-113" | "BT-114"))
        {
            let why = Text::new(
                format!("[x12] amounts : {code} est {term} ; BT-113 ou BT-114 est attendu"),
                format!("[x12] amounts: {code} is {term}; BT-113 or BT-114 is expected"),
            );
            return Err((None, why));
        }
        let parties = PARTIES.map(|group| group.id());
        if let Some((role, group)) = self.roles.iter().find(|(_, group)| !parties.contains(&group.as_str())) {
            let parties = parties.join(", ");
            let why = Text::new(
                format!("[x12] roles : {role} est {group} ; l'un de {parties} est attendu"),
                format!("[x12] roles: {role} is {group}; one of {parties} is expected"),
            );
            return Err((None, why));
        }
        let pairs = |table: BTreeMap<String, String>| table.into_iter().collect::<Vec<_>>();
        let mut constants: Vec<_> = self.constants.into_iter().map(|(id, value)| (id.into_inner(), value)).collect();
        // Parts come behind what they belong to.
        constants.sort_by_key(|(id, _)| is_term(id).is_some_and(|term| term.kind() == Kind::Part));
        Ok(Settings {
            strict: self.strict.unwrap_or(strict),
            constants,
            negative_credits: self.negative_credits,
            implied_decimals: self.implied_decimals,
            vat_types: self.vat_types,
            types: pairs(self.types),
            roles: pairs(self.roles),
            references: pairs(self.references),
            amounts: pairs(self.amounts),
            units: pairs(self.units),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(text: &str) -> Result<Settings, String> {
        toml::from_str::<Table>(text).map_err(|e| e.to_string())?.settings(true).map_err(|(_, said)| said.en)
    }

    #[test]
    fn a_table_is_read_and_a_wrong_one_refused() {
        let read = settings("vat-types = [\"GS\"]\nimplied-decimals = false\n[roles]\nBY = \"BG-7\"\n[constants]\nBT-34-1 = \"0088\"\nBT-34 = \"1\"\n").unwrap();
        assert!(read.strict && !read.implied_decimals && !read.negative_credits);
        assert_eq!((&*read.vat_types[0], &*read.roles[0].1, &*read.constants[0].0), ("GS", "BG-7", "BT-34"));
        for wrong in [
            "[amounts]\nC4 = \"BT-115\"",
            "colour = 1",
            "[constants]\nBT-999 = \"1\"",
            "[roles]\nBY = \"BG-25\"",
            "[references]\nCT = \"BG-4\"",
        ] {
            assert!(settings(wrong).is_err(), "{wrong}");
        }
    }
}
