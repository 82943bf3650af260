//! What the schedulers ask again and again must find its rows by an index, however large the tables grow.

use super::{Options, schema};
use crate::store::sql::Claiming;
use crate::store::units::OTHER_CLAIMS;
use crate::store::units::claims::{BARS, JUDGEMENTS, LOOKS, NEXT_DUE, TIMERS};
use crate::store::units::deliveries::{IS_LOWEST, LOWEST, OF_LANE};
use crate::store::units::lanes::{DUE, IN_TURN};
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
        OF_LANE.sql(Claiming::Alone),
        notices::CLAIM.to_owned(),
        IN_TURN.to_owned(),
        DUE.to_owned(),
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

#[test]
fn the_test_above_would_see_a_scan() {
    let dir = tempfile::tempdir().unwrap();
    let db = schema::open_writer(&dir.path().join("store.db"), &Options::default()).unwrap();
    assert_eq!(scans(&db, "SELECT id FROM shipments WHERE looks > 3"), ["SCAN shipments"]);
}
