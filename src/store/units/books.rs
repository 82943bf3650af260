//! The books of the official sources as rows. Tables that would grow are bounded: days and spending by age, codes and
//! incidents by number.

use jiff::civil::Date;
use jiff::tz::Offset;
use jiff::{SignedDuration, Timestamp};
use waygate_carriers::contract::{Reading, SourceId, Status};

use super::Engine;
use super::values::{Due, Time, Word};
use crate::domain::money::Money;
use crate::domain::personal::Veil;
use crate::store::sql::{self, Connection, OptionalExtension, Row, params};
use crate::store::{
    INCIDENTS_MAX, Incident, QuotaDay, QuotaLease, QuotaReturn, SourceBooks, Spending, StoreError,
    UNMAPPED_MAX, UnmappedCode, Work,
};

/// How long days and spending are kept.
const KEPT: SignedDuration = SignedDuration::from_hours(400 * 24);
/// Longest code and longest words that are kept, in characters.
const CODE_CHARS_MAX: usize = 64;
const TEXT_CHARS_MAX: usize = 200;

impl<E: Engine> SourceBooks for E {
    fn lease_quota(&self, lease: QuotaLease) -> Work<'_, QuotaDay> {
        self.write(0, move |db| self::lease(db, &lease))
    }

    fn return_quota(&self, unused: QuotaReturn) -> Work<'_, ()> {
        self.write(0, move |db| give_back(db, &unused))
    }

    fn quota_days(&self, now: Timestamp) -> Work<'_, Vec<(SourceId, String, QuotaDay)>> {
        self.read(move |db| days(db, now))
    }

    fn spending(&self, since: Date) -> Work<'_, Vec<Spending>> {
        self.read(move |db| spending(db, since))
    }

    fn unmapped_codes(&self) -> Work<'_, Vec<UnmappedCode>> {
        self.read(unmapped)
    }

    fn note_incident(&self, incident: Incident) -> Work<'_, ()> {
        self.write(0, move |db| note(db, &incident))
    }

    fn incidents(&self) -> Work<'_, Vec<Incident>> {
        self.read(incidents)
    }
}

fn day(row: &Row<'_>) -> sql::Result<QuotaDay> {
    Ok(QuotaDay {
        began_at: row.get::<_, Time>(0)?.0,
        ends_at: row.get::<_, Time>(1)?.0,
        requests: row.get(2)?,
        granted: 0,
    })
}

fn lease(db: &dyn Connection, lease: &QuotaLease) -> Result<QuotaDay, StoreError> {
    let running: Option<QuotaDay> = db
        .prepare_cached(
            "SELECT began_at, ends_at, requests FROM source_days
             WHERE source = ?1 AND credential = ?2 AND ends_at > ?3 ORDER BY began_at DESC LIMIT 1",
        )?
        .query_row(params![lease.source.as_str(), lease.credential, Time(lease.at)], day)
        .optional()?;
    let mut day = match running {
        Some(day) => day,
        None => begin(db, lease)?,
    };
    day.granted = lease.granted(day.requests);
    day.requests = day.requests.saturating_add(day.granted);
    db.prepare_cached(
        "UPDATE source_days SET requests = ?4 WHERE source = ?1 AND credential = ?2 AND began_at = ?3",
    )?
    .execute(params![lease.source.as_str(), lease.credential, Time(day.began_at), day.requests])?;
    if let Some(cost) = &lease.cost {
        book(db, &lease.source, lease.at, cost, i64::from(day.granted))?;
    }
    Ok(day)
}

fn begin(db: &dyn Connection, lease: &QuotaLease) -> Result<QuotaDay, StoreError> {
    let old = lease.at - KEPT;
    db.prepare_cached("DELETE FROM source_days WHERE source = ?1 AND began_at < ?2")?
        .execute(params![lease.source.as_str(), Time(old)])?;
    db.prepare_cached("DELETE FROM source_spending WHERE source = ?1 AND date < ?2")?
        .execute(params![lease.source.as_str(), date(old).to_string()])?;
    // The same instants are given back that lie in the rows, so that a day is known again by its beginning.
    let inserted = db
        .prepare_cached(
            "INSERT INTO source_days (source, credential, began_at, ends_at, requests) VALUES (?1, ?2, ?3, ?4, 0)
             ON CONFLICT (source, credential, began_at) DO UPDATE SET ends_at = excluded.ends_at
             RETURNING began_at, ends_at, requests",
        )?
        .query_row(
            params![lease.source.as_str(), lease.credential, Time(lease.at), Due(lease.ends_at)],
            day,
        )?;
    Ok(inserted)
}

fn give_back(db: &dyn Connection, unused: &QuotaReturn) -> Result<(), StoreError> {
    db.prepare_cached(
        "UPDATE source_days SET requests = CASE WHEN requests > ?4 THEN requests - ?4 ELSE 0 END
         WHERE source = ?1 AND credential = ?2 AND began_at = ?3",
    )?
    .execute(params![
        unused.source.as_str(),
        unused.credential,
        Time(unused.began_at),
        unused.requests
    ])?;
    if let Some(cost) = &unused.cost {
        book(db, &unused.source, unused.at, cost, -i64::from(unused.requests))?;
    }
    Ok(())
}

fn date(at: Timestamp) -> Date {
    Offset::UTC.to_datetime(at).date()
}

fn book(
    db: &dyn Connection,
    source: &SourceId,
    at: Timestamp,
    cost: &Money,
    requests: i64,
) -> Result<(), StoreError> {
    let each = i64::try_from(cost.ten_thousandths()).unwrap_or(i64::MAX);
    let amount = each.saturating_mul(requests);
    db.prepare_cached(
        "INSERT INTO source_spending (source, date, currency, amount) VALUES (?1, ?2, ?3, ?5)
         ON CONFLICT (source, date, currency) DO UPDATE SET amount =
           CASE WHEN source_spending.amount + ?4 > 0 THEN source_spending.amount + ?4 ELSE 0 END",
    )?
    .execute(params![source.as_str(), date(at).to_string(), cost.currency(), amount, amount.max(0)])?;
    Ok(())
}

fn days(db: &dyn Connection, now: Timestamp) -> Result<Vec<(SourceId, String, QuotaDay)>, StoreError> {
    let sql = "SELECT began_at, ends_at, requests, source, credential FROM source_days
         WHERE ends_at > ?1 ORDER BY source, credential, began_at DESC";
    let read = |row: &Row<'_>| Ok((row.get::<_, Word<_>>(3)?.0, row.get(4)?, day(row)?));
    Ok(db.prepare_cached(sql)?.query_map(params![Time(now)], read)?.collect::<Result<_, _>>()?)
}

fn spending(db: &dyn Connection, since: Date) -> Result<Vec<Spending>, StoreError> {
    let sql = "SELECT source, date, currency, amount FROM source_spending WHERE date >= ?1
         ORDER BY source, date, currency";
    let read = |row: &Row<'_>| {
        Ok(Spending {
            source: row.get::<_, Word<_>>(0)?.0,
            date: row.get::<_, Word<_>>(1)?.0,
            currency: row.get(2)?,
            ten_thousandths: row.get(3)?,
        })
    };
    Ok(db.prepare_cached(sql)?.query_map([since.to_string()], read)?.collect::<Result<_, _>>()?)
}

/// Counts the codes without a meaning of one recorded answer: each once.
pub(super) fn count_unmapped(
    db: &dyn Connection,
    source: &SourceId,
    reading: &Reading,
    at: Timestamp,
) -> Result<(), StoreError> {
    let Some(tracking) = reading.tracking() else { return Ok(()) };
    // These words are kept beside no order, and nobody would erase them.
    let veil = Veil::of(None, [reading]);
    let own = (tracking.status == Status::Unknown).then_some((
        "status",
        tracking.status_code.as_deref(),
        tracking.status_text.as_deref(),
    ));
    let scans = tracking.checkpoints.iter().filter(|c| c.status == Status::Unknown);
    let scans = scans.map(|c| ("checkpoint", c.code.as_deref(), c.text.as_deref()));
    let mut seen = Vec::new();
    for (namespace, code, text) in own.into_iter().chain(scans) {
        if code.is_none() && text.is_none() {
            continue;
        }
        let code = cut(code.unwrap_or_default(), CODE_CHARS_MAX);
        if !seen.contains(&(namespace, code.clone())) {
            let text = cut(&veil.text(text.unwrap_or_default()), TEXT_CHARS_MAX);
            count(db, source, (namespace, &code, &text), at)?;
            seen.push((namespace, code));
        }
    }
    Ok(())
}

fn cut(text: &str, chars: usize) -> String {
    text.chars().take(chars).collect()
}

fn count(
    db: &dyn Connection,
    source: &SourceId,
    (namespace, code, text): (&str, &str, &str),
    at: Timestamp,
) -> Result<(), StoreError> {
    let known = db
        .prepare_cached(
            "UPDATE unmapped_codes SET answers = answers + 1,
               last_seen = CASE WHEN last_seen > ?4 THEN last_seen ELSE ?4 END
             WHERE source = ?1 AND namespace = ?2 AND code = ?3",
        )?
        .execute(params![source.as_str(), namespace, code, Time(at)])?;
    if known == 0 {
        db.prepare_cached(
            "INSERT INTO unmapped_codes (source, namespace, code, text, first_seen, last_seen, answers)
             SELECT CAST(?1 AS TEXT), CAST(?2 AS TEXT), CAST(?3 AS TEXT), CAST(?5 AS TEXT),
               CAST(?4 AS BIGINT), CAST(?4 AS BIGINT), 1
             WHERE (SELECT count(*) FROM unmapped_codes WHERE source = ?1) < ?6",
        )?
        .execute(params![source.as_str(), namespace, code, Time(at), text, UNMAPPED_MAX])?;
    }
    Ok(())
}

fn unmapped(db: &dyn Connection) -> Result<Vec<UnmappedCode>, StoreError> {
    let sql = "SELECT source, namespace, code, text, first_seen, last_seen, answers FROM unmapped_codes
         ORDER BY source, last_seen DESC, namespace, code";
    let read = |row: &Row<'_>| {
        Ok(UnmappedCode {
            source: row.get::<_, Word<_>>(0)?.0,
            namespace: row.get(1)?,
            code: row.get(2)?,
            text: row.get(3)?,
            first_seen: row.get::<_, Time>(4)?.0,
            last_seen: row.get::<_, Time>(5)?.0,
            answers: row.get(6)?,
        })
    };
    Ok(db.prepare_cached(sql)?.query_map([], read)?.collect::<Result<_, _>>()?)
}

fn note(db: &dyn Connection, incident: &Incident) -> Result<(), StoreError> {
    db.prepare_cached("INSERT INTO incidents (source, at, kind, what) VALUES (?1, ?2, ?3, ?4)")?.execute(
        params![
            incident.source.as_str(),
            Time(incident.at),
            incident.kind,
            cut(&incident.what, TEXT_CHARS_MAX)
        ],
    )?;
    db.prepare_cached(
        "DELETE FROM incidents WHERE source = ?1 AND seq <=
           (SELECT seq FROM incidents WHERE source = ?1 ORDER BY seq DESC LIMIT 1 OFFSET ?2)",
    )?
    .execute(params![incident.source.as_str(), INCIDENTS_MAX])?;
    Ok(())
}

fn incidents(db: &dyn Connection) -> Result<Vec<Incident>, StoreError> {
    let sql = "SELECT source, at, kind, what FROM incidents ORDER BY source, seq DESC";
    let read = |row: &Row<'_>| {
        Ok(Incident {
            source: row.get::<_, Word<_>>(0)?.0,
            at: row.get::<_, Time>(1)?.0,
            kind: row.get(2)?,
            what: row.get(3)?,
        })
    };
    Ok(db.prepare_cached(sql)?.query_map([], read)?.collect::<Result<_, _>>()?)
}
