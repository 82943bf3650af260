//! The embedded store keeps every promise, and some of its own: about its file, its layout, a full disk and groups.

use std::path::Path;
use std::sync::Arc;

use rusqlite::Connection;
use waygate::domain::event::EventType;
use waygate::store::sqlite::{Options, SqliteStore};
use waygate::store::{Change, Store, StoreError};

use super::promises::{self, with_promises};
use super::samples::*;

macro_rules! run {
    ($($module:ident::$name:ident,)*) => {
        $(
            #[tokio::test]
            async fn $name() {
                let dir = tempfile::tempdir().unwrap();
                promises::$module::$name(open(&dir.path().join("store.db"))).await;
            }
        )*
    };
}
with_promises!(run);

fn open(path: &Path) -> Shared {
    Arc::new(SqliteStore::open(path, &Options::default()).unwrap())
}

/// A look at the file past the store.
fn count(path: &Path, sql: &str) -> i64 {
    Connection::open(path).unwrap().query_row(sql, [], |row| row.get(0)).unwrap()
}

#[tokio::test]
async fn all_is_there_when_it_is_opened_again() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("store.db");
    let store = open(&path);
    listening(&store).await;
    submitted(&store, "A-1", "N-1").await;
    told(&store, "A-1", 2).await;
    let before = case(&store, "A-1").await;
    drop(store);
    assert!(!dir.path().join("store.db-wal").exists(), "closing moves the log into the database");
    let store = open(&path);
    assert_eq!(case(&store, "A-1").await, before);
    assert_eq!(store.claim_deliveries(at(10), at(20), 9).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_body_is_stored_once() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("store.db");
    let store = open(&path);
    let shipment = submitted(&store, "A-1", "N-1").await;
    let first = case(&store, "A-1").await;
    let answers = (6..9).map(|s| (shipment.id.clone(), answer(b"nothing new", at(s)))).collect();
    store.apply(Change { answers, ..change(&first) }).await.unwrap();
    assert_eq!(store.observations(shipment.id).await.unwrap().len(), 3);
    assert_eq!(count(&path, "SELECT count(*) FROM bodies"), 1);
}

#[tokio::test]
async fn a_body_that_was_tampered_with_is_not_given_out() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("store.db");
    let store = open(&path);
    let shipment = submitted(&store, "A-1", "N-1").await;
    let first = case(&store, "A-1").await;
    let answers = [b"short".to_vec(), b"long ".repeat(1_000)].map(|body| answer(&body, at(9)));
    let all = answers.iter().map(|a| (shipment.id.clone(), a.clone())).collect();
    store.apply(Change { answers: all, ..change(&first) }).await.unwrap();
    let meddler = Connection::open(&path).unwrap();
    meddler.execute("UPDATE bodies SET data = x'66616c7365' WHERE codec = 'raw'", []).unwrap();
    meddler.execute("UPDATE bodies SET data = substr(data, 1, 12) WHERE codec = 'zlib'", []).unwrap();
    for answer in answers {
        let id = answer.record.id;
        let Err(StoreError::Engine(why)) = store.answer(id.clone()).await else { panic!("it was given out") };
        assert!(why.contains(id.as_str()), "{why}");
    }
}

#[tokio::test]
async fn many_writers_share_commits() {
    let dir = tempfile::tempdir().unwrap();
    let store = Arc::new(SqliteStore::open(&dir.path().join("store.db"), &Options::default()).unwrap());
    let before = store.written();
    let work = (0..200).map(|n| store.register_order(new_order(&format!("A-{n}"))));
    for outcome in futures_util::future::join_all(work).await {
        outcome.unwrap();
    }
    let after = store.written();
    assert_eq!(after.units - before.units, 200);
    assert!(after.commits - before.commits < 100, "{after:?}");
}

#[tokio::test]
async fn a_full_disk_writes_nothing_and_the_store_goes_on_when_there_is_room() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("store.db");
    let store = open(&path);
    listening(&store).await;
    submitted(&store, "A-1", "N-1").await;
    let before = case(&store, "A-1").await;
    drop(store);
    let pages = u32::try_from(count(&path, "PRAGMA page_count")).unwrap();

    let full = SqliteStore::open(&path, &Options { pages_max: pages + 2, ..Options::default() }).unwrap();
    let full: Shared = Arc::new(full);
    let shipment = before.shipments[0].id.clone();
    let large = |n| {
        let body = noise(100_000, n);
        Change {
            answers: vec![(shipment.clone(), answer(&body, at(9)))],
            happenings: vec![happening(EventType::TrackingUpdated)],
            ..change(&before)
        }
    };
    for outcome in futures_util::future::join_all((0..3).map(|n| full.apply(large(n)))).await {
        assert!(matches!(outcome, Err(StoreError::Engine(_))), "{outcome:?}");
    }
    assert_eq!(case(&full, "A-1").await, before);
    full.ping().await.unwrap();
    drop(full);

    let store = open(&path);
    assert_eq!(case(&store, "A-1").await, before);
    store.apply(large(0)).await.unwrap();
    assert_eq!(case(&store, "A-1").await.observations.len(), 1);
}

#[tokio::test]
async fn a_reader_sees_one_state_while_others_write() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(&dir.path().join("store.db"));
    registered(&store, "A-1").await;
    let writing = tokio::spawn({
        let store = Arc::clone(&store);
        async move {
            for _ in 0..50 {
                told(&store, "A-1", 1).await;
            }
        }
    });
    while !writing.is_finished() {
        let order = case(&store, "A-1").await.order;
        assert_eq!(order.revision - 1, order.sequence, "one event with each change");
    }
    writing.await.unwrap();
}

#[cfg(unix)]
#[test]
fn a_new_database_is_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("store.db");
    let _store = open(&path);
    for name in ["store.db", "store.db-wal", "store.db-shm"] {
        let mode = dir.path().join(name).metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
}

/// What opening says.
fn refusal(path: &Path) -> String {
    match SqliteStore::open(path, &Options::default()) {
        Ok(_) => panic!("{} was opened", path.display()),
        Err(error) => error.to_string(),
    }
}

#[test]
fn a_database_of_a_newer_version_is_refused_and_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("store.db");
    drop(open(&path));
    Connection::open(&path).unwrap().pragma_update(None, "user_version", 99).unwrap();
    let why = refusal(&path);
    assert!(why.contains("version 99") && why.contains("newer"), "{why}");
    assert_eq!(count(&path, "PRAGMA user_version"), 99);
}

#[test]
fn what_is_not_a_database_of_ours_is_refused_and_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    let foreign = dir.path().join("other.db");
    Connection::open(&foreign).unwrap().execute_batch("CREATE TABLE orders (n)").unwrap();
    assert!(refusal(&foreign).contains("not a database of Waygate"));
    assert_eq!(count(&foreign, "SELECT count(*) FROM sqlite_schema"), 1);

    let text = dir.path().join("notes.txt");
    std::fs::write(&text, "not a database at all, but long enough to look at. ".repeat(100)).unwrap();
    let before = std::fs::read(&text).unwrap();
    assert!(refusal(&text).contains("not a database"));
    assert_eq!(std::fs::read(&text).unwrap(), before);
    assert!(refusal(&dir.path().join("nowhere").join("store.db")).contains("nowhere"));
}
