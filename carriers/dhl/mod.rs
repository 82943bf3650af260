//! DHL, by Shipment Tracking - Unified: one API for the divisions, one number a request, an API key; and beside it, for
//! customers of DHL Express, by MyDHL API (`express`).

pub mod express;
mod parse;
pub mod push;
mod request;
#[cfg(feature = "sandbox")]
pub mod sandbox;
#[cfg(test)]
mod tests;
mod wire;

use crate::contract::Adapter;

/// The adapters of DHL.
pub const ADAPTERS: &[Adapter] = &[
    Adapter {
        source: "dhl.unified",
        request: request::track,
        read: parse::read,
        recognizes: wire::recognizes,
        token: None,
        batch: None,
    },
    express::ADAPTER,
];
