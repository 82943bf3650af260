//! The endpoints' lanes: whose turn it is, and how each endpoint did. Claims go through here. Where one writer keeps the
//! lanes, each has its due time; where many would write the same row with every event, it is found in the deliveries.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::Timestamp;

use super::values::{Due, Time, Word, time};
use super::{deliveries, endpoints, notices, waiting};
use crate::domain::notice::NoticeType;
use crate::ids::EndpointId;
use crate::store::sql::{self, Claiming, Connection, OptionalExtension, Row, params};
use crate::store::{Claimed, DeliveryClaim, LaneRecord, Notice, StoreError};

/// Most lanes that one claim looks at. Those whose endpoint has no room are passed over, and they are no more than the
/// claims that are held.
const LANES_MAX: u32 = 4_096;

/// The lanes that are due, in the order of their turns.
pub(in crate::store) const IN_TURN: &str = "SELECT endpoint, held_until, failing_since, warned_at FROM lanes
     WHERE due_at <= ?1 ORDER BY due_at, turns LIMIT ?2";

const NEXT_DUE: &str = "SELECT min(due_at) FROM lanes WHERE due_at IS NOT NULL";

/// When a lane is due: with the earliest of its deliveries, but not before its last turn and not while it is held.
pub(in crate::store) const REFRESH: &str = "INSERT INTO lanes (endpoint, due_at, turn_at, turns)
     VALUES (?1, (SELECT min(due_at) FROM deliveries WHERE endpoint = ?1 AND due_at IS NOT NULL), 0, 0)
     ON CONFLICT (endpoint) DO UPDATE SET due_at = max(excluded.due_at, turn_at, coalesce(held_until, 0))
     WHERE lanes.due_at IS NOT max(excluded.due_at, turn_at, coalesce(held_until, 0))";

fn read(row: &Row<'_>) -> sql::Result<LaneRecord> {
    Ok(LaneRecord {
        endpoint: row.get::<_, Word<_>>(0)?.0,
        held_until: time(row.get(1)?),
        failing_since: time(row.get(2)?),
        warned_at: time(row.get(3)?),
    })
}

/// Claims deliveries, lane by lane.
pub(super) fn claim(db: &dyn Connection, claim: &DeliveryClaim) -> Result<Claimed, StoreError> {
    let in_turn = if is_kept(db) { IN_TURN } else { waiting::IN_TURN };
    let lanes: Vec<LaneRecord> = db
        .prepare_cached(in_turn)?
        .query_map(params![Time(claim.now), LANES_MAX], read)?
        .collect::<Result<_, _>>()?;
    let mut claimed = Claimed::default();
    let mut left = claim.limit;
    for lane in lanes {
        if left == 0 {
            break;
        }
        let room = claim.room.for_endpoint(&lane.endpoint).min(left);
        if room == 0 {
            continue;
        }
        // Where others write too, it may have been deleted since.
        let Some(endpoint) = endpoints::find(db, &lane.endpoint)? else { continue };
        let endpoint = Arc::new(endpoint);
        let lease = (claim.now, claim.lease_until);
        let due = deliveries::lease(db, &endpoint, lease, room)?;
        if due.is_empty() && !is_kept(db) {
            continue;
        }
        left -= u32::try_from(due.len()).unwrap_or(left);
        claimed.deliveries.extend(due);
        take_turn(db, &lane.endpoint, claim.now)?;
        claimed.lanes.push(lane);
    }
    Ok(claimed)
}

/// Whether the lanes' due times are kept.
fn is_kept(db: &dyn Connection) -> bool {
    db.claiming() == Claiming::Alone
}

/// When the next lane is due.
pub(super) fn next_due(db: &dyn Connection) -> Result<Option<Timestamp>, StoreError> {
    let sql = if is_kept(db) { NEXT_DUE } else { waiting::NEXT_DUE };
    Ok(time(db.prepare_cached(sql)?.query_row([], |row| row.get(0))?))
}

/// Notes that a lane had its turn: all others that are due come before it.
fn take_turn(db: &dyn Connection, endpoint: &EndpointId, now: Timestamp) -> Result<(), StoreError> {
    let sql = "INSERT INTO lanes (endpoint, turn_at, turns) VALUES (?1, ?2, 1)
         ON CONFLICT (endpoint) DO UPDATE SET turn_at = excluded.turn_at, turns = lanes.turns + 1";
    db.prepare_cached(sql)?.execute(params![endpoint.as_str(), Time(now)])?;
    refresh(db, endpoint)
}

/// Notes that something of an endpoint became due at a time.
pub(super) fn at_latest(
    db: &dyn Connection,
    endpoint: &EndpointId,
    due: Timestamp,
) -> Result<(), StoreError> {
    if !is_kept(db) {
        return Ok(());
    }
    let sql = "INSERT INTO lanes (endpoint, due_at, turn_at, turns) VALUES (?1, ?2, 0, 0)
         ON CONFLICT (endpoint) DO UPDATE SET due_at = max(excluded.due_at, turn_at, coalesce(held_until, 0))
         WHERE lanes.due_at IS NULL OR lanes.due_at > max(excluded.due_at, turn_at, coalesce(held_until, 0))";
    db.prepare_cached(sql)?.execute(params![endpoint.as_str(), Due(due)])?;
    Ok(())
}

/// Finds out anew when a lane is due.
pub(in crate::store) fn refresh(db: &dyn Connection, endpoint: &EndpointId) -> Result<(), StoreError> {
    if is_kept(db) {
        db.prepare_cached(REFRESH)?.execute([endpoint.as_str()])?;
    }
    Ok(())
}

/// Writes how an endpoint did. When it is due follows with [`refresh`]. One that is warned of is told to the others.
pub(super) fn put(db: &dyn Connection, lane: &LaneRecord) -> Result<(), StoreError> {
    tell_of_warning(db, lane)?;
    let sql = "INSERT INTO lanes (endpoint, turn_at, turns, held_until, failing_since, warned_at)
         VALUES (?1, 0, 0, ?2, ?3, ?4)
         ON CONFLICT (endpoint) DO UPDATE SET held_until = excluded.held_until,
           failing_since = excluded.failing_since, warned_at = excluded.warned_at";
    db.prepare_cached(sql)?.execute(params![
        lane.endpoint.as_str(),
        lane.held_until.map(Due),
        lane.failing_since.map(Time),
        lane.warned_at.map(Time),
    ])?;
    Ok(())
}

fn tell_of_warning(db: &dyn Connection, lane: &LaneRecord) -> Result<(), StoreError> {
    let (Some(warned_at), Some(since)) = (lane.warned_at, lane.failing_since) else { return Ok(()) };
    let sql = "SELECT 1 FROM lanes WHERE endpoint = ?1 AND warned_at IS NOT NULL";
    if db.prepare_cached(sql)?.exists([lane.endpoint.as_str()])? {
        return Ok(());
    }
    let Some(endpoint) = endpoints::find(db, &lane.endpoint)? else { return Ok(()) };
    let why = format!("nothing but failures since {since}");
    let notice = Notice::about(&endpoint, NoticeType::EndpointFailing, &why, warned_at);
    notices::tell(db, &lane.endpoint, &notice)
}

/// Forgets how an endpoint did: whoever enables it again says that it is well.
pub(super) fn forget(db: &dyn Connection, endpoint: &EndpointId) -> Result<(), StoreError> {
    let sql =
        "UPDATE lanes SET held_until = NULL, failing_since = NULL, warned_at = NULL WHERE endpoint = ?1";
    db.prepare_cached(sql)?.execute([endpoint.as_str()])?;
    Ok(())
}

/// The state of endpoints, asked once for each in a unit of work.
#[derive(Default)]
pub(super) struct States(HashMap<EndpointId, bool>);

impl States {
    /// Whether an endpoint is delivered to.
    pub(super) fn is_enabled(
        &mut self,
        db: &dyn Connection,
        endpoint: &EndpointId,
    ) -> Result<bool, StoreError> {
        if let Some(enabled) = self.0.get(endpoint) {
            return Ok(*enabled);
        }
        let sql = "SELECT state = 'enabled' FROM endpoints WHERE id = ?1";
        let found = db.prepare_cached(sql)?.query_row([endpoint.as_str()], |row| row.get(0)).optional()?;
        let enabled = found.unwrap_or(false);
        self.0.insert(endpoint.clone(), enabled);
        Ok(enabled)
    }

    /// Notes that an endpoint was disabled.
    pub(super) fn disabled(&mut self, endpoint: &EndpointId) {
        self.0.insert(endpoint.clone(), false);
    }
}
