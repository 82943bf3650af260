//! A reader of the event stream over a gateway that is killed: whatever was acknowledged is told, once, in order.

use std::process::Command;

use serde_json::json;

use super::crash::{Site, paid};
use crate::api::streams::Reader;
use crate::support::Client;
use waygate::http::streams::BEFORE_ALL;

/// Rounds, each of which ends with SIGKILL.
const ROUNDS: usize = 4;
/// Orders in each round.
const ORDERS: usize = 5;

async fn submit(client: &Client, order: &str, digits: usize) {
    client.post("/v1/orders", &paid(order)).await.ok();
    // DHL's ten digits: nine, and what is left of them after division by seven.
    let nine = 332_000_000 + digits;
    let number = json!({"carrier": "dhl", "tracking_number": format!("{nine}{}", nine % 7)});
    client.post(&format!("/v1/orders/{order}/shipments"), &number).await.ok();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reader_goes_on_after_every_kill_without_a_gap_or_a_double() {
    let site = Site::new().await;
    let mut gateway = site.serve();
    let mut told = Vec::new();
    let mut last = BEFORE_ALL.to_owned();
    for round in 0..ROUNDS {
        let mut reader = Reader::open(gateway.client.address(), "/v1/events", &site.key, Some(&last)).await;
        for n in 0..ORDERS {
            submit(&gateway.client, &format!("R{round}-{n}"), round * 100 + n).await;
            // The reader is behind the writer by as much as it happens to be.
            told.extend(reader.take(1).await);
        }
        gateway.kill();
        // What was on the way may still arrive; then the stream breaks.
        while let Some(frame) = reader.next().await {
            told.push(frame);
        }
        last = told.last().unwrap().id.clone();
        gateway = site.serve();
    }
    let mut reader = Reader::open(gateway.client.address(), "/v1/events", &site.key, Some(&last)).await;
    let listed = gateway.client.get("/v1/events?limit=200").await.ok();
    let ids: Vec<&str> =
        listed["data"].as_array().unwrap().iter().map(|event| event["id"].as_str().unwrap()).collect();
    assert!(ids.len() >= ROUNDS * ORDERS * 2);
    let left = ids.len() - told.len();
    told.extend(reader.take(left).await);
    assert_eq!(told.iter().map(|frame| frame.id.as_str()).collect::<Vec<_>>(), ids);

    // An open stream does not hold up the end.
    let pid = gateway.child.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
    while reader.next().await.is_some() {}
    assert_eq!(gateway.child.wait().unwrap().code(), Some(0));
}
