//! The way from a group to the segments that a route of the binding leads to.

use crate::edifact::Segment;

use super::binding::{Condition, Route, Step};
use super::groups::{Groups, LIN, MESSAGE};
use super::structure::code;

/// Where terms are looked for: a segment group, or one segment of it.
#[derive(Debug, Clone, Copy)]
pub(super) struct From {
    pub node: u32,
    pub segment: Option<u32>,
}

/// Could a route begin here at all?
#[inline]
pub(super) fn begins(groups: &Groups<'_>, route: &Route, from: From) -> bool {
    let Some(step) = route.steps.first() else { return true };
    match from.segment.filter(|_| !route.from_message) {
        Some(only) => groups.tag(only) == step.tag,
        None => {
            let node = if route.from_message { MESSAGE } else { from.node };
            groups.may_have(node, step.bit, step.marks)
        }
    }
}

/// Calls `found` with each segment that the steps lead to, and the group it stands in.
pub(super) fn walk(groups: &Groups<'_>, steps: &[Step], from: From, found: &mut dyn FnMut(u32, u32)) {
    let Some((step, rest)) = steps.split_first() else { return };
    if let Some(only) = from.segment {
        if rest.is_empty() && groups.tag(only) == step.tag && meets(groups, step, only) {
            found(from.node, only);
        }
        return;
    }
    if !groups.may_have(from.node, step.bit, step.marks) {
        return;
    }
    if rest.is_empty() {
        for segment in groups.own_of(from.node, step.tag).filter(|s| meets(groups, step, *s)) {
            if groups.is_further(segment) || groups.aside.binary_search(&segment).is_ok() {
                continue;
            }
            found(from.node, segment);
            if step.first {
                return;
            }
        }
    }
    let mut visit = |child: u32| {
        let trigger = groups.trigger(child);
        if groups.tag(trigger) != step.tag || !meets(groups, step, trigger) {
            return false;
        }
        if rest.is_empty() {
            found(child, trigger);
        } else {
            walk(groups, rest, From { node: child, segment: None }, found);
        }
        step.first
    };
    // Whoever looks for no line need not pass them all.
    if from.node == MESSAGE && step.tag != LIN {
        _ = groups.heads().iter().any(|child| visit(*child));
    } else {
        _ = groups.children(from.node).any(visit);
    }
}

/// Does a segment with the tag of a step meet its conditions?
#[inline]
fn meets(groups: &Groups<'_>, step: &Step, segment: u32) -> bool {
    step.conditions.iter().all(|condition| {
        let first = condition.element == 1 && condition.component == 1;
        if let Some(code) = first.then(|| groups.qualifier(segment)).flatten() {
            return condition.takes_code(code);
        }
        groups.segment(segment).is_some_and(|segment| holds(condition, &segment, 0))
    })
}

/// Does the segment say what the condition asks for, in the element it names or in the one that is looked at?
pub(super) fn holds(condition: &Condition, segment: &Segment<'_>, e: usize) -> bool {
    let element = if condition.element == 0 { e } else { condition.element };
    if let Some(said) = segment.code(element, condition.component) {
        return match code(said) {
            Some(code) => condition.takes_code(code),
            None => condition.takes(said),
        };
    }
    let said = segment.text(element, condition.component);
    let said = said.trim();
    condition.values.iter().any(|value| **value == *said) != condition.not
}
