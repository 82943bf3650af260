//! The whole gateway, killed again and again while its receivers misbehave: every event arrives at every endpoint, each
//! order's in their sequence, and what comes twice comes with the same id and the same bytes.
//!
//! `cargo xtask kill-rounds [ROUNDS [SEED]]` runs as many rounds as one likes.

mod receiver;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use rusqlite::Connection;
use serde_json::json;
use tokio::sync::Semaphore;

use self::receiver::{Dice, Moody};
use super::crash::{Site, Work};
use crate::support::Client;

/// Rounds, where nobody says how many.
const ROUNDS: u64 = 12;
const SEED: u64 = 20_261_123;
const WRITERS: u64 = 2;
const ORDERS: u64 = 2;
/// Longest time from the last acknowledgement to the kill.
const LINGER_MS: u64 = 250;
/// Longest wait for anything.
const PATIENCE: Duration = Duration::from_mins(1);
/// More rounds than it takes, once the receivers are well.
const LAST_ROUNDS_MAX: usize = 20;

fn number_from(variable: &str, otherwise: u64) -> u64 {
    std::env::var(variable).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

/// While the gateway is dead, a day passes for what waits to be delivered: leases end, and retries become due.
fn a_day_passes(path: &Path) {
    let database = Connection::open(path).unwrap();
    let statements = "
        UPDATE deliveries SET next_attempt_at = next_attempt_at - 90000000000 WHERE next_attempt_at IS NOT NULL;
        UPDATE deliveries SET due_at = due_at - 90000000000 WHERE due_at IS NOT NULL;
        UPDATE lanes SET due_at = due_at - 90000000000, turn_at = turn_at - 90000000000,
          held_until = held_until - 90000000000";
    database.execute_batch(statements).unwrap();
}

fn count(path: &Path, sql: &str) -> i64 {
    Connection::open(path).unwrap().query_row(sql, [], |row| row.get(0)).unwrap()
}

/// Submits orders until the gateway is gone; gives a permit for each acknowledgement.
async fn write(client: Client, round: u64, writer: u64, count: Arc<Semaphore>) {
    for n in 0..ORDERS {
        if Work::new(round, writer, n).submit(&client).await.is_none() {
            return;
        }
        count.add_permits(1);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_again_and_again_while_receivers_misbehave_it_delivers_everything_in_order() {
    let rounds = number_from("WAYGATE_KILL_ROUNDS", ROUNDS);
    let seed = number_from("WAYGATE_KILL_SEED", SEED);
    let told = format!("{rounds} rounds with seed {seed}");
    eprintln!("{told}");
    let mut dice = Dice::new(seed);
    let site = Site::new().await;
    let database = site.database();
    let receivers = [Moody::start(seed ^ 1).await, Moody::start(seed ^ 2).await];
    {
        let gateway = site.serve();
        for receiver in &receivers {
            let made = gateway.client().post("/v1/webhook_endpoints", &json!({"url": receiver.url()})).await;
            assert_eq!(made.status, 201, "{told}: {}", made.text());
        }
    }
    let acknowledged = AtomicU64::new(0);
    for round in 0..rounds {
        let mut gateway = site.serve();
        let count = Arc::new(Semaphore::new(0));
        let client = || gateway.client().clone();
        let writers: Vec<_> =
            (0..WRITERS).map(|w| tokio::spawn(write(client(), round, w, Arc::clone(&count)))).collect();
        let moment = u32::try_from(1 + dice.roll(WRITERS * ORDERS)).unwrap();
        let permits = tokio::time::timeout(PATIENCE, count.acquire_many(moment)).await;
        permits
            .unwrap_or_else(|_| panic!("{told}: nothing was acknowledged in round {round}"))
            .unwrap()
            .forget();
        acknowledged.fetch_add(u64::from(moment), Ordering::Relaxed);
        tokio::time::sleep(Duration::from_millis(dice.roll(LINGER_MS))).await;
        gateway.kill();
        for writer in writers {
            writer.await.unwrap();
        }
        a_day_passes(&database);
        for receiver in &receivers {
            let wrong = receiver.book(|book| book.wrong.clone());
            assert!(wrong.is_empty(), "{told}, round {round}: {wrong:#?}");
        }
    }
    for receiver in &receivers {
        receiver.gets_well();
    }
    let waiting = "SELECT count(*) FROM deliveries WHERE state = 'pending'";
    for last in 0.. {
        let mut gateway = site.serve();
        let told_all = async {
            while count(&database, waiting) > 0 {
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        };
        let done = tokio::time::timeout(Duration::from_secs(10), told_all).await.is_ok();
        gateway.kill();
        if done && count(&database, waiting) == 0 {
            break;
        }
        assert!(last < LAST_ROUNDS_MAX, "{told}: {} deliveries are left", count(&database, waiting));
        a_day_passes(&database);
    }
    let (events, orders) =
        (count(&database, "SELECT count(*) FROM events"), count(&database, "SELECT count(*) FROM orders"));
    assert!(orders >= i64::try_from(acknowledged.into_inner()).unwrap(), "{told}: orders were lost");
    assert!(events >= orders, "{told}: too little was tried");
    assert_eq!(count(&database, "SELECT count(*) FROM deliveries WHERE state <> 'delivered'"), 0, "{told}");
    let written: Vec<(String, i64, String)> = {
        let database = Connection::open(&database).unwrap();
        let mut statement = database.prepare("SELECT order_id, sequence, id FROM events").unwrap();
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).unwrap();
        rows.collect::<Result<_, _>>().unwrap()
    };
    for receiver in &receivers {
        receiver.book(|book| {
            assert!(book.wrong.is_empty(), "{told}: {:#?}", book.wrong);
            for (order, sequence, id) in &written {
                let taken = book.taken.get(&(order.clone(), *sequence));
                assert_eq!(taken, Some(id), "{told}: {order}, {sequence}");
            }
            assert_eq!(book.taken.len(), written.len(), "{told}");
            eprintln!(
                "{told}: {} events, {} requests, {} again",
                written.len(),
                book.requests,
                book.repeated
            );
        });
    }
}
