//! INVOIC to what an invoice states: segments to groups by position, groups to terms by the binding, and the meanings that no table can say.
//!
//! Nothing is guessed in silence: what a message leaves to be worked out, translated or supplied is [`Derived`], what no term takes is told, and
//! what has no place in the message is a fault and is not read.

mod allowance;
mod answer;
pub mod aperak;
mod binding;
mod cascade;
mod counts;
mod credit;
mod date;
mod derived;
mod discount;
mod document;
mod doubt;
mod exemption;
mod files;
mod fill;
mod forms;
mod function;
mod groups;
mod held;
mod instalments;
mod issued;
mod left;
mod line;
mod partner;
mod party;
mod preceding;
mod price;
mod quantity;
mod received;
mod same;
mod structure;
mod subline;
mod tax;
mod terms;
mod text;
mod totals;
mod unit;
mod way;
pub mod write;

use std::borrow::Cow;

use crate::decimal::Decimal;
use crate::edifact::{Fault, Message, Package};
use crate::invoice::{Draft, Place, bt};
use crate::text::visible;

pub use answer::{Came, Says, among, came, is_answer, kind_of};
pub use binding::home;
pub use counts::Miscount;
pub use derived::{Derived, Why};
pub use doubt::{Doubt, Remark};
pub use function::Function;
pub use partner::{Answering, AperakWhen, Partner};
pub use party::scheme_of_agency;
pub use received::{NoInvoic, Received, Survey, is_edifact, partner_of, place_of, received};
pub use structure::Directory;

/// An INVOIC as what it states.
#[derive(Debug, Clone)]
pub struct Stated {
    pub draft: Draft,
    /// By which directory it was read.
    pub directory: Directory,
    /// Whose choice that is.
    pub chosen: Chosen,
    /// What breaks the syntax or the structure of the message.
    pub faults: Vec<Fault>,
    pub derived: Vec<Derived>,
    /// Segments, or components of them, that say something which no term of EN 16931 takes.
    pub untaken: Vec<Untaken>,
    pub unbalanced: Vec<Unbalanced>,
    /// What it says twice, differently.
    pub doubts: Vec<Doubt>,
    /// What it says in a way that leaves open what is meant, or that does not add up.
    pub remarks: Vec<Remark>,
    /// The amount due of a credit note that writes it negative, and its place, where no agreement says that this partner does so.
    pub negative: Option<(String, Option<Place>)>,
    /// What it is sent for (BGM 1225), as written, and its place.
    pub function: (String, Option<Place>),
    /// Lines that it deletes or changes (LIN 1229), as written, and their places: it is no whole invoice.
    pub amended: Vec<(String, Option<Place>)>,
    /// Does its interchange call itself a test (UNB 0035)?
    pub test: bool,
    /// Parties and terms of payment that it calls otherwise than is usual: NAD+SE, and NAD+SU, which is there.
    pub parties: Vec<(String, String)>,
    /// The rates of VAT that its header states, where they are several: none of them is that of a line that says none.
    pub rates: Vec<String>,
    /// Places of prices that it gives for 0 units.
    pub zero_bases: Vec<Option<Place>>,
    /// Control totals (CNT) that are not what they count.
    pub miscounts: Vec<Miscount>,
}

/// Why a message is read by a directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Chosen {
    /// It names it.
    Named,
    /// It names one that is not known: this one is the nearest.
    Nearest,
    /// It names another; the partner file says this one.
    Agreed,
}

/// A segment that no term takes, or a component of it: `TDT+20`, `RFF+ON 1.3`, and its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Untaken {
    pub segment: String,
    pub place: Option<Place>,
}

/// A line whose net amount is neither quantity × price (`reached`) nor that with the charges less allowances of the line (`balance`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unbalanced {
    pub place: Option<Place>,
    pub amount: Decimal,
    pub reached: Decimal,
    pub balance: Decimal,
}

/// Reads an INVOIC. `packages` are those of its interchange. Never panics, whatever the message.
pub fn stated(message: &Message, packages: &[Package], partner: &Partner) -> Stated {
    let own = Directory::of(&message.kind);
    let directory = partner.directory.unwrap_or(own);
    let groups = groups::Groups::of(message, directory.structure(), &partner.strictness);
    let mut filler = fill::Filler::new(&groups, directory);
    filler.cut = message.faults.iter().any(received::is_cut);
    filler.turns = partner.negative_credit_notes;
    let mut draft = filler.document();
    if let Some((_, profile)) = partner.constants.iter().find(|(term, _)| *term == bt::BT_24) {
        filler.profile.clone_from(profile);
    }
    let lines = subline::finish(&mut filler, &mut draft);
    for group in &mut draft.groups {
        allowance::reasons(&mut filler, group);
    }
    document::finish(&mut filler, &mut draft, &message.envelope, &partner.constants);
    cascade::of_document(&mut filler, &mut draft);
    tax::of_document(&mut filler, &mut draft);
    tax::idle(&mut filler, &mut draft);
    held::of_header(&mut filler, &draft);
    exemption::finish(&mut filler, &mut draft);
    totals::finish(&mut filler, &mut draft);
    issued::finish(&mut filler, &draft);
    instalments::finish(&mut filler, &mut draft);
    files::attach(&mut filler, &mut draft, packages);
    partner::constants(&mut filler, &mut draft, partner);
    if filler.turning {
        credit::positive(&mut filler, &mut draft);
    }
    filler.tell_marks();
    let negative = credit::negative(&draft);
    let mut doubts = std::mem::take(&mut filler.doubts);
    doubt::doubts(&draft, &mut doubts);
    doubt::currencies(&filler, &mut doubts);
    party::doubts(&filler, &draft, &mut doubts);
    doubts.extend(due_twice(&draft));
    // What is not taken is lost, whoever is right.
    doubts.iter().for_each(|doubt| filler.lose(&doubt.place));
    let bgm = filler.segments(groups::MESSAGE, structure::tag("BGM")).next();
    let function = bgm.map(|(at, bgm)| (bgm.text(3, 1).trim().to_owned(), filler.place(at, 3, 1))).unwrap_or_default();
    let nodes = groups.children(groups::MESSAGE).filter(|node| groups.tag(groups.trigger(*node)) == groups::LIN);
    let actions = nodes
        .map(|node| groups.trigger(node))
        .filter_map(|at| Some((at, groups.segment(at)?.text(2, 1).trim().to_owned())));
    let amended = actions.filter(|(_, action)| matches!(&**action, "2" | "3"));
    let amended = amended.map(|(at, action)| (action, filler.place(at, 2, 1))).collect();
    let miscounts = counts::wrong(&filler, [lines, draft.groups(bt::BG_25).count()]);
    let untaken = left::over(&filler, &draft).into_iter().map(|left| untaken(&groups, &filler, left)).collect();
    let (derived, unbalanced) = (std::mem::take(&mut filler.derived), std::mem::take(&mut filler.unbalanced));
    let mut faults = message.faults.clone();
    faults.extend(groups.faults.iter().cloned());
    let chosen = match partner.directory {
        _ if directory.is_named(&message.kind) => Chosen::Named,
        Some(_) => Chosen::Agreed,
        None => Chosen::Nearest,
    };
    // A directory that is only the nearest, and not agreed, has other forms.
    if chosen != Chosen::Nearest {
        faults.extend(forms::faults(message, directory, &partner.strictness));
    }
    let test = message.envelope.is_test();
    let mut parties = parties(&groups, &draft, directory);
    parties.extend(payment(&groups, &draft, directory));
    Stated {
        draft,
        directory,
        chosen,
        faults,
        derived,
        untaken,
        unbalanced,
        doubts,
        remarks: std::mem::take(&mut filler.remarks),
        negative,
        function,
        amended,
        test,
        parties,
        rates: tax::several_rates(&filler),
        zero_bases: std::mem::take(&mut filler.zero_bases),
        miscounts,
    }
}

/// Two days on which payment is due: EN 16931 has one, and nothing says which holds.
fn due_twice(draft: &Draft) -> impl Iterator<Item = Doubt> {
    let mut due = draft.said.iter().filter(|said| said.term == bt::BT_9);
    let read = due.next();
    read.into_iter().flat_map(move |read| {
        due.clone()
            .filter(|other| doubt::differ(read, other))
            .map(|other| Doubt::twice(bt::BT_9, &*read.text, &*other.text, other.place.clone()))
    })
}

fn untaken(groups: &groups::Groups<'_>, filler: &fill::Filler<'_>, (segment, e, c): left::Left) -> Untaken {
    let name = groups.segment(segment).map(|s| {
        let qualifier = s.text(1, 1);
        // What is longer than its form and a qualifier all the same is shown as far as it tells which it is.
        let is_code = || filler.directory.forms().component(s.tag(), 1, 1).is_some_and(|form| form.most <= 3);
        match s.tag().len() {
            // What is first in UNH is the number of the message.
            3 if qualifier.is_empty() || s.tag() == "UNH" => s.tag().to_owned(),
            3 if qualifier.len() <= 3 || is_code() => format!("{}+{}", s.tag(), visible(&shortened(&qualifier, 8))),
            3 => s.tag().to_owned(),
            // Text that lost its segment has no tag.
            _ => visible(&s.opening()).chars().take(30).collect(),
        }
    });
    let part = match (e, c) {
        (0, _) => String::new(),
        (e, 0) => format!(" {e}"),
        (e, c) => format!(" {e}.{c}"),
    };
    Untaken { segment: name.unwrap_or_default() + &part, place: filler.place(segment, e, c) }
}

/// At most so many characters of a text, and whether there are more.
fn shortened(text: &str, most: usize) -> Cow<'_, str> {
    match text.char_indices().nth(most) {
        Some((at, _)) => Cow::Owned(format!("{}…", text.get(..at).unwrap_or_default())),
        None => Cow::Borrowed(text),
    }
}

/// The parties of the draft that stand under another qualifier than the one that is named first.
fn parties(groups: &groups::Groups<'_>, draft: &Draft, directory: Directory) -> Vec<(String, String)> {
    let own = draft.groups.iter().filter_map(|group| {
        let (Some(term), Some(Place::Edifact { segment, .. })) = (group.term, &group.place) else { return None };
        let nad = groups.segment(segment.checked_sub(1)?).filter(|nad| nad.tag() == "NAD")?;
        let own = format!("NAD+{}", nad.text(1, 1).trim());
        let usual = binding::home_of_group(directory, term)?;
        (usual.starts_with("NAD+") && *usual != *own).then(|| (usual.to_owned(), own))
    });
    own.collect()
}

/// The terms of payment in which BT-9 stands, or would: PAT+1 is usual, PAT+3 may be there.
fn payment(groups: &groups::Groups<'_>, draft: &Draft, directory: Directory) -> Option<(String, String)> {
    let all: Vec<_> = groups.heads().iter().filter_map(|node| groups.segment(groups.trigger(*node))).collect();
    let day = draft.first(bt::BT_9).and_then(|said| match said.place {
        Some(Place::Edifact { segment, .. }) => Some(segment),
        _ => None,
    });
    // Of those before the day, the last; without a day, the first.
    let mut terms = all.iter().filter(|pat| pat.tag() == "PAT" && matches!(&*pat.text(1, 1), "1" | "3" | "7"));
    let own = match day {
        Some(day) => terms.rfind(|pat| pat.number() <= day),
        None => terms.next(),
    };
    let own = format!("PAT+{}", own?.text(1, 1));
    let usual = home(directory, bt::BT_9)?;
    let usual = usual.split(" / ").next().filter(|usual| usual.starts_with("PAT+"))?.to_owned();
    (own != usual).then_some((usual, own))
}

#[cfg(test)]
mod tests;
