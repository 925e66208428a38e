//! Invoices that correct, replace or settle each other, as the page shows them.

use super::super::Web;
use super::super::guard::Visitor;
use super::super::invoices::Line;
use super::super::show;
use crate::queue::chain;
use crate::store::{InvoiceRow, Result};

/// Longest number that is shown, in characters.
const NUMBER: usize = 60;

/// The chain of an invoice.
pub struct Chain {
    pub invoices: Vec<Tied>,
    pub more: bool,
}

/// An invoice of it.
pub struct Tied {
    pub line: Line,
    /// BT-3.
    pub kind: String,
    /// It is the one of the page.
    pub own: bool,
    /// What it is to others, as a key of the words, and the number of the other.
    pub ties: Vec<(String, String)>,
}

/// The chain; none where the invoice stands alone.
pub async fn of(web: &Web, row: &InvoiceRow, visitor: &Visitor) -> Result<Option<Chain>> {
    let chain::Chain { invoices, missing, more } = chain::chain(&web.app.store, row.clone()).await?;
    if invoices.len() < 2 && missing.is_empty() {
        return Ok(None);
    }
    let number = |id: &str| {
        let found = invoices.iter().find(|tied| tied.row.id == id).and_then(|tied| tied.row.facts.number.as_deref());
        show::said(found.unwrap_or(id), NUMBER)
    };
    let tied = |one: &chain::Tied| {
        let here = one.ties.iter().map(|(how, to)| (format!("chain.{}", how.as_str()), number(to)));
        let absent = missing.iter().filter(|named| named.by == one.row.id);
        let absent = absent.map(|named| ("chain.missing".to_owned(), show::said(&named.cited.number, NUMBER)));
        Tied {
            line: Line::of(&one.row, visitor),
            kind: show::said(one.row.facts.kind.as_deref().unwrap_or_default(), NUMBER),
            own: one.row.id == row.id,
            ties: here.chain(absent).collect(),
        }
    };
    Ok(Some(Chain { invoices: invoices.iter().map(tied).collect(), more }))
}
