//! The page.

use axum::Router;

use super::state::App;

/// The page and its files.
pub fn router() -> Router<App> {
    Router::new()
}
