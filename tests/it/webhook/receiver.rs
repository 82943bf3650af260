//! A receiver on loopback that keeps what it gets and answers as its path says.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use futures_util::stream;
use tokio::net::TcpListener;
use tokio::sync::Barrier;

/// A request as it came.
#[derive(Debug, Clone)]
pub struct Received {
    pub path: String,
    pub headers: HeaderMap,
    pub body: Bytes,
}

type Log = Arc<Mutex<Vec<Received>>>;

/// How many requests the path `trio` holds at once: it lets them go when three are there.
struct Trio {
    here: AtomicUsize,
    most: AtomicUsize,
    barrier: Barrier,
}

impl Trio {
    async fn hold(&self) {
        let here = self.here.fetch_add(1, Ordering::SeqCst) + 1;
        self.most.fetch_max(here, Ordering::SeqCst);
        self.barrier.wait().await;
        self.here.fetch_sub(1, Ordering::SeqCst);
    }
}

/// The receiver; it stops when the test's runtime does.
pub struct Receiver {
    pub address: SocketAddr,
    log: Log,
    trio: Arc<Trio>,
}

impl Receiver {
    pub async fn start() -> Self {
        Self::start_at("127.0.0.1:0".parse().unwrap()).await
    }

    pub async fn start_at(address: SocketAddr) -> Self {
        let log = Log::default();
        let trio =
            Arc::new(Trio { here: AtomicUsize::new(0), most: AtomicUsize::new(0), barrier: Barrier::new(3) });
        let listener = TcpListener::bind(address).await.unwrap();
        let address = listener.local_addr().unwrap();
        let router =
            Router::new().route("/{*path}", post(receive)).with_state((Arc::clone(&log), Arc::clone(&trio)));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { address, log, trio }
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}/{path}", self.address)
    }

    /// The most requests that the path `trio` held at once.
    pub fn most_at_once(&self) -> usize {
        self.trio.most.load(Ordering::SeqCst)
    }

    pub fn received(&self) -> Vec<Received> {
        self.log.lock().unwrap().clone()
    }
}

async fn receive(
    State((log, trio)): State<(Log, Arc<Trio>)>,
    Path(path): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    log.lock().unwrap().push(Received { path: path.clone(), headers, body });
    match path.as_str() {
        "ok" => "thank you".into_response(),
        "trio" => {
            trio.hold().await;
            StatusCode::NO_CONTENT.into_response()
        }
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
