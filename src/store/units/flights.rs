//! Who asks a source for which number, and what came of it, as rows: a cache that replicas share. A row goes when it is no
//! longer fresh, when there are too many, and with the order that its number is of.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use waygate_carriers::contract::Reading;

use super::evidence::{packed, unpacked};
use super::values::{Due, Json, Time};
use crate::store::StoreError;
use crate::store::replicas::{FLIGHT_BODY_BYTES_MAX, FLIGHTS_MAX, Flight, FlightOutcome, FlightWish};
use crate::store::sql::{self, Connection, OptionalExtension as _, Row, params};

/// Rows that are forgotten in one statement.
const PORTION: u32 = 256;

/// An outcome as it lies in a row, but for its body and its times.
#[derive(Serialize, Deserialize)]
struct Written {
    url: String,
    http_status: Option<u16>,
    reading: Reading,
    again_at: Option<Timestamp>,
    body_bytes: usize,
}

/// An outcome made ready to be stored.
pub(super) struct Landed {
    written: Written,
    body: Vec<u8>,
    fetched_at: Timestamp,
    fresh_until: Timestamp,
    kept_until: Timestamp,
}

impl Landed {
    /// How much it takes.
    pub fn bytes(&self) -> usize {
        self.body.len()
    }
}

/// Makes an outcome ready; none where it is too long to be kept for others.
pub(super) fn ready(outcome: FlightOutcome, kept_until: Timestamp) -> Result<Option<Landed>, StoreError> {
    let body = packed(&outcome.body).map_err(|error| StoreError::Engine(error.to_string()))?;
    let written = Written {
        url: outcome.url,
        http_status: outcome.http_status,
        reading: outcome.reading,
        again_at: outcome.again_at,
        body_bytes: outcome.body.len(),
    };
    let (fetched_at, fresh_until) = (outcome.fetched_at, outcome.fresh_until);
    let landed = Landed { written, body, fetched_at, fresh_until, kept_until };
    Ok((landed.body.len() <= FLIGHT_BODY_BYTES_MAX).then_some(landed))
}

/// Begins a flight, or goes on with it; else gives the one that is there.
pub(super) fn board(db: &dyn Connection, wish: &FlightWish) -> Result<Option<Flight>, StoreError> {
    let (source, number) = (wish.source.as_str(), wish.number.as_str());
    // A flight that ended without a word is as good as none; one that landed, where its answer is not fresh enough.
    let begun = db
        .prepare_cached(
            "INSERT INTO source_flights (source, number, flight, leased_until, kept_until)
             VALUES (?1, ?2, ?3, ?5, ?5)
             ON CONFLICT (source, number) DO UPDATE SET flight = excluded.flight,
               leased_until = excluded.leased_until, kept_until = excluded.kept_until, fetched_at = NULL,
               fresh_until = NULL, outcome = NULL, body = NULL
             WHERE (source_flights.fetched_at IS NULL
                 AND (source_flights.flight = ?3 OR source_flights.leased_until <= ?4))
               OR (source_flights.fetched_at IS NOT NULL AND source_flights.flight <> ?3
                 AND (source_flights.fresh_until <= source_flights.fetched_at
                   OR CASE WHEN CAST(?6 AS BIGINT) IS NULL THEN source_flights.fresh_until <= ?4
                      ELSE source_flights.fetched_at <= CAST(?6 AS BIGINT) END))",
        )?
        .execute(params![
            source,
            number,
            wish.flight,
            Time(wish.at),
            Due(wish.until),
            wish.fetched_after.map(Time)
        ])?;
    if begun > 0 { Ok(None) } else { find(db, source, number) }
}

/// The flight for a number.
pub(super) fn find(db: &dyn Connection, source: &str, number: &str) -> Result<Option<Flight>, StoreError> {
    let sql = "SELECT flight, leased_until, fetched_at, fresh_until, outcome, body FROM source_flights
               WHERE source = ?1 AND number = ?2";
    Ok(db.prepare_cached(sql)?.query_row([source, number], read).optional()?)
}

fn read(row: &Row<'_>) -> sql::Result<Flight> {
    let (flight, until) = (row.get(0)?, row.get::<_, Time>(1)?.0);
    let Some(Json(written)) = row.get::<_, Option<Json<Written>>>(4)? else {
        return Ok(Flight { flight, until, outcome: None });
    };
    let body: Vec<u8> = row.get(5)?;
    let outcome = FlightOutcome {
        url: written.url,
        fetched_at: row.get::<_, Time>(2)?.0,
        fresh_until: row.get::<_, Time>(3)?.0,
        http_status: written.http_status,
        reading: written.reading,
        again_at: written.again_at,
        body: unpacked(&body, written.body_bytes).map_err(|why| sql::Error::Column(5, why))?,
    };
    Ok(Flight { flight, until, outcome: Some(outcome) })
}

/// Ends a flight.
pub(super) fn land(
    db: &dyn Connection,
    (source, number, flight): (&str, &str, &str),
    landed: Option<&Landed>,
) -> Result<(), StoreError> {
    let Some(landed) = landed else {
        let sql = "DELETE FROM source_flights WHERE source = ?1 AND number = ?2 AND flight = ?3";
        db.prepare_cached(sql)?.execute([source, number, flight])?;
        return Ok(());
    };
    db.prepare_cached(
        "UPDATE source_flights SET fetched_at = ?4, fresh_until = ?5, kept_until = ?6, outcome = ?7, body = ?8
         WHERE source = ?1 AND number = ?2 AND flight = ?3",
    )?
    .execute(params![
        source,
        number,
        flight,
        Time(landed.fetched_at),
        Time(landed.fresh_until),
        Time(landed.kept_until),
        Json(&landed.written),
        landed.body,
    ])?;
    Ok(())
}

/// Forgets what is over, and the oldest of too many.
pub(super) fn forget(db: &dyn Connection, now: Timestamp) -> Result<u64, StoreError> {
    let mut gone = 0;
    let sql = "DELETE FROM source_flights WHERE (source, number) IN
         (SELECT source, number FROM source_flights WHERE kept_until <= ?1 ORDER BY kept_until LIMIT ?2)";
    loop {
        let portion = db.prepare_cached(sql)?.execute(params![Time(now), PORTION])?;
        gone += portion as u64;
        if portion < PORTION as usize {
            break;
        }
    }
    let sql = "DELETE FROM source_flights WHERE kept_until <=
         (SELECT kept_until FROM source_flights ORDER BY kept_until DESC LIMIT 1 OFFSET ?1)";
    gone += db.prepare_cached(sql)?.execute([FLIGHTS_MAX])? as u64;
    Ok(gone)
}

/// Forgets what was answered about the numbers of an order.
pub(super) fn forget_of_order(db: &dyn Connection, order: &str) -> Result<(), StoreError> {
    let sql = "DELETE FROM source_flights WHERE number IN (SELECT number FROM shipments WHERE order_id = ?1)";
    db.prepare_cached(sql)?.execute([order])?;
    Ok(())
}
