//! Lists, walked page by page: each item once, none missed, in the order that is promised.

use serde_json::json;

use crate::support::{TestApp, order};

/// Walks a list with so many items a page; the ids as they come.
async fn walk(app: &TestApp, list: &str, limit: u32) -> Vec<String> {
    let mut ids = Vec::new();
    let mut after = String::new();
    loop {
        let page = app.client.get(&format!("{list}?limit={limit}{after}")).await.ok();
        let items = page["data"].as_array().unwrap();
        assert!(items.len() <= limit as usize);
        let id = |item: &serde_json::Value| {
            item["id"].as_str().or(item["event"]["id"].as_str()).unwrap().to_owned()
        };
        ids.extend(items.iter().map(id));
        if page["has_more"] == false {
            return ids;
        }
        assert_eq!(items.len(), limit as usize, "a page before the last is full");
        after = format!("&after={}", page["next_cursor"].as_str().unwrap());
    }
}

#[tokio::test]
async fn every_list_is_the_same_whatever_the_pages_length() {
    let app = TestApp::start().await;
    let made = app.client.post("/v1/webhook_endpoints", &json!({"url": "http://127.0.0.1:9/"})).await.ok();
    let deliveries = format!("/v1/webhook_endpoints/{}/deliveries", made["id"].as_str().unwrap());
    for n in 1..=7 {
        app.register(&order(&format!("A-{n}"))).await;
        app.submit(&format!("A-{n}"), "ups", "1ZWAYG8T0300002020").await;
        app.advance(jiff::SignedDuration::from_secs(1)).await;
    }
    for (list, least) in [("/v1/orders", 7), ("/v1/events", 14), (deliveries.as_str(), 14)] {
        let whole = walk(&app, list, 200).await;
        assert!(whole.len() >= least, "{list}: {}", whole.len());
        for limit in [1, 2, 3, 7, 8] {
            assert_eq!(walk(&app, list, limit).await, whole, "{list} by {limit}");
        }
    }
    assert_eq!(walk(&app, "/v1/orders", 3).await, ["A-7", "A-6", "A-5", "A-4", "A-3", "A-2", "A-1"]);
}

#[tokio::test]
async fn a_cursor_at_the_end_of_the_events_goes_on_where_it_was() {
    let app = TestApp::start().await;
    app.register(&order("A-1")).await;
    app.submit("A-1", "ups", "1ZWAYG8T0300002020").await;
    let first = app.client.get("/v1/events").await.ok();
    let cursor = first["next_cursor"].as_str().unwrap();
    let path = format!("/v1/events?after={cursor}");
    let nothing = app.client.get(&path).await.ok();
    assert_eq!((&nothing["data"], &nothing["next_cursor"]), (&json!([]), &json!(cursor)));
    app.client.post("/v1/orders/A-1/receipt", &json!({})).await.ok();
    let later = app.client.get(&path).await.ok();
    assert_eq!(later["data"][0]["type"], "order.completed");
    assert_eq!(later["data"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_cursor_of_another_list_is_refused() {
    let app = TestApp::start().await;
    for n in 1..=2 {
        app.register(&order(&format!("A-{n}"))).await;
        app.submit(&format!("A-{n}"), "ups", "1ZWAYG8T0300002020").await;
    }
    let orders = app.client.get("/v1/orders?limit=1").await.ok();
    let events = app.client.get("/v1/events?limit=1").await.ok();
    let cursor = |page: &serde_json::Value| page["next_cursor"].as_str().unwrap().to_owned();
    app.client.get(&format!("/v1/events?after={}", cursor(&orders))).await.problem(400, "bad_cursor");
    app.client.get(&format!("/v1/orders?after={}", cursor(&events))).await.problem(400, "bad_cursor");
}
