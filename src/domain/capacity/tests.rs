//! The weeks counted by the hour, beside parcels that are followed one by one.

use proptest::prelude::*;
use waygate_carriers::contract::CarrierId;
use waygate_carriers::registry::registry;

use super::plan::Phase;
use super::*;
use crate::domain::policy::{LookState, Policy, row_for};

fn plan() -> Plan {
    Plan::read(Plan::BUILT_IN).unwrap()
}

fn built_in(change: impl FnOnce(&mut Plan)) -> Found {
    let mut plan = plan();
    change(&mut plan);
    let plan = plan.checked().unwrap();
    simulate(&plan, &Policy::current().look, &plan.budgets(registry()).unwrap())
}

/// With sources that never say no. A quota that is used up by noon makes the busiest hour of an evening a quiet one.
fn boundless(parcels_a_week: f64, weeks: u32) -> Found {
    let plan = Plan { weeks, parcels_a_week, ..plan() };
    let budgets = plan.budgets(registry()).unwrap().into_iter().map(|b| Budget::boundless(b.carrier));
    simulate(&plan, &Policy::current().look, &budgets.collect::<Vec<_>>())
}

fn named<'f>(found: &'f Found, name: &str) -> &'f Resource {
    found.resources.iter().find(|r| r.name.starts_with(name)).unwrap()
}

/// One parcel, minute by minute: asked when it is given, and then so long after each answer as the state at that answer says.
fn looks_of_one(phases: &[Phase], carrier: &CarrierId) -> u32 {
    let rows = &Policy::current().look;
    let ends: Vec<(u32, u32, LookState)> = phases
        .iter()
        .scan(0, |end, phase| {
            let began = *end;
            *end += phase.hours * 60;
            Some((began, *end, phase.state))
        })
        .collect();
    let (mut minute, mut looks) = (0, 0);
    while let Some((began, _, state)) = ends.iter().find(|(_, end, _)| minute < *end) {
        looks += 1;
        let row = row_for(rows, *state, Some(carrier)).unwrap();
        let silent = matches!(state, LookState::NotFound | LookState::LabelCreated);
        let quiet = row.quiet.filter(|quiet| silent && minute - began >= quiet.after_days * 24 * 60);
        minute += quiet.map_or(row.minutes, |quiet| quiet.minutes);
    }
    looks
}

#[test]
fn counted_by_the_hour_it_comes_to_what_parcels_followed_one_by_one_come_to() {
    for (carrier, way) in [
        (
            "ups",
            vec![(LookState::LabelCreated, 24), (LookState::InTransit, 150), (LookState::OutForDelivery, 8)],
        ),
        ("usps", vec![(LookState::NotFound, 400), (LookState::InTransit, 150), (LookState::Customs, 60)]),
        ("ems", vec![(LookState::LabelCreated, 300), (LookState::InTransit, 48)]),
    ] {
        let carrier = CarrierId::new(carrier).unwrap();
        let phases: Vec<Phase> =
            way.into_iter().map(|(state, hours)| Phase { state, hours, share: 1.0 }).collect();
        let one = f64::from(looks_of_one(&phases, &carrier));
        let counted: f64 = journey::looks_by_age(&phases, &Policy::current().look, &carrier).iter().sum();
        assert!((counted + 1.0 - one).abs() <= one * 0.05 + 1.0, "{carrier}: {counted} beside {one}");
    }
}

#[test]
fn a_phase_of_a_share_weighs_so_much() {
    let carrier = CarrierId::new("ups").unwrap();
    let rows = &Policy::current().look;
    let looks = |share| -> f64 {
        let customs = Phase { state: LookState::Customs, hours: 48, share };
        let way = [customs, Phase { state: LookState::InTransit, hours: 24, share: 1.0 }];
        journey::looks_by_age(&way, rows, &carrier).iter().sum()
    };
    let (never, always) = (looks(0.0), looks(1.0));
    assert!((looks(0.25) - (never * 0.75 + always * 0.25)).abs() < 1e-9);
}

#[test]
fn a_budget_that_is_full_makes_waits_longer_and_loses_no_first_look() {
    let found = built_in(|plan| {
        plan.parcels_a_week = 2_000.0; // some 58 looks each
        plan.sources.retain(|source| source.id.to_string() == "fedex.track");
        plan.sources[0].share = 1.0;
        plan.sources[0].requests_a_day = Some(6_000.0);
        plan.sources[0].numbers_a_request = Some(1.0);
    });
    let source = &found.sources[0];
    assert!(source.stretch > 1.5 && source.first_look_hours == 0.0, "{source:?}");
    assert!(source.asked <= 6_000.0 * 7.0 * 8.0, "the day's quota is kept: {source:?}");
    assert_eq!(found.resources[0].name, "source fedex.track");
    assert!(found.resources[0].full_hours > 0);
}

#[test]
fn a_quota_below_the_numbers_given_leaves_first_looks_waiting() {
    let found = built_in(|plan| plan.parcels_a_week = 1e6); // DHL gives away 250 requests a day
    let dhl = found.sources.iter().find(|s| s.id.to_string() == "dhl.unified").unwrap();
    assert!(dhl.first_look_hours > 24.0, "{dhl:?}");
}

#[test]
fn the_sale_is_the_fullest_week() {
    assert_eq!(named(&built_in(|_| ()), "store").peak_week, 6);
    assert_eq!(named(&built_in(|plan| plan.sale = None), "store").full_hours, 0);
}

#[test]
fn what_is_full_from_so_many_parcels_on_is_full_there() {
    let at = |parcels| boundless(parcels, 8);
    for name in ["store", "log", "processors"] {
        let edge = named(&at(1e6), name).full_from;
        assert_eq!(named(&at(edge * 0.99), name).full_hours, 0, "{name}");
        assert!(named(&at(edge * 1.01), name).full_hours > 0, "{name}");
    }
}

#[test]
fn impossible_plans_are_refused_with_what_is_wrong() {
    let wrong = |from: &str, to: &str, says: &str| {
        let text = Plan::BUILT_IN.replacen(from, to, 1);
        assert_ne!(text, Plan::BUILT_IN, "{from}");
        let refused = Plan::read(&text)
            .and_then(|plan| plan.budgets(registry()).map(|_| plan))
            .unwrap_err()
            .to_string();
        assert!(refused.contains(says), "{refused}");
    };
    wrong("weeks = 8", "weeks = 0", "`weeks` is 1 to 104");
    wrong("replicas = 2", "replicas = 0", "at least 1");
    wrong("cores = 2", "cores = -2", "cores");
    wrong("parcels_a_week = 1_000_000", "parcels_a_week = nan", "parcels_a_week");
    wrong("parcels_a_week = 1_000_000", "parcel = 1", "parcel");
    wrong("share = 0.6", "share = 1.6", "`phase.share` is 0 to 1");
    wrong("share = 0.2", "share = 0.9", "come to");
    wrong("hours = 150", "hours = 15000", "[[phase]]");
    wrong("id = \"ups.track\"", "id = \"fedex.track\"", "stands twice");
    wrong("id = \"ups.track\"", "id = \"ups.trick\"", "there is no source");
    wrong("changes_a_second = 25_000", "changes_a_second = 0", "more than 0");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn no_hour_and_no_day_is_asked_more_than_the_budget(parcels in 1.0..1e7_f64, a_day in 10.0..1e6_f64, a_second in 0.01..50.0_f64) {
        let found = built_in(|plan| {
            plan.weeks = 2;
            plan.parcels_a_week = parcels;
            plan.sources.truncate(1);
            (plan.sources[0].requests_a_day, plan.sources[0].requests_a_second) = (Some(a_day), Some(a_second));
        });
        let source = &found.sources[0];
        prop_assert!(source.asked <= a_day * 14.0 * (1.0 + 1e-9));
        prop_assert!(source.asked <= a_second * 3_600.0 * 24.0 * 14.0 * (1.0 + 1e-9));
        prop_assert!(source.asked <= source.wanted * (1.0 + 1e-9));
        prop_assert!(source.stretch >= 1.0 - 1e-9);
    }

    #[test]
    fn more_parcels_fill_everything_more(parcels in 1e3..1e8_f64, times in 1.0..20.0_f64) {
        let (few, many) = (boundless(parcels, 2), boundless(parcels * times, 2));
        for one in &few.resources {
            let same = many.resources.iter().find(|r| r.name == one.name).unwrap();
            prop_assert!(same.peak >= one.peak * (1.0 - 1e-9), "{}", one.name);
        }
    }
}
