//! The gateway from outside: one binary of tests, one module for each part.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod store;
mod verdicts;
mod webhook;
