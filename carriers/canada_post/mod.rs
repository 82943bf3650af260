//! Canada Post, by the details of one PIN: XML from its web services, JSON from their successor. One reader for both.

mod clock;
mod parse;
mod request;
#[cfg(feature = "sandbox")]
pub mod sandbox;
#[cfg(test)]
mod tests;
mod wire;

use crate::contract::Adapter;

/// The adapter of Canada Post.
pub const ADAPTERS: &[Adapter] = &[Adapter {
    source: "canada_post.track",
    request: request::track,
    read: parse::read,
    recognizes: wire::recognizes,
    token: None,
    batch: None,
}];
