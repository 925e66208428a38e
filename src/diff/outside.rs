//! What a document says beside the terms of EN 16931: elements and attributes that are no term, extensions, signatures.
//!
//! They are cut into units: an attribute, the text of an element, or a whole element with nothing of the norm in it. A unit is
//! known by its path inside its block, without positions, so that a line that moved takes its units along.

use std::collections::hash_map::DefaultHasher;
use std::collections::{HashMap, HashSet};
use std::hash::{Hash as _, Hasher as _};

use crate::formats;
use crate::invoice::{Invoice, Occurrence, Term};
use crate::xml::{Name, NodeId, Tree};

/// An attribute, a text or an element that is no term, with all that is in it.
#[derive(Debug)]
pub(super) struct Unit<'i> {
    path: u32,
    /// At least one; elements, their attributes and what is inside, in document order.
    pub leaves: Vec<Leaf<'i>>,
    /// The term that it stands with, where what that term says here is what its absence would say.
    pub with_absent: Option<Term>,
}

/// One element, or one attribute, of a unit.
#[derive(Debug, Clone, Copy)]
pub(super) struct Leaf<'i> {
    path: u32,
    /// Blanks around it removed; empty for an element that has only elements inside.
    pub text: &'i str,
    /// What it says, however it is written: of an indicator `true` or `false`.
    said: &'i str,
    pub node: NodeId,
    pub attribute: Option<usize>,
}

/// Numbers for paths, the same in both documents whatever their prefixes.
#[derive(Default)]
pub(super) struct Paths {
    steps: HashMap<(u32, u32, bool), u32>,
    unknown: HashMap<(String, String), u32>,
}

/// What two lists of units do not share.
#[derive(Debug, Default)]
pub(super) struct Apart<'i> {
    pub changed: Vec<(Leaf<'i>, Leaf<'i>)>,
    pub only_a: Vec<Leaf<'i>>,
    pub only_b: Vec<Leaf<'i>>,
    /// The same, written otherwise.
    pub written: Vec<(Leaf<'i>, Leaf<'i>)>,
    /// The same leaves, arranged otherwise.
    pub arranged: Vec<(Leaf<'i>, Leaf<'i>)>,
}

impl Paths {
    /// The units of a document, each with the number of its block; `blocks` says which element is which block.
    pub fn units<'i>(&mut self, invoice: &'i Invoice<'i>, blocks: &HashMap<NodeId, usize>) -> Vec<(usize, Unit<'i>)> {
        let mut found = Found::new(invoice, self);
        found.element(0, 0, 0, blocks);
        found.units
    }

    fn step(&mut self, tree: &Tree<'_>, from: u32, name: Name, is_attribute: bool) -> u32 {
        let number = match name.is_known() {
            true => u32::from(name.0),
            false => {
                let (space, local) = tree.expanded(name);
                let next = u32::from(Name::KNOWN) + self.unknown.len() as u32;
                *self.unknown.entry((space.to_owned(), local.to_owned())).or_insert(next)
            }
        };
        // 0 is the block itself.
        let next = self.steps.len() as u32 + 1;
        *self.steps.entry((from, number, is_attribute)).or_insert(next)
    }
}

/// The walk over a document.
struct Found<'i, 'p> {
    tree: &'i Tree<'i>,
    paths: &'p mut Paths,
    /// Elements whose text is a term, and attributes that are.
    texts: Vec<bool>,
    attributes: HashSet<(NodeId, usize)>,
    /// How many elements before each are a term, a group, or have an attribute that is a term.
    before: Vec<u32>,
    units: Vec<(usize, Unit<'i>)>,
}

impl<'i, 'p> Found<'i, 'p> {
    fn new(invoice: &'i Invoice<'i>, paths: &'p mut Paths) -> Self {
        let tree = invoice.tree();
        let mut texts = vec![false; tree.len()];
        let mut known = vec![false; tree.len()];
        let mut attributes = HashSet::new();
        for occurrence in invoice.occurrences() {
            let node = occurrence.node() as usize;
            match Occurrence::attribute(occurrence) {
                Some(attribute) => _ = attributes.insert((occurrence.node(), attribute)),
                None => texts[node] = true,
            }
            known[node] = true;
        }
        for node in invoice.all_groups().filter_map(|g| g.node()) {
            known[node as usize] = true;
        }
        let mut before = Vec::with_capacity(known.len() + 1);
        before.push(0);
        let mut count = 0;
        for is_known in known {
            count += u32::from(is_known);
            before.push(count);
        }
        Self { tree, paths, texts, attributes, before, units: Vec::new() }
    }

    /// An element that is of the norm, or has something of it inside.
    fn element(&mut self, node: NodeId, block: usize, path: u32, blocks: &HashMap<NodeId, usize>) {
        let tree = self.tree;
        for (n, attribute) in tree.attributes(node).iter().enumerate() {
            if !self.attributes.contains(&(node, n)) && !is_hint(tree, attribute.name) {
                let path = self.paths.step(tree, path, attribute.name, true);
                let leaf = Leaf::of(tree, path, trim(tree.text(attribute.value)), node, Some(n));
                self.units.push((block, Unit { path, leaves: vec![leaf], with_absent: None }));
            }
        }
        let own = trim(tree.text_of(node));
        let mut texts = self.texts_of(node);
        if self.texts[node as usize] {
            texts.retain(|text| *text != own);
        }
        for text in texts {
            let leaf = Leaf::of(tree, path, text, node, None);
            self.units.push((block, Unit { path, leaves: vec![leaf], with_absent: None }));
        }
        for child in tree.children(node) {
            let known = self.before[tree.node(child).end as usize] > self.before[child as usize];
            match blocks.get(&child) {
                Some(inner) => self.element(child, *inner, 0, blocks),
                None => {
                    let path = self.paths.step(tree, path, tree.node(child).name, false);
                    if known {
                        self.element(child, block, path, blocks);
                    } else {
                        self.unit(child, block, path);
                    }
                }
            }
        }
    }

    /// What stands directly in an element, between its elements as well.
    fn texts_of(&self, node: NodeId) -> Vec<&'i str> {
        if self.tree.is_mixed(node) {
            return formats::loose(self.tree, node);
        }
        Some(trim(self.tree.text_of(node))).filter(|text| !text.is_empty()).into_iter().collect()
    }

    fn unit(&mut self, node: NodeId, block: usize, path: u32) {
        let mut leaves = Vec::new();
        self.leaves(node, path, &mut leaves);
        // An element with nothing in it says nothing.
        if leaves.iter().any(|leaf| !leaf.text.is_empty()) {
            self.units.push((block, Unit { path, leaves, with_absent: None }));
        }
    }

    fn leaves(&mut self, node: NodeId, path: u32, out: &mut Vec<Leaf<'i>>) {
        let tree = self.tree;
        let mut texts = self.texts_of(node).into_iter();
        out.push(Leaf::of(tree, path, texts.next().unwrap_or_default(), node, None));
        out.extend(texts.map(|text| Leaf::of(tree, path, text, node, None)));
        let from = out.len();
        for (n, attribute) in tree.attributes(node).iter().enumerate().filter(|(_, a)| !is_hint(tree, a.name)) {
            let path = self.paths.step(tree, path, attribute.name, true);
            out.push(Leaf::of(tree, path, trim(tree.text(attribute.value)), node, Some(n)));
        }
        // The order of attributes means nothing.
        out[from..].sort_by_key(|leaf| leaf.path);
        for child in tree.children(node) {
            let path = self.paths.step(tree, path, tree.node(child).name, false);
            self.leaves(child, path, out);
        }
    }
}

impl<'i> Leaf<'i> {
    fn of(tree: &Tree<'_>, path: u32, text: &'i str, node: NodeId, attribute: Option<usize>) -> Leaf<'i> {
        // The names of indicators end so in both syntaxes (UBL and CII naming rules); their type is xs:boolean, which has two
        // ways to write each value.
        let is_indicator = attribute.is_none() && tree.expanded(tree.node(node).name).1.ends_with("Indicator");
        let said = match text {
            "1" if is_indicator => "true",
            "0" if is_indicator => "false",
            text => text,
        };
        Leaf { path, text, said, node, attribute }
    }
}

impl<'i> Unit<'i> {
    pub fn hash(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        for leaf in &self.leaves {
            (leaf.path, leaf.said).hash(&mut hasher);
        }
        hasher.finish()
    }

    fn same(&self, other: &Unit<'_>) -> bool {
        self.leaves.len() == other.leaves.len()
            && self.leaves.iter().zip(&other.leaves).all(|(a, b)| a.path == b.path && a.said == b.said)
    }

    /// The leaves that say something.
    fn said(&self) -> impl Iterator<Item = Leaf<'i>> + '_ {
        self.leaves.iter().copied().filter(|leaf| !leaf.text.is_empty())
    }
}

/// Compares the units of two blocks as sets, then those of one path leaf by leaf.
pub(super) fn apart<'i>(a: &[&Unit<'i>], b: &[&Unit<'i>]) -> Apart<'i> {
    let mut apart = Apart::default();
    let mut of_b: HashMap<u64, Vec<&Unit<'i>>> = HashMap::new();
    for unit in b.iter().copied().rev() {
        of_b.entry(unit.hash()).or_default().push(unit);
    }
    let mut left_a: Vec<&Unit<'i>> = Vec::new();
    for unit in a.iter().copied() {
        let found = of_b.get_mut(&unit.hash()).and_then(|same| same.pop_if(|other| unit.same(other)));
        match found {
            None => left_a.push(unit),
            Some(other) => {
                let both = unit.leaves.iter().copied().zip(other.leaves.iter().copied());
                apart.written.extend(both.filter(|(x, y)| x.text != y.text));
            }
        }
    }
    let mut left_b: Vec<&Unit<'i>> = of_b.into_values().flatten().collect();
    if left_a.is_empty() && left_b.is_empty() {
        return apart;
    }
    left_b.sort_by_key(|unit| unit.leaves.first().map(|leaf| (leaf.node, leaf.attribute)));
    let mut by_path: HashMap<u32, Vec<&Unit<'i>>> = HashMap::new();
    for unit in left_b.iter().rev() {
        by_path.entry(unit.path).or_default().push(unit);
    }
    for unit in left_a {
        match by_path.get_mut(&unit.path).and_then(Vec::pop) {
            Some(other) => leaf_by_leaf(unit, other, &mut apart),
            None => apart.only_a.extend(unit.said()),
        }
    }
    let mut rest: Vec<&Unit<'i>> = by_path.into_values().flatten().collect();
    rest.sort_by_key(|unit| unit.leaves.first().map(|leaf| (leaf.node, leaf.attribute)));
    apart.only_b.extend(rest.iter().flat_map(|unit| unit.said()));
    apart
}

fn leaf_by_leaf<'i>(a: &Unit<'i>, b: &Unit<'i>, apart: &mut Apart<'i>) {
    let before = (apart.changed.len(), apart.only_a.len(), apart.only_b.len());
    let mut same: HashMap<(u32, &str), usize> = HashMap::new();
    for leaf in b.said() {
        *same.entry((leaf.path, leaf.said)).or_default() += 1;
    }
    let mut left_a: Vec<Leaf<'i>> = Vec::new();
    for leaf in a.said() {
        match same.get_mut(&(leaf.path, leaf.said)) {
            Some(count) if *count > 0 => *count -= 1,
            _ => left_a.push(leaf),
        }
    }
    let mut left_b: HashMap<u32, Vec<Leaf<'i>>> = HashMap::new();
    for leaf in b.said().collect::<Vec<_>>().into_iter().rev() {
        if let Some(count) = same.get_mut(&(leaf.path, leaf.said)).filter(|count| **count > 0) {
            *count -= 1;
            left_b.entry(leaf.path).or_default().push(leaf);
        }
    }
    for leaf in left_a {
        match left_b.get_mut(&leaf.path).and_then(Vec::pop) {
            Some(other) => apart.changed.push((leaf, other)),
            None => apart.only_a.push(leaf),
        }
    }
    let mut rest: Vec<Leaf<'i>> = left_b.into_values().flatten().collect();
    rest.sort_by_key(|leaf| (leaf.node, leaf.attribute));
    apart.only_b.extend(rest);
    if before == (apart.changed.len(), apart.only_a.len(), apart.only_b.len())
        && let (Some(first), Some(other)) = (a.leaves.first(), b.leaves.first())
    {
        apart.arranged.push((*first, *other));
    }
}

/// Where a validator may find the schema: said to the program, not to whoever reads the invoice (XML Schema 1, 2.6.3).
fn is_hint(tree: &Tree<'_>, name: Name) -> bool {
    const XSI: &str = "http://www.w3.org/2001/XMLSchema-instance";
    matches!(tree.expanded(name), (XSI, "schemaLocation" | "noNamespaceSchemaLocation"))
}

fn trim(text: &str) -> &str {
    text.trim_matches([' ', '\t', '\r', '\n'])
}
