//! What the store promises to those who own endpoints and follow events.

use std::collections::BTreeMap;
use std::sync::Arc;

use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use waygate::domain::event::EventType;
use waygate::domain::event_pattern::EventPattern;
use waygate::domain::notice::NoticeType;
use waygate::ids::{EndpointId, EventId};
use waygate::store::{
    AttemptResult, Change, Cursor, DeliveryFilter, DeliveryState, DueDelivery, Endpoint, EndpointState,
    EndpointStore, EventFilter, Notice, PayloadForm, SealedHeader, SecretVersions, SignatureForm, StoreError,
};

use super::engines::{Engine, on_every_engine};
use super::samples::*;

/// One store, seen from both sides.
struct Both {
    work: Shared,
    owner: Arc<dyn EndpointStore>,
    engine: Engine,
}

impl Both {
    fn of(engine: Engine) -> Self {
        let store = engine.open();
        Self { work: Arc::clone(&store) as _, owner: store, engine }
    }

    /// Claims all that is due, delivers it or whatever `result` says, and goes on until nothing is due: what was posted,
    /// as order and sequence number.
    async fn drain(
        &self,
        seconds: i64,
        result: impl Fn(&DueDelivery) -> AttemptResult,
    ) -> Vec<(String, i64)> {
        let mut posted = Vec::new();
        loop {
            let due = self.work.claim_deliveries(at(seconds), at(seconds + 60), 100).await.unwrap();
            if due.is_empty() {
                return posted;
            }
            for delivery in due {
                posted.push((delivery.event.order.clone(), delivery.event.sequence));
                self.work.record_attempt(attempt(&delivery, result(&delivery))).await.unwrap();
            }
        }
    }

    async fn states(&self, endpoint: &Endpoint) -> Vec<DeliveryState> {
        let page = self.work.deliveries(endpoint.id.clone(), None, 200).await.unwrap();
        page.items.into_iter().rev().map(|delivery| delivery.state).collect()
    }
}

/// How many rows a table has, seen past the store.
async fn rows(both: &Both, table: &str) -> i64 {
    both.engine.number(&format!("SELECT count(*) FROM {table}")).await
}

/// A result for every delivery.
fn always(result: AttemptResult) -> impl Fn(&DueDelivery) -> AttemptResult {
    move |_| result.clone()
}

fn patterns(texts: &[&str]) -> Vec<EventPattern> {
    texts.iter().map(|text| text.parse().unwrap()).collect()
}

async fn an_endpoint_comes_back_as_it_was_given(engine: Engine) {
    let both = Both::of(engine);
    let full = Endpoint {
        event_types: patterns(&["dispute.*", "order.completed"]),
        description: Some("the shop".to_owned()),
        payload: PayloadForm::Thin,
        signature: SignatureForm::Both,
        secret: SecretVersions { version: 3, previous_until: Some(at(99)) },
        headers: vec![SealedHeader { name: "authorization".to_owned(), sealed: "AAAA".to_owned() }],
        rate_per_second: Some(7),
        ..endpoint(&[])
    };
    both.work.create_endpoint(full.clone(), None).await.unwrap();
    assert_eq!(both.owner.endpoint(full.id.clone()).await.unwrap(), Some(full.clone()));

    let changed =
        Endpoint { url: "https://example.com/other".to_owned(), rate_per_second: None, ..full.clone() };
    assert!(both.owner.replace_endpoint(changed.clone(), None).await.unwrap());
    let now = both.owner.endpoint(full.id.clone()).await.unwrap().unwrap();
    assert_eq!(now, Endpoint { revision: 2, ..changed.clone() });
    let late = both.owner.replace_endpoint(changed, None).await;
    assert!(matches!(late, Err(StoreError::Conflict)), "it was changed since it was read");
    let nobody = Endpoint { id: EndpointId::generate(at(1)), ..full };
    assert!(!both.owner.replace_endpoint(nobody, None).await.unwrap());
}

async fn a_family_of_types_is_delivered_and_nothing_else(engine: Engine) {
    let both = Both::of(engine);
    let wanting = Endpoint { event_types: patterns(&["shipment.*"]), ..endpoint(&[]) };
    both.work.create_endpoint(wanting.clone(), None).await.unwrap();
    let first = registered(&both.work, "A-1").await;
    let kinds = [EventType::ShipmentSubmitted, EventType::TrackingUpdated, EventType::ShipmentVerified];
    both.work.apply(Change { happenings: kinds.map(happening).into(), ..change(&first) }).await.unwrap();
    let posted = both.drain(10, always(AttemptResult::Delivered)).await;
    assert_eq!(posted, [("A-1".to_owned(), 1), ("A-1".to_owned(), 3)]);
}

async fn replacing_an_endpoint_holds_and_lets_go_what_waits(engine: Engine) {
    let both = Both::of(engine);
    let made = listening(&both.work).await;
    registered(&both.work, "A-1").await;
    told(&both.work, "A-1", 1).await;
    let off = Endpoint { state: EndpointState::Disabled, ..made };
    assert!(both.owner.replace_endpoint(off.clone(), None).await.unwrap());
    assert_eq!(both.drain(10, always(AttemptResult::Delivered)).await, []);
    let on = Endpoint { state: EndpointState::Enabled, revision: 2, ..off };
    assert!(both.owner.replace_endpoint(on, None).await.unwrap());
    assert_eq!(both.drain(10, always(AttemptResult::Delivered)).await.len(), 1);
}

async fn deleting_cancels_what_waits_and_keeps_what_was(engine: Engine) {
    let both = Both::of(engine);
    let (gone, stays) = (listening(&both.work).await, listening(&both.work).await);
    registered(&both.work, "A-1").await;
    told(&both.work, "A-1", 3).await;
    let due = both.work.claim_deliveries(at(10), at(70), 9).await.unwrap();
    for delivery in &due {
        both.work.record_attempt(attempt(delivery, AttemptResult::Delivered)).await.unwrap();
    }
    assert_eq!(both.owner.delete_endpoint(gone.id.clone(), at(11)).await.unwrap(), Some(2));
    assert_eq!(
        both.states(&gone).await,
        [DeliveryState::Delivered, DeliveryState::Cancelled, DeliveryState::Cancelled]
    );
    assert_eq!(both.owner.endpoint(gone.id.clone()).await.unwrap(), None);
    assert_eq!(both.work.endpoints().await.unwrap().len(), 1);
    assert!(!both.work.set_endpoint_state(gone.id.clone(), EndpointState::Enabled).await.unwrap());

    // What happens later is for the other alone, and deleting again changes nothing.
    told(&both.work, "A-1", 1).await;
    assert_eq!(both.states(&gone).await.len(), 3);
    assert_eq!(both.owner.delete_endpoint(gone.id.clone(), at(12)).await.unwrap(), Some(0));
    assert_eq!(both.owner.delete_endpoint(EndpointId::generate(at(1)), at(12)).await.unwrap(), None);
    assert_eq!(both.drain(100, always(AttemptResult::Delivered)).await.len(), 3);
    assert_eq!(both.states(&stays).await, [DeliveryState::Delivered; 4]);
}

async fn deliveries_are_found_by_state_type_and_time_page_by_page(engine: Engine) {
    let both = Both::of(engine);
    let to = listening(&both.work).await;
    let first = registered(&both.work, "A-1").await;
    let kinds = [EventType::ShipmentSubmitted, EventType::TrackingUpdated, EventType::DisputeOpened];
    both.work.apply(Change { happenings: kinds.map(happening).into(), ..change(&first) }).await.unwrap();
    let second = case(&both.work, "A-1").await;
    let happenings = vec![happening(EventType::DisputeRuled)];
    both.work.apply(Change { happenings, at: at(50), ..change(&second) }).await.unwrap();
    let fail_the_second = |delivery: &DueDelivery| {
        if delivery.event.sequence == 2 { AttemptResult::GiveUp } else { AttemptResult::Delivered }
    };
    assert_eq!(both.drain(60, fail_the_second).await.len(), 4);
    let found = async |filter: DeliveryFilter| {
        let (mut numbers, mut after) = (Vec::new(), None);
        loop {
            let page = both.owner.find_deliveries(to.id.clone(), filter.clone(), after, 2).await.unwrap();
            numbers.extend(page.items.into_iter().map(|delivery| delivery.event.sequence));
            after = page.next;
            if after.is_none() {
                return numbers;
            }
        }
    };
    let all = DeliveryFilter::default();
    assert_eq!(found(all.clone()).await, [4, 3, 2, 1]);
    assert_eq!(found(DeliveryFilter { state: Some(DeliveryState::Failed), ..all.clone() }).await, [2]);
    assert_eq!(found(DeliveryFilter { types: patterns(&["dispute.*"]), ..all.clone() }).await, [4, 3]);
    assert_eq!(found(DeliveryFilter { from: Some(at(50)), ..all.clone() }).await, [4]);
    assert_eq!(found(DeliveryFilter { to: Some(at(50)), ..all.clone() }).await, [3, 2, 1]);
    assert!(found(DeliveryFilter { state: Some(DeliveryState::Pending), ..all.clone() }).await.is_empty());
    let bad = both.owner.find_deliveries(to.id.clone(), all, Some(Cursor("ord-1".to_owned())), 2).await;
    assert!(matches!(bad, Err(StoreError::BadCursor)));
}

async fn one_delivery_is_begun_anew_with_all_its_attempts_and_the_same_event(engine: Engine) {
    let both = Both::of(engine);
    let to = listening(&both.work).await;
    registered(&both.work, "A-1").await;
    told(&both.work, "A-1", 1).await;
    let due = both.work.claim_deliveries(at(10), at(70), 9).await.unwrap();
    let event = due[0].event.clone();
    let again =
        async |seconds| both.owner.replay_one(to.id.clone(), event.id.clone(), at(seconds)).await.unwrap();
    assert!(again(20).await, "it is under way");
    assert_eq!(both.work.claim_deliveries(at(20), at(80), 9).await.unwrap(), [], "and is not posted twice");

    both.work.record_attempt(attempt(&due[0], AttemptResult::RetryAt(at(500)))).await.unwrap();
    assert!(again(30).await, "it waits for its next attempt");
    let mut due = both.work.claim_deliveries(at(30), at(90), 9).await.unwrap();
    assert_eq!((due.len(), due[0].attempts, &due[0].event), (1, 0, &event));

    for (now, result) in [(40, AttemptResult::Delivered), (50, AttemptResult::GiveUp)] {
        both.work.record_attempt(attempt(&due[0], result)).await.unwrap();
        assert!(again(now).await, "it was finished");
        due = both.work.claim_deliveries(at(now), at(now + 60), 9).await.unwrap();
        assert_eq!((due.len(), due[0].attempts, &due[0].event), (1, 0, &event));
        both.work.record_attempt(attempt(&due[0], AttemptResult::Delivered)).await.unwrap();
        assert!(again(now + 1).await);
        due = both.work.claim_deliveries(at(now + 1), at(now + 61), 9).await.unwrap();
    }
    assert!(!both.owner.replay_one(to.id.clone(), EventId::generate(at(1)), at(60)).await.unwrap());
}

async fn what_is_replayed_comes_before_what_follows_it_in_its_order(engine: Engine) {
    let both = Both::of(engine);
    let to = listening(&both.work).await;
    for order in ["A-1", "A-2"] {
        registered(&both.work, order).await;
        told(&both.work, order, 3).await;
    }
    both.drain(10, always(AttemptResult::Delivered)).await;
    // A fourth waits for its next attempt, and would be due.
    told(&both.work, "A-1", 1).await;
    let due = both.work.claim_deliveries(at(20), at(80), 9).await.unwrap();
    both.work.record_attempt(attempt(&due[0], AttemptResult::RetryAt(at(30)))).await.unwrap();
    let filter = DeliveryFilter { from: Some(at(0)), ..DeliveryFilter::default() };
    let done = both.owner.replay(to.id.clone(), filter, None, 100, at(40)).await.unwrap();
    assert_eq!((done.count, done.next), (6, None), "what is pending is posted anyway");
    let posted = both.drain(40, always(AttemptResult::Delivered)).await;
    let mut by_order: BTreeMap<String, Vec<i64>> = BTreeMap::new();
    for (order, sequence) in posted {
        by_order.entry(order).or_default().push(sequence);
    }
    assert_eq!(by_order["A-1"], [1, 2, 3, 4]);
    assert_eq!(by_order["A-2"], [1, 2, 3]);
}

async fn a_range_is_replayed_in_portions_without_a_gap_or_a_double(engine: Engine) {
    let both = Both::of(engine);
    let to = listening(&both.work).await;
    for n in 0..5 {
        registered(&both.work, &format!("A-{n}")).await;
        told(&both.work, &format!("A-{n}"), 3).await;
    }
    let odd_fail = |delivery: &DueDelivery| {
        if delivery.event.sequence == 2 { AttemptResult::GiveUp } else { AttemptResult::Delivered }
    };
    assert_eq!(both.drain(10, odd_fail).await.len(), 15);
    let replay = async |state| {
        let filter = DeliveryFilter { state, ..DeliveryFilter::default() };
        let (mut counts, mut after) = (Vec::new(), None);
        loop {
            let done = both.owner.replay(to.id.clone(), filter.clone(), after, 4, at(20)).await.unwrap();
            counts.push(done.count);
            after = done.next;
            if after.is_none() {
                return counts;
            }
        }
    };
    assert_eq!(replay(Some(DeliveryState::Failed)).await, [4, 1]);
    let posted = both.drain(20, always(AttemptResult::Delivered)).await;
    assert!(posted.len() == 5 && posted.iter().all(|(_, sequence)| *sequence == 2), "{posted:?}");
    assert_eq!(replay(Some(DeliveryState::Failed)).await, [0]);
    assert_eq!(replay(None).await, [4, 4, 4, 3]);
    let mut posted = both.drain(30, always(AttemptResult::Delivered)).await;
    posted.sort();
    posted.dedup();
    assert_eq!(posted.len(), 15);
}

async fn a_disabled_endpoints_replay_waits_until_it_is_enabled(engine: Engine) {
    let both = Both::of(engine);
    let to = listening(&both.work).await;
    registered(&both.work, "A-1").await;
    told(&both.work, "A-1", 2).await;
    both.drain(10, always(AttemptResult::Delivered)).await;
    both.work.set_endpoint_state(to.id.clone(), EndpointState::Disabled).await.unwrap();
    let filter = DeliveryFilter { from: Some(at(0)), ..DeliveryFilter::default() };
    assert_eq!(both.owner.replay(to.id.clone(), filter, None, 9, at(20)).await.unwrap().count, 2);
    assert_eq!(both.drain(20, always(AttemptResult::Delivered)).await, []);
    both.work.set_endpoint_state(to.id, EndpointState::Enabled).await.unwrap();
    let posted = both.drain(20, always(AttemptResult::Delivered)).await;
    assert_eq!(posted, [("A-1".to_owned(), 1), ("A-1".to_owned(), 2)]);
}

async fn events_are_followed_by_place_order_seller_and_type(engine: Engine) {
    let both = Both::of(engine);
    assert_eq!(both.owner.newest_event().await.unwrap(), 0);
    let none = both.owner.events_after(0, EventFilter::default(), 9).await.unwrap();
    assert_eq!((none.events.len(), none.seen, none.cursor, none.more), (0, 0, None, false));
    let mut foreign = new_order("A-2");
    foreign.order.seller = Some("s-2".to_owned());
    registered(&both.work, "A-1").await;
    both.work.register_order(foreign).await.unwrap();
    for order in ["A-1", "A-2", "A-1", "A-2", "A-1"] {
        told(&both.work, order, 1).await;
    }
    let walked = async |filter: EventFilter| {
        let (mut seen, mut place) = (Vec::new(), 0);
        loop {
            let stretch = both.owner.events_after(place, filter.clone(), 2).await.unwrap();
            assert!(stretch.events.iter().all(|placed| filter.fits(placed)));
            seen.extend(stretch.events.into_iter().map(|p| (p.event.order, p.event.sequence)));
            place = stretch.seen;
            if !stretch.more {
                assert_eq!(place, both.owner.newest_event().await.unwrap());
                return seen;
            }
        }
    };
    let name = |order: &str, n| (order.to_owned(), n);
    let all = EventFilter::default();
    assert_eq!(
        walked(all.clone()).await,
        [name("A-1", 1), name("A-2", 1), name("A-1", 2), name("A-2", 2), name("A-1", 3)]
    );
    let second = [name("A-2", 1), name("A-2", 2)];
    assert_eq!(walked(EventFilter { order: Some("A-2".to_owned()), ..all.clone() }).await, second);
    assert_eq!(walked(EventFilter { seller: Some("s-2".to_owned()), ..all.clone() }).await, second);
    assert_eq!(walked(EventFilter { seller: Some(String::new()), ..all.clone() }).await, []);
    assert_eq!(walked(EventFilter { types: patterns(&["dispute.*"]), ..all.clone() }).await, []);
    assert_eq!(walked(EventFilter { types: patterns(&["tracking.*"]), ..all.clone() }).await.len(), 5);
    let here = both.owner.events_after(2, all.clone(), 0).await.unwrap();
    assert_eq!(
        (here.events.len(), here.seen, here.more),
        (0, 2, true),
        "asking for none is asking where one is"
    );
    let stretch = both.owner.events_after(1, all, 1).await.unwrap();
    assert_eq!(here.cursor, stretch.cursor);
    let found = both.owner.event(stretch.cursor.unwrap()).await.unwrap().unwrap();
    assert_eq!((found.place, found.seller.as_deref(), stretch.more), (2, Some("s-2"), true));
    assert_eq!(stretch.events, [found]);
}

async fn whoever_waits_for_writing_hears_of_it_after_it_can_be_read(engine: Engine) {
    let both = Both::of(engine);
    let mut written = both.owner.written();
    registered(&both.work, "A-1").await;
    told(&both.work, "A-1", 1).await;
    written.changed().await.unwrap();
    assert_eq!(both.owner.newest_event().await.unwrap(), 1);
    drop(both);
    while written.changed().await.is_ok() {}
}

async fn an_endpoint_that_is_gone_is_told_to_those_who_ask_for_it_and_to_no_other(engine: Engine) {
    let both = Both::of(engine);
    let watching = Endpoint { event_types: patterns(&["webhook_endpoint.*"]), ..endpoint(&[]) };
    both.work.create_endpoint(watching.clone(), None).await.unwrap();
    let described = Endpoint { description: Some("the shop".to_owned()), ..endpoint(&[]) };
    both.work.create_endpoint(described.clone(), None).await.unwrap();
    listening(&both.work).await;
    registered(&both.work, "A-1").await;
    told(&both.work, "A-1", 1).await;
    for delivery in both.work.claim_deliveries(at(10), at(70), 9).await.unwrap() {
        let gone = AttemptResult::DisableEndpoint("410 Gone".to_owned());
        let result = if delivery.endpoint.id == described.id { gone } else { AttemptResult::Delivered };
        both.work.record_attempt(attempt(&delivery, result)).await.unwrap();
    }
    assert_eq!(both.work.next_due().await.unwrap(), Some(at(20)), "there is something to wake up for");
    let due = both.owner.claim_notices(at(20), at(80), 9).await.unwrap();
    assert_eq!((due.len(), &due[0].endpoint.id, due[0].attempts), (1, &watching.id, 0));
    let notice = &due[0].notice;
    assert_eq!((notice.kind, notice.at), (NoticeType::EndpointDisabled, at(20)));
    assert_eq!(notice.data["endpoint"], described.id.as_str());
    assert_eq!(notice.data["description"], "the shop");
    assert_eq!(notice.data["why"], "410 Gone");

    assert_eq!(both.owner.claim_notices(at(30), at(90), 9).await.unwrap(), [], "it is claimed");
    both.owner.settle_notice(watching.id.clone(), notice.id.clone(), Some(at(100))).await.unwrap();
    let again = both.owner.claim_notices(at(100), at(160), 9).await.unwrap();
    assert_eq!((again[0].attempts, &again[0].notice), (1, notice));
    both.owner.settle_notice(watching.id, notice.id.clone(), None).await.unwrap();
    assert_eq!(both.owner.claim_notices(at(1_000), at(1_060), 9).await.unwrap(), []);
    assert_eq!(rows(&both, "notices").await, 0, "what was told is forgotten");
}

async fn an_endpoint_is_not_told_of_itself_nor_a_disabled_one_of_anything(engine: Engine) {
    let both = Both::of(engine);
    let watching = Endpoint { event_types: patterns(&["webhook_endpoint.failing"]), ..endpoint(&[]) };
    both.work.create_endpoint(watching.clone(), None).await.unwrap();
    let tell = async |about: &EndpointId, seconds| {
        let data = serde_json::Map::new();
        let id = EventId::generate(at(seconds));
        let notice = Notice { id, kind: NoticeType::EndpointFailing, at: at(seconds), data };
        both.owner.tell_notice(about.clone(), notice).await.unwrap();
    };
    tell(&watching.id, 10).await;
    assert_eq!(both.owner.claim_notices(at(10), at(70), 9).await.unwrap(), []);
    let other = listening(&both.work).await;
    tell(&other.id, 11).await;
    both.work.set_endpoint_state(watching.id.clone(), EndpointState::Disabled).await.unwrap();
    tell(&other.id, 12).await;
    assert_eq!(both.owner.claim_notices(at(20), at(80), 9).await.unwrap(), []);
    both.work.set_endpoint_state(watching.id.clone(), EndpointState::Enabled).await.unwrap();
    assert_eq!(both.owner.claim_notices(at(200), at(260), 9).await.unwrap(), []);
    assert_eq!(rows(&both, "notices").await, 0);
    tell(&other.id, 300).await;
    both.owner.delete_endpoint(watching.id, at(301)).await.unwrap();
    assert_eq!(both.owner.claim_notices(at(400), at(460), 9).await.unwrap(), []);
    assert_eq!((rows(&both, "notices").await, rows(&both, "notice_deliveries").await), (0, 0));
}

/// The layout before endpoints had settings.
const BEFORE: [&str; 3] = [
    include_str!("../../../src/store/sqlite/migrations/0001_start.sql"),
    include_str!("../../../src/store/sqlite/migrations/0002_sources.sql"),
    include_str!("../../../src/store/sqlite/migrations/0003_log.sql"),
];

#[tokio::test]
async fn an_endpoint_of_an_older_layout_goes_on_as_it_was() {
    let Engine::Sqlite(folder) = Engine::sqlite() else { unreachable!() };
    let path = folder.path().join("store.db");
    let old = endpoint(&[EventType::TrackingUpdated]);
    let db = rusqlite::Connection::open(&path).unwrap();
    for step in BEFORE {
        db.execute_batch(step).unwrap();
    }
    let made = "INSERT INTO endpoints (id, url, event_types, state, created_at)
                VALUES (?1, ?2, '[\"tracking.updated\"]', 'enabled', ?3)";
    db.execute(made, rusqlite::params![old.id.as_str(), old.url, at(0).as_microsecond()]).unwrap();
    db.execute_batch("PRAGMA user_version = 3; PRAGMA application_id = 0x57476174").unwrap();
    drop(db);
    let both = Both::of(Engine::Sqlite(folder));
    assert_eq!(both.work.endpoints().await.unwrap(), [old]);
    registered(&both.work, "A-1").await;
    told(&both.work, "A-1", 1).await;
    assert_eq!(both.drain(10, always(AttemptResult::Delivered)).await.len(), 1);
}

/// Something that owners, orders and receivers do.
#[derive(Debug, Clone)]
enum Act {
    Tell { order: usize, times: usize },
    Claim { results: Vec<usize> },
    ReplayOne { nth: usize },
    Replay { failed: bool, limit: u32 },
    Disable,
    Enable,
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let act = prop_oneof![
        (0_usize..2, 1_usize..4).prop_map(|(order, times)| Act::Tell { order, times }),
        prop::collection::vec(0_usize..4, 1..4).prop_map(|results| Act::Claim { results }),
        prop::collection::vec(0_usize..4, 1..4).prop_map(|results| Act::Claim { results }),
        (0_usize..12).prop_map(|nth| Act::ReplayOne { nth }),
        (any::<bool>(), 1_u32..5).prop_map(|(failed, limit)| Act::Replay { failed, limit }),
        Just(Act::Disable),
        Just(Act::Enable),
    ];
    prop::collection::vec(act, 1..40)
}

/// What is claimed comes before everything of its order that is still to come.
async fn claimed_in_order(both: &Both, to: &Endpoint, seconds: i64) -> Vec<DueDelivery> {
    let due = both.work.claim_deliveries(at(seconds), at(seconds + 60), 100).await.unwrap();
    let all = both.work.deliveries(to.id.clone(), None, 1_000).await.unwrap().items;
    for claimed in &due {
        let lower = all.iter().find(|other| {
            other.state == DeliveryState::Pending
                && other.event.order == claimed.event.order
                && other.event.sequence < claimed.event.sequence
        });
        assert_eq!(lower, None, "{claimed:?} came before it");
    }
    due
}

async fn play(engine: Engine, acts: Vec<Act>) {
    let both = Both::of(engine);
    let to = listening(&both.work).await;
    for order in ["A-0", "A-1"] {
        registered(&both.work, order).await;
    }
    let mut clock = 10;
    for act in acts {
        clock += 100;
        match act {
            Act::Tell { order, times } => told(&both.work, &format!("A-{order}"), times).await,
            Act::Claim { results } => {
                let due = claimed_in_order(&both, &to, clock).await;
                // A fourth kind of result is none: its worker died, and the lease ends.
                for (delivery, result) in due.iter().zip(results.iter().cycle()) {
                    let kinds = [
                        AttemptResult::Delivered,
                        AttemptResult::RetryAt(at(clock + 150)),
                        AttemptResult::GiveUp,
                    ];
                    if let Some(result) = kinds.get(*result) {
                        both.work.record_attempt(attempt(delivery, result.clone())).await.unwrap();
                    }
                }
            }
            Act::ReplayOne { nth } => {
                let all = both.work.deliveries(to.id.clone(), None, 1_000).await.unwrap().items;
                if let Some(delivery) = all.get(nth) {
                    let event = delivery.event.id.clone();
                    assert!(both.owner.replay_one(to.id.clone(), event, at(clock)).await.unwrap());
                }
            }
            Act::Replay { failed, limit } => {
                let state = failed.then_some(DeliveryState::Failed);
                let filter = DeliveryFilter { state, ..DeliveryFilter::default() };
                let mut after = None;
                loop {
                    let done = both
                        .owner
                        .replay(to.id.clone(), filter.clone(), after, limit, at(clock))
                        .await
                        .unwrap();
                    assert!(done.count <= u64::from(limit));
                    after = done.next;
                    if after.is_none() {
                        break;
                    }
                }
            }
            Act::Disable | Act::Enable => {
                let state =
                    if matches!(act, Act::Enable) { EndpointState::Enabled } else { EndpointState::Disabled };
                assert!(both.work.set_endpoint_state(to.id.clone(), state).await.unwrap());
            }
        }
    }
    // In the end nothing is left behind, whatever was done.
    both.work.set_endpoint_state(to.id.clone(), EndpointState::Enabled).await.unwrap();
    loop {
        clock += 1_000;
        let due = claimed_in_order(&both, &to, clock).await;
        if due.is_empty() {
            break;
        }
        for delivery in &due {
            both.work.record_attempt(attempt(delivery, AttemptResult::Delivered)).await.unwrap();
        }
    }
    let left = both.states(&to).await;
    assert!(left.iter().all(|state| *state != DeliveryState::Pending), "{left:?}");
    assert_eq!(both.work.next_due().await.unwrap(), None);
}

fn played(cases: u32, engine: impl AsyncFn() -> Engine) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let mut runner = TestRunner::new(ProptestConfig::with_cases(cases));
    let run = |acts| {
        runtime.block_on(async { play(engine().await, acts).await });
        Ok(())
    };
    runner.run(&acts(), run).unwrap();
}

/// Whatever is replayed, each order comes in order, and nothing is left behind.
mod replayed_in_order {
    use super::*;

    #[test]
    fn on_sqlite() {
        played(48, async || Engine::sqlite());
    }

    #[test]
    fn on_postgres() {
        played(12, Engine::postgres);
    }

    #[test]
    fn on_postgres_distributed() {
        played(12, Engine::distributed);
    }
}

on_every_engine! {
    an_endpoint_comes_back_as_it_was_given,
    a_family_of_types_is_delivered_and_nothing_else,
    replacing_an_endpoint_holds_and_lets_go_what_waits,
    deleting_cancels_what_waits_and_keeps_what_was,
    deliveries_are_found_by_state_type_and_time_page_by_page,
    one_delivery_is_begun_anew_with_all_its_attempts_and_the_same_event,
    what_is_replayed_comes_before_what_follows_it_in_its_order,
    a_range_is_replayed_in_portions_without_a_gap_or_a_double,
    a_disabled_endpoints_replay_waits_until_it_is_enabled,
    events_are_followed_by_place_order_seller_and_type,
    whoever_waits_for_writing_hears_of_it_after_it_can_be_read,
    an_endpoint_that_is_gone_is_told_to_those_who_ask_for_it_and_to_no_other,
    an_endpoint_is_not_told_of_itself_nor_a_disabled_one_of_anything,
}
