//! The books of the official sources: days that are never leased beyond their quota, what was spent, codes without a
//! meaning, incidents.

use std::sync::Arc;

use futures_util::future::join_all;
use jiff::Timestamp;
use waygate::store::{Change, INCIDENTS_MAX, Incident, QuotaLease, QuotaReturn, UNMAPPED_MAX};
use waygate_carriers::contract::{CarrierId, Checkpoint, Reading, SourceId, Status, Tracking};

use super::engines::{Engine, on_every_engine};
use super::samples::{self, Shared, at, change};

on_every_engine! {
    however_many_lease_at_once_a_day_is_never_leased_beyond_its_quota,
    a_day_is_remembered_until_its_end_and_credentials_do_not_share_it,
    what_is_given_back_can_be_leased_again_and_costs_nothing,
    a_code_without_a_meaning_counts_once_in_each_recorded_answer_and_is_not_forgotten,
    codes_without_a_meaning_and_incidents_are_bounded,
}

fn ups() -> SourceId {
    SourceId::new("ups.track").unwrap()
}

fn lease(credential: &str, seconds: i64, portion: u32) -> QuotaLease {
    QuotaLease {
        source: ups(),
        credential: credential.to_owned(),
        at: at(seconds),
        ends_at: at(seconds + 86_400),
        portion,
        per_day: Some(100),
        cost: Some("0.5 USD".parse().unwrap()),
    }
}

async fn however_many_lease_at_once_a_day_is_never_leased_beyond_its_quota(engine: Engine) {
    // Two processes.
    let stores = [0, 1].map(|_| engine.open());
    let leases = (0..40).map(|n| stores[n % 2].lease_quota(lease("", 5, 7)));
    let granted: Vec<u32> = join_all(leases).await.into_iter().map(|day| day.unwrap().granted).collect();
    assert_eq!(granted.iter().sum::<u32>(), 100);
    assert!(granted.iter().all(|n| [0, 2, 7].contains(n)), "{granted:?}");
    let days = stores[0].quota_days(at(6)).await.unwrap();
    assert_eq!(days.len(), 1);
    let (_, _, day) = &days[0];
    assert_eq!((day.requests, day.ends_at.duration_since(day.began_at).as_secs()), (100, 86_400));
}

async fn a_day_is_remembered_until_its_end_and_credentials_do_not_share_it(engine: Engine) {
    let store = engine.open();
    let first = store.lease_quota(lease("main", 0, 60)).await.unwrap();
    drop(store);
    let store = engine.open();
    let second = store.lease_quota(lease("main", 86_399, 60)).await.unwrap();
    assert_eq!((second.began_at, second.granted, second.requests), (first.began_at, 40, 100));
    assert_eq!(store.lease_quota(lease("second", 86_399, 60)).await.unwrap().granted, 60);
    let next = store.lease_quota(lease("main", 86_400, 60)).await.unwrap();
    assert_eq!((next.began_at, next.granted, next.requests), (at(86_400), 60, 60));
}

async fn what_is_given_back_can_be_leased_again_and_costs_nothing(engine: Engine) {
    let store = engine.open();
    let day = store.lease_quota(lease("", 0, 60)).await.unwrap();
    let spent = async || {
        let rows = store.spending(jiff::civil::date(2026, 1, 1)).await.unwrap();
        rows.iter().map(|row| (row.currency.clone(), row.ten_thousandths)).collect::<Vec<_>>()
    };
    assert_eq!(spent().await, [("USD".to_owned(), 60 * 5_000)]);
    let cost = Some("0.5 USD".parse().unwrap());
    let (source, credential) = (ups(), String::new());
    let unused = QuotaReturn { source, credential, began_at: day.began_at, at: at(9), requests: 20, cost };
    store.return_quota(unused).await.unwrap();
    assert_eq!(spent().await, [("USD".to_owned(), 40 * 5_000)]);
    assert_eq!(store.lease_quota(lease("", 9, 100)).await.unwrap().granted, 60);
}

/// An answer with these checkpoints: the code and the status of each.
fn answer(codes: &[(&str, Status)], at: Timestamp) -> waygate::store::StoredAnswer {
    let mut answer = samples::answer(b"a body", at);
    let mut tracking = Tracking::new(CarrierId::new("ups").unwrap(), "N-1", Status::InTransit);
    tracking.checkpoints = codes
        .iter()
        .map(|(code, status)| Checkpoint {
            time: None,
            local_time: None,
            status: *status,
            code: Some((*code).to_owned()),
            text: Some(format!("the words of {code}")),
            fault: None,
            place: None,
        })
        .collect();
    answer.record.source = ups();
    answer.record.reading = Reading::from(tracking);
    answer
}

async fn recorded(store: &Shared, answers: Vec<waygate::store::StoredAnswer>) {
    let case = samples::case(store, "A-1").await;
    let shipment = case.shipments[0].id.clone();
    let answers = answers.into_iter().map(|answer| (shipment.clone(), answer)).collect();
    store.apply(Change { answers, ..change(&case) }).await.unwrap();
}

async fn a_code_without_a_meaning_counts_once_in_each_recorded_answer_and_is_not_forgotten(engine: Engine) {
    let books = engine.open();
    let store: Shared = Arc::clone(&books) as _;
    samples::submitted(&store, "A-1", "N-1").await;
    let known = ("OK", Status::Delivered);
    recorded(&store, vec![answer(&[("XX", Status::Unknown), known, ("XX", Status::Unknown)], at(10))]).await;
    recorded(&store, vec![answer(&[known], at(20)), answer(&[("XX", Status::Unknown)], at(30))]).await;
    drop((books, store));
    let codes = engine.open().unmapped_codes().await.unwrap();
    assert_eq!(codes.len(), 1, "{codes:?}");
    let code = &codes[0];
    assert_eq!(
        (code.source.clone(), code.namespace.as_str(), code.code.as_str()),
        (ups(), "checkpoint", "XX")
    );
    assert_eq!((code.answers, code.first_seen, code.last_seen), (2, at(10), at(30)));
    assert_eq!(code.text, "the words of XX");
}

async fn codes_without_a_meaning_and_incidents_are_bounded(engine: Engine) {
    let books = engine.open();
    let store: Shared = Arc::clone(&books) as _;
    samples::submitted(&store, "A-1", "N-1").await;
    let codes: Vec<String> = (0..UNMAPPED_MAX + 50).map(|n| format!("X{n:03}")).collect();
    let codes: Vec<_> = codes.iter().map(|code| (code.as_str(), Status::Unknown)).collect();
    recorded(&store, vec![answer(&codes, at(10))]).await;
    recorded(&store, vec![answer(&codes[..1], at(20))]).await;
    let kept = books.unmapped_codes().await.unwrap();
    assert_eq!(kept.len(), UNMAPPED_MAX as usize);
    assert_eq!(
        (kept[0].code.as_str(), kept[0].answers),
        ("X000", 2),
        "the latest is first, and goes on counting"
    );

    for n in 0..INCIDENTS_MAX + 20 {
        for source in ["ups.track", "dhl.unified"] {
            let source = SourceId::new(source).unwrap();
            let incident =
                Incident { source, at: at(n.into()), kind: "redirect".to_owned(), what: n.to_string() };
            books.note_incident(incident).await.unwrap();
        }
    }
    let kept = books.incidents().await.unwrap();
    let of_ups: Vec<_> = kept.iter().filter(|incident| incident.source == ups()).collect();
    assert_eq!((kept.len(), of_ups.len()), (2 * INCIDENTS_MAX as usize, INCIDENTS_MAX as usize));
    assert_eq!((of_ups[0].what.as_str(), of_ups[INCIDENTS_MAX as usize - 1].what.as_str()), ("119", "20"));
}
