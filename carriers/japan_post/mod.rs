//! Japan Post, by the page that it shows for a number. There is no API.

mod parse;
mod request;
#[cfg(feature = "sandbox")]
pub mod sandbox;
mod tables;
#[cfg(test)]
mod tests;

use crate::contract::Adapter;

/// The adapter of Japan Post.
pub const ADAPTERS: &[Adapter] = &[Adapter {
    source: "japan_post.page",
    request: request::page,
    read: parse::read,
    recognizes: tables::recognizes,
    token: None,
    batch: None,
}];
