//! Webhook endpoints as their owners manage them: what may be said, what is sent, changing over to another secret, and
//! posting again.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::routing::post;
use ed25519_dalek::{Signature, VerifyingKey};
use http::{HeaderMap, Method, StatusCode};
use serde_json::{Value, json};
use standardwebhooks::Webhook;
use tokio::net::TcpListener;

use crate::support::{Answer, Client, TestApp, sample};

/// A post as it arrived.
#[derive(Debug, Clone)]
pub struct Post {
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Post {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers[name].to_str().unwrap()
    }

    /// Whether the public library takes it with this secret.
    pub fn fits(&self, secret: &Value) -> bool {
        Webhook::new(secret.as_str().unwrap()).unwrap().verify(&self.body, &self.headers).is_ok()
    }

    /// Whether one of its `v1a` signatures is by this public key, read as the specification has it.
    pub fn fits_key(&self, key: &Value) -> bool {
        let decode =
            |text: &str| base64::Engine::decode(&base64::engine::general_purpose::STANDARD, text).unwrap();
        let key: [u8; 32] = decode(key.as_str().unwrap().strip_prefix("whpk_").unwrap()).try_into().unwrap();
        let key = VerifyingKey::from_bytes(&key).unwrap();
        let head = format!("{}.{}.", self.header("webhook-id"), self.header("webhook-timestamp"));
        let signed = [head.as_bytes(), &self.body].concat();
        let tokens =
            self.header("webhook-signature").split(' ').filter_map(|token| token.strip_prefix("v1a,"));
        tokens
            .map(decode)
            .any(|given| key.verify_strict(&signed, &Signature::from_slice(&given).unwrap()).is_ok())
    }

    /// The schemes of its signatures.
    pub fn schemes(&self) -> Vec<&str> {
        self.header("webhook-signature").split(' ').map(|token| token.split_once(',').unwrap().0).collect()
    }
}

/// What is answered, and what arrived.
type Kept = Arc<Mutex<(u16, Vec<Post>)>>;

/// A receiver that keeps all, and answers what it is told.
#[derive(Clone)]
pub struct Sink {
    url: String,
    inner: Kept,
}

impl Sink {
    pub async fn start() -> Self {
        async fn take(State(sink): State<Kept>, headers: HeaderMap, body: Bytes) -> StatusCode {
            let mut sink = sink.lock().unwrap();
            sink.1.push(Post { headers, body });
            StatusCode::from_u16(sink.0).unwrap()
        }
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hooks", listener.local_addr().unwrap());
        let inner = Arc::new(Mutex::new((200, Vec::new())));
        let router = Router::new().route("/hooks", post(take)).with_state(Arc::clone(&inner));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, inner }
    }

    pub fn url(&self) -> &str {
        &self.url
    }

    pub fn answer(&self, status: u16) {
        self.inner.lock().unwrap().0 = status;
    }

    /// What arrived since the last time.
    pub fn take(&self) -> Vec<Post> {
        std::mem::take(&mut self.inner.lock().unwrap().1)
    }

    /// What arrived since the last time, as order and sequence number.
    pub fn places(&self) -> Vec<(String, i64)> {
        let place = |post: Post| {
            let body = post.json();
            (body["order"].as_str().unwrap().to_owned(), body["sequence"].as_i64().unwrap())
        };
        self.take().into_iter().map(place).collect()
    }
}

pub async fn make(app: &TestApp, sink: &Sink, more: Value) -> Value {
    let mut body = json!({"url": sink.url()});
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    app.client.post("/v1/webhook_endpoints", &body).await.ok()
}

fn address(endpoint: &Value) -> String {
    format!("/v1/webhook_endpoints/{}", endpoint["id"].as_str().unwrap())
}

async fn patch(client: &Client, endpoint: &Value, body: &Value) -> Answer {
    let json = [("content-type", "application/merge-patch+json")];
    client.send(Method::PATCH, &address(endpoint), &json, Some(body.to_string().into_bytes())).await
}

/// Lets two events of an order happen.
pub async fn tell(app: &TestApp, order: &str) {
    let sample = sample("ups.track");
    app.register(&sample.order(order, "s-1")).await;
    app.submit(order, "ups", sample.moving).await;
    app.run_until_idle().await;
}

#[tokio::test]
async fn an_endpoint_is_made_changed_shown_and_deleted() {
    let app = TestApp::start().await;
    let sink = Sink::start().await;
    let said = json!({"event_types": ["shipment.*"], "description": "the shop", "payload": "thin",
        "signature": "both", "headers": {"Authorization": "Bearer geheim", "X-Shop": "7"}, "rate_per_second": 50});
    let made = make(&app, &sink, said).await;
    for (field, value) in [
        ("event_types", json!(["shipment.*"])),
        ("description", json!("the shop")),
        ("payload", json!("thin")),
        ("headers", json!({"authorization": "***", "x-shop": "***"})),
        ("rate_per_second", json!(50)),
        ("state", json!("enabled")),
        ("secret_version", json!(1)),
        ("previous", Value::Null),
    ] {
        assert_eq!(made[field], value, "{field}");
    }
    assert_eq!(app.client.get(&address(&made)).await.ok(), made);

    let change = json!({"description": null, "headers": {"x-shop": null, "x-other": "8"}, "event_types": [],
        "rate_per_second": null, "payload": "full", "enabled": false});
    let changed = patch(&app.client, &made, &change).await.ok();
    assert_eq!((&changed["description"], &changed["rate_per_second"]), (&Value::Null, &Value::Null));
    assert_eq!(changed["headers"], json!({"authorization": "***", "x-other": "***"}));
    assert_eq!((&changed["state"], &changed["payload"]), (&json!("disabled"), &json!("full")));
    assert_eq!(
        (&changed["secret"], &changed["url"]),
        (&made["secret"], &made["url"]),
        "what is not named stays"
    );
    assert_eq!(patch(&app.client, &made, &json!({})).await.ok(), changed);

    tell(&app, "A-1").await;
    assert_eq!(sink.take().len(), 0);
    patch(&app.client, &made, &json!({"enabled": true})).await.ok();
    app.run_until_idle().await;
    let posts = sink.take();
    assert!(posts.len() >= 2, "what waited is posted");
    assert!(
        posts
            .iter()
            .all(|post| post.header("authorization") == "Bearer geheim" && post.header("x-other") == "8")
    );
    assert!(posts.iter().all(|post| !post.headers.contains_key("x-shop")));

    assert_eq!(app.client.send(Method::DELETE, &address(&made), &[], None).await.status, 204);
    assert_eq!(
        app.client.send(Method::DELETE, &address(&made), &[], None).await.status,
        204,
        "it may be repeated"
    );
    app.client.get(&address(&made)).await.problem(404, "no_such_endpoint");
    patch(&app.client, &made, &json!({})).await.problem(404, "no_such_endpoint");
    tell(&app, "A-2").await;
    assert_eq!(sink.take().len(), 0);
}

#[tokio::test]
async fn what_cannot_be_is_refused_and_the_place_is_named() {
    let app = TestApp::start().await;
    let sink = Sink::start().await;
    let made = make(&app, &sink, json!({})).await;
    let many: serde_json::Map<String, Value> = (0..17).map(|n| (format!("x-{n}"), json!("v"))).collect();
    for (wrong, place, said) in [
        (json!({"event_types": ["order.nothing"]}), "/event_types/0", "`order.completed`"),
        (json!({"event_types": ["disp*"]}), "/event_types/0", "`dispute.opened`"),
        (json!({"headers": {"Host": "x"}}), "/headers/Host", "set by the gateway"),
        (json!({"headers": {"webhook-id": "x"}}), "/headers/webhook-id", "set by the gateway"),
        (json!({"headers": {"content-length": "1"}}), "/headers/content-length", "the connection"),
        (json!({"headers": {"a b": "x"}}), "/headers/a b", "no header name"),
        (json!({"headers": {"x/y": "x\r\ny"}}), "/headers/x~1y", "no header name"),
        (json!({"headers": {"x-y": "x\r\nz: 1"}}), "/headers/x-y", "visible ASCII"),
        (json!({"headers": many}), "/headers", "at most 16"),
        (json!({"rate_per_second": 0}), "/rate_per_second", "from 1"),
        (json!({"rate_per_second": 10_001}), "/rate_per_second", "to 10000"),
        (json!({"description": "two\nlines"}), "/description", "one line"),
        (json!({"url": "http://10.0.0.1/"}), "/url", "public internet"),
        (json!({"payload": "short"}), "/payload", "unknown variant"),
        (json!({"nonsense": 1}), "/nonsense", "unknown field"),
    ] {
        let mut body = json!({"url": sink.url()});
        body.as_object_mut().unwrap().extend(wrong.as_object().unwrap().clone());
        for answer in
            [app.client.post("/v1/webhook_endpoints", &body).await, patch(&app.client, &made, &wrong).await]
        {
            assert_eq!(answer.status, 422, "{wrong}");
            let problem = answer.any_problem();
            assert_eq!(problem["errors"][0]["pointer"], place, "{problem}");
            assert!(problem["detail"].as_str().unwrap().contains(said), "{problem}");
        }
    }
    assert_eq!(app.client.get(&address(&made)).await.ok(), made, "nothing was changed");
}

#[tokio::test]
async fn while_a_rotation_lasts_the_old_and_the_new_secret_fit_and_then_the_new_alone() {
    let app = TestApp::start().await;
    let sink = Sink::start().await;
    let first = make(&app, &sink, json!({"signature": "both"})).await;
    let rotation = format!("{}/secret/rotation", address(&first));
    let key = [("idempotency-key", "rotate once")];
    let second = app.client.post_with(&rotation, &json!({}), &key).await.ok();
    let again = app.client.post_with(&rotation, &json!({}), &key).await;
    assert_eq!(again.header("idempotency-replayed"), Some("true"));
    assert_eq!(again.ok(), second, "the same request again is the same rotation");
    assert_eq!(second["secret_version"], 2);
    assert_eq!(second["previous"]["secret"], first["secret"]);
    assert_eq!(second["previous"]["public_key"], first["public_key"]);
    assert_ne!((&second["secret"], &second["public_key"]), (&first["secret"], &first["public_key"]));
    let until: jiff::Timestamp = second["previous"]["until"].as_str().unwrap().parse().unwrap();
    assert_eq!(until, app.now() + jiff::SignedDuration::from_hours(24));

    // A third secret would cut the first one short.
    app.client.post(&rotation, &json!({"overlap_hours": 1})).await.problem(409, "rotation_under_way");
    app.client.post(&rotation, &json!({"overlap_hours": 169})).await.problem(422, "invalid_field");

    tell(&app, "A-1").await;
    let posts = sink.take();
    assert!(!posts.is_empty());
    for post in &posts {
        assert_eq!(post.schemes(), ["v1", "v1", "v1a", "v1a"]);
        assert!(post.fits(&first["secret"]) && post.fits(&second["secret"]));
        assert!(post.fits_key(&first["public_key"]) && post.fits_key(&second["public_key"]));
    }
    app.advance_hours(24).await;
    sink.take();
    tell(&app, "A-2").await;
    let posts = sink.take();
    assert!(!posts.is_empty());
    for post in &posts {
        assert_eq!(post.schemes(), ["v1", "v1a"]);
        assert!(!post.fits(&first["secret"]) && post.fits(&second["secret"]));
        assert!(!post.fits_key(&first["public_key"]) && post.fits_key(&second["public_key"]));
    }
    assert_eq!(app.client.get(&address(&first)).await.ok()["previous"], Value::Null);

    // A secret that is known to others is ended at once, whatever is under way.
    app.client.post(&rotation, &json!({})).await.ok();
    let third = app.client.post(&rotation, &json!({"overlap_hours": 0})).await.ok();
    assert_eq!((&third["previous"], &third["secret_version"]), (&Value::Null, &json!(4)));
    tell(&app, "A-3").await;
    assert!(sink.take().iter().all(|post| post.fits(&third["secret"]) && !post.fits(&second["secret"])));
}

#[tokio::test]
async fn an_endpoint_gets_the_signatures_and_the_payload_that_it_asked_for() {
    let app = TestApp::start().await;
    let mut sinks = Vec::new();
    for (form, payload) in [("v1", "full"), ("v1a", "thin"), ("both", "thin")] {
        let sink = Sink::start().await;
        let made = make(&app, &sink, json!({"signature": form, "payload": payload})).await;
        assert_eq!((made["secret"].is_null(), made["public_key"].is_null()), (form == "v1a", form == "v1"));
        sinks.push((sink, made));
    }
    tell(&app, "A-1 ü").await;
    let posts: Vec<_> = sinks.iter().map(|(sink, _)| sink.take()).collect();
    assert!(posts[0].len() >= 2 && posts.iter().all(|of| of.len() == posts[0].len()));
    let schemes: [&[&str]; 3] = [&["v1"], &["v1a"], &["v1", "v1a"]];
    for ((posts, (_, made)), schemes) in posts.iter().zip(&sinks).zip(schemes) {
        for post in posts {
            assert_eq!(post.schemes(), schemes);
            assert!(made["secret"].is_null() || post.fits(&made["secret"]));
            assert!(made["public_key"].is_null() || post.fits_key(&made["public_key"]));
            let body = post.json();
            assert_eq!((&body["version"], &body["order"]), (&json!(1), &json!("A-1 ü")));
            let thin = made["payload"] == "thin";
            assert_eq!((body.get("data").is_none(), body.get("links").is_none()), (thin, !thin), "{body}");
        }
    }
    for (full, thin) in posts[0].iter().map(Post::json).zip(posts[1].iter().map(Post::json)) {
        // What is left out can be read where the links lead.
        let event = app.client.get(thin["links"]["event"].as_str().unwrap()).await.ok();
        for field in ["id", "type", "timestamp", "version", "order", "sequence", "data"] {
            assert_eq!(event[field], full[field], "{field}");
        }
        assert_eq!(app.client.get(thin["links"]["order"].as_str().unwrap()).await.ok()["id"], "A-1 ü");
    }
}

#[tokio::test]
async fn a_test_is_posted_once_and_says_what_came_of_it() {
    let app = TestApp::start().await;
    let sink = Sink::start().await;
    let made = make(&app, &sink, json!({"headers": {"x-shop": "7"}, "enabled": false})).await;
    let test = format!("{}/test", address(&made));
    let tried = app.client.post(&test, &json!({})).await.ok();
    assert_eq!(
        (&tried["delivered"], &tried["http_status"], &tried["error"]),
        (&json!(true), &json!(200), &Value::Null)
    );
    let [post] = sink.take().try_into().unwrap();
    assert!(post.fits(&made["secret"]) && post.header("x-shop") == "7");
    let body = post.json();
    assert_eq!((&body["type"], &body["id"]), (&json!("webhook.test"), &tried["id"]));
    assert_eq!((body.get("order"), body.get("sequence")), (None, None));

    sink.answer(500);
    let tried = app.client.post(&test, &json!({})).await.ok();
    assert_eq!((&tried["delivered"], &tried["http_status"]), (&json!(false), &json!(500)));
    app.advance_hours(24).await;
    assert_eq!(sink.take().len(), 1, "it is not tried again");
    patch(&app.client, &made, &json!({"url": "http://127.0.0.1:9/"})).await.ok();
    let tried = app.client.post(&test, &json!({})).await.ok();
    assert_eq!((&tried["delivered"], &tried["http_status"]), (&json!(false), &Value::Null));
    assert!(tried["error"].as_str().unwrap().contains("no connection"), "{tried}");
}

#[tokio::test]
async fn what_was_given_up_is_listed_and_posted_again_in_order_under_the_same_ids() {
    let app = TestApp::start().await;
    let sink = Sink::start().await;
    let made = make(&app, &sink, json!({"event_types": ["shipment.*", "order.*"]})).await;
    sink.answer(500);
    tell(&app, "A-1").await;
    tell(&app, "A-2").await;
    // The first of each order is given up after its last attempt. Two days later the endpoint would be disabled.
    app.advance_hours(24 * 4).await;
    let failed = async || {
        let path = format!("{}/deliveries?state=failed&limit=200", address(&made));
        app.client.get(&path).await.ok()["data"].as_array().unwrap().clone()
    };
    let dead = failed().await;
    assert!(dead.len() >= 2, "{dead:#?}");
    let by_type = format!("{}/deliveries?type=order.*&state=failed", address(&made));
    assert!(app.client.get(&by_type).await.ok()["data"].as_array().unwrap().len() < dead.len());
    app.client.get(&format!("{}/deliveries?type=nothing", address(&made))).await.problem(400, "bad_query");
    let ids: Vec<&Value> = dead.iter().rev().map(|delivery| &delivery["event"]["id"]).collect();
    let first = ids[0].as_str().unwrap();

    sink.take();
    sink.answer(200);
    let one = format!("{}/deliveries/{first}/replay", address(&made));
    assert_eq!(app.client.post(&one, &json!({})).await.status, 202);
    app.run_until_idle().await;
    let posted = sink.take();
    assert!(posted.iter().any(|post| post.header("webhook-id") == first && post.fits(&made["secret"])));
    let nobody = format!("{}/deliveries/evt_{}/replay", address(&made), "0".repeat(32));
    app.client.post(&nobody, &json!({})).await.problem(404, "no_such_delivery");

    let replay = format!("{}/replay", address(&made));
    app.client.post(&replay, &json!({})).await.problem(422, "invalid_field");
    app.client.post(&replay, &json!({"state": "pending"})).await.problem(422, "invalid_field");
    let left = failed().await;
    let done = app.client.post(&replay, &json!({"state": "failed"})).await.ok();
    assert_eq!((&done["replayed"], &done["has_more"]), (&json!(left.len()), &json!(false)));
    app.run_until_idle().await;
    assert_eq!(failed().await, Vec::<Value>::new());
    sink.take();

    // All of it again, from a time on: every event, in order.
    let all = app.client.post(&replay, &json!({"from": "2020-01-01T00:00:00Z"})).await.ok();
    assert!(all["replayed"].as_u64().unwrap() >= 2, "{all}");
    app.run_until_idle().await;
    let places = sink.places();
    assert_eq!(places.len() as u64, all["replayed"].as_u64().unwrap());
    for order in ["A-1", "A-2"] {
        let of: Vec<_> = places.iter().filter(|place| place.0 == order).map(|place| place.1).collect();
        assert!(of.windows(2).all(|pair| pair[0] < pair[1]), "{places:?}");
    }
}

#[tokio::test]
async fn an_endpoint_that_is_gone_is_told_to_another_that_asked_for_it() {
    let app = TestApp::start().await;
    let (gone, watching) = (Sink::start().await, Sink::start().await);
    gone.answer(410);
    let lost = make(&app, &gone, json!({"description": "the old shop"})).await;
    let made = make(&app, &watching, json!({"event_types": ["webhook_endpoint.*"]})).await;
    watching.answer(500);
    tell(&app, "A-1").await;
    let first = watching.take();
    watching.answer(200);
    app.advance_hours(1).await;
    let posts = watching.take();
    assert_eq!((first.len(), posts.len()), (1, 1), "it is tried again until it is taken");
    assert!(posts[0].fits(&made["secret"]));
    assert_eq!(posts[0].header("webhook-id"), first[0].header("webhook-id"));
    assert_eq!(posts[0].body, first[0].body);
    let body = posts[0].json();
    assert_eq!(
        (&body["type"], &body["data"]["endpoint"]),
        (&json!("webhook_endpoint.disabled"), &lost["id"])
    );
    assert_eq!(body["data"]["description"], "the old shop");
}
