//! Platform online delivery, by the data behind Cainiao's public tracking page. No document grants its use, so it is
//! not asked unless the operator says so.

mod parse;
mod request;
#[cfg(feature = "sandbox")]
pub mod sandbox;
#[cfg(test)]
mod tests;
mod wire;

use crate::contract::Adapter;

/// The adapter of online delivery.
pub const ADAPTERS: &[Adapter] = &[Adapter {
    source: "online_delivery.cainiao",
    request: request::track,
    read: parse::read,
    recognizes: wire::recognizes,
    token: None,
    batch: None,
}];
