//! The papers of cases: written with their change, read order by order or as a list of disputes.

use super::orders::{cut, read_cursor};
use super::values::{Due, Json, Time, Word, time};
use crate::domain::shipment::SellerRecord;
use crate::ids::{DisputeId, EvidenceId};
use crate::secrets::sha256_hex;
use crate::store::sql::{Connection, OptionalExtension, Row, params};
use crate::store::{
    Change, Cursor, DisputeFilter, DisputeRecord, EvidenceRecord, FileLook, NewEvidence, Page, Papers,
    SellerFile, StandingRecord, StoreError,
};

/// What cursors of the list of disputes begin with.
const CURSOR: &str = "dsp-";

/// Refuses a file whose record tells another hash or length than it has. Done beside the writer, not on it.
pub(super) fn check_files(evidence: &[NewEvidence]) -> Result<usize, StoreError> {
    let mut sum = 0;
    for new in evidence {
        let (file, bytes) = (new.record.file.as_ref(), new.bytes.as_ref());
        let fits = match (file, bytes) {
            (None, None) => true,
            (Some(file), Some(bytes)) => {
                sum += bytes.len();
                file.bytes == bytes.len() as u64 && file.sha256 == sha256_hex(bytes)
            }
            _ => false,
        };
        if !fits {
            let what = "the record tells of another file than there is";
            return Err(StoreError::Engine(format!("{}: {what}", new.record.id)));
        }
    }
    Ok(sum)
}

/// Writes what a change adds.
pub(super) fn add(db: &dyn Connection, change: &Change) -> Result<(), StoreError> {
    let docket = &change.docket;
    for action in &docket.actions {
        db.prepare_cached("INSERT INTO actions (order_id, document) VALUES (?1, ?2)")?
            .execute(params![change.order, Json(action)])?;
    }
    for dispute in &docket.disputes {
        put_dispute(db, change, dispute)?;
    }
    for new in &docket.evidence {
        add_evidence(db, change, new)?;
    }
    docket.standing.as_ref().map_or(Ok(()), |standing| put_standing(db, standing))
}

fn put_dispute(db: &dyn Connection, change: &Change, record: &DisputeRecord) -> Result<(), StoreError> {
    if record.order != change.order {
        return Err(StoreError::Engine(format!("{} belongs to another order", record.id)));
    }
    db.prepare_cached(
        "INSERT INTO disputes (id, order_id, number, seller, state, open, document)
         SELECT CAST(?1 AS TEXT), id, CAST(?3 AS BIGINT), seller, CAST(?4 AS TEXT), CAST(?5 AS BIGINT),
           CAST(?6 AS TEXT)
         FROM orders WHERE id = ?2
         ON CONFLICT (id) DO UPDATE SET state = excluded.state, open = excluded.open,
           document = excluded.document",
    )?
    .execute(params![
        record.id.as_str(),
        record.order,
        record.dispute.number,
        record.state.as_str(),
        record.state.is_open(),
        Json(record),
    ])?;
    Ok(())
}

fn add_evidence(db: &dyn Connection, change: &Change, new: &NewEvidence) -> Result<(), StoreError> {
    let record = &new.record;
    if record.order != change.order {
        return Err(StoreError::Engine(format!("{} belongs to another order", record.id)));
    }
    if let (Some(file), Some(bytes)) = (&record.file, &new.bytes) {
        db.prepare_cached(
            "INSERT INTO evidence_files (sha256, bytes, data) VALUES (?1, ?2, ?3) ON CONFLICT (sha256) DO NOTHING",
        )?
        .execute(params![file.sha256, file.bytes, bytes.as_ref()])?;
    }
    db.prepare_cached("INSERT INTO evidence (id, order_id, file, document) VALUES (?1, ?2, ?3, ?4)")?
        .execute(params![
            record.id.as_str(),
            record.order,
            record.file.as_ref().map(|file| &file.sha256),
            Json(record),
        ])?;
    Ok(())
}

/// Moves a seller's standing to its next revision, if it is still at the one that was read.
fn put_standing(db: &dyn Connection, record: &StandingRecord) -> Result<(), StoreError> {
    let values = params![
        record.seller,
        Json(&record.standing),
        record.revision,
        record.rules,
        record.order,
        record.due_at.map(Due),
    ];
    let moved = if record.revision == 0 {
        db.prepare_cached(
            "INSERT INTO standings (seller, standing, revision, rules, order_id, due_at)
             VALUES (?1, ?2, CAST(?3 AS BIGINT) + 1, ?4, ?5, ?6) ON CONFLICT (seller) DO NOTHING",
        )?
        .execute(values)?
    } else {
        db.prepare_cached(
            "UPDATE standings SET standing = ?2, revision = ?3 + 1, rules = ?4, order_id = ?5, due_at = ?6
             WHERE seller = ?1 AND revision = ?3",
        )?
        .execute(values)?
    };
    if moved == 1 { Ok(()) } else { Err(StoreError::Conflict) }
}

/// An order's disputes, oldest first.
pub(super) fn disputes_of(db: &dyn Connection, order: &str) -> Result<Vec<DisputeRecord>, StoreError> {
    let sql = "SELECT document FROM disputes WHERE order_id = ?1 ORDER BY number";
    let read = |row: &Row<'_>| Ok(row.get::<_, Json<_>>(0)?.0);
    Ok(db.prepare_cached(sql)?.query_map([order], read)?.collect::<Result<_, _>>()?)
}

/// The order that a dispute belongs to.
pub(super) fn order_of(db: &dyn Connection, dispute: &DisputeId) -> Result<Option<String>, StoreError> {
    let sql = "SELECT order_id FROM disputes WHERE id = ?1";
    Ok(db.prepare_cached(sql)?.query_row([dispute.as_str()], |row| row.get(0)).optional()?)
}

/// Disputes, newest first.
pub(super) fn page(
    db: &dyn Connection,
    filter: DisputeFilter,
    seller: Option<&str>,
    after: Option<&Cursor>,
    limit: u32,
) -> Result<Page<DisputeRecord>, StoreError> {
    let below = after.map_or(Ok(i64::MAX), |cursor| read_cursor(CURSOR, cursor))?;
    let (which, state) = match filter {
        DisputeFilter::All => ("CAST(?3 AS TEXT) IS NULL", None),
        DisputeFilter::Open => ("open = 1 AND CAST(?3 AS TEXT) IS NULL", None),
        DisputeFilter::State(state) => ("state = ?3", Some(state.as_str())),
    };
    let whose = if seller.is_some() { "seller = ?4" } else { "CAST(?4 AS TEXT) IS NULL" };
    let sql = format!(
        "SELECT seq, document FROM disputes WHERE seq < ?1 AND {which} AND {whose} ORDER BY seq DESC LIMIT ?2"
    );
    let rows: Vec<(i64, DisputeRecord)> = db
        .prepare_cached(&sql)?
        .query_map(params![below, i64::from(limit) + 1, state, seller], |row| {
            Ok((row.get(0)?, row.get::<_, Json<_>>(1)?.0))
        })?
        .collect::<Result<_, _>>()?;
    Ok(cut(rows, limit, |seq| Cursor(format!("{CURSOR}{seq}"))))
}

/// What was done about an order.
pub(super) fn papers(db: &dyn Connection, order: &str) -> Result<Papers, StoreError> {
    let sql = "SELECT document FROM actions WHERE order_id = ?1 ORDER BY seq";
    let actions = db
        .prepare_cached(sql)?
        .query_map([order], |row| Ok(row.get::<_, Json<_>>(0)?.0))?
        .collect::<Result<_, _>>()?;
    let sql = "SELECT document FROM evidence WHERE order_id = ?1 ORDER BY seq";
    let evidence = db
        .prepare_cached(sql)?
        .query_map([order], |row| Ok(row.get::<_, Json<_>>(0)?.0))?
        .collect::<Result<_, _>>()?;
    let sql = "SELECT l.evidence, l.key_id, l.at FROM evidence e JOIN file_looks l ON l.evidence = e.id
               WHERE e.order_id = ?1 ORDER BY l.seq";
    let read = |row: &Row<'_>| {
        Ok(FileLook {
            evidence: row.get::<_, Word<_>>(0)?.0,
            key: row.get::<_, Word<_>>(1)?.0,
            at: row.get::<_, Time>(2)?.0,
        })
    };
    let looks = db.prepare_cached(sql)?.query_map([order], read)?.collect::<Result<_, _>>()?;
    Ok(Papers { actions, evidence, looks })
}

/// A piece of evidence, without its file's bytes.
pub(super) fn evidence(db: &dyn Connection, id: &EvidenceId) -> Result<Option<EvidenceRecord>, StoreError> {
    let sql = "SELECT document FROM evidence WHERE id = ?1";
    let read = |row: &Row<'_>| Ok(row.get::<_, Json<_>>(0)?.0);
    Ok(db.prepare_cached(sql)?.query_row([id.as_str()], read).optional()?)
}

/// Records that somebody looks at a file.
pub(super) fn note_look(db: &dyn Connection, look: &FileLook) -> Result<(), StoreError> {
    db.prepare_cached("INSERT INTO file_looks (evidence, key_id, at) VALUES (?1, ?2, ?3)")?
        .execute(params![look.evidence.as_str(), look.key.as_str(), Time(look.at)])?;
    Ok(())
}

/// A file's bytes. Their hash is checked on the way out.
pub(super) fn file(db: &dyn Connection, sha256: &str) -> Result<Option<Vec<u8>>, StoreError> {
    let sql = "SELECT data FROM evidence_files WHERE sha256 = ?1";
    let bytes: Option<Vec<u8>> = db.prepare_cached(sql)?.query_row([sha256], |row| row.get(0)).optional()?;
    match bytes {
        Some(bytes) if sha256_hex(&bytes) != sha256 => {
            Err(StoreError::Engine(format!("the file {sha256} is not the one that was given")))
        }
        bytes => Ok(bytes),
    }
}

/// A seller's standing.
pub(super) fn standing(db: &dyn Connection, seller: &str) -> Result<Option<StandingRecord>, StoreError> {
    let sql = "SELECT standing, revision, rules, order_id, due_at FROM standings WHERE seller = ?1";
    let read = |row: &Row<'_>| {
        Ok(StandingRecord {
            seller: seller.to_owned(),
            standing: row.get::<_, Json<_>>(0)?.0,
            revision: row.get(1)?,
            rules: row.get(2)?,
            order: row.get(3)?,
            due_at: time(row.get(4)?),
        })
    };
    Ok(db.prepare_cached(sql)?.query_row([seller], read).optional()?)
}

/// What is known of a seller; none where there is no order of such a seller.
pub(super) fn seller(db: &dyn Connection, seller: &str) -> Result<Option<SellerFile>, StoreError> {
    let known = "SELECT 1 FROM orders WHERE seller = ?1 LIMIT 1";
    if !db.prepare_cached(known)?.exists([seller])? {
        return Ok(None);
    }
    let claims = db
        .prepare_cached("SELECT claims, failed FROM sellers WHERE id = ?1")?
        .query_row([seller], |row| Ok(SellerRecord { claims: row.get(0)?, failed: row.get(1)? }))
        .optional()?;
    let none = SellerRecord { claims: 0, failed: 0 };
    Ok(Some(SellerFile { standing: standing(db, seller)?, claims: claims.unwrap_or(none) }))
}
