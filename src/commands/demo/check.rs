//! Holds what happened against the expected table. Every difference is one line.

use std::fmt::Display;
use std::fs;
use std::path::Path;

use serde_json::Value;

use super::super::timeline;
use super::expected::{Document, Expected, Problem, Report, Row};
use super::peer::{Peer, text};
use super::play::Played;
use super::{show, stage};
use crate::crypto::sha256;
use crate::problems::{By, ReportRow, summarise};
use crate::signature::{SIGNED, UNSIGNED, verify};
use crate::validate::hex;

/// Collects differences.
struct Wrong(Vec<String>);

impl Wrong {
    fn unless<T: PartialEq + Display>(&mut self, what: &str, found: T, expected: T) {
        if found != expected {
            self.0.push(format!("{what}: {found}, expected {expected}"));
        }
    }

    fn say(&mut self, line: String) {
        self.0.push(line);
    }
}

/// All differences; empty where everything is as expected.
pub async fn check(
    expected: &Expected,
    played: &Played,
    inbox: &Path,
    daemon: &Peer,
    sandbox: &Peer,
) -> Result<Vec<String>, String> {
    let mut wrong = Wrong(Vec::new());
    wrong.unless("schema of the table", expected.schema.as_str(), "facteur-demo/1");
    let deposits = list(&sandbox.get("/sandbox/deposits").await?, "/deposits");
    let integrated = list(&sandbox.get("/sandbox/invoices").await?, "/invoices");
    let problems = list(&daemon.get("/v1/problems").await?, "/problems");
    wrong.unless("invoices at the sandbox", integrated.len(), expected.sandbox.invoices);
    let mut repeated = 0;
    for document in &expected.documents {
        let Some(id) = played.ids.get(&document.file) else {
            wrong.say(format!("{}: never sent", document.file));
            continue;
        };
        match &document.same_as {
            Some(first) => same(document, id, played.ids.get(first), &mut wrong),
            None => {
                let invoice = daemon.get(&format!("/v1/invoices/{id}")).await?;
                let report = daemon.get(&format!("/v1/invoices/{id}/report")).await?;
                one(document, &invoice, &report, played, &mut wrong);
                let proven = absences(id, played);
                repeated += at_platform(document, leaving(&invoice), proven, &deposits, &integrated, &mut wrong);
                problem(document, id, &problems, &mut wrong);
                sealed(document, id, &invoice, daemon, &mut wrong).await?;
                if let Some(place) = &document.ends_in {
                    in_folder(&document.file, &inbox.join(place), &report, &mut wrong);
                }
            }
        }
    }
    wrong.unless("files left in the watched folder", files(inbox), 0);
    wrong.unless("deposits at the sandbox", deposits.len(), expected.sandbox.deposits + repeated);
    totals(&expected.report, daemon, &mut wrong).await?;
    Ok(wrong.0)
}

fn same(document: &Document, id: &str, first: Option<&String>, wrong: &mut Wrong) {
    wrong.unless(&format!("{}: id", document.file), id, first.map_or("none", String::as_str));
}

fn one(document: &Document, invoice: &Value, report: &Value, played: &Played, wrong: &mut Wrong) {
    let file = &document.file;
    let mut equal = |what: &str, found: &str, expected: Option<&str>| {
        wrong.unless(&format!("{file}: {what}"), found, expected.unwrap_or_default());
    };
    equal("number", text(invoice, "/number"), document.number.as_deref());
    equal("verdict", text(report, "/verdict"), document.verdict.as_deref());
    equal("state", text(invoice, "/state"), document.state.as_deref());
    let id_of = |file: &Option<String>| file.as_ref().and_then(|f| played.ids.get(f)).cloned();
    equal("replaces", text(invoice, "/replaces"), id_of(&document.replaces).as_deref());
    equal("replaced by", text(invoice, "/replaced_by"), id_of(&document.replaced_by).as_deref());

    let findings = list(report, "/findings");
    // What could not be judged has no fatal finding: nothing fatal is proven of it.
    let counts = |f: &&Value| text(f, "/severity") == "fatal" || text(report, "/verdict") == "not-judged";
    for rule in &document.rules {
        if !findings.iter().filter(counts).any(|f| text(f, "/rule") == rule) {
            wrong.say(format!("{file}: {rule} is not among its findings"));
        }
    }
    for term in &document.terms {
        let names = |f: &Value| list(f, "/terms").iter().any(|t| t.as_str() == Some(term));
        if !findings.iter().filter(counts).any(names) {
            wrong.say(format!("{file}: no fatal finding names {term}"));
        }
    }
    let id = played.ids.get(file).map(String::as_str).unwrap_or_default();
    let events = played.events.get(id).map(Vec::as_slice).unwrap_or_default();
    for state in &document.through {
        if !events.iter().any(|e| timeline::state(e) == Some(state)) {
            wrong.say(format!("{file}: was never {state}"));
        }
    }
    if let Some(holder) = id_of(&document.taken_by) {
        let held = events.iter().map(|e| text(e, "/data/number_held_by")).find(|by| !by.is_empty()).unwrap_or_default();
        wrong.unless(&format!("{file}: number held by"), held, holder.as_str());
    }
    let mut told: Vec<&str> = list_ref(invoice, "/statuses").iter().map(|s| text(s, "/code")).collect();
    if told.iter().all(|code| code.is_empty()) {
        told = events.iter().filter(|e| text(e, "/kind") == "status").map(|e| text(e, "/data/code")).collect();
    }
    told.sort_unstable();
    let mut statuses: Vec<&str> = document.statuses.iter().map(String::as_str).collect();
    statuses.sort_unstable();
    wrong.unless(&format!("{file}: statuses"), told.join(" "), statuses.join(" "));
}

/// How often the platform, asked after a lost answer, proved that it shows no such invoice.
fn absences(id: &str, played: &Played) -> usize {
    let events = played.events.get(id).map(Vec::as_slice).unwrap_or_default();
    events.iter().filter(|e| text(e, "/kind") == "settled" && text(e, "/data/how") == "absent").count()
}

/// Holds the sandbox's records of one document against the table. Returns how many of its deposits are repetitions beyond it.
///
/// A deposit that the platform refuses on its way in never becomes an invoice, so where a kill took its answer, asking finds
/// nothing and the document goes once more, to be refused again: one more deposit for each such absence, and never an invoice.
/// Where the platform made an invoice, the table's number holds exactly.
fn at_platform(
    document: &Document,
    sha256: &str,
    absences: usize,
    deposits: &[Value],
    integrated: &[Value],
    wrong: &mut Wrong,
) -> usize {
    let file = &document.file;
    let count = |rows: &[Value]| rows.iter().filter(|r| text(r, "/sha256") == sha256).count();
    let number = |n: Option<u64>| n.and_then(|n| usize::try_from(n).ok()).unwrap_or_default();
    let (found, expected) = (count(deposits), number(document.deposits));
    let repeated = match document.invoices {
        Some(0) => found.saturating_sub(expected).min(absences),
        _ => 0,
    };
    wrong.unless(&format!("{file}: deposits"), found, expected + repeated);
    wrong.unless(&format!("{file}: invoices at the platform"), count(integrated), number(document.invoices));
    repeated
}

/// SHA-256 of what leaves: the document, or what was written in the place of one that no platform takes (EDIFACT, X12).
fn leaving(invoice: &Value) -> &str {
    match text(invoice, "/outgoing/sha256") {
        "" => text(invoice, "/sha256"),
        written => written,
    }
}

/// What left bears our seal over the very bytes that left, which are those that were sent unless others were written; what stayed bears none.
async fn sealed(
    document: &Document,
    id: &str,
    invoice: &Value,
    daemon: &Peer,
    wrong: &mut Wrong,
) -> Result<(), String> {
    let file = &document.file;
    let left = document.deposits.is_some_and(|deposits| deposits > 0);
    let expected = if left { SIGNED } else { UNSIGNED };
    wrong.unless(&format!("{file}: seal"), text(invoice, "/seal/state"), expected);
    if left && text(invoice, "/seal/state") == SIGNED {
        let seal = daemon.bytes(&format!("/v1/invoices/{id}/seal")).await?;
        let left = match text(invoice, "/outgoing/sha256") {
            "" => sent(file).to_vec(),
            _ => daemon.bytes(&format!("/v1/invoices/{id}/document?as=outgoing")).await?,
        };
        wrong.unless(&format!("{file}: bytes that left"), hex(&sha256(&left)), leaving(invoice).to_owned());
        if let Err(flaw) = verify(&seal, &sha256(&left)) {
            wrong.say(format!("{file}: its seal does not fit: {flaw}"));
        }
    }
    Ok(())
}

/// A file that was dropped stands in its place, byte for byte, with its report beside.
fn in_folder(file: &str, place: &Path, report: &Value, wrong: &mut Wrong) {
    let kept = fs::read(place.join(file)).unwrap_or_default();
    wrong.unless(&format!("{file}: bytes in {}", place.display()), hex(&sha256(&kept)), hex(&sha256(sent(file))));
    let beside = fs::read(place.join(format!("{file}.report.json"))).unwrap_or_default();
    let beside: Value = serde_json::from_slice(&beside).unwrap_or_default();
    wrong.unless(&format!("{file}: verdict beside it"), text(&beside, "/verdict"), text(report, "/verdict"));
}

fn sent(file: &str) -> &'static [u8] {
    stage::fixture(&format!("invoices/{file}")).unwrap_or_default()
}

/// Plain files of a folder.
fn files(folder: &Path) -> usize {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_file())).count()
}

fn problem(document: &Document, id: &str, problems: &[Value], wrong: &mut Wrong) {
    let file = &document.file;
    let found: Vec<&Value> = problems.iter().filter(|p| text(p, "/invoice_id") == id).collect();
    let Some(expected) = &document.problem else {
        if let Some(first) = found.first() {
            wrong.say(format!("{file}: problem {} was not expected", text(first, "/cause")));
        }
        return;
    };
    let Some(problem) = found.iter().find(|p| text(p, "/cause") == expected.cause) else {
        let causes: Vec<&str> = found.iter().map(|p| text(p, "/cause")).collect();
        wrong.say(format!("{file}: no problem {}, but [{}]", expected.cause, causes.join(", ")));
        return;
    };
    wrong.unless(&format!("{file}: problems"), found.len(), 1);
    let Problem { said, code, amount, currency, customer, open, closed_why, .. } = expected;
    let mut equal = |what: &str, pointer: &str, expected: &Option<String>| {
        if let Some(expected) = expected {
            wrong.unless(&format!("{file}: problem's {what}"), text(problem, pointer), expected.as_str());
        }
    };
    equal("speaker", "/said", &Some(said.clone()));
    equal("amount", "/amount", amount);
    equal("currency", "/currency", currency);
    equal("customer", "/customer", customer);
    equal("closing", "/closed_why", closed_why);
    // A reason says more than the status it came with, so the problem bears the reason where there is one.
    equal("code", "/code", &expected.reason.clone().or_else(|| code.clone()));
    if let Some(reusable) = expected.number_reusable {
        let found = problem.pointer("/number_reusable").and_then(Value::as_bool);
        wrong.unless(&format!("{file}: number reusable"), found.unwrap_or_default(), reusable);
    }
    wrong.unless(&format!("{file}: problem open"), problem.pointer("/closed_at").is_none_or(Value::is_null), *open);
}

/// The report, row by row, in the order shown.
async fn totals(expected: &Report, daemon: &Peer, wrong: &mut Wrong) -> Result<(), String> {
    let summary = summarise(&show::problems(daemon).await?, By::Cause);
    wrong.unless("report: invoices", summary.invoices as u64, expected.invoices);
    wrong.unless("report: customers", summary.customers as u64, expected.customers);
    let (mut causes, mut categories, mut sums) = (Vec::new(), Vec::new(), Vec::new());
    for section in &summary.sections {
        let currency = section.currency.as_deref();
        sums.push((currency, &section.total));
        for category in &section.rows {
            categories.push((currency, category));
            causes.extend(category.parts.iter().map(|cause| (currency, cause)));
        }
    }
    // Sub-causes stand under their categories there, and by themselves in the table.
    causes.sort_by(|a, b| a.1.id.cmp(&b.1.id));
    rows("cause", &causes, &expected.causes, true, wrong);
    rows("category", &categories, &expected.categories, false, wrong);
    rows("total", &sums, &expected.totals, false, wrong);
    let open: usize = summary.sections.iter().map(|s| s.total.open).sum();
    wrong.unless("report: open", open as u64, expected.open);
    let closed: usize = summary.sections.iter().map(|s| s.total.closed).sum();
    wrong.unless("report: closed", closed as u64, expected.closed);
    Ok(())
}

fn rows(kind: &str, found: &[(Option<&str>, &ReportRow)], expected: &[Row], sort: bool, wrong: &mut Wrong) {
    let mut wanted: Vec<&Row> = expected.iter().collect();
    if sort {
        wanted.sort_by(|a, b| a.id.cmp(&b.id));
    }
    let line = |id: &str,
                currency: &str,
                invoices: u64,
                amount: &str,
                unknown: u64,
                customers: u64,
                open: u64,
                closed: u64| {
        format!(
            "{id} {currency} {invoices} invoices {amount} ({unknown} unknown) {customers} customers {open} open {closed} closed"
        )
    };
    let found: Vec<String> = found
        .iter()
        .map(|(currency, r)| {
            let id = if kind == "total" { "" } else { r.id.as_str() };
            let amount = r.amount.as_ref().map(ToString::to_string).unwrap_or_default();
            let n = |n: usize| n as u64;
            line(
                id,
                currency.unwrap_or("-"),
                n(r.invoices),
                &amount,
                n(r.amount_unknown),
                n(r.customers),
                n(r.open),
                n(r.closed),
            )
        })
        .collect();
    let wanted: Vec<String> = wanted
        .iter()
        .map(|r| {
            let id = if kind == "total" { "" } else { r.id.as_str() };
            let amount = r.amount.as_deref().unwrap_or_default();
            line(
                id,
                r.currency.as_deref().unwrap_or("-"),
                r.invoices,
                amount,
                r.amount_unknown,
                r.customers,
                r.open,
                r.closed,
            )
        })
        .collect();
    wrong.unless(&format!("report by {kind}"), found.join(" | "), wanted.join(" | "));
}

fn list(value: &Value, pointer: &str) -> Vec<Value> {
    list_ref(value, pointer).to_vec()
}

fn list_ref<'v>(value: &'v Value, pointer: &str) -> &'v [Value] {
    value.pointer(pointer).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn differences(deposits: usize, invoices: usize, absences: usize, integrated: usize) -> (usize, Vec<String>) {
        let table = format!("file = \"a.xml\"\ndeposits = 1\ninvoices = {invoices}\nstatuses = []");
        let document: Document = toml::from_str(&table).unwrap();
        let records = |n| vec![serde_json::json!({ "sha256": "ab" }); n];
        let mut wrong = Wrong(Vec::new());
        let repeated = at_platform(&document, "ab", absences, &records(deposits), &records(integrated), &mut wrong);
        (repeated, wrong.0)
    }

    #[test]
    fn only_a_refused_deposit_may_be_repeated_and_only_after_proof() {
        assert_eq!(differences(1, 0, 0, 0), (0, vec![]));
        assert_eq!(differences(2, 0, 1, 0), (1, vec![]));
        // The call that was cut had not arrived.
        assert_eq!(differences(1, 0, 1, 0), (0, vec![]));
        assert_eq!(differences(2, 0, 0, 0).1, ["a.xml: deposits: 2, expected 1"]);
        assert_eq!(differences(3, 0, 1, 0).1.len(), 1);
        assert_eq!(differences(2, 1, 1, 1).1, ["a.xml: deposits: 2, expected 1"]);
        assert_eq!(differences(2, 0, 1, 1).1, ["a.xml: invoices at the platform: 1, expected 0"]);
    }
}
