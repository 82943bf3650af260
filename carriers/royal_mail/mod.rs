//! Royal Mail, by its Tracking API v2: the events of one item a request, a client id and its secret.

mod parse;
mod request;
#[cfg(feature = "sandbox")]
pub mod sandbox;
#[cfg(test)]
mod tests;
mod wire;

use crate::contract::Adapter;

/// The adapter of Royal Mail.
pub const ADAPTERS: &[Adapter] = &[Adapter {
    source: "royal_mail.v2",
    request: request::track,
    read: parse::read,
    recognizes: wire::recognizes,
    token: None,
    batch: None,
}];
