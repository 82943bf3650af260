//! Certificates: every verdict proves itself offline, with or without what is personal, and no bit of it can be changed.

use serde_json::{Value, json};
use waygate::domain::certificate::{Certificate, Report, check};
use waygate::domain::channels::Channels;
use waygate::domain::log::document::Seed;
use waygate::domain::log::{Checkpoint, Hash, Leaf, Signer, TileName, TileReader, VerifierKey, inclusion};
use waygate_carriers::registry::registry;

use super::{delivered, keys};
use crate::support::{TestApp, order, sample};

fn checked(document: &str, keys: &[VerifierKey]) -> Report {
    check(document.as_bytes(), keys, registry(), Channels::built_in()).unwrap()
}

async fn certificate(app: &TestApp, shipment: &str, query: &str) -> String {
    let path = format!("/v1/shipments/{shipment}/certificate{query}");
    let answer = app.key(&app.keys.arbiter).get(&path).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.text()
}

fn replayed(report: &Report) -> Value {
    serde_json::to_value(&report.replay).unwrap()["outcome"].clone()
}

#[tokio::test]
async fn every_verdict_that_was_given_is_proved_and_made_again_bit_for_bit() {
    let app = TestApp::start().await;
    let sources = [("ups.track", "A-1"), ("dhl.unified", "A-2"), ("japan_post.page", "A-3")];
    let mut shipments = Vec::new();
    for (source, order) in sources {
        shipments.push(delivered(&app, source, order).await);
    }
    // The same number on another order: suspicious or rejected, and the first one judged again.
    app.register(&order("A-4")).await;
    shipments.push(app.submit("A-4", "ups", sample("ups.track").moving).await);
    app.register(&order("A-5")).await;
    shipments.push(app.submit("A-5", "yunexpress", "YT2112345678901234").await);
    app.advance_hours(24 * 40).await;
    let keys = keys(&app.anonymous()).await;
    let arbiter = app.key(&app.keys.arbiter);
    let mut outcomes = std::collections::BTreeSet::new();
    for shipment in shipments {
        let verdicts = arbiter.get(&format!("/v1/shipments/{shipment}/verdicts")).await.ok();
        let latest = certificate(&app, &shipment, "").await;
        for (n, verdict) in verdicts["data"].as_array().unwrap().iter().enumerate() {
            let path = format!("/v1/certificates/{}", verdict["id"].as_str().unwrap());
            let document = arbiter.get(&path).await.text();
            let report = checked(&document, &keys);
            assert!(report.valid && report.key_trusted, "{:?}", report.faults);
            assert_eq!(replayed(&report), "same");
            assert_eq!(report.verdict.as_deref(), verdict["verdict"].as_str());
            assert_eq!(report.shipment, shipment);
            assert!(
                n > 0
                    || serde_json::from_str::<Value>(&latest).unwrap()["certificate"]["verdict"]["entry"]["id"]
                        == verdict["id"]
            );
            outcomes.insert(report.verdict.unwrap());
        }
    }
    let outcomes: Vec<_> = outcomes.iter().map(String::as_str).collect();
    assert_eq!(outcomes, ["pending", "rejected", "unverifiable", "verified"], "too little was tried");
}

#[tokio::test]
async fn what_is_personal_is_withheld_and_all_else_still_holds() {
    let app = TestApp::start().await;
    let keys_of = keys(&app.anonymous()).await;
    for (source, order) in [("ups.track", "A-1"), ("dhl.unified", "A-2"), ("japan_post.page", "A-3")] {
        let shipment = delivered(&app, source, order).await;
        let whole = certificate(&app, &shipment, "").await;
        let document = certificate(&app, &shipment, "?withhold=personal").await;
        let report = checked(&document, &keys_of);
        assert!(report.valid, "{:?}", report.faults);
        assert!(["same", "withheld"].contains(&replayed(&report).as_str().unwrap()));
        assert!(!report.withheld.is_empty());
        let told = serde_json::from_str::<Value>(&whole).unwrap();
        let claim = &told["certificate"]["claim"]["document"]["order"];
        let seeds = told["certificate"]["claim"]["seed"].as_str().unwrap();
        for secret in [&claim["buyer"], &claim["ship_to"]["city"], &claim["ship_to"]["postal_code"]] {
            let secret = secret.as_str().unwrap();
            assert!(whole.contains(&format!("\"{secret}\"")), "{secret}");
            assert!(!document.contains(&format!("\"{secret}\"")), "{secret} is told");
        }
        assert!(!document.contains(seeds), "the seed would open what is withheld");
    }
    let shipment = delivered_again(&app).await;
    let path = format!("/v1/shipments/{shipment}/certificate?withhold=all");
    app.key(&app.keys.arbiter).get(&path).await.problem(400, "bad_query");
}

async fn delivered_again(app: &TestApp) -> String {
    app.register(&order("A-9")).await;
    app.submit("A-9", "ups", sample("ups.track").silent).await
}

/// A small certificate: a number that was just given.
async fn small(app: &TestApp) -> String {
    app.register(&order("A-1")).await;
    let shipment = app.submit("A-1", "ups", sample("ups.track").silent).await;
    certificate(app, &shipment, "").await
}

/// Every byte with one bit of it changed; of the signature and of the log's head every bit. A signature covers all of it:
/// what is tried is that no byte lies outside of what is signed or compared.
#[tokio::test]
async fn a_certificate_with_any_byte_changed_is_refused() {
    let app = TestApp::start().await;
    let document = small(&app).await;
    let key = keys(&app.anonymous()).await;
    assert!(checked(&document, &key).valid);
    let part = |name: &str| {
        let start = document.find(&format!("\"{name}\":\"")).unwrap();
        let value = start + name.len() + 4;
        start..value + document[value..].find('"').unwrap() + 1
    };
    let whole = [part("checkpoint"), part("signature")];
    let mut bytes = document.clone().into_bytes();
    for at in 0..bytes.len() {
        let bits = if whole.iter().any(|part| part.contains(&at)) { 0..8 } else { at % 8..at % 8 + 1 };
        for bit in bits {
            bytes[at] ^= 1 << bit;
            if let Ok(report) = check(&bytes, &key, registry(), Channels::built_in()) {
                assert!(!report.valid && !report.faults.is_empty(), "byte {at}, bit {bit}");
            }
            bytes[at] ^= 1 << bit;
        }
    }
}

#[tokio::test]
async fn what_was_changed_is_named() {
    let app = TestApp::start().await;
    let shipment = delivered(&app, "ups.track", "A-1").await;
    let document: Value = serde_json::from_str(&certificate(&app, &shipment, "").await).unwrap();
    let key = keys(&app.anonymous()).await;
    let last = document["certificate"]["observations"].as_array().unwrap().len() - 1;
    let status = format!("/certificate/observations/{last}/document/reading/status");
    let other = app.key(&app.keys.arbiter).get("/v1/log/checkpoint").await.ok()["checkpoint"].clone();
    for (pointer, value, part) in [
        ("/certificate/claim/document/order/ship_to/city", json!("Chicago"), "claim"),
        ("/certificate/claim/index", json!(1), "claim"),
        (&status, json!("lost"), "observation"),
        ("/certificate/verdict/document/verdict/verdict", json!("rejected"), "verdict"),
        ("/certificate/verdict/document/basis/seller_record", json!(null), "verdict"),
        ("/certificate/verdict/proof/0", json!("00".repeat(32)), "verdict"),
        ("/certificate/policy/id", json!("2026-10"), "policy"),
        ("/certificate/policy/sha256", json!("00".repeat(32)), "policy"),
        (
            "/certificate/checkpoint",
            json!(other.as_str().unwrap().replacen("local", "lokal", 1)),
            "checkpoint",
        ),
        ("/certificate/observations", json!([]), "whole"),
        ("/certificate/shipment", json!("shp_00000000000000000000000000000000"), "claim"),
        ("/certificate/issued_at", json!("2026-01-01T00:00:00Z"), "signature"),
    ] {
        let mut changed = document.clone();
        *changed.pointer_mut(pointer).unwrap() = value;
        let report = checked(&changed.to_string(), &key);
        assert!(!report.valid, "{pointer}");
        let faults = serde_json::to_value(&report.faults).unwrap();
        let parts: Vec<String> = faults.as_array().unwrap().iter().map(|f| f["part"].to_string()).collect();
        assert!(parts.iter().any(|found| found.contains(part)), "{pointer}: {faults}");
        assert!(parts.iter().any(|found| found.contains("signature")), "{pointer}: {faults}");
    }
}

#[tokio::test]
async fn another_keys_certificate_is_not_ours() {
    let (app, other) = (TestApp::start().await, TestApp::start().await);
    let document = small(&other).await;
    assert!(checked(&document, &[]).valid, "in itself it is sound");
    assert!(!checked(&document, &[]).key_trusted);
    let report = checked(&document, &keys(&app.anonymous()).await);
    assert!(!report.valid && !report.key_trusted);
    assert!(report.faults[0].what.contains("none of the given keys"), "{:?}", report.faults);
}

#[tokio::test]
async fn there_is_no_certificate_of_what_was_never_judged() {
    let app = TestApp::start().await;
    let arbiter = app.key(&app.keys.arbiter);
    for path in ["/v1/certificates/vrd_0", "/v1/certificates/vrd_00000000000000000000000000000000"] {
        arbiter.get(path).await.problem(404, "no_such_verdict");
    }
    arbiter.get("/v1/shipments/shp_0/certificate").await.problem(404, "no_such_shipment");
    app.key(&app.keys.seller).get("/v1/shipments/shp_0/certificate").await.problem(403, "forbidden");
}

#[tokio::test]
async fn the_page_and_the_pdf_say_the_same_and_the_pdf_holds_the_signed_document() {
    let app = TestApp::start().await;
    let shipment = delivered(&app, "ups.track", "A-1").await;
    let arbiter = app.key(&app.keys.arbiter);
    let page = arbiter.get(&format!("/certificate?shipment={shipment}")).await;
    assert_eq!((page.status, page.header("content-type")), (200, Some("text/html; charset=utf-8")));
    for words in [
        "Certificate: verified",
        "1ZWAYG8T0300002011",
        "Oakland",
        "It goes to the order",
        "physical",
        "Signed by",
    ] {
        assert!(page.text().contains(words), "{words}");
    }
    let withheld = arbiter.get(&format!("/certificate?shipment={shipment}&withhold=personal")).await.text();
    assert!(withheld.contains("withheld") && !withheld.contains("Oakland") && !withheld.contains("94607"));

    let file = arbiter.get(&format!("/certificate.pdf?shipment={shipment}")).await;
    assert_eq!((file.status, file.header("content-type")), (200, Some("application/pdf")));
    assert!(file.body.starts_with(b"%PDF-1."));
    let start = find(&file.body, b"{\"certificate\":").unwrap();
    let end = start + find(&file.body[start..], b"endstream").unwrap();
    let attached = String::from_utf8(file.body[start..end].to_vec()).unwrap();
    let report = checked(attached.trim_end(), &keys(&app.anonymous()).await);
    assert!(report.valid, "{:?}", report.faults);
    assert!(find(&file.body, b"(Certificate: verified)").is_some());

    for path in ["/certificate", "/certificate.pdf"] {
        let asked =
            async |key: &str, query: &str| app.key(key).get(&format!("{path}?shipment={query}")).await.status;
        assert_eq!(asked(&app.keys.seller, &shipment).await, 403);
        assert_eq!(asked(&app.keys.arbiter, "shp_0").await, 404);
        assert_eq!(asked(&app.keys.arbiter, &format!("{shipment}&withhold=x")).await, 400);
        assert_eq!(app.anonymous().get(&format!("{path}?shipment={shipment}")).await.status, 401);
    }
}

fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).position(|window| window == what)
}

/// A log of less than a tile.
struct Small(Vec<Hash>);

impl TileReader for Small {
    type Error = std::convert::Infallible;

    fn hashes(&self, name: TileName) -> Result<Vec<Hash>, Self::Error> {
        Ok(self.0[..usize::from(name.width)].to_vec())
    }
}

/// The same certificate as whoever holds the key could forge it: its documents hashed, logged and signed anew.
fn forged(certificate: &Value, signer: &Signer) -> String {
    let mut forged: Certificate = serde_json::from_value(certificate.clone()).unwrap();
    let mut all: Vec<_> = [&mut forged.claim].into_iter().chain(&mut forged.observations).collect();
    all.push(&mut forged.verdict);
    let mut leaves = Vec::new();
    for shown in &mut all {
        let seed = Seed::from_hex(shown.seed.as_ref().unwrap()).unwrap();
        let hash = seed.commit(&shown.document).unwrap();
        match &mut shown.entry {
            Leaf::Claim { document, .. }
            | Leaf::Observation { document, .. }
            | Leaf::Verdict { document, .. }
            | Leaf::Erasure { document, .. } => {
                *document = hash;
            }
        }
        leaves.push(Hash::leaf(&shown.entry.entry().unwrap()));
    }
    let size = leaves.len() as u64;
    let tiles = Small(leaves.clone());
    for (index, shown) in (0..).zip(all) {
        (shown.index, shown.proof) = (index, inclusion(&tiles, index, size).unwrap());
    }
    let root = waygate::domain::log::proof::root_of(leaves);
    forged.checkpoint = signer.sign(Checkpoint::new(&forged.log, size, root).text()).to_string();
    forged.key = signer.verifier().to_string();
    forged.sign(signer).unwrap()
}

#[tokio::test]
async fn a_verdict_that_does_not_follow_from_its_evidence_is_found_though_all_of_it_is_signed() {
    let app = TestApp::start().await;
    let shipment = delivered(&app, "ups.track", "A-1").await;
    let document: Value = serde_json::from_str(&certificate(&app, &shipment, "").await).unwrap();
    let honest = &document["certificate"];
    let signer = Signer::new(honest["log"].as_str().unwrap(), &[9; 32]).unwrap();
    let key = [signer.verifier().clone()];
    let report = checked(&forged(honest, &signer), &key);
    assert!(report.valid, "{:?}", report.faults);
    let last = honest["observations"].as_array().unwrap().len() - 1;
    let place = format!("/observations/{last}/document/reading/destination/country");
    for (pointer, value, at) in [
        ("/verdict/document/verdict/verdict", json!("rejected"), "/verdict"),
        ("/verdict/document/verdict/checks/3/reason", json!("because"), "/checks/3/reason"),
        ("/verdict/document/verdict/delivered_at", json!(null), "/delivered_at"),
        ("/claim/document/order/ship_to/country", json!("DE"), "/ask_seller"),
        (&place, json!("DE"), ""),
        ("/verdict/document/basis/now", json!("2026-03-02T09:00:00Z"), ""),
        ("/claim/document/claim/tracking_number", json!("1ZWAYG8T0300002020"), ""),
    ] {
        let mut changed = honest.clone();
        *changed.pointer_mut(pointer).unwrap() = value;
        let report = checked(&forged(&changed, &signer), &key);
        assert_eq!(replayed(&report), "differs", "{pointer}");
        assert!(!report.valid);
        let only: Vec<_> = report.faults.iter().map(|fault| fault.what.as_str()).collect();
        assert!(only.len() == 1 && only[0].contains(at), "{pointer}: {only:?}");
    }
    // A program with other facts about carriers came to another verdict: that is said, and no other fault is.
    let mut other = honest.clone();
    *other.pointer_mut("/verdict/document/basis/facts/carriers").unwrap() = json!("00".repeat(32));
    let report = checked(&forged(&other, &signer), &key);
    assert!(report.valid && replayed(&report) == "same", "{:?}", report.faults);
    *other.pointer_mut("/verdict/document/verdict/checks/3/reason").unwrap() = json!("because");
    let report = checked(&forged(&other, &signer), &key);
    assert_eq!((report.valid, replayed(&report)), (false, json!("other_facts")));
    assert!(
        report.faults.len() == 1 && report.faults[0].what.contains("other carrier facts"),
        "{:?}",
        report.faults
    );
    // Observations that were left out, and added ones.
    let mut fewer = honest.clone();
    fewer["observations"].as_array_mut().unwrap().pop();
    let report = checked(&forged(&fewer, &signer), &key);
    assert!(report.faults.iter().any(|fault| fault.what.contains("not those")), "{:?}", report.faults);
}
