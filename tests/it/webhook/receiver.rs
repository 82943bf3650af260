//! A receiver on loopback that keeps what it gets and answers as its path says.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use futures_util::stream;
use tokio::net::TcpListener;

/// A request as it came.
#[derive(Debug, Clone)]
pub struct Received {
    pub path: String,
    pub headers: HeaderMap,
    pub body: Bytes,
}

type Log = Arc<Mutex<Vec<Received>>>;

/// The receiver; it stops when the test's runtime does.
pub struct Receiver {
    pub address: SocketAddr,
    log: Log,
}

impl Receiver {
    pub async fn start() -> Self {
        Self::start_at("127.0.0.1:0".parse().unwrap()).await
    }

    pub async fn start_at(address: SocketAddr) -> Self {
        let log = Log::default();
        let listener = TcpListener::bind(address).await.unwrap();
        let address = listener.local_addr().unwrap();
        let router = Router::new().route("/{*path}", post(receive)).with_state(Arc::clone(&log));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { address, log }
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}/{path}", self.address)
    }

    pub fn received(&self) -> Vec<Received> {
        self.log.lock().unwrap().clone()
    }
}

async fn receive(
    State(log): State<Log>,
    Path(path): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    log.lock().unwrap().push(Received { path: path.clone(), headers, body });
    match path.as_str() {
        "ok" => "thank you".into_response(),
        "close" => ([(header::CONNECTION, "close")], "thank you").into_response(),
        "busy" => (StatusCode::TOO_MANY_REQUESTS, [(header::RETRY_AFTER, "120")]).into_response(),
        "moved" => (StatusCode::FOUND, [(header::LOCATION, "/ok")]).into_response(),
        "cookie" => ([(header::SET_COOKIE, "visited=1; Path=/")], "").into_response(),
        "rude" => (StatusCode::INTERNAL_SERVER_ERROR, "\u{1b}[31mfailed\u{202e}\n").into_response(),
        "never" => std::future::pending().await,
        "endless" => {
            let chunks = stream::repeat_with(|| Ok::<_, std::io::Error>(Bytes::from(vec![b'x'; 1_000])));
            Body::from_stream(chunks).into_response()
        }
        "stuck" => {
            // A status at once, and a body that never ends.
            Body::from_stream(stream::pending::<Result<Bytes, std::io::Error>>()).into_response()
        }
        status => StatusCode::from_u16(status.parse().unwrap()).unwrap().into_response(),
    }
}
