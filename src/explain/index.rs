//! What is called what: every id that facteur prints or reads, and what it stands for.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::apart::{self, Apart};
use super::codes::{List, lists, name};
use super::key::key;
use super::page::Explanation;
use super::{cause, code, rule, status, term};
use crate::invoice::Term;
use crate::lifecycle::{self, CdarReason, CdarStatus, FlowState, Status};
use crate::near;
use crate::problems::{self, Category, Cause};
use crate::rules::{self, Pack};
use crate::text::Lang;

/// One thing that an id stands for.
#[derive(Clone, Copy)]
pub enum What {
    /// A rule of a pack, a rule of ours, or a mention.
    Rule(&'static str),
    Pack(&'static Pack),
    /// What runs beside the packs, or a number that an official set skips.
    Apart(&'static Apart),
    Term(Term),
    List(&'static List),
    Code(&'static List, &'static str),
    /// A status of the French life cycle.
    Status(&'static CdarStatus),
    Reason(&'static CdarReason),
    /// A status of an invoice, and the state of a deposit, at Chorus Pro.
    Chorus(&'static Status),
    Deposit(&'static str, FlowState),
    Cause(&'static Cause),
    Category(&'static Category),
}

impl What {
    /// As its authority writes it.
    pub fn id(&self) -> &'static str {
        match *self {
            What::Rule(id) | What::Code(_, id) | What::Deposit(id, _) => id,
            What::Pack(pack) => pack.id,
            What::Apart(apart) => &apart.id,
            What::Term(term) => term.id(),
            What::List(list) => &list.id,
            What::Status(status) => status::number(status),
            What::Reason(reason) => &reason.code,
            What::Chorus(status) => &status.code,
            What::Cause(cause) => &cause.id,
            What::Category(category) => &category.id,
        }
    }

    /// Its name; a code that has none bears that of its list.
    pub fn title(&self, lang: Lang) -> String {
        match *self {
            What::Rule(id) => rule::title(id, lang),
            What::Pack(pack) => rule::pack_title(pack, lang),
            What::Apart(apart) => apart.title.get(lang).to_owned(),
            What::Term(term) => term.name(lang).to_owned(),
            What::List(list) => list.title.get(lang).to_owned(),
            What::Code(list, code) => name(list, code, lang).unwrap_or_else(|| list.title.get(lang)).to_owned(),
            What::Status(status) => status.label.get(lang).to_owned(),
            What::Reason(reason) => reason.label.get(lang).to_owned(),
            What::Chorus(status) => status.label.get(lang).to_owned(),
            What::Deposit(_, state) => status::deposit_title(state, lang).to_owned(),
            What::Cause(cause) => cause.label.get(lang).to_owned(),
            What::Category(category) => category.label.get(lang).to_owned(),
        }
    }

    /// All that is known of it.
    pub fn explained(&self, lang: Lang) -> Explanation {
        match *self {
            What::Rule(id) => rule::explained(id, lang),
            What::Pack(pack) => rule::pack(pack, lang),
            What::Apart(apart) => apart::explained(apart, lang),
            What::Term(term) => term::explained(term, lang),
            What::List(list) => code::list(list, lang),
            What::Code(list, code) => code::code(list, code, lang),
            What::Status(status) => status::cdar(status, lang),
            What::Reason(reason) => status::reason(reason, lang),
            What::Chorus(status) => status::chorus(status, lang),
            What::Deposit(id, state) => status::deposit(id, state, lang),
            What::Cause(cause) => cause::cause(cause, lang),
            What::Category(category) => cause::category(category, lang),
        }
    }

    /// Who asks for an id that means several things probably means this first.
    fn rank(&self) -> usize {
        match self {
            What::Rule(_) | What::Apart(_) => 0,
            What::Term(_) => 1,
            What::Status(_) => 2,
            What::Cause(_) => 3,
            What::Reason(_) => 4,
            What::Chorus(_) => 5,
            What::Deposit(..) => 6,
            What::Code(list, code) => {
                let place = lists().iter().position(|known| known.id == list.id).unwrap_or(0);
                // A code without a name is the least of guesses.
                if list.named(code).is_some() { 10 + place } else { 100 + place }
            }
            What::List(_) => 50,
            What::Pack(_) => 51,
            What::Category(_) => 52,
        }
    }
}

/// Everything, by kind, in the order of its tables.
pub fn everything() -> impl Iterator<Item = What> {
    INDEX.all.iter().copied()
}

/// What is called so, most likely first.
pub fn called(key: &str) -> Vec<What> {
    let found = INDEX.by_key.get(key).map(Vec::as_slice).unwrap_or_default();
    found.iter().map(|at| INDEX.all[*at]).collect()
}

/// Ids like it, as they are written.
pub fn near(wanted: &str, most: usize) -> Vec<&'static str> {
    // Whoever misspells a code that nobody named meant another.
    let known = INDEX.by_key.iter().filter(|(_, all)| all.iter().any(|at| INDEX.all[*at].rank() < 100));
    let mut keys: Vec<&str> = known.map(|(key, _)| key.as_str()).collect();
    keys.sort_unstable();
    let near = near::ids(wanted, keys, most);
    near.iter().filter_map(|key| called(key).first().map(What::id)).collect()
}

struct Index {
    all: Vec<What>,
    by_key: HashMap<String, Vec<usize>>,
}

static INDEX: LazyLock<Index> = LazyLock::new(|| {
    let all: Vec<What> = gathered().collect();
    let mut by_key: HashMap<String, Vec<usize>> = HashMap::with_capacity(all.len());
    for (at, what) in all.iter().enumerate() {
        let mut keys = vec![key(what.id())];
        if let What::List(list) = what {
            keys.push(key(&list.name));
            keys.extend(list.also.iter().map(|name| key(name)));
            // `UNTDID 1001` is asked for as `UNTDID-1001` and the like, and `ISO 3166` without its part.
            keys.sort();
            keys.dedup();
        }
        for key in keys {
            by_key.entry(key).or_default().push(at);
        }
    }
    by_key.values_mut().for_each(|found| found.sort_by_key(|at| all[*at].rank()));
    Index { all, by_key }
});

fn gathered() -> impl Iterator<Item = What> {
    let rules = rules::explained().map(What::Rule);
    let codes = lists().iter().flat_map(|list| list.codes.iter().map(move |code| What::Code(list, code.as_str())));
    rules
        .chain(rules::packs().iter().map(What::Pack))
        .chain(apart::all().iter().map(What::Apart))
        .chain(Term::all().chain(Term::of_messages()).map(What::Term))
        .chain(lifecycle::cdar_statuses().iter().map(What::Status))
        .chain(lifecycle::cdar_reasons().iter().map(What::Reason))
        .chain(lifecycle::chorus_statuses().iter().map(What::Chorus))
        .chain(lifecycle::chorus_flow_states().map(|(id, state)| What::Deposit(id, state)))
        .chain(problems::categories().iter().map(What::Category))
        .chain(problems::causes().iter().map(What::Cause))
        .chain(lists().iter().map(What::List))
        .chain(codes)
}
