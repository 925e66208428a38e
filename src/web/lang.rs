//! The language of a page: what the visitor chose, else what the browser prefers, else French.

use axum::extract::{Path, Query};
use axum::http::header::{ACCEPT_LANGUAGE, SET_COOKIE};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;

use super::guard::cookie;
use super::login::{own_path, see};
use super::trouble::Trouble;
use crate::text::Lang;

const COOKIE: &str = "facteur-language";

pub fn of(headers: &HeaderMap) -> Lang {
    let chosen = cookie(headers, COOKIE).and_then(named);
    chosen.or_else(|| preferred(headers)).unwrap_or(Lang::Fr)
}

fn named(name: &str) -> Option<Lang> {
    match name {
        "fr" => Some(Lang::Fr),
        "en" => Some(Lang::En),
        _ => None,
    }
}

/// The language of ours that `Accept-Language` gives the most weight; of equal ones the first.
fn preferred(headers: &HeaderMap) -> Option<Lang> {
    let text = headers.get(ACCEPT_LANGUAGE)?.to_str().ok()?;
    let mut best: Option<(Lang, f32)> = None;
    for range in text.split(',') {
        let mut parts = range.split(';').map(str::trim);
        let name = parts.next().unwrap_or("").split('-').next().unwrap_or("").to_ascii_lowercase();
        let weight = parts.find_map(|part| part.strip_prefix("q=")).map_or(1.0, |q| q.parse().unwrap_or(0.0));
        if let Some(lang) = named(&name)
            && weight > best.map_or(0.0, |(_, weight)| weight)
        {
            best = Some((lang, weight));
        }
    }
    best.map(|(lang, _)| lang)
}

#[derive(Deserialize)]
pub struct Back {
    #[serde(default)]
    back: String,
}

/// `GET /language/{to}?back=…`: keeps the choice for a year and goes back to the page.
pub async fn switch(Path(to): Path<String>, Query(Back { back }): Query<Back>) -> Result<Response, Trouble> {
    let lang = named(&to).ok_or_else(Trouble::nothing_here)?;
    let name = if lang == Lang::Fr { "fr" } else { "en" };
    let mut response = see(own_path(&back)).into_response();
    let text = format!("{COOKIE}={name}; Path=/; Max-Age=31536000; HttpOnly; SameSite=Lax");
    if let Ok(value) = HeaderValue::from_str(&text) {
        response.headers_mut().insert(SET_COOKIE, value);
    }
    Ok(response)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(list: &[(&'static str, &str)]) -> Lang {
        of(&list.iter().map(|(n, v)| (axum::http::HeaderName::from_static(n), v.parse().unwrap())).collect())
    }

    #[test]
    fn the_choice_wins_then_the_browser_then_french() {
        assert_eq!(asked(&[]), Lang::Fr);
        assert_eq!(asked(&[("accept-language", "de, en-GB;q=0.8, fr;q=0.7")]), Lang::En);
        assert_eq!(asked(&[("accept-language", "fr-FR,fr;q=0.9,en;q=0.9")]), Lang::Fr);
        assert_eq!(asked(&[("accept-language", "en;q=0, *;q=0.5")]), Lang::Fr);
        assert_eq!(asked(&[("accept-language", "fr"), ("cookie", "a=b; facteur-language=en")]), Lang::En);
        assert_eq!(asked(&[("accept-language", "fr"), ("cookie", "facteur-language=<x>")]), Lang::Fr);
    }
}
