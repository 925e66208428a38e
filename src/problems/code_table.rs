//! The map from platforms' codes to causes, `schemas/problems/code_map.csv`, read once.
//!
//! What the columns say beyond their names. `status` may end with `*` (any status that begins so; with low confidence, it
//! is there for the codes nobody listed); an empty `reason` is the status alone; `silence`, `insolvency`, `dependency`,
//! `late-or-early` and `description` are reasons that facteur computes, not codes. `refine` says that the code is coarse
//! and that the words beside it may tell more. `number` says whether the corrected document may bear the same number:
//! `yes`, `no`, or `none` where no document is called for.

use std::sync::LazyLock;

use super::advice::advice;
use super::cause::{Cause, cause};
use super::mapped::{Confidence, Family, Mapped, Number};
use crate::table::{Row, Table, TableError, built_in};
use crate::text::Text;

#[derive(Debug)]
pub(super) struct Entry {
    pub family: Family,
    pub status: String,
    pub reason: String,
    pub cause: &'static Cause,
    pub acts: String,
    pub number: Number,
    pub confidence: Confidence,
    pub inferred: bool,
    pub refine: bool,
    pub opens: bool,
    pub caught_by: Option<String>,
    pub advice: &'static Text,
}

impl Entry {
    /// This entry is about this very status: a 210 from a public buyer is a 210, and `*` is any.
    pub fn is_beside(&self, status: &str) -> bool {
        let base = |status: &str| status.strip_suffix("-B2G").unwrap_or(status).to_owned();
        self.status == "*" || base(&self.status) == base(status)
    }

    /// A wildcard of low confidence is there for the codes nobody listed.
    pub fn knows(&self, status: &str) -> bool {
        self.status == status || self.confidence > Confidence::Low
    }

    pub fn mapped(&'static self, known: bool) -> Mapped {
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

pub(super) static CODES: LazyLock<Vec<Entry>> = LazyLock::new(|| built_in("problems/code_map.csv", read(TEXT)));

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_damaged_table_is_named_by_its_line() {
        let header = TEXT.lines().next().unwrap();
        for row in [
            "edi,*,,A8,seller,yes,low,no,no,yes,,format",
            "pa,*,,Z8,seller,yes,low,no,no,yes,,format",
            "pa,*,,A8,me,yes,low,no,no,yes,,format",
            "pa,*,,A8,seller,maybe,low,no,no,yes,,format",
            "pa,*,,A8,seller,yes,sure,no,no,yes,,format",
            "pa,*,,A8,seller,yes,low,no,no,yes,,nowhere",
        ] {
            assert_eq!(read(&format!("{header}\n{row}\n")).unwrap_err().line, 2, "{row}");
        }
        read(TEXT).unwrap();
        let alone = read(&format!("{header}\npa,*,,A8,seller,yes,low,no,no,yes,,format\n")).unwrap_err();
        assert!(alone.what.contains("chorus"), "{alone}");
    }
}
