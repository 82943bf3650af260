//! Timers at scale: finding what is due among a million open orders, and ten thousand that are due at one time while the
//! gateway is killed again and again (the binary as it is built for benches); what must be there afterwards is asserted.
//!
//! `cargo bench --bench timers [-- --orders N --due N]` (a million orders take about 1.5 GB in the temporary folder)
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a bench that cannot go on ends")]

#[path = "../tests/it/replays/timers/due.rs"]
mod due;

use std::path::Path;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use rusqlite::{Connection, params};
use tokio::time::Instant;
use waygate::store::Store;
use waygate::store::sqlite::{Options, SqliteStore};

const FEW: u32 = 10_000;
const MANY: u32 = 1_000_000;
const DUE: u32 = 10_000;
const KILLS: u32 = 10;
/// Picked at once, as the worker does.
const BATCH: u32 = 256;
const TIMES: usize = 2_001;
/// Timers are due all over a year, from then on.
const START: i64 = 1_770_000_000;
const YEAR_SECONDS: i64 = 365 * 86_400;

/// Open orders, their due times scattered over the year.
const FILL: &str = "
INSERT INTO orders (id, seller, document, state, revision, sequence, next_timer_at, created_at)
WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1)
SELECT printf('A-%d', i), 's-1', printf('{\"id\":\"A-%d\",\"seller\":\"s-1\",\"buyer\":\"b-1\",\"paid_at\":\"2026-02-02T00:00:00Z\",\"handling_days\":3,\"delivery_days\":30,\"amount\":{\"amount\":\"100.00\",\"currency\":\"USD\"},\"ship_to\":{\"country\":\"US\"}}', i),
       '{\"phase\":\"protected\",\"rules\":\"2026-11\",\"overdue_told\":false,\"confirmed_at\":\"2026-02-03T00:00:00Z\",\"protection_ends_at\":\"2026-03-05T00:00:00Z\",\"ending_told\":false,\"delivered_at\":null,\"receipt_due_at\":null,\"completed_at\":null,\"release_due_at\":null}',
       2, 2, ?2 + i * 2654435761 % ?3, ?2
FROM n";

fn fill(path: &Path, orders: u32) {
    drop(SqliteStore::open(path, &Options::default()).unwrap());
    let db = Connection::open(path).unwrap();
    db.execute_batch("PRAGMA synchronous = OFF; PRAGMA cache_size = -400000").unwrap();
    db.execute(FILL, params![orders, START * 1_000_000, YEAR_SECONDS * 1_000_000]).unwrap();
    db.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

/// What the worker asks: when is the next one due, and which are due. Through the store, its threads included.
async fn find(path: &Path, orders: u32) {
    let store = SqliteStore::open(path, &Options::default()).unwrap();
    let start = Timestamp::from_second(START).unwrap();
    // At this time so many are due as the worker takes.
    let share = f64::from(BATCH) / f64::from(orders);
    let now = start + SignedDuration::from_secs(YEAR_SECONDS).mul_f64(share);
    let (mut next, mut due) = (Vec::new(), Vec::new());
    for _ in 0..TIMES {
        let began = Instant::now();
        assert!(store.next_due().await.unwrap().is_some());
        next.push(began.elapsed());
        let began = Instant::now();
        let found = store.due_timers(now, BATCH).await.unwrap().len();
        due.push(began.elapsed());
        assert!(found > BATCH as usize / 2, "{found}");
    }
    println!(
        "{orders:>9} open orders: next due {:>9.2?}   {BATCH} that are due {:>9.2?}",
        median(next),
        median(due)
    );
}

fn number(name: &str, otherwise: u32) -> u32 {
    let mut words = std::env::args().skip_while(|word| word != name).skip(1);
    words.next().and_then(|word| word.parse().ok()).unwrap_or(otherwise)
}

fn main() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let folder = tempfile::tempdir().unwrap();
    for orders in [FEW, number("--orders", MANY)] {
        let path = folder.path().join(format!("{orders}.db"));
        fill(&path, orders);
        runtime.block_on(find(&path, orders));
    }
    drop(folder);
    let due = number("--due", DUE);
    let site = runtime.block_on(due::Site::prepare(due));
    let began = Instant::now();
    let in_the_middle = site.fire_with_kills(KILLS);
    let took = began.elapsed();
    runtime.block_on(site.check());
    println!(
        "{due} orders due at one time, {KILLS} kills, {in_the_middle} of them in the middle: all fired once, in {:.1} s",
        took.as_secs_f64()
    );
}
