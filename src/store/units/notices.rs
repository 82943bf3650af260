//! Notices about endpoints: written with what they tell of, and kept until each endpoint that wants them has them or is
//! given up.

use jiff::Timestamp;

use super::endpoints;
use super::values::{Due, Json, Time, Word};
use crate::ids::{EndpointId, EventId};
use crate::store::sql::{Connection, OptionalExtension, Row, params};
use crate::store::{DueNotice, EndpointState, Notice, StoreError};

/// Writes a notice and what is to be posted: to every other enabled endpoint that wants it. Where there is none, nothing
/// is written.
pub(super) fn tell(db: &dyn Connection, about: &EndpointId, notice: &Notice) -> Result<(), StoreError> {
    let mut asking = endpoints::all(db)?;
    asking.retain(|endpoint| {
        endpoint.state == EndpointState::Enabled
            && endpoint.id != *about
            && endpoint.wants_notice(notice.kind)
    });
    if asking.is_empty() {
        return Ok(());
    }
    db.prepare_cached("INSERT INTO notices (id, type, at, data) VALUES (?1, ?2, ?3, ?4)")?
        .execute(params![notice.id.as_str(), Word(notice.kind), Time(notice.at), Json(&notice.data)])?;
    let mut add = db.prepare_cached(
        "INSERT INTO notice_deliveries (notice, endpoint, attempts, due_at) VALUES (?1, ?2, 0, ?3)",
    )?;
    for endpoint in asking {
        add.execute(params![notice.id.as_str(), endpoint.id.as_str(), Due(notice.at)])?;
    }
    Ok(())
}

/// The statement that claims.
pub(in crate::store) const CLAIM: &str = "UPDATE notice_deliveries SET due_at = ?2
     WHERE (notice, endpoint) IN
       (SELECT notice, endpoint FROM notice_deliveries WHERE due_at <= ?1 ORDER BY due_at LIMIT ?3)
     RETURNING notice, endpoint, attempts";

/// Claims notices that are due. One whose endpoint is disabled by now is dropped.
pub(super) fn claim(
    db: &dyn Connection,
    now: Timestamp,
    lease_until: Timestamp,
    limit: u32,
) -> Result<Vec<DueNotice>, StoreError> {
    let claimed: Vec<(EventId, EndpointId, u32)> = db
        .prepare_cached(CLAIM)?
        .query_map(params![Time(now), Due(lease_until), limit], |row| {
            Ok((row.get::<_, Word<_>>(0)?.0, row.get::<_, Word<_>>(1)?.0, row.get(2)?))
        })?
        .collect::<Result<_, _>>()?;
    let mut due = Vec::with_capacity(claimed.len());
    for (notice, endpoint, attempts) in claimed {
        let to = endpoints::find(db, &endpoint)?.filter(|to| to.state == EndpointState::Enabled);
        match (to, find(db, &notice)?) {
            (Some(endpoint), Some(notice)) => due.push(DueNotice { endpoint, notice, attempts }),
            _ => settle(db, &endpoint, &notice, None)?,
        }
    }
    due.sort_by(|a, b| a.notice.id.cmp(&b.notice.id));
    Ok(due)
}

fn find(db: &dyn Connection, id: &EventId) -> Result<Option<Notice>, StoreError> {
    let read = |row: &Row<'_>| {
        Ok(Notice {
            id: row.get::<_, Word<_>>(0)?.0,
            kind: row.get::<_, Word<_>>(1)?.0,
            at: row.get::<_, Time>(2)?.0,
            data: row.get::<_, Json<_>>(3)?.0,
        })
    };
    let sql = "SELECT id, type, at, data FROM notices WHERE id = ?1";
    Ok(db.prepare_cached(sql)?.query_row([id.as_str()], read).optional()?)
}

/// Records an attempt: posted again at `again`, or never.
pub(super) fn settle(
    db: &dyn Connection,
    endpoint: &EndpointId,
    notice: &EventId,
    again: Option<Timestamp>,
) -> Result<(), StoreError> {
    let (notice, endpoint) = (notice.as_str(), endpoint.as_str());
    if let Some(at) = again {
        let later = "UPDATE notice_deliveries SET attempts = attempts + 1, due_at = ?3
             WHERE notice = ?1 AND endpoint = ?2";
        db.prepare_cached(later)?.execute(params![notice, endpoint, Due(at)])?;
    } else {
        let done = "DELETE FROM notice_deliveries WHERE notice = ?1 AND endpoint = ?2";
        db.prepare_cached(done)?.execute([notice, endpoint])?;
        let told = "DELETE FROM notices
             WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM notice_deliveries WHERE notice = ?1)";
        db.prepare_cached(told)?.execute([notice])?;
    }
    Ok(())
}

/// Forgets what was to be told to an endpoint.
pub(super) fn forget_endpoint(db: &dyn Connection, endpoint: &EndpointId) -> Result<(), StoreError> {
    let waiting: Vec<EventId> = db
        .prepare_cached("SELECT notice FROM notice_deliveries WHERE endpoint = ?1")?
        .query_map([endpoint.as_str()], |row| Ok(row.get::<_, Word<_>>(0)?.0))?
        .collect::<Result<_, _>>()?;
    waiting.iter().try_for_each(|notice| settle(db, endpoint, notice, None))
}
