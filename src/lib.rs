//! Waygate: a verification gateway for tracking numbers. Is this parcel this order's, said with reasons and proof.

pub mod clock;
pub mod domain;
pub mod ids;
pub mod store;
