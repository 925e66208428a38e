//! The invoice by term, as `facteur inspect` lists it, under the groups of EN 16931 with their names.

use std::collections::HashMap;

use crate::formats::{Envelope, edifact::Partner};
use crate::guard;
use crate::invoice::{Kind, Term};
use crate::text::Lang;
use crate::web::show;

/// Terms shown; the rest is counted.
const MOST: usize = 3_000;
const VALUE_CHARS: usize = 500;

/// All terms, by group.
pub struct Terms {
    pub groups: Vec<Group>,
    pub count: usize,
    pub unlisted: usize,
}

/// One group, or one instance of a repeatable one.
pub struct Group {
    pub id: String,
    pub name: &'static str,
    pub rows: Vec<Row>,
    /// Lines and what is in them are folded: there may be many.
    pub folded: bool,
}

pub struct Row {
    pub id: String,
    /// The term's own page.
    pub page: String,
    pub name: &'static str,
    pub value: String,
    pub number: bool,
}

/// None where the document cannot be read.
pub fn of(bytes: &axum::body::Bytes, lang: Lang, partners: &[Partner]) -> Option<Terms> {
    let envelope = Envelope::open(bytes, &guard::pdf(bytes)).ok()?;
    let read = envelope.read_by(partners).ok()?;
    let listed = read.invoice.listing();
    let mut terms = Terms { groups: Vec::new(), count: listed.len(), unlisted: listed.len().saturating_sub(MOST) };
    let mut places: HashMap<String, usize> = HashMap::new();
    for one in listed.iter().take(MOST) {
        let (around, own) = one.term.rsplit_once('/').map_or(("", one.term.as_str()), |(around, own)| (around, own));
        let Some(term) = Term::parse(&bare(own)) else { continue };
        let group = term.group();
        let innermost = around.rsplit('/').next().unwrap_or_default();
        let id = match group {
            // A repeatable group bears its position in the address.
            Some(group) if bare(innermost) == group.id() => around.to_owned(),
            Some(group) if around.is_empty() => group.id().to_owned(),
            Some(group) => format!("{around}/{}", group.id()),
            None => String::new(),
        };
        let place = *places.entry(id.clone()).or_insert_with(|| {
            let name = group.map_or("", |group| group.name(lang));
            terms.groups.push(Group { folded: id.starts_with("BG-25"), id, name, rows: Vec::new() });
            terms.groups.len() - 1
        });
        let value = if term.kind() == Kind::Date { show::day(&one.value, lang) } else { value(&one.value, term, lang) };
        if let Some(group) = terms.groups.get_mut(place) {
            group.rows.push(Row {
                id: own.to_owned(),
                page: format!("/rules/{}", term.id()),
                name: term.name(lang),
                value,
                number: term.is_number(),
            });
        }
    }
    Some(terms)
}

/// Amounts as the language writes them; a file attached is told by its size; the rest as it stands.
fn value(text: &str, term: Term, lang: Lang) -> String {
    match term.kind() {
        Kind::Amount => show::amount(text, lang),
        Kind::Binary => show::size(text.len() / 4 * 3, lang),
        _ => show::said(text, VALUE_CHARS),
    }
}

/// An address's step without its position: `BT-29[1]-1` is of `BT-29-1`.
fn bare(step: &str) -> String {
    match (step.split_once('['), step.split_once(']')) {
        (Some((before, _)), Some((_, after))) => format!("{before}{after}"),
        _ => step.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terms_stand_under_their_groups() {
        let bytes = std::fs::read("fixtures/demo/invoices/01-good-ubl-mairie.xml").unwrap();
        let terms = of(&bytes.into(), Lang::Fr, &[]).unwrap();
        let group = |id: &str| terms.groups.iter().find(|group| group.id == id).unwrap_or_else(|| panic!("{id}"));
        assert!(group("").rows.iter().any(|row| row.id == "BT-1" && row.value == "PD-2026-0131"));
        assert!(group("BG-4").rows.iter().any(|row| row.id == "BT-27"));
        assert!(group("BG-25[1]").folded && group("BG-25[1]").rows.iter().any(|row| row.id == "BT-131" && row.number));
        assert!(group("BG-25[1]/BG-31").rows.iter().any(|row| row.id == "BT-153"));
        assert!(terms.groups.iter().all(|group| group.id.is_empty() || !group.name.is_empty()));
        assert_eq!((terms.unlisted, of(&b"no xml"[..].into(), Lang::Fr, &[]).is_none()), (0, true));
    }
}
