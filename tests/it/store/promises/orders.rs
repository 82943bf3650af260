//! Orders and their cases.

use jiff::SignedDuration;
use waygate::domain::shipment::{OtherAddress, SellerRecord};
use waygate::domain::verdict::Outcome;
use waygate::ids::{EndpointId, KeyId, ObservationId, ShipmentId};
use waygate::store::{Change, EndpointState, NewOrder, Registered, ShipmentRecord};

use crate::store::samples::*;

pub async fn an_order_comes_back_as_it_was_given(store: Shared) {
    let new = NewOrder { next_timer_at: Some(at(77)), ..new_order("A-1") };
    assert_eq!(store.register_order(new.clone()).await.unwrap(), Registered::Added);
    let record = case(&store, "A-1").await.order;
    assert_eq!((record.order, record.state), (new.order, new.state));
    assert_eq!((record.sequence, record.next_timer_at, record.created_at), (0, Some(at(77)), at(0)));
}

pub async fn the_same_order_again_is_the_same_and_another_with_its_id_is_different(store: Shared) {
    registered(&store, "A-1").await;
    assert_eq!(store.register_order(new_order("A-1")).await.unwrap(), Registered::Same);
    let mut other = new_order("A-1");
    other.order.buyer = Some("b-2".to_owned());
    assert_eq!(store.register_order(other).await.unwrap(), Registered::Different);
    assert_eq!(case(&store, "A-1").await.order.order, order("A-1"));
}

pub async fn what_is_not_there_is_none_and_not_an_error(store: Shared) {
    assert_eq!(store.case("A-0".to_owned()).await.unwrap(), None);
    assert_eq!(store.order_of(ShipmentId::generate(at(0))).await.unwrap(), None);
    assert_eq!(store.answer(ObservationId::generate(at(0))).await.unwrap(), None);
    assert_eq!(store.observations(ShipmentId::generate(at(0))).await.unwrap(), []);
    assert_eq!(store.verdicts(ShipmentId::generate(at(0))).await.unwrap(), []);
    assert_eq!(store.order_events("A-0".to_owned()).await.unwrap(), []);
    assert_eq!(store.idempotency(KeyId::generate(at(0)), "k".to_owned()).await.unwrap(), None);
    assert_eq!(store.next_due().await.unwrap(), None);
    assert!(!store.revoke_key(KeyId::generate(at(0)), at(1)).await.unwrap());
    let nowhere = EndpointId::generate(at(0));
    assert!(!store.set_endpoint_state(nowhere.clone(), EndpointState::Enabled).await.unwrap());
    assert_eq!(store.deliveries(nowhere, None, 10).await.unwrap().items, []);
}

pub async fn a_case_holds_all_that_is_known_of_an_order(store: Shared) {
    let first = registered(&store, "A-1").await;
    let older = ShipmentRecord {
        verdict: Some(verdict(Outcome::Pending)),
        verdict_at: Some(at(8)),
        tracking: Some(tracking("N-1")),
        tracking_at: Some(at(7)),
        next_look_at: Some(at(100)),
        next_look_why: Some("it moves".to_owned()),
        looks: 3,
        judge_at: Some(at(200)),
        ..shipment("A-1", "N-1")
    };
    let newer = ShipmentRecord { created_at: at(6), carrier: None, format: None, ..shipment("A-1", "N-2") };
    let (late, early) = (answer(b"late", at(9)), answer(b"early", at(7)));
    let mut lost = answer(b"", at(8));
    lost.record.reading = not_found();
    let shipments = vec![newer.clone(), older.clone()];
    let answers = vec![
        (older.id.clone(), late.clone()),
        (newer.id.clone(), early.clone()),
        (older.id.clone(), lost.clone()),
    ];
    store.apply(Change { shipments, answers, ..change(&first) }).await.unwrap();

    let case = case(&store, "A-1").await;
    assert_eq!(case.shipments, [older.clone(), newer.clone()], "oldest first");
    let observations =
        [(newer.id.clone(), early.record), (older.id.clone(), lost.record), (older.id.clone(), late.record)];
    assert_eq!(case.observations, observations, "oldest first");
    assert_eq!(case.other_claims, []);
    assert_eq!(store.order_of(older.id).await.unwrap(), Some("A-1".to_owned()));
}

pub async fn two_orders_naming_one_number_see_each_other(store: Shared) {
    let mine = submitted(&store, "A-1", "N-1").await;
    let first = registered(&store, "A-2").await;
    let mut other = ShipmentRecord { verdict: Some(verdict(Outcome::Verified)), ..shipment("A-2", "N-1") };
    other.claim.combined_with = Some("A-1".to_owned());
    let unrelated = shipment("A-2", "N-2");
    store.apply(Change { shipments: vec![other.clone(), unrelated], ..change(&first) }).await.unwrap();

    let seen = case(&store, "A-1").await.other_claims;
    let [(shipment, claim)] = seen.as_slice() else { panic!("{seen:?}") };
    assert_eq!(*shipment, mine.id);
    assert_eq!((claim.order.as_str(), claim.tracking_number.as_str()), ("A-2", "N-1"));
    assert_eq!((claim.seller.as_deref(), claim.buyer.as_deref()), (Some("s-1"), Some("b-1")));
    assert_eq!((claim.carrier.as_deref(), claim.submitted_at), (Some("UPS"), Some(at(5))));
    assert_eq!(claim.ship_to, Some(OtherAddress { country: Some(order("A-2").ship_to.country) }));
    assert_eq!((claim.combined_with.as_deref(), claim.verdict), (Some("A-1"), Some(Outcome::Verified)));

    let seen = case(&store, "A-2").await.other_claims;
    let [(shipment, claim)] = seen.as_slice() else { panic!("{seen:?}") };
    assert_eq!((shipment, claim.order.as_str(), claim.verdict), (&other.id, "A-1", None));
}

pub async fn a_seller_is_known_by_its_claims_on_other_orders(store: Shared) {
    let outcomes = [
        Outcome::Verified,
        Outcome::Unverifiable,
        Outcome::Rejected,
        Outcome::Suspicious,
        Outcome::Pending,
        Outcome::Rejected,
    ];
    for (n, outcome) in outcomes.into_iter().enumerate() {
        let id = format!("A-{n}");
        let mut shipment = submitted(&store, &id, &format!("N-{n}")).await;
        // A verdict that was another before counts once, as the last.
        for outcome in [Outcome::Suspicious, outcome] {
            shipment.verdict = Some(verdict(outcome));
            let change = Change { shipments: vec![shipment.clone()], ..change(&case(&store, &id).await) };
            store.apply(change).await.unwrap();
        }
    }
    let record = async |id: &str| case(&store, id).await.seller_record;
    assert_eq!(record("A-0").await, Some(SellerRecord { claims: 4, failed: 3 }), "without its own");
    assert_eq!(record("A-4").await, Some(SellerRecord { claims: 5, failed: 3 }), "pending does not count");
    assert_eq!(record("A-5").await, Some(SellerRecord { claims: 4, failed: 2 }));

    let mut strange = new_order("B-1");
    strange.order.seller = Some("s-2".to_owned());
    store.register_order(strange).await.unwrap();
    assert_eq!(record("B-1").await, Some(SellerRecord { claims: 0, failed: 0 }));
    let mut nameless = new_order("B-2");
    nameless.order.seller = None;
    store.register_order(nameless).await.unwrap();
    assert_eq!(record("B-2").await, None);
}

pub async fn times_are_kept_to_the_microsecond_and_due_times_never_come_early(store: Shared) {
    let fine = at(100) + SignedDuration::from_nanos(1_500);
    let due = NewOrder { at: fine, next_timer_at: Some(fine), ..new_order("A-1") };
    store.register_order(due).await.unwrap();
    let created_at = case(&store, "A-1").await.order.created_at;
    assert_eq!(created_at, at(100) + SignedDuration::from_micros(1));
    assert!(store.next_due().await.unwrap() >= Some(fine));
    assert_eq!(store.due_timers(at(100) + SignedDuration::from_micros(1), 9).await.unwrap().len(), 0);
    assert_eq!(store.due_timers(at(100) + SignedDuration::from_micros(2), 9).await.unwrap().len(), 1);
}
