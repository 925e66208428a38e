//! The services of Chorus Pro that facteur calls, and what their answers prove.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use reqwest::{Body, Client, RequestBuilder};
use serde_json::{Value, json};

use super::answer::{Code, code, understand};
use super::{ChorusConfig, ConfigError};
use crate::formats::cdar::Attachment;
use crate::platforms::line::{Caller, Grant, Reply, Trouble, text_of};
use crate::platforms::{Intent, Raw};
use crate::store::Document;

pub(super) const DEPOSIT: &str = "/cpro/factures/v1/deposer/flux";
pub(super) const REPORT: &str = "/cpro/transverses/v1/consulterCRDetaille";
pub(super) const SEARCH: &str = "/cpro/factures/v1/rechercher/fournisseur";
pub(super) const HISTORY: &str = "/cpro/factures/v1/consulter/historique";
const TYPES: &str = "/cpro/transverses/v1/recuperer/typespj";
const UPLOAD: &str = "/cpro/transverses/v1/ajouter/fichier";
const COMPLETE: &str = "/cpro/factures/v1/completer";
const HEALTH: &str = "/cpro/transverses/v1/health-check";

/// Longest name of a document, and longest designation, in characters.
const NAME: usize = 50;
const DESIGNATION: usize = 100;
/// Rows asked for in one page.
const PAGE: u64 = 100;
/// Pages read at most in one listing; more of one number or one deposit is not a listing to trust.
const PAGES_MAX: u64 = 50;
/// The line to Chorus Pro: two addresses, a token, and a connection that is never used twice for deposits.
pub(super) struct Line {
    config: ChorusConfig,
    base: String,
    caller: Caller,
}

impl Line {
    pub fn new(config: ChorusConfig) -> Result<Self, ConfigError> {
        let (base, url) = config.checked()?;
        let grant = Grant {
            url,
            client_id: config.client_id.clone(),
            client_secret: config.client_secret.clone(),
            scope: Some("openid".into()),
            name: "PISTE token",
            refused: "PISTE does not accept the application: check client_id and client_secret (it says the same for an \
                      unknown application and for a wrong secret)",
        };
        let caller = Caller::new(&config.reach(), grant, config.secrets())?;
        Ok(Self { base: base.as_str().trim_end_matches('/').to_owned(), caller, config })
    }

    pub fn name(&self) -> &str {
        &self.config.name
    }

    pub fn has_directory(&self) -> bool {
        self.config.directory
    }

    /// One question, in one answer.
    pub async fn question(&self, path: &str, ask: &Value, raw: &mut Vec<Raw>) -> Result<Value, Trouble> {
        self.post(&self.caller.questions, path, ask, raw).await
    }

    /// All services of a structure, page after page.
    pub async fn services(&self, path: &str, structure: u64, raw: &mut Vec<Raw>) -> Result<Vec<Value>, Trouble> {
        let ask = |page: u64| {
            json!({ "idStructure": structure, "parametresRechercherServicesStructure": {
                "pageResultatDemandee": page, "nbResultatsParPage": PAGE } })
        };
        self.pages(path, ask, &["listeServices"], &["parametresRetour", "pages"], raw).await
    }

    /// `deposer/flux`. The document goes as it is read, piece by piece: as base64 it is a third longer, and never whole in memory.
    pub async fn deposit(&self, intent: &Intent, document: &Document, raw: &mut Vec<Raw>) -> Result<Value, Trouble> {
        let said = json!({ "nomFichier": intent.file_name, "syntaxeFlux": intent.syntax, "avecSignature": false });
        let said = said.to_string();
        let head = Bytes::from_static(b"{\"fichierFlux\":\"");
        // The members, without the brace before them.
        let tail = Bytes::from(format!("\",{}", said.strip_prefix('{').unwrap_or(&said)));
        let length = head.len() as u64 + document.size().div_ceil(3) * 4 + tail.len() as u64;
        let encode = |piece: Bytes| Bytes::from(STANDARD.encode(piece));
        let body = || Body::wrap(document.body(head.clone(), encode, tail.clone(), length));
        let request = || self.posting(&self.caller.deposits, DEPOSIT).body(body());
        understand(self.authorized(request, format!("POST {DEPOSIT}"), raw).await?)
    }

    /// `consulterCRDetaille`: what became of a deposit.
    pub async fn report(&self, reference: &str, raw: &mut Vec<Raw>) -> Result<Value, Trouble> {
        self.post(&self.caller.questions, REPORT, &json!({ "numeroFluxDepot": reference }), raw).await
    }

    /// `rechercher/fournisseur`: all invoices under `key` (`numeroFluxDepot` or `numeroFacture`), page after page.
    pub async fn invoices(&self, key: &str, value: &str, raw: &mut Vec<Raw>) -> Result<Vec<Value>, Trouble> {
        let ask = |page: u64| {
            json!({ key: value, "rechercheFactureParFournisseur": {
                "pageResultatDemandee": page, "nbResultatsParPage": PAGE,
                "triColonne": "IdentifiantFactureCPP", "triSens": "Descendant" } })
        };
        self.pages(SEARCH, ask, &["listeFactures"], &["parametresRetour", "pages"], raw).await
    }

    /// `consulter/historique`: the statuses of one invoice, as entries `histoStatut`, and its current status.
    pub async fn history(&self, invoice: &str, raw: &mut Vec<Raw>) -> Result<(Vec<Value>, Option<String>), Trouble> {
        let id = invoice.parse::<u64>().map_or_else(|_| json!(invoice), |n| json!(n));
        let ask = |page: u64| {
            json!({ "idFacture": id, "paramRechercheHistoStatuts": {
                "pageResultatDemandeeListeHistoStatut": page, "nbResultatsParPageListeHistoStatut": PAGE,
                "triColonneListeHistoStatut": "HistoStatutDatePassage", "triSensListeHistoStatut": "Ascendant" } })
        };
        let list = ["historiquesDesStatuts", "histoStatut"];
        let entries = self.pages(HISTORY, ask, &list, &["historiquesDesStatuts", "pagesHistoStatut"], raw).await?;
        let last = raw.last().and_then(|r| serde_json::from_str::<Value>(&r.body).ok());
        Ok((entries, last.and_then(|v| text_of(&v, "statutCourantCode"))))
    }

    /// `recuperer/typespj`: the code under which a document of no special kind goes with an invoice; none where the platform names none.
    pub async fn any_kind(&self, raw: &mut Vec<Raw>) -> Result<Option<String>, Trouble> {
        let answer = self.post(&self.caller.questions, TYPES, &json!({ "typeObjet": "FACTURE" }), raw).await?;
        let kinds = answer.get("listeTypePieceJointe").and_then(Value::as_array).cloned().unwrap_or_default();
        let code = |kind: &Value| text_of(kind, "codeTypePieceJointe");
        let is_other = |kind: &&Value| {
            let label = text_of(kind, "libelleTypePieceJointe").unwrap_or_default();
            label.to_uppercase().starts_with("AUTRE")
        };
        Ok(kinds.iter().find(is_other).and_then(code).or_else(|| kinds.first().and_then(code)))
    }

    /// `ajouter/fichier`: a document of the account, which no invoice has yet; its number there. `content` is base64.
    pub async fn upload(&self, file: &Attachment, raw: &mut Vec<Raw>) -> Result<u64, Trouble> {
        let ending = file.name.rsplit_once('.').map(|(_, ending)| ending.to_uppercase()).unwrap_or_default();
        let body = json!({ "pieceJointeFichier": file.content, "pieceJointeNom": shortened(&file.name, NAME),
            "pieceJointeTypeMime": file.mime, "pieceJointeExtension": ending });
        let answer = self.post(&self.caller.deposits, UPLOAD, &body, raw).await?;
        let id = answer.get("pieceJointeId").and_then(|id| id.as_u64().or_else(|| id.as_str()?.parse().ok()));
        id.ok_or_else(|| Trouble::Beside { why: "the answer holds no pieceJointeId".into() })
    }

    /// `completer`: the documents, uploaded before, complete a suspended invoice.
    pub async fn complete(
        &self,
        invoice: &str,
        files: &[(u64, String)],
        kind: &str,
        comment: Option<&str>,
        raw: &mut Vec<Raw>,
    ) -> Result<Value, Trouble> {
        let id = invoice.parse::<u64>().map_or_else(|_| json!(invoice), |n| json!(n));
        let files = files.iter().map(|(id, name)| {
            json!({ "pieceJointeComplementaireId": id, "pieceJointeComplementaireType": kind,
                "pieceJointeComplementaireDesignation": shortened(name, DESIGNATION) })
        });
        let mut body = json!({ "identifiantFactureCPP": id, "pieceJointeComplementaire": files.collect::<Vec<_>>() });
        if let Some(comment) = comment {
            body["commentaire"] = json!(comment);
        }
        self.post(&self.caller.deposits, COMPLETE, &body, raw).await
    }

    /// Is it there and does it know us?
    pub async fn health(&self, raw: &mut Vec<Raw>) -> Result<(), Trouble> {
        let request = || self.caller.questions.get(format!("{}{HEALTH}", self.base));
        let reply = self.authorized(request, format!("GET {HEALTH}"), raw).await?;
        let answer = understand(reply)?;
        match answer.get("statusCodeValue").and_then(Value::as_u64) {
            None | Some(200) => Ok(()),
            Some(code) => Err(Trouble::Lost { why: format!("Chorus Pro says of itself: {code}") }),
        }
    }

    async fn pages(
        &self,
        path: &str,
        ask: impl Fn(u64) -> Value,
        list: &[&str],
        pages: &[&str],
        raw: &mut Vec<Raw>,
    ) -> Result<Vec<Value>, Trouble> {
        let mut rows = Vec::new();
        for page in 1..=PAGES_MAX {
            let answer = self.post(&self.caller.questions, path, &ask(page), raw).await?;
            let found = at(&answer, list);
            // An answer that is neither a list nor a stated success proves no absence.
            let before = rows.len();
            match found.and_then(Value::as_array) {
                Some(found) => rows.extend(found.iter().cloned()),
                None if found.is_none_or(Value::is_null) && code(&answer) == Some(Code::Fine) => {}
                None => {
                    return Err(Trouble::Beside { why: format!("the answer of {path} holds no {}", list.join(".")) });
                }
            }
            // Where it does not say how many pages there are, a full one may have another behind it.
            let full = (rows.len() - before) as u64 >= PAGE;
            let last = at(&answer, pages).and_then(Value::as_u64).map_or(!full, |pages| page >= pages);
            if last {
                return Ok(rows);
            }
        }
        Err(Trouble::Beside { why: format!("{path} has more than {PAGES_MAX} pages") })
    }

    async fn post(&self, client: &Client, path: &str, body: &Value, raw: &mut Vec<Raw>) -> Result<Value, Trouble> {
        let request = || self.posting(client, path).body(body.to_string());
        understand(self.authorized(request, format!("POST {path}"), raw).await?)
    }

    fn posting(&self, client: &Client, path: &str) -> RequestBuilder {
        client.post(format!("{}{path}", self.base)).header("Content-Type", "application/json;charset=utf-8")
    }

    /// Sends with token and account.
    async fn authorized(
        &self,
        request: impl Fn() -> RequestBuilder,
        call: String,
        raw: &mut Vec<Raw>,
    ) -> Result<Reply, Trouble> {
        let account = self.config.account_header();
        let request = || request().header("cpro-account", &account).header("Accept", "application/json");
        self.caller.call(request, &call, raw).await
    }
}

/// A name cut before its ending.
fn shortened(name: &str, most: usize) -> String {
    let (stem, ending) = name.rsplit_once('.').unwrap_or((name, ""));
    let dot = usize::from(!ending.is_empty());
    let left = most.saturating_sub(ending.chars().count() + dot);
    let stem: String = stem.chars().take(left).collect();
    if dot == 0 { stem } else { format!("{stem}.{ending}") }
}

fn at<'a>(value: &'a Value, path: &[&str]) -> Option<&'a Value> {
    path.iter().try_fold(value, |v, key| v.get(key))
}
