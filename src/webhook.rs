//! Signed webhooks: what is sent, how it is signed, when it is tried again, and the worker that delivers.

pub mod deliver;
pub mod health;
mod lane;
mod lanes;
pub mod notices;
mod pace;
pub mod payload;
mod post;
mod run;
pub mod schedule;
pub mod signature;

/// The version of an endpoint's derived secret that is in use.
pub const SECRET_VERSION: u32 = 1;
