//! Deutsche Post and DHL Paket in Germany, by Parcel DE Tracking: XML in which everything stands in attributes.

mod parse;
mod request;
#[cfg(feature = "sandbox")]
pub mod sandbox;
#[cfg(test)]
mod tests;

use crate::contract::Adapter;

/// The adapter of Deutsche Post.
pub const ADAPTERS: &[Adapter] = &[Adapter {
    source: "deutsche_post.parcel_de",
    request: request::track,
    read: parse::read,
    recognizes: parse::recognizes,
    token: None,
    // It takes fifteen numbers, but leaves out what it does not know, and minds being asked for too much of that.
    batch: None,
}];
