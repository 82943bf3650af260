//! Several at once, the same twice, and a gateway that is killed: everything happens once or not at all.

use futures_util::future::join_all;
use serde_json::json;

use super::bench::{Bench, NUMBERS};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_acts_at_once_one_wins_and_the_other_is_refused() {
    let bench = Bench::start().await;
    for (n, number) in NUMBERS.iter().enumerate() {
        let order = format!("A-{n}");
        bench.shipped(&order, number).await;
        let dispute = bench.file(&order, &json!({"reason": "not_received", "remedy": "refund"})).await;
        let nothing = json!({});
        let acts = [(&bench.seller, "accept"), (&bench.system, "cancel")];
        let answers = join_all(acts.iter().map(|(who, what)| bench.act(who, &dispute, what, &nothing))).await;
        assert_eq!(answers.iter().filter(|a| a.status == 200).count(), 1, "{answers:#?}");
        for refused in answers.iter().filter(|a| a.status != 200) {
            refused.problem(409, "refused_by_rule");
        }
        let ends = bench.told(&order, "dispute.executed").await.len()
            + bench.told(&order, "dispute.cancelled").await.len();
        assert_eq!(ends, 1);
    }
    bench.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rulings_on_many_orders_of_one_seller_at_once_all_count() {
    let bench = Bench::start().await;
    let mut disputes = Vec::new();
    for n in 0..6 {
        disputes.push(bench.submitted(&format!("A-{n}"), "not_as_described").await);
    }
    let ruling = json!({"outcome": "buyer", "seller_at_fault": true});
    let answers =
        join_all(disputes.iter().map(|dispute| bench.act(&bench.arbiter, dispute, "ruling", &ruling))).await;
    assert!(answers.iter().all(|a| a.status == 200), "{answers:#?}");
    let seller = bench.arbiter.get("/v1/sellers/s-1").await.ok();
    assert_eq!(seller["faults"].as_array().unwrap().len(), 6);
    assert_eq!((&seller["transactions"]["all"], &seller["transactions"]["bad"]), (&json!(6), &json!(6)));
    let mut penalties = Vec::new();
    for n in 0..6 {
        penalties.push(bench.told_once(&format!("A-{n}"), "seller.penalized").await["rule"].clone());
    }
    let count = |rule: &str| penalties.iter().filter(|p| **p == rule).count();
    assert_eq!((count("seller.warning"), count("seller.restriction"), count("seller.ban")), (1, 1, 4));
    bench.close().await;
}

#[tokio::test]
async fn a_request_with_its_key_is_carried_out_once_and_answered_twice() {
    let bench = Bench::start().await;
    let dispute = bench.submitted("A-1", "not_as_described").await;
    let path = format!("/v1/disputes/{dispute}/ruling");
    let body = json!({"outcome": "divided", "amount": {"amount": "1.00", "currency": "USD"}, "seller_at_fault": true});
    let key = [("idempotency-key", "ruling-1")];
    let first = bench.arbiter.post_with(&path, &body, &key).await;
    let again = bench.arbiter.post_with(&path, &body, &key).await;
    assert_eq!((first.status, again.status, &first.body), (200, 200, &again.body));
    assert_eq!(again.header("idempotency-replayed"), Some("true"));
    bench.told_once("A-1", "dispute.ruled").await;
    bench.told_once("A-1", "seller.penalized").await;
    let other = json!({"outcome": "seller"});
    bench.arbiter.post_with(&path, &other, &key).await.problem(422, "idempotency_key_reused");
    bench.close().await;
}

#[tokio::test]
async fn a_case_outlives_the_gateway() {
    let bench = Bench::start().await;
    let dispute = bench.disputed("A-1", "not_received").await;
    bench
        .act(&bench.seller, &dispute, "evidence", &json!({"kind": "message", "text": "it is on its way"}))
        .await
        .ok();
    let before = bench.case(&dispute).await;
    let Bench { app, .. } = bench;
    let bench = Bench::of(app.restart().await);
    assert_eq!(bench.case(&dispute).await, before);
    bench.wait(5, 0).await;
    assert_eq!(bench.state(&dispute).await, "executed");
    bench.close().await;
}

#[tokio::test]
async fn webhooks_tell_the_case_in_order() {
    let bench = Bench::start().await;
    let hooks = bench.app.listen().await;
    let dispute = bench.submitted("A-1", "not_as_described").await;
    bench
        .act(&bench.arbiter, &dispute, "ruling", &json!({"outcome": "buyer", "seller_at_fault": true}))
        .await
        .ok();
    bench.app.run_until_idle().await;
    let hooks = hooks.of("A-1");
    assert!(hooks.iter().all(|hook| hook.verified));
    let kinds: Vec<&str> =
        hooks.iter().map(|h| h.kind.as_str()).filter(|k| !k.starts_with("tracking")).collect();
    assert_eq!(
        kinds,
        [
            "shipment.submitted",
            "order.protection_started",
            "dispute.opened",
            "dispute.rejected",
            "dispute.submitted",
            "dispute.ruled",
            "seller.penalized",
        ]
    );
    bench.close().await;
}
