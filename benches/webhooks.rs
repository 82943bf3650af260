//! Deliveries, each signed and its attempt durably recorded, beside a bare loop that posts the same bytes to the same sink;
//! what one dead endpoint in a hundred does to the others' delay; and what a backlog of a million costs in memory.
//!
//! `cargo bench --bench webhooks [-- throughput|delay|backlog]`
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a bench that cannot go on ends")]

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::routing::post;
use jiff::Timestamp;
use reqwest::Client;
use rusqlite::{Connection, params};
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio::time::Instant;
use waygate::clock::{Clock as _, SystemClock};
use waygate::net::client::Egress;
use waygate::net::guard::Allow;
use waygate::secrets::MasterKey;
use waygate::store::sqlite::{Options, SqliteStore};
use waygate::store::{DeliveryClaim, Room, Store as _};
use waygate::webhook::deliver::{Deliverer, Limits};
use waygate::webhook::payload;

/// As in the program.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Posts at the same time, of both.
const AT_ONCE: usize = 64;
const ROUNDS: usize = 5;
const DELIVERIES: u32 = 20_000;
/// Endpoints of the first part: enough to keep all posts busy.
const ENDPOINTS: u32 = 32;

/// Endpoints of the second part, and deliveries a second to all of them together.
const MANY_ENDPOINTS: u32 = 10_000;
const A_SECOND: u32 = 1_000;
const SECONDS: u32 = 15;

const BACKLOG: u32 = 1_000_000;

fn main() {
    let parts: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    let wanted = |part: &str| parts.is_empty() || parts.iter().any(|word| word == part);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let folder = tempfile::tempdir().unwrap();
    if wanted("throughput") {
        runtime.block_on(throughput(folder.path()));
    }
    if wanted("delay") {
        runtime.block_on(delay(folder.path()));
    }
    if wanted("backlog") {
        runtime.block_on(backlog(folder.path()));
    }
}

/// What to fill a store with: delivery `n` goes to endpoint `n` modulo their number, and is due `every` after the one
/// before it.
struct Filling<'a> {
    urls: &'a [String],
    deliveries: u32,
    from: Timestamp,
    every: Duration,
}

/// Rows as the store would write them, in one transaction.
fn fill(path: &Path, filling: &Filling<'_>) {
    drop(SqliteStore::open(path, &Options::default()).unwrap());
    let mut db = Connection::open(path).unwrap();
    db.execute_batch("PRAGMA synchronous = OFF; PRAGMA cache_size = -8000; PRAGMA foreign_keys = OFF")
        .unwrap();
    let db = db.transaction().unwrap();
    let endpoints = u32::try_from(filling.urls.len()).unwrap();
    for (n, url) in filling.urls.iter().enumerate() {
        let sql = "INSERT INTO endpoints (id, url, event_types, state, created_at) VALUES (?1, ?2, '[]', 'enabled', 0)";
        db.execute(sql, params![format!("whe_{n:032x}"), url]).unwrap();
    }
    let orders = "INSERT INTO orders (id, document, state, revision, sequence, created_at) VALUES (?1, '{}', '{}', 1, 1, 0)";
    let events = "INSERT INTO events (id, order_id, sequence, type, at, data) VALUES (?1, ?2, 1, 'tracking.updated', ?3, ?4)";
    let deliveries = "INSERT INTO deliveries (endpoint, event, order_id, sequence, state, attempts, next_attempt_at, due_at, created_at)
        VALUES (?1, ?2, ?3, 1, 'pending', 0, ?4, ?4, ?4)";
    let data = r#"{"carrier":"ups","tracking_number":"1Z999AA10123456784","status":"in_transit","place":{"country":"US","city":"Oakland","postal_code":"94607"},"text":"Departed from facility"}"#;
    for n in 0..filling.deliveries {
        let due = (filling.from + filling.every * n).as_microsecond();
        // The order's id says when its delivery was due, so that the sink can tell how late it came.
        let (order, event) = (format!("A-{n}-{due}"), format!("evt_{n:032x}"));
        db.prepare_cached(orders).unwrap().execute([&order]).unwrap();
        db.prepare_cached(events).unwrap().execute(params![event, order, due, data]).unwrap();
        let endpoint = format!("whe_{:032x}", n % endpoints);
        db.prepare_cached(deliveries).unwrap().execute(params![endpoint, event, order, due]).unwrap();
    }
    let lanes = "INSERT OR REPLACE INTO lanes (endpoint, due_at, turn_at, turns)
        SELECT endpoint, min(due_at), 0, 0 FROM deliveries GROUP BY endpoint";
    db.execute(lanes, []).unwrap();
    db.commit().unwrap();
}

#[derive(Default)]
struct Seen {
    count: AtomicU64,
    /// How late each came, in microseconds, where that is asked.
    late: Option<Mutex<Vec<i64>>>,
}

/// A sink that reads everything and answers 204.
async fn sink(seen: &Arc<Seen>) -> SocketAddr {
    let take = async |State(seen): State<Arc<Seen>>, body: Bytes| {
        seen.count.fetch_add(1, Ordering::Relaxed);
        if let Some(late) = &seen.late {
            let body: BTreeMap<String, serde_json::Value> = serde_json::from_slice(&body).unwrap();
            let due: i64 = body["order"].as_str().unwrap().rsplit('-').next().unwrap().parse().unwrap();
            late.lock().unwrap().push(SystemClock.now().as_microsecond() - due);
        }
        http::StatusCode::NO_CONTENT
    };
    let router = Router::new().route("/{*path}", post(take)).with_state(Arc::clone(seen));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}

fn deliverer(path: &Path, limits: Limits) -> Deliverer {
    let store = Arc::new(SqliteStore::open(path, &Options::default()).unwrap());
    let (clock, master) = (Arc::new(SystemClock), Arc::new(MasterKey::from_bytes([7; 32])));
    Deliverer::new(store, clock.clone(), clock, master, Egress::new(Allow::loopback()).unwrap(), limits)
}

/// What so many posts took: how many there were in a second, and the processor's time for each of them, in microseconds.
struct Pace {
    began: Instant,
    busy: f64,
}

impl Pace {
    fn begin() -> Self {
        Self { began: Instant::now(), busy: busy() }
    }

    fn of(&self, count: u32) -> (f64, f64) {
        let count = f64::from(count);
        (count / self.began.elapsed().as_secs_f64(), (busy() - self.busy) * 1e6 / count)
    }
}

/// The processor's time that this process took, in seconds: `utime` and `stime` of proc(5), in hundredths.
fn busy() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let (_, fields) = stat.rsplit_once(')').unwrap();
    fields.split_whitespace().skip(11).take(2).map(|ticks| ticks.parse::<f64>().unwrap() / 100.0).sum()
}

async fn throughput(folder: &Path) {
    let seen = Arc::<Seen>::default();
    let address = sink(&seen).await;
    let urls: Vec<_> = (0..ENDPOINTS).map(|n| format!("http://{address}/hook/{n}")).collect();
    let limits = Limits { posts: AT_ONCE + AT_ONCE / 3, claims_per_run: u32::MAX, ..Limits::default() };
    let mut ratios = Vec::new();
    for round in 1..=ROUNDS {
        let path = folder.join(format!("throughput-{round}.db"));
        let from = SystemClock.now() - Duration::from_mins(1);
        fill(&path, &Filling { urls: &urls, deliveries: DELIVERIES, from, every: Duration::ZERO });
        let body = body_of(&path).await;
        let worker = Arc::new(deliverer(&path, limits));
        let before = seen.count.load(Ordering::Relaxed);
        let pace = Pace::begin();
        // A task like the bare loops, and like the program's worker.
        let running = Arc::clone(&worker);
        let recorded = tokio::spawn(async move { running.run_due().await.unwrap() }).await.unwrap();
        let (ours, our_cpu) = pace.of(DELIVERIES);
        assert_eq!(recorded, DELIVERIES as usize);
        assert_eq!(seen.count.load(Ordering::Relaxed) - before, u64::from(DELIVERIES));
        let (bare, bare_cpu) = bare(&urls, body).await;
        println!(
            "round {round}: bare {bare:.0}/s ({bare_cpu:.0} µs of processor each), signed and recorded {ours:.0}/s \
             ({our_cpu:.0} µs), ratio {:.3}",
            ours / bare
        );
        ratios.push(ours / bare);
    }
    ratios.sort_by(f64::total_cmp);
    println!(
        "median ratio {:.3} over {ROUNDS} pairs of {DELIVERIES} posts, {AT_ONCE} at once",
        ratios[ROUNDS / 2]
    );
}

/// The body of some delivery.
async fn body_of(path: &Path) -> Bytes {
    let store = SqliteStore::open(path, &Options::default()).unwrap();
    // Claimed as of long ago, with a lease that has ended: nothing is taken away.
    let now = SystemClock.now();
    let claim = DeliveryClaim { now, lease_until: now, limit: 1, room: Room::boundless() };
    let due = store.claim_in_turn(claim).await.unwrap().deliveries;
    payload::body(&due[0].event).unwrap().into()
}

async fn bare(urls: &[String], body: Bytes) -> (f64, f64) {
    let client = Client::builder().no_proxy().build().unwrap();
    let left = Arc::new(AtomicU64::new(u64::from(DELIVERIES)));
    let pace = Pace::begin();
    let loops: Vec<_> = (0..AT_ONCE)
        .map(|n| {
            let (client, left, body) = (client.clone(), Arc::clone(&left), body.clone());
            let url = urls[n % urls.len()].clone();
            tokio::spawn(async move {
                let more = |left: u64| left.checked_sub(1);
                while left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more).is_ok() {
                    let request =
                        client.post(&url).header("content-type", "application/json").body(body.clone());
                    assert_eq!(request.send().await.unwrap().status(), 204);
                }
            })
        })
        .collect();
    for one in loops {
        one.await.unwrap();
    }
    pace.of(DELIVERIES)
}

async fn delay(folder: &Path) {
    let mut p99s = Vec::new();
    for (name, dead) in [
        ("all healthy", 0),
        ("1 % dead", MANY_ENDPOINTS / 100),
        ("all healthy", 0),
        ("1 % dead", MANY_ENDPOINTS / 100),
    ] {
        let seen = Arc::new(Seen { late: Some(Mutex::default()), ..Seen::default() });
        let address = sink(&seen).await;
        // One half of the dead refuses connections, the other accepts and says nothing.
        let refusing = {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            listener.local_addr().unwrap()
        };
        let hanging = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let silent = hanging.local_addr().unwrap();
        let hold = tokio::spawn(async move {
            let mut held = Vec::new();
            while let Ok((stream, _)) = hanging.accept().await {
                held.push(stream);
            }
        });
        let url = |n: u32| match n {
            n if n < dead / 2 => format!("http://{refusing}/hook/{n}"),
            n if n < dead => format!("http://{silent}/hook/{n}"),
            n => format!("http://{address}/hook/{n}"),
        };
        // The dead stand scattered among the others.
        let urls: Vec<_> = (0..MANY_ENDPOINTS).map(|n| url(n * 7_919 % MANY_ENDPOINTS)).collect();
        let path = folder.join(format!("delay-{}.db", p99s.len()));
        let from = SystemClock.now() + Duration::from_secs(15);
        let every = Duration::from_secs(1) / A_SECOND;
        fill(&path, &Filling { urls: &urls, deliveries: A_SECOND * SECONDS, from, every });
        let worker = Arc::new(deliverer(&path, Limits::default()));
        assert!(SystemClock.now() < from, "filling took too long");
        let wake = Arc::new(Notify::new());
        let working = tokio::spawn({
            let (worker, wake) = (Arc::clone(&worker), Arc::clone(&wake));
            async move { worker.run_forever(&wake).await }
        });
        // A gateway wakes the worker with each event.
        let until = from + Duration::from_secs(u64::from(SECONDS) + 2);
        while SystemClock.now() < until {
            wake.notify_waiters();
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        working.abort();
        hold.abort();
        let mut late = std::mem::take(&mut *seen.late.as_ref().unwrap().lock().unwrap());
        late.sort_unstable();
        let at =
            |share: usize| Duration::from_micros(u64::try_from(late[late.len() * share / 1_000]).unwrap());
        println!(
            "{name:>12}: {} delivered, p50 {:.1?}, p99 {:.1?}, p99.9 {:.1?}",
            late.len(),
            at(500),
            at(990),
            at(999)
        );
        p99s.push(at(990).as_secs_f64());
    }
    println!("p99 with 1 % dead / all healthy: {:.2}, {:.2}", p99s[1] / p99s[0], p99s[3] / p99s[2]);
}

/// Resident memory in MiB.
fn resident() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<f64>().unwrap() / 1_024.0
}

async fn backlog(folder: &Path) {
    let seen = Arc::<Seen>::default();
    let address = sink(&seen).await;
    let urls: Vec<_> = (0..ENDPOINTS).map(|n| format!("http://{address}/hook/{n}")).collect();
    let mut peaks = Vec::new();
    for count in [DELIVERIES, BACKLOG] {
        let path: PathBuf = folder.join(format!("backlog-{count}.db"));
        let from = SystemClock.now() - Duration::from_hours(1);
        fill(&path, &Filling { urls: &urls, deliveries: count, from, every: Duration::ZERO });
        let worker = deliverer(&path, Limits::default());
        let working = tokio::spawn(async move { worker.run_forever(&Notify::new()).await });
        let (began, mut peak) = (Instant::now(), resident());
        while began.elapsed() < Duration::from_secs(10) {
            tokio::time::sleep(Duration::from_millis(20)).await;
            peak = peak.max(resident());
        }
        working.abort();
        println!("backlog of {count}: {peak:.1} MiB resident at most");
        peaks.push(peak);
    }
    println!("a backlog of {BACKLOG} adds {:.1} MiB", peaks[1] - peaks[0]);
}
