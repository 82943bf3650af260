//! How much a plan of parcels, sources and replicas bears: virtual weeks, hour by hour, by the policy's own rows of when
//! to ask. Pure: a plan in, the use of every resource out. Parcels are counted by the hour in which they were given, not one
//! by one, so that 10^9 of them take as long as ten.

mod journey;
mod plan;
mod run;
#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;

pub use plan::{Budget, Plan, PlanError};
pub use run::{Found, Resource, SourceFound, simulate};

/// Hours of a week.
const WEEK_HOURS: usize = 168;
/// Seconds of an hour.
const HOUR_SECONDS: f64 = 3_600.0;
