//! What the parties and the arbiter do, and where the money goes.

use serde_json::{Value, json};

use super::bench::{Bench, NUMBERS, SILENT, on_day};

fn usd(amount: &str) -> Value {
    json!({"amount": amount, "currency": "USD"})
}

#[tokio::test]
async fn a_counter_offer_that_the_buyer_accepts_is_executed() {
    let bench = Bench::start().await;
    let dispute = bench.disputed("A-1", "not_as_described").await;
    let early = bench.act(&bench.system, &dispute, "accept", &json!({"by": "buyer"})).await;
    assert_eq!(early.problem(409, "refused_by_rule")["rule"], "dispute.answer");
    let offer = json!({"remedy": "partial_refund", "amount": usd("10.00"), "statement": "it works"});
    let offered = bench.act(&bench.seller, &dispute, "counter_offer", &offer).await.ok();
    assert_eq!(offered["state"], "rejected");
    assert_eq!(offered["counter_offer"], json!({"remedy": "partial_refund", "amount": usd("10.00")}));
    let done = bench.act(&bench.system, &dispute, "accept", &json!({"by": "buyer"})).await.ok();
    assert_eq!((&done["state"], &done["order_phase"]), (&json!("executed"), &json!("settled")));
    assert_eq!((&done["end"]["refund"], &done["end"]["release"]), (&usd("10.00"), &usd("30.00")));
    assert_eq!(done["end"]["rule"], "dispute.agreement");
    let case = bench.case(&dispute).await;
    assert_eq!(case["sides"]["seller"]["statements"][0]["text"], "it works");
    bench.close().await;
}

#[tokio::test]
async fn a_seller_who_accepts_pays_at_once() {
    let bench = Bench::start().await;
    let dispute = bench.disputed("A-1", "not_received").await;
    let done = bench.act(&bench.seller, &dispute, "accept", &json!({})).await.ok();
    assert_eq!((&done["state"], &done["end"]["refund"]), (&json!("executed"), &usd("40.00")));
    bench.told_once("A-1", "dispute.accepted").await;
    bench.close().await;
}

#[tokio::test]
async fn a_divided_ruling_moves_money_that_adds_up_and_is_given_once() {
    let bench = Bench::start().await;
    let dispute = bench.submitted("A-1", "not_as_described").await;
    let ruling = json!({"outcome": "divided", "amount": usd("15.55"), "seller_at_fault": true, "statement": "half broken"});
    let all = json!({"outcome": "divided", "amount": usd("40.00")});
    let early = bench.act(&bench.arbiter, &dispute, "ruling", &all).await;
    assert_eq!(early.problem(409, "refused_by_rule")["rule"], "arbitration.ruling");
    let ruled = bench.act(&bench.arbiter, &dispute, "ruling", &ruling).await.ok();
    assert_eq!((&ruled["state"], &ruled["order_phase"]), (&json!("ruled"), &json!("settled")));
    let end = &ruled["end"];
    assert_eq!(
        (&end["refund"], &end["release"], &end["outcome"]),
        (&usd("15.55"), &usd("24.45"), &json!("divided"))
    );
    let told = bench.told_once("A-1", "dispute.ruled").await;
    assert_eq!(told["data"]["statement"], "half broken");
    let again = bench.act(&bench.arbiter, &dispute, "ruling", &ruling).await;
    assert_eq!(again.problem(409, "refused_by_rule")["rule"], "arbitration.ruling");
    bench.close().await;
}

#[tokio::test]
async fn a_ruling_for_one_side_gives_it_everything() {
    let bench = Bench::start().await;
    for (order, outcome, refund, release) in
        [("A-1", "buyer", Some("40.00"), None), ("A-2", "seller", None, Some("40.00"))]
    {
        let dispute = bench.submitted(order, "not_received").await;
        let ruled = bench.act(&bench.arbiter, &dispute, "ruling", &json!({"outcome": outcome})).await.ok();
        assert_eq!(ruled["end"].get("refund"), refund.map(usd).as_ref(), "{outcome}");
        assert_eq!(ruled["end"].get("release"), release.map(usd).as_ref(), "{outcome}");
    }
    bench.close().await;
}

#[tokio::test]
async fn a_dispute_that_is_cancelled_lets_the_order_go_on_and_a_new_one_is_a_new_one() {
    let bench = Bench::start().await;
    let first = bench.disputed("A-1", "not_received").await;
    bench.wait(3, 0).await;
    let receipt = bench.system.post("/v1/orders/A-1/receipt", &json!({})).await;
    assert_eq!(receipt.problem(409, "refused_by_rule")["rule"], "dispute.holds");
    let cancelled = bench.act(&bench.system, &first, "cancel", &json!({})).await.ok();
    assert_eq!((&cancelled["state"], &cancelled["order_phase"]), (&json!("cancelled"), &json!("protected")));
    // Protection stood still meanwhile.
    assert_eq!(bench.order_state("A-1").await["protection_ends_at"], on_day(33));
    let second = bench.file("A-1", &json!({"reason": "not_received", "remedy": "refund"})).await;
    assert_ne!(first, second);
    assert_eq!(bench.case(&second).await["number"], 2);
    assert_eq!(bench.case(&second).await["clocks"][0]["at"], on_day(8));
    // What is addressed to the first does nothing to the second.
    let late = bench.act(&bench.seller, &first, "accept", &json!({})).await.problem(409, "refused_by_rule");
    assert_eq!(late["detail"], "this dispute has ended");
    assert_eq!(bench.state(&second).await, "awaiting_answer");
    let listed = async |query: &str| {
        let list = bench.arbiter.get(&format!("/v1/disputes{query}")).await.ok();
        list["data"]
            .as_array()
            .unwrap()
            .iter()
            .map(|d| d["id"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(listed("").await, [second.clone(), first.clone()]);
    assert_eq!(listed("?state=open").await, std::slice::from_ref(&second));
    assert_eq!(listed("?state=cancelled").await, std::slice::from_ref(&first));
    assert_eq!(listed("?state=ruled").await, Vec::<String>::new());
    assert_eq!(listed("?limit=1").await, [second]);
    let page = bench.arbiter.get("/v1/disputes?limit=1").await.ok();
    let cursor = page["next_cursor"].as_str().unwrap();
    assert_eq!(listed(&format!("?limit=1&after={cursor}")).await, [first]);
    bench.close().await;
}

#[tokio::test]
async fn a_resend_puts_the_order_under_protection_anew_and_old_parcels_no_longer_count() {
    let bench = Bench::start().await;
    bench.shipped("A-1", SILENT).await;
    let dispute = bench.file("A-1", &json!({"reason": "not_received", "remedy": "resend"})).await;
    bench.wait(0, 1).await;
    let done = bench.act(&bench.seller, &dispute, "accept", &json!({})).await.ok();
    assert_eq!((&done["state"], &done["order_phase"]), (&json!("executed"), &json!("protected")));
    assert_eq!(bench.order_state("A-1").await["goods_due_again"], true);
    bench.wait(0, 1).await;
    // The new parcel is the sandbox's that is delivered on the fourth day; the old one is never scanned.
    bench.app.submit("A-1", "ups", "1ZWAYG8T0300002011").await;
    bench.wait(5, 0).await;
    let state = bench.order_state("A-1").await;
    assert_eq!(state["phase"], "awaiting_receipt", "{state:#}");
    bench.close().await;
}

#[tokio::test]
async fn before_shipment_the_buyer_asks_to_cancel_and_the_seller_answers() {
    let bench = Bench::start().await;
    bench.order("A-1", json!({})).await;
    let path = |what: &str| format!("/v1/orders/A-1/cancellation{what}");
    let nothing = bench.seller.post(&path("/accept"), &json!({})).await;
    assert_eq!(nothing.problem(409, "refused_by_rule")["rule"], "cancel.answer");
    let asked = bench.system.post(&path(""), &json!({"statement": "found it cheaper"})).await.ok();
    assert_eq!((&asked["cancellation"], &asked["phase"]), (&json!("requested"), &json!("awaiting_shipment")));
    assert_eq!(
        bench.system.post(&path(""), &json!({})).await.problem(409, "refused_by_rule")["rule"],
        "cancel.request"
    );
    let refused = bench.seller.post(&path("/refuse"), &json!({})).await.ok();
    assert_eq!(refused["cancellation"], "refused");
    bench.system.post(&path(""), &json!({})).await.ok();
    let agreed = bench.seller.post(&path("/accept"), &json!({})).await.ok();
    assert_eq!((&agreed["phase"], &agreed["refunded"]), (&json!("cancelled"), &usd("40.00")));
    let told = bench.told_once("A-1", "order.cancelled").await;
    assert_eq!((&told["rule"], &told["data"]["refund"]), (&json!("cancel.answer"), &usd("40.00")));
    let told = bench.told("A-1", "order.cancel_requested").await;
    assert_eq!(told[0]["data"]["statement"], "found it cheaper");
    let late = bench.app.try_submit("A-1", "ups", NUMBERS[0]).await;
    assert_eq!(late.problem(409, "refused_by_rule")["rule"], "cancel.answer");
    bench.close().await;
}

#[tokio::test]
async fn an_overdue_shipment_is_cancelled_by_the_buyer_alone_and_counts_against_the_seller() {
    let bench = Bench::start().await;
    bench.order("A-1", json!({})).await;
    bench.wait(3, 0).await;
    bench.told_once("A-1", "order.overdue_shipment").await;
    let cancelled = bench.system.post("/v1/orders/A-1/cancellation", &json!({})).await.ok();
    assert_eq!((&cancelled["phase"], &cancelled["refunded"]), (&json!("cancelled"), &usd("40.00")));
    assert_eq!(bench.told_once("A-1", "order.cancelled").await["rule"], "cancel.overdue");
    let seller = bench.seller.get("/v1/sellers/s-1").await.ok();
    assert_eq!(seller["transactions"], json!({"all": 1, "bad": 1, "bad_rate_basis_points": 10_000}));
    assert_eq!(seller["rating_basis_points"], 0);
    bench.close().await;
}

#[tokio::test]
async fn the_seller_extends_protection_until_its_end_and_not_after() {
    let bench = Bench::start().await;
    bench.shipped("A-1", SILENT).await;
    let path = "/v1/orders/A-1/extension";
    let longer = bench.seller.post(path, &json!({"days": 5})).await.ok();
    assert_eq!(
        longer["clocks"],
        json!([{"name": "protection_ends_at", "at": on_day(35), "rule": "protection.expiry"}])
    );
    let told = bench.told_once("A-1", "order.protection_extended").await;
    assert_eq!(
        (&told["rule"], &told["data"]["protection_ends_at"]),
        (&json!("protection.extension"), &json!(on_day(35)))
    );
    bench.wait(35, -1).await;
    assert_eq!(bench.order_state("A-1").await["phase"], "protected");
    bench.wait(0, 1).await;
    assert_eq!(bench.order_state("A-1").await["phase"], "completed");
    let late = bench.seller.post(path, &json!({"days": 5})).await;
    assert_eq!(late.problem(409, "refused_by_rule")["rule"], "protection.extension");
    bench.close().await;
}
