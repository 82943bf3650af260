//! Whichever statement of a unit of work fails, nothing is there by half, and the same unit passes when it is tried again.

use std::sync::Arc;

use futures_util::future::BoxFuture;
use jiff::SignedDuration;
use waygate::domain::event::EventType;
use waygate::domain::notice::NoticeType;
use waygate::domain::verdict::Outcome;
use waygate::ids::KeyId;
use waygate::store::replicas::{FlightOutcome, FlightWish, PaceLease};
use waygate::store::{
    ApiKey, Attempt, AttemptResult, Cause, Change, Cursor, DeliveryClaim, DeliveryFilter, Endpoint,
    EndpointState, Fault, FileLook, Incident, Kept, LaneRecord, NewOrder, Notice, QuotaLease, QuotaReturn,
    Room, Scope, ShipmentRecord, StoreError, Tripwire, WholeStore,
};
use waygate_carriers::contract::SourceId;

use super::engines::{Engine, on_every_engine};
use super::erasure::ended;
use super::samples::*;

on_every_engine! {
    whichever_statement_fails_nothing_is_there_by_half_and_the_next_try_passes,
}

pub type Whole = Arc<dyn WholeStore>;
pub type Operation = Box<dyn Fn(Whole) -> BoxFuture<'static, Result<(), StoreError>>>;

/// An operation on a store from values that are the same at each try.
macro_rules! operation {
    ($store:ident => $work:expr) => {
        Box::new(move |$store: Whole| {
            let work = $work;
            Box::pin(async move { work.await.map(drop) }) as BoxFuture<'static, _>
        }) as Operation
    };
}

/// Clones values into the future that uses them.
macro_rules! with {
    ($store:ident, $method:ident($($value:ident),*)) => {
        operation!($store => {
            $(let $value = $value.clone();)*
            async move { $store.$method($($value),*).await }
        })
    };
}

/// What is done to a store with two orders, one shipment each, and an endpoint; in this order.
pub async fn operations(store: &Whole, key: &KeyId) -> Vec<(&'static str, Operation)> {
    let shared: Shared = Arc::clone(store) as _;
    let endpoint = listening(&shared).await;
    let listened = endpoint.clone();
    let first = submitted(&shared, "A-1", "N-1").await;
    submitted(&shared, "A-2", "N-1").await;
    told(&shared, "A-2", 2).await;
    let order = NewOrder { idempotency: Some(idempotency(key, "order")), ..new_order("A-3") };
    let due = ShipmentRecord {
        next_look_at: Some(at(1)),
        judge_at: Some(at(2)),
        verdict: Some(verdict(Outcome::Rejected)),
        ..first.clone()
    };
    let new = shipment("A-1", "N-2");
    let case = case(&shared, "A-1").await;
    let change = Change {
        claims: vec![(new.id.clone(), case.order.order.clone())],
        shipments: vec![due, new],
        answers: vec![(first.id.clone(), answer(b"the answer", at(9)))],
        verdicts: vec![(first.id, verdict_record(Outcome::Rejected, at(9)))],
        happenings: vec![happening(EventType::TrackingUpdated), happening(EventType::ShipmentVerified)],
        judge_others: vec!["N-1".to_owned()],
        idempotency: Some(idempotency(key, "change")),
        ..change(&case)
    };
    let told = shared.order_events("A-2".to_owned()).await.unwrap().remove(0).id;
    let attempt = move |result| Attempt {
        id: waygate::ids::AttemptId::generate(at(20)),
        endpoint: endpoint.id.clone(),
        event: told.clone(),
        lease: 1,
        at: at(20),
        took_ms: 1,
        http_status: Some(200),
        error: None,
        answer: String::new(),
        result,
    };
    let gone = attempt(AttemptResult::DisableEndpoint("410".to_owned()));
    let endpoint_id = gone.endpoint.clone();
    let retry = attempt(AttemptResult::RetryAt(at(500)));
    let delivered = attempt(AttemptResult::Delivered);
    let (enabled, another, none) = (EndpointState::Enabled, super::samples::endpoint(&[]), at(11));
    let remembered = Some(idempotency(key, "endpoint"));
    let source = SourceId::new("ups.track").unwrap();
    let cost = Some("0.5 USD".parse().unwrap());
    let lease = QuotaLease {
        source: source.clone(),
        credential: String::new(),
        at: at(0),
        ends_at: at(86_400),
        portion: 10,
        per_day: Some(100),
        cost: cost.clone(),
    };
    let unused = QuotaReturn {
        source: source.clone(),
        credential: String::new(),
        began_at: at(0),
        at: at(1),
        requests: 3,
        cost,
    };
    let pace = PaceLease {
        source: source.clone(),
        credential: String::new(),
        holder: "a replica".to_owned(),
        at: at(1),
        stretch: Some(SignedDuration::from_secs(3)),
        ahead: SignedDuration::ZERO,
        concurrent: 5,
        under_way: 0,
        wanted: 1,
        yields: false,
        until: at(30),
    };
    let wish = FlightWish {
        source: source.clone(),
        number: "N-1".to_owned(),
        flight: "a flight".to_owned(),
        at: at(1),
        until: at(30),
        fetched_after: None,
    };
    let landed = Some((
        FlightOutcome {
            url: "https://example.com/track".to_owned(),
            fetched_at: at(2),
            fresh_until: at(500),
            http_status: Some(200),
            reading: tracking("N-1"),
            again_at: None,
            body: b"the answer".to_vec(),
        },
        at(500),
    ));
    let (of_number, flight, nothing) = (wish.number.clone(), wish.flight.clone(), None);
    let (of_source, unnamed, holder) = (source.clone(), String::new(), pace.holder.clone());
    let once_more = wish.clone();
    let incident = Incident { source, at: at(3), kind: "redirect".to_owned(), what: "elsewhere".to_owned() };
    let api_key = ApiKey {
        id: KeyId::generate(at(0)),
        name: "one".to_owned(),
        sha256: "ab".repeat(32),
        scopes: vec![Scope::Operator],
        seller: None,
        created_at: at(0),
        revoked_at: None,
    };
    let (api_key_id, now, until, limit) = (api_key.id.clone(), at(10), at(900), 9_u32);
    // An order that came to its end, with names, papers and a file; and what is told of endpoints.
    ended(store.as_ref(), "A-4").await;
    let over = shared.papers("A-4".to_owned()).await.unwrap().evidence.remove(0).id;
    let look = FileLook { evidence: over, key: key.clone(), at: at(12) };
    let (bodies, settled) = (Kept::Bodies, Some(at(800)));
    let (late, by_request, order_over) = (at(600), Cause::Request, "A-4".to_owned());
    let asking = Endpoint {
        event_types: vec!["webhook_endpoint.failing".parse().unwrap()],
        ..super::samples::endpoint(&[])
    };
    let told_of = Notice::about(&asking, NoticeType::EndpointFailing, "no answer", at(12));
    let (asking_id, notice_id) = (asking.id.clone(), told_of.id.clone());
    let (noticed, unremembered) = (None, None);
    let lane = LaneRecord { held_until: Some(at(700)), ..LaneRecord::new(delivered.endpoint.clone()) };
    let (no_attempts, lanes) = (Vec::new(), vec![lane]);
    // It was disabled and enabled before.
    let turned =
        Endpoint { url: "https://example.com/new".to_owned(), revision: listened.revision + 2, ..listened };
    let (all, first_page, again) = (DeliveryFilter::default(), None, delivered.event.clone());
    let (name, place) = ("nats".to_owned(), Cursor("evt_1".to_owned()));
    let claim = DeliveryClaim { now: at(20_000), lease_until: at(20_060), limit, room: Room::boundless() };
    vec![
        ("register_order", with!(store, register_order(order))),
        ("apply", with!(store, apply(change))),
        ("claim_looks", with!(store, claim_looks(now, until, limit))),
        ("claim_judgements", with!(store, claim_judgements(now, until, limit))),
        ("claim_deliveries", with!(store, claim_deliveries(now, until, limit))),
        ("record_attempt: gone", with!(store, record_attempt(gone))),
        ("set_endpoint_state", {
            let endpoint_id = endpoint_id.clone();
            with!(store, set_endpoint_state(endpoint_id, enabled))
        }),
        ("record_attempt: retry", with!(store, record_attempt(retry))),
        ("record_attempt: delivered", with!(store, record_attempt(delivered))),
        ("create_endpoint", with!(store, create_endpoint(another, remembered))),
        ("record_attempts: a lane", with!(store, record_attempts(no_attempts, lanes))),
        ("replay", {
            let endpoint_id = endpoint_id.clone();
            with!(store, replay(endpoint_id, all, first_page, limit, late))
        }),
        ("replay_one", {
            let endpoint_id = endpoint_id.clone();
            with!(store, replay_one(endpoint_id, again, now))
        }),
        ("claim_in_turn", with!(store, claim_in_turn(claim))),
        ("create_endpoint: for notices", with!(store, create_endpoint(asking, noticed))),
        ("tell_notice", {
            let endpoint_id = endpoint_id.clone();
            with!(store, tell_notice(endpoint_id, told_of))
        }),
        ("claim_notices", with!(store, claim_notices(late, until, limit))),
        ("settle_notice", with!(store, settle_notice(asking_id, notice_id, settled))),
        ("replace_endpoint", with!(store, replace_endpoint(turned, unremembered))),
        ("delete_endpoint", with!(store, delete_endpoint(endpoint_id, late))),
        ("set_position", with!(store, set_position(name, place))),
        ("note_look", with!(store, note_look(look))),
        ("retain: bodies", with!(store, retain(bodies, late, late, limit))),
        ("erase", with!(store, erase(order_over, by_request, late))),
        ("forget_idempotency", with!(store, forget_idempotency(none))),
        ("create_key", with!(store, create_key(api_key))),
        ("revoke_key", with!(store, revoke_key(api_key_id, now))),
        ("lease_quota", with!(store, lease_quota(lease))),
        ("return_quota", with!(store, return_quota(unused))),
        ("note_incident", with!(store, note_incident(incident))),
        ("lease_pace", with!(store, lease_pace(pace))),
        ("return_permits", {
            let of_source = of_source.clone();
            with!(store, return_permits(of_source, unnamed, holder))
        }),
        ("board_flight", with!(store, board_flight(wish))),
        ("land_flight", {
            let (of_source, of_number, flight) = (of_source.clone(), of_number.clone(), flight.clone());
            with!(store, land_flight(of_source, of_number, flight, landed))
        }),
        ("forget_flights", with!(store, forget_flights(late))),
        ("board_flight: once more", with!(store, board_flight(once_more))),
        ("land_flight: nothing", with!(store, land_flight(of_source, of_number, flight, nothing))),
    ]
}

async fn whichever_statement_fails_nothing_is_there_by_half_and_the_next_try_passes(engine: Engine) {
    let wire = Tripwire::default();
    let store = engine.open_with(Some(wire.clone()));
    let key = KeyId::generate(at(0));
    for (name, operation) in operations(&store, &key).await {
        let before = engine.rows().await;
        let mut statement = 0;
        loop {
            statement += 1;
            let failures = wire.failed();
            wire.lay(statement, Fault::Failure);
            let outcome = operation(Arc::clone(&store)).await;
            wire.lay(0, Fault::Failure);
            if wire.failed() == failures {
                outcome.unwrap_or_else(|error| panic!("{name}: {error}"));
                break;
            }
            assert!(outcome.is_err(), "{name}: statement {statement} failed, and nobody was told");
            assert_eq!(engine.rows().await, before, "{name}: after statement {statement} failed");
        }
        assert!(statement > 1, "{name}: nothing was written");
        assert_ne!(engine.rows().await, before, "{name}: nothing is to be seen of it");
    }
}
