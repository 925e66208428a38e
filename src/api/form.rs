//! The forms in which an answer comes, chosen by `Accept` and `Accept-Language` (RFC 9110, section 12) with their weights.
//!
//! What a resource can give is a list of [`Form`]s, its own choice first: a new form of the report is one more row.

use axum::http::header::{
    ACCEPT, ACCEPT_LANGUAGE, CONTENT_LANGUAGE, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, IF_NONE_MATCH, VARY,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::problem::{Answer, Code, Problem};
use super::token::hex;
use crate::report::{Format, html};
use crate::text::Lang;

/// A form of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    Json,
    Text,
    Csv,
    Svrl,
    /// SVRL by the name of its own; what asks for a media type is answered with that one (RFC 9110, 12.5.1).
    SvrlXml,
    /// SVRL by XML's older name.
    TextXml,
    Sarif,
    Html,
}

/// What a report of a judgement comes as.
pub const REPORT: &[Form] =
    &[Form::Json, Form::Text, Form::Svrl, Form::SvrlXml, Form::TextXml, Form::Sarif, Form::Csv, Form::Html];
/// What a rendered invoice comes as.
pub const PAGE: &[Form] = &[Form::Html];
/// What lists and tables of problems come as.
pub const TABLE: &[Form] = &[Form::Json, Form::Csv];

impl Form {
    /// The media type, as `Accept` names it.
    pub fn media(self) -> &'static str {
        match self {
            Form::Json => "application/json",
            Form::Text => "text/plain",
            Form::Csv => "text/csv",
            Form::Svrl => "application/xml",
            Form::SvrlXml => "application/svrl+xml",
            Form::TextXml => "text/xml",
            Form::Sarif => "application/sarif+json",
            Form::Html => "text/html",
        }
    }

    /// The form of a report that it is; none where the API has its own, with both languages.
    pub fn of_report(self) -> Option<Format> {
        match self {
            Form::Json => None,
            Form::Text => Some(Format::Text),
            Form::Csv => Some(Format::Csv),
            Form::Svrl | Form::SvrlXml | Form::TextXml => Some(Format::Svrl),
            Form::Sarif => Some(Format::Sarif),
            Form::Html => Some(Format::Html),
        }
    }

    /// The whole `Content-Type`.
    pub fn content_type(self) -> &'static str {
        match self {
            Form::Json => "application/json",
            Form::Text => "text/plain; charset=utf-8",
            Form::Csv => "text/csv; charset=utf-8; header=present",
            Form::Svrl => "application/xml",
            Form::SvrlXml => "application/svrl+xml",
            Form::TextXml => "text/xml; charset=utf-8",
            Form::Sarif => "application/sarif+json",
            Form::Html => "text/html; charset=utf-8",
        }
    }

    /// An answer in this form. JSON carries both languages; the others are in one, which is said.
    pub fn answer(self, body: impl Into<axum::body::Body>, lang: Lang) -> Response {
        let mut response = Response::new(body.into());
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(self.content_type()));
        headers.insert(VARY, HeaderValue::from_static("accept, accept-language"));
        if self == Form::Html
            && let Ok(policy) = HeaderValue::from_str(&format!("{}; frame-ancestors 'none'", html::own_policy()))
        {
            headers.insert(CONTENT_SECURITY_POLICY, policy);
        }
        if self != Form::Json {
            headers.insert(CONTENT_LANGUAGE, HeaderValue::from_static(tag(lang)));
        }
        response
    }
}

/// The form that the request likes best among those that there are.
///
/// Of forms liked equally, one that was named goes before one that a `*` stands for, then the order of the request counts, then
/// ours: `text/csv, */*` gives CSV.
///
/// # Errors
/// [`Code::NotAcceptable`], with what there is.
pub fn choose(headers: &HeaderMap, forms: &'static [Form]) -> Answer<Form> {
    let ranges = weighed(headers, &ACCEPT);
    let first = forms.first().copied().unwrap_or(Form::Json);
    // A header of nothing but members that cannot be read asks for something, and not for anything.
    let asks =
        headers.get_all(ACCEPT).iter().any(|value| value.as_bytes().iter().any(|b| !matches!(b, b' ' | b'\t' | b',')));
    if ranges.is_empty() && !asks {
        return Ok(first);
    }
    let mut best: Option<(u16, u8, usize, Form)> = None;
    for form in forms {
        // What stands for this form most exactly decides its weight, also where that is none.
        let fits = ranges.iter().enumerate().filter_map(|(at, (range, q))| Some((exactness(range, *form)?, *q, at)));
        let Some((exact, q, at)) = fits.max_by_key(|(exact, q, at)| (*exact, *q, usize::MAX - at)) else { continue };
        let better = best.is_none_or(|(bq, be, bat, _)| (q, exact, usize::MAX - at) > (bq, be, usize::MAX - bat));
        if q > 0 && better {
            best = Some((q, exact, at, *form));
        }
    }
    best.map(|(.., form)| form).ok_or_else(|| {
        let there: Vec<&str> = forms.iter().map(|form| form.media()).collect();
        let list = there.join(", ");
        Problem::new(Code::NotAcceptable, format!("Il existe : {list}."), format!("There is: {list}."))
            .with("available", there.into_iter().map(Value::from).collect::<Vec<_>>())
    })
}

/// How exactly a media range names a form: 2 by name, 1 by its kind, 0 by `*/*`.
fn exactness(range: &str, form: Form) -> Option<u8> {
    let media = form.media();
    let kind = media.split('/').next().unwrap_or(media);
    match range {
        _ if range == media => Some(2),
        "*/*" => Some(0),
        _ => (range.strip_suffix("/*") == Some(kind)).then_some(1),
    }
}

/// The language of the request, by `Accept-Language`; English where neither is liked more than the other.
pub fn lang(headers: &HeaderMap) -> Lang {
    let ranges = weighed(headers, &ACCEPT_LANGUAGE);
    let likes = |tag: &str| {
        let own = ranges.iter().filter(|(range, _)| range.split('-').next() == Some(tag)).map(|(_, q)| *q).max();
        own.or_else(|| ranges.iter().find(|(range, _)| range == "*").map(|(_, q)| *q)).unwrap_or(0)
    };
    let first = |tag: &str| ranges.iter().position(|(range, _)| range.split('-').next() == Some(tag));
    let (fr, en) = (likes("fr"), likes("en"));
    let earlier = fr == en && fr > 0 && first("fr").is_some_and(|fr| first("en").is_none_or(|en| fr < en));
    if fr > en || earlier { Lang::Fr } else { Lang::En }
}

/// The language's tag, as `Content-Language` names it.
pub fn tag(lang: Lang) -> &'static str {
    match lang {
        Lang::Fr => "fr",
        Lang::En => "en",
    }
}

/// Most members of one `Accept` header that are looked at.
const MEMBERS: usize = 64;

/// The members of a header with their weights in thousandths, in order. A member that cannot be read is passed over.
fn weighed(headers: &HeaderMap, name: &HeaderName) -> Vec<(String, u16)> {
    let texts = headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
    let members = texts.flat_map(|text| text.split(',')).take(MEMBERS).filter_map(|member| {
        let mut pieces = member.split(';').map(str::trim);
        let range = pieces.next().filter(|range| !range.is_empty())?.to_ascii_lowercase();
        let weight = pieces.find_map(|piece| piece.strip_prefix("q=").or_else(|| piece.strip_prefix("Q=")));
        Some((range, weight.map_or(Some(1000), thousandths)?))
    });
    members.collect()
}

/// A weight from 0 to 1 with at most three decimals.
fn thousandths(text: &str) -> Option<u16> {
    let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
    if decimals.len() > 3 || !decimals.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let decimals: u16 = format!("{decimals:0<3}").parse().ok()?;
    match whole {
        "0" => Some(decimals),
        "1" if decimals == 0 => Some(1000),
        _ => None,
    }
}

/// Names the answer's content, and spares the client what it has already: 304 where `If-None-Match` names it.
pub fn unless_known(headers: &HeaderMap, mark: &[u8], mut response: Response) -> Response {
    let etag = format!("\"{}\"", hex(&Sha256::digest(mark)));
    tagged(headers, &etag, &mut response);
    response
}

/// As [`unless_known`], where the mark is there already (a document's own SHA-256).
pub fn tagged(headers: &HeaderMap, etag: &str, response: &mut Response) {
    let known = |value: &HeaderValue| {
        let text = value.to_str().unwrap_or("");
        text.split(',').any(|one| matches!(one.trim(), one if one == "*" || one.trim_start_matches("W/") == etag))
    };
    if headers.get_all(IF_NONE_MATCH).iter().any(known) {
        let kept = std::mem::take(response.headers_mut());
        *response = StatusCode::NOT_MODIFIED.into_response();
        // What says what the body would have been goes with the body.
        let stays = |name: &HeaderName| *name == VARY || *name == CONTENT_LANGUAGE;
        response.headers_mut().extend(kept.into_iter().filter(|(name, _)| name.as_ref().is_some_and(stays)));
    }
    let headers = response.headers_mut();
    if let Ok(etag) = HeaderValue::from_str(etag) {
        headers.insert(ETAG, etag);
    }
    // Only the caller itself may keep it, and asks each time whether it still holds.
    headers.insert("cache-control", HeaderValue::from_static("private, no-cache"));
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn with(name: HeaderName, text: &str) -> HeaderMap {
        [(name, HeaderValue::from_str(text).unwrap())].into_iter().collect()
    }

    #[test]
    fn weights_and_exactness_decide() {
        for (accept, chosen) in [
            ("*/*", Some(Form::Json)),
            ("text/csv", Some(Form::Csv)),
            ("text/csv, */*", Some(Form::Csv)),
            ("text/*", Some(Form::Csv)),
            ("application/json;q=0.5, text/csv;q=0.9", Some(Form::Csv)),
            ("application/json;q=0.9, text/csv;q=0.5", Some(Form::Json)),
            ("text/csv;q=0, */*", Some(Form::Json)),
            ("text/csv, application/json", Some(Form::Csv)),
            ("TEXT/CSV; charset=utf-8; q=1.0", Some(Form::Csv)),
            ("application/json;q=0, text/*;q=0.001", Some(Form::Csv)),
            ("image/png", None),
            ("application/json;q=0, text/csv;q=0", None),
            ("*/*;q=0", None),
            ("text/html, application/xhtml+xml, */*;q=0.8", Some(Form::Json)),
            ("application/json;q=high, text/csv;q=0.1", Some(Form::Csv)),
            ("application/json;q=abc", None),
            ("*/*;q=1.5", None),
            (" , ", Some(Form::Json)),
            ("", Some(Form::Json)),
        ] {
            assert_eq!(choose(&with(ACCEPT, accept), TABLE).ok(), chosen, "{accept}");
        }
        assert_eq!(choose(&HeaderMap::new(), TABLE).ok(), Some(Form::Json));
    }

    #[test]
    fn a_report_comes_in_the_form_that_is_named() {
        for (accept, chosen) in [
            ("application/sarif+json", Some(Form::Sarif)),
            ("application/svrl+xml", Some(Form::SvrlXml)),
            ("application/xml", Some(Form::Svrl)),
            ("text/xml, application/json;q=0.9", Some(Form::TextXml)),
            ("text/*", Some(Form::Text)),
            ("application/xml;q=0.5, text/csv;q=0.6", Some(Form::Csv)),
            ("application/*", Some(Form::Json)),
            ("application/json;q=0, application/*", Some(Form::Svrl)),
            ("*/*", Some(Form::Json)),
            ("application/pdf", None),
        ] {
            assert_eq!(choose(&with(ACCEPT, accept), REPORT).ok(), chosen, "{accept}");
        }
        for form in REPORT {
            // What was named is what the answer says it is.
            let chosen = choose(&with(ACCEPT, form.media()), REPORT).ok().unwrap();
            let answer = chosen.answer("", Lang::En);
            let said = answer.headers()[CONTENT_TYPE].to_str().unwrap();
            assert_eq!(said.split(';').next(), Some(form.media()));
            assert_eq!(form.of_report().is_none(), *form == Form::Json, "{form:?}");
        }
    }

    #[test]
    fn what_there_is_not_depends_on_what_was_asked_for() {
        let refused = choose(&with(ACCEPT, "image/png"), REPORT).err().unwrap().into_response();
        let vary = refused.headers().get_all(VARY).iter().map(|v| v.to_str().unwrap()).collect::<Vec<_>>().join(", ");
        assert_eq!((refused.status(), vary.as_str()), (StatusCode::NOT_ACCEPTABLE, "accept, accept-language"));
    }

    #[test]
    fn the_language_is_the_one_liked_most() {
        for (accept, chosen) in [
            ("fr", Lang::Fr),
            ("fr-FR,fr;q=0.9,en;q=0.8", Lang::Fr),
            ("en-GB, fr;q=0.9", Lang::En),
            ("de, fr;q=0.2", Lang::Fr),
            ("de", Lang::En),
            ("fr, en", Lang::Fr),
            ("en, fr", Lang::En),
            ("fr;q=0, *", Lang::En),
            ("en;q=0, *", Lang::Fr),
            ("*", Lang::En),
        ] {
            assert_eq!(lang(&with(ACCEPT_LANGUAGE, accept)), chosen, "{accept}");
        }
        assert_eq!(lang(&HeaderMap::new()), Lang::En);
    }

    #[test]
    fn what_the_client_has_is_not_sent_again() {
        let body = || Form::Text.answer("abc", Lang::Fr);
        let etag = unless_known(&HeaderMap::new(), b"abc", body()).headers()[ETAG].to_str().unwrap().to_owned();
        for known in [etag.clone(), format!("\"x\", W/{etag}"), "*".to_owned()] {
            let response = unless_known(&with(IF_NONE_MATCH, &known), b"abc", body());
            assert_eq!(
                (response.status(), response.headers()[ETAG].to_str().unwrap()),
                (StatusCode::NOT_MODIFIED, &*etag)
            );
            assert!(!response.headers().contains_key(CONTENT_TYPE));
        }
        assert_eq!(unless_known(&with(IF_NONE_MATCH, "\"x\""), b"abc", body()).status(), StatusCode::OK);
    }

    proptest! {
        #[test]
        fn no_header_is_too_strange(text in "[ -~]{0,80}|([a-z*/;=q0-9., ]{0,60})") {
            let headers = with(ACCEPT, &text);
            if let Ok(form) = choose(&headers, REPORT) {
                prop_assert!(REPORT.contains(&form));
            }
            lang(&with(ACCEPT_LANGUAGE, &text));
        }
    }
}
