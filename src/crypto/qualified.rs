//! QcStatements (RFC 3739, ETSI EN 319 412-5): what a certificate says about its own qualification under eIDAS.

use serde::{Deserialize, Serialize};

use super::asn1::{OID, SEQUENCE, Walk};
use crate::text::Text;

/// id-etsi-qcs-QcCompliance, 0.4.0.1862.1.1: issued as a qualified certificate.
const COMPLIANCE: &[u8] = b"\x04\x00\x8e\x46\x01\x01";
/// id-etsi-qcs-QcSSCD, 0.4.0.1862.1.4: the key lives in a qualified device.
const DEVICE: &[u8] = b"\x04\x00\x8e\x46\x01\x04";
/// id-etsi-qcs-QcType, 0.4.0.1862.1.6, followed by what for.
const TYPE: &[u8] = b"\x04\x00\x8e\x46\x01\x06";
/// id-etsi-qct-eseal, 0.4.0.1862.1.6.2.
const SEAL: &[u8] = b"\x04\x00\x8e\x46\x01\x06\x02";

/// What a certificate declares of itself. The trust list, which alone could confirm it, is not consulted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Qualification {
    /// It does not declare itself qualified.
    #[default]
    NotQualified,
    /// Qualified, and for electronic seals.
    DeclaresSeal,
    /// The same, and that its key lives in a qualified device.
    DeclaresSealInDevice,
    /// Qualified for something else: the signatures of persons, web sites.
    DeclaresOther,
    /// Qualified, without a word on what for.
    DeclaresUnsaid,
}

impl Qualification {
    /// The state of a document sealed with such a certificate, and exactly what is known.
    pub fn words(self) -> Text {
        let (fr, en) = match self {
            Self::NotQualified => ("cacheté, non qualifié", "signed, not qualified"),
            Self::DeclaresSeal => (
                "cacheté ; le certificat se déclare qualifié pour les cachets électroniques ; la liste de confiance n'a pas \
                 été consultée, et une clé tenue dans un fichier n'est pas dans un dispositif qualifié",
                "signed; the certificate declares itself qualified for electronic seals; the trust list was not consulted, \
                 and a key kept in a file is in no qualified device",
            ),
            Self::DeclaresSealInDevice => (
                "cacheté ; le certificat se déclare qualifié pour les cachets électroniques, avec sa clé dans un dispositif \
                 qualifié ; la liste de confiance n'a pas été consultée, et la clé qui a signé était pourtant dans un fichier",
                "signed; the certificate declares itself qualified for electronic seals, with its key in a qualified device; \
                 the trust list was not consulted, and the key that signed was in a file all the same",
            ),
            Self::DeclaresOther => (
                "cacheté, non qualifié : le certificat se déclare qualifié, mais pas pour les cachets électroniques",
                "signed, not qualified: the certificate declares itself qualified, but not for electronic seals",
            ),
            Self::DeclaresUnsaid => (
                "cacheté, non qualifié : le certificat se déclare qualifié, sans dire que c'est pour les cachets électroniques",
                "signed, not qualified: the certificate declares itself qualified, without saying that it is for electronic seals",
            ),
        };
        Text::new(fr, en)
    }
}

/// The statements of the extension's value: object identifier, and what comes with it.
fn statements(extension: &[u8]) -> Vec<(&[u8], &[u8])> {
    let Some(list) = Walk::new(extension).expect(SEQUENCE) else { return Vec::new() };
    let (mut walk, mut found) = (list.inside(), Vec::new());
    while let Some(statement) = walk.expect(SEQUENCE) {
        let mut inside = statement.inside();
        if let Some(id) = inside.expect(OID) {
            found.push((id.content, inside.next().map_or(&[][..], |info| info.whole)));
        }
    }
    found
}

pub(super) fn qualification(extension: &[u8]) -> Qualification {
    let statements = statements(extension);
    let of = |id: &[u8]| statements.iter().find(|(found, _)| *found == id).map(|(_, info)| *info);
    if of(COMPLIANCE).is_none() {
        return Qualification::NotQualified;
    }
    let Some(types) = of(TYPE) else { return Qualification::DeclaresUnsaid };
    let mut walk = Walk::new(types).expect(SEQUENCE).map_or(Walk::new(&[]), |list| list.inside());
    let mut seal = false;
    while let Some(kind) = walk.expect(OID) {
        seal |= kind.content == SEAL;
    }
    match (seal, of(DEVICE)) {
        (false, _) => Qualification::DeclaresOther,
        (true, None) => Qualification::DeclaresSeal,
        (true, Some(_)) => Qualification::DeclaresSealInDevice,
    }
}
