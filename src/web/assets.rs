//! The page's own files, named by their content so that browsers may keep them for good.

use std::sync::LazyLock;

use axum::extract::Path;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};
use sha2::{Digest as _, Sha256};

use super::guard::sealed;
use crate::api::token::hex;

struct Asset {
    name: String,
    kind: &'static str,
    bytes: &'static [u8],
}

static ALL: LazyLock<[Asset; 4]> = LazyLock::new(|| {
    [
        asset("style", "css", "text/css; charset=utf-8", include_bytes!("assets/style.css")),
        // Made once, of the styles that a page which stands alone has inside.
        asset("render", "css", "text/css; charset=utf-8", crate::render::section_style().leak().as_bytes()),
        asset("page", "js", "text/javascript; charset=utf-8", include_bytes!("assets/page.js")),
        asset("icon", "svg", "image/svg+xml", include_bytes!("assets/icon.svg")),
    ]
});

fn asset(stem: &str, ending: &str, kind: &'static str, bytes: &'static [u8]) -> Asset {
    let hash = hex(&Sha256::digest(bytes));
    Asset { name: format!("{stem}-{}.{ending}", &hash[..16]), kind, bytes }
}

/// The address of an asset by its stem, such as `style`; the stem itself where there is none.
pub fn path(stem: &str) -> String {
    let found = ALL.iter().find(|asset| asset.name.starts_with(stem));
    format!("/assets/{}", found.map_or(stem, |asset| &asset.name))
}

pub async fn file(Path(name): Path<String>) -> Response {
    let Some(asset) = ALL.iter().find(|asset| asset.name == name) else {
        return sealed(StatusCode::NOT_FOUND.into_response());
    };
    let mut response = asset.bytes.into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(asset.kind));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("public, max-age=31536000, immutable"));
    sealed(response)
}
