//! What carriers tell by themselves: believed only where they prove it, then judged like an answer of their source.

use serde_json::{Value, json};

use crate::support::{Answer, START, TestApp, sample};

const PATH: &str = "/v1/carriers/ups/push";
const PROOF: (&str, &str) = ("x-api-key", "sandbox-push_secret");

/// A message of UPS Track Alert, as the wire has it.
fn alert(number: &str, (date, time): (&str, &str), status: (&str, &str), place: (&str, &str, &str)) -> Value {
    json!({
        "trackingNumber": number, "localActivityDate": date, "localActivityTime": time,
        "activityLocation": {"city": place.0, "stateProvince": place.1, "postalCode": "", "country": place.2},
        "activityStatus": {"type": status.0, "code": "", "description": "Told", "descriptionCode": status.1},
        "gmtActivityDate": date, "gmtActivityTime": time, "gmtOffset": "+00.00",
        "scheduledDeliveryDate": "", "actualDeliveryDate": "", "actualDeliveryTime": "", "receivedBy": "",
    })
}

async fn push(app: &TestApp, message: &Value) -> Answer {
    app.anonymous().post_with(PATH, message, &[PROOF]).await
}

#[tokio::test]
async fn what_a_carrier_tells_is_joined_with_what_is_known_and_judged_at_once() {
    let app = TestApp::start().await;
    let ups = sample("ups.track");
    app.register(&ups.order("A-1", "s-1")).await;
    let shipment = app.submit("A-1", "ups", ups.silent).await;
    app.advance_hours(7).await; // the source knows a label
    assert_eq!(app.shipment(&shipment).await["tracking"]["status"], "label_created");
    let before = app.asked(ups.silent);

    let scan = alert(ups.silent, ("20260302", "110000"), ("I", "005"), ("SHENZHEN", "", "CN"));
    assert_eq!(push(&app, &scan).await.ok(), json!({}));
    let shown = app.shipment(&shipment).await;
    assert_eq!(shown["tracking"]["status"], "in_transit", "{shown:#}");
    let checkpoints = shown["tracking"]["checkpoints"].as_array().unwrap();
    let statuses: Vec<_> = checkpoints.iter().map(|c| c["status"].as_str().unwrap()).collect();
    assert_eq!(statuses, ["in_transit", "label_created"]);
    assert_eq!(app.asked(ups.silent), before, "nobody was asked for it");

    // It is on record as it came.
    let arbiter = app.key(&app.keys.arbiter);
    let observations = arbiter.get(&format!("/v1/shipments/{shipment}/observations")).await.ok();
    let newest = &observations["data"][0];
    assert_eq!((newest["source"].as_str(), newest["url"].as_str()), (Some("ups.track"), Some(PATH)));
    let id = newest["id"].as_str().unwrap();
    let body = arbiter.get(&format!("/v1/observations/{id}/body")).await;
    assert_eq!(serde_json::from_slice::<Value>(&body.body).unwrap(), scan);
    let events = app.client.get("/v1/events?limit=100").await.ok();
    let updates = events["data"].as_array().unwrap().iter().filter(|e| e["type"] == "tracking.updated");
    assert_eq!(updates.count(), 2);
}

#[tokio::test]
async fn the_same_told_again_changes_nothing() {
    let app = TestApp::start().await;
    let ups = sample("ups.track");
    app.register(&ups.order("A-1", "s-1")).await;
    let shipment = app.submit("A-1", "ups", ups.silent).await;
    app.advance_hours(3).await;
    let scan = alert(ups.silent, ("20260302", "103000"), ("I", "005"), ("SHENZHEN", "", "CN"));
    let earlier = alert(ups.silent, ("20260302", "100500"), ("I", "005"), ("SHENZHEN", "", "CN"));
    push(&app, &scan).await.ok();
    push(&app, &earlier).await.ok(); // carriers push in any order
    let shown = app.shipment(&shipment).await;
    for message in [&scan, &earlier, &scan] {
        push(&app, message).await.ok();
    }
    assert_eq!(app.shipment(&shipment).await, shown);
    let times: Vec<_> =
        shown["tracking"]["checkpoints"].as_array().unwrap().iter().map(|c| &c["time"]).collect();
    assert_eq!(times[..2], ["2026-03-02T10:30:00Z", "2026-03-02T10:05:00Z"]);
    let arbiter = app.key(&app.keys.arbiter);
    let observations = arbiter.get(&format!("/v1/shipments/{shipment}/observations")).await.ok();
    let pushed = observations["data"].as_array().unwrap().iter().filter(|o| o["url"] == PATH);
    assert_eq!(pushed.count(), 2);
}

#[tokio::test]
async fn who_does_not_prove_it_is_not_believed() {
    let app = TestApp::start().await;
    let ups = sample("ups.track");
    app.register(&ups.order("A-1", "s-1")).await;
    let shipment = app.submit("A-1", "ups", ups.silent).await;
    app.advance_hours(3).await;
    let shown = app.shipment(&shipment).await;
    let scan = alert(ups.silent, ("20260302", "103000"), ("D", "011"), ("OAKLAND", "CA", "US"));
    for headers in [vec![], vec![("x-api-key", "guess")], vec![("x-api-key", "")]] {
        app.anonymous().post_with(PATH, &scan, &headers).await.problem(401, "unauthorized");
    }
    app.key(&app.keys.operator).post(PATH, &scan).await.problem(401, "unauthorized");
    assert_eq!(app.shipment(&shipment).await, shown);
}

#[tokio::test]
async fn rubbish_is_told_from_messages_and_unknown_numbers_are_taken_in() {
    let app = TestApp::start().await;
    for message in [json!({}), json!([1]), json!({"trackingNumber": "1Z999AA10123456784"}), json!("x")] {
        push(&app, &message).await.problem(422, "unreadable_push");
    }
    let scan = alert("1Z999AA10123456784", ("20260302", "103000"), ("I", "005"), ("SHENZHEN", "", "CN"));
    push(&app, &scan).await.ok(); // nobody claims it: nothing to do
    for carrier in ["japan_post", "nobody", "UPS"] {
        let path = format!("/v1/carriers/{carrier}/push");
        app.anonymous().post(&path, &scan).await.problem(404, "no_push");
    }
    assert_eq!(app.now().to_string(), START);
}
