//! The United States Postal Service, by its Tracking API v3: one number a request, a bearer token for the client; and for
//! answers that were kept, by the Web Tools before it (`web_tools`).

mod parse;
mod request;
#[cfg(feature = "sandbox")]
pub mod sandbox;
#[cfg(test)]
mod tests;
pub mod web_tools;
mod wire;

use crate::contract::Adapter;

/// The adapter of USPS.
pub const ADAPTERS: &[Adapter] = &[Adapter {
    source: "usps.v3",
    request: request::track,
    read: parse::read,
    recognizes: wire::recognizes,
    token: Some(&request::ClientCredentials),
    batch: None,
}];
