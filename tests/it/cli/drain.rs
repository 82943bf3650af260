//! The whole gateway, asked to stop: what is under way ends well, nothing new begins, readers of streams are let go, and
//! the process says that all is fine. Asked twice it ends at once.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::routing::post;
use serde_json::json;
use tokio::net::TcpListener;
use tokio::sync::{Notify, Semaphore};

use super::crash::{Gateway, Site, paid};

/// Longest wait for anything.
const PATIENCE: Duration = Duration::from_secs(30);

/// A receiver that keeps each post until it is let go.
struct Slow {
    address: SocketAddr,
    arrived: Arc<Semaphore>,
    go: Arc<Notify>,
    answered: Arc<Semaphore>,
}

impl Slow {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (arrived, go, answered) =
            (Arc::new(Semaphore::new(0)), Arc::new(Notify::new()), Arc::new(Semaphore::new(0)));
        let (on, wait, done) = (Arc::clone(&arrived), Arc::clone(&go), Arc::clone(&answered));
        let receive = move || {
            let (on, wait, done) = (Arc::clone(&on), Arc::clone(&wait), Arc::clone(&done));
            async move {
                on.add_permits(1);
                wait.notified().await;
                done.add_permits(1);
            }
        };
        tokio::spawn(
            async move { axum::serve(listener, Router::new().route("/hooks", post(receive))).await },
        );
        Self { address, arrived, go, answered }
    }

    async fn arrival(&self) {
        tokio::time::timeout(PATIENCE, self.arrived.acquire()).await.unwrap().unwrap().forget();
    }
}

fn signal(gateway: &Gateway, name: &str) {
    let id = gateway.child.id().to_string();
    assert!(Command::new("kill").args([&format!("-{name}"), &id]).status().unwrap().success());
}

/// Waits until the process has ended; its exit code.
async fn ended(mut gateway: Gateway) -> Option<i32> {
    let waiting = async {
        loop {
            if let Some(status) = gateway.child.try_wait().unwrap() {
                return status.code();
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(PATIENCE, waiting).await.expect("it does not end")
}

async fn until_not_ready(gateway: &Gateway) {
    let waiting = async { while gateway.client().get("/readyz").await.status == 200 {} };
    tokio::time::timeout(PATIENCE, waiting).await.unwrap();
    gateway.client().get("/readyz").await.problem(503, "stopping");
}

/// The last step of a request that is sent in two: an order whose body ends only later.
struct Unfinished {
    connection: TcpStream,
    rest: Vec<u8>,
}

impl Unfinished {
    fn begin(gateway: &Gateway, key: &str, order: &str) -> Self {
        let address = gateway.client().address().trim_start_matches("http://").to_owned();
        let mut connection = TcpStream::connect(address).unwrap();
        connection.set_read_timeout(Some(PATIENCE)).unwrap();
        let body = paid(order).to_string().into_bytes();
        let head = format!(
            "POST /v1/orders HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {key}\r\ncontent-type: application/json\r\n\
             content-length: {}\r\n\r\n",
            body.len()
        );
        connection.write_all(head.as_bytes()).unwrap();
        connection.write_all(&body[..10]).unwrap();
        Self { connection, rest: body[10..].to_vec() }
    }

    fn finish(mut self) -> String {
        self.connection.write_all(&self.rest).unwrap();
        let mut answer = String::new();
        self.connection.read_to_string(&mut answer).unwrap();
        answer
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn asked_to_stop_it_finishes_what_is_under_way_and_loses_nothing() {
    // Long enough for a balancer, and for this test, to hear of it.
    let site = Site::with_server("drain_ms = 1500\n").await;
    let gateway = site.serve();
    let slow = Slow::start().await;
    let url = format!("http://{}/hooks", slow.address);
    let endpoint = gateway.client().post("/v1/webhook_endpoints", &json!({"url": url})).await.ok();
    gateway.client().post("/v1/orders", &paid("A-1")).await.ok();
    let number = json!({"carrier": "ups", "tracking_number": "1ZWAYG8T0300002020"});
    gateway.client().post("/v1/orders/A-1/shipments", &number).await.ok();
    slow.arrival().await;
    let stream = reqwest::Client::builder().no_proxy().build().unwrap();
    let stream = stream.get(format!("{}/v1/events", gateway.client().address()));
    let mut stream =
        stream.bearer_auth(&site.key).header("accept", "text/event-stream").send().await.unwrap();
    assert_eq!(stream.status(), 200);
    assert!(stream.chunk().await.unwrap().unwrap().starts_with(b"retry: "), "how soon to come back");
    let unfinished = Unfinished::begin(&gateway, &site.key, "A-2");

    signal(&gateway, "TERM");
    until_not_ready(&gateway).await;
    // Balancers that have not heard of it are served.
    gateway.client().post("/v1/orders", &paid("A-3")).await.ok();
    // The stream ends as an answer ends, and not as a connection breaks.
    while stream.chunk().await.unwrap().is_some() {}
    let address = gateway.client().address().trim_start_matches("http://").to_owned();
    let refused = async { while TcpStream::connect(&address).is_ok() {} };
    tokio::time::timeout(PATIENCE, refused).await.expect("connections are still taken");
    let answer = tokio::task::spawn_blocking(|| unfinished.finish()).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 201 Created\r\n"), "{answer}");
    slow.go.notify_one();
    assert_eq!(ended(gateway).await, Some(0));
    assert_eq!(slow.answered.available_permits(), 1);
    assert_eq!(slow.arrived.available_permits(), 0, "the next event was not begun");

    let gateway = site.serve();
    for order in ["A-1", "A-2", "A-3"] {
        assert_eq!(gateway.client().get(&format!("/v1/orders/{order}")).await.ok()["id"], order);
    }
    // What was posted is recorded as delivered, and the next one comes after it.
    slow.arrival().await;
    let path = format!("/v1/webhook_endpoints/{}/deliveries", endpoint["id"].as_str().unwrap());
    let deliveries = gateway.client().get(&path).await.ok();
    let first = deliveries["data"].as_array().unwrap().last().unwrap().clone();
    assert_eq!((&first["state"], &first["attempts"]), (&json!("delivered"), &json!(1)), "{first}");
    slow.go.notify_waiters();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_never_finishes_is_not_waited_for() {
    let site = Site::with_server("drain_ms = 0\nrequest_timeout_ms = 200\n").await;
    let gateway = site.serve();
    let address = gateway.client().address().trim_start_matches("http://").to_owned();
    let _idle = TcpStream::connect(&address).unwrap();
    let mut half_a_head = TcpStream::connect(&address).unwrap();
    half_a_head.write_all(b"GET /readyz HTTP/1.1\r\nhos").unwrap();
    let _half_a_body = Unfinished::begin(&gateway, &site.key, "A-1");
    signal(&gateway, "INT");
    assert_eq!(ended(gateway).await, Some(0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn asked_to_stop_again_it_ends_at_once() {
    let site = Site::with_server("drain_ms = 600000\n").await;
    let gateway = site.serve();
    signal(&gateway, "INT");
    until_not_ready(&gateway).await;
    signal(&gateway, "TERM");
    assert_eq!(ended(gateway).await, Some(1));
    // And the store is whole.
    let gateway = site.serve();
    assert_eq!(gateway.client().get("/readyz").await.status, 200);
}
