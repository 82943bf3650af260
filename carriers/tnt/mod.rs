//! TNT, by ExpressConnect Tracking: XML in a form field, for customers with a name and a password.

mod parse;
mod request;
#[cfg(feature = "sandbox")]
pub mod sandbox;
#[cfg(test)]
mod tests;

use crate::contract::Adapter;

/// The adapter of TNT.
pub const ADAPTERS: &[Adapter] = &[Adapter {
    source: "tnt.expressconnect",
    request: request::track,
    read: parse::read,
    recognizes: parse::recognizes,
    token: None,
    batch: Some(request::BATCH),
}];
