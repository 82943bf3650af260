//! The gateway from outside: one binary of tests, one module for each part.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod api;
mod architecture;
mod browser;
mod cli;
mod disputes;
mod fetching;
mod log;
mod numbers;
mod replays;
mod replicas;
mod rules;
mod store;
mod streams;
mod support;
mod verdicts;
mod webhook;
