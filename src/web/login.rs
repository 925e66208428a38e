//! Login: a token typed once becomes a session. Attempts that fail are slow, and few at a time.

use std::time::Duration;

use askama::Template;
use axum::Extension;
use axum::body::Body;
use axum::extract::{Query, State};
use axum::http::header::{LOCATION, SET_COOKIE};
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri};
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;
use tokio::sync::Semaphore;

use super::Web;
use super::form::{self, Fields};
use super::frame::{Frame, html};
use super::guard::{SESSION, Visitor, cookie};
use super::session::Typed;
use super::trouble::{Done, Trouble};
use crate::api::token::Scope;
use crate::clock::day_of;
use crate::limits;

/// How long a failed attempt takes, and how many may be under way: thirty a minute in all, for words of 256 random bits.
const SLOW: Duration = Duration::from_millis(2_000);
static FAILING: Semaphore = Semaphore::const_new(8);
/// What a form may bring through a login, in bytes: more than people type, and each of them escaped still fits the login's form.
const TYPED_BYTES: usize = limits::JSON_BYTES / 4;
const TYPED_FIELDS: usize = 32;
/// Before the names of such fields in the login's own form.
const TYPED: &str = "typed.";
/// Fields that belong to the page as it was, and to its session.
const OF_SESSION: [&str; 2] = ["csrf", "version"];
/// Longest word that can be a token.
const TOKEN_CHARS: usize = 200;

#[derive(Template)]
#[template(path = "login.html")]
struct Page {
    f: Frame,
    next: String,
    failed: Option<&'static str>,
    /// What was typed into a form whose session had ended.
    typed: Typed,
}

#[derive(Deserialize)]
pub struct Next {
    #[serde(default)]
    next: String,
}

pub async fn page(Extension(visitor): Extension<Visitor>, Query(Next { next }): Query<Next>) -> Done {
    if visitor.open || visitor.name.is_some() {
        return Ok(see(own_path(&next)));
    }
    html(&Page {
        f: Frame::new(&visitor, "login", "login.title"),
        next: own_path(&next).to_owned(),
        failed: None,
        typed: Typed::new(),
    })
}

/// The login in place of an answer to a form whose session has ended: what was typed goes through the login in the login's own
/// form, and stands in its page again afterwards. Nothing of it is acted on before the person sends it again.
pub async fn again(web: &Web, visitor: &Visitor, uri: &Uri, headers: &HeaderMap, body: Body) -> Done {
    let fields = form::unchecked(&web.app, headers, body).await.map_err(|_| Trouble::logged_out())?;
    let typed = fields.iter().filter(|(name, _)| !OF_SESSION.contains(name));
    let typed = bounded(typed).ok_or_else(Trouble::logged_out)?;
    let f = Frame::new(visitor, "login", "login.title");
    let mut page = html(&Page { f, next: own_path(uri.path()).to_owned(), failed: None, typed })?;
    *page.status_mut() = StatusCode::UNAUTHORIZED;
    Ok(page)
}

/// Fields as they are kept; none where they are more than anybody types.
fn bounded<'f>(fields: impl Iterator<Item = (&'f str, &'f str)>) -> Option<Typed> {
    let (mut typed, mut bytes) = (Typed::new(), 0);
    for (name, value) in fields {
        bytes += name.len() + value.len();
        if bytes > TYPED_BYTES || typed.len() == TYPED_FIELDS {
            return None;
        }
        typed.push((name.to_owned(), value.to_owned()));
    }
    Some(typed)
}

/// What was typed into the form of this page before the login, once.
pub fn typed(web: &Web, visitor: &Visitor, headers: &HeaderMap) -> Option<Fields> {
    let page = visitor.here.split('?').next().unwrap_or_default();
    Some(Fields::from(web.sessions.take(cookie(headers, SESSION)?, page)?))
}

/// `POST /login`
pub async fn enter(
    State(web): State<Web>,
    Extension(visitor): Extension<Visitor>,
    headers: HeaderMap,
    body: Body,
) -> Done {
    let fields = form::unchecked(&web.app, &headers, body).await?;
    let (word, next) = (fields.get("token").trim(), own_path(fields.get("next")).to_owned());
    let typed = fields.iter().filter_map(|(name, value)| Some((name.strip_prefix(TYPED)?, value)));
    let typed = bounded(typed).unwrap_or_default();
    let token = Some(word).filter(|word| word.len() <= TOKEN_CHARS).and_then(|word| web.app.tokens.find(word));
    let failed = match &token {
        None => "login.failed",
        Some(token) if token.expired(day_of(web.app.clock.now())) => "login.expired",
        Some(token) if !token.allows(Scope::Read) => "login.no_scope",
        Some(_) => "",
    };
    let id = token.filter(|_| failed.is_empty()).and_then(|token| {
        tracing::info!(token = token.name, "logged in");
        web.sessions.open(&token, web.app.clock.now())
    });
    let Some(id) = id else {
        let Ok(_place) = FAILING.try_acquire() else { return Err(Trouble::too_many()) };
        tokio::time::sleep(SLOW).await;
        tracing::warn!("a login failed");
        let page = Page { f: Frame::new(&visitor, "login", "login.title"), next, failed: Some(failed), typed };
        let mut response = html(&page)?;
        *response.status_mut() = StatusCode::UNAUTHORIZED;
        return Ok(response);
    };
    // A session that was open before is not left behind.
    if let Some(old) = cookie(&headers, SESSION) {
        web.sessions.close(old);
    }
    if !typed.is_empty() {
        web.sessions.keep(&id, &next, typed);
    }
    let mut response = see(&next);
    set_cookie(&mut response, &format!("{SESSION}={id}"), &headers);
    Ok(response)
}

/// `POST /logout`
pub async fn leave(
    State(web): State<Web>,
    Extension(visitor): Extension<Visitor>,
    headers: HeaderMap,
    body: Body,
) -> Done {
    let _: Fields = form::read(&web.app, &visitor, &headers, body).await?;
    if let Some(id) = cookie(&headers, SESSION) {
        web.sessions.close(id);
    }
    let mut response = see("/login");
    set_cookie(&mut response, &format!("{SESSION}=; Max-Age=0"), &headers);
    Ok(response)
}

/// To the login, and back from there.
pub fn ask(here: &str) -> Response {
    match own_path(here) {
        "/" => see("/login"),
        path => see(&format!("/login?next={}", super::show::in_query(path))),
    }
}

/// Goes on to a page of ours, as a new look (303).
pub fn see(path: &str) -> Response {
    let mut response = StatusCode::SEE_OTHER.into_response();
    let value = HeaderValue::from_str(path).unwrap_or(HeaderValue::from_static("/"));
    response.headers_mut().insert(LOCATION, value);
    response
}

/// A path on this very site, or the front page: `//evil.test`, `/\evil.test` and whole addresses lead elsewhere.
pub fn own_path(path: &str) -> &str {
    let second = path.as_bytes().get(1).copied().unwrap_or(b'a');
    let plain = path.bytes().all(|b| (0x21..0x7f).contains(&b) && b != b'\\');
    let loops = path.starts_with("/login") || path.starts_with("/language/") || path.starts_with("/logout");
    if path.starts_with('/') && second != b'/' && plain && !loops { path } else { "/" }
}

fn set_cookie(response: &mut Response, pair: &str, headers: &HeaderMap) {
    // A proxy that speaks TLS says so. Whoever says so falsely only locks themselves out.
    let said = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or("").to_ascii_lowercase();
    let secure = said("x-forwarded-proto") == "https" || said("forwarded").contains("proto=https");
    let secure = if secure { "; Secure" } else { "" };
    if let Ok(value) = HeaderValue::from_str(&format!("{pair}; Path=/; HttpOnly; SameSite=Strict{secure}")) {
        response.headers_mut().append(SET_COOKIE, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_login_leads_to_pages_of_ours_alone() {
        for path in ["/", "/invoices?state=blocked&q=a%20b", "/problems/ab-A2"] {
            assert_eq!(own_path(path), path);
        }
        for path in
            ["", "//evil.test", "/\\evil.test", "https://evil.test", "javascript:alert(1)", "/a\nb", "/login", "/é"]
        {
            assert_eq!(own_path(path), "/", "{path}");
        }
    }
}
