//! How often a parcel's source is asked at each age, by the policy's rows.

use waygate_carriers::contract::CarrierId;

use super::plan::Phase;
use crate::domain::policy::{LookRow, LookState, row_for};

/// Minutes of an hour and of a day.
const HOUR_MINUTES: f64 = 60.0;
const DAY_HOURS: u32 = 24;
/// States in which nothing is heard until the phase ends; in all others scans come daily.
const SILENT: [LookState; 2] = [LookState::NotFound, LookState::LabelCreated];

/// Looks an hour at each hour of age, for the average parcel of a carrier. The first look of all is not among them.
pub(super) fn looks_by_age(phases: &[Phase], rows: &[LookRow], carrier: &CarrierId) -> Vec<f64> {
    let mut looks = Vec::new();
    walk(phases, 1.0, &mut Vec::new(), &mut |weight, way| {
        let mut age = 0;
        for phase in way {
            for hour in 0..phase.hours {
                if looks.len() <= age {
                    looks.resize(age + 1, 0.0);
                }
                looks[age] += weight * looks_an_hour(phase.state, hour, rows, carrier);
                age += 1;
            }
        }
    });
    looks
}

/// Every way through the phases with its share of the parcels.
fn walk<'p>(
    phases: &'p [Phase],
    weight: f64,
    way: &mut Vec<&'p Phase>,
    told: &mut impl FnMut(f64, &[&Phase]),
) {
    let Some((phase, rest)) = phases.split_first() else { return told(weight, way) };
    if phase.share < 1.0 {
        walk(rest, weight * (1.0 - phase.share), way, told);
    }
    if phase.share > 0.0 {
        way.push(phase);
        walk(rest, weight * phase.share, way, told);
        way.pop();
    }
}

fn looks_an_hour(state: LookState, hour: u32, rows: &[LookRow], carrier: &CarrierId) -> f64 {
    let Some(row) = row_for(rows, state, Some(carrier)) else { return 0.0 };
    let quiet_hours = if SILENT.contains(&state) { hour } else { hour % DAY_HOURS };
    if quiet_hours >= row.stop_days * DAY_HOURS
        || (state == LookState::Delivered && hour >= row.stop_days * DAY_HOURS)
    {
        return 0.0;
    }
    let quiet = row.quiet.filter(|quiet| quiet_hours >= quiet.after_days * DAY_HOURS);
    let minutes = quiet.map_or(row.minutes, |quiet| quiet.minutes);
    if minutes == 0 { 0.0 } else { HOUR_MINUTES / f64::from(minutes) }
}
