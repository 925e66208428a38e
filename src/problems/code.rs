//! From a platform's code to the cause: `schemas/problems/code_map.csv`.
//!
//! What the columns say beyond their names. `status` may end with `*` (any status that begins so); an empty `reason` is
//! the status alone; `silence`, `insolvency`, `dependency`, `late-or-early` and `description` are reasons that facteur
//! computes, not codes. `refine` says that the code is coarse and that the words beside it may tell more. `number` says
//! whether the corrected document may bear the same number: `yes`, `no`, or `none` where no document is called for.

use std::sync::LazyLock;

use super::advice::advice;
use super::cause::{Cause, cause};
use super::hint::{hint, rule_named};
use super::mapped::{Confidence, Family, Mapped, Number};
use super::rule::cause_of_rule;
use crate::table::{Row, Table, TableError, built_in};
use crate::text::Text;

/// The cause behind a platform's answer. Nothing is dropped: a code the table does not know gets the cause of its
/// status (a technical status leads to A8, what a buyer says to C1), with `known` false and the lowest confidence.
///
/// `status` and `reason` are the codes as they came (`210` and `CMD_ERR`, `REJETEE` and `SE_ERR`, `IN_REJETE` and
/// `listeErreurDP`); `210-B2G` is a 210 from a public buyer. `text` is the comment that came along: where the code is
/// coarse, a rule it quotes or the words it uses give the cause, which is then marked inferred.
pub fn cause_of_code(family: Family, status: &str, reason: Option<&str>, text: Option<&str>) -> Mapped {
    let status = status.trim();
    let reason = reason.map(str::trim).filter(|reason| !reason.is_empty());
    let default = of_status(family, status);
    let mut mapped = match reason {
        None => default.mapped(default.status == status),
        Some(reason) => match of_reason(family, status, reason) {
            Some(entry) if entry.status == status => entry.mapped(true),
            // The reason is known, though not beside this status: the status says who acts and what may be reused.
            Some(entry) => Mapped {
                acts: &default.acts,
                number: default.number,
                opens: default.opens || entry.opens,
                confidence: entry.confidence.min(Confidence::Medium),
                ..entry.mapped(true)
            },
            None => default.mapped(false),
        },
    };
    let coarse = reason.and_then(|reason| of_reason(family, status, reason)).map_or(default.refine, |e| e.refine);
    if let Some(text) = text.filter(|_| coarse && mapped.opens) {
        refine(&mut mapped, family, text);
    }
    mapped
}

/// Lets the words beside a coarse code tell the cause.
fn refine(mapped: &mut Mapped, family: Family, text: &str) {
    if let Some(rule) = rule_named(text) {
        let by_rule = cause_of_rule::<&str>(rule, &[]);
        mapped.cause = by_rule.cause;
        mapped.suggestion = by_rule.suggestion;
        mapped.caught_by = by_rule.caught_by;
    } else if let Some(hint) = hint(family, text) {
        mapped.cause = hint.cause;
        mapped.suggestion = hint.advice.clone();
        mapped.caught_by = hint.caught_by.clone();
    } else {
        return;
    }
    mapped.inferred = true;
    mapped.confidence = Confidence::Medium;
}

/// The entry of this very pair; else of the same status for a public buyer or not; else of the reason beside another
/// status of the family; else, since Chorus Pro and the platforms relay each other's motives, of the other one.
fn of_reason(family: Family, status: &str, reason: &str) -> Option<&'static Entry> {
    let base = status.strip_suffix("-B2G");
    let twin = base.map_or_else(|| format!("{status}-B2G"), str::to_owned);
    let find = |family: Family, status: Option<&str>| {
        CODES.iter().find(|e| e.family == family && e.reason == reason && status.is_none_or(|s| e.status == s))
    };
    let relayed = match family {
        Family::Pa => Some(Family::Chorus),
        Family::Chorus => Some(Family::Pa),
        _ => None,
    };
    find(family, Some(status))
        .or_else(|| find(family, Some(&twin)))
        .or_else(|| find(family, None))
        .or_else(|| relayed.and_then(|family| find(family, None)))
}

/// The entry of a status alone: its own, else the longest `prefix*` it begins with.
fn of_status(family: Family, status: &str) -> &'static Entry {
    let of_family = || CODES.iter().filter(move |e| e.family == family && e.reason.is_empty());
    let prefix = |e: &&Entry| e.status.strip_suffix('*').is_some_and(|prefix| status.starts_with(prefix));
    of_family()
        .find(|e| e.status == status)
        .or_else(|| of_family().filter(prefix).max_by_key(|e| e.status.len()))
        .unwrap_or_else(|| panic!("invariant: code_map.csv ends {family} with `*`, which its reader checks"))
}

#[derive(Debug)]
struct Entry {
    family: Family,
    status: String,
    reason: String,
    cause: &'static Cause,
    acts: String,
    number: Number,
    confidence: Confidence,
    inferred: bool,
    refine: bool,
    opens: bool,
    caught_by: Option<String>,
    advice: &'static Text,
}

impl Entry {
    fn mapped(&'static self, known: bool) -> Mapped {
        Mapped {
            cause: self.cause,
            acts: &self.acts,
            number: self.number,
            caught_by: self.caught_by.clone(),
            suggestion: self.advice.clone(),
            inferred: self.inferred,
            known,
            opens: self.opens || !known,
            confidence: if known { self.confidence } else { Confidence::Low },
        }
    }
}

static CODES: LazyLock<Vec<Entry>> = LazyLock::new(|| built_in("problems/code_map.csv", read(TEXT)));

const TEXT: &str = include_str!("../../schemas/problems/code_map.csv");

fn read(text: &str) -> Result<Vec<Entry>, TableError> {
    let table = Table::parse(text)?;
    let names = [
        "family",
        "status",
        "reason",
        "cause",
        "acts",
        "number",
        "confidence",
        "inferred",
        "refine",
        "opens",
        "caught_by",
        "advice",
    ];
    let mut columns = [0; 12];
    for (column, name) in columns.iter_mut().zip(names) {
        *column = table.column(name)?;
    }
    let entries: Vec<_> = table.rows.iter().map(|row| entry(row, columns)).collect::<Result<_, _>>()?;
    for family in Family::ALL {
        if !entries.iter().any(|e| e.family == family && e.status == "*" && e.reason.is_empty()) {
            return Err(TableError::new(1, format!("{family} has no row for the statuses nobody listed (`*`)")));
        }
    }
    Ok(entries)
}

fn entry(row: &Row<'_>, columns: [usize; 12]) -> Result<Entry, TableError> {
    let [family, status, reason, id, acts, number, confidence, inferred, refine, opens, caught_by, key] = columns;
    let who = ["none", "seller", "integrator", "buyer", "platform"];
    if !row.get(acts).split('+').all(|one| who.contains(&one)) {
        return Err(row.error("unknown actor"));
    }
    Ok(Entry {
        family: Family::parse(row.get(family)).ok_or_else(|| row.error("unknown family"))?,
        status: row.get(status).into(),
        reason: row.get(reason).into(),
        cause: cause(row.get(id)).ok_or_else(|| row.error("unknown cause"))?,
        acts: row.get(acts).into(),
        number: Number::parse(row.get(number)).ok_or_else(|| row.error("`yes`, `no` or `none` is expected"))?,
        confidence: Confidence::parse(row.get(confidence)).ok_or_else(|| row.error("unknown confidence"))?,
        inferred: row.yes(inferred)?,
        refine: row.yes(refine)?,
        opens: row.yes(opens)?,
        caught_by: Some(row.get(caught_by)).filter(|rule| !rule.is_empty()).map(str::to_owned),
        advice: advice(row.get(key)).ok_or_else(|| row.error("unknown advice"))?,
    })
}
