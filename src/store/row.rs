//! The invoice as the store knows it: small, without the document.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Millis, PartOf, Reception};
use crate::day::Day;
use crate::formats;
use crate::invoice::{Cited, Party, Recipient, siren_of_vat};
use crate::lifecycle::State;
use crate::platforms::Voice;
use crate::problems::{Money, is_credit, signed};
use crate::signature::SealFacts;
use crate::text::folded;

/// An invoice as the store knows it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct InvoiceRow {
    /// First 32 hexadecimal digits of the document's SHA-256: the same bytes are the same invoice.
    pub id: String,
    pub sha256: String,
    /// Set by the store, one more at each change of the row. A step based on an older version is refused as stale.
    pub version: u64,
    /// Set by the store: order of arrival.
    pub seq: u64,
    pub state: Option<State>,
    pub received_at: Millis,
    pub updated_at: Millis,
    pub source: String,
    /// Where it stood in the file it came in, where that had several invoices.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub part_of: Option<PartOf>,
    /// What reading found; all of it absent until judged or where the document cannot be read.
    pub facts: Facts,
    /// The key of its number, where seller, number and date could be read.
    pub number_key: Option<NumberKey>,
    /// `valid`, `invalid` or `not-judged`, once judged.
    pub verdict: Option<String>,
    /// Valid only because waivers answer for what is fatal.
    pub waived: bool,
    /// Valid, and a customer's file lowered an official rule that is fatal.
    pub lowered: bool,
    /// What the verdict rests on beside the document; none where it was judged before this was kept.
    pub judged_on: Option<JudgedOn>,
    /// Name of the platform it goes to or went to.
    pub platform: Option<String>,
    /// The platform's reference of the deposit (Chorus Pro: `numeroFluxDepot`).
    pub reference: Option<String>,
    /// The platform's id of the invoice (Chorus Pro: `identifiantFactureCPP`).
    pub platform_invoice: Option<String>,
    /// The platform has had it as an invoice: its number stays taken even if refused later.
    pub existed: bool,
    pub replaces: Option<String>,
    /// Ids of refused invoices that it corrects under another number, as it names them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub corrects: Vec<String>,
    pub replaced_by: Option<String>,
    /// Id of the invoice that corrects this one, which was refused, under another number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub corrected_by: Option<String>,
    /// A deposit of it was given up for lost on a person's word alone: it may be at the platform after all. Its number stays taken.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub perhaps_there: bool,
    /// Who let it go, in spite of what, and why.
    pub released: Option<Released>,
    /// Why it is parked, where it is.
    pub parked_why: Option<String>,
    /// The state it was parked from, to which a retry brings it back.
    pub parked_from: Option<State>,
    /// The intent, once there was one (JSON of `platforms::Intent`).
    pub intent: Option<Value>,
    /// What leaves in the place of the document that came, where no platform takes that one; its bytes are in the store.
    pub outgoing: Option<Outgoing>,
    /// The seal over the document that leaves, as it was made; the seal itself is in the store.
    pub seal: Option<SealFacts>,
    /// Times in a row that no seal could be made.
    pub seal_waits: u32,
    /// Deposits begun so far; each has its `intent` event.
    pub deposits: u32,
    /// Where and when deposits were begun, in order; those that provably did not leave are taken out again.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub sends: Vec<Sent>,
    /// Latest moment at which the last deposit's call may still have left for the platform.
    pub call_until: Option<Millis>,
    /// The platform refused a repeated deposit as a duplicate of one that it does not show so far: no absence is proof.
    pub said_duplicate: bool,
    /// Statuses heard so far, in the order heard; a repeat is not heard again.
    pub statuses: Vec<Heard>,
    /// When the queue looks at it next; none where nothing is due.
    pub due_at: Option<Millis>,
    /// Attempts of the present step: sends that did not leave, questions without news.
    pub attempt: u32,
    /// Times in a row that the present step failed for our own reasons.
    pub failures: u32,
    pub last_error: Option<String>,
    /// What the directory last said of its recipient, before it left.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reception: Option<Reception>,
    /// Somebody asked for another look: what the directory said before this moment does not count.
    #[serde(skip_serializing_if = "is_zero")]
    pub look_anew: Millis,
}

fn is_zero(at: &Millis) -> bool {
    *at == 0
}

impl InvoiceRow {
    /// Was it judged in vain: unread, or without a pack that it needs?
    pub fn is_not_judged(&self) -> bool {
        self.verdict.as_deref() == Some("not-judged")
    }

    /// The platform told of an earlier deposit that it is there: no other one may leave.
    pub fn is_there_already(&self) -> bool {
        self.existed && self.deposits > 0
    }

    /// Is it at a platform, or may it be there? Then nothing else bears its number.
    pub fn keeps_number(&self) -> bool {
        self.existed || self.perhaps_there
    }

    /// Was a deposit of it begun at this platform, the one that counts or one before?
    pub fn was_sent_to(&self, platform: &str) -> bool {
        let there = self.platform.as_deref() == Some(platform) && (self.deposits > 0 || self.existed);
        there || self.sends.iter().any(|sent| sent.platform == platform)
    }

    /// SHA-256 of the document that is sealed and deposited: the one that was written of what came, or what came itself.
    pub fn leaving(&self) -> &str {
        self.outgoing.as_ref().map_or(&self.sha256, |outgoing| &outgoing.sha256)
    }

    /// May the document that [leaves](Self::leaving) still become another? Not once a deposit was begun with it.
    pub fn fixed(&self) -> Option<&Outgoing> {
        self.outgoing.as_ref().filter(|outgoing| outgoing.fixed)
    }

    /// Did it come in a syntax that no platform takes, and nothing was written of it?
    pub fn is_unwritten(&self) -> bool {
        self.outgoing.is_none() && self.facts.syntax.as_deref().is_some_and(formats::is_to_be_written)
    }

    /// The lane of the queue it waits in: its platform, or none where it waits to be judged.
    pub fn lane(&self) -> Option<&str> {
        match self.state {
            None | Some(State::Received) => None,
            Some(_) => self.platform.as_deref(),
        }
    }
}

/// A document that facteur wrote, to leave in the place of one that no platform takes: exactly the text that was judged.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Outgoing {
    pub sha256: String,
    /// Its length.
    pub bytes: u64,
    /// Its syntax, such as `cii`.
    pub syntax: String,
    /// How much of what came is not in it.
    pub not_carried: u64,
    /// A deposit was begun with it: from then on it stays what it is.
    pub fixed: bool,
}

/// The day and the customer files that an invoice was judged by: where they are others when it is about to leave, it is judged again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JudgedOn {
    /// The day that counted as today (UTC).
    pub day: Day,
    /// As the judge names it; changes whenever customer files do.
    pub basis: String,
}

/// A deposit that was begun.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sent {
    pub platform: String,
    pub at: Millis,
    /// The platform's reference of it, once it gave one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
}

/// A status that was heard. Code, reason, time and speaker make it the same as one heard before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Heard {
    pub code: String,
    pub reason: Option<String>,
    /// The platform's own time, as written.
    pub at: Option<String>,
    pub voice: Voice,
    /// It calls the invoice a duplicate of another.
    #[serde(default)]
    pub duplicate: bool,
    /// It is about a deposit before the one that counts, and changes nothing.
    #[serde(default)]
    pub former: bool,
    /// By its own time it was said before the invoice left: it changes nothing.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub early: bool,
    /// The cause of the problem that it opened, or said again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<String>,
}

/// What reading an invoice tells about it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Facts {
    pub syntax: Option<String>,
    pub profile: Option<String>,
    pub number: Option<String>,
    pub issued: Option<String>,
    pub seller: Option<String>,
    /// SIREN of the seller, or what else identifies it, for the uniqueness key.
    pub seller_key: Option<String>,
    pub customer: Option<String>,
    /// Every identifier of the customer on this document: whether two documents speak of one customer is told by these.
    pub buyer: Party,
    /// By what a directory knows the customer.
    #[serde(skip_serializing_if = "Recipient::is_unknown")]
    pub recipient: Recipient,
    /// BT-44: the name on this document.
    pub customer_name: Option<String>,
    /// The name that the customer's own file gives, where one matched.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub customer_known_as: Option<String>,
    /// BT-3.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    pub payable: Option<String>,
    /// The currency of `payable`: the one written on it, else BT-5.
    pub currency: Option<String>,
    /// Invoices that it names as coming before it (BG-3).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub cites: Vec<Cited>,
    /// BT-12.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contract: Option<String>,
    /// First and last day of BG-14.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub period: Option<(String, String)>,
}

impl Facts {
    /// Is it a credit note about all invoices of a contract and a time (UNTDID 1001, 262), which names none of them?
    pub fn is_global_credit(&self) -> bool {
        self.kind.as_deref() == Some("262") && self.contract.is_some()
    }

    /// The key of an invoice that it names, in the year that it names.
    pub fn key_of(&self, cited: &Cited) -> Option<NumberKey> {
        let year = cited.issued.as_deref().and_then(Day::parse_iso).map(|day| day.year());
        NumberKey::of(self.seller_key.as_deref()?, &cited.number, year.unwrap_or_default())
    }

    /// Is it a credit note, whose amount counts against those of invoices?
    pub fn is_credit(&self) -> bool {
        is_credit(self.syntax.as_deref(), self.kind.as_deref())
    }

    /// The key of its contract (BT-12), as [`Related::UnderContract`] has it.
    pub fn contract_key(&self) -> Option<NumberKey> {
        NumberKey::of(self.seller_key.as_deref()?, self.contract.as_deref()?, 0)
    }

    /// May the one be a later form of the other: the same customer beyond doubt, and both invoices or both credit notes?
    pub fn same_claim(&self, other: &Facts) -> bool {
        self.buyer.is_surely(&other.buyer) && self.is_credit() == other.is_credit()
    }

    /// BT-115 without a sign for what it is; none where it is no amount.
    pub fn payable_amount(&self) -> Option<Money> {
        signed(self.payable.as_deref()?, false)
    }

    /// What it adds to what is owed: BT-115, and its opposite for a credit note. This is the amount that lists, sums, problems
    /// and reports show; BT-115 itself stays as written. None where it is no amount.
    pub fn amount(&self) -> Option<Money> {
        signed(self.payable.as_deref()?, self.is_credit())
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Released {
    pub author: String,
    pub reason: String,
    pub at: Millis,
    #[serde(default)]
    pub of: ReleasedOf,
}

/// In spite of what an invoice was released.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ReleasedOf {
    /// What is said against it here: it leaves, now and whenever it is judged again.
    #[default]
    Findings,
    /// Nobody knows whether the platform has it: one more deposit, once the platform says that it does not.
    Doubt,
    /// Such a doubt, over since: it was found, sent again, or set aside. It allows nothing more.
    DoubtSettled,
}

/// The key under which a number may exist once: seller, BT-1, year of BT-2. It is for comparing alone: numbers that look alike have
/// one key ([`folded`]), and the number as written is in [`Facts::number`].
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct NumberKey {
    pub seller: String,
    pub number: String,
    pub year: i16,
}

impl NumberKey {
    /// The key of what was read; none where the seller or the number is blank. A seller known by a French VAT number is the one
    /// known by its SIREN.
    pub fn of(seller: &str, number: &str, year: i16) -> Option<Self> {
        let (seller, number) = (folded(seller), folded(number));
        let seller = siren_of_vat(&seller).map(str::to_owned).unwrap_or(seller);
        (!seller.is_empty() && !number.is_empty()).then_some(Self { seller, number, year })
    }
}

/// How invoices of one seller are tied to another. Years do not count: whoever asks compares the days.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Related {
    /// They bear this number.
    Bearing(NumberKey),
    /// They name an invoice of this number as coming before them.
    Citing(NumberKey),
    /// They name this contract (see [`Facts::contract_key`]).
    UnderContract(NumberKey),
}

/// Which invoices a list shows. What is empty asks nothing; what is given must all hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct InvoiceFilter {
    /// In one of these states.
    pub states: Vec<State>,
    /// `valid`, `invalid` or `not-judged`.
    pub verdict: Option<String>,
    /// Valid by somebody's word alone.
    pub excused: Option<Excused>,
    /// Name of the platform.
    pub platform: Option<String>,
    /// What identifies the customer (SIRET, else SIREN, VAT number, GLN, name), exactly.
    pub customer: Option<String>,
    /// BT-1 exactly.
    pub number: Option<String>,
    /// What people type: each word begins a word of the number, of the customer's or seller's name or identifiers, or of the
    /// platform's references, whatever accents and case; six hexadecimal digits or more may also begin the id.
    pub words: Option<String>,
    /// BT-2 on this day or later, and on this day or earlier. A document without a readable day is in no such list.
    pub issued: (Option<Day>, Option<Day>),
    /// Received at this instant or later, and at this instant or earlier.
    pub received: (Option<Millis>, Option<Millis>),
    pub order: Order,
    /// Rows after this one (an id) in that order, for the next page; rows that arrive meanwhile do not move it.
    pub after: Option<String>,
    /// At most `limits::PAGE_ROWS`; 0 stands for that.
    pub limit: usize,
}

/// By whose word alone an invoice is valid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Excused {
    /// Waivers answer for what is fatal.
    Waived,
    /// A customer's file lowered an official rule that is fatal.
    Lowered,
    /// The one or the other.
    Either,
}

impl Excused {
    pub const ALL: [Excused; 3] = [Excused::Waived, Excused::Lowered, Excused::Either];

    /// As filters of lists call it.
    pub fn as_str(self) -> &'static str {
        match self {
            Excused::Waived => "waived",
            Excused::Lowered => "lowered",
            Excused::Either => "excused",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.as_str() == text)
    }
}

/// In which order of arrival a list is read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Order {
    #[default]
    NewestFirst,
    OldestFirst,
}

impl InvoiceFilter {
    /// What a list calls a verdict, as a filter has it: one of the three, or by whose word alone it is `valid`. None where nothing is
    /// called so.
    pub fn verdict_named(name: &str) -> Option<(Option<String>, Option<Excused>)> {
        match Excused::parse(name) {
            Some(excused) => Some((None, Some(excused))),
            None => ["valid", "invalid", "not-judged"].contains(&name).then(|| (Some(name.to_owned()), None)),
        }
    }
}

/// How much a filter finds, counted up to a bound.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Matched {
    pub invoices: usize,
    /// The bound was met: there are more, and the sums are of those counted.
    pub more: bool,
    /// Sum of BT-115 by currency, as far as both could be read: credit notes count against invoices, and what is cancelled or
    /// replaced does not count.
    pub amounts: Vec<(String, Money)>,
    /// Credit notes in the sums.
    pub credits: usize,
    /// Cancelled or replaced ones, in no sum.
    pub void: usize,
    /// Those whose amount or currency cannot be read, in no sum.
    pub unread: usize,
}
