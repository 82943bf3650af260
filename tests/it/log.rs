//! The evidence log: what it proves, what it finds, and what it does when it is not let be.

mod certificates;
mod outside;
mod serving;
mod start;
mod tampering;
mod turns;

use serde_json::Value;
use waygate::domain::log::{Checkpoint, Hash, Note, VerifierKey};

use crate::support::{Client, TestApp, sample};

/// The keys that a gateway lists.
async fn keys(client: &Client) -> Vec<VerifierKey> {
    let listed = client.get("/v1/log/keys").await.ok();
    listed["keys"].as_array().unwrap().iter().map(|k| k["key"].as_str().unwrap().parse().unwrap()).collect()
}

/// The newest head, its signature checked.
async fn head(client: &Client) -> Checkpoint {
    let keys = keys(client).await;
    let note = client.get("/log/checkpoint").await.text();
    Checkpoint::parse(Note::parse(&note).unwrap().verify(&keys).unwrap().0).unwrap()
}

fn hashes(proof: &Value) -> Vec<Hash> {
    proof.as_array().unwrap().iter().map(|hash| Hash::from_hex(hash.as_str().unwrap()).unwrap()).collect()
}

/// A delivered parcel of a source, with three verdicts and more answers; the shipment's id.
async fn delivered(app: &TestApp, source: &'static str, order: &str) -> String {
    let sample = sample(source);
    app.register(&sample.order(order, "s-1")).await;
    let shipment = app.submit(order, sample.carrier, sample.moving).await;
    app.advance_hours(24 * 5).await;
    assert_eq!(app.verdict(&shipment).await, "verified");
    shipment
}
