//! Rows of the store as the API shows them: times as RFC 3339, names that stay when the store's change. What is described at
//! `/openapi.json` is made of these types.

use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::seal::Seal;
use crate::clock::Millis;
use crate::config;
use crate::lifecycle::State;
use crate::problems::{self, Said, category, cause};
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
    /// `valid`, `invalid` or `not-judged`, once judged.
    verdict: Option<String>,
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
    /// BT-5.
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
    seal: Seal,
    statuses: Vec<Status>,
    replaces: Option<String>,
    replaced_by: Option<String>,
    released: Option<Released>,
    parked_why: Option<String>,
    parked_from: Option<State>,
    /// When the queue looks at it next.
    #[schema(format = DateTime)]
    due_at: Option<String>,
    attempt: u32,
    last_error: Option<String>,
    links: Links,
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

/// Where more of it is.
#[derive(Debug, Serialize, ToSchema)]
pub struct Links {
    #[serde(rename = "self")]
    own: String,
    events: String,
    report: String,
    document: String,
    /// Absent without a seal.
    #[serde(skip_serializing_if = "Option::is_none")]
    seal: Option<String>,
}

impl Invoice {
    pub fn of(row: &InvoiceRow) -> Self {
        let facts = row.facts.clone();
        let id = &row.id;
        let statuses = row.statuses.iter().map(|heard| Status {
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
            verdict: row.verdict.clone(),
            syntax: facts.syntax,
            profile: facts.profile,
            number: facts.number,
            issued: facts.issued,
            seller: facts.seller,
            customer: facts.customer,
            customer_name: facts.customer_name,
            payable: facts.payable,
            currency: facts.currency,
            platform: row.platform.clone(),
            reference: row.reference.clone(),
            platform_invoice: row.platform_invoice.clone(),
            existed_at_platform: row.existed,
            deposits: row.deposits,
            seal: Seal::of(row.seal.as_ref()),
            statuses: statuses.collect(),
            replaces: row.replaces.clone(),
            replaced_by: row.replaced_by.clone(),
            released: row.released.as_ref().map(|released| Released {
                author: released.author.clone(),
                reason: released.reason.clone(),
                at: time(released.at),
                of: released.of,
            }),
            parked_why: row.parked_why.clone(),
            parked_from: row.parked_from,
            due_at: row.due_at.and_then(time),
            attempt: row.attempt,
            last_error: row.last_error.clone(),
            links: Links {
                own: format!("/v1/invoices/{id}"),
                events: format!("/v1/invoices/{id}/events"),
                report: format!("/v1/invoices/{id}/report"),
                document: format!("/v1/invoices/{id}/document"),
                seal: row.seal.as_ref().map(|_| format!("/v1/invoices/{id}/seal")),
            },
            id: id.clone(),
        }
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
#[derive(Debug, Serialize, ToSchema)]
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
    /// Amount at stake, as a decimal number.
    pub amount: Option<String>,
    pub currency: Option<String>,
    #[schema(format = DateTime)]
    pub opened_at: Option<String>,
    #[schema(format = DateTime)]
    pub closed_at: Option<String>,
    /// `replaced`, `delivered`, `accepted`, `paid`, `released`, `valid`, `person`.
    pub closed_why: Option<String>,
    pub owner: Option<String>,
    /// `person` or `configuration`.
    pub owner_from: Option<&'static str>,
    /// What facteur proposes to do.
    pub suggestion: Option<Text>,
    /// What a person decided to do.
    pub next_action: Option<String>,
    #[schema(format = Date)]
    pub next_action_on: Option<String>,
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
    pub changes: Vec<Change>,
}

/// One change of a problem.
#[derive(Debug, Serialize, ToSchema)]
pub struct Change {
    #[schema(format = DateTime)]
    at: Option<String>,
    author: String,
    /// `comment`, `cause`, `owner`, `next-action`, `due`, `closed`, `reopened`, `said-again`.
    what: String,
    from: Option<String>,
    to: Option<String>,
    was_inferred: Option<bool>,
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
            owner_from,
            suggestion: problem.suggestion,
            next_action: problem.next_action,
            next_action_on: problem.next_action_on.map(|day| day.to_string()),
            rule: problem.rule,
            acts: problem.acts,
            number_reusable: problem.number_reusable,
            inferred: problem.inferred,
            correction: problem.correction,
            changes: changes.collect(),
        }
    }
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
}
