//! Small values to store: each function gives one that is whole, and the tests change what they are about.

use std::sync::Arc;

use jiff::Timestamp;
use sha2::{Digest, Sha256};
use waygate::domain::event::{EventType, Happening};
use waygate::domain::lifecycle::OrderState;
use waygate::domain::order::{Address, Order};
use waygate::domain::rules::Rules;
use waygate::domain::shipment::Claim;
use waygate::domain::verdict::{Check, CheckOutcome, Effect, Outcome, Verdict};
use waygate::ids::{AttemptId, EndpointId, KeyId, ObservationId, ShipmentId, VerdictId};
use waygate::store::{
    Attempt, AttemptResult, CaseFile, Change, Docket, DueDelivery, Endpoint, IdempotencyRecord, NewOrder,
    ObservationRecord, Registered, ShipmentRecord, Store, StoredAnswer, VerdictRecord,
};
use waygate_carriers::contract::{
    CarrierId, Country, Failure, FailureKind, Reading, SourceId, Status, Tracking,
};

/// The store under test.
pub type Shared = Arc<dyn Store>;

/// So many seconds after the beginning of the story.
pub fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_770_000_000 + seconds).unwrap()
}

pub fn order(id: &str) -> Order {
    Order {
        id: id.to_owned(),
        seller: Some("s-1".to_owned()),
        buyer: Some("b-1".to_owned()),
        paid_at: at(-3_600),
        handling_days: Some(3),
        delivery_days: Some(30),
        amount: Some("100.00 USD".parse().unwrap()),
        method: None,
        expected_weight_grams: Some(800),
        ship_from: None,
        ship_to: Address {
            country: Country::new("US").unwrap(),
            region: None,
            city: Some("Oakland".to_owned()),
            postal_code: Some("94607".to_owned()),
        },
    }
}

pub fn state() -> OrderState {
    OrderState::begin(&order("A-1"), Rules::current())
}

pub fn new_order(id: &str) -> NewOrder {
    NewOrder { order: order(id), state: state(), next_timer_at: None, at: at(0), idempotency: None }
}

/// Registers a new order and gives its case.
pub async fn registered(store: &Shared, id: &str) -> CaseFile {
    assert_eq!(store.register_order(new_order(id)).await.unwrap(), Registered::Added);
    case(store, id).await
}

pub async fn case(store: &Shared, id: &str) -> CaseFile {
    store.case(id.to_owned()).await.unwrap().unwrap()
}

/// A change that changes nothing but the revision.
pub fn change(case: &CaseFile) -> Change {
    Change {
        order: case.order.order.id.clone(),
        revision: case.order.revision,
        at: at(10),
        state: case.order.state.clone(),
        next_timer_at: case.order.next_timer_at,
        shipments: Vec::new(),
        answers: Vec::new(),
        verdicts: Vec::new(),
        happenings: Vec::new(),
        judge_others: Vec::new(),
        claims: Vec::new(),
        docket: Docket::default(),
        idempotency: None,
    }
}

/// Registers an order with one shipment.
pub async fn submitted(store: &Shared, order: &str, number: &str) -> ShipmentRecord {
    let case = registered(store, order).await;
    let shipment = shipment(order, number);
    store.apply(Change { shipments: vec![shipment.clone()], ..change(&case) }).await.unwrap();
    shipment
}

/// Tells that something happened to an order, `times` times.
pub async fn told(store: &Shared, order: &str, times: usize) {
    let case = case(store, order).await;
    let happenings = vec![happening(EventType::TrackingUpdated); times];
    store.apply(Change { happenings, ..change(&case) }).await.unwrap();
}

pub fn ups() -> CarrierId {
    CarrierId::new("ups").unwrap()
}

pub fn shipment(order: &str, number: &str) -> ShipmentRecord {
    ShipmentRecord {
        id: ShipmentId::generate(at(5)),
        order: order.to_owned(),
        claim: Claim {
            carrier: "UPS".to_owned(),
            tracking_number: number.to_owned(),
            tracking_url: Some("https://example.com/track".to_owned()),
            confirmed_at: Some(at(4)),
            submitted_at: Some(at(5)),
            combined_with: None,
            corrects: None,
            late: Vec::new(),
        },
        input: format!(" {number} "),
        carrier: Some(ups()),
        format: Some("ups.1z".to_owned()),
        verdict: None,
        verdict_at: None,
        tracking: None,
        tracking_at: None,
        next_look_at: None,
        next_look_why: None,
        looks: 0,
        judge_at: None,
        corrected_by: None,
        created_at: at(5),
    }
}

pub fn tracking(number: &str) -> Reading {
    let mut tracking = Tracking::new(ups(), number, Status::InTransit);
    tracking.status_text = Some("Wird befördert, 配送中 \"…\"".to_owned());
    tracking.weight_grams = Some(1_200);
    Reading::from(tracking)
}

pub fn not_found() -> Reading {
    Reading::from(Failure::new(FailureKind::NotFound, "TW0001", "no such number"))
}

/// Bytes that do not pack, the same for the same seed (Knuth's MMIX generator).
pub fn noise(bytes: usize, seed: u64) -> Vec<u8> {
    let step =
        |n: &u64| Some(n.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407));
    std::iter::successors(Some(seed), step).skip(1).map(|n| n.to_be_bytes()[0]).take(bytes).collect()
}

pub fn answer(body: &[u8], fetched_at: Timestamp) -> StoredAnswer {
    let sha256 = Sha256::digest(body).iter().fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"));
    StoredAnswer {
        record: ObservationRecord {
            id: ObservationId::generate(fetched_at),
            carrier: ups(),
            source: SourceId::new("ups.track").unwrap(),
            url: "https://example.com/api/track".to_owned(),
            fetched_at,
            http_status: Some(200),
            body_sha256: Some(sha256),
            body_bytes: body.len() as u64,
            reading: tracking("1Z999AA10123456784"),
        },
        body: body.to_vec(),
    }
}

pub fn verdict(outcome: Outcome) -> Verdict {
    Verdict {
        verdict: outcome,
        policy: "2026-11".to_owned(),
        turns_at: Some(at(900)),
        next_look_at: None,
        next_look_why: None,
        ask_seller: vec!["…".to_owned()],
        delivered_at: None,
        checks: vec![Check {
            id: "destination-country".to_owned(),
            outcome: CheckOutcome::Fail,
            effect: Effect::Hard,
            reason: "it went elsewhere".to_owned(),
            for_seller: "look at the address".to_owned(),
            evidence: vec!["observation:1#checkpoint:0".to_owned()],
        }],
    }
}

pub fn verdict_record(outcome: Outcome, at: Timestamp) -> VerdictRecord {
    VerdictRecord { id: VerdictId::generate(at), at, verdict: verdict(outcome), basis: None }
}

pub fn happening(kind: EventType) -> Happening {
    let data = [("note".to_owned(), "é \u{1f4e6}".into()), ("n".to_owned(), 7.into())].into_iter().collect();
    Happening { kind, at: at(9), rule: Some("protection.expiry".to_owned()), data }
}

pub fn endpoint(event_types: &[EventType]) -> Endpoint {
    let event_types = event_types.iter().map(|kind| (*kind).into()).collect();
    Endpoint { event_types, ..Endpoint::new(EndpointId::generate(at(0)), "https://example.com/hook", at(0)) }
}

/// An endpoint that is in the store.
pub async fn listening(store: &Shared) -> Endpoint {
    let endpoint = endpoint(&[]);
    store.create_endpoint(endpoint.clone(), None).await.unwrap();
    endpoint
}

pub fn attempt(due: &DueDelivery, result: AttemptResult) -> Attempt {
    let delivered = result == AttemptResult::Delivered;
    Attempt {
        id: AttemptId::generate(at(20)),
        endpoint: due.endpoint.id.clone(),
        event: due.event.id.clone(),
        lease: due.lease,
        at: at(20),
        took_ms: 12,
        http_status: Some(if delivered { 204 } else { 500 }),
        error: (!delivered).then(|| "500".to_owned()),
        answer: "…".to_owned(),
        result,
    }
}

pub fn idempotency(key: &KeyId, text: &str) -> IdempotencyRecord {
    IdempotencyRecord {
        key: key.clone(),
        idempotency_key: text.to_owned(),
        request_sha256: "00".repeat(32),
        status: 201,
        body: "{\"id\":\"…\"}".to_owned(),
        at: at(10),
    }
}
