//! A seller gives a number for an order: what it is is said at once, the claim is recorded, and the look is due.

use jiff::Timestamp;
use waygate_carriers::contract::CarrierId;

use super::advance::Input;
use super::{Gateway, GatewayError, NumberCheck, check_number};
use crate::domain::calendar::{days, shifted};
use crate::domain::order::{check_text, check_time};
use crate::domain::rules::Rules;
use crate::domain::shipment::{Claim, Late};
use crate::ids::{KeyId, ShipmentId};
use crate::store::{CaseFile, IdempotencyRecord, ShipmentRecord};

/// Most shipments that one order may have.
pub const SHIPMENTS_MAX: usize = 64;
/// Longest address that a seller may name, in bytes.
const URL_BYTES_MAX: usize = 2_048;

/// What the seller says.
#[derive(Debug, Clone)]
pub struct SubmitShipment {
    /// The carrier, as the seller names it; the likeliest, where absent.
    pub carrier: Option<String>,
    /// The number, as typed.
    pub tracking_number: String,
    /// A page that the seller names.
    pub tracking_url: Option<String>,
    /// When the shipment was confirmed, if before now.
    pub confirmed_at: Option<Timestamp>,
    /// The order that it is combined with.
    pub combined_with: Option<String>,
    /// Whether these are the last goods of the order.
    pub all_goods: bool,
    /// The API key that says so.
    pub key: Option<KeyId>,
}

/// What came of it.
#[derive(Debug, Clone)]
pub struct Submitted {
    /// The shipment's id.
    pub shipment: ShipmentId,
    /// What the number is.
    pub check: NumberCheck,
}

/// Why a number was not taken.
#[derive(Debug, thiserror::Error)]
pub enum SubmitError {
    /// It is no number at all: nothing was recorded.
    #[error("the tracking number cannot be read")]
    Number(Box<NumberCheck>),
    /// A field is wrong.
    #[error("{field}: {rule}")]
    Field {
        /// Which.
        field: &'static str,
        /// What it must be.
        rule: String,
    },
    /// The carrier is not named and the number does not tell.
    #[error("the carrier is not named, and the number does not tell which it is")]
    NoCarrier(Box<NumberCheck>),
    /// The order has this number already.
    #[error("this order has this number already")]
    Duplicate(ShipmentId),
    /// The order has as many shipments as it may.
    #[error("an order has at most {SHIPMENTS_MAX} shipments")]
    TooMany,
    /// All else.
    #[error(transparent)]
    Gateway(#[from] GatewayError),
}

/// Problems that leave nothing to record. A wrong check digit or an unknown shape is recorded: the carrier may know it.
const UNREADABLE: [&str; 3] = ["empty", "too_long", "several_numbers"];

impl Gateway {
    /// Records a claim. `record` makes the idempotency record from the answer, so that both are written together.
    pub async fn submit(
        &self,
        order: &str,
        submit: &SubmitShipment,
        record: impl Fn(&Submitted) -> Option<IdempotencyRecord>,
    ) -> Result<Submitted, SubmitError> {
        let case = self.store.case(order.to_owned()).await.map_err(GatewayError::from)?;
        let case = case.ok_or(GatewayError::NoOrder)?;
        let (check, carrier) = self.read_number(&case, submit)?;
        let now = self.now();
        let mut shipment = self.new_shipment(order, submit, &carrier, &check, now);
        shipment.claim.late = late(&case, now);
        let submitted = Submitted { shipment: shipment.id.clone(), check };
        let (all_goods, key) = (submit.all_goods, submit.key.clone());
        let input = Input::Submitted { shipment: Box::new(shipment), all_goods, key };
        self.change(order, &input, record(&submitted).as_ref()).await?;
        Ok(submitted)
    }

    /// What a number for an order is, and whose it is said to be.
    pub(super) fn read_number(
        &self,
        case: &CaseFile,
        submit: &SubmitShipment,
    ) -> Result<(NumberCheck, String), SubmitError> {
        let ship_from = case.order.order.ship_from.as_ref().map(|a| a.country);
        let claimed = submit.carrier.as_deref().and_then(|c| CarrierId::new(c).ok());
        let check = check_number(
            self.book.registry,
            self.book.channels,
            &submit.tracking_number,
            claimed.as_ref(),
            ship_from,
        );
        validate(submit)?;
        let unreadable = |code: &str| UNREADABLE.contains(&code);
        if check.normalized.is_empty() || check.problem.as_ref().is_some_and(|p| unreadable(&p.code)) {
            return Err(SubmitError::Number(Box::new(check)));
        }
        if let Some(same) = case.shipments.iter().find(|s| s.claim.tracking_number == check.normalized) {
            return Err(SubmitError::Duplicate(same.id.clone()));
        }
        if case.shipments.len() >= SHIPMENTS_MAX {
            return Err(SubmitError::TooMany);
        }
        let carrier = match &submit.carrier {
            Some(named) => named.clone(),
            None => match check.candidates.first() {
                Some(likeliest) => likeliest.carrier.clone(),
                None => return Err(SubmitError::NoCarrier(Box::new(check))),
            },
        };
        Ok((check, carrier))
    }

    pub(super) fn new_shipment(
        &self,
        order: &str,
        submit: &SubmitShipment,
        carrier: &str,
        check: &NumberCheck,
        now: Timestamp,
    ) -> ShipmentRecord {
        let known = CarrierId::new(carrier).ok().filter(|id| self.book.registry.carrier(id).is_some());
        let fitting = check.candidates.iter().find(|c| c.carrier == carrier);
        ShipmentRecord {
            id: ShipmentId::generate(now),
            order: order.to_owned(),
            claim: Claim {
                carrier: carrier.to_owned(),
                tracking_number: check.normalized.clone(),
                tracking_url: submit.tracking_url.clone(),
                confirmed_at: Some(submit.confirmed_at.unwrap_or(now).min(now)),
                submitted_at: Some(now),
                combined_with: submit.combined_with.clone(),
                corrects: None,
                late: Vec::new(),
            },
            input: check.input.clone(),
            carrier: known,
            format: fitting.map(|c| c.format.clone()),
            verdict: None,
            verdict_at: None,
            tracking: None,
            tracking_at: None,
            next_look_at: Some(now),
            next_look_why: None,
            looks: 0,
            judge_at: None,
            corrected_by: None,
            created_at: now,
        }
    }
}

/// After what a number is given now, as far as the order knows. What the official source tells is known later.
pub(super) fn late(case: &CaseFile, now: Timestamp) -> Vec<Late> {
    let (order, state) = (&case.order.order, &case.order.state);
    let promised = order.handling_days.or_else(|| Rules::built_in(&state.rules).map(|r| r.handling_days));
    let due = promised.map(|handling| shifted(order.paid_at, days(handling)));
    let mut late = Vec::new();
    if due.is_some_and(|due| now > due) {
        late.push(Late::AfterHandlingTime);
    }
    if state.dispute.is_some() {
        late.push(Late::AfterDispute);
    }
    late
}

fn validate(submit: &SubmitShipment) -> Result<(), SubmitError> {
    let field = |e: crate::domain::order::InvalidField| SubmitError::Field { field: e.field, rule: e.rule };
    if let Some(carrier) = &submit.carrier {
        check_text("carrier", carrier).map_err(field)?;
    }
    if let Some(at) = submit.confirmed_at {
        check_time("confirmed_at", at).map_err(field)?;
    }
    if let Some(combined) = &submit.combined_with {
        check_text("combined_with", combined).map_err(field)?;
    }
    match &submit.tracking_url {
        Some(url) if url.len() > URL_BYTES_MAX || url.chars().any(char::is_control) => {
            Err(SubmitError::Field {
                field: "tracking_url",
                rule: format!("at most {URL_BYTES_MAX} bytes, no control characters"),
            })
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::domain::lifecycle::dispute::{Filing, Reason, Remedy};
    use crate::domain::lifecycle::{Input as ClockInput, OrderState, step};
    use crate::domain::verdict::samples::{Sample, at};
    use crate::store::OrderRecord;

    #[test]
    fn a_number_is_late_after_the_handling_time_and_while_a_dispute_is_open() {
        // Paid on 2 March at 8, to be shipped within three days, disputes possible at once.
        let mut order = Sample::on_its_way().order;
        (order.paid_at, order.handling_days) = (at("2026-03-02T08:00:00Z"), Some(3));
        let (rules, paid) = (Rules::current(), order.paid_at);
        let mut case = CaseFile {
            order: OrderRecord {
                state: OrderState::begin(&order, rules),
                order,
                revision: 1,
                sequence: 0,
                next_timer_at: None,
                created_at: paid,
            },
            shipments: Vec::new(),
            observations: Vec::new(),
            other_claims: Vec::new(),
            seller_record: None,
            disputes: Vec::new(),
            standing: None,
        };
        assert_eq!(late(&case, at("2026-03-05T08:00:00Z")), []);
        assert_eq!(late(&case, at("2026-03-05T08:00:01Z")), [Late::AfterHandlingTime]);
        for (input, when) in [
            (ClockInput::ConfirmShipment { all_goods: true }, "2026-03-02T09:00:00Z"),
            (
                ClockInput::OpenDispute(Filing {
                    reason: Reason::NotReceived,
                    remedy: Remedy::Refund,
                    amount: None,
                }),
                "2026-03-03T09:00:00Z",
            ),
        ] {
            let record = &case.order;
            case.order.state = step(&record.state, &record.order, rules, &input, at(when)).unwrap().state;
        }
        assert_eq!(late(&case, at("2026-03-04T08:00:00Z")), [Late::AfterDispute]);
        assert_eq!(late(&case, at("2026-03-06T08:00:00Z")), [Late::AfterHandlingTime, Late::AfterDispute]);
    }

    #[test]
    fn what_the_source_tells_of_the_delivery_is_known_later() {
        let mut claim = Sample::on_its_way().claim;
        claim.submitted_at = Some(at("2026-03-10T08:00:00Z"));
        assert_eq!(claim.lateness(None), []);
        assert_eq!(claim.lateness(Some(at("2026-03-10T08:00:00Z"))), []);
        claim.late = vec![Late::AfterHandlingTime];
        let after = claim.lateness(Some(at("2026-03-10T07:59:59Z")));
        assert_eq!(after, [Late::AfterHandlingTime, Late::AfterDelivery]);
    }
}
