//! Shipments as rows, and the count of each seller's claims that goes along with them.

use super::values::{Due, Json, Time, Word, time};
use crate::domain::verdict::{Outcome, Verdict};
use crate::ids::ShipmentId;
use crate::store::sql::{self, Connection, OptionalExtension, Row, params};
use crate::store::{ShipmentRecord, StoreError};

/// The columns of a [`ShipmentRecord`], as [`read`] takes them.
pub(super) const COLUMNS: &str = "id, order_id, claim, input, carrier, format, verdict, verdict_at, tracking, \
     tracking_at, next_look_at, next_look_why, looks, judge_at, created_at, corrected_by";

/// Reads a row of [`COLUMNS`].
pub(super) fn read(row: &Row<'_>) -> sql::Result<ShipmentRecord> {
    Ok(ShipmentRecord {
        id: row.get::<_, Word<_>>(0)?.0,
        order: row.get(1)?,
        claim: row.get::<_, Json<_>>(2)?.0,
        input: row.get(3)?,
        carrier: row.get::<_, Option<Word<_>>>(4)?.map(|word| word.0),
        format: row.get(5)?,
        verdict: row.get::<_, Option<Json<_>>>(6)?.map(|json| json.0),
        verdict_at: time(row.get(7)?),
        tracking: row.get::<_, Option<Json<_>>>(8)?.map(|json| json.0),
        tracking_at: time(row.get(9)?),
        next_look_at: time(row.get(10)?),
        next_look_why: row.get(11)?,
        looks: row.get(12)?,
        judge_at: time(row.get(13)?),
        created_at: row.get::<_, Time>(14)?.0,
        corrected_by: row.get::<_, Option<Word<_>>>(15)?.map(|word| word.0),
    })
}

/// An order's shipments, oldest first.
pub(super) fn of_order(db: &dyn Connection, order: &str) -> Result<Vec<ShipmentRecord>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM shipments WHERE order_id = ?1 ORDER BY created_at, seq");
    Ok(db.prepare_cached(&sql)?.query_map([order], read)?.collect::<Result<_, _>>()?)
}

/// Most shipments with one number that are read.
const OF_NUMBER_MAX: u32 = 256;

/// The shipments with a number, oldest first.
pub(super) fn with_number(db: &dyn Connection, number: &str) -> Result<Vec<ShipmentRecord>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM shipments WHERE number = ?1 ORDER BY seq LIMIT ?2");
    let rows =
        db.prepare_cached(&sql)?.query_map(params![number, OF_NUMBER_MAX], read)?.collect::<Result<_, _>>();
    Ok(rows?)
}

/// The order that a shipment belongs to.
pub(super) fn order_of(db: &dyn Connection, shipment: &ShipmentId) -> Result<Option<String>, StoreError> {
    let sql = "SELECT order_id FROM shipments WHERE id = ?1";
    Ok(db.prepare_cached(sql)?.query_row([shipment.as_str()], |row| row.get(0)).optional()?)
}

/// Writes a shipment whole, which also ends its leases; but where its next look stays what it was, somebody may be making it
/// right now, and goes on having it.
pub(super) fn put(db: &dyn Connection, shipment: &ShipmentRecord) -> Result<(), StoreError> {
    let before: Option<(String, Option<Json<Verdict>>)> = db
        .prepare_cached("SELECT order_id, verdict FROM shipments WHERE id = ?1")?
        .query_row([shipment.id.as_str()], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    if before.as_ref().is_some_and(|(order, _)| *order != shipment.order) {
        return Err(StoreError::Engine(format!("{} belongs to another order", shipment.id)));
    }
    let outcome = shipment.verdict.as_ref().map(|verdict| verdict.verdict);
    let verdict_before = before.and_then(|(_, verdict)| verdict).map(|json| json.0);
    db.prepare_cached(
        "INSERT INTO shipments (id, order_id, claim, input, carrier, format, verdict, verdict_at, tracking,
           tracking_at, next_look_at, next_look_why, looks, judge_at, created_at, number, outcome, look_due,
           judge_due, corrected_by)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?11, ?14, ?18)
         ON CONFLICT (id) DO UPDATE SET claim = excluded.claim, input = excluded.input,
           carrier = excluded.carrier, format = excluded.format, verdict = excluded.verdict,
           verdict_at = excluded.verdict_at, tracking = excluded.tracking, tracking_at = excluded.tracking_at,
           next_look_at = excluded.next_look_at, next_look_why = excluded.next_look_why,
           looks = excluded.looks, judge_at = excluded.judge_at, number = excluded.number,
           outcome = excluded.outcome, judge_due = excluded.judge_due,
           look_due = CASE WHEN shipments.next_look_at = excluded.next_look_at THEN shipments.look_due
             ELSE excluded.look_due END,
           corrected_by = excluded.corrected_by",
    )?
    .execute(params![
        shipment.id.as_str(),
        shipment.order,
        Json(&shipment.claim),
        shipment.input,
        shipment.carrier.as_ref().map(Word),
        shipment.format,
        shipment.verdict.as_ref().map(Json),
        shipment.verdict_at.map(Time),
        shipment.tracking.as_ref().map(Json),
        shipment.tracking_at.map(Time),
        shipment.next_look_at.map(Due),
        shipment.next_look_why,
        shipment.looks,
        shipment.judge_at.map(Due),
        Time(shipment.created_at),
        shipment.claim.tracking_number,
        outcome.map(Word),
        shipment.corrected_by.as_ref().map(Word),
    ])?;
    count(db, &shipment.order, verdict_before.as_ref(), shipment.verdict.as_ref())
}

/// What a claim with this verdict adds to its seller's record: claims judged, and failed ones among them.
pub(super) fn weight(verdict: Option<&Verdict>) -> (i64, i64) {
    match verdict {
        None => (0, 0),
        Some(verdict) if verdict.verdict == Outcome::Pending => (0, 0),
        Some(verdict) => (1, i64::from(verdict.counts_against_seller())),
    }
}

fn count(
    db: &dyn Connection,
    order: &str,
    before: Option<&Verdict>,
    after: Option<&Verdict>,
) -> Result<(), StoreError> {
    let (was, is) = (weight(before), weight(after));
    if was == is {
        return Ok(());
    }
    db.prepare_cached(
        "INSERT INTO sellers (id, claims, failed)
         SELECT seller, CAST(?2 AS BIGINT), CAST(?3 AS BIGINT) FROM orders WHERE id = ?1 AND seller IS NOT NULL
         ON CONFLICT (id) DO UPDATE SET claims = sellers.claims + excluded.claims,
           failed = sellers.failed + excluded.failed",
    )?
    .execute(params![order, is.0 - was.0, is.1 - was.1])?;
    Ok(())
}

/// Makes other orders' shipments with a number due for judging, and ends their leases: whoever judges one of them
/// right now has not seen this claim, so that its change must not be taken.
pub(super) fn judge_others(
    db: &dyn Connection,
    order: &str,
    number: &str,
    at: jiff::Timestamp,
) -> Result<(), StoreError> {
    db.prepare_cached(
        "UPDATE orders SET revision = revision + 1
         WHERE id IN (SELECT order_id FROM shipments WHERE number = ?1 AND order_id <> ?2)",
    )?
    .execute(params![number, order])?;
    db.prepare_cached(
        "UPDATE shipments SET judge_at = CASE WHEN judge_at < ?3 THEN judge_at ELSE ?3 END,
           judge_due = CASE WHEN judge_at < ?3 THEN judge_at ELSE ?3 END
         WHERE number = ?1 AND order_id <> ?2 AND corrected_by IS NULL
           AND (SELECT erased_at FROM orders WHERE id = shipments.order_id) IS NULL",
    )?
    .execute(params![number, order, Due(at)])?;
    Ok(())
}
