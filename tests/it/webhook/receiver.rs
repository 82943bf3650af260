//! A receiver on loopback that keeps what it gets and answers as its path says.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use futures_util::stream;
use tokio::net::TcpListener;
use tokio::sync::{Barrier, Notify};

/// A request as it came.
#[derive(Debug, Clone)]
pub struct Received {
    pub path: String,
    pub headers: HeaderMap,
    pub body: Bytes,
}

/// How long the path `slow` takes.
const SLOW: Duration = Duration::from_millis(400);
/// How long a test waits for requests that must come.
const PATIENCE: Duration = Duration::from_secs(20);

type Log = Arc<Mutex<Vec<Received>>>;

/// How many requests the path `trio` holds at once: it lets some go alone, then always three together.
struct Trio {
    alone: AtomicUsize,
    here: AtomicUsize,
    most: AtomicUsize,
    barrier: Barrier,
}

impl Trio {
    async fn hold(&self) {
        // As many go alone as there are endpoints.
        let left = |left: usize| left.checked_sub(1);
        if self.alone.fetch_update(Ordering::SeqCst, Ordering::SeqCst, left).is_ok() {
            return;
        }
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
    arrived: Arc<Notify>,
    trio: Arc<Trio>,
}

impl Receiver {
    pub async fn start() -> Self {
        Self::start_at("127.0.0.1:0".parse().unwrap()).await
    }

    pub async fn start_at(address: SocketAddr) -> Self {
        let log = Log::default();
        let trio = Arc::new(Trio {
            alone: AtomicUsize::new(0),
            here: AtomicUsize::new(0),
            most: AtomicUsize::new(0),
            barrier: Barrier::new(3),
        });
        let arrived = Arc::<Notify>::default();
        let listener = TcpListener::bind(address).await.unwrap();
        let address = listener.local_addr().unwrap();
        let router = Router::new().route("/{*path}", post(receive)).with_state((
            Arc::clone(&log),
            Arc::clone(&arrived),
            Arc::clone(&trio),
        ));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { address, log, arrived, trio }
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}/{path}", self.address)
    }

    /// Lets as many requests to the path `trio` go alone.
    pub fn let_go(&self, count: usize) {
        self.trio.alone.store(count, Ordering::SeqCst);
    }

    /// The most requests that the path `trio` held at once.
    pub fn most_at_once(&self) -> usize {
        self.trio.most.load(Ordering::SeqCst)
    }

    /// Waits until so many requests have come.
    pub async fn wait_for(&self, count: usize) {
        let all = async {
            loop {
                let arrived = self.arrived.notified();
                if self.log.lock().unwrap().len() >= count {
                    return;
                }
                arrived.await;
            }
        };
        tokio::time::timeout(PATIENCE, all).await.unwrap_or_else(|_| panic!("{count} requests did not come"));
    }

    pub fn received(&self) -> Vec<Received> {
        self.log.lock().unwrap().clone()
    }
}

async fn receive(
    State((log, arrived, trio)): State<(Log, Arc<Notify>, Arc<Trio>)>,
    Path(path): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let read = serde_json::from_slice::<serde_json::Value>(&body);
    let order = read.ok().and_then(|body| Some(body["order"].as_str()?.to_owned())).unwrap_or_default();
    log.lock().unwrap().push(Received { path: path.clone(), headers, body });
    arrived.notify_waiters();
    match path.as_str() {
        "ok" => "thank you".into_response(),
        "trio" => {
            trio.hold().await;
            StatusCode::NO_CONTENT.into_response()
        }
        "all-but-A" if order == "A" => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        "all-but-A" => StatusCode::NO_CONTENT.into_response(),
        "close" => ([(header::CONNECTION, "close")], "thank you").into_response(),
        "busy" => (StatusCode::TOO_MANY_REQUESTS, [(header::RETRY_AFTER, "120")]).into_response(),
        "moved" => (StatusCode::FOUND, [(header::LOCATION, "/ok")]).into_response(),
        "cookie" => ([(header::SET_COOKIE, "visited=1; Path=/")], "").into_response(),
        "rude" => (StatusCode::INTERNAL_SERVER_ERROR, "\u{1b}[31mfailed\u{202e}\n").into_response(),
        "slow" => {
            tokio::time::sleep(SLOW).await;
            StatusCode::NO_CONTENT.into_response()
        }
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
