//! Rates that explain what is wrong: of a line that no breakdown has, of a breakdown that no line has, of a category without VAT.

use crate::decimal::Decimal;
use crate::formats::Read;
use crate::invoice::{Group, Occurrence, Term, bt};
use crate::limits;
use crate::rules::Finding;
use crate::rules::predicate::quote;
use crate::text::{Lang, Text};

use super::lines::{label, text};
use super::{Suspect, any};

pub(super) fn suspects(read: &Read<'_>, findings: &[Finding], open: &[usize]) -> Vec<Suspect> {
    let mut all = Vec::new();
    if any(findings, open, |group| group.ends_with("-08")) {
        all.extend(of_breakdowns(read));
        all.extend(of_lines(read));
    }
    if any(findings, open, |group| group == "BR-CO-17" || group.ends_with("-05") || group.ends_with("-09")) {
        all.extend(zeros(read));
    }
    all
}

/// Where a category and a rate stand beside each other, besides the breakdown.
const USES: [(Term, Term, Term); 3] =
    [(bt::BG_25, bt::BT_151, bt::BT_152), (bt::BG_20, bt::BT_95, bt::BT_96), (bt::BG_21, bt::BT_102, bt::BT_103)];

/// The different categories and rates of groups, in their order; a few.
fn used<'r>(read: &'r Read<'_>, uses: &[(Term, Term, Term)]) -> Vec<(&'r str, Decimal, &'r str)> {
    let mut all: Vec<(&str, Decimal, &str)> = Vec::new();
    for (of, category, rate) in uses {
        for group in read.invoice.groups(*of) {
            let (Some(category), Some(rate)) = (group.first(*category), group.first(*rate)) else { continue };
            let Some(number) = rate.number() else { continue };
            if !all.iter().any(|known| (known.0, known.1) == (category.trimmed(), number)) {
                all.push((category.trimmed(), number, rate.trimmed()));
            }
            if all.len() >= limits::SUSPECTS_TRIED {
                return all;
            }
        }
    }
    all
}

/// Breakdowns at a rate that nothing of their category has, each with the rates that only lines, allowances and charges have.
fn of_breakdowns(read: &Read<'_>) -> Vec<Suspect> {
    let (used, listed) = (used(read, &USES), used(read, &[(bt::BG_23, bt::BT_118, bt::BT_119)]));
    let mut all = Vec::new();
    for (at, group) in read.invoice.groups(bt::BG_23).enumerate().take(limits::SUSPECTS_TRIED) {
        let (Some(category), Some(rate)) = (group.first(bt::BT_118), group.first(bt::BT_119)) else { continue };
        let (Some(number), found) = (rate.number(), quote(rate.trimmed())) else { continue };
        let is = |row: &&(&str, Decimal, &str)| row.0 == category.trimmed();
        if used.iter().filter(is).any(|row| row.1 == number) {
            continue;
        }
        let alone = |row: &&(&str, Decimal, &str)| !listed.iter().any(|known| (known.0, known.1) == (row.0, row.1));
        for (category, _, right) in used.iter().filter(is).filter(alone).take(limits::SUSPECTS_EACH) {
            let category = quote(category);
            all.push(Suspect {
                message: Text::new(
                    format!(
                        "BG-23[{}] a le taux {found} (BT-119), que rien de la catégorie {category} n'a ; à {right}, tout s'accorde.",
                        at + 1
                    ),
                    format!(
                        "BG-23[{}] has rate {found} (BT-119), which nothing of category {category} has; at {right}, all agrees.",
                        at + 1
                    ),
                ),
                fix: Text::new(
                    format!("Écrire {right} dans BT-119 ; si {found} est juste, corriger les lignes et le montant de TVA (BT-117)."),
                    format!("Write {right} in BT-119; if {found} is right, correct the lines and the VAT amount (BT-117)."),
                ),
                ..text(read, rate, (*right).to_owned())
            });
        }
    }
    all
}

/// Lines, allowances and charges at a rate that no breakdown of their category has.
fn of_lines(read: &Read<'_>) -> Vec<Suspect> {
    let listed = used(read, &[(bt::BG_23, bt::BT_118, bt::BT_119)]);
    let mut all = Vec::new();
    for (of, category, rate) in USES {
        for (at, group) in read.invoice.groups(of).enumerate() {
            let (Some(category), Some(rate)) = (group.first(category), group.first(rate)) else { continue };
            let Some(number) = rate.number() else { continue };
            let fits = |row: &&(&str, Decimal, &str)| row.0 == category.trimmed();
            if listed.iter().filter(fits).any(|row| row.1 == number) {
                continue;
            }
            for (.., right) in listed.iter().filter(fits) {
                all.push(rate_of(read, (of, at, group), category, rate, right));
            }
            if all.len() >= limits::SUSPECTS_EACH {
                return all;
            }
        }
    }
    all
}

/// Breakdowns of a category without VAT, at a rate.
fn zeros(read: &Read<'_>) -> Vec<Suspect> {
    let one = |(at, group): (usize, Group<'_>)| {
        let (category, rate) = (group.first(bt::BT_118)?, group.first(bt::BT_119)?);
        let category = category.trimmed();
        let none = ["Z", "E", "AE", "K", "G"].contains(&category);
        rate.number().filter(|rate| none && !rate.is_zero())?;
        let found = quote(rate.trimmed());
        Some(Suspect {
            message: Text::new(
                format!(
                    "BG-23[{}] est de catégorie {category}, qui ne porte pas de TVA, et son taux (BT-119) est {found} ; à 0, tout s'accorde.",
                    at + 1
                ),
                format!(
                    "BG-23[{}] is of category {category}, which bears no VAT, and its rate (BT-119) is {found}; at 0, all agrees.",
                    at + 1
                ),
            ),
            fix: Text::new(
                format!("Écrire 0 dans BT-119, ou corriger la catégorie (BT-118) si {found} est juste."),
                format!("Write 0 in BT-119, or correct the category (BT-118) if {found} is right."),
            ),
            ..text(read, rate, "0".to_owned())
        })
    };
    read.invoice.groups(bt::BG_23).enumerate().filter_map(one).take(limits::SUSPECTS_EACH).collect()
}

fn rate_of(
    read: &Read<'_>,
    (of, at, group): (Term, usize, Group<'_>),
    category: Occurrence<'_>,
    rate: Occurrence<'_>,
    right: &str,
) -> Suspect {
    let named = |lang: Lang| match of {
        bt::BG_25 => label(at, group, lang),
        _ => lang.pick(format!("remise ou charge {of}[{}]", at + 1), format!("allowance or charge {of}[{}]", at + 1)),
    };
    let (found, category, term) = (quote(rate.trimmed()), quote(category.trimmed()), rate.term());
    Suspect {
        message: Text::new(
            format!(
                "La {} a le taux {found} ({term}), et aucune ventilation (BG-23) de catégorie {category} ne l'a ; à {right}, tout s'accorde.",
                named(Lang::Fr)
            ),
            format!(
                "The {} has rate {found} ({term}), and no VAT breakdown (BG-23) of category {category} has it; at {right}, all agrees.",
                named(Lang::En)
            ),
        ),
        fix: Text::new(
            format!(
                "Vérifier ce taux d'abord : écrire {right} dans {term}. Si {found} est juste, ajouter une ventilation (BG-23) de catégorie {category} à {found} et corriger l'autre."
            ),
            format!(
                "Look at this rate first: write {right} in {term}. If {found} is right, add a VAT breakdown (BG-23) of category {category} at {found} and correct the other."
            ),
        ),
        ..text(read, rate, right.to_owned())
    }
}
