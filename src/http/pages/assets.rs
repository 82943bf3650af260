//! The page's own files: style, script and icon, compiled in, with the hash of their content as their version.

use std::sync::LazyLock;

use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};

use crate::http::etag::Had;
use crate::http::problem::Problem;
use crate::secrets::sha256_hex;

/// Digits of the hash that name a version.
const VERSION_DIGITS: usize = 16;

struct Asset {
    name: &'static str,
    kind: &'static str,
    text: &'static str,
    etag: HeaderValue,
    version: String,
}

impl Asset {
    fn new(name: &'static str, kind: &'static str, text: &'static str) -> Self {
        let version = sha256_hex(text.as_bytes())[..VERSION_DIGITS].to_owned();
        let etag = HeaderValue::from_str(&format!("\"{version}\""))
            .unwrap_or_else(|_| unreachable!("hexadecimal digits can stand in a header"));
        Self { name, kind, text, etag, version }
    }
}

static ASSETS: LazyLock<[Asset; 3]> = LazyLock::new(|| {
    [
        Asset::new("page.css", "text/css; charset=utf-8", include_str!("assets/page.css")),
        Asset::new("page.js", "text/javascript; charset=utf-8", include_str!("assets/page.js")),
        Asset::new("icon.svg", "image/svg+xml", include_str!("assets/icon.svg")),
    ]
});

/// The address of a file, with its version.
pub fn address(name: &str) -> String {
    let version = ASSETS.iter().find(|a| a.name == name).map_or("", |a| a.version.as_str());
    format!("/assets/{name}?v={version}")
}

/// One of the files. It needs no key: there is nothing in it that the source does not show.
pub async fn serve(Path(name): Path<String>, had: Had) -> Response {
    let Some(asset) = ASSETS.iter().find(|a| a.name == name) else {
        return Problem::not_found("no_such_file", "there is no such file").into_response();
    };
    // Asked again each time, and answered with 304: an upgrade is seen at once.
    let control = HeaderValue::from_static("public, no-cache");
    let common = [(header::ETAG, asset.etag.clone()), (header::CACHE_CONTROL, control)];
    if had.is(&asset.etag) {
        return (StatusCode::NOT_MODIFIED, common).into_response();
    }
    (common, [(header::CONTENT_TYPE, asset.kind)], asset.text).into_response()
}
