//! The customer files in force, what each asks, and what is wrong with those that are not.

use axum::Json;
use axum::extract::State;
use axum::http::Uri;
use axum::response::IntoResponse;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::App;
use super::page::{linked, no_cursor};
use super::problem::{Answer, Problem};
use super::query::{Asked, Id, Plain, page};
use crate::day::Day;
use crate::rules::Severity;
use crate::text::Text;

/// A customer file in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Client {
    /// The file's name without `.toml`.
    #[schema(example = "ville-de-lyon")]
    pub id: String,
    pub name: String,
    /// The files that make it up: its own, then what it extends, nearest first.
    pub files: Vec<String>,
    /// The platform it names; the default one where it names none.
    pub route: Option<String>,
    /// What the customer is known by; empty for a file that only serves `extends`.
    pub r#match: Vec<Match>,
    /// How many things it asks.
    pub rules: usize,
    /// Of the files that make it up.
    pub sha256: String,
}

/// Something a customer is known by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Match {
    /// `siret`, `siren`, `vat`, `gln`, `name`.
    pub by: &'static str,
    pub value: String,
}

/// A customer file with what it asks, in words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ClientInFull {
    #[serde(flatten)]
    pub client: Client,
    /// What is asked of its invoices, those of the files it extends included.
    pub asks: Vec<Ask>,
    /// What its files say of rules: other severities, mentions switched on or off.
    pub overrules: Vec<Overrule>,
    /// Who answers for what: the waivers that may touch its invoices, expired ones included.
    pub waivers: Vec<WaiverInForce>,
    /// The same as one TOML text, each rule with the file and line it comes from.
    pub toml: String,
}

/// Something that a file says of a rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Overrule {
    /// In a sentence.
    pub says: Text,
    /// The file that says it, and where.
    pub file: String,
    pub line: u32,
}

/// A waiver.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct WaiverInForce {
    /// The rule or group.
    pub rule: String,
    /// Only findings about this term.
    pub term: Option<String>,
    /// Which invoices, in words.
    pub scope: Text,
    pub author: String,
    pub reason: String,
    /// The last day on which it holds.
    #[schema(value_type = String, format = Date)]
    pub until: Day,
    /// `in-force`, `soon` (it expires within 30 days) or `expired`.
    pub state: &'static str,
    /// The same in words.
    pub stands: Text,
    pub file: String,
    pub line: u32,
}

/// One thing asked of a customer's invoices.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Ask {
    /// `require`, `allow`, `forbid` or `limits`.
    pub kind: &'static str,
    /// The term it is about, such as `BT-13`.
    pub term: Option<String>,
    pub severity: Severity,
    /// What is asked, in a sentence.
    pub asks: Text,
    /// The condition under which it is asked.
    pub when: Option<String>,
    /// The author's own sentence.
    pub message: Option<Text>,
    /// The file that asks it, and where.
    pub file: String,
    pub line: u32,
}

/// A fault or a doubt about a customer file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct FileRemark {
    pub file: String,
    pub line: u32,
    pub column: u32,
    pub messages: Text,
    /// The last good version of the file is in force.
    pub last_good_kept: bool,
}

/// A page of the customer files in force, by id; and, on every page, all faults and remarks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ClientPage {
    pub clients: Vec<Client>,
    /// What is wrong; files with a fault keep their last good version.
    pub faults: Vec<FileRemark>,
    /// What is in force, but probably does not mean what it says.
    pub remarks: Vec<FileRemark>,
    /// The `after` of the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// Which page.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Which {
    /// The `next` of the page before.
    after: Option<String>,
    /// Rows of a page.
    #[param(minimum = 1, maximum = 500, default = 100)]
    limit: Option<usize>,
}

/// List customer files
///
/// Those in force, by id, with what is wrong with those that are not.
#[utoipa::path(get, path = "/v1/clients", operation_id = "listClients", tag = "clients", params(Which),
    responses((status = 200, body = ClientPage)))]
pub async fn list(State(app): State<App>, uri: Uri, Asked(which): Asked<Which>) -> Answer {
    let limit = page(which.limit)?;
    let mut shown = app.customers.show();
    if let Some(after) = &which.after {
        if !shown.clients.iter().any(|client| client.id == *after) {
            return Err(no_cursor());
        }
        shown.clients.retain(|client| client.id > *after);
    }
    if shown.clients.len() > limit {
        shown.clients.truncate(limit);
        shown.next = shown.clients.last().map(|client| client.id.clone());
    }
    let next = shown.next.clone();
    Ok(linked(Json(shown).into_response(), &uri, next.as_deref()))
}

/// Show what a customer asks
///
/// Every rule in a sentence, with the file and line it comes from.
#[utoipa::path(get, path = "/v1/clients/{id}", operation_id = "getClient", tag = "clients", params(Id),
    responses((status = 200, body = ClientInFull)))]
pub async fn one(State(app): State<App>, Id(id): Id, _: Plain) -> Answer {
    let found = app.customers.one(&id).ok_or_else(|| Problem::no_client(&id))?;
    Ok(Json(found).into_response())
}
