//! The sandbox's door: who may come in, which service a path is, and the faults that strike on the way.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{ConnectInfo, DefaultBodyLimit, Query, State};
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Json, Response};
use axum::routing::{get, post};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::behaviour::{Action, Behaviour, Call};
use super::cut::Cut;
use super::record::Millis;
use super::world::{Faults, World};
use super::{afnor, pages, services};

/// Room for 30 MB of flow in base64 with its JSON around.
const BODY_BYTES: usize = 48 * 1024 * 1024;

pub(super) struct App {
    world: Mutex<World>,
    /// Tokens given, each with its end.
    tokens: Mutex<HashMap<String, Millis>>,
}

impl App {
    pub fn new(world: World) -> Arc<Self> {
        Arc::new(Self { world: Mutex::new(world), tokens: Mutex::new(HashMap::new()) })
    }

    /// Nothing is left half-done where a holder of the lock ended early: each change is one step.
    pub fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The token of a call, where it has one that has not ended.
    pub fn token_of(&self, headers: &HeaderMap) -> Option<String> {
        let given =
            headers.get("authorization").and_then(|v| v.to_str().ok()).and_then(|v| v.strip_prefix("Bearer "))?;
        let lives = self.tokens().get(given).is_some_and(|end| *end > now());
        lives.then(|| given.to_owned())
    }

    /// Ends a token before its time.
    pub fn forget(&self, token: &str) {
        self.tokens().remove(token);
    }

    fn tokens(&self) -> MutexGuard<'_, HashMap<String, Millis>> {
        self.tokens.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

pub(super) fn router(app: Arc<App>) -> Router {
    Router::new()
        .route("/api/oauth/token", post(token))
        .route(afnor::TOKEN, post(token))
        .route("/sandbox/invoices", get(pages::all_invoices))
        .route("/sandbox/flows", get(pages::all_flows))
        .route("/sandbox/deposits", get(pages::all_deposits))
        .route("/sandbox/ledger", get(pages::ledger))
        .route("/sandbox/lookups", get(pages::all_lookups))
        .route("/sandbox/notices", get(pages::all_notices))
        .route("/sandbox/line", post(pages::set_line))
        .route("/sandbox/behaviour", get(pages::all_behaviours).post(pages::add_behaviour))
        .fallback(service)
        .layer(DefaultBodyLimit::max(BODY_BYTES))
        .with_state(app)
}

pub(super) fn now() -> Millis {
    jiff::Timestamp::now().as_millisecond()
}

/// OAuth2 client credentials. PISTE says the same of an unknown application and of a wrong secret.
async fn token(State(app): State<Arc<App>>, ConnectInfo(cut): ConnectInfo<Cut>, body: String) -> Response {
    let faults = match app.world().strike(Call::Token, &[]) {
        Ok(faults) => faults,
        Err(e) => return broken(&e),
    };
    if let Some(fault) = &faults.before {
        return instead(fault, &cut, &app, &HeaderMap::new());
    }
    let form = format!("/?{body}")
        .parse::<Uri>()
        .ok()
        .and_then(|uri| Query::<HashMap<String, String>>::try_from_uri(&uri).ok());
    let said = |key: &str| form.as_ref().and_then(|f| f.get(key)).map(String::as_str);
    let error = |error: &str, why: &str| {
        (StatusCode::BAD_REQUEST, Json(json!({ "error": error, "error_description": why }))).into_response()
    };
    let answer = if said("grant_type") != Some("client_credentials") {
        error("unsupported_grant_type", "client_credentials is the only one")
    } else {
        let (id, secret, life) = {
            let world = app.world();
            let script = world.script();
            (script.client_id.clone(), script.client_secret.clone(), script.token_seconds)
        };
        if said("client_id") == Some(&id) && said("client_secret") == Some(&secret) {
            match fresh_token() {
                Ok(token) => {
                    let mut tokens = app.tokens();
                    let now = now();
                    tokens.retain(|_, end| *end > now);
                    tokens.insert(token.clone(), now.saturating_add_unsigned(life.saturating_mul(1000)));
                    Json(
                        json!({ "access_token": token, "token_type": "Bearer", "expires_in": life, "scope": "openid" }),
                    )
                    .into_response()
                }
                Err(e) => broken(&e),
            }
        } else {
            error("invalid_client", "the application or its secret is not known")
        }
    };
    after(faults, &cut, answer).await
}

fn fresh_token() -> std::io::Result<String> {
    let mut bytes = [0u8; 32];
    getrandom::fill(&mut bytes).map_err(std::io::Error::other)?;
    Ok(bytes.iter().map(|b| format!("{b:02x}")).collect())
}

/// All that is under `/cpro`.
async fn service(
    State(app): State<Arc<App>>,
    ConnectInfo(cut): ConnectInfo<Cut>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    if afnor::is_there(uri.path()) {
        return afnor::service(&app, &cut, &method, &uri, &headers, &body).await;
    }
    if !uri.path().starts_with("/cpro/") {
        return (StatusCode::NOT_FOUND, Json(json!({ "error": "not_found" }))).into_response();
    }
    if let Some(turned_away) = turned_away(&app, &headers) {
        return turned_away;
    }
    let asked = match services::Asked::read(&method, uri.path(), &body) {
        Ok(asked) => asked,
        Err(sorry) => return sorry.into_response(),
    };
    let faults = match asked.call() {
        None => Faults::default(),
        Some(call) => {
            let mut world = app.world();
            let names = asked.names(&world, now());
            if call == Call::Directory {
                world.looked(&names);
            }
            match world.strike(call, &names) {
                Ok(faults) => faults,
                Err(e) => return broken(&e),
            }
        }
    };
    if let Some(fault) = &faults.before {
        return instead(fault, &cut, &app, &headers);
    }
    let answer = asked.answer(&app).unwrap_or_else(|e| broken(&e));
    after(faults, &cut, answer).await
}

/// Those without a token of ours that has not ended, then those without the technical account.
fn turned_away(app: &App, headers: &HeaderMap) -> Option<Response> {
    if app.token_of(headers).is_none() {
        let body =
            json!({ "error": "invalid_token", "error_description": "no token, an unknown one, or one that has ended" });
        return Some((StatusCode::UNAUTHORIZED, Json(body)).into_response());
    }
    let world = app.world();
    let account = format!("{}:{}", world.script().account_login, world.script().account_password);
    let given = headers.get("cpro-account").and_then(|v| STANDARD.decode(v).ok()).unwrap_or_default();
    (given != account.as_bytes()).then(|| StatusCode::FORBIDDEN.into_response())
}

/// What comes in place of the service.
pub(super) fn instead(fault: &Behaviour, cut: &Cut, app: &App, headers: &HeaderMap) -> Response {
    let text = fault.text.clone();
    match fault.action {
        Action::ExpireToken => {
            app.token_of(headers).iter().for_each(|token| app.forget(token));
            StatusCode::UNAUTHORIZED.into_response()
        }
        Action::DropBefore => {
            cut.cut();
            StatusCode::NO_CONTENT.into_response()
        }
        Action::CodeRetour => {
            let libelle = text.unwrap_or_else(|| "erreur demandée au bac à sable".into());
            Json(json!({ "codeRetour": fault.code.unwrap_or(1), "libelle": libelle })).into_response()
        }
        _ => {
            let status = fault.http.and_then(|http| StatusCode::from_u16(http).ok());
            let status = status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            let mut response = (status, text.unwrap_or_default()).into_response();
            if let Some(value) = fault.retry_after.as_ref().and_then(|v| v.parse().ok()) {
                response.headers_mut().insert("retry-after", value);
            }
            response
        }
    }
}

/// What befalls an answer on its way out.
pub(super) async fn after(faults: Faults, cut: &Cut, answer: Response) -> Response {
    if faults.delay_ms > 0 {
        tokio::time::sleep(Duration::from_millis(faults.delay_ms)).await;
    }
    if faults.lose {
        cut.cut();
    }
    if faults.garble { half(answer).await } else { answer }
}

/// An answer that breaks off: the half of its text, under the same status.
async fn half(answer: Response) -> Response {
    let (mut head, body) = answer.into_parts();
    let whole = axum::body::to_bytes(body, BODY_BYTES).await.unwrap_or_default();
    head.headers.remove("content-length");
    Response::from_parts(head, whole.slice(..whole.len() / 2).into())
}

pub(super) fn broken(e: &std::io::Error) -> Response {
    let body: Value = json!({ "error": format!("the sandbox cannot keep its state: {e}") });
    (StatusCode::INTERNAL_SERVER_ERROR, Json(body)).into_response()
}
