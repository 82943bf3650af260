//! The worker over many deliveries: order, limits, failures of endpoints and of the store.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use jiff::{SignedDuration, Timestamp};
use reqwest::dns::Resolve;
use waygate::clock::{Clock, ManualClock};
use waygate::net::client::Egress;
use waygate::net::guard::Allow;
use waygate::store::{DueDelivery, StoreError};
use waygate::webhook::deliver::{Deliverer, Limits};

use super::fake_store::FakeStore;
use super::guarding::Names;
use super::receiver::Receiver;
use super::{delivery, endpoint, master, noon};

pub fn worker(store: &Arc<FakeStore>, clock: impl Clock, limits: Limits) -> Deliverer {
    patient(store, clock, limits, Duration::from_millis(400))
}

/// The same with another patience for an answer.
pub fn patient(store: &Arc<FakeStore>, clock: impl Clock, limits: Limits, patience: Duration) -> Deliverer {
    let resolver: Arc<dyn Resolve> = Arc::new(Names::nothing());
    let egress = Egress::with(Allow::loopback(), &resolver, patience).unwrap();
    let store: Arc<FakeStore> = Arc::clone(store);
    let clock = Arc::new(clock);
    Deliverer::new(store, clock.clone(), clock, Arc::new(master()), egress, limits)
}

/// Order and sequence number of what was received.
pub fn arrivals(receiver: &Receiver) -> Vec<(String, i64)> {
    let read = |body: &[u8]| -> serde_json::Value { serde_json::from_slice(body).unwrap() };
    let all = receiver.received();
    let bodies = all.iter().map(|got| read(&got.body));
    bodies
        .map(|body| (body["order"].as_str().unwrap().to_owned(), body["sequence"].as_i64().unwrap()))
        .collect()
}

#[tokio::test]
async fn an_orders_events_arrive_in_order_and_all_of_them() {
    let receiver = Receiver::start().await;
    let target = endpoint(&receiver.url("ok"));
    let orders = ["A", "B", "C", "D", "E"];
    // Written backwards, so that the order is not that of the insertion.
    let due = orders.iter().flat_map(|order| (1..=20).rev().map(|n| delivery(&target, order, n)));
    let store = Arc::new(FakeStore::of(due));
    let worker = worker(&store, ManualClock::new(noon()), Limits::default());
    assert_eq!(worker.run_due().await.unwrap(), 100);
    let arrived = arrivals(&receiver);
    for order in orders {
        let numbers: Vec<_> = arrived.iter().filter(|(of, _)| of == order).map(|(_, n)| *n).collect();
        assert_eq!(numbers, (1..=20).collect::<Vec<_>>(), "{order}");
    }
    assert_eq!(store.pending(), 0);
    assert_eq!(worker.run_due().await.unwrap(), 0);
}

#[tokio::test]
async fn a_failed_event_holds_back_its_own_order_until_its_time_has_come() {
    let receiver = Receiver::start().await;
    let (bad, good) = (endpoint(&receiver.url("500")), endpoint(&receiver.url("ok")));
    let store = Arc::new(FakeStore::of([
        delivery(&bad, "A", 1),
        delivery(&bad, "A", 2),
        delivery(&good, "A", 1),
        delivery(&good, "A", 2),
    ]));
    let clock = ManualClock::new(noon());
    let worker = worker(&store, clock.clone(), Limits::default());
    assert_eq!(worker.run_due().await.unwrap(), 3);
    assert_eq!(store.pending(), 2);
    clock.advance(SignedDuration::from_secs(3));
    assert_eq!(worker.run_due().await.unwrap(), 0);
    clock.advance(SignedDuration::from_secs(3));
    assert_eq!(worker.run_due().await.unwrap(), 1);
    let ids: Vec<_> = store.attempts().into_iter().filter(|made| made.endpoint == bad.id).collect();
    assert_eq!(ids[0].event, ids[1].event);
    assert_ne!(ids[0].id, ids[1].id);
    let sent: Vec<_> = receiver.received().into_iter().filter(|got| got.path == "500").collect();
    assert_eq!(sent[0].body, sent[1].body);
    assert_eq!(sent[0].headers["webhook-id"], sent[1].headers["webhook-id"]);
    assert_ne!(sent[0].headers["webhook-timestamp"], sent[1].headers["webhook-timestamp"]);
}

#[tokio::test]
async fn an_endpoint_that_is_gone_is_disabled_and_its_deliveries_are_kept() {
    let receiver = Receiver::start().await;
    let gone = endpoint(&receiver.url("410"));
    let store = Arc::new(FakeStore::of([delivery(&gone, "A", 1), delivery(&gone, "A", 2)]));
    let clock = ManualClock::new(noon());
    let worker = worker(&store, clock.clone(), Limits::default());
    assert_eq!(worker.run_due().await.unwrap(), 1);
    assert!(store.is_disabled(&gone.id));
    assert_eq!(store.pending(), 2);
}

/// The receiver lets requests go in threes: fewer at once would never be answered.
#[tokio::test]
async fn posts_run_side_by_side_as_many_as_may() {
    for (limits, endpoints, alone) in [
        (Limits { posts_per_endpoint: 3, ..Limits::default() }, 1, 1),
        (Limits { posts: 3, ..Limits::default() }, 12, 0),
    ] {
        let receiver = Receiver::start().await;
        receiver.let_go(alone);
        let targets: Vec<_> = (0..endpoints).map(|_| endpoint(&receiver.url("trio"))).collect();
        let due = (0..12 + alone).map(|n| delivery(&targets[n % endpoints], &format!("A-{n}"), 1));
        let store = Arc::new(FakeStore::of(due));
        let worker = worker(&store, ManualClock::new(noon()), limits);
        assert_eq!(worker.run_due().await.unwrap(), 12 + alone);
        assert_eq!((store.pending(), receiver.most_at_once()), (0, 3));
    }
}

#[tokio::test]
async fn a_run_claims_no_more_than_it_may() {
    let receiver = Receiver::start().await;
    let target = endpoint(&receiver.url("ok"));
    let store = Arc::new(FakeStore::of((0..30).map(|n| delivery(&target, &format!("A-{n}"), 1))));
    let limits = Limits { claims_per_run: 10, ..Limits::default() };
    let worker = worker(&store, ManualClock::new(noon()), limits);
    for _ in 0..3 {
        assert_eq!(worker.run_due().await.unwrap(), 10);
    }
    assert_eq!(worker.run_due().await.unwrap(), 0);
    assert_eq!(store.pending(), 0);
}

#[tokio::test]
async fn what_could_not_be_recorded_is_delivered_again_with_the_same_id() {
    let receiver = Receiver::start().await;
    let store = Arc::new(FakeStore::of([delivery(&endpoint(&receiver.url("ok")), "A", 1)]));
    let clock = ManualClock::new(noon());
    let limits = Limits::default();
    let worker = worker(&store, clock.clone(), limits);
    store.refuse_records(true);
    assert!(matches!(worker.run_due().await, Err(StoreError::Full)));
    store.refuse_records(false);
    assert_eq!(worker.run_due().await.unwrap(), 0);
    clock.advance(limits.lease);
    assert_eq!(worker.run_due().await.unwrap(), 1);
    let [first, second] = receiver.received().try_into().unwrap();
    assert_eq!(first.headers["webhook-id"], second.headers["webhook-id"]);
}

#[tokio::test]
async fn a_post_is_not_begun_when_its_lease_would_end_first() {
    let receiver = Receiver::start().await;
    let store = Arc::new(FakeStore::of([delivery(&endpoint(&receiver.url("ok")), "A", 1)]));
    let limits = Limits { lease: SignedDuration::from_secs(5), ..Limits::default() };
    let worker = worker(&store, ManualClock::new(noon()), limits);
    assert_eq!(worker.run_due().await.unwrap(), 0);
    assert_eq!((receiver.received().len(), store.pending()), (0, 1));
}

/// A clock that is two days later whenever it is looked at: every lease has ended by then.
struct Leaping(ManualClock);

impl Clock for Leaping {
    fn now(&self) -> Timestamp {
        self.0.advance(SignedDuration::from_hours(48));
        self.0.now()
    }

    fn sleep_until(&self, at: Timestamp) -> BoxFuture<'_, ()> {
        self.0.sleep_until(at)
    }
}

#[tokio::test]
async fn a_lease_that_ends_under_a_fast_clock_makes_no_second_post() {
    let receiver = Receiver::start().await;
    let store = Arc::new(FakeStore::of((0..5).map(|n| {
        let path = if n == 0 { "never" } else { "ok" };
        delivery(&endpoint(&receiver.url(path)), &format!("A-{n}"), 1)
    })));
    // As many claims as let each come again several times, and the silent one be tried no second time.
    let limits = Limits { claims_per_run: 20, ..Limits::default() };
    let worker = worker(&store, Leaping(ManualClock::new(noon())), limits);
    worker.run_due().await.unwrap();
    let mut arrived = arrivals(&receiver);
    arrived.retain(|(order, _)| order != "A-0");
    arrived.sort();
    assert_eq!(arrived, (1..5).map(|n| (format!("A-{n}"), 1)).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_delivery_that_always_fails_is_tried_ten_times_and_does_not_block_the_next_event_for_ever() {
    let receiver = Receiver::start().await;
    let target = endpoint(&receiver.url("all-but-A"));
    let clock = ManualClock::new(noon());
    // Longer than any wait, so that each round makes one attempt; another order shows that the endpoint is well.
    let round = SignedDuration::from_hours(30);
    let of_another = (0..19)
        .map(|n| DueDelivery { created_at: noon() + round * n, ..delivery(&target, &format!("B-{n}"), 1) });
    let of_one = [delivery(&target, "A", 1), delivery(&target, "A", 2)];
    let store = Arc::new(FakeStore::of(of_one.into_iter().chain(of_another)));
    let worker = worker(&store, clock.clone(), Limits::default());
    for n in 1..=19 {
        // The tenth attempt is the last, and the next event of the order follows it at once.
        assert_eq!(worker.run_due().await.unwrap(), if n == 10 { 3 } else { 2 });
        clock.advance(round);
    }
    assert_eq!(store.pending(), 0);
    let of_one = arrivals(&receiver).into_iter().filter(|(order, _)| order == "A");
    let sequences: Vec<_> = of_one.map(|(_, sequence)| sequence).collect();
    assert_eq!(sequences, [[1; 10], [2; 10]].concat());
}
