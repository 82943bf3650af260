//! Webhook endpoints.

use super::values::{Json, Time, Word};
use super::{deliveries, keys};
use crate::ids::EndpointId;
use crate::store::sql::{self, Connection, OptionalExtension, Row, params};
use crate::store::{Endpoint, EndpointState, IdempotencyRecord, StoreError};

/// The columns of an [`Endpoint`], as [`read`] takes them.
pub(super) const COLUMNS: &str = "id, url, event_types, state, disabled_why, created_at";

/// Reads a row of [`COLUMNS`].
pub(super) fn read(row: &Row<'_>) -> sql::Result<Endpoint> {
    Ok(Endpoint {
        id: row.get::<_, Word<_>>(0)?.0,
        url: row.get(1)?,
        event_types: row.get::<_, Json<_>>(2)?.0,
        state: row.get::<_, Word<_>>(3)?.0,
        disabled_why: row.get(4)?,
        created_at: row.get::<_, Time>(5)?.0,
    })
}

/// Adds an endpoint.
pub(super) fn create(
    db: &dyn Connection,
    endpoint: &Endpoint,
    idempotency: Option<&IdempotencyRecord>,
) -> Result<(), StoreError> {
    keys::remember(db, idempotency)?;
    db.prepare_cached(
        "INSERT INTO endpoints (id, url, event_types, state, disabled_why, created_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?
    .execute(params![
        endpoint.id.as_str(),
        endpoint.url,
        Json(&endpoint.event_types),
        Word(endpoint.state),
        endpoint.disabled_why,
        Time(endpoint.created_at),
    ])?;
    Ok(())
}

/// All endpoints, oldest first.
pub(super) fn all(db: &dyn Connection) -> Result<Vec<Endpoint>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM endpoints ORDER BY seq");
    Ok(db.prepare_cached(&sql)?.query_map([], read)?.collect::<Result<_, _>>()?)
}

/// One endpoint.
pub(super) fn find(db: &dyn Connection, id: &EndpointId) -> Result<Option<Endpoint>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM endpoints WHERE id = ?1");
    Ok(db.prepare_cached(&sql)?.query_row([id.as_str()], read).optional()?)
}

/// Enables or disables an endpoint, and with it what waits for it; false where there is none.
pub(super) fn set_state(
    db: &dyn Connection,
    id: &EndpointId,
    state: EndpointState,
    why: Option<&str>,
) -> Result<bool, StoreError> {
    let Some(endpoint) = find(db, id)? else { return Ok(false) };
    db.prepare_cached("UPDATE endpoints SET state = ?2, disabled_why = ?3 WHERE id = ?1")?
        .execute(params![id.as_str(), Word(state), why])?;
    match (endpoint.state, state) {
        (EndpointState::Enabled, EndpointState::Disabled) => deliveries::hold(db, id)?,
        (EndpointState::Disabled, EndpointState::Enabled) => deliveries::release(db, id)?,
        _ => {}
    }
    Ok(true)
}
