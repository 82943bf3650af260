//! Webhook deliveries. An order's events reach an endpoint in order: only the lowest pending delivery of an order at an
//! enabled endpoint has a due time, and finishing it hands that on to the next.

use std::collections::HashSet;
use std::sync::Arc;

use jiff::Timestamp;

use super::claimable::Claimable;
use super::lanes::States;
use super::orders::{cut, read_cursor};
use super::values::{Due, Time, Word, time};
use super::{endpoints, events, lanes};
use crate::ids::{EndpointId, EventId};
use crate::store::sql::{self, Claiming, Connection, OptionalExtension, Row, Statement, params};
use crate::store::{
    Attempt, AttemptResult, Cursor, DeliveryState, DeliverySummary, DueDelivery, Endpoint, EndpointState,
    LaneRecord, Page, StoreError,
};

/// What cursors of this list begin with.
pub(super) const CURSOR: &str = "dlv-";

/// Adds a delivery. It is due at once, unless another of its order waits or the endpoint is disabled.
pub(super) fn add(
    db: &dyn Connection,
    endpoint: &Endpoint,
    event: &EventId,
    order: &str,
    sequence: i64,
    at: Timestamp,
) -> Result<(), StoreError> {
    let enabled = endpoint.state == EndpointState::Enabled;
    lean_on_lowest(db, &endpoint.id, order)?;
    let is_due: bool = db
        .prepare_cached(
            "INSERT INTO deliveries (endpoint, event, order_id, sequence, state, attempts, next_attempt_at, due_at,
               created_at)
             VALUES (?1, ?2, ?3, ?4, 'pending', 0, ?5,
               CASE WHEN ?6 = 1 AND NOT EXISTS (SELECT 1 FROM deliveries WHERE endpoint = ?1 AND order_id = ?3
                 AND state = 'pending') THEN CAST(?5 AS BIGINT) END,
               ?7)
             RETURNING due_at IS NOT NULL",
        )?
        .query_row(
            params![endpoint.id.as_str(), event.as_str(), order, sequence, Due(at), enabled, Time(at)],
            |row| row.get(0),
        )?;
    if is_due { lanes::at_latest(db, &endpoint.id, at) } else { Ok(()) }
}

/// A delivery that waits for another leans on it: whoever finishes that one must see this one. Where others write too, the
/// lowest is therefore written as it is, so that the two meet at its row. Reading it is not enough: between the two a claim
/// may write it, and claims are not serializable, so that the engine loses sight of who read what.
fn lean_on_lowest(db: &dyn Connection, endpoint: &EndpointId, order: &str) -> Result<(), StoreError> {
    if db.claiming() == Claiming::Alone {
        return Ok(());
    }
    let sql = "UPDATE deliveries SET state = state WHERE seq = (SELECT seq FROM deliveries
         WHERE endpoint = ?1 AND order_id = ?2 AND state = 'pending' ORDER BY sequence LIMIT 1)";
    db.prepare_cached(sql)?.execute([endpoint.as_str(), order])?;
    Ok(())
}

/// An endpoint's deliveries to be attempted. Each claim begins a new lease.
pub(in crate::store) const OF_LANE: Claimable = Claimable {
    table: "deliveries",
    due: "due_at",
    also: ", lease = lease + 1",
    within: Some("endpoint"),
    returning: "next_attempt_at, seq",
};

/// An endpoint's due deliveries with their events, oldest first; `which` says which of them.
fn with_events(which: &str) -> String {
    format!(
        "SELECT {}, d.seq, d.attempts, d.created_at, d.lease FROM deliveries d JOIN events e ON e.id = d.event {which}",
        events::COLUMNS
    )
}

/// Those that may be leased, where nobody else leases any.
pub(in crate::store) fn due_sql() -> String {
    with_events("WHERE d.endpoint = ?1 AND d.due_at <= ?2 ORDER BY d.due_at LIMIT ?3")
}

/// Gives an endpoint's due deliveries to a worker: they are not due again before their lease ends.
pub(super) fn lease(
    db: &dyn Connection,
    endpoint: &Arc<Endpoint>,
    (now, until): (Timestamp, Timestamp),
    limit: u32,
) -> Result<Vec<DueDelivery>, StoreError> {
    let read = |row: &Row<'_>| {
        let (event, created_at) = (Box::new(events::read(row)?), row.get::<_, Time>(9)?.0);
        let (endpoint, attempts, lease) = (Arc::clone(endpoint), row.get(8)?, row.get(10)?);
        Ok((row.get::<_, i64>(7)?, DueDelivery { endpoint, event, attempts, lease, created_at }))
    };
    if db.claiming() == Claiming::Alone {
        let due: Vec<(i64, DueDelivery)> = db
            .prepare_cached(&due_sql())?
            .query_map(params![endpoint.id.as_str(), Time(now), limit], read)?
            .collect::<Result<_, _>>()?;
        let mut lease = db.prepare_cached("UPDATE deliveries SET due_at = ?2, lease = ?3 WHERE seq = ?1")?;
        let leased = due.into_iter().map(|(place, mut due)| {
            due.lease += 1;
            lease.execute(params![place, Due(until), due.lease])?;
            Ok(due)
        });
        return leased.collect();
    }
    let place = |row: &Row<'_>| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?));
    let mut leased = OF_LANE.claim(db, Some(endpoint.id.as_str()), (now, until), limit, place)?;
    leased.sort_unstable();
    let mut find = db.prepare_cached(&with_events("WHERE d.seq = ?1"))?;
    leased.into_iter().map(|(_, seq)| Ok(find.query_row([seq], read)?.1)).collect()
}

/// Records attempts with what follows from them, and the lanes that changed; says how many attempts came too late.
pub(super) fn record_all(
    db: &dyn Connection,
    attempts: &[Attempt],
    changed: &[LaneRecord],
) -> Result<u64, StoreError> {
    let mut touched = HashSet::new();
    let mut late = 0;
    let mut records = Records::of(db)?;
    for attempt in attempts {
        late += u64::from(!records.record(attempt)?);
        touched.insert(&attempt.endpoint);
    }
    for lane in changed {
        lanes::put(db, lane)?;
        touched.insert(&lane.endpoint);
    }
    touched.into_iter().try_for_each(|endpoint| lanes::refresh(db, endpoint))?;
    Ok(late)
}

/// A delivery by what it delivers.
pub(in crate::store) const FIND: &str =
    "SELECT seq, order_id, state, lease FROM deliveries WHERE event = ?1 AND endpoint = ?2";

/// What records attempts, its statements at hand for one after the other.
struct Records<'a> {
    db: &'a dyn Connection,
    find: Statement<'a>,
    add: Statement<'a>,
    put: Statement<'a>,
    lowest: Statement<'a>,
    states: States,
}

impl<'a> Records<'a> {
    fn of(db: &'a dyn Connection) -> Result<Self, StoreError> {
        Ok(Self {
            db,
            find: db.prepare_cached(FIND)?,
            add: db.prepare_cached(
                "INSERT INTO attempts (id, delivery, at, took_ms, http_status, error, answer, result)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            )?,
            put: db.prepare_cached(
                "UPDATE deliveries SET attempts = attempts + 1, state = ?2, next_attempt_at = ?3, due_at = NULL
                 WHERE seq = ?1",
            )?,
            lowest: db.prepare_cached(LOWEST)?,
            states: States::default(),
        })
    }

    /// Records an attempt; false where it came too late. Under a lease that was taken over only this still counts: that
    /// the endpoint took the event.
    fn record(&mut self, attempt: &Attempt) -> Result<bool, StoreError> {
        let (seq, order, state, lease): (i64, String, Word<DeliveryState>, i64) = self
            .find
            .query_row([attempt.event.as_str(), attempt.endpoint.as_str()], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
            })
            .optional()?
            .ok_or_else(|| {
                StoreError::Engine(format!("no delivery of {} to {}", attempt.event, attempt.endpoint))
            })?;
        let is_lost = lease != attempt.lease && self.db.claiming() != Claiming::Unfenced;
        if is_lost && attempt.result != AttemptResult::Delivered {
            return Ok(false);
        }
        self.insert_attempt(seq, attempt)?;
        let (state, next) = match (&attempt.result, state.0) {
            // An endpoint that took an event has it, whatever else was recorded meanwhile.
            (AttemptResult::Delivered, _) => (DeliveryState::Delivered, None),
            (AttemptResult::GiveUp, DeliveryState::Pending) => (DeliveryState::Failed, None),
            (AttemptResult::RetryAt(at), DeliveryState::Pending) => (DeliveryState::Pending, Some(*at)),
            (AttemptResult::DisableEndpoint(_), DeliveryState::Pending) => {
                (DeliveryState::Pending, Some(attempt.at))
            }
            (_, done) => (done, None),
        };
        self.put.execute(params![seq, Word(state), next.map(Due)])?;
        if let AttemptResult::DisableEndpoint(why) = &attempt.result {
            endpoints::disable_for(self.db, &attempt.endpoint, why, attempt.at)?;
            self.states.disabled(&attempt.endpoint);
        }
        hand_on(self.db, &mut self.lowest, &attempt.endpoint, &order, &mut self.states)?;
        Ok(true)
    }

    fn insert_attempt(&mut self, delivery: i64, attempt: &Attempt) -> Result<(), StoreError> {
        let result = match attempt.result {
            AttemptResult::Delivered => "delivered",
            AttemptResult::RetryAt(_) => "retry",
            AttemptResult::GiveUp => "give_up",
            AttemptResult::DisableEndpoint(_) => "disable_endpoint",
        };
        self.add.execute(params![
            attempt.id.as_str(),
            delivery,
            Time(attempt.at),
            attempt.took_ms,
            attempt.http_status,
            attempt.error,
            attempt.answer,
            result,
        ])?;
        Ok(())
    }
}

/// The lowest pending delivery of each order at an endpoint.
pub(in crate::store) const IS_LOWEST: &str = "NOT EXISTS (SELECT 1 FROM deliveries p WHERE p.endpoint = deliveries.endpoint \
     AND p.order_id = deliveries.order_id AND p.sequence < deliveries.sequence AND p.state = 'pending')";

/// An order's lowest pending delivery at an endpoint.
pub(in crate::store) const LOWEST: &str = "SELECT seq, due_at IS NULL FROM deliveries
     WHERE endpoint = ?1 AND order_id = ?2 AND state = 'pending' ORDER BY sequence LIMIT 1";

/// Makes the lowest pending delivery of an order at an enabled endpoint due at its time, unless it is already.
fn hand_on(
    db: &dyn Connection,
    lowest: &mut Statement<'_>,
    endpoint: &EndpointId,
    order: &str,
    states: &mut States,
) -> Result<(), StoreError> {
    let lowest: Option<(i64, bool)> =
        lowest.query_row([endpoint.as_str(), order], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
    if let Some((seq, true)) = lowest
        && states.is_enabled(db, endpoint)?
    {
        db.prepare_cached("UPDATE deliveries SET due_at = next_attempt_at WHERE seq = ?1")?.execute([seq])?;
    }
    Ok(())
}

/// Holds all that waits for an endpoint that is disabled.
pub(super) fn hold(db: &dyn Connection, endpoint: &EndpointId) -> Result<(), StoreError> {
    let sql = "UPDATE deliveries SET due_at = NULL WHERE endpoint = ?1 AND due_at IS NOT NULL";
    db.prepare_cached(sql)?.execute([endpoint.as_str()])?;
    lanes::refresh(db, endpoint)
}

/// Lets go what waits for an endpoint that is enabled again.
pub(super) fn release(db: &dyn Connection, endpoint: &EndpointId) -> Result<(), StoreError> {
    let sql = format!(
        "UPDATE deliveries SET due_at = next_attempt_at
         WHERE endpoint = ?1 AND state = 'pending' AND {IS_LOWEST}"
    );
    db.prepare_cached(&sql)?.execute([endpoint.as_str()])?;
    lanes::forget(db, endpoint)?;
    lanes::refresh(db, endpoint)
}

/// Cancels all that waits for an endpoint; says how much it was.
pub(super) fn cancel(db: &dyn Connection, endpoint: &EndpointId) -> Result<u64, StoreError> {
    let sql = "UPDATE deliveries SET state = 'cancelled', next_attempt_at = NULL, due_at = NULL
         WHERE endpoint = ?1 AND state = 'pending'";
    let cancelled = db.prepare_cached(sql)?.execute([endpoint.as_str()])? as u64;
    lanes::refresh(db, endpoint)?;
    Ok(cancelled)
}

/// Begins a delivery anew, with all its attempts before it. When it is due is for [`in_order`] to say.
pub(super) fn begin_anew(db: &dyn Connection, seq: i64, at: Timestamp) -> Result<(), StoreError> {
    let sql = "UPDATE deliveries SET state = 'pending', attempts = 0, next_attempt_at = ?2, due_at = NULL
         WHERE seq = ?1";
    db.prepare_cached(sql)?.execute(params![seq, Due(at)])?;
    Ok(())
}

/// Puts an order's pending deliveries to an endpoint in order again after lower ones came back: only the lowest is due.
pub(super) fn in_order(db: &dyn Connection, endpoint: &EndpointId, order: &str) -> Result<(), StoreError> {
    let sql = format!(
        "UPDATE deliveries SET due_at = NULL
         WHERE endpoint = ?1 AND order_id = ?2 AND state = 'pending' AND due_at IS NOT NULL AND NOT {IS_LOWEST}"
    );
    db.prepare_cached(&sql)?.execute([endpoint.as_str(), order])?;
    hand_on(db, &mut db.prepare_cached(LOWEST)?, endpoint, order, &mut States::default())?;
    lanes::refresh(db, endpoint)
}

/// What a list of deliveries reads; `rest` says of which.
pub(super) fn summary_sql(rest: &str) -> String {
    format!(
        "SELECT {}, d.seq, d.endpoint, d.state, d.next_attempt_at, d.attempts, a.http_status, a.error, a.at
         FROM deliveries d JOIN events e ON e.id = d.event
         LEFT JOIN attempts a ON a.seq = (SELECT max(seq) FROM attempts WHERE delivery = d.seq)
         {rest}",
        events::COLUMNS
    )
}

/// Reads a row of [`summary_sql`], with its place.
pub(super) fn read_summary(row: &Row<'_>) -> sql::Result<(i64, DeliverySummary)> {
    let summary = DeliverySummary {
        event: events::read(row)?,
        endpoint: row.get::<_, Word<_>>(8)?.0,
        state: row.get::<_, Word<_>>(9)?.0,
        next_attempt_at: time(row.get(10)?),
        attempts: row.get(11)?,
        last_http_status: row.get(12)?,
        last_error: row.get(13)?,
        last_attempt_at: time(row.get(14)?),
    };
    Ok((row.get(7)?, summary))
}

/// An endpoint's deliveries, newest first.
pub(super) fn page(
    db: &dyn Connection,
    endpoint: &EndpointId,
    after: Option<&Cursor>,
    limit: u32,
) -> Result<Page<DeliverySummary>, StoreError> {
    let below = after.map_or(Ok(i64::MAX), |cursor| read_cursor(CURSOR, cursor))?;
    let sql = summary_sql("WHERE d.endpoint = ?1 AND d.seq < ?2 ORDER BY d.seq DESC LIMIT ?3");
    let rows: Vec<_> = db
        .prepare_cached(&sql)?
        .query_map(params![endpoint.as_str(), below, i64::from(limit) + 1], read_summary)?
        .collect::<Result<_, _>>()?;
    Ok(cut(rows, limit, |seq| Cursor(format!("{CURSOR}{seq}"))))
}

/// The latest deliveries to any endpoint, newest first.
pub(super) fn latest(db: &dyn Connection, limit: u32) -> Result<Vec<DeliverySummary>, StoreError> {
    let sql = summary_sql("ORDER BY d.seq DESC LIMIT ?1");
    let mut statement = db.prepare_cached(&sql)?;
    let rows = statement.query_map([limit], |row| read_summary(row).map(|(_, summary)| summary))?;
    Ok(rows.collect::<Result<_, _>>()?)
}
