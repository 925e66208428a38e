//! Documents that complete a suspended invoice, as Chorus Pro takes them: uploaded first, then named by the invoice.

use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::record::Millis;
use super::services::{FILE_BYTES, Sorry, TOO_LARGE, UNKNOWN, WRONG_REQUEST, day, fine, number, sorry, text};
use super::world::World;

/// Kinds of documents, as the sandbox names them.
const KINDS: [(&str, &str); 2] = [("BON_LIVRAISON", "Bon de livraison"), ("AUTRE", "Autre document")];
/// Statuses in which documents are waited for.
const WAITS: [&str; 2] = ["SUSPENDUE", "A_COMPLETER"];

pub(super) enum Ask {
    Kinds,
    Upload { name: String, bytes: usize },
    Complete { id: u64, files: Vec<u64>, comment: Option<String> },
}

impl Ask {
    /// None where the path is another one's.
    pub fn read(path: &str, ask: &Value) -> Result<Option<Self>, Sorry> {
        Ok(Some(match path {
            "/cpro/transverses/v1/recuperer/typespj" => Ask::Kinds,
            "/cpro/transverses/v1/ajouter/fichier" => {
                let wrong = |_| sorry(WRONG_REQUEST, "pieceJointeFichier n'est pas en base64");
                let bytes = STANDARD.decode(text(ask, "pieceJointeFichier")?).map_err(wrong)?.len();
                if bytes > FILE_BYTES {
                    return Err(sorry(TOO_LARGE, "GDP_MSG_11.022"));
                }
                let (name, _) = (text(ask, "pieceJointeNom")?, text(ask, "pieceJointeTypeMime")?);
                text(ask, "pieceJointeExtension")?;
                if name.chars().count() > 50 {
                    return Err(sorry(WRONG_REQUEST, "pieceJointeNom a plus de 50 caractères"));
                }
                Ask::Upload { name, bytes }
            }
            "/cpro/factures/v1/completer" => {
                let id = number(ask, "identifiantFactureCPP");
                let id = id.ok_or_else(|| sorry(WRONG_REQUEST, "identifiantFactureCPP est obligatoire"))?;
                let mut files = Vec::new();
                for file in ask.get("pieceJointeComplementaire").and_then(Value::as_array).into_iter().flatten() {
                    text(file, "pieceJointeComplementaireDesignation")?;
                    text(file, "pieceJointeComplementaireType")?;
                    let id = number(file, "pieceJointeComplementaireId");
                    files.push(id.ok_or_else(|| sorry(WRONG_REQUEST, "pieceJointeComplementaireId est obligatoire"))?);
                }
                let comment = ask.get("commentaire").and_then(Value::as_str).map(str::to_owned);
                if files.is_empty() && comment.is_none() {
                    return Err(sorry(WRONG_REQUEST, "ni pièce jointe ni commentaire"));
                }
                Ask::Complete { id, files, comment }
            }
            _ => return Ok(None),
        }))
    }

    /// # Errors
    /// The state file cannot be written.
    pub fn answer(&self, world: &mut World, now: Millis) -> std::io::Result<Response> {
        Ok(match self {
            Ask::Kinds => {
                let kind = |(code, label): (&str, &str)| json!({ "codeTypePieceJointe": code, "libelleTypePieceJointe": label, "typeObjet": "FACTURE" });
                fine(json!({ "listeTypePieceJointe": KINDS.map(kind) }))
            }
            Ask::Upload { name, bytes } => fine(json!({ "pieceJointeId": world.upload(name, *bytes)? })),
            Ask::Complete { id, files, comment } => {
                let Some(invoice) = world.invoice(*id, now) else {
                    return Ok(sorry(UNKNOWN, &format!("la facture {id} est inconnue")).into_response());
                };
                let (number, status) = (invoice.number.clone(), invoice.current(now).map(|step| step.code.clone()));
                if !status.is_some_and(|status| WAITS.contains(&status.as_str())) {
                    return Ok(sorry(WRONG_REQUEST, "la facture n'est pas suspendue").into_response());
                }
                if let Some(file) = files.iter().find(|file| !world.has_file(**file)) {
                    return Ok(sorry(UNKNOWN, &format!("la pièce jointe {file} est inconnue")).into_response());
                }
                world.complete(*id, files.len(), comment.as_deref(), now)?;
                fine(json!({ "identifiantFactureCPP": id, "numeroFacture": number, "dateTraitement": day(now) }))
            }
        })
    }
}
