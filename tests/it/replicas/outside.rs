//! The world around the replicas: an official source that notes each question, and a receiver of webhooks that notes each
//! post. Both have moods, as a seeded generator says; what they note is all that the checker is told of them.

use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn};
use axum::routing::post;
use http::{HeaderMap, StatusCode};
use jiff::SignedDuration;
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use serde_json::Value;
use standardwebhooks::Webhook;
use tokio::net::TcpListener;
use waygate::clock::Clock as _;
use waygate::sandbox::{self, SandboxFile, SandboxHost};

use super::clock::RunClock;
use super::fleet::REPLICAS;
use super::history::{Asked, Post};
use super::plan::{self, Plan};
use crate::support::START;

/// The one source that is asked.
pub const SOURCE: &str = "dhl.unified";
/// Longest wait for the source's answer, in real time.
const LATE: Duration = Duration::from_millis(250);
/// Longest wait for the receiver's answer: longer than a lease.
const STALLED: Duration = Duration::from_millis(2_600);
/// After so many failures an event is taken, so that none is given up.
const FAILURES_MAX: usize = 3;

/// The source, with an address for each replica.
pub struct Source {
    pub addresses: Vec<std::net::SocketAddr>,
    asked: Arc<Mutex<Vec<Asked>>>,
}

/// The parcels of the orders: each is picked up a few hours after its order is made and delivered the day after.
fn parcels(orders: u64, apart: SignedDuration) -> String {
    let mut text = "[place.leipzig]\ncountry = \"DE\"\ncity = \"LEIPZIG\"\noffset_minutes = 60\n[place.utrecht]\ncountry = \"NL\"\n\
        city = \"UTRECHT\"\npostal_code = \"3511\"\noffset_minutes = 60\n"
        .to_owned();
    for n in (0..orders).filter(|n| matches!(Plan::of(*n), Plan::Received | Plan::Disputed)) {
        let made = (apart * i32::try_from(n).unwrap()).as_hours();
        text += &format!(
            "[[parcel]]\ntracking_number = \"{}\"\nfrom = \"leipzig\"\nto = \"utrecht\"\njourney = [[\"+{}h\", \"picked_up\", \
             \"leipzig\"], [\"+{}h\", \"delivered\", \"utrecht\"]]\n",
            plan::number(n),
            made + 6,
            made + 36
        );
    }
    text
}

impl Source {
    pub async fn start(clock: RunClock, orders: u64, apart: SignedDuration, seed: u64) -> Self {
        let file = SandboxFile::read(&parcels(orders, apart)).unwrap();
        let host = Arc::new(SandboxHost::new(&file, START.parse().unwrap(), Arc::new(clock)).unwrap());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let dice = Arc::new(Mutex::new(StdRng::seed_from_u64(seed)));
        let mut addresses = Vec::new();
        for replica in 0..REPLICAS {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            addresses.push(listener.local_addr().unwrap());
            let (asked, dice) = (Arc::clone(&asked), Arc::clone(&dice));
            let noting = from_fn(move |request: Request, next: Next| {
                let query = request.uri().query().unwrap_or_default().to_owned();
                let pairs = url::form_urlencoded::parse(query.as_bytes()).into_owned();
                let number = pairs.map(|(_, value)| value).find(|value| value.len() == 10);
                let number = number.unwrap_or_else(|| panic!("no number in {query}"));
                asked.lock().unwrap().push(Asked { number, replica, at: clock.now() });
                let late = {
                    let mut dice = dice.lock().unwrap();
                    if dice.random_ratio(1, 8) {
                        dice.random_range(Duration::ZERO..LATE)
                    } else {
                        Duration::ZERO
                    }
                };
                async move {
                    tokio::time::sleep(late).await;
                    next.run(request).await
                }
            });
            let router = sandbox::router(Arc::clone(&host)).layer(noting);
            tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        }
        Self { addresses, asked }
    }

    pub fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }
}

struct Book {
    secret: OnceLock<String>,
    posts: Mutex<Vec<Post>>,
    dice: Mutex<StdRng>,
}

/// The receiver.
#[derive(Clone)]
pub struct Receiver {
    pub url: String,
    book: Arc<Book>,
}

impl Receiver {
    pub async fn start(seed: u64) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hooks", listener.local_addr().unwrap());
        let book = Arc::new(Book {
            secret: OnceLock::new(),
            posts: Mutex::default(),
            dice: Mutex::new(StdRng::seed_from_u64(seed)),
        });
        let router = Router::new().route("/hooks", post(receive)).with_state(Arc::clone(&book));
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { url, book }
    }

    /// The secret that signatures are verified with.
    pub fn expect(&self, secret: &str) {
        self.book.secret.set(secret.to_owned()).unwrap();
    }

    pub fn posts(&self) -> Vec<Post> {
        self.book.posts.lock().unwrap().clone()
    }
}

async fn receive(State(book): State<Arc<Book>>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let library = book.secret.get().map(|secret| Webhook::new(secret).unwrap());
    let verified = library.is_some_and(|library| library.verify(&body, &headers).is_ok());
    let event: Value = serde_json::from_slice(&body).unwrap();
    let id = headers["webhook-id"].to_str().unwrap().to_owned();
    let (status, stalled) = {
        let mut posts = book.posts.lock().unwrap();
        let failed = posts.iter().filter(|post| post.id == id && !post.taken).count();
        let mood = if failed < FAILURES_MAX { book.dice.lock().unwrap().random_range(0..40) } else { 39 };
        let (status, stalled) = match mood {
            0 => (StatusCode::SERVICE_UNAVAILABLE, Duration::ZERO),
            1 => (StatusCode::TOO_MANY_REQUESTS, Duration::ZERO),
            2 => (StatusCode::INTERNAL_SERVER_ERROR, STALLED),
            // Written down first: the answer may come too late, and then it comes again.
            3 => (StatusCode::OK, STALLED),
            _ => (StatusCode::OK, Duration::ZERO),
        };
        posts.push(Post {
            id,
            order: event["order"].as_str().unwrap_or_default().to_owned(),
            sequence: event["sequence"].as_i64().unwrap_or_default(),
            body: waygate::secrets::sha256_hex(&body),
            verified,
            taken: status == StatusCode::OK,
        });
        (status, stalled)
    };
    tokio::time::sleep(stalled).await;
    status
}
