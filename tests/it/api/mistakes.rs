//! Every mistake that a client can make is told in one form, with a stable code and the place.

use http::Method;
use serde_json::{Value, json};

use super::routes::all;
use super::segment;
use crate::support::{TestApp, order};

fn pointers(problem: &Value) -> Vec<&str> {
    problem["errors"].as_array().unwrap().iter().map(|e| e["pointer"].as_str().unwrap()).collect()
}

/// The addresses that read a JSON body.
const READERS: [&str; 5] =
    ["/v1/numbers/check", "/v1/orders", "/v1/orders/A-1/shipments", "/v1/webhook_endpoints", "/v1/api_keys"];

#[tokio::test]
async fn a_body_that_is_not_the_json_that_is_wanted_is_refused_everywhere() {
    let app = TestApp::start().await;
    app.register(&order("A-1")).await;
    let operator = app.key(&app.keys.operator);
    let deep = "[".repeat(100_000);
    let broken: [&[u8]; 9] = [
        b"",
        b"{",
        b"nonsense",
        b"{\"a\":1}}",
        b"{'a':1}",
        b"\xff\xfe",
        b"\"\xff\"",
        b"{\"id\":\"\x00\"}",
        deep.as_bytes(),
    ];
    for path in READERS {
        for body in broken {
            let answer = operator.post_bytes(path, body).await;
            let problem = answer.any_problem();
            // Deep nesting may be noticed as a wrong type first.
            assert!(matches!(answer.status, 400 | 422), "{path}: {problem}");
            assert!(answer.body.len() < 2_000, "the answer repeats the question");
        }
        operator.post_bytes(path, b"{").await.problem(400, "broken_json");
        for body in [json!([]), json!("x"), json!(5), json!(null), json!({}), json!([[{}]])] {
            operator.post(path, &body).await.problem(422, "invalid_body");
        }
        let unknown = operator.post(path, &json!({"nonsense": 1})).await.problem(422, "invalid_body");
        assert!(unknown["detail"].as_str().unwrap().contains("nonsense"), "{unknown}");
        for kind in [None, Some("text/plain"), Some("application/xml"), Some("")] {
            let headers: Vec<_> = kind.map(|kind| ("content-type", kind)).into_iter().collect();
            let answer = operator.send(Method::POST, path, &headers, Some(b"{}".to_vec())).await;
            answer.problem(415, "not_json");
        }
        let large = vec![b' '; 10 << 20];
        // The server answers before it has read all, and may close; then the answer is lost on the way.
        match operator
            .try_send(Method::POST, path, &[("content-type", "application/json")], Some(large))
            .await
        {
            Ok(answer) => drop(answer.problem(413, "body_too_large")),
            Err(error) => assert!(error.is_request() || error.is_body(), "{error:?}"),
        }
        operator.post_bytes(path, &vec![b' '; (1 << 20) + 1]).await.problem(413, "body_too_large");
    }
    // And all goes on.
    operator.get("/v1/orders").await.ok();
}

#[tokio::test]
async fn a_wrong_type_is_named_by_its_place() {
    let app = TestApp::start().await;
    let with = |pointer: &str, value: Value| {
        let mut order = order("A-1");
        let (parent, name) = pointer.rsplit_once('/').unwrap();
        order.pointer_mut(parent).unwrap()[name] = value;
        order
    };
    for (pointer, value) in [
        ("/id", json!(5)),
        ("/paid_at", json!(5)),
        ("/paid_at", json!("yesterday")),
        ("/paid_at", json!("2026-02-30T00:00:00Z")),
        ("/paid_at", json!("2026-03-02T08:00:00")),
        ("/handling_days", json!(-1)),
        ("/handling_days", json!(1.5)),
        ("/delivery_days", json!(4_294_967_296_u64)),
        ("/ship_to", json!([])),
        ("/ship_to/country", json!("USA")),
        ("/ship_to/city", json!({})),
        ("/method", json!("by foot")),
        ("/amount/amount", json!(5)),
        ("/expected_weight_grams", json!("heavy")),
    ] {
        let problem =
            app.client.post("/v1/orders", &with(pointer, value.clone())).await.problem(422, "invalid_body");
        // A value that is read from a whole object is named by the object.
        let named = pointers(&problem)[0];
        assert!(pointer.starts_with(named) && named.len() > 1, "{pointer} = {value}: {problem}");
    }
    for (pointer, value) in [
        ("/id", json!("")),
        ("/id", json!(" \t")),
        ("/id", json!("a\u{0}b")),
        ("/id", json!("x".repeat(257))),
        ("/seller", json!("x".repeat(257))),
        ("/ship_to/city", json!("\n")),
        ("/handling_days", json!(366)),
        ("/delivery_days", json!(366)),
        ("/amount", json!({"amount": "many", "currency": "USD"})),
        ("/amount", json!({"amount": "1.00", "currency": "dollars"})),
    ] {
        let problem =
            app.client.post("/v1/orders", &with(pointer, value.clone())).await.problem(422, "invalid_field");
        assert_eq!(pointers(&problem), [pointer], "{value}");
    }
    assert_eq!(app.client.get("/v1/orders").await.ok()["data"], json!([]), "nothing was registered");
}

#[tokio::test]
async fn what_is_wrong_with_a_shipment_is_told_and_nothing_is_recorded() {
    let app = TestApp::start().await;
    app.register(&order("A-1")).await;
    let path = "/v1/orders/A-1/shipments";
    for (body, code) in [
        (json!({"tracking_number": ""}), "empty"),
        (json!({"tracking_number": "   "}), "empty"),
        (json!({"tracking_number": "x".repeat(500)}), "too_long"),
        (json!({"tracking_number": "1Z999AA10123456784, 1ZWAYG8T0300002020"}), "several_numbers"),
        (json!({"tracking_number": "???"}), "carrier_needed"),
        (json!({"carrier": "", "tracking_number": "1Z999AA10123456784"}), "invalid_field"),
        (
            json!({"tracking_number": "1Z999AA10123456784", "tracking_url": "x".repeat(3_000)}),
            "invalid_field",
        ),
        (json!({"tracking_number": "1Z999AA10123456784", "combined_with": "\u{7}"}), "invalid_field"),
    ] {
        let answer = app.client.post(path, &body).await;
        let problem = answer.any_problem();
        assert_eq!(answer.status, 422, "{body}: {problem}");
        // Rubbish may count as empty: no letter or digit is left of it.
        let found = problem["code"].as_str().unwrap();
        assert!(found == code || (code, found) == ("carrier_needed", "empty"), "{body}: {problem}");
    }
    assert_eq!(app.client.get(path).await.ok()["data"], json!([]));
    // A wrong check digit is recorded: the carrier may know it. What is meant is said.
    let wrong =
        app.client.post(path, &json!({"carrier": "ups", "tracking_number": "1ZWAYG8T0300002012"})).await.ok();
    assert_eq!(wrong["number"]["problem"]["code"], "check_digit_wrong");
}

#[tokio::test]
async fn wrong_addresses_and_methods_are_told_so() {
    let app = TestApp::start().await;
    let operator = app.key(&app.keys.operator);
    for path in
        ["/v1", "/v1/", "/v2/orders", "/v1/orders/", "/v1/orders/a/b/c", "/V1/orders", "/favicon.txt", "//"]
    {
        operator.get(path).await.problem(404, "no_such_address");
    }
    for (path, code) in [
        ("/v1/orders/none", "no_such_order"),
        ("/v1/orders/none/shipments", "no_such_order"),
        ("/v1/shipments/none", "no_such_shipment"),
        ("/v1/shipments/shp_0190163d8694739b96e8bf1e2b3f1a11", "no_such_shipment"),
        ("/v1/webhook_endpoints/none/deliveries", "no_such_endpoint"),
    ] {
        operator.get(path).await.problem(404, code);
    }
    let arbiter = app.key(&app.keys.arbiter);
    arbiter.get("/v1/observations/none/body").await.problem(404, "no_such_observation");
    operator.post("/v1/orders/none/receipt", &json!({})).await.problem(404, "no_such_order");
    let number = json!({"tracking_number": "1Z999AA10123456784"});
    operator.post("/v1/orders/none/shipments", &number).await.problem(404, "no_such_order");
    let methods = [Method::GET, Method::POST, Method::PUT, Method::DELETE, Method::PATCH, Method::OPTIONS];
    let routes = all();
    for route in &routes {
        let taken = |method: &Method| routes.iter().any(|r| r.path == route.path && r.method == *method);
        for method in methods.iter().filter(|method| !taken(method)) {
            let answer = operator.send(method.clone(), &route.path.replace("{}", "x"), &[], None).await;
            answer.problem(405, "method_not_allowed");
        }
    }
}

#[tokio::test]
async fn addresses_that_do_not_decode_are_mistakes_like_others() {
    let app = TestApp::start().await;
    let operator = app.key(&app.keys.operator);
    for path in
        ["/v1/orders/%FF", "/v1/orders/%C3%28/shipments", "/v1/shipments/%FF", "/v1/trackings/ups/%FF"]
    {
        operator.get(path).await.problem(400, "bad_address");
    }
    for text in [
        "%",
        "%zz",
        &segment("\u{0}"),
        &segment("../../etc/passwd"),
        &segment("' OR 1=1 --"),
        &"x".repeat(5_000),
    ] {
        let answer = operator.get(&format!("/v1/orders/{text}")).await;
        assert!((400..500).contains(&answer.status), "{text}: {}", answer.status);
        answer.any_problem();
    }
}

#[tokio::test]
async fn queries_with_unknown_fields_or_impossible_values_are_refused() {
    let app = TestApp::start().await;
    let made = app.client.post("/v1/webhook_endpoints", &json!({"url": "http://127.0.0.1:9/"})).await.ok();
    let deliveries = format!("/v1/webhook_endpoints/{}/deliveries", made["id"].as_str().unwrap());
    for list in ["/v1/orders", "/v1/events", &deliveries] {
        for (query, code) in [
            ("limit=0", "bad_limit"),
            ("limit=201", "bad_limit"),
            ("limit=4294967295", "bad_limit"),
            ("limit=-1", "bad_query"),
            ("limit=many", "bad_query"),
            ("limit=", "bad_query"),
            ("limit=1&limit=2", "bad_query"),
            ("nonsense=1", "bad_query"),
            ("Limit=1", "bad_query"),
            ("after=nonsense", "bad_cursor"),
            ("after=", "bad_cursor"),
            ("after=%FF", "bad_cursor"),
        ] {
            app.client.get(&format!("{list}?{query}")).await.problem(400, code);
        }
        app.client.get(&format!("{list}?limit=1")).await.ok();
        app.client.get(&format!("{list}?limit=200")).await.ok();
    }
}
