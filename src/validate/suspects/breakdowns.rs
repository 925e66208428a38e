//! A breakdown of VAT that stands twice for one category and rate.

use crate::formats::{Edit, Read};
use crate::invoice::{Group, Term, bt};
use crate::limits;
use crate::rules::predicate::quote;
use crate::rules::{About, Finding};
use crate::text::Text;

use super::super::causes::merged;
use super::{Suspect, any};

pub(super) fn suspects(read: &Read<'_>, findings: &[Finding], open: &[usize]) -> Vec<Suspect> {
    // Of a category that has one breakdown alone, its own rule says so.
    let own = any(findings, open, |group| group.ends_with("-01"));
    if own || !any(findings, open, |group| group == "BR-CO-14" || group.ends_with("-08")) {
        return Vec::new();
    }
    let key = |group: Group<'_>| {
        let rate = group
            .first(bt::BT_119)
            .map(|rate| rate.number().map_or(rate.trimmed().to_owned(), |n| n.normalize().to_string()));
        Some((group.first(bt::BT_118)?.trimmed().to_owned(), rate.unwrap_or_default()))
    };
    let mut seen: Vec<((String, String), Group<'_>, usize)> = Vec::new();
    let mut all = Vec::new();
    for (at, group) in read.invoice.groups(bt::BG_23).enumerate().take(limits::SUSPECTS_TRIED) {
        let (Some(key), Some(node)) = (key(group), group.node()) else { continue };
        let Some((_, first, number)) = seen.iter().find(|(other, ..)| *other == key) else {
            seen.push((key, group, at));
            continue;
        };
        let content = |group: Group<'_>| -> Vec<(Term, String)> {
            group.occurrences().map(|o| (o.term(), o.trimmed().to_owned())).collect()
        };
        let same = content(*first) == content(group);
        let (category, rate) = (quote(&key.0), quote(&key.1));
        let edits = vec![Edit::Remove { node }];
        let whole = first.node().filter(|_| !same).and_then(|first| merged(read, first, &[node]));
        if !same && whole.is_none() {
            continue;
        }
        let (fix_fr, fix_en) = if same {
            (
                format!("Retirer l'une des deux : BG-23[{}] répète BG-23[{}].", at + 1, number + 1),
                format!("Remove one of the two: BG-23[{}] repeats BG-23[{}].", at + 1, number + 1),
            )
        } else {
            (
                format!("Réunir BG-23[{}] et BG-23[{}] en une seule, montants additionnés.", number + 1, at + 1),
                format!("Merge BG-23[{}] and BG-23[{}] into one, their amounts added up.", number + 1, at + 1),
            )
        };
        all.push(Suspect {
            own: None,
            edits,
            whole,
            node,
            attribute: None,
            terms: vec![bt::BG_23, bt::BT_118, bt::BT_119],
            about: About::TooMany,
            found: None,
            right: None,
            example: None,
            message: Text::new(
                format!("La ventilation (BG-23) a deux lignes de catégorie {category} au taux {rate}, BG-23[{}] et BG-23[{}] : il en faut une.", number + 1, at + 1),
                format!("The VAT breakdown (BG-23) has two entries of category {category} at rate {rate}, BG-23[{}] and BG-23[{}]: one is needed.", number + 1, at + 1),
            ),
            fix: Text::new(fix_fr, fix_en),
        });
    }
    all
}

/// The bases of two breakdowns of one category and rate are each held against all of its lines: whoever follows both findings counts
/// them twice. Both say so, and neither proposes an amount.
pub(super) fn twice(read: &Read<'_>, findings: &mut [Finding], open: &[usize]) {
    let tree = read.invoice.tree();
    let around = |finding: &Finding| {
        let node = finding.aim.as_ref()?.node;
        let holds = |group: &Group<'_>| group.node().is_some_and(|n| n <= node && node < tree.node(n).end);
        read.invoice.groups(bt::BG_23).take(limits::SUSPECTS_TRIED).find(holds)
    };
    let bases: Vec<usize> = open.iter().copied().filter(|at| findings[*at].group.ends_with("-08")).collect();
    for at in bases.iter().copied().take(limits::SUSPECTS_TRIED) {
        let rate = |group: Group<'_>| group.number(bt::BT_119);
        let category = |group: Group<'_>| group.first(bt::BT_118).map(|code| code.trimmed().to_owned());
        let Some(own) = around(&findings[at]) else { continue };
        let alike = |group: &Group<'_>| {
            group.id() != own.id() && (category(*group), rate(*group)) == (category(own), rate(own))
        };
        let other =
            read.invoice.groups(bt::BG_23).take(limits::SUSPECTS_TRIED).enumerate().find(|(_, group)| alike(group));
        let Some((number, _)) = other else { continue };
        let base = findings[at].expected.clone().unwrap_or_default();
        findings[at].fix = Text::new(
            format!(
                "Réunir cette ligne de ventilation et BG-23[{}], de même catégorie et de même taux, en une seule, de base {base}.",
                number + 1
            ),
            format!(
                "Merge this VAT breakdown and BG-23[{}], of the same category and rate, into one with base {base}.",
                number + 1
            ),
        );
        findings[at].example = None;
        if let Some(aim) = findings[at].aim.as_mut() {
            aim.right = None;
        }
    }
}
