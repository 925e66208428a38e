//! The services of Chorus Pro as the sandbox gives them: deposit, report, search, history.

use axum::http::Method;
use axum::response::{IntoResponse, Json, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use super::behaviour::Call;
use super::complete;
use super::directory;
use super::door::{App, now};
use super::judge;
use super::look::look;
use super::record::{Deposit, Invoice, Millis, Step};
use super::world::{Incoming, World};

/// Largest file (`GDP_MSG_11.022`).
pub(super) const FILE_BYTES: usize = 10 * 1024 * 1024;
const SYNTAXES: [&str; 3] = [judge::UBL, judge::CII, judge::FACTURX];
/// `codeRetour` of errors; all but the size's are the sandbox's own.
pub(super) const TOO_LARGE: i64 = 20001;
pub(super) const WRONG_REQUEST: i64 = 40000;
pub(super) const UNKNOWN: i64 = 40004;
const NOT_HERE: i64 = 40500;

/// A request that was understood.
pub(super) enum Asked {
    Deposit(Box<Incoming>),
    Report(String),
    Search(Value),
    History { id: u64, ask: Value },
    Documents(complete::Ask),
    Directory(directory::Ask),
    Health,
}

impl Asked {
    /// Understands a request, or the answer that says why not.
    pub fn read(method: &Method, path: &str, body: &[u8]) -> Result<Self, Sorry> {
        if method == Method::GET {
            return match path {
                "/cpro/transverses/v1/health-check" => Ok(Asked::Health),
                _ => Err(sorry(NOT_HERE, "ce service n'existe pas dans ce bac à sable")),
            };
        }
        let ask: Value = serde_json::from_slice(body).unwrap_or(Value::Null);
        if !ask.is_object() {
            return Err(sorry(WRONG_REQUEST, "le corps de la requête n'est pas un objet JSON"));
        }
        match path {
            "/cpro/factures/v1/deposer/flux" => read_deposit(&ask),
            "/cpro/transverses/v1/consulterCRDetaille" | "/cpro/transverses/v1/consulterCR" => {
                Ok(Asked::Report(text(&ask, "numeroFluxDepot")?))
            }
            "/cpro/factures/v1/rechercher/fournisseur" => Ok(Asked::Search(ask)),
            "/cpro/factures/v1/consulter/historique" => match number(&ask, "idFacture") {
                Some(id) => Ok(Asked::History { id, ask }),
                None => Err(sorry(WRONG_REQUEST, "idFacture est obligatoire")),
            },
            _ => match (complete::Ask::read(path, &ask)?, directory::Ask::read(path, &ask)?) {
                (Some(ask), _) => Ok(Asked::Documents(ask)),
                (None, Some(ask)) => Ok(Asked::Directory(ask)),
                (None, None) => Err(sorry(NOT_HERE, "ce service n'existe pas dans ce bac à sable")),
            },
        }
    }

    /// Which call it is, for faults.
    pub fn call(&self) -> Option<Call> {
        match self {
            Asked::Deposit(_) => Some(Call::Deposit),
            Asked::Report(_) => Some(Call::Report),
            Asked::Search(_) => Some(Call::Search),
            Asked::History { .. } => Some(Call::History),
            Asked::Documents(complete::Ask::Upload { .. }) => Some(Call::Upload),
            Asked::Documents(complete::Ask::Complete { .. }) => Some(Call::Complete),
            Asked::Directory(_) => Some(Call::Directory),
            Asked::Documents(complete::Ask::Kinds) | Asked::Health => None,
        }
    }

    /// The names of what it is about: invoice number and file name, as far as they are known.
    pub fn names(&self, world: &World, now: Millis) -> Vec<String> {
        let of_flow = |flow: &str| {
            world
                .deposit_of(flow)
                .map(|d| d.number.iter().cloned().chain([d.file_name.clone()]).collect())
                .unwrap_or_default()
        };
        match self {
            Asked::Deposit(incoming) => {
                incoming.look.number.iter().cloned().chain([incoming.file_name.clone()]).collect()
            }
            Asked::Report(flow) => of_flow(flow),
            Asked::Search(ask) => match ask.get("numeroFluxDepot").and_then(Value::as_str) {
                Some(flow) => of_flow(flow),
                None => ask.get("numeroFacture").and_then(Value::as_str).map(str::to_owned).into_iter().collect(),
            },
            Asked::History { id, .. } | Asked::Documents(complete::Ask::Complete { id, .. }) => {
                world.invoice(*id, now).map(Invoice::names).unwrap_or_default()
            }
            Asked::Documents(complete::Ask::Upload { name, .. }) => vec![name.clone()],
            Asked::Directory(ask) => ask.names(),
            Asked::Documents(complete::Ask::Kinds) | Asked::Health => Vec::new(),
        }
    }

    /// # Errors
    /// The state file cannot be written.
    pub fn answer(&self, app: &App) -> std::io::Result<Response> {
        let now = now();
        let mut world = app.world();
        Ok(match self {
            Asked::Deposit(incoming) => {
                let flow = world.deposit(incoming, now)?;
                fine(json!({ "numeroFluxDepot": flow, "dateDepot": day(now), "syntaxeFlux": incoming.syntax }))
            }
            Asked::Report(flow) => match world.deposit_of(flow) {
                Some(deposit) => fine(report(deposit, now)),
                None => sorry(UNKNOWN, &format!("le flux {flow} est inconnu")).into_response(),
            },
            Asked::Search(ask) => search(&world, ask, now),
            Asked::History { id, ask } => match world.invoice(*id, now) {
                Some(invoice) => fine(history(invoice, ask, now)),
                None => sorry(UNKNOWN, &format!("la facture {id} est inconnue")).into_response(),
            },
            Asked::Documents(ask) => ask.answer(&mut world, now)?,
            Asked::Directory(ask) => ask.answer(world.script()),
            Asked::Health => Json(json!({ "body": "OK", "statusCode": "OK", "statusCodeValue": 200 })).into_response(),
        })
    }
}

fn read_deposit(ask: &Value) -> Result<Asked, Sorry> {
    let syntax = text(ask, "syntaxeFlux")?;
    if !SYNTAXES.contains(&syntax.as_str()) {
        return Err(sorry(WRONG_REQUEST, &format!("la syntaxe {syntax} n'est pas lue par ce bac à sable")));
    }
    let bytes = STANDARD
        .decode(text(ask, "fichierFlux")?)
        .map_err(|_| sorry(WRONG_REQUEST, "fichierFlux n'est pas en base64"))?;
    if bytes.len() > FILE_BYTES {
        return Err(sorry(TOO_LARGE, "GDP_MSG_11.022"));
    }
    Ok(Asked::Deposit(Box::new(Incoming { file_name: text(ask, "nomFichier")?, syntax, look: look(&bytes), bytes })))
}

fn report(deposit: &Deposit, now: Millis) -> Value {
    let ended = now >= deposit.due;
    let technical: Vec<Value> = deposit
        .technical
        .iter()
        .filter(|_| ended)
        .map(|t| json!({ "codeErreur": t.code, "natureErreur": t.nature, "libelleErreur": t.text }))
        .collect();
    // A refused schema is told in both lists, as clients look in either.
    let payment: Vec<Value> = deposit
        .payment
        .iter()
        .chain(deposit.technical.iter().map(|t| &t.text))
        .filter(|_| ended)
        .map(|text| {
            json!({ "numeroDP": deposit.number, "identifiantFournisseur": deposit.seller,
                "identifiantDestinataire": deposit.buyer, "libelleErreurDP": text })
        })
        .collect();
    let (state, since) = (deposit.state(now), if ended { deposit.due } else { deposit.at });
    // Both forms of the report in one: consulterCR names the same fields without "Depot".
    json!({
        "libelle": "TRA_MSG_00.000", "nomFichier": deposit.file_name, "dateDepotFlux": moment(deposit.at),
        "codeInterfaceDepotFlux": "FSO1100A", "etatCourantDepotFlux": state, "etatCourantFlux": state,
        "dateHeureEtatCourantFlux": moment(since), "numeroFluxDepot": deposit.flow,
        "listeErreurTechnique": technical, "listeErreurDP": payment,
    })
}

fn search(world: &World, ask: &Value, now: Millis) -> Response {
    let said = |key: &str| ask.get(key).and_then(Value::as_str).filter(|v| !v.is_empty());
    let mut found: Vec<&Invoice> = match said("numeroFacture") {
        Some(number) => world.invoices_numbered(number, now).collect(),
        None => world.invoices(now).collect(),
    };
    found.retain(|i| said("numeroFluxDepot").is_none_or(|flow| i.flow == flow));
    found.retain(|i| said("typeFacture").is_none_or(|kind| kind == kind_of(i)));
    if let Some(wanted) = ask.get("statutCourant").and_then(Value::as_array).filter(|w| !w.is_empty()) {
        found.retain(|i| i.current(now).is_some_and(|s| wanted.iter().any(|w| w == s.code.as_str())));
    }
    found.sort_by_key(|i| std::cmp::Reverse(i.id));
    let block = ask.get("rechercheFactureParFournisseur").or_else(|| ask.get("paramRecherche"));
    let (rows, page, pages, size) = page_of(&found, block, "pageResultatDemandee", "nbResultatsParPage", 10);
    let rows: Vec<Value> = rows.iter().map(|i| row(i, now)).collect();
    fine(json!({
        "libelle": "GCU_MSG_01_000", "listeFactures": rows,
        "parametresRetour": { "pageCourante": page, "pages": pages, "nbResultatsParPage": size, "total": found.len() },
    }))
}

fn kind_of(invoice: &Invoice) -> &'static str {
    if invoice.credit { "AVOIR" } else { "FACTURE" }
}

fn row(invoice: &Invoice, now: Millis) -> Value {
    let current = invoice.current(now);
    let amount = |text: &Option<String>| text.as_ref().and_then(|t| t.parse::<f64>().ok());
    json!({
        "identifiantFactureCPP": invoice.id, "numeroFacture": invoice.number, "typeFacture": kind_of(invoice),
        "typeDemandePaiement": kind_of(invoice), "codeFournisseur": invoice.seller,
        "typeIdentifiantFournisseur": "SIRET", "codeDestinataire": invoice.buyer, "dateFacture": invoice.issued,
        "dateDepot": day(invoice.since), "numeroFluxDepot": invoice.flow, "modeDepot": "DEPOT_EDI_API",
        "devise": invoice.currency, "montantTTC": amount(&invoice.total), "montantAPayer": amount(&invoice.payable),
        "statut": current.map(|s| s.code.as_str()), "dateHeureEtatCourant": current.map(|s| moment(s.at)),
        "commentaireEtatCourant": current.and_then(|s| s.comment.as_deref()),
    })
}

fn history(invoice: &Invoice, ask: &Value, now: Millis) -> Value {
    let mut steps: Vec<&Step> = invoice.past(now).collect();
    let current = steps.last().map(|s| s.code.clone());
    let block = ask.get("paramRechercheHistoStatuts");
    let ascending = block.and_then(|b| b.get("triSensListeHistoStatut")).and_then(Value::as_str) == Some("Ascendant");
    if !ascending {
        steps.reverse();
    }
    if invoice.repeat {
        steps = steps.iter().chain(&steps).copied().collect();
    }
    if invoice.reorder {
        let (even, odd): (Vec<_>, Vec<_>) = steps.iter().enumerate().partition(|(i, _)| i % 2 == 0);
        steps = odd.into_iter().chain(even).map(|(_, step)| *step).collect();
    }
    let (rows, page, pages, size) =
        page_of(&steps, block, "pageResultatDemandeeListeHistoStatut", "nbResultatsParPageListeHistoStatut", 50);
    let rows: Vec<Value> = rows.iter().map(|s| entry(s)).collect();
    json!({
        "libelle": "GCU_MSG_01_000", "idFacture": invoice.id, "numeroFacture": invoice.number,
        "modeDepot": "DEPOT_EDI_API", "statutCourantCode": current,
        "historiquesDesStatuts": { "histoStatut": rows, "pageCouranteHistoStatut": page, "pagesHistoStatut": pages,
            "nbResultatsParPageHistoStatut": size, "totalHistoStatut": steps.len() },
    })
}

fn entry(step: &Step) -> Value {
    let mut entry = Map::new();
    entry.insert("histoStatutId".into(), json!(step.id));
    entry.insert("histoStatutCode".into(), json!(step.code));
    entry.insert("histoStatutDatePassage".into(), json!(moment(step.at)));
    if let Some(comment) = &step.comment {
        entry.insert("histoStatutCommentaire".into(), json!(comment));
    }
    if step.by_buyer {
        entry.insert("histoStatutUtilisateurNom".into(), json!("Martin"));
        entry.insert("histoStatutUtilisateurPrenom".into(), json!("Camille"));
    }
    Value::Object(entry)
}

/// One page of rows, its number, how many there are, and its size.
fn page_of<'a, T>(
    rows: &'a [T],
    block: Option<&Value>,
    page_key: &str,
    size_key: &str,
    usual: u64,
) -> (&'a [T], u64, u64, u64) {
    let said = |key: &str| block.and_then(|b| b.get(key)).and_then(Value::as_u64).filter(|n| *n > 0);
    let size = said(size_key).unwrap_or(usual).min(500);
    let page = said(page_key).unwrap_or(1);
    let len = rows.len() as u64;
    let from = (page - 1).saturating_mul(size).min(len);
    let to = from.saturating_add(size).min(len);
    (&rows[from as usize..to as usize], page, len.div_ceil(size).max(1), size)
}

/// A field that must be there as text.
pub(super) fn text(ask: &Value, key: &str) -> Result<String, Sorry> {
    match ask.get(key).and_then(Value::as_str) {
        Some(text) if !text.is_empty() => Ok(text.to_owned()),
        _ => Err(sorry(WRONG_REQUEST, &format!("{key} est obligatoire"))),
    }
}

pub(super) fn number(ask: &Value, key: &str) -> Option<u64> {
    let value = ask.get(key)?;
    value.as_u64().or_else(|| value.as_str()?.parse().ok())
}

/// HTTP 200 and `codeRetour` 0.
pub(super) fn fine(mut body: Value) -> Response {
    if let Some(body) = body.as_object_mut() {
        body.insert("codeRetour".into(), json!(0));
        body.entry("libelle").or_insert_with(|| json!("GCU_MSG_01_000"));
    }
    Json(body).into_response()
}

/// HTTP 200 and another `codeRetour`.
pub(super) struct Sorry {
    code: i64,
    libelle: String,
}

pub(super) fn sorry(code: i64, libelle: &str) -> Sorry {
    Sorry { code, libelle: libelle.to_owned() }
}

impl IntoResponse for Sorry {
    fn into_response(self) -> Response {
        Json(json!({ "codeRetour": self.code, "libelle": self.libelle })).into_response()
    }
}

/// As Chorus Pro writes moments: to the minute.
pub(super) fn moment(at: Millis) -> String {
    format!(
        "{} {}",
        day(at),
        jiff::Timestamp::from_millisecond(at).map(|t| t.strftime("%H:%M").to_string()).unwrap_or_default()
    )
}

pub(super) fn day(at: Millis) -> String {
    jiff::Timestamp::from_millisecond(at).map(|t| t.strftime("%Y-%m-%d").to_string()).unwrap_or_default()
}
