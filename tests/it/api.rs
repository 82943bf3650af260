//! The API over HTTP: the main job from end to end, every mistake that a client can make, and who may see what.

mod corrections;
mod edges;
pub mod endpoints;
mod idempotency;
mod leaks;
mod mistakes;
mod numbers;
mod openapi;
mod pages;
mod privacy;
mod pushes;
mod routes;
mod story;
pub mod streams;
mod tenants;
mod trackings;

/// A text as one segment of an address, every byte percent-encoded.
fn segment(text: &str) -> String {
    let encoded: Vec<String> = text.bytes().map(|byte| format!("%{byte:02X}")).collect();
    encoded.concat()
}
