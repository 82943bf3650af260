//! What the order says beside what the carrier says. Whether they agree is the verdict's word where a check decides
//! it; the rest is only shown.

use waygate_carriers::contract::{Checkpoint, OffsetTime, Place, Status, Tracking};

use super::overview::carrier_name;
use super::timeline::{address, place};
use super::when::offset_words;
use super::words::{self, Badge};
use crate::domain::lifecycle::OrderState;
use crate::domain::order::Order;
use crate::domain::verdict::{CheckOutcome, checks};
use crate::store::ShipmentRecord;

/// From this difference on, weights are called different: packing and rounding make less.
const WEIGHT_DIFFERS_PERCENT: u32 = 50;

/// A fact as both tell it.
pub struct Fact {
    /// What it is.
    pub name: &'static str,
    /// What the order, or its seller, says.
    pub order: String,
    /// What the carrier says.
    pub carrier: String,
    /// Whether they agree, where it can be told.
    pub mark: Option<Badge>,
}

impl Fact {
    /// Whether the two differ.
    pub fn differs(&self) -> bool {
        self.mark == Some(words::DIFFERS)
    }
}

const NOT_TOLD: &str = "\u{2014}";

fn told(text: Option<String>) -> String {
    text.filter(|t| !t.is_empty()).unwrap_or_else(|| NOT_TOLD.to_owned())
}

/// What a check of the verdict says of a fact.
fn by_check(shipment: &ShipmentRecord, id: &str) -> Option<Badge> {
    let check = shipment.verdict.as_ref()?.checks.iter().find(|c| c.id == id)?;
    match check.outcome {
        CheckOutcome::Pass => Some(words::SAME),
        CheckOutcome::Fail => Some(words::DIFFERS),
        CheckOutcome::Unknown => Some(words::OPEN),
        CheckOutcome::NotApplicable => None,
    }
}

fn agrees(same: bool) -> Badge {
    if same { words::SAME } else { words::DIFFERS }
}

/// The facts of a shipment that has a tracking.
pub fn facts(order: &Order, state: &OrderState, shipment: &ShipmentRecord, tracking: &Tracking) -> Vec<Fact> {
    vec![
        carrier(shipment, tracking),
        number(shipment, tracking),
        Fact {
            name: "Destination",
            order: address(&order.ship_to),
            carrier: told(destination(tracking).and_then(place)),
            mark: by_check(shipment, checks::destination_country::ID),
        },
        origin(order, tracking),
        Fact {
            name: "Paid, first scan",
            order: instant(order.paid_at),
            carrier: told(first_scan(tracking).map(local)),
            mark: by_check(shipment, checks::scan_after_payment::ID),
        },
        delivery(state, tracking),
        weight(order, tracking),
        Fact {
            name: "Service",
            order: told(order.method.map(|m| words::method(m).to_owned())),
            carrier: told(tracking.service.clone()),
            mark: None,
        },
        Fact {
            name: "Signature",
            order: NOT_TOLD.to_owned(),
            carrier: signature(tracking),
            mark: by_check(shipment, checks::proof_of_delivery::ID),
        },
    ]
}

fn carrier(shipment: &ShipmentRecord, tracking: &Tracking) -> Fact {
    let same = shipment.carrier.as_ref().map(|carrier| *carrier == tracking.carrier);
    Fact {
        name: "Carrier",
        order: carrier_name(shipment),
        carrier: name_of(tracking),
        mark: same.map(agrees),
    }
}

fn number(shipment: &ShipmentRecord, tracking: &Tracking) -> Fact {
    let plain = |text: &str| {
        text.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_uppercase()
    };
    Fact {
        name: "Number",
        order: shipment.claim.tracking_number.clone(),
        carrier: tracking.tracking_number.clone(),
        mark: Some(agrees(plain(&shipment.claim.tracking_number) == plain(&tracking.tracking_number))),
    }
}

fn name_of(tracking: &Tracking) -> String {
    let facts = waygate_carriers::registry::registry().carrier(&tracking.carrier);
    facts.map_or_else(|| tracking.carrier.to_string(), |f| f.name.clone())
}

/// Where it was delivered, else where it is bound for.
fn destination(tracking: &Tracking) -> Option<&Place> {
    let delivered = tracking.checkpoints.iter().find(|c| c.status == Status::Delivered);
    delivered.and_then(|c| c.place.as_ref()).or(tracking.destination.as_ref())
}

fn origin(order: &Order, tracking: &Tracking) -> Fact {
    let (from, by_carrier) = (order.ship_from.as_ref(), tracking.origin.as_ref());
    let countries = from.map(|a| a.country).zip(by_carrier.and_then(|p| p.country));
    Fact {
        name: "Sent from",
        order: told(from.map(address)),
        carrier: told(by_carrier.and_then(place)),
        mark: countries.map(|(said, seen)| agrees(said == seen)),
    }
}

fn first_scan(tracking: &Tracking) -> Option<&Checkpoint> {
    tracking.checkpoints.iter().rfind(|c| c.status.is_physical_scan())
}

fn instant(at: jiff::Timestamp) -> String {
    at.strftime("%-d %b %Y, %H:%M UTC").to_string()
}

fn offset_time(time: OffsetTime) -> String {
    format!("{} {}", time.local().strftime("%-d %b %Y, %H:%M"), offset_words(time.offset()))
}

fn local(checkpoint: &Checkpoint) -> String {
    match (checkpoint.time, checkpoint.local_time) {
        (Some(time), _) => offset_time(time),
        (None, Some(local)) => format!("{local}, offset not told"),
        (None, None) => "time not told".to_owned(),
    }
}

fn delivery(state: &OrderState, tracking: &Tracking) -> Fact {
    let due = state.protection_ends_at;
    let (carrier, mark) = match (tracking.delivered_at, tracking.estimated_delivery) {
        (Some(at), _) => (offset_time(at), due.map(|due| agrees(at.timestamp() <= due))),
        (None, Some(at)) => (format!("expected {}", offset_time(at)), None),
        (None, None) => {
            let printed = tracking.estimated_delivery_local.map(|at| format!("expected {at}"));
            (told(printed), None)
        }
    };
    Fact { name: "Promised by, delivered", order: told(due.map(instant)), carrier, mark }
}

fn weight(order: &Order, tracking: &Tracking) -> Fact {
    let both = order.expected_weight_grams.filter(|w| *w > 0).zip(tracking.weight_grams);
    let mark = both.map(|(wanted, found)| {
        let percent = u64::from(wanted.abs_diff(found)) * 100 / u64::from(wanted);
        agrees(percent < u64::from(WEIGHT_DIFFERS_PERCENT))
    });
    Fact {
        name: "Weight",
        order: told(order.expected_weight_grams.map(grams)),
        carrier: told(tracking.weight_grams.map(grams)),
        mark,
    }
}

fn grams(grams: u32) -> String {
    if grams < 1_000 {
        format!("{grams} g")
    } else {
        format!("{}.{:02} kg", grams / 1_000, grams % 1_000 / 10)
    }
}

fn signature(tracking: &Tracking) -> String {
    let Some(proof) = &tracking.proof_of_delivery else { return NOT_TOLD.to_owned() };
    let signed = proof.signed_by.as_deref().map(str::trim).filter(|n| !n.is_empty());
    let signed = signed.map(|name| format!("signed by {name}"));
    let left = proof.left_at.as_deref().map(|at| format!("left at {at}"));
    told(Some([signed, left].into_iter().flatten().collect::<Vec<_>>().join(", ")))
}
