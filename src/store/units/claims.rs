//! What is due, and who may work on it. A lease is a later due time: a claim moves it to the lease's end, so that work
//! whose worker died comes up again by itself.

use jiff::Timestamp;

use super::shipments;
use super::values::{Due, Time, time};
use crate::store::sql::{self, Claiming, Connection, OptionalExtension as _, Row, params};
use crate::store::{ShipmentRecord, StoreError};

/// How often what others were faster at is asked for again in one claim.
const ROUNDS_MAX: u32 = 16;

/// Rows of a table that can be claimed.
pub(in crate::store) struct Claimable {
    /// The table.
    pub table: &'static str,
    /// Its column of due times.
    pub due: &'static str,
    /// What a claim sets beside it.
    pub also: &'static str,
    /// What it gives of each row.
    pub returning: &'static str,
}

/// Shipments to be looked at.
pub(in crate::store) const LOOKS: Claimable =
    Claimable { table: "shipments", due: "look_due", also: "", returning: shipments::COLUMNS };

/// Shipments to be judged.
pub(in crate::store) const JUDGEMENTS: Claimable =
    Claimable { table: "shipments", due: "judge_due", also: "", returning: shipments::COLUMNS };

impl Claimable {
    /// The statement that claims. Where there are other writers, rows are picked once, and each is looked at again when
    /// nobody else holds it.
    pub fn sql(&self, claiming: Claiming) -> String {
        let Self { table, due, also, returning } = self;
        let pick = format!("SELECT seq AS place FROM {table} WHERE {due} <= ?1 ORDER BY {due} LIMIT ?3");
        let lock = match claiming {
            Claiming::Alone => {
                return format!(
                    "UPDATE {table} SET {due} = ?2{also} WHERE seq IN ({pick}) RETURNING {returning}"
                );
            }
            Claiming::PassingOver => " FOR UPDATE SKIP LOCKED",
            Claiming::Waiting => "",
        };
        format!(
            "WITH picked AS MATERIALIZED ({pick}{lock}) UPDATE {table} SET {due} = ?2{also} FROM picked
             WHERE {table}.seq = picked.place AND {table}.{due} <= ?1 RETURNING {returning}"
        )
    }

    /// Claims rows: they are not due again before the lease's end.
    pub fn claim<T>(
        &self,
        db: &dyn Connection,
        (now, lease_until): (Timestamp, Timestamp),
        limit: u32,
        read: fn(&Row<'_>) -> sql::Result<T>,
    ) -> Result<Vec<T>, StoreError> {
        let sql = self.sql(db.claiming());
        let mut claimed = Vec::new();
        for _ in 0..ROUNDS_MAX {
            let wanted = limit.saturating_sub(u32::try_from(claimed.len()).unwrap_or(u32::MAX));
            let rows = db
                .prepare_cached(&sql)?
                .query_map(params![Time(now), Due(lease_until), wanted], read)?
                .collect::<Result<Vec<_>, _>>()?;
            let is_all = rows.len() == usize::try_from(wanted).unwrap_or(usize::MAX);
            claimed.extend(rows);
            // Who waited for another and found the rows taken goes on to those that are left.
            if is_all || db.claiming() != Claiming::Waiting || !self.is_any_due(db, now)? {
                break;
            }
        }
        Ok(claimed)
    }

    fn is_any_due(&self, db: &dyn Connection, now: Timestamp) -> Result<bool, StoreError> {
        let Self { table, due, .. } = self;
        let sql = format!("SELECT seq FROM {table} WHERE {due} <= ?1 ORDER BY {due} LIMIT 1");
        let found: Option<i64> =
            db.prepare_cached(&sql)?.query_row([Time(now)], |row| row.get(0)).optional()?;
        Ok(found.is_some())
    }
}

/// Due looks, claimed.
pub(super) fn looks(
    db: &dyn Connection,
    now: Timestamp,
    lease_until: Timestamp,
    limit: u32,
) -> Result<Vec<ShipmentRecord>, StoreError> {
    let mut claimed = LOOKS.claim(db, (now, lease_until), limit, shipments::read)?;
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
    let mut claimed = JUDGEMENTS.claim(db, (now, lease_until), limit, shipments::read)?;
    claimed.sort_by(|a, b| (a.judge_at, &a.id).cmp(&(b.judge_at, &b.id)));
    Ok(claimed)
}

/// Orders whose timer is due.
pub(in crate::store) const TIMERS: &str =
    "SELECT id FROM orders WHERE next_timer_at <= ?1 ORDER BY next_timer_at LIMIT ?2";

/// Orders whose timer is due, in order of due time.
pub(super) fn timers(db: &dyn Connection, now: Timestamp, limit: u32) -> Result<Vec<String>, StoreError> {
    let mut statement = db.prepare_cached(TIMERS)?;
    let due = statement.query_map(params![Time(now), limit], |row| row.get(0))?;
    Ok(due.collect::<Result<_, _>>()?)
}

/// The first entry of each index of due times.
pub(in crate::store) const NEXT_DUE: [&str; 4] = [
    "SELECT min(look_due) FROM shipments WHERE look_due IS NOT NULL",
    "SELECT min(judge_due) FROM shipments WHERE judge_due IS NOT NULL",
    "SELECT min(next_timer_at) FROM orders WHERE next_timer_at IS NOT NULL",
    "SELECT min(due_at) FROM deliveries WHERE due_at IS NOT NULL",
];

/// When the next thing is due.
pub(super) fn next_due(db: &dyn Connection) -> Result<Option<Timestamp>, StoreError> {
    let mut earliest: Option<Timestamp> = None;
    for sql in NEXT_DUE {
        let due = time(db.prepare_cached(sql)?.query_row([], |row| row.get(0))?);
        earliest = [earliest, due].into_iter().flatten().min();
    }
    Ok(earliest)
}
