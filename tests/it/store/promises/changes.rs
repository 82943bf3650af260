//! Changes: whole or not at all, one after the other.

use std::sync::Arc;

use waygate::domain::event::EventType;
use waygate::domain::lifecycle::Phase;
use waygate::store::{Change, ShipmentRecord, StoreError};

use crate::store::samples::*;

pub async fn a_change_moves_the_order_by_one_revision(store: Shared) {
    let before = registered(&store, "A-1").await;
    let mut next = Change { next_timer_at: Some(at(50)), ..change(&before) };
    next.state.phase = Phase::Protected;
    store.apply(next).await.unwrap();
    let after = case(&store, "A-1").await.order;
    assert_eq!(after.revision, before.order.revision + 1);
    assert_eq!((after.state.phase, after.next_timer_at), (Phase::Protected, Some(at(50))));
    assert_eq!(after.created_at, before.order.created_at);
}

pub async fn a_change_at_an_old_revision_writes_nothing(store: Shared) {
    let endpoint = listening(&store).await;
    let old = registered(&store, "A-1").await;
    told(&store, "A-1", 1).await;
    let before = case(&store, "A-1").await;
    let shipment = shipment("A-1", "N-1");
    let late = Change {
        answers: vec![(shipment.id.clone(), answer(b"late", at(9)))],
        shipments: vec![shipment],
        happenings: vec![happening(EventType::ShipmentSubmitted)],
        ..change(&old)
    };
    assert!(matches!(store.apply(late.clone()).await, Err(StoreError::Conflict)));
    assert_eq!(case(&store, "A-1").await, before);
    assert_eq!(store.order_events("A-1".to_owned()).await.unwrap().len(), 1);
    assert_eq!(store.deliveries(endpoint.id, None, 10).await.unwrap().items.len(), 1);
    let nowhere = Change { order: "A-0".to_owned(), ..late };
    assert!(matches!(store.apply(nowhere).await, Err(StoreError::Conflict)), "no order is no revision");
}

pub async fn a_change_that_fails_halfway_writes_nothing(store: Shared) {
    let before = registered(&store, "A-1").await;
    let shipment = shipment("A-1", "N-1");
    let twice = answer(b"one", at(9));
    let wrong = Change {
        answers: vec![(shipment.id.clone(), twice.clone()), (shipment.id.clone(), twice.clone())],
        shipments: vec![shipment],
        happenings: vec![happening(EventType::ShipmentSubmitted)],
        ..change(&before)
    };
    assert!(matches!(store.apply(wrong).await, Err(StoreError::Engine(_))));
    assert_eq!(case(&store, "A-1").await, before);
    assert_eq!(store.answer(twice.record.id).await.unwrap(), None);
    assert_eq!(store.order_events("A-1".to_owned()).await.unwrap(), []);
}

pub async fn events_of_an_order_count_up_by_one(store: Shared) {
    registered(&store, "A-1").await;
    registered(&store, "A-2").await;
    let kinds = [EventType::ShipmentSubmitted, EventType::ShipmentVerified, EventType::ProtectionStarted];
    let happenings: Vec<_> = kinds.map(happening).into();
    let first = Change { happenings: happenings.clone(), ..change(&case(&store, "A-1").await) };
    let ids = store.apply(first).await.unwrap().events;
    told(&store, "A-2", 1).await;
    told(&store, "A-1", 2).await;

    let events = store.order_events("A-1".to_owned()).await.unwrap();
    assert_eq!(events.iter().map(|e| e.sequence).collect::<Vec<_>>(), [1, 2, 3, 4, 5]);
    assert_eq!(events.iter().map(|e| e.id.clone()).take(3).collect::<Vec<_>>(), ids);
    for (event, happening) in events.iter().zip(&happenings) {
        assert_eq!((event.kind, event.at, &event.rule), (happening.kind, happening.at, &happening.rule));
        assert_eq!((event.order.as_str(), event.data.read()), ("A-1", happening.data.clone()));
    }
    assert_eq!(store.order_events("A-2".to_owned()).await.unwrap()[0].sequence, 1);
    assert_eq!(case(&store, "A-1").await.order.sequence, 5);
}

pub async fn many_at_once_lose_nothing_and_leave_no_gap(store: Shared) {
    registered(&store, "A-1").await;
    let tell = |store: Shared| async move {
        // Read, change, and again where somebody else was faster: as every caller does.
        loop {
            let case = case(&store, "A-1").await;
            let happenings = vec![happening(EventType::TrackingUpdated); 2];
            match store.apply(Change { happenings, ..change(&case) }).await {
                Ok(applied) => return applied.events,
                Err(StoreError::Conflict) => {}
                Err(error) => panic!("{error}"),
            }
        }
    };
    let tasks: Vec<_> = (0..16).map(|_| tokio::spawn(tell(Arc::clone(&store)))).collect();
    let mut acknowledged = Vec::new();
    for task in tasks {
        acknowledged.extend(task.await.unwrap());
    }
    let events = store.order_events("A-1".to_owned()).await.unwrap();
    assert_eq!(events.iter().map(|e| e.sequence).collect::<Vec<_>>(), (1..=32).collect::<Vec<_>>());
    let mut written: Vec<_> = events.into_iter().map(|e| e.id).collect();
    written.sort();
    acknowledged.sort();
    assert_eq!(written, acknowledged);
}

pub async fn another_order_that_names_the_number_is_judged_again(store: Shared) {
    submitted(&store, "A-1", "N-1").await;
    submitted(&store, "A-2", "N-2").await;
    let first = registered(&store, "A-3").await;
    let others = Change {
        shipments: vec![shipment("A-3", "N-1")],
        judge_others: vec!["N-1".to_owned()],
        ..change(&first)
    };
    store.apply(others).await.unwrap();
    let due = store.claim_judgements(at(10), at(60), 10).await.unwrap();
    assert_eq!(
        due.iter().map(|s| (s.order.as_str(), s.judge_at)).collect::<Vec<_>>(),
        [("A-1", Some(at(10)))]
    );

    // What was due before stays due then; what was due later comes forward.
    for (order, judge_at, expected) in [("B-1", at(3), at(3)), ("B-2", at(99), at(10))] {
        let first = registered(&store, order).await;
        let due = ShipmentRecord { judge_at: Some(judge_at), ..shipment(order, "N-3") };
        store.apply(Change { shipments: vec![due], ..change(&first) }).await.unwrap();
        let case = case(&store, "A-3").await;
        store.apply(Change { judge_others: vec!["N-3".to_owned()], ..change(&case) }).await.unwrap();
        let seen = store.case(order.to_owned()).await.unwrap().unwrap().shipments[0].judge_at;
        assert_eq!(seen, Some(expected), "{order}");
    }
}

pub async fn whoever_judged_without_the_other_claim_judges_again(store: Shared) {
    let mine = submitted(&store, "A-1", "N-1").await;
    let before_the_other = case(&store, "A-1").await;
    let first = registered(&store, "A-2").await;
    let other = Change {
        shipments: vec![shipment("A-2", "N-1")],
        judge_others: vec!["N-1".to_owned()],
        ..change(&first)
    };
    store.apply(other).await.unwrap();
    let judged = Change { shipments: vec![mine], ..change(&before_the_other) };
    assert!(matches!(store.apply(judged).await, Err(StoreError::Conflict)));
    assert_eq!(case(&store, "A-1").await.shipments[0].judge_at, Some(at(10)), "still to be judged");
}

pub async fn a_shipment_cannot_move_to_another_order(store: Shared) {
    let mine = submitted(&store, "A-1", "N-1").await;
    let other = registered(&store, "A-2").await;
    let stolen = ShipmentRecord { order: "A-2".to_owned(), ..mine.clone() };
    let attempts = [
        Change { shipments: vec![stolen], ..change(&other) },
        Change { shipments: vec![mine.clone()], ..change(&other) },
        Change { answers: vec![(mine.id.clone(), answer(b"x", at(9)))], ..change(&other) },
    ];
    for attempt in attempts {
        assert!(matches!(store.apply(attempt).await, Err(StoreError::Engine(_))));
    }
    assert_eq!(store.order_of(mine.id).await.unwrap(), Some("A-1".to_owned()));
    assert_eq!(case(&store, "A-2").await, other);
}
