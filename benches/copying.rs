//! How fast a store is moved: from SQLite to PostgreSQL and back, everything read back and compared, and how much memory
//! that took. The server does not wait for the disk, SQLite does.
//!
//! `cargo bench --bench copying [-- --orders N]`
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a bench that cannot go on ends")]

#[path = "../tests/it/support/postgres.rs"]
#[allow(dead_code, reason = "the tests use more of it")]
mod postgres;

use std::path::Path;

use tokio::time::Instant;
use waygate::store::copy::{Options, Place, copy};
use waygate::store::postgres::Profile;
use waygate::store::sqlite::{self, SqliteStore};

use postgres::Database;

const ORDERS: u64 = 100_000;

/// Twelve rows an order, as long as they are in life: an order's document has 500 bytes, a verdict 2,500, a body 1,500.
const FILL: &str = "
WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ORDER_COUNT)
INSERT INTO orders (seq, id, seller, document, state, revision, sequence, created_at)
SELECT i, 'A-' || i, 's-' || i % 1000, printf('{\"a\":\"%0500d\"}', i), printf('{\"a\":\"%0300d\"}', i), 3, 2, i FROM n;
INSERT INTO shipments (seq, id, order_id, number, claim, input, looks, created_at)
SELECT seq, 'shp_' || seq, id, '1Z' || seq, printf('{\"a\":\"%0200d\"}', seq), '1Z', 2, seq FROM orders;
INSERT INTO bodies (sha256, codec, raw_bytes, data)
SELECT printf('%064d', seq), 'zstd', 4000, randomblob(1500) FROM orders;
INSERT INTO observations (seq, id, shipment, carrier, source, url, fetched_at, body_sha256, body_bytes, reading)
SELECT seq, 'obs_' || seq, 'shp_' || seq, 'ups', 'ups.track', 'https://example.com/', seq, printf('%064d', seq), 4000,
    printf('{\"a\":\"%01500d\"}', seq) FROM orders;
INSERT INTO verdicts (seq, id, shipment, at, verdict)
SELECT seq, 'ver_' || seq, 'shp_' || seq, seq, printf('{\"a\":\"%02500d\"}', seq) FROM orders;
INSERT INTO events (seq, id, order_id, sequence, type, at, data)
SELECT seq * 2 + half, 'evt_' || seq || '_' || half, id, half + 1, 'tracking.updated', seq, printf('{\"a\":\"%0400d\"}', seq)
FROM orders, (SELECT 0 AS half UNION SELECT 1);
INSERT INTO endpoints (id, url, event_types, state, created_at)
VALUES ('ep_00000000000070008000000000000000', 'https://example.com/', '[]', 'enabled', 0);
INSERT INTO deliveries (seq, endpoint, event, order_id, sequence, state, attempts, created_at)
SELECT seq, 'ep_00000000000070008000000000000000', id, order_id, sequence, 'delivered', 1, at FROM events;
INSERT INTO leaves (seq, id, shipment, entry, seed, document)
SELECT seq * 3 - third, 'leaf_' || seq || '_' || third, 'shp_' || seq, CAST(printf('{\"a\":\"%0300d\"}', seq) AS BLOB),
    randomblob(32), printf('{\"a\":\"%0700d\"}', seq) FROM orders, (SELECT 0 AS third UNION SELECT 1 UNION SELECT 2);
";

/// The most memory that this process has had, in MiB.
fn memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or_default();
    line.trim().trim_end_matches("kB").trim().parse::<u64>().unwrap_or_default() / 1024
}

fn filled(path: &Path, orders: u64) {
    drop(SqliteStore::open(path, &sqlite::Options::default()).unwrap());
    let db = rusqlite::Connection::open(path).unwrap();
    // Filling is not measured, and its cache is not to be taken for the copy's memory.
    db.execute_batch("PRAGMA synchronous = OFF; PRAGMA cache_size = -2000").unwrap();
    db.execute_batch(&FILL.replace("ORDER_COUNT", &orders.to_string())).unwrap();
}

#[tokio::main]
async fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let given = arguments.iter().position(|argument| argument == "--orders");
    let orders = given.and_then(|at| arguments.get(at + 1)?.parse().ok()).unwrap_or(ORDERS);
    let folder = tempfile::tempdir().unwrap();
    let [first, last] = ["first.db", "last.db"].map(|name| folder.path().join(name));
    filled(&first, orders);
    let database = Database::new().await;
    let server = Place::Server(Profile::Postgres, database.url());
    let bytes = std::fs::metadata(&first).unwrap().len() >> 20;
    println!("{orders} orders, {bytes} MiB; {} MiB of memory before", memory());
    let (first, last) = (Place::File(first), Place::File(last));
    let mut before = None;
    for (name, from, to) in
        [("SQLite to PostgreSQL", &first, &server), ("PostgreSQL to SQLite", &server, &last)]
    {
        let began = Instant::now();
        let found = copy(from, to, Options::default(), &mut |_| {}).unwrap().contents;
        let seconds = began.elapsed().as_secs_f64();
        let rows = u32::try_from(found.rows).unwrap();
        println!(
            "{name}: {rows} rows in {seconds:.1} s, {:.0} a second; at most {} MiB of memory",
            f64::from(rows) / seconds,
            memory()
        );
        assert!(before.is_none_or(|before| before == found));
        before = Some(found);
    }
}
