//! An order's parcels taken together, as the order's clocks see them: the worst verdict, and arrived only where all have.

use waygate_carriers::contract::{Reading, Status};

use crate::domain::lifecycle::parcel::{Parcel, Stand};
use crate::domain::verdict::Outcome;
use crate::store::ShipmentRecord;

/// All parcels of one order.
pub fn together<'a>(shipments: impl Iterator<Item = &'a ShipmentRecord>) -> Parcel {
    shipments.map(one).reduce(|a, b| both(&a, &b)).unwrap_or_default()
}

fn one(shipment: &ShipmentRecord) -> Parcel {
    let verdict = shipment.verdict.as_ref();
    let tracking = shipment.tracking.as_ref().and_then(Reading::tracking);
    let arrived_at = verdict.and_then(|v| v.delivered_at);
    let scans = tracking.map(|t| t.checkpoints.as_slice()).unwrap_or_default();
    let scans = scans.iter().filter(|c| c.status.is_physical_scan());
    let moved_at = scans.filter_map(|c| c.time.as_ref().map(|time| time.timestamp())).max();
    let stand = match tracking.map(|t| t.status) {
        _ if arrived_at.is_some() => Stand::Arrived,
        Some(Status::Returning | Status::Returned) => Stand::WentBack,
        Some(Status::Lost) => Stand::Lost,
        _ if moved_at.is_some() => Stand::Moving,
        _ => Stand::Unseen,
    };
    Parcel { verdict: verdict.map(|v| v.verdict), stand, moved_at, arrived_at }
}

fn both(a: &Parcel, b: &Parcel) -> Parcel {
    let stand = match (a.stand, b.stand) {
        (same, other) if same == other => same,
        // What is lost or went back decides, before what is on its way and what was never seen.
        (Stand::Arrived, other) | (other, Stand::Arrived) => other,
        (one, other) => one.max(other),
    };
    let arrived_at = a.arrived_at.max(b.arrived_at).filter(|_| stand == Stand::Arrived);
    let worse = |x: Option<Outcome>, y: Option<Outcome>| if badness(x) >= badness(y) { x } else { y };
    Parcel { verdict: worse(a.verdict, b.verdict), stand, moved_at: a.moved_at.max(b.moved_at), arrived_at }
}

fn badness(verdict: Option<Outcome>) -> u8 {
    match verdict {
        Some(Outcome::Verified) => 0,
        Some(Outcome::Pending) => 1,
        None => 2,
        Some(Outcome::Unverifiable) => 3,
        Some(Outcome::Suspicious) => 4,
        Some(Outcome::Rejected) => 5,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use jiff::Timestamp;

    use super::*;

    fn parcel(verdict: Outcome, stand: Stand, day: i64) -> Parcel {
        let at = Timestamp::from_second(day * 86_400).unwrap();
        let arrived_at = (stand == Stand::Arrived).then_some(at);
        Parcel { verdict: Some(verdict), stand, moved_at: Some(at), arrived_at }
    }

    fn together_of(parcels: &[Parcel]) -> Parcel {
        let there = parcels.iter().cloned().reduce(|a, b| both(&a, &b)).unwrap();
        let back = parcels.iter().rev().cloned().reduce(|a, b| both(&a, &b)).unwrap();
        assert_eq!(there, back, "their order plays no part");
        there
    }

    #[test]
    fn an_order_has_arrived_when_its_last_parcel_has_under_verified_numbers() {
        let first = parcel(Outcome::Verified, Stand::Arrived, 3);
        let second = parcel(Outcome::Verified, Stand::Arrived, 5);
        let all = together_of(&[first.clone(), second.clone()]);
        assert!(all.is_delivered());
        assert_eq!(all.arrived_at, second.arrived_at);
        for missing in [Stand::Unseen, Stand::Moving, Stand::WentBack, Stand::Lost] {
            let all = together_of(&[first.clone(), parcel(Outcome::Verified, missing, 4), second.clone()]);
            assert!(!all.is_delivered() && all.stand == missing && all.arrived_at.is_none(), "{missing:?}");
        }
    }

    #[test]
    fn the_worst_verdict_counts() {
        let good = parcel(Outcome::Verified, Stand::Arrived, 3);
        for worse in [Outcome::Pending, Outcome::Unverifiable, Outcome::Suspicious, Outcome::Rejected] {
            let all = together_of(&[good.clone(), parcel(worse, Stand::Arrived, 3)]);
            assert_eq!(all.verdict, Some(worse));
            assert!(!all.is_delivered());
        }
        assert_eq!(together([].into_iter()), Parcel::default());
    }
}
