//! What was written, read again and held against the draft: what does not come back is a loss.

use std::borrow::Cow;
use std::collections::HashMap;

use crate::decimal::{self, Decimal};
use crate::invoice::{Draft, Term, bt};

use super::addresses::Source;
use super::serial::is_xml;
use super::{Loss, Reason, codes};

/// The losses, in the order of the draft. `known` has the reasons that the writer knows, by the numbers of `sources`.
pub(super) fn losses(sources: &[Source<'_>], known: Vec<Option<Reason>>, text: &str) -> Vec<Loss> {
    let read = match super::super::read_any_text(Cow::Borrowed(text)) {
        Ok(read) => read,
        Err(why) => {
            let reason = Reason::Unread(why.rule().to_owned());
            let (address, value) = (String::new(), String::new());
            return vec![Loss { address, term: None, value, place: None, reason }];
        }
    };
    held(sources, known, &Draft::unplaced(&read.invoice))
}

/// The same, of what was read already.
pub(super) fn held(sources: &[Source<'_>], known: Vec<Option<Reason>>, back: &Draft) -> Vec<Loss> {
    let back = Source::of(back);
    let mut check = Check { sources, known, back: &back, matched: vec![false; back.len()], reasons: HashMap::new() };
    check.compare();
    check.told()
}

struct Check<'c, 'd> {
    sources: &'c [Source<'d>],
    known: Vec<Option<Reason>>,
    back: &'c [Source<'c>],
    /// Which of `back` the draft says.
    matched: Vec<bool>,
    reasons: HashMap<usize, Reason>,
}

/// A value with its parts.
type Stated<'c> = (&'c str, Vec<(Term, &'c str)>);

type Homes<'c> = HashMap<(&'c str, Term), (Vec<usize>, Vec<usize>)>;

impl Check<'_, '_> {
    fn compare(&mut self) {
        let mut homes: Homes<'_> = HashMap::new();
        let whole =
            |list: &[Source<'_>]| -> Vec<usize> { (0..list.len()).filter(|n| list[*n].whole.is_none()).collect() };
        for n in whole(self.sources) {
            homes.entry((&self.sources[n].home, self.sources[n].term)).or_default().0.push(n);
        }
        for n in whole(self.back) {
            homes.entry((&self.back[n].home, self.back[n].term)).or_default().1.push(n);
        }
        for (wanted, found) in homes.into_values() {
            self.family(wanted, found);
        }
    }

    /// The same term in the same group: whatever their order, first what comes back whole, then what comes back in part.
    fn family(&mut self, wanted: Vec<usize>, found: Vec<usize>) {
        let mut open: Vec<usize> = Vec::new();
        let mut by_value: HashMap<Stated<'_>, Vec<usize>> = HashMap::new();
        for n in found.iter().rev() {
            by_value.entry((self.back[*n].value, parts(self.back, *n))).or_default().push(*n);
        }
        for n in wanted {
            match by_value.get_mut(&(self.sources[n].value, parts(self.sources, n))).and_then(Vec::pop) {
                Some(back) => self.matched[back] = true,
                None => open.push(n),
            }
        }
        for n in open {
            let own = &self.sources[n];
            let is_same = |b: &usize| is_same(own.term, self.back[*b].value, own.value);
            let same = found.iter().copied().find(|b| !self.matched[*b] && is_same(b));
            if let Some(same) = same {
                self.matched[same] = true;
                self.partly(n, same);
                continue;
            }
            if own.value.is_empty() && parts(self.sources, n).is_empty() {
                continue;
            }
            // Said again, where the syntax has it once: nothing is lost.
            let again = codes::once(own.term)
                && found.iter().any(|b| is_same(b) && parts(self.back, *b) == parts(self.sources, n));
            if again {
                continue;
            }
            let other = found.iter().copied().find(|b| !self.matched[*b]);
            if let Some(other) = other {
                self.matched[other] = true;
            }
            self.lose(n, other);
            match other {
                Some(other) => self.partly(n, other),
                None => {
                    let said = (n + 1..self.sources[n].end).filter(|part| !self.sources[*part].value.is_empty());
                    said.collect::<Vec<_>>().into_iter().for_each(|part| self.lose(part, None));
                }
            }
        }
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
        let value = self.sources[n].value;
        let known = self.known.get_mut(n).and_then(Option::take);
        let reason = match known {
            Some(reason) => reason,
            None if !value.chars().all(is_xml) => Reason::Characters,
            None => Reason::Reads(back.map(|b| self.back[b].value.to_owned())),
        };
        self.reasons.insert(n, reason);
    }

    fn told(mut self) -> Vec<Loss> {
        let mut losses = Vec::new();
        for (n, own) in self.sources.iter().enumerate() {
            if let Some(reason) = self.reasons.remove(&n) {
                losses.push(loss(own, reason));
            }
        }
        let known: std::collections::HashSet<(Term, &str)> = self.sources.iter().map(|s| (s.term, s.value)).collect();
        let stated: std::collections::HashSet<(&str, Term)> = self.sources.iter().map(|s| (&*s.home, s.term)).collect();
        let beside: Beside<'_> = self.back.iter().rev().map(|b| ((&*b.home, b.term), b.value)).collect();
        for (own, _) in self.back.iter().zip(&self.matched).filter(|(_, matched)| !**matched) {
            // What is known was only said again: a required term that opens a second instance of its group. An amount of one line
            // is no amount of another, nor the subject of one note that of another. So is what its absence means, where the schema demands it.
            let again = !own.term.is_number() && own.term != bt::BT_21 && known.contains(&(own.term, own.value));
            let meant = !stated.contains(&(&*own.home, own.term)) && is_meant(own, &beside);
            let reason = match again {
                // Whose it was of several (BT-83 of one payment means) cannot be seen any more.
                true if codes::once(own.term) => Reason::Again,
                true => continue,
                false => Reason::Added,
            };
            if !own.value.is_empty() && !meant {
                losses.push(Loss { place: None, ..loss(own, reason) });
            }
        }
        losses
    }
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
    let (address, value, place) = (own.address.clone(), own.value.to_owned(), own.place.cloned());
    Loss { address, term: Some(own.term), value, place, reason }
}
