//! Swiss Post, by the events of an item as the service behind its tracking page tells them.

mod parse;
mod request;
#[cfg(feature = "sandbox")]
pub mod sandbox;
#[cfg(test)]
mod tests;

use crate::contract::Adapter;

/// The adapter of Swiss Post.
pub const ADAPTERS: &[Adapter] = &[Adapter {
    source: "swiss_post.events",
    request: request::track,
    read: parse::read,
    recognizes: parse::recognizes,
    token: None,
    batch: None,
}];
