//! `Idempotency-Key`: however often a request is sent, at once or after a restart, it is carried out once.

use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::support::{Answer, Client, TestApp, order};

const NUMBER: &str = "1ZWAYG8T0300002011";

fn replayed(answer: &Answer) -> bool {
    answer.header("idempotency-replayed") == Some("true")
}

async fn post(client: &Client, path: &str, body: &Value, key: &str) -> Answer {
    client.post_with(path, body, &[("idempotency-key", key)]).await
}

#[tokio::test]
async fn a_repeated_request_gets_the_first_answer_and_changes_nothing() {
    let app = TestApp::start().await;
    app.register(&order("A-0")).await;
    let requests = [
        ("/v1/orders", order("A-1")),
        ("/v1/orders/A-0/shipments", json!({"tracking_number": NUMBER})),
        ("/v1/orders/A-0/receipt", json!({})),
    ];
    for (path, body) in &requests {
        let first = post(&app.client, path, body, "k-1").await;
        if *path != "/v1/orders" {
            // A key belongs to one request, whatever its address.
            first.problem(422, "idempotency_key_reused");
        }
        let key = format!("key of {path}");
        let first = post(&app.client, path, body, &key).await;
        assert!(!replayed(&first) && first.status < 300, "{path}: {}", first.text());
        let events = app.client.get("/v1/events").await.ok()["data"].clone();
        let again = post(&app.client, path, body, &key).await;
        assert!(replayed(&again), "{path}");
        if *path != "/v1/orders" {
            assert_eq!((again.status, again.text()), (first.status, first.text()), "{path}");
        }
        assert_eq!(app.client.get("/v1/events").await.ok()["data"], events, "{path}");
    }
    // Another caller's key is another key.
    let seller = post(&app.key(&app.keys.seller), requests[1].0, &requests[1].1, "k-1").await;
    seller.problem(409, "number_already_given");
}

#[tokio::test]
async fn a_key_with_another_body_is_refused() {
    let app = TestApp::start().await;
    post(&app.client, "/v1/orders", &order("A-1"), "k").await.ok();
    post(&app.client, "/v1/orders", &order("A-2"), "k").await.problem(422, "idempotency_key_reused");
    assert_eq!(app.client.get("/v1/orders").await.ok()["data"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_request_that_failed_may_be_sent_again_with_its_key() {
    let app = TestApp::start().await;
    let body = json!({"tracking_number": NUMBER});
    post(&app.client, "/v1/orders/A-1/shipments", &body, "k").await.problem(404, "no_such_order");
    app.register(&order("A-1")).await;
    let answer = post(&app.client, "/v1/orders/A-1/shipments", &body, "k").await;
    assert_eq!((answer.status, replayed(&answer)), (201, false));
}

#[tokio::test]
async fn a_key_that_cannot_be_one_is_refused() {
    let app = TestApp::start().await;
    for key in ["", " ", &"k".repeat(256)] {
        post(&app.client, "/v1/orders", &order("A-1"), key).await.problem(400, "bad_idempotency_key");
    }
    let latin = app.client.post_with("/v1/orders", &order("A-1"), &[("idempotency-key", "é")]).await;
    latin.problem(400, "bad_idempotency_key");
    post(&app.client, "/v1/orders", &order("A-1"), &"k".repeat(255)).await.ok();
}

#[tokio::test]
async fn an_endpoint_is_made_once_and_its_secret_is_not_kept_with_the_answer() {
    let app = TestApp::start().await;
    let body = json!({"url": "http://127.0.0.1:9/"});
    let first = post(&app.client, "/v1/webhook_endpoints", &body, "k").await.ok();
    let again = post(&app.client, "/v1/webhook_endpoints", &body, "k").await;
    assert!(replayed(&again));
    assert_eq!(again.ok()["id"], first["id"]);
    assert_eq!(app.client.get("/v1/webhook_endpoints").await.ok()["data"].as_array().unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_at_once_with_one_key_have_one_effect_and_no_false_refusal() {
    let app = TestApp::start().await;
    let body = json!({"carrier": "ups", "tracking_number": NUMBER});
    let new = order("A-1");
    let answers = join_all((0..50).map(|_| post(&app.client, "/v1/orders", &new, "o"))).await;
    assert!(answers.iter().all(|a| a.status == 201 || a.status == 200 || a.status == 409), "{answers:#?}");
    for (path, body) in [("/v1/orders/A-1/shipments", body), ("/v1/orders/A-1/receipt", json!({}))] {
        let answers = join_all((0..50).map(|_| post(&app.client, path, &body, path))).await;
        let done: Vec<_> = answers.iter().filter(|a| a.status < 300).collect();
        let firsts = done.iter().filter(|a| !replayed(a)).count();
        assert_eq!(firsts, 1, "{path}: carried out {firsts} times");
        assert!(done.iter().all(|a| a.body == done[0].body), "{path}");
        for refused in answers.iter().filter(|a| a.status >= 300) {
            refused.problem(409, "idempotency_key_in_use");
        }
        // Whoever was told that the key is in use gets the answer by asking again.
        assert!(replayed(&post(&app.client, path, &body, path).await));
    }
    let events = app.client.get("/v1/events").await.ok();
    let kinds: Vec<_> =
        events["data"].as_array().unwrap().iter().map(|e| e["type"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["shipment.submitted", "order.protection_started", "order.completed"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_number_given_at_once_without_a_key_is_recorded_once() {
    let app = TestApp::start().await;
    app.register(&order("A-1")).await;
    let answers = join_all((0..20).map(|_| app.try_submit("A-1", "ups", NUMBER))).await;
    assert_eq!(answers.iter().filter(|a| a.status == 201).count(), 1);
    assert_eq!(app.client.get("/v1/orders/A-1/shipments").await.ok()["data"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_key_outlives_a_restart_and_so_does_everything_else() {
    let app = TestApp::start().await;
    app.register(&order("A-1")).await;
    let body = json!({"carrier": "ups", "tracking_number": NUMBER});
    let first = post(&app.client, "/v1/orders/A-1/shipments", &body, "k").await;
    let shipment = first.ok()["id"].as_str().unwrap().to_owned();
    app.advance_hours(24).await;
    let (shown, events) = (app.shipment(&shipment).await, app.client.get("/v1/events").await.body);
    let app = app.restart().await;
    let again = post(&app.client, "/v1/orders/A-1/shipments", &body, "k").await;
    assert!(replayed(&again));
    assert_eq!(again.body, first.body);
    assert_eq!(app.shipment(&shipment).await, shown);
    assert_eq!(app.client.get("/v1/events").await.body, events);
    app.advance_hours(72).await;
    assert_eq!(app.shipment(&shipment).await["tracking"]["status"], "delivered");
}
