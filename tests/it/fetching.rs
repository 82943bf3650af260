//! The official sources at their worst: whatever they do, no verdict gets worse for it, and they are asked politely.

mod batches;
mod budgets;
mod declared;
mod everything;
mod faults;
mod health;
mod limits;
mod preference;
mod replicas;
mod sharing;
mod wire;

use jiff::SignedDuration;
use waygate::fetch::{Freshness, Waits, Wanted};
use waygate_carriers::contract::{Ask, CarrierId, Failure, Reading, SourceId};

use crate::support::START;

/// A person wants an answer from this very moment.
const NOW: Wanted = wanted(Waits::Person);
/// Any answer that is kept will do.
const KEPT: Wanted = Wanted { freshness: Freshness::Cached, by: Waits::Person };

/// An answer from this very moment.
const fn wanted(by: Waits) -> Wanted {
    Wanted { freshness: Freshness::AtMost(SignedDuration::ZERO), by }
}

fn source(id: &str) -> SourceId {
    SourceId::new(id).unwrap()
}

/// An ask for a number of one of the three imitated sources.
fn ask(source: &str, number: &str) -> Ask {
    let (carrier, format) = match source {
        "ups.track" => ("ups", "ups.1z"),
        "dhl.unified" => ("dhl", "dhl.express"),
        _ => ("ems", "ems.s10"),
    };
    Ask {
        tracking_number: number.to_owned(),
        carrier: CarrierId::new(carrier).unwrap(),
        format: Some(format.to_owned()),
        origin_country: None,
        destination_country: None,
        destination_postal_code: None,
        asked_at: START.parse().unwrap(),
        request_id: "018f2b6e-0000-7000-8000-000000000001".to_owned(),
    }
}

fn failure(reading: &Reading) -> &Failure {
    match reading {
        Reading::Failed(failure) => failure,
        Reading::Found(tracking) => panic!("a failure was awaited: {tracking:?}"),
    }
}
