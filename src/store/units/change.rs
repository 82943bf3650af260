//! A change to one order, whole or not at all.

use super::evidence::Body;
use super::values::{Due, Json, Time};
use super::{books, deliveries, docket, endpoints, events, evidence, keys, leaves, shipments};
use crate::ids::ShipmentId;
use crate::store::sql::{Claiming, Connection, OptionalExtension, params};
use crate::store::{Applied, Change, NewLeaf, StoreError};

/// Applies a change. `bodies` are those of its answers, in their order; `logged` its entries in the log.
pub(super) fn apply(
    db: &dyn Connection,
    change: &Change,
    bodies: &[Option<Body>],
    logged: &[NewLeaf],
) -> Result<Applied, StoreError> {
    // First, so that the second of two equal requests hears that it is the second, and not of a conflict.
    keys::remember(db, change.idempotency.as_ref())?;
    let sequence = advance(db, change)?;
    for shipment in &change.shipments {
        if shipment.order != change.order {
            return Err(StoreError::Engine(format!("{} belongs to another order", shipment.id)));
        }
        shipments::put(db, shipment)?;
    }
    for ((shipment, answer), body) in change.answers.iter().zip(bodies) {
        check_own(db, change, shipment)?;
        evidence::add(db, shipment, &answer.record, body.as_ref())?;
        let record = &answer.record;
        books::count_unmapped(db, &record.source, &record.reading, record.fetched_at)?;
    }
    for (shipment, verdict) in &change.verdicts {
        check_own(db, change, shipment)?;
        evidence::add_verdict(db, shipment, verdict)?;
    }
    for leaf in logged {
        leaves::add(db, leaf)?;
    }
    for number in &change.judge_others {
        shipments::judge_others(db, &change.order, number, change.at)?;
    }
    docket::add(db, change)?;
    tell(db, change, sequence)
}

/// Moves the order to its next revision; gives the number of its latest event before the change.
fn advance(db: &dyn Connection, change: &Change) -> Result<i64, StoreError> {
    let told = i64::try_from(change.happenings.len()).unwrap_or(i64::MAX);
    let revision = if db.claiming() == Claiming::Unfenced {
        "(revision = ?2 OR revision <> ?2)"
    } else {
        "revision = ?2"
    };
    let sequence: Option<i64> = db
        .prepare_cached(&format!(
            "UPDATE orders SET revision = revision + 1, sequence = sequence + ?3, state = ?4, next_timer_at = ?5,
               ended_at = CASE WHEN ?6 = 1 THEN coalesce(ended_at, ?7) END
             WHERE id = ?1 AND {revision} AND erased_at IS NULL RETURNING sequence"
        ))?
        .query_row(
            params![
                change.order,
                change.revision,
                told,
                Json(&change.state),
                change.next_timer_at.map(Due),
                change.state.phase.is_end() && change.state.dispute.is_none(),
                Time(change.at),
            ],
            |row| row.get(0),
        )
        .optional()?;
    match sequence {
        Some(sequence) => Ok(sequence - told),
        None if is_erased(db, &change.order)? => Err(StoreError::Erased(change.order.clone())),
        None => Err(StoreError::Conflict),
    }
}

fn is_erased(db: &dyn Connection, order: &str) -> Result<bool, StoreError> {
    let sql = "SELECT erased_at IS NOT NULL FROM orders WHERE id = ?1";
    Ok(db.prepare_cached(sql)?.query_row([order], |row| row.get(0)).optional()?.unwrap_or(false))
}

fn check_own(db: &dyn Connection, change: &Change, shipment: &ShipmentId) -> Result<(), StoreError> {
    match shipments::order_of(db, shipment)? {
        Some(order) if order == change.order => Ok(()),
        _ => Err(StoreError::Engine(format!("{shipment} is not a shipment of this order"))),
    }
}

fn tell(db: &dyn Connection, change: &Change, sequence: i64) -> Result<Applied, StoreError> {
    let mut told = Vec::with_capacity(change.happenings.len());
    let endpoints = if change.happenings.is_empty() { Vec::new() } else { endpoints::all(db)? };
    for (number, happening) in (sequence + 1..).zip(&change.happenings) {
        let event = events::add(db, &change.order, number, happening, change.at)?;
        for endpoint in &endpoints {
            if endpoint.wants(happening.kind) {
                deliveries::add(db, endpoint, &event, &change.order, number, change.at)?;
            }
        }
        told.push(event);
    }
    Ok(Applied { events: told })
}
