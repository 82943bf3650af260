//! The checks, one file each: pure functions from a case to a finding. Their order is fixed and is the order in which
//! a verdict shows them.

use super::{Case, Finding};

pub mod carrier_fits_number;
pub mod channel;
pub mod destination_country;
pub mod destination_place;
pub mod handling_time;
pub mod journey_possible;
pub mod known_to_source;
pub mod late_claim;
pub mod number_unique;
pub mod origin_country;
pub mod physical_scan;
pub mod proof_of_delivery;
pub mod redirected;
pub mod returned;
pub mod scan_after_payment;
pub mod seller_pattern;
pub mod service_method;
pub mod sources_agree;
pub mod tracking_url;
pub mod weight;

/// A check.
pub type CheckFn = fn(&Case<'_>) -> Finding;

/// All checks in their order. `number-unique` looks at the others' findings.
pub const ALL: [(&str, CheckFn); 20] = [
    (channel::ID, channel::check),
    (tracking_url::ID, tracking_url::check),
    (carrier_fits_number::ID, carrier_fits_number::check),
    (known_to_source::ID, known_to_source::check),
    (sources_agree::ID, sources_agree::check),
    (physical_scan::ID, physical_scan::check),
    (scan_after_payment::ID, scan_after_payment::check),
    (handling_time::ID, handling_time::check),
    (late_claim::ID, late_claim::check),
    (origin_country::ID, origin_country::check),
    (destination_country::ID, destination_country::check),
    (destination_place::ID, destination_place::check),
    (redirected::ID, redirected::check),
    (returned::ID, returned::check),
    (journey_possible::ID, journey_possible::check),
    (service_method::ID, service_method::check),
    (weight::ID, weight::check),
    (proof_of_delivery::ID, proof_of_delivery::check),
    (number_unique::ID, number_unique::check),
    (seller_pattern::ID, seller_pattern::check),
];

/// What is said by every check that needs the source's answer before it has come.
fn not_known_yet(id: &'static str) -> Finding {
    Finding::unknown(id, "the official source has not told of the parcel yet")
        .seller("We wait for the carrier to tell of the parcel.")
}
