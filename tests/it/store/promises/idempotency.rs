//! Requests that are carried out once.

use std::sync::Arc;

use waygate::domain::event::EventType;
use waygate::ids::KeyId;
use waygate::store::{Change, NewOrder, Registered, StoreError};

use crate::store::samples::*;

fn key() -> KeyId {
    KeyId::generate(at(0))
}

pub async fn a_request_is_remembered_with_what_it_did(store: Shared) {
    let key = key();
    let records = ["new", "same", "change", "endpoint"].map(|text| idempotency(&key, text));
    let [new, same, changed, added] = records.clone();
    let with = |record| NewOrder { idempotency: Some(record), ..new_order("A-1") };
    assert_eq!(store.register_order(with(new)).await.unwrap(), Registered::Added);
    assert_eq!(store.register_order(with(same)).await.unwrap(), Registered::Same);
    let case = case(&store, "A-1").await;
    store.apply(Change { idempotency: Some(changed), ..change(&case) }).await.unwrap();
    store.create_endpoint(endpoint(&[]), Some(added)).await.unwrap();
    for record in records {
        let found = store.idempotency(key.clone(), record.idempotency_key.clone()).await.unwrap();
        assert_eq!(found, Some(record));
    }
}

pub async fn a_key_is_taken_once_and_the_second_writes_nothing(store: Shared) {
    let record = idempotency(&key(), "k");
    let new = NewOrder { idempotency: Some(record.clone()), ..new_order("A-1") };
    store.register_order(new.clone()).await.unwrap();
    let taken = |outcome| assert!(matches!(outcome, Err(StoreError::IdempotencyKeyTaken)));

    let other = NewOrder { order: order("A-2"), ..new };
    taken(store.register_order(other).await.map(drop));
    assert_eq!(store.case("A-2".to_owned()).await.unwrap(), None);

    let before = case(&store, "A-1").await;
    let happenings = vec![happening(EventType::ShipmentSubmitted)];
    let again = Change { idempotency: Some(record.clone()), happenings, ..change(&before) };
    taken(store.apply(again).await.map(drop));
    assert_eq!(case(&store, "A-1").await, before);

    taken(store.create_endpoint(endpoint(&[]), Some(record)).await);
    assert_eq!(store.endpoints().await.unwrap(), []);
}

pub async fn a_key_is_taken_once_even_by_two_at_the_same_time(store: Shared) {
    let record = idempotency(&key(), "k");
    let before = registered(&store, "A-1").await;
    let tasks: Vec<_> = (0..8)
        .map(|_| {
            let store = Arc::clone(&store);
            let happenings = vec![happening(EventType::ShipmentSubmitted)];
            let change = Change { idempotency: Some(record.clone()), happenings, ..change(&before) };
            tokio::spawn(async move { store.apply(change).await })
        })
        .collect();
    let mut done = 0;
    for task in tasks {
        match task.await.unwrap() {
            Ok(_) => done += 1,
            Err(error) => assert!(matches!(error, StoreError::IdempotencyKeyTaken), "{error}"),
        }
    }
    assert_eq!(done, 1);
    assert_eq!(store.order_events("A-1".to_owned()).await.unwrap().len(), 1);
}

pub async fn callers_do_not_share_keys(store: Shared) {
    let (one, two) = (idempotency(&key(), "k"), idempotency(&key(), "k"));
    for (record, order) in [(&one, "A-1"), (&two, "A-2")] {
        let new = NewOrder { idempotency: Some(record.clone()), ..new_order(order) };
        assert_eq!(store.register_order(new).await.unwrap(), Registered::Added);
    }
    assert_eq!(store.idempotency(two.key.clone(), "k".to_owned()).await.unwrap(), Some(two));
}

pub async fn a_different_order_is_not_remembered(store: Shared) {
    let record = idempotency(&key(), "k");
    registered(&store, "A-1").await;
    let mut other = NewOrder { idempotency: Some(record.clone()), ..new_order("A-1") };
    other.order.buyer = None;
    assert_eq!(store.register_order(other).await.unwrap(), Registered::Different);
    assert_eq!(store.idempotency(record.key, "k".to_owned()).await.unwrap(), None);
}

pub async fn old_records_are_forgotten(store: Shared) {
    let key = key();
    for (text, seconds) in [("a", 10), ("b", 20), ("c", 30)] {
        let mut record = idempotency(&key, text);
        record.at = at(seconds);
        store.create_endpoint(endpoint(&[]), Some(record)).await.unwrap();
    }
    assert_eq!(store.forget_idempotency(at(20)).await.unwrap(), 1);
    assert_eq!(store.idempotency(key.clone(), "a".to_owned()).await.unwrap(), None);
    assert!(store.idempotency(key.clone(), "b".to_owned()).await.unwrap().is_some());
    store.create_endpoint(endpoint(&[]), Some(idempotency(&key, "a"))).await.unwrap();
}
