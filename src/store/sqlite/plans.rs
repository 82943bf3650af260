//! What the schedulers ask again and again must find its rows by an index, however large the tables grow.

use super::{Options, schema};
use crate::store::sql::Claiming;
use crate::store::units::OTHER_CLAIMS;
use crate::store::units::claims::{BARS, JUDGEMENTS, LOOKS, NEXT_DUE, TIMERS};
use crate::store::units::deliveries::{FIND, IS_LOWEST, LOWEST, due_sql};
use crate::store::units::lanes::{IN_TURN, REFRESH};
use crate::store::units::notices;

/// The lines of a statement's plan that walk a whole table.
fn scans(db: &rusqlite::Connection, sql: &str) -> Vec<String> {
    let mut statement = db.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
    let lines: Vec<String> =
        statement.raw_query().mapped(|row| row.get(3)).collect::<Result<_, _>>().unwrap();
    assert!(!lines.is_empty(), "{sql}");
    lines.into_iter().filter(|line| line.starts_with("SCAN") && !line.contains("CONSTANT ROW")).collect()
}

#[test]
fn nothing_that_is_asked_often_walks_a_table() {
    let dir = tempfile::tempdir().unwrap();
    let db = schema::open_writer(&dir.path().join("store.db"), &Options::default()).unwrap();
    let often = [
        LOOKS.sql(Claiming::Alone),
        JUDGEMENTS.sql(Claiming::Alone),
        notices::CLAIM.to_owned(),
        IN_TURN.to_owned(),
        due_sql(),
        FIND.to_owned(),
        REFRESH.to_owned(),
        LOWEST.to_owned(),
        TIMERS.to_owned(),
        BARS.to_owned(),
        OTHER_CLAIMS.to_owned(),
        format!("SELECT seq FROM deliveries WHERE endpoint = ?1 AND state = 'pending' AND {IS_LOWEST}"),
        "UPDATE orders SET revision = revision + 1
         WHERE id IN (SELECT order_id FROM shipments WHERE number = ?1 AND order_id <> ?2)"
            .to_owned(),
        "DELETE FROM idempotency WHERE at < ?1".to_owned(),
    ];
    for sql in often.iter().map(String::as_str).chain(NEXT_DUE.map(|(_, sql)| sql)) {
        let scans: Vec<String> =
            scans(&db, sql).into_iter().filter(|line| !line.contains("USING COVERING INDEX")).collect();
        assert_eq!(scans, Vec::<String>::new(), "{sql}");
    }
}

/// How often a statement was planned anew that is used over and over, each time with other values.
fn planned_anew(db: &rusqlite::Connection) -> i32 {
    for order in ["A-1", "A-2", "A-3"] {
        assert!(!db.prepare_cached(LOWEST).unwrap().exists(["whe_1", order]).unwrap());
    }
    db.prepare_cached(LOWEST).unwrap().get_status(rusqlite::StatementStatus::RePrepare)
}

#[test]
fn a_statement_is_planned_once_whatever_is_bound_to_it() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("store.db");
    let writer = schema::open_writer(&path, &Options::default()).unwrap();
    assert_eq!(planned_anew(&writer), 0);
    assert_eq!(planned_anew(&schema::open_reader(&path).unwrap()), 0);
    assert!(planned_anew(&rusqlite::Connection::open(&path).unwrap()) > 0, "what SQLite does otherwise");
}

#[test]
fn the_test_above_would_see_a_scan() {
    let dir = tempfile::tempdir().unwrap();
    let db = schema::open_writer(&dir.path().join("store.db"), &Options::default()).unwrap();
    assert_eq!(scans(&db, "SELECT id FROM shipments WHERE looks > 3"), ["SCAN shipments"]);
}
