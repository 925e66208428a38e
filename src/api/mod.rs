//! The HTTP door. Handlers ask the store and the queue; they decide nothing of their own.
//!
//! Every answer bears `x-request-id`; every error is RFC 9457 problem+json with a stable `code` and never a word of an
//! invoice. Tokens are asked for except for `/healthz`, `/readyz` and `/openapi.json`, or where the configuration opens
//! loopback.

mod acts;
pub(crate) mod answers;
mod attached;
pub(crate) mod auth;
pub(crate) mod body;
mod chain;
pub mod clients;
mod code;
mod directory;
mod events;
mod form;
mod health;
pub mod interchanges;
pub mod invoices;
mod key;
pub(crate) mod malformed;
mod messages;
mod metrics;
pub mod multipart;
pub mod notices;
mod observe;
mod openapi;
mod page;
pub(crate) mod problem;
pub(crate) mod problems;
pub(crate) mod query;
mod rendering;
mod replies;
mod reports;
pub(crate) mod request;
mod seal;
pub(crate) mod sheet;
mod statements;
pub mod token;
mod validate;
pub(crate) mod view;

use std::collections::HashMap;
use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::middleware::{from_fn, from_fn_with_state};
use tokio::sync::Semaphore;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::clock::Clock;
use crate::config::{Partners, Problems};
use crate::day::Day;
use crate::folder::FolderHealth;
use crate::limits;
use crate::queue::Ports;
use crate::rules::client::{Clients, Folder};
use crate::store::Handle;
use crate::text::Text;
use crate::validate::Judged;
use token::{Scope, Tokens};

pub use answers::Answers;
pub use body::Budget;
pub use seal::{SealHealth, SealState};

/// Everything that handlers work with. Cheap to clone.
#[derive(Clone)]
pub struct App {
    pub store: Handle,
    pub clock: Arc<dyn Clock>,
    pub validator: Arc<dyn Validator>,
    pub customers: Arc<dyn Customers>,
    pub partners: Arc<dyn PartnerFiles>,
    pub tokens: Arc<Tokens>,
    /// No token is asked for; only ever on loopback.
    pub open: bool,
    /// Owners of problems by cause, where nobody was named on the problem itself.
    pub owners: Arc<Problems>,
    /// The key that invoices are sealed with; none where none is configured.
    pub seal: Option<Arc<dyn SealState>>,
    /// Bytes of bodies being received.
    pub budget: Budget,
    /// Large answers on their way.
    pub answers: Answers,
    /// Names of the platforms that are configured.
    pub platforms: Arc<[String]>,
    /// The statuses that each of them takes from us as life-cycle messages.
    pub speaking: Arc<HashMap<String, &'static [u16]>>,
    /// Who may say that there is something to fetch.
    pub notices: Arc<dyn notices::Notices>,
    /// The platforms themselves, for questions to their directories.
    pub ports: Option<Arc<Ports>>,
    /// Documents being judged for `POST /v1/validate` at the same time.
    pub judging: Arc<Semaphore>,
    /// How the watched folders are.
    pub folders: Arc<Vec<Arc<FolderHealth>>>,
    /// `/metrics` asks for no token.
    pub metrics_open: bool,
    /// The daemon is stopping: not ready for more.
    pub stopping: Arc<std::sync::atomic::AtomicBool>,
}

/// Judges a document for `POST /v1/validate`; may block for as long as the document is large.
pub trait Validator: Send + Sync {
    /// One report, but for an EDIFACT interchange of several invoices: then one for each.
    ///
    /// # Errors
    /// What was asked for does not exist: a pack, a customer file.
    fn validate(&self, document: &Bytes, ask: &Ask) -> Result<Vec<Judged>, Text>;
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
    fn show(&self) -> clients::ClientPage;
    /// Is there one of this id or name, for `POST /v1/validate?client=`?
    fn knows(&self, name: &str) -> bool;
    /// One by its id, as `GET /v1/clients/{id}` shows it.
    fn one(&self, id: &str) -> Option<clients::ClientInFull>;
    /// Files that are wrong; for those, the last good version is in force.
    fn faults(&self) -> usize;
    /// Is their folder out of reach? What was in force stays.
    fn gone(&self) -> bool;
}

/// What is agreed with those who send EDIFACT.
pub trait PartnerFiles: Send + Sync {
    /// The files in force, and what was wrong with those that are not.
    fn in_force(&self) -> Arc<Partners>;
    /// Is their folder out of reach? What was in force stays.
    fn gone(&self) -> bool;
}

/// What needs no token (a notice bears a signature), and what needs one of the scope. A handler whose `#[utoipa::path]` is named here is both served and
/// described: there is no other list. Its codes stand in [`openapi`].
fn open() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(health::alive))
        .routes(routes!(health::ready))
        .routes(routes!(openapi::shown))
        .routes(routes!(notices::take))
}

fn read() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(invoices::list))
        .routes(routes!(invoices::one))
        .routes(routes!(chain::of_invoice))
        .routes(routes!(events::of_invoice))
        .routes(routes!(invoices::report))
        .routes(routes!(invoices::document))
        .routes(routes!(rendering::rendering))
        .routes(routes!(interchanges::one))
        .routes(routes!(interchanges::document))
        .routes(routes!(replies::list))
        .routes(routes!(replies::one))
        .routes(routes!(replies::document))
        .routes(routes!(replies::of_invoice))
        .routes(routes!(replies::of_file))
        .routes(routes!(messages::list))
        .routes(routes!(messages::one))
        .routes(routes!(messages::document))
        .routes(routes!(messages::of_invoice))
        .routes(routes!(statements::list))
        .routes(routes!(statements::of_invoice))
        .routes(routes!(statements::one))
        .routes(routes!(statements::document))
        .routes(routes!(seal::bytes))
        .routes(routes!(validate::validate))
        .routes(routes!(directory::ask))
        .routes(routes!(problems::list))
        .routes(routes!(problems::one))
        .routes(routes!(reports::problems))
        .routes(routes!(events::all))
        .routes(routes!(clients::list))
        .routes(routes!(clients::one))
}

fn write() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(invoices::accept))
        .routes(routes!(replies::accept))
        .routes(routes!(messages::accept))
        .routes(routes!(acts::release))
        .routes(routes!(acts::retry))
        .routes(routes!(acts::park))
        .routes(routes!(acts::cancel))
        .routes(routes!(problems::change))
        .routes(routes!(messages::retry))
        .routes(routes!(statements::say))
        .routes(routes!(statements::acts::retry))
        .routes(routes!(statements::acts::release))
        .routes(routes!(statements::acts::withdraw))
}

/// Behind a token too, unless the configuration opens it.
fn measured() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(metrics::show))
}

/// The whole of the HTTP door.
pub fn router(app: App) -> Router {
    let behind = |routes: OpenApiRouter<App>, scope: Scope| {
        Router::from(routes).route_layer(from_fn_with_state((app.clone(), scope), auth::require))
    };
    let measured = if app.metrics_open { Router::from(measured()) } else { behind(measured(), Scope::Read) };
    Router::from(open())
        .merge(measured)
        .merge(behind(read().route_layer(from_fn_with_state(app.clone(), answers::bounded)), Scope::Read))
        .merge(behind(write(), Scope::Write))
        .fallback(problem::not_found)
        .method_not_allowed_fallback(problem::method_not_allowed)
        .layer(from_fn(request::told))
        .with_state(app)
}

/// Bounds of a door: what all bodies may hold together, and how many documents it judges at once.
pub fn budget(store: &Handle) -> Budget {
    Budget::new(limits::BODIES_BYTES, limits::SMALL_BODIES_BYTES).beside(store.room().clone())
}
