//! SF Express, by the route query of its open platform: a form signed with a digest, JSON within JSON back.

mod codes;
mod parse;
pub mod push;
mod request;
#[cfg(feature = "sandbox")]
pub mod sandbox;
#[cfg(test)]
mod tests;
mod wire;

use crate::contract::Adapter;

/// The adapter of SF Express.
pub const ADAPTERS: &[Adapter] = &[Adapter {
    source: "sf_express.routes",
    request: request::routes,
    read: parse::read,
    recognizes: wire::recognizes,
    token: None,
    batch: None,
}];
