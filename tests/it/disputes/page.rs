//! The arbiter's page shows the dispute: what is asked and shown, the clocks, the recommendation, and all that was done.

use http::Method;
use serde_json::json;

use super::bench::{Bench, SILENT};
use crate::support::Client;

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR and so on";

async fn page(who: &Client, order: &str) -> String {
    let answer = who.get(&format!("/?order={order}")).await;
    assert_eq!(answer.status, 200);
    answer.text()
}

/// A dispute with everything in it.
async fn rich() -> (Bench, String) {
    let bench = Bench::start().await;
    bench.shipped("A-1", SILENT).await;
    let filing = json!({"reason": "not_received", "remedy": "refund", "statement": "Nothing came. <script>alert(1)</script>"});
    let dispute = bench.file("A-1", &filing).await;
    bench.wait(1, 0).await;
    let offer = json!({"remedy": "partial_refund", "amount": {"amount": "10.00", "currency": "USD"},
        "statement": "It was sent in time; the carrier is slow."});
    bench.act(&bench.seller, &dispute, "counter_offer", &offer).await.ok();
    let path = format!(
        "/v1/disputes/{dispute}/evidence?by=buyer&kind=photo&text=The%20empty%20doorstep&name=door.png"
    );
    let given = bench
        .system
        .send(Method::POST, &path, &[("content-type", "image/png")], Some(PNG.to_vec()))
        .await
        .ok();
    bench.act(&bench.system, &dispute, "escalate", &json!({})).await.ok();
    bench.arbiter.get(given["evidence"]["file"]["url"].as_str().unwrap()).await;
    let ask = json!({"from": "seller", "days": 3, "statement": "The receipt of the post office, please."});
    bench.act(&bench.arbiter, &dispute, "evidence_requests", &ask).await.ok();
    let words = json!({"kind": "message", "text": "The clerk gave none."});
    bench.act(&bench.seller, &dispute, "evidence", &words).await.ok();
    let ask = json!({"from": "buyer", "days": 2});
    bench.act(&bench.arbiter, &dispute, "evidence_requests", &ask).await.ok();
    (bench, dispute)
}

#[tokio::test]
async fn an_arbiter_reads_the_whole_dispute_on_one_page() {
    let (bench, dispute) = rich().await;
    let text = page(&bench.arbiter, "A-1").await;
    for shown in [
        dispute.as_str(),
        "With the arbiter",
        "In dispute",
        "goods not received",
        "a refund, 40.00 USD",
        "The buyer’s evidence",
        "rule arbitration.evidence-request",
        "Recommendation",
        "recommend.not-arrived",
        "no scan was ever shown",
        "The empty doorstep",
        "image/png",
        "looked at once",
        "It was sent in time; the carrier is slow.",
        "asks the seller for evidence within 3 days",
        "The clerk gave none.",
    ] {
        assert!(text.contains(shown), "the page does not show {shown}");
    }
    assert!(!text.contains("<script>alert"), "what people write is no markup");
    assert!(
        text.contains("&#60;script&#62;alert") || text.contains("&lt;script&gt;alert"),
        "and is shown as it is"
    );
    assert!(text.contains("stands still while the dispute is open"), "the order's clock does not run");
    // A seller sees the case, and neither keys nor looks.
    let sellers = page(&bench.seller, "A-1").await;
    assert!(sellers.contains("The empty doorstep") && !sellers.contains("looked at once"));
    assert!(!sellers.contains("key_"), "a seller reads no one's key");
    assert!(text.contains("key_"));

    let ruling = json!({"outcome": "divided", "amount": {"amount": "15.00", "currency": "USD"}, "seller_at_fault": true,
        "statement": "Half each."});
    bench.act(&bench.arbiter, &dispute, "ruling", &ruling).await.ok();
    let text = page(&bench.arbiter, "A-1").await;
    for shown in
        ["Ruled", "15.00 USD", "25.00 USD", "arbitration.ruling", "Half each.", "the seller is at fault"]
    {
        assert!(text.contains(shown), "the page does not show {shown}");
    }
    assert!(!text.contains("Recommendation"), "nothing is left to recommend");
    bench.close().await;
}
