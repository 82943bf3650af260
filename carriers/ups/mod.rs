//! UPS, by its Tracking API: one number a request, a bearer token that is exchanged for the client's credentials.

mod clock;
mod parse;
pub mod push;
mod request;
#[cfg(feature = "sandbox")]
pub mod sandbox;
#[cfg(test)]
mod tests;
mod wire;

use crate::contract::Adapter;

/// The adapter of UPS.
pub const ADAPTERS: &[Adapter] = &[Adapter {
    source: "ups.track",
    request: request::track,
    read: parse::read,
    recognizes: wire::recognizes,
    token: Some(&request::ClientCredentials),
    batch: None,
}];
