//! What every request to a page passes: who asks, whether a page of ours asks, and the headers of the answer.

use axum::extract::{MatchedPath, Request, State};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, COOKIE, HOST, ORIGIN, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Uri};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};

use super::trouble::{Done, Trouble};
use super::{Web, lang, login, question, trouble};
use crate::api::auth::{Caller, own_host};
use crate::api::query::{UNSOUND, sound};
use crate::api::token::Scope;
use crate::clock::{Millis, day_of};
use crate::text::{Lang, Text};

/// The session's cookie.
pub const SESSION: &str = "facteur-session";

/// Who looks at a page.
#[derive(Debug, Clone)]
pub struct Visitor {
    pub lang: Lang,
    /// The token's name; none in open mode and before the login.
    pub name: Option<String>,
    pub may_write: bool,
    /// What forms must carry; empty before the login.
    pub csrf: String,
    /// The address of the page, for the switch of language.
    pub here: String,
    pub now: Millis,
    /// No token is asked for.
    pub open: bool,
}

impl Visitor {
    /// # Errors
    /// The token that opened the session may only read.
    pub fn writes(&self) -> Result<(), Trouble> {
        if self.may_write { Ok(()) } else { Err(Trouble::may_not_write()) }
    }

    /// Who acts, for the history: the person named, the token, or both.
    pub fn author(&self, person: &str) -> Option<String> {
        Caller::named(self.name.clone()).author(Some(person))
    }
}

/// Lets a request through to its page, or answers in its place.
pub async fn guard(State(web): State<Web>, mut request: Request, next: Next) -> Response {
    let (headers, uri, method) = (request.headers().clone(), request.uri().clone(), request.method().clone());
    let visitor = visitor(&web, &headers, &uri);
    let route = request.extensions().get().map_or("", MatchedPath::as_str).to_owned();
    let response = match admit(&web, &visitor, &headers, &uri, &method) {
        Some(Refused::LoggedOut) if FORMS.contains(&route.as_str()) => {
            login::again(&web, &visitor, &uri, &headers, request.into_body()).await.into_response()
        }
        Some(refused) => {
            // Told at once: what is still on its way is taken in after the answer.
            drop(request);
            match refused {
                Refused::CrossSite => Trouble::cross_site().into_response(),
                Refused::LoggedOut => Trouble::logged_out().into_response(),
                Refused::Login => login::ask(&visitor.here),
            }
        }
        None if !sound(uri.query()) => Trouble::asked(Text::new(UNSOUND.0, UNSOUND.1)).into_response(),
        None => match question::understood(&route, &uri) {
            Err(refused) => refused.into_response(),
            Ok(()) => {
                request.extensions_mut().insert(visitor.clone());
                next.run(request).await
            }
        },
    };
    sealed(trouble::shown(&visitor, response))
}

/// Pages are large answers, too.
pub async fn bounded(State(web): State<Web>, request: Request, next: Next) -> Done {
    Ok(web.app.answers.give(request, next).await?)
}

fn visitor(web: &Web, headers: &HeaderMap, uri: &Uri) -> Visitor {
    let here = uri.path_and_query().map_or("/", |path| path.as_str()).to_owned();
    let now = web.app.clock.now();
    let stranger = Visitor {
        lang: lang::of(headers),
        name: None,
        may_write: false,
        csrf: String::new(),
        here,
        now,
        open: web.app.open,
    };
    if web.app.open {
        return Visitor { may_write: true, csrf: web.sessions.open.clone(), ..stranger };
    }
    let Some(session) = cookie(headers, SESSION).and_then(|id| web.sessions.find(id, now)) else { return stranger };
    // Revoked or expired, it opens nothing any more; with fewer scopes, it opens less.
    let Some(token) = web.app.tokens.of_hash(&session.token, Scope::Read, day_of(now)) else {
        return stranger;
    };
    let may_write = token.allows(Scope::Write);
    Visitor { name: Some(token.name), may_write, csrf: session.csrf, ..stranger }
}

/// Pages whose forms come back, filled in, where their session had ended.
const FORMS: [&str; 2] = ["/problems/{id}", "/invoices/{id}/act/{act}"];

/// Why a request does not reach its page.
enum Refused {
    /// No page of ours asks.
    CrossSite,
    /// A look without a session.
    Login,
    /// A form without a session.
    LoggedOut,
}

/// None where the request may go on.
fn admit(web: &Web, visitor: &Visitor, headers: &HeaderMap, uri: &Uri, method: &Method) -> Option<Refused> {
    let looks = matches!(*method, Method::GET | Method::HEAD);
    // A name that is not this machine's, pointed at it (DNS rebinding), would make a strange page one of ours.
    if web.app.open && !own_host(headers, uri) {
        return Some(Refused::CrossSite);
    }
    if !looks && !from_own_page(headers) {
        return Some(Refused::CrossSite);
    }
    let free = uri.path() == "/login" || uri.path().starts_with("/language/");
    if web.app.open || visitor.name.is_some() || free {
        return None;
    }
    Some(if looks { Refused::Login } else { Refused::LoggedOut })
}

/// A browser says where a form was: the same origin as the address it goes to. Behind a TLS proxy the scheme differs, the
/// authority does not.
fn from_own_page(headers: &HeaderMap) -> bool {
    let text = |name: &HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    let site = text(&HeaderName::from_static("sec-fetch-site"));
    let origin = text(&ORIGIN).map(|origin| {
        let authority = origin.split_once("://").map(|(_, authority)| authority);
        authority.is_some() && authority == text(&HOST)
    });
    match (site, origin) {
        (Some("same-origin"), Some(same)) => same,
        (Some("same-origin"), None) => true,
        (Some(_), _) => false,
        (None, Some(same)) => same,
        (None, None) => false,
    }
}

/// The value of a cookie.
pub fn cookie<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    let all = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = all.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(found, _)| *found == name).map(|(_, value)| value)
}

/// Headers that keep a browser from running, framing, guessing or keeping anything.
pub fn sealed(mut response: Response) -> Response {
    const PAIRS: [(HeaderName, &str); 6] = [
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        // Not `no-referrer`: forms would then say that they come from nowhere.
        (REFERRER_POLICY, "same-origin"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
        (HeaderName::from_static("x-frame-options"), "DENY"),
        (
            HeaderName::from_static("permissions-policy"),
            "camera=(), geolocation=(), microphone=(), payment=(), usb=(), clipboard-read=()",
        ),
    ];
    const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; form-action 'self'; \
                          frame-ancestors 'none'; base-uri 'none'";
    let headers = response.headers_mut();
    for (name, value) in PAIRS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.entry(CONTENT_SECURITY_POLICY).or_insert(HeaderValue::from_static(POLICY));
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(list: &[(&'static str, &str)]) -> HeaderMap {
        list.iter().map(|(name, value)| (HeaderName::from_static(name), value.parse().unwrap())).collect()
    }

    #[test]
    fn only_a_page_of_ours_may_change_something() {
        let ours = |list: &[(&'static str, &str)]| from_own_page(&headers(list));
        assert!(ours(&[("host", "a:1"), ("origin", "http://a:1"), ("sec-fetch-site", "same-origin")]));
        assert!(ours(&[("host", "a"), ("origin", "https://a")]), "behind a TLS proxy, an older browser");
        for wrong in [
            &[("host", "a:1"), ("origin", "http://a:2")][..],
            &[("host", "a"), ("origin", "null")],
            &[("host", "a"), ("origin", "http://a"), ("sec-fetch-site", "cross-site")],
            &[("host", "a"), ("origin", "http://a"), ("sec-fetch-site", "same-site")],
            &[("host", "a"), ("origin", "http://b"), ("sec-fetch-site", "same-origin")],
            &[("host", "a"), ("sec-fetch-site", "none")],
            &[("host", "a")],
            &[("origin", "http://")],
        ] {
            assert!(!ours(wrong), "{wrong:?}");
        }
    }

    #[test]
    fn cookies_are_found_by_their_whole_name() {
        let headers = headers(&[("cookie", "xfacteur-session=no; facteur-session=yes; b=c")]);
        assert_eq!(cookie(&headers, SESSION), Some("yes"));
        assert_eq!(cookie(&headers, "session"), None);
    }
}
