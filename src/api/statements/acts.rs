//! What people do with a statement that does not get through: retry, release, withdraw. Each names its author, and is kept in the invoice's timeline.

use axum::Json;
use axum::http::StatusCode;
use axum::response::IntoResponse;

use super::{Statement, found, none};
use crate::api::acts::{Act, Call, Retry, patiently, reasoned, retried_by};
use crate::api::key::{self, KeyHeader};
use crate::api::problem::Answer;
use crate::api::query::Id;
use crate::api::view;
use crate::queue::stating::{self, Deed};
use crate::store;

/// Take it up again
///
/// One that was refused or set aside leaves again; where the platform may have it, it is asked first. Needs no body but where no token names who does it.
#[utoipa::path(post, path = "/v1/statements/{id}/retry", operation_id = "retryStatement", tag = "statements",
    params(Id), request_body(content = Retry), responses((status = 202, description = "It is taken up", body = Statement)))]
pub async fn retry(call: Call) -> Answer {
    let Call { app, caller, id, headers, body } = call;
    found(&app, &id).await?;
    let author = retried_by(&app, &caller, &headers, body).await?;
    caller.still(&app)?;
    let statement = stating::retry(&app.store, &id, &author, app.clock.now()).await?.ok_or_else(none)?;
    Ok((StatusCode::ACCEPTED, Json(Statement::of(statement))).into_response())
}

/// Let it go
///
/// One that was set aside leaves again. Where nobody knows whether the platform has it, it is asked once more, and only if it does not show it does the word
/// of whoever released it allow another deposit. Author and reason stay with it.
#[utoipa::path(post, path = "/v1/statements/{id}/release", operation_id = "releaseStatement", tag = "statements",
    params(Id, KeyHeader), request_body = Act, responses((status = 200, body = Statement)))]
pub async fn release(call: Call) -> Answer {
    act(call, Deed::Release).await
}

/// Withdraw it
///
/// It is not to be said any more, and what a 212 said to be paid is not counted. Only what is not at the platform: never while a call is under way, nor while an
/// answer is unknown.
#[utoipa::path(post, path = "/v1/statements/{id}/withdraw", operation_id = "withdrawStatement", tag = "statements",
    params(Id, KeyHeader), request_body = Act, responses((status = 200, body = Statement)))]
pub async fn withdraw(call: Call) -> Answer {
    act(call, Deed::Withdraw).await
}

async fn act(call: Call, deed: Deed) -> Answer {
    let Call { app, caller, id, headers, body } = call;
    let key = key::of_caller(&headers, &caller)?;
    let (author, reason, document) = reasoned(&app, &headers, body, &caller).await?;
    caller.still(&app)?;
    let name = match deed {
        Deed::Release => "release",
        Deed::Withdraw => "withdraw",
    };
    let asked = key.map(|key| key::Asked::new(key, &format!("POST /v1/statements/{id}/{name}"), &document));
    key::once(&app, asked.as_ref(), async {
        let shown = |one: &store::Statement| view::written(&Statement::of(one.clone()));
        let done = || {
            let under = |one: &store::Statement| asked.as_ref().map(|asked| asked.keyed(shown(one)));
            stating::act(&app.store, &id, deed, (&author, &reason), app.clock.now(), under)
        };
        let one = patiently(done).await?.ok_or_else(none)?;
        tracing::info!(invoice = %one.invoice, status = one.status, act = name, "a person acted on a statement");
        Ok(key::json(shown(&one)))
    })
    .await
}
