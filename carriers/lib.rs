//! What carriers are and how they speak: their numbers, the requests that ask their official sources, and the
//! reading of what comes back. Everything here is pure: bytes and values in, values out. No network, no clock, no
//! database, so that every adapter is tested with bytes alone.
//!
//! A carrier is one folder beside this file; `build.rs` finds it, so adding one touches no other file.

pub mod contract;
mod declared;
mod foreign;
pub mod journey;
pub mod numbers;
mod page;
pub mod places;
#[cfg(test)]
mod push_tests;
pub mod registry;
#[cfg(test)]
mod suite;
#[cfg(test)]
mod trial;
mod xml;

/// The carriers' folders, as found by `build.rs`.
mod built_in {
    include!(concat!(env!("OUT_DIR"), "/built_in.rs"));
}
