//! Who may do what: every route, every kind of key, for what is one's own, another's, and nobody's.

use serde_json::json;

use super::routes::{About, For, Route, all};
use crate::support::{Answer, Client, TestApp, sample};

/// Who asks: a name, the scope, the seller, the key.
struct Caller {
    name: &'static str,
    scope: Option<&'static str>,
    client: Client,
}

/// Ids of one seller's things.
struct Things {
    order: String,
    shipment: String,
    observation: String,
    verdict: String,
    endpoint: String,
    event: String,
    key: String,
    dispute: String,
    evidence: String,
    seller: String,
}

impl Things {
    fn of(&self, about: About) -> &str {
        match about {
            About::Nothing => "",
            About::Order => &self.order,
            About::Shipment => &self.shipment,
            About::Observation => &self.observation,
            About::Verdict => &self.verdict,
            About::Endpoint => &self.endpoint,
            About::Event => &self.event,
            About::Key => &self.key,
            About::Dispute => &self.dispute,
            About::Evidence => &self.evidence,
            About::Seller => &self.seller,
        }
    }
}

async fn things(app: &TestApp, order: &str, seller: &str) -> Things {
    let sample = sample("ups.track");
    let endpoint =
        app.client.post("/v1/webhook_endpoints", &json!({"url": "http://127.0.0.1:9/"})).await.ok();
    app.register(&sample.order(order, seller)).await;
    let shipment = app.submit(order, "ups", sample.moving).await;
    app.advance_hours(24).await;
    let operator = app.key(&app.keys.operator);
    let seen = operator.get(&format!("/v1/shipments/{shipment}/observations")).await.ok();
    let verdicts = operator.get(&format!("/v1/shipments/{shipment}/verdicts")).await.ok();
    let events = operator.get(&format!("/v1/events?order={order}")).await.ok();
    let key = operator.post("/v1/api_keys", &json!({"name": "spare", "scopes": ["arbiter"]})).await.ok();
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    // A dispute about another order, so that this one's own clock runs on.
    let disputed = format!("{order}-disputed");
    let mut new = sample.order(&disputed, seller);
    new["handling_days"] = json!(3);
    app.register(&new).await;
    app.submit(&disputed, "ups", sample.silent).await;
    let filing = json!({"reason": "not_received", "remedy": "refund"});
    let dispute = app.client.post(&format!("/v1/orders/{disputed}/disputes"), &filing).await.ok();
    let dispute = text(&dispute["id"]);
    let given = format!("/v1/disputes/{dispute}/evidence?by=buyer&kind=document");
    let headers = [("content-type", "text/plain")];
    let given =
        app.client.send(http::Method::POST, &given, &headers, Some(b"what I saw".to_vec())).await.ok();
    Things {
        dispute,
        evidence: text(&given["evidence"]["id"]),
        seller: seller.to_owned(),
        order: order.to_owned(),
        shipment,
        observation: text(&seen["data"][0]["id"]),
        verdict: text(&verdicts["data"][0]["id"]),
        endpoint: text(&endpoint["id"]),
        event: text(&events["data"][0]["id"]),
        key: text(&key["id"]),
    }
}

fn absent() -> Things {
    let id = |prefix: &str| format!("{prefix}{}", "0".repeat(32));
    Things {
        order: "A-absent".to_owned(),
        shipment: id("shp_"),
        observation: id("obs_"),
        verdict: id("vrd_"),
        endpoint: id("whe_"),
        event: id("evt_"),
        key: id("key_"),
        dispute: id("dsp_"),
        evidence: id("evd_"),
        seller: "s-absent".to_owned(),
    }
}

async fn ask(client: &Client, route: &Route, things: &Things) -> Answer {
    let path = route.path.replace("{}", things.of(route.about)).replace("{event}", &things.event);
    let body = route.body.as_ref().map(|body| body.to_string().into_bytes());
    client.send(route.method.clone(), &path, &[("content-type", "application/json")], body).await
}

/// What must come back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Expected {
    /// The route does its work, or says why the state does not allow it.
    LetIn,
    Problem(u16),
}

fn expected(route: &Route, caller: &Caller, is_own: bool, is_there: bool) -> Expected {
    if route.to == For::Everyone {
        return Expected::LetIn;
    }
    if route.to == For::Carrier {
        return Expected::Problem(401);
    }
    let Some(scope) = caller.scope else { return Expected::Problem(401) };
    if let For::Only(only) = route.to
        && scope != only
    {
        return Expected::Problem(403);
    }
    if let For::Scopes(scopes) = route.to
        && scope != "operator"
        && !scopes.contains(&scope)
    {
        return Expected::Problem(403);
    }
    if route.about == About::Nothing || is_there && (is_own || scope != "seller") {
        Expected::LetIn
    } else {
        Expected::Problem(404)
    }
}

#[tokio::test]
async fn every_key_is_let_in_where_it_should_be_and_nowhere_else() {
    let app = TestApp::start().await;
    let (own, foreign) = (things(&app, "A-own", "s-1").await, things(&app, "A-foreign", "s-2").await);
    let nobodys = absent();
    let keys = &app.keys;
    let caller = |name, scope, key: &str| Caller { name, scope, client: app.key(key) };
    let callers = [
        Caller { name: "nobody", scope: None, client: app.anonymous() },
        caller("a made-up key", None, "wg_live_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"),
        caller("an empty key", None, ""),
        caller("a revoked key", None, &keys.revoked),
        caller("the seller", Some("seller"), &keys.seller),
        caller("the arbiter", Some("arbiter"), &keys.arbiter),
        caller("the order system", Some("order_system"), &keys.order_system),
        caller("the operator", Some("operator"), &keys.operator),
    ];
    for route in all() {
        for caller in &callers {
            let mut missing = Vec::new();
            for (things, is_own, is_there) in
                [(&own, true, true), (&foreign, false, true), (&nobodys, false, false)]
            {
                let answer = ask(&caller.client, &route, things).await;
                let what = format!("{} {} for {}: {}", route.method, route.path, caller.name, answer.text());
                match expected(&route, caller, is_own, is_there) {
                    Expected::LetIn => {
                        let shut_out = matches!(answer.status, 401 | 403 | 404 | 405 | 413 | 415 | 500..);
                        assert!(!shut_out, "{}: {what}", answer.status);
                    }
                    Expected::Problem(status) => {
                        assert_eq!(answer.status, status, "{what}");
                        answer.any_problem();
                        missing.push(answer.body);
                    }
                }
            }
            // What another has and what nobody has cannot be told apart.
            let same = missing.windows(2).all(|pair| pair[0] == pair[1]);
            assert!(same, "{} {} for {}", route.method, route.path, caller.name);
        }
    }
}

#[tokio::test]
async fn a_sellers_list_holds_its_own_orders_and_no_others() {
    let app = TestApp::start().await;
    for (order, seller) in [("A-1", "s-1"), ("A-2", "s-2"), ("A-3", "s-1"), ("A-4", "s-11")] {
        app.register(&sample("ups.track").order(order, seller)).await;
    }
    let mut nameless = sample("ups.track").order("A-5", "");
    nameless.as_object_mut().unwrap().remove("seller");
    app.register(&nameless).await;
    let ids = async |key: &str| {
        let list = app.key(key).get("/v1/orders").await.ok();
        let mut ids: Vec<String> =
            list["data"].as_array().unwrap().iter().map(|o| o["id"].as_str().unwrap().to_owned()).collect();
        ids.sort();
        ids
    };
    assert_eq!(ids(&app.keys.seller).await, ["A-1", "A-3"]);
    assert_eq!(ids(&app.keys.other_seller).await, ["A-2"]);
    assert_eq!(ids(&app.keys.order_system).await, ["A-1", "A-2", "A-3", "A-4", "A-5"]);
}

#[tokio::test]
async fn a_key_that_is_revoked_is_shut_out_at_once() {
    let app = TestApp::start().await;
    let operator = app.key(&app.keys.operator);
    let made = operator.post("/v1/api_keys", &json!({"name": "brief", "scopes": ["arbiter"]})).await.ok();
    let brief = app.key(made["secret"].as_str().unwrap());
    brief.get("/v1/events").await.ok();
    let path = format!("/v1/api_keys/{}", made["id"].as_str().unwrap());
    assert_eq!(operator.send(http::Method::DELETE, &path, &[], None).await.status, 204);
    brief.get("/v1/events").await.problem(401, "unauthorized");
}
