//! A seller gives another number in place of one: what follows for the old one, the new one, the order's clocks, and what
//! the seller is told.

use serde_json::{Value, json};

use super::privacy::DELIVERED_EARLY;
use crate::support::{Answer, Setup, TestApp, order, sample};

const SILENT: &str = "1ZWAYG8T0300002020";
const MOVING: &str = "1ZWAYG8T0300002011";
/// Of a shape that is right, and known to no source.
const UNKNOWN: [&str; 4] =
    ["1ZWAYG8T0300002057", "1ZWAYG8T0300002066", "1ZWAYG8T0300002075", "1ZWAYG8T0300002084"];

/// One more parcel that arrives: after the others, so that it was not delivered before it is given.
const LATER: &str = "1ZWAYG8T0300002048";
const SIBLING: &str = r#"
[[parcel]]
tracking_number = "1ZWAYG8T0300002048"
service = "UPS Worldwide Expedited"
weight_grams = 900
signed_by = "DOE"
from = "shenzhen"
to = "oakland"
journey = [
  ["+8d", "picked_up", "shenzhen"],
  ["+9d", "arrived", "oakland"],
  ["+10d", "delivered", "oakland"],
]
"#;

async fn correct(app: &TestApp, shipment: &str, number: &str) -> Answer {
    let body = json!({"carrier": "ups", "tracking_number": number});
    app.key(&app.keys.seller).post(&format!("/v1/shipments/{shipment}/correction"), &body).await
}

async fn corrected(app: &TestApp, shipment: &str, number: &str) -> String {
    let answer = correct(app, shipment, number).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    let taken: Value = serde_json::from_str(&answer.text()).unwrap();
    assert_eq!(taken["corrects"], shipment);
    taken["id"].as_str().unwrap().to_owned()
}

fn refused_by(answer: &Answer, rule: &str) {
    assert_eq!(answer.problem(409, "refused_by_rule")["rule"], rule);
}

#[tokio::test]
async fn a_corrected_number_starts_a_new_history_and_the_old_one_stays_on_record() {
    let app = Setup::default().parcel(SIBLING).start().await;
    app.register(&order("A-1")).await;
    let old = app.submit("A-1", "ups", SILENT).await;
    let protection = app.client.get("/v1/orders/A-1").await.ok()["state"].clone();
    app.advance_hours(24 * 2).await;
    let asked = app.asked(SILENT);
    assert!(asked > 0);
    let seen = app.shipment(&old).await;
    let new = corrected(&app, &old, MOVING).await;
    app.advance_hours(24 * 5).await;

    let (was, is) = (app.shipment(&old).await, app.shipment(&new).await);
    assert_eq!((&was["corrected_by"], &is["corrects"]), (&json!(new), &json!(old)));
    assert_eq!((&was["corrects"], &is["corrected_by"]), (&Value::Null, &Value::Null));
    for kept in ["tracking_number", "verdict", "verdict_at", "tracking", "submitted_at", "looks"] {
        assert_eq!(was[kept], seen[kept], "{kept} of the old one");
    }
    assert_eq!((&was["next_look_at"], &was["for_seller"]), (&Value::Null, &Value::Null));
    assert_eq!(app.asked(SILENT), asked, "the old number is asked for no more");
    assert_eq!(is["verdict"]["verdict"], "verified", "{is:#}");
    // Protection began with the confirmation; the old number's silence stands in nobody's way.
    let state = app.client.get("/v1/orders/A-1").await.ok()["state"].clone();
    assert_eq!(state["confirmed_at"], protection["confirmed_at"]);
    assert_eq!(state["protection_ends_at"], protection["protection_ends_at"]);
    assert_eq!(state["phase"], "awaiting_receipt", "delivered under the number that counts");
    let events = app.client.get("/v1/events?limit=200").await.ok();
    let told = events["data"].as_array().unwrap().iter().find(|e| e["data"]["corrects"] == json!(old));
    assert_eq!(told.unwrap()["type"], "shipment.submitted");
    // A number that was corrected twice: neither of the two that were wrong counts.
    app.register(&order("A-2")).await;
    let mut latest = app.submit("A-2", "ups", UNKNOWN[0]).await;
    for number in [UNKNOWN[1], LATER] {
        latest = corrected(&app, &latest, number).await;
    }
    app.advance_hours(24 * 6).await;
    let state = app.client.get("/v1/orders/A-2").await.ok()["state"].clone();
    assert_eq!(
        (app.verdict(&latest).await.as_str(), &state["phase"]),
        ("verified", &json!("awaiting_receipt"))
    );
    // What it corrects stands in the certificate's claim.
    let path = format!("/v1/shipments/{new}/certificate");
    let document = app.key(&app.keys.arbiter).get(&path).await.ok();
    assert_eq!(document["certificate"]["claim"]["document"]["claim"]["corrects"], json!(old));
}

#[tokio::test]
async fn corrections_are_refused_where_they_cannot_be_and_after_so_many() {
    let app = TestApp::start().await;
    app.register(&order("A-1")).await;
    let first = app.submit("A-1", "ups", SILENT).await;
    correct(&app, &first, SILENT).await.problem(409, "number_already_given");
    correct(&app, &first, "").await.problem(422, "empty");
    let stranger = app.key(&app.keys.other_seller);
    let body = json!({"tracking_number": MOVING});
    let address = format!("/v1/shipments/{first}/correction");
    stranger.post(&address, &body).await.problem(404, "no_such_shipment");
    app.key(&app.keys.arbiter).post(&address, &body).await.problem(403, "forbidden");

    let mut latest = first.clone();
    for number in &UNKNOWN[..3] {
        let next = corrected(&app, &latest, number).await;
        refused_by(&correct(&app, &latest, UNKNOWN[3]).await, "correction.once");
        latest = next;
    }
    refused_by(&correct(&app, &latest, UNKNOWN[3]).await, "correction.most");
    assert_eq!(app.shipment(&latest).await["verdict"]["verdict"], "pending");

    app.register(&order("A-2")).await;
    let good = app.submit("A-2", "ups", MOVING).await;
    app.advance_hours(24 * 2).await;
    assert_eq!(app.verdict(&good).await, "verified");
    refused_by(&correct(&app, &good, UNKNOWN[3]).await, "correction.verified");

    app.register(&sample("dhl.unified").order("A-3", "s-1")).await;
    let over = app.submit("A-3", "dhl", sample("dhl.unified").silent).await;
    app.client.post("/v1/orders/A-3/receipt", &json!({})).await.ok();
    refused_by(&correct(&app, &over, UNKNOWN[3]).await, "correction.order-over");
}

#[tokio::test]
async fn a_repeated_request_corrects_once() {
    let app = TestApp::start().await;
    app.register(&order("A-1")).await;
    let old = app.submit("A-1", "ups", SILENT).await;
    let seller = app.key(&app.keys.seller);
    let body = json!({"carrier": "ups", "tracking_number": MOVING});
    let path = format!("/v1/shipments/{old}/correction");
    let one = seller.post_with(&path, &body, &[("idempotency-key", "k")]).await;
    let two = seller.post_with(&path, &body, &[("idempotency-key", "k")]).await;
    assert_eq!((one.status, one.text()), (201, two.text()));
    assert_eq!(two.headers["idempotency-replayed"], "true");
    assert_eq!(app.client.get("/v1/orders/A-1/shipments").await.ok()["data"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn a_late_number_says_after_what_it_came() {
    let app = TestApp::start().await;
    app.register(&order("A-1")).await;
    app.register(&order("A-2")).await;
    let in_time = app.submit("A-1", "ups", MOVING).await;
    assert_eq!(app.shipment(&in_time).await["late"], json!([]));
    // Seven days were promised.
    app.advance_hours(24 * 8).await;
    let late = app.submit("A-2", "ups", SILENT).await;
    assert_eq!(app.shipment(&late).await["late"], json!(["after_handling_time"]));
    let path = format!("/v1/shipments/{late}/certificate");
    let document = app.key(&app.keys.arbiter).get(&path).await.ok();
    let claim = &document["certificate"]["claim"]["document"]["claim"];
    assert_eq!(claim["late"], json!(["after_handling_time"]));
    assert!(claim["submitted_at"].is_string() && claim["confirmed_at"].is_string());
    let page = app.key(&app.keys.arbiter).get("/?order=A-2").await.text();
    assert!(page.contains("after the handling time"), "the page does not say so");
}

/// Numbers of parcels that are delivered already, to somebody near, are for sale.
#[tokio::test]
async fn a_number_that_was_delivered_before_it_was_given_in_place_of_another_is_not_verified() {
    let app = Setup::default().parcel(DELIVERED_EARLY).start().await;
    // Delivered to this town, after the payment, before the correction: a person looks.
    app.register(&order("A-1")).await;
    let old = app.submit("A-1", "ups", SILENT).await;
    app.advance_hours(24 * 4).await;
    let new = corrected(&app, &old, MOVING).await;
    app.advance_hours(1).await;
    let seen = app.shipment(&new).await;
    assert_eq!(seen["verdict"]["verdict"], "suspicious", "{seen:#}");
    assert_eq!(seen["late"], json!(["after_delivery"]));
    let failed: Vec<_> = checks(&seen, "fail");
    assert_eq!(failed, ["late-claim"]);
    // Delivered before the order was paid for: the number is an old one.
    app.register(&order("A-2")).await;
    let old = app.submit("A-2", "ups", UNKNOWN[0]).await;
    let new = corrected(&app, &old, "1ZWAYG8T0300002093").await;
    app.advance_hours(1).await;
    let seen = app.shipment(&new).await;
    assert_eq!(seen["verdict"]["verdict"], "rejected", "{seen:#}");
    assert!(checks(&seen, "fail").contains(&"scan-after-payment".to_owned()));
}

fn checks(shipment: &Value, outcome: &str) -> Vec<String> {
    let all = shipment["verdict"]["checks"].as_array().unwrap().iter();
    all.filter(|c| c["outcome"] == outcome).map(|c| c["id"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_seller_is_told_what_is_wrong_what_would_mend_it_and_until_when() {
    let app = TestApp::start().await;
    app.register(&order("A-1")).await;
    let shipment = app.submit("A-1", "ups", UNKNOWN[0]).await;
    app.advance_hours(30).await;
    let seller = app.key(&app.keys.seller);
    let seen = seller.get(&format!("/v1/shipments/{shipment}")).await.ok();
    assert_eq!(seen["verdict"]["verdict"], "pending");
    let told = &seen["for_seller"];
    assert!(
        told["wrong"].as_array().unwrap().contains(&json!("The carrier does not know the number yet.")),
        "{told}"
    );
    assert_eq!(told["mend"][0]["category"], "check-and-hand-over");
    assert_eq!(told["mend"][0]["by"], "hand_over");
    assert_eq!(told["until"], seen["verdict"]["turns_at"]);
    assert!(told["until"].is_string());
    // Exact reasons are not for it; arbiters read them.
    let exact = app.key(&app.keys.arbiter).get(&format!("/v1/shipments/{shipment}")).await.ok();
    for (shown, whole) in seen["verdict"]["checks"]
        .as_array()
        .unwrap()
        .iter()
        .zip(exact["verdict"]["checks"].as_array().unwrap())
    {
        assert_eq!((&shown["id"], &shown["outcome"]), (&whole["id"], &whole["outcome"]));
        assert_eq!(shown["reason"], shown["for_seller"]);
        assert!(!shown["reason"].as_str().unwrap().contains(char::is_numeric), "{shown}");
    }
    app.advance_hours(24 * 10).await;
    let seen = seller.get(&format!("/v1/shipments/{shipment}")).await.ok();
    assert_eq!(seen["verdict"]["verdict"], "rejected");
    assert_eq!(seen["for_seller"]["mend"][0]["by"], "correct");
    assert_eq!(seen["for_seller"]["wrong"], json!(["The carrier does not know this number."]));
    assert_eq!(seen["for_seller"]["until"], Value::Null);
}
