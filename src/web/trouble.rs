//! Errors as pages: what went wrong and what to do, in the visitor's language, never a word of an invoice.

use askama::Template;
use axum::extract::{Request, State};
use axum::http::header::{ACCEPT, RETRY_AFTER};
use axum::http::{HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::frame::{Frame, html};
use super::guard::{Visitor, sealed};
use super::{Web, lang, login};
use crate::api::problem::Problem;
use crate::queue::acts::ActError;
use crate::store::StoreError;
use crate::text::Text;

/// What pages give back.
pub type Done = Result<Response, Trouble>;

/// An error on its way out.
#[derive(Debug, Clone)]
pub struct Trouble {
    status: StatusCode,
    /// Key of a sentence, or the door's own sentence.
    key: &'static str,
    detail: Option<Text>,
    /// What went wrong is in a form: its page is where to go on.
    form: bool,
}

impl Trouble {
    pub fn new(status: StatusCode, key: &'static str) -> Self {
        Self { status, key, detail: None, form: false }
    }

    pub fn nothing_here() -> Self {
        Self::new(StatusCode::NOT_FOUND, "trouble.not_found")
    }

    pub fn no_invoice() -> Self {
        Self::new(StatusCode::NOT_FOUND, "trouble.no_invoice")
    }

    pub fn no_problem() -> Self {
        Self::new(StatusCode::NOT_FOUND, "trouble.no_problem")
    }

    pub fn cross_site() -> Self {
        Self::new(StatusCode::FORBIDDEN, "trouble.cross_site")
    }

    pub fn may_not_write() -> Self {
        Self::new(StatusCode::FORBIDDEN, "trouble.may_not_write")
    }

    pub fn logged_out() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "trouble.logged_out")
    }

    pub fn stale_form() -> Self {
        Self::of_form(StatusCode::FORBIDDEN, "trouble.stale_form")
    }

    pub fn bad_form() -> Self {
        Self::of_form(StatusCode::BAD_REQUEST, "trouble.bad_form")
    }

    pub fn too_large_form() -> Self {
        Self::of_form(StatusCode::PAYLOAD_TOO_LARGE, "trouble.too_large_form")
    }

    pub fn too_large_text() -> Self {
        Self::of_form(StatusCode::PAYLOAD_TOO_LARGE, "trouble.too_large_text")
    }

    pub fn too_many_parts() -> Self {
        Self::of_form(StatusCode::PAYLOAD_TOO_LARGE, "trouble.too_many_parts")
    }

    fn of_form(status: StatusCode, key: &'static str) -> Self {
        Self { form: true, ..Self::new(status, key) }
    }

    pub fn too_many() -> Self {
        Self::new(StatusCode::TOO_MANY_REQUESTS, "trouble.too_many")
    }

    pub fn fault() -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "trouble.fault")
    }

    /// A question that cannot be understood, in words.
    pub fn asked(text: Text) -> Self {
        Self { detail: Some(text), ..Self::new(StatusCode::BAD_REQUEST, "trouble.bad_query") }
    }
}

impl IntoResponse for Trouble {
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        let later = match self.status {
            StatusCode::TOO_MANY_REQUESTS => Some("5"),
            StatusCode::SERVICE_UNAVAILABLE => Some("1"),
            _ => None,
        };
        if let Some(later) = later {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static(later));
        }
        response.extensions_mut().insert(self);
        response
    }
}

impl From<Problem> for Trouble {
    fn from(problem: Problem) -> Self {
        let detail = Some(problem.detail.clone());
        Self { status: problem.into_response().status(), key: "trouble.refused", detail, form: false }
    }
}

impl From<StoreError> for Trouble {
    fn from(error: StoreError) -> Self {
        Problem::from(error).into()
    }
}

impl From<ActError> for Trouble {
    fn from(error: ActError) -> Self {
        Problem::from(error).into()
    }
}

#[derive(Template)]
#[template(path = "trouble.html")]
struct Page {
    f: Frame,
    status: u16,
    key: &'static str,
    detail: Option<String>,
    request: Option<String>,
    back: Option<String>,
    /// The page without the question that could not be understood.
    plain: Option<String>,
}

/// The page of an answer that is a trouble; any other answer as it is.
pub fn shown(visitor: &Visitor, mut response: Response) -> Response {
    let Some(trouble) = response.extensions_mut().remove::<Trouble>() else {
        return if response.status().is_client_error() && response.headers().get("content-type").is_none_or(is_text) {
            // What the framework refuses by itself: a path or a query it cannot read.
            shown(visitor, Trouble::new(response.status(), "trouble.bad_query").into_response())
        } else {
            response
        };
    };
    let page = Page {
        f: Frame::new(visitor, "", "trouble.title"),
        status: trouble.status.as_u16(),
        key: trouble.key,
        detail: trouble.detail.map(|text| text.get(visitor.lang).to_owned()),
        request: crate::api::request::id(),
        back: Some(visitor.here.clone()).filter(|here| trouble.form && login::own_path(here) == here.as_str()),
        plain: visitor
            .here
            .split_once('?')
            .map(|(path, _)| path.to_owned())
            .filter(|_| trouble.key == "trouble.bad_query"),
    };
    let Ok(made) = html(&page) else { return response };
    let (parts, body) = made.into_parts();
    let mut out = Response::new(body);
    *out.status_mut() = trouble.status;
    *out.headers_mut() = std::mem::take(response.headers_mut());
    out.headers_mut().extend(parts.headers);
    out
}

fn is_text(kind: &HeaderValue) -> bool {
    kind.as_bytes().starts_with(b"text/plain")
}

pub async fn method() -> Trouble {
    Trouble::new(StatusCode::METHOD_NOT_ALLOWED, "trouble.method")
}

/// The door's "nothing here" as a page, where a browser asks for one outside the door's own addresses.
pub async fn dressed(State(web): State<Web>, request: Request, next: Next) -> Response {
    let wants_page = request.headers().get(ACCEPT).is_some_and(|accept| {
        accept.to_str().is_ok_and(|accept| accept.split(',').next().is_some_and(|first| first.starts_with("text/html")))
    });
    let of_door = ["/v1", "/afnor", "/healthz", "/readyz", "/metrics", "/openapi"];
    let own = of_door.iter().any(|path| request.uri().path().starts_with(path));
    let looks = matches!(*request.method(), Method::GET | Method::HEAD);
    let lang = lang::of(request.headers());
    let response = next.run(request).await;
    if !wants_page || own || !looks || response.status() != StatusCode::NOT_FOUND {
        return response;
    }
    let (here, now) = ("/".to_owned(), web.app.clock.now());
    let visitor = Visitor { lang, name: None, may_write: false, csrf: String::new(), here, now, open: false };
    let mut page = shown(&visitor, Trouble::nothing_here().into_response());
    if let Some(id) = response.headers().get("x-request-id") {
        page.headers_mut().insert("x-request-id", id.clone());
    }
    sealed(page)
}
