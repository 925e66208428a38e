//! What was written, read with the ordinary reader and held against the draft, term by term.

use std::collections::HashSet;

use crate::edifact::{self, Fault, Options, Refusal};
use crate::formats::write::{Loss, Reason, held};
use crate::invoice::{Draft, Term, bt};
use crate::text::trim;

use super::super::{Derived, Partner, Why, stated};

/// What reading the written bytes gives.
pub(super) struct Checked {
    pub losses: Vec<Loss>,
    /// What breaks syntax or structure: none, or the writer has a fault.
    pub faults: Vec<Fault>,
    pub refusal: Option<Refusal>,
}

/// `constants` is what is agreed with the partner: of it, what the draft states counts as stated to whoever reads by the same agreement, and is told.
pub(super) fn check(draft: &Draft, known: Vec<Option<Reason>>, bytes: &[u8], constants: &[(Term, String)]) -> Checked {
    let constants = constants.iter().filter(|(term, text)| states(draft, *term, text)).cloned().collect();
    let partner = Partner { constants, ..Partner::default() };
    let options = Options { strictness: edifact::Strictness::STRICT, repetition: true };
    let (wholes, refusal) = edifact::read(bytes, &options);
    let mut faults: Vec<Fault> = Vec::new();
    let mut back = Draft::default();
    let mut derived = Vec::new();
    for whole in &wholes {
        faults.extend(whole.faults.iter().cloned());
        for message in &whole.messages {
            let stated = stated(message, &whole.packages, &partner);
            faults.extend(stated.faults);
            (back, derived) = (stated.draft, stated.derived);
        }
    }
    aligned(draft, &mut back);
    let mut losses = held(draft, known, &back);
    // No discount on the price is one of nothing.
    let nothing = |loss: &Loss| crate::decimal::parse(&loss.value).is_ok_and(|zero| zero.is_zero());
    losses.retain(|loss| loss.term != Some(bt::BT_147) || loss.reason == Reason::Added || !nothing(loss));
    let again = Again::of(&back);
    for loss in &mut losses {
        if let Some(other) = no_loss(loss, draft, &back, &derived, &again) {
            loss.reason = other;
        }
    }
    losses.extend(agreed(&partner, &derived));
    Checked { losses, faults, refusal }
}

/// Does the draft say so wherever it says the term?
fn states(draft: &Draft, term: Term, text: &str) -> bool {
    fn all<'d>(draft: &'d Draft, term: Term, found: &mut Vec<&'d str>) {
        let said = draft.said.iter().flat_map(|said| std::iter::once(said).chain(&said.parts));
        found.extend(said.filter(|said| said.term == term).map(|said| trim(&said.text)));
        draft.groups.iter().for_each(|group| all(group, term, found));
    }
    let mut found = Vec::new();
    all(draft, term, &mut found);
    !found.is_empty() && found.iter().all(|said| *said == trim(text))
}

/// What the reader took from the partner's file, each to be told.
fn agreed(partner: &Partner, derived: &[Derived]) -> Vec<Loss> {
    let taken = |term: Term| derived.iter().any(|d| d.why == Why::Partner && d.term == term);
    let told = partner.constants.iter().filter(|(term, _)| taken(*term) || term.parent().is_some_and(taken));
    told.map(|(term, text)| Loss {
        address: term.id().to_owned(),
        term: Some(*term),
        value: text.clone(),
        place: None,
        reason: Reason::Agreed,
    })
    .collect()
}

/// What is told and no loss: the same words are there in another place, or the syntax demands one.
fn no_loss(loss: &Loss, draft: &Draft, back: &Draft, derived: &[Derived], again: &Again) -> Option<Reason> {
    let term = loss.term?;
    let home = loss.address.rsplit_once('/').map_or("", |(home, _)| home);
    if loss.reason != Reason::Added {
        // The name by which somebody trades is another than the legal one, or none.
        let legal = [(bt::BT_28, bt::BG_4, bt::BT_27), (bt::BT_45, bt::BG_7, bt::BT_44)].into_iter();
        let same = |group, legal| draft.groups(group).any(|party| party.text(legal) == Some(loss.value.as_str()));
        let named = legal.filter(|(own, ..)| *own == term).any(|(_, group, legal)| same(group, legal));
        let order = term == bt::EXT_FR_FE_135 && back.text(bt::BT_13) == Some(loss.value.as_str());
        return (named || order || again.holds(loss)).then_some(Reason::Again);
    }
    let note = home.strip_prefix("BG-1[").and_then(|rest| rest.strip_suffix(']')?.parse::<usize>().ok());
    let nth = |draft: &'_ Draft, n: usize| draft.groups(bt::BG_1).nth(n.checked_sub(1)?).cloned();
    // Terms of payment of a French seller are also the note that the law asks for, and that note is also terms of payment.
    if let Some(own) = note.and_then(|n| nth(back, n))
        && own.text(bt::BT_21) == Some("AAB")
        && own.text(bt::BT_22).is_some_and(|text| draft.text(bt::BT_20) == Some(text))
        && derived.iter().any(|d| d.why == Why::Note)
    {
        return Some(Reason::Again);
    }
    if term == bt::BT_20 {
        let mut notes = draft.groups(bt::BG_1).filter(|note| note.text(bt::BT_21) == Some("AAB"));
        return notes.any(|note| note.text(bt::BT_22) == Some(loss.value.as_str())).then_some(Reason::Again);
    }
    let stated = note.and_then(|n| nth(draft, n)).is_some_and(|note| note.first(bt::BT_21).is_none());
    (term == bt::BT_21 && stated && loss.value == super::notes::GENERAL).then_some(Reason::Demanded)
}

/// What a draft says again in the same words, and the message says once: terms that the norm has once, accounts.
struct Again {
    /// What is said where no group repeats.
    there: HashSet<(Term, String)>,
    /// What accounts say.
    accounts: HashSet<(Term, String)>,
}

impl Again {
    fn of(back: &Draft) -> Again {
        fn once(draft: &Draft, there: &mut HashSet<(Term, String)>) {
            let said = draft.said.iter().filter(|said| !said.term.is_repeatable());
            there.extend(said.map(|said| (said.term, trim(&said.text).to_owned())));
            let inside = draft.groups.iter().filter(|group| group.term.is_some_and(|term| !term.is_repeatable()));
            inside.for_each(|group| once(group, there));
        }
        let mut there = HashSet::new();
        once(back, &mut there);
        let mut accounts = HashSet::new();
        let means = back.groups(bt::BG_16).flat_map(|means| means.groups(bt::BG_17));
        means.for_each(|account| once(account, &mut accounts));
        Again { there, accounts }
    }

    /// The message has one payment means: what a second one says again is there, and its accounts stand with the first.
    fn holds(&self, loss: &Loss) -> bool {
        let Some(term) = loss.term.filter(|_| loss.reason != Reason::Added) else { return false };
        let own = (term, loss.value.clone());
        let home = loss.address.rsplit_once('/').map_or("", |(home, _)| home);
        let single = home.is_empty() || home.starts_with("BG-16[") && !home.contains('/');
        single && self.there.contains(&own) || term.group() == Some(bt::BG_17) && self.accounts.contains(&own)
    }
}

/// Puts the groups that the norm repeats in the order of the draft: the reader has notes of one code behind those of others, leaves out what came
/// to nothing, and takes an account that is stated twice for one.
fn aligned(draft: &Draft, back: &mut Draft) {
    let mut terms: Vec<Term> = draft.groups.iter().filter_map(|group| group.term).collect();
    terms.sort_unstable();
    terms.dedup();
    for term in terms {
        let wanted: Vec<&Draft> = draft.groups(term).collect();
        if !term.is_repeatable() {
            // Groups that are there once in the norm: whatever is in them is in one.
            if let (Some(first), Some(own)) =
                (wanted.first(), back.groups.iter_mut().find(|group| group.term == Some(term)))
            {
                aligned(first, own);
            }
            continue;
        }
        let (found, rest): (Vec<Draft>, Vec<Draft>) =
            std::mem::take(&mut back.groups).into_iter().partition(|group| group.term == Some(term));
        back.groups = rest;
        let mut found: Vec<Option<Draft>> = found.into_iter().map(Some).collect();
        let equal = wanted.len() == found.len();
        let mut placed: Vec<Option<Draft>> = wanted.iter().map(|_| None).collect();
        // First what is at its place, then what is like it elsewhere.
        for (n, wanted) in wanted.iter().enumerate() {
            let own = found.get_mut(n).filter(|own| own.as_ref().is_some_and(|own| is_like(wanted, own, equal)));
            placed[n] = own.and_then(Option::take);
        }
        for (n, wanted) in wanted.iter().enumerate().take(SEARCHED) {
            if placed[n].is_none() {
                let near = found.iter_mut().take(SEARCHED).enumerate();
                let likes = near.map(|(at, own)| (own.as_ref().map_or(0, |own| likeness(wanted, own)), at));
                let best = likes.filter(|(score, _)| *score > 0).max_by_key(|(score, at)| (*score, usize::MAX - at));
                placed[n] = best.and_then(|(_, at)| found.get_mut(at)).and_then(Option::take);
            }
        }
        for (own, wanted) in placed.into_iter().zip(&wanted) {
            let mut own = own.unwrap_or_else(|| Draft::group(term, None));
            aligned(wanted, &mut own);
            back.groups.push(own);
        }
        back.groups.extend(found.into_iter().flatten());
    }
}

/// Beyond so many groups of one kind only what is at its place is looked at.
const SEARCHED: usize = 500;

fn is_like(wanted: &Draft, own: &Draft, equal: bool) -> bool {
    let score = likeness(wanted, own);
    if equal && wanted.term == Some(bt::BG_25) { true } else { score > 0 && score == wanted.count() }
}

/// How many terms two groups say alike.
fn likeness(a: &Draft, b: &Draft) -> usize {
    let own =
        a.said.iter().filter(|said| b.said.iter().any(|o| o.term == said.term && trim(&o.text) == trim(&said.text)));
    let own: usize = own.map(|said| 1 + said.parts.len()).sum();
    let inside = a.groups.iter().map(|group| {
        b.groups.iter().filter(|other| other.term == group.term).map(|other| likeness(group, other)).max().unwrap_or(0)
    });
    own + inside.sum::<usize>()
}
