//! The gateway from outside: one binary of tests, one module for each part.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod api;
mod architecture;
mod browser;
mod cli;
mod deploy;
mod disputes;
mod fetching;
mod log;
mod named;
mod numbers;
mod operations;
mod replays;
mod replicas;
mod roles;
mod rules;
mod store;
mod streams;
mod support;
mod verdicts;
mod webhook;
