//! Webhook deliveries: every event, in order, at least once.

use std::sync::Arc;

use waygate::domain::event::EventType;
use waygate::store::{
    AttemptResult, Change, DeliveryState, DueDelivery, Endpoint, EndpointState, StoreError,
};

use crate::store::samples::*;

/// What is given at a time, as order and sequence number.
async fn due(store: &Shared, seconds: i64) -> Vec<DueDelivery> {
    store.claim_deliveries(at(seconds), at(seconds + 60), 100).await.unwrap()
}

fn names(due: &[DueDelivery]) -> Vec<(String, i64)> {
    let mut names: Vec<_> = due.iter().map(|d| (d.event.order.clone(), d.event.sequence)).collect();
    names.sort();
    names
}

async fn answered(store: &Shared, due: &DueDelivery, result: AttemptResult) {
    store.record_attempt(attempt(due, result)).await.unwrap();
}

pub async fn each_endpoint_gets_the_types_that_it_wants(store: Shared) {
    let all = listening(&store).await;
    let some = endpoint(&[EventType::ShipmentVerified, EventType::Completed]);
    store.create_endpoint(some.clone(), None).await.unwrap();
    let first = registered(&store, "A-1").await;
    let kinds = [EventType::ShipmentSubmitted, EventType::ShipmentVerified, EventType::Completed];
    store.apply(Change { happenings: kinds.map(happening).into(), ..change(&first) }).await.unwrap();

    let waiting = async |id| {
        let items = store.deliveries(id, None, 10).await.unwrap().items;
        items.into_iter().map(|d| d.event.sequence).rev().collect::<Vec<_>>()
    };
    assert_eq!(waiting(all.id.clone()).await, [1, 2, 3]);
    assert_eq!(waiting(some.id.clone()).await, [2, 3]);
    let given = due(&store, 10).await;
    let mut given: Vec<_> = given.iter().map(|d| (Endpoint::clone(&d.endpoint), d.event.sequence)).collect();
    given.sort_by_key(|(_, sequence)| *sequence);
    assert_eq!(given, [(all, 1), (some, 2)]);
}

pub async fn a_delivery_waits_for_the_one_before_it(store: Shared) {
    listening(&store).await;
    registered(&store, "A-1").await;
    told(&store, "A-1", 2).await;
    told(&store, "A-1", 1).await;
    for sequence in 1..=3 {
        let given = due(&store, 10).await;
        assert_eq!(names(&given), [("A-1".to_owned(), sequence)]);
        assert_eq!((given[0].attempts, given[0].created_at), (0, at(10)));
        assert_eq!(names(&due(&store, 10).await), [], "one at a time");
        answered(&store, &given[0], AttemptResult::Delivered).await;
    }
    assert_eq!(names(&due(&store, 10_000).await), []);
    assert_eq!(store.next_due().await.unwrap(), None);
}

pub async fn orders_do_not_wait_for_each_other(store: Shared) {
    listening(&store).await;
    for order in ["A-1", "A-2"] {
        registered(&store, order).await;
        told(&store, order, 2).await;
    }
    let given = due(&store, 10).await;
    assert_eq!(names(&given), [("A-1".to_owned(), 1), ("A-2".to_owned(), 1)]);
    let first = given.iter().find(|d| d.event.order == "A-1").unwrap();
    answered(&store, first, AttemptResult::RetryAt(at(500))).await;
    let second = given.iter().find(|d| d.event.order == "A-2").unwrap();
    answered(&store, second, AttemptResult::Delivered).await;
    assert_eq!(names(&due(&store, 20).await), [("A-2".to_owned(), 2)]);
}

pub async fn a_given_up_delivery_no_longer_blocks_its_order(store: Shared) {
    let endpoint = listening(&store).await;
    registered(&store, "A-1").await;
    told(&store, "A-1", 2).await;
    let given = due(&store, 10).await;
    answered(&store, &given[0], AttemptResult::GiveUp).await;
    assert_eq!(names(&due(&store, 20).await), [("A-1".to_owned(), 2)]);
    let kept = store.deliveries(endpoint.id, None, 10).await.unwrap().items;
    assert_eq!((kept[1].state, kept[1].next_attempt_at), (DeliveryState::Failed, None), "kept, to be seen");
}

pub async fn a_retry_comes_at_its_time(store: Shared) {
    listening(&store).await;
    registered(&store, "A-1").await;
    told(&store, "A-1", 2).await;
    let given = due(&store, 10).await;
    answered(&store, &given[0], AttemptResult::RetryAt(at(500))).await;
    assert_eq!(store.next_due().await.unwrap(), Some(at(500)));
    assert_eq!(names(&due(&store, 499).await), []);
    let again = due(&store, 500).await;
    assert_eq!(names(&again), [("A-1".to_owned(), 1)]);
    assert_eq!(
        (again[0].attempts, &again[0].event),
        (1, &given[0].event),
        "the same event, under the same id"
    );
}

pub async fn a_lease_on_a_delivery_ends(store: Shared) {
    listening(&store).await;
    registered(&store, "A-1").await;
    told(&store, "A-1", 1).await;
    assert_eq!(due(&store, 10).await.len(), 1);
    assert_eq!(store.next_due().await.unwrap(), Some(at(70)));
    assert_eq!(due(&store, 69).await.len(), 0);
    assert_eq!(due(&store, 70).await.len(), 1);
}

pub async fn a_disabled_endpoints_events_wait(store: Shared) {
    let endpoint = listening(&store).await;
    registered(&store, "A-1").await;
    told(&store, "A-1", 1).await;
    assert!(store.set_endpoint_state(endpoint.id.clone(), EndpointState::Disabled).await.unwrap());
    told(&store, "A-1", 1).await;
    registered(&store, "A-2").await;
    told(&store, "A-2", 1).await;
    assert_eq!(due(&store, 1_000).await.len(), 0);
    assert_eq!(store.next_due().await.unwrap(), None, "nothing to wake up for");
    assert_eq!(store.deliveries(endpoint.id.clone(), None, 10).await.unwrap().items.len(), 3);

    assert!(store.set_endpoint_state(endpoint.id.clone(), EndpointState::Enabled).await.unwrap());
    let given = due(&store, 1_000).await;
    assert_eq!(names(&given), [("A-1".to_owned(), 1), ("A-2".to_owned(), 1)]);
    assert!(store.set_endpoint_state(endpoint.id, EndpointState::Enabled).await.unwrap());
    assert_eq!(due(&store, 1_000).await.len(), 0, "enabling twice takes no lease away");
}

pub async fn an_endpoint_that_is_gone_is_disabled_and_its_delivery_kept(store: Shared) {
    let endpoint = listening(&store).await;
    registered(&store, "A-1").await;
    told(&store, "A-1", 2).await;
    let given = due(&store, 10).await;
    answered(&store, &given[0], AttemptResult::DisableEndpoint("410 Gone".to_owned())).await;
    let shown = store.endpoints().await.unwrap();
    assert_eq!(
        (shown[0].state, shown[0].disabled_why.as_deref()),
        (EndpointState::Disabled, Some("410 Gone"))
    );
    assert_eq!(due(&store, 1_000).await.len(), 0);

    store.set_endpoint_state(endpoint.id, EndpointState::Enabled).await.unwrap();
    assert_eq!(store.endpoints().await.unwrap()[0].disabled_why, None);
    assert_eq!(names(&due(&store, 1_000).await), [("A-1".to_owned(), 1)]);
}

pub async fn a_late_result_does_not_take_back_a_delivery(store: Shared) {
    let endpoint = listening(&store).await;
    registered(&store, "A-1").await;
    told(&store, "A-1", 2).await;
    let given = due(&store, 10).await;
    answered(&store, &given[0], AttemptResult::Delivered).await;
    let next = due(&store, 20).await;
    assert_eq!(names(&next), [("A-1".to_owned(), 2)]);
    // A second worker, whose lease had ended, failed at the first one meanwhile.
    for late in [AttemptResult::RetryAt(at(30)), AttemptResult::GiveUp] {
        answered(&store, &given[0], late).await;
        let shown = store.deliveries(endpoint.id.clone(), None, 10).await.unwrap().items;
        assert_eq!((shown[1].event.sequence, shown[1].state), (1, DeliveryState::Delivered));
        assert_eq!(due(&store, 40).await.len(), 0, "and the lease on the next one stands");
    }
}

pub async fn what_is_reported_under_a_lease_that_was_taken_over_is_refused(store: Shared) {
    let endpoint = listening(&store).await;
    registered(&store, "A-1").await;
    told(&store, "A-1", 1).await;
    let slow = due(&store, 10).await.remove(0);
    let quick = due(&store, 70).await.remove(0);
    assert!(quick.lease > slow.lease);
    let gone = AttemptResult::DisableEndpoint("410".to_owned());
    for result in [AttemptResult::RetryAt(at(71)), AttemptResult::GiveUp, gone] {
        let refused = store.record_attempt(attempt(&slow, result)).await;
        assert!(matches!(refused, Err(StoreError::LeaseLost)), "{refused:?}");
    }
    assert_eq!(store.endpoints().await.unwrap(), std::slice::from_ref(&endpoint), "it is not disabled");
    assert_eq!(due(&store, 129).await.len(), 0, "the lease of the other stands");
    answered(&store, &quick, AttemptResult::RetryAt(at(500))).await;
    let shown = store.deliveries(endpoint.id, None, 10).await.unwrap().items;
    assert_eq!((shown[0].attempts, shown[0].next_attempt_at), (1, Some(at(500))));
}

pub async fn that_an_endpoint_took_an_event_counts_under_any_lease(store: Shared) {
    let endpoint = listening(&store).await;
    registered(&store, "A-1").await;
    told(&store, "A-1", 2).await;
    let slow = due(&store, 10).await.remove(0);
    let quick = due(&store, 70).await.remove(0);
    answered(&store, &slow, AttemptResult::Delivered).await;
    assert_eq!(names(&due(&store, 80).await), [("A-1".to_owned(), 2)]);
    answered(&store, &quick, AttemptResult::GiveUp).await;
    let shown = store.deliveries(endpoint.id, None, 10).await.unwrap().items;
    assert_eq!((shown[1].state, shown[1].attempts), (DeliveryState::Delivered, 2));
}

pub async fn what_comes_while_the_one_before_it_is_delivered_is_not_left_waiting(store: Shared) {
    listening(&store).await;
    let orders: Vec<String> = (0..12).map(|n| format!("A-{n}")).collect();
    for order in &orders {
        registered(&store, order).await;
        told(&store, order, 1).await;
    }
    let mut under_way = Vec::new();
    for given in due(&store, 10).await {
        let (here, there) = (Arc::clone(&store), Arc::clone(&store));
        let order = given.event.order.clone();
        under_way.push(tokio::spawn(async move { answered(&here, &given, AttemptResult::Delivered).await }));
        under_way.push(tokio::spawn(async move { told(&there, &order, 1).await }));
    }
    for work in under_way {
        work.await.unwrap();
    }
    let mut expected: Vec<_> = orders.into_iter().map(|order| (order, 2)).collect();
    expected.sort();
    assert_eq!(names(&due(&store, 20).await), expected);
}

pub async fn an_attempt_at_nothing_is_an_error(store: Shared) {
    let endpoint = listening(&store).await;
    registered(&store, "A-1").await;
    told(&store, "A-1", 1).await;
    let given = due(&store, 10).await;
    let elsewhere = endpoint_elsewhere(&store).await;
    let lost =
        waygate::store::Attempt { endpoint: elsewhere, ..attempt(&given[0], AttemptResult::Delivered) };
    assert!(matches!(store.record_attempt(lost).await, Err(StoreError::Engine(_))));
    let shown = store.deliveries(endpoint.id, None, 10).await.unwrap().items;
    assert_eq!((shown[0].state, shown[0].attempts), (DeliveryState::Pending, 0));
}

/// An endpoint that came after everything had happened.
async fn endpoint_elsewhere(store: &Shared) -> waygate::ids::EndpointId {
    listening(store).await.id
}

pub async fn deliveries_are_listed_with_their_last_attempt(store: Shared) {
    let endpoint = listening(&store).await;
    registered(&store, "A-1").await;
    told(&store, "A-1", 1).await;
    let fresh = &store.latest_deliveries(10).await.unwrap()[0];
    assert_eq!(
        (fresh.state, fresh.attempts, fresh.next_attempt_at),
        (DeliveryState::Pending, 0, Some(at(10)))
    );
    assert_eq!((fresh.last_http_status, fresh.last_attempt_at), (None, None));

    let given = due(&store, 10).await;
    answered(&store, &given[0], AttemptResult::RetryAt(at(500))).await;
    let failed = &store.latest_deliveries(10).await.unwrap()[0];
    assert_eq!(
        (failed.state, failed.attempts, failed.next_attempt_at),
        (DeliveryState::Pending, 1, Some(at(500)))
    );
    assert_eq!((failed.last_http_status, failed.last_error.as_deref()), (Some(500), Some("500")));

    let given = due(&store, 500).await;
    answered(&store, &given[0], AttemptResult::Delivered).await;
    let done = store.latest_deliveries(10).await.unwrap();
    assert_eq!(
        (done[0].state, done[0].attempts, done[0].next_attempt_at),
        (DeliveryState::Delivered, 2, None)
    );
    assert_eq!((done[0].last_http_status, &done[0].last_error), (Some(204), &None));
    assert_eq!(done[0].last_attempt_at, Some(at(20)));
    assert_eq!((&done[0].endpoint, &done[0].event), (&endpoint.id, &*given[0].event));
    assert_eq!(store.deliveries(endpoint.id, None, 10).await.unwrap().items, done);
}
