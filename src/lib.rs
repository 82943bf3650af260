//! Waygate: a verification gateway for tracking numbers. Is this parcel this order's, said with reasons and proof.

pub mod assembly;
pub mod backup;
pub mod cli;
pub mod clock;
pub mod config;
pub mod demo;
pub mod domain;
pub mod fetch;
pub mod gateway;
pub mod http;
pub mod ids;
pub mod listen;
pub mod net;
pub mod sandbox;
pub mod seal;
pub mod secrets;
pub mod stopping;
pub mod store;
pub mod stream;
pub mod telemetry;
pub mod webhook;
pub mod worker;
