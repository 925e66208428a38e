//! Where terms stand, as ways of steps from the document element: the reader's own steps, by term.

use std::sync::LazyLock;

use super::super::bind::{self, Step, Take};
use crate::invoice::{Syntax, Term};
use crate::xml::Name;

use super::super::syntax::vocabulary;

/// One way to a term or group.
pub(super) struct Way {
    pub steps: Vec<&'static Step>,
    /// How the last step holds it; the element itself for a group.
    pub take: Take,
}

/// The ways to each term of a syntax, by the term's number.
pub(super) struct Paths(Vec<Vec<Way>>);

impl Paths {
    pub fn of(syntax: Syntax) -> &'static Paths {
        static UBL: LazyLock<Paths> = LazyLock::new(|| Paths::read(Syntax::UblInvoice));
        static CREDIT: LazyLock<Paths> = LazyLock::new(|| Paths::read(Syntax::UblCreditNote));
        static CII: LazyLock<Paths> = LazyLock::new(|| Paths::read(Syntax::Cii));
        static CDAR: LazyLock<Paths> = LazyLock::new(|| Paths::read(Syntax::Cdar));
        match syntax {
            Syntax::UblInvoice => &UBL,
            Syntax::UblCreditNote => &CREDIT,
            Syntax::Cii => &CII,
            Syntax::Cdar => &CDAR,
        }
    }

    /// In the order of the table.
    pub fn ways(&self, term: Term) -> &[Way] {
        self.0.get(term.index()).map_or(&[], Vec::as_slice)
    }

    /// The term that an element of these names holds, where it is one of the norm's document (currencies, the number).
    pub fn term_of(&self, names: &[Name]) -> Option<Term> {
        let is = |way: &Way| way.take == Take::Text && way.steps.iter().map(|s| s.name).eq(names.iter().copied());
        Term::all().find(|term| self.ways(*term).iter().any(is))
    }

    fn read(syntax: Syntax) -> Paths {
        let mut ways: Vec<Vec<Way>> = Vec::new();
        ways.resize_with(Term::count(), Vec::new);
        walk(bind::root(syntax), &mut Vec::new(), &mut ways);
        for (term, ways) in Term::all().zip(&mut ways) {
            // The steps are in the order of their names; alternatives stand in the table in the order of preference.
            let table = bind::path(syntax, term).unwrap_or_default();
            ways.sort_by_cached_key(|way| table.split(" | ").position(|path| path == written(way)));
        }
        Paths(ways)
    }
}

fn walk(step: &'static Step, above: &mut Vec<&'static Step>, ways: &mut [Vec<Way>]) {
    for child in step.children {
        above.push(child);
        let groups = child.groups.iter().map(|group| (*group, Take::Text));
        for (term, take) in groups.chain(child.binds.iter().map(|bind| (bind.term, bind.take))) {
            if let Some(ways) = ways.get_mut(term.index()) {
                ways.push(Way { steps: above.clone(), take });
            }
        }
        walk(child, above, ways);
        above.pop();
    }
}

/// The way as [`bind::path`] writes it.
fn written(way: &Way) -> String {
    let names: Vec<String> = way.steps.iter().map(|step| qualified(step.name)).collect();
    let path = names.join("/");
    match way.take {
        Take::Attribute(name) => format!("{path}/@{}", qualified(name)),
        _ => path,
    }
}

/// As facteur writes it: `cbc:ID`, `currencyID`.
pub(super) fn qualified(name: Name) -> String {
    match vocabulary().name(name) {
        Some(("", local)) => local.to_owned(),
        Some((prefix, local)) => format!("{prefix}:{local}"),
        None => String::new(),
    }
}
