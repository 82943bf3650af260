//! The sources' answers and the verdicts. A body is stored once under its SHA-256, however often it was answered, and
//! its hash is checked whenever it is read.

use std::io::{Read, Write};

use flate2::Compression;
use flate2::read::ZlibDecoder;
use flate2::write::ZlibEncoder;
use rusqlite::types::FromSqlError;
use sha2::{Digest, Sha256};

use super::values::{Json, Time, Word};
use crate::ids::{ObservationId, ShipmentId};
use crate::store::sql::{self, Connection, OptionalExtension, Row, params};
use crate::store::{ObservationRecord, StoreError, StoredAnswer, VerdictRecord};

/// A body as it is stored.
pub(super) struct Body {
    sha256: String,
    codec: &'static str,
    raw_bytes: usize,
    data: Vec<u8>,
}

impl Body {
    /// How much it takes.
    pub fn bytes(&self) -> usize {
        self.data.len()
    }
}

/// As received.
const RAW: &str = "raw";
/// RFC 1950.
const ZLIB: &str = "zlib";

fn sha256(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    Sha256::digest(bytes).iter().fold(String::with_capacity(64), |mut hex, byte| {
        // Writing to a string cannot fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

/// Makes the bodies of answers ready to be stored; refuses one that does not agree with its record.
pub(super) fn pack(answers: &[(ShipmentId, StoredAnswer)]) -> Result<Vec<Option<Body>>, StoreError> {
    answers.iter().map(|(_, answer)| pack_one(answer)).collect()
}

fn pack_one(answer: &StoredAnswer) -> Result<Option<Body>, StoreError> {
    let (record, raw) = (&answer.record, &answer.body);
    let wrong = |what: &str| Err(StoreError::Engine(format!("{}: {what}", record.id)));
    if record.body_bytes != raw.len() as u64 {
        return wrong("the record tells another length than the body has");
    }
    let Some(told) = &record.body_sha256 else {
        return if raw.is_empty() {
            Ok(None)
        } else {
            wrong("the record tells of no body, but there is one")
        };
    };
    if *told != sha256(raw) {
        return wrong("the record tells another hash than the body has");
    }
    let packed = compress(raw).map_err(|error| StoreError::Engine(error.to_string()))?;
    let (codec, data) = if packed.len() < raw.len() { (ZLIB, packed) } else { (RAW, raw.clone()) };
    Ok(Some(Body { sha256: told.clone(), codec, raw_bytes: raw.len(), data }))
}

fn compress(raw: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(raw)?;
    encoder.finish()
}

/// A body that lies in a cache, packed.
pub(super) fn packed(raw: &[u8]) -> std::io::Result<Vec<u8>> {
    compress(raw)
}

/// The same as it was received; it must have this length.
pub(super) fn unpacked(data: &[u8], raw_bytes: usize) -> Result<Vec<u8>, FromSqlError> {
    let mut raw = Vec::new();
    let most = u64::try_from(raw_bytes).unwrap_or(u64::MAX).saturating_add(1);
    ZlibDecoder::new(data).take(most).read_to_end(&mut raw).map_err(FromSqlError::other)?;
    if raw.len() == raw_bytes { Ok(raw) } else { Err(FromSqlError::InvalidType) }
}

/// Adds an answer, and its body where that is new.
pub(super) fn add(
    db: &dyn Connection,
    shipment: &ShipmentId,
    record: &ObservationRecord,
    body: Option<&Body>,
) -> Result<(), StoreError> {
    if let Some(body) = body {
        db.prepare_cached(
            "INSERT INTO bodies (sha256, codec, raw_bytes, data) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (sha256) DO NOTHING",
        )?
        .execute(params![body.sha256, body.codec, body.raw_bytes as u64, body.data])?;
    }
    db.prepare_cached(
        "INSERT INTO observations (id, shipment, carrier, source, url, fetched_at, http_status, body_sha256,
           body_bytes, reading)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
    )?
    .execute(params![
        record.id.as_str(),
        shipment.as_str(),
        record.carrier.as_str(),
        record.source.as_str(),
        record.url,
        Time(record.fetched_at),
        record.http_status,
        record.body_sha256,
        record.body_bytes,
        Json(&record.reading),
    ])?;
    Ok(())
}

/// Adds a verdict.
pub(super) fn add_verdict(
    db: &dyn Connection,
    shipment: &ShipmentId,
    record: &VerdictRecord,
) -> Result<(), StoreError> {
    db.prepare_cached("INSERT INTO verdicts (id, shipment, at, verdict) VALUES (?1, ?2, ?3, ?4)")?
        .execute(params![record.id.as_str(), shipment.as_str(), Time(record.at), Json(&record.verdict)])?;
    Ok(())
}

const COLUMNS: &str = "v.id, v.carrier, v.source, v.url, v.fetched_at, v.http_status, v.body_sha256, v.body_bytes, \
     v.reading, v.shipment";

fn read(row: &Row<'_>) -> sql::Result<ObservationRecord> {
    Ok(ObservationRecord {
        id: row.get::<_, Word<_>>(0)?.0,
        carrier: row.get::<_, Word<_>>(1)?.0,
        source: row.get::<_, Word<_>>(2)?.0,
        url: row.get(3)?,
        fetched_at: row.get::<_, Time>(4)?.0,
        http_status: row.get(5)?,
        body_sha256: row.get(6)?,
        body_bytes: row.get(7)?,
        reading: row.get::<_, Json<_>>(8)?.0,
    })
}

/// All answers about an order's shipments, oldest first.
pub(super) fn of_order(
    db: &dyn Connection,
    order: &str,
) -> Result<Vec<(ShipmentId, ObservationRecord)>, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM observations v JOIN shipments s ON s.id = v.shipment
         WHERE s.order_id = ?1 ORDER BY v.fetched_at, v.seq"
    );
    let mut statement = db.prepare_cached(&sql)?;
    let rows = statement.query_map([order], |row| Ok((row.get::<_, Word<_>>(9)?.0, read(row)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// A shipment's answers, newest first.
pub(super) fn observations(
    db: &dyn Connection,
    shipment: &ShipmentId,
) -> Result<Vec<ObservationRecord>, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM observations v WHERE v.shipment = ?1 ORDER BY v.fetched_at DESC, v.seq DESC"
    );
    Ok(db.prepare_cached(&sql)?.query_map([shipment.as_str()], read)?.collect::<Result<_, _>>()?)
}

/// A shipment's verdicts, newest first.
pub(super) fn verdicts(db: &dyn Connection, shipment: &ShipmentId) -> Result<Vec<VerdictRecord>, StoreError> {
    let read = |row: &Row<'_>| {
        Ok(VerdictRecord {
            id: row.get::<_, Word<_>>(0)?.0,
            at: row.get::<_, Time>(1)?.0,
            verdict: row.get::<_, Json<_>>(2)?.0,
            basis: None,
        })
    };
    let sql = "SELECT id, at, verdict FROM verdicts WHERE shipment = ?1 ORDER BY at DESC, seq DESC";
    Ok(db.prepare_cached(sql)?.query_map([shipment.as_str()], read)?.collect::<Result<_, _>>()?)
}

/// An answer with its body.
pub(super) fn answer(db: &dyn Connection, id: &ObservationId) -> Result<Option<StoredAnswer>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM observations v WHERE v.id = ?1");
    let Some(record) = db.prepare_cached(&sql)?.query_row([id.as_str()], read).optional()? else {
        return Ok(None);
    };
    let body = match &record.body_sha256 {
        None if record.body_bytes > 0 => return Err(StoreError::Erased(format!("the body of {id}"))),
        None => Vec::new(),
        Some(sha256) => body(db, sha256).map_err(|why| StoreError::Engine(format!("{id}: {why}")))?,
    };
    Ok(Some(StoredAnswer { record, body }))
}

fn body(db: &dyn Connection, told: &str) -> Result<Vec<u8>, String> {
    let sql = "SELECT codec, raw_bytes, data FROM bodies WHERE sha256 = ?1";
    let (codec, raw_bytes, data): (String, u64, Vec<u8>) = db
        .prepare_cached(sql)
        .and_then(|mut s| s.query_row([told], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))))
        .map_err(|error| format!("its body cannot be read: {error}"))?;
    let raw = match codec.as_str() {
        RAW => data,
        ZLIB => {
            let mut raw = Vec::new();
            // One byte more than it should have is enough to see that it is wrong.
            let mut decoder = ZlibDecoder::new(data.as_slice()).take(raw_bytes.saturating_add(1));
            decoder.read_to_end(&mut raw).map_err(|error| format!("its body cannot be unpacked: {error}"))?;
            raw
        }
        other => return Err(format!("its body is packed in an unknown way, `{other}`")),
    };
    if sha256(&raw) == told { Ok(raw) } else { Err("its body is not the one that was recorded".to_owned()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_the_published_sha_256() {
        // FIPS 180-2, appendix B.1.
        let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(sha256(b"abc"), abc);
    }
}
