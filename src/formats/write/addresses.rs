//! What a draft says, in a row, each thing with its address: as [`crate::invoice::Invoice::listing`] gives them.

use std::collections::HashMap;

use crate::invoice::{Draft, Place, Said, Term};
use crate::text::trim;

/// A term as said, or a part of one.
pub(super) struct Source<'d> {
    pub term: Term,
    /// Repeatable groups around it: `BG-25[2]/`.
    pub home: std::rc::Rc<str>,
    pub address: String,
    /// Blanks around it removed.
    pub value: &'d str,
    pub place: Option<&'d Place>,
    /// Of a part: the number of what it is a part of.
    pub whole: Option<usize>,
    /// Numbers of its parts: from the next one to before this.
    pub end: usize,
}

type Counts = HashMap<(usize, Term), u32>;

impl<'d> Source<'d> {
    /// A group's own terms, each with its parts behind it, then the groups in it.
    pub fn of(draft: &'d Draft) -> Vec<Source<'d>> {
        let mut out = Vec::new();
        let mut homes = 0;
        walk(draft, 0, &"".into(), &mut homes, &mut Counts::new(), &mut out);
        out
    }
}

fn walk<'d>(
    draft: &'d Draft,
    home: usize,
    prefix: &std::rc::Rc<str>,
    homes: &mut usize,
    counts: &mut Counts,
    out: &mut Vec<Source<'d>>,
) {
    for said in &draft.said {
        let position = next(counts, (home, said.term));
        let id = said.term.id();
        let numbered = said.term.is_repeatable() || position > 1;
        let address = if numbered { format!("{prefix}{id}[{position}]") } else { format!("{prefix}{id}") };
        let whole = out.len();
        let end = whole + 1 + said.parts.len();
        out.push(source(said, prefix, address.clone(), None, end));
        for part in &said.parts {
            let suffix = part.term.id().strip_prefix(id).unwrap_or_else(|| part.term.id());
            let end = out.len() + 1;
            out.push(source(part, prefix, format!("{address}{suffix}"), Some(whole), end));
        }
    }
    for group in &draft.groups {
        match group.term.filter(|term| term.is_repeatable()) {
            None => walk(group, home, prefix, homes, counts, out),
            Some(term) => {
                *homes += 1;
                let own = *homes;
                let prefix = format!("{prefix}{term}[{}]/", next(counts, (home, term))).into();
                walk(group, own, &prefix, homes, counts, out);
            }
        }
    }
}

fn source<'d>(
    said: &'d Said,
    home: &std::rc::Rc<str>,
    address: String,
    whole: Option<usize>,
    end: usize,
) -> Source<'d> {
    let (term, value, place) = (said.term, trim(&said.text), said.place.as_ref());
    Source { term, home: home.clone(), address, value, place, whole, end }
}

fn next(counts: &mut Counts, key: (usize, Term)) -> u32 {
    let count = counts.entry(key).or_default();
    *count += 1;
    *count
}
