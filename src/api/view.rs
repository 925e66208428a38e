//! Rows of the store as the API shows them: times as RFC 3339, names that stay when the store's change.

use super::seal;
use serde_json::{Value, json};

use crate::clock::Millis;
use crate::config;
use crate::problems::{Problem, category, cause};
use crate::store::{Event, InvoiceRow};

/// An instant as RFC 3339, UTC, to the millisecond.
pub fn time(at: Millis) -> Value {
    match jiff::Timestamp::from_millisecond(at) {
        Ok(at) => format!("{at:.3}").into(),
        Err(_) => Value::Null,
    }
}

fn time_of(at: Option<Millis>) -> Value {
    at.map_or(Value::Null, time)
}

/// An invoice, without its document.
pub fn invoice(row: &InvoiceRow) -> Value {
    let facts = &row.facts;
    let id = &row.id;
    json!({
        "id": id,
        "sha256": row.sha256,
        "state": row.state,
        "received_at": time(row.received_at),
        "updated_at": time(row.updated_at),
        "source": row.source,
        "verdict": row.verdict,
        "syntax": facts.syntax,
        "profile": facts.profile,
        "number": facts.number,
        "issued": facts.issued,
        "seller": facts.seller,
        "customer": facts.customer,
        "customer_name": facts.customer_name,
        "payable": facts.payable,
        "currency": facts.currency,
        "platform": row.platform,
        "reference": row.reference,
        "platform_invoice": row.platform_invoice,
        "existed_at_platform": row.existed,
        "deposits": row.deposits,
        "seal": seal::shown(row.seal.as_ref()),
        "statuses": row.statuses,
        "replaces": row.replaces,
        "replaced_by": row.replaced_by,
        "released": row.released.as_ref().map(|r| json!({
            "author": r.author, "reason": r.reason, "at": time(r.at), "of": r.of,
        })),
        "parked_why": row.parked_why,
        "parked_from": row.parked_from,
        "due_at": time_of(row.due_at),
        "attempt": row.attempt,
        "last_error": row.last_error,
        "links": {
            "self": format!("/v1/invoices/{id}"),
            "events": format!("/v1/invoices/{id}/events"),
            "report": format!("/v1/invoices/{id}/report"),
            "document": format!("/v1/invoices/{id}/document"),
            "seal": row.seal.as_ref().map(|_| format!("/v1/invoices/{id}/seal")),
        },
    })
}

pub fn event(event: &Event) -> Value {
    json!({
        "cursor": event.cursor,
        "invoice_id": event.invoice_id,
        "at": time(event.at),
        "kind": event.kind,
        "actor": event.actor,
        "data": event.data,
    })
}

/// A problem, with the labels of its cause and the owner that the configuration names where no person was.
pub fn problem(problem: &Problem, owners: &config::Problems) -> Value {
    let known = cause(&problem.cause);
    let configured = owners.owner(&problem.cause);
    json!({
        "id": problem.id,
        "invoice_id": problem.invoice_id,
        "invoice_number": problem.invoice_number,
        "customer": problem.customer,
        "customer_name": problem.customer_name,
        "cause": problem.cause,
        "cause_label": known.map(|cause| &cause.label),
        "category": known.map(|cause| &cause.category),
        "category_label": known.and_then(|cause| category(&cause.category)).map(|category| &category.label),
        "advice": known.map(|cause| &cause.advice),
        "code": problem.code,
        "text": problem.text,
        "message": problem.message,
        "said": problem.said,
        "amount": problem.amount,
        "currency": problem.currency,
        "opened_at": time(problem.opened_at),
        "closed_at": time_of(problem.closed_at),
        "closed_why": problem.closed_why,
        "owner": problem.owner.as_deref().or(configured),
        "owner_from": match (&problem.owner, configured) {
            (Some(_), _) => Some("person"),
            (None, Some(_)) => Some("configuration"),
            (None, None) => None,
        },
        "suggestion": problem.suggestion,
        "next_action": problem.next_action,
        "next_action_on": problem.next_action_on,
        "rule": problem.rule,
        "acts": problem.acts,
        "number_reusable": problem.number_reusable,
        "inferred": problem.inferred,
        "correction": problem.correction,
        "changes": problem.changes.iter().map(|c| json!({
            "at": time(c.at), "author": c.author, "what": c.what, "from": c.from, "to": c.to,
            "was_inferred": c.was_inferred,
        })).collect::<Vec<_>>(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_three_decimals() {
        assert_eq!(time(0), "1970-01-01T00:00:00.000Z");
        assert_eq!(time(1_795_219_200_120), "2026-11-21T00:00:00.120Z");
        assert_eq!(time(Millis::MAX), Value::Null);
    }
}
