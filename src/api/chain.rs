//! The chain of corrections that an invoice is in.

use axum::Json;
use axum::extract::State;
use axum::response::IntoResponse;
use serde::Serialize;
use utoipa::ToSchema;

use super::App;
use super::invoices::find;
use super::problem::Answer;
use super::query::{Id, Plain};
use super::view;
use crate::lifecycle;
use crate::queue::chain::{self, Missing, Tied};
use crate::store::InvoiceRow;

/// Invoices that correct, replace or settle each other.
#[derive(Debug, Serialize, ToSchema)]
pub struct Chain {
    /// In the order in which they came; the invoice that was asked for is one of them.
    invoices: Vec<Link>,
    /// Named by one of them as coming before it, and not here.
    missing: Vec<NotHere>,
    /// There are more than are shown.
    more: bool,
}

/// An invoice of a chain.
#[derive(Debug, Serialize, ToSchema)]
pub struct Link {
    #[schema(pattern = "^[0-9a-f]{32}$")]
    id: String,
    /// BT-1.
    number: Option<String>,
    /// BT-2.
    issued: Option<String>,
    /// BT-3, such as 380, 381, 384, 262.
    kind: Option<String>,
    state: Option<lifecycle::State>,
    /// What it adds to what is owed; below zero for a credit note.
    amount: Option<String>,
    currency: Option<String>,
    #[schema(format = DateTime)]
    received_at: Option<String>,
    /// What it is to those before it.
    ties: Vec<Tie>,
}

/// What an invoice is to an earlier one.
#[derive(Debug, Serialize, ToSchema)]
pub struct Tie {
    /// `replaces` (it took its place, under the same number), `cites` (it names it: BT-25), `contract` (a global credit note, type 262, on its contract and days).
    #[schema(pattern = "^(replaces|cites|contract)$")]
    how: &'static str,
    /// Id of the earlier one.
    #[schema(pattern = "^[0-9a-f]{32}$")]
    to: String,
}

/// An invoice that is named and not here.
#[derive(Debug, Serialize, ToSchema)]
pub struct NotHere {
    /// BT-25.
    number: String,
    /// BT-26.
    issued: Option<String>,
    /// Id of the one that names it.
    #[schema(pattern = "^[0-9a-f]{32}$")]
    by: String,
}

impl Link {
    fn of(tied: Tied) -> Self {
        let Tied { row, ties } = tied;
        let InvoiceRow { id, facts, state, received_at, .. } = row;
        Self {
            id,
            amount: facts.amount().map(|amount| amount.to_string()),
            number: facts.number,
            issued: facts.issued,
            kind: facts.kind,
            state,
            currency: facts.currency,
            received_at: view::time(received_at),
            ties: ties.into_iter().map(|(how, to)| Tie { how: how.as_str(), to }).collect(),
        }
    }
}

/// Show the chain it is in
///
/// Which invoices it corrects, replaces or settles, and which do so to it, as the documents say: the same number again (BT-1), invoices named as coming before (BT-25),
/// and for a global credit note (262) its contract (BT-12) and its days (BG-14). It alone where nothing is tied to it.
#[utoipa::path(get, path = "/v1/invoices/{id}/chain", operation_id = "getChain", tag = "invoices", params(Id),
    responses((status = 200, body = Chain)))]
pub async fn of_invoice(State(app): State<App>, Id(id): Id, _: Plain) -> Answer {
    let row = find(&app, &id).await?;
    let chain::Chain { invoices, missing, more } = chain::chain(&app.store, row).await?;
    let missing =
        missing.into_iter().map(|Missing { cited, by }| NotHere { number: cited.number, issued: cited.issued, by });
    let invoices = invoices.into_iter().map(Link::of).collect();
    Ok(Json(Chain { invoices, missing: missing.collect(), more }).into_response())
}
