//! All posts, by the Universal Postal Union's Global Track and Trace: the source of last resort for every S10 item.

mod parse;
mod request;
#[cfg(feature = "sandbox")]
pub mod sandbox;
#[cfg(test)]
mod tests;
mod wire;

use crate::contract::Adapter;

/// The adapter of the Universal Postal Union.
pub const ADAPTERS: &[Adapter] = &[Adapter {
    source: "postal.upu",
    request: request::track,
    read: parse::read,
    recognizes: wire::recognizes,
    token: None,
    batch: None,
}];
