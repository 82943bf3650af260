//! FedEx, by its Track API: one number a request or up to thirty, a bearer token that is exchanged for the client's credentials.

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

/// The adapter of FedEx.
pub const ADAPTERS: &[Adapter] = &[Adapter {
    source: "fedex.track",
    request: request::track,
    read: parse::read,
    recognizes: wire::recognizes,
    token: Some(&request::ClientCredentials),
    batch: Some(request::BATCH),
}];
