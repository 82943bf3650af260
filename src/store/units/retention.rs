//! Forgetting what has been kept for its time, in bounded portions.

use jiff::Timestamp;

use super::erasure::{Extent, erase};
use super::keys;
use super::values::Time;
use crate::store::StoreError;
use crate::store::privacy::{Cause, Kept};
use crate::store::sql::{Connection, params};

/// Forgets a portion; says how much it was.
pub(super) fn forget(
    db: &dyn Connection,
    kept: Kept,
    before: Timestamp,
    at: Timestamp,
    limit: u32,
) -> Result<u64, StoreError> {
    match kept {
        Kept::Bodies => erase_due(db, "bodies_erased_at", Extent::Bodies, before, at, limit),
        Kept::Persons => erase_due(db, "erased_at", Extent::All, before, at, limit),
        Kept::Events => forget_events(db, before, at, limit),
        Kept::HookAnswers => {
            let sql = "UPDATE attempts SET answer = '' WHERE seq IN
                 (SELECT seq FROM attempts WHERE answer <> '' AND at < ?1 ORDER BY at LIMIT ?2)";
            Ok(db.prepare_cached(sql)?.execute(params![Time(before), limit])? as u64)
        }
        Kept::Idempotency => keys::forget_some(db, before, limit),
    }
}

fn due(db: &dyn Connection, column: &str, before: Timestamp, limit: u32) -> Result<Vec<String>, StoreError> {
    let sql = format!(
        "SELECT id FROM orders WHERE {column} IS NULL AND ended_at IS NOT NULL AND ended_at < ?1
         ORDER BY ended_at LIMIT ?2"
    );
    let mut statement = db.prepare_cached(&sql)?;
    Ok(statement.query_map(params![Time(before), limit], |row| row.get(0))?.collect::<Result<_, _>>()?)
}

fn erase_due(
    db: &dyn Connection,
    column: &str,
    extent: Extent,
    before: Timestamp,
    at: Timestamp,
    limit: u32,
) -> Result<u64, StoreError> {
    let orders = due(db, column, before, limit)?;
    for order in &orders {
        erase(db, order, extent, Cause::Retention, at)?;
    }
    Ok(orders.len() as u64)
}

/// An order's events go with their deliveries and attempts; while one of them still waits to be delivered, all stay.
fn forget_events(
    db: &dyn Connection,
    before: Timestamp,
    at: Timestamp,
    limit: u32,
) -> Result<u64, StoreError> {
    let mut done = 0;
    let sql = "SELECT id FROM orders WHERE events_gone_at IS NULL AND ended_at IS NOT NULL AND ended_at < ?1
         AND NOT EXISTS (SELECT 1 FROM deliveries d JOIN events e ON e.id = d.event
           WHERE e.order_id = orders.id AND d.state = 'pending')
         ORDER BY ended_at LIMIT ?2";
    let orders: Vec<String> = db
        .prepare_cached(sql)?
        .query_map(params![Time(before), limit], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    for order in orders {
        for sql in [
            "DELETE FROM attempts WHERE delivery IN (SELECT d.seq FROM deliveries d JOIN events e ON e.id = d.event
               WHERE e.order_id = ?1)",
            "DELETE FROM deliveries WHERE event IN (SELECT id FROM events WHERE order_id = ?1)",
            "DELETE FROM events WHERE order_id = ?1",
        ] {
            db.prepare_cached(sql)?.execute([&order])?;
        }
        db.prepare_cached("UPDATE orders SET events_gone_at = ?2 WHERE id = ?1")?
            .execute(params![order, Time(at)])?;
        done += 1;
    }
    Ok(done)
}
