//! The pieces put together: from settings, a clock and an environment to a gateway with its worker and its server. Used
//! by `serve`, by `demo` and by the tests, so that all run the same thing.

use std::sync::Arc;
use std::task::{Context, Poll, Wake};

use jiff::{SignedDuration, Timestamp};
use secrecy::ExposeSecret;
use tokio::sync::Notify;
use waygate_carriers::registry::registry;

use crate::clock::{SharedClock, SystemClock};
use crate::config::{
    Config, ConfigError, Environment, ReplicaRole, nats_settings, push_secrets, registry_of, source_setups,
};
use crate::domain::channels::Channels;
use crate::domain::log::Signer;
use crate::domain::policy::Policy;
use crate::domain::rules::Rules;
use crate::fetch::{Fetcher, Peers};
use crate::gateway::advance::Rulebook;
use crate::gateway::{Gateway, Turns};
use crate::http::streams::{StreamLimits, Streams};
use crate::http::{App, KeyRing, Limits, Shared};
use crate::net::client::Egress;
use crate::net::guard::Allow;
use crate::seal::{FileTiles, SealError, Sealer};
use crate::secrets::{MasterKey, MasterKeyError};
use crate::stopping::Stopping;
use crate::store::postgres::{self, PostgresStore};
use crate::store::sqlite::{Options, SqliteStore};
use crate::store::{EndpointStore, Positions, Privacy, SourceBooks, Store, StoreError, WholeStore};
use crate::stream::Publisher;
use crate::webhook::deliver::{self, Deliverer};
use crate::webhook::notify::Notifier;
use crate::worker::{self, Worker, WorkerLimits};

/// The environment's variable that holds the master key.
pub const MASTER_KEY_VARIABLE: &str = "WAYGATE_MASTER_KEY";

/// Why the pieces do not fit together.
#[derive(Debug, thiserror::Error)]
pub enum AssemblyError {
    /// The settings are wrong.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// There is no master key.
    #[error(transparent)]
    MasterKey(#[from] MasterKeyError),
    /// The store does not open.
    #[error("{place}: {error}")]
    Store {
        /// The database; of a server's address only which engine it is.
        place: String,
        /// What happened.
        error: StoreError,
    },
    /// The evidence log does not open.
    #[error("the evidence log in {}: {error}", folder.display())]
    Log {
        /// Where it lies.
        folder: std::path::PathBuf,
        /// What is wrong.
        error: SealError,
    },
    /// No HTTP client can be made.
    #[error("no HTTP client: {0}")]
    Client(#[from] reqwest::Error),
}

/// What differs between a real run, a demo and a test.
pub struct Surroundings<'a> {
    /// The clock of orders, looks and retries.
    pub clock: SharedClock,
    /// The environment's variables.
    pub env: Environment<'a>,
    /// Where random numbers in [0, 1) come from.
    pub jitter: fn() -> f64,
    /// How long claimed work is kept from others, on the clock.
    pub lease: SignedDuration,
}

impl<'a> Surroundings<'a> {
    /// A real run.
    pub fn real(env: Environment<'a>) -> Self {
        Self {
            clock: Arc::new(SystemClock),
            env,
            jitter: rand::random::<f64>,
            lease: SignedDuration::from_secs(60),
        }
    }
}

/// A gateway, ready to serve and to work.
pub struct Assembly {
    /// The server's state.
    pub app: App,
    /// The worker.
    pub worker: Arc<Worker>,
    /// The publisher, where events are published to a stream, and here.
    pub publisher: Option<Publisher>,
    /// Whether the server and the worker are asked to stop.
    pub stopping: Stopping,
}

/// The store of the settings.
pub fn open_store(config: &Config) -> Result<Arc<dyn WholeStore>, AssemblyError> {
    let settings = &config.store;
    let Some((profile, url)) = &settings.server else {
        let options = Options { readers: settings.readers, ..Options::default() };
        let place = settings.path.display().to_string();
        let store = SqliteStore::open(&settings.path, &options)
            .map_err(|error| AssemblyError::Store { place, error })?;
        return Ok(Arc::new(store));
    };
    let options = postgres::Options {
        readers: settings.readers,
        writers: settings.writers,
        ..postgres::Options::of(*profile)
    };
    let place = format!("store.url ({profile:?})");
    let store = PostgresStore::open(url, &options).map_err(|error| AssemblyError::Store { place, error })?;
    Ok(Arc::new(store))
}

/// The replicas that official sources are shared with: those on the same server. A file is of one process.
pub fn peers_of(config: &Config, store: &Arc<dyn WholeStore>) -> Option<Peers> {
    config.store.server.as_ref().map(|_| Peers {
        replicas: Arc::clone(store) as _,
        wall: Arc::new(SystemClock),
        name: uuid::Uuid::now_v7().simple().to_string().into(),
    })
}

/// The evidence log of the settings.
pub fn open_log(
    config: &Config,
    store: &Arc<dyn Store>,
    master: &MasterKey,
    now: Timestamp,
) -> Result<Sealer, AssemblyError> {
    let settings = &config.evidence_log;
    let folder = settings.folder.clone();
    let failed = |error| AssemblyError::Log { folder: folder.clone(), error };
    let files = FileTiles::open(&folder)
        .map_err(|error| failed(SealError::File { name: folder.display().to_string(), error }))?;
    let seed = master.log_key_seed(settings.key_version);
    let signer = Signer::new(&settings.origin, seed.expose_secret()).map_err(|e| failed(e.into()))?;
    // The store answers from threads of its own, so that waiting here holds nobody up, within a runtime or without one.
    wait(Sealer::open(
        Arc::new(files),
        Arc::clone(store),
        settings.origin.clone(),
        signer,
        settings.key_version,
        now,
    ))
    .map_err(failed)
}

/// Waits for what other threads do.
fn wait<T>(work: impl Future<Output = T>) -> T {
    struct Waiting(std::thread::Thread);
    impl Wake for Waiting {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = Arc::new(Waiting(std::thread::current())).into();
    // A runtime that we may be in does not count these polls as its own.
    let mut work = std::pin::pin!(tokio::task::unconstrained(work));
    loop {
        match work.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(done) => return done,
            Poll::Pending => std::thread::park(),
        }
    }
}

/// The versions of all rules that hold now.
pub fn current_book() -> Rulebook {
    Rulebook {
        registry: registry(),
        channels: Channels::built_in(),
        policy: Policy::current(),
        rules: Rules::current(),
    }
}

/// The same with the sources that the operator declares.
pub fn book_of(config: &Config) -> Result<Rulebook, ConfigError> {
    let registry = registry_of(config)?;
    if config.sources_dir.is_none() {
        return Ok(current_book());
    }
    Ok(Rulebook { registry, channels: Box::leak(Box::new(Channels::of(registry))), ..current_book() })
}

/// How much of the deliveries is done at once. What waits in memory follows from it, and not from what waits in the store.
fn delivery_limits(config: &Config, lease: SignedDuration) -> deliver::Limits {
    let posts = config.work.deliveries_at_once;
    let claimed = u32::try_from(posts * 2).unwrap_or(u32::MAX);
    let idle = worker::idle(config.work.roles);
    deliver::Limits { claimed, posts, lease, idle, ..Default::default() }
}

/// Puts the pieces together.
pub fn assemble(config: &Config, around: &Surroundings<'_>) -> Result<Assembly, AssemblyError> {
    assemble_on(config, around, open_store)
}

/// The same on a store that is opened in another way: for tests.
pub fn assemble_on(
    config: &Config,
    around: &Surroundings<'_>,
    open: impl FnOnce(&Config) -> Result<Arc<dyn WholeStore>, AssemblyError>,
) -> Result<Assembly, AssemblyError> {
    let book = book_of(config)?;
    let setups = source_setups(config, book.registry, around.env)?;
    let push_secrets = Arc::new(push_secrets(config, book.registry, around.env)?);
    let master = Arc::new(match (around.env)(MASTER_KEY_VARIABLE) {
        Some(text) => MasterKey::from_text(&text)?,
        None => MasterKey::open_or_create(&config.master_key_file)?,
    });
    let store = open(config)?;
    let books: Arc<dyn SourceBooks> = Arc::clone(&store) as _;
    let endpoints: Arc<dyn EndpointStore> = Arc::clone(&store) as _;
    let privacy: Arc<dyn Privacy> = Arc::clone(&store) as _;
    let positions: Arc<dyn Positions> = Arc::clone(&store) as _;
    let peers = peers_of(config, &store);
    let store: Arc<dyn Store> = store;
    let log = Arc::new(open_log(config, &store, &master, around.clock.now())?);
    let fetcher = Arc::new(Fetcher::among(peers, setups, Arc::clone(&around.clock), Some(books))?);
    let allow = Allow::networks(config.webhook_allow.clone());
    let (egress, wall): (_, SharedClock) = (Egress::new(allow.clone())?, Arc::new(SystemClock));
    let deliverer = Arc::new(Deliverer::new(
        Arc::clone(&store),
        Arc::clone(&around.clock),
        Arc::clone(&wall),
        Arc::clone(&master),
        egress.clone(),
        delivery_limits(config, around.lease),
    ));
    let gateway = Arc::new(Gateway {
        store: Arc::clone(&store),
        privacy,
        log,
        fetcher,
        clock: Arc::clone(&around.clock),
        book,
        jitter: around.jitter,
        wake: Arc::new(Notify::new()),
        turns: Turns::default(),
    });
    let (roles, stopping) = (config.work.roles, Stopping::default());
    let publisher =
        nats_settings(config, around.env)?.filter(|_| roles.has(ReplicaRole::Webhooks)).map(|settings| {
            let idle = worker::idle(roles).unsigned_abs();
            Publisher::new(Arc::clone(&store), positions, settings, Arc::clone(&gateway.wake), idle)
        });
    let notices = deliverer.notices();
    let limits = WorkerLimits {
        roles,
        looks_at_once: config.work.looks_at_once,
        lease: around.lease,
        retention: config.retention,
    };
    let notifier = Arc::new(Notifier {
        store: Arc::clone(&endpoints),
        clock: Arc::clone(&around.clock),
        wall: Arc::clone(&wall),
        master: Arc::clone(&master),
        egress: egress.clone(),
        stopping: stopping.clone(),
    });
    let worker = Arc::new(Worker::new(Arc::clone(&gateway), deliverer, notifier, limits, stopping.clone()));
    let streams = Streams::new(Arc::clone(&endpoints), Arc::clone(&store), StreamLimits::default());
    let app = App::new(Shared {
        gateway,
        keys: Arc::new(KeyRing::new(store)),
        master,
        webhook_allow: Arc::new(allow),
        served: Arc::default(),
        last_events: Arc::default(),
        webhook_notices: notices,
        push_secrets,
        endpoints,
        egress,
        wall,
        streams: Arc::new(streams),
        log_public: config.evidence_log.public,
        pages_open: config.pages_open,
        roles,
        stopping: stopping.clone(),
        limits: Limits {
            body_bytes_max: config.server.body_bytes_max,
            request_timeout_ms: config.server.request_timeout_ms,
        },
    });
    Ok(Assembly { app, worker, publisher, stopping })
}
