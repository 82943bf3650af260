//! Singapore Post, by the service behind its own tracking page. Its API for partners is by contract and not described.

mod parse;
mod request;
#[cfg(feature = "sandbox")]
pub mod sandbox;
#[cfg(test)]
mod tests;
mod wire;

use crate::contract::Adapter;

/// The adapter of Singapore Post.
pub const ADAPTERS: &[Adapter] = &[Adapter {
    source: "singapore_post.track",
    request: request::track,
    read: parse::read,
    recognizes: wire::recognizes,
    token: None,
    batch: None,
}];
