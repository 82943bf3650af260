//! The evidence log and what it proves: appending at a thousand and at ten million entries, by turns in one run, so that
//! whatever else the machine does meets both; a verdict over a parcel of thirty scans; its certificate, made and checked.
//!
//! The command that checks it is also run as a process of its own, from nothing, beside one that does nothing else but
//! start; and by turns with another build of the program, where one is named.
//!
//! `cargo bench --bench log [-- --rounds N --before BINARY]`
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a bench that cannot go on ends")]

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::hint::black_box;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::time::Instant;
use waygate::domain::certificate::{Certificate, Evidence, PolicyText, VERSION, Withhold, check, program};
use waygate::domain::channels::Channels;
use waygate::domain::log::document::{Opening, Seed};
use waygate::domain::log::{
    Checkpoint, Edge, Hash, Leaf, Signer, TileName, TileReader, inclusion, verify_inclusion,
};
use waygate::domain::observation::Observation;
use waygate::domain::policy::Policy;
use waygate::domain::verdict::{Basis, Outcome, Tables, Verdict};
use waygate_carriers::contract::{CarrierId, SourceId};
use waygate_carriers::registry::registry;

/// Sizes at which appending is timed.
const SIZES: [u64; 2] = [1_000, 10_000_000];
/// Entries appended in a round.
const APPENDED: u64 = 200_000;
/// Times that a quick thing is done for one figure.
const TIMES: u32 = 2_000;
/// Scans of the parcel.
const SCANS: i64 = 30;
/// Processes that are started for a figure, in each round.
const STARTS: usize = 11;
/// The log's name.
const ORIGIN: &str = "bench.example/log";

fn main() {
    let mut words = std::env::args().skip_while(|word| word != "--rounds").skip(1);
    let rounds = words.next().and_then(|word| word.parse().ok()).unwrap_or(7);
    append(rounds);
    let parcel = Parcel::new();
    verdict(&parcel, rounds);
    certificate(&parcel, rounds);
}

fn entry(n: u64) -> Hash {
    Hash::leaf(&n.to_be_bytes())
}

/// The middle one of some times.
fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

/// Microseconds that each of so many took.
fn each(times: u32, took: Duration) -> f64 {
    took.as_secs_f64() * 1e6 / f64::from(times)
}

/// Microseconds that a quick thing takes.
fn rounds_of<T>(rounds: usize, mut work: impl FnMut() -> T) -> f64 {
    let round = |_| {
        let began = Instant::now();
        for _ in 0..TIMES {
            black_box(work());
        }
        each(TIMES, began.elapsed())
    };
    median((0..rounds).map(round).collect())
}

fn append(rounds: usize) {
    let edges = SIZES.map(|size| {
        let mut edge = Edge::default();
        (0..size).for_each(|n| drop(edge.append(entry(n))));
        edge
    });
    let mut taken = SIZES.map(|_| Vec::new());
    for _ in 0..rounds {
        for (edge, taken) in edges.iter().zip(&mut taken) {
            let mut edge = edge.clone();
            let began = Instant::now();
            (0..APPENDED).for_each(|n| drop(black_box(edge.append(entry(n)))));
            taken.push(each(u32::try_from(APPENDED).unwrap(), began.elapsed()));
        }
    }
    let ratio = median(taken[1].iter().zip(&taken[0]).map(|(large, small)| large / small).collect());
    for (size, taken) in SIZES.iter().zip(taken) {
        println!("append at {size:>10} entries {:>9.3} us each", median(taken));
    }
    println!("append, the large log beside the small one, paired {ratio:>9.3}");
    let roots = rounds_of(rounds, || edges[1].root());
    println!("root at {:>10} entries {roots:>11.3} us", SIZES[1]);
}

/// A delivered parcel of many scans, with its order.
struct Parcel {
    claim: Value,
    reading: Value,
    now: Timestamp,
}

impl Parcel {
    fn new() -> Self {
        let start = Timestamp::from_second(1_772_438_400).unwrap();
        let at = |hours: i64| (start + jiff::SignedDuration::from_hours(hours)).to_string();
        let scan = |n: i64| {
            let (status, country, city) = match n {
                n if n + 1 == SCANS => ("delivered", "US", "OAKLAND"),
                n if n < SCANS / 2 => ("in_transit", "CN", "SHENZHEN"),
                _ => ("in_transit", "US", "OAKLAND"),
            };
            let status = if n == 0 { "accepted" } else { status };
            json!({"time": at(24 + 4 * n), "local_time": null, "status": status, "code": "011", "text": "a scan",
                "fault": null, "place": {"country": country, "city": city, "postal_code": null}})
        };
        let scans: Vec<Value> = (0..SCANS).rev().map(scan).collect();
        let reading = json!({"outcome": "found", "carrier": "ups", "tracking_number": "1ZWAYG8T0300002011",
            "service": "Worldwide Expedited", "status": "delivered", "status_code": "011", "status_text": "Delivered",
            "origin": {"country": "CN"}, "destination": {"country": "US", "city": "OAKLAND", "postal_code": "94607"},
            "weight_grams": 800, "delivered_at": at(24 + 4 * (SCANS - 1)), "checkpoints": scans});
        let order = json!({"id": "A-1", "seller": "s-1", "buyer": "b-1", "paid_at": start.to_string(),
            "handling_days": 7, "delivery_days": 30, "amount": {"amount": "100.00", "currency": "USD"},
            "method": "standard", "expected_weight_grams": 800, "ship_from": {"country": "CN"},
            "ship_to": {"country": "US", "city": "Oakland", "postal_code": "94607"}});
        let claim = json!({"carrier": "ups", "tracking_number": "1ZWAYG8T0300002011",
            "tracking_url": "https://www.ups.com/track?tracknum=1ZWAYG8T0300002011", "confirmed_at": at(20),
            "submitted_at": at(20)});
        Self {
            claim: json!({"claim": claim, "input": "1Z WAYG8T 03 0000 2011", "order": order}),
            reading,
            now: at(24 * 10).parse().unwrap(),
        }
    }

    fn basis(&self) -> Basis {
        Basis {
            now: self.now,
            observations: vec!["obs_1".to_owned()],
            other_claims: Vec::new(),
            seller_record: serde_json::from_value(json!({"claims": 50, "failed": 1})).unwrap(),
            dispute_opened_at: None,
            source_can_answer: true,
            awaits_answer: true,
            facts: None,
        }
    }

    /// Judges.
    fn judge(&self) -> impl Fn() -> Verdict {
        let order = serde_json::from_value(self.claim["order"].clone()).unwrap();
        let claim = serde_json::from_value(self.claim["claim"].clone()).unwrap();
        let observations = [Observation {
            carrier: CarrierId::new("ups").unwrap(),
            source: Some(SourceId::new("ups.track").unwrap()),
            official: true,
            fetched_at: self.now,
            reading: serde_json::from_value(self.reading.clone()).unwrap(),
        }];
        let basis = self.basis();
        move || {
            let tables =
                Tables { registry: registry(), channels: Channels::built_in(), policy: Policy::current() };
            basis.judge(tables, &order, &claim, &observations)
        }
    }
}

fn verdict(parcel: &Parcel, rounds: usize) {
    let judge = parcel.judge();
    let told = judge();
    assert_eq!(told.verdict, Outcome::Verified, "{told:#?}");
    let took = rounds_of(rounds, &judge);
    println!("verdict over {SCANS} scans, {} checks {took:>9.3} us", told.checks.len());
}

/// Tiles in memory.
#[derive(Default)]
struct Tiles {
    edge: Edge,
    full: BTreeMap<TileName, Vec<Hash>>,
}

impl TileReader for Tiles {
    type Error = Infallible;

    fn hashes(&self, name: TileName) -> Result<Vec<Hash>, Infallible> {
        let full = self.full.get(&name).cloned();
        Ok(full.unwrap_or_else(|| self.edge.partial().find(|(there, _)| *there == name).unwrap().1))
    }
}

fn certificate(parcel: &Parcel, rounds: usize) {
    let signer = Signer::new(ORIGIN, &[7; 32]).unwrap();
    let shipment = format!("shp_{}", "0".repeat(32));
    let documents = [
        parcel.claim.clone(),
        json!({"body_bytes": 9_000, "body_sha256": "00".repeat(32), "reading": parcel.reading, "url": "https://example.com/"}),
        json!({"basis": parcel.basis(), "verdict": parcel.judge()()}),
    ];
    let commit =
        rounds_of(rounds, || documents.each_ref().map(|document| Seed([9; 32]).commit(document).unwrap()));
    println!("the hashes of claim, answer and verdict {commit:>9.3} us");
    let hashes = documents.each_ref().map(|document| Seed([9; 32]).commit(document).unwrap());
    let policy = Policy::current().id.clone();
    let policy_sha256 = Policy::sha256(&policy);
    let (v, time) = (VERSION, parcel.now);
    let leaves = [
        Leaf::Claim { v, id: shipment.clone(), time, document: hashes[0] },
        Leaf::Observation {
            v,
            id: "obs_1".to_owned(),
            shipment: shipment.clone(),
            carrier: "ups".to_owned(),
            source: "ups.track".to_owned(),
            time,
            http_status: Some(200),
            document: hashes[1],
        },
        Leaf::Verdict {
            v,
            id: "vrd_1".to_owned(),
            shipment: shipment.clone(),
            time,
            policy: policy.clone(),
            policy_sha256,
            document: hashes[2],
        },
    ];
    let mut tiles = Tiles::default();
    for n in 0..1_000_000 {
        let leaf = leaves.get(usize::try_from(n).unwrap_or(usize::MAX));
        let hash = leaf.map_or_else(|| entry(n), |leaf| Hash::leaf(&leaf.entry().unwrap()));
        let full = tiles.edge.append(hash);
        tiles.full.extend(full);
    }
    let (size, root) = (tiles.edge.size(), tiles.edge.root());
    let path = inclusion(&tiles, 1, size).unwrap();
    let leaf = Hash::leaf(&leaves[1].entry().unwrap());
    let proved = rounds_of(rounds, || assert!(verify_inclusion(leaf, 1, size, &path, root)));
    println!("a proof in a log of {size} checked {proved:>9.3} us");
    let signed = rounds_of(rounds, || signer.sign(Checkpoint::new(ORIGIN, size, root).text()));
    println!("a head signed {signed:>9.3} us");
    let mut shown = leaves.iter().zip(&documents).zip(0..).map(|((leaf, document), index)| {
        let proof = inclusion(&tiles, index, size).unwrap();
        let evidence = Evidence {
            index,
            entry: leaf.clone(),
            proof,
            document: document.clone(),
            opening: Opening::Seed(Seed([9; 32])),
        };
        evidence.show(Withhold::Nothing).unwrap()
    });
    let (claim, observation) = (shown.next().unwrap(), shown.next().unwrap());
    let certificate = Certificate {
        v,
        issued_at: time,
        program: program().to_owned(),
        log: ORIGIN.to_owned(),
        key: signer.verifier().to_string(),
        shipment,
        policy: PolicyText { id: policy, sha256: policy_sha256 },
        claim,
        observations: vec![observation],
        verdict: shown.next().unwrap(),
        erasures: Vec::new(),
        checkpoint: signer.sign(Checkpoint::new(ORIGIN, size, root).text()).to_string(),
    };
    let document = certificate.sign(&signer).unwrap();
    let keys = [signer.verifier().clone()];
    let checked = || check(document.as_bytes(), &keys, registry(), Channels::built_in()).unwrap();
    let report = checked();
    assert!(report.valid, "{:?}", report.faults);
    let took = rounds_of(rounds, checked);
    println!("a certificate of {} bytes checked, verdict made again {took:>9.3} us", document.len());
    if let Some(path) = std::env::var_os("WAYGATE_BENCH_CERTIFICATE") {
        std::fs::write(path, &document).unwrap();
    }
    cold(&document, rounds);
}

/// The binary as people run it: a new process each time, by turns.
fn cold(certificate: &str, rounds: usize) {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), certificate).unwrap();
    let file = file.path().to_str().unwrap();
    let commands: [(&str, &[&str]); 3] = [
        ("starting alone", &["--version"]),
        ("a number checked", &["check", "--json", "1Z999AA10123456784"]),
        ("a certificate checked", &["certificate", "verify", "--json", file]),
    ];
    let mut words = std::env::args().skip_while(|word| word != "--before").skip(1);
    let builds: Vec<(&str, String)> =
        [("now", Some(env!("CARGO_BIN_EXE_waygate").to_owned())), ("before", words.next())]
            .into_iter()
            .filter_map(|(name, path)| Some((name, path?)))
            .collect();
    let runs: Vec<_> =
        commands.iter().flat_map(|command| builds.iter().map(move |build| (command, build))).collect();
    let mut taken = vec![Vec::new(); runs.len()];
    for _ in 0..rounds * STARTS {
        for (((_, arguments), (_, binary)), taken) in runs.iter().zip(&mut taken) {
            let began = Instant::now();
            let ran = std::process::Command::new(binary).args(*arguments).output().unwrap();
            taken.push(began.elapsed().as_secs_f64() * 1e3);
            assert!(ran.status.success(), "{ran:?}");
        }
    }
    for (((what, _), (build, _)), taken) in runs.iter().zip(taken) {
        println!("cold, {what}, {build} {:>9.3} ms", median(taken));
    }
}
