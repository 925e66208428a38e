//! The interchange around the message: who writes to whom, and its reference.

use crate::crypto::sha256;
use crate::day::Day;
use crate::edifact::write::{Line, as_written};
use crate::edifact::{Address, Envelope, MessageType, Prepared};
use crate::invoice::{Draft, Term, bt, is_self_billed};
use crate::text::trim;

use super::super::Partner;
use super::super::structure::Directory;
use super::agreement::Agreement;
use super::value;

/// When an interchange is prepared (S004): handed in, since nobody here knows what time it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    pub day: Day,
    pub hour: u8,
    pub minute: u8,
}

pub(super) fn envelope(draft: &Draft, agreement: &Agreement, moment: Moment, reference: String) -> Envelope {
    let Moment { day, hour, minute } = moment;
    let year = if agreement.version == "4" { format!("{:04}", day.year()) } else { format!("{:02}", day.year() % 100) };
    let date = format!("{year}{:02}{:02}", day.month(), day.day());
    Envelope {
        service: agreement.service,
        syntax: agreement.charset.clone(),
        version: agreement.version.clone(),
        encoding: String::new(),
        sender: sender(draft, agreement),
        recipient: recipient(draft, agreement),
        prepared: Prepared { date, time: format!("{hour:02}{minute:02}") },
        reference,
        application: agreement.application.clone(),
        priority: String::new(),
        acknowledge: agreement.acknowledge,
        agreement: agreement.agreement.clone(),
        test: if agreement.test { "1".to_owned() } else { String::new() },
        offset: 0,
    }
}

pub(super) fn kind(directory: Directory, agreement: &Agreement) -> MessageType {
    MessageType {
        name: "INVOIC".to_owned(),
        version: "D".to_owned(),
        release: directory.as_str().trim_start_matches('D').to_owned(),
        agency: "UN".to_owned(),
        association: agreement.association(directory).to_owned(),
        ..MessageType::default()
    }
}

/// A party, and by what UNB may call it.
type Party = (Term, [Term; 5]);
const SELLER: Party = (bt::BG_4, [bt::BT_34, bt::BT_29, bt::BT_30, bt::BT_31, bt::BT_27]);
const BUYER: Party = (bt::BG_7, [bt::BT_49, bt::BT_46, bt::BT_47, bt::BT_48, bt::BT_44]);

/// Who issues the document and who gets it: the buyer issues a self-billed one.
fn parties(draft: &Draft) -> [Party; 2] {
    if is_self_billed(draft.text(bt::BT_3)) { [BUYER, SELLER] } else { [SELLER, BUYER] }
}

pub(super) fn sender(draft: &Draft, agreement: &Agreement) -> Address {
    let [from, _] = parties(draft);
    agreement.sender.clone().unwrap_or_else(|| address(draft, from, &agreement.charset))
}

pub(super) fn recipient(draft: &Draft, agreement: &Agreement) -> Address {
    let [_, to] = parties(draft);
    agreement.recipient.clone().unwrap_or_else(|| address(draft, to, &agreement.charset))
}

/// The partner that a document is for: one of whose identifiers is one of those of who gets it, or its name.
pub(super) fn partner_of<'p>(draft: &Draft, partners: &'p [Partner]) -> Option<&'p Partner> {
    let [_, (party, terms)] = parties(draft);
    // What the party calls itself goes before where it gets its post.
    let terms = terms[1..4].iter().chain([&terms[0], &terms[4]]);
    let said = terms.flat_map(|term| draft.groups(party).flat_map(|party| party.all(*term)));
    let bare = |text: &str| text.split_whitespace().collect::<String>();
    said.map(|said| bare(&said.text)).find_map(|id| {
        partners.iter().find(|partner| partner.identifiers.iter().any(|own| !id.is_empty() && bare(own) == id))
    })
}

/// What the invoice says of a party, where nothing is agreed: the first identifier whose scheme UNB has a code for, else the VAT number, else
/// the name (ZZZ, mutually agreed).
fn address(draft: &Draft, (group, terms): Party, charset: &str) -> Address {
    let short = |text: &str| as_written(trim(text), charset).chars().take(35).collect::<String>();
    let coded =
        terms.iter().take(3).flat_map(|term| draft.groups(group).flat_map(|party| party.all(*term))).find_map(|said| {
            let scheme = said.parts.first().map_or("", |part| trim(&part.text));
            let (id, code) = match value::qualifier(scheme) {
                Some(code) => (trim(&said.text).to_owned(), code),
                // Any scheme of ISO 6523, for the address that UNB is read as.
                None if value::is_iso(scheme) && said.term == terms[0] => {
                    (format!("{scheme}{}", trim(&said.text)), "30")
                }
                None => return None,
            };
            (!trim(&said.text).is_empty() && short(&id) == id).then_some((id, code))
        });
    let (id, qualifier) = match coded {
        Some(coded) => coded,
        None => {
            let known = terms.iter().skip(3).find_map(|term| draft.groups(group).find_map(|party| party.text(*term)));
            // UNB must name both.
            let known = known.map(short).filter(|known| !known.trim().is_empty());
            (known.unwrap_or_else(|| "UNKNOWN".to_owned()), "ZZZ")
        }
    };
    Address { id, qualifier: qualifier.to_owned(), ..Address::default() }
}

/// 0020 of an interchange that is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Reference<'r> {
    /// As given.
    Given(&'r str),
    /// Of the document that it is written from, by its SHA-256 (hexadecimal): eleven digits of it, then three characters of what is written. So a CONTRL, which
    /// repeats 0020 alone, tells which document it is about (`document_of`).
    Document(&'r str),
    /// Of what is written alone.
    #[default]
    Content,
}

impl<'r> From<Option<&'r str>> for Reference<'r> {
    fn from(given: Option<&'r str>) -> Self {
        given.map_or(Reference::Content, Reference::Given)
    }
}

/// Digits of a document's SHA-256 in a reference.
const DIGITS_OF_DOCUMENT: usize = 11;
/// 0020 is an an..14.
const LENGTH: usize = 14;

/// The first digits of the SHA-256 of the document that an interchange under this reference was written from; none where it cannot be one of
/// [`Reference::Document`]. Another program's reference looks so seldom, and then begins as no document does: once in 10^13 documents.
pub fn document_of(reference: &str) -> Option<String> {
    let (document, content) = reference.split_at_checked(DIGITS_OF_DOCUMENT)?;
    let capital = |b: u8, last: u8| b.is_ascii_digit() || (b'A'..=last).contains(&b);
    let fits = reference.len() == LENGTH
        && document.bytes().all(|b| capital(b, b'F'))
        && content.bytes().all(|b| capital(b, b'Z'));
    fits.then(|| document.to_ascii_lowercase())
}

/// As [`Reference`] says.
pub(super) fn reference_of(reference: Reference<'_>, content: impl FnOnce() -> String) -> String {
    match reference {
        Reference::Given(given) => given.to_owned(),
        Reference::Content => content(),
        Reference::Document(sha256) => match sha256.get(..DIGITS_OF_DOCUMENT) {
            Some(document) => {
                document.to_ascii_uppercase() + content().get(..LENGTH - DIGITS_OF_DOCUMENT).unwrap_or_default()
            }
            None => content(),
        },
    }
}

/// 0020 by content: fourteen letters and digits of the SHA-256 of the message and of who writes to whom. The same document has the same
/// reference again, by which a repetition is known; two different ones share theirs once in 10^21.
pub(super) fn reference(lines: &[Line<'_>], sender: &Address, recipient: &Address, directory: Directory) -> String {
    const DIGITS: &[u8; 36] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    let mut bytes: Vec<u8> = Vec::new();
    let mut push = |text: &str| {
        bytes.extend_from_slice(text.as_bytes());
        bytes.push(0x1F);
    };
    for text in [directory.as_str(), &sender.id, &sender.qualifier, &recipient.id, &recipient.qualifier] {
        push(text);
    }
    for line in lines {
        push(&line.tag);
        for element in &line.elements {
            element.iter().flatten().for_each(|component| push(component));
            push("\x1D");
        }
    }
    let head: [u8; 16] = sha256(&bytes).first_chunk().copied().unwrap_or_default();
    let mut rest = u128::from_be_bytes(head);
    let mut reference = String::with_capacity(LENGTH);
    for _ in 0..LENGTH {
        reference.push(char::from(DIGITS[(rest % 36) as usize]));
        rest /= 36;
    }
    reference
}
