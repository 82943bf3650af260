//! DHL Express, by MyDHL API: for customers of Express, with their key and secret; one waybill a request.

mod parse;
mod request;
#[cfg(feature = "sandbox")]
pub mod sandbox;
#[cfg(test)]
mod tests;
mod wire;

use crate::contract::Adapter;

/// `dhl.express`.
pub const ADAPTER: Adapter = Adapter {
    source: "dhl.express",
    request: request::track,
    read: parse::read,
    recognizes: wire::recognizes,
    token: None,
    batch: None,
};
