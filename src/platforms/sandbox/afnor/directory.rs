//! The directory: lines by address, companies, establishments, routing codes.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Json, Response};
use serde_json::{Value, json};

use super::door::sorry;
use crate::platforms::sandbox::script::{LineStatus, Script};

pub(super) enum Ask {
    Line(String),
    Siren(String),
    Siret(String),
    Routing { siret: String, code: String },
}

impl Ask {
    /// None where the path is none of the directory's.
    pub fn read(path: &str) -> Option<Self> {
        let after = |head: &str| path.strip_prefix(head).filter(|rest| !rest.is_empty()).map(str::to_owned);
        if let Some(address) = after("directory-line/code:") {
            return Some(Ask::Line(address));
        }
        if let Some(siren) = after("siren/code-insee:") {
            return Some(Ask::Siren(siren));
        }
        if let Some(siret) = after("siret/code-insee:") {
            return Some(Ask::Siret(siret));
        }
        let (siret, code) = path.strip_prefix("routing-code/siret:")?.split_once("/code:")?;
        Some(Ask::Routing { siret: siret.to_owned(), code: code.to_owned() })
    }

    pub fn names(&self) -> Vec<String> {
        match self {
            Ask::Line(name) | Ask::Siren(name) | Ask::Siret(name) => vec![name.clone()],
            Ask::Routing { siret, code } => vec![siret.clone(), code.clone()],
        }
    }

    pub fn answer(&self, script: &Script) -> Response {
        let found = match self {
            Ask::Line(address) => line(script, address),
            Ask::Siren(siren) => siren_of(script, siren),
            Ask::Siret(siret) => siret_of(script, siret),
            Ask::Routing { siret, code } => routing(script, siret, code),
        };
        match found {
            Some(found) => Json(found).into_response(),
            None => sorry(StatusCode::NOT_FOUND, "NOT_FOUND", "the directory does not know it").into_response(),
        }
    }
}

fn line(script: &Script, address: &str) -> Option<Value> {
    let status = match script.line(address)? {
        LineStatus::Enabled => "Enabled",
        LineStatus::Disabled => "Disabled",
        LineStatus::Upcoming => "Upcoming",
    };
    let mut parts = address.splitn(3, '_');
    let (siren, second, third) = (parts.next(), parts.next(), parts.next());
    let mut found = json!({ "addressingIdentifier": address, "directoryLineStatus": status, "siren": siren });
    let siret = second.filter(|second| second.len() == 14 && second.bytes().all(|b| b.is_ascii_digit()));
    match (siret, second, third) {
        (Some(siret), _, code) => {
            found["siret"] = siret.into();
            if let Some(code) = code {
                found["routingCode"] = json!({ "routingIdentifier": code, "routingCodeName": code });
            }
        }
        (None, Some(suffix), _) => found["addressingSuffix"] = suffix.into(),
        _ => {}
    }
    Some(found)
}

fn siren_of(script: &Script, siren: &str) -> Option<Value> {
    let public = script.structure.iter().any(|structure| structure.siret.starts_with(siren));
    let ceased = script.ceased.iter().any(|one| one == siren);
    let known =
        public || ceased || script.line.is_empty() || script.line.iter().any(|line| line.address.starts_with(siren));
    let number = siren.len() == 9 && siren.bytes().all(|b| b.is_ascii_digit());
    (known && number).then(|| {
        let kind = if public { "Public" } else { "PrivateVatRegistered" };
        json!({ "siren": siren, "entityType": kind, "administrativeStatus": if ceased { "C" } else { "A" } })
    })
}

fn siret_of(script: &Script, siret: &str) -> Option<Value> {
    let ceased = script.ceased.iter().any(|one| one == siret);
    let Some((_, structure)) = script.find(siret) else {
        let private = json!({ "siret": siret, "siren": siret.get(..9), "entityType": "PrivateVatRegistered", "administrativeStatus": "C" });
        return ceased.then_some(private);
    };
    let status = if ceased || !structure.active { "C" } else { "A" };
    Some(json!({
        "siret": siret, "siren": siret.get(..9), "entityType": "Public", "administrativeStatus": status, "pmOnly": false,
        "serviceCodeStatus": structure.service_required, "managesLegalCommitment": structure.engagement_required,
        "managesLegalCommitmentOrService": structure.service_or_engagement_required, "managesPaymentStatus": true,
    }))
}

fn routing(script: &Script, siret: &str, code: &str) -> Option<Value> {
    let (_, structure) = script.find(siret)?;
    let service = structure.services.iter().find(|service| service.code == code && service.active)?;
    Some(json!({ "siret": siret, "routingIdentifier": code, "routingCodeName": service.name,
        "managesLegalCommitmentCode": structure.engagement_required }))
}
