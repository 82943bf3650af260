//! Waygate: a verification gateway for tracking numbers. Is this parcel this order's, said with reasons and proof.

pub mod clock;
pub mod domain;
pub mod ids;
pub mod net;
pub mod secrets;
pub mod store;
pub mod webhook;
