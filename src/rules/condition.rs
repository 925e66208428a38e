//! The small language of `when`: `BT-3 = 380 and (BT-5 != "EUR" or not BG-24)`.
//!
//! - A term or group alone is true where it stands with something in it.
//! - `=` `!=` `<` `<=` `>` `>=` compare a term with a value or with another term; `in (…)` and `not in (…)` with several.
//!   Amounts, quantities and percentages compare as decimals, dates as days, everything else as text, blanks around it removed.
//! - Where a term stands several times, one that satisfies is enough. `!=` and `not in` are the opposites of `=` and `in`, so
//!   they are true too where the term is absent.
//! - `and` binds tighter than `or`; `not` tighter than both; parentheses as usual. Words may be in French: `et`, `ou`, `non`, `dans`.
//!
//! A term is looked for in the instance that is being judged (the line, the allowance), else in the group around it, else in
//! the whole document.

mod parse;

use std::cmp::Ordering;

use crate::day::Day;
use crate::decimal::Decimal;
use crate::invoice::{Group, Kind, Occurrence, Term};
use crate::text::Text;

/// A parsed condition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Condition {
    source: String,
    root: Expression,
}

/// Why a text is no condition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadCondition {
    /// Byte offset in the text.
    pub offset: usize,
    pub message: Text,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Expression {
    Present(Term),
    Compare(Term, Operator, Operand),
    In(Term, Vec<Literal>),
    Not(Box<Expression>),
    And(Vec<Expression>),
    Or(Vec<Expression>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operator {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Operand {
    Value(Literal),
    Term(Term),
}

/// A value of the type of the term it is compared with.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Literal {
    Number(Decimal),
    Day(Day),
    Text(String),
}

impl Condition {
    /// Reads a condition. Errors come with the offset and a sentence; nesting and length are bounded.
    pub fn parse(text: &str) -> Result<Self, BadCondition> {
        Ok(Self { source: text.to_owned(), root: parse::parse(text)? })
    }

    /// As it was written.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Is it true, seen from this instance of a group (or from the document)?
    pub fn holds(&self, scope: Group<'_>) -> bool {
        self.root.holds(scope)
    }

    /// The terms it looks at, in the order written.
    pub fn terms(&self) -> Vec<Term> {
        let mut out = Vec::new();
        self.root.terms(&mut out);
        out
    }
}

impl Expression {
    fn holds(&self, scope: Group<'_>) -> bool {
        match self {
            Expression::Present(term) => present(scope, *term),
            Expression::Compare(term, Operator::NotEqual, right) => !compare(scope, *term, Operator::Equal, right),
            Expression::Compare(term, operator, right) => compare(scope, *term, *operator, right),
            Expression::In(term, values) => {
                seen_from(scope, *term).any(|o| values.iter().any(|v| order(o, v) == Some(Ordering::Equal)))
            }
            Expression::Not(inner) => !inner.holds(scope),
            Expression::And(all) => all.iter().all(|e| e.holds(scope)),
            Expression::Or(any) => any.iter().any(|e| e.holds(scope)),
        }
    }

    fn terms(&self, out: &mut Vec<Term>) {
        match self {
            Expression::Present(term) | Expression::In(term, _) => out.push(*term),
            Expression::Compare(term, _, right) => {
                out.push(*term);
                if let Operand::Term(other) = right {
                    out.push(*other);
                }
            }
            Expression::Not(inner) => inner.terms(out),
            Expression::And(all) | Expression::Or(all) => all.iter().for_each(|e| e.terms(out)),
        }
    }
}

impl Operator {
    fn accepts(self, order: Ordering) -> bool {
        match self {
            Operator::Equal => order.is_eq(),
            Operator::NotEqual => order.is_ne(),
            Operator::Less => order.is_lt(),
            Operator::LessOrEqual => order.is_le(),
            Operator::Greater => order.is_gt(),
            Operator::GreaterOrEqual => order.is_ge(),
        }
    }
}

fn present(scope: Group<'_>, term: Term) -> bool {
    if term.is_group() {
        let home = home(scope, term);
        return home.groups(term).next().is_some();
    }
    seen_from(scope, term).any(|o| !o.trimmed().is_empty())
}

fn compare(scope: Group<'_>, term: Term, operator: Operator, right: &Operand) -> bool {
    seen_from(scope, term).any(|left| match right {
        Operand::Value(value) => order(left, value).is_some_and(|o| operator.accepts(o)),
        Operand::Term(other) => {
            seen_from(scope, *other).any(|right| order_of_two(left, right).is_some_and(|o| operator.accepts(o)))
        }
    })
}

/// Occurrences of a term as an instance sees them: its own, else those of the nearest group around both.
pub(super) fn seen_from(scope: Group<'_>, term: Term) -> impl Iterator<Item = Occurrence<'_>> {
    home(scope, term).all(term)
}

fn home(scope: Group<'_>, term: Term) -> Group<'_> {
    let around = |group: Term| std::iter::successors(term.parent(), |t| t.parent()).any(|t| t == group);
    let mut here = scope;
    while let Some(parent) = here.parent() {
        if here.term().is_none_or(around) {
            break;
        }
        here = parent;
    }
    here
}

fn order(found: Occurrence<'_>, wanted: &Literal) -> Option<Ordering> {
    match wanted {
        Literal::Number(n) => found.number().map(|f| f.cmp(n)),
        Literal::Day(d) => found.day().map(|f| f.cmp(d)),
        Literal::Text(t) => Some(found.trimmed().cmp(t.as_str())),
    }
}

fn order_of_two(left: Occurrence<'_>, right: Occurrence<'_>) -> Option<Ordering> {
    match class(left.term()) {
        Class::Number => Some(left.number()?.cmp(&right.number()?)),
        Class::Day => Some(left.day()?.cmp(&right.day()?)),
        Class::Text => Some(left.trimmed().cmp(right.trimmed())),
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Class {
    Number,
    Day,
    Text,
}

fn class(term: Term) -> Class {
    match term.kind() {
        Kind::Date => Class::Day,
        _ if term.is_number() => Class::Number,
        _ => Class::Text,
    }
}
