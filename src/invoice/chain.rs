//! What an invoice says of those before it: the ones that it corrects or settles (BG-3), the contract (BT-12) and the days (BG-14) it is about.

use serde::{Deserialize, Serialize};

use super::{Invoice, bt};

/// Most invoices that one names, as far as they are kept; all of them are in the document.
const NAMED: usize = 50;
/// Longest number or contract that is followed, in bytes.
const LONGEST: usize = 200;

/// An invoice as a later one names it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Cited {
    /// BT-25, as written.
    pub number: String,
    /// BT-26, as YYYY-MM-DD, where it is a date.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub issued: Option<String>,
}

/// What an invoice says of those before it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Before {
    pub cites: Vec<Cited>,
    /// BT-12.
    pub contract: Option<String>,
    /// First and last day of BG-14, as YYYY-MM-DD.
    pub period: Option<(String, String)>,
}

impl Before {
    pub fn of(invoice: &Invoice<'_>) -> Self {
        let usable = |text: &str| !text.trim().is_empty() && text.len() <= LONGEST;
        let day = |term| invoice.all(term).find_map(|said| said.day()).map(|day| day.to_string());
        let mut cites: Vec<Cited> = Vec::new();
        for group in invoice.groups(bt::BG_3) {
            let number = group.all(bt::BT_25).map(|said| said.text()).find(|text| usable(text));
            let Some(number) = number else { continue };
            let issued = group.all(bt::BT_26).find_map(|said| said.day()).map(|day| day.to_string());
            let one = Cited { number: number.to_owned(), issued };
            if cites.len() < NAMED && !cites.contains(&one) {
                cites.push(one);
            }
        }
        let contract = invoice.text(bt::BT_12).filter(|text| usable(text)).map(str::to_owned);
        Self { cites, contract, period: day(bt::BT_73).zip(day(bt::BT_74)) }
    }
}
