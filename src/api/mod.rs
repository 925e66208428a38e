//! The HTTP door. Handlers ask the store and the queue; they decide nothing of their own.
//!
//! Every answer bears `x-request-id`; every error is RFC 9457 problem+json with a stable `code` and never a word of an
//! invoice. Tokens are asked for except for `/healthz` and `/readyz`, or where the configuration opens loopback.

mod acts;
pub(crate) mod auth;
pub(crate) mod body;
mod clients;
mod events;
mod health;
mod invoices;
pub(crate) mod problem;
pub(crate) mod problems;
mod query;
mod reports;
pub(crate) mod request;
pub mod token;
mod validate;
mod view;

use std::sync::Arc;

use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::{get, post};
use tokio::sync::Semaphore;

use crate::clock::Clock;
use crate::config::Problems;
use crate::day::Day;
use crate::limits;
use crate::report::Report;
use crate::rules::client::{Clients, Folder};
use crate::store::Handle;
use crate::text::Text;
use token::{Scope, Tokens};

pub use body::Budget;

/// Everything that handlers work with. Cheap to clone.
#[derive(Clone)]
pub struct App {
    pub store: Handle,
    pub clock: Arc<dyn Clock>,
    pub validator: Arc<dyn Validator>,
    pub customers: Arc<dyn Customers>,
    pub tokens: Arc<Tokens>,
    /// No token is asked for; only ever on loopback.
    pub open: bool,
    /// Owners of problems by cause, where nobody was named on the problem itself.
    pub owners: Arc<Problems>,
    /// Bytes of bodies being received.
    pub budget: Budget,
    /// Names of the platforms that are configured.
    pub platforms: Arc<[String]>,
    /// Documents being judged for `POST /v1/validate` at the same time.
    pub judging: Arc<Semaphore>,
    /// The daemon is stopping: not ready for more.
    pub stopping: Arc<std::sync::atomic::AtomicBool>,
}

/// Judges a document for `POST /v1/validate`; may block for as long as the document is large.
pub trait Validator: Send + Sync {
    /// # Errors
    /// What was asked for does not exist: a pack, a customer file.
    fn validate(&self, bytes: &[u8], ask: &Ask) -> Result<Report, Text>;
}

/// How a document is to be judged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ask {
    /// The name the report gives the document.
    pub file: String,
    pub as_of: Day,
    /// The day by which packs are chosen; BT-2 where none is given.
    pub date: Option<Day>,
    pub incoming: bool,
    /// Packs by name, separated by commas; the configuration's choice where none are given.
    pub rules: Option<String>,
    /// A customer file by name; the buyer's own where none is given.
    pub client: Option<String>,
}

/// The customer files in force.
pub trait Customers: Send + Sync {
    /// Those in force; none where no folder is configured.
    fn in_force(&self) -> Option<Arc<Clients>>;
    /// The files as they are on disk now.
    ///
    /// # Errors
    /// The folder cannot be listed.
    fn files(&self) -> Result<Folder, Text>;
    /// As `GET /v1/clients` shows them.
    fn show(&self) -> serde_json::Value;
    /// Files that are wrong; for those, the last good version is in force.
    fn faults(&self) -> usize;
}

/// The whole of the HTTP door.
pub fn router(app: App) -> Router {
    let read = Router::new()
        .route("/v1/invoices", get(invoices::list))
        .route("/v1/invoices/{id}", get(invoices::one))
        .route("/v1/invoices/{id}/events", get(events::of_invoice))
        .route("/v1/invoices/{id}/report", get(invoices::report))
        .route("/v1/invoices/{id}/document", get(invoices::document))
        .route("/v1/validate", post(validate::validate))
        .route("/v1/problems", get(problems::list))
        .route("/v1/problems/{id}", get(problems::one))
        .route("/v1/reports/problems", get(reports::problems))
        .route("/v1/events", get(events::all))
        .route("/v1/clients", get(clients::list))
        .route_layer(from_fn_with_state((app.clone(), Scope::Read), auth::require));
    let write = Router::new()
        .route("/v1/invoices", post(invoices::accept))
        .route("/v1/invoices/{id}/release", post(acts::release))
        .route("/v1/invoices/{id}/retry", post(acts::retry))
        .route("/v1/invoices/{id}/park", post(acts::park))
        .route("/v1/invoices/{id}/cancel", post(acts::cancel))
        .route("/v1/problems/{id}", axum::routing::patch(problems::change))
        .route_layer(from_fn_with_state((app.clone(), Scope::Write), auth::require));
    Router::new()
        .merge(read)
        .merge(write)
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        .fallback(problem::not_found)
        .method_not_allowed_fallback(problem::method_not_allowed)
        .layer(from_fn(request::told))
        .with_state(app)
}

/// Bounds of a door: what all bodies may hold together, and how many documents it judges at once.
pub fn budget() -> Budget {
    Budget::new(limits::BODIES_BYTES)
}
