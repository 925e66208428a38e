//! The ledger: every deposit as its platform saw it and every status that was said, for whoever checks what a sender claims.

use serde::Serialize;

use super::afnor::{Flow, MESSAGE};
use super::record::{Deposit, Invoice, Millis, Step};
use super::world::World;

/// One line. What does not hold for it is null.
#[derive(Debug, Default, Serialize)]
struct Line<'w> {
    /// RFC 3339, UTC, by the platform's own clock.
    at: String,
    /// `chorus-pro` or `accredited`.
    platform: &'static str,
    /// `deposit` of an invoice, `statement` of ours about one, or a `status` that platform or buyer said.
    what: &'static str,
    /// The flow; of a status at Chorus Pro, the invoice.
    reference: String,
    tracking: Option<&'w str>,
    name: Option<&'w str>,
    number: Option<&'w str>,
    seller: Option<&'w str>,
    sha256: Option<&'w str>,
    /// Of a deposit: its state now, and the reasons of an error.
    outcome: Option<String>,
    /// Of a deposit: is the invoice at the platform through it? One that it turned away is not, one that the buyer refuses is.
    kept: Option<bool>,
    /// Of a status or a statement: what it says.
    code: Option<String>,
    /// Of a status: who says it, `platform` or `buyer`.
    by: Option<&'static str>,
    /// Of a status: since when it can be seen, where that is not its own time.
    shown: Option<String>,
}

/// All that came and was said until now, a line of JSON each, in the order of time; the same for the same past.
pub(super) fn lines(world: &World, now: Millis) -> String {
    let there = now.saturating_add(world.script().clock_skew_ms);
    let mut lines: Vec<(Millis, Line<'_>)> = world.deposits().iter().map(|one| (one.at, deposit(one, now))).collect();
    for invoice in world.invoices(now) {
        lines.extend(invoice.past(now).map(|step| (step.at, status(invoice, step))));
    }
    let flows = world.flows().iter().filter(|flow| flow.at <= there);
    lines.extend(flows.map(|flow| of_flow(flow, there)));
    let key = |(at, line): &(Millis, Line<'_>)| (*at, line.platform, line.what == "status", line.reference.clone());
    lines.sort_by_cached_key(key);
    let text = |(_, line): &(Millis, Line<'_>)| serde_json::to_string(line).map(|line| line + "\n").unwrap_or_default();
    lines.iter().map(text).collect()
}

fn deposit(deposit: &Deposit, now: Millis) -> Line<'_> {
    Line {
        at: moment(deposit.at),
        platform: "chorus-pro",
        what: "deposit",
        reference: deposit.flow.clone(),
        name: Some(&deposit.file_name),
        number: deposit.number.as_deref(),
        seller: deposit.seller.as_deref(),
        sha256: Some(&deposit.sha256),
        outcome: Some(deposit.state(now).to_owned()),
        kept: Some(deposit.state(now) == "IN_INTEGRE"),
        ..Line::default()
    }
}

fn status<'w>(invoice: &'w Invoice, step: &'w Step) -> Line<'w> {
    Line {
        at: moment(step.at),
        platform: "chorus-pro",
        what: "status",
        reference: invoice.id.to_string(),
        number: Some(&invoice.number),
        seller: Some(&invoice.seller),
        code: Some(step.code.clone()),
        by: Some(if step.by_buyer { "buyer" } else { "platform" }),
        ..Line::default()
    }
}

fn of_flow(flow: &Flow, now: Millis) -> (Millis, Line<'_>) {
    let about = flow.about.as_ref();
    let line = Line {
        platform: "accredited",
        reference: flow.id.clone(),
        tracking: flow.tracking.as_deref(),
        name: Some(&flow.name),
        number: about.map(|about| about.number.as_str()),
        seller: about.map(|about| about.seller_siren.as_str()),
        sha256: Some(&flow.sha256),
        code: flow.status.map(|(code, _)| code.to_string()),
        ..Line::default()
    };
    if flow.incoming {
        let own = flow.status.map_or(flow.at, |(_, at)| at);
        let by = if matches!(flow.status, Some((204..=211, _))) { "buyer" } else { "platform" };
        let shown = (own != flow.at).then(|| moment(flow.at));
        return (own, Line { at: moment(own), what: "status", by: Some(by), shown, ..line });
    }
    let reasons: Vec<&str> = flow.refused.iter().map(|(code, _)| code.as_str()).collect();
    let outcome = match (&flow.rejected, reasons.is_empty()) {
        (Some(reason), _) => format!("{}, 213 {reason}", flow.ack(now)),
        (None, true) => flow.ack(now).to_owned(),
        (None, false) => format!("{}: {}", flow.ack(now), reasons.join(", ")),
    };
    let message = flow.kind == MESSAGE;
    let line = Line {
        at: moment(flow.at),
        what: if message { "statement" } else { "deposit" },
        outcome: Some(outcome),
        kept: Some(flow.refused.is_empty() && flow.rejected.is_none()),
        ..line
    };
    (flow.at, line)
}

fn moment(at: Millis) -> String {
    let at = jiff::Timestamp::from_millisecond(at).unwrap_or_default();
    at.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string()
}
