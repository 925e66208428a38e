//! Examples that are shown are proven: what replaces a value is written into the document and judged again; what does not cure its own
//! finding shows the form alone.
//!
//! Pieces of our own invoices bear our currencies: in a document of another, they bear its own.

use std::collections::HashSet;

use crate::formats::{self, Edit, Read, element, put_right};
use crate::invoice::bt;
use crate::limits;
use crate::rules::{About, Aim, Finding, Severity, codes};
use crate::xml::NodeId;

use super::causes::{Again, keys, path};

/// Mends or withdraws the examples of a report that is linked; those of `told` are proven already.
pub(super) fn examples(
    read: &Read<'_>,
    findings: &mut [Finding],
    judged: usize,
    told: &HashSet<usize>,
    again: Again<'_>,
) {
    for finding in findings.iter_mut().filter(|f| f.severity == Severity::Fatal) {
        currency(read, finding);
        cut(read, finding);
    }
    let bytes = read.invoice.tree().source().len().max(1);
    let most = limits::EXAMPLES_TRIED.min(limits::CAUSES_TRIED_BYTES / bytes);
    let roots: Vec<usize> = (0..findings.len().min(judged))
        .filter(|at| findings[*at].severity == Severity::Fatal && findings[*at].follows.is_none())
        // What was computed is what the rule asks for.
        .filter(|at| !told.contains(at) && findings[*at].working.is_none())
        .filter(|at| change(read, &findings[*at]).is_some())
        .take(most)
        .collect();
    let stands: Vec<usize> = {
        let before = keys(&findings[..judged]);
        let stands = |at: &usize| {
            let finding = &findings[*at];
            let text = change(read, finding).and_then(|edit| edit.apply(read.invoice.tree()));
            let Some(after) = text.and_then(|text| again(&text)) else { return false };
            let key = (finding.rule.as_str(), path(finding));
            // One that only went elsewhere is not cured.
            let of_rule = |all: usize, rule: &str| all + usize::from(rule == finding.rule);
            let count = |all: &[Finding]| all.iter().fold(0, |n, f| of_rule(n, &f.rule));
            keys(&after).get(&key).is_some_and(|now| before.get(&key).is_some_and(|was| now >= was))
                || count(&after) >= count(&findings[..judged])
        };
        roots.into_iter().filter(stands).collect()
    };
    for at in stands {
        let finding = &mut findings[at];
        finding.example = finding.aim.as_ref().and_then(|aim| form(read, aim));
    }
}

/// The form alone: nothing of ours stands for the value that only the sender knows.
fn form(read: &Read<'_>, aim: &Aim) -> Option<String> {
    let tree = read.invoice.tree();
    match (aim.child, aim.attribute) {
        (Some(child), _) => {
            let name = tree.qualified(child);
            Some(format!("<{name}>…</{name}>"))
        }
        (None, Some(name)) => Some(put_right(tree, aim.node, None, Some((&tree.qualified(name), "…")), None)),
        (None, None) => Some(put_right(tree, aim.node, Some("…"), None, None)),
    }
}

/// The document with the example in its place, where that is plain.
fn change(read: &Read<'_>, finding: &Finding) -> Option<Edit> {
    let (tree, syntax) = (read.invoice.tree(), read.invoice.syntax());
    let aim = finding.aim.as_ref().filter(|aim| !matches!(aim.about, About::Banned | About::TooMany))?;
    let example = finding.example.as_deref().filter(|e| !e.contains('…'))?;
    let name = name_of(example)?;
    // One element, and no more.
    example.strip_suffix(&format!("</{name}>"))?;
    let xml = element(syntax, example);
    if let Some(child) = aim.child {
        return (tree.qualified(child) == name).then_some(Edit::Insert { parent: aim.node, name: child, xml });
    }
    let own = tree.qualified(tree.node(aim.node).name) == name;
    own.then_some(Edit::Replace { node: aim.node, xml })
}

fn name_of(example: &str) -> Option<&str> {
    example.strip_prefix('<')?.split([' ', '>', '/']).next()
}

/// A value is asked for, and the example shows it inside the elements around it: what stands beside it in the document is sound.
fn cut(read: &Read<'_>, finding: &mut Finding) {
    let tree = read.invoice.tree();
    let Some(Aim { about: About::Value, node, attribute: None, child: None, .. }) = finding.aim else { return };
    let Some(example) = finding.example.as_deref() else { return };
    let name = |node: NodeId| tree.qualified(tree.node(node).name);
    let own = name(node);
    let mut around =
        std::iter::successors((node != 0).then(|| tree.node(node).parent), |n| (*n != 0).then(|| tree.node(*n).parent));
    let outer = name_of(example).is_some_and(|first| first != own && around.any(|n| name(n) == first));
    if !outer || tree.has_children(node) {
        return;
    }
    let close = format!("</{own}>");
    let piece =
        [format!("<{own}>"), format!("<{own} ")].iter().filter_map(|open| example.find(open)).min().and_then(|start| {
            let rest = &example[start..];
            rest.find(&close).map(|end| rest[..end + close.len()].to_owned())
        });
    finding.example = piece.or_else(|| Some(put_right(tree, node, Some("…"), None, None)));
}

/// Our currencies become the document's.
fn currency(read: &Read<'_>, finding: &mut Finding) {
    let (Some(example), Some(aim)) = (finding.example.as_mut(), finding.aim.as_ref()) else { return };
    if !example.contains("currencyID=\"") {
        return;
    }
    let known = |term| read.invoice.text(term).map(str::trim).filter(|code| codes::ISO_4217.contains(code));
    let own = formats::currency_of(read.invoice.tree(), aim.node);
    // A finding that asks for a currency by its code is answered in that one.
    let asked = finding.expected.as_deref().unwrap_or_default();
    for (ours, theirs) in [("EUR", known(bt::BT_5)), ("SEK", known(bt::BT_6))] {
        if let Some(theirs) = theirs.filter(|theirs| {
            *theirs != ours && !asked.contains(ours) && own != Some(ours) && aim.right.as_deref() != Some(ours)
        }) {
            *example = example.replace(&format!("currencyID=\"{ours}\""), &format!("currencyID=\"{theirs}\""));
        }
    }
}
