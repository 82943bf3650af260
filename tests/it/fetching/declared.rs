//! A source that an operator declared, asked by the whole gateway: the file in a folder, a server that speaks what the file
//! says, and nothing programmed in between.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use http::{Method, StatusCode};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::net::TcpListener;

use crate::support::{DECLARED, DECLARED_SOURCE, START, Setup, TestApp};

/// An S10 number of the Austrian post; its check digit is right (UPU S10-12).
const NUMBER: &str = "RR473124829AT";

/// What the post says for now.
type Said = Arc<Mutex<(StatusCode, Value)>>;

/// The post's side of the wire: it takes the declared request with the right key and answers what it is told to.
async fn post(said: Said) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let router = Router::new().fallback(move |request: Request| {
        let said = Arc::clone(&said);
        async move { answer(request, &said).await }
    });
    tokio::spawn(async move { axum::serve(listener, router).await });
    format!("http://{address}")
}

async fn answer(request: Request, said: &Said) -> Response {
    let key = request.headers().get("authorization").and_then(|v| v.to_str().ok()).map(str::to_owned);
    let right = request.method() == Method::POST && request.uri().path() == "/v1/track";
    let body = axum::body::to_bytes(request.into_body(), 1 << 16).await.unwrap();
    let asked: Value = serde_json::from_slice(&body).unwrap_or_default();
    if !right || asked != json!({"item": NUMBER, "postcode": "75011"}) {
        return (StatusCode::BAD_REQUEST, asked.to_string()).into_response();
    }
    if key.as_deref() != Some("Key geheim \"1\"") {
        return (StatusCode::UNAUTHORIZED, "{}").into_response();
    }
    let (status, body) = said.lock().unwrap().clone();
    (status, body.to_string()).into_response()
}

/// A parcel that was posted in Vienna on the third and came to Paris on the fifth.
fn parcel(number: &str) -> Value {
    json!({"sendung": {
        "nummer": number,
        "nach": {"land": "FRA", "plz": "75011"},
        "ereignisse": [
            {"zeit": "03.03.2026 10:00", "art": "AUF", "wort": "Aufgegeben", "ort": "WIEN", "land": "AT"},
            {"zeit": "05.03.2026 07:30", "art": "VER", "wort": "Unterwegs", "ort": "PARIS", "land": "FR"},
        ],
    }})
}

/// A gateway with the file in its folder, and its post.
async fn start(folder: &TempDir) -> (TestApp, Said) {
    let said: Said = Arc::new(Mutex::new((StatusCode::NOT_FOUND, json!({"fehler": "UNBEKANNT"}))));
    let at = post(Arc::clone(&said)).await;
    let sources = folder.path().join("sources");
    std::fs::create_dir(&sources).unwrap();
    std::fs::write(sources.join("austrian_post.toml"), DECLARED).unwrap();
    std::fs::write(sources.join("notes.txt"), "not a source").unwrap();
    let key = folder.path().join("key");
    std::fs::write(&key, "geheim \"1\"\n").unwrap();
    let settings = format!(
        "[carriers]\nsources_dir = '{}'\n[sources.\"{DECLARED_SOURCE}\"]\nsandbox = true\nbase_url = \"{at}\"\n\
         [sources.\"{DECLARED_SOURCE}\".secrets]\napi_key = {{ file = '{}' }}\n[server]",
        sources.display(),
        key.display(),
    );
    let app = Setup::default().edit("[server]", &settings).start().await;
    let order = json!({
        "id": "A-1", "seller": "s-1", "buyer": "b-1", "paid_at": START, "handling_days": 7, "delivery_days": 30,
        "amount": {"amount": "40.00", "currency": "USD"}, "method": "standard", "ship_from": {"country": "AT"},
        "ship_to": {"country": "FR", "city": "Paris", "postal_code": "75011"},
    });
    app.register(&order).await;
    (app, said)
}

#[tokio::test]
async fn a_declared_source_is_asked_read_and_believed() {
    let folder = tempfile::tempdir().unwrap();
    let (app, said) = start(&folder).await;
    let shipment = app.submit("A-1", "austrian_post", NUMBER).await;
    app.advance_hours(24).await;
    let unknown = app.shipment(&shipment).await;
    assert_eq!(unknown["verdict"]["verdict"], "pending", "{unknown}");
    // An answer about another parcel changes nothing.
    *said.lock().unwrap() = (StatusCode::OK, parcel("RR473124832AT"));
    app.advance_hours(24).await;
    assert_eq!(app.verdict(&shipment).await, "pending");
    *said.lock().unwrap() = (StatusCode::OK, parcel(NUMBER));
    app.advance_hours(48).await;
    let known = app.shipment(&shipment).await;
    assert_eq!(known["verdict"]["verdict"], "verified", "{known}");
    let tracking = &known["tracking"];
    assert_eq!(tracking["checkpoints"][0]["time"], "2026-03-05T07:30:00+01:00");
    assert_eq!(tracking["destination"]["country"], "FR");
    let carriers = app.key(&app.keys.operator).get("/v1/carriers").await.ok();
    let listed = carriers["data"].as_array().unwrap().iter().find(|c| c["id"] == "austrian_post").unwrap();
    assert_eq!((&listed["recognized"], &listed["sources"][0]["state"]), (&json!(true), &json!("on")));
}
