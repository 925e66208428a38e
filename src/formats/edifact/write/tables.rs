//! What of writing cannot be said by the reader's binding backwards: other places (`schemas/edifact/writing.csv`) and values that stand beside the
//! terms (`constants.csv`).

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::invoice::{Kind, Term, bt};
use crate::table::{Table, TableError, built_in};

use super::super::binding::{Binding, Route, route};
use super::super::party;
use super::super::structure::{Directory, Tag, tag};
use super::tree::Segment;

/// Where a total is usual in D96A or D01B, if not where it is looked for first.
pub(in crate::formats::edifact) fn usual(directory: Directory, term: Term) -> Option<&'static Route> {
    let asked = term.group() == Some(bt::BG_22) && directory != Directory::D16B;
    asked.then(|| OWN.get(&(term, directory == Directory::D96A))?.first()).flatten()
}

static OWN: LazyLock<HashMap<(Term, bool), Vec<Route>>> =
    LazyLock::new(|| built_in("edifact/writing", own(include_str!("../../../../schemas/edifact/writing.csv"))));

/// The ways to a term, in the order in which they are tried.
pub(super) fn routes(directory: Directory, term: Term) -> &'static [Route] {
    if let Some(own) = OWN.get(&(term, directory == Directory::D96A)) {
        return own;
    }
    let bound = Binding::of(directory).inside(term.group());
    let all = bound.into_iter().flat_map(|bound| bound.terms.iter().chain(&bound.groups));
    all.filter(|(known, _)| *known == term).map(|(_, routes)| routes.as_slice()).next().unwrap_or_default()
}

fn own(text: &str) -> Result<HashMap<(Term, bool), Vec<Route>>, TableError> {
    let table = Table::parse(text)?;
    let [term, d96a, d01b] = [table.column("term")?, table.column("d96a")?, table.column("d01b")?];
    let mut own = HashMap::new();
    for row in &table.rows {
        let known = Term::parse(row.get(term)).ok_or_else(|| row.error("no such term"))?;
        for (column, is_d96a) in [(d96a, true), (d01b, false)] {
            let path = if row.get(column) == "=" { row.get(d96a) } else { row.get(column) };
            if !path.is_empty() {
                own.insert((known, is_d96a), vec![route(path).map_err(|what| row.error(what))?]);
            }
        }
    }
    Ok(own)
}

/// The terms of the norm that a directory has no place for, in the order of the norm.
pub fn lacks(directory: Directory) -> Vec<Term> {
    // What is written without a way of its own: by UNB, a second currency, the header, gross less net, agency and list.
    let own = |term: Term| match term {
        bt::BT_34 | bt::BT_34_1 | bt::BT_49 | bt::BT_49_1 | bt::BT_111 | bt::BT_120 | bt::BT_147 => true,
        bt::BT_23 | bt::BT_24 | bt::BT_121 => directory != Directory::D96A,
        bt::BT_30_1 | bt::BT_47_1 | bt::BT_157_1 | bt::BT_158_1 => true,
        _ => term.parent().is_some_and(|whole| party::scheme_of(whole) == Some(term)),
    };
    let has = |term: Term| own(term) || term.kind() != Kind::Part && !routes(directory, term).is_empty();
    Term::all().filter(|term| !term.is_group() && !term.is_extension() && !has(*term)).collect()
}

struct Constant {
    tag: Tag,
    /// What 1.1 says; anything where it is empty.
    qualifier: String,
    /// The component that must say something; none where the segment is enough.
    says: Option<(usize, usize)>,
    place: (usize, usize),
    value: String,
}

/// Says what stands beside the terms of a segment, where nothing is said there.
pub(super) fn complete(segment: &mut Segment) {
    static ALL: LazyLock<Vec<Constant>> = LazyLock::new(|| {
        built_in("edifact/constants", constants(include_str!("../../../../schemas/edifact/constants.csv")))
    });
    let tag = segment.tag;
    for constant in ALL.iter().filter(|constant| constant.tag == tag) {
        let qualified = constant.qualifier.is_empty() || segment.get(1, 1) == constant.qualifier;
        let says = constant.says.is_none_or(|(e, c)| !segment.get(e, c).is_empty());
        if qualified && says && segment.get(constant.place.0, constant.place.1).is_empty() {
            segment.set(constant.place.0, constant.place.1, constant.value.clone());
        }
    }
}

fn constants(text: &str) -> Result<Vec<Constant>, TableError> {
    let table = Table::parse(text)?;
    let column = |name| table.column(name);
    let (segment, says, place, value) = (column("segment")?, column("says")?, column("place")?, column("value")?);
    let point = |text: &str| {
        let (e, c) = text.split_once('.')?;
        Some((e.parse().ok()?, c.parse().ok()?))
    };
    let of = |row: &crate::table::Row<'_>| {
        let (name, qualifier) = row.get(segment).split_once('+').unwrap_or((row.get(segment), ""));
        let says = match row.get(says) {
            "" => None,
            said => Some(point(said).ok_or_else(|| row.error("no place"))?),
        };
        Ok(Constant {
            tag: tag(name),
            qualifier: qualifier.to_owned(),
            says,
            place: point(row.get(place)).ok_or_else(|| row.error("no place"))?,
            value: row.get(value).to_owned(),
        })
    };
    table.rows.iter().map(of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_elsewhere_is_where_the_reader_looks() {
        for directory in [Directory::D96A, Directory::D01B] {
            for term in Term::all().filter(|term| !term.is_group()) {
                let read = Binding::of(directory).inside(term.group()).map(|bound| &bound.terms);
                let read = read.into_iter().flatten().find(|(known, _)| *known == term);
                assert_eq!(routes(directory, term).is_empty(), read.is_none(), "{term} {directory:?}");
            }
        }
        assert!(routes(Directory::D96A, bt::BT_18).is_empty());
    }
}
