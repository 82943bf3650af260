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

/// Bytes that look random, the same each time (Knuth's MMIX generator).
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from((self.0 >> 33) % sides).unwrap()
    }
}

/// What holds of every order (its inputs make its state, money adds up, events count up) holds whatever is done in whatever
/// order: most of it is refused, and a refusal leaves no trace.
#[tokio::test]
async fn whatever_is_done_in_whatever_order_the_books_agree() {
    let bench = Bench::start().await;
    let mut dice = Dice(20_261_123);
    for n in 0..3 {
        bench
            .order(&format!("A-{n}"), json!({"method": if n == 1 { "small_parcel" } else { "standard" }}))
            .await;
    }
    let usd = |amount: &str| json!({"amount": amount, "currency": "USD"});
    let mut done = 0;
    for step in 0..240 {
        let order = format!("A-{}", dice.roll(3));
        let list = bench.arbiter.get("/v1/disputes?state=open").await.ok();
        let open = list["data"].as_array().unwrap().iter().find(|d| d["order"] == order.as_str());
        let dispute =
            open.map_or_else(|| format!("dsp_{}", "0".repeat(32)), |d| d["id"].as_str().unwrap().to_owned());
        let sides = ["buyer", "seller"];
        let reasons = ["not_received", "goods_in_transit", "not_as_described"];
        let remedies = ["refund", "replacement", "resend"];
        let filing = json!({"reason": reasons[dice.roll(3)], "remedy": remedies[dice.roll(3)]});
        let answer = match dice.roll(16) {
            0 | 1 => {
                let number = json!({"carrier": "ups", "tracking_number": NUMBERS[dice.roll(8)], "all_goods": dice.roll(4) > 0});
                bench.system.post(&format!("/v1/orders/{order}/shipments"), &number).await
            }
            2 | 3 => bench.system.post(&format!("/v1/orders/{order}/disputes"), &filing).await,
            4 => bench.modify(&dispute, &json!({"amount": usd("7.50"), "remedy": "partial_refund"})).await,
            5 => bench.act(&bench.system, &dispute, "accept", &json!({"by": sides[dice.roll(2)]})).await,
            6 => bench.act(&bench.seller, &dispute, "reject", &json!({"statement": "no"})).await,
            7 => {
                bench
                    .act(
                        &bench.seller,
                        &dispute,
                        "counter_offer",
                        &json!({"remedy": "partial_refund", "amount": usd("3.00")}),
                    )
                    .await
            }
            8 => bench.act(&bench.system, &dispute, "escalate", &json!({})).await,
            9 if dice.roll(3) == 0 => bench.act(&bench.system, &dispute, "cancel", &json!({})).await,
            10 => {
                bench
                    .act(&bench.seller, &dispute, "evidence", &json!({"kind": "message", "text": "look"}))
                    .await
            }
            11 => {
                bench
                    .act(&bench.arbiter, &dispute, "evidence_requests", &json!({"from": "seller", "days": 2}))
                    .await
            }
            12 if dice.roll(2) == 0 => {
                let ruling = json!({"outcome": "divided", "amount": usd("12.34"), "seller_at_fault": true});
                bench.act(&bench.arbiter, &dispute, "ruling", &ruling).await
            }
            13 => bench.seller.post(&format!("/v1/orders/{order}/extension"), &json!({"days": 3})).await,
            14 if step > 200 => bench.system.post(&format!("/v1/orders/{order}/receipt"), &json!({})).await,
            _ => {
                bench
                    .wait(i64::try_from(dice.roll(4)).unwrap(), i64::try_from(dice.roll(80_000)).unwrap())
                    .await;
                continue;
            }
        };
        assert!(
            answer.status < 300 || matches!(answer.status, 404 | 409),
            "{}: {}",
            answer.status,
            answer.text()
        );
        done += u32::from(answer.status < 300);
    }
    assert!(done >= 10, "only {done} things were done: the dice try too little");
    bench.close().await;
}
