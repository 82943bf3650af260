//! Every source and its sandbox, one against the other: what the carrier's side of the wire tells is what is read, what has
//! not happened is not told, and it refuses as the carrier does. Neither shares a type with the other.

use jiff::civil::DateTime;
use serde::Deserialize;
use serde::de::value::StrDeserializer;

use super::cases::{Cases, complaint, of_every_source};
use crate::contract::sandbox::{Refusal, Sandbox, SandboxPlace, Scan, secret};
use crate::contract::{Checkpoint, LocalTime, OffsetTime, Place, Response, Tracking};
use crate::registry::sandboxes;
use crate::trial::{OneParcel, ask, asked_with, read, sent, source};

/// Every scan by its name in `cases.toml`.
const SCANS: [&str; 16] = [
    "label",
    "voided",
    "picked_up",
    "departed",
    "arrived",
    "customs",
    "customs_cleared",
    "out_for_delivery",
    "attempted",
    "at_counter",
    "delivered",
    "returning",
    "returned",
    "damaged",
    "lost",
    "notice",
];

/// Who signs, and nobody else's name anywhere in a sandbox's answer.
const SIGNER: &str = "NOBODY-YET";

fn scan(name: &str) -> Scan {
    Scan::deserialize(StrDeserializer::<serde::de::value::Error>::new(name)).expect("a scan")
}

fn place(table: &toml::Table) -> SandboxPlace {
    table.clone().try_into().expect("a place")
}

fn sandbox_of(cases: &Cases) -> Box<dyn Sandbox> {
    let found = sandboxes().into_iter().find(|sandbox| sandbox.source() == cases.source);
    found.unwrap_or_else(|| panic!("{} has no sandbox", cases.source))
}

fn world(cases: &Cases, scans: &[&str]) -> OneParcel {
    let scans: Vec<Scan> = scans.iter().map(|name| scan(name)).collect();
    let (origin, destination) = (place(&cases.sandbox.origin), place(&cases.sandbox.destination));
    let mut world = OneParcel::new(&cases.asked, &scans, &origin, &destination);
    world.parcel.signed_by = Some(SIGNER.to_owned());
    world
}

fn told(cases: &Cases, world: &OneParcel) -> (Tracking, Vec<u8>) {
    let (carrier, _) = cases.source.split_once('.').expect("a source's id");
    let (readings, body) = asked_with(&*sandbox_of(cases), world, carrier, &cases.asked, &secret);
    match readings.as_slice() {
        [reading] => match reading.tracking() {
            Some(tracking) => (tracking.clone(), body),
            None => panic!("{}: {reading:?}", cases.source),
        },
        other => panic!("{}: {other:?}", cases.source),
    }
}

/// What the first scan of a journey is read as.
fn first_status(cases: &Cases) -> &str {
    let sandbox = &cases.sandbox;
    let usual = if sandbox.first == "label" { "label_created" } else { "accepted" };
    sandbox.first_status.as_deref().unwrap_or(usual)
}

#[test]
fn what_the_sandbox_says_is_what_is_read() {
    of_every_source(|cases| {
        let sandbox = &cases.sandbox;
        for name in sandbox.says.keys() {
            assert!(SCANS.contains(&name.as_str()), "{}: no scan is called {name}", cases.source);
        }
        let one = |name: &str| {
            let world = world(cases, &[&sandbox.first, name]);
            let (tracking, _) = told(cases, &world);
            let at = format!("{}: {name}: {tracking:?}", cases.source);
            let says = sandbox.says.get(name).map(String::as_str);
            // A notice says nothing of how the parcel stands.
            let stands = says.filter(|says| *says != "info").unwrap_or(first_status(cases));
            assert_eq!(tracking.status.as_str(), stands, "{at}");
            let rows = sandbox.first_rows + usize::from(says.is_some());
            assert_eq!(tracking.checkpoints.len(), sandbox.rows.get(name).copied().unwrap_or(rows), "{at}");
            if says == Some("info") {
                assert_eq!(tracking.checkpoints[0].status.as_str(), "info", "{at}");
            }
        };
        let names = SCANS.into_iter().filter(|name| *name != sandbox.first && *name != "label");
        let wrong: Vec<String> = names.filter_map(|name| complaint(|| one(name))).collect();
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    });
}

/// Whether a place is the one where it happened, as far as it is told.
fn is_at(place: Option<&Place>, truth: &SandboxPlace) -> bool {
    let Some(place) = place else { return false };
    let city = place.city.as_deref().unwrap_or_default().to_uppercase();
    place.country.is_none_or(|country| Some(country) == truth.country)
        && (city.contains(&truth.city) || truth.city.contains(&city))
}

/// All that a tracking tells beside its status, in the words of `cases.toml`. What is told and wrong is an error.
fn facets(cases: &Cases, world: &OneParcel, tracking: &Tracking) -> Vec<&'static str> {
    let parcel = &world.parcel;
    let is_delivery = |c: &&Checkpoint| c.status == tracking.status;
    let newest = tracking.checkpoints.iter().find(is_delivery).expect("a newest checkpoint");
    let clock = jiff::tz::Offset::from_seconds(parcel.destination.offset_minutes * 60).expect("an offset");
    let local = clock.to_datetime(world.now);
    let country = |place: &Option<Place>| place.as_ref().and_then(|place| place.country);
    let signed_by = tracking.proof_of_delivery.as_ref().and_then(|proof| proof.signed_by.clone());
    let same = |one: Option<OffsetTime>| one.map(|time| time.timestamp() == world.now);
    // The clock of the place, or the one whose offset is told.
    let is_clock = |time: DateTime| time == local || Some(time) == newest.time.map(OffsetTime::local);
    let facets = [
        ("instant", same(newest.time)),
        ("local_time", newest.local_time.and_then(LocalTime::datetime).map(is_clock)),
        ("place", newest.place.as_ref().map(|place| is_at(Some(place), &parcel.destination))),
        ("weight", tracking.weight_grams.map(|grams| grams == parcel.weight_grams)),
        ("origin", country(&tracking.origin).map(|country| Some(country) == parcel.origin.country)),
        (
            "destination",
            country(&tracking.destination).map(|country| Some(country) == parcel.destination.country),
        ),
        // Some tell a product of theirs instead.
        ("service", tracking.service.as_ref().filter(|service| **service == parcel.service).map(|_| true)),
        ("signed_by", signed_by.map(|name| name == SIGNER)),
        ("delivered_at", same(tracking.delivered_at)),
    ];
    for (name, is_right) in &facets {
        assert_ne!(*is_right, Some(false), "{}: {name} is told wrong: {tracking:?}", cases.source);
    }
    facets.into_iter().filter_map(|(name, told)| told.map(|_| name)).collect()
}

#[test]
fn all_that_the_sandbox_tells_is_read_and_right() {
    of_every_source(|cases| {
        let world = world(cases, &[&cases.sandbox.first, "delivered"]);
        let (tracking, _) = told(cases, &world);
        assert_eq!(facets(cases, &world, &tracking), cases.sandbox.tells, "{}", cases.source);
    });
}

#[test]
fn what_has_not_happened_is_not_told() {
    of_every_source(|cases| {
        let mut world = world(cases, &[&cases.sandbox.first, "departed", "delivered"]);
        world.now = world.parcel.steps[0].at;
        let (tracking, body) = told(cases, &world);
        assert_eq!(tracking.status.as_str(), first_status(cases), "{}", cases.source);
        assert_eq!(tracking.checkpoints.len(), cases.sandbox.first_rows, "{}", cases.source);
        assert_eq!((tracking.delivered_at, tracking.proof_of_delivery), (None, None), "{}", cases.source);
        if cases.sandbox.tells.iter().any(|told| told == "signed_by") {
            assert!(!String::from_utf8_lossy(&body).contains(SIGNER), "{}", cases.source);
        }
    });
}

#[test]
fn a_number_that_it_does_not_know_is_not_found() {
    of_every_source(|cases| {
        let world = world(cases, &[&cases.sandbox.first]);
        let (carrier, _) = cases.source.split_once('.').expect("a source's id");
        let (readings, _) = asked_with(&*sandbox_of(cases), &world, carrier, &cases.another, &secret);
        assert_eq!(readings[0].outcome(), cases.sandbox.unknown, "{}: {readings:?}", cases.source);
    });
}

#[test]
fn what_it_does_not_take_for_a_number_says_nothing() {
    of_every_source(|cases| {
        let Some(no_number) = &cases.sandbox.no_number else { return };
        let world = world(cases, &[&cases.sandbox.first]);
        let (carrier, _) = cases.source.split_once('.').expect("a source's id");
        let (readings, _) = asked_with(&*sandbox_of(cases), &world, carrier, no_number, &secret);
        assert_eq!(readings[0].outcome(), "inconclusive", "{}: {readings:?}", cases.source);
    });
}

#[test]
fn a_token_that_was_never_issued_lets_nobody_in() {
    of_every_source(|cases| {
        let source = source(&cases.source);
        let Some(exchange) = source.token() else { return };
        let world = world(cases, &[&cases.sandbox.first]);
        let (carrier, _) = cases.source.split_once('.').expect("a source's id");
        let request = sent(&source.request(&ask(carrier, &cases.asked)), Some("sbx.0"));
        let answer = sandbox_of(cases).respond(&request, &world);
        let readings = read(&cases.source, answer.status, &answer.body, Some(&cases.asked));
        assert_eq!(readings[0].outcome(), "refused", "{}: {readings:?}", cases.source);
        let response = Response { status: answer.status, body: &answer.body, asked: None };
        assert!(exchange.is_token_rejected(response), "{}", cases.source);
    });
}

#[test]
fn it_refuses_as_the_carrier_does() {
    of_every_source(|cases| {
        let kinds = [
            (Refusal::RateLimited, "rate_limited", "rate_limited"),
            (Refusal::Unavailable, "unavailable", "unavailable"),
            (Refusal::Unauthorized, "unauthorized", "refused"),
        ];
        for (refusal, name, kind) in kinds {
            let answer = sandbox_of(cases).refuse(refusal);
            let readings = read(&cases.source, answer.status, &answer.body, Some(&cases.asked));
            let kind = cases.sandbox.refusals.get(name).map_or(kind, String::as_str);
            assert_eq!(readings[0].outcome(), kind, "{}: {name}: {readings:?}", cases.source);
        }
    });
}

#[test]
fn no_wrong_secret_lets_anyone_in() {
    of_every_source(|cases| {
        let world = world(cases, &[&cases.sandbox.first, "delivered"]);
        let (carrier, _) = cases.source.split_once('.').expect("a source's id");
        for wrong in &source(&cases.source).facts().secrets {
            if cases.sandbox.unchecked_secrets.contains(wrong) {
                continue;
            }
            // Sixteen bytes in Base64 where a key of a cipher is wanted.
            let guessed = if wrong == "sign_key" { "YW5vdGhlciBrZXkgaGVyZQ==" } else { "guessed" };
            let secrets = |name: &str| if name == wrong { guessed.to_owned() } else { secret(name) };
            let (readings, _) = asked_with(&*sandbox_of(cases), &world, carrier, &cases.asked, &secrets);
            let refused = cases.sandbox.refusals.get(wrong).map_or("refused", String::as_str);
            assert_eq!(readings[0].outcome(), refused, "{}: {wrong}: {readings:?}", cases.source);
        }
    });
}
