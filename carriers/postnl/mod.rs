//! PostNL, by its Shipping Status API: one barcode a request, an API key that sees the shipments of its own customer.

mod parse;
mod request;
#[cfg(feature = "sandbox")]
pub mod sandbox;
#[cfg(test)]
mod tests;
mod wire;

use crate::contract::Adapter;

/// The adapter of PostNL.
pub const ADAPTERS: &[Adapter] = &[Adapter {
    source: "postnl.status",
    request: request::track,
    read: parse::read,
    recognizes: wire::recognizes,
    token: None,
    batch: None,
}];
