//! All that is needed to judge an order, read in one snapshot.

use super::values::{Json, Time, Word};
use super::{docket, evidence, orders, shipments};
use crate::domain::order::Order;
use crate::domain::shipment::{Claim, OtherAddress, OtherClaim, SellerRecord};
use crate::store::sql::{self, Connection, OptionalExtension, Row, params};
use crate::store::{CaseFile, OrderRecord, ShipmentRecord, StoreError};

/// Most other claims on one number that are read, oldest first: a number that so many orders name is false for most
/// of them whatever the rest say.
const OTHER_CLAIMS_MAX: u32 = 256;

/// Other orders' claims on a number that were not corrected since. The empty text keeps SQLite's planner from walking the order's own index.
pub(in crate::store) const OTHER_CLAIMS: &str = "SELECT s.claim, s.created_at, s.outcome, o.document \
     FROM shipments s JOIN orders o ON o.id = s.order_id \
     WHERE s.number = ?1 AND (s.order_id || '') <> ?2 AND s.corrected_by IS NULL ORDER BY s.seq LIMIT ?3";

/// The case of an order.
pub(super) fn load(db: &dyn Connection, order: &str) -> Result<Option<CaseFile>, StoreError> {
    let Some(record) = orders::find(db, order)? else { return Ok(None) };
    let shipments = shipments::of_order(db, order)?;
    let mut other_claims = Vec::new();
    for shipment in &shipments {
        let others = others(db, order, &shipment.claim.tracking_number)?;
        other_claims.extend(others.into_iter().map(|claim| (shipment.id.clone(), claim)));
    }
    Ok(Some(CaseFile {
        observations: evidence::of_order(db, order)?,
        other_claims,
        seller_record: seller_record(db, &record, &shipments)?,
        disputes: docket::disputes_of(db, order)?,
        standing: match &record.order.seller {
            Some(seller) => docket::standing(db, seller)?,
            None => None,
        },
        order: record,
        shipments,
    }))
}

fn others(db: &dyn Connection, order: &str, number: &str) -> Result<Vec<OtherClaim>, StoreError> {
    let mut statement = db.prepare_cached(OTHER_CLAIMS)?;
    let claims = statement.query_map(params![number, order, OTHER_CLAIMS_MAX], read_other)?;
    Ok(claims.collect::<Result<_, _>>()?)
}

fn read_other(row: &Row<'_>) -> sql::Result<OtherClaim> {
    let claim: Claim = row.get::<_, Json<_>>(0)?.0;
    let order: Order = row.get::<_, Json<_>>(3)?.0;
    Ok(OtherClaim {
        submitted_at: Some(claim.given_at(row.get::<_, Time>(1)?.0)),
        order: order.id,
        seller: order.seller,
        buyer: order.buyer,
        carrier: Some(claim.carrier),
        tracking_number: claim.tracking_number,
        ship_to: Some(OtherAddress { country: Some(order.ship_to.country) }),
        combined_with: claim.combined_with,
        weight_grams: None,
        verdict: row.get::<_, Option<Word<_>>>(2)?.map(|word| word.0),
    })
}

/// The seller's record without this order's own claims.
fn seller_record(
    db: &dyn Connection,
    order: &OrderRecord,
    own: &[ShipmentRecord],
) -> Result<Option<SellerRecord>, StoreError> {
    let Some(seller) = &order.order.seller else { return Ok(None) };
    let (claims, failed): (i64, i64) = db
        .prepare_cached("SELECT claims, failed FROM sellers WHERE id = ?1")?
        .query_row([seller], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?
        .unwrap_or_default();
    let (own_claims, own_failed) = own
        .iter()
        .map(|shipment| shipments::weight(shipment.verdict.as_ref()))
        .fold((0, 0), |sum, weight| (sum.0 + weight.0, sum.1 + weight.1));
    let number = |count: i64| u32::try_from(count.max(0)).unwrap_or(u32::MAX);
    Ok(Some(SellerRecord { claims: number(claims - own_claims), failed: number(failed - own_failed) }))
}
