//! A receiver with moods: it fails, stalls, hangs up, breaks off, answers late and restarts, as a seeded generator says. It
//! keeps books of what it got and notes whatever breaks a promise.

use std::collections::{BTreeMap, HashMap};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

/// After so many failures an event is taken, so that none is given up.
const FAILURES_MAX: u32 = 4;
/// How long it is away when it restarts.
const AWAY: Duration = Duration::from_millis(80);
/// How long it stalls: longer than anybody waits.
const STALLED: Duration = Duration::from_mins(1);

/// Knuth's MMIX generator: the same numbers for the same seed.
#[derive(Debug, Clone)]
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A number below `sides`.
    pub fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }
}

/// What it got.
#[derive(Debug, Default)]
pub struct Book {
    bodies: HashMap<String, Vec<u8>>,
    failures: HashMap<String, u32>,
    /// By order and sequence number, the ids of what it took.
    pub taken: BTreeMap<(String, i64), String>,
    /// Promises that were broken.
    pub wrong: Vec<String>,
    pub requests: u64,
    pub repeated: u64,
}

impl Book {
    /// Notes a request.
    fn note(&mut self, id: &str, body: &[u8]) -> (String, i64) {
        self.requests += 1;
        if let Some(before) = self.bodies.insert(id.to_owned(), body.to_vec()) {
            self.repeated += 1;
            if before != body {
                self.wrong.push(format!("{id} came with other bytes"));
            }
        }
        let event: Value = serde_json::from_slice(body).unwrap();
        if event["id"] != id {
            self.wrong.push(format!("{id} says in its body that it is {}", event["id"]));
        }
        let (order, sequence) =
            (event["order"].as_str().unwrap().to_owned(), event["sequence"].as_i64().unwrap());
        if sequence > 1 && !self.taken.contains_key(&(order.clone(), sequence - 1)) {
            self.wrong.push(format!("{order}: {sequence} came before {} was taken", sequence - 1));
        }
        match self.taken.get(&(order.clone(), sequence)) {
            Some(taken) if taken != id => {
                self.wrong.push(format!("{order}: {sequence} came as {taken} and as {id}"));
            }
            _ => {}
        }
        (order, sequence)
    }
}

#[derive(Debug)]
struct Inner {
    dice: Mutex<Dice>,
    book: Mutex<Book>,
    well: AtomicBool,
}

/// The receiver.
#[derive(Clone)]
pub struct Moody {
    address: SocketAddr,
    inner: Arc<Inner>,
}

impl Moody {
    pub async fn start(seed: u64) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let inner = Arc::new(Inner {
            dice: Mutex::new(Dice::new(seed)),
            book: Mutex::default(),
            well: AtomicBool::new(false),
        });
        tokio::spawn(listen(listener, Arc::clone(&inner)));
        Self { address, inner }
    }

    pub fn url(&self) -> String {
        format!("http://{}/hook", self.address)
    }

    /// From now on it takes everything at once.
    pub fn gets_well(&self) {
        self.inner.well.store(true, Ordering::SeqCst);
    }

    /// Looks into its books.
    pub fn book<T>(&self, look: impl FnOnce(&Book) -> T) -> T {
        look(&self.inner.book.lock().unwrap())
    }
}

async fn listen(mut listener: TcpListener, inner: Arc<Inner>) {
    let address = listener.local_addr().unwrap();
    let mut open = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        let restarts = !inner.well.load(Ordering::SeqCst) && inner.dice.lock().unwrap().roll(20) == 0;
        if !restarts {
            open.spawn(serve(stream, Arc::clone(&inner)));
            continue;
        }
        drop((stream, listener));
        open.shutdown().await;
        tokio::time::sleep(AWAY).await;
        listener = TcpListener::bind(address).await.unwrap();
    }
}

/// Reads requests from a connection and answers each by its mood.
async fn serve(mut stream: TcpStream, inner: Arc<Inner>) {
    let mut buffer = Vec::new();
    while let Some((id, body)) = request(&mut stream, &mut buffer).await {
        let place = inner.book.lock().unwrap().note(&id, &body);
        let failures = inner.book.lock().unwrap().failures.get(&id).copied().unwrap_or_default();
        let well = inner.well.load(Ordering::SeqCst) || failures >= FAILURES_MAX;
        let mood = if well { 9 } else { inner.dice.lock().unwrap().roll(10) };
        if mood < 5 {
            *inner.book.lock().unwrap().failures.entry(id.clone()).or_default() += 1;
        }
        let answer: &[u8] = match mood {
            0 => b"HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n",
            1 => {
                tokio::time::sleep(STALLED).await;
                return;
            }
            2 => return,
            3 => b"HTTP/1.1 200 OK\r\ncontent-le",
            4 => b"HTTP/1.1 429 Too Many Requests\r\nretry-after: 1\r\ncontent-length: 4\r\n\r\nbusy",
            _ => {
                if mood < 7 {
                    let late = Duration::from_millis(inner.dice.lock().unwrap().roll(150));
                    tokio::time::sleep(late).await;
                }
                // Written down first: the answer may get lost, and then it comes again.
                inner.book.lock().unwrap().taken.insert(place, id);
                b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"
            }
        };
        if stream.write_all(answer).await.is_err() || mood == 3 {
            return;
        }
    }
}

/// One request's id and body; none where the connection ended before it was whole.
async fn request(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> Option<(String, Vec<u8>)> {
    loop {
        if let Some(end) = buffer.windows(4).position(|four| four == b"\r\n\r\n").map(|at| at + 4) {
            let head = String::from_utf8_lossy(&buffer[..end]).to_lowercase();
            let header = |name: &str| {
                let line = head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
                line.map(str::to_owned)
            };
            let length: usize = header("content-length")?.parse().ok()?;
            if buffer.len() >= end + length {
                let id = header("webhook-id")?;
                let rest = buffer.split_off(end + length);
                let body = buffer[end..].to_vec();
                *buffer = rest;
                return Some((id, body));
            }
        }
        if stream.read_buf(buffer).await.ok()? == 0 {
            return None;
        }
    }
}
