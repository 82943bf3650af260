//! Events in NATS JetStream, with Debian's server as a child that is killed and started again.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod server;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_nats::jetstream;
use serde_json::Value;
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use waygate::domain::event::EventType;
use waygate::store::sqlite::{Options, SqliteStore};
use waygate::store::{Change, Cursor, EventRecord, Positions};
use waygate::stream::{NatsSettings, Publisher};

use self::server::{NatsServer, PATIENCE};
use crate::store::samples::{Shared, case, change, happening, registered};

/// How soon a publisher that nobody wakes asks the store again.
const IDLE: Duration = Duration::from_secs(30);

struct Site {
    store: Shared,
    positions: Arc<dyn Positions>,
    wake: Arc<Notify>,
    settings: NatsSettings,
    _folder: tempfile::TempDir,
}

impl Site {
    fn new(server: &NatsServer) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store =
            Arc::new(SqliteStore::open(&folder.path().join("store.db"), &Options::default()).unwrap());
        let settings = NatsSettings {
            url: server.url(),
            stream: "WAYGATE".to_owned(),
            subject_prefix: "waygate.events".to_owned(),
            source: "waygate".to_owned(),
            token: None,
            login: None,
        };
        Self { store: store.clone(), positions: store, wake: Arc::default(), settings, _folder: folder }
    }

    /// A publisher that runs until it is aborted.
    fn publish(&self) -> JoinHandle<()> {
        let (store, positions) = (Arc::clone(&self.store), Arc::clone(&self.positions));
        let publisher = Publisher::new(store, positions, self.settings.clone(), Arc::clone(&self.wake), IDLE);
        tokio::spawn(async move { publisher.run_forever().await })
    }

    /// Writes so many events of an order.
    async fn tell(&self, order: &str, count: usize) {
        let case = case(&self.store, order).await;
        let happenings = vec![happening(EventType::TrackingUpdated); count];
        self.store.apply(Change { happenings, ..change(&case) }).await.unwrap();
        self.wake.notify_waiters();
    }

    /// All events, in the order in which they were written.
    async fn written(&self) -> Vec<EventRecord> {
        let (mut all, mut after) = (Vec::new(), None);
        loop {
            let page = self.store.events(after, 1_000).await.unwrap();
            all.extend(page.items);
            after = page.next;
            if after.is_none() {
                return all;
            }
        }
    }
}

/// A message of the stream: its sequence number, subject, headers' id, and document.
struct Message {
    subject: String,
    id: String,
    kind: String,
    document: Value,
}

/// Reads the stream message by message, past the publisher.
async fn read(server: &NatsServer) -> Vec<Message> {
    let client = async_nats::connect(server.url()).await.unwrap();
    let mut stream = jetstream::new(client).get_stream("WAYGATE").await.unwrap();
    let last = stream.info().await.unwrap().state.last_sequence;
    let mut all = Vec::new();
    for sequence in 1..=last {
        let message = stream.get_raw_message(sequence).await.unwrap();
        let header = |name: &str| message.headers.get(name).unwrap().to_string();
        all.push(Message {
            subject: message.subject.to_string(),
            id: header("Nats-Msg-Id"),
            kind: header("content-type"),
            document: serde_json::from_slice(&message.payload).unwrap(),
        });
    }
    all
}

/// How many messages the stream has; none where the server does not answer.
async fn count(server: &NatsServer) -> Option<u64> {
    let options = async_nats::ConnectOptions::new().connection_timeout(Duration::from_secs(1));
    let client = options.connect(server.url()).await.ok()?;
    let mut stream = jetstream::new(client).get_stream("WAYGATE").await.ok()?;
    Some(stream.info().await.ok()?.state.last_sequence)
}

async fn wait_for(server: &NatsServer, messages: u64) {
    let enough = async {
        while count(server).await.is_none_or(|there| there < messages) {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(PATIENCE, enough)
        .await
        .unwrap_or_else(|_| panic!("{messages} messages did not come"));
}

/// The stream holds each event once, in the order in which they were written.
fn assert_same(stream: &[Message], written: &[EventRecord]) {
    let stream: Vec<_> = stream.iter().map(|message| message.id.as_str()).collect();
    let written: Vec<_> = written.iter().map(|event| event.id.as_str()).collect();
    assert_eq!(stream, written);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_event_is_a_cloud_event_in_the_stream() {
    let mut server = NatsServer::new();
    server.start().await;
    let site = Site::new(&server);
    registered(&site.store, "A-1").await;
    site.tell("A-1", 3).await;
    let publishing = site.publish();
    wait_for(&server, 3).await;
    // What comes while it runs is published when it is woken.
    site.tell("A-1", 2).await;
    wait_for(&server, 5).await;
    let (messages, written) = (read(&server).await, site.written().await);
    assert_same(&messages, &written);
    // The position follows the acknowledgement.
    let last = Some(Cursor(written.last().unwrap().id.to_string()));
    let noted = async {
        while site.positions.position("nats:WAYGATE".to_owned()).await.unwrap() != last {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(PATIENCE, noted).await.expect("the position is not noted");
    publishing.abort();
    for (message, event) in messages.iter().zip(&written) {
        assert_eq!(message.subject, "waygate.events.tracking.updated");
        assert!(message.kind.starts_with("application/cloudevents+json"), "{}", message.kind);
        let told = |name: &str| message.document[name].as_str().unwrap_or_default().to_owned();
        assert_eq!(told("specversion"), "1.0");
        assert_eq!((told("id"), told("subject")), (event.id.to_string(), "A-1".to_owned()));
        assert_eq!(told("sequence").parse(), Ok(event.sequence));
        assert_eq!(message.document["data"], Value::Object(event.data.read()));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_lost_or_doubled_while_the_server_is_killed_under_load() {
    const ORDERS: usize = 4;
    const KILLS: usize = 5;
    let mut server = NatsServer::new();
    server.start().await;
    let site = Arc::new(Site::new(&server));
    for order in 0..ORDERS {
        registered(&site.store, &format!("A-{order}")).await;
    }
    let mut publishing = site.publish();
    let stop = Arc::new(AtomicBool::new(false));
    let writing = tokio::spawn({
        let (site, stop) = (Arc::clone(&site), Arc::clone(&stop));
        async move {
            let mut n = 0;
            while !stop.load(Ordering::SeqCst) {
                site.tell(&format!("A-{}", n % ORDERS), 5).await;
                n += 1;
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        }
    });
    let mut seen = 0;
    for kill in 0..KILLS {
        wait_for(&server, seen + 40).await;
        server.kill();
        // The publisher dies too now and then, in the middle of what it does.
        if kill % 2 == 1 {
            publishing.abort();
            publishing = site.publish();
        }
        server.start().await;
        seen = count(&server).await.unwrap_or(seen);
    }
    stop.store(true, Ordering::SeqCst);
    writing.await.unwrap();
    let written = site.written().await;
    wait_for(&server, u64::try_from(written.len()).unwrap()).await;
    publishing.abort();
    assert_same(&read(&server).await, &written);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_publishers_at_once_write_what_one_would() {
    let mut server = NatsServer::new();
    server.start().await;
    let site = Site::new(&server);
    registered(&site.store, "A-1").await;
    let both = [site.publish(), site.publish()];
    for _ in 0..30 {
        site.tell("A-1", 10).await;
    }
    wait_for(&server, 300).await;
    both.iter().for_each(JoinHandle::abort);
    assert_same(&read(&server).await, &site.written().await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_stream_holds_goes_before_what_is_remembered() {
    let mut server = NatsServer::new();
    server.start().await;
    let site = Site::new(&server);
    registered(&site.store, "A-1").await;
    site.tell("A-1", 4).await;
    let publishing = site.publish();
    wait_for(&server, 4).await;
    publishing.abort();
    // As if it had died between the acknowledgement and its own note.
    let first = site.written().await[0].id.to_string();
    site.positions.set_position("nats:WAYGATE".to_owned(), Cursor(first)).await.unwrap();
    site.tell("A-1", 1).await;
    let publishing = site.publish();
    wait_for(&server, 5).await;
    publishing.abort();
    assert_same(&read(&server).await, &site.written().await);
}
