//! What the platform keeps: a flow, deposited or waiting for its reader.

use serde::{Deserialize, Serialize};

use crate::platforms::sandbox::record::Millis;

/// `flowType` of the invoices that come, and of what is said of them.
pub(in crate::platforms::sandbox) const INVOICE: &str = "CustomerInvoice";
pub(in crate::platforms::sandbox) const MESSAGE: &str = "CustomerInvoiceLC";

/// One flow.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::platforms::sandbox) struct Flow {
    pub id: String,
    /// In the order of deposit and plan: no two are the same.
    pub nth: u64,
    pub tracking: Option<String>,
    pub name: String,
    /// `flowSyntax`, `flowProfile`, `processingRule` as they were said.
    pub syntax: String,
    pub profile: Option<String>,
    pub rule: Option<String>,
    /// `flowType`.
    pub kind: String,
    /// Towards the one who asks (`In`), or from him.
    pub incoming: bool,
    pub sha256: String,
    /// In base64.
    pub content: String,
    /// When it came; of an incoming one, when it can first be seen.
    pub at: Millis,
    /// When its acknowledgement ends.
    pub due: Millis,
    /// Why it is refused: reasons of the norm, each with a sentence.
    pub refused: Vec<(String, String)>,
    /// Of an invoice: the reason why it was rejected (213) and is not there.
    #[serde(default)]
    pub rejected: Option<String>,
    /// The invoice in it, or that it speaks of.
    pub about: Option<About>,
    /// Of a life-cycle message: the status, and its own time.
    pub status: Option<(u16, Millis)>,
}

/// What life-cycle messages say of an invoice.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::platforms::sandbox) struct About {
    pub number: String,
    /// BT-2, as YYYY-MM-DD.
    pub issued: String,
    /// BT-3.
    pub kind: Option<String>,
    pub seller_siren: String,
    /// BT-34 and BT-49.
    pub seller_address: Option<String>,
    pub buyer_address: Option<String>,
    pub buyer_siren: Option<String>,
    pub buyer: Option<String>,
}

impl Flow {
    /// The id of the nth: a UUID that says which.
    pub fn id_of(nth: u64) -> String {
        format!("00000000-0000-4000-8000-{nth:012}")
    }

    /// The names under which behaviours strike.
    pub fn names(&self) -> Vec<String> {
        let number = self.about.iter().map(|about| about.number.clone());
        number.chain([self.name.clone()]).chain(self.tracking.clone()).collect()
    }

    /// The moment of its last change.
    pub fn updated(&self, now: Millis) -> Millis {
        if now >= self.due { self.due } else { self.at }
    }

    /// `acknowledgement.status`
    pub fn ack(&self, now: Millis) -> &'static str {
        match (now >= self.due, self.refused.is_empty()) {
            (false, _) => "Pending",
            (true, true) => "Ok",
            (true, false) => "Error",
        }
    }

    /// An invoice that the platform took, whatever is said of it afterwards: not a message, and not one refused with its flow.
    pub fn is_invoice(&self) -> bool {
        !self.incoming && self.refused.is_empty() && self.kind == INVOICE
    }

    /// Seller, number and year: what exists once.
    pub fn key(&self) -> Option<(&str, &str, &str)> {
        let about = self.about.as_ref().filter(|_| self.is_invoice())?;
        Some((&about.seller_siren, &about.number, about.issued.get(..4)?))
    }
}
