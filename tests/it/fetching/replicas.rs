//! Gateways that share a PostgreSQL: together they ask an official source as one would.

use std::time::Duration;

use futures_util::future::join_all;
use jiff::SignedDuration;
use tokio::time::Instant;
use waygate::fetch::Fetcher;
use waygate::sandbox::Fault;
use waygate_carriers::contract::FailureKind;

use super::{KEPT, NOW, ask, failure, source};
use crate::support::postgres::Database;
use crate::support::{SOURCES, Setup, TestApp, sample};

const TRACK: &str = "/track/shipments";
const DHL: &str = "dhl.unified";

/// Settings that name a server for the store, whatever other tests are run on.
async fn shared() -> (Setup, Database) {
    let database = Database::new().await;
    let setup = Setup::default()
        .embedded()
        .variable("WAYGATE_STORE_PROFILE", "postgres")
        .variable("WAYGATE_STORE_URL", &database.address);
    (setup, database)
}

/// Waits until this is so.
async fn until(is_so: impl AsyncFn() -> bool) {
    let soon = async {
        while !is_so().await {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), soon).await.expect("it never came");
}

async fn flights(database: &Database) -> i64 {
    database.number("SELECT count(*) FROM source_flights WHERE outcome IS NULL").await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_replicas_that_are_asked_for_one_number_at_once_make_one_request() {
    let app = shared().await.0.start().await;
    app.advance_hours(24).await;
    let other = app.beside();
    let fetchers = [&app.assembly.app.gateway.fetcher, &other.app.gateway.fetcher];
    for id in SOURCES {
        let (source, ask) = (source(id), ask(id, sample(id).moving));
        let asks = (0..20).map(|n| fetchers[n % 2].ask(&source, &ask, KEPT));
        let answers = join_all(asks).await;
        assert!(answers.iter().all(|a| a.reading == answers[0].reading && a.body == answers[0].body));
        assert!(answers[0].reading.tracking().is_some(), "{:?}", answers[0].reading);
        assert_eq!(app.asked(sample(id).moving), 1, "{id}");
        // For as long as it is fresh it serves whoever asks, on a replica that comes later too.
        let third = app.beside();
        let kept = third.app.gateway.fetcher.ask(&source, &ask, KEPT).await;
        assert_eq!(
            (kept.reading.clone(), kept.fetched_at),
            (answers[0].reading.clone(), answers[0].fetched_at)
        );
        assert_eq!(app.asked(sample(id).moving), 1, "{id}");
        app.clock.advance(SignedDuration::from_mins(10));
        assert!(third.app.gateway.fetcher.ask(&source, &ask, KEPT).await.is_answer());
        assert_eq!(app.asked(sample(id).moving), 2, "{id}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_failure_is_shared_by_the_replicas_that_waited_for_it_and_kept_for_nobody() {
    let app = shared().await.0.start().await;
    let other = app.beside();
    let (dhl, ask) = (source(DHL), ask(DHL, "3318811053"));
    app.sandbox.faults().set(DHL, Fault::Garbage);
    let fetchers = [&app.assembly.app.gateway.fetcher, &other.app.gateway.fetcher];
    let first = join_all(fetchers.map(|fetcher| fetcher.ask(&dhl, &ask, KEPT))).await;
    assert!(first.iter().all(|a| failure(&a.reading).kind == FailureKind::Malformed));
    let before = app.asked(TRACK);
    app.sandbox.faults().clear(DHL);
    app.advance_hours(24).await;
    for fetcher in fetchers {
        assert!(fetcher.ask(&dhl, &ask, KEPT).await.reading.tracking().is_some());
    }
    assert_eq!(app.asked(TRACK), before + 1);
}

/// A replica whose source never answers, and the flight that it is on.
async fn stuck(app: &TestApp, database: &Database, number: &str) -> tokio::task::JoinHandle<()> {
    app.sandbox.faults().set(DHL, Fault::Slow { ms: 60_000 });
    let (fetcher, ask) = (app.assembly.app.gateway.fetcher.clone(), ask(DHL, number));
    let asking = tokio::spawn(async move { drop(fetcher.ask(&source(DHL), &ask, NOW).await) });
    until(async || flights(database).await == 1 && app.asked(TRACK) == 1).await;
    app.sandbox.faults().clear(DHL);
    asking
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_one_dies_that_asks_another_does_after_its_lease_and_other_numbers_do_not_wait() {
    let (setup, database) = shared().await;
    let app = setup.start().await;
    let other = app.beside();
    let fetcher = &other.app.gateway.fetcher;
    // As a replica that died leaves it: nothing is heard of the flight any more.
    let dead = "INSERT INTO source_flights (source, number, flight, leased_until, kept_until)
        VALUES ('dhl.unified', '3318811053', 'dead', $1, $1)";
    let lease = (app.now() + SignedDuration::from_secs(15)).as_microsecond();
    database.client().await.execute(dead, &[&lease]).await.unwrap();
    let (dhl, number, another) = (source(DHL), ask(DHL, "3318811053"), ask(DHL, "3318811064"));
    let waiting = fetcher.ask(&dhl, &number, NOW);
    tokio::pin!(waiting);
    tokio::select! {
        _ = &mut waiting => panic!("it did not wait for the one who asks"),
        answer = fetcher.ask(&dhl, &another, NOW) => assert!(answer.is_answer()),
    }
    assert_eq!((app.asked("3318811053"), app.asked("3318811064")), (0, 1));
    app.clock.advance(SignedDuration::from_secs(15));
    assert!(waiting.await.is_answer());
    assert_eq!(app.asked("3318811053"), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_who_goes_away_leaves_the_number_to_another_at_once() {
    let (setup, database) = shared().await;
    let app = setup.start().await;
    let other = app.beside();
    let asking = stuck(&app, &database, "3318811053").await;
    asking.abort();
    let answer = other.app.gateway.fetcher.ask(&source(DHL), &ask(DHL, "3318811053"), NOW).await;
    assert!(answer.is_answer(), "{answer:?}");
    assert_eq!(app.asked(TRACK), 2);
}

/// Asks for numbers that nobody knows; how long it took.
async fn ask_many(fetchers: &[&Fetcher], count: usize) -> Duration {
    let dhl = source(DHL);
    let asks: Vec<_> = (0..count).map(|n| ask(DHL, &format!("33{n:08}"))).collect();
    let began = Instant::now();
    let answers =
        join_all(asks.iter().enumerate().map(|(n, ask)| fetchers[n % fetchers.len()].ask(&dhl, ask, NOW)));
    assert!(answers.await.iter().all(|answer| answer.is_answer()));
    began.elapsed()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_replicas_keep_to_the_pace_of_one() {
    let setup = shared().await.0;
    let app =
        setup.edit("interval_ms = 1", "interval_ms = 40").edit("burst = 1000", "burst = 3").start().await;
    let others = [app.beside(), app.beside()];
    let mut fetchers = vec![&*app.assembly.app.gateway.fetcher];
    fetchers.extend(others.iter().map(|other| &*other.app.gateway.fetcher));
    let took = ask_many(&fetchers, 48).await;
    // After the burst each waits for its time: no sooner, whoever sends it.
    assert!(took >= Duration::from_millis(45 * 40), "{took:?}");
    assert_eq!(app.asked(TRACK), 48);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn replicas_take_turns_where_one_request_may_be_under_way() {
    let (setup, database) = shared().await;
    let app = setup.edit("concurrent = 16", "concurrent = 1").start().await;
    let other = app.beside();
    let fetchers = [&*app.assembly.app.gateway.fetcher, &*other.app.gateway.fetcher];
    ask_many(&fetchers, 20).await;
    assert_eq!(app.asked(TRACK), 20);
    // Who needs none any more gives its permits back, and does not wait for them to lapse.
    let held = async || database.number("SELECT count(*) FROM source_permits WHERE held > 0").await;
    until(async || held().await == 0).await;
}

#[tokio::test]
async fn one_process_with_a_file_asks_the_store_for_no_leave() {
    let app = Setup::default().embedded().start().await;
    let fetcher = &app.assembly.app.gateway.fetcher;
    assert!(fetcher.ask(&source(DHL), &ask(DHL, "3318811053"), NOW).await.is_answer());
    let db = rusqlite::Connection::open(app.folder.path().join("waygate.db")).unwrap();
    for table in ["source_paces", "source_permits", "source_flights"] {
        let rows: i64 = db.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0)).unwrap();
        assert_eq!(rows, 0, "{table}");
    }
}
