//! Stores that are moved: from one engine to another and back nothing is lost, both go on working, and what was copied by
//! half or not the same is never taken for a store.

use std::collections::BTreeSet;
use std::sync::Arc;

use sha2::{Digest, Sha256};
use waygate::domain::event::EventType;
use waygate::ids::KeyId;
use waygate::store::copy::{
    self, CopyError, NOT_COPIED, Options, Place, Survey, close_file, copied_columns, survey,
};
use waygate::store::postgres::{PostgresStore, Profile};
use waygate::store::sqlite::SqliteStore;
use waygate::store::{AttemptResult, Change, Cursor, Fault, NewOrder, Page, Tripwire, WholeStore};

use super::engines::Engine;
use super::erasure::ended;
use super::faults::{Whole, operations};
use super::samples::*;

/// What takes away what others left.
const TAKES_AWAY: [&str; 3] = ["settle_notice", "delete_endpoint", "forget_idempotency"];

/// Rows that the operations leave out, and such as are hard to move.
const MORE: &str = "
    INSERT INTO disputes (id, order_id, number, seller, state, open, document)
        VALUES ('dsp_1', 'A-4', 8, 's-1', 'open', 1, '{\"a\": \"b\"}'), ('dsp_2', 'A-4', 9, NULL, 'decided', 0, '{}');
    INSERT INTO standings (seller, standing, revision, rules, order_id, due_at) VALUES ('s-9', '{}', 3, '2026-11', 'A-1', 7);
    INSERT INTO unmapped_codes (source, namespace, code, text, first_seen, last_seen, answers)
        VALUES ('ups.track', 'status', 'X', 'a text', 1, 2, 3), ('ups.track', '', '', '', -1, 2, 3);
    INSERT INTO sellers (id, claims, failed) SELECT 's-more', 1, 1 WHERE NOT EXISTS (SELECT 1 FROM sellers);
    INSERT INTO positions (name, event) SELECT 'other', id FROM events LIMIT 1;
    UPDATE shipments SET corrected_by = (SELECT max(id) FROM shipments) WHERE seq = 1;
";

/// A store in which no table is empty.
async fn full(engine: &Engine) -> Whole {
    let store = engine.open();
    let key = KeyId::generate(at(0));
    for (name, operation) in operations(&store, &key).await {
        if !TAKES_AWAY.contains(&name) {
            operation(Arc::clone(&store)).await.unwrap_or_else(|error| panic!("{name}: {error}"));
        }
    }
    ended(store.as_ref(), "A-5").await;
    engine.run(MORE).await;
    store
}

fn copy(from: &Engine, to: &Engine) -> Result<Survey, CopyError> {
    copy::copy(&from.place(), &to.place(), Options::default(), &mut |_| {})
}

/// The rows but for those that are not copied.
async fn rows(engine: &Engine) -> Vec<String> {
    let left_out = |row: &str| {
        NOT_COPIED.iter().any(|(table, column, _)| column.is_none() && row.starts_with(&format!("{table}: ")))
    };
    engine.rows().await.into_iter().filter(|row| !left_out(row)).collect()
}

/// The root over a log's entries, straight from the definition (RFC 6962, section 2.1).
fn root(entries: &[Vec<u8>]) -> [u8; 32] {
    match entries {
        [] => Sha256::digest([]).into(),
        [one] => Sha256::new().chain_update([0]).chain_update(one).finalize().into(),
        more => {
            let (left, right) = more.split_at(more.len().next_power_of_two() / 2);
            Sha256::new()
                .chain_update([1])
                .chain_update(root(left))
                .chain_update(root(right))
                .finalize()
                .into()
        }
    }
}

async fn all_events(store: &dyn WholeStore, mut after: Option<Cursor>) -> Vec<String> {
    let mut seen = Vec::new();
    loop {
        let Page { items, .. } = store.events(after.clone(), 3).await.unwrap();
        let Some(last) = items.last() else { return seen };
        after = Some(Cursor(last.id.to_string()));
        seen.extend(items.into_iter().map(|event| event.id.to_string()));
    }
}

const SERVERS: [Profile; 2] = [Profile::Postgres, Profile::Cockroach];

async fn server(profile: Profile) -> Engine {
    match profile {
        Profile::Cockroach => Engine::distributed().await,
        _ => Engine::postgres().await,
    }
}

#[tokio::test]
async fn a_store_with_something_in_every_table_comes_back_from_a_server_as_it_was() {
    for profile in SERVERS {
        let (first, between, last) = (Engine::sqlite(), server(profile).await, Engine::sqlite());
        let store = full(&first).await;
        // Texts that PostgreSQL cannot hold as they are.
        first.run("UPDATE orders SET seller = 'x' || char(0) || 'y' || char(26) || '0' WHERE seq = 2").await;
        let there = copy(&first, &between).unwrap();
        let empty: Vec<_> = there.contents.tables.iter().filter(|table| table.rows == 0).collect();
        assert!(empty.is_empty(), "nothing is in {empty:?}");
        let entries = store.log_entries(0, u32::MAX).await.unwrap();
        assert_eq!(there.contents.log.size, entries.len() as u64);
        assert_eq!(there.contents.log.root.0, root(&entries));
        let back = copy(&between, &last).unwrap();
        assert_eq!(back.contents, there.contents);
        assert_eq!(rows(&last).await, rows(&first).await);
        let seller = "SELECT count(*) FROM orders WHERE hex(seller) = '7800791A30'";
        assert_eq!(last.number(seller).await, 1);
        let corrected = "SELECT count(*) FROM shipments WHERE corrected_by IS NOT NULL";
        for engine in [&first, &between, &last] {
            assert_eq!(engine.number(corrected).await, 1);
        }
        // A server's copy of a server's store is the same too.
        let beside = server(profile).await;
        assert_eq!(copy(&between, &beside).unwrap().contents, there.contents);
    }
}

/// What a gateway does every day, on a store that was copied while a reader was half through its events.
async fn goes_on(engine: &Engine, before: &[String], log: &[Vec<u8>]) {
    let store = engine.open();
    let half = before.len() / 2;
    let cursor = Some(Cursor(before[half - 1].clone()));
    assert_eq!(all_events(store.as_ref(), cursor.clone()).await, before[half..]);
    assert_eq!(store.log_entries(0, u32::MAX).await.unwrap(), log);
    let shared: Shared = Arc::clone(&store) as _;
    let mine = listening(&shared).await;
    let shipment = submitted(&shared, "B-1", "N-9").await;
    let case = case(&shared, "B-1").await;
    let change = Change {
        claims: vec![(shipment.id.clone(), case.order.order.clone())],
        answers: vec![(shipment.id.clone(), answer(b"another", at(30)))],
        shipments: vec![shipment],
        happenings: vec![happening(EventType::TrackingUpdated); 2],
        ..change(&case)
    };
    store.apply(change).await.unwrap();
    let after = all_events(store.as_ref(), cursor).await;
    let told = store.order_events("B-1".to_owned()).await.unwrap();
    let told: Vec<_> = told.iter().map(|event| event.id.to_string()).collect();
    assert_eq!(after, [&before[half..], &told].concat(), "what comes later is read later, and once");
    let entries = store.log_entries(0, u32::MAX).await.unwrap();
    assert_eq!((&entries[..log.len()], entries.len()), (log, log.len() + 2));
    // What waited is delivered, and what is new; each endpoint's turn comes.
    let mut delivered = BTreeSet::new();
    for round in 0..50 {
        let now = at(2_000_000 + round * 100);
        let claimed = store.claim_deliveries(now, at(2_000_060 + round * 100), 100).await.unwrap();
        if claimed.is_empty() {
            break;
        }
        for due in claimed {
            store.record_attempt(attempt(&due, AttemptResult::Delivered)).await.unwrap();
            assert!(delivered.insert((due.endpoint.id.to_string(), due.event.id.to_string())));
        }
    }
    for event in &told {
        assert!(delivered.contains(&(mine.id.to_string(), event.clone())), "{event}");
    }
    let waits = "SELECT count(*) FROM deliveries WHERE due_at IS NOT NULL";
    assert_eq!(engine.number(waits).await, 0);
    let (new, last) = ("SELECT min(seq) FROM orders WHERE id = 'B-1'", "SELECT max(seq) FROM orders");
    assert_eq!(engine.number(new).await, engine.number(last).await, "numbers go on after the highest");
}

#[tokio::test]
async fn both_sides_go_on_working_where_the_source_stood() {
    for profile in SERVERS {
        let (first, between, last) = (Engine::sqlite(), server(profile).await, Engine::sqlite());
        let store = full(&first).await;
        let shared: Shared = Arc::clone(&store) as _;
        listening(&shared).await;
        for order in ["A-1", "A-3"] {
            told(&shared, order, 3).await;
        }
        let before = all_events(store.as_ref(), None).await;
        let log = store.log_entries(0, u32::MAX).await.unwrap();
        assert!(before.len() > 6 && log.len() > 6);
        copy(&first, &between).unwrap();
        copy(&between, &last).unwrap();
        for engine in [first, between, last] {
            goes_on(&engine, &before, &log).await;
        }
    }
}

#[tokio::test]
async fn what_has_no_place_yet_is_given_one_before_it_is_copied() {
    let (first, last) = (Engine::postgres().await, Engine::sqlite());
    let store = full(&first).await;
    let shared: Shared = Arc::clone(&store) as _;
    let mine = listening(&shared).await;
    told(&shared, "A-1", 3).await;
    let lacking = "SELECT count(*) FROM events WHERE seq IS NULL";
    assert!(first.number(lacking).await > 0);
    copy(&first, &last).unwrap();
    assert_eq!(first.number(lacking).await, 0);
    let events = all_events(store.as_ref(), None).await;
    let moved = last.open();
    assert_eq!(all_events(moved.as_ref(), None).await, events);
    // On the server this endpoint had no turn and so no lane; the copy finds out that it is due.
    let lanes = format!("SELECT count(*) FROM lanes WHERE endpoint = '{}'", mine.id);
    assert_eq!((first.number(&lanes).await, last.number(&lanes).await), (0, 1));
    let claimed = moved.claim_deliveries(at(2_000_000), at(2_000_060), 100).await.unwrap();
    assert!(claimed.iter().any(|due| due.endpoint.id == mine.id));
}

#[tokio::test]
async fn a_source_that_never_stands_still_is_refused_and_the_target_stays_empty() {
    let (first, last) = (Engine::postgres().await, Engine::sqlite());
    let shared: Shared = first.open();
    submitted(&shared, "A-1", "N-1").await;
    told(&shared, "A-1", 1).await;
    // Whenever an event gets its place there is another one without.
    first
        .run(
            "CREATE SEQUENCE ever;
             CREATE FUNCTION another() RETURNS trigger AS $$ BEGIN
               INSERT INTO events (id, order_id, sequence, type, at, data)
               VALUES ('evt_' || nextval('ever'), 'A-1', 1000 + currval('ever'), 'tracking.updated', 0, '{}');
               RETURN NULL; END $$ LANGUAGE plpgsql;
             CREATE TRIGGER another AFTER UPDATE OF seq ON events FOR EACH ROW EXECUTE FUNCTION another()",
        )
        .await;
    let refused = copy(&first, &last).unwrap_err();
    assert!(matches!(refused, CopyError::Restless), "{refused}");
    assert!(refused.to_string().contains("with the gateways stopped"));
    assert!(refusal(&last).is_none());
    assert_eq!(last.number("SELECT count(*) FROM orders").await, 0);
}

#[tokio::test]
async fn a_target_that_is_in_use_is_refused_and_stays_as_it_is() {
    for to in [Engine::sqlite(), Engine::postgres().await] {
        let from = Engine::sqlite();
        full(&from).await;
        let store = to.open();
        store.register_order(new_order("Z-1")).await.unwrap();
        drop(store);
        let before = to.rows().await;
        let refused = copy(&from, &to).unwrap_err();
        assert!(matches!(refused, CopyError::NotEmpty("orders")), "{refused}");
        assert_eq!(to.rows().await, before);
        to.open().register_order(new_order("Z-2")).await.unwrap();
    }
}

fn refusal(engine: &Engine) -> Option<String> {
    let opened = match engine.place() {
        Place::File(path) => SqliteStore::open(&path, &waygate::store::sqlite::Options::default()).err(),
        Place::Server(profile, url) => {
            PostgresStore::open(&url, &waygate::store::postgres::Options::of(profile)).err()
        }
    };
    opened.map(|error| error.to_string())
}

#[tokio::test]
async fn wherever_a_copy_fails_its_target_is_empty_or_refused_by_everybody() {
    let from = Engine::sqlite();
    full(&from).await;
    for is_server in [false, true] {
        for fault in [Fault::Failure, Fault::Loss] {
            let mut refused = 0;
            for statement in (0..).map(|step| 1_u64 << step) {
                let to = if is_server { Engine::postgres().await } else { Engine::sqlite() };
                let wire = Tripwire::default();
                wire.lay(statement, fault);
                let options = Options { tripwire: Some(wire.clone()), ..Options::default() };
                let done = copy::copy(&from.place(), &to.place(), options, &mut |_| {});
                if wire.failed() == 0 {
                    done.unwrap();
                    assert!(refused >= 3, "nothing was refused");
                    break;
                }
                done.unwrap_err();
                match refusal(&to) {
                    None => {
                        assert_eq!(to.number("SELECT count(*) FROM orders").await, 0);
                        copy(&from, &to).unwrap();
                    }
                    Some(why) => {
                        refused += 1;
                        assert!(why.contains("did not come to its end"), "{why}");
                        let again = copy(&from, &to).unwrap_err().to_string();
                        assert!(again.contains("did not come to its end"), "{again}");
                        let read = survey(&to.place(), None, &mut |_| {}).unwrap_err().to_string();
                        assert!(read.contains("did not come to its end"), "{read}");
                    }
                }
            }
        }
    }
}

/// Rows that an engine changes or loses on the way are noticed, whatever the engine says.
#[tokio::test]
async fn a_row_that_is_changed_or_lost_on_the_way_is_noticed_and_its_table_named() {
    let from = Engine::sqlite();
    full(&from).await;
    let changed = |table: &str, change: &str| {
        format!(
            "CREATE FUNCTION spoil() RETURNS trigger AS $$ BEGIN {change} END $$ LANGUAGE plpgsql;
             CREATE TRIGGER spoil BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION spoil()"
        )
    };
    for (table, server, file) in [
        (
            "api_keys",
            "NEW.name = NEW.name || ' '; RETURN NEW;",
            "CREATE TRIGGER spoil AFTER INSERT ON api_keys BEGIN UPDATE api_keys SET name = name || ' '; END",
        ),
        (
            "incidents",
            "RETURN NULL;",
            "CREATE TRIGGER spoil BEFORE INSERT ON incidents BEGIN SELECT RAISE(IGNORE); END",
        ),
    ] {
        for to in [Engine::sqlite(), Engine::postgres().await] {
            drop(to.open());
            match to {
                Engine::Sqlite(_) => to.run(file).await,
                Engine::Postgres(..) => to.run(&changed(table, server)).await,
            }
            let differs = copy(&from, &to).unwrap_err();
            assert!(matches!(&differs, CopyError::Differs(what) if what.contains(table)), "{differs}");
            assert!(refusal(&to).is_some());
        }
    }
}

#[tokio::test]
async fn pages_follow_each_other_without_a_gap_however_many_rows_and_however_long() {
    let (first, between, last) = (Engine::sqlite(), Engine::postgres().await, Engine::sqlite());
    drop(first.open());
    first
        .run(
            "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2501)
             INSERT INTO unmapped_codes SELECT 's' || i % 3, 'n' || i % 7, 'c' || i, 'é' || i, i, i, i FROM n;
             WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 9)
             INSERT INTO bodies SELECT 'h' || i, 'plain', 3000000, randomblob(i * 300000) FROM n;
             WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000)
             INSERT INTO incidents SELECT i * 5, 's', i, 'k', '' FROM n",
        )
        .await;
    let found = copy(&first, &between).unwrap();
    assert_eq!(found.contents.rows, 2_501 + 9 + 1_000);
    copy(&between, &last).unwrap();
    assert_eq!(rows(&last).await, rows(&first).await);
}

#[tokio::test]
async fn a_copy_beside_a_store_that_is_written_to_is_one_state_of_it() {
    let (first, last) = (Engine::sqlite(), Engine::sqlite());
    let store: Shared = first.open();
    for n in 0..50 {
        submitted(&store, &format!("A-{n}"), "N-1").await;
    }
    let writing = tokio::spawn({
        let store = Arc::clone(&store);
        async move {
            for n in 0.. {
                let order = format!("B-{n}");
                submitted(&store, &order, "N-2").await;
                told(&store, &order, 1).await;
                tokio::task::yield_now().await;
            }
        }
    });
    // The copy waits on this thread, so that the writer needs another.
    let (from, to) = (first.place(), last.place());
    let copied =
        tokio::task::spawn_blocking(move || copy::copy(&from, &to, Options::default(), &mut |_| {}).unwrap())
            .await
            .unwrap();
    writing.abort();
    // Each order was registered and then given its shipment: in one state at most one order lacks it.
    let lacking = "SELECT count(*) FROM orders WHERE id NOT IN (SELECT order_id FROM shipments)";
    assert!(last.number(lacking).await <= 1);
    assert_eq!(last.number("SELECT count(*) FROM pragma_foreign_key_check").await, 0);
    assert_eq!(survey(&last.place(), None, &mut |_| {}).unwrap().contents, copied.contents);
}

/// Every table and column of a layout, read past the store.
async fn columns(engine: &Engine) -> BTreeSet<(String, String)> {
    match engine {
        Engine::Sqlite(folder) => {
            let db = rusqlite::Connection::open(folder.path().join("store.db")).unwrap();
            let sql = "SELECT t.name, c.name FROM sqlite_schema t, pragma_table_info(t.name) c
                WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%'";
            let mut statement = db.prepare(sql).unwrap();
            statement
                .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))
                .unwrap()
                .collect::<Result<_, _>>()
                .unwrap()
        }
        Engine::Postgres(database, _) => {
            let sql = "SELECT table_name::TEXT, column_name::TEXT FROM information_schema.columns
                WHERE table_schema = current_schema()";
            let rows = database.client().await.query(sql, &[]).await.unwrap();
            rows.iter().map(|row| (row.get(0), row.get(1))).collect()
        }
    }
}

#[tokio::test]
async fn every_column_of_both_layouts_is_copied_or_named_as_not_copied() {
    let mut seen = BTreeSet::new();
    let copied: BTreeSet<_> =
        copied_columns().map(|(table, column)| (table.to_owned(), column.to_owned())).collect();
    for engine in [Engine::sqlite(), Engine::postgres().await] {
        drop(engine.open());
        let there = columns(&engine).await;
        let missing: Vec<_> = copied.difference(&there).collect();
        assert!(missing.is_empty(), "copied, but not there: {missing:?}");
        for (table, column) in there.difference(&copied) {
            let is_named = |(named, of, _): &&(&str, Option<&str>, &str)| {
                named == table && of.is_none_or(|of| of == column)
            };
            let named = NOT_COPIED.iter().find(is_named);
            let named = named.unwrap_or_else(|| panic!("{table}.{column} is neither copied nor named"));
            seen.insert(named.0.to_owned() + named.1.unwrap_or_default());
        }
    }
    assert_eq!(seen.len(), NOT_COPIED.len(), "what is named as not copied is there: {seen:?}");
}

#[tokio::test]
async fn an_empty_store_is_copied_and_a_copy_can_be_one_file() {
    let (first, last) = (Engine::sqlite(), Engine::sqlite());
    drop(first.open());
    assert_eq!(copy(&first, &last).unwrap().contents.rows, 0);
    let Place::File(path) = last.place() else { unreachable!() };
    close_file(&path).unwrap();
    let names = std::fs::read_dir(path.parent().unwrap()).unwrap();
    assert_eq!(names.count(), 1, "no log and no index beside it");
    let order = NewOrder { next_timer_at: Some(at(5)), ..new_order("A-1") };
    last.open().register_order(order).await.unwrap();
}
