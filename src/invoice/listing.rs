//! The invoice term by term, in the order of EN 16931 whatever the syntax.

use std::collections::{HashMap, HashSet};

use serde::Serialize;

use super::model::NONE;
use super::{Invoice, Kind, Occurrence, Term, Value};
use crate::text::trim;
use crate::xml::NodeId;

/// One term of the listing: its address and its value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Listed {
    /// Such as `BT-1`, `BT-29[1]-1`, `BG-25[2]/BT-131`.
    pub term: String,
    /// As written, blanks around it removed; a day as YYYY-MM-DD.
    pub value: String,
}

/// Position in the norm: groups around the term, then the term, then the part.
type Key = Vec<(u16, u32, u16)>;

impl Invoice<'_> {
    /// All terms in the order of EN 16931, every repeatable group and term with its position.
    pub fn listing(&self) -> Vec<Listed> {
        let chains = self.chains();
        let mut counts: HashMap<(u32, Term), u32> = HashMap::new();
        let mut positions: Vec<u32> = Vec::with_capacity(self.rows.len());
        let mut listed: Vec<(Key, Listed)> = Vec::with_capacity(self.rows.len());
        for (row, &term) in self.rows.iter().zip(&self.terms) {
            if row.echo {
                positions.push(0);
                continue;
            }
            let (home, chain) = &chains[row.group as usize];
            let is_part = term.kind() == Kind::Part && row.whole != NONE;
            let (of, position) = match is_part {
                true => (self.terms[row.whole as usize], positions[row.whole as usize]),
                false => {
                    let count = counts.entry((*home, term)).or_default();
                    *count += 1;
                    (term, *count)
                }
            };
            positions.push(position);
            let mut key = chain.clone();
            key.push((of.index() as u16, position, if is_part { term.index() as u16 } else { 0 }));
            let mut address = address(chain, of, position);
            if is_part {
                address.push_str(term.id().strip_prefix(of.id()).unwrap_or_default());
            }
            let value = match row.value {
                Value::Day(day) => day.to_string(),
                _ => trim(self.tree.text(row.text)).to_owned(),
            };
            listed.push((key, Listed { term: address, value }));
        }
        listed.sort_by(|a, b| a.0.cmp(&b.0));
        listed.into_iter().map(|(_, term)| term).collect()
    }

    /// Every occurrence with its address, in document order. What would have the address of another one has `+` and a number behind it: no
    /// two have the same. Such are terms that a syntax writes again, and parts without what they are a part of.
    pub fn addressed(&self) -> Vec<(String, Occurrence<'_>)> {
        let chains = self.chains();
        let mut counts: HashMap<(u32, Term), u32> = HashMap::new();
        let mut taken: HashMap<String, u32> = HashMap::with_capacity(self.rows.len());
        let mut all: Vec<(String, Occurrence<'_>)> = Vec::with_capacity(self.rows.len());
        for (occurrence, (row, &term)) in self.occurrences().zip(self.rows.iter().zip(&self.terms)) {
            let whole = (term.kind() == Kind::Part && row.whole != NONE).then(|| all.get(row.whole as usize)).flatten();
            let mut own = match whole {
                _ if row.echo => term.id().to_owned(),
                Some((whole, of)) => {
                    let part = term.id().strip_prefix(of.term().id()).unwrap_or_default();
                    format!("{whole}{part}")
                }
                None => {
                    let (home, chain) = &chains[row.group as usize];
                    let count = counts.entry((*home, term)).or_default();
                    *count += 1;
                    address(chain, term, *count)
                }
            };
            let times = taken.entry(own.clone()).or_default();
            *times += 1;
            if *times > 1 {
                own.push_str(&format!("+{times}"));
            }
            all.push((own, occurrence));
        }
        all
    }

    /// The addresses of the elements that hold these terms, in one pass; those that hold no such term are left out.
    pub fn addresses(&self, wanted: &HashSet<(NodeId, Term)>) -> HashMap<(NodeId, Term), String> {
        let mut found = HashMap::with_capacity(wanted.len());
        if wanted.is_empty() {
            return found;
        }
        let chains = self.chains();
        let mut counts: HashMap<(u32, Term), u32> = HashMap::new();
        for (row, &term) in self.rows.iter().zip(&self.terms).filter(|(row, _)| !row.echo) {
            let (home, chain) = &chains[row.group as usize];
            let count = counts.entry((*home, term)).or_default();
            *count += 1;
            if row.attribute == u16::MAX && wanted.contains(&(row.node, term)) {
                found.entry((row.node, term)).or_insert_with(|| address(chain, term, *count));
            }
        }
        found
    }

    /// For each group instance: its nearest repeatable group (0 for the document), and the repeatable groups down to it,
    /// each with its position.
    fn chains(&self) -> Vec<(u32, Key)> {
        let mut counts: HashMap<(u32, Term), u32> = HashMap::new();
        let mut chains: Vec<(u32, Key)> = Vec::with_capacity(self.groups.len());
        for (id, group) in self.groups.iter().enumerate() {
            let Some(term) = group.term else {
                chains.push((0, Vec::new()));
                continue;
            };
            let (home, mut chain) = chains[group.parent as usize].clone();
            if !term.is_repeatable() {
                chains.push((home, chain));
                continue;
            }
            let count = counts.entry((home, term)).or_default();
            *count += 1;
            chain.push((term.index() as u16, *count, 0));
            chains.push((id as u32, chain));
        }
        chains
    }
}

/// `BG-25[2]/BT-131`; a position for the term itself where it may be repeated, or is.
fn address(groups: &[(u16, u32, u16)], term: Term, position: u32) -> String {
    let mut address: String =
        groups.iter().map(|(group, n, _)| format!("{}[{n}]/", Term::from_table(*group))).collect();
    address.push_str(term.id());
    if term.is_repeatable() || position > 1 {
        address.push_str(&format!("[{position}]"));
    }
    address
}
