//! A seller corrects a number: the new one starts a history of its own, the old one stays on record and counts no more.
//! Protection is untouched: it began with the confirmation of shipment, whatever the number was.

use super::advance::Input;
use super::submit::late;
use super::{Gateway, GatewayError, SubmitError, SubmitShipment, Submitted};
use crate::domain::conversation::Conversation;
use crate::domain::lifecycle::{Phase, Refused};
use crate::domain::verdict::Outcome;
use crate::ids::ShipmentId;
use crate::store::{CaseFile, IdempotencyRecord, ShipmentRecord};

/// A number is corrected once; what is wrong then is corrected there.
const AGAIN: &str = "correction.once";
/// A number that is verified stays.
const VERIFIED: &str = "correction.verified";
/// An order that is over keeps its numbers.
const OVER: &str = "correction.order-over";
/// Only so many corrections of one order.
const MOST: &str = "correction.most";

/// Why a shipment's number may not be corrected; nothing where it may.
pub fn refusal(case: &CaseFile, shipment: &ShipmentRecord) -> Option<Refused> {
    let over = matches!(
        case.order.state.phase,
        Phase::Completed | Phase::Released | Phase::Cancelled | Phase::Settled
    );
    let made = case.shipments.iter().filter(|s| s.claim.corrects.is_some()).count();
    let most = Conversation::current().correction.most;
    if over {
        Some(Refused::new(OVER, "the order is over: its numbers stay as they are"))
    } else if let Some(by) = &shipment.corrected_by {
        Some(Refused::new(AGAIN, format!("this number was corrected already, by {by}: correct that one")))
    } else if shipment.verdict.as_ref().is_some_and(|v| v.verdict == Outcome::Verified) {
        Some(Refused::new(VERIFIED, "the number is verified; for a further parcel give a further number"))
    } else if made >= usize::try_from(most).unwrap_or(usize::MAX) {
        Some(Refused::new(MOST, "no further number of this order can be corrected: tell the arbiter"))
    } else {
        None
    }
}

impl Gateway {
    /// Records a number in place of a shipment's. `record` makes the idempotency record from the answer.
    pub async fn correct(
        &self,
        order: &str,
        old: &ShipmentId,
        submit: &SubmitShipment,
        record: impl Fn(&Submitted) -> Option<IdempotencyRecord>,
    ) -> Result<Submitted, SubmitError> {
        let case = self.store.case(order.to_owned()).await.map_err(GatewayError::from)?;
        let case = case.ok_or(GatewayError::NoOrder)?;
        let (check, carrier) = self.read_number(&case, submit)?;
        let now = self.now();
        let mut shipment = self.new_shipment(order, submit, &carrier, &check, now);
        shipment.claim.corrects = Some(old.to_string());
        shipment.claim.late = late(&case, now);
        let submitted = Submitted { shipment: shipment.id.clone(), check };
        let input = Input::Corrected { old: old.clone(), shipment: Box::new(shipment) };
        self.change(order, &input, record(&submitted).as_ref()).await?;
        Ok(submitted)
    }
}
