//! What is logged is proved at once, for ever, and to anybody.

use serde_json::json;
use waygate::domain::log::proof::root_of;
use waygate::domain::log::tiles::{decode_entries, decode_hashes};
use waygate::domain::log::{Hash, verify_consistency, verify_inclusion};

use super::{delivered, hashes, head};
use crate::support::{Setup, TestApp, order, sample};

#[tokio::test]
async fn a_claim_an_answer_and_a_verdict_have_their_receipts_as_soon_as_they_are_there() {
    let app = TestApp::start().await;
    let before = head(&app.anonymous()).await;
    assert_eq!((before.size, before.root), (0, Hash::of_nothing()));
    let sample = sample("ups.track");
    app.register(&sample.order("A-1", "s-1")).await;
    let shipment = app.submit("A-1", "ups", sample.moving).await;
    // No time passes on the clock.
    app.run_until_idle().await;
    let arbiter = app.key(&app.keys.arbiter);
    let path = format!("/v1/log/proof/inclusion?shipment={shipment}");
    let receipts = arbiter.get(&path).await.ok();
    let kinds: Vec<_> = receipts["entries"]
        .as_array()
        .unwrap()
        .iter()
        .map(|e| e["entry"]["kind"].as_str().unwrap())
        .collect();
    assert_eq!(kinds[..3], ["claim", "verdict", "observation"], "{receipts:#}");

    app.advance_hours(24 * 5).await;
    let receipts = arbiter.get(&path).await.ok();
    let observed = arbiter.get(&format!("/v1/shipments/{shipment}/observations")).await.ok();
    let judged = arbiter.get(&format!("/v1/shipments/{shipment}/verdicts")).await.ok();
    let entries = receipts["entries"].as_array().unwrap();
    let ids = |list: &serde_json::Value| -> Vec<String> {
        list["data"].as_array().unwrap().iter().map(|o| o["id"].as_str().unwrap().to_owned()).collect()
    };
    let mut expected = [ids(&observed), ids(&judged), vec![shipment]].concat();
    let mut logged: Vec<_> = entries.iter().map(|e| e["entry"]["id"].as_str().unwrap().to_owned()).collect();
    expected.sort();
    logged.sort();
    assert_eq!(logged, expected, "one entry for each thing");

    let now = head(&app.anonymous()).await;
    assert_eq!(receipts["head"]["size"], now.size);
    for entry in entries {
        // What serde prints has its keys in order and no spaces: the canonical text.
        let leaf = Hash::leaf(entry["entry"].to_string().as_bytes());
        let index = entry["index"].as_u64().unwrap();
        assert!(verify_inclusion(leaf, index, now.size, &hashes(&entry["proof"]), now.root), "{entry}");
        let id = entry["entry"]["id"].as_str().unwrap();
        for leaf in [id.to_owned(), index.to_string()] {
            let alone = app.anonymous().get(&format!("/v1/log/proof/inclusion?leaf={leaf}")).await.ok();
            assert_eq!(alone["entries"][0], *entry);
        }
    }
    let text = receipts.to_string();
    for secret in ["Oakland", "OAKLAND", "94607", sample.moving, "A-1", "b-1"] {
        assert!(!text.contains(secret), "the log tells {secret}");
    }
}

#[tokio::test]
async fn every_head_goes_on_where_the_one_before_ended() {
    let app = TestApp::start().await;
    let anyone = app.anonymous();
    let mut heads = vec![head(&anyone).await];
    for (source, order) in [("ups.track", "A-1"), ("dhl.unified", "A-2"), ("japan_post.page", "A-3")] {
        delivered(&app, source, order).await;
        heads.push(head(&anyone).await);
    }
    assert!(heads.windows(2).all(|pair| pair[0].size < pair[1].size));
    for (n, then) in heads.iter().enumerate() {
        for now in &heads[n..] {
            let path = format!("/v1/log/proof/consistency?from={}&to={}", then.size, now.size);
            let proof = hashes(&anyone.get(&path).await.ok()["proof"]);
            assert!(verify_consistency((then.size, then.root), (now.size, now.root), &proof));
        }
    }
    let size = heads.last().unwrap().size;
    for path in ["from=9&to=3".to_owned(), format!("from=1&to={}", size + 1), format!("from={}", size + 1)] {
        anyone.get(&format!("/v1/log/proof/consistency?{path}")).await.problem(404, "no_such_entry");
    }
    anyone.get(&format!("/v1/log/proof/inclusion?leaf={size}")).await.problem(404, "no_such_entry");
    anyone.get("/v1/log/proof/inclusion?leaf=obs_0").await.problem(404, "no_such_entry");
    for path in ["", "?leaf=0&shipment=x", "?more=1"] {
        anyone.get(&format!("/v1/log/proof/inclusion{path}")).await.problem(400, "bad_query");
    }
    anyone.get("/v1/log/proof/inclusion?shipment=shp_0").await.problem(401, "unauthorized");
}

#[tokio::test]
async fn the_tiles_hold_all_that_the_head_signs_and_may_be_kept_for_ever() {
    let app = TestApp::start().await;
    delivered(&app, "ups.track", "A-1").await;
    let anyone = app.anonymous();
    let size = head(&anyone).await.size;
    for width in 1..=size {
        let tile = anyone.get(&format!("/log/tile/0/000.p/{width}")).await;
        assert_eq!((tile.status, tile.header("content-type")), (200, Some("application/octet-stream")));
        let bundle = anyone.get(&format!("/log/tile/entries/000.p/{width}")).await;
        let width = u16::try_from(width).unwrap();
        let entries = decode_entries(&bundle.body, width).unwrap();
        let leaves: Vec<Hash> = entries.iter().map(|entry| Hash::leaf(entry)).collect();
        assert_eq!(decode_hashes(&tile.body, width).unwrap(), leaves);
        if u64::from(width) == size {
            assert_eq!(root_of(leaves), head(&anyone).await.root);
        }
        let tag = tile.header("etag").unwrap();
        let path = format!("/log/tile/0/000.p/{width}");
        let again = anyone.send(http::Method::GET, &path, &[("if-none-match", tag)], None).await;
        assert_eq!((again.status, again.body.len()), (304, 0));
        assert!(tile.header("cache-control").unwrap().starts_with("public, max-age="));
    }
    for path in ["0/000", "0/001.p/1", "1/000.p/1", "entries/000", "x/000", "0/0", "0/000.p/0", "000"] {
        anyone.get(&format!("/log/tile/{path}")).await.problem(404, "no_such_tile");
    }
    anyone.get(&format!("/log/tile/0/000.p/{}", size + 1)).await.problem(404, "no_such_tile");
    let signed = anyone.get("/log/checkpoint").await;
    assert_eq!(signed.header("content-type"), Some("text/plain; charset=utf-8"));
    assert_eq!(signed.header("cache-control"), Some("public, max-age=1"));
    assert_eq!(anyone.get("/v1/log/checkpoint").await.ok()["checkpoint"], signed.text());
}

#[tokio::test]
async fn a_full_tile_is_immutable_and_its_beginnings_stay() {
    let app = TestApp::start().await;
    for n in 0..140 {
        app.register(&order(&format!("A-{n}"))).await;
        app.client
            .post(
                &format!("/v1/orders/A-{n}/shipments"),
                &json!({"carrier": "ups", "tracking_number": "1ZWAYG8T0300002020"}),
            )
            .await
            .ok();
    }
    app.run_until_idle().await;
    let anyone = app.anonymous();
    let now = head(&anyone).await;
    assert!(now.size > 256, "{}", now.size);
    for path in ["/log/tile/0/000", "/log/tile/entries/000"] {
        let full = anyone.get(path).await;
        assert_eq!(full.header("cache-control"), Some("public, max-age=31536000, immutable"));
        let beginning = anyone.get(&format!("{path}.p/7")).await;
        assert!(full.body.starts_with(&beginning.body) && !beginning.body.is_empty());
    }
    let level = anyone.get("/log/tile/1/000.p/1").await;
    let leaves = decode_hashes(&anyone.get("/log/tile/0/000").await.body, 256).unwrap();
    assert_eq!(level.body, root_of(leaves).0);
}

#[tokio::test]
async fn a_log_that_is_not_public_asks_for_a_key() {
    let app =
        Setup::default().edit("[webhooks]\n", "[evidence_log]\npublic = false\n[webhooks]\n").start().await;
    app.register(&order("A-1")).await;
    app.submit("A-1", "ups", sample("ups.track").moving).await;
    app.run_until_idle().await;
    for path in [
        "/v1/log/checkpoint",
        "/v1/log/keys",
        "/v1/log/proof/inclusion?leaf=0",
        "/v1/log/proof/consistency?from=0",
        "/log/checkpoint",
        "/log/tile/0/000.p/1",
    ] {
        app.anonymous().get(path).await.problem(401, "unauthorized");
        let let_in = app.key(&app.keys.seller).get(path).await;
        assert_eq!(let_in.status, 200, "{path}");
        assert!(let_in.header("cache-control").is_none_or(|control| !control.contains("public")));
    }
}

#[tokio::test]
async fn a_sellers_key_gets_no_receipts_of_anothers_shipment() {
    let app = TestApp::start().await;
    let shipment = delivered(&app, "ups.track", "A-1").await;
    let path = format!("/v1/log/proof/inclusion?shipment={shipment}");
    app.key(&app.keys.seller).get(&path).await.ok();
    app.key(&app.keys.other_seller).get(&path).await.problem(404, "no_such_shipment");
    app.key(&app.keys.revoked).get(&path).await.problem(401, "unauthorized");
}
