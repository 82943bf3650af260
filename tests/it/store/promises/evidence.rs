//! Answers, their bodies, and verdicts.

use waygate::domain::verdict::Outcome;
use waygate::store::{Change, StoreError, StoredAnswer};

use crate::store::samples::*;

pub async fn a_body_comes_back_bit_for_bit(store: Shared) {
    let shipment = submitted(&store, "A-1", "N-1").await;
    // One that packs well, one that does not, one with every byte, an empty one, and the first again.
    let noise = noise(999, 1);
    let every: Vec<u8> = (0..=255).collect();
    let bodies: [&[u8]; 5] = [&b"<xml/>".repeat(10_000), &noise, &every, b"", &b"<xml/>".repeat(10_000)];
    let answers: Vec<StoredAnswer> = bodies.iter().zip(6..).map(|(body, s)| answer(body, at(s))).collect();
    for given in &answers {
        let case = case(&store, "A-1").await;
        let one = vec![(shipment.id.clone(), given.clone())];
        store.apply(Change { answers: one, ..change(&case) }).await.unwrap();
    }
    for given in answers {
        assert_eq!(store.answer(given.record.id.clone()).await.unwrap(), Some(given));
    }
}

pub async fn an_answer_without_a_body_has_none(store: Shared) {
    let shipment = submitted(&store, "A-1", "N-1").await;
    let mut silent = answer(b"", at(9));
    silent.record.body_sha256 = None;
    silent.record.http_status = None;
    silent.record.reading = not_found();
    let case = case(&store, "A-1").await;
    let one = vec![(shipment.id, silent.clone())];
    store.apply(Change { answers: one, ..change(&case) }).await.unwrap();
    assert_eq!(store.answer(silent.record.id.clone()).await.unwrap(), Some(silent));
}

pub async fn a_body_that_is_not_the_recorded_one_is_refused(store: Shared) {
    let shipment = submitted(&store, "A-1", "N-1").await;
    let before = case(&store, "A-1").await;
    let good = answer(b"true", at(9));
    let mut other = good.clone();
    other.body = b"fals".to_vec();
    let mut longer = good.clone();
    longer.record.body_bytes += 1;
    let mut unsigned = good;
    unsigned.record.body_sha256 = None;
    for wrong in [other, longer, unsigned] {
        let one = vec![(shipment.id.clone(), wrong)];
        let refused = store.apply(Change { answers: one, ..change(&before) }).await;
        assert!(matches!(refused, Err(StoreError::Engine(_))));
    }
    assert_eq!(case(&store, "A-1").await, before);
}

pub async fn answers_and_verdicts_are_listed_newest_first(store: Shared) {
    let mine = submitted(&store, "A-1", "N-1").await;
    submitted(&store, "A-2", "N-1").await;
    let answers = [7, 9, 8, 9].map(|s| answer(format!("at {s}").as_bytes(), at(s)));
    let verdicts = [(Outcome::Pending, 7), (Outcome::Verified, 9), (Outcome::Suspicious, 8)]
        .map(|(outcome, s)| verdict_record(outcome, at(s)));
    let case = case(&store, "A-1").await;
    let all = Change {
        answers: answers.iter().map(|a| (mine.id.clone(), a.clone())).collect(),
        verdicts: verdicts.iter().map(|v| (mine.id.clone(), v.clone())).collect(),
        ..change(&case)
    };
    store.apply(all).await.unwrap();
    let [seven, nine, eight, nine_too] = answers.map(|a| a.record);
    assert_eq!(store.observations(mine.id.clone()).await.unwrap(), [nine_too, nine, eight, seven]);
    let [pending, verified, suspicious] = verdicts;
    assert_eq!(store.verdicts(mine.id).await.unwrap(), [verified, suspicious, pending]);
}
