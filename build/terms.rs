//! Writes the terms of EN 16931 (`schemas/terms.csv`) and those of life-cycle messages (`schemas/lifecycle/cdar_terms.csv`) as Rust
//! statics and constants.

use std::fmt::Write as _;

use super::{csv, list};

pub struct Term {
    pub id: String,
    pub kind: String,
    parent: String,
    cardinality: String,
    data_type: String,
    pub name_fr: String,
    pub name_en: String,
}

pub fn parse(text: &str) -> Vec<Term> {
    let take = |row: &std::collections::BTreeMap<String, String>, key: &str| {
        row.get(key).unwrap_or_else(|| panic!("terms.csv lacks {key}")).clone()
    };
    csv(text)
        .iter()
        .map(|row| Term {
            id: take(row, "id"),
            kind: take(row, "kind"),
            parent: take(row, "parent"),
            cardinality: take(row, "cardinality"),
            data_type: take(row, "type"),
            name_fr: take(row, "name_fr"),
            name_en: take(row, "name_en"),
        })
        .collect()
}

pub fn number(terms: &[Term], id: &str) -> usize {
    terms.iter().position(|t| t.id == id).unwrap_or_else(|| panic!("no term {id}"))
}

/// `of_invoices` of them are terms of invoices; those of messages come after.
pub fn rust(terms: &[Term], of_invoices: usize) -> String {
    let mut out = format!("pub(super) const OF_INVOICES: usize = {of_invoices};\n");
    for (n, term) in terms.iter().enumerate() {
        let constant = term.id.replace('-', "_");
        writeln!(out, "/// {}\npub const {constant}: Term = Term({n});", term.name_en).expect("string");
    }
    let rows = terms.iter().map(|t| {
        let parent = match t.parent.as_str() {
            "" => "None".to_owned(),
            id => format!("Some(Term({}))", number(terms, id)),
        };
        let around = |t: &Term| terms.iter().find(|around| around.id == t.parent);
        let group = std::iter::successors(around(t), |t| around(t)).find(|t| t.kind == "group");
        let group = group.map_or("None".to_owned(), |t| format!("Some(Term({}))", number(terms, &t.id)));
        let kind = match t.kind.as_str() {
            "group" => "Kind::Group",
            "part" => "Kind::Part",
            "term" => match t.data_type.as_str() {
                "amount" => "Kind::Amount",
                "unit price" => "Kind::UnitPrice",
                "quantity" => "Kind::Quantity",
                "percentage" => "Kind::Percentage",
                "date" => "Kind::Date",
                "code" => "Kind::Code",
                "identifier" => "Kind::Identifier",
                "document reference" => "Kind::DocumentReference",
                "binary" => "Kind::Binary",
                "text" | "text/code" | "" => "Kind::Text",
                other => panic!("{}: no data type {other}", t.id),
            },
            other => panic!("{}: no kind {other}", t.id),
        };
        let (min, max) = t.cardinality.split_once("..").unwrap_or_else(|| panic!("{}: cardinality", t.id));
        format!(
            "Row {{ id: {:?}, kind: {kind}, parent: {parent}, group: {group}, required: {}, repeatable: {}, name_fr: {:?}, name_en: {:?} }}",
            t.id,
            min == "1",
            max == "n",
            t.name_fr,
            t.name_en
        )
    });
    writeln!(out, "static ROWS: &[Row] = {};", list(rows)).expect("string");
    out
}
