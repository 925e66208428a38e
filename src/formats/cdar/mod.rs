//! What is said of an invoice as a life-cycle message (UN/CEFACT CDAR D22B): from its parts to a draft, and from there to a document.
//!
//! Which status may bear which reason, and who must be named, is not decided here: what is written is judged by the rules of such messages (pack `fr-cdv`)
//! before it leaves, as what comes is judged when it arrives.

mod moment;
mod ours;
mod told;

pub use moment::Moment;
pub use ours::{CASHED, COMPLETED, Cashed, Lacks, Saying, cashed_whole};
pub use told::{Detailed, Figure, Told, Who, attachments, told};

use crate::day::Day;
use crate::invoice::{Draft, Said, Term, bt};
use crate::lifecycle::CdarStatus;
use crate::text::Lang;

use super::write::{Written, message};

/// Profile of a message about an invoice, to whomever but the tax administration alone (MDT-3).
pub const ABOUT_INVOICE: &str = "urn.cpro.gouv.fr:1p0:CDV:invoice";

/// A status of one invoice, as somebody says it to others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement<'s> {
    /// MDT-2: `REGULATED` for what the reform covers.
    pub process: &'s str,
    pub profile: &'s str,
    /// When the message is made (MDT-8), and when the status was reached (MDT-78).
    pub created: Moment,
    pub at: Moment,
    /// Who sends the message, who decided, and to whom it goes.
    pub sender: Party,
    pub issuer: Party,
    pub recipients: Vec<Party>,
    pub about: About,
    pub status: &'static CdarStatus,
    pub details: Vec<Detail>,
    /// Documents that go with it (209).
    pub attachments: Vec<Attachment>,
}

/// Somebody in a message.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Party {
    /// Identifier and its scheme: a SIREN (0002), the number of a platform (0238).
    pub id: Option<(String, String)>,
    pub name: Option<String>,
    /// UNTDID 3035: `SE`, `BY`, `WK` (platform), `DFH` (the state's hub).
    pub role: String,
    /// Electronic address and its scheme: the one that the invoice bears (BT-34, BT-49).
    pub address: Option<(String, String)>,
}

/// The invoice that is spoken of.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct About {
    /// BT-1.
    pub number: String,
    /// BT-3.
    pub kind: Option<String>,
    /// BT-2; none where it could not be read (501).
    pub issued: Option<Day>,
    /// BT-30.
    pub seller: Option<String>,
    /// When it came.
    pub received: Option<Moment>,
}

/// A reason, with what is asked for and said of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Detail {
    pub reason: Option<String>,
    /// The reason in words.
    pub words: Option<String>,
    /// What is asked for: `NOA`, `PIN`, `NIN`, `CNF`, `CNP`, `CNA`, `OTH`.
    pub action: Option<String>,
    pub comment: Option<String>,
    pub data: Vec<Datum>,
}

/// An amount, or what is said of a term of the invoice.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Datum {
    /// Such as `MEN` (received), `MPA` (paid), `DIV` (wrong), `DVA` (expected).
    pub kind: String,
    /// The term that is concerned, such as `BT-13`, its name, and where it stands.
    pub term: Option<String>,
    pub name: Option<String>,
    pub location: Option<String>,
    /// With its currency.
    pub amount: Option<(String, String)>,
    pub date: Option<Day>,
    /// The VAT rate that the amount is of.
    pub rate: Option<String>,
}

/// A file that goes with a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    pub name: String,
    pub mime: String,
    /// In base64.
    pub content: String,
}

impl Statement<'_> {
    /// The message, and what of it could not be written.
    pub fn write(&self) -> Written {
        message(&self.draft())
    }

    /// MDT-4: unique to invoice, status and moment.
    pub fn id(&self) -> String {
        let About { number, kind, issued, .. } = &self.about;
        let day = issued.map(compact).unwrap_or_default();
        format!("{number}_{}_{}#{}_{day}", self.status.code, self.created, kind.as_deref().unwrap_or_default())
    }

    /// What it says, in the terms of such messages.
    pub fn draft(&self) -> Draft {
        let mut draft = Draft::default();
        put(&mut draft, bt::MDT_2, self.process);
        put(&mut draft, bt::MDT_3, self.profile);
        put(&mut draft, bt::MDT_4, self.id());
        moment(&mut draft, bt::MDT_8, bt::MDT_8_1, self.created);
        let sender = [bt::MDT_19, bt::MDT_19_1, bt::MDT_21];
        ids(&mut draft, &self.sender, sender);
        let issuer = [bt::MDT_38, bt::MDT_38_1, bt::MDT_40];
        ids(&mut draft, &self.issuer, issuer);
        put_any(&mut draft, bt::MDT_39, self.issuer.name.as_deref());
        for party in &self.recipients {
            let mut group = Draft::group(bt::MDG_23, None);
            ids(&mut group, party, [bt::MDT_57, bt::MDT_57_1, bt::MDT_59]);
            put_any(&mut group, bt::MDT_58, party.name.as_deref());
            if let Some((scheme, address)) = &party.address {
                put(&mut group, bt::MDT_73, address).parts.push(Said::new(bt::MDT_73_1, scheme, None));
            }
            draft.groups.push(group);
        }
        put(&mut draft, bt::MDT_74, "false");
        put_any(&mut draft, bt::MDT_77, self.status.type_code.map(|code| code.to_string()));
        moment(&mut draft, bt::MDT_78, bt::MDT_78_1, self.at);
        self.document(&mut draft);
        draft
    }

    fn document(&self, draft: &mut Draft) {
        let about = &self.about;
        put(draft, bt::MDT_87, &*about.number);
        put_any(draft, bt::MDT_88, self.status.condition_code.map(|code| code.to_string()));
        put_any(draft, bt::MDT_91, about.kind.as_deref());
        if let Some(received) = about.received {
            moment(draft, bt::MDT_95, bt::MDT_95_1, received);
        }
        for file in &self.attachments {
            let said = put(draft, bt::MDT_96, &*file.content);
            said.parts.push(Said::new(bt::MDT_96_1, &*file.mime, None));
            said.parts.push(Said::new(bt::MDT_96_2, &*file.name, None));
        }
        put_any(draft, bt::MDT_100, about.issued.map(|day| day.to_string()));
        put(draft, bt::MDT_105, self.status.code.to_string());
        put(draft, bt::MDT_106, self.status.label.get(Lang::Fr));
        if let Some(seller) = &about.seller {
            put(draft, bt::MDT_129, &**seller).parts.push(Said::new(bt::MDT_129_1, "0002", None));
            put(draft, bt::MDT_132, "SE");
        }
        for (n, detail) in (1..).zip(&self.details) {
            let group = detail.draft(n);
            inside(draft, bt::MDG_37).groups.push(group);
        }
    }
}

impl Detail {
    fn draft(&self, number: usize) -> Draft {
        let mut group = Draft::group(bt::MDG_37, None);
        put_any(&mut group, bt::MDT_113, self.reason.as_deref());
        put_any(&mut group, bt::MDT_114, self.words.as_deref());
        put_any(&mut group, bt::MDT_121, self.action.as_deref());
        put(&mut group, bt::MDT_124_2, number.to_string());
        put_any(&mut group, bt::MDT_126, self.comment.as_deref());
        for datum in &self.data {
            let mut own = Draft::group(bt::MDG_43, None);
            put_any(&mut own, bt::MDT_206, datum.term.as_deref());
            put(&mut own, bt::MDT_207, &*datum.kind);
            put_any(&mut own, bt::MDT_211, datum.name.as_deref());
            put_any(&mut own, bt::MDT_213, datum.location.as_deref());
            if let Some((amount, currency)) = &datum.amount {
                put(&mut own, bt::MDT_215, &**amount).parts.push(Said::new(bt::MDT_215_1, &**currency, None));
            }
            put_any(&mut own, bt::MDT_219, datum.date.map(|day| day.to_string()));
            put_any(&mut own, bt::MDT_224, datum.rate.as_deref());
            group.groups.push(own);
        }
        group
    }
}

fn ids(draft: &mut Draft, party: &Party, [id, scheme, role]: [Term; 3]) {
    if let Some((own_scheme, own)) = &party.id {
        put(draft, id, &**own).parts.push(Said::new(scheme, &**own_scheme, None));
    }
    put(draft, role, &*party.role);
}

fn moment(draft: &mut Draft, term: Term, format: Term, at: Moment) {
    put(draft, term, at.to_string()).parts.push(Said::new(format, Moment::FORMAT, None));
}

fn put_any(draft: &mut Draft, term: Term, text: Option<impl Into<String>>) {
    if let Some(text) = text {
        put(draft, term, text);
    }
}

/// Says a term in the group that it belongs to.
fn put(draft: &mut Draft, term: Term, text: impl Into<String>) -> &mut Said {
    let group = inside(draft, term);
    group.said.push(Said::new(term, text, None));
    let last = group.said.len() - 1;
    &mut group.said[last]
}

/// The group around a term, below the one that the draft is; begun where it is not there.
fn inside(draft: &mut Draft, term: Term) -> &mut Draft {
    let mut way: Vec<Term> = std::iter::successors(term.group(), |group| group.group()).collect();
    way.reverse();
    let own = draft.term.and_then(|own| way.iter().position(|group| *group == own)).map_or(0, |at| at + 1);
    way.drain(..own);
    way.into_iter().fold(draft, |draft, group| {
        let at = draft.groups.iter().position(|inner| inner.term == Some(group)).unwrap_or_else(|| {
            draft.groups.push(Draft::group(group, None));
            draft.groups.len() - 1
        });
        &mut draft.groups[at]
    })
}

fn compact(day: Day) -> String {
    format!("{:04}{:02}{:02}", day.year(), day.month(), day.day())
}
