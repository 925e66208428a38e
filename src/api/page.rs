//! Lists in pages: `limit` rows after a cursor. A page says where the next one begins, in its body and in `Link`; the last page
//! says nothing. Cursors are taken from an answer and given back as they are; what they are made of may change.

use axum::http::header::LINK;
use axum::http::{HeaderValue, Uri};
use axum::response::Response;

use super::problem::{Code, Problem};

/// Adds `Link: <…>; rel="next"` where there is a next page: this address with another `after`.
pub fn linked(mut response: Response, uri: &Uri, next: Option<&str>) -> Response {
    if let Some(link) = next.and_then(|next| HeaderValue::from_str(&link(uri, next)).ok()) {
        response.headers_mut().insert(LINK, link);
    }
    response
}

fn link(uri: &Uri, next: &str) -> String {
    let kept = uri.query().unwrap_or("").split('&').filter(|piece| !piece.is_empty() && !piece.starts_with("after="));
    let query: Vec<String> = kept.map(str::to_owned).chain([format!("after={}", escaped(next))]).collect();
    // Characters that a query may not hold as they are were refused with the request.
    format!("<{}?{}>; rel=\"next\"", uri.path(), query.join("&"))
}

fn escaped(text: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b'~');
    text.bytes().map(|b| if plain(b) { char::from(b).to_string() } else { format!("%{b:02X}") }).collect()
}

/// The cursor is of no row that there is.
pub fn no_cursor() -> Problem {
    Problem::new(
        Code::BadCursor,
        "`after` : le `next` d'une page précédente est attendu, tel quel.",
        "`after`: the `next` of an earlier page is expected, as it was.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_page_keeps_the_question() {
        let of = |uri: &str, next: &str| link(&uri.parse().unwrap(), next);
        assert_eq!(of("/v1/problems", "p1"), "</v1/problems?after=p1>; rel=\"next\"");
        assert_eq!(
            of("/v1/problems?open=true&after=p1&limit=2", "é é"),
            "</v1/problems?open=true&limit=2&after=%C3%A9%20%C3%A9>; rel=\"next\""
        );
    }
}
