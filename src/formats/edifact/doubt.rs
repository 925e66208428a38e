//! What a message says twice and differently where an invoice says it once. The first is read; which one is meant nobody can tell but the sender.

use crate::invoice::{Draft, Kind, Place, Said, Term, bt};
use crate::text::{Lang, Text};

use super::fill::Filler;
use super::groups::MESSAGE;
use super::line::value;
use super::structure::tag;

/// A term that the message states again, with another value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Doubt {
    pub term: Term,
    /// What was read.
    pub read: String,
    /// What the message says beside it, and where.
    pub other: String,
    pub place: Option<Place>,
    /// Does it leave open what is invoiced? If not, the two are amounts that bear different codes.
    pub open: bool,
    /// Is it an amount in another currency (`read` is that of the invoice, of BT-111 that of BT-6), with none in that of the invoice beside it?
    pub foreign: bool,
}

/// Something that is read, and in doubt all the same: which terms it is about, what is doubtful, and what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remark {
    pub terms: Vec<Term>,
    pub place: Option<Place>,
    pub what: Text,
    pub fix: Text,
    /// Does it leave open what is invoiced?
    pub open: bool,
}

impl Doubt {
    pub(super) fn twice(term: Term, read: impl Into<String>, other: impl Into<String>, place: Option<Place>) -> Doubt {
        Doubt { term, read: read.into(), other: other.into(), place, open: true, foreign: false }
    }
}

impl Remark {
    /// A number that is parted like thousands, by a mark that is not that of UNA.
    pub(super) fn thousands(term: Term, written: &str, decimal: u8, place: Option<Place>) -> Remark {
        let (read, whole) = (written.replace(',', "."), written.replace([',', '.'], ""));
        let mark = char::from(decimal);
        Remark {
            terms: vec![term],
            place,
            what: Text::new(
                format!(
                    "{} est écrit « {written} », et la marque décimale de UNA est « {mark} » : {read} est lu, mais l’autre signe peut séparer des milliers ({whole})",
                    term.called(Lang::Fr)
                ),
                format!(
                    "{} is written \"{written}\", and the decimal mark of UNA is \"{mark}\": {read} is read, but the other sign may part thousands ({whole})",
                    term.called(Lang::En)
                ),
            ),
            fix: Text::new(
                "Demander à l’émetteur ce qui vaut, et des nombres sans séparateur de milliers, avec la marque décimale de UNA.",
                "Ask the sender which holds, and for numbers without a separator of thousands, with the decimal mark of UNA.",
            ),
            open: matches!(term.kind(), Kind::Amount | Kind::UnitPrice | Kind::Quantity),
        }
    }

    /// A date of several days (`text`) where the term is one day.
    pub(super) fn several_days(term: Term, dtm: &str, text: &str, place: Option<Place>) -> Remark {
        let text: String = text.trim().chars().take(35).collect();
        let (fr, en) = (term.called(Lang::Fr), term.called(Lang::En));
        Remark {
            open: false,
            terms: vec![term],
            place,
            what: Text::new(
                format!(
                    "{dtm} dit plusieurs jours ({text}), et {fr} en est un seul : rien n’en est lu, car rien ne dit lequel"
                ),
                format!(
                    "{dtm} says several days ({text}), and {en} is one: nothing is read from it, since nothing says which"
                ),
            ),
            fix: Text::new(
                "Demander à l’émetteur un jour (2379 = 102, CCYYMMDD) ; une période a ses propres DTM (167 et 168, 263).",
                "Ask the sender for a day (2379 = 102, CCYYMMDD); a period has DTM of its own (167 and 168, 263).",
            ),
        }
    }
}

/// Terms that decide what is invoiced, to whom and for how much, and that EN 16931 has once. UBL and CII that state one of them twice are no invoices.
pub(super) fn is_once(term: Term) -> bool {
    matches!(
        term,
        bt::BT_1
            | bt::BT_2
            | bt::BT_3
            | bt::BT_5
            | bt::BT_27
            | bt::BT_31
            | bt::BT_44
            | bt::BT_48
            | bt::BT_92
            | bt::BT_95
            | bt::BT_96
            | bt::BT_99
            | bt::BT_102
            | bt::BT_103
            | bt::BT_106
            | bt::BT_107
            | bt::BT_108
            | bt::BT_109
            | bt::BT_110
            | bt::BT_111
            | bt::BT_112
            | bt::BT_113
            | bt::BT_114
            | bt::BT_115
            | bt::BT_116
            | bt::BT_117
            | bt::BT_118
            | bt::BT_119
            | bt::BT_126
            | bt::BT_129
            | bt::BT_130
            | bt::BT_131
            | bt::BT_136
            | bt::BT_141
            | bt::BT_146
            | bt::BT_148
            | bt::BT_149
            | bt::BT_150
            | bt::BT_151
            | bt::BT_152
            | bt::BT_157
    )
}

/// Groups that EN 16931 has once where they stand: two of them are one that says everything twice.
const ONE: [Term; 4] = [bt::BG_4, bt::BG_7, bt::BG_22, bt::BG_29];

/// All such terms of a draft.
pub(super) fn doubts(draft: &Draft, found: &mut Vec<Doubt>) {
    among(draft.said.iter(), found);
    for term in ONE {
        if draft.groups(term).nth(1).is_some() {
            among(draft.groups(term).flat_map(|group| &group.said), found);
        }
    }
    for group in &draft.groups {
        let told = group.term.filter(|term| ONE.contains(term)).is_some_and(|term| draft.groups(term).nth(1).is_some());
        if told {
            group.groups.iter().for_each(|inner| doubts(inner, found));
        } else {
            doubts(group, found);
        }
    }
}

/// A currency that stands with one amount or price (CUX+2 behind MOA or PRI) and is not that of the invoice.
pub(super) fn currencies(filler: &Filler<'_>, found: &mut Vec<Doubt>) {
    let groups = filler.groups;
    let header: Vec<u32> = filler.segments(MESSAGE, tag("CUX")).map(|(at, _)| at).collect();
    for at in (0..u32::try_from(groups.message.len()).unwrap_or(u32::MAX)).filter(|at| groups.tag(*at) == tag("CUX")) {
        let Some(cux) = groups
            .segment(at)
            .filter(|_| header.binary_search(&at).is_err() && groups.aside.binary_search(&at).is_err())
        else {
            continue;
        };
        for e in (1..=2).filter(|e| &*cux.text(*e, 1) == "2") {
            let own = cux.text(e, 2).trim().to_owned();
            if !own.is_empty() && !filler.currency().is_empty() && own != filler.currency() {
                found.push(Doubt::twice(bt::BT_5, filler.currency(), own, filler.place(at, e, 2)));
            }
        }
    }
}

fn among<'d>(said: impl Iterator<Item = &'d Said> + Clone, found: &mut Vec<Doubt>) {
    // A set of terms: most say each once, and need no closer look.
    let (mut seen, mut again) = ([0u64; 8], false);
    for said in said.clone() {
        let (word, bit) = (said.term.index() / 64, 1u64 << (said.term.index() % 64));
        match seen.get_mut(word) {
            Some(word) => {
                again |= *word & bit != 0;
                *word |= bit;
            }
            None => again = true,
        }
    }
    if !again {
        return;
    }
    // One of each term, of which there are few.
    let mut first: Vec<&Said> = Vec::new();
    for said in said.filter(|said| is_once(said.term)) {
        let Some(known) = first.iter().find(|known| known.term == said.term) else {
            first.push(said);
            continue;
        };
        if differ(known, said) {
            found.push(Doubt::twice(said.term, &*known.text, &*said.text, said.place.clone()));
        }
    }
}

/// A VAT number without blanks and small letters.
pub(super) fn vat_number(said: &Said) -> Option<String> {
    let is_vat = matches!(said.term, bt::BT_31 | bt::BT_48 | bt::BT_63);
    is_vat.then(|| said.text.split_whitespace().collect::<String>().to_uppercase())
}

/// Do they say different things? `50` and `50.00` do not.
pub(super) fn differ(one: &Said, other: &Said) -> bool {
    if one.text.trim() == other.text.trim() || vat_number(one).is_some_and(|one| Some(one) == vat_number(other)) {
        return false;
    }
    let number = |said: &Said| match said.term.kind() {
        Kind::Amount | Kind::UnitPrice | Kind::Quantity | Kind::Percentage => value(said),
        _ => None,
    };
    match (number(one), number(other)) {
        (Some(one), Some(other)) => one != other,
        _ => true,
    }
}
