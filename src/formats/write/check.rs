//! What was written, read again and held against the draft: what does not come back is a loss.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use crate::decimal::{self, Decimal};
use crate::invoice::{Draft, Gather, GroupId, Said, Term, bt};
use crate::text::trim;

use super::addresses::Source;
use super::serial::is_xml;
use super::{Loss, Reason, codes};

/// The losses, in the order of the draft. `known` has the reasons that the writer knows, by the numbers of the sources.
pub(super) fn losses(draft: &Draft, known: Vec<Option<Reason>>, text: &str) -> Vec<Loss> {
    let read = match super::super::read_any_text(Cow::Borrowed(text)) {
        Ok(read) => read,
        Err(why) => {
            let reason = Reason::Unread(why.rule().to_owned());
            let (address, value) = (String::new(), String::new());
            return vec![Loss { address, term: None, value, place: None, reason }];
        }
    };
    let gather = Gather::of(&read.invoice);
    let rest = gather.draft(0, false, Some(bt::BG_25));
    let groups: Vec<GroupId> = gather.inside(0).collect();
    let line = |at: usize| Cow::Owned(groups.get(at).map_or_else(Draft::default, |id| gather.draft(*id, false, None)));
    let count = |at: usize| groups.get(at).map_or(0, |id| gather.count(*id));
    Told::of(draft, known, &rest, &line, &count).in_order(draft)
}

/// The same, of what was read already.
pub(super) fn held(draft: &Draft, known: Vec<Option<Reason>>, back: &Draft) -> Vec<Loss> {
    let line = |at: usize| Cow::Borrowed(&back.groups[at]);
    Told::of(draft, known, back, &line, &|at| back.groups[at].count()).in_order(draft)
}

/// What did not come back, and what came that was not said, each with its number in its draft.
#[derive(Default)]
struct Told {
    lost: Vec<(usize, Loss)>,
    added: Vec<(usize, Loss)>,
    /// The numbers of what came in a repeated group that the draft has, too: it says something of that group.
    known: HashSet<usize>,
}

impl Told {
    /// Line by line, so that of an invoice of a hundred thousand no more than one is held beside the draft.
    fn of<'b>(
        draft: &Draft,
        mut known: Vec<Option<Reason>>,
        back: &'b Draft,
        line: &dyn Fn(usize) -> Cow<'b, Draft>,
        count: &dyn Fn(usize) -> usize,
    ) -> Told {
        let mut told = Told::default();
        let (sources, wanted) = Source::beside_lines(draft, |at| draft.groups[at].count());
        let (found, there) = Source::beside_lines(back, count);
        told.compare(&sources, &found, &mut known);
        let (mut wanted, mut there) = (wanted.into_iter().peekable(), there.into_iter().peekable());
        while let Some(first) = wanted.peek().into_iter().chain(there.peek()).map(|line| line.position).min() {
            let own = wanted.next_if(|own| own.position == first);
            let back = there.next_if(|back| back.position == first).map(|back| (line(back.group), back));
            let sources = own.map_or_else(Vec::new, |own| Source::of_line(&draft.groups[own.group], own));
            let found = back.as_ref().map_or_else(Vec::new, |(draft, back)| Source::of_line(draft, *back));
            told.compare(&sources, &found, &mut known);
        }
        told
    }

    fn compare(&mut self, sources: &[Source<'_>], back: &[Source<'_>], known: &mut [Option<Reason>]) {
        let mut check = Check { sources, known, back, matched: vec![false; back.len()], reasons: HashMap::new() };
        check.compare();
        check.told(self);
    }

    /// What is known was only said again: a required term that opens a second instance of its group. An amount of one line is no amount of another, nor
    /// the subject of one note that of another, nor the reason of one breakdown that of another.
    fn in_order(mut self, draft: &Draft) -> Vec<Loss> {
        if self.added.iter().any(|(_, loss)| loss.term.is_some_and(|term| !term.is_number())) {
            let mut wanted: HashMap<(Term, String), bool> = HashMap::new();
            for (_, loss) in &self.added {
                loss.term.map(|term| wanted.insert((term, loss.value.clone()), false));
            }
            see(draft, &mut wanted);
            self.added.retain_mut(|(number, loss)| {
                let again = |term: &Term| {
                    !self.known.contains(number)
                        && !term.is_number()
                        && *term != bt::BT_21
                        && wanted.get(&(*term, loss.value.clone())) == Some(&true)
                };
                let Some(term) = loss.term.filter(again) else { return true };
                // Whose it was of several (BT-83 of one payment means) cannot be seen any more.
                loss.reason = Reason::Again;
                codes::once(term)
            });
        }
        self.lost.sort_by_key(|(number, _)| *number);
        self.added.sort_by_key(|(number, _)| *number);
        self.lost.into_iter().chain(self.added).map(|(_, loss)| loss).collect()
    }
}

/// Marks what a draft says of what is wanted.
fn see(draft: &Draft, wanted: &mut HashMap<(Term, String), bool>) {
    let mut of = |said: &Said| {
        if let Some(seen) = wanted.get_mut(&(said.term, trim(&said.text).to_owned())) {
            *seen = true;
        }
    };
    draft.said.iter().flat_map(|said| std::iter::once(said).chain(&said.parts)).for_each(&mut of);
    draft.groups.iter().for_each(|group| see(group, wanted));
}

struct Check<'c, 'd, 'b> {
    sources: &'c [Source<'d>],
    known: &'c mut [Option<Reason>],
    back: &'c [Source<'b>],
    /// Which of `back` the draft says.
    matched: Vec<bool>,
    reasons: HashMap<usize, Reason>,
}

/// A value with its parts.
type Stated<'c> = (&'c str, Vec<(Term, &'c str)>);

impl Check<'_, '_, '_> {
    fn compare(&mut self) {
        // The same term in the same group stands together, in the order in which it was said.
        let by_home = |list: &[Source<'_>]| -> Vec<usize> {
            let mut whole: Vec<usize> = (0..list.len()).filter(|n| list[*n].whole.is_none()).collect();
            whole.sort_by(|a, b| key(&list[*a]).cmp(&key(&list[*b])));
            whole
        };
        let (wanted, found) = (by_home(self.sources), by_home(self.back));
        let (mut wanted, mut found) = (&wanted[..], &found[..]);
        while let Some(first) = wanted.first() {
            let home = key(&self.sources[*first]);
            let own = wanted.partition_point(|n| key(&self.sources[*n]) <= home);
            let before = found.partition_point(|n| key(&self.back[*n]) < home);
            let same = found.partition_point(|n| key(&self.back[*n]) <= home);
            let (mine, others) = wanted.split_at(own);
            self.family(mine, &found[before..same]);
            (wanted, found) = (others, &found[same..]);
        }
    }

    /// The same term in the same group: whatever their order, first what comes back whole, then what comes back in part.
    fn family(&mut self, wanted: &[usize], found: &[usize]) {
        if let ([n], [b]) = (wanted, found)
            && self.sources[*n].value == self.back[*b].value
            && parts(self.sources, *n) == parts(self.back, *b)
        {
            return self.came(*b);
        }
        let mut open: Vec<usize> = Vec::new();
        let mut by_value: HashMap<Stated<'_>, Vec<usize>> = HashMap::new();
        for n in found.iter().rev() {
            by_value.entry((self.back[*n].value, parts(self.back, *n))).or_default().push(*n);
        }
        for n in wanted.iter().copied() {
            match by_value.get_mut(&(self.sources[n].value, parts(self.sources, n))).and_then(Vec::pop) {
                Some(back) => self.came(back),
                None => open.push(n),
            }
        }
        // Those that are surely one find each other first: the same value, then another value with the same parts, then whatever is left.
        let mut changed: Vec<usize> = Vec::new();
        for n in open {
            let own = &self.sources[n];
            let is_same = |b: &usize| is_same(own.term, self.back[*b].value, own.value);
            if let Some(same) = found.iter().copied().find(|b| !self.matched[*b] && is_same(b)) {
                self.matched[same] = true;
                self.partly(n, same);
                continue;
            }
            let own_parts = parts(self.sources, n);
            let is_nothing = own.value.is_empty() && own_parts.is_empty();
            // Said again, where the syntax has it once: nothing is lost.
            let again =
                || codes::once(own.term) && found.iter().any(|b| is_same(b) && parts(self.back, *b) == own_parts);
            if !is_nothing && !again() {
                changed.push(n);
            }
        }
        let (with_parts, bare): (Vec<usize>, Vec<usize>) =
            changed.into_iter().partition(|n| !parts(self.sources, *n).is_empty());
        let mut left: Vec<usize> = Vec::new();
        for n in with_parts {
            let kin = |b: &usize| !self.matched[*b] && parts(self.back, *b) == parts(self.sources, n);
            match found.iter().copied().find(kin) {
                Some(kin) => self.changed(n, Some(kin)),
                None => left.push(n),
            }
        }
        left.extend(bare);
        left.sort_unstable();
        for n in left {
            let other = found.iter().copied().find(|b| !self.matched[*b]);
            self.changed(n, other);
        }
    }

    /// A term that came back with another value, or not at all.
    fn changed(&mut self, n: usize, back: Option<usize>) {
        self.lose(n, back);
        match back {
            Some(back) => {
                self.matched[back] = true;
                self.partly(n, back);
            }
            None => {
                let said = (n + 1..self.sources[n].end).filter(|part| !self.sources[*part].value.is_empty());
                said.collect::<Vec<_>>().into_iter().for_each(|part| self.lose(part, None));
            }
        }
    }

    /// A term that came back with its parts.
    fn came(&mut self, back: usize) {
        self.matched[back..self.back[back].end].fill(true);
    }

    /// A term that came back, and its parts did not all.
    fn partly(&mut self, n: usize, back: usize) {
        for part in n + 1..self.sources[n].end {
            let own = &self.sources[part];
            let there = (back + 1..self.back[back].end).find(|b| self.back[*b].term == own.term);
            match there {
                Some(there) if self.back[there].value == own.value => self.matched[there] = true,
                _ if own.value.is_empty() => {}
                there => {
                    if let Some(there) = there {
                        self.matched[there] = true;
                    }
                    self.lose(part, there);
                }
            }
        }
    }

    fn lose(&mut self, n: usize, back: Option<usize>) {
        let Source { value, number, .. } = self.sources[n];
        let known = self.known.get_mut(number).and_then(Option::take);
        let reason = match known {
            Some(reason) => reason,
            None if !value.chars().all(is_xml) => Reason::Characters,
            None => Reason::Reads(back.map(|b| self.back[b].value.to_owned())),
        };
        self.reasons.insert(n, reason);
    }

    fn told(mut self, told: &mut Told) {
        for (n, own) in self.sources.iter().enumerate() {
            if let Some(reason) = self.reasons.remove(&n) {
                told.lost.push((own.number, loss(own, reason)));
            }
        }
        if self.matched.iter().all(|matched| *matched) {
            return;
        }
        let stated: HashSet<(&str, Term)> = self.sources.iter().map(|s| (&*s.home, s.term)).collect();
        let homes: HashSet<&str> = self.sources.iter().map(|s| &*s.home).filter(|home| !home.is_empty()).collect();
        let beside: Beside<'_> = self.back.iter().rev().map(|b| ((&*b.home, b.term), b.value)).collect();
        for (own, _) in self.back.iter().zip(&self.matched).filter(|(_, matched)| !**matched) {
            // What its absence means is said where the schema demands it.
            let meant = !stated.contains(&(&*own.home, own.term)) && is_meant(own, &beside);
            if !own.value.is_empty() && !meant {
                if homes.contains(&*own.home) {
                    told.known.insert(own.number);
                }
                told.added.push((own.number, Loss { place: None, ..loss(own, Reason::Added) }));
            }
        }
    }
}

/// Where it stands, and its term.
fn key<'s>(source: &'s Source<'_>) -> (&'s str, Term) {
    (&source.home, source.term)
}

/// Values by where they stand.
type Beside<'b> = HashMap<(&'b str, Term), &'b str>;

/// Is it what the term's absence means: a number, what a term beside it says, or the sum of two?
fn is_meant(own: &Source<'_>, beside: &Beside<'_>) -> bool {
    let Some(means) = codes::absent(own.term) else { return false };
    let beside = |name: &str| beside.get(&(&*own.home, Term::parse(name)?)).copied();
    let Ok(value) = decimal::parse(own.value) else { return beside(means) == Some(own.value) };
    let mut sum = Decimal::ZERO;
    for part in means.split('+') {
        let number = decimal::parse(part).ok().or_else(|| decimal::parse(beside(part).unwrap_or("0")).ok());
        let Some(next) = number.and_then(|number| decimal::add(sum, number)) else { return false };
        sum = next;
    }
    sum == value
}

/// The same text, the same code of another list, or the same number.
fn is_same(term: Term, a: &str, b: &str) -> bool {
    let number = |text: &str| term.is_number().then(|| decimal::parse(text).ok()).flatten();
    codes::is_same(term, a, b) || number(a).is_some_and(|a| number(b) == Some(a))
}

/// The parts of a term that say something, in the order of the norm.
fn parts<'s>(list: &'s [Source<'_>], n: usize) -> Vec<(Term, &'s str)> {
    let said = list[n + 1..list[n].end].iter().filter(|part| !part.value.is_empty());
    let mut parts: Vec<(Term, &str)> = said.map(|part| (part.term, part.value)).collect();
    parts.sort_unstable();
    parts
}

fn loss(own: &Source<'_>, reason: Reason) -> Loss {
    let (address, value, place) = (own.address(), own.value.to_owned(), own.place.cloned());
    Loss { address, term: Some(own.term), value, place, reason }
}
