//! One run: a database, replicas, clients and the outside; trouble by the second, as a seeded generator says; and then time
//! goes on until nothing is due.

use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::SignedDuration;
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use secrecy::SecretString;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::task::JoinSet;
use tokio::time::Instant;
use waygate::clock::Clock as _;
use waygate::sandbox;
use waygate::secrets::ApiKeySecret;
use waygate::store::postgres::{Options, PostgresStore, Profile};
use waygate::store::{ApiKey, Scope, Store as _};

use super::checker::{Again, again};
use super::clients::{self, Desk};
use super::clock::{LEASE, RunClock, real};
use super::fleet::{Fleet, Moment, REPLICAS, Recipe};
use super::gather::Gatherer;
use super::history::{Act, Harm, History};
use super::outside::{Receiver, SOURCE, Source};
use crate::support::postgres::Server;

/// Orders are made so far apart, in real time.
const APART: Duration = Duration::from_millis(350);
/// For so long orders are made, of the time of trouble; in the rest they live on.
const LOAD_PERCENT: u32 = 60;
/// Requests that the source allows in a day.
pub const PER_DAY: u64 = 60;
/// Requests that a replica has under way at the source.
pub const CONCURRENT: u64 = 2;
/// How long the database is away.
const AWAY: Duration = Duration::from_millis(400);
/// How long after the trouble all must be done: the longest story takes sixteen days, which are sixteen seconds.
const SETTLED_WITHIN: Duration = Duration::from_secs(45);

/// What a run is like.
#[derive(Debug, Clone, Copy)]
pub struct Setting {
    pub seed: u64,
    /// How long there is trouble.
    pub trouble: Duration,
    /// How often the database is restarted.
    pub restarts: u32,
    /// How many replicas are at least to be stopped with a change computed and not written.
    pub catches: usize,
    /// Whether the run goes on until nothing is due.
    pub settle: bool,
    /// Whether the store is sound.
    pub fencing: bool,
}

/// What there was.
#[derive(Debug, Clone)]
pub struct Counts {
    pub killed: usize,
    pub stopped: usize,
    pub stopped_at_work: usize,
    pub restarted: usize,
    pub orders: usize,
    pub acknowledged: usize,
    pub refused: usize,
    pub events: usize,
    pub posts: usize,
    pub posts_again: usize,
    pub asked: usize,
    pub asked_again: Again,
    pub heads: usize,
    pub entries: usize,
    pub seconds: u64,
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Again { unrecorded, within_a_look, lost } = self.asked_again;
        writeln!(
            f,
            "{} seconds, {} kills, {} restarts of the database",
            self.seconds, self.killed, self.restarted
        )?;
        writeln!(
            f,
            "{} stops, {} of them in the middle of a change or a record",
            self.stopped, self.stopped_at_work
        )?;
        writeln!(
            f,
            "{} orders, {} requests acknowledged, {} refused",
            self.orders, self.acknowledged, self.refused
        )?;
        writeln!(f, "{} events, {} posts, {} of them again", self.events, self.posts, self.posts_again)?;
        writeln!(f, "{} questions to the source, {within_a_look} within one look of another", self.asked)?;
        writeln!(f, "{unrecorded} answers not recorded, of {lost} that leases and kills allow")?;
        write!(f, "{} entries in the log, {} heads shown", self.entries, self.heads)
    }
}

/// A run.
pub struct Run {
    setting: Setting,
    began: Instant,
    clock: RunClock,
    folder: TempDir,
    database: Arc<Server>,
    fleet: Arc<Fleet>,
    desk: Arc<Desk>,
    source: Source,
    receiver: Receiver,
    orders: u64,
    caught: Arc<Mutex<usize>>,
}

fn apart() -> SignedDuration {
    // What passes on the clock in the real time.
    SignedDuration::try_from(APART).unwrap() * 86_400
}

impl Run {
    pub async fn start(setting: Setting) -> Self {
        let database = Arc::new(tokio::task::spawn_blocking(Server::durable).await.unwrap());
        let clock = RunClock::begin();
        let began = Instant::now();
        let load = setting.trouble * if setting.settle { LOAD_PERCENT } else { 100 } / 100;
        let orders = u64::try_from(load.as_millis() / APART.as_millis()).unwrap();
        let source = Source::start(clock, orders, apart(), setting.seed ^ 1).await;
        let receiver = Receiver::start(setting.seed ^ 2).await;
        let folder = tempfile::tempdir().unwrap();
        let key = make_key(&database.address(), clock).await;
        let fleet = Fleet::start(Recipe {
            settings: std::array::from_fn(|replica| settings(&folder, &source, replica)),
            database: database.address(),
            clock,
            fencing: setting.fencing,
        })
        .await;
        let until = began + setting.trouble + SETTLED_WITHIN;
        let desk = Desk {
            fleet: Arc::clone(&fleet),
            clock,
            key,
            told: Mutex::default(),
            http: Desk::client(),
            until,
        };
        let run = Self {
            setting,
            began,
            clock,
            folder,
            database,
            fleet,
            desk: Arc::new(desk),
            source,
            receiver,
            orders,
            caught: Arc::default(),
        };
        run.listen().await;
        run
    }

    /// All events are posted to the receiver from now on.
    async fn listen(&self) {
        let body = json!({"url": self.receiver.url});
        let mut dice = StdRng::seed_from_u64(0);
        let (_, made): (_, Value) =
            self.desk.carry_out(&mut dice, "/v1/webhook_endpoints", "the receiver", &body).await;
        self.receiver.expect(made["secret"].as_str().unwrap());
    }

    /// Trouble and load, then quiet; what was told, seen and found.
    pub async fn live(self) -> (History, Counts) {
        let mut work = JoinSet::new();
        let trouble_ends = Instant::now() + self.setting.trouble;
        for n in 0..self.orders {
            let (desk, seed) = (Arc::clone(&self.desk), self.setting.seed);
            let at = Instant::now() + APART * u32::try_from(n).unwrap();
            work.spawn(async move {
                tokio::time::sleep_until(at).await;
                clients::order(desk, seed, n).await;
            });
        }
        work.spawn(kill(Arc::clone(&self.fleet), self.setting.seed ^ 3, trouble_ends));
        work.spawn(stop(Arc::clone(&self.fleet), self.setting, trouble_ends, Arc::clone(&self.caught)));
        work.spawn(restart(Arc::clone(&self.fleet), Arc::clone(&self.database), self.clock, self.setting));
        let gatherer = Gatherer::new(Arc::clone(&self.desk), self.database.address()).await;
        let watching = gatherer.watch_heads();
        while let Some(done) = work.join_next().await {
            done.unwrap();
        }
        let unfinished =
            if self.setting.settle { gatherer.wait_until_idle(self.desk.until).await } else { Vec::new() };
        watching.abort();
        // What is posted from here on may be of events that are not gathered any more.
        let posts = self.receiver.posts();
        let mut history = gatherer.gather().await;
        history.ended_by_themselves = self.fleet.end().await;
        history.unfinished = unfinished;
        if self.setting.settle {
            let unanswered = history.told.iter().filter(|told| told.answers.is_empty());
            let unanswered =
                unanswered.map(|told| format!("{:?} of {} was never answered", told.act, told.order));
            history.unfinished.extend(unanswered.collect::<Vec<_>>());
        }
        history.settled = self.setting.settle;
        history.faults = self.fleet.faults();
        history.posts = posts;
        history.asked = self.source.asked();
        history.recorded = gatherer.recorded().await;
        history.days = gatherer.days().await;
        history.per_day = PER_DAY;
        history.under_way_max = CONCURRENT * REPLICAS as u64;
        let counts = self.count(&history);
        drop(self.folder);
        (history, counts)
    }

    fn count(&self, history: &History) -> Counts {
        let done = |harm| history.faults.iter().filter(|fault| fault.harm == harm).count();
        let events = history.events.values().map(Vec::len).sum();
        Counts {
            killed: done(Harm::Killed),
            stopped: done(Harm::Stopped),
            stopped_at_work: *self.caught.lock().unwrap(),
            restarted: done(Harm::Database),
            orders: history.told.iter().filter(|told| told.act == Act::Register).count(),
            acknowledged: history.told.iter().filter(|told| told.acknowledged().is_some()).count(),
            refused: history.told.iter().filter(|told| told.acknowledged().is_none()).count(),
            events,
            posts: history.posts.len(),
            posts_again: history.posts.len().saturating_sub(events),
            asked: history.asked.len(),
            asked_again: again(history),
            heads: history.heads.len(),
            entries: history.entries.len(),
            seconds: self.began.elapsed().as_secs(),
        }
    }
}

/// A replica's settings, each with an address of its own for the source. Two share the log's folder, one has its own.
fn settings(folder: &TempDir, source: &Source, replica: usize) -> PathBuf {
    let anywhere = "127.0.0.1:0".parse().unwrap();
    let log = folder.path().join(if replica < 2 { "log" } else { "other-log" });
    let text = sandbox::settings(folder.path(), source.addresses[replica], anywhere, &[SOURCE])
        .replace("[store]\n", "[store]\nprofile = \"postgres\"\nreaders = 3\nwriters = 6\n")
        .replace("per_day = 1000000", &format!("per_day = {PER_DAY}"))
        .replace("concurrent = 16", &format!("concurrent = {CONCURRENT}"));
    // Years pass in a run, and nothing that was told is to be forgotten in it.
    let kept = "[retention]\npersonal = 36500\nevents = 36500\nraw_answers = 36500\nidempotency = 36500\n";
    let text = format!("{text}{kept}[evidence_log]\nfolder = '{}'\n", log.display());
    let path = folder.path().join(format!("replica-{replica}.toml"));
    std::fs::write(&path, text).unwrap();
    path
}

async fn make_key(address: &str, clock: RunClock) -> String {
    let options = Options { readers: 1, writers: 1, ..Options::of(Profile::Postgres) };
    let store = PostgresStore::open(&SecretString::from(address.to_owned()), &options).unwrap();
    let secret = ApiKeySecret::generate().unwrap();
    store
        .create_key(ApiKey::new(&secret, "the run", vec![Scope::Operator], None, clock.now()))
        .await
        .unwrap();
    tokio::task::spawn_blocking(move || drop(store)).await.unwrap();
    secret.reveal().to_owned()
}

/// Kills a replica every second or two.
async fn kill(fleet: Arc<Fleet>, seed: u64, until: Instant) {
    let mut dice = StdRng::seed_from_u64(seed);
    loop {
        tokio::time::sleep(dice.random_range(Duration::from_millis(600)..Duration::from_secs(2))).await;
        if Instant::now() >= until {
            return;
        }
        fleet.kill(dice.random_range(0..REPLICAS)).await;
    }
}

/// Stops one replica after the other beyond its leases, mostly in the middle of something. It goes on until enough were
/// caught so.
async fn stop(fleet: Arc<Fleet>, setting: Setting, until: Instant, caught: Arc<Mutex<usize>>) {
    let mut dice = StdRng::seed_from_u64(setting.seed ^ 4);
    let lease = real(LEASE);
    let mut changes = 0;
    while Instant::now() < until || (changes < setting.catches && Instant::now() < until + setting.trouble) {
        tokio::time::sleep(dice.random_range(Duration::from_millis(100)..Duration::from_millis(600))).await;
        let moment = match dice.random_range(0..4) {
            0 if setting.fencing => Moment::Any,
            1 if setting.fencing => Moment::Record,
            _ => Moment::Change,
        };
        let pause = lease + dice.random_range(lease / 10..lease / 3);
        if fleet.stop(dice.random_range(0..REPLICAS), moment, pause).await == Some(true) {
            *caught.lock().unwrap() += 1;
            changes += usize::from(moment == Moment::Change);
        }
    }
}

/// Restarts the database, once as if it had lost its power and once in an orderly way.
async fn restart(fleet: Arc<Fleet>, database: Arc<Server>, clock: RunClock, setting: Setting) {
    for restart in 0..setting.restarts {
        tokio::time::sleep(setting.trouble / (setting.restarts + 1)).await;
        let from = clock.now();
        let server = Arc::clone(&database);
        let mode = if restart % 2 == 0 { "immediate" } else { "fast" };
        tokio::task::spawn_blocking(move || server.stop(mode)).await.unwrap();
        tokio::time::sleep(AWAY).await;
        let server = Arc::clone(&database);
        tokio::task::spawn_blocking(move || server.start_again()).await.unwrap();
        fleet.note(None, Harm::Database, from);
    }
}
