//! Evidence: what is taken, how it is given back, who looked, and what a deadline that passes means.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::Method;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::bench::Bench;
use crate::support::{Answer, Client};

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR and so on";
const PDF: &[u8] = b"%PDF-1.7\n1 0 obj";

async fn give(who: &Client, dispute: &str, query: &str, kind: &str, bytes: &[u8]) -> Answer {
    let path = format!("/v1/disputes/{dispute}/evidence?{query}");
    who.send(Method::POST, &path, &[("content-type", kind)], Some(bytes.to_vec())).await
}

#[tokio::test]
async fn a_file_comes_back_bit_for_bit_as_an_attachment_and_every_look_is_on_record() {
    let bench = Bench::start().await;
    let dispute = bench.disputed("A-1", "not_as_described").await;
    let query = "by=buyer&kind=photo&text=broken%20glass&name=glass.png";
    let taken = give(&bench.system, &dispute, query, "image/png", PNG).await;
    assert_eq!(taken.status, 201, "{}", taken.text());
    let evidence = taken.ok()["evidence"].clone();
    let sha256: String =
        Sha256::digest(PNG).iter().fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"));
    assert_eq!(
        evidence["file"],
        json!({"sha256": sha256, "media_type": "image/png", "bytes": PNG.len(), "name": "glass.png",
            "url": format!("/v1/evidence/{}/file", evidence["id"].as_str().unwrap()), "looks": null})
    );
    let url = evidence["file"]["url"].as_str().unwrap();
    for (who, lets_in) in [
        (&bench.arbiter, true),
        (&bench.seller, true),
        (&bench.system, true),
        (&bench.app.key(&bench.app.keys.other_seller), false),
        (&bench.app.anonymous(), false),
    ] {
        let file = who.get(url).await;
        assert_eq!(file.status == 200, lets_in, "{}", file.text());
        if !lets_in {
            continue;
        }
        assert_eq!(file.body, PNG);
        assert_eq!(file.header("content-type"), Some("image/png"));
        assert!(file.header("content-disposition").unwrap().starts_with("attachment; filename=\"evd_"));
        assert_eq!(file.header("x-content-type-options"), Some("nosniff"));
        assert_eq!(file.header("content-security-policy"), Some("default-src 'none'; sandbox"));
        let digest = format!("sha-256=:{}:", STANDARD.encode(Sha256::digest(PNG)));
        assert_eq!(file.header("repr-digest"), Some(digest.as_str()));
    }
    let case = bench.case(&dispute).await;
    let shown = &case["sides"]["buyer"]["evidence"][0];
    assert_eq!(
        (&shown["text"], &shown["kind"], &shown["late"]),
        (&json!("broken glass"), &json!("photo"), &json!(false))
    );
    assert_eq!(shown["file"]["looks"].as_array().unwrap().len(), 3, "whoever was let in is on record");
    // Sellers see the evidence, and not who looked.
    let sellers = bench.seller.get(&format!("/v1/disputes/{dispute}")).await.ok();
    assert_eq!(sellers["sides"]["buyer"]["evidence"][0]["file"]["looks"], json!(null));
    assert!(sellers["thread"].as_array().unwrap().iter().all(|action| action["key"].is_null()));
    assert!(case["thread"].as_array().unwrap().iter().any(|action| action["key"].is_string()));
    let told = bench.told_once("A-1", "dispute.evidence_submitted").await;
    assert_eq!(told["data"]["evidence"], evidence["id"]);
    assert_eq!(told["data"]["file"]["sha256"], sha256);
    bench.close().await;
}

#[tokio::test]
async fn what_is_not_what_it_says_or_too_much_is_refused_and_not_kept() {
    let bench = Bench::start().await;
    let dispute = bench.disputed("A-1", "not_as_described").await;
    let html = b"<html><script>alert(1)</script></html>";
    let large = [PNG, &vec![0; 16 << 20]].concat();
    for (query, kind, bytes, status, code) in [
        ("by=buyer&kind=photo", "image/jpeg", PNG, 422, "file_is_not_what_it_says"),
        ("by=buyer&kind=photo", "image/png", html, 422, "file_is_not_what_it_says"),
        ("by=buyer&kind=document", "application/pdf", b"".as_slice(), 422, "file_is_not_what_it_says"),
        ("by=buyer&kind=document", "text/plain", b"\x00\x01", 422, "file_is_not_what_it_says"),
        ("by=buyer&kind=photo", "application/pdf", PDF, 422, "invalid_field"),
        ("by=buyer&kind=video", "image/png", PNG, 422, "invalid_field"),
        ("by=buyer", "image/png", PNG, 422, "invalid_field"),
        ("kind=photo", "image/png", PNG, 422, "invalid_field"),
        ("by=buyer&kind=photo&name=%00", "image/png", PNG, 422, "invalid_field"),
        ("by=buyer&kind=photo&text=%07", "image/png", PNG, 422, "invalid_field"),
        ("by=buyer&kind=photo", "text/html", html, 415, "media_type_not_taken"),
        ("by=buyer&kind=photo", "image/svg+xml", html, 415, "media_type_not_taken"),
        ("by=buyer&kind=photo", "application/octet-stream", PNG, 415, "media_type_not_taken"),
        ("by=buyer&kind=photo", "", PNG, 415, "media_type_not_taken"),
        ("by=arbiter&kind=photo", "image/png", PNG, 400, "bad_query"),
        ("by=buyer&kind=photo&nonsense=1", "image/png", PNG, 400, "bad_query"),
    ] {
        give(&bench.system, &dispute, query, kind, bytes).await.problem(status, code);
    }
    let path = format!("/v1/disputes/{dispute}/evidence?by=buyer&kind=photo");
    match bench.system.try_send(Method::POST, &path, &[("content-type", "image/png")], Some(large)).await {
        Ok(answer) => drop(answer.problem(413, "body_too_large")),
        // The server answers before it has read all, and may close; then the answer is lost on the way.
        Err(error) => assert!(error.is_request() || error.is_body(), "{error:?}"),
    }
    let case = bench.case(&dispute).await;
    assert_eq!(
        case["sides"],
        json!({"buyer": {"statements": [], "evidence": []}, "seller": {"statements": [], "evidence": []}})
    );
    bench.close().await;
}

#[tokio::test]
async fn a_dispute_takes_so_many_bytes_of_files_and_no_more() {
    let bench = Bench::start().await;
    let dispute = bench.disputed("A-1", "not_as_described").await;
    // Four of these are 64 MiB to the byte.
    let file = |n: u8| [PNG, &vec![n; (16 << 20) - PNG.len()]].concat();
    for n in 0..4 {
        let taken = give(&bench.system, &dispute, "by=buyer&kind=photo", "image/png", &file(n)).await;
        assert_eq!(taken.status, 201, "{}", taken.text());
    }
    let one_more = give(&bench.seller, &dispute, "kind=photo", "image/png", PNG).await;
    assert_eq!(one_more.problem(409, "refused_by_rule")["rule"], "arbitration.evidence");
    bench
        .act(&bench.seller, &dispute, "evidence", &json!({"kind": "message", "text": "words still are"}))
        .await
        .ok();
    assert_eq!(bench.case(&dispute).await["sides"]["seller"]["evidence"].as_array().unwrap().len(), 1);
    bench.close().await;
}

#[tokio::test]
async fn the_same_file_twice_is_stored_once_and_listed_twice() {
    let bench = Bench::start().await;
    let dispute = bench.disputed("A-1", "not_as_described").await;
    let mut urls = Vec::new();
    for (who, query) in [(&bench.system, "by=buyer&kind=document"), (&bench.seller, "kind=document")] {
        let taken = give(who, &dispute, query, "application/pdf", PDF).await.ok();
        urls.push(taken["evidence"]["file"]["url"].as_str().unwrap().to_owned());
    }
    assert_ne!(urls[0], urls[1]);
    for url in urls {
        assert_eq!(bench.arbiter.get(&url).await.body, PDF);
    }
    bench.close().await;
}

#[tokio::test]
async fn a_request_for_evidence_that_stays_unanswered_speaks_against_that_side() {
    let bench = Bench::start().await;
    // A parcel that is on its way, so that its number speaks for nobody here.
    bench.shipped("A-1", "1ZWAYG8T0300002011").await;
    let dispute = bench.file("A-1", &json!({"reason": "not_as_described", "remedy": "refund"})).await;
    bench.act(&bench.seller, &dispute, "reject", &json!({})).await.ok();
    bench.act(&bench.system, &dispute, "escalate", &json!({})).await.ok();
    let ask = json!({"from": "seller", "days": 3, "statement": "photos of the goods before packing"});
    let asked = bench.act(&bench.arbiter, &dispute, "evidence_requests", &ask).await.ok();
    let clocks = asked["clocks"].as_array().unwrap();
    assert_eq!((clocks.len(), &clocks[0]["name"]), (1, &json!("evidence_due_at_seller")));
    assert_eq!(clocks[0]["rule"], "arbitration.evidence-request");
    let side = async |bench: &Bench| {
        let recommendation = bench.case(&dispute).await["recommendation"].clone();
        (recommendation["for"].clone(), recommendation["rule"].clone())
    };
    bench.wait(3, -1).await;
    assert_eq!(side(&bench).await, (Value::Null, json!("recommend.shown")));
    bench.wait(0, 1).await;
    assert_eq!(side(&bench).await, (json!("buyer"), json!("recommend.unanswered")));
    let late = give(&bench.seller, &dispute, "kind=photo", "image/png", PNG).await.ok();
    assert_eq!(late["evidence"]["late"], true);
    // It counts as late, and is weighed.
    assert_eq!(side(&bench).await, (json!("seller"), json!("recommend.shown")));
    let case = bench.case(&dispute).await;
    assert_eq!(case["evidence_requests"].as_array().unwrap().len(), 1);
    let thread: Vec<_> =
        case["thread"].as_array().unwrap().iter().map(|a| a["action"].as_str().unwrap()).collect();
    assert_eq!(
        thread.iter().filter(|a| !["shown", "clock"].contains(a)).copied().collect::<Vec<_>>(),
        ["open_dispute", "reject", "escalate", "request_evidence", "submit_evidence"]
    );
    bench.close().await;
}
