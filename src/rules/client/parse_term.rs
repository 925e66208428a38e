//! The address a rule names: `BT-13`, `BG-25[*]/BT-132`.

use crate::invoice::{Address, Term};
use crate::text::Text;

use super::fault::FaultKind;
use super::parse::Parser;
use super::parse_rule::{Table, missing};
use super::reader::{quote, same};
use super::suggest;

/// The address of the rule's `term`; what is wrong with it is noted by the reader.
pub fn address(parser: &mut Parser<'_>, table: &Table<'_, '_>) -> Option<Address> {
    let Some(value) = parser.reader.string(table.value, "term") else {
        if !table.value.contains_key("term") {
            missing(parser, table, "term", same("term = \"BT-13\""));
        }
        return None;
    };
    let mut start = 0;
    let mut unknown = false;
    // Each step is looked up apart, so that the fault stands on the step that is wrong.
    for step in value.value.split('/') {
        let bare = bare(step);
        if Term::parse(&bare).is_none_or(Term::is_of_messages) {
            let at = parser.reader.inside(&value, value.value[..start].chars().count());
            let message = Text::new("ce n'est pas un terme de l'EN 16931", "this is no term of EN 16931");
            let fault = parser.reader.fault(FaultKind::UnknownTerm, at, message);
            fault.found = Some(quote(step.trim()));
            fault.expected = Some(Text::new(
                "un terme ou un groupe, comme BT-13, BG-24, BG-25[*]/BT-132",
                "a term or group, such as BT-13, BG-24, BG-25[*]/BT-132",
            ));
            fault.did_you_mean = suggest::term(&bare).map(|t| t.id().to_owned());
            unknown = true;
        }
        start += step.len() + 1;
    }
    if unknown {
        return None;
    }
    let parsed = Address::parse(value.value).ok().filter(nested);
    if parsed.is_none() {
        let message = Text::new("adresse de terme mal formée", "malformed address of a term");
        let fault = parser.reader.fault(FaultKind::BadValue, value.span.start, message);
        fault.found = Some(quote(value.value));
        fault.expected = Some(Text::new(
            "des groupes qui contiennent le terme, puis le terme : BG-25[*]/BT-132, BG-25[2]/BT-131, BT-29[1]",
            "groups that contain the term, then the term: BG-25[*]/BT-132, BG-25[2]/BT-131, BT-29[1]",
        ));
    }
    parsed
}

/// Does each group of the address contain what follows it?
fn nested(address: &Address) -> bool {
    let inside = |term: Term, group: Term| std::iter::successors(term.parent(), |t| t.parent()).any(|t| t == group);
    let steps: Vec<Term> = address.groups.iter().map(|(group, _)| *group).chain([address.term]).collect();
    steps.windows(2).all(|pair| inside(pair[1], pair[0]))
}

/// The step without its positions: `BT-29[1]-1` is `BT-29-1`.
fn bare(step: &str) -> String {
    let mut out = String::new();
    let mut depth = 0u32;
    for c in step.trim().chars() {
        match c {
            '[' => depth += 1,
            ']' => depth = depth.saturating_sub(1),
            c if depth == 0 => out.push(c),
            _ => {}
        }
    }
    out
}

/// `BT-132` alone is satisfied by one line that has it: probably not what was meant.
pub fn one_is_enough(parser: &mut Parser<'_>, table: &Table<'_, '_>, address: &Address) {
    let around = std::iter::successors(address.term.group(), |t| t.group()).find(|t| t.is_repeatable());
    let Some(group) = around.filter(|g| !address.groups.iter().any(|(named, _)| named == g)) else { return };
    let at = table.value.get("term").map_or(table.span.start, |v| v.span().start);
    let message = Text::new(
        format!("{group} se répète : une seule fois {} suffit à cette règle", address.term),
        format!("{group} repeats: {} in one of them satisfies this rule", address.term),
    );
    let fault = parser.reader.fault(FaultKind::Doubtful, at, message);
    fault.found = Some(address.to_string());
    fault.did_you_mean = Some(format!("{group}[*]/{}", address.term));
}
