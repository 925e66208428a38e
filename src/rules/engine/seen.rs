//! What stands in a document at all, and which questions are answered by that.
//!
//! Most of what the rules ask about is in no ordinary invoice. Which element or attribute stands directly in which is noted once for a
//! document; a question that no such pair can answer otherwise is then not asked, for any element. A pair may seem to be there that is
//! not (two share a bit): that costs a walk and changes no answer.

use std::sync::OnceLock;

use crate::rules::check::{Check, Codes};
use crate::xml::{Name, ShapeId, Tree};

use super::{Ask, Context, Entry, Fold, From, Path, Step, Table, Which};

/// The pairs of a document: an element or attribute, and the element that it stands in; and each by itself.
pub struct Seen {
    bits: [u64; SIZE / 64],
}

const SIZE: usize = 4096;

/// In whatever element.
const ANY: Name = Name(u16::MAX);

/// What must stand in a document, or else the answer is known.
type Pairs = Vec<u16>;

/// For each context of a table what it takes to be in it, and for each of its entries what it takes to fail.
#[derive(Default)]
pub struct Needs {
    /// Where each context begins in the rest.
    starts: Vec<usize>,
    /// Lists of pairs, each behind its length: of a context, then of its entries. All in one, since all of it is gone through.
    flat: Vec<u16>,
}

/// What is left of a context in a document.
#[derive(Clone, Copy, Default)]
pub struct Left {
    /// Can an element be in it?
    pub possible: bool,
    /// Its entries that may fail: a range of those kept.
    pub entries: (u32, u32),
}

/// The contexts as far as the document has met them.
pub struct Remaining<'s> {
    pub seen: &'s Seen,
    table: &'static Table,
    left: Vec<Option<Left>>,
    kept: Vec<&'static Entry>,
}

impl Seen {
    pub fn of(tree: &Tree<'_>) -> Seen {
        let mut seen = Seen { bits: [0; SIZE / 64] };
        let name_of = |shape: ShapeId| tree.shapes().get(shape as usize).map(|shape| shape.name);
        for shape in tree.shapes() {
            seen.add(name_of(shape.around).unwrap_or(shape.name), shape.name);
        }
        for (element, attribute) in tree.all_attributes() {
            seen.add(element, attribute);
        }
        seen
    }

    /// As if everything stood everywhere.
    #[cfg(test)]
    pub fn all() -> Seen {
        Seen { bits: [u64::MAX; SIZE / 64] }
    }

    fn add(&mut self, around: Name, name: Name) {
        for bit in [bit(around, name), bit(ANY, name)] {
            self.bits[usize::from(bit) / 64] |= 1 << (bit % 64);
        }
    }

    fn has(&self, bit: u16) -> bool {
        self.bits.get(usize::from(bit) / 64).is_some_and(|word| word >> (bit % 64) & 1 != 0)
    }

    fn has_all(&self, pairs: &[u16]) -> bool {
        pairs.iter().all(|bit| self.has(*bit))
    }

    /// May an element or attribute of that name stand in one of the other (or somewhere)?
    pub fn has_pair(&self, around: Option<Name>, name: Name) -> bool {
        self.has(bit(around.unwrap_or(ANY), name))
    }
}

impl<'s> Remaining<'s> {
    pub fn of(table: &'static Table, seen: &'s Seen) -> Self {
        Self { seen, table, left: vec![None; table.contexts.len()], kept: Vec::with_capacity(256) }
    }

    /// What is left of a context of the table.
    pub fn of_context(&mut self, at: u16) -> Left {
        match self.left.get(usize::from(at)) {
            Some(Some(left)) => *left,
            _ => self.meet(usize::from(at)),
        }
    }

    /// Entries that may fail.
    #[inline]
    pub fn entries(&self, (start, end): (u32, u32)) -> &[&'static Entry] {
        self.kept.get(start as usize..end as usize).unwrap_or_default()
    }

    fn meet(&mut self, at: usize) -> Left {
        let needs = self.table.needs.get_or_init(|| Needs::of(self.table));
        let Some((context, mut needs)) = self.table.contexts.get(at).zip(needs.lists_of(at)) else {
            return Left::default();
        };
        let mut left = Left { possible: needs.next().is_some_and(|own| self.seen.has_all(own)), ..Left::default() };
        if left.possible {
            let start = self.kept.len() as u32;
            let kept = context.entries.iter().zip(needs).filter(|(_, pairs)| self.seen.has_all(pairs));
            self.kept.extend(kept.map(|(entry, _)| entry));
            left.entries = (start, self.kept.len() as u32);
        }
        if let Some(place) = self.left.get_mut(at) {
            *place = Some(left);
        }
        left
    }
}

impl Needs {
    fn of(table: &'static Table) -> Needs {
        let mut needs = Needs::default();
        for context in table.contexts {
            needs.starts.push(needs.flat.len());
            // An error in a condition is no match, so each condition by itself rules the context out.
            let conditions = context.steps.iter().flat_map(|step| step.only.iter().map(move |ask| (ask, named(step))));
            needs.add(conditions.flat_map(|(ask, name)| Known::of(ask, name).no).collect());
            context.entries.iter().for_each(|entry| needs.add(Known::of(&entry.ask, last(context)).yes));
        }
        needs
    }

    fn add(&mut self, pairs: Pairs) {
        self.flat.push(pairs.len() as u16);
        self.flat.extend(pairs);
    }

    /// What a context takes, then what each of its entries takes.
    fn lists_of(&self, at: usize) -> Option<impl Iterator<Item = &[u16]>> {
        let mut rest = self.flat.get(*self.starts.get(at)?..)?;
        Some(std::iter::from_fn(move || {
            let (length, more) = rest.split_first()?;
            let (list, more) = more.split_at_checked(usize::from(*length))?;
            rest = more;
            Some(list)
        }))
    }
}

/// The answer to a question where one of these pairs is not in the document: yes (or no), and no error before it.
#[derive(Default)]
struct Known {
    yes: Pairs,
    no: Pairs,
    /// Can it never end in an error?
    safe: bool,
}

impl Known {
    /// Of a question about an element of that name.
    fn of(ask: &'static Ask, name: Option<Name>) -> Known {
        let yes = |path: &'static Path| Known { yes: pairs(path, name), ..Known::default() };
        let no = |path: &'static Path| Known { no: pairs(path, name), ..Known::default() };
        match ask {
            Ask::True | Ask::Edi | Ask::Named(_) | Ask::Within(_) => Known { safe: true, ..Known::default() },
            Ask::Item(..) => Known::default(),
            Ask::Check(path, Check::Exists) => Known { safe: path.names.is_some(), ..no(path) },
            // The length of nothing is zero.
            Ask::Check(path, Check::Length { min: 0, .. } | Check::OneOf(Codes::Listed(_)))
            | Ask::Fraction(path, _)
            | Ask::Brief(path, _) => yes(path),
            Ask::Check(path, _)
            | Ask::Bool(path, _)
            | Ask::Number(path, ..)
            | Ask::Long(path, _)
            | Ask::Digits(path, ..) => no(path),
            // What nothing matches is another question.
            Ask::Match(..) => Known::default(),
            Ask::Unique(path) => Known { safe: path.names.is_some(), ..yes(path) },
            Ask::Same(path, Fold::Listed, _) => Known { safe: path.names.is_some(), ..yes(path) },
            Ask::Same(path, Fold::Exact | Fold::Unlike, _) => Known { safe: path.names.is_some(), ..no(path) },
            // What is done with a value is done for each element before the last step, whether it has the attribute or not.
            Ask::Same(path, ..) if path.attribute.is_some() => Known::default(),
            Ask::Same(_, Fold::OnlyTrimUpper, _) => Known::default(),
            Ask::Same(path, ..) => no(path),
            Ask::Count(path, 0, _) => Known { safe: path.names.is_some(), ..yes(path) },
            Ask::Count(path, ..) => Known { safe: path.names.is_some(), ..no(path) },
            Ask::Distinct(_, _, 0) => Known::default(),
            Ask::Distinct(path, ..) => Known { safe: path.names.is_some(), ..yes(path) },
            Ask::Not(one) => {
                let Known { yes, no, safe } = Known::of(one, name);
                Known { yes: no, no: yes, safe }
            }
            Ask::When(only, then) => {
                let Known { yes, no, safe } = Known::of(only, name);
                let any = [Known { yes: no, no: yes, safe }, Known::of(then, name)];
                let safe = any.iter().all(|one| one.safe);
                Known { yes: of_one(&any, |one| &one.yes), no: of_each(&any, |one| &one.no), safe }
            }
            Ask::All(all) => {
                let all: Vec<Known> = all.iter().map(|one| Known::of(one, name)).collect();
                let safe = all.iter().all(|one| one.safe);
                Known { yes: of_each(&all, |one| &one.yes), no: of_one(&all, |one| &one.no), safe }
            }
            Ask::Any(any) => {
                let any: Vec<Known> = any.iter().map(|one| Known::of(one, name)).collect();
                let safe = any.iter().all(|one| one.safe);
                Known { yes: of_one(&any, |one| &one.yes), no: of_each(&any, |one| &one.no), safe }
            }
        }
    }

    fn has(&self, bit: u16) -> bool {
        self.yes.contains(&bit) || self.no.contains(&bit)
    }
}

/// What gives every question the same answer.
fn of_each(all: &[Known], answers: impl Fn(&Known) -> &Pairs) -> Pairs {
    let Some((first, rest)) = all.split_first() else { return Pairs::new() };
    answers(first).iter().copied().filter(|bit| rest.iter().all(|one| answers(one).contains(bit))).collect()
}

/// What gives one question the answer that settles it, and those before it no error.
fn of_one(all: &[Known], answers: impl Fn(&Known) -> &Pairs) -> Pairs {
    let mut pairs = Pairs::new();
    for (at, one) in all.iter().enumerate() {
        let before = &all[..at];
        let heard = |bit: &u16| before.iter().all(|earlier| earlier.safe || earlier.has(*bit));
        pairs.extend(answers(one).iter().copied().filter(heard));
    }
    pairs
}

/// What must be there for a path to find anything; only as far as its first condition, which may end in an error.
fn pairs(path: &'static Path, name: Option<Name>) -> Pairs {
    let mut around = name.filter(|_| path.from == From::Here);
    let mut pairs = Pairs::new();
    for step in path.whole.steps {
        let own = named(step);
        pairs.extend(own.map(|name| bit(around.unwrap_or(ANY), name)));
        around = own;
        if !step.only.is_empty() {
            return pairs;
        }
    }
    pairs.extend(path.attribute.map(|name| bit(around.unwrap_or(ANY), name)));
    pairs
}

fn last(context: &'static Context) -> Option<Name> {
    context.steps.last().and_then(named)
}

fn named(step: &Step) -> Option<Name> {
    match step.which {
        Which::Named(name) => Some(name),
        _ => None,
    }
}

/// The bit of a pair.
fn bit(around: Name, name: Name) -> u16 {
    let both = u32::from(around.0) << 16 | u32::from(name.0);
    (both.wrapping_mul(0x9E37_79B1) >> 20) as u16
}

/// Worked out when a table is first used.
pub type Once = OnceLock<Needs>;

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::prelude::*;

    use super::super::DOCUMENTS;
    use super::super::ban::{Live, strays};
    use super::super::plan::Plans;
    use super::*;
    use crate::formats;
    use crate::rules::engine::Scene;
    use crate::xml::NodeId;

    /// Whatever is passed over holds: no error, no failure, no ban, no match.
    fn nothing_is_lost(text: &str) -> bool {
        let Ok(read) = formats::read_text(text.into()) else { return false };
        let (tree, syntax) = (read.invoice.tree(), read.invoice.syntax());
        let pack = crate::rules::pack("en16931").unwrap();
        let table = pack.table(syntax);
        let (scene, seen) = (Scene::new(tree, syntax), Seen::of(tree));
        let mut plans = Plans::new(table, &scene, Remaining::of(table, &seen));
        for node in 0..tree.len() as NodeId {
            let (plan, mut passes) = (plans.of(node), HashSet::new());
            for candidate in table.contexts_of(tree.node(node).name) {
                let context = &table.contexts[usize::from(candidate.context)];
                let fits = scene.stands_in(node, context) && scene.satisfies_all(node, context);
                // Of each pass the first that it is in.
                if !fits || !passes.insert(context.pass) {
                    continue;
                }
                let planned = plans.at(plan).iter().find(|planned| std::ptr::eq(planned.context, context));
                let kept = planned.map(|planned| plans.entries(planned)).unwrap_or_default();
                for entry in context.entries.iter().filter(|e| !kept.iter().any(|k| std::ptr::eq(*k, *e))) {
                    let rule = pack.rules[usize::from(entry.rule)].id;
                    assert_eq!(scene.ask(node, &entry.ask), Ok(true), "{rule} at {}", tree.path(node));
                }
                let found = |live: Option<&Live>| -> Vec<_> {
                    let all = live.map(|live| strays(&scene, node, live)).unwrap_or_default();
                    all.into_iter().map(|stray| (stray.ban, stray.at, stray.attribute)).collect()
                };
                let live = planned.and_then(|planned| planned.bans.as_deref());
                assert_eq!(found(live), found(Some(&Live::whole(context))), "{}", tree.path(node));
            }
        }
        true
    }

    proptest! {
        #[test]
        fn what_is_passed_over_holds(
            which in 0..DOCUMENTS.len(),
            changes in proptest::collection::vec((0..400usize, 0..400usize, 0..4u8), 0..12),
        ) {
            let mut lines: Vec<String> = DOCUMENTS[which].lines().map(str::to_owned).collect();
            for (at, other, how) in changes {
                let (at, other) = (at % lines.len(), other % lines.len());
                let line = lines[at].clone();
                // Lines that are whole elements go, stand twice, stand elsewhere, or say something else.
                if !line.contains("</") || line.trim_start().starts_with("</") {
                    continue;
                }
                match how {
                    0 => _ = lines.remove(at),
                    1 => lines.insert(at, line),
                    2 => lines.insert(other.max(3), line),
                    _ => lines[at] = line.replace(['0', '1'], "x"),
                }
            }
            nothing_is_lost(&lines.join("\n"));
        }
    }

    #[test]
    fn the_examples_are_read() {
        assert!(DOCUMENTS.into_iter().all(nothing_is_lost));
    }
}
