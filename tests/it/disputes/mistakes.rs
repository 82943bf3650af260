//! Who may do what in a dispute, and every mistake in a body: refused with its place, and nothing is changed.

use http::Method;
use serde_json::{Value, json};

use super::bench::Bench;

/// For whom a caller may speak.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Speaks {
    ForBuyer,
    ForSeller,
    AsArbiter,
}

#[tokio::test]
async fn each_speaks_for_its_own_side_and_the_arbiter_alone_rules() {
    use Speaks::{AsArbiter, ForBuyer, ForSeller};
    let bench = Bench::start().await;
    let dispute = bench.disputed("A-1", "not_received").await;
    bench.order("A-2", json!({})).await;
    let of_dispute = |what: &str| format!("/v1/disputes/{dispute}{what}");
    let usd = json!({"amount": "1.00", "currency": "USD"});
    // The bodies are refused only after it was looked who asks: each is one that cannot be carried out.
    let acts: Vec<(Method, String, Value, Speaks)> = vec![
        (
            Method::POST,
            "/v1/orders/A-1/disputes".to_owned(),
            json!({"reason": "not_received", "remedy": "refund"}),
            ForBuyer,
        ),
        (Method::PATCH, of_dispute(""), json!({"amount": {"amount": "90.00", "currency": "USD"}}), ForBuyer),
        (Method::POST, of_dispute("/escalate"), json!({}), ForBuyer),
        (Method::POST, of_dispute("/accept"), json!({"by": "buyer"}), ForBuyer),
        (Method::POST, "/v1/orders/A-1/cancellation".to_owned(), json!({}), ForBuyer),
        (Method::POST, "/v1/orders/A-2/cancellation/accept".to_owned(), json!({}), ForSeller),
        (Method::POST, "/v1/orders/A-2/cancellation/refuse".to_owned(), json!({}), ForSeller),
        (Method::POST, "/v1/orders/A-2/extension".to_owned(), json!({"days": 1}), ForSeller),
        (
            Method::POST,
            of_dispute("/counter_offer"),
            json!({"remedy": "refund", "amount": {"amount": "90.00", "currency": "USD"}}),
            ForSeller,
        ),
        (Method::POST, of_dispute("/evidence_requests"), json!({"from": "buyer", "days": 1}), AsArbiter),
        (Method::POST, of_dispute("/ruling"), json!({"outcome": "divided", "amount": usd}), AsArbiter),
    ];
    let keys = &bench.app.keys;
    let other = bench.app.key(&keys.other_seller);
    for (method, path, body, speaks) in acts {
        let allowed = match speaks {
            ForBuyer => [true, false, false, false],
            ForSeller => [true, true, false, false],
            AsArbiter => [false, false, false, true],
        };
        let callers = [&bench.system, &bench.seller, &other, &bench.arbiter];
        for (caller, allowed) in callers.into_iter().zip(allowed) {
            let headers = [("content-type", "application/json")];
            let bytes = Some(body.to_string().into_bytes());
            let answer = caller.send(method.clone(), &path, &headers, bytes).await;
            let what = format!("{method} {path}: {}", answer.text());
            if allowed {
                assert_eq!(answer.problem(409, "refused_by_rule")["status"], 409, "{what}");
            } else {
                assert!(matches!(answer.status, 403 | 404), "{what}");
            }
        }
        let headers = [("content-type", "application/json")];
        let bytes = Some(body.to_string().into_bytes());
        bench.operator.send(method.clone(), &path, &headers, bytes).await.problem(409, "refused_by_rule");
    }
    // What a seller's key sees of another's case is what it sees of nothing.
    let nothing = other.get("/v1/disputes/dsp_00000000000000000000000000000000").await;
    assert_eq!(other.get(&of_dispute("")).await.body, nothing.body);
    assert_eq!(other.get("/v1/disputes").await.ok()["data"], json!([]));
    other.get("/v1/sellers/s-1").await.problem(404, "no_such_seller");
    bench.seller.get("/v1/sellers/s-2").await.problem(404, "no_such_seller");
    bench.arbiter.get("/v1/sellers/nobody").await.problem(404, "no_such_seller");
    assert_eq!(bench.state(&dispute).await, "awaiting_answer");
    bench.close().await;
}

#[tokio::test]
async fn rubbish_is_refused_with_its_place_and_changes_nothing() {
    let bench = Bench::start().await;
    let dispute = bench.disputed("A-1", "not_received").await;
    bench.order("A-2", json!({})).await;
    let long = "x".repeat(4_001);
    let usd = |amount: &str| json!({"amount": amount, "currency": "USD"});
    let filing = "/v1/orders/A-2/disputes";
    let cases: Vec<(&str, Value, &str, &str)> = vec![
        (filing, json!({}), "invalid_body", "/"),
        (filing, json!({"reason": "bored", "remedy": "refund"}), "invalid_body", "/reason"),
        (filing, json!({"reason": "not_received", "remedy": "magic"}), "invalid_body", "/remedy"),
        (
            filing,
            json!({"reason": "not_received", "remedy": "refund", "amount": "12"}),
            "invalid_body",
            "/amount",
        ),
        (
            filing,
            json!({"reason": "not_received", "remedy": "refund", "amount": usd("-1")}),
            "invalid_body",
            "/amount",
        ),
        (
            filing,
            json!({"reason": "not_received", "remedy": "refund", "amount": usd("1.00001")}),
            "invalid_body",
            "/amount",
        ),
        (filing, json!({"reason": "not_received", "remedy": "partial_refund"}), "invalid_field", "/amount"),
        (
            filing,
            json!({"reason": "not_received", "remedy": "refund", "statement": long}),
            "invalid_field",
            "/statement",
        ),
        (
            filing,
            json!({"reason": "not_received", "remedy": "refund", "statement": "a\u{0}"}),
            "invalid_field",
            "/statement",
        ),
        (filing, json!({"reason": "not_received", "remedy": "refund", "by": "buyer"}), "invalid_body", "/by"),
        ("", json!({}), "invalid_field", "/"),
        ("", json!({"reason": 5}), "invalid_body", "/reason"),
        ("/accept", json!({}), "invalid_field", "/by"),
        ("/accept", json!({"by": "arbiter"}), "invalid_body", "/by"),
        ("/accept", json!([]), "invalid_body", "/"),
        ("/counter_offer", json!({"remedy": "partial_refund"}), "invalid_field", "/amount"),
        ("/counter_offer", json!({"amount": usd("1.00")}), "invalid_body", "/"),
        ("/evidence", json!({"by": "buyer", "kind": "rumour", "text": "x"}), "invalid_body", "/kind"),
        ("/evidence", json!({"by": "buyer", "kind": "message", "text": " "}), "invalid_field", "/text"),
        ("/evidence", json!({"by": "buyer", "kind": "message", "text": long}), "invalid_field", "/text"),
        ("/evidence", json!({"kind": "message", "text": "x"}), "invalid_field", "/by"),
        ("/evidence_requests", json!({"from": "arbiter", "days": 1}), "invalid_body", "/from"),
        ("/evidence_requests", json!({"from": "buyer", "days": 0}), "invalid_field", "/days"),
        ("/evidence_requests", json!({"from": "buyer", "days": 366}), "invalid_field", "/days"),
        ("/evidence_requests", json!({"from": "buyer", "days": -1}), "invalid_body", "/days"),
        ("/ruling", json!({"outcome": "draw"}), "invalid_body", "/outcome"),
        ("/ruling", json!({"outcome": "divided"}), "invalid_field", "/amount"),
        (
            "/ruling",
            json!({"outcome": "buyer", "seller_at_fault": "yes"}),
            "invalid_body",
            "/seller_at_fault",
        ),
        ("/v1/orders/A-2/extension", json!({"days": 0}), "invalid_field", "/days"),
        ("/v1/orders/A-2/extension", json!({"days": 100_000}), "invalid_field", "/days"),
        ("/v1/orders/A-2/extension", json!({}), "invalid_body", "/"),
        ("/v1/orders/A-2/cancellation", json!({"statement": 5}), "invalid_body", "/statement"),
        ("/v1/orders/A-2/cancellation", json!({"nonsense": 5}), "invalid_body", "/nonsense"),
    ];
    let before = bench.case(&dispute).await;
    for (path, body, code, pointer) in cases {
        let answer = match path {
            "" => {
                let bytes = Some(body.to_string().into_bytes());
                let headers = [("content-type", "application/json")];
                bench.operator.send(Method::PATCH, &format!("/v1/disputes/{dispute}"), &headers, bytes).await
            }
            path if path.starts_with("/v1") => bench.operator.post(path, &body).await,
            what => bench.act(&bench.operator, &dispute, what.trim_start_matches('/'), &body).await,
        };
        let problem = answer.problem(422, code);
        let named = problem["errors"][0]["pointer"].as_str().unwrap();
        assert_eq!(named, pointer, "{path} {body}: {problem}");
    }
    for path in ["reject", "escalate", "cancel", "accept", "ruling"] {
        let path = format!("/v1/disputes/{dispute}/{path}");
        bench.operator.post_bytes(&path, b"{").await.problem(400, "broken_json");
        bench
            .operator
            .send(Method::POST, &path, &[("content-type", "text/plain")], Some(b"{}".to_vec()))
            .await
            .problem(415, "not_json");
    }
    for query in ["state=nonsense", "state=", "limit=0", "after=ord-1", "nonsense=1", "after=dsp-x"] {
        let answer = bench.arbiter.get(&format!("/v1/disputes?{query}")).await;
        assert_eq!(answer.status, 400, "{query}: {}", answer.text());
        answer.any_problem();
    }
    for id in
        ["x", "dsp_", "dsp_00000000000000000000000000000000", "shp_00000000000000000000000000000000", "%00"]
    {
        bench.arbiter.get(&format!("/v1/disputes/{id}")).await.problem(404, "no_such_dispute");
        bench.arbiter.get(&format!("/v1/evidence/{id}/file")).await.problem(404, "no_such_evidence");
    }
    assert_eq!(bench.case(&dispute).await, before);
    bench.close().await;
}

#[tokio::test]
async fn an_act_without_words_needs_no_body() {
    let bench = Bench::start().await;
    let dispute = bench.disputed("A-1", "not_received").await;
    let path = format!("/v1/disputes/{dispute}/reject");
    bench.seller.send(Method::POST, &path, &[], None).await.ok();
    assert_eq!(bench.state(&dispute).await, "rejected");
    bench.close().await;
}

#[tokio::test]
async fn money_of_another_currency_or_more_than_was_paid_is_no_proposal() {
    let bench = Bench::start().await;
    let dispute = bench.disputed("A-1", "not_received").await;
    for (amount, currency) in [("40.01", "USD"), ("1.00", "EUR"), ("0.00", "USD")] {
        let body = json!({"remedy": "partial_refund", "amount": {"amount": amount, "currency": currency}});
        let problem = bench.modify(&dispute, &body).await.problem(409, "refused_by_rule");
        assert_eq!(problem["rule"], "dispute.proposal", "{amount} {currency}");
    }
    bench.close().await;
}

#[tokio::test]
async fn a_sellers_key_that_may_read_more_speaks_for_its_seller_all_the_same() {
    let bench = Bench::start().await;
    bench.order("A-1", json!({"seller": "s-2"})).await;
    bench.app.submit("A-1", "ups", super::bench::SILENT).await;
    let foreign = bench.file("A-1", &json!({"reason": "not_received", "remedy": "refund"})).await;
    let own = bench.disputed("A-2", "not_received").await;
    let wide = json!({"name": "wide", "scopes": ["seller", "arbiter"], "seller": "s-1"});
    let made = bench.operator.post("/v1/api_keys", &wide).await.ok();
    let wide = bench.app.key(made["secret"].as_str().unwrap());
    bench.act(&wide, &foreign, "accept", &json!({})).await.problem(403, "forbidden");
    bench.act(&wide, &foreign, "reject", &json!({})).await.problem(403, "forbidden");
    let words = json!({"kind": "message", "text": "x"});
    bench.act(&wide, &foreign, "evidence", &words).await.problem(403, "forbidden");
    wide.post("/v1/orders/A-1/extension", &json!({"days": 1})).await.problem(403, "forbidden");
    bench.act(&wide, &own, "accept", &json!({"by": "buyer"})).await.problem(403, "forbidden");
    bench.act(&wide, &own, "evidence", &words).await.ok();
    bench.act(&wide, &own, "accept", &json!({})).await.ok();
    assert_eq!(bench.state(&foreign).await, "awaiting_answer");
    bench.close().await;
}
