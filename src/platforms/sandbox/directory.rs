//! The directory of public buyers: structure by SIRET, what it demands, its services, its commitments.

use std::borrow::Cow;

use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::script::{Script, Structure};
use super::services::{Sorry, UNKNOWN, WRONG_REQUEST, fine, number, sorry, text};

pub(super) enum Ask {
    Structure(String),
    Demands(u64),
    Services(u64),
    Engagement { siret: String, number: String },
}

/// `idStructureCPP` of the first structure in the script.
const FIRST_ID: u64 = 26_300_001;

impl Ask {
    /// None where the path is none of the directory's.
    pub fn read(path: &str, ask: &Value) -> Result<Option<Self>, Sorry> {
        let id = |key: &str| number(ask, key).ok_or_else(|| sorry(WRONG_REQUEST, &format!("{key} est obligatoire")));
        Ok(Some(match path {
            "/cpro/structures/v1/rechercher" => {
                Ask::Structure(text(ask.get("structure").unwrap_or(&Value::Null), "identifiantStructure")?)
            }
            "/cpro/structures/v1/consulter" => Ask::Demands(id("idStructureCPP")?),
            "/cpro/structures/v1/rechercher/services" => Ask::Services(id("idStructure")?),
            "/cpro/engagementsJuridiques/v1/rechercher" => Ask::Engagement {
                siret: text(ask, "structureReceptriceEngagementJuridique")?,
                number: text(ask, "numeroEngagementJuridique")?,
            },
            _ => return Ok(None),
        }))
    }

    /// By what it asks.
    pub fn names(&self) -> Vec<String> {
        match self {
            Ask::Structure(siret) => vec![siret.clone()],
            Ask::Demands(id) | Ask::Services(id) => vec![id.to_string()],
            Ask::Engagement { siret, number } => vec![siret.clone(), number.clone()],
        }
    }

    pub fn answer(&self, script: &Script) -> Response {
        let by_id = |id: &u64| match script.structure.is_empty() {
            // Anybody, who demands nothing.
            true => Some(Cow::Owned(Structure::named(""))),
            false => id.checked_sub(FIRST_ID).and_then(|i| script.structure.get(i as usize)).map(Cow::Borrowed),
        };
        let unknown = |id: &u64| sorry(UNKNOWN, &format!("la structure {id} est inconnue")).into_response();
        match self {
            Ask::Structure(siret) => {
                let known = script.find(siret).map(|(i, s)| (i, Cow::Borrowed(s)));
                let anybody = || {
                    let is_siret = siret.len() == 14 && siret.bytes().all(|b| b.is_ascii_digit());
                    (script.structure.is_empty() && is_siret).then(|| (0, Cow::Owned(Structure::named(siret))))
                };
                let found = known.or_else(anybody).map(|(i, s)| {
                    json!({ "idStructureCPP": FIRST_ID + i as u64, "typeIdentifiantStructure": "SIRET",
                        "identifiantStructure": s.siret, "designationStructure": s.name,
                        "statut": if s.active { "ACTIF" } else { "INACTIF" } })
                });
                fine(json!({ "listeStructures": found.into_iter().collect::<Vec<_>>() }))
            }
            Ask::Demands(id) => by_id(id).map_or_else(|| unknown(id), |s| fine(demands(*id, &s))),
            Ask::Services(id) => match by_id(id) {
                None => unknown(id),
                Some(s) => {
                    let row = |(i, service): (usize, &super::Service)| {
                        json!({ "idService": id * 1000 + i as u64, "codeService": service.code,
                            "libelleService": service.name, "estActif": service.active })
                    };
                    fine(json!({ "listeServices": s.services.iter().enumerate().map(row).collect::<Vec<_>>() }))
                }
            },
            Ask::Engagement { siret, number } => {
                let of = |s: &Structure| s.engagements.is_empty() || s.engagements.contains(number);
                let known = script.find(siret).map_or(script.structure.is_empty(), |(_, s)| of(s));
                let row = json!({ "numeroEngagementJuridique": number, "etatCourantEngagementJuridique": "COMMANDE" });
                fine(json!({ "listeEngagementJuridique": known.then_some(row).into_iter().collect::<Vec<_>>() }))
            }
        }
    }
}

fn demands(id: u64, s: &Structure) -> Value {
    json!({
        "informationsGenerales": { "idStructureCPP": id, "identifiantStructure": s.siret, "nomStructure": s.name,
            "typeIdentifiantStructure": "SIRET" },
        "parametres": { "codeServiceDoitEtreRenseigne": s.service_required,
            "numeroEJDoitEtreRenseigne": s.engagement_required,
            "gestionNumeroEJOuCodeService": s.service_or_engagement_required },
    })
}
