//! Who an invoice is from and to, as the identifiers in it say.

use serde::{Deserialize, Serialize};

use super::{Before, Invoice, Recipient, Term, bt};

/// The identifiers of one party, each as written, without blanks.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
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

    /// Are both beyond doubt the same party? They share an identifier (SIRET, SIREN, VAT number, GLN) and differ in none that
    /// both bear; a French VAT number tells its SIREN. A name identifies nobody, and what is unknown is not the same.
    pub fn is_surely(&self, other: &Party) -> bool {
        let pairs = [
            (self.siret.as_deref(), other.siret.as_deref()),
            (self.known_siren(), other.known_siren()),
            (self.vat.as_deref(), other.vat.as_deref()),
            (self.gln.as_deref(), other.gln.as_deref()),
        ];
        let mut shared = pairs.into_iter().filter_map(|(one, two)| Some(one? == two?)).peekable();
        shared.peek().is_some() && shared.all(|same| same)
    }

    fn known_siren(&self) -> Option<&str> {
        self.siren.as_deref().or_else(|| siren_of_vat(self.vat.as_deref()?))
    }
}

/// The SIREN in a French VAT number (`FR`, two characters, nine digits).
pub fn siren_of_vat(vat: &str) -> Option<&str> {
    let siren = vat.strip_prefix("FR").filter(|_| vat.len() == 13 && vat.is_ascii())?.get(2..)?;
    siren.bytes().all(|b| b.is_ascii_digit()).then_some(siren)
}

/// Both parties of an invoice, and what it says of those before it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Identity {
    pub seller: Party,
    pub buyer: Party,
    pub before: Before,
    /// What a directory is asked by about the buyer.
    pub recipient: Recipient,
}

impl Identity {
    pub fn of(invoice: &Invoice<'_>) -> Identity {
        use bt::*;
        let buyer = party(invoice, BT_44, BT_48, BT_55, &[(BT_47, BT_47_1), (BT_46, BT_46_1), (BT_49, BT_49_1)]);
        Identity {
            seller: party(invoice, BT_27, BT_31, BT_40, &[(BT_30, BT_30_1), (BT_29, BT_29_1), (BT_34, BT_34_1)]),
            recipient: Recipient::of(invoice, &buyer),
            buyer,
            before: Before::of(invoice),
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
    if !text.contains(char::is_whitespace) {
        return text.to_owned();
    }
    text.chars().filter(|c| !c.is_whitespace()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_surely_the_same_shares_an_identifier_and_differs_in_none() {
        let party = |siret: &str, siren: &str, vat: &str, gln: &str| {
            let id = |text: &str| (!text.is_empty()).then(|| text.to_owned());
            let name = Some("Ville de Lyon".to_owned());
            Party { name, siret: id(siret), siren: id(siren), vat: id(vat), gln: id(gln), country: None }
        };
        let (lyon, school) = ("21690123100011", "21690123100029");
        for (one, two, same) in [
            (party(lyon, "216901231", "", ""), party(lyon, "216901231", "", ""), true),
            (party(lyon, "216901231", "", ""), party("", "216901231", "", ""), true),
            (party(lyon, "216901231", "", ""), party(school, "216901231", "", ""), false),
            (party("", "", "FR40216901231", ""), party("", "216901231", "", ""), true),
            (party("", "", "FR40216901231", ""), party("", "732829320", "", ""), false),
            (party("", "", "DE123456789", ""), party("", "", "DE123456789", "3012345678900"), true),
            (party("", "", "DE123456789", "3012345678900"), party("", "", "DE123456789", "3012345678917"), false),
            // Nothing that both bear, or the name alone.
            (party("", "", "DE123456789", ""), party("", "216901231", "", ""), false),
            (party("", "", "", ""), party("", "", "", ""), false),
            (party("", "", "", ""), party("", "216901231", "", ""), false),
        ] {
            assert_eq!((one.is_surely(&two), two.is_surely(&one)), (same, same), "{one:?} {two:?}");
        }
        for vat in ["", "FR", "FR4021690123", "FR40216901231x", "FRé216901231", "DE40216901231"] {
            assert_eq!(siren_of_vat(vat), None, "{vat}");
        }
    }
}
