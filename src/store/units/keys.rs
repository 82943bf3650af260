//! API keys, and the requests that were carried out once.

use jiff::Timestamp;

use super::values::{Json, Time, Word, time};
use crate::ids::KeyId;
use crate::store::sql::{Connection, OptionalExtension, Row, params};
use crate::store::{ApiKey, IdempotencyRecord, StoreError};

/// Adds a key.
pub(super) fn create(db: &dyn Connection, key: &ApiKey) -> Result<(), StoreError> {
    db.prepare_cached(
        "INSERT INTO api_keys (id, name, sha256, scopes, seller, created_at, revoked_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )?
    .execute(params![
        key.id.as_str(),
        key.name,
        key.sha256,
        Json(&key.scopes),
        key.seller,
        Time(key.created_at),
        key.revoked_at.map(Time),
    ])?;
    Ok(())
}

/// All keys, oldest first.
pub(super) fn all(db: &dyn Connection) -> Result<Vec<ApiKey>, StoreError> {
    let read = |row: &Row<'_>| {
        Ok(ApiKey {
            id: row.get::<_, Word<_>>(0)?.0,
            name: row.get(1)?,
            sha256: row.get(2)?,
            scopes: row.get::<_, Json<_>>(3)?.0,
            seller: row.get(4)?,
            created_at: row.get::<_, Time>(5)?.0,
            revoked_at: time(row.get(6)?),
        })
    };
    let sql = "SELECT id, name, sha256, scopes, seller, created_at, revoked_at FROM api_keys ORDER BY seq";
    Ok(db.prepare_cached(sql)?.query_map([], read)?.collect::<Result<_, _>>()?)
}

/// Revokes a key; the first revocation stands.
pub(super) fn revoke(db: &dyn Connection, key: &KeyId, at: Timestamp) -> Result<bool, StoreError> {
    let found = db
        .prepare_cached("UPDATE api_keys SET revoked_at = coalesce(revoked_at, ?2) WHERE id = ?1")?
        .execute(params![key.as_str(), Time(at)])?;
    Ok(found > 0)
}

/// The record of a request.
pub(super) fn recall(
    db: &dyn Connection,
    key: &KeyId,
    idempotency_key: &str,
) -> Result<Option<IdempotencyRecord>, StoreError> {
    let read = |row: &Row<'_>| {
        Ok(IdempotencyRecord {
            key: key.clone(),
            idempotency_key: idempotency_key.to_owned(),
            request_sha256: row.get(0)?,
            status: row.get(1)?,
            body: row.get(2)?,
            at: row.get::<_, Time>(3)?.0,
        })
    };
    let sql = "SELECT request_sha256, status, body, at FROM idempotency
               WHERE key_id = ?1 AND idempotency_key = ?2";
    Ok(db.prepare_cached(sql)?.query_row(params![key.as_str(), idempotency_key], read).optional()?)
}

/// Keeps the record of a request, unless there is one.
pub(super) fn remember(db: &dyn Connection, record: Option<&IdempotencyRecord>) -> Result<(), StoreError> {
    let Some(record) = record else { return Ok(()) };
    let kept = db
        .prepare_cached(
            "INSERT INTO idempotency (key_id, idempotency_key, request_sha256, status, body, at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO NOTHING",
        )?
        .execute(params![
            record.key.as_str(),
            record.idempotency_key,
            record.request_sha256,
            record.status,
            record.body,
            Time(record.at),
        ])?;
    if kept == 0 { Err(StoreError::IdempotencyKeyTaken) } else { Ok(()) }
}

/// The same, at most so many.
pub(super) fn forget_some(db: &dyn Connection, before: Timestamp, limit: u32) -> Result<u64, StoreError> {
    let sql = "DELETE FROM idempotency WHERE (key_id, idempotency_key) IN
         (SELECT key_id, idempotency_key FROM idempotency WHERE at < ?1 ORDER BY at LIMIT ?2)";
    Ok(db.prepare_cached(sql)?.execute(params![Time(before), limit])? as u64)
}

/// Forgets what is older than `before`.
pub(super) fn forget(db: &dyn Connection, before: Timestamp) -> Result<u64, StoreError> {
    let gone = db.prepare_cached("DELETE FROM idempotency WHERE at < ?1")?.execute([Time(before)])?;
    Ok(gone as u64)
}
