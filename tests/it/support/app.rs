//! A whole gateway in the test's process: put together as `serve` puts it, on a clock that the test drives.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Arc, Mutex};

use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use waygate::assembly::{Assembly, Surroundings, assemble};
use waygate::clock::{Clock as _, ManualClock, SharedClock};
use waygate::config::{Config, ROLES_VARIABLE};
use waygate::sandbox::{self, SandboxFile, SandboxHost};
use waygate::secrets::ApiKeySecret;
use waygate::store::{ApiKey, Scope};

use super::postgres::Database;
use super::{Answer, Client, Hooks, PARCELS, SOURCES, START};

/// The texts of API keys.
#[derive(Debug, Clone)]
pub struct Keys {
    pub operator: String,
    pub order_system: String,
    pub arbiter: String,
    /// The seller `s-1`.
    pub seller: String,
    /// The seller `s-2`.
    pub other_seller: String,
    pub revoked: String,
}

impl Keys {
    pub fn texts(&self) -> [&str; 6] {
        [&self.operator, &self.order_system, &self.arbiter, &self.seller, &self.other_seller, &self.revoked]
    }
}

/// How to start.
#[derive(Clone, Default)]
pub struct Setup {
    edits: Vec<(String, String)>,
    more_sources: Vec<&'static str>,
    more_parcels: String,
    variables: Vec<(String, String)>,
    embedded: bool,
}

/// Names the engine of the gateways' stores, as the settings' `store.profile` does: every test of them can be run on each.
/// Without it they are embedded.
const PROFILE: &str = "WAYGATE_TEST_STORE_PROFILE";

impl Setup {
    /// With a store in a file whatever other tests are run on, since this one looks into it.
    pub fn embedded(mut self) -> Self {
        self.embedded = true;
        self
    }

    /// The variables that name a server for the store, where the tests are run on one.
    async fn with_store(mut self) -> Self {
        if let Some(profile) =
            std::env::var(PROFILE).ok().filter(|profile| profile != "sqlite" && !self.embedded)
        {
            self.variables.push(("WAYGATE_STORE_PROFILE".to_owned(), profile));
            self.variables.push(("WAYGATE_STORE_URL".to_owned(), Database::new().await.address));
        }
        self
    }

    /// Replaces a text in the settings, wherever it stands.
    pub fn edit(mut self, from: &str, to: &str) -> Self {
        self.edits.push((from.to_owned(), to.to_owned()));
        self
    }

    /// Asks a further source, beside those of most tests.
    pub fn source(mut self, source: &'static str) -> Self {
        self.more_sources.push(source);
        self
    }

    /// A further parcel, as the file of parcels has it.
    pub fn parcel(mut self, text: &str) -> Self {
        self.more_parcels += text;
        self
    }

    /// Sets a variable of the environment.
    pub fn variable(mut self, name: &str, text: &str) -> Self {
        self.variables.push((name.to_owned(), text.to_owned()));
        self
    }

    pub async fn start(self) -> TestApp {
        let setup = self.with_store().await;
        TestApp::open(Arc::new(tempfile::tempdir().unwrap()), START.parse().unwrap(), setup, None).await
    }
}

/// A request that arrived at the sandbox: method and path with query.
pub type Asked = Arc<Mutex<Vec<String>>>;

/// A gateway, its carriers and its clients.
pub struct TestApp {
    pub clock: ManualClock,
    pub sandbox: Arc<SandboxHost>,
    pub asked: Asked,
    pub assembly: Assembly,
    pub keys: Keys,
    /// The client of the order system; `anonymous` and `key` make others.
    pub client: Client,
    pub folder: Arc<TempDir>,
    setup: Setup,
    /// Where the sandbox and the gateway listen.
    places: (SocketAddr, SocketAddr),
    servers: Vec<JoinHandle<()>>,
}

impl TestApp {
    pub async fn start() -> Self {
        Setup::default().start().await
    }

    async fn open(folder: Arc<TempDir>, now: Timestamp, setup: Setup, keys: Option<Keys>) -> Self {
        let clock = ManualClock::new(now);
        let (carriers, page) = (listen().await, listen().await);
        let (carriers_at, page_at) = (carriers.local_addr().unwrap(), page.local_addr().unwrap());
        let parcels = SandboxFile::read(&format!("{PARCELS}{}", setup.more_parcels)).unwrap();
        let sandbox =
            Arc::new(SandboxHost::new(&parcels, START.parse().unwrap(), Arc::new(clock.clone())).unwrap());
        let asked = Asked::default();
        let log = Arc::clone(&asked);
        let counting =
            sandbox::router(Arc::clone(&sandbox)).layer(from_fn(move |request: Request, next: Next| {
                log.lock().unwrap().push(format!("{} {}", request.method(), request.uri()));
                next.run(request)
            }));
        let assembly = put_together(&folder, Arc::new(clock.clone()), &setup, (carriers_at, page_at));
        let keys = match keys {
            Some(keys) => keys,
            None => make_keys(&assembly, now).await,
        };
        let servers =
            vec![serve(carriers, counting), serve(page, waygate::http::router(assembly.app.clone()))];
        let client = Client::new(format!("http://{page_at}")).with_key(Some(&keys.order_system));
        let places = (carriers_at, page_at);
        Self { clock, sandbox, asked, assembly, keys, client, folder, setup, places, servers }
    }

    /// Another replica over the same store, with the same clock and the same carriers, that serves nobody.
    pub fn beside(&self) -> Assembly {
        put_together(&self.folder, Arc::new(self.clock.clone()), &self.setup, self.places)
    }

    /// The gateway is killed and another one starts over what it left, at the same time of the same clock.
    pub async fn restart(self) -> Self {
        self.restart_after(|_| {}).await
    }

    /// The same, after something was done in its folder meanwhile.
    pub async fn restart_after(mut self, meanwhile: impl FnOnce(&Path)) -> Self {
        let (folder, keys, now) = (Arc::clone(&self.folder), self.keys.clone(), self.clock.now());
        let setup = self.setup.clone();
        for server in std::mem::take(&mut self.servers) {
            server.abort();
            let _ = server.await;
        }
        drop(self);
        meanwhile(folder.path());
        Self::open(folder, now, setup, Some(keys)).await
    }

    /// The same, with these roles.
    pub async fn restart_as(mut self, roles: &str) -> Self {
        self.setup.variables.retain(|(name, _)| name != ROLES_VARIABLE);
        self.setup = std::mem::take(&mut self.setup).variable(ROLES_VARIABLE, roles);
        self.restart().await
    }

    /// Another replica on the same store, with these roles and this clock. Nobody asks it, and its carriers are not there.
    pub fn another(&self, clock: SharedClock, roles: &str) -> Assembly {
        let anywhere = "127.0.0.1:9".parse().unwrap();
        let setup = self.setup.clone().variable(ROLES_VARIABLE, roles);
        put_together(&self.folder, clock, &setup, (anywhere, anywhere))
    }

    /// A client without a key.
    pub fn anonymous(&self) -> Client {
        self.client.with_key(None)
    }

    /// A client with this key.
    pub fn key(&self, key: &str) -> Client {
        self.client.with_key(Some(key))
    }

    /// Where the gateway listens.
    pub fn address(&self) -> &str {
        self.client.address()
    }

    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Does all that is due now.
    pub async fn run_until_idle(&self) {
        self.assembly.worker.run_until_idle().await.unwrap();
    }

    /// Lets time pass: the clock stops at each due time on the way, and what is due is done.
    pub async fn advance(&self, by: SignedDuration) {
        let end = self.now() + by;
        loop {
            self.run_until_idle().await;
            let due = self.assembly.app.gateway.store.next_due().await.unwrap();
            match due.filter(|due| *due <= end) {
                Some(due) => self.clock.set(due),
                None => break,
            }
        }
        self.clock.set(end);
        self.run_until_idle().await;
    }

    pub async fn advance_hours(&self, hours: i64) {
        self.advance(SignedDuration::from_hours(hours)).await;
    }

    /// A receiver to which all events are posted from now on.
    pub async fn listen(&self) -> Hooks {
        let hooks = Hooks::start().await;
        let endpoint = self.client.post("/v1/webhook_endpoints", &json!({"url": hooks.url()})).await.ok();
        hooks.expect(endpoint["secret"].as_str().unwrap());
        hooks
    }

    /// Registers an order.
    pub async fn register(&self, order: &Value) -> Value {
        self.client.post("/v1/orders", order).await.ok()
    }

    /// Gives a number for an order; the shipment's id.
    pub async fn submit(&self, order: &str, carrier: &str, number: &str) -> String {
        let taken = self.try_submit(order, carrier, number).await.ok();
        taken["id"].as_str().unwrap().to_owned()
    }

    pub async fn try_submit(&self, order: &str, carrier: &str, number: &str) -> Answer {
        let body = json!({"carrier": carrier, "tracking_number": number});
        self.client.post(&format!("/v1/orders/{order}/shipments"), &body).await
    }

    /// A shipment as the API shows it.
    pub async fn shipment(&self, id: &str) -> Value {
        self.client.get(&format!("/v1/shipments/{id}")).await.ok()
    }

    /// A shipment's verdict in one word.
    pub async fn verdict(&self, id: &str) -> String {
        self.shipment(id).await["verdict"]["verdict"].as_str().unwrap_or("none").to_owned()
    }

    /// Requests that arrived at the sandbox and hold this text.
    pub fn asked(&self, text: &str) -> usize {
        self.asked.lock().unwrap().iter().filter(|line| line.contains(text)).count()
    }
}

impl Drop for TestApp {
    fn drop(&mut self) {
        for server in &self.servers {
            server.abort();
        }
    }
}

fn put_together(
    folder: &TempDir,
    clock: SharedClock,
    setup: &Setup,
    (carriers, page): (SocketAddr, SocketAddr),
) -> Assembly {
    let sources = [&SOURCES[..], &setup.more_sources].concat();
    let mut settings = sandbox::settings(folder.path(), carriers, page, &sources);
    for (from, to) in &setup.edits {
        assert!(settings.contains(from), "the settings hold no {from}");
        settings = settings.replace(from, to);
    }
    let env = |name: &str| {
        let set = setup.variables.iter().find(|(variable, _)| variable == name);
        set.map(|(_, text)| text.clone()).or_else(|| sandbox::environment(name))
    };
    let config = Config::read(Some(("the test", &settings)), &env).unwrap();
    let around = Surroundings { clock, env: &env, jitter: || 0.5, lease: SignedDuration::from_secs(120) };
    assemble(&config, &around).unwrap()
}

async fn listen() -> TcpListener {
    TcpListener::bind("127.0.0.1:0").await.unwrap()
}

fn serve(listener: TcpListener, router: axum::Router) -> JoinHandle<()> {
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() })
}

async fn make_keys(assembly: &Assembly, now: Timestamp) -> Keys {
    let store = &assembly.app.gateway.store;
    let make = async |name: &str, scope: Scope, seller: Option<&str>| {
        let secret = ApiKeySecret::generate().unwrap();
        let key = ApiKey::new(&secret, name, vec![scope], seller.map(str::to_owned), now);
        store.create_key(key.clone()).await.unwrap();
        (key.id, secret.reveal().to_owned())
    };
    let (revoked_id, revoked) = make("revoked", Scope::Operator, None).await;
    assert!(store.revoke_key(revoked_id, now).await.unwrap());
    Keys {
        operator: make("operator", Scope::Operator, None).await.1,
        order_system: make("order system", Scope::OrderSystem, None).await.1,
        arbiter: make("arbiter", Scope::Arbiter, None).await.1,
        seller: make("seller", Scope::Seller, Some("s-1")).await.1,
        other_seller: make("other seller", Scope::Seller, Some("s-2")).await.1,
        revoked,
    }
}
