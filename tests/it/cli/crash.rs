//! The whole gateway, killed: what it acknowledged is there when it starts again, every webhook is sent, in order, the
//! same one under the same id, and the evidence log goes on from every head that anybody was shown.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use waygate::clock::{Clock as _, SystemClock};
use waygate::domain::log::{Checkpoint, Hash, Note, VerifierKey, verify_consistency};
use waygate::sandbox::{self, SandboxFile, SandboxHost};

use super::{command, finish};
use crate::support::SOURCES;
use crate::support::{Client, Hooks, PARCELS, order};

const ROUNDS: u64 = 12;
/// Orders that each of the writers submits in a round, unless the gateway is killed before.
const ORDERS: u64 = 6;
const WRITERS: u64 = 4;
/// Longest wait for anything.
const PATIENCE: Duration = Duration::from_secs(30);

/// A place on disk with settings and a key, carriers on loopback, and a receiver: all that outlives the gateway.
pub(super) struct Site {
    _folder: TempDir,
    config: PathBuf,
    pub(super) key: String,
    hooks: Hooks,
}

impl Site {
    pub(super) async fn new() -> Self {
        Self::with_server("").await
    }

    /// A place with these settings of the server.
    pub(super) async fn with_server(lines: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let carriers = listener.local_addr().unwrap();
        let clock = Arc::new(SystemClock);
        let host = SandboxHost::new(&SandboxFile::read(PARCELS).unwrap(), SystemClock.now(), clock).unwrap();
        tokio::spawn(async move { axum::serve(listener, sandbox::router(Arc::new(host))).await });
        let anywhere: SocketAddr = "127.0.0.1:0".parse().unwrap();
        let config = folder.path().join("waygate.toml");
        let settings = sandbox::settings(folder.path(), carriers, anywhere, &SOURCES);
        std::fs::write(&config, settings.replace("[server]\n", &format!("[server]\n{lines}"))).unwrap();
        let mut keys = with_credentials(command());
        keys.args(["keys", "create", "--name", "x", "--scope", "operator", "--config"]).arg(&config);
        let made = finish(&mut keys, b"");
        assert_eq!(made.code, Some(0), "{made:?}");
        Self { _folder: folder, config, key: made.out.trim().to_owned(), hooks: Hooks::start().await }
    }

    /// The database's file.
    pub(super) fn database(&self) -> PathBuf {
        self.config.with_file_name("waygate.db")
    }

    pub(super) fn serve(&self) -> Gateway {
        let mut command = with_credentials(command());
        command.args(["serve", "--config"]).arg(&self.config).stdin(Stdio::null()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let told = |line: &String| line.split_once("listening on ").map(|(_, base)| base.trim().to_owned());
        let base = lines.by_ref().map_while(Result::ok).find_map(|line| told(&line));
        let base = base.expect("it ended before it listened");
        // What it says from now on is read, so that it never waits for us.
        std::thread::spawn(move || lines.map_while(Result::ok).for_each(drop));
        Gateway { child, client: Client::new(base).with_key(Some(&self.key)) }
    }
}

fn with_credentials(mut command: Command) -> Command {
    command.envs(sandbox::credentials()).env("NO_COLOR", "1");
    command
}

/// A gateway that runs; it is killed when it is dropped.
pub(super) struct Gateway {
    pub(super) child: Child,
    pub(super) client: Client,
}

impl Gateway {
    pub(super) fn client(&self) -> &Client {
        &self.client
    }

    /// SIGKILL.
    pub(super) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Webhooks that a killed process had claimed wait for the end of their lease; enabling the endpoint lets them go.
    async fn release(&self, endpoint: &str) {
        for action in ["disable", "enable"] {
            let done =
                self.client.post(&format!("/v1/webhook_endpoints/{endpoint}/{action}"), &json!({})).await;
            assert_eq!(done.status, 204);
        }
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        drop((self.child.kill(), self.child.wait()));
    }
}

async fn make_endpoint(gateway: &Gateway, hooks: &Hooks) -> String {
    let endpoint = gateway.client.post("/v1/webhook_endpoints", &json!({"url": hooks.url()})).await.ok();
    hooks.expect(endpoint["secret"].as_str().unwrap());
    endpoint["id"].as_str().unwrap().to_owned()
}

pub(super) fn paid(id: &str) -> Value {
    let mut order = order(id);
    let at: Timestamp = SystemClock.now() - SignedDuration::from_hours(1);
    order["paid_at"] = json!(at.to_string());
    order
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_acknowledged_just_before_the_end_is_told_after_it() {
    let site = Site::new().await;
    let mut gateway = site.serve();
    let endpoint = make_endpoint(&gateway, &site.hooks).await;
    site.hooks.answer(503);
    gateway.client.post("/v1/orders", &paid("A-1")).await.ok();
    let number = json!({"carrier": "ups", "tracking_number": "1ZWAYG8T0300002020"});
    let taken = gateway.client.post("/v1/orders/A-1/shipments", &number).await;
    gateway.kill();
    assert_eq!(taken.status, 201);

    let gateway = site.serve();
    site.hooks.answer(200);
    gateway.release(&endpoint).await;
    let told = |sequence| move |hook: &crate::support::Hook| hook.taken && hook.sequence == sequence;
    site.hooks.wait_until(PATIENCE, |all| all.iter().any(told(1)) && all.iter().any(told(2))).await;
    let hooks = site.hooks.of("A-1");
    let seen: Vec<_> = hooks.iter().take(2).map(|h| (h.sequence, h.kind.as_str(), h.verified)).collect();
    assert_eq!(seen, [(1, "shipment.submitted", true), (2, "order.protection_started", true)]);
    let shipment = taken.ok()["id"].as_str().unwrap().to_owned();
    assert_eq!(gateway.client.get(&format!("/v1/shipments/{shipment}")).await.ok()["id"], shipment);
}

/// One order with its number, as a writer submits it.
#[derive(Debug, Clone)]
pub(super) struct Work {
    order: Value,
    number: Value,
}

impl Work {
    pub(super) fn new(round: u64, writer: u64, n: u64) -> Self {
        // DHL's ten digits: nine, and what is left of them after division by seven.
        let nine = 331_000_000 + round * 10_000 + writer * 100 + n;
        let number = format!("{nine}{}", nine % 7);
        let mut order = paid(&format!("R{round}-{writer}-{n}"));
        order["ship_to"] = json!({"country": "NL", "city": "Utrecht", "postal_code": "3511"});
        Self { order, number: json!({"carrier": "dhl", "tracking_number": number}) }
    }

    fn id(&self) -> &str {
        self.order["id"].as_str().unwrap()
    }

    /// Both requests with keys of their own; the shipment's id, once it is acknowledged.
    pub(super) async fn submit(&self, client: &Client) -> Option<String> {
        let key = format!("order {}", self.id());
        let json = ("content-type", "application/json");
        let post = async |path: String, key: &str, body: &Value| {
            let headers = [json, ("idempotency-key", key)];
            let body = body.to_string().into_bytes();
            client.try_send(http::Method::POST, &path, &headers, Some(body)).await.ok()
        };
        let registered = post("/v1/orders".to_owned(), &key, &self.order).await?;
        registered.ok();
        let path = format!("/v1/orders/{}/shipments", self.id());
        let taken = post(path, &format!("number of {}", self.id()), &self.number).await?;
        Some(taken.ok()["id"].as_str().unwrap().to_owned())
    }
}

/// The newest head, its signature checked.
async fn log_head(client: &Client) -> Checkpoint {
    let listed = client.get("/v1/log/keys").await.ok();
    let key: VerifierKey = listed["keys"][0]["key"].as_str().unwrap().parse().unwrap();
    let note = client.get("/log/checkpoint").await.text();
    Checkpoint::parse(Note::parse(&note).unwrap().verify([&key]).unwrap().0).unwrap()
}

/// The log goes on from a head that was shown: neither cut back nor forked.
async fn goes_on(client: &Client, shown: &Checkpoint) {
    let now = log_head(client).await;
    assert!(now.size >= shown.size, "the log was cut back from {} to {}", shown.size, now.size);
    let path = format!("/v1/log/proof/consistency?from={}&to={}", shown.size, now.size);
    let told = client.get(&path).await.ok();
    let proof: Vec<Hash> = serde_json::from_value(told["proof"].clone()).unwrap();
    assert!(verify_consistency((shown.size, shown.root), (now.size, now.root), &proof), "the log was forked");
}

/// Waits until every claim is proved to be in the log; the head then.
async fn wait_for_receipts(client: &Client, shipments: &BTreeMap<String, String>) -> Checkpoint {
    let proved = async {
        for shipment in shipments.values() {
            let path = format!("/v1/log/proof/inclusion?leaf={shipment}");
            while client.get(&path).await.status != 200 {
                tokio::task::yield_now().await;
            }
        }
    };
    tokio::time::timeout(PATIENCE, proved).await.expect("a claim has no receipt");
    log_head(client).await
}

#[derive(Default)]
struct Told {
    acknowledged: Mutex<BTreeMap<String, String>>,
    unknown: Mutex<Vec<Work>>,
}

/// Submits until the gateway is gone; gives a permit for each acknowledgement.
async fn write(client: Client, round: u64, writer: u64, told: Arc<Told>, count: Arc<Semaphore>) {
    for n in 0..ORDERS {
        let work = Work::new(round, writer, n);
        let Some(shipment) = work.submit(&client).await else {
            told.unknown.lock().unwrap().push(work);
            return;
        };
        told.acknowledged.lock().unwrap().insert(work.id().to_owned(), shipment);
        count.add_permits(1);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_at_any_moment_it_loses_nothing_and_says_nothing_twice_under_another_id() {
    let site = Site::new().await;
    let mut gateway = site.serve();
    let endpoint = make_endpoint(&gateway, &site.hooks).await;
    let told = Arc::new(Told::default());
    let mut seed = 20_261_123_u64;
    for round in 0..ROUNDS {
        // Knuth's MMIX generator: the same moments in every run, as far as acknowledgements go.
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let moment = u32::try_from(1 + (seed >> 33) % (WRITERS * ORDERS / 2)).unwrap();
        let count = Arc::new(Semaphore::new(0));
        let writers: Vec<_> = (0..WRITERS)
            .map(|w| {
                tokio::spawn(write(gateway.client.clone(), round, w, Arc::clone(&told), Arc::clone(&count)))
            })
            .collect();
        tokio::time::timeout(PATIENCE, count.acquire_many(moment)).await.unwrap().unwrap().forget();
        let shown = log_head(&gateway.client).await;
        gateway.kill();
        for writer in writers {
            writer.await.unwrap();
        }

        gateway = site.serve();
        goes_on(&gateway.client, &shown).await;
        // What was not acknowledged may be there or not: sent again with its key it is there once.
        let unknown = std::mem::take(&mut *told.unknown.lock().unwrap());
        for work in unknown {
            let shipment = work.submit(&gateway.client).await.expect("the gateway is there");
            told.acknowledged.lock().unwrap().insert(work.id().to_owned(), shipment);
        }
        let acknowledged = told.acknowledged.lock().unwrap().clone();
        for (order, shipment) in
            acknowledged.iter().filter(|(order, _)| order.starts_with(&format!("R{round}-")))
        {
            let found = gateway.client.get(&format!("/v1/orders/{order}")).await.ok();
            let ids: Vec<_> =
                found["shipments"].as_array().unwrap().iter().map(|s| s["id"].clone()).collect();
            assert_eq!(ids, [json!(shipment)], "round {round}: {order}");
        }
    }
    let acknowledged = told.acknowledged.lock().unwrap().clone();
    assert!(acknowledged.len() as u64 >= ROUNDS, "too little was tried");

    // Every claim has its receipt, and the whole log agrees with itself and with the database.
    let newest = wait_for_receipts(&gateway.client, &acknowledged).await;
    assert!(newest.size >= acknowledged.len() as u64 * 2, "a claim and a verdict each");
    let audited = finish(command().args(["log", "check", "--json", "--config"]).arg(&site.config), b"");
    assert_eq!(audited.code, Some(0), "{audited:?}");
    assert_eq!(audited.lines()[0]["agrees"], true);

    // In the end everything that was written is told.
    gateway.release(&endpoint).await;
    let least = acknowledged.len() * 2;
    let distinct = |all: &[crate::support::Hook]| {
        all.iter().map(|hook| hook.id.as_str()).collect::<std::collections::BTreeSet<_>>().len()
    };
    site.hooks.wait_until(PATIENCE, |all| distinct(all) >= least).await;
    let mut by_order: BTreeMap<String, Vec<crate::support::Hook>> = BTreeMap::new();
    for hook in site.hooks.all() {
        assert!(hook.verified, "{hook:?}");
        by_order.entry(hook.order.clone()).or_default().push(hook);
    }
    for order in acknowledged.keys() {
        let hooks = &by_order[order];
        let mut seen: Vec<(i64, &str)> = Vec::new();
        for hook in hooks {
            match seen.iter().find(|(sequence, _)| *sequence == hook.sequence) {
                // A webhook whose answer was lost is sent again: the same one.
                Some((_, id)) => assert_eq!(*id, hook.id, "{order}: {hooks:#?}"),
                None => seen.push((hook.sequence, &hook.id)),
            }
        }
        let sequences: Vec<i64> = seen.iter().map(|(sequence, _)| *sequence).collect();
        assert_eq!(sequences, (1..=i64::try_from(seen.len()).unwrap()).collect::<Vec<_>>(), "{order}");
        assert!(sequences.len() >= 2, "{order}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn asked_to_stop_it_stops_and_says_that_all_is_well() {
    let site = Site::new().await;
    let mut gateway = site.serve();
    let id = gateway.child.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
    assert_eq!(gateway.child.wait().unwrap().code(), Some(0));
}
