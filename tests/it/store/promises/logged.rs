//! Entries of the evidence log: written with what they are about or not at all, in one order, and opened by what is kept.

use waygate::domain::log::Leaf;
use waygate::domain::verdict::Outcome;
use waygate::store::{Change, StoreError};

use crate::store::samples::*;

/// A change with a claim, two answers and a verdict.
fn full(case: &waygate::store::CaseFile, n: &str) -> Change {
    let id = case.order.order.id.clone();
    let shipment = shipment(&id, n);
    Change {
        claims: vec![(shipment.id.clone(), order(&id))],
        answers: [8, 9]
            .map(|s| (shipment.id.clone(), answer(format!("{n} at {s}").as_bytes(), at(s))))
            .into(),
        verdicts: vec![(shipment.id.clone(), verdict_record(Outcome::Pending, at(9)))],
        shipments: vec![shipment],
        ..change(case)
    }
}

pub async fn every_claim_answer_and_verdict_is_logged_in_order_and_opened_by_what_is_kept(store: Shared) {
    let mut expected = Vec::new();
    for n in ["N-1", "N-2"] {
        let case = registered(&store, &format!("A-{n}")).await;
        let change = full(&case, n);
        let shipment = change.shipments[0].id.clone();
        let mut ids = vec![shipment.to_string()];
        ids.extend(change.answers.iter().map(|(_, answer)| answer.record.id.to_string()));
        ids.extend(change.verdicts.iter().map(|(_, verdict)| verdict.id.to_string()));
        store.apply(change).await.unwrap();
        let logged = store.logged(shipment).await.unwrap();
        for (leaf, id) in logged.iter().zip(&ids) {
            let entry: Leaf = serde_json::from_slice(&leaf.entry).unwrap();
            assert_eq!(entry.id(), id);
            let opened = leaf.seed.as_ref().unwrap().commit(&leaf.document).unwrap();
            assert_eq!(opened, entry.document(), "{}", leaf.document);
            assert_eq!(store.log_index(id.clone()).await.unwrap(), Some(leaf.index));
        }
        let seeds: std::collections::BTreeSet<_> =
            logged.iter().map(|l| l.seed.as_ref().unwrap().0).collect();
        assert_eq!((logged.len(), seeds.len()), (4, 4), "each has a seed of its own");
        expected.extend(logged);
    }
    assert_eq!(expected.iter().map(|leaf| leaf.index).collect::<Vec<_>>(), (0..8).collect::<Vec<_>>());
    assert_eq!(store.log_size().await.unwrap(), 8);
    let entries: Vec<_> = expected.into_iter().map(|leaf| leaf.entry).collect();
    assert_eq!(store.log_entries(0, 100).await.unwrap(), entries);
    assert_eq!(store.log_entries(3, 2).await.unwrap(), entries[3..5]);
    assert_eq!(store.log_entries(8, 2).await.unwrap(), Vec::<Vec<u8>>::new());
    assert_eq!(store.log_index("obs_0".to_owned()).await.unwrap(), None);
}

pub async fn what_was_not_written_is_not_logged_and_leaves_no_gap(store: Shared) {
    let case = registered(&store, "A-1").await;
    let stale = Change { revision: case.order.revision + 7, ..full(&case, "N-1") };
    assert!(matches!(store.apply(stale).await, Err(StoreError::Conflict)));
    // Another order's shipment: the change fails after its first entries.
    let foreign = submitted(&store, "A-2", "N-2").await;
    let mut half = full(&case, "N-1");
    half.verdicts.push((foreign.id, verdict_record(Outcome::Pending, at(9))));
    assert!(store.apply(half).await.is_err());
    assert_eq!(store.log_size().await.unwrap(), 0);
    store.apply(full(&case, "N-1")).await.unwrap();
    assert_eq!(store.log_entries(0, 9).await.unwrap().len(), 4);
}
