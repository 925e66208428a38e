//! Query strings: known parameters only, as a mistyped filter that is ignored would show what was not asked for.

use axum::extract::{FromRequestParts, Path, Query};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Uri};
use serde::de::DeserializeOwned;
use utoipa::IntoParams;
use utoipa::openapi::path::{Parameter, ParameterIn};

use super::form;
use super::problem::{Code, Problem};
use crate::clock::Millis;
use crate::day::Day;
use crate::limits;
use crate::text::Lang;

/// The parameters of a request, read into a type that refuses unknown ones.
pub struct Asked<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned + IntoParams> FromRequestParts<S> for Asked<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        if !sound(parts.uri.query()) {
            return Err(bad(UNSOUND.0, UNSOUND.1));
        }
        match Query::<T>::try_from_uri(&parts.uri) {
            Ok(Query(found)) => Ok(Asked(found)),
            Err(_) => Err(refused(&parts.uri, &T::into_params(|| Some(ParameterIn::Query)))),
        }
    }
}

/// What is said of a query that is not [`sound`].
pub const UNSOUND: (&str, &str) = (
    "Les paramètres ne se lisent pas : après chaque `%`, deux chiffres hexadécimaux d'un octet d'UTF-8 sont attendus, et aucun caractère nul.",
    "The parameters cannot be read: each `%` is expected before two hexadecimal digits of a byte of UTF-8, and no character is null.",
);

/// Says a query what it was meant to say: each `%` begins a byte, all bytes are UTF-8, none is null? Whoever reads on regardless would
/// look for something that nobody asked for.
pub fn sound(query: Option<&str>) -> bool {
    let mut bytes = query.unwrap_or_default().bytes();
    let mut said = Vec::with_capacity(bytes.len());
    while let Some(byte) = bytes.next() {
        let byte = match byte {
            b'%' => {
                let mut digit = || bytes.next().and_then(|digit| char::from(digit).to_digit(16));
                let (Some(high), Some(low)) = (digit(), digit()) else { return false };
                (high * 16 + low) as u8
            }
            byte => byte,
        };
        said.push(byte);
    }
    !said.contains(&0) && std::str::from_utf8(&said).is_ok()
}

/// Says that an address takes no parameters.
pub struct Plain;

impl<S: Send + Sync> FromRequestParts<S> for Plain {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        match parts.uri.query() {
            None | Some("") => Ok(Self),
            Some(_) => Err(bad("Cette adresse ne prend pas de paramètres.", "This address takes no parameters.")),
        }
    }
}

/// What of the parameters does not fit, by the description of those there are. Names that are not ours are not repeated, and no
/// value is.
fn refused(uri: &Uri, known: &[Parameter]) -> Problem {
    let names = || known.iter().map(|one| format!("`{}`", one.name)).collect::<Vec<_>>().join(", ");
    let given = Query::<Vec<(String, String)>>::try_from_uri(uri).map(|Query(all)| all).unwrap_or_default();
    for (at, (name, value)) in given.iter().enumerate() {
        let Some(parameter) = known.iter().find(|one| one.name == *name) else {
            let names = names();
            return bad(
                format!("Un paramètre n'est pas connu ici ; attendus : {names}."),
                format!("A parameter is not known here; expected: {names}."),
            );
        };
        if given.iter().take(at).any(|(before, _)| before == name) {
            return bad(format!("`{name}` est donné deux fois."), format!("`{name}` is given twice."));
        }
        let schema = serde_json::to_value(&parameter.schema).unwrap_or_default();
        let is = |kind: &str| {
            schema["type"] == kind || schema["type"].as_array().is_some_and(|all| all.contains(&kind.into()))
        };
        if is("integer") && value.parse::<u64>().is_err() {
            let bound = |key: &str| schema[key].as_u64();
            let (from, to) = (bound("minimum").unwrap_or(0), bound("maximum").unwrap_or(i64::MAX as u64));
            return bad(
                format!("`{name}` : un nombre entier de {from} à {to} est attendu."),
                format!("`{name}`: a whole number from {from} to {to} is expected."),
            );
        }
        if is("boolean") && !["true", "false"].contains(&value.as_str()) {
            return bad(
                format!("`{name}` : `true` ou `false` est attendu."),
                format!("`{name}`: `true` or `false` is expected."),
            );
        }
    }
    let names = names();
    bad(
        format!("Les paramètres ne se lisent pas ; attendus : {names}, en UTF-8."),
        format!("The parameters cannot be read; expected: {names}, in UTF-8."),
    )
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

    #[derive(Debug, serde::Deserialize, IntoParams)]
    #[serde(deny_unknown_fields)]
    #[into_params(parameter_in = Query)]
    #[expect(dead_code, reason = "it is only read into")]
    struct Some {
        #[param(minimum = 1, maximum = 500)]
        limit: Option<usize>,
        open: Option<bool>,
        after: Option<String>,
    }

    #[tokio::test]
    async fn a_refused_query_says_what_is_expected_and_repeats_nothing() {
        for (query, said) in [
            ("limit=SECRET", "`limit`: a whole number from 1 to 500 is expected."),
            ("open=SECRET&limit=3", "`open`: `true` or `false` is expected."),
            ("SECRET=1", "not known here; expected: `limit`, `open`, `after`"),
            ("after=a&after=SECRET", "`after` is given twice."),
        ] {
            let request = axum::http::Request::get(format!("/x?{query}")).body(()).unwrap();
            let asked = Asked::<Some>::from_request_parts(&mut request.into_parts().0, &()).await;
            let detail = asked.err().expect(query).detail;
            assert!(detail.en.contains(said) && !detail.en.contains("SECRET"), "{query}: {}", detail.en);
            assert!(!detail.fr.contains("SECRET") && detail.fr != detail.en);
        }
    }

    #[test]
    fn a_query_says_what_it_was_meant_to_say() {
        for sound_one in ["", "q=", "q=a+b", "q=%C3%A9&after=%2525", "q=\u{e9}", "%41=%20"] {
            assert!(sound(Some(sound_one)), "{sound_one}");
        }
        assert!(sound(None));
        for unsound in ["q=%zz", "q=%", "q=%4", "q=%ff", "q=%C3", "q=a%00", "%0", "q=%+1", "q=%C3&x=%A9"] {
            assert!(!sound(Some(unsound)), "{unsound}");
        }
    }

    #[test]
    fn pages_are_bounded() {
        assert_eq!(page(None).ok(), Some(100));
        assert!(page(Some(0)).is_err() && page(Some(limits::PAGE_ROWS + 1)).is_err());
    }
}
