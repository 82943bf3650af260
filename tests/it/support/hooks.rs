//! A receiver of webhooks that reads each with the public library for Standard Webhooks.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::routing::post;
use http::{HeaderMap, StatusCode};
use serde_json::Value;
use standardwebhooks::Webhook;
use tokio::net::TcpListener;
use tokio::sync::Notify;

/// A webhook that arrived.
#[derive(Debug, Clone)]
pub struct Hook {
    pub id: String,
    pub order: String,
    pub sequence: i64,
    pub kind: String,
    /// Whether the public library takes its signature.
    pub verified: bool,
    /// Whether it was answered with 200.
    pub taken: bool,
    pub body: Value,
}

#[derive(Default)]
struct Inner {
    secret: OnceLock<String>,
    hooks: Mutex<Vec<Hook>>,
    status: AtomicU16,
    arrived: Notify,
}

/// The receiver.
#[derive(Clone)]
pub struct Hooks {
    address: SocketAddr,
    inner: Arc<Inner>,
}

impl Hooks {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let inner = Arc::new(Inner { status: AtomicU16::new(200), ..Inner::default() });
        let router = Router::new().route("/hooks", post(receive)).with_state(Arc::clone(&inner));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { address, inner }
    }

    pub fn url(&self) -> String {
        format!("http://{}/hooks", self.address)
    }

    /// The secret that signatures are verified with from now on.
    pub fn expect(&self, secret: &str) {
        self.inner.secret.set(secret.to_owned()).unwrap();
    }

    /// Answers with this status from now on.
    pub fn answer(&self, status: u16) {
        self.inner.status.store(status, Ordering::SeqCst);
    }

    /// All that arrived, in the order in which it did.
    pub fn all(&self) -> Vec<Hook> {
        self.inner.hooks.lock().unwrap().clone()
    }

    /// Those of one order that were taken.
    pub fn of(&self, order: &str) -> Vec<Hook> {
        self.all().into_iter().filter(|hook| hook.order == order && hook.taken).collect()
    }

    /// Waits until what arrived is enough; at most this long.
    pub async fn wait_until(&self, most: Duration, enough: impl Fn(&[Hook]) -> bool) {
        let waiting = async {
            loop {
                let arrived = self.inner.arrived.notified();
                tokio::pin!(arrived);
                arrived.as_mut().enable();
                if enough(&self.all()) {
                    return;
                }
                arrived.await;
            }
        };
        let result = tokio::time::timeout(most, waiting).await;
        assert!(result.is_ok(), "not enough webhooks came within {most:?}: {:#?}", self.all());
    }
}

async fn receive(State(inner): State<Arc<Inner>>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let library = inner.secret.get().map(|secret| Webhook::new(secret).unwrap());
    let verified = library.is_some_and(|library| library.verify(&body, &headers).is_ok());
    let event: Value = serde_json::from_slice(&body).unwrap();
    let status = inner.status.load(Ordering::SeqCst);
    inner.hooks.lock().unwrap().push(Hook {
        id: headers["webhook-id"].to_str().unwrap().to_owned(),
        order: event["order"].as_str().unwrap_or_default().to_owned(),
        sequence: event["sequence"].as_i64().unwrap_or_default(),
        kind: event["type"].as_str().unwrap_or_default().to_owned(),
        verified,
        taken: status == 200,
        body: event,
    });
    inner.arrived.notify_waiters();
    StatusCode::from_u16(status).unwrap()
}
