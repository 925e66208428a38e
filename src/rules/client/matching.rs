//! Whose invoice is it? The buyer's identifiers against the `match` of the files, from the most precise to the least:
//! SIRET, SIREN, VAT number, GLN, name.

use std::sync::Arc;

use crate::invoice::{Invoice, Occurrence, Place, Term, bt};
use crate::rules::{Finding, Severity};
use crate::text::Text;

use super::file::KeyKind;
use super::fold::fold;
use super::inherit::ClientRules;

/// The id of the finding that says that two files match equally well.
pub const AMBIGUOUS: &str = "FCT-CLIENT-AMBIGUOUS";

/// Which file is for the buyer of an invoice.
#[derive(Debug, Clone)]
pub enum Choice {
    /// No file is: nothing of a customer's is judged.
    None,
    /// This one, because of this identifier or name (as the invoice writes it).
    One { client: Arc<ClientRules>, by: KeyKind, value: String },
    /// Several with the same precision: none is judged, and a required pack did not run.
    Ambiguous(Ambiguity),
}

/// Files that match the buyer with the same precision.
#[derive(Debug, Clone)]
pub struct Ambiguity {
    pub by: KeyKind,
    /// The file, and the value by which it matches.
    pub clients: Vec<(Arc<ClientRules>, String)>,
    place: Option<Place>,
    terms: Vec<String>,
}

/// Something the buyer is known by, and where the invoice says it.
pub struct Known<'i> {
    pub kind: KeyKind,
    /// As `match` compares it.
    pub value: String,
    pub at: Occurrence<'i>,
}

/// The terms that name a party: its identifiers with their schemes, its VAT number, its name.
pub struct Side {
    identifiers: [(Term, Term); 3],
    vat: Term,
    name: Term,
}

pub const BUYER: Side = Side {
    identifiers: [(bt::BT_47, bt::BT_47_1), (bt::BT_46, bt::BT_46_1), (bt::BT_49, bt::BT_49_1)],
    vat: bt::BT_48,
    name: bt::BT_44,
};

pub const SELLER: Side = Side {
    identifiers: [(bt::BT_30, bt::BT_30_1), (bt::BT_29, bt::BT_29_1), (bt::BT_34, bt::BT_34_1)],
    vat: bt::BT_31,
    name: bt::BT_27,
};

/// All that the buyer is known by.
pub fn known<'i>(invoice: &'i Invoice<'i>) -> Vec<Known<'i>> {
    known_as(invoice, &BUYER)
}

/// All that a party is known by.
///
/// Schemes (ISO 6523): 0009 SIRET, 0002 SIREN, 0088 GLN, 0225 the French electronic address (SIREN, perhaps `_`SIRET). An
/// identifier without a scheme counts by its length. A SIRET gives its SIREN too.
pub fn known_as<'i>(invoice: &'i Invoice<'i>, side: &Side) -> Vec<Known<'i>> {
    let mut out = Vec::new();
    let mut add = |kind, value: &str, at| out.push(Known { kind, value: value.to_owned(), at });
    for (term, scheme) in side.identifiers {
        for at in invoice.all(term) {
            let value = compact(at.text());
            let scheme = at.part(scheme).map(|s| s.trimmed()).unwrap_or_default();
            let (siren, rest) = value.split_at_checked(9).unwrap_or((&value, ""));
            match (scheme, value.len()) {
                ("0009" | "", 14) if digits(&value) => {
                    add(KeyKind::Siret, &value, at);
                    add(KeyKind::Siren, siren, at);
                }
                ("0002" | "", 9) if digits(&value) => add(KeyKind::Siren, &value, at),
                ("0088" | "", 13) if digits(&value) => add(KeyKind::Gln, &value, at),
                ("0225", 9..) if digits(siren) => {
                    add(KeyKind::Siren, siren, at);
                    let siret = rest.strip_prefix('_').and_then(|r| r.get(..14));
                    if let Some(siret) = siret.filter(|s| digits(s) && s.starts_with(siren)) {
                        add(KeyKind::Siret, siret, at);
                    }
                }
                _ => {}
            }
        }
    }
    invoice.all(side.vat).for_each(|at| add(KeyKind::Vat, &compact(at.text()).to_ascii_uppercase(), at));
    invoice.all(side.name).for_each(|at| add(KeyKind::Name, &fold(at.text()), at));
    out.retain(|known| !known.value.is_empty());
    out
}

/// Chooses, where `find` tells which file bears an identifier.
pub fn choose(invoice: &Invoice<'_>, find: impl Fn(KeyKind, &str) -> Option<Arc<ClientRules>>) -> Choice {
    let known = known(invoice);
    for kind in KeyKind::ALL {
        let mut found: Vec<(Arc<ClientRules>, &Known<'_>)> = Vec::new();
        for by in known.iter().filter(|k| k.kind == kind) {
            if let Some(client) = find(kind, &by.value)
                && !found.iter().any(|(other, _)| other.id == client.id)
            {
                found.push((client, by));
            }
        }
        match found.as_slice() {
            [] => {}
            [(client, by)] => {
                return Choice::One { client: client.clone(), by: kind, value: by.at.trimmed().to_owned() };
            }
            several => {
                let terms: Vec<Term> = several.iter().map(|(_, by)| by.at.term()).collect();
                return Choice::Ambiguous(Ambiguity {
                    by: kind,
                    place: several.first().map(|(_, by)| by.at.place()),
                    terms: terms
                        .iter()
                        .enumerate()
                        .filter(|(n, t)| !terms[..*n].contains(t))
                        .map(|(_, t)| t.to_string())
                        .collect(),
                    clients: found.iter().map(|(client, by)| (client.clone(), by.at.trimmed().to_owned())).collect(),
                });
            }
        }
    }
    Choice::None
}

impl Choice {
    pub fn client(&self) -> Option<&Arc<ClientRules>> {
        match self {
            Choice::One { client, .. } => Some(client),
            _ => None,
        }
    }
}

impl Ambiguity {
    /// The finding. A warning: that facteur cannot choose proves nothing against the invoice; that the customer's rules did not
    /// run belongs in `not_run`.
    pub fn finding(&self) -> Finding {
        let files =
            self.clients.iter().map(|(c, value)| format!("{}.toml ({value})", c.id)).collect::<Vec<_>>().join(", ");
        let label = self.by.label();
        Finding {
            rule: AMBIGUOUS.to_owned(),
            group: AMBIGUOUS.to_owned(),
            severity: Severity::Warning,
            pack: "client".to_owned(),
            terms: self.terms.clone(),
            place: self.place.clone(),
            found: Some(files.clone()),
            expected: Some("1".to_owned()),
            message: Text::new(
                format!(
                    "Plusieurs fichiers clients correspondent à l'acheteur par {} : {files}. Aucun n'est appliqué.",
                    label.fr
                ),
                format!("Several customer files match the buyer by {}: {files}. None is applied.", label.en),
            ),
            fix: Text::new(
                "Donner à l'un des fichiers un identifiant plus précis (SIRET), ou nommer le client avec --client.",
                "Give one of the files a more precise identifier (SIRET), or name the customer with --client.",
            ),
            ..Finding::default()
        }
    }
}

fn compact(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).collect()
}

fn digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}
