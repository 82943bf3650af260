//! A process that is killed in the middle of writing: what it was told is there, whole, and nothing is there by half.
//! This shows what a dead process leaves; a dead machine is the disk's own promise.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;

use waygate::domain::event::EventType;
use waygate::domain::verdict::Outcome;
use waygate::store::Change;
use waygate::store::sqlite::{Options, SqliteStore};

use super::samples::*;

/// Names the database to the child; without it the child's test does nothing.
const DATABASE: &str = "WAYGATE_TEST_CRASH_DATABASE";
const ROUNDS: u64 = 25;
/// Orders that are written to at the same time.
const WRITERS: usize = 8;
const EVENTS_PER_CHANGE: usize = 2;

/// The child: writes without end and tells each change that was acknowledged.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn child_that_writes_until_it_is_killed() {
    let Some(path) = std::env::var_os(DATABASE) else { return };
    let store: Shared = Arc::new(SqliteStore::open(Path::new(&path), &Options::default()).unwrap());
    let writers: Vec<_> = (0..WRITERS).map(|n| tokio::spawn(write(Arc::clone(&store), n))).collect();
    for writer in writers {
        writer.await.unwrap();
    }
}

async fn write(store: Shared, n: usize) {
    let order = format!("A-{n}");
    store.register_order(new_order(&order)).await.unwrap();
    loop {
        let case = case(&store, &order).await;
        let shipment = case.shipments.first().cloned().unwrap_or_else(|| shipment(&order, &format!("N-{n}")));
        let body = format!("{order} at revision {}", case.order.revision).repeat(20);
        let change = Change {
            answers: vec![(shipment.id.clone(), answer(body.as_bytes(), at(9)))],
            verdicts: vec![(shipment.id.clone(), verdict_record(Outcome::Pending, at(9)))],
            shipments: vec![shipment],
            happenings: vec![happening(EventType::TrackingUpdated); EVENTS_PER_CHANGE],
            ..change(&case)
        };
        let applied = store.apply(change).await.unwrap();
        let line = format!("acknowledged {order} {}\n", applied.events.last().unwrap());
        std::io::stdout().write_all(line.as_bytes()).unwrap();
    }
}

/// Runs the child until it has told of `changes`, and kills it there and then.
fn run_and_kill(path: &Path, changes: u64) -> Vec<(String, String)> {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "store::crash::child_that_writes_until_it_is_killed", "--nocapture"])
        .env(DATABASE, path)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let read = |line: &str| {
        let mut words = line.split(' ').skip_while(|word| !word.ends_with("acknowledged")).skip(1);
        Some((words.next()?.to_owned(), words.next()?.to_owned()))
    };
    let mut told: Vec<_> = lines
        .by_ref()
        .map_while(Result::ok)
        .filter_map(|line| read(&line))
        .take(usize::try_from(changes).unwrap())
        .collect();
    assert_eq!(told.len() as u64, changes, "the child ended by itself");
    child.kill().unwrap();
    child.wait().unwrap();
    // What it told before it died counts too; a last line may be cut off.
    let whole = |(_, event): &(String, String)| event.len() == "evt_".len() + 32;
    told.extend(lines.map_while(Result::ok).filter_map(|line| read(&line)).filter(whole));
    told
}

#[tokio::test]
async fn what_was_acknowledged_outlives_a_kill_and_nothing_is_there_by_half() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("store.db");
    let endpoint = {
        let store: Shared = Arc::new(SqliteStore::open(&path, &Options::default()).unwrap());
        listening(&store).await
    };
    let mut told: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut seed = 20_261_123_u64;
    for round in 0..ROUNDS {
        // Knuth's MMIX generator: the same moments in every run.
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        for (order, event) in run_and_kill(&path, 1 + (seed >> 33) % 60) {
            told.entry(order).or_default().push(event);
        }
        let store: Shared = Arc::new(SqliteStore::open(&path, &Options::default()).unwrap());
        let deliveries = store.deliveries(endpoint.id.clone(), None, u32::MAX).await.unwrap().items;
        let mut entries = 0;
        for n in 0..WRITERS {
            let order = format!("A-{n}");
            let Some(case) = store.case(order.clone()).await.unwrap() else {
                assert!(!told.contains_key(&order), "round {round}: {order} is lost");
                continue;
            };
            let events = store.order_events(order.clone()).await.unwrap();
            let sequences: Vec<_> = events.iter().map(|event| event.sequence).collect();
            assert_eq!(sequences, (1..=case.order.sequence).collect::<Vec<_>>(), "round {round}: {order}");
            for event in told.get(&order).into_iter().flatten() {
                assert!(events.iter().any(|e| e.id.as_str() == event), "round {round}: {event} is lost");
            }
            let changes = usize::try_from(case.order.revision).unwrap() - 1;
            assert_eq!(events.len(), changes * EVENTS_PER_CHANGE, "round {round}: {order}");
            assert_eq!(case.observations.len(), changes, "round {round}: {order}");
            entries += 2 * changes as u64;
            let sent = deliveries.iter().filter(|delivery| delivery.event.order == order).count();
            assert_eq!(sent, events.len(), "round {round}: {order}");
            if let Some((shipment, last)) = case.observations.last() {
                assert_eq!(store.verdicts(shipment.clone()).await.unwrap().len(), changes);
                assert!(store.answer(last.id.clone()).await.unwrap().is_some());
            }
        }
        // An answer and a verdict with each change, in the log without a gap.
        assert_eq!(store.log_size().await.unwrap(), entries, "round {round}");
        assert_eq!(store.log_entries(0, u32::MAX).await.unwrap().len() as u64, entries, "round {round}");
    }
    assert!(told.values().map(Vec::len).sum::<usize>() as u64 >= ROUNDS);
}
