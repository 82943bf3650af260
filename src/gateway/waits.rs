//! Who waits for a look: how urgent it is when a source's pace or its day is short. Pure.

use jiff::{SignedDuration, Timestamp};

use crate::domain::lifecycle::Phase;
use crate::fetch::Waits;
use crate::store::{CaseFile, ShipmentRecord};

/// A clock that is due within this time is near.
const NEAR: SignedDuration = SignedDuration::from_hours(24);

/// Who waits for a look at a shipment: a dispute of its order, or a clock where its verdict turns or its order's
/// protection ends soon.
pub fn waits(case: &CaseFile, shipment: &ShipmentRecord, now: Timestamp) -> Waits {
    let state = &case.order.state;
    if state.dispute.is_some() {
        return Waits::Dispute;
    }
    let turns_at = shipment.verdict.as_ref().and_then(|verdict| verdict.turns_at);
    let ends_at = state.protection_ends_at.filter(|_| state.phase == Phase::Protected);
    let is_near = |at: Timestamp| now <= at && at.duration_since(now) <= NEAR;
    if [turns_at, ends_at].into_iter().flatten().any(is_near) { Waits::Deadline } else { Waits::Routine }
}
