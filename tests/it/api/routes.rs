//! Every route of the API as a table: who may use it, and what it is about.

use http::Method;
use serde_json::{Value, json};

use crate::support::order;

/// What an address names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum About {
    Nothing,
    Order,
    Shipment,
    Observation,
    Verdict,
    Endpoint,
    Event,
    Key,
    Dispute,
    Evidence,
    Seller,
}

/// Who may use a route. Operators may use all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum For {
    Everyone,
    AnyKey,
    /// A carrier that proves itself in its own way: keys are nothing to it.
    Carrier,
    Scopes(&'static [&'static str]),
    /// This scope and no other, operators left out.
    Only(&'static str),
}

/// One route; `{}` in its path stands for the thing's id, `{event}` for an event that its owner has.
#[derive(Debug, Clone)]
pub struct Route {
    pub method: Method,
    pub path: &'static str,
    pub about: About,
    pub to: For,
    pub body: Option<Value>,
}

/// All routes.
pub fn all() -> Vec<Route> {
    use About::{
        Dispute, Endpoint, Event, Evidence, Key, Nothing, Observation, Order, Seller, Shipment, Verdict,
    };
    const SYSTEM: For = For::Scopes(&["order_system"]);
    const READERS: For = For::Scopes(&["order_system", "arbiter"]);
    const ARBITER: For = For::Scopes(&["arbiter"]);
    const OPERATOR: For = For::Scopes(&[]);
    const SIDES: For = For::Scopes(&["order_system", "seller"]);
    let get = |path, about, to| Route { method: Method::GET, path, about, to, body: None };
    let post = |path, about, to, body| Route { method: Method::POST, path, about, to, body: Some(body) };
    let number = json!({"carrier": "ups", "tracking_number": "1ZWAYG8T0300002039"});
    let corrected = json!({"carrier": "ups", "tracking_number": "1ZWAYG8T0300002057"});
    vec![
        get("/healthz", Nothing, For::Everyone),
        get("/readyz", Nothing, For::Everyone),
        get("/metrics", Nothing, For::Everyone),
        post("/v1/numbers/check", Nothing, For::AnyKey, json!({"numbers": ["1Z999AA10123456784"]})),
        post("/v1/orders", Nothing, SYSTEM, order("A-routes")),
        get("/v1/orders", Nothing, For::AnyKey),
        get("/v1/orders/{}", Order, For::AnyKey),
        post("/v1/orders/{}/receipt", Order, SYSTEM, json!({})),
        post("/v1/orders/{}/erasure", Order, SYSTEM, json!({})),
        post("/v1/orders/{}/shipments", Order, For::Scopes(&["order_system", "seller"]), number),
        get("/v1/orders/{}/shipments", Order, For::AnyKey),
        get("/v1/shipments/{}", Shipment, For::AnyKey),
        post("/v1/shipments/{}/correction", Shipment, For::Scopes(&["order_system", "seller"]), corrected),
        get("/v1/shipments/{}/verdicts", Shipment, For::AnyKey),
        get("/v1/shipments/{}/observations", Shipment, ARBITER),
        get("/v1/observations/{}/body", Observation, For::Only("arbiter")),
        get("/v1/trackings/ups/1ZWAYG8T0300002011", Nothing, READERS),
        get("/v1/events", Nothing, For::AnyKey),
        get("/v1/events/{}", Event, For::AnyKey),
        post("/v1/webhook_endpoints", Nothing, SYSTEM, json!({"url": "http://127.0.0.1:9/hooks"})),
        get("/v1/webhook_endpoints", Nothing, SYSTEM),
        post("/v1/webhook_endpoints/{}/disable", Endpoint, SYSTEM, json!({})),
        post("/v1/webhook_endpoints/{}/enable", Endpoint, SYSTEM, json!({})),
        get("/v1/webhook_endpoints/{}", Endpoint, SYSTEM),
        Route {
            method: Method::PATCH,
            ..post("/v1/webhook_endpoints/{}", Endpoint, SYSTEM, json!({"description": "x"}))
        },
        post("/v1/webhook_endpoints/{}/secret/rotation", Endpoint, SYSTEM, json!({})),
        post("/v1/webhook_endpoints/{}/test", Endpoint, SYSTEM, json!({})),
        get("/v1/webhook_endpoints/{}/deliveries", Endpoint, SYSTEM),
        post("/v1/webhook_endpoints/{}/replay", Endpoint, SYSTEM, json!({"state": "failed"})),
        post("/v1/webhook_endpoints/{}/deliveries/{event}/replay", Endpoint, SYSTEM, json!({})),
        get("/v1/shipments/{}/certificate", Shipment, READERS),
        get("/v1/certificates/{}", Verdict, READERS),
        get("/v1/log/checkpoint", Nothing, For::Everyone),
        get("/v1/log/keys", Nothing, For::Everyone),
        get("/v1/log/proof/inclusion", Nothing, For::Everyone),
        get("/v1/log/proof/consistency", Nothing, For::Everyone),
        get("/log/checkpoint", Nothing, For::Everyone),
        get("/log/tile/0/000.p/1", Nothing, For::Everyone),
        get("/v1/carriers", Nothing, For::AnyKey),
        post("/v1/carriers/ups/push", Nothing, For::Carrier, json!({"trackingNumber": "1Z999AA10123456784"})),
        get("/v1/carriers/ups", Nothing, For::AnyKey),
        post("/v1/api_keys", Nothing, OPERATOR, json!({"name": "another", "scopes": ["arbiter"]})),
        get("/v1/api_keys", Nothing, OPERATOR),
        Route { method: Method::DELETE, path: "/v1/api_keys/{}", about: Key, to: OPERATOR, body: None },
        Route {
            method: Method::DELETE,
            path: "/v1/webhook_endpoints/{}",
            about: Endpoint,
            to: SYSTEM,
            body: None,
        },
        post("/v1/orders/{}/cancellation", Order, SYSTEM, json!({})),
        post("/v1/orders/{}/cancellation/accept", Order, SIDES, json!({})),
        post("/v1/orders/{}/cancellation/refuse", Order, SIDES, json!({})),
        post("/v1/orders/{}/extension", Order, SIDES, json!({"days": 1})),
        post("/v1/orders/{}/disputes", Order, SYSTEM, json!({"reason": "not_received", "remedy": "refund"})),
        get("/v1/disputes", Nothing, For::AnyKey),
        get("/v1/disputes/{}", Dispute, For::AnyKey),
        Route {
            method: Method::PATCH,
            path: "/v1/disputes/{}",
            about: Dispute,
            to: SYSTEM,
            body: Some(json!({"remedy": "refund"})),
        },
        post(
            "/v1/disputes/{}/evidence",
            Dispute,
            SIDES,
            json!({"by": "seller", "kind": "message", "text": "sent"}),
        ),
        get("/v1/evidence/{}/file", Evidence, For::AnyKey),
        post("/v1/disputes/{}/counter_offer", Dispute, SIDES, json!({"remedy": "resend"})),
        post("/v1/disputes/{}/reject", Dispute, SIDES, json!({})),
        post("/v1/disputes/{}/escalate", Dispute, SYSTEM, json!({})),
        post("/v1/disputes/{}/evidence_requests", Dispute, ARBITER, json!({"from": "buyer", "days": 1})),
        post("/v1/disputes/{}/ruling", Dispute, ARBITER, json!({"outcome": "seller"})),
        post("/v1/disputes/{}/accept", Dispute, SIDES, json!({"by": "seller"})),
        post("/v1/disputes/{}/cancel", Dispute, SYSTEM, json!({})),
        get("/v1/sellers/{}", Seller, For::AnyKey),
    ]
}
