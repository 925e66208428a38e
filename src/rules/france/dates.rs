//! Days of French invoices: of the calendar, between 2000 and 2099, the due day not before the invoice.

use crate::day::Day;
use crate::rules::check::Pattern;
use crate::rules::engine::{Crash, Evidence, Scene, Verdict};
use crate::rules::predicate::quote;
use crate::xml::{Name, NodeId};

use super::ask::{on, only};
use super::name::*;

static UBL_DAY: Pattern = Pattern::of(r"^20\d{2}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$");
static CII_DAY: Pattern = Pattern::of(r"^20\d{2}(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])$");

/// BR-FR-03: a day of the calendar from 2000 to 2099, as written: no blank, no time zone. Of CII only the first eight characters count.
pub fn real_date(scene: &Scene<'_, '_>, node: NodeId, _: &'static str) -> Result<Verdict, Crash> {
    let text = scene.tree.text_of(node);
    let ubl = scene.syntax.is_ubl();
    let start = text.char_indices().nth(8).map_or(text, |(at, _)| &text[..at]);
    let holds =
        if ubl { UBL_DAY.matches(text) && stands(text) } else { CII_DAY.matches(start) && stands(&dashed(start)) };
    let expected = if ubl { "YYYY-MM-DD" } else { "YYYYMMDD" };
    let found = Some(quote(scene.text(node))).filter(|found| !found.is_empty());
    Ok(if holds { Verdict::Holds } else { Verdict::fails(node, found, expected.to_owned()) })
}

fn stands(day: &str) -> bool {
    Day::parse_iso(day).is_some()
}

fn dashed(day: &str) -> String {
    match (day.get(..4), day.get(4..6), day.get(6..)) {
        (Some(year), Some(month), Some(day)) => format!("{year}-{month}-{day}"),
        _ => String::new(),
    }
}

/// BR-FR-CO-07: no due day is before the day of issue. Days are compared as texts.
pub fn days_in_order(scene: &Scene<'_, '_>, node: NodeId, _: &'static str) -> Result<Verdict, Crash> {
    let due = due_dates(scene, node);
    let tree = scene.tree;
    let (early, issued) = if scene.syntax.is_ubl() {
        let issued = on(scene, node, &[cbc_IssueDate]);
        let before = |d: &&NodeId| issued.iter().any(|i| tree.text_of(**d) < tree.text_of(*i));
        (due.iter().find(before).copied(), issued.first().copied())
    } else {
        if due.iter().all(|d| scene.text(*d).is_empty()) {
            return Ok(Verdict::Holds);
        }
        let issued = only(scene, &on(scene, node, &[rsm_ExchangedDocument, ram_IssueDateTime, udt_DateTimeString]))?;
        // Without a day of issue no due day is after it.
        let before = |d: &&NodeId| issued.is_none_or(|i| tree.text_of(**d) < tree.text_of(i));
        (due.iter().find(before).copied(), issued)
    };
    let Some(early) = early else { return Ok(Verdict::Holds) };
    let text = |n: NodeId| Some(quote(scene.text(n))).filter(|text| !text.is_empty());
    Ok(Verdict::fails(early, text(early), issued.and_then(text).map(|day| format!("≥ {day}"))))
}

/// BR-FR-CO-09: a due date (or, in UBL, that of a payment means) is given. Two stop the artefact in UBL; CII takes any that is no blank.
pub fn due_date_given(scene: &Scene<'_, '_>, node: NodeId, _: &'static str) -> Result<Verdict, Crash> {
    let due = due_dates(scene, node);
    let given = if scene.syntax.is_ubl() {
        only(scene, &due)?.is_some_and(|n| !scene.tree.text_of(n).is_empty())
    } else {
        due.iter().any(|n| !scene.text(*n).is_empty())
    };
    Ok(if given {
        Verdict::Holds
    } else {
        Verdict::failed(Evidence {
            at: due.first().copied().or(Some(node)),
            expected: Some("BT-9".to_owned()),
            ..Evidence::default()
        })
    })
}

fn due_dates(scene: &Scene<'_, '_>, node: NodeId) -> Vec<NodeId> {
    let ways: &[&[Name]] = if scene.syntax.is_ubl() {
        &[&[cbc_DueDate], &[cac_PaymentMeans, cbc_PaymentDueDate]]
    } else {
        &[&[
            rsm_SupplyChainTradeTransaction,
            ram_ApplicableHeaderTradeSettlement,
            ram_SpecifiedTradePaymentTerms,
            ram_DueDateDateTime,
            udt_DateTimeString,
        ]]
    };
    let mut all: Vec<NodeId> = ways.iter().flat_map(|way| on(scene, node, way)).collect();
    all.sort_unstable();
    all
}
