//! Toll, by the track and trace of Team Global Express, to whom its parcels went: JSON messages, for customers. The
//! format is pieced together from others' programs.

mod parse;
mod request;
#[cfg(feature = "sandbox")]
pub mod sandbox;
#[cfg(test)]
mod tests;
mod wire;

use crate::contract::Adapter;

/// The adapter of Toll.
pub const ADAPTERS: &[Adapter] = &[Adapter {
    source: "toll.tge",
    request: request::track,
    read: parse::read,
    recognizes: wire::recognizes,
    token: None,
    batch: None,
}];
