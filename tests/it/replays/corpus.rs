//! The whole corpus of verdicts, stored as the gateway stores claims, and judged again from the store: under the version
//! that judged, not one verdict differs in one field.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::Value;
use waygate::assembly::current_book;
use waygate::domain::backtest::Tally;
use waygate::domain::lifecycle::OrderState;
use waygate::domain::order::{Address, Order};
use waygate::domain::policy::Policy;
use waygate::domain::rules::Rules;
use waygate::domain::shipment::{Claim, OtherClaim};
use waygate::domain::verdict::Outcome;
use waygate::gateway::advance::{Input, Spread, advance};
use waygate::gateway::backtest::backtest;
use waygate::ids::{ObservationId, ShipmentId};
use waygate::store::history::Selection;
use waygate::store::sqlite::{History, Options, SqliteStore};
use waygate::store::{NewOrder, ObservationRecord, ShipmentRecord, Store, StoreError, StoredAnswer};
use waygate_carriers::contract::{CarrierId, Reading, Response, SourceId};
use waygate_carriers::numbers::Hint;

fn corpus() -> BTreeMap<String, Value> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/verdicts/corpus");
    let read = |path: std::path::PathBuf| {
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let claim: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        (name, claim["input"].clone())
    };
    std::fs::read_dir(folder).unwrap().map(|entry| read(entry.unwrap().path())).collect()
}

fn member<T: serde::de::DeserializeOwned + Default>(input: &Value, name: &str) -> T {
    let value = input.get(name).cloned().filter(|value| !value.is_null());
    value.map(|value| serde_json::from_value(value).unwrap()).unwrap_or_default()
}

async fn register(store: &dyn Store, order: Order) {
    let at = order.paid_at;
    let state = OrderState::begin(&order, Rules::current());
    let new = NewOrder { order, state, next_timer_at: None, at, idempotency: None };
    store.register_order(new).await.unwrap();
}

async fn change(store: &dyn Store, order: &str, input: &Input, now: Timestamp) {
    let case = store.case(order.to_owned()).await.unwrap().unwrap();
    let spread = Spread { jitter: 0.5 };
    // An order that is past it takes no further number: then there is nothing to judge.
    if let Ok(change) = advance(&case, input, current_book(), &|_| true, spread, now, None) {
        store.apply(change).await.unwrap();
    }
}

async fn submit(store: &dyn Store, order: &str, claim: Claim, all_goods: bool, now: Timestamp) -> ShipmentId {
    let hint = Hint { claimed: None, ship_from: None };
    let normalized = current_book().registry.formats().identify(&claim.tracking_number, hint).normalized;
    let at = claim.given_at(now);
    let shipment = ShipmentRecord {
        id: ShipmentId::generate(at),
        order: order.to_owned(),
        input: claim.tracking_number.clone(),
        claim: Claim { tracking_number: normalized, ..claim },
        carrier: None,
        format: None,
        verdict: None,
        verdict_at: None,
        tracking: None,
        tracking_at: None,
        next_look_at: None,
        next_look_why: None,
        looks: 0,
        judge_at: None,
        corrected_by: None,
        created_at: at,
    };
    let id = shipment.id.clone();
    change(store, order, &Input::Submitted { shipment: Box::new(shipment), all_goods, key: None }, at).await;
    id
}

/// Another order that names the number, or another parcel of the same order.
async fn submit_other(store: &dyn Store, own: &Order, other: OtherClaim, now: Timestamp) {
    if other.order != own.id {
        let country = other.ship_to.and_then(|to| to.country).unwrap_or(own.ship_to.country);
        let ship_to = Address { country, region: None, city: None, postal_code: None };
        let order = Order {
            id: other.order.clone(),
            seller: other.seller,
            buyer: other.buyer,
            ship_to,
            ..own.clone()
        };
        register(store, order).await;
    }
    let claim = Claim {
        carrier: other.carrier.unwrap_or_else(|| "ups".to_owned()),
        tracking_number: other.tracking_number,
        tracking_url: None,
        confirmed_at: other.submitted_at,
        submitted_at: other.submitted_at,
        combined_with: other.combined_with,
        corrects: None,
        late: Vec::new(),
    };
    submit(store, &other.order, claim, false, now).await;
}

/// A recorded answer, its body read as the carrier's source sent it.
fn answer(recorded: &Value, claim: &Claim, now: Timestamp) -> Option<StoredAnswer> {
    let text = |name: &str| recorded.get(name).and_then(Value::as_str);
    let carrier = CarrierId::new(text("carrier").unwrap_or(&claim.carrier)).ok()?;
    let named = text("source").and_then(|source| SourceId::new(source).ok());
    let source = named.clone().unwrap_or_else(|| SourceId::new(&format!("{carrier}.corpus")).unwrap());
    let reading: Reading = match text("body") {
        None => serde_json::from_value(recorded["tracking"].clone()).unwrap(),
        Some(body) => {
            let status = recorded.get("http_status").and_then(Value::as_u64).unwrap_or(200);
            let asked = Some(claim.tracking_number.as_str());
            let response = Response { status: u16::try_from(status).unwrap(), body: body.as_bytes(), asked };
            current_book().registry.read(&carrier, named.as_ref(), response).remove(0)
        }
    };
    let fetched_at = text("fetched_at").map_or(now, |at| at.parse::<Timestamp>().unwrap());
    let record = ObservationRecord {
        id: ObservationId::generate(fetched_at),
        carrier,
        source,
        url: "https://example.com/".to_owned(),
        fetched_at,
        http_status: None,
        body_sha256: None,
        body_bytes: 0,
        reading,
    };
    // What was fetched later was not known then.
    (fetched_at <= now).then_some(StoredAnswer { record, body: Vec::new() })
}

/// Stores a claim of the corpus with everything around it.
async fn store_claim(store: &dyn Store, input: &Value) {
    let now: Timestamp = input["now"].as_str().unwrap().parse().unwrap();
    let order: Order = serde_json::from_value(input["order"].clone()).unwrap();
    let claim: Claim = serde_json::from_value(input["claim"].clone()).unwrap();
    register(store, order.clone()).await;
    for other in member::<Vec<OtherClaim>>(input, "other_claims") {
        submit_other(store, &order, other, now).await;
    }
    let observations = member::<Vec<Value>>(input, "observations");
    let answers = observations.iter().filter_map(|recorded| answer(recorded, &claim, now)).collect();
    let shipment = submit(store, &order.id, claim, true, now).await;
    change(store, &order.id, &Input::Looked { shipment, answers, not_before: None }, now).await;
}

/// Judges all of a store's claims again.
pub fn judged_again(path: &Path, policy: &Policy) -> Tally {
    let book = current_book();
    let history = History::open(path).unwrap();
    let tables = (book.registry, book.channels, policy);
    backtest(history, &Selection::default(), tables, |_| Ok::<_, StoreError>(())).unwrap()
}

#[tokio::test]
async fn under_the_version_that_judged_every_claim_of_the_corpus_gets_the_same_verdict_bit_for_bit() {
    let corpus = corpus();
    let (mut claims, mut judged) = (0, BTreeMap::new());
    for (name, input) in &corpus {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("waygate.db");
        let store: Arc<dyn Store> = Arc::new(SqliteStore::open(&path, &Options::default()).unwrap());
        store_claim(store.as_ref(), input).await;
        let tally = judged_again(&path, Policy::current());
        assert!(tally.claims > 0, "{name}");
        assert_eq!((tally.same, &tally.not_replayed), (tally.claims, &BTreeMap::new()), "{name}: {tally:?}");
        claims += tally.claims;
        for ((from, to), cell) in tally.table {
            assert_eq!(from, to, "{name}");
            *judged.entry(from).or_insert(0) += cell.claims;
        }
    }
    assert!(claims >= corpus.len() as u64);
    for outcome in
        [Outcome::Verified, Outcome::Pending, Outcome::Suspicious, Outcome::Rejected, Outcome::Unverifiable]
    {
        assert!(judged.get(&outcome).is_some_and(|claims| *claims > 0), "{judged:?}");
    }
}
