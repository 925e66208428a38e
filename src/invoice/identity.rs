//! Who an invoice is from and to, as the identifiers in it say.

use super::{Invoice, Term, bt};

/// The identifiers of one party, each as written, without blanks.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Party {
    pub name: Option<String>,
    /// ISO 6523 scheme 0002, or the first nine digits of a SIRET.
    pub siren: Option<String>,
    /// ISO 6523 scheme 0009.
    pub siret: Option<String>,
    pub vat: Option<String>,
    /// ISO 6523 scheme 0088.
    pub gln: Option<String>,
    /// ISO 3166-1 alpha-2 code of its address.
    pub country: Option<String>,
}

impl Party {
    /// What identifies it in counts and keys: SIRET, else SIREN, VAT number, GLN, else the name.
    pub fn key(&self) -> Option<&str> {
        [&self.siret, &self.siren, &self.vat, &self.gln, &self.name].into_iter().find_map(|id| id.as_deref())
    }

    /// What identifies the company whatever its establishment: SIREN, else VAT number, GLN, else the name.
    pub fn company(&self) -> Option<&str> {
        [&self.siren, &self.vat, &self.gln, &self.name].into_iter().find_map(|id| id.as_deref())
    }
}

/// Both parties of an invoice.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Identity {
    pub seller: Party,
    pub buyer: Party,
}

impl Identity {
    pub fn of(invoice: &Invoice<'_>) -> Identity {
        use bt::*;
        Identity {
            seller: party(invoice, BT_27, BT_31, BT_40, &[(BT_30, BT_30_1), (BT_29, BT_29_1), (BT_34, BT_34_1)]),
            buyer: party(invoice, BT_44, BT_48, BT_55, &[(BT_47, BT_47_1), (BT_46, BT_46_1), (BT_49, BT_49_1)]),
        }
    }
}

fn party(invoice: &Invoice<'_>, name: Term, vat: Term, country: Term, ids: &[(Term, Term)]) -> Party {
    let text = |term| invoice.text(term).map(str::to_owned);
    let mut party = Party { name: text(name), vat: text(vat), country: text(country), ..Party::default() };
    party.vat = party.vat.map(|v| compact(&v).to_ascii_uppercase());
    for (term, scheme) in ids {
        for id in invoice.all(*term) {
            let value = compact(id.text());
            let scheme = id.part(*scheme).map(|s| s.trimmed()).unwrap_or_default();
            let digits = |n: usize| value.len() == n && value.bytes().all(|b| b.is_ascii_digit());
            match scheme {
                "0002" if digits(9) => party.siren.get_or_insert(value),
                "0009" if digits(14) => party.siret.get_or_insert(value),
                "0088" if digits(13) => party.gln.get_or_insert(value),
                // A French electronic address starts with the SIREN, then perhaps the SIRET.
                "0225" if value.len() >= 9 && value.as_bytes()[..9].iter().all(u8::is_ascii_digit) => {
                    party.siren.get_or_insert(value[..9].to_owned())
                }
                _ => continue,
            };
        }
    }
    if party.siren.is_none() {
        party.siren = party.siret.as_ref().map(|siret| siret[..9].to_owned());
    }
    party
}

fn compact(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).collect()
}
