//! EMS items of all posts, by the public tracking page of the EMS Cooperative. Despite its address it is no API.

mod parse;
mod request;
#[cfg(feature = "sandbox")]
pub mod sandbox;
#[cfg(test)]
mod tests;

use crate::contract::Adapter;

/// `ems.cooperative`.
pub const ADAPTER: Adapter = Adapter {
    source: "ems.cooperative",
    request: request::track,
    read: parse::read,
    recognizes: parse::recognizes,
    token: None,
    batch: None,
};
