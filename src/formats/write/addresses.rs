//! What a draft says, in a row, each thing with its address: as [`crate::invoice::Invoice::listing`] gives them.

use std::collections::HashSet;
use std::rc::Rc;

use crate::invoice::{Draft, Place, Said, Term, bt};
use crate::text::trim;

/// A term as said, or a part of one.
pub(super) struct Source<'d> {
    pub term: Term,
    /// Repeatable groups around it: `BG-25[2]/`.
    pub home: Rc<str>,
    /// What it is: of a part, what it is a part of; and which of its kind it is at home.
    of: (Term, u32),
    /// Blanks around it removed.
    pub value: &'d str,
    pub place: Option<&'d Place>,
    /// Of a part: the index of what it is a part of.
    pub whole: Option<usize>,
    /// Indices of its parts: from the next one to before this.
    pub end: usize,
    /// Which of all that the draft says it is, in the order of [`Source::of`].
    pub number: usize,
}

/// A line of a draft, whose terms are listed apart.
#[derive(Debug, Clone, Copy)]
pub(super) struct Line {
    /// Its index among the groups of the draft.
    pub group: usize,
    /// Of its address, from 1.
    pub position: u32,
    /// The number of its first term.
    pub number: usize,
}

impl<'d> Source<'d> {
    /// A group's own terms, each with its parts behind it, then the groups in it.
    pub fn of(draft: &'d Draft) -> Vec<Source<'d>> {
        let mut walk = Walk::new(false, 0);
        walk.walk(draft, &"".into(), 0);
        walk.out
    }

    /// The same, and of groups that the norm has once and the draft several times with the same terms, each is named too: `BG-16[2]/BG-17[1]/BT-84`. So what
    /// belongs together is told by its address.
    pub fn located(draft: &'d Draft) -> Vec<Source<'d>> {
        let mut walk = Walk::new(true, 0);
        walk.walk(draft, &"".into(), 0);
        walk.out
    }

    /// The same as [`Source::of`] but for the lines of the draft, and where these are. `count` says how many terms a line says.
    pub fn beside_lines(draft: &'d Draft, mut count: impl FnMut(usize) -> usize) -> (Vec<Source<'d>>, Vec<Line>) {
        let mut walk = Walk::new(false, 0);
        let home: Rc<str> = "".into();
        walk.own(draft, &home, 0);
        let mut lines = Vec::new();
        for (at, group) in draft.groups.iter().enumerate() {
            if group.term == Some(bt::BG_25) {
                let position = walk.next(0, bt::BG_25);
                lines.push(Line { group: at, position, number: walk.number });
                walk.number += count(at);
            } else {
                walk.inner(group, group.term.filter(|term| term.is_repeatable()), &home, 0);
            }
        }
        (walk.out, lines)
    }

    /// What a line says.
    pub fn of_line(draft: &'d Draft, line: Line) -> Vec<Source<'d>> {
        let mut walk = Walk::new(false, line.number);
        walk.walk(draft, &format!("{}[{}]/", bt::BG_25, line.position).into(), 0);
        walk.out
    }

    /// `BG-25[2]/BT-131`, `BT-29[1]-1`.
    pub fn address(&self) -> String {
        let ((of, position), home) = (self.of, &self.home);
        let (id, own) = (of.id(), self.term.id());
        let suffix = if of == self.term { "" } else { own.strip_prefix(id).unwrap_or(own) };
        match of.is_repeatable() || position > 1 {
            true => format!("{home}{id}[{position}]{suffix}"),
            false => format!("{home}{id}{suffix}"),
        }
    }
}

struct Walk<'d> {
    /// Are instances of groups that the norm has once told apart?
    apart: bool,
    /// How often each term and group stands in the home that is walked and in those around it, the innermost last.
    counts: Vec<(Term, u32)>,
    number: usize,
    out: Vec<Source<'d>>,
}

impl<'d> Walk<'d> {
    fn new(apart: bool, number: usize) -> Walk<'d> {
        Walk { apart, counts: Vec::new(), number, out: Vec::new() }
    }

    /// `base` is where the counts of this home begin.
    fn walk(&mut self, draft: &'d Draft, home: &Rc<str>, base: usize) {
        self.own(draft, home, base);
        let apart = if self.apart { alike(draft) } else { HashSet::new() };
        let again = |group: &Draft, term: Term| group.count() > 0 && apart.contains(&term);
        for group in &draft.groups {
            let named = group.term.filter(|term| term.is_repeatable() || again(group, *term));
            self.inner(group, named, home, base);
        }
    }

    fn own(&mut self, draft: &'d Draft, home: &Rc<str>, base: usize) {
        for said in &draft.said {
            let of = (said.term, self.next(base, said.term));
            let whole = self.out.len();
            self.push(said, home, of, None, whole + 1 + said.parts.len());
            for part in &said.parts {
                let end = self.out.len() + 1;
                self.push(part, home, of, Some(whole), end);
            }
        }
    }

    fn inner(&mut self, group: &'d Draft, named: Option<Term>, home: &Rc<str>, base: usize) {
        match named {
            None => self.walk(group, home, base),
            Some(term) => {
                let home = format!("{home}{term}[{}]/", self.next(base, term)).into();
                let own = self.counts.len();
                self.walk(group, &home, own);
                self.counts.truncate(own);
            }
        }
    }

    fn push(&mut self, said: &'d Said, home: &Rc<str>, of: (Term, u32), whole: Option<usize>, end: usize) {
        let (term, value, place, number) = (said.term, trim(&said.text), said.place.as_ref(), self.number);
        self.number += 1;
        self.out.push(Source { term, home: home.clone(), of, value, place, whole, end, number });
    }

    fn next(&mut self, base: usize, term: Term) -> u32 {
        let own = self.counts.get_mut(base..).unwrap_or_default();
        if let Some((_, count)) = own.iter_mut().find(|(known, _)| *known == term) {
            *count += 1;
            return *count;
        }
        self.counts.push((term, 1));
        1
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::read;
    use crate::invoice::Gather;

    /// What is listed line by line has the same addresses and numbers as all at once, from a draft and from an invoice.
    #[test]
    fn lines_apart_are_the_whole() {
        for text in [
            include_bytes!("../../../schemas/examples/cii.xml").as_slice(),
            include_bytes!("../../../schemas/examples/ubl-invoice.xml"),
        ] {
            let read = read(text).unwrap();
            let draft = Draft::of(&read.invoice);
            let gather = Gather::of(&read.invoice);
            let groups: Vec<u32> = gather.inside(0).collect();
            let rest = gather.draft(0, true, Some(bt::BG_25));
            assert!(rest.count() < draft.count() && rest.groups.len() == draft.groups.len());
            let (mut sources, lines) = Source::beside_lines(&rest, |at| gather.count(groups[at]));
            assert_eq!(lines.len(), draft.groups(bt::BG_25).count());
            let apart: Vec<Draft> = lines.iter().map(|line| gather.draft(groups[line.group], true, None)).collect();
            sources.extend(apart.iter().zip(&lines).flat_map(|(draft, line)| Source::of_line(draft, *line)));
            sources.sort_by_key(|source| source.number);
            let told = |source: &Source<'_>| (source.number, source.address(), source.value.to_owned());
            let whole: Vec<_> = Source::of(&draft).iter().map(told).collect();
            assert_eq!(sources.iter().map(told).collect::<Vec<_>>(), whole);
        }
    }
}
