//! What the official sources show, and what it does to protection and disputes.

use serde_json::json;

use super::bench::{Bench, NUMBERS, SILENT, on_day};
use crate::support::Setup;

fn parcel(number: &str, journey: &str) -> String {
    format!(
        "[[parcel]]\ntracking_number = \"{number}\"\nservice = \"UPS Ground\"\nweight_grams = 900\nsigned_by = \"DOE\"\n\
         from = \"shenzhen\"\nto = \"oakland\"\njourney = [{journey}]\n"
    )
}

#[tokio::test]
async fn protection_is_extended_by_itself_while_the_source_shows_the_parcel_moving() {
    let moving = parcel(
        NUMBERS[0],
        "[\"+6h\", \"picked_up\", \"shenzhen\"], [\"+10h\", \"departed\", \"shenzhen\"], [\"+25d\", \"arrived\", \"oakland\"]",
    );
    let bench = Bench::with(Setup::default().parcel(&moving)).await;
    bench.shipped("A-1", NUMBERS[0]).await;
    bench.shipped("A-2", SILENT).await;
    bench.wait(30, 0).await;
    let told = bench.told_once("A-1", "order.protection_extended").await;
    assert_eq!((&told["at"], &told["rule"]), (&json!(on_day(30)), &json!("protection.auto-extension")));
    assert_eq!(bench.order_state("A-1").await["protection_ends_at"], on_day(40));
    // The one that was never scanned is not extended.
    assert_eq!(bench.order_state("A-2").await["phase"], "completed");
    // No scan since: it is not extended again.
    bench.wait(10, 0).await;
    assert_eq!(bench.order_state("A-1").await["phase"], "completed");
    bench.close().await;
}

#[tokio::test]
async fn a_delivery_is_withdrawn_when_its_parcel_goes_back() {
    let back = parcel(
        NUMBERS[0],
        "[\"+6h\", \"picked_up\", \"shenzhen\"], [\"+18h\", \"arrived\", \"oakland\"], [\"+76h\", \"delivered\", \"oakland\"], \
         [\"+100h\", \"returning\", \"oakland\"]",
    );
    let bench = Bench::with(Setup::default().parcel(&back)).await;
    bench.shipped("A-1", NUMBERS[0]).await;
    bench.wait(4, 0).await;
    assert_eq!(bench.order_state("A-1").await["phase"], "awaiting_receipt");
    bench.wait(12, 0).await;
    let state = bench.order_state("A-1").await;
    assert_eq!((&state["phase"], &state["delivered_at"]), (&json!("protected"), &json!(null)), "{state:#}");
    assert_eq!(bench.told("A-1", "order.protection_extended").await[0]["rule"], "delivery.withdrawn");
    bench.close().await;
}

#[tokio::test]
async fn a_dispute_has_the_source_asked_at_once_also_about_what_was_delivered() {
    let there = parcel(
        NUMBERS[0],
        "[\"+6h\", \"picked_up\", \"shenzhen\"], [\"+18h\", \"arrived\", \"oakland\"], [\"+76h\", \"delivered\", \"oakland\"]",
    );
    let bench = Bench::with(Setup::default().parcel(&there)).await;
    bench.shipped("A-1", NUMBERS[0]).await;
    bench.wait(8, 0).await;
    let asked = || bench.app.asked(NUMBERS[0]);
    let before = asked();
    bench.app.run_until_idle().await;
    assert_eq!(asked(), before, "nothing is due");
    bench.file("A-1", &json!({"reason": "not_as_described", "remedy": "refund"})).await;
    bench.app.run_until_idle().await;
    assert_eq!(asked(), before + 1);
    bench.close().await;
}

#[tokio::test]
async fn a_suspicious_or_rejected_number_moves_no_money_by_itself() {
    let bench = Bench::start().await;
    bench.shipped("A-1", SILENT).await;
    bench.wait(10, 0).await;
    bench.told_once("A-1", "shipment.suspicious").await;
    let state = bench.order_state("A-1").await;
    assert_eq!(
        (&state["phase"], &state["refunded"], &state["released"]),
        (&json!("protected"), &json!(null), &json!(null))
    );
    let shipments = bench.system.get("/v1/orders/A-1/shipments").await.ok();
    assert_eq!(shipments["data"][0]["verdict"]["verdict"], "suspicious");
    // The arbiter is told so, and nothing is decided by it.
    let dispute = bench.submitted_again("A-1").await;
    let case = bench.case(&dispute).await;
    assert_eq!(case["recommendation"]["rule"], "recommend.suspicious");
    assert_eq!(case["recommendation"]["for"], json!(null));
    bench.close().await;
}

#[tokio::test]
async fn a_delivery_during_a_dispute_is_shown_and_speaks_for_the_seller() {
    let bench = Bench::start().await;
    bench.shipped("A-1", "1ZWAYG8T0300002011").await;
    let dispute = bench.file("A-1", &json!({"reason": "goods_in_transit", "remedy": "refund"})).await;
    bench.act(&bench.seller, &dispute, "reject", &json!({})).await.ok();
    bench.wait(5, 0).await;
    let case = bench.case(&dispute).await;
    assert_eq!(case["recommendation"]["rule"], "recommend.delivered", "{case:#}");
    assert_eq!(case["recommendation"]["for"], "seller");
    assert!(case["recommendation"]["for_seller"].as_array().unwrap().len() >= 2);
    let shipment = &case["case"]["shipments"][0];
    assert_eq!(shipment["tracking"]["status"], "delivered");
    assert!(shipment["tracking"]["checkpoints"].as_array().unwrap().len() >= 5);
    assert!(!case["verdicts"][0]["verdicts"].as_array().unwrap().is_empty());
    let shown = case["thread"].as_array().unwrap().iter().filter(|a| a["action"] == "shown").count();
    assert!(shown >= 1, "what the sources showed meanwhile stands in the thread");
    bench.close().await;
}

#[tokio::test]
async fn a_number_that_is_given_after_a_dispute_was_opened_is_marked_so() {
    let bench = Bench::start().await;
    bench.shipped("A-1", SILENT).await;
    bench.file("A-1", &json!({"reason": "not_received", "remedy": "refund"})).await;
    bench.wait(1, 0).await;
    let body = json!({"carrier": "ups", "tracking_number": "1ZWAYG8T0300002011", "all_goods": false});
    let taken = bench.system.post("/v1/orders/A-1/shipments", &body).await.ok();
    let check = async |id: &str| {
        let shipment = bench.app.shipment(id).await;
        let checks = shipment["verdict"]["checks"].as_array().unwrap().clone();
        checks.into_iter().find(|c| c["id"] == "late-claim").unwrap()
    };
    let late = check(taken["id"].as_str().unwrap()).await;
    assert!(late["reason"].as_str().unwrap().contains("after a dispute was opened"), "{late}");
    bench.close().await;
}

#[tokio::test]
async fn what_the_sources_show_after_a_ruling_is_shown_beside_it_and_moves_nothing() {
    let bench = Bench::start().await;
    bench.shipped("A-1", "1ZWAYG8T0300002011").await;
    let dispute = bench.submitted_again("A-1").await;
    let before = bench.case(&dispute).await;
    assert_eq!((&before["hindsight"], &before["recommendation"]["for"]), (&json!(null), &json!(null)));
    bench.act(&bench.arbiter, &dispute, "ruling", &json!({"outcome": "buyer"})).await.ok();
    assert_eq!(bench.case(&dispute).await["hindsight"], json!(null), "nothing differs yet");
    // Delivered on the fourth day, under a verified number.
    bench.wait(6, 0).await;
    let case = bench.case(&dispute).await;
    let hindsight = &case["hindsight"];
    assert_eq!(hindsight["recommended_then"]["rule"], "recommend.not-arrived", "{hindsight:#}");
    assert_eq!(hindsight["recommended_then"]["for"], json!(null));
    assert_eq!(hindsight["recommended_now"]["rule"], "recommend.delivered");
    assert_eq!(hindsight["recommended_now"]["for"], "seller");
    assert_eq!(
        (&hindsight["shown_then"]["stand"], &hindsight["shown_now"]["stand"]),
        (&json!("unseen"), &json!("arrived"))
    );
    assert_eq!((&case["state"], &case["end"]["refund"]["amount"]), (&json!("ruled"), &json!("40.00")));
    let page = bench.arbiter.get("/?order=A-1").await.text();
    assert!(page.contains("With what is known now") && page.contains("recommend.delivered"));
    bench.close().await;
}

#[tokio::test]
async fn a_delivery_is_withdrawn_when_its_number_is_rejected() {
    let elsewhere = parcel(
        NUMBERS[0],
        "[\"+6h\", \"picked_up\", \"shenzhen\"], [\"+18h\", \"arrived\", \"oakland\"], [\"+76h\", \"delivered\", \"oakland\"], \
         [\"+100h\", \"delivered\", \"shenzhen\"]",
    );
    let bench = Bench::with(Setup::default().parcel(&elsewhere)).await;
    bench.shipped("A-1", NUMBERS[0]).await;
    bench.wait(4, 0).await;
    assert_eq!(bench.order_state("A-1").await["phase"], "awaiting_receipt");
    bench.wait(12, 0).await;
    bench.told_once("A-1", "shipment.rejected").await;
    let state = bench.order_state("A-1").await;
    assert_eq!((&state["phase"], &state["delivered_at"]), (&json!("protected"), &json!(null)), "{state:#}");
    let told = bench.told("A-1", "order.protection_extended").await;
    assert_eq!((told.len(), &told[0]["rule"]), (1, &json!("delivery.withdrawn")));
    // It extends nothing, and no money has moved.
    assert_eq!((&state["refunded"], &state["released"]), (&json!(null), &json!(null)));
    bench.wait(30, 0).await;
    assert_eq!(bench.told("A-1", "order.protection_expired").await.len(), 1);
    bench.close().await;
}
