//! What the tests of the whole share: a gateway on loopback with its carriers imitated, a clock that they drive, API keys
//! of every scope, and a receiver of webhooks.

mod app;
mod client;
mod declared;
mod hooks;
pub mod postgres;
mod world;

pub use app::{Setup, TestApp};
pub use client::{Answer, Client};
pub use declared::{DECLARED, DECLARED_SOURCE};
pub use hooks::{Hook, Hooks};
pub use world::{PARCELS, SOURCES, START, order, sample};
