//! A credential's pace as a row: until when its time is leased. One statement leases the next stretch, so that stretches
//! never overlap, however many lease at once. Beside it a row for each replica that has requests under way.

use jiff::SignedDuration;

use super::values::{Due, Time};
use crate::store::StoreError;
use crate::store::replicas::{CLOCKS_APART_MAX, Holding, PaceLease, PaceLeased};
use crate::store::sql::{Connection, OptionalExtension as _, Row, params};

/// Whole microseconds, as times are stored.
fn micros(time: SignedDuration) -> i64 {
    i64::try_from(time.as_micros()).unwrap_or(i64::MAX / 4)
}

/// Leases permits, and a stretch where there is one to use it with.
pub(super) fn lease(db: &dyn Connection, lease: &PaceLease) -> Result<PaceLeased, StoreError> {
    let permits = hold(db, lease)?;
    let mut leased = PaceLeased { stretch: None, free_at: None, permits };
    let Some(lasts) = lease.stretch.filter(|_| permits > lease.under_way) else { return Ok(leased) };
    let (at, length, ahead) = (lease.at.as_microsecond(), micros(lasts), micros(lease.ahead));
    let absurd = at.saturating_add(ahead).saturating_add(length).saturating_add(micros(CLOCKS_APART_MAX));
    let until: Option<Time> = db
        .prepare_cached(
            "INSERT INTO source_paces (source, credential, leased_until)
             VALUES (?1, ?2, CAST(?3 AS BIGINT) + CAST(?4 AS BIGINT))
             ON CONFLICT (source, credential) DO UPDATE SET leased_until = CAST(?4 AS BIGINT) +
               CASE WHEN source_paces.leased_until > CAST(?3 AS BIGINT) AND source_paces.leased_until <= ?6
               THEN source_paces.leased_until ELSE CAST(?3 AS BIGINT) END
             WHERE source_paces.leased_until <= CAST(?3 AS BIGINT) + CAST(?5 AS BIGINT)
               OR source_paces.leased_until > ?6
             RETURNING leased_until",
        )?
        .query_row(params![lease.source.as_str(), lease.credential, at, length, ahead, absurd], |row| {
            row.get(0)
        })
        .optional()?;
    if let Some(Time(until)) = until {
        leased.stretch = Some((until - SignedDuration::from_micros(length), until));
    } else {
        let sql = "SELECT leased_until FROM source_paces WHERE source = ?1 AND credential = ?2";
        let until: Option<Time> = db
            .prepare_cached(sql)?
            .query_row([lease.source.as_str(), lease.credential.as_str()], |row| row.get(0))
            .optional()?;
        leased.free_at = until.map(|Time(until)| until - lease.ahead);
    }
    Ok(leased)
}

fn hold(db: &dyn Connection, lease: &PaceLease) -> Result<u32, StoreError> {
    let (source, credential) = (lease.source.as_str(), lease.credential.as_str());
    db.prepare_cached(
        "DELETE FROM source_permits WHERE source = ?1 AND credential = ?2 AND leased_until <= ?3",
    )?
    .execute(params![source, credential, Time(lease.at)])?;
    let read = |row: &Row<'_>| {
        let holding = Holding { held: row.get(1)?, wanted: row.get(2)? };
        Ok((row.get::<_, String>(0)?, holding))
    };
    let sql = "SELECT holder, held, wanted FROM source_permits WHERE source = ?1 AND credential = ?2";
    let mut others: Vec<(String, Holding)> =
        db.prepare_cached(sql)?.query_map([source, credential], read)?.collect::<Result<_, _>>()?;
    others.retain(|(holder, _)| *holder != lease.holder);
    let others: Vec<Holding> = others.into_iter().map(|(_, holding)| holding).collect();
    let permits = lease.permits(&others);
    let held = permits.max(lease.under_way);
    db.prepare_cached(
        "INSERT INTO source_permits (source, credential, holder, held, wanted, leased_until)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)
         ON CONFLICT (source, credential, holder) DO UPDATE SET held = excluded.held, wanted = excluded.wanted,
           leased_until = excluded.leased_until",
    )?
    .execute(params![source, credential, lease.holder, held, lease.wanted, Due(lease.until)])?;
    Ok(permits)
}

/// Gives back a replica's permits.
pub(super) fn give_back(
    db: &dyn Connection,
    source: &str,
    credential: &str,
    holder: &str,
) -> Result<(), StoreError> {
    let sql = "DELETE FROM source_permits WHERE source = ?1 AND credential = ?2 AND holder = ?3";
    db.prepare_cached(sql)?.execute([source, credential, holder])?;
    Ok(())
}
