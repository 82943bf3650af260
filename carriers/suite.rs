//! One list of tests for every official source. A source says in its `cases.toml` which sample is a delivery, which a
//! refusal, and so on; whoever adds a source meets the whole list, and what it does not offer is said with its reason.

mod any;
mod cases;
mod readings;
mod requests;
#[cfg(feature = "sandbox")]
mod sandbox;
mod work;
