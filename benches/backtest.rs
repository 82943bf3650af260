//! What it costs to judge all that is stored again: a store of claims of several kinds, made through the store's own units
//! of work, then judged under the version that judged and under a draft.
//!
//! `cargo bench --bench backtest [-- --claims N]` (a claim takes about 9 kB in the temporary folder)
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a bench that cannot go on ends")]

use std::path::Path;

use futures_util::{StreamExt as _, stream};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use tokio::time::Instant;
use waygate::assembly::current_book;
use waygate::domain::backtest::Tally;
use waygate::domain::lifecycle::OrderState;
use waygate::domain::observation::Observation;
use waygate::domain::order::Order;
use waygate::domain::policy::Policy;
use waygate::domain::rules::Rules;
use waygate::domain::shipment::{Claim, SellerRecord};
use waygate::domain::verdict::{Basis, Tables};
use waygate::gateway::backtest::backtest;
use waygate::ids::{ObservationId, ShipmentId, VerdictId};
use waygate::store::history::Selection;
use waygate::store::sqlite::{History, Options, SqliteStore};
use waygate::store::{
    Change, NewOrder, ObservationRecord, ShipmentRecord, Store, StoreError, StoredAnswer, VerdictRecord,
};
use waygate_carriers::contract::{CarrierId, SourceId};

const CLAIMS: u32 = 100_000;
/// Claims that are written at the same time, so that they share commits.
const AT_ONCE: usize = 512;
const ROUNDS: usize = 3;
const POLICY: &str = include_str!("../config/policies/2026-11.toml");

/// What is known of a claim.
#[derive(Clone, Copy)]
enum Kind {
    Delivered,
    Moving,
    Label,
    NotFound,
    Elsewhere,
    UnknownCarrier,
}

const KINDS: [Kind; 10] = [
    Kind::Delivered,
    Kind::Delivered,
    Kind::Delivered,
    Kind::Delivered,
    Kind::Delivered,
    Kind::Moving,
    Kind::Label,
    Kind::NotFound,
    Kind::Elsewhere,
    Kind::UnknownCarrier,
];

fn start() -> Timestamp {
    Timestamp::from_second(1_772_438_400).unwrap()
}

fn hours(count: i64) -> Timestamp {
    start() + SignedDuration::from_hours(count)
}

/// A UPS number with its check digit: odd places as they are, even ones twice, letters as (code - 63) mod 10.
fn number(n: u32) -> String {
    let body = format!("WAYG8T03{n:07}");
    let value = |byte: u8| if byte.is_ascii_digit() { byte - b'0' } else { (byte - 63) % 10 };
    let weigh = |(place, byte): (usize, u8)| u32::from(value(byte)) * if place % 2 == 0 { 1 } else { 2 };
    let sum: u32 = body.bytes().enumerate().map(weigh).sum();
    format!("1Z{body}{}", (10 - sum % 10) % 10)
}

fn reading(kind: Kind, number: &str, weight: u32) -> Option<Value> {
    let scan = |hour: i64, status: &str, country: &str, city: &str| {
        json!({"time": hours(hour).to_string(), "local_time": null, "status": status, "code": "011", "text": "a scan",
            "fault": null, "place": {"country": country, "city": city, "postal_code": null}})
    };
    let way = |last: Option<Value>| -> Vec<Value> {
        let moving = [
            scan(60, "in_transit", "US", "OAKLAND"),
            scan(40, "in_transit", "CN", "SHENZHEN"),
            scan(30, "accepted", "CN", "SHENZHEN"),
        ];
        last.into_iter().chain(moving).chain([scan(20, "label_created", "CN", "SHENZHEN")]).collect()
    };
    let (status, scans) = match kind {
        Kind::UnknownCarrier => return None,
        Kind::NotFound => {
            return Some(json!({"outcome": "not_found", "carrier": "ups", "tracking_number": number,
                "error": {"code": "TW0001", "message": "no such number"}}));
        }
        Kind::Label => ("label_created", vec![scan(20, "label_created", "CN", "SHENZHEN")]),
        Kind::Moving => ("in_transit", way(None)),
        Kind::Delivered => ("delivered", way(Some(scan(80, "delivered", "US", "OAKLAND")))),
        Kind::Elsewhere => ("delivered", way(Some(scan(80, "delivered", "FR", "PARIS")))),
    };
    let there =
        if matches!(kind, Kind::Elsewhere) { ("FR", "PARIS", "75011") } else { ("US", "OAKLAND", "94607") };
    Some(
        json!({"outcome": "found", "carrier": "ups", "tracking_number": number, "service": "Worldwide Expedited",
        "status": status, "status_code": "011", "status_text": "Delivered", "origin": {"country": "CN"},
        "destination": {"country": there.0, "city": there.1, "postal_code": there.2}, "weight_grams": weight,
        "delivered_at": null, "checkpoints": scans}),
    )
}

fn order(n: u32) -> Order {
    serde_json::from_value(
        json!({"id": format!("A-{n}"), "seller": format!("s-{}", n % 1_000), "buyer": format!("b-{n}"),
        "paid_at": start().to_string(), "handling_days": 7, "delivery_days": 30,
        "amount": {"amount": format!("{}.00", 10 + n % 400), "currency": "USD"}, "method": "standard",
        "expected_weight_grams": 800, "ship_from": {"country": "CN"},
        "ship_to": {"country": "US", "city": "Oakland", "postal_code": "94607"}}),
    )
    .unwrap()
}

/// One claim, judged and stored.
async fn store_one(store: &SqliteStore, n: u32) {
    let kind = KINDS[n as usize % KINDS.len()];
    let (order, number, now) = (order(n), number(n), hours(100));
    let carrier = if matches!(kind, Kind::UnknownCarrier) { "nobody" } else { "ups" };
    let claim = Claim {
        carrier: carrier.to_owned(),
        tracking_number: number.clone(),
        tracking_url: None,
        confirmed_at: Some(hours(20)),
        submitted_at: Some(hours(20)),
        combined_with: None,
        corrects: None,
        late: Vec::new(),
    };
    let answers: Vec<StoredAnswer> =
        reading(kind, &number, 700 + n % 1_000).into_iter().map(answer).collect();
    let observations: Vec<Observation> = answers.iter().map(|answer| observation(&answer.record)).collect();
    let basis = Basis {
        now,
        observations: answers.iter().map(|answer| answer.record.id.to_string()).collect(),
        other_claims: Vec::new(),
        seller_record: Some(SellerRecord { claims: 50, failed: 1 }),
        dispute_opened_at: None,
        source_can_answer: true,
        awaits_answer: true,
        facts: None,
    };
    let book = current_book();
    let tables = Tables { registry: book.registry, channels: book.channels, policy: book.policy };
    let verdict = basis.judge(tables, &order, &claim, &observations);
    let state = OrderState::begin(&order, Rules::current());
    let id = order.id.clone();
    let new = NewOrder { order, state: state.clone(), next_timer_at: None, at: start(), idempotency: None };
    store.register_order(new).await.unwrap();
    let shipment = ShipmentRecord {
        id: ShipmentId::generate(hours(20)),
        order: id.clone(),
        claim,
        input: number,
        carrier: None,
        format: None,
        verdict: None,
        verdict_at: None,
        tracking: None,
        tracking_at: None,
        next_look_at: None,
        next_look_why: None,
        looks: 1,
        judge_at: None,
        corrected_by: None,
        created_at: hours(20),
    };
    let given = VerdictRecord { id: VerdictId::generate(now), at: now, verdict, basis: Some(basis) };
    let change = Change {
        order: id,
        revision: 1,
        at: now,
        state,
        next_timer_at: None,
        answers: answers.into_iter().map(|answer| (shipment.id.clone(), answer)).collect(),
        verdicts: vec![(shipment.id.clone(), given)],
        shipments: vec![shipment],
        happenings: Vec::new(),
        judge_others: Vec::new(),
        claims: Vec::new(),
        docket: waygate::store::Docket::default(),
        idempotency: None,
    };
    store.apply(change).await.unwrap();
}

fn answer(reading: Value) -> StoredAnswer {
    let record = ObservationRecord {
        id: ObservationId::generate(hours(99)),
        carrier: CarrierId::new("ups").unwrap(),
        source: SourceId::new("ups.track").unwrap(),
        url: "https://example.com/track".to_owned(),
        fetched_at: hours(99),
        http_status: Some(200),
        body_sha256: None,
        body_bytes: 0,
        reading: serde_json::from_value(reading).unwrap(),
    };
    StoredAnswer { record, body: Vec::new() }
}

fn observation(record: &ObservationRecord) -> Observation {
    Observation {
        carrier: record.carrier.clone(),
        source: Some(record.source.clone()),
        official: true,
        fetched_at: record.fetched_at,
        reading: record.reading.clone(),
    }
}

fn judge_all(path: &Path, policy: &Policy) -> (Tally, f64) {
    let book = current_book();
    let began = Instant::now();
    let tables = (book.registry, book.channels, policy);
    let history = History::open(path).unwrap();
    let tally = backtest(history, &Selection::default(), tables, |_| Ok::<_, StoreError>(())).unwrap();
    (tally, began.elapsed().as_secs_f64())
}

/// The most memory that this process ever held, in MiB.
fn peak() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib: Option<u64> = line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok());
    kib.map_or_else(|| "?".to_owned(), |kib| format!("{}", kib / 1_024))
}

fn main() {
    let mut words = std::env::args().skip_while(|word| word != "--claims").skip(1);
    let claims: u32 = words.next().and_then(|word| word.parse().ok()).unwrap_or(CLAIMS);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("waygate.db");
    let began = Instant::now();
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        let store = SqliteStore::open(&path, &Options::default()).unwrap();
        let store = &store;
        stream::iter(0..claims).for_each_concurrent(AT_ONCE, |n| store_one(store, n)).await;
    });
    let size = std::fs::metadata(&path).unwrap().len();
    println!(
        "stored {claims} claims in {:.1} s, {} MB, peak memory {} MiB",
        began.elapsed().as_secs_f64(),
        size / 1_000_000,
        peak()
    );
    let draft = POLICY.replacen("id = \"2026-11\"", "id = \"draft\"", 1).replacen(
        "percent = 200",
        "percent = 150",
        1,
    );
    let draft = Policy::read(&draft).unwrap();
    let mut times = Vec::new();
    for _ in 0..ROUNDS {
        let (same, took) = judge_all(&path, Policy::current());
        assert_eq!((same.claims, same.same), (u64::from(claims), u64::from(claims)), "{same:?}");
        let (other, took_other) = judge_all(&path, &draft);
        println!("same version {took:>7.2} s   draft {took_other:>7.2} s, {} flips", other.flipped);
        assert!(other.flipped > 0);
        times.extend([took, took_other]);
    }
    times.sort_by(f64::total_cmp);
    let median = times[times.len() / 2];
    println!("{:.0} claims a second, peak memory {} MiB", f64::from(claims) / median, peak());
}
