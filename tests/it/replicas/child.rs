//! A replica: this very test program, run once more to put a gateway together and serve until it is killed. Its parent may
//! ask it to stop itself at the worst moment: between computing a change and writing it, or between a post and its record.

use std::collections::BTreeSet;
use std::io::{BufRead as _, Write as _};
use std::process::Command;
use std::sync::{Arc, Mutex};

use jiff::{SignedDuration, Timestamp};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use waygate::assembly::{Surroundings, assemble_on};
use waygate::clock::{Clock as _, SystemClock};
use waygate::config::{Config, STORE_URL_VARIABLE};
use waygate::sandbox;
use waygate::store::postgres::{self, PostgresStore};
use waygate::store::{Store, Tripwire};

use super::clock::{LEASE, RunClock};

/// Names the settings' file; without it the child's test does nothing.
pub const SETTINGS: &str = "WAYGATE_TEST_REPLICA_SETTINGS";
/// When the run's clock began, in microseconds of the wall's.
pub const BEGAN: &str = "WAYGATE_TEST_REPLICA_BEGAN";
/// Whether the store fences.
pub const FENCING: &str = "WAYGATE_TEST_REPLICA_FENCING";
/// What it says before its address.
pub const LISTENING: &str = "a replica listens on ";
/// Its name among the tests.
pub const TEST: &str = "replicas::child::child_that_serves_until_it_is_killed";

/// Timers of orders that fall due so soon fire while a replica is stopped.
const SOON: SignedDuration = SignedDuration::from_hours(48);

/// Where it is to stop, and until when by the wall's clock: nobody would continue what stops later.
struct Trap {
    place: Place,
    until: Timestamp,
}

/// Where.
enum Place {
    /// Before the change of one of these orders is written.
    Change(BTreeSet<String>),
    /// Before an attempt is recorded.
    Attempt,
}

impl Trap {
    fn catches(&self, sql: &str, first: Option<&str>) -> bool {
        match &self.place {
            _ if SystemClock.now() > self.until => false,
            Place::Change(orders) => {
                sql.starts_with("UPDATE orders SET revision = revision + 1, sequence")
                    && first.is_some_and(|order| orders.contains(order))
            }
            Place::Attempt => sql.starts_with("SELECT seq, order_id, state, lease FROM deliveries"),
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn child_that_serves_until_it_is_killed() {
    let Ok(settings) = std::env::var(SETTINGS) else { return };
    let settings = std::fs::read_to_string(settings).unwrap();
    let env = |name: &str| {
        let url = (name == STORE_URL_VARIABLE).then(|| std::env::var(name).ok()).flatten();
        url.or_else(|| sandbox::environment(name))
    };
    let config = Config::read(Some(("the replica's settings", &settings)), &env).unwrap();
    let clock = RunClock::from_microsecond(std::env::var(BEGAN).unwrap().parse().unwrap());
    let trap: Arc<Mutex<Option<Trap>>> = Arc::default();
    let tripwire = Tripwire::watched(Box::new({
        let trap = Arc::clone(&trap);
        move |sql, first| {
            let mut trap = trap.lock().unwrap();
            if trap.as_ref().is_some_and(|trap| trap.catches(sql, first)) {
                *trap = None;
                drop(trap);
                stop_myself();
            }
        }
    }));
    let fencing = std::env::var(FENCING).unwrap() == "true";
    let around =
        Surroundings { clock: Arc::new(clock), env: &env, jitter: rand::random::<f64>, lease: LEASE };
    let assembly = assemble_on(&config, &around, |config| {
        let (profile, url) = config.store.server.as_ref().unwrap();
        let (readers, writers) = (config.store.readers, config.store.writers);
        let options = postgres::Options {
            readers,
            writers,
            fencing,
            tripwire: Some(tripwire),
            ..postgres::Options::of(*profile)
        };
        Ok(Arc::new(PostgresStore::open(url, &options).unwrap()))
    });
    let assembly = assembly.unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let line = format!("\n{LISTENING}http://{}\n", listener.local_addr().unwrap());
    std::io::stdout().write_all(line.as_bytes()).unwrap();
    let store = Arc::clone(&assembly.app.gateway.store);
    tokio::spawn(obey(orders_of_the_parent(), store, clock, trap));
    tokio::spawn(Arc::clone(&assembly.worker).run_forever());
    axum::serve(listener, waygate::http::router(assembly.app.clone())).await.unwrap();
}

/// The whole process stops here, until it is continued from outside.
fn stop_myself() {
    let id = std::process::id().to_string();
    assert!(Command::new("kill").args(["-STOP", &id]).status().unwrap().success());
}

/// The lines of the input. When it ends the parent is gone, and so is the replica.
fn orders_of_the_parent() -> mpsc::UnboundedReceiver<String> {
    let (heard, lines) = mpsc::unbounded_channel();
    std::thread::spawn(move || {
        for line in std::io::stdin().lock().lines().map_while(Result::ok) {
            let _ = heard.send(line);
        }
        std::process::exit(0);
    });
    lines
}

async fn obey(
    mut lines: mpsc::UnboundedReceiver<String>,
    store: Arc<dyn Store>,
    clock: RunClock,
    trap: Arc<Mutex<Option<Trap>>>,
) {
    while let Some(line) = lines.recv().await {
        let (until, place) = line.split_once(' ').unwrap();
        let until = Timestamp::from_microsecond(until.parse().unwrap()).unwrap();
        let place = if place == "record" {
            Place::Attempt
        } else {
            let soon = store.due_timers(clock.now() + SOON, 256).await;
            Place::Change(soon.unwrap_or_default().into_iter().collect())
        };
        *trap.lock().unwrap() = Some(Trap { place, until });
    }
}
