//! By what a directory knows whoever an invoice is for, as the invoice says it.

use serde::{Deserialize, Serialize};

use super::identity::Party;
use super::{Invoice, bt};

/// The scheme of French electronic addresses (BT-49-1).
pub const FRENCH_ADDRESS: &str = "0225";
/// Longest of these values that is kept; nothing that a directory knows is longer.
const LONGEST: usize = 256;

/// What an invoice says of its recipient, as far as a directory is asked by it. Values without the blanks around them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Recipient {
    /// BT-49, the very string.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// BT-49-1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scheme: Option<String>,
    /// BT-46 or BT-47 of scheme 0009, or the one inside the address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub siret: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub siren: Option<String>,
    /// BT-10: the service of a public buyer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service: Option<String>,
    /// BT-13: its commitment number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub commitment: Option<String>,
}

impl Recipient {
    pub(super) fn of(invoice: &Invoice<'_>, buyer: &Party) -> Self {
        let text = |term| kept(invoice.text(term)?);
        let mut found = Self {
            siret: buyer.siret.clone(),
            siren: buyer.siren.clone(),
            service: text(bt::BT_10),
            commitment: text(bt::BT_13),
            ..Self::default()
        };
        if let Some(address) = invoice.all(bt::BT_49).find(|one| !one.trimmed().is_empty()) {
            found.address = kept(address.trimmed());
            found.scheme = address.part(bt::BT_49_1).and_then(|scheme| kept(scheme.trimmed()));
        }
        found.completed()
    }

    /// With the SIRET that a French address holds, where none is said.
    pub fn completed(mut self) -> Self {
        if self.siret.is_none() {
            self.siret = self.line().and_then(siret_in).map(str::to_owned);
        }
        self
    }

    /// The address, where it is a line of the French directory.
    pub fn line(&self) -> Option<&str> {
        self.address.as_deref().filter(|_| self.scheme.as_deref() == Some(FRENCH_ADDRESS))
    }

    pub fn is_unknown(&self) -> bool {
        *self == Self::default()
    }
}

/// `SIREN_SIRET` or `SIREN_SIRET_CODE`.
fn siret_in(address: &str) -> Option<&str> {
    let siret = address.split('_').nth(1)?;
    (siret.len() == 14 && siret.bytes().all(|b| b.is_ascii_digit())).then_some(siret)
}

fn kept(text: &str) -> Option<String> {
    (!text.is_empty() && text.len() <= LONGEST).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_siret_of_an_address_counts_where_none_is_said() {
        let of = |address: &str, scheme: &str, siret: Option<&str>| {
            let (address, scheme) = (Some(address.to_owned()), Some(scheme.to_owned()));
            Recipient { address, scheme, siret: siret.map(str::to_owned), ..Recipient::default() }.completed().siret
        };
        assert_eq!(of("217500016_21750001600019_COMPTA", "0225", None).as_deref(), Some("21750001600019"));
        assert_eq!(of("217500016_21750001600019", "0225", Some("1")).as_deref(), Some("1"));
        for (address, scheme) in [("217500016", "0225"), ("217500016_X", "0225"), ("1_21750001600019", "0088")] {
            assert_eq!(of(address, scheme, None), None, "{address}");
        }
    }
}
