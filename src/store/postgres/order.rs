//! The order of events and of the log's entries. A row that is written has no place in it yet: transactions overlap, and
//! what is committed later must never come before what somebody has read. So places are given after the commit, one after
//! the other without a gap, by whoever reads in order; a row of counters is the turn that only one can hold.

use crate::store::StoreError;
use crate::store::sql::{Connection, OptionalExtension as _, params};

/// Most rows of a table that are given their places in one transaction.
const PLACES_MAX: u32 = 10_000;

/// Entries without a place, in the order of writing.
const ENTRIES: &str = "UPDATE leaves SET seq = n.place
     FROM (SELECT id, row_number() OVER (ORDER BY staged) + ?1 AS place FROM leaves WHERE seq IS NULL
         ORDER BY staged LIMIT ?2) n
     WHERE leaves.id = n.id";

/// Events without a place, in the order of writing. Where an engine hands out numbers to its sessions by the block, an
/// order's later event can have the smaller one: each follows at least the one before it.
const EVENTS: &str = "UPDATE events SET seq = n.place
     FROM (SELECT id, row_number() OVER (ORDER BY turn, order_id, sequence) + ?1 AS place
         FROM (SELECT id, order_id, sequence, max(staged) OVER (PARTITION BY order_id ORDER BY sequence) AS turn
             FROM events WHERE seq IS NULL) u
         ORDER BY turn, order_id, sequence LIMIT ?2) n
     WHERE events.id = n.id";

/// Whether a row lacks its place.
pub(super) fn is_lacking(db: &dyn Connection) -> Result<bool, StoreError> {
    for sql in [
        "SELECT staged FROM leaves WHERE seq IS NULL ORDER BY staged LIMIT 1",
        "SELECT staged FROM events WHERE seq IS NULL ORDER BY staged LIMIT 1",
    ] {
        let found: Option<i64> = db.prepare_cached(sql)?.query_row([], |row| row.get(0)).optional()?;
        if found.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Gives rows their places; says whether there may be more.
pub(super) fn give_places(db: &dyn Connection) -> Result<bool, StoreError> {
    let mut more = false;
    for (list, sql) in [("leaves", ENTRIES), ("events", EVENTS)] {
        let last: i64 = db
            .prepare_cached("SELECT last FROM counters WHERE list = ?1 FOR UPDATE")?
            .query_row([list], |row| row.get(0))?;
        let placed = db.prepare_cached(sql)?.execute(params![last, PLACES_MAX])?;
        let placed = i64::try_from(placed).unwrap_or(i64::MAX);
        db.prepare_cached("UPDATE counters SET last = ?2 WHERE list = ?1")?
            .execute(params![list, last + placed])?;
        more |= placed >= i64::from(PLACES_MAX);
    }
    Ok(more)
}
