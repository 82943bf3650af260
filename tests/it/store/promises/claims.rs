//! Work that is due, and who has it.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::Timestamp;
use waygate::store::{Change, DueWork, NewOrder, ShipmentRecord};

use crate::store::samples::*;

/// Registers an order with a shipment that is looked at at a time.
async fn looking(store: &Shared, order: &str, next_look_at: Timestamp) -> ShipmentRecord {
    let first = registered(store, order).await;
    let why = Some("it moves".to_owned());
    let shipment = ShipmentRecord {
        next_look_at: Some(next_look_at),
        next_look_why: why,
        ..shipment(order, &format!("N-{order}"))
    };
    store.apply(Change { shipments: vec![shipment.clone()], ..change(&first) }).await.unwrap();
    shipment
}

pub async fn a_look_is_given_when_it_is_due_and_not_before(store: Shared) {
    let shipment = looking(&store, "A-1", at(100)).await;
    submitted(&store, "A-2", "N-2").await;
    assert_eq!(store.claim_looks(at(99), at(200), 10).await.unwrap(), []);
    assert_eq!(store.claim_looks(at(100), at(200), 10).await.unwrap(), [shipment]);
}

pub async fn a_lease_keeps_work_from_others_until_it_ends(store: Shared) {
    let shipment = looking(&store, "A-1", at(100)).await;
    assert_eq!(store.claim_looks(at(100), at(200), 10).await.unwrap().len(), 1);
    assert_eq!(store.next_due().await.unwrap(), Some(at(200)), "the lease's end is what is due next");
    assert_eq!(store.claim_looks(at(199), at(300), 10).await.unwrap(), []);
    let again = store.claim_looks(at(200), at(300), 10).await.unwrap();
    assert_eq!(again, [shipment], "it comes again as it was");
}

pub async fn writing_a_shipment_ends_its_lease(store: Shared) {
    let shipment = looking(&store, "A-1", at(100)).await;
    store.claim_looks(at(100), at(900), 10).await.unwrap();
    let next = ShipmentRecord { next_look_at: Some(at(150)), looks: 1, ..shipment };
    let case = case(&store, "A-1").await;
    store.apply(Change { shipments: vec![next.clone()], ..change(&case) }).await.unwrap();
    assert_eq!(store.claim_looks(at(149), at(900), 10).await.unwrap(), []);
    assert_eq!(store.claim_looks(at(150), at(900), 10).await.unwrap(), [next]);
}

pub async fn a_judgement_leaves_a_look_to_whoever_makes_it(store: Shared) {
    let shipment = looking(&store, "A-1", at(100)).await;
    store.claim_looks(at(100), at(900), 10).await.unwrap();
    // Judged meanwhile: the look stays planned for when it was.
    let judged = ShipmentRecord { judge_at: Some(at(300)), ..shipment };
    let case = case(&store, "A-1").await;
    store.apply(Change { shipments: vec![judged.clone()], ..change(&case) }).await.unwrap();
    assert_eq!(
        store.claim_looks(at(899), at(990), 10).await.unwrap(),
        [],
        "another would ask the source again"
    );
    assert_eq!(store.claim_looks(at(900), at(990), 10).await.unwrap(), [judged]);
}

pub async fn the_oldest_is_claimed_first_and_no_more_than_asked(store: Shared) {
    for (order, due) in [("A-1", at(30)), ("A-2", at(10)), ("A-3", at(20))] {
        looking(&store, order, due).await;
    }
    let orders = async |limit| {
        let claimed = store.claim_looks(at(100), at(200), limit).await.unwrap();
        claimed.into_iter().map(|s| s.order).collect::<Vec<_>>()
    };
    assert_eq!(orders(0).await, Vec::<String>::new());
    assert_eq!(orders(2).await, ["A-2", "A-3"]);
    assert_eq!(orders(2).await, ["A-1"]);
}

pub async fn claims_by_many_at_once_share_nothing(store: Shared) {
    for n in 0..30 {
        looking(&store, &format!("A-{n}"), at(10)).await;
    }
    let tasks: Vec<_> = (0..10)
        .map(|_| {
            let store = Arc::clone(&store);
            tokio::spawn(async move { store.claim_looks(at(20), at(200), 4).await.unwrap() })
        })
        .collect();
    let mut claimed = Vec::new();
    for task in tasks {
        claimed.extend(task.await.unwrap().into_iter().map(|s| s.id));
    }
    assert_eq!(claimed.len(), 30);
    assert_eq!(claimed.into_iter().collect::<BTreeSet<_>>().len(), 30);
}

pub async fn judgements_are_claimed_like_looks(store: Shared) {
    let first = registered(&store, "A-1").await;
    let due = ShipmentRecord { judge_at: Some(at(100)), ..shipment("A-1", "N-1") };
    let later = ShipmentRecord { judge_at: Some(at(101)), ..shipment("A-1", "N-2") };
    store.apply(Change { shipments: vec![later, due.clone()], ..change(&first) }).await.unwrap();
    assert_eq!(store.claim_looks(at(100), at(200), 10).await.unwrap(), [], "not to be looked at");
    assert_eq!(store.claim_judgements(at(100), at(200), 10).await.unwrap(), std::slice::from_ref(&due));
    assert_eq!(store.claim_judgements(at(100), at(200), 10).await.unwrap(), []);
    let again = store.claim_judgements(at(200), at(300), 10).await.unwrap();
    assert_eq!(again.len(), 2);
    assert_eq!(again[0], due, "oldest first");
}

pub async fn timers_come_in_order_of_due_time(store: Shared) {
    for (order, timer) in [("A-1", Some(30)), ("A-2", Some(10)), ("A-3", None), ("A-4", Some(20))] {
        let new = NewOrder { next_timer_at: timer.map(at), ..new_order(order) };
        store.register_order(new).await.unwrap();
    }
    assert_eq!(store.due_timers(at(20), 10).await.unwrap(), ["A-2", "A-4"]);
    assert_eq!(store.due_timers(at(30), 1).await.unwrap(), ["A-2"]);
    let next = Change { next_timer_at: None, ..change(&case(&store, "A-2").await) };
    store.apply(next).await.unwrap();
    assert_eq!(store.due_timers(at(30), 10).await.unwrap(), ["A-4", "A-1"]);
}

pub async fn the_next_due_is_the_earliest_of_all_kinds(store: Shared) {
    let next = async || store.next_due().await.unwrap();
    store.register_order(NewOrder { next_timer_at: Some(at(400)), ..new_order("A-1") }).await.unwrap();
    assert_eq!(next().await, Some(at(400)), "a timer");
    let first = registered(&store, "A-2").await;
    let judged = ShipmentRecord { judge_at: Some(at(300)), ..shipment("A-2", "N-2") };
    store.apply(Change { shipments: vec![judged], ..change(&first) }).await.unwrap();
    assert_eq!(next().await, Some(at(300)), "a judgement");
    looking(&store, "A-3", at(200)).await;
    assert_eq!(next().await, Some(at(200)), "a look");
    listening(&store).await;
    told(&store, "A-1", 1).await;
    assert_eq!(next().await, Some(at(10)), "a delivery");
}

pub async fn who_asks_for_one_kind_of_work_is_told_of_no_other(store: Shared) {
    let due = async || {
        let mut due = Vec::new();
        for work in DueWork::ALL {
            due.push(store.next_due_of(work).await.unwrap());
        }
        due
    };
    assert_eq!(due().await, [None; 5]);
    looking(&store, "A-3", at(200)).await;
    assert_eq!(due().await, [Some(at(200)), None, None, None, None], "a look");
    let first = registered(&store, "A-2").await;
    let judged = ShipmentRecord { judge_at: Some(at(300)), ..shipment("A-2", "N-2") };
    store.apply(Change { shipments: vec![judged], ..change(&first) }).await.unwrap();
    assert_eq!(due().await, [Some(at(200)), Some(at(300)), None, None, None], "a judgement");
    store.register_order(NewOrder { next_timer_at: Some(at(400)), ..new_order("A-1") }).await.unwrap();
    let timer = Some(at(400));
    assert_eq!(due().await, [Some(at(200)), Some(at(300)), timer, None, None], "a timer");
    listening(&store).await;
    told(&store, "A-1", 1).await;
    assert_eq!(due().await, [Some(at(200)), Some(at(300)), timer, None, Some(at(10))], "a delivery");
    store.claim_looks(at(200), at(900), 10).await.unwrap();
    assert_eq!(store.next_due_of(DueWork::Looks).await.unwrap(), Some(at(900)), "a lease's end");
}
