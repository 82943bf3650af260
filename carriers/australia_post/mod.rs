//! Australia Post, by the tracking of its Shipping and Tracking API: articles, perhaps within consignments, told in words.

mod parse;
mod request;
#[cfg(feature = "sandbox")]
pub mod sandbox;
#[cfg(test)]
mod tests;
mod wire;

use crate::contract::Adapter;

/// The adapter of Australia Post.
pub const ADAPTERS: &[Adapter] = &[Adapter {
    source: "australia_post.track",
    request: request::track,
    read: parse::read,
    recognizes: wire::recognizes,
    token: None,
    batch: Some(request::BATCH),
}];
