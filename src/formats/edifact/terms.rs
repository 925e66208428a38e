//! Discounts and penalties as codes (PAT+22, PAT+20; PYT in D16B): EN 16931 has a text for them (BT-20), French law a note each (AAB, PMD).
//!
//! A sentence is made of what the codes say, where no text says it; what cannot be said so is left, and told as not carried.

use crate::day::Day;
use crate::edifact::{Segment, plain};
use crate::invoice::{Draft, Place, Said, bt};

use super::Why;
use super::date;
use super::document::is_french;
use super::fill::Filler;
use super::structure::{Directory, tag};

/// A sentence, the note that French law has for it, where it stands, and the components that it says.
struct Sentence {
    subject: &'static str,
    text: String,
    place: Option<Place>,
    read: Vec<(u32, usize, usize)>,
}

pub(super) fn finish(filler: &mut Filler<'_>, draft: &mut Draft) {
    let french = is_french(draft);
    let found = sentences(filler, french);
    let notes: Vec<String> =
        draft.groups(bt::BG_1).filter_map(|note| note.text(bt::BT_21)).map(str::to_owned).collect();
    let free = draft.text(bt::BT_20).is_none();
    if free && !found.is_empty() {
        let text: Vec<&str> = found.iter().map(|one| one.text.as_str()).collect();
        let place = found.first().and_then(|one| one.place.clone());
        draft.said.push(Said::new(bt::BT_20, text.join(" "), place.clone()));
        filler.derive(bt::BT_20, place, Why::Sentence);
    }
    for subject in ["AAB", "PMD"] {
        let own: Vec<&Sentence> = found.iter().filter(|one| one.subject == subject).collect();
        let note = french && notes.iter().all(|note| note != subject);
        if own.is_empty() || !(free || note) {
            continue;
        }
        own.iter().flat_map(|one| &one.read).for_each(|(at, e, c)| filler.read(*at, *e, *c..=*c));
        let place = own.first().and_then(|one| one.place.clone());
        if note {
            let text: Vec<&str> = own.iter().map(|one| one.text.as_str()).collect();
            let mut group = Draft::group(bt::BG_1, place.clone());
            group.said.push(Said::new(bt::BT_21, subject, place.clone()));
            group.said.push(Said::new(bt::BT_22, text.join(" "), place.clone()));
            filler.derive(bt::BG_1, place, Why::Sentence);
            draft.groups.push(group);
        }
    }
}

fn sentences(filler: &Filler<'_>, french: bool) -> Vec<Sentence> {
    let groups = filler.groups;
    let trigger = tag(if filler.directory == Directory::D16B { "PYT" } else { "PAT" });
    let nodes = groups.heads().iter().filter(|node| groups.tag(groups.trigger(**node)) == trigger);
    nodes.filter_map(|node| sentence(filler, *node, french)).collect()
}

/// The segment of a group with a tag, if it has one; none where it has several.
pub(super) fn only<'m>(filler: &Filler<'m>, node: u32, name: &str) -> Option<Option<(u32, Segment<'m>)>> {
    let mut all = filler.segments(node, tag(name));
    let first = all.next();
    all.next().is_none().then_some(first)
}

/// The percentage and the amount of a group, in words, or whichever of them it has; what was read of it is added.
pub(super) fn how_much(
    filler: &Filler<'_>,
    node: u32,
    french: bool,
    read: &mut Vec<(u32, usize, usize)>,
) -> Option<String> {
    let number = |text: &str| {
        let number = plain(text.trim()).ok()?.into_owned();
        Some(if french { number.replace('.', ",") } else { number })
    };
    let share = match only(filler, node, "PCD")? {
        Some((n, pcd)) => {
            read.extend([(n, 1, 1), (n, 1, 2)]);
            Some(format!("{}{}", number(&pcd.text(1, 2))?, if french { " %" } else { "%" }))
        }
        None => None,
    };
    let amount = match only(filler, node, "MOA")? {
        Some((n, moa)) => {
            read.extend([(n, 1, 1), (n, 1, 2), (n, 1, 3)]);
            let own = moa.text(1, 3).trim().to_owned();
            let currency = if own.is_empty() { filler.currency().to_owned() } else { own };
            Some(format!("{} {currency}", number(&moa.text(1, 2))?).trim_end().to_owned())
        }
        None => None,
    };
    match (share, amount) {
        (Some(share), Some(amount)) => Some(format!("{share} ({amount})")),
        (share, amount) => share.or(amount),
    }
}

/// What a group says as a sentence; none where it says neither percentage nor amount, or something that the sentence could not say.
fn sentence(filler: &Filler<'_>, node: u32, french: bool) -> Option<Sentence> {
    let at = filler.groups.trigger(node);
    let pat = filler.groups.segment(at)?;
    let discount = match &*pat.text(1, 1) {
        "22" => true,
        "20" => false,
        _ => return None,
    };
    let mut read = vec![(at, 1, 1)];
    let how_much = how_much(filler, node, french, &mut read)?;
    // PYT has as elements what PAT has as components.
    let part = |n: usize| if filler.directory == Directory::D16B { (n + 2, 1) } else { (3, n) };
    let said = |n: usize| pat.text(part(n).0, part(n).1).trim().to_owned();
    let when = match (only(filler, node, "DTM")?, said(4)) {
        (Some((n, dtm)), count) if count.is_empty() => {
            let day = Day::parse_iso(&date::one(&dtm.text(1, 2), &dtm.text(1, 3))?)?;
            read.extend([(n, 1, 1), (n, 1, 2), (n, 1, 3)]);
            let day =
                if french { format!("{:02}/{:02}/{:04}", day.day(), day.month(), day.year()) } else { day.to_string() };
            match (discount, french) {
                (true, true) => format!(" pour un paiement au plus tard le {day}"),
                (true, false) => format!(" for payment by {day}"),
                (false, true) => format!(" à partir du {day}"),
                (false, false) => format!(" from {day}"),
            }
        }
        (None, count) if count.is_empty() => String::new(),
        (None, count) => {
            let count: u32 = count.parse().ok()?;
            let unit = match (&*said(3), french) {
                ("D" | "CD" | "", true) => "jours",
                ("D" | "CD" | "", false) => "days",
                ("W", true) => "semaines",
                ("W", false) => "weeks",
                ("M", true) => "mois",
                ("M", false) => "months",
                _ => return None,
            };
            let from = match (&*said(1), french) {
                ("5", true) => " après la date de la facture",
                ("5", false) => " of the date of the invoice",
                ("", _) => "",
                _ => return None,
            };
            if !matches!(&*said(2), "3" | "") {
                return None;
            }
            read.extend((1..=4).map(|n| (at, part(n).0, part(n).1)));
            match (discount, french) {
                (true, true) => format!(
                    " pour un paiement au plus tard {count} {unit}{}",
                    if from.is_empty() { " après la facture" } else { from }
                ),
                (true, false) => format!(" for payment within {count} {unit}{from}"),
                (false, true) => format!(" au-delà de {count} {unit}{from}"),
                (false, false) => format!(" after {count} {unit}{from}"),
            }
        }
        _ => return None,
    };
    let (subject, what) = match (discount, french) {
        (true, true) => ("AAB", "Escompte de "),
        (true, false) => ("AAB", "Discount of "),
        (false, true) => ("PMD", "Pénalités de retard : "),
        (false, false) => ("PMD", "Late payment penalty of "),
    };
    let text = format!("{what}{how_much}{when}.");
    Some(Sentence { subject, text, place: filler.place(at, 1, 1), read })
}
