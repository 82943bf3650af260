//! Russian Post, by its SOAP service of operation histories: one barcode a request, a login and a password.

mod parse;
mod request;
#[cfg(feature = "sandbox")]
pub mod sandbox;
#[cfg(test)]
mod tests;

use crate::contract::Adapter;

/// The adapter of Russian Post.
pub const ADAPTERS: &[Adapter] = &[Adapter {
    source: "russian_post.rtm34",
    request: request::track,
    read: parse::read,
    recognizes: parse::recognizes,
    token: None,
    batch: None,
}];
