//! Rows of the store as the API shows them: times as RFC 3339, names that stay when the store's change. What is described at
//! `/openapi.json` is made of these types.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::directory::RecipientTold;
use super::seal::Seal;
use crate::clock::Millis;
use crate::config;
use crate::day::Day;
use crate::lifecycle::State;
use crate::problems::{self, Said, category, cause};
use crate::queue::next::Next as Judged;
use crate::queue::told_in_order;
use crate::store::{self, InvoiceRow, ReleasedOf};
use crate::text::Text;

/// An instant as RFC 3339, UTC, to the millisecond; none where it lies outside the calendar.
pub fn time(at: Millis) -> Option<String> {
    jiff::Timestamp::from_millisecond(at).ok().map(|at| format!("{at:.3}"))
}

/// An invoice, without its document.
#[derive(Debug, Serialize, ToSchema)]
pub struct Invoice {
    /// The first 32 hexadecimal digits of the document's SHA-256: the same bytes are the same invoice.
    #[schema(pattern = "^[0-9a-f]{32}$", example = "9f86d081884c7d659a2feaa0c55ad015")]
    id: String,
    sha256: String,
    state: Option<State>,
    #[schema(format = DateTime)]
    received_at: Option<String>,
    #[schema(format = DateTime)]
    updated_at: Option<String>,
    /// The door it came through: `http`, `cli`, `folder`.
    source: String,
    /// Where it stood in the file it came in, where that had several invoices.
    part_of: Option<PartOf>,
    /// `valid`, `invalid` or `not-judged`, once judged.
    verdict: Option<String>,
    /// Valid only because waivers answer for what is fatal: "valid by waiver". Who answers, and why, is in the event `judged`.
    waived: bool,
    /// Valid, and a customer's file lowered an official rule that is fatal: "valid, official rule lowered".
    lowered: bool,
    /// `ubl-invoice`, `ubl-creditnote`, `cii`; none where it could not be read.
    syntax: Option<String>,
    /// BT-24.
    profile: Option<String>,
    /// BT-1.
    number: Option<String>,
    /// BT-2.
    issued: Option<String>,
    /// BT-27.
    seller: Option<String>,
    /// SIRET, else SIREN, VAT number, GLN, else the name.
    customer: Option<String>,
    /// BT-44.
    customer_name: Option<String>,
    /// BT-115, as written.
    payable: Option<String>,
    /// What it adds to what is owed: BT-115 as a decimal number, and its opposite for a credit note. Sums, problems and reports
    /// count this. None where BT-115 is no amount.
    amount: Option<String>,
    /// A credit note, by its syntax or by BT-3.
    credit: bool,
    /// The currency of that amount: the one written on it, else BT-5.
    currency: Option<String>,
    /// Where it goes or went.
    platform: Option<String>,
    /// The platform's reference of the deposit.
    reference: Option<String>,
    /// The platform's id of the invoice.
    platform_invoice: Option<String>,
    /// The platform has had it as an invoice: its number stays taken even if refused later.
    existed_at_platform: bool,
    deposits: u32,
    /// What leaves in the place of the document, where it came in a syntax that no platform takes (EDIFACT): what facteur wrote of it,
    /// and judged. None where the document leaves as it came. Its bytes: `…/document?as=outgoing`.
    outgoing: Option<Outgoing>,
    /// Over exactly the bytes that leave.
    seal: Seal,
    /// In the order of their own times.
    statuses: Vec<Status>,
    replaces: Option<String>,
    /// Ids of refused invoices that it corrects under another number, as it names them (BT-25). The whole story: `…/chain`.
    corrects: Vec<String>,
    replaced_by: Option<String>,
    released: Option<Released>,
    parked_why: Option<String>,
    parked_from: Option<State>,
    /// What the platform's directory said of the recipient before it left; none where it was not asked.
    recipient: Option<RecipientTold>,
    /// When the queue looks at it next; of one invoice alone also because its platform is left alone for a while.
    #[schema(format = DateTime)]
    due_at: Option<String>,
    attempt: u32,
    last_error: Option<String>,
    links: Links,
}

/// A document that facteur wrote.
#[derive(Debug, Serialize, ToSchema)]
pub struct Outgoing {
    sha256: String,
    /// Its length.
    bytes: u64,
    /// Its syntax: `cii`.
    #[schema(example = "cii")]
    syntax: String,
    /// How many things the document that came says and this one does not; the event `written` names them.
    not_carried: u64,
    /// A deposit was begun with it: it never changes any more.
    fixed: bool,
}

/// A status that the platform or the buyer gave.
#[derive(Debug, Serialize, ToSchema)]
pub struct Status {
    code: String,
    reason: Option<String>,
    /// The platform's own time, as written.
    at: Option<String>,
    /// `platform` or `buyer`.
    #[schema(value_type = String)]
    voice: Value,
    /// It calls the invoice a duplicate of another.
    duplicate: bool,
}

/// Who let it go in spite of what, and why.
#[derive(Debug, Serialize, ToSchema)]
pub struct Released {
    author: String,
    reason: String,
    #[schema(format = DateTime)]
    at: Option<String>,
    /// `findings`, `doubt` or `doubt-settled`.
    #[schema(value_type = String)]
    of: ReleasedOf,
}

impl Released {
    pub fn of(released: &store::Released) -> Self {
        let store::Released { author, reason, at, of } = released;
        Self { author: author.clone(), reason: reason.clone(), at: time(*at), of: *of }
    }
}

/// Where an invoice stood in the file it came in.
#[derive(Debug, Serialize, ToSchema)]
pub struct PartOf {
    /// SHA-256 of the file, hexadecimal.
    sha256: String,
    /// Where the file is shown.
    location: String,
    #[serde(flatten)]
    stood: Stood,
}

/// Where in a file with several an invoice stood.
#[derive(Debug, Serialize, ToSchema)]
pub struct Stood {
    /// Which of its invoices, from 1.
    position: u32,
    /// The reference of its message (0062, ST02).
    message: String,
    /// The reference of the interchange (0020, ISA13).
    reference: String,
    /// Bytes of the file before the message.
    offset: u64,
    /// What concerns it and other messages together, and cannot be seen in it alone. EDIFACT: codes of CONTRL (0085). X12: a
    /// control number came before, that of its interchange (25 of TA105), its group (19 of AK905), its own (23 of AK502).
    around: Vec<u8>,
}

impl Stood {
    pub fn of(part: store::PartOf) -> Self {
        let store::PartOf { position, message, reference, offset, around, .. } = part;
        Self { position, message, reference, offset, around }
    }
}

impl PartOf {
    fn of(part: &store::PartOf) -> Self {
        let sha256 = part.sha256.clone();
        Self { location: format!("/v1/interchanges/{sha256}"), sha256, stood: Stood::of(part.clone()) }
    }
}

/// Where more of it is.
#[derive(Debug, Serialize, ToSchema)]
pub struct Links {
    #[serde(rename = "self")]
    own: String,
    events: String,
    /// Which invoices correct which.
    chain: String,
    report: String,
    document: String,
    /// Absent where the document leaves as it came.
    #[serde(skip_serializing_if = "Option::is_none")]
    outgoing: Option<String>,
    /// Absent without a seal.
    #[serde(skip_serializing_if = "Option::is_none")]
    seal: Option<String>,
}

impl Invoice {
    pub fn of(row: &InvoiceRow) -> Self {
        let facts = row.facts.clone();
        let (amount, credit) = (facts.amount().map(|amount| amount.to_string()), facts.is_credit());
        let id = &row.id;
        let statuses = told_in_order(row).into_iter().map(|heard| Status {
            code: heard.code.clone(),
            reason: heard.reason.clone(),
            at: heard.at.clone(),
            voice: serde_json::to_value(heard.voice).unwrap_or_default(),
            duplicate: heard.duplicate,
        });
        Self {
            sha256: row.sha256.clone(),
            state: row.state,
            received_at: time(row.received_at),
            updated_at: time(row.updated_at),
            source: row.source.clone(),
            part_of: row.part_of.as_ref().map(PartOf::of),
            verdict: row.verdict.clone(),
            waived: row.waived,
            lowered: row.lowered,
            syntax: facts.syntax,
            profile: facts.profile,
            number: facts.number,
            issued: facts.issued,
            seller: facts.seller,
            customer: facts.customer,
            customer_name: facts.customer_name,
            payable: facts.payable,
            amount,
            credit,
            currency: facts.currency,
            platform: row.platform.clone(),
            reference: row.reference.clone(),
            platform_invoice: row.platform_invoice.clone(),
            existed_at_platform: row.existed,
            deposits: row.deposits,
            outgoing: row.outgoing.clone().map(|store::Outgoing { sha256, bytes, syntax, not_carried, fixed }| {
                Outgoing { sha256, bytes, syntax, not_carried, fixed }
            }),
            seal: Seal::of(row.seal.as_ref()),
            statuses: statuses.collect(),
            replaces: row.replaces.clone(),
            corrects: row.corrects.clone(),
            replaced_by: row.replaced_by.clone(),
            released: row.released.as_ref().map(Released::of),
            parked_why: row.parked_why.clone(),
            parked_from: row.parked_from,
            recipient: row.reception.as_ref().map(RecipientTold::of),
            due_at: row.due_at.and_then(time),
            attempt: row.attempt,
            last_error: row.last_error.clone(),
            links: Links {
                own: format!("/v1/invoices/{id}"),
                events: format!("/v1/invoices/{id}/events"),
                chain: format!("/v1/invoices/{id}/chain"),
                report: format!("/v1/invoices/{id}/report"),
                document: format!("/v1/invoices/{id}/document"),
                outgoing: row.outgoing.as_ref().map(|_| format!("/v1/invoices/{id}/document?as=outgoing")),
                seal: row.seal.as_ref().map(|_| format!("/v1/invoices/{id}/seal")),
            },
            id: id.clone(),
        }
    }
}

/// An invoice by itself, with what comes next for it.
#[derive(Debug, Serialize, ToSchema)]
pub struct InvoiceNow {
    #[serde(flatten)]
    invoice: Invoice,
    next: Next,
}

/// What comes next, by cause, as it stands at this moment.
#[derive(Debug, Serialize, ToSchema)]
pub struct Next {
    /// The state, or the state and a cause: `blocked`, `blocked-copy`, `blocked-number`, `refused-duplicate`… New ones may come.
    what: String,
    /// Who acts: `person`, `facteur`, `seller`, `buyer` or `nobody`.
    who: String,
    words: Text,
    /// The acts that would be taken now: `release`, `retry`, `park`, `cancel`; the most fitting first.
    acts: Vec<String>,
    /// Id of another invoice that holds its number, where that keeps it back.
    number_held_by: Option<String>,
}

impl InvoiceNow {
    pub fn of(row: &InvoiceRow, next: Judged) -> Self {
        let next = Next {
            what: next.id.to_owned(),
            who: next.words.who.clone(),
            words: next.words.words.clone(),
            acts: next.acts.iter().map(|act| act.as_str().to_owned()).collect(),
            number_held_by: next.rival.map(|rival| rival.id),
        };
        Self { invoice: Invoice::of(row), next }
    }

    /// Nothing goes to its platform before: what is due sooner waits until then.
    pub fn not_before(mut self, row: &InvoiceRow, rests_until: Option<Millis>) -> Self {
        if let (Some(due), Some(until)) = (row.due_at, rests_until) {
            self.invoice.due_at = time(due.max(until));
        }
        self
    }
}

/// Something that happened. Nothing of it changes or leaves.
#[derive(Debug, Serialize, ToSchema)]
pub struct Event {
    /// Grows by one from event to event, over all invoices.
    cursor: u64,
    invoice_id: String,
    #[schema(format = DateTime)]
    at: Option<String>,
    /// `received`, `judged`, `blocked`, `ready`, `intent`, `answer`, `delivered`, `refused`, `problem-opened`… New kinds may come.
    kind: String,
    /// Who did it: `facteur`, a platform's name, a person.
    actor: String,
    /// What belongs to this kind of event.
    data: Value,
}

impl Event {
    pub fn of(event: store::Event) -> Self {
        let store::Event { cursor, invoice_id, at, kind, actor, data } = event;
        Self { cursor, invoice_id, at: time(at), kind, actor, data }
    }
}

/// A billing problem, with the labels of its cause and its owner.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[schema(as = BillingProblem)]
pub struct Problem {
    pub id: String,
    pub invoice_id: String,
    /// BT-1 of the invoice, where it could be read.
    pub invoice_number: Option<String>,
    pub customer: String,
    pub customer_name: String,
    /// Sub-cause of the taxonomy, such as `A2`.
    #[schema(example = "A2")]
    pub cause: String,
    pub cause_label: Option<Text>,
    #[schema(example = "A")]
    pub category: Option<String>,
    pub category_label: Option<Text>,
    pub advice: Option<Text>,
    /// Rule id, status or reason code, as it came.
    pub code: String,
    /// The platform's or the buyer's text, as it came.
    pub text: Option<String>,
    /// Our rule's sentence, where a rule said it.
    pub message: Option<Text>,
    pub said: Said,
    /// Amount at stake, as a decimal number; below zero for a credit note.
    pub amount: Option<String>,
    pub currency: Option<String>,
    #[schema(format = DateTime)]
    pub opened_at: Option<String>,
    #[schema(format = DateTime)]
    pub closed_at: Option<String>,
    /// `replaced`, `corrected`, `delivered`, `accepted`, `paid`, `released`, `valid`, `number-free`, `person`.
    pub closed_why: Option<String>,
    pub owner: Option<String>,
    /// `person` or `configuration`.
    pub owner_from: Option<String>,
    /// What facteur proposes to do.
    pub suggestion: Option<Text>,
    /// What a person decided to do.
    pub next_action: Option<String>,
    #[schema(value_type = Option<String>, format = Date)]
    pub next_action_on: Option<Day>,
    /// The rule that would have caught it before the invoice left.
    pub rule: Option<String>,
    /// Who acts next: `seller`, `integrator`, `buyer`, `platform`, joined by `+`; or `none`.
    pub acts: String,
    /// May the corrected document bear the same number?
    pub number_reusable: bool,
    /// Computed from dates, text or silence rather than told by a code.
    pub inferred: bool,
    /// Id of the invoice that corrects this one.
    pub correction: Option<String>,
    /// What people and later answers changed, oldest first; nothing is forgotten.
    #[serde(default)]
    #[schema(required = true)]
    pub changes: Vec<Change>,
}

/// One change of a problem.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Change {
    #[schema(format = DateTime)]
    pub at: Option<String>,
    pub author: String,
    /// `comment`, `cause`, `owner`, `next-action`, `due`, `closed`, `reopened`, `said-again`.
    pub what: String,
    pub from: Option<String>,
    pub to: Option<String>,
    pub was_inferred: Option<bool>,
}

impl Problem {
    /// With the owner that the configuration names where no person was.
    pub fn of(problem: &problems::Problem, owners: &config::Problems) -> Self {
        let problem = problem.clone();
        let known = cause(&problem.cause);
        let configured = owners.owner(&problem.cause).map(str::to_owned);
        let owner_from = match (&problem.owner, &configured) {
            (Some(_), _) => Some("person"),
            (None, Some(_)) => Some("configuration"),
            (None, None) => None,
        };
        let changes = problem.changes.into_iter().map(|change| Change {
            at: time(change.at),
            author: change.author,
            what: change.what,
            from: change.from,
            to: change.to,
            was_inferred: change.was_inferred,
        });
        Self {
            id: problem.id,
            invoice_id: problem.invoice_id,
            invoice_number: problem.invoice_number,
            customer: problem.customer,
            customer_name: problem.customer_name,
            cause: problem.cause,
            cause_label: known.map(|cause| cause.label.clone()),
            category: known.map(|cause| cause.category.clone()),
            category_label: known.and_then(|cause| category(&cause.category)).map(|category| category.label.clone()),
            advice: known.map(|cause| cause.advice.clone()),
            code: problem.code,
            text: problem.text,
            message: problem.message,
            said: problem.said,
            amount: problem.amount,
            currency: problem.currency,
            opened_at: time(problem.opened_at),
            closed_at: problem.closed_at.and_then(time),
            closed_why: problem.closed_why,
            owner: problem.owner.or(configured),
            owner_from: owner_from.map(str::to_owned),
            suggestion: problem.suggestion,
            next_action: problem.next_action,
            next_action_on: problem.next_action_on,
            rule: problem.rule,
            acts: problem.acts,
            number_reusable: problem.number_reusable,
            inferred: problem.inferred,
            correction: problem.correction,
            changes: changes.collect(),
        }
    }
}

impl Problem {
    /// The record that the report counts, read back from what was shown. None where a time is none: what cannot be placed cannot
    /// be counted.
    pub fn record(self) -> Option<problems::Problem> {
        let changes = self.changes.into_iter().map(|change| {
            let at = millis(change.at.as_deref()?)?;
            let Change { author, what, from, to, was_inferred, .. } = change;
            Some(problems::Change { at, author, what, from, to, was_inferred })
        });
        Some(problems::Problem {
            opened_at: millis(self.opened_at.as_deref()?)?,
            closed_at: match &self.closed_at {
                Some(at) => Some(millis(at)?),
                None => None,
            },
            changes: changes.collect::<Option<_>>()?,
            id: self.id,
            invoice_id: self.invoice_id,
            invoice_number: self.invoice_number,
            customer: self.customer,
            customer_name: self.customer_name,
            cause: self.cause,
            code: self.code,
            text: self.text,
            message: self.message,
            said: self.said,
            amount: self.amount,
            currency: self.currency,
            closed_why: self.closed_why,
            owner: self.owner,
            suggestion: self.suggestion,
            next_action: self.next_action,
            next_action_on: self.next_action_on,
            rule: self.rule,
            acts: self.acts,
            number_reusable: self.number_reusable,
            inferred: self.inferred,
            correction: self.correction,
        })
    }
}

fn millis(at: &str) -> Option<Millis> {
    at.parse::<jiff::Timestamp>().ok().map(|at| at.as_millisecond())
}

/// As JSON text; strings, numbers and lists alone, so this cannot fail.
pub fn written(shown: &impl Serialize) -> String {
    serde_json::to_string(shown).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_three_decimals() {
        assert_eq!(time(0).as_deref(), Some("1970-01-01T00:00:00.000Z"));
        assert_eq!(time(1_795_219_200_120).as_deref(), Some("2026-11-21T00:00:00.120Z"));
        assert_eq!(time(Millis::MAX), None);
    }

    #[test]
    fn what_is_shown_of_a_problem_is_read_back_as_the_record() {
        let record = problems::Problem {
            opened_at: 1_795_219_200_120,
            closed_at: Some(1_795_219_200_121),
            next_action_on: Day::parse_iso("2026-12-01"),
            owner: Some("marie".into()),
            ..serde_json::from_value(serde_json::json!({
                "id": "p1", "invoice_id": "i1", "customer": "c", "customer_name": "C", "cause": "A2", "code": "BT-13",
                "said": "rule", "opened_at": 0, "acts": "seller", "number_reusable": true, "inferred": false,
                "changes": [{ "at": 7, "author": "léa", "what": "comment", "to": "vu" }],
            }))
            .unwrap()
        };
        let shown: Problem =
            serde_json::from_str(&written(&Problem::of(&record, &config::Problems { owners: Default::default() })))
                .unwrap();
        assert_eq!(shown.clone().record(), Some(record));
        assert!(Problem { opened_at: Some("once".into()), ..shown }.record().is_none());
    }
}
