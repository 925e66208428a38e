//! What a draft says, in a row, each thing with its address: as [`crate::invoice::Invoice::listing`] gives them.

use std::collections::{HashMap, HashSet};

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
        Walk { apart: false, homes: 0, counts: Counts::new(), out: Vec::new() }.all(draft)
    }

    /// The same, and of groups that the norm has once and the draft several times with the same terms, each is named too: `BG-16[2]/BG-17[1]/BT-84`. So what
    /// belongs together is told by its address.
    pub fn located(draft: &'d Draft) -> Vec<Source<'d>> {
        Walk { apart: true, homes: 0, counts: Counts::new(), out: Vec::new() }.all(draft)
    }
}

struct Walk<'d> {
    /// Are instances of groups that the norm has once told apart?
    apart: bool,
    homes: usize,
    counts: Counts,
    out: Vec<Source<'d>>,
}

impl<'d> Walk<'d> {
    fn all(mut self, draft: &'d Draft) -> Vec<Source<'d>> {
        self.walk(draft, 0, &"".into());
        self.out
    }

    fn walk(&mut self, draft: &'d Draft, home: usize, prefix: &std::rc::Rc<str>) {
        for said in &draft.said {
            let position = next(&mut self.counts, (home, said.term));
            let id = said.term.id();
            let numbered = said.term.is_repeatable() || position > 1;
            let address = if numbered { format!("{prefix}{id}[{position}]") } else { format!("{prefix}{id}") };
            let whole = self.out.len();
            let end = whole + 1 + said.parts.len();
            self.out.push(source(said, prefix, address.clone(), None, end));
            for part in &said.parts {
                let suffix = part.term.id().strip_prefix(id).unwrap_or_else(|| part.term.id());
                let end = self.out.len() + 1;
                self.out.push(source(part, prefix, format!("{address}{suffix}"), Some(whole), end));
            }
        }
        let apart = if self.apart { alike(draft) } else { HashSet::new() };
        let again = |group: &Draft, term: Term| group.count() > 0 && apart.contains(&term);
        let is_named = |group: &Draft| group.term.filter(|term| term.is_repeatable() || again(group, *term));
        let named: Vec<Option<Term>> = draft.groups.iter().map(is_named).collect();
        for (group, named) in draft.groups.iter().zip(named) {
            match named {
                None => self.walk(group, home, prefix),
                Some(term) => {
                    self.homes += 1;
                    let own = self.homes;
                    let prefix = format!("{prefix}{term}[{}]/", next(&mut self.counts, (home, term))).into();
                    self.walk(group, own, &prefix);
                }
            }
        }
    }
}

/// The groups that the norm has once and of which two instances say the same term: only their addresses tell whose it is. What a syntax
/// writes in pieces (the totals of UBL) is one group all the same.
fn alike(draft: &Draft) -> HashSet<Term> {
    let mut said: HashSet<(Term, Term)> = HashSet::new();
    let mut alike = HashSet::new();
    for group in &draft.groups {
        let Some(term) = group.term.filter(|term| !term.is_repeatable()) else { continue };
        let own = group.said.iter().map(|said| said.term);
        let inside = group.groups.iter().filter(|inside| inside.count() > 0).filter_map(|inside| inside.term);
        let terms: HashSet<Term> = own.chain(inside).collect();
        for one in terms {
            if !said.insert((term, one)) {
                alike.insert(term);
            }
        }
    }
    alike
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
