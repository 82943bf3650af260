//! The log's entries as rows. They are added with the change that they are about. An
//! entry is never touched again; what opens it goes with what was erased.

use rusqlite::types::FromSqlError;
use serde_json::{Map, Value};

use super::values::Json;
use crate::domain::log::document::{SEED_BYTES, Seed};
use crate::ids::ShipmentId;
use crate::store::leaves::{observation_document, verdict_document};
use crate::store::sql::{self, Connection, OptionalExtension, Row, params};
use crate::store::{LoggedLeaf, NewLeaf, StoreError};

/// Adds an entry at the log's end.
pub(super) fn add(db: &dyn Connection, leaf: &NewLeaf) -> Result<(), StoreError> {
    db.prepare_cached(
        "INSERT INTO leaves (id, shipment, entry, seed, document) VALUES (?1, ?2, ?3, ?4, ?5)",
    )?
    .execute(params![
        leaf.id,
        leaf.shipment,
        leaf.entry,
        leaf.seed.0,
        leaf.document.as_ref().map(Json)
    ])?;
    Ok(())
}

/// Entries from an index on, in order.
pub(super) fn entries(db: &dyn Connection, from: u64, limit: u32) -> Result<Vec<Vec<u8>>, StoreError> {
    let after = i64::try_from(from).unwrap_or(i64::MAX);
    let mut statement =
        db.prepare_cached("SELECT seq, entry FROM leaves WHERE seq > ?1 ORDER BY seq LIMIT ?2")?;
    let rows = statement.query_map(params![after, limit], |row| Ok((row.get::<_, i64>(0)?, row.get(1)?)))?;
    let mut entries = Vec::new();
    for (expected, row) in (after + 1..).zip(rows) {
        let (seq, entry) = row?;
        if seq != expected {
            return Err(StoreError::Engine(format!("the log's entry {} is missing", expected - 1)));
        }
        entries.push(entry);
    }
    Ok(entries)
}

/// How many entries there are.
pub(super) fn count(db: &dyn Connection) -> Result<u64, StoreError> {
    let last: i64 =
        db.prepare_cached("SELECT coalesce(max(seq), 0) FROM leaves")?.query_row([], |row| row.get(0))?;
    Ok(u64::try_from(last).unwrap_or_default())
}

/// The index of the entry about a thing.
pub(super) fn index_of(db: &dyn Connection, id: &str) -> Result<Option<u64>, StoreError> {
    let seq: Option<u64> = db
        .prepare_cached("SELECT seq FROM leaves WHERE id = ?1")?
        .query_row([id], |row| row.get(0))
        .optional()?;
    Ok(seq.map(|seq| seq - 1))
}

/// A shipment's entries with their documents, in the order of the log. Readings, addresses and verdicts are taken word
/// for word from where they were stored.
pub(super) fn of_shipment(db: &dyn Connection, shipment: &ShipmentId) -> Result<Vec<LoggedLeaf>, StoreError> {
    let sql = format!("{OF_SHIPMENT} AND l.seq IS NOT NULL ORDER BY l.seq");
    Ok(db.prepare_cached(&sql)?.query_map([shipment.as_str()], read)?.collect::<Result<_, _>>()?)
}

/// The same, each with the id of what it is about, in no order: those that have no place in the log yet are among them,
/// with an index of 0.
pub(super) fn stored(
    db: &dyn Connection,
    shipment: &ShipmentId,
) -> Result<Vec<(String, LoggedLeaf)>, StoreError> {
    let read = |row: &Row<'_>| Ok((row.get(10)?, read(row)?));
    Ok(db.prepare_cached(OF_SHIPMENT)?.query_map([shipment.as_str()], read)?.collect::<Result<_, _>>()?)
}

const OF_SHIPMENT: &str =
    "SELECT coalesce(l.seq, 1), l.entry, l.seed, l.document, o.reading, o.url, o.body_sha256,
       o.body_bytes, v.verdict, l.salts, l.id
     FROM leaves l LEFT JOIN observations o ON o.id = l.id LEFT JOIN verdicts v ON v.id = l.id
     WHERE l.shipment = ?1";

fn read(row: &Row<'_>) -> sql::Result<LoggedLeaf> {
    let own = row.get::<_, Option<Json<Value>>>(3)?.map(|json| json.0);
    let salts = row.get::<_, Option<Json<Map<String, Value>>>>(9)?.map(|json| json.0);
    let document = match (row.get::<_, Option<Json<Value>>>(4)?, row.get::<_, Option<Json<Value>>>(8)?) {
        // What was erased from stands whole beside its salts, and an answer whose body is gone beside its seed.
        _ if salts.is_some() => own.unwrap_or_default(),
        (Some(_), _) if own.is_some() => own.unwrap_or_default(),
        (Some(reading), _) => {
            let (url, sha256): (String, Option<String>) = (row.get(5)?, row.get(6)?);
            observation_document(reading.0, &url, sha256.as_deref(), row.get(7)?)
        }
        (None, Some(verdict)) => verdict_document(own.unwrap_or_default(), verdict.0),
        (None, None) => own.unwrap_or_default(),
    };
    let seed: Option<Vec<u8>> = row.get(2)?;
    let seed = seed.map(<[u8; SEED_BYTES]>::try_from).transpose();
    let wrong = |seed: Vec<u8>| {
        sql::Error::Column(
            2,
            FromSqlError::InvalidBlobSize { expected_size: SEED_BYTES, blob_size: seed.len() },
        )
    };
    Ok(LoggedLeaf {
        index: row.get::<_, u64>(0)? - 1,
        entry: row.get(1)?,
        seed: seed.map_err(wrong)?.map(Seed),
        salts,
        document,
    })
}
