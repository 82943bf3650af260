//! What is there, in the end and on the way: by the API of whichever replica answers, and from the tables past the store.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value;
use tokio::task::JoinHandle;
use tokio::time::Instant;
use tokio_postgres::NoTls;
use waygate::domain::log::{Checkpoint, Hash, Note, VerifierKey, verify_consistency};

use super::clients::Desk;
use super::fleet::REPLICAS;
use super::history::{Act, Day, Event, Found, Head, History};

/// Pause between two replicas that are asked for their heads.
const HEADS_PAUSE: Duration = Duration::from_millis(100);
/// About so many heads are held against the log's own proofs.
const PROOFS_MAX: usize = 200;
/// How often it is looked whether anything is still to be done.
const LOOKED_EVERY: Duration = Duration::from_millis(500);

/// What is still to be done, by name.
const WORK: [(&str, &str); 6] = [
    ("orders with a timer", "SELECT id FROM orders WHERE next_timer_at IS NOT NULL"),
    ("shipments to be looked at", "SELECT id FROM shipments WHERE look_due IS NOT NULL"),
    ("shipments to be judged", "SELECT id FROM shipments WHERE judge_due IS NOT NULL"),
    ("deliveries", "SELECT event FROM deliveries WHERE state = 'pending'"),
    ("events without a place", "SELECT id FROM events WHERE seq IS NULL"),
    ("entries without a place", "SELECT id FROM leaves WHERE seq IS NULL"),
];

fn at(microseconds: i64) -> Timestamp {
    Timestamp::from_microsecond(microseconds).unwrap()
}

type Heads = Arc<Mutex<BTreeMap<(u64, Hash), usize>>>;

/// Looks and asks.
pub struct Gatherer {
    desk: Arc<Desk>,
    address: String,
    key: VerifierKey,
    heads: Heads,
}

/// A head whose signature is the log's.
fn head(note: &str, key: &VerifierKey) -> Checkpoint {
    Checkpoint::parse(Note::parse(note).unwrap().verify([key]).unwrap().0).unwrap()
}

impl Gatherer {
    pub async fn new(desk: Arc<Desk>, address: String) -> Self {
        let keys: Value = serde_json::from_str(&desk.get("/v1/log/keys").await.unwrap()).unwrap();
        let key = keys["keys"][0]["key"].as_str().unwrap().parse().unwrap();
        Self { desk, address, key, heads: Heads::default() }
    }

    /// Notes every head that any replica shows.
    pub fn watch_heads(&self) -> JoinHandle<()> {
        let (desk, key, heads) = (Arc::clone(&self.desk), self.key.clone(), Arc::clone(&self.heads));
        tokio::spawn(async move {
            for replica in (0..REPLICAS).cycle() {
                tokio::time::sleep(HEADS_PAUSE).await;
                let Some(address) = desk.fleet.address(replica) else { continue };
                let answer = desk.http.get(format!("{address}/log/checkpoint")).send().await;
                if let Ok(answer) = answer
                    && answer.status().is_success()
                    && let Ok(note) = answer.text().await
                {
                    let head = head(&note, &key);
                    heads.lock().unwrap().entry((head.size, head.root)).or_insert(replica);
                }
            }
        })
    }

    async fn rows(&self, sql: &str) -> Vec<tokio_postgres::Row> {
        let (client, connection) = tokio_postgres::connect(&self.address, NoTls).await.unwrap();
        tokio::spawn(connection);
        client.query(sql, &[]).await.unwrap()
    }

    async fn last_head(&self) -> Checkpoint {
        head(&self.desk.get("/log/checkpoint").await.expect("no replica shows its head"), &self.key)
    }

    /// Waits until nothing is to be done; what is left where that takes too long.
    pub async fn wait_until_idle(&self, until: Instant) -> Vec<String> {
        loop {
            let mut left = Vec::new();
            for (what, sql) in WORK {
                let rows = self.rows(sql).await;
                if let Some(first) = rows.first() {
                    left.push(format!("{} {what}, e.g. {}", rows.len(), first.get::<_, String>(0)));
                }
            }
            let (entries, sealed) =
                (self.rows("SELECT id FROM leaves").await.len(), self.last_head().await.size);
            if entries as u64 != sealed {
                left.push(format!("{entries} entries, {sealed} sealed"));
            }
            if left.is_empty() {
                return left;
            }
            if Instant::now() > until {
                left.extend(self.details().await);
                return left;
            }
            tokio::time::sleep(LOOKED_EVERY).await;
        }
    }

    /// How what waits for its delivery stands, for whoever reads of it.
    async fn details(&self) -> Vec<String> {
        let sql = "SELECT row_to_json(d)::text FROM (SELECT order_id, sequence, attempts, lease, due_at, next_attempt_at
                FROM deliveries WHERE state = 'pending' ORDER BY order_id, sequence LIMIT 20) d
            UNION ALL SELECT row_to_json(e)::text FROM (SELECT id, state, disabled_why FROM endpoints) e
            UNION ALL SELECT row_to_json(l)::text FROM lanes l
            UNION ALL SELECT row_to_json(a)::text FROM (SELECT * FROM attempts WHERE delivery IN
                (SELECT seq FROM deliveries WHERE state = 'pending') LIMIT 20) a";
        self.rows(sql).await.iter().map(|row| row.get(0)).collect()
    }

    /// What is there while replicas still answer.
    pub async fn gather(&self) -> History {
        let told = self.desk.told.lock().unwrap().clone();
        let mut history = History { heads: self.heads().await, ..History::default() };
        for told in told.iter().filter(|told| told.act == Act::Register && told.acknowledged().is_some()) {
            let Some(text) = self.desk.get(&format!("/v1/orders/{}", told.order)).await else { continue };
            let order: Value = serde_json::from_str(&text).unwrap();
            let shipments = order["shipments"].as_array().unwrap().iter();
            let shipments = shipments.map(|shipment| shipment["id"].as_str().unwrap().to_owned()).collect();
            history.found.insert(told.order.clone(), Found { shipments, disputes: Vec::new() });
        }
        for row in self.rows("SELECT order_id, id FROM disputes ORDER BY seq").await {
            history.found.entry(row.get(0)).or_default().disputes.push(row.get(1));
        }
        let events = "SELECT order_id, id, sequence, type, at FROM events ORDER BY order_id, sequence";
        for row in self.rows(events).await {
            let event = Event { id: row.get(1), sequence: row.get(2), kind: row.get(3), at: at(row.get(4)) };
            history.events.entry(row.get(0)).or_default().push(event);
        }
        // One state of both.
        let logged = "SELECT entry, (SELECT count(*) FROM shipments) + (SELECT count(*) FROM observations)
            + (SELECT count(*) FROM verdicts) FROM leaves ORDER BY seq NULLS LAST, staged";
        for row in self.rows(logged).await {
            history.entries.push(row.get(0));
            history.logged = u64::try_from(row.get::<_, i64>(1)).unwrap();
        }
        history.told = told;
        history
    }

    async fn heads(&self) -> Vec<Head> {
        let last = self.last_head().await;
        let seen = self.heads.lock().unwrap().clone();
        let mut heads = Vec::new();
        let each = seen.len() / PROOFS_MAX + 1;
        for (place, ((size, root), replica)) in seen.into_iter().enumerate() {
            // A replica whose folder is its own may be a little behind the others. The roots are made anew for all.
            let proved = place % each != 0
                || size >= last.size
                || self.is_proved((size, root), (last.size, last.root)).await;
            heads.push(Head { replica, size, root: root.0, proved });
        }
        heads
    }

    async fn is_proved(&self, from: (u64, Hash), to: (u64, Hash)) -> bool {
        if from.0 == 0 {
            return true;
        }
        let path = format!("/v1/log/proof/consistency?from={}&to={}", from.0, to.0);
        let Some(text) = self.desk.get(&path).await else { return false };
        let told: Value = serde_json::from_str(&text).unwrap();
        let proof: Vec<Hash> = serde_json::from_value(told["proof"].clone()).unwrap();
        verify_consistency(from, to, &proof)
    }

    /// By number, how many answers were recorded.
    pub async fn recorded(&self) -> BTreeMap<String, usize> {
        let sql =
            "SELECT s.number, count(*) FROM observations o JOIN shipments s ON s.id = o.shipment GROUP BY 1";
        let rows = self.rows(sql).await;
        rows.iter().map(|row| (row.get(0), usize::try_from(row.get::<_, i64>(1)).unwrap())).collect()
    }

    /// The source's days.
    pub async fn days(&self) -> Vec<Day> {
        let rows = self.rows("SELECT began_at, ends_at, requests FROM source_days").await;
        let day = |row: &tokio_postgres::Row| Day {
            began_at: at(row.get(0)),
            ends_at: at(row.get(1)),
            leased: u64::try_from(row.get::<_, i64>(2)).unwrap(),
        };
        rows.iter().map(day).collect()
    }
}
