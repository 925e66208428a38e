//! The page: HTML made here, in French and English, for people who watch invoices and work on problems.
//!
//! It asks the store and the queue and decides nothing of its own. Every request passes [`guard`]: a session (or open loopback),
//! for whatever changes something the page's own origin and the session's word, and on the way out the headers that keep a
//! browser from running anything an invoice holds. Without scripts everything works; the one script only spares clicks.

mod assets;
mod check;
mod customers;
mod form;
mod frame;
mod guard;
mod invoice;
mod invoices;
mod lang;
mod list;
mod login;
mod notice;
mod overview;
mod pareto;
mod problem;
mod problems;
mod question;
mod report;
mod rulebook;
mod session;
mod show;
mod trouble;
mod words;

use std::sync::Arc;

use axum::Router;
use axum::extract::FromRef;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::{get, post};

use crate::api::{App, request};
use session::Sessions;

/// What pages work with: the door's own state, and who is logged in.
#[derive(Clone)]
pub(crate) struct Web {
    app: App,
    sessions: Arc<Sessions>,
}

impl FromRef<Web> for App {
    fn from_ref(web: &Web) -> App {
        web.app.clone()
    }
}

/// The page in front of `door`, which answers every address that is no page's.
pub fn router(app: App, door: Router) -> Router {
    let web = Web { sessions: Arc::new(Sessions::new()), app };
    let pages = Router::new()
        .route("/", get(overview::page))
        .route("/login", get(login::page).post(login::enter))
        .route("/logout", post(login::leave))
        .route("/language/{to}", get(lang::switch))
        .route("/invoices", get(invoices::page))
        .route("/invoices.csv", get(invoices::csv))
        .route("/invoices/{id}", get(invoice::page))
        .route("/invoices/{id}/rendering", get(invoice::rendering::page))
        .route("/invoices/{id}/source", get(invoice::source::page))
        .route("/invoices/{id}/download", get(invoice::source::download))
        .route("/invoices/{id}/outgoing", get(invoice::source::outgoing))
        .route("/invoices/{id}/interchange", get(invoice::source::interchange))
        .route("/invoices/{id}/seal", get(invoice::source::seal))
        .route("/invoices/{id}/act/{act}", get(invoice::acts::confirm).post(invoice::acts::act))
        .route("/problems", get(problems::page))
        .route("/problems/{id}", get(problem::page).post(problem::change))
        .route("/report", get(report::page))
        .route("/report.csv", get(report::csv))
        .route("/customers", get(customers::page))
        .route("/customers/{id}", get(customers::one::page).post(customers::one::tried))
        .route("/check", get(check::page).post(check::judged))
        .route("/rules", get(rulebook::search))
        .route("/rules/{id}", get(rulebook::page))
        .method_not_allowed_fallback(trouble::method)
        .layer(from_fn_with_state(web.clone(), guard::bounded))
        .layer(from_fn_with_state(web.clone(), guard::guard))
        .with_state(web.clone())
        .route("/assets/{name}", get(assets::file))
        .layer(from_fn(request::told));
    // What the door does not know either is told to a browser as a page.
    pages.fallback_service(door.layer(from_fn_with_state(web, trouble::dressed)))
}
