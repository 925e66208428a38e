//! Who asks, and whether they may.

use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::header::{AUTHORIZATION, CONNECTION, HOST, ORIGIN};
use axum::http::{HeaderMap, HeaderValue, Uri};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::App;
use super::problem::{Code, Problem};
use super::token::Scope;
use crate::clock::day_of;

/// Who bears the request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// The token's name; none where loopback is open.
    pub name: Option<String>,
    /// The token's SHA-256 and the scope it was let in for.
    token: Option<(String, Scope)>,
}

/// How long an unknown token waits for its answer, on a connection that then ends. Nobody else waits for it.
const GUESSED: Duration = Duration::from_millis(100);

impl Caller {
    /// Nobody in particular: loopback is open.
    const ANYONE: Self = Self { name: None, token: None };

    /// Who came by the page: bound to a session, which ends with its token.
    pub fn named(name: Option<String>) -> Self {
        Self { name, token: None }
    }

    /// Lets no request through to its effect whose token was revoked or expired while its body was on the way.
    ///
    /// # Errors
    /// [`Code::BadToken`].
    pub fn still(&self, app: &App) -> Result<(), Problem> {
        match &self.token {
            Some((sha256, scope)) if !app.tokens.holds(sha256, *scope, day_of(app.clock.now())) => Err(unknown()),
            _ => Ok(()),
        }
    }

    /// The author of an act: the person named in it, the token that brought it, or both.
    pub fn author(&self, person: Option<&str>) -> Option<String> {
        let person = person.map(str::trim).filter(|person| !person.is_empty());
        match (person, self.name.as_deref()) {
            (Some(person), Some(token)) if person != token => Some(format!("{person} ({token})")),
            (Some(one), _) | (None, Some(one)) => Some(one.to_owned()),
            (None, None) => None,
        }
    }
}

/// Lets a request through where its token allows the scope.
pub async fn require(State((app, scope)): State<(App, Scope)>, mut request: Request, next: Next) -> Response {
    match caller(&app, scope, request.headers(), request.uri()) {
        Ok(caller) => {
            request.extensions_mut().insert(caller);
            next.run(request).await
        }
        Err(problem) => {
            // Told at once: what is still on its way is taken in after the answer.
            drop(request);
            let guessed = problem.code == Code::BadToken;
            let mut response = problem.into_response();
            if guessed {
                tokio::time::sleep(GUESSED).await;
                response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
            }
            response
        }
    }
}

fn caller(app: &App, scope: Scope, headers: &HeaderMap, uri: &Uri) -> Result<Caller, Problem> {
    if app.open {
        return if from_this_machine(headers, uri) { Ok(Caller::ANYONE) } else { Err(cross_site()) };
    }
    let mut given = headers.get_all(AUTHORIZATION).iter();
    let first = given.next().filter(|_| given.next().is_none());
    let Some(word) = first.and_then(|value| value.to_str().ok()).and_then(bearer) else {
        return Err(Problem::new(
            Code::NoToken,
            "Il faut un jeton : « Authorization: Bearer … ». `facteur token add` en crée.",
            "A token is needed: \"Authorization: Bearer …\". `facteur token add` makes one.",
        ));
    };
    let Some(token) = app.tokens.find(word) else { return Err(unknown()) };
    if let Some(last) = token.expires.filter(|_| token.expired(day_of(app.clock.now()))) {
        return Err(Problem::new(
            Code::ExpiredToken,
            format!("Ce jeton était valable jusqu'au {last} ; `facteur token add` en crée un autre."),
            format!("This token was good until {last}; `facteur token add` makes another."),
        ));
    }
    if !token.allows(scope) {
        let (name, needed) = (&token.name, scope.as_str());
        return Err(Problem::new(
            Code::MissingScope,
            format!("Le jeton « {name} » n'a pas la portée `{needed}`."),
            format!("Token \"{name}\" lacks the scope `{needed}`."),
        )
        .with("scope", needed));
    }
    Ok(Caller { name: Some(token.name), token: Some((token.sha256, scope)) })
}

fn unknown() -> Problem {
    Problem::new(
        Code::BadToken,
        "Ce jeton n'est pas connu, ou a été révoqué.",
        "This token is not known, or was revoked.",
    )
}

fn bearer(header: &str) -> Option<&str> {
    let (scheme, word) = header.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| word.trim()).filter(|word| !word.is_empty())
}

/// Without tokens, a web page in a browser of this machine could call as well: its requests bear an `Origin`, or after a
/// trick with names (DNS rebinding) a `Host` that is not ours.
fn from_this_machine(headers: &HeaderMap, uri: &Uri) -> bool {
    let site = headers.get("sec-fetch-site").map_or(b"none".as_slice(), |site| site.as_bytes());
    own_host(headers, uri) && !headers.contains_key(ORIGIN) && matches!(site, b"none" | b"same-origin")
}

/// Was the request sent to a name of this machine?
pub fn own_host(headers: &HeaderMap, uri: &Uri) -> bool {
    let host = headers.get(HOST).and_then(|host| host.to_str().ok()).or_else(|| uri.authority().map(|a| a.as_str()));
    host.is_some_and(|host| {
        let name = match host.strip_prefix('[') {
            Some(six) => six.split(']').next().unwrap_or(""),
            None => host.split(':').next().unwrap_or(""),
        };
        name == "localhost" || name.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
    })
}

fn cross_site() -> Problem {
    Problem::new(
        Code::CrossSite,
        "Sans jeton, seuls les programmes de cette machine sont servis, pas les pages web.",
        "Without a token, programs of this machine alone are served, not web pages.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(list: &[(&'static str, &str)]) -> HeaderMap {
        list.iter().map(|(name, value)| (axum::http::HeaderName::from_static(name), value.parse().unwrap())).collect()
    }

    #[test]
    fn web_pages_are_told_from_programs() {
        let uri = Uri::from_static("/v1/invoices");
        let ours = |list: &[(&'static str, &str)]| from_this_machine(&headers(list), &uri);
        assert!(
            ours(&[("host", "127.0.0.1:8480")]) && ours(&[("host", "[::1]:8480")]) && ours(&[("host", "localhost")])
        );
        assert!(!ours(&[("host", "evil.test:8480")]) && !ours(&[]));
        assert!(!ours(&[("host", "127.0.0.1:8480"), ("origin", "https://evil.test")]));
        assert!(!ours(&[("host", "127.0.0.1:8480"), ("sec-fetch-site", "cross-site")]));
    }

    #[test]
    fn the_author_is_the_person_and_the_token() {
        let token = Caller { name: Some("erp".into()), token: None };
        assert_eq!(token.author(None).as_deref(), Some("erp"));
        assert_eq!(token.author(Some(" Marie ")).as_deref(), Some("Marie (erp)"));
        assert_eq!(Caller::ANYONE.author(Some("Marie")).as_deref(), Some("Marie"));
        assert_eq!(Caller::ANYONE.author(Some(" ")), None);
    }
}
