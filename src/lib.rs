//! Waygate: a verification gateway for tracking numbers.

pub mod domain;
pub mod gateway;
