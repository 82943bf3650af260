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
    Key,
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

/// One route; `{}` in its path stands for the thing's id.
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
    use About::{Endpoint, Key, Nothing, Observation, Order, Shipment, Verdict};
    const SYSTEM: For = For::Scopes(&["order_system"]);
    const READERS: For = For::Scopes(&["order_system", "arbiter"]);
    const ARBITER: For = For::Scopes(&["arbiter"]);
    const OPERATOR: For = For::Scopes(&[]);
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
        get("/v1/events", Nothing, READERS),
        post("/v1/webhook_endpoints", Nothing, SYSTEM, json!({"url": "http://127.0.0.1:9/hooks"})),
        get("/v1/webhook_endpoints", Nothing, SYSTEM),
        post("/v1/webhook_endpoints/{}/disable", Endpoint, SYSTEM, json!({})),
        post("/v1/webhook_endpoints/{}/enable", Endpoint, SYSTEM, json!({})),
        get("/v1/webhook_endpoints/{}/deliveries", Endpoint, SYSTEM),
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
    ]
}
