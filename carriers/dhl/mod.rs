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
use crate::foreign;

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

/// The status that DHL's own problem body repeats. A body without one, or with another than came, is not DHL's.
fn problem_status(title: Option<&str>, status: Option<&str>, http: u16) -> Option<u16> {
    title?;
    let status = status?.parse::<u16>().ok()?;
    (status == http || foreign::is_success(http)).then_some(status)
}
