//! The head of a page that stands alone: its style inside, and a policy under which a browser runs and loads nothing else.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

use crate::html::Html;
use crate::text::Lang;

/// The style of a page that stands alone.
pub const PAGE: &str = include_str!("page.css");
/// The style of findings and of what is around them; scoped to `.fx`, so that it can stand inside another page.
pub const BASE: &str = include_str!("base.css");

/// The content security policy of a page with these styles, each in an element of its own: they and nothing else.
pub fn policy(styles: &[&str]) -> String {
    let named = |style: &&str| format!(" 'sha256-{}'", STANDARD.encode(Sha256::digest(style.as_bytes())));
    let styles: String = styles.iter().map(named).collect();
    format!("default-src 'none'; style-src{styles}; base-uri 'none'; form-action 'none'")
}

/// Everything up to the body.
pub(crate) fn head(html: &mut Html<'_>, title: &str, styles: &[&'static str], lang: Lang) {
    html.raw("<!DOCTYPE html>\n<html").attr("lang", lang.as_str()).raw("><head><meta charset=\"utf-8\">");
    html.raw("<meta http-equiv=\"Content-Security-Policy\"").attr("content", &policy(styles)).raw(">");
    html.raw("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">");
    html.raw("<meta name=\"referrer\" content=\"no-referrer\"><meta name=\"color-scheme\" content=\"light\"><title>");
    html.text(title).raw("</title>");
    for style in styles {
        html.raw("<style>").raw(style).raw("</style>");
    }
    html.raw("</head><body>\n");
}
