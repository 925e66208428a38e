//! What is written otherwise and means the same (`schemas/diff/equal.csv`): codes that the two syntaxes take from different lists, and
//! terms whose absence has a meaning.

use std::borrow::Cow;
use std::sync::LazyLock;

use crate::invoice::{Draft, Syntax, Term};
use crate::table::{Table, TableError, built_in};
use crate::text::trim;

use super::{Loss, Reason};

/// A code as a syntax writes it; what the table does not know stays as it is.
pub(super) fn written(term: Term, syntax: Syntax, code: &str) -> Cow<'_, str> {
    let own = |row: &'static Row| if syntax.is_ubl() { (&row.ubl, &row.cii) } else { (&row.cii, &row.ubl) };
    let mut rows = ROWS.iter().filter(|row| row.term == term).map(own);
    match rows.find(|(_, other)| *other == trim(code)) {
        Some((own, _)) => Cow::Borrowed(own.as_str()),
        None => Cow::Borrowed(code),
    }
}

/// What a code of the other syntax's list is taken for; none where the syntax has it itself, or nobody has.
fn foreign(term: Term, syntax: Syntax, code: &str) -> Option<&'static str> {
    let own = |row: &'static Row| if syntax.is_ubl() { (&row.ubl, &row.cii) } else { (&row.cii, &row.ubl) };
    let rows = || ROWS.iter().filter(|row| row.term == term).map(own);
    let is_own = rows().any(|(own, _)| own == trim(code));
    rows().filter(|_| !is_own).find(|(_, other)| *other == trim(code)).map(|(own, _)| own.as_str())
}

/// Codes that a document of that syntax has from the list of the other one, and what each is taken for where it is written.
pub fn taken_otherwise(draft: &Draft, syntax: Syntax) -> Vec<Loss> {
    let said = draft.said.iter().filter_map(|said| Some((said, foreign(said.term, syntax, &said.text)?)));
    said.map(|(said, taken)| Loss {
        address: said.term.id().to_owned(),
        term: Some(said.term),
        value: trim(&said.text).to_owned(),
        place: said.place.clone(),
        reason: Reason::Reads(Some(taken.to_owned())),
    })
    .collect()
}

/// Do two texts of a term say the same, each as some syntax writes it?
pub(super) fn is_same(term: Term, a: &str, b: &str) -> bool {
    let pair = |row: &&Row| row.term == term && (row.ubl == a && row.cii == b || row.ubl == b && row.cii == a);
    a == b || ROWS.iter().any(|row| pair(&row))
}

/// What it means that a term is absent: a number, or the sum of terms beside it (`BT-146+BT-147`).
pub(super) fn absent(term: Term) -> Option<&'static str> {
    ABSENT.iter().find(|(known, _)| *known == term).map(|(_, means)| means.as_str())
}

/// Does a syntax write the term in each of several groups, and another one once (BT-83 with every payment means)? Said again, it says
/// nothing more.
pub(super) fn once(term: Term) -> bool {
    ONCE.contains(&term)
}

struct Row {
    term: Term,
    ubl: String,
    cii: String,
}

static ROWS: LazyLock<Vec<Row>> = LazyLock::new(|| built_in("diff/equal.csv", read(TEXT)));

static ABSENT: LazyLock<Vec<(Term, String)>> = LazyLock::new(|| built_in("diff/equal.csv", read_absent(TEXT)));

static ONCE: LazyLock<Vec<Term>> = LazyLock::new(|| built_in("diff/equal.csv", read_once(TEXT)));

const TEXT: &str = include_str!("../../../schemas/diff/equal.csv");

fn read(text: &str) -> Result<Vec<Row>, TableError> {
    let table = Table::parse(text)?;
    let [term, rule, ubl, cii] =
        [table.column("term")?, table.column("rule")?, table.column("ubl")?, table.column("cii")?];
    let of = |row: &crate::table::Row<'_>| {
        let known = Term::parse(row.get(term)).ok_or_else(|| row.error("no such term"))?;
        Ok(Row { term: known, ubl: row.get(ubl).to_owned(), cii: row.get(cii).to_owned() })
    };
    table.rows.iter().filter(|row| row.get(rule) == "code").map(of).collect()
}

fn read_absent(text: &str) -> Result<Vec<(Term, String)>, TableError> {
    let table = Table::parse(text)?;
    let [term, rule, value] = [table.column("term")?, table.column("rule")?, table.column("value")?];
    let of = |row: &crate::table::Row<'_>| {
        let known = Term::parse(row.get(term)).ok_or_else(|| row.error("no such term"))?;
        Ok((known, row.get(value).to_owned()))
    };
    table.rows.iter().filter(|row| row.get(rule) == "absent").map(of).collect()
}

fn read_once(text: &str) -> Result<Vec<Term>, TableError> {
    let table = Table::parse(text)?;
    let [term, rule] = [table.column("term")?, table.column("rule")?];
    let once = table.rows.iter().filter(|row| row.get(rule) == "once");
    once.map(|row| Term::parse(row.get(term)).ok_or_else(|| row.error("no such term"))).collect()
}
