//! The loops of the 810, as `schemas/x12/810.txt` has them.

use std::collections::HashSet;
use std::sync::LazyLock;

/// What may stand in a loop behind its first segment, in order; in the set itself, all of it.
#[derive(Debug, Default)]
pub struct Loop {
    pub parts: Vec<Part>,
}

#[derive(Debug)]
pub struct Part {
    pub tag: &'static str,
    pub required: bool,
    pub most: u32,
    /// Where the segment begins a loop.
    pub inside: Option<Loop>,
}

pub struct Structure {
    pub set: Loop,
    tags: HashSet<&'static str>,
}

impl Structure {
    pub fn get() -> &'static Structure {
        static STRUCTURE: LazyLock<Structure> = LazyLock::new(|| parse(include_str!("../../../schemas/x12/810.txt")));
        &STRUCTURE
    }

    /// Does the 810 have such a segment anywhere?
    pub fn knows(&self, tag: &str) -> bool {
        self.tags.contains(tag)
    }
}

fn parse(text: &'static str) -> Structure {
    let lines: Vec<&'static str> =
        text.lines().filter(|line| !line.trim().is_empty() && !line.starts_with('#')).collect();
    let tags = lines.iter().filter_map(|line| line.split_whitespace().next()).collect();
    Structure { set: within(&mut lines.as_slice(), 0), tags }
}

fn within(lines: &mut &[&'static str], depth: usize) -> Loop {
    let indent = |line: &str| (line.len() - line.trim_start().len()) / 2;
    let mut parts = Vec::new();
    while let Some((line, rest)) = lines.split_first() {
        if indent(line) < depth {
            break;
        }
        *lines = rest;
        let mut words = line.split_whitespace();
        let (tag, mark, most) = (words.next(), words.next(), words.next());
        let inside = lines.first().is_some_and(|next| indent(next) > depth).then(|| within(lines, depth + 1));
        let most = most.and_then(|most| most.parse().ok()).unwrap_or(u32::MAX);
        parts.push(Part { tag: tag.unwrap_or_default(), required: mark == Some("M"), most, inside });
    }
    Loop { parts }
}
