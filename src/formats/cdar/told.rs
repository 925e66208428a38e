//! What a life-cycle message says, as whoever gets it reads it: platforms write more than the rules allow, so nothing that came is refused for its form.

use crate::invoice::{Draft, Said, Term, bt};

use super::{Attachment, Moment};

/// What a message says of one invoice.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Told {
    /// MDT-4: the message's own identifier.
    pub message: Option<String>,
    /// MDT-87: BT-1 of the invoice.
    pub number: String,
    /// MDT-91: BT-3.
    pub kind: Option<String>,
    /// MDT-100: BT-2, as YYYY-MM-DD where it is a day.
    pub issued: Option<String>,
    /// MDT-129: who issued the invoice, by its SIREN where it is told.
    pub seller: Option<String>,
    /// MDT-105: the status, whether it is known or not.
    pub code: String,
    /// MDT-78: when the status was reached, as RFC 3339 in UTC where it can be read; else as written. Messages say no zone.
    pub at: Option<String>,
    /// Who reached it (MDG-16), and who sent the message (MDG-9).
    pub author: Who,
    pub sender: Who,
    pub details: Vec<Detailed>,
    /// MDT-96: names of the files that came with it.
    pub files: Vec<String>,
}

/// Somebody in a message.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Who {
    /// UNTDID 3035, such as `BY`, `SE`, `WK` (a platform).
    pub role: Option<String>,
    pub name: Option<String>,
    /// The first identifier that is told.
    pub id: Option<String>,
    /// All of them, each behind its scheme (ISO 6523; empty where none is told).
    pub ids: Vec<(String, String)>,
}

/// A reason and what is said of it (MDG-37).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Detailed {
    pub reason: Option<String>,
    /// MDT-114: the reason in words.
    pub words: Option<String>,
    /// MDT-121: what is asked for.
    pub action: Option<String>,
    /// MDT-125: the rule that was broken.
    pub rule: Option<String>,
    /// MDT-126.
    pub comment: Option<String>,
    /// MDT-127: where.
    pub place: Option<String>,
    pub data: Vec<Figure>,
}

/// What is said of a term, or an amount (MDG-43).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Figure {
    /// MDT-207: such as `MEN` (received), `MPA` (paid), `DIV` (wrong), `DVA` (expected).
    pub kind: Option<String>,
    /// MDT-206: such as `BT-13`.
    pub term: Option<String>,
    /// MDT-215 and its currency.
    pub amount: Option<(String, String)>,
    /// MDT-224.
    pub rate: Option<String>,
    /// MDT-219.
    pub date: Option<String>,
}

/// What a message says of each invoice that it names. The norm has one; what names several says the same of all of them, and is read as so many.
pub fn told(message: &Draft) -> Vec<Told> {
    let of = |draft: &Draft, term: Term| find(draft, term).first().map(|text| (*text).to_owned());
    let who = |group: Term, [id, scheme, name, role]: [Term; 4]| {
        let own = message.groups(group).next();
        let text = |term: Term| own.and_then(|own| of(own, term));
        let mut found = Vec::new();
        own.iter().for_each(|own| said(own, id, &mut found));
        let pair = |said: &&Said| {
            let part = said.parts.iter().find(|part| part.term == scheme);
            (part.map(|part| part.text.trim().to_owned()).unwrap_or_default(), said.text.trim().to_owned())
        };
        let ids = found.iter().map(pair).filter(|(_, id)| !id.is_empty()).collect();
        Who { role: text(role), name: text(name), id: text(id), ids }
    };
    let author = who(bt::MDG_16, [bt::MDT_38, bt::MDT_38_1, bt::MDT_39, bt::MDT_40]);
    // The norm has no name of a sender.
    let sender = who(bt::MDG_9, [bt::MDT_19, bt::MDT_19_1, bt::MDT_39, bt::MDT_21]);
    let at = of(message, bt::MDT_78).map(|text| moment(&text));
    let mut all = Vec::new();
    gather(message, bt::MDG_32, &mut all);
    let one = |own: &Draft| Told {
        message: of(message, bt::MDT_4),
        number: of(own, bt::MDT_87).unwrap_or_default(),
        kind: of(own, bt::MDT_91),
        issued: of(own, bt::MDT_100),
        seller: seller(own),
        code: of(own, bt::MDT_105).unwrap_or_default(),
        at: at.clone(),
        author: author.clone(),
        sender: sender.clone(),
        details: details(own),
        files: files(own),
    };
    all.into_iter().map(one).collect()
}

fn details(own: &Draft) -> Vec<Detailed> {
    let of = |draft: &Draft, term: Term| find(draft, term).first().map(|text| (*text).to_owned());
    let mut all = Vec::new();
    gather(own, bt::MDG_37, &mut all);
    let detail = |detail: &Draft| {
        let mut figures = Vec::new();
        gather(detail, bt::MDG_43, &mut figures);
        let comments = find(detail, bt::MDT_126);
        Detailed {
            reason: of(detail, bt::MDT_113),
            words: of(detail, bt::MDT_114),
            action: of(detail, bt::MDT_121),
            rule: of(detail, bt::MDT_125),
            comment: (!comments.is_empty()).then(|| comments.join("\n")),
            place: of(detail, bt::MDT_127),
            data: figures.into_iter().map(figure).collect(),
        }
    };
    all.into_iter().map(detail).collect()
}

fn figure(own: &Draft) -> Figure {
    let of = |term: Term| find(own, term).first().map(|text| (*text).to_owned());
    let amount = own.first(bt::MDT_215).map(|said| {
        let currency = said.parts.iter().find(|part| part.term == bt::MDT_215_1);
        (said.text.trim().to_owned(), currency.map(|part| part.text.trim().to_owned()).unwrap_or_default())
    });
    Figure { kind: of(bt::MDT_207), term: of(bt::MDT_206), amount, rate: of(bt::MDT_224), date: of(bt::MDT_219) }
}

/// The seller: its SIREN (0002) before any other identifier.
fn seller(own: &Draft) -> Option<String> {
    let mut ids = Vec::new();
    said(own, bt::MDT_129, &mut ids);
    let is_siren = |said: &&&Said| said.parts.iter().any(|part| part.text.trim() == "0002");
    let best = ids.iter().find(is_siren).or(ids.first())?;
    Some(best.text.trim().to_owned()).filter(|text| !text.is_empty())
}

/// The files that go with a message, as they are in it.
pub fn attachments(message: &Draft) -> Vec<Attachment> {
    let mut all = Vec::new();
    said(message, bt::MDT_96, &mut all);
    let part = |said: &Said, term| {
        let found = said.parts.iter().find(|part| part.term == term);
        found.map(|part| part.text.trim().to_owned()).unwrap_or_default()
    };
    let file = |said: &Said| Attachment {
        name: part(said, bt::MDT_96_2),
        mime: part(said, bt::MDT_96_1),
        content: said.text.split_ascii_whitespace().collect(),
    };
    all.into_iter().map(file).collect()
}

fn files(own: &Draft) -> Vec<String> {
    let mut all = Vec::new();
    said(own, bt::MDT_96, &mut all);
    let name =
        |said: &Said| said.parts.iter().find(|part| part.term == bt::MDT_96_2).map(|part| part.text.trim().to_owned());
    all.into_iter().map(|said| name(said).unwrap_or_default()).collect()
}

/// A moment of a message as others write it.
fn moment(text: &str) -> String {
    Moment::parse(text).map_or_else(|| text.trim().to_owned(), Moment::rfc3339)
}

/// All texts of a term in a group and in what is in it, blanks left out.
fn find(own: &Draft, term: Term) -> Vec<&str> {
    let mut all = Vec::new();
    said(own, term, &mut all);
    all.into_iter().map(|said| said.text.trim()).filter(|text| !text.is_empty()).collect()
}

fn said<'d>(own: &'d Draft, term: Term, found: &mut Vec<&'d Said>) {
    found.extend(own.all(term));
    own.groups.iter().for_each(|group| said(group, term, found));
}

fn gather<'d>(own: &'d Draft, group: Term, found: &mut Vec<&'d Draft>) {
    for inner in &own.groups {
        if inner.term == Some(group) {
            found.push(inner);
        }
        gather(inner, group, found);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dispute_is_read_with_who_says_it_and_why() {
        let bytes = include_bytes!("../../../schemas/examples/cdar.xml");
        let read = crate::formats::read_any(bytes).unwrap();
        let told = told(&Draft::of(&read.invoice));
        let [told] = &told[..] else { panic!("{told:?}") };
        assert_eq!(told.code, "207");
        assert!(!told.number.is_empty() && told.issued.as_deref().is_some_and(|day| day.len() == 10), "{told:?}");
        assert_eq!(told.seller.as_deref().map(str::len), Some(9));
        assert_eq!(told.author.role.as_deref(), Some("BY"));
        assert!(told.author.ids.iter().any(|(scheme, id)| scheme == "0002" && id.len() == 9), "{told:?}");
        assert!(told.at.as_deref().is_some_and(|at| at.ends_with('Z')), "{told:?}");
        assert!(told.details.iter().any(|detail| detail.reason.is_some()), "{told:?}");
    }
}
