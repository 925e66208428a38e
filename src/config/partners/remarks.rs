//! What a partner file says that is not wrong, and probably does not mean what it says: told wherever files are loaded.

use std::ops::Range;

use crate::config::nearest;
use crate::formats::edifact::scheme_of_agency;
use crate::invoice::{Kind, Term, bt};
use crate::rules::{CodeList, codes};
use crate::text::Text;

/// A remark, and of which bytes of the file it is.
pub(super) struct Remark {
    pub at: Range<usize>,
    pub what: Text,
    pub meant: Option<String>,
}

/// An identifier is compared with UNB 0004 (or ISA06) alone: one that is written with its qualifier, or behind its scheme, is nobody's.
pub(super) fn of_identifier(id: &str, at: Range<usize>) -> Option<Remark> {
    let (before, behind) = id.split_once(':')?;
    let digits = |text: &str, n: usize| text.len() == n && text.bytes().all(|byte| byte.is_ascii_digit());
    let code = (1..=4).contains(&behind.len()) && behind.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let meant = match () {
        () if digits(before, 4) && !behind.is_empty() => behind,
        () if code && !before.is_empty() => before,
        () => return None,
    };
    Some(Remark {
        at,
        what: Text::new(
            format!(
                "identifiers : « {id} » est comparé tel quel avec l'identifiant de UNB (0004) ou ISA06, sans qualifiant ni schéma : aucun message n'est sans doute de lui"
            ),
            format!(
                "identifiers: \"{id}\" is compared as it is with the identifier of UNB (0004) or ISA06, which has neither qualifier nor scheme: probably no message is this partner's"
            ),
        ),
        meant: Some(meant.to_owned()),
    })
}

/// A code that its list has not, such as EURO, or an agency of UNTDID 3055 for a scheme: rules refuse each invoice that has it.
pub(super) fn of_code(term: Term, value: &str, at: Range<usize>) -> Option<Remark> {
    let list = list_of(term)?;
    let value = value.trim();
    if list.contains(value) {
        return None;
    }
    let name = list.name();
    let (meant, what) = match term.kind() {
        Kind::Part => (
            scheme_of_agency(value).or_else(|| nearest(value, list.codes.iter().copied())),
            Text::new(
                format!(
                    "{term} : « {value} » n'est pas un schéma de la liste {name} ; les codes d'agence d'EDIFACT (3055) n'en sont pas"
                ),
                format!("{term}: \"{value}\" is no scheme of list {name}; agency codes of EDIFACT (3055) are none"),
            ),
        ),
        _ => (
            nearest(value, list.codes.iter().copied()),
            Text::new(
                format!(
                    "{term} : « {value} » n'est pas un code de la liste {name} : les règles refusent chaque facture qui l'a"
                ),
                format!("{term}: \"{value}\" is no code of list {name}: rules refuse each invoice that has it"),
            ),
        ),
    };
    Some(Remark { at, what, meant: meant.map(str::to_owned) })
}

/// A profile of Factur-X as BT-24: what a partner sends is no Factur-X, and would be judged as one.
pub(super) fn of_profile(term: Term, value: &str, at: Range<usize>) -> Option<Remark> {
    let is_facturx = ["factur-x", "zugferd", ":ferd"].iter().any(|name| value.to_ascii_lowercase().contains(name));
    (term == bt::BT_24 && is_facturx).then(|| Remark {
        at,
        what: Text::new(
            "BT-24 : c'est un profil de Factur-X ; ce que ce partenaire envoie serait jugé selon ce profil, fait pour du XML dans un PDF",
            "BT-24: this is a profile of Factur-X; what this partner sends would be judged by that profile, which is for XML in a PDF",
        ),
        meant: Some("urn:cen.eu:en16931:2017".to_owned()),
    })
}

/// The list that a code, or the scheme of an identifier or address, is of.
fn list_of(term: Term) -> Option<&'static CodeList> {
    const IDENTIFIERS: [Term; 7] =
        [bt::BT_29_1, bt::BT_30_1, bt::BT_46_1, bt::BT_47_1, bt::BT_60_1, bt::BT_61_1, bt::BT_71_1];
    match term {
        bt::BT_34_1 | bt::BT_49_1 => Some(&codes::EAS),
        bt::BT_5 | bt::BT_6 => Some(&codes::ISO_4217),
        bt::BT_40 | bt::BT_55 | bt::BT_69 | bt::BT_80 => Some(&codes::ISO_3166_CII),
        _ => IDENTIFIERS.contains(&term).then_some(&codes::ICD_6523),
    }
}

/// Codes of UNB 0007 that facteur knows: those that it reads as an address (14, 5, 22, 1, 9, 30), and those that say that the two agreed.
const QUALIFIERS: [&str; 8] = ["1", "5", "9", "14", "22", "30", "ZZ", "ZZZ"];

/// A qualifier of a sender or recipient that facteur knows nothing of: it is written as it stands, and no address is read from it.
pub(super) fn of_qualifier(key: &str, qualifier: &str, at: Range<usize>) -> Option<Remark> {
    if qualifier.is_empty() || QUALIFIERS.contains(&qualifier) {
        return None;
    }
    let known = QUALIFIERS.join(", ");
    Some(Remark {
        at,
        what: Text::new(
            format!(
                "[out] {key} : facteur ne connaît pas le qualifiant {qualifier} (UNB 0007) ; il est écrit tel quel, et personne n'y lit d'adresse (BT-34, BT-49). Connus : {known}"
            ),
            format!(
                "[out] {key}: facteur does not know the qualifier {qualifier} (UNB 0007); it is written as it stands, and nobody reads an address from it (BT-34, BT-49). Known: {known}"
            ),
        ),
        // The scheme where its code in UNB is meant.
        meant: match qualifier {
            "0088" => Some("14"),
            "0009" => Some("5"),
            "0002" => Some("22"),
            "0060" => Some("1"),
            _ => None,
        }
        .map(str::to_owned),
    })
}
