//! Korea Post, by the pages that it shows for a number: one for parcels in Korea, one for items abroad.

mod parse;
mod request;
#[cfg(feature = "sandbox")]
pub mod sandbox;
mod tables;
#[cfg(test)]
mod tests;

use crate::contract::Adapter;

/// The adapter of Korea Post.
pub const ADAPTERS: &[Adapter] = &[Adapter {
    source: "korea_post.page",
    request: request::track,
    read: parse::read,
    recognizes: tables::recognizes,
    token: None,
    batch: None,
}];
