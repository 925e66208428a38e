//! The chain of corrections: which invoices took the place of which, which name which as coming before them (BT-25), and which a global credit note is about (type
//! 262: the invoices of its contract, BT-12, in its period, BG-14). Read from what the documents say; nothing is guessed.

use std::collections::{BTreeMap, VecDeque};

use crate::invoice::Cited;
use crate::store::{Handle, InvoiceRow, Related, Result};

/// Most invoices of a chain, and most questions to the store for one.
const INVOICES: usize = 100;
const QUESTIONS: usize = 400;

/// Invoices that are tied to each other, in the order in which they came.
#[derive(Debug, Default)]
pub struct Chain {
    pub invoices: Vec<Tied>,
    /// Named by one of them, and not here.
    pub missing: Vec<Missing>,
    /// The chain goes on beyond its bound.
    pub more: bool,
}

/// An invoice of the chain, and what it is to others of it.
#[derive(Debug, Clone)]
pub struct Tied {
    pub row: InvoiceRow,
    /// How it is tied to those before it, by their ids.
    pub ties: Vec<(How, String)>,
}

/// What a later invoice is to an earlier one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum How {
    /// It took its place, under the same number.
    Replaces,
    /// It names it as coming before it (BG-3).
    Cites,
    /// It is a global credit note on its contract and its days.
    Contract,
}

impl How {
    pub fn as_str(self) -> &'static str {
        match self {
            How::Replaces => "replaces",
            How::Cites => "cites",
            How::Contract => "contract",
        }
    }
}

/// An invoice that is named and not here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missing {
    pub cited: Cited,
    /// Id of the one that names it.
    pub by: String,
}

/// Does what is said of an earlier invoice mean this one? Number and, where both are known, day.
pub(super) fn means(of: &InvoiceRow, cited: &Cited, row: &InvoiceRow) -> bool {
    let (Some(named), Some(own)) = (of.facts.key_of(cited), &row.number_key) else { return false };
    let day = |issued: &Option<String>| issued.as_deref().and_then(crate::day::Day::parse_iso);
    let days = day(&cited.issued).zip(day(&row.facts.issued));
    row.id != of.id && named.seller == own.seller && named.number == own.number && days.is_none_or(|(a, b)| a == b)
}

/// The chain of an invoice; itself alone where nothing is tied to it.
///
/// # Errors
/// As the store's.
pub async fn chain(store: &Handle, row: InvoiceRow) -> Result<Chain> {
    let mut walk = Walk { store, found: BTreeMap::new(), next: VecDeque::new(), chain: Chain::default(), asked: 0 };
    walk.meet(&row);
    while let Some(id) = walk.next.pop_front() {
        let Some(row) = walk.found.get(&id).map(|tied| tied.row.clone()) else { continue };
        walk.same_number(&row).await?;
        walk.named(&row).await?;
        walk.naming(&row).await?;
        walk.contract(&row).await?;
    }
    let Walk { found, mut chain, .. } = walk;
    chain.invoices = found.into_values().collect();
    chain.invoices.sort_by_key(|tied| tied.row.seq);
    chain.invoices.iter_mut().for_each(|tied| tied.ties.sort());
    Ok(chain)
}

struct Walk<'s> {
    store: &'s Handle,
    found: BTreeMap<String, Tied>,
    next: VecDeque<String>,
    chain: Chain,
    asked: usize,
}

impl Walk<'_> {
    /// True where it is in the chain by now.
    fn meet(&mut self, row: &InvoiceRow) -> bool {
        if self.found.contains_key(&row.id) {
            return true;
        }
        if self.found.len() >= INVOICES {
            self.chain.more = true;
            return false;
        }
        self.found.insert(row.id.clone(), Tied { row: row.clone(), ties: Vec::new() });
        self.next.push_back(row.id.clone());
        true
    }

    fn tie(&mut self, later: &InvoiceRow, how: How, earlier: &InvoiceRow) {
        if !(self.meet(later) && self.meet(earlier)) {
            return;
        }
        let tie = (how, earlier.id.clone());
        if let Some(tied) = self.found.get_mut(&later.id).filter(|tied| !tied.ties.contains(&tie)) {
            tied.ties.push(tie);
        }
    }

    async fn ask(&mut self, how: Related) -> Result<Vec<InvoiceRow>> {
        if self.asked >= QUESTIONS {
            self.chain.more = true;
            return Ok(Vec::new());
        }
        self.asked += 1;
        self.store.related(how).await
    }

    async fn same_number(&mut self, row: &InvoiceRow) -> Result<()> {
        let Some(key) = row.number_key.clone() else { return Ok(()) };
        for other in self.ask(Related::Bearing(key)).await? {
            if other.replaced_by.as_ref() == Some(&row.id) {
                self.tie(row, How::Replaces, &other);
            } else if row.replaced_by.as_ref() == Some(&other.id) {
                self.tie(&other, How::Replaces, row);
            }
        }
        Ok(())
    }

    async fn named(&mut self, row: &InvoiceRow) -> Result<()> {
        for cited in &row.facts.cites {
            let Some(key) = row.facts.key_of(cited) else { continue };
            let mut meant = self.ask(Related::Bearing(key)).await?;
            meant.retain(|other| means(row, cited, other));
            // What took the place of others under the number is what is meant.
            if meant.iter().any(|other| other.replaced_by.is_none()) {
                meant.retain(|other| other.replaced_by.is_none());
            }
            if meant.is_empty() && !self.chain.more {
                self.chain.missing.push(Missing { cited: cited.clone(), by: row.id.clone() });
            }
            meant.iter().for_each(|other| self.tie(row, How::Cites, other));
        }
        Ok(())
    }

    async fn naming(&mut self, row: &InvoiceRow) -> Result<()> {
        let Some(key) = row.number_key.clone().filter(|_| row.replaced_by.is_none()) else { return Ok(()) };
        for other in self.ask(Related::Citing(key)).await? {
            if other.facts.cites.iter().any(|cited| means(&other, cited, row)) {
                self.tie(&other, How::Cites, row);
            }
        }
        Ok(())
    }

    /// Only from a credit note to its invoices, or from an invoice to its credit notes: not on from there to all others of the contract.
    async fn contract(&mut self, row: &InvoiceRow) -> Result<()> {
        let Some(key) = row.facts.contract_key() else { return Ok(()) };
        if self.found.get(&row.id).is_some_and(|tied| tied.ties.is_empty()) && self.found.len() > 1 {
            return Ok(());
        }
        for other in self.ask(Related::UnderContract(key)).await? {
            let (credit, invoice) = if row.facts.is_global_credit() { (row, &other) } else { (&other, row) };
            if is_about(credit, invoice) {
                self.tie(credit, How::Contract, invoice);
            }
        }
        Ok(())
    }
}

/// Is a global credit note about this invoice? The same customer beyond doubt, and issued within its days, where it names any.
fn is_about(credit: &InvoiceRow, invoice: &InvoiceRow) -> bool {
    let within = match (&credit.facts.period, &invoice.facts.issued) {
        (Some((from, to)), Some(issued)) => from <= issued && issued <= to,
        _ => true,
    };
    credit.facts.is_global_credit()
        && !invoice.facts.is_credit()
        && credit.facts.buyer.is_surely(&invoice.facts.buyer)
        && within
}
