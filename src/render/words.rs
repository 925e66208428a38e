//! Codes and terms in words a reader of invoices uses: short labels of terms, and the names of codes where we have them.

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::invoice::{Invoice, Syntax, Term, bt};
use crate::rules::names;
use crate::table::{Table, TableError, built_in};
use crate::text::Lang;

/// French and English.
type Names = HashMap<&'static str, (&'static str, &'static str)>;

static LABELS: LazyLock<Names> = LazyLock::new(|| built_in("labels", read(include_str!("labels.csv"), "key")));

fn read(text: &'static str, key: &str) -> Result<Names, TableError> {
    let table = Table::parse(text)?;
    let (key, fr, en) = (table.column(key)?, table.column("fr")?, table.column("en")?);
    let cell = |row: &crate::table::Row<'static>, at: usize| -> Result<&'static str, TableError> {
        match row.cells.get(at) {
            Some(std::borrow::Cow::Borrowed(text)) => Ok(text),
            _ => Err(row.error("a cell with a quote inside is not borrowed")),
        }
    };
    table.rows.iter().map(|row| Ok((cell(row, key)?, (cell(row, fr)?, cell(row, en)?)))).collect()
}

/// The short label of a term: ours, else its name in the norm.
pub fn label(term: Term, lang: Lang) -> &'static str {
    of_key(term.id(), lang).unwrap_or_else(|| term.name(lang))
}

/// What is done with the amount due: paid, or given back.
pub fn due(invoice: &Invoice<'_>, lang: Lang) -> &'static str {
    match invoice.is_credit() {
        true => lang.pick("À rembourser ou à déduire", "To be credited"),
        false => label(bt::BT_115, lang),
    }
}

/// A label by its key.
pub fn of_key(key: &str, lang: Lang) -> Option<&'static str> {
    LABELS.get(key).map(|(fr, en)| lang.pick(*fr, *en))
}

/// What a code means, where the term holds codes of a list that has names.
pub fn code(term: Term, code: &str, syntax: Syntax, lang: Lang) -> Option<&'static str> {
    let list = list(term, syntax)?;
    let key = if list == "vatex" { code.to_ascii_uppercase() } else { code.to_owned() };
    names(list)?.get(&key).map(|named| named.name.get(lang))
}

/// The head of a name, before what explains it: `SIREN` of `SIREN : entreprise française, 9 chiffres`.
pub fn head(name: &str) -> &str {
    let end = [" : ", ": ", " (", "; ", " ; "].iter().filter_map(|mark| name.find(mark)).min();
    name.get(..end.unwrap_or(name.len())).unwrap_or(name).trim()
}

/// The list that a term's codes are of.
fn list(term: Term, syntax: Syntax) -> Option<&'static str> {
    const LISTS: [(&str, &[Term]); 14] = [
        ("untdid-1001", &[bt::BT_3, bt::EXT_FR_FE_02, bt::EXT_FR_FE_137]),
        ("iso-4217", &[bt::BT_5, bt::BT_6]),
        ("untdid-4451", &[bt::BT_21]),
        ("billing-frames", &[bt::BT_23]),
        ("iso-3166", &[bt::BT_40, bt::BT_55, bt::BT_69, bt::BT_80, bt::BT_159, bt::EXT_FR_FE_177]),
        ("untdid-4461", &[bt::BT_81]),
        ("untdid-5305", &[bt::BT_95, bt::BT_102, bt::BT_118, bt::BT_151]),
        ("untdid-5189", &[bt::BT_98, bt::BT_140, bt::EXT_FR_FE_196]),
        ("untdid-7161", &[bt::BT_105, bt::BT_145]),
        ("vatex", &[bt::BT_121, bt::EXT_FR_FE_188, bt::EXT_FR_FE_190]),
        ("rec20-21", &[bt::BT_130, bt::BT_150, bt::EXT_FR_FE_161]),
        ("mime", &[bt::BT_125_1]),
        ("eas", &[bt::BT_34_1, bt::BT_49_1]),
        ("untdid-1153", &[bt::BT_18_1, bt::BT_128_1]),
    ];
    if let Some((list, _)) = LISTS.iter().find(|(_, terms)| terms.contains(&term)) {
        return Some(list);
    }
    match term {
        bt::BT_8 | bt::EXT_FR_FE_180 if syntax.is_ubl() => Some("bt-8-tax-point.ubl"),
        bt::BT_8 | bt::EXT_FR_FE_180 => Some("bt-8-tax-point.cii"),
        bt::BT_158_1 => Some("untdid-7143"),
        bt::BT_158_2 | bt::BT_125_2 => None,
        // Any other part is the scheme of an identifier.
        _ if term.kind() == crate::invoice::Kind::Part => Some("icd-6523"),
        bt::EXT_FR_FE_07 | bt::EXT_FR_FE_47 | bt::EXT_FR_FE_70 | bt::EXT_FR_FE_116 | bt::EXT_FR_FE_148 => {
            Some("icd-6523")
        }
        _ => None,
    }
}

/// A specification identifier (BT-24) in words.
pub fn profile(id: &str) -> Option<&'static str> {
    const KNOWN: [(&str, &str); 10] = [
        ("extended-ctc-fr", "EXTENDED-CTC-FR"),
        ("peppol", "Peppol BIS"),
        ("xrechnung", "XRechnung"),
        (":minimum", "Factur-X MINIMUM"),
        (":basicwl", "Factur-X BASIC WL"),
        (":basic", "Factur-X BASIC"),
        (":extended", "Factur-X EXTENDED"),
        (":comfort", "ZUGFeRD COMFORT"),
        ("zugferd", "ZUGFeRD"),
        ("factur-x", "Factur-X"),
    ];
    let lower = id.to_ascii_lowercase();
    if lower == "urn:cen.eu:en16931:2017" {
        return Some("EN 16931");
    }
    KNOWN.iter().find(|(part, _)| lower.contains(part)).map(|(_, name)| *name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_of_terms_and_codes_have_names() {
        for key in LABELS.keys() {
            assert!(Term::parse(key).is_some() || key.starts_with("kind.") || key.starts_with("note."), "{key}");
        }
        let said = |term, text| code(term, text, Syntax::Cii, Lang::Fr);
        assert_eq!(said(bt::BT_40, "FR"), Some("France"));
        assert_eq!(said(bt::BT_29_1, "0009").map(head), Some("SIRET"));
        assert_eq!(said(bt::BT_151, "S").map(head), Some("taux normal ou réduit"));
        assert!(said(bt::BT_121, "vatex-fr-franchise").is_some() && said(bt::BT_121, "x").is_none());
        assert!(said(bt::BT_8, "72").is_some() && code(bt::BT_8, "72", Syntax::UblInvoice, Lang::Fr).is_none());
        assert_eq!(label(bt::BT_13, Lang::Fr), "Commande");
        assert_eq!(label(bt::BT_153, Lang::En), "Item name");
        assert_eq!(
            profile("urn:cen.eu:en16931:2017#conformant#urn:factur-x.eu:1p0:extended"),
            Some("Factur-X EXTENDED")
        );
    }
}
