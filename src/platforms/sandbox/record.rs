//! What the sandbox keeps: a deposit, an invoice, a status.

use serde::{Deserialize, Serialize};

use super::judge::Technical;

/// Milliseconds since 1970-01-01 UTC.
pub(super) type Millis = i64;

/// One deposit, with its end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Deposit {
    pub flow: String,
    pub at: Millis,
    /// When the end shows.
    pub due: Millis,
    pub file_name: String,
    pub syntax: String,
    pub sha256: String,
    pub number: Option<String>,
    pub seller: Option<String>,
    pub buyer: Option<String>,
    /// `IN_INTEGRE`, `IN_REJETE` or `IN_INCIDENTE`.
    pub end: String,
    pub technical: Vec<Technical>,
    pub payment: Option<String>,
}

impl Deposit {
    /// `etatCourantDepotFlux` at a moment.
    pub fn state(&self, now: Millis) -> &str {
        if now >= self.due {
            &self.end
        } else if now - self.at < (self.due - self.at) / 2 {
            "IN_DEPOT_PORTAIL_EN_ATTENTE_TRAITEMENT_SE_CPP"
        } else {
            "IN_EN_COURS_TRAITEMENT_CPP"
        }
    }
}

/// One integrated invoice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Invoice {
    pub id: u64,
    pub flow: String,
    pub file_name: String,
    pub sha256: String,
    pub number: String,
    pub seller: String,
    pub seller_siren: String,
    pub buyer: Option<String>,
    pub issued: Option<String>,
    pub credit: bool,
    pub currency: Option<String>,
    pub total: Option<String>,
    pub payable: Option<String>,
    /// When it can first be found.
    pub since: Millis,
    pub history: Vec<Step>,
    pub repeat: bool,
    pub reorder: bool,
}

/// One status, past or to come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Step {
    pub id: u64,
    pub at: Millis,
    pub code: String,
    pub comment: Option<String>,
    /// Given by a person at the buyer's.
    pub by_buyer: bool,
}

impl Invoice {
    pub fn names(&self) -> Vec<String> {
        vec![self.number.clone(), self.file_name.clone()]
    }

    pub fn past(&self, now: Millis) -> impl Iterator<Item = &Step> {
        self.history.iter().filter(move |step| step.at <= now)
    }

    pub fn current(&self, now: Millis) -> Option<&Step> {
        self.past(now).last()
    }
}
