//! La Poste, by its API Suivi v2, which answers for letters, Colissimo and Chronopost alike.

mod parse;
mod request;
#[cfg(feature = "sandbox")]
pub mod sandbox;
#[cfg(test)]
mod tests;
mod wire;

use crate::contract::Adapter;

/// The adapter of La Poste.
pub const ADAPTERS: &[Adapter] = &[Adapter {
    source: "la_poste.suivi",
    request: request::track,
    read: parse::read,
    recognizes: wire::recognizes,
    token: None,
    batch: None,
}];
