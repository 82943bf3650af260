//! Signed webhooks: what is sent, how it is signed, when it is tried again, and the worker that delivers.

pub mod deliver;
pub mod headers;
pub mod health;
mod lane;
mod lanes;
pub mod message;
pub mod notices;
pub mod notify;
mod pace;
pub mod payload;
mod post;
mod run;
pub mod schedule;
pub mod signature;
pub mod signing;
pub mod trial;

/// The version of a new endpoint's derived secret.
pub const SECRET_VERSION: u32 = 1;
