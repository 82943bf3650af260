//! A seller's standing: small parcels barred and allowed again, penalties, rates.

use serde_json::json;

use super::bench::{Bench, NUMBERS, on_day};

/// Two orders that are shipped at the start, and a dispute about each on the 26th day: in protection's last five.
async fn barred() -> Bench {
    let bench = Bench::start().await;
    for (order, number) in [("A-1", NUMBERS[0]), ("A-2", NUMBERS[1])] {
        bench.shipped(order, number).await;
    }
    bench.wait(26, 0).await;
    bench.file("A-1", &json!({"reason": "not_received", "remedy": "refund"})).await;
    assert_eq!(bench.seller.get("/v1/sellers/s-1").await.ok()["bars"], json!([]));
    bench.wait(1, 0).await;
    bench.file("A-2", &json!({"reason": "not_received", "remedy": "refund"})).await;
    bench
}

#[tokio::test]
async fn two_disputes_by_expiring_protection_bar_small_parcels_until_one_is_thirty_days_old() {
    let bench = barred().await;
    let told = bench.told_once("A-2", "seller.restricted").await;
    assert_eq!((&told["rule"], &told["data"]["seller"]), (&json!("seller.small-parcels"), &json!("s-1")));
    assert_eq!(told["data"]["deadlines"]["unrestricted_at"], on_day(56));
    let seller = bench.seller.get("/v1/sellers/s-1").await.ok();
    assert_eq!(
        seller["bars"],
        json!([{"method": "small_parcel", "rule": "seller.small-parcels", "until": on_day(56)}])
    );
    assert_eq!(seller["expiring_disputes"], json!([on_day(26), on_day(27)]));

    // The two are executed by silence meanwhile, and both were bad.
    bench.wait(29, -1).await;
    bench.order("A-3", json!({"method": "small_parcel"})).await;
    let refused = bench.app.try_submit("A-3", "ups", NUMBERS[2]).await.problem(409, "refused_by_rule");
    assert_eq!(refused["rule"], "seller.small-parcels");
    assert!(bench.told("A-3", "shipment.submitted").await.is_empty(), "a refusal changes nothing");
    bench.order("A-4", json!({"method": "standard"})).await;
    bench.app.submit("A-4", "ups", NUMBERS[3]).await;
    bench.wait(0, 1).await;
    let told = bench.told_once("A-2", "seller.unrestricted").await;
    assert_eq!((&told["at"], &told["rule"]), (&json!(on_day(56)), &json!("seller.small-parcels-again")));
    bench.app.submit("A-3", "ups", NUMBERS[2]).await;
    let seller = bench.seller.get("/v1/sellers/s-1").await.ok();
    assert_eq!(seller["bars"], json!([]));
    assert_eq!((&seller["transactions"]["all"], &seller["transactions"]["bad"]), (&json!(2), &json!(2)));
    bench.close().await;
}

#[tokio::test]
async fn at_the_instant_at_which_the_bar_falls_the_seller_ships_even_where_no_worker_came_first() {
    let bench = barred().await;
    bench.wait(29, -1).await;
    bench.order("A-3", json!({"method": "small_parcel"})).await;
    bench.app.clock.set(on_day(56).parse().unwrap());
    bench.app.submit("A-3", "ups", NUMBERS[2]).await;
    // Told once, on the order that the bar came from.
    bench.told_once("A-2", "seller.unrestricted").await;
    bench.app.run_until_idle().await;
    bench.told_once("A-2", "seller.unrestricted").await;
    assert!(bench.told("A-3", "seller.unrestricted").await.is_empty());
    bench.close().await;
}

#[tokio::test]
async fn a_dispute_filed_earlier_or_about_the_goods_themselves_bars_nothing() {
    let bench = Bench::start().await;
    for (order, number) in [("A-1", NUMBERS[0]), ("A-2", NUMBERS[1]), ("A-3", NUMBERS[2])] {
        bench.shipped(order, number).await;
    }
    bench.wait(25, -1).await;
    bench.file("A-1", &json!({"reason": "not_received", "remedy": "refund"})).await;
    bench.wait(0, 1).await;
    bench.file("A-2", &json!({"reason": "not_as_described", "remedy": "refund"})).await;
    bench.file("A-3", &json!({"reason": "not_received", "remedy": "refund"})).await;
    let seller = bench.seller.get("/v1/sellers/s-1").await.ok();
    assert_eq!((&seller["bars"], &seller["expiring_disputes"]), (&json!([]), &json!([on_day(25)])));
    bench.close().await;
}

#[tokio::test]
async fn faults_lead_up_the_ladder_and_fall_out_after_half_a_year() {
    let bench = Bench::start().await;
    let at_fault = json!({"outcome": "buyer", "seller_at_fault": true});
    for (order, penalty, rule) in [
        ("A-1", "warning", "seller.warning"),
        ("A-2", "restriction", "seller.restriction"),
        ("A-3", "ban", "seller.ban"),
        ("A-4", "ban", "seller.ban"),
    ] {
        let dispute = bench.submitted(order, "not_as_described").await;
        bench.act(&bench.arbiter, &dispute, "ruling", &at_fault).await.ok();
        let told = bench.told_once(order, "seller.penalized").await;
        assert_eq!((&told["rule"], &told["data"]["penalty"]), (&json!(rule), &json!(penalty)));
        assert_eq!(bench.arbiter.get("/v1/sellers/s-1").await.ok()["penalty"], penalty);
        bench.wait(1, 0).await;
    }
    bench.wait(180, 0).await;
    let dispute = bench.submitted("A-5", "not_as_described").await;
    bench.act(&bench.arbiter, &dispute, "ruling", &at_fault).await.ok();
    assert_eq!(bench.told_once("A-5", "seller.penalized").await["rule"], "seller.warning");
    let blameless = bench.submitted("A-6", "not_as_described").await;
    bench.act(&bench.arbiter, &blameless, "ruling", &json!({"outcome": "seller"})).await.ok();
    assert!(bench.told("A-6", "seller.penalized").await.is_empty());
    let seller = bench.arbiter.get("/v1/sellers/s-1").await.ok();
    assert_eq!(seller["faults"].as_array().unwrap().len(), 1);
    assert_eq!((&seller["transactions"]["all"], &seller["transactions"]["bad"]), (&json!(6), &json!(5)));
    assert_eq!(seller["rating_basis_points"], 10_000 - 8_333);
    bench.close().await;
}

#[tokio::test]
async fn a_case_file_and_a_standing_are_not_sent_again_where_nothing_changed() {
    let bench = Bench::start().await;
    let dispute = bench.disputed("A-1", "not_received").await;
    for path in [format!("/v1/disputes/{dispute}"), "/v1/sellers/s-1".to_owned()] {
        let first = bench.arbiter.get(&path).await;
        let etag = first.header("etag").unwrap().to_owned();
        let again = bench.arbiter.send(http::Method::GET, &path, &[("if-none-match", &etag)], None).await;
        assert_eq!((again.status, again.body.len()), (304, 0), "{path}");
    }
    bench.close().await;
}
