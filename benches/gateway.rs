//! One cached tracking served over HTTP, with authentication, pace and entity tag, beside the same bytes, headers
//! included, from a bare axum handler: rounds of both by turns in one run, so that whatever else the machine does meets both. And one number
//! checked, from text to JSON.
//!
//! `cargo bench --bench gateway [-- --seconds S --rounds N]`
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a bench that cannot go on ends")]

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use ::http::{HeaderMap, HeaderName};
use axum::Router;
use axum::body::Body;
use axum::response::Response;
use axum::routing::get;
use jiff::{SignedDuration, Timestamp};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::Instant;
use waygate::assembly::{Surroundings, assemble, current_book};
use waygate::clock::ManualClock;
use waygate::config::Config;
use waygate::gateway::check_number;
use waygate::sandbox::{SandboxFile, SandboxHost, environment, settings};
use waygate::secrets::ApiKeySecret;
use waygate::store::{ApiKey, Scope};
use waygate::{http, sandbox};

/// What the binary of the gateway has, too.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Connections that are kept busy.
const CONNECTIONS: usize = 64;
/// Callers: one alone would meet the pace that a key is allowed.
const KEYS: usize = 16;
/// Longest time for one answer: another one than the first would never be whole.
const PATIENCE: Duration = Duration::from_secs(5);
/// The parcel that is asked for: delivered by then.
const NUMBER: &str = "1ZWAYG8T0300001012";

fn main() {
    let argument = |name: &str, default: f64| {
        let mut words = std::env::args().skip_while(|word| word != name).skip(1);
        words.next().and_then(|word| word.parse().ok()).unwrap_or(default)
    };
    let (seconds, rounds) = (argument("--seconds", 2.0), argument("--rounds", 7.0));
    numbers(Duration::from_secs_f64(seconds));
    let runtime = tokio::runtime::Runtime::new().unwrap();
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a small number of rounds")]
    runtime.block_on(cached_tracking(Duration::from_secs_f64(seconds), rounds as usize));
}

fn numbers(time: Duration) {
    let book = current_book();
    for number in [NUMBER, "1z wayg8t 03 0000 1012", "EN990001029JP", "3318811031", "not a number"] {
        let began = Instant::now();
        let mut count = 0_u32;
        while began.elapsed() < time / 4 {
            let check = check_number(book.registry, book.channels, number, None, None);
            std::hint::black_box(serde_json::to_vec(&check).unwrap());
            count += 1;
        }
        println!("check {number:<24} {:>8.2?} each, JSON included", began.elapsed() / count);
    }
}

async fn cached_tracking(time: Duration, rounds: usize) {
    let folder = tempfile::tempdir().unwrap();
    let (full, keys) = gateway(folder.path()).await;
    let request = |path: &str| -> Vec<String> {
        let with = |key: &ApiKeySecret| {
            format!("GET {path} HTTP/1.1\r\nhost: waygate\r\nauthorization: Bearer {}\r\n\r\n", key.reveal())
        };
        keys.iter().map(with).collect()
    };
    let asked = request(&format!("/v1/trackings/ups/{NUMBER}"));
    body_of(full, &asked[0]).await; // asked of the source; from now on it is cached
    let (headers, body) = body_of(full, &asked[0]).await;
    println!("cached tracking: {} bytes and {} headers", body.len(), headers.len());
    let bytes = bytes::Bytes::from(body);
    // The same bytes on the wire, headers included.
    let handler = get(move || {
        let mut response = Response::new(Body::from(bytes.clone()));
        *response.headers_mut() = headers.clone();
        std::future::ready(response)
    });
    let bare = serve(Router::new().route("/tracking", handler)).await;
    let plain = request("/tracking");
    let mut ratios = Vec::new();
    for round in 1..=rounds {
        let ceiling = load(bare, &plain, time).await;
        let served = load(full, &asked, time).await;
        println!(
            "round {round}: bare axum {ceiling:.0}/s, waygate {served:.0}/s, ratio {:.3}",
            served / ceiling
        );
        ratios.push(served / ceiling);
    }
    ratios.sort_by(f64::total_cmp);
    println!("median ratio {:.3} over {rounds} pairs", ratios[ratios.len() / 2]);
}

/// A gateway over the sandbox, with the demo's parcels, on a clock that stands still at a time when they have arrived.
async fn gateway(folder: &std::path::Path) -> (SocketAddr, Vec<ApiKeySecret>) {
    let now: Timestamp = "2026-03-20T00:00:00Z".parse().unwrap();
    let clock = Arc::new(ManualClock::new(now));
    let epoch = now - SignedDuration::from_hours(24 * 18);
    let parcels = SandboxFile::read(waygate::demo::STORY).unwrap();
    let host = SandboxHost::new(&parcels, epoch, clock.clone()).unwrap();
    let carriers = serve(sandbox::router(Arc::new(host))).await;
    let env = environment;
    let text = settings(folder, carriers, "127.0.0.1:0".parse().unwrap(), &["ups.track"]);
    let config = Config::read(Some(("the bench", &text)), &env).unwrap();
    let around = Surroundings { clock, env: &env, jitter: || 0.5, lease: SignedDuration::from_secs(60) };
    let assembly = assemble(&config, &around).unwrap();
    let mut secrets = Vec::new();
    for _ in 0..KEYS {
        let secret = ApiKeySecret::generate().unwrap();
        let key = ApiKey::new(&secret, "bench", vec![Scope::OrderSystem], None, now);
        assembly.app.gateway.store.create_key(key).await.unwrap();
        secrets.push(secret);
    }
    (serve(http::router(assembly.app)).await, secrets)
}

async fn serve(router: Router) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}

/// One answer: its headers, but those that every server adds by itself, and its body.
async fn body_of(address: SocketAddr, request: &str) -> (HeaderMap, Vec<u8>) {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let (answer, head) = read_answer(&mut stream, &mut Vec::new()).await;
    assert!(answer.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&answer));
    let text = String::from_utf8_lossy(&answer[..head]).into_owned();
    let headers = text.lines().filter_map(|line| line.split_once(": "));
    let headers = headers.filter(|(name, _)| !["date", "content-length"].contains(name));
    let headers = headers.map(|(name, value)| (name.parse::<HeaderName>().unwrap(), value.parse().unwrap()));
    (headers.collect(), answer[head..].to_vec())
}

/// Reads one answer whole; says where its body begins.
async fn read_answer(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> (Vec<u8>, usize) {
    loop {
        if let Some(head) = buffer.windows(4).position(|w| w == b"\r\n\r\n").map(|at| at + 4) {
            let text = String::from_utf8_lossy(&buffer[..head]).to_lowercase();
            let length = text.split("content-length: ").nth(1).and_then(|rest| rest.split("\r\n").next());
            let whole = head + length.unwrap().parse::<usize>().unwrap();
            if buffer.len() >= whole {
                return (buffer.drain(..whole).collect(), head);
            }
        }
        assert!(stream.read_buf(buffer).await.unwrap() > 0, "the connection was closed");
    }
}

/// Answers a second with every connection kept busy. Answers are alike in length, so that they can be counted by bytes.
async fn load(address: SocketAddr, requests: &[String], time: Duration) -> f64 {
    let answers = Arc::new(AtomicU64::new(0));
    let began = Instant::now();
    let mut busy = Vec::new();
    for connection in 0..CONNECTIONS {
        let request = requests[connection % requests.len()].as_bytes().to_vec();
        let answers = Arc::clone(&answers);
        busy.push(tokio::spawn(async move {
            let mut stream = TcpStream::connect(address).await.unwrap();
            stream.set_nodelay(true).unwrap();
            stream.write_all(&request).await.unwrap();
            let length = read_answer(&mut stream, &mut Vec::new()).await.0.len();
            let mut buffer = vec![0; length];
            while began.elapsed() < time {
                stream.write_all(&request).await.unwrap();
                tokio::time::timeout(PATIENCE, stream.read_exact(&mut buffer)).await.unwrap().unwrap();
                assert!(buffer.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&buffer));
                answers.fetch_add(1, Ordering::Relaxed);
            }
        }));
    }
    for task in busy {
        task.await.unwrap();
    }
    #[expect(clippy::cast_precision_loss, reason = "a count of seconds' requests")]
    let count = answers.load(Ordering::Relaxed) as f64;
    count / began.elapsed().as_secs_f64()
}
