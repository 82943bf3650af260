//! Values at the edge: ids of any characters, times at the calendar's ends, promises of a year. They work or they are
//! refused; nothing panics, then or later.

use serde_json::json;

use super::segment;
use crate::support::{TestApp, order};

#[tokio::test]
async fn an_order_may_have_any_printable_id() {
    let app = TestApp::start().await;
    let hooks = app.listen().await;
    let ids = [
        "A/1",
        "a%2Fb",
        "a?b=c&d#e",
        "東京 🚚",
        "'; DROP TABLE orders; --",
        "\"<&>\\",
        "{}",
        &"x".repeat(256),
    ];
    for id in ids {
        app.register(&order(id)).await;
        let path = format!("/v1/orders/{}", segment(id));
        let body = json!({"carrier": "ups", "tracking_number": "1ZWAYG8T0300002020"});
        let answer = app.client.post(&format!("{path}/shipments"), &body).await.ok();
        assert_eq!(answer["order"], id);
        assert_eq!(app.client.get(&path).await.ok()["id"], id);
        app.client.post(&format!("{path}/receipt"), &json!({})).await.ok();
    }
    app.run_until_idle().await;
    for id in ids {
        let got = hooks.of(id);
        assert!(got.len() >= 3 && got.iter().all(|hook| hook.verified), "{id}: {got:#?}");
    }
    app.client.post("/v1/orders", &order(&"é".repeat(150))).await.problem(422, "invalid_field");
}

/// Times that no order can have been paid at.
const IMPOSSIBLE: [&str; 9] = [
    "9999-12-30T21:59:59Z",
    "9999-12-31T23:59:59Z",
    "-009999-01-03T00:00:00Z",
    "-000001-01-01T00:00:00Z",
    "0000-01-01T00:00:00Z",
    "1999-12-31T23:59:59Z",
    "2100-01-01T00:00:00Z",
    "2262-04-11T23:47:17Z",
    "99999-01-01T00:00:00Z",
];

#[tokio::test]
async fn times_outside_this_century_are_refused_with_the_field_named() {
    let app = TestApp::start().await;
    for time in IMPOSSIBLE {
        let mut order = order("A-1");
        order["paid_at"] = json!(time);
        let answer = app.client.post("/v1/orders", &order).await;
        assert_eq!(answer.status, 422, "{time}");
        assert_eq!(answer.any_problem()["errors"][0]["pointer"], "/paid_at", "{time}");
    }
    app.register(&order("A-1")).await;
    for time in IMPOSSIBLE {
        let body = json!({"tracking_number": "1ZWAYG8T0300002020", "confirmed_at": time});
        let answer = app.client.post("/v1/orders/A-1/shipments", &body).await;
        assert_eq!(answer.status, 422, "{time}");
        assert_eq!(answer.any_problem()["errors"][0]["pointer"], "/confirmed_at", "{time}");
    }
}

#[tokio::test]
async fn orders_of_the_centurys_first_and_last_second_live_through_a_year() {
    let app = TestApp::start().await;
    for (n, paid) in ["2000-01-01T00:00:00Z", "2099-12-31T23:59:59.999999999Z"].into_iter().enumerate() {
        for days in [0, 365] {
            let id = format!("A-{n}-{days}");
            let mut order = order(&id);
            order["paid_at"] = json!(paid);
            order["handling_days"] = json!(days);
            order["delivery_days"] = json!(days);
            app.register(&order).await;
            let body =
                json!({"carrier": "ups", "tracking_number": "1ZWAYG8T0300002020", "confirmed_at": paid});
            app.client.post(&format!("/v1/orders/{id}/shipments"), &body).await.ok();
        }
    }
    app.advance_hours(24 * 400).await;
    for order in app.client.get("/v1/orders").await.ok()["data"].as_array().unwrap() {
        assert_eq!(order["state"]["phase"], "released", "{}", order["id"]);
    }
}

#[tokio::test]
async fn amounts_at_the_edge_are_refused_or_kept_as_they_are() {
    let app = TestApp::start().await;
    for (n, amount) in
        ["0.00", "0.01", "-1.00", "1e400", "999999999999999.99", "99999999999999999999999999", "NaN", ""]
            .into_iter()
            .enumerate()
    {
        let id = format!("A-{n}");
        let mut order = order(&id);
        order["amount"]["amount"] = json!(amount);
        let answer = app.client.post("/v1/orders", &order).await;
        if answer.status == 201 {
            assert_eq!(app.client.get(&format!("/v1/orders/{id}")).await.ok()["amount"]["amount"], amount);
        } else {
            assert_eq!(answer.status, 422, "{amount}");
            answer.any_problem();
        }
    }
}
