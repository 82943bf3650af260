//! Waygate: a verification gateway for tracking numbers. Is this parcel this order's, said with reasons and proof.

pub mod clock;
pub mod config;
pub mod domain;
pub mod fetch;
pub mod ids;
pub mod sandbox;
pub mod store;
