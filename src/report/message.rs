//! What a life-cycle message says, in the terms by which people ask: which status, of which invoice, why, and who says so.

use serde::{Deserialize, Serialize};

use crate::lifecycle::{cdar_reason, cdar_status};
use crate::text::Lang;

/// A status as it was written.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "world", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "world", schema(as = ReportedMessage))]
pub struct Message {
    /// MDT-4.
    pub id: Option<String>,
    /// MDT-105, the code of the status.
    pub status: Option<String>,
    /// MDT-78, as written: `CCYYMMDDHHMMSS`, without a time zone.
    pub at: Option<String>,
    /// MDT-113 of each detail.
    pub reasons: Vec<String>,
    /// MDT-87, the number of the invoice that it is about.
    pub invoice: Option<String>,
    /// MDT-100, as YYYY-MM-DD where it is a date, else as written.
    pub issued: Option<String>,
    /// MDT-129, the first identifier of the invoice's seller.
    pub seller: Option<String>,
    /// MDT-39, else MDT-38: who decided.
    pub author: Option<String>,
    /// MDT-40.
    pub author_role: Option<String>,
    /// MDT-19: who sent the message.
    pub sender: Option<String>,
    /// MDT-21.
    pub sender_role: Option<String>,
}

impl Message {
    /// What it says, in parts: `statut 210 Refusée`, `facture FA-1, 2026-11-02`, `motif CMD_ERR (N° de commande …)`, `par … (BY)`. `shown`
    /// makes a value of the document fit to be shown.
    pub fn said(&self, lang: Lang, shown: impl Fn(&str) -> String) -> Vec<String> {
        let or = |value: &Option<String>| value.as_deref().map_or("?".to_owned(), &shown);
        let label = self.status.as_deref().and_then(|code| code.parse().ok()).and_then(cdar_status);
        let label = label.map_or(String::new(), |status| format!(" {}", status.label.get(lang)));
        let mut parts = vec![format!("{} {}{label}", lang.pick("statut", "status"), or(&self.status))];
        parts.push(format!("{} {}, {}", lang.pick("facture", "invoice"), or(&self.invoice), or(&self.issued)));
        for code in self.reasons.iter().take(REASONS) {
            let label = cdar_reason(code).map_or(String::new(), |reason| format!(" ({})", reason.label.get(lang)));
            parts.push(format!("{} {}{label}", lang.pick("motif", "reason"), shown(code)));
        }
        if self.reasons.len() > REASONS {
            parts.push("…".to_owned());
        }
        let by = lang.pick("par", "by");
        match (self.author.as_deref(), self.author_role.as_deref()) {
            (Some(author), Some(role)) => parts.push(format!("{by} {} ({})", shown(author), shown(role))),
            (Some(one), None) | (None, Some(one)) => parts.push(format!("{by} {}", shown(one))),
            (None, None) => {}
        }
        parts
    }
}

/// Reasons shown in a line.
const REASONS: usize = 3;
