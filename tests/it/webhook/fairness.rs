//! Endpoints do not wait for each other: whatever one does, the others get theirs.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;
use tokio::sync::Notify;
use waygate::clock::{Clock as _, ManualClock};
use waygate::store::AttemptResult;
use waygate::webhook::deliver::Limits;
use waygate::webhook::notices::Notice;

use super::delivering::{arrivals, patient, worker};
use super::fake_store::FakeStore;
use super::receiver::Receiver;
use super::{delivery, endpoint, noon};

/// Longer than all that answers takes together, on a busy machine too.
const PATIENCE: Duration = Duration::from_secs(3);

/// In which order attempts were recorded: whether each was one of the silent endpoints'.
fn answered(store: &FakeStore) -> Vec<bool> {
    store.attempts().iter().map(|attempt| attempt.http_status.is_some()).collect()
}

#[tokio::test]
async fn silent_endpoints_hold_up_nobody_and_nothing_of_them_is_lost() {
    let receiver = Receiver::start().await;
    let silent: Vec<_> = (0..20).map(|_| endpoint(&receiver.url("never"))).collect();
    let good = endpoint(&receiver.url("ok"));
    let of_silent = (0..40).map(|n| delivery(&silent[n % 20], &format!("S-{n}"), 1));
    let of_good = (0..200).map(|n| delivery(&good, &format!("G-{n}"), 2));
    let store = Arc::new(FakeStore::of(of_silent.chain(of_good)));
    let clock = ManualClock::new(noon());
    let limits = Limits { posts: 32, claimed: 64, ..Limits::default() };
    let worker = patient(&store, clock.clone(), limits, PATIENCE);
    worker.run_due().await.unwrap();
    let recorded = answered(&store);
    assert_eq!(recorded.iter().filter(|answered| **answered).count(), 200);
    assert!(
        recorded[..200].iter().all(|answered| *answered),
        "the good ones were done before a silent one was"
    );
    assert_eq!(store.pending(), 40);
}

#[tokio::test]
async fn more_silent_endpoints_than_posts_leave_room_for_those_that_answer() {
    let receiver = Receiver::start().await;
    let good = endpoint(&receiver.url("ok"));
    let clock = ManualClock::new(noon());
    let limits = Limits { posts: 16, claimed: 32, ..Limits::default() };
    let first = [delivery(&good, "G", 1)];
    let later = noon() + SignedDuration::from_secs(1);
    let silent: Vec<_> = (0..30).map(|_| endpoint(&receiver.url("never"))).collect();
    let of_silent = silent.iter().map(|silent| (delivery(silent, "S", 1), later));
    let of_good = (0..60).map(|n| (delivery(&good, &format!("G-{n}"), 2), later));
    let rest = of_silent.chain(of_good).map(|(mut due, at)| {
        due.created_at = at;
        due
    });
    let store = Arc::new(FakeStore::of(first.into_iter().chain(rest)));
    let worker = patient(&store, clock.clone(), limits, PATIENCE);
    assert_eq!(worker.run_due().await.unwrap(), 1, "the endpoint has shown that it answers");
    clock.set(later);
    worker.run_due().await.unwrap();
    // In the fake store's order all the silent ones come first.
    assert!(answered(&store)[..61].iter().all(|answered| *answered), "{:?}", answered(&store));
}

#[tokio::test]
async fn an_endpoint_that_is_down_is_probed_and_not_hammered() {
    let receiver = Receiver::start().await;
    let down = endpoint(&receiver.url("500"));
    let store = Arc::new(FakeStore::of((0..50).map(|n| delivery(&down, &format!("A-{n}"), 1))));
    let clock = ManualClock::new(noon());
    let worker = worker(&store, clock.clone(), Limits::default());
    assert_eq!(worker.run_due().await.unwrap(), 5, "five failures in a row open its breaker");
    assert_eq!(store.lane(&down.id).unwrap().held_until, Some(noon() + SignedDuration::from_secs(30)));
    clock.advance(SignedDuration::from_secs(29));
    assert_eq!(worker.run_due().await.unwrap(), 0);
    clock.advance(SignedDuration::from_secs(1));
    assert_eq!(worker.run_due().await.unwrap(), 1, "one probe");
    clock.advance(SignedDuration::from_secs(59));
    assert_eq!(worker.run_due().await.unwrap(), 0, "and twice the pause");
    assert_eq!(store.pending(), 50);
}

#[tokio::test]
async fn an_endpoint_that_asks_to_wait_is_left_alone_altogether() {
    let receiver = Receiver::start().await;
    let busy = endpoint(&receiver.url("busy"));
    let store = Arc::new(FakeStore::of((0..9).map(|n| delivery(&busy, &format!("A-{n}"), 1))));
    let clock = ManualClock::new(noon());
    let worker = worker(&store, clock.clone(), Limits::default());
    assert_eq!(worker.run_due().await.unwrap(), 1);
    clock.advance(SignedDuration::from_secs(119));
    assert_eq!(worker.run_due().await.unwrap(), 0);
    clock.advance(SignedDuration::from_secs(1));
    assert_eq!(worker.run_due().await.unwrap(), 1);
}

/// The clock stands still but for what the test moves it by.
#[tokio::test]
async fn a_rate_is_honoured() {
    let receiver = Receiver::start().await;
    let target = endpoint(&receiver.url("ok"));
    let store = Arc::new(FakeStore::of((0..10).map(|n| delivery(&target, &format!("A-{n}"), 1))));
    let clock = ManualClock::new(noon());
    let limits = Limits { rate_per_second: NonZeroU32::new(2), ..Limits::default() };
    let worker = Arc::new(worker(&store, clock.clone(), limits));
    let working = tokio::spawn({
        let worker = Arc::clone(&worker);
        async move { worker.run_forever(&Notify::new()).await }
    });
    for posts in 1..=10 {
        receiver.wait_for(posts).await;
        clock.advance(SignedDuration::from_millis(499));
        tokio::task::yield_now().await;
        assert_eq!(receiver.received().len(), posts, "not before its time");
        clock.advance(SignedDuration::from_millis(1));
    }
    working.abort();
    assert_eq!(clock.now(), noon() + SignedDuration::from_secs(5));
}

#[tokio::test]
async fn what_becomes_due_while_posts_hang_is_posted_at_once() {
    let receiver = Receiver::start().await;
    let (silent, good) = (endpoint(&receiver.url("never")), endpoint(&receiver.url("ok")));
    let later = noon() + SignedDuration::from_secs(10);
    let mut due_later = delivery(&good, "G", 1);
    due_later.created_at = later;
    let store = Arc::new(FakeStore::of([delivery(&silent, "S", 1), due_later]));
    let clock = ManualClock::new(noon());
    let worker = Arc::new(worker(&store, clock.clone(), Limits::default()));
    let wake = Arc::new(Notify::new());
    let working = tokio::spawn({
        let (worker, wake) = (Arc::clone(&worker), Arc::clone(&wake));
        async move { worker.run_forever(&wake).await }
    });
    receiver.wait_for(1).await;
    clock.set(later);
    wake.notify_waiters();
    receiver.wait_for(2).await;
    working.abort();
    assert_eq!(arrivals(&receiver)[1].0, "G");
    assert!(answered(&store).iter().all(|answered| *answered), "the silent one still hangs");
}

#[tokio::test]
async fn an_endpoint_that_only_fails_is_warned_about_after_a_day_and_disabled_after_five() {
    let receiver = Receiver::start().await;
    let down = endpoint(&receiver.url("500"));
    let store = Arc::new(FakeStore::of((0..9).map(|n| delivery(&down, &format!("A-{n}"), 1))));
    let clock = ManualClock::new(noon());
    let worker = worker(&store, clock.clone(), Limits::default());
    let told = |notice| worker.notices().told(notice);
    let mut days = 0;
    while !store.is_disabled(&down.id) {
        worker.run_due().await.unwrap();
        assert_eq!(told(Notice::Failing), u64::from(days >= 1), "day {days}");
        clock.advance(SignedDuration::from_hours(24));
        days += 1;
        assert!(days < 10, "it is never disabled");
    }
    // The run of the fifth day disabled it, before the clock moved on.
    assert_eq!(days, 6);
    assert_eq!(told(Notice::Disabled), 1);
    let last = store.attempts().pop().unwrap();
    let AttemptResult::DisableEndpoint(why) = last.result else { panic!("{last:?}") };
    assert_eq!(why, "nothing but failures for 5 days, since 2026-11-23T12:00:00Z");
    assert_eq!(worker.run_due().await.unwrap(), 0);
}

#[tokio::test]
async fn a_slow_endpoint_is_delivered_to_beside_brisk_ones() {
    let receiver = Receiver::start().await;
    let (slow, good) = (endpoint(&receiver.url("slow")), endpoint(&receiver.url("ok")));
    let of_slow = (0..8).map(|n| delivery(&slow, &format!("S-{n}"), 1));
    let of_good = (0..100).map(|n| delivery(&good, &format!("G-{n}"), 1));
    let store = Arc::new(FakeStore::of(of_slow.chain(of_good)));
    let limits = Limits { slow_after: Duration::from_millis(20), posts: 8, claimed: 16, ..Limits::default() };
    let worker = patient(&store, ManualClock::new(noon()), limits, PATIENCE);
    assert_eq!(worker.run_due().await.unwrap(), 108);
    let orders: Vec<_> = arrivals(&receiver).into_iter().map(|(order, _)| order).collect();
    let last_slow = orders.iter().rposition(|order| order.starts_with("S-")).unwrap();
    let good_before = orders[..last_slow].iter().filter(|order| order.starts_with("G-")).count();
    assert!(good_before > 50, "{good_before}");
    assert_eq!(store.pending(), 0);
}
