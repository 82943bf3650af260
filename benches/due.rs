//! What it costs to pick what is due, with ten thousand shipments and with ten million: the pick alone, and the claim,
//! which also writes a lease for each. Both by turns in one run.
//!
//! `cargo bench --bench due [-- --rows N]` (ten million take some minutes to make, and 4 GB in the temporary folder)
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a bench that cannot go on ends")]

use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use rusqlite::{Connection, params};
use tokio::time::Instant;
use waygate::store::Store;
use waygate::store::sqlite::{Options, SqliteStore};

const FEW: u32 = 10_000;
const MANY: u32 = 10_000_000;
/// Picked at once.
const BATCH: u32 = 1_000;
const ROUNDS: u32 = 9;
/// The shipments are due all over a day, from then on.
const START: i64 = 1_770_000_000;
const DAY_SECONDS: i64 = 86_400;

/// Rows as they lie in the store, as lean as they can be; `due` is scattered over the day.
const FILL: &str = "
INSERT INTO shipments (id, order_id, number, claim, input, looks, created_at, look_due)
WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1)
SELECT printf('shp_%032d', i), 'A-1', printf('1Z%016d', i),
       json('{\"carrier\":\"ups\",\"tracking_number\":\"1Z999AA10123456784\",\"tracking_url\":null,\"confirmed_at\":null,\"submitted_at\":null,\"combined_with\":null}'),
       '1Z', 0, ?2, ?2 + i * 2654435761 % ?3
FROM n";

struct Filled {
    path: PathBuf,
    rows: u32,
}

fn fill(folder: &Path, rows: u32) -> Filled {
    let path = folder.join(format!("{rows}.db"));
    drop(SqliteStore::open(&path, &Options::default()).unwrap());
    let db = Connection::open(&path).unwrap();
    db.execute_batch("PRAGMA synchronous = OFF; PRAGMA foreign_keys = OFF; PRAGMA cache_size = -400000")
        .unwrap();
    // Indexes are made in one go afterwards, as they stand in the layout.
    let indexes: Vec<(String, String)> = {
        let of = "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name = 'shipments' AND sql IS NOT NULL";
        let mut statement = db.prepare(of).unwrap();
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
        rows.collect::<Result<_, _>>().unwrap()
    };
    for (name, _) in &indexes {
        db.execute_batch(&format!("DROP INDEX {name}")).unwrap();
    }
    let order = "INSERT INTO orders (id, document, state, revision, sequence, created_at) VALUES ('A-1', '{}', '{}', 1, 0, 0)";
    db.execute_batch(order).unwrap();
    db.execute(FILL, params![rows, START * 1_000_000, DAY_SECONDS * 1_000_000]).unwrap();
    for (_, sql) in &indexes {
        db.execute_batch(sql).unwrap();
    }
    db.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
    Filled { path, rows }
}

/// The time at which a batch is due, `round` batches into the day.
fn when(filled: &Filled, round: u32) -> Timestamp {
    let share = f64::from((round + 1) * BATCH) / f64::from(filled.rows);
    Timestamp::from_second(START).unwrap() + SignedDuration::from_secs(DAY_SECONDS).mul_f64(share.min(1.0))
}

fn pick(filled: &Filled) -> Duration {
    let db = Connection::open(&filled.path).unwrap();
    let sql = "SELECT seq FROM shipments WHERE look_due <= ?1 ORDER BY look_due LIMIT ?2";
    let mut statement = db.prepare(sql).unwrap();
    let until = when(filled, ROUNDS).as_microsecond();
    let mut times: Vec<Duration> = Vec::new();
    for _ in 0..ROUNDS * 10 {
        let began = Instant::now();
        let picked = statement.query_map(params![until, BATCH], |row| row.get::<_, i64>(0)).unwrap();
        assert_eq!(picked.count(), BATCH as usize);
        times.push(began.elapsed());
    }
    median(times)
}

async fn claim(filled: &Filled, store: &SqliteStore, round: u32) -> Duration {
    let now = when(filled, round);
    let began = Instant::now();
    let claimed = store.claim_looks(now, now + SignedDuration::from_hours(48), BATCH).await.unwrap();
    let took = began.elapsed();
    assert!(claimed.len() > BATCH as usize / 2, "{}", claimed.len());
    took
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

fn main() {
    let mut words = std::env::args().skip_while(|word| word != "--rows").skip(1);
    let many = words.next().and_then(|word| word.parse().ok()).unwrap_or(MANY);
    let folder = tempfile::tempdir().unwrap();
    let filled = [FEW, many].map(|rows| fill(folder.path(), rows));
    for filled in &filled {
        println!("pick  {BATCH} of {:>10}: {:>9.2?}", filled.rows, pick(filled));
    }
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let stores = filled.each_ref().map(|f| SqliteStore::open(&f.path, &Options::default()).unwrap());
        let mut times = [Vec::new(), Vec::new()];
        for round in 0..ROUNDS {
            for (at, store) in stores.iter().enumerate() {
                times[at].push(claim(&filled[at], store, round).await);
            }
        }
        for (filled, times) in filled.iter().zip(times) {
            println!("claim {BATCH} of {:>10}: {:>9.2?}", filled.rows, median(times));
        }
    });
}
