//! Query strings: known parameters only, as a mistyped filter that is ignored would show what was not asked for.

use axum::extract::{FromRequestParts, Path, Query};
use axum::http::HeaderMap;
use axum::http::request::Parts;
use serde::de::DeserializeOwned;
use utoipa::IntoParams;

use super::form;
use super::problem::{Code, Problem};
use crate::clock::Millis;
use crate::day::Day;
use crate::limits;
use crate::text::Lang;

/// The parameters of a request, read into a type that refuses unknown ones.
pub struct Asked<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Asked<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        match Query::<T>::try_from_uri(&parts.uri) {
            Ok(Query(found)) => Ok(Asked(found)),
            Err(e) => {
                // Axum's own sentence comes first; serde's, which names the parameter, is its source.
                let why = std::error::Error::source(&e).map_or_else(|| e.to_string(), ToString::to_string);
                Err(bad(format!("Paramètres refusés : {why}"), format!("Parameters refused: {why}")))
            }
        }
    }
}

/// The id in an address.
#[derive(Debug, IntoParams)]
#[into_params(names("id"), parameter_in = Path)]
pub struct Id(
    /// As lists and answers give it.
    pub String,
);

impl<S: Send + Sync> FromRequestParts<S> for Id {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        match Path::<String>::from_request_parts(parts, state).await {
            Ok(Path(id)) => Ok(Id(id)),
            Err(_) => {
                let (fr, en) = ("L'identifiant n'est pas de l'UTF-8.", "The id is not UTF-8.");
                Err(Problem::new(Code::NotFound, fr, en))
            }
        }
    }
}

/// The language asked for: `lang` goes before `Accept-Language`.
pub fn language(lang: Option<&str>, headers: &HeaderMap) -> Result<Lang, Problem> {
    match lang {
        None => Ok(form::lang(headers)),
        Some("fr") => Ok(Lang::Fr),
        Some("en") => Ok(Lang::En),
        Some(_) => Err(bad("`lang` : `fr` ou `en` est attendu.", "`lang`: `fr` or `en` is expected.")),
    }
}

pub fn bad(fr: impl Into<String>, en: impl Into<String>) -> Problem {
    Problem::new(Code::BadQuery, fr, en)
}

/// Rows of a page, from 1 to `limits::PAGE_ROWS`; 100 where none are asked for.
pub fn page(limit: Option<usize>) -> Result<usize, Problem> {
    let most = limits::PAGE_ROWS;
    match limit.unwrap_or(most.min(100)) {
        fits if (1..=most).contains(&fits) => Ok(fits),
        _ => Err(bad(format!("`limit` va de 1 à {most}."), format!("`limit` goes from 1 to {most}."))),
    }
}

/// An instant: `2026-11-21T12:00:00Z`, or a day, which stands for its end (UTC).
pub fn instant(text: &str) -> Result<Millis, Problem> {
    let end_of_day = || Day::parse_iso(text).map(|day| (day.since_epoch() + 1) * 86_400_000 - 1);
    let exact = || text.parse::<jiff::Timestamp>().ok().map(|at| at.as_millisecond());
    end_of_day().or_else(exact).ok_or_else(|| {
        bad(
            "`as_at` : une date (2026-11-21) ou un instant (2026-11-21T12:00:00Z) est attendu.",
            "`as_at`: a date (2026-11-21) or an instant (2026-11-21T12:00:00Z) is expected.",
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_stands_for_its_end() {
        assert_eq!(instant("1970-01-01").ok(), Some(86_399_999));
        assert_eq!(instant("1970-01-01T00:00:01Z").ok(), Some(1_000));
        assert_eq!(instant("1970-01-01T01:00:00+01:00").ok(), Some(0));
        assert!(instant("yesterday").is_err() && instant("2026-02-30").is_err());
    }

    #[test]
    fn pages_are_bounded() {
        assert_eq!(page(None).ok(), Some(100));
        assert!(page(Some(0)).is_err() && page(Some(limits::PAGE_ROWS + 1)).is_err());
    }
}
