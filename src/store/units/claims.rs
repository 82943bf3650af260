//! What is due, and who may work on it. A lease is a later due time: a claim moves it to the lease's end, so that work
//! whose worker died comes up again by itself.

use jiff::Timestamp;

use super::claimable::Claimable;
use super::values::{Time, time};
use super::{lanes, shipments};
use crate::store::sql::{Connection, params};
use crate::store::{DueWork, ShipmentRecord, StoreError};

/// Shipments to be looked at.
pub(in crate::store) const LOOKS: Claimable =
    Claimable { table: "shipments", due: "look_due", also: "", within: None, returning: shipments::COLUMNS };

/// Shipments to be judged.
pub(in crate::store) const JUDGEMENTS: Claimable =
    Claimable { table: "shipments", due: "judge_due", also: "", within: None, returning: shipments::COLUMNS };

/// Due looks, claimed.
pub(super) fn looks(
    db: &dyn Connection,
    now: Timestamp,
    lease_until: Timestamp,
    limit: u32,
) -> Result<Vec<ShipmentRecord>, StoreError> {
    let mut claimed = LOOKS.claim(db, None, (now, lease_until), limit, shipments::read)?;
    claimed.sort_by(|a, b| (a.next_look_at, &a.id).cmp(&(b.next_look_at, &b.id)));
    Ok(claimed)
}

/// Due judgements, claimed.
pub(super) fn judgements(
    db: &dyn Connection,
    now: Timestamp,
    lease_until: Timestamp,
    limit: u32,
) -> Result<Vec<ShipmentRecord>, StoreError> {
    let mut claimed = JUDGEMENTS.claim(db, None, (now, lease_until), limit, shipments::read)?;
    claimed.sort_by(|a, b| (a.judge_at, &a.id).cmp(&(b.judge_at, &b.id)));
    Ok(claimed)
}

/// Orders whose timer is due.
pub(in crate::store) const TIMERS: &str =
    "SELECT id, next_timer_at FROM orders WHERE next_timer_at <= ?1 ORDER BY next_timer_at LIMIT ?2";

/// Orders on which the fall of a seller's bar is to be told.
pub(in crate::store) const BARS: &str = "SELECT order_id, due_at FROM standings WHERE due_at <= ?1 AND order_id IS NOT NULL ORDER BY due_at LIMIT ?2";

/// Orders whose timer is due, or their seller's, in order of due time.
pub(super) fn timers(db: &dyn Connection, now: Timestamp, limit: u32) -> Result<Vec<String>, StoreError> {
    let mut due: Vec<(String, Time)> = Vec::new();
    for sql in [TIMERS, BARS] {
        let mut statement = db.prepare_cached(sql)?;
        let rows = statement.query_map(params![Time(now), limit], |row| Ok((row.get(0)?, row.get(1)?)))?;
        due.extend(rows.collect::<Result<Vec<_>, _>>()?);
    }
    due.sort_by_key(|(_, at)| at.0);
    due.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    Ok(due.into_iter().map(|(order, _)| order).collect())
}

/// The first entry of each index of due times.
pub(in crate::store) const NEXT_DUE: [(DueWork, &str); 5] = [
    (DueWork::Looks, "SELECT min(look_due) FROM shipments WHERE look_due IS NOT NULL"),
    (DueWork::Judgements, "SELECT min(judge_due) FROM shipments WHERE judge_due IS NOT NULL"),
    (DueWork::Timers, "SELECT min(next_timer_at) FROM orders WHERE next_timer_at IS NOT NULL"),
    (DueWork::Notices, "SELECT min(due_at) FROM notice_deliveries"),
    (DueWork::Timers, "SELECT min(due_at) FROM standings WHERE due_at IS NOT NULL"),
];

/// When the next thing is due.
pub(super) fn next_due(db: &dyn Connection) -> Result<Option<Timestamp>, StoreError> {
    let mut earliest: Option<Timestamp> = None;
    for work in DueWork::ALL {
        earliest = [earliest, next_due_of(db, work)?].into_iter().flatten().min();
    }
    Ok(earliest)
}

/// When the next thing of one kind is due.
pub(super) fn next_due_of(db: &dyn Connection, work: DueWork) -> Result<Option<Timestamp>, StoreError> {
    if work == DueWork::Deliveries {
        return lanes::next_due(db);
    }
    let mut earliest: Option<Timestamp> = None;
    for (_, sql) in NEXT_DUE.into_iter().filter(|(kind, _)| *kind == work) {
        let due = time(db.prepare_cached(sql)?.query_row([], |row| row.get(0))?);
        earliest = [earliest, due].into_iter().flatten().min();
    }
    Ok(earliest)
}
