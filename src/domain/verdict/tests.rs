//! The readings of a verdict as a table of cases, both sides of each boundary, and the promises that hold for any
//! evidence at all.

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use waygate_carriers::contract::{Checkpoint, Failure, FailureKind, OffsetTime, SourceId, Status, Tracking};

use super::samples::{Sample, at, candidate, carrier, country, other, parcel, problem, scan};
use super::{CheckOutcome, Outcome, Verdict, judge};
use crate::domain::observation::Observation;
use crate::domain::policy::Policy;
use crate::domain::shipment::OtherClaim;

use waygate_carriers::numbers::CheckDigit;

fn first_scan(time: &str) -> Sample {
    Sample::on_its_way().told(|t| {
        let accepted = t.checkpoints.len() - 2;
        t.checkpoints[accepted] = scan(Status::Accepted, time, "CN");
    })
}

fn label(time: &str) -> Sample {
    Sample::on_its_way().told(|t| {
        let oldest = t.checkpoints.len() - 1;
        t.checkpoints[oldest] = scan(Status::LabelCreated, time, "CN");
    })
}

fn bound(place: &str) -> Sample {
    let place = scan(Status::Info, "", place).place;
    Sample::on_its_way().told(|t| t.destination = place)
}

fn order_to_puerto_rico(place: &str) -> Sample {
    bound(place).but(|s| {
        s.order.ship_to.country = country("PR");
        s.order.ship_to.city = Some("San Juan".to_owned());
        s.order.ship_to.postal_code = Some("00901".to_owned());
    })
}

fn late_outage(kind: FailureKind) -> Sample {
    Sample::on_its_way().failing("2026-03-20T00:00:00Z", kind).at("2026-03-20T00:00:00Z")
}

fn rival(submitted_at: &str, verdict: Option<Outcome>) -> Sample {
    let claim = OtherClaim { verdict, ..other("A-2", Some(submitted_at)) };
    Sample::on_its_way().but(|s| s.others = vec![claim])
}

/// What is claimed, what the evidence is, and the verdict.
fn corpus() -> Vec<(&'static str, Sample, Outcome)> {
    use Outcome::{Pending, Rejected, Suspicious, Unverifiable, Verified};
    vec![
        ("on its way, scanned, bound for the order's country", Sample::on_its_way(), Verified),
        ("delivered there", Sample::delivered(), Verified),
        ("nothing asked yet", Sample::new(), Pending),
        ("a country without a postal code", bound("US"), Verified),
        ("the same at high value", bound("US").worth("750.00 USD"), Pending),
        ("just below high value", bound("US").worth("749.99 USD"), Verified),
        ("another country", bound("CA"), Rejected),
        ("a territory of the country, and nothing finer against it", order_to_puerto_rico("US"), Verified),
        (
            "a territory of the country, and a town of the mainland",
            order_to_puerto_rico("US NewYork"),
            Rejected,
        ),
        ("a town of the mainland, and a territory of the country", bound("PR"), Rejected),
        ("a territory of another country", bound("GP"), Rejected),
        ("not found within a day", Sample::new().not_found("2026-03-02T19:00:00Z"), Pending),
        (
            "not found just before five business days",
            Sample::new().not_found("2026-03-09T11:59:59Z").at("2026-03-09T11:59:59Z"),
            Pending,
        ),
        (
            "not found at five business days",
            Sample::new().not_found("2026-03-09T12:00:00Z").at("2026-03-09T12:00:00Z"),
            Rejected,
        ),
        (
            "given on a Saturday: the days begin on Monday",
            Sample::new()
                .but(|s| s.claim.submitted_at = Some(at("2026-03-07T12:00:00Z")))
                .not_found("2026-03-15T23:59:59Z")
                .at("2026-03-15T23:59:59Z"),
            Pending,
        ),
        (
            "not found early, an outage late",
            Sample::new()
                .not_found("2026-03-03T00:00:00Z")
                .failing("2026-03-20T00:00:00Z", FailureKind::Unavailable)
                .at("2026-03-20T00:00:00Z"),
            Pending,
        ),
        ("an outage after a good answer", late_outage(FailureKind::Unavailable), Verified),
        ("a quota after a good answer", late_outage(FailureKind::RateLimited), Verified),
        ("a refusal after a good answer", late_outage(FailureKind::Refused), Verified),
        ("nonsense after a good answer", late_outage(FailureKind::Malformed), Verified),
        ("too little known after a good answer", late_outage(FailureKind::Inconclusive), Verified),
        ("not found after a good answer", late_outage(FailureKind::NotFound), Verified),
        ("a label inside the handling time", Sample::label_only().at("2026-03-04T23:59:59Z"), Pending),
        ("a label after the handling time", Sample::label_only().at("2026-03-05T00:00:00Z"), Suspicious),
        ("a label before thirty days", Sample::label_only().at("2026-04-01T11:59:59Z"), Suspicious),
        ("a label at thirty days", Sample::label_only().at("2026-04-01T12:00:00Z"), Rejected),
        ("scanned 24 hours before payment", first_scan("2026-03-01T00:00:00Z"), Verified),
        ("scanned more than that before payment", first_scan("2026-02-28T23:59:59Z"), Rejected),
        ("a label 72 hours before payment", label("2026-02-27T00:00:00Z"), Verified),
        ("a label more than that before payment", label("2026-02-26T23:59:59Z"), Rejected),
        (
            "a wrong check digit that the carrier knows",
            Sample::on_its_way().but(|s| s.identification.candidates.clear()),
            Verified,
        ),
        (
            "a wrong check digit that nobody knows",
            Sample::new().but(|s| {
                s.identification.candidates.clear();
                s.identification.problem = Some(problem("check_digit_wrong"));
            }),
            Rejected,
        ),
        (
            "another carrier's number by its check digit",
            Sample::new().but(|s| s.claim.carrier = "dhl".to_owned()),
            Rejected,
        ),
        (
            "another carrier's number without a check digit",
            Sample::new().but(|s| {
                s.identification.candidates = vec![candidate("dhl", "dhl.express", CheckDigit::None, None)];
            }),
            Suspicious,
        ),
        (
            "a carrier that is not recognized",
            Sample::on_its_way().but(|s| s.claim.carrier = "yunexpress".to_owned()),
            Unverifiable,
        ),
        (
            "only unofficial answers",
            Sample::on_its_way().but(|s| s.observations[0].official = false),
            Pending,
        ),
        (
            "an official answer of an aggregator",
            Sample::on_its_way().but(|s| s.observations[0].carrier = carrier("aftership")),
            Pending,
        ),
        (
            "an answer about another number",
            Sample::on_its_way().told(|t| t.tracking_number = "1Z999AA10123456785".to_owned()),
            Pending,
        ),
        ("the first of two claims", rival("2026-03-02T12:00:01Z", None), Verified),
        ("the second, the first not known", rival("2026-03-02T11:59:59Z", None), Suspicious),
        ("the second, the first verified", rival("2026-03-02T11:59:59Z", Some(Verified)), Rejected),
        ("the second, the first rejected", rival("2026-03-02T11:59:59Z", Some(Rejected)), Verified),
        ("high value delivered without proof", Sample::delivered().worth("750.00 USD"), Pending),
        ("high value delivered with proof", Sample::delivered().worth("750.00 USD").signed(), Verified),
        ("lost: the number is true", Sample::on_its_way().told(|t| t.status = Status::Lost), Verified),
        (
            "returned",
            Sample::on_its_way().told(|t| {
                t.status = Status::Returned;
                t.checkpoints.insert(0, scan(Status::Returned, "2026-03-04T22:00:00Z", "CN"));
            }),
            Suspicious,
        ),
        (
            "a bare delivered, with nothing else",
            Sample::new().seen("2026-03-02T19:00:00Z", parcel(Status::Delivered, vec![])),
            Pending,
        ),
    ]
}

#[test]
fn the_readings() {
    let wrong: Vec<String> = corpus()
        .into_iter()
        .filter(|(_, sample, expected)| sample.judge().verdict != *expected)
        .map(|(name, sample, expected)| format!("{name}: {expected:?}, not {:#?}", sample.judge()))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_policy_demands_checks_that_there_are() {
    for policy in Policy::all() {
        for id in policy.tiers.standard.mandatory.iter().chain(&policy.tiers.high.mandatory) {
            assert!(super::checks::ALL.iter().any(|(known, _)| known == id), "{}: {id}", policy.id);
        }
    }
}

#[test]
fn every_finding_is_explained_and_every_failure_shows_its_evidence() {
    for (name, sample, _) in corpus() {
        let verdict = sample.judge();
        assert_eq!(verdict.checks.len(), super::checks::ALL.len(), "{name}");
        for (check, (id, _)) in verdict.checks.iter().zip(super::checks::ALL) {
            assert_eq!(check.id, id, "{name}");
            assert!(!check.reason.is_empty(), "{name}: {id}");
            if check.outcome == CheckOutcome::Fail {
                assert!(!check.evidence.is_empty(), "{name}: {id}");
                assert!(!check.for_seller.is_empty(), "{name}: {id}");
            }
        }
    }
}

#[test]
fn a_seller_is_not_taught_the_tolerances() {
    for (name, sample, _) in corpus() {
        let verdict = sample.judge();
        let told = verdict.checks.iter().map(|c| &c.for_seller).chain(&verdict.ask_seller);
        for words in told {
            assert!(!words.contains(|c: char| c.is_ascii_digit()), "{name}: {words}");
            assert!(!words.contains("A-2"), "{name}: {words}");
        }
    }
}

#[test]
fn the_delivery_is_said_with_its_time() {
    assert_eq!(Sample::delivered().judge().delivered_at, Some(at("2026-03-10T17:00:00Z")));
    assert_eq!(Sample::on_its_way().judge().delivered_at, None);
    // A wall clock alone proves only a bound, and never one after the answer.
    let local = Sample::delivered().told(|t| {
        t.checkpoints[0].time = None;
        t.checkpoints[0].local_time = "2026-03-10T10:00:00".parse().ok();
    });
    assert_eq!(local.judge().delivered_at, Some(at("2026-03-10T20:00:00Z")));
}

#[test]
fn a_pending_label_says_when_it_turns_and_turns_then() {
    let sample = Sample::label_only();
    let turns = sample.judge().turns_at.unwrap();
    let just_before = sample.clone().but(|s| s.now = turns - SignedDuration::from_nanos(1));
    assert_eq!(just_before.judge().verdict, Outcome::Pending);
    assert_eq!(sample.but(|s| s.now = turns).judge().verdict, Outcome::Suspicious);
}

fn any_status() -> impl Strategy<Value = Status> {
    prop::sample::select(vec![
        Status::LabelCreated,
        Status::Accepted,
        Status::InTransit,
        Status::Customs,
        Status::OutForDelivery,
        Status::AvailableForPickup,
        Status::AttemptFailed,
        Status::Delivered,
        Status::Returning,
        Status::Returned,
        Status::Exception,
        Status::Lost,
        Status::Cancelled,
        Status::Info,
        Status::Unknown,
    ])
}

fn any_time() -> impl Strategy<Value = Timestamp> {
    prop_oneof![
        8 => (-200_i64..200).prop_map(|hours| at("2026-03-02T00:00:00Z") + SignedDuration::from_hours(hours)),
        1 => (-400_i64..400).prop_map(|days| at("2026-03-02T00:00:00Z") + SignedDuration::from_hours(24 * days)),
        1 => prop::sample::select(vec![Timestamp::MIN, Timestamp::MAX]),
    ]
}

fn any_place() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "",
        "US",
        "US Oakland 94607",
        "PR SanJuan 00901",
        "CN",
        "HK",
        "DE Berlin 10115",
    ])
}

prop_compose! {
    fn any_checkpoint()(status in any_status(), time in any_time(), kind in 0_u8..4, place in any_place()) -> Checkpoint {
        let mut checkpoint = scan(status, "", place);
        let exact = OffsetTime::new(time, jiff::tz::Offset::UTC);
        match kind {
            0 => checkpoint.local_time = exact.local().date().to_string().parse().ok(),
            1 => {}
            _ => checkpoint.time = Some(exact),
        }
        checkpoint
    }
}

prop_compose! {
    fn any_tracking()(
        status in any_status(),
        checkpoints in prop::collection::vec(any_checkpoint(), 0..6),
        destination in any_place(),
        same_number in prop::bool::weighted(0.9),
    ) -> Tracking {
        let mut tracking = parcel(status, checkpoints);
        tracking.destination = scan(Status::Info, "", destination).place;
        if !same_number {
            tracking.tracking_number = "OTHER12345".to_owned();
        }
        tracking
    }
}

fn any_failure_but_not_found() -> impl Strategy<Value = FailureKind> {
    prop::sample::select(vec![
        FailureKind::Inconclusive,
        FailureKind::Refused,
        FailureKind::RateLimited,
        FailureKind::Unavailable,
        FailureKind::Malformed,
    ])
}

prop_compose! {
    fn any_observation()(
        whose in prop::sample::select(vec!["ups", "ups", "ups", "fedex", "china_post", "aftership"]),
        source in prop::sample::select(vec![None, Some("ups.track"), Some("ups.other")]),
        official in prop::bool::weighted(0.9),
        fetched_at in any_time(),
        reading in prop_oneof![
            3 => any_tracking().prop_map(waygate_carriers::contract::Reading::from),
            1 => Just(Failure::new(FailureKind::NotFound, "c", "m").into()),
            1 => any_failure_but_not_found().prop_map(|kind| Failure::new(kind, "c", "m").into()),
        ],
    ) -> Observation {
        let source = source.and_then(|id| SourceId::new(id).ok());
        Observation { carrier: carrier(whose), source, official, fetched_at, reading }
    }
}

prop_compose! {
    fn any_sample()(
        now in any_time(),
        submitted_at in prop::option::of(any_time()),
        confirmed_at in prop::option::of(any_time()),
        named in prop::sample::select(vec!["ups", "ups", "ups", "fedex", "usps", "nobody"]),
        observations in prop::collection::vec(any_observation(), 0..5),
        rivals in prop::collection::vec((prop::option::of(any_time()), 0_u8..3), 0..3),
        amount in prop::sample::select(vec!["1.00 USD", "750.00 USD", "5.00 XXX"]),
        fits in any::<bool>(),
    ) -> Sample {
        let mut sample = Sample::new().worth(amount);
        sample.now = now;
        sample.claim.submitted_at = submitted_at;
        sample.claim.confirmed_at = confirmed_at;
        sample.claim.carrier = named.to_owned();
        sample.observations = observations;
        if !fits {
            sample.identification.candidates.clear();
        }
        sample.others = rivals
            .into_iter()
            .map(|(submitted_at, verdict)| OtherClaim {
                submitted_at,
                verdict: [None, Some(Outcome::Verified), Some(Outcome::Rejected)][usize::from(verdict)],
                ..other("A-2", None)
            })
            .collect();
        sample
    }
}

/// A verdict with its observations named by their place in another order.
fn renamed(mut verdict: Verdict, order: &[usize]) -> Verdict {
    for evidence in verdict.checks.iter_mut().flat_map(|c| c.evidence.iter_mut()) {
        if let Some(rest) = evidence.strip_prefix("observation:") {
            let (index, tail) = rest.split_once('#').map_or((rest, None), |(i, t)| (i, Some(t)));
            let index = order[index.parse::<usize>().unwrap()];
            *evidence = match tail {
                Some(tail) => format!("observation:{index}#{tail}"),
                None => format!("observation:{index}"),
            };
        }
    }
    verdict
}

/// How bad a verdict is for the seller.
fn badness(outcome: Outcome) -> u8 {
    match outcome {
        Outcome::Verified => 0,
        Outcome::Pending => 1,
        Outcome::Unverifiable => 2,
        Outcome::Suspicious => 3,
        Outcome::Rejected => 4,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn the_order_of_arrival_changes_nothing(
        sample in any_sample(),
        order in Just((0..5).collect::<Vec<usize>>()).prop_shuffle(),
    ) {
        let order: Vec<usize> = order.into_iter().filter(|i| *i < sample.observations.len()).collect();
        let shuffled = sample.clone().but(|s| {
            s.observations = order.iter().map(|i| sample.observations[*i].clone()).collect();
        });
        let twins = (1..order.len()).any(|i| sample.observations[..i].contains(&sample.observations[i]));
        prop_assume!(!twins); // equal answers cannot be told apart by name
        prop_assert_eq!(renamed(shuffled.judge(), &order), sample.judge());
    }

    #[test]
    fn a_failure_never_makes_it_worse(
        sample in any_sample(),
        kind in any_failure_but_not_found(),
        fetched_at in any_time(),
        whose in prop::sample::select(vec!["ups", "fedex", "usps", "aftership"]),
        place in 0_usize..6,
    ) {
        let before = sample.judge();
        let after = sample.but(|s| {
            let reading = Failure::new(kind, "c", "m").into();
            let failure = Observation { carrier: carrier(whose), source: None, official: true, fetched_at, reading };
            s.observations.insert(place.min(s.observations.len()), failure);
        });
        prop_assert_eq!(badness(after.judge().verdict), badness(before.verdict));
        prop_assert_eq!(after.judge().delivered_at, before.delivered_at);
    }

    #[test]
    fn a_label_alone_never_verifies(
        sample in any_sample(),
        labels in prop::collection::vec(any_checkpoint(), 0..5),
        status in prop::sample::select(vec![Status::LabelCreated, Status::Info, Status::Unknown, Status::Cancelled]),
    ) {
        let label = |mut c: Checkpoint| {
            c.status = Status::LabelCreated;
            c
        };
        let tracking = parcel(status, labels.into_iter().map(label).collect());
        let sample = sample.but(|s| s.observations.clear()).seen("2026-03-02T19:00:00Z", tracking);
        prop_assert_ne!(sample.judge().verdict, Outcome::Verified);
    }

    #[test]
    fn a_delivered_alone_never_verifies(sample in any_sample(), time in any_time(), has_scan in any::<bool>()) {
        let mut tracking = parcel(Status::Delivered, vec![]);
        tracking.delivered_at = Some(OffsetTime::new(time, jiff::tz::Offset::UTC));
        if has_scan {
            let mut delivered = scan(Status::Delivered, "", "");
            delivered.time = tracking.delivered_at;
            tracking.checkpoints.push(delivered);
        }
        let sample = sample.but(|s| s.observations.clear()).seen("2026-03-02T19:00:00Z", tracking);
        prop_assert_ne!(sample.judge().verdict, Outcome::Verified);
    }

    #[test]
    fn without_an_official_answer_nothing_is_verified(sample in any_sample()) {
        let sample = sample.but(|s| s.observations.iter_mut().for_each(|o| o.official = false));
        prop_assert_ne!(sample.judge().verdict, Outcome::Verified);
    }

    #[test]
    fn a_verdict_can_be_replayed_and_written_down(sample in any_sample()) {
        let verdict = judge(&sample.case());
        prop_assert_eq!(&judge(&sample.case()), &verdict);
        let written = serde_json::to_string(&verdict).unwrap();
        prop_assert_eq!(serde_json::from_str::<Verdict>(&written).unwrap(), verdict);
    }
}
