//! What a platform's directory says of a recipient, before anybody sends anything.

use axum::Json;
use axum::extract::State;
use axum::response::IntoResponse;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::App;
use super::problem::{Answer, Code, Problem};
use super::query::{Asked, bad};
use super::view;
use crate::invoice::{FRENCH_ADDRESS, Recipient};
use crate::queue::reception;
use crate::rules::Finding;
use crate::store::Reception;

/// Longest value asked by, in characters.
const LONGEST: usize = 256;

/// Who is asked about whom.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct AskedOf {
    /// The platform whose directory is asked, by its name in the configuration; may be left out where there is one platform alone.
    platform: Option<String>,
    /// BT-49: the very address, such as `123456789_12345678900012`.
    #[param(max_length = 256)]
    address: Option<String>,
    /// BT-49-1: the scheme of that address.
    #[param(max_length = 256, default = "0225")]
    scheme: Option<String>,
    /// SIRET of the establishment.
    #[param(max_length = 256)]
    siret: Option<String>,
    /// SIREN of the company.
    #[param(max_length = 256)]
    siren: Option<String>,
    /// BT-10: the service of a public buyer.
    #[param(max_length = 256)]
    service: Option<String>,
    /// BT-13: its commitment number.
    #[param(max_length = 256)]
    commitment: Option<String>,
    /// `true`: what was said before does not count, the directory is asked now.
    #[param(default = false)]
    anew: Option<bool>,
}

/// What a platform's directory says of a recipient.
#[derive(Debug, Serialize, ToSchema)]
pub struct RecipientToldOf {
    platform: String,
    #[serde(flatten)]
    told: RecipientTold,
}

/// Can the recipient receive, as the platform's directory says?
#[derive(Debug, Serialize, ToSchema)]
pub struct RecipientTold {
    /// `can`; `cannot`: the findings say why; `no-answer`: the directory said nothing, `why` says why; `not-asked`: the platform has no directory, or
    /// there is nothing that it could be asked by.
    #[schema(pattern = "^(can|cannot|no-answer|not-asked)$")]
    answer: &'static str,
    #[schema(format = DateTime)]
    at: Option<String>,
    why: Option<String>,
    findings: Vec<Finding>,
    /// What was looked at, in order.
    looked: Vec<LookedAt>,
}

/// An entry of a directory that was looked at.
#[derive(Debug, Serialize, ToSchema)]
pub struct LookedAt {
    /// `line`, `siret`, `siren`, `routing-code`; of Chorus Pro `structure`, `demands`, `service`, `commitment`.
    kind: String,
    key: String,
    /// The directory knows it.
    known: bool,
    /// When the directory said so.
    #[schema(format = DateTime)]
    asked_at: Option<String>,
    /// Kept from an earlier question.
    kept: bool,
}

impl RecipientTold {
    pub fn of(reception: &Reception) -> Self {
        let looked = reception.looked.iter().map(|one| LookedAt {
            kind: one.kind.clone(),
            key: one.key.clone(),
            known: one.known,
            asked_at: view::time(one.asked_at),
            kept: one.kept,
        });
        Self {
            answer: reception.answer.as_str(),
            at: view::time(reception.at),
            why: reception.why.clone(),
            findings: reception.findings.clone(),
            looked: looked.collect(),
        }
    }

    fn not_asked() -> Self {
        let (findings, looked) = (Vec::new(), Vec::new());
        Self { answer: "not-asked", at: None, why: None, findings, looked }
    }
}

/// Ask the directory about a recipient
///
/// The same question that facteur asks before it sends an invoice: can somebody receive at this address, and what does a public buyer demand? Answers are kept
/// for a while (`directory_keep`); `anew=true` asks again. Nothing is sent.
#[utoipa::path(get, path = "/v1/directory", operation_id = "askDirectory", tag = "validate", params(AskedOf),
    responses((status = 200, body = RecipientToldOf)))]
pub async fn ask(State(app): State<App>, Asked(asked): Asked<AskedOf>) -> Answer {
    let platform = match (&asked.platform, &*app.platforms) {
        (Some(name), all) if all.contains(name) => name.clone(),
        (None, [only]) => only.clone(),
        (Some(_), _) => {
            return Err(Problem::new(
                Code::NotFound,
                "Aucune plateforme de la configuration ne porte ce nom.",
                "No platform of the configuration bears this name.",
            ));
        }
        (None, _) => {
            return Err(bad(
                "`platform` : dites de quelle plateforme de la configuration.",
                "`platform`: say which platform of the configuration is meant.",
            ));
        }
    };
    let kept = |name: &str, value: Option<String>| match value.map(|value| value.trim().to_owned()) {
        Some(long) if long.chars().count() > LONGEST => Err(bad(
            format!("`{name}` : {LONGEST} caractères au plus."),
            format!("`{name}`: {LONGEST} characters at most."),
        )),
        value => Ok(value.filter(|value| !value.is_empty())),
    };
    let address = kept("address", asked.address)?;
    let usual = address.as_ref().map(|_| FRENCH_ADDRESS.to_owned());
    let recipient = Recipient {
        scheme: kept("scheme", asked.scheme)?.or(usual),
        address,
        siret: kept("siret", asked.siret)?,
        siren: kept("siren", asked.siren)?,
        service: kept("service", asked.service)?,
        commitment: kept("commitment", asked.commitment)?,
    };
    let since = if asked.anew == Some(true) { app.clock.now() } else { 0 };
    let told = match &app.ports {
        Some(ports) => match ports.routes.get(&platform) {
            Some(route) => {
                reception::ask(&app.store, &app.clock, &platform, route, &recipient.completed(), since).await
            }
            None => None,
        },
        None => None,
    };
    let told = told.map_or_else(RecipientTold::not_asked, |told| RecipientTold::of(&told.reception));
    Ok(Json(RecipientToldOf { platform, told }).into_response())
}
