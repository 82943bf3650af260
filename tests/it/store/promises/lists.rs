//! Lists and their pages, keys, and the ping.

use waygate::ids::{EventId, KeyId};
use waygate::store::{ApiKey, Cursor, Page, Scope, StoreError};

use crate::store::samples::*;

/// Reads page by page until the end; gives the pages' sizes and all items.
async fn walk<T>(mut read: impl AsyncFnMut(Option<Cursor>) -> Page<T>) -> (Vec<usize>, Vec<T>) {
    let (mut sizes, mut all, mut after) = (Vec::new(), Vec::new(), None);
    loop {
        let page = read(after).await;
        sizes.push(page.items.len());
        all.extend(page.items);
        after = page.next;
        if after.is_none() {
            return (sizes, all);
        }
    }
}

pub async fn orders_come_newest_first_page_by_page(store: Shared) {
    for n in 1..=4 {
        submitted(&store, &format!("A-{n}"), &format!("N-{n}")).await;
    }
    let (sizes, all) = walk(async |after| store.orders(None, after, 2).await.unwrap()).await;
    assert_eq!(sizes, [2, 2], "a last page that is full says that it is the last");
    assert_eq!(
        all.iter().map(|s| s.order.order.id.as_str()).collect::<Vec<_>>(),
        ["A-4", "A-3", "A-2", "A-1"]
    );
    assert!(all.iter().all(|s| s.shipments.len() == 1 && s.shipments[0].order == s.order.order.id));
    // What comes in meanwhile does not shift a page.
    let first = store.orders(None, None, 1).await.unwrap();
    registered(&store, "A-5").await;
    assert_eq!(store.orders(None, first.next, 1).await.unwrap().items[0].order.order.id, "A-3");
}

pub async fn events_come_in_the_order_of_writing_page_by_page(store: Shared) {
    registered(&store, "A-1").await;
    registered(&store, "A-2").await;
    for (order, times) in [("A-2", 2), ("A-1", 1), ("A-2", 2)] {
        told(&store, order, times).await;
    }
    let (sizes, all) = walk(async |after| store.events(after, 2).await.unwrap()).await;
    assert_eq!(sizes, [2, 2, 1]);
    let seen: Vec<_> = all.iter().map(|e| (e.order.as_str(), e.sequence)).collect();
    assert_eq!(seen, [("A-2", 1), ("A-2", 2), ("A-1", 1), ("A-2", 3), ("A-2", 4)]);
    let last = Cursor(all.last().unwrap().id.to_string());
    assert_eq!(store.events(Some(last.clone()), 9).await.unwrap(), Page { items: Vec::new(), next: None });
    told(&store, "A-1", 1).await;
    assert_eq!(store.events(Some(last), 9).await.unwrap().items.len(), 1, "a reader goes on where it was");
}

pub async fn deliveries_come_newest_first_page_by_page(store: Shared) {
    let endpoint = listening(&store).await;
    listening(&store).await;
    registered(&store, "A-1").await;
    told(&store, "A-1", 5).await;
    let read = async |after| store.deliveries(endpoint.id.clone(), after, 2).await.unwrap();
    let (sizes, all) = walk(read).await;
    assert_eq!(sizes, [2, 2, 1]);
    assert_eq!(all.iter().map(|d| d.event.sequence).collect::<Vec<_>>(), [5, 4, 3, 2, 1]);
    assert!(all.iter().all(|d| d.endpoint == endpoint.id));
    let latest = store.latest_deliveries(3).await.unwrap();
    assert_eq!(latest.iter().map(|d| d.event.sequence).collect::<Vec<_>>(), [5, 5, 4]);
}

pub async fn a_place_that_the_store_did_not_give_is_refused(store: Shared) {
    let endpoint = listening(&store).await;
    registered(&store, "A-1").await;
    let bad = |outcome| assert!(matches!(outcome, Err(StoreError::BadCursor)));
    for text in
        ["", "1", "-1", "ord-+1", "ord-", "dlv--1", "ord-99999999999999999999", "' OR 1=1 --", "dlv-é"]
    {
        bad(store.orders(None, Some(Cursor(text.to_owned())), 5).await.map(drop));
        bad(store.deliveries(endpoint.id.clone(), Some(Cursor(text.to_owned())), 5).await.map(drop));
    }
    bad(store.events(Some(Cursor(EventId::generate(at(0)).to_string())), 5).await.map(drop));
}

pub async fn endpoints_and_keys_are_listed_oldest_first(store: Shared) {
    let endpoints = [listening(&store).await, listening(&store).await];
    assert_eq!(store.endpoints().await.unwrap(), endpoints);
    let keys = [key("one"), key("two")];
    for key in &keys {
        store.create_key(key.clone()).await.unwrap();
    }
    assert_eq!(store.keys().await.unwrap(), keys);
}

fn key(name: &str) -> ApiKey {
    ApiKey {
        id: KeyId::generate(at(0)),
        name: name.to_owned(),
        sha256: "ab".repeat(32),
        scopes: vec![Scope::Seller, Scope::OrderSystem],
        seller: Some("s-1".to_owned()),
        created_at: at(0),
        revoked_at: None,
    }
}

pub async fn a_key_is_revoked_once(store: Shared) {
    let key = key("one");
    store.create_key(key.clone()).await.unwrap();
    assert!(store.revoke_key(key.id.clone(), at(5)).await.unwrap());
    assert!(store.revoke_key(key.id, at(9)).await.unwrap());
    assert_eq!(store.keys().await.unwrap()[0].revoked_at, Some(at(5)), "the first time stands");
}

pub async fn a_ping_is_answered(store: Shared) {
    store.ping().await.unwrap();
    store.ping().await.unwrap();
}
