//! The main job from end to end, as an order system and a seller live it: an order, a number, a verdict, webhooks, money.

use serde_json::json;

use crate::support::postgres::Database;
use crate::support::{SOURCES, Setup, TestApp, sample};

#[tokio::test]
async fn an_order_is_registered_shipped_verified_delivered_and_paid_and_every_step_is_told() {
    whole_story(TestApp::start().await).await;
}

#[tokio::test]
async fn the_same_story_is_told_from_a_database_that_replicas_share() {
    for profile in ["postgres", "cockroach"] {
        let database = Database::new().await;
        let setup = Setup::default()
            .variable("WAYGATE_STORE_PROFILE", profile)
            .variable("WAYGATE_STORE_URL", &database.address);
        whole_story(setup.start().await).await;
        assert_eq!(database.number("SELECT count(*) FROM orders").await, 1);
    }
}

async fn whole_story(app: TestApp) {
    let hooks = app.listen().await;
    let sample = sample("ups.track");
    let made = app.client.post("/v1/orders", &sample.order("A-1", "s-1")).await;
    assert_eq!(made.status, 201);
    assert_eq!(made.ok()["state"]["phase"], "awaiting_shipment");
    // The same order again is no mistake; another one under its id is.
    assert_eq!(app.client.post("/v1/orders", &sample.order("A-1", "s-1")).await.status, 200);
    app.client.post("/v1/orders", &sample.order("A-1", "s-2")).await.problem(409, "order_differs");

    let seller = app.key(&app.keys.seller);
    let typed = json!({"carrier": "ups", "tracking_number": " 1z wayg8t 03 0000 2011 "});
    let taken = seller.post("/v1/orders/A-1/shipments", &typed).await;
    assert_eq!(taken.status, 201);
    let taken = taken.ok();
    assert_eq!(taken["number"]["normalized"], sample.moving);
    assert_eq!(taken["number"]["valid"], true);
    let shipment = taken["id"].as_str().unwrap();
    assert_eq!(app.verdict(shipment).await, "pending");
    let again = seller.post("/v1/orders/A-1/shipments", &typed).await.problem(409, "number_already_given");
    assert_eq!(again["shipment"], shipment);

    app.advance_hours(24).await;
    let shown = seller.get(&format!("/v1/shipments/{shipment}")).await.ok();
    assert_eq!(shown["verdict"]["verdict"], "verified", "{shown:#}");
    assert_eq!(shown["tracking"]["outcome"], "found");
    let listed = seller.get("/v1/orders/A-1/shipments").await.ok();
    assert_eq!(listed["data"][0], shown);
    let verdicts = seller.get(&format!("/v1/shipments/{shipment}/verdicts")).await.ok();
    assert_eq!(verdicts["data"][0]["verdict"], "verified");
    assert_eq!(verdicts["data"].as_array().unwrap().last().unwrap()["verdict"], "pending");

    app.advance_hours(24 * 4).await;
    assert_eq!(app.client.get("/v1/orders/A-1").await.ok()["state"]["phase"], "awaiting_receipt");
    assert_eq!(app.client.post("/v1/orders/A-1/receipt", &json!({})).await.ok()["received"], true);
    app.client.post("/v1/orders/A-1/receipt", &json!({})).await.problem(409, "refused_by_rule");
    app.advance_hours(24 * 15).await;
    assert_eq!(app.client.get("/v1/orders/A-1").await.ok()["state"]["phase"], "released");

    let hooks = hooks.of("A-1");
    assert!(hooks.iter().all(|hook| hook.verified), "{hooks:#?}");
    let sequences: Vec<i64> = hooks.iter().map(|hook| hook.sequence).collect();
    assert_eq!(sequences, (1..=i64::try_from(hooks.len()).unwrap()).collect::<Vec<_>>());
    let kinds: Vec<&str> =
        hooks.iter().map(|hook| hook.kind.as_str()).filter(|k| *k != "tracking.updated").collect();
    assert_eq!(
        kinds,
        [
            "shipment.submitted",
            "order.protection_started",
            "shipment.verified",
            "delivery.verified",
            "order.completed",
            "order.funds_released",
        ]
    );
    // The list of events holds the same, for who missed a webhook.
    let events = app.client.get("/v1/events?limit=200").await.ok();
    let listed: Vec<_> =
        events["data"].as_array().unwrap().iter().map(|e| e["id"].as_str().unwrap()).collect();
    assert_eq!(listed, hooks.iter().map(|hook| hook.id.as_str()).collect::<Vec<_>>());
    for (event, hook) in events["data"].as_array().unwrap().iter().zip(&hooks) {
        assert_eq!(event["data"], hook.body["data"]);
    }
}

#[tokio::test]
async fn every_source_verifies_its_own_and_keeps_the_answers_bit_for_bit() {
    let app = TestApp::start().await;
    let arbiter = app.key(&app.keys.arbiter);
    let mut shipments = Vec::new();
    for source in SOURCES {
        let sample = sample(source);
        app.register(&sample.order(source, "s-1")).await;
        shipments.push((source, app.submit(source, sample.carrier, sample.moving).await));
    }
    app.advance_hours(24).await;
    for (source, shipment) in shipments {
        let shown = app.shipment(&shipment).await;
        assert_eq!(shown["verdict"]["verdict"], "verified", "{source}: {shown:#}");
        let seen = arbiter.get(&format!("/v1/shipments/{shipment}/observations")).await.ok();
        let newest = &seen["data"][0];
        assert_eq!((newest["source"].as_str(), newest["http_status"].as_u64()), (Some(source), Some(200)));
        let body = arbiter.get(&format!("/v1/observations/{}/body", newest["id"].as_str().unwrap())).await;
        assert_eq!(body.header("content-type"), Some("application/octet-stream"));
        assert_eq!(body.body.len() as u64, newest["body_bytes"].as_u64().unwrap());
        assert_eq!(waygate::secrets::sha256_hex(&body.body), newest["body_sha256"].as_str().unwrap());
    }
}

#[tokio::test]
async fn probes_metrics_carriers_and_endpoints_answer() {
    let app = TestApp::start().await;
    let anyone = app.anonymous();
    assert_eq!(anyone.get("/healthz").await.text(), "ok\n");
    let ready = anyone.get("/readyz").await.text();
    assert_eq!(ready, "ready\nevidence log: 0 entries wait to be sealed\n");
    app.register(&crate::support::order("A-waiting")).await;
    app.submit("A-waiting", "ups", sample("ups.track").silent).await;
    // The claim and the first verdict, which nobody has sealed yet.
    let ready = anyone.get("/readyz").await.text();
    assert_eq!(ready, "ready\nevidence log: 2 entries wait to be sealed\n");
    app.run_until_idle().await;
    let ready = anyone.get("/readyz").await.text();
    assert!(ready.contains(": 0 entries wait to be sealed, its head "), "{ready}");
    let metrics = anyone.get("/metrics").await.text();
    for source in SOURCES {
        assert!(metrics.contains(&format!("waygate_source_on{{source=\"{source}\"}} 1")), "{metrics}");
    }
    let carriers = app.client.get("/v1/carriers").await.ok();
    let ups = carriers["data"].as_array().unwrap().iter().find(|c| c["id"] == "ups").unwrap().clone();
    assert_eq!((&ups["recognized"], &ups["sources"][0]["state"]), (&json!(true), &json!("on")));

    let made = app.client.post("/v1/webhook_endpoints", &json!({"url": "http://127.0.0.1:9/"})).await.ok();
    assert!(made["secret"].as_str().unwrap().starts_with("whsec_"));
    let listed = app.client.get("/v1/webhook_endpoints").await.ok();
    assert_eq!(listed["data"][0], made);
    let id = made["id"].as_str().unwrap();
    for (action, state) in [("disable", "disabled"), ("enable", "enabled")] {
        let done = app.client.post(&format!("/v1/webhook_endpoints/{id}/{action}"), &json!({})).await;
        assert_eq!(done.status, 204);
        assert_eq!(app.client.get("/v1/webhook_endpoints").await.ok()["data"][0]["state"], state);
    }
    for url in ["ftp://127.0.0.1/", "http://10.0.0.1/", "https://user:word@shop.example/", "nonsense", ""] {
        let problem = app.client.post("/v1/webhook_endpoints", &json!({"url": url})).await;
        assert_eq!(problem.problem(422, "invalid_field")["errors"][0]["pointer"], "/url", "{url}");
    }
    for header in ["x-content-type-options", "content-security-policy", "referrer-policy"] {
        assert!(anyone.get("/v1/orders").await.header(header).is_some(), "{header}");
    }
}
