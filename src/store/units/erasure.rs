//! Erasing an order: what tells of persons goes from every table, the log's entries stay. All of it happens in one
//! transaction, so that a process that dies in the middle leaves nothing half erased.

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::values::{Json, Time};
use super::{Engine, erased_papers, flights, leaves, random_seed, retention};
use crate::domain::certificate::Personal;
use crate::domain::log::Leaf;
use crate::domain::log::document::Opening;
use crate::ids::ShipmentId;
use crate::store::privacy::{Cause, Erased, ErasedFields, Kept, Privacy, Removed, erasure_leaf};
use crate::store::sql::{Connection, OptionalExtension, params};
use crate::store::{StoreError, Work};

/// How much of an order goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Extent {
    /// The bodies of its answers.
    Bodies,
    /// These, and everything else that tells of persons.
    All,
}

impl<E: Engine> Privacy for E {
    fn erase(&self, order: String, cause: Cause, at: Timestamp) -> Work<'_, Erased> {
        self.write(0, move |db| erase(db, &order, Extent::All, cause, at))
    }

    fn orders_of_buyer(&self, buyer: String) -> Work<'_, Vec<String>> {
        self.read(move |db| {
            let sql = "SELECT id FROM orders WHERE buyer = ?1 AND erased_at IS NULL ORDER BY seq";
            Ok(db.prepare_cached(sql)?.query_map([&buyer], |row| row.get(0))?.collect::<Result<_, _>>()?)
        })
    }

    fn retain(&self, kept: Kept, before: Timestamp, at: Timestamp, limit: u32) -> Work<'_, u64> {
        self.write(0, move |db| retention::forget(db, kept, before, at, limit))
    }

    fn sweep(&self) -> Work<'_, ()> {
        Engine::sweep(self)
    }
}

/// Erases an order's bodies, or all of it that tells of persons.
pub(super) fn erase(
    db: &dyn Connection,
    order: &str,
    extent: Extent,
    cause: Cause,
    at: Timestamp,
) -> Result<Erased, StoreError> {
    let sql = "SELECT ended_at, erased_at FROM orders WHERE id = ?1";
    let found: Option<(Option<Time>, Option<Time>)> =
        db.prepare_cached(sql)?.query_row([order], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
    match found {
        None => return Ok(Erased::NoOrder),
        Some((_, Some(Time(before)))) => return Ok(Erased::Before(before)),
        Some((None, None)) => return Ok(Erased::Open),
        Some((Some(_), None)) => {}
    }
    // What a source said lately lies in a cache for other replicas: bodies, and what was read of them.
    flights::forget_of_order(db, order)?;
    let mut removed = Removed::default();
    for shipment in texts(db, "SELECT id FROM shipments WHERE order_id = ?1 ORDER BY seq", order)? {
        let bodies = drop_bodies(db, &shipment)?;
        let mut fields = Vec::new();
        if extent == Extent::All {
            fields = withhold(db, &shipment, &|kind, pointer, _| kind.is_personal(pointer))?;
            blank_shipment(db, &shipment)?;
        }
        if bodies > 0 || !fields.is_empty() {
            leaves::add(db, &erasure_leaf(&shipment, cause, &fields, bodies, at, random_seed())?)?;
        }
        removed.bodies += bodies;
        removed.fields += fields.iter().map(|(_, of)| of.len() as u64).sum::<u64>();
    }
    if extent == Extent::All {
        forget_elsewhere(db, order)?;
        blank_order(db, order, at)?;
        erased_papers::blank(db, order)?;
        if cause == Cause::Request {
            forget_requests(db, order)?;
        }
    } else {
        let sql = "UPDATE orders SET bodies_erased_at = ?2 WHERE id = ?1";
        db.prepare_cached(sql)?.execute(params![order, Time(at)])?;
    }
    Ok(Erased::Now(removed))
}

fn texts(db: &dyn Connection, sql: &str, of: &str) -> Result<Vec<String>, StoreError> {
    Ok(db.prepare_cached(sql)?.query_map([of], |row| row.get(0))?.collect::<Result<_, _>>()?)
}

/// Cuts a shipment's answers from their bodies; a body that nothing else is read from goes. Its hash stays in the log.
fn drop_bodies(db: &dyn Connection, shipment: &str) -> Result<u64, StoreError> {
    let sql = "SELECT DISTINCT body_sha256 FROM observations WHERE shipment = ?1 AND body_sha256 IS NOT NULL";
    let hashes = texts(db, sql, shipment)?;
    settle_observations(db, shipment)?;
    db.prepare_cached("UPDATE observations SET body_sha256 = NULL WHERE shipment = ?1")?
        .execute([shipment])?;
    let mut gone = 0;
    for sha256 in hashes {
        gone += db
            .prepare_cached(
                "DELETE FROM bodies WHERE sha256 = ?1
                 AND NOT EXISTS (SELECT 1 FROM observations WHERE body_sha256 = ?1)",
            )?
            .execute([sha256])? as u64;
    }
    Ok(gone)
}

/// The logged documents of a shipment's answers, kept whole from now on: the rows that they were put together from will
/// no longer name the bodies' hashes, which tell of nobody and are proofs.
fn settle_observations(db: &dyn Connection, shipment: &str) -> Result<(), StoreError> {
    let id: ShipmentId =
        shipment.parse().map_err(|_| StoreError::Engine(format!("`{shipment}` is no shipment's id")))?;
    for (about, leaf) in leaves::stored(db, &id)? {
        if leaf.document.get("body_sha256").is_some() {
            let sql = "UPDATE leaves SET document = ?2 WHERE id = ?1 AND document IS NULL";
            db.prepare_cached(sql)?.execute(params![about, Json(&leaf.document)])?;
        }
    }
    Ok(())
}

/// Whether a field of a document of this kind goes.
type Chosen<'a> = dyn Fn(Personal, &str, &Value) -> bool + 'a;

/// Puts hashes in place of the chosen fields of a shipment's logged documents, and keeps salts for the others alone.
fn withhold(
    db: &dyn Connection,
    shipment: &str,
    chosen: &Chosen<'_>,
) -> Result<Vec<ErasedFields>, StoreError> {
    let id: ShipmentId =
        shipment.parse().map_err(|_| StoreError::Engine(format!("`{shipment}` is no shipment's id")))?;
    let mut erased = Vec::new();
    for (about, logged) in leaves::stored(db, &id)? {
        let wrong = |what: &str| StoreError::Engine(format!("the log's entry about {about}: {what}"));
        let entry: Leaf = serde_json::from_slice(&logged.entry).map_err(|_| wrong("it cannot be read"))?;
        let (Some(kind), Some(opening)) = (Personal::of(&entry), logged.opening()) else { continue };
        let document = &logged.document;
        let goes = |pointer: &str| chosen(kind, pointer, document);
        let before = opening.withheld_in(document);
        let (shown, left) = opening.withhold(document, &goes)?.ok_or_else(|| wrong("it does not open"))?;
        let Opening::Salts(salts) = left else { continue };
        let mut gone = Opening::Salts(salts.clone()).withheld_in(&shown);
        gone.retain(|pointer| !before.contains(pointer));
        if gone.is_empty() {
            continue;
        }
        db.prepare_cached("UPDATE leaves SET seed = NULL, salts = ?2, document = ?3 WHERE id = ?1")?
            .execute(params![about, Json(&salts), Json(&shown)])?;
        erased.push((entry.id().to_owned(), gone));
    }
    Ok(erased)
}

/// The buyer as other orders' verdicts name them, where those orders have one of this order's numbers.
fn forget_elsewhere(db: &dyn Connection, order: &str) -> Result<(), StoreError> {
    let sql = "SELECT DISTINCT o.id FROM shipments s JOIN shipments o ON o.number = s.number
         WHERE s.order_id = ?1 AND o.order_id <> ?1";
    for shipment in texts(db, sql, order)? {
        withhold(db, &shipment, &|kind, pointer, document| {
            let claim = pointer.strip_suffix("/buyer").filter(|at| at.starts_with("/basis/other_claims/"));
            let of = claim.and_then(|at| document.pointer(&format!("{at}/order")));
            kind == Personal::Verdict && of.and_then(Value::as_str) == Some(order)
        })?;
    }
    Ok(())
}

/// The rows of a shipment without what tells of persons.
fn blank_shipment(db: &dyn Connection, shipment: &str) -> Result<(), StoreError> {
    type Row = (Json<Value>, String, Option<Json<Value>>, Option<Json<Value>>);
    let sql = "SELECT claim, input, tracking, verdict FROM shipments WHERE id = ?1";
    let (claim, input, tracking, verdict): Row = db
        .prepare_cached(sql)?
        .query_row([shipment], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))?;
    let number = claim.0.get("tracking_number").and_then(Value::as_str).unwrap_or_default().to_owned();
    // What was typed goes; where it was the number and nothing else, the number is what is left.
    let input = if input.is_empty() { input } else { number };
    db.prepare_cached(
        "UPDATE shipments SET claim = ?2, input = ?3, tracking = ?4, verdict = ?5, next_look_at = NULL,
           next_look_why = NULL, judge_at = NULL, look_due = NULL, judge_due = NULL WHERE id = ?1",
    )?
    .execute(params![
        shipment,
        Json(blanked(Personal::Claim, "/claim", claim.0)),
        input,
        tracking.map(|json| Json(blanked(Personal::Observation, "/reading", json.0))),
        verdict.map(|json| Json(blanked(Personal::Verdict, "/verdict", json.0))),
    ])?;
    rewrite(db, "observations", "reading", Personal::Observation, "/reading", shipment)?;
    rewrite(db, "verdicts", "verdict", Personal::Verdict, "/verdict", shipment)?;
    db.prepare_cached("UPDATE observations SET url = ?2 WHERE shipment = ?1")?
        .execute([shipment, Personal::ERASED])?;
    Ok(())
}

fn rewrite(
    db: &dyn Connection,
    table: &str,
    column: &str,
    kind: Personal,
    prefix: &str,
    shipment: &str,
) -> Result<(), StoreError> {
    let sql = format!("SELECT seq, {column} FROM {table} WHERE shipment = ?1");
    let rows: Vec<(i64, Json<Value>)> = db
        .prepare_cached(&sql)?
        .query_map([shipment], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<Result<_, _>>()?;
    let sql = format!("UPDATE {table} SET {column} = ?2 WHERE seq = ?1");
    for (seq, Json(value)) in rows {
        db.prepare_cached(&sql)?.execute(params![seq, Json(blanked(kind, prefix, value))])?;
    }
    Ok(())
}

/// A document, or the part of it at `prefix`, with nothing left of what tells of persons.
fn blanked(kind: Personal, prefix: &str, mut value: Value) -> Value {
    kind.blank(prefix, &mut value);
    value
}

/// The order's own row and its events. From now on nothing changes it.
fn blank_order(db: &dyn Connection, order: &str, at: Timestamp) -> Result<(), StoreError> {
    let sql = "SELECT document FROM orders WHERE id = ?1";
    let document: Json<Value> = db.prepare_cached(sql)?.query_row([order], |row| row.get(0))?;
    db.prepare_cached(
        "UPDATE orders SET document = ?2, erased_at = ?3, bodies_erased_at = coalesce(bodies_erased_at, ?3),
           next_timer_at = NULL, buyer = NULL, revision = revision + 1 WHERE id = ?1",
    )?
    .execute(params![order, Json(blanked(Personal::Claim, "/order", document.0)), Time(at)])?;
    // Events are written without what tells of persons; those of an older layout were not.
    let sql = "SELECT seq, data FROM events WHERE order_id = ?1";
    let events: Vec<(i64, Json<Map<String, Value>>)> = db
        .prepare_cached(sql)?
        .query_map([order], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<Result<_, _>>()?;
    for (seq, Json(mut data)) in events {
        Personal::blank_event(&mut data);
        db.prepare_cached("UPDATE events SET data = ?2 WHERE seq = ?1")?
            .execute(params![seq, Json(&data)])?;
    }
    Ok(())
}

/// The recorded answers to requests about an order. All records are gone through: where a time is over, theirs is too.
fn forget_requests(db: &dyn Connection, order: &str) -> Result<(), StoreError> {
    let id = serde_json::to_string(order).unwrap_or_default();
    db.prepare_cached("DELETE FROM idempotency WHERE replace(body, ?1, '') <> body")?.execute([id])?;
    Ok(())
}
