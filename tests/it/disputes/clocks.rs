//! The clocks of a dispute, to the second: silence, changes, the sixteenth day, goods in transit.

use serde_json::json;

use super::bench::{Bench, NUMBERS, SILENT, on_day};

#[tokio::test]
async fn silence_executes_the_buyers_proposal_exactly_five_days_after_the_filing() {
    let bench = Bench::start().await;
    let dispute = bench.disputed("A-1", "not_received").await;
    let case = bench.case(&dispute).await;
    let clock =
        |name: &str| case["clocks"].as_array().unwrap().iter().find(|c| c["name"] == name).unwrap().clone();
    assert_eq!(
        clock("answer_due_at"),
        json!({"name": "answer_due_at", "at": on_day(5), "rule": "dispute.silence"})
    );
    assert_eq!(clock("submission_due_at")["rule"], "dispute.day-16");

    bench.wait(5, -1).await;
    assert_eq!(bench.state(&dispute).await, "awaiting_answer");
    bench.wait(0, 1).await;
    let case = bench.case(&dispute).await;
    assert_eq!((&case["state"], &case["order_phase"]), (&json!("executed"), &json!("settled")));
    assert_eq!(case["end"]["at"], on_day(5));
    assert_eq!((&case["clocks"], &case["recommendation"]), (&json!([]), &json!(null)));
    let told = bench.told_once("A-1", "dispute.executed").await;
    assert_eq!((&told["at"], &told["rule"]), (&json!(on_day(5)), &json!("dispute.silence")));
    assert_eq!(told["data"]["refund"], json!({"amount": "40.00", "currency": "USD"}));
    assert_eq!(told["data"]["dispute"], dispute);
    bench.close().await;
}

#[tokio::test]
async fn at_the_very_end_time_is_up_even_where_no_worker_came_first() {
    let bench = Bench::start().await;
    let dispute = bench.disputed("A-1", "not_received").await;
    bench.wait(5, -1).await;
    bench.app.clock.set(on_day(5).parse().unwrap());
    let problem =
        bench.act(&bench.seller, &dispute, "reject", &json!({})).await.problem(409, "refused_by_rule");
    assert_eq!(problem["rule"], "dispute.answer");
    // A refusal changes nothing; the timer fires by itself.
    assert_eq!(bench.state(&dispute).await, "awaiting_answer");
    bench.app.run_until_idle().await;
    assert_eq!(bench.state(&dispute).await, "executed");
    bench.close().await;
}

#[tokio::test]
async fn a_downtime_changes_nothing_of_what_was_due_in_it() {
    let bench = Bench::start().await;
    let dispute = bench.disputed("A-1", "not_received").await;
    bench.app.clock.set(on_day(20).parse().unwrap());
    bench.app.run_until_idle().await;
    assert_eq!(bench.case(&dispute).await["end"]["at"], on_day(5));
    bench.close().await;
}

#[tokio::test]
async fn a_change_starts_the_sellers_time_again_and_the_changed_proposal_is_executed() {
    let bench = Bench::start().await;
    let dispute = bench.disputed("A-1", "not_received").await;
    bench.wait(4, 0).await;
    let amount = json!({"amount": "12.50", "currency": "USD"});
    let changed = bench.modify(&dispute, &json!({"remedy": "partial_refund", "amount": amount})).await.ok();
    assert_eq!(changed["clocks"][0]["at"], on_day(9));
    bench.wait(5, -1).await;
    assert_eq!(bench.state(&dispute).await, "awaiting_answer");
    bench.wait(0, 1).await;
    let told = bench.told_once("A-1", "dispute.executed").await;
    assert_eq!((&told["at"], &told["data"]["refund"]), (&json!(on_day(9)), &amount));
    assert_eq!(told["data"]["release"], json!({"amount": "27.50", "currency": "USD"}));
    bench.close().await;
}

#[tokio::test]
async fn the_sixteenth_day_submits_whatever_was_changed_meanwhile() {
    let bench = Bench::start().await;
    let dispute = bench.disputed("A-1", "not_received").await;
    for day in [1, 4, 7, 10, 13] {
        bench
            .app
            .advance(on_day(day).parse::<jiff::Timestamp>().unwrap().duration_since(bench.app.now()))
            .await;
        let amount = json!({"amount": format!("{day}.00"), "currency": "USD"});
        bench.modify(&dispute, &json!({"remedy": "partial_refund", "amount": amount})).await.ok();
        bench.act(&bench.seller, &dispute, "reject", &json!({"statement": "no"})).await.ok();
    }
    bench.wait(2, -1).await;
    assert_eq!(bench.state(&dispute).await, "rejected");
    bench.wait(0, 1).await;
    assert_eq!(bench.state(&dispute).await, "submitted");
    let told = bench.told_once("A-1", "dispute.submitted").await;
    assert_eq!((&told["at"], &told["rule"]), (&json!(on_day(15)), &json!("dispute.day-16")));
    assert!(told["data"]["recommendation"]["rule"].as_str().unwrap().starts_with("recommend."), "{told}");
    // From here on nothing executes by silence.
    bench.wait(60, 0).await;
    assert_eq!(bench.state(&dispute).await, "submitted");
    bench.close().await;
}

#[tokio::test]
async fn goods_in_transit_are_submitted_when_the_promised_delivery_period_ends() {
    let bench = Bench::start().await;
    bench.shipped("A-1", SILENT).await;
    bench.wait(2, 0).await;
    let dispute = bench.file("A-1", &json!({"reason": "goods_in_transit", "remedy": "refund"})).await;
    bench.act(&bench.seller, &dispute, "reject", &json!({})).await.ok();
    bench.wait(28, -1).await;
    assert_eq!(bench.state(&dispute).await, "rejected");
    bench.wait(0, 1).await;
    let told = bench.told_once("A-1", "dispute.submitted").await;
    assert_eq!((&told["at"], &told["rule"]), (&json!(on_day(30)), &json!("dispute.in-transit")));
    bench.close().await;
}

#[tokio::test]
async fn a_long_handling_time_opens_disputes_five_days_after_all_goods_were_shipped() {
    let bench = Bench::start().await;
    bench.order("A-1", json!({"handling_days": 5})).await;
    let filing = json!({"reason": "not_received", "remedy": "refund"});
    let early = bench.system.post("/v1/orders/A-1/disputes", &filing).await;
    assert_eq!(early.problem(409, "refused_by_rule")["rule"], "dispute.open-after");
    bench.app.submit("A-1", "ups", NUMBERS[0]).await;
    bench.wait(5, -1).await;
    let early = bench.system.post("/v1/orders/A-1/disputes", &filing).await;
    assert_eq!(early.problem(409, "refused_by_rule")["rule"], "dispute.open-after");
    bench.wait(0, 1).await;
    bench.file("A-1", &filing).await;
    let second = bench.system.post("/v1/orders/A-1/disputes", &filing).await;
    assert_eq!(second.problem(409, "refused_by_rule")["rule"], "dispute.one");
    bench.close().await;
}
