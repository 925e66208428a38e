//! What is written otherwise and is the same value: `schemas/diff/equal.csv`, each row with its source.

use std::sync::LazyLock;

use crate::decimal::{self, Decimal};
use crate::invoice::{Syntax, Term};
use crate::table::{Row, Table, TableError, built_in};

/// What a term that is absent means.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Absent {
    Number(Decimal),
    /// What another term beside it says; of several, their sum.
    Like(Vec<Term>),
}

/// What a code means, where UBL and CII write it otherwise.
pub(super) fn meaning(term: Term, syntax: Syntax, code: &str) -> Option<&'static str> {
    let codes = &EQUAL.codes;
    let same = |row: &&Code| row.term == term && code == if syntax.is_ubl() { &row.ubl } else { &row.cii };
    codes.iter().find(same).map(|row| row.meaning.as_str())
}

/// Are the codes of a term not the same in UBL and in CII?
pub(super) fn has_meanings(term: Term) -> bool {
    EQUAL.codes.iter().any(|row| row.term == term)
}

/// A code of the other syntax as this one writes it, where both have it and write it otherwise.
pub fn counterpart(term: Term, syntax: Syntax, code: &str) -> Option<&'static str> {
    let of = |row: &'static Code| if syntax.is_ubl() { (&*row.ubl, &*row.cii) } else { (&*row.cii, &*row.ubl) };
    EQUAL.codes.iter().filter(|row| row.term == term).map(of).find(|(_, other)| *other == code).map(|(own, _)| own)
}

/// What it means that a term is absent; none where that is just what it is.
pub(super) fn absent(term: Term) -> Option<&'static Absent> {
    EQUAL.absent.iter().find(|(t, _)| *t == term).map(|(_, means)| means)
}

/// Does a syntax write a term of the document in several places, or in another group than others do?
pub(super) fn once(term: Term) -> bool {
    EQUAL.once.contains(&term)
}

struct Code {
    term: Term,
    ubl: String,
    cii: String,
    meaning: String,
}

#[derive(Default)]
struct Equal {
    codes: Vec<Code>,
    absent: Vec<(Term, Absent)>,
    once: Vec<Term>,
}

static EQUAL: LazyLock<Equal> = LazyLock::new(|| built_in("diff/equal.csv", read(TEXT)));

const TEXT: &str = include_str!("../../schemas/diff/equal.csv");

fn read(text: &str) -> Result<Equal, TableError> {
    let table = Table::parse(text)?;
    let [term, rule, ubl, cii, value, source] =
        ["term", "rule", "ubl", "cii", "value", "source"].map(|name| table.column(name));
    let (term, rule, ubl, cii, value, source) = (term?, rule?, ubl?, cii?, value?, source?);
    let mut equal = Equal::default();
    for row in &table.rows {
        let id = term_of(row, row.get(term))?;
        if row.get(source).is_empty() {
            return Err(row.error("who says so is missing"));
        }
        match row.get(rule) {
            "code" => {
                let (ubl, cii) = (row.get(ubl).to_owned(), row.get(cii).to_owned());
                // Not a code of either syntax, so that no code that is wrong there can pass for it.
                let meaning = format!("{ubl} = {cii}");
                equal.codes.push(Code { term: id, ubl, cii, meaning });
            }
            "absent" => {
                let means = match decimal::parse(row.get(value)) {
                    Ok(number) => Absent::Number(number),
                    Err(_) => {
                        let terms = row.get(value).split('+').map(|id| term_of(row, id));
                        Absent::Like(terms.collect::<Result<_, _>>()?)
                    }
                };
                equal.absent.push((id, means));
            }
            "once" => equal.once.push(id),
            other => return Err(row.error(format!("`{other}` is none of code, absent, once"))),
        }
    }
    Ok(equal)
}

fn term_of(row: &Row<'_>, id: &str) -> Result<Term, TableError> {
    Term::parse(id).ok_or_else(|| row.error(format!("`{id}` is no term")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::invoice::bt;

    #[test]
    fn the_table_is_sound() {
        let equal = read(TEXT).unwrap();
        assert!(equal.codes.len() >= 3 && equal.absent.len() >= 4 && !equal.once.is_empty());
        for wrong in ["BT-9999,once,,,,x", "BT-9,twice,,,,x", "BT-9,once,,,,", "BT-9,absent,,,nothing,x"] {
            assert!(read(&format!("term,rule,ubl,cii,value,source\n{wrong}\n")).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_code_of_the_other_list_is_not_the_same() {
        let of = |syntax, code| meaning(bt::BT_8, syntax, code);
        assert!(of(Syntax::UblInvoice, "35").is_some());
        assert_eq!(of(Syntax::UblInvoice, "35"), of(Syntax::Cii, "29"));
        assert_eq!(of(Syntax::UblInvoice, "29"), None);
        assert_eq!(of(Syntax::Cii, "35"), None);
    }
}
