//! What a question expects: in signs, in terms, or as the one value that puts it right.

use crate::decimal::plain;
use crate::formats;
use crate::invoice::{Syntax, Term};
use crate::rules::check::{Check, Codes};
use crate::rules::registry::Rule;
use crate::text::Lang;

use super::{Ask, Fold, From, Order, Path, cents};

/// What is expected, in signs: a bound, the name of a list, the terms of which something is missing.
pub(super) fn expected(rule: &Rule, ask: &'static Ask) -> Option<String> {
    match subject(ask)?.1? {
        Ask::Check(_, Check::OneOf(Codes::Table(list) | Codes::Listed(list))) => {
            by_the_catalogue(rule).or_else(|| Some(list.name().to_owned()))
        }
        Ask::Check(_, check) if !check.is_presence() => check.expected(),
        // One of several of a name, told by its value: the catalogue says by which.
        Ask::Check(..) | Ask::Long(..) => by_the_catalogue(rule).or_else(|| missing(rule, ask)),
        Ask::Fraction(_, most) => Some(format!("≤ {most} decimals")),
        Ask::Brief(_, most) => Some(format!("≤ {most} characters")),
        Ask::Same(_, Fold::Listed, values) => Some(values.join(" | ")),
        Ask::Count(_, min, max) if min == max => Some(min.to_string()),
        Ask::Count(_, min, usize::MAX) => Some(format!("≥ {min}")),
        Ask::Count(_, _, max) => Some(format!("≤ {max}")),
        Ask::Number(_, _, order, than) => Some(match order {
            super::Order::Equal => than.to_string(),
            super::Order::More => format!("> {than}"),
            super::Order::AtLeast => format!("≥ {than}"),
        }),
        _ => None,
    }
}

/// The terms of which something is missing. `None` where it is not missing in the element that is judged: what the parties must
/// have where a category is used is said by the sentence.
pub(super) fn missing(rule: &Rule, ask: &'static Ask) -> Option<String> {
    fn elsewhere(ask: &Ask) -> bool {
        match ask {
            Ask::Check(path, _) => path.from != From::Here,
            Ask::All(all) | Ask::Any(all) => all.iter().any(elsewhere),
            _ => false,
        }
    }
    if matches!(ask, Ask::All(_) | Ask::Any(_)) && elsewhere(ask) {
        return None;
    }
    // What the advice says to fill in; some rules also name the terms that they depend on.
    let fix = rule.doc(Lang::En).fix;
    let advised = |id: &str| {
        fix.match_indices(id).any(|(at, _)| {
            let after = fix[at + id.len()..].trim_start_matches('-');
            !after.starts_with(|c: char| c.is_ascii_digit())
        })
    };
    let ids = |chosen: &dyn Fn(Term) -> bool| -> Vec<&'static str> {
        rule.terms.iter().copied().filter(|t| chosen(*t)).map(|t| t.id()).collect()
    };
    let mut terms = ids(&|t| advised(t.id()));
    if terms.is_empty() {
        terms = ids(&|t| !t.is_group());
    }
    Some(terms.join(if matches!(ask, Ask::All(_)) { ", " } else { " | " })).filter(|t| !t.is_empty())
}

/// What the catalogue says is expected, where the question does not show it.
pub(super) fn by_the_catalogue(rule: &Rule) -> Option<String> {
    Some(rule.expected.to_owned()).filter(|e| !e.is_empty())
}

/// Where the term of a rule stands in a syntax, without conditions: the last one it names.
pub(super) fn path(rule: &Rule, syntax: Syntax) -> Option<String> {
    let term = rule.terms.iter().rev().find(|t| !t.is_group()).or(rule.terms.last())?;
    let path = formats::path(syntax, *term)?;
    path.split('|').next().map(|first| first.trim().to_owned())
}

/// What a question is about, for the place and the value of its finding.
pub(super) fn subject(ask: &'static Ask) -> Option<(&'static Path, Option<&'static Ask>)> {
    match ask {
        Ask::Check(path, _)
        | Ask::Number(path, ..)
        | Ask::Fraction(path, _)
        | Ask::Long(path, _)
        | Ask::Brief(path, _)
        | Ask::Match(path, ..)
        | Ask::Digits(path, ..)
        | Ask::Same(path, Fold::Listed, _)
        | Ask::Count(path, ..) => Some((path, Some(ask))),
        Ask::Any(all) | Ask::All(all) => all.iter().find_map(subject),
        Ask::When(_, then) => subject(then),
        _ => None,
    }
}

pub(super) fn asks_presence(ask: &Ask) -> bool {
    match ask {
        Ask::Check(_, check) => check.is_presence(),
        Ask::Long(..) | Ask::Count(..) => true,
        _ => false,
    }
}

/// The one value that a question accepts, or the one it would with the digits that are too many rounded away.
pub(super) fn by_the_question(ask: &Ask, found: Option<&str>) -> Option<String> {
    match ask {
        Ask::Number(_, _, Order::Equal, than) => Some(than.to_string()),
        Ask::Fraction(_, 2) => Some(plain(cents(crate::decimal::parse(found?).ok()?)?)),
        _ => None,
    }
}

/// The one day that is meant where one of format 102 is expected.
pub(super) fn in_eight_digits(expected: Option<&str>, found: Option<&str>) -> Option<String> {
    let days = formats::days(found.filter(|_| expected == Some("YYYYMMDD"))?);
    let [day] = days[..] else { return None };
    Some(day.to_string().replace('-', ""))
}
