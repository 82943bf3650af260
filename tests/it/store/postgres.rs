//! A database that replicas share keeps every promise, both with what PostgreSQL can do and without it, and some of its
//! own: about the order that readers go along, lost connections, and programs of several versions side by side.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use futures_util::future::join_all;
use waygate::domain::event::EventType;
use waygate::domain::verdict::Outcome;
use waygate::ids::KeyId;
use waygate::store::postgres::{Options, PostgresStore, Profile};
use waygate::store::{AttemptResult, Change, Cursor, Fault, Page, StoreError, Tripwire};

use super::engines::Engine;
use super::promises::{self, with_promises};
use super::samples::*;
use crate::support::postgres::Database;

mod kept {
    use super::*;

    macro_rules! run {
        ($($module:ident::$name:ident,)*) => {
            $(
                #[tokio::test]
                async fn $name() {
                    promises::$module::$name(Engine::postgres().await.open()).await;
                }
            )*
        };
    }
    with_promises!(run);
}

mod kept_distributed {
    use super::*;

    macro_rules! run {
        ($($module:ident::$name:ident,)*) => {
            $(
                #[tokio::test]
                async fn $name() {
                    promises::$module::$name(Engine::distributed().await.open()).await;
                }
            )*
        };
    }
    with_promises!(run);
}

const PROFILES: [Profile; 2] = [Profile::Postgres, Profile::Cockroach];

fn open(database: &Database, profile: Profile) -> Arc<PostgresStore> {
    let options = Options { readers: 2, writers: 4, ..Options::of(profile) };
    Arc::new(PostgresStore::open(&database.url(), &options).unwrap())
}

/// All events from a place on, in pages of three.
async fn read_on(store: &Shared, after: &mut Option<Cursor>) -> Vec<(String, i64)> {
    let mut seen = Vec::new();
    loop {
        let Page { items, .. } = store.events(after.clone(), 3).await.unwrap();
        let Some(last) = items.last() else { return seen };
        *after = Some(Cursor(last.id.to_string()));
        seen.extend(items.into_iter().map(|event| (event.order, event.sequence)));
    }
}

#[tokio::test]
async fn what_is_committed_late_is_not_missed_by_a_reader_that_has_gone_on() {
    for profile in PROFILES {
        let database = Database::new().await;
        let store: Shared = open(&database, profile);
        registered(&store, "A-1").await;
        registered(&store, "A-2").await;
        // Another replica has written and not committed yet.
        let slow = database.client().await;
        let insert = "INSERT INTO events (id, order_id, sequence, type, at, data)
            VALUES ('evt_00000000000070008000000000000000', 'A-1', 1, 'tracking.updated', 0, '{}');
            INSERT INTO leaves (id, shipment, entry) VALUES ('obs_slow', 'shp_slow', 'slow')";
        slow.batch_execute(&format!("BEGIN; {insert}")).await.unwrap();
        told(&store, "A-2", 2).await;
        let mut after = None;
        assert_eq!(read_on(&store, &mut after).await, [("A-2".to_owned(), 1), ("A-2".to_owned(), 2)]);
        assert_eq!(store.log_size().await.unwrap(), 0);
        slow.batch_execute("COMMIT").await.unwrap();
        assert_eq!(read_on(&store, &mut after).await, [("A-1".to_owned(), 1)]);
        assert_eq!(store.log_entries(0, 9).await.unwrap(), [b"slow"]);
    }
}

/// A change that tells, and logs an answer and a verdict.
async fn write(store: &Shared, order: &str) {
    let case = case(store, order).await;
    let shipment = case.shipments.first().cloned().unwrap_or_else(|| shipment(order, &format!("N-{order}")));
    let change = Change {
        answers: vec![(shipment.id.clone(), answer(order.as_bytes(), at(9)))],
        verdicts: vec![(shipment.id.clone(), verdict_record(Outcome::Pending, at(9)))],
        shipments: vec![shipment],
        happenings: vec![happening(EventType::TrackingUpdated)],
        ..change(&case)
    };
    store.apply(change).await.unwrap();
}

#[tokio::test]
async fn while_replicas_write_a_reader_sees_every_event_once_and_a_log_that_only_grows() {
    const WRITERS: usize = 8;
    const CHANGES: usize = 12;
    for profile in PROFILES {
        let database = Database::new().await;
        let replicas: [Shared; 2] = [open(&database, profile), open(&database, profile)];
        let writers: Vec<_> = (0..WRITERS)
            .map(|n| {
                let store = Arc::clone(&replicas[n % 2]);
                tokio::spawn(async move {
                    let order = format!("A-{n}");
                    registered(&store, &order).await;
                    for _ in 0..CHANGES {
                        write(&store, &order).await;
                    }
                })
            })
            .collect();
        let (mut after, mut events, mut log) = (None, Vec::new(), Vec::new());
        loop {
            let is_over = writers.iter().all(tokio::task::JoinHandle::is_finished);
            for store in &replicas {
                events.extend(read_on(store, &mut after).await);
                let entries = store.log_entries(0, u32::MAX).await.unwrap();
                assert!(entries.starts_with(&log), "{profile:?}: an entry has changed its place");
                log = entries;
            }
            if is_over {
                break;
            }
        }
        for outcome in join_all(writers).await {
            outcome.unwrap();
        }
        let all: BTreeSet<_> = events.iter().cloned().collect();
        assert_eq!((events.len(), all.len()), (WRITERS * CHANGES, WRITERS * CHANGES), "{profile:?}");
        for n in 0..WRITERS {
            let order = format!("A-{n}");
            let own = events.iter().filter(|(of, _)| *of == order).map(|(_, sequence)| *sequence);
            assert!(own.eq(1..=i64::try_from(CHANGES).unwrap()), "{profile:?}: {order} in order");
        }
        assert_eq!(log.len(), 2 * WRITERS * CHANGES, "{profile:?}");
        assert_eq!(log.iter().collect::<BTreeSet<_>>().len(), log.len(), "{profile:?}");
        assert_eq!(replicas[0].log_size().await.unwrap(), log.len() as u64);
    }
}

#[tokio::test]
async fn what_met_others_is_run_again_until_it_passes() {
    for profile in PROFILES {
        let database = Database::new().await;
        let store = open(&database, profile);
        let shared: Shared = Arc::clone(&store) as _;
        promises::changes::many_at_once_lose_nothing_and_leave_no_gap(shared).await;
        assert!(store.repeats() > 0, "{profile:?}: nothing ever met, so that this shows nothing");
    }
}

#[tokio::test]
async fn what_met_another_or_was_cut_at_any_statement_passes_all_the_same() {
    for (profile, fault) in [
        (Profile::Postgres, Fault::Meeting),
        (Profile::Postgres, Fault::Loss),
        (Profile::Cockroach, Fault::Meeting),
    ] {
        let wire = Tripwire::default();
        let store = Engine::Postgres(Database::new().await, profile).open_with(Some(wire.clone()));
        let store: Shared = store;
        registered(&store, "A-1").await;
        let mut statement = 0;
        loop {
            statement += 1;
            let failures = wire.failed();
            wire.lay(statement, fault);
            write(&store, "A-1").await;
            wire.lay(0, fault);
            let events = store.order_events("A-1".to_owned()).await.unwrap();
            assert_eq!(events.len() as u64, statement, "{profile:?}, {fault:?}: once each");
            assert_eq!(store.log_size().await.unwrap(), 2 * statement, "{profile:?}, {fault:?}");
            if wire.failed() == failures {
                break;
            }
        }
        assert!(statement > 9, "{profile:?}, {fault:?}: {statement} statements");
    }
}

#[tokio::test]
async fn whoever_does_not_hear_of_a_commit_finds_out_by_the_key_of_the_request() {
    let wire = Tripwire::default();
    let store: Shared = Engine::postgres().await.open_with(Some(wire.clone()));
    let first = registered(&store, "A-1").await;
    let record = idempotency(&KeyId::generate(at(0)), "k");
    let happenings = vec![happening(EventType::TrackingUpdated)];
    let change = Change { happenings, idempotency: Some(record.clone()), ..change(&first) };
    for statement in 1.. {
        wire.lay(statement, Fault::Unheard);
        match store.apply(change.clone()).await {
            Err(StoreError::Engine(_)) => assert_eq!(case(&store, "A-1").await, first),
            Err(StoreError::Uncertain) => break,
            other => panic!("statement {statement}: {other:?}"),
        }
    }
    wire.lay(0, Fault::Unheard);
    assert!(matches!(store.apply(change).await, Err(StoreError::IdempotencyKeyTaken)));
    let told = store.idempotency(record.key.clone(), record.idempotency_key.clone()).await.unwrap();
    assert_eq!(told, Some(record));
    assert_eq!(store.order_events("A-1".to_owned()).await.unwrap().len(), 1);
}

#[tokio::test]
async fn connections_that_are_cut_are_made_anew_and_nothing_is_lost() {
    let database = Database::new().await;
    let store: Shared = open(&database, Profile::Postgres);
    registered(&store, "A-1").await;
    let meddler = database.client().await;
    for round in 1..=5 {
        let cut = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
            WHERE application_name = current_schema() AND pid <> pg_backend_pid()";
        let cut: i64 = meddler.query_one(cut, &[]).await.unwrap().get(0);
        assert!(cut > 0, "round {round}");
        told(&store, "A-1", 1).await;
        assert_eq!(case(&store, "A-1").await.order.sequence, round);
    }
}

#[tokio::test]
async fn many_programs_that_start_at_once_make_one_layout() {
    let database = Database::new().await;
    let starts = (0..8).map(|n| {
        let database = database.clone();
        tokio::task::spawn_blocking(move || open(&database, PROFILES[n % 2]))
    });
    let stores: Vec<_> = join_all(starts).await.into_iter().map(Result::unwrap).collect();
    for (n, store) in stores.into_iter().enumerate() {
        let store: Shared = store;
        registered(&store, &format!("A-{n}")).await;
    }
    assert_eq!(database.number("SELECT count(*) FROM orders").await, 8);
    assert_eq!(database.number("SELECT count(*) FROM layout").await, 1);
}

fn refusal(database: &Database) -> String {
    match PostgresStore::open(&database.url(), &Options::of(Profile::Postgres)) {
        Ok(_) => panic!("it was opened"),
        Err(error) => error.to_string(),
    }
}

#[tokio::test]
async fn a_newer_layout_is_used_as_long_as_it_allows_for_it() {
    let database = Database::new().await;
    drop(open(&database, Profile::Postgres));
    let meddler = database.client().await;
    meddler.batch_execute("UPDATE layout SET version = 99").await.unwrap();
    let store: Shared = open(&database, Profile::Postgres);
    registered(&store, "A-1").await;
    meddler.batch_execute("UPDATE layout SET oldest = 98").await.unwrap();
    let why = refusal(&database);
    assert!(why.contains("version 99") && why.contains("newer program"), "{why}");
    assert_eq!(database.number("SELECT version FROM layout").await, 99, "and left alone");
}

#[tokio::test]
async fn a_database_that_is_not_ours_is_refused_and_left_alone() {
    let database = Database::new().await;
    database.client().await.batch_execute("CREATE TABLE orders (n BIGINT)").await.unwrap();
    assert!(refusal(&database).contains("not a database of Waygate"));
    let tables = "SELECT count(*) FROM information_schema.tables WHERE table_schema = current_schema()";
    assert_eq!(database.number(tables).await, 1);
}

#[tokio::test]
async fn a_database_that_cannot_be_reached_is_an_error_without_its_password() {
    let nowhere = Database { address: "postgresql://waygate:hunter2@127.0.0.1:1/waygate".to_owned() };
    let why = refusal(&nowhere);
    assert!(why.contains("cannot be reached") && !why.contains("hunter2"), "{why}");
}

#[tokio::test]
async fn a_text_may_hold_every_character() {
    let store: Shared = open(&Database::new().await, Profile::Postgres);
    let text = "a\0b\u{1a}c\u{1a}0é\u{1f4e6}";
    let first = registered(&store, "A-1").await;
    let mut odd = shipment("A-1", text);
    odd.input = text.to_owned();
    store.apply(Change { shipments: vec![odd.clone()], ..change(&first) }).await.unwrap();
    assert_eq!(case(&store, "A-1").await.shipments, [odd.clone()]);
    assert_eq!(store.shipments_with(text.to_owned()).await.unwrap(), [odd]);
}

#[tokio::test]
async fn a_body_that_was_tampered_with_is_not_given_out() {
    let database = Database::new().await;
    let store: Shared = open(&database, Profile::Postgres);
    let shipment = submitted(&store, "A-1", "N-1").await;
    let first = case(&store, "A-1").await;
    let given = answer(b"true", at(9));
    let answers = vec![(shipment.id, given.clone())];
    store.apply(Change { answers, ..change(&first) }).await.unwrap();
    database.client().await.batch_execute("UPDATE bodies SET data = 'fals'").await.unwrap();
    assert!(matches!(store.answer(given.record.id).await, Err(StoreError::Engine(_))));
}

#[tokio::test]
async fn what_is_asked_often_walks_no_table() {
    let database = Database::new().await;
    let store: Shared = open(&database, Profile::Postgres);
    submitted(&store, "A-1", "N-1").await;
    let client = database.client().await;
    client.batch_execute("SET enable_seqscan = off").await.unwrap();
    let often = [
        "SELECT seq FROM shipments WHERE look_due <= 1 ORDER BY look_due LIMIT 9",
        "SELECT seq FROM shipments WHERE judge_due <= 1 ORDER BY judge_due LIMIT 9",
        "SELECT seq FROM deliveries WHERE due_at <= 1 ORDER BY due_at LIMIT 9",
        "SELECT id FROM orders WHERE next_timer_at <= 1 ORDER BY next_timer_at LIMIT 9",
        "SELECT staged FROM events WHERE seq IS NULL ORDER BY staged LIMIT 1",
        "SELECT staged FROM leaves WHERE seq IS NULL ORDER BY staged LIMIT 1",
        "SELECT seq FROM events e WHERE e.seq > 1 ORDER BY e.seq LIMIT 9",
        "SELECT min(look_due) FROM shipments WHERE look_due IS NOT NULL",
        "SELECT 1 FROM deliveries WHERE endpoint = 'e' AND order_id = 'o' AND state = 'pending'",
        "SELECT id FROM shipments s WHERE s.number = 'n' AND (s.order_id || '') <> 'o' ORDER BY s.seq",
        "DELETE FROM idempotency WHERE at < 1",
    ];
    for sql in often {
        let plan = client.query(&format!("EXPLAIN {sql}"), &[]).await.unwrap();
        let lines: Vec<String> = plan.iter().map(|row| row.get(0)).collect();
        assert!(!lines.iter().any(|line| line.contains("Seq Scan")), "{sql}:\n{}", lines.join("\n"));
    }
    let plan = client.query("EXPLAIN SELECT id FROM shipments WHERE looks > 3", &[]).await.unwrap();
    assert!(plan.iter().any(|row| row.get::<_, String>(0).contains("Seq Scan")), "a walk would be seen");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_waits_for_a_delivery_that_is_claimed_and_finished_meanwhile_is_not_left_waiting() {
    let database = Database::new().await;
    let fast: Shared = open(&database, Profile::Postgres);
    listening(&fast).await;
    registered(&fast, "A-1").await;
    told(&fast, "A-1", 1).await;
    // A replica that is held up between the second event and the third, in the middle of its change.
    let (reached, is_reached) = std::sync::mpsc::channel();
    let (goes_on, may_go_on) = std::sync::mpsc::channel::<()>();
    let (events, may_go_on) = (AtomicUsize::new(0), Mutex::new(may_go_on));
    let tripwire = Tripwire::watched(Box::new(move |sql, _| {
        if sql.starts_with("INSERT INTO events") && events.fetch_add(1, Ordering::SeqCst) == 1 {
            reached.send(()).unwrap();
            may_go_on.lock().unwrap().recv().unwrap();
        }
    }));
    let options = Options { tripwire: Some(tripwire), ..Options::of(Profile::Postgres) };
    let slow: Shared = Arc::new(PostgresStore::open(&database.url(), &options).unwrap());
    let telling = tokio::spawn(async move { told(&slow, "A-1", 2).await });
    tokio::task::spawn_blocking(move || is_reached.recv().unwrap()).await.unwrap();
    let mut delivered = Vec::new();
    let mut deliver = async || {
        let given = fast.claim_deliveries(at(20), at(200), 10).await.unwrap();
        for due in &given {
            fast.record_attempt(attempt(due, AttemptResult::Delivered)).await.unwrap();
            delivered.push(due.event.sequence);
        }
        !given.is_empty()
    };
    deliver().await;
    goes_on.send(()).unwrap();
    telling.await.unwrap();
    while deliver().await {}
    assert_eq!(delivered, [1, 2, 3]);
}
