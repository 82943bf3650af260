//! Webhook endpoints. A deleted one stays as a row, since its deliveries are history, and is found by nobody.

use jiff::Timestamp;

use super::values::{Json, Time, Word, time};
use super::{deliveries, keys, notices};
use crate::domain::notice::NoticeType;
use crate::ids::EndpointId;
use crate::store::sql::{self, Connection, OptionalExtension, Row, params};
use crate::store::{Endpoint, EndpointState, IdempotencyRecord, Notice, SecretVersions, StoreError};

/// The columns of an [`Endpoint`], as [`read`] takes them.
pub(super) const COLUMNS: &str = "id, url, event_types, state, disabled_why, created_at, description, payload, \
     signature, secret_version, previous_secret_until, headers, rate_per_second, revision";

/// Reads a row of [`COLUMNS`].
pub(super) fn read(row: &Row<'_>) -> sql::Result<Endpoint> {
    Ok(Endpoint {
        id: row.get::<_, Word<_>>(0)?.0,
        url: row.get(1)?,
        event_types: row.get::<_, Json<_>>(2)?.0,
        state: row.get::<_, Word<_>>(3)?.0,
        disabled_why: row.get(4)?,
        created_at: row.get::<_, Time>(5)?.0,
        description: row.get(6)?,
        payload: row.get::<_, Word<_>>(7)?.0,
        signature: row.get::<_, Word<_>>(8)?.0,
        secret: SecretVersions { version: row.get(9)?, previous_until: time(row.get(10)?) },
        headers: row.get::<_, Json<_>>(11)?.0,
        rate_per_second: row.get(12)?,
        revision: row.get(13)?,
    })
}

/// Adds an endpoint.
pub(super) fn create(
    db: &dyn Connection,
    endpoint: &Endpoint,
    idempotency: Option<&IdempotencyRecord>,
) -> Result<(), StoreError> {
    keys::remember(db, idempotency)?;
    let sql = format!(
        "INSERT INTO endpoints ({COLUMNS}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)"
    );
    db.prepare_cached(&sql)?.execute(params![
        endpoint.id.as_str(),
        endpoint.url,
        Json(&endpoint.event_types),
        Word(endpoint.state),
        endpoint.disabled_why,
        Time(endpoint.created_at),
        endpoint.description,
        Word(endpoint.payload),
        Word(endpoint.signature),
        endpoint.secret.version,
        endpoint.secret.previous_until.map(Time),
        Json(&endpoint.headers),
        endpoint.rate_per_second,
        endpoint.revision,
    ])?;
    Ok(())
}

/// All endpoints, oldest first.
pub(super) fn all(db: &dyn Connection) -> Result<Vec<Endpoint>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM endpoints WHERE deleted_at IS NULL ORDER BY seq");
    Ok(db.prepare_cached(&sql)?.query_map([], read)?.collect::<Result<_, _>>()?)
}

/// One endpoint.
pub(super) fn find(db: &dyn Connection, id: &EndpointId) -> Result<Option<Endpoint>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM endpoints WHERE id = ?1 AND deleted_at IS NULL");
    Ok(db.prepare_cached(&sql)?.query_row([id.as_str()], read).optional()?)
}

/// Replaces an endpoint's settings if it is still at the given one's revision; false where there is none.
pub(super) fn replace(
    db: &dyn Connection,
    new: &Endpoint,
    idempotency: Option<&IdempotencyRecord>,
) -> Result<bool, StoreError> {
    keys::remember(db, idempotency)?;
    let Some(old) = find(db, &new.id)? else { return Ok(false) };
    if old.revision != new.revision {
        return Err(StoreError::Conflict);
    }
    db.prepare_cached(
        "UPDATE endpoints SET url = ?2, event_types = ?3, description = ?4, payload = ?5, signature = ?6,
           secret_version = ?7, previous_secret_until = ?8, headers = ?9, rate_per_second = ?10
         WHERE id = ?1",
    )?
    .execute(params![
        new.id.as_str(),
        new.url,
        Json(&new.event_types),
        new.description,
        Word(new.payload),
        Word(new.signature),
        new.secret.version,
        new.secret.previous_until.map(Time),
        Json(&new.headers),
        new.rate_per_second,
    ])?;
    set_state(db, &new.id, new.state, new.disabled_why.as_deref())
}

/// Enables or disables an endpoint, and with it what waits for it; false where there is none.
pub(super) fn set_state(
    db: &dyn Connection,
    id: &EndpointId,
    state: EndpointState,
    why: Option<&str>,
) -> Result<bool, StoreError> {
    let Some(endpoint) = find(db, id)? else { return Ok(false) };
    db.prepare_cached(
        "UPDATE endpoints SET state = ?2, disabled_why = ?3, revision = revision + 1 WHERE id = ?1",
    )?
    .execute(params![id.as_str(), Word(state), why])?;
    match (endpoint.state, state) {
        (EndpointState::Enabled, EndpointState::Disabled) => deliveries::hold(db, id)?,
        (EndpointState::Disabled, EndpointState::Enabled) => deliveries::release(db, id)?,
        _ => {}
    }
    Ok(true)
}

/// Disables an endpoint that nobody asked to disable, and tells the others.
pub(super) fn disable_for(
    db: &dyn Connection,
    id: &EndpointId,
    why: &str,
    at: Timestamp,
) -> Result<(), StoreError> {
    let Some(endpoint) = find(db, id)? else { return Ok(()) };
    if endpoint.state == EndpointState::Enabled {
        set_state(db, id, EndpointState::Disabled, Some(why))?;
        notices::tell(db, id, &Notice::about(&endpoint, NoticeType::EndpointDisabled, why, at))?;
    }
    Ok(())
}

/// Deletes an endpoint and cancels what waits for it; says how much that was, or that there never was one. Deleting it
/// again changes nothing.
pub(super) fn delete(db: &dyn Connection, id: &EndpointId, at: Timestamp) -> Result<Option<u64>, StoreError> {
    let sql = "UPDATE endpoints SET deleted_at = coalesce(deleted_at, ?2), state = 'disabled' WHERE id = ?1";
    if db.prepare_cached(sql)?.execute(params![id.as_str(), Time(at)])? == 0 {
        return Ok(None);
    }
    notices::forget_endpoint(db, id)?;
    deliveries::cancel(db, id).map(Some)
}
