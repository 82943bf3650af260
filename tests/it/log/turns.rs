//! Several processes at one log, each with its files: there is one history, whoever seals and whoever dies.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use waygate::clock::{Clock as _, SystemClock};
use waygate::seal::{MemoryTiles, Sealer, audit};
use waygate::store::{LogTurn, Store};

use super::start::{ORIGIN, log_three, open};
use crate::store::engines::Engine;
use crate::store::samples::at;

/// The engines on which several processes seal.
async fn shared() -> [Engine; 2] {
    [Engine::postgres().await, Engine::distributed().await]
}

struct Replica {
    files: Arc<MemoryTiles>,
    store: Arc<dyn Store>,
    sealer: Arc<Sealer>,
}

async fn replica(engine: &Engine) -> Replica {
    let (files, store) = (Arc::new(MemoryTiles::default()), engine.open() as Arc<dyn Store>);
    let sealer = Arc::new(open(&files, &store).await.unwrap());
    Replica { files, store, sealer }
}

#[tokio::test]
async fn replicas_that_seal_at_once_show_heads_of_one_history_and_the_same_files() {
    for engine in shared().await {
        let replicas = [replica(&engine).await, replica(&engine).await, replica(&engine).await];
        let mut notes = BTreeMap::new();
        for n in 0..12 {
            log_three(&replicas[0].store, n).await;
            let all = replicas.each_ref().map(|replica| {
                let sealer = Arc::clone(&replica.sealer);
                tokio::spawn(async move {
                    sealer.seal_all().await.unwrap();
                    sealer.head()
                })
            });
            for one in all {
                let head = one.await.unwrap();
                let told = notes.entry(head.checkpoint.size).or_insert_with(|| head.note.clone());
                assert_eq!(*told, head.note, "two heads of one size");
            }
        }
        let last = replicas[0].sealer.head();
        assert_eq!(last.checkpoint.size, 36);
        for replica in &replicas {
            replica.sealer.seal_all().await.unwrap();
            assert_eq!(replica.sealer.head(), last);
            assert_eq!(replica.files.all(), replicas[0].files.all());
            let found = audit(Arc::clone(&replica.files) as _, Arc::clone(&replica.store), ORIGIN).await;
            assert_eq!(found.unwrap().head.checkpoint.size, 36);
        }
        // Who comes late follows what others signed, however long it is.
        let late = replica(&engine).await;
        log_three(&late.store, 99).await;
        late.sealer.seal_all().await.unwrap();
        assert_eq!(late.sealer.head().checkpoint.size, 39);
    }
}

#[tokio::test]
async fn a_process_that_stops_in_its_turn_holds_up_the_others_no_longer_than_its_lease() {
    for engine in shared().await {
        let replica = replica(&engine).await;
        log_three(&replica.store, 1).await;
        let turn = async |until: Timestamp| {
            let taken =
                replica.store.take_log_turn("another".to_owned(), SystemClock.now(), until).await.unwrap();
            let LogTurn::Ours { token, .. } = taken else { panic!("{taken:?}") };
            token
        };
        let stopped = turn(SystemClock.now() + SignedDuration::from_hours(1)).await;
        assert_eq!(replica.sealer.seal().await.unwrap(), 0, "it is another's turn");
        assert!(replica.store.end_log_turn(stopped, None).await.unwrap());
        // This one never ends its turn, but its lease is over.
        let dead = turn(SystemClock.now() - SignedDuration::from_secs(1)).await;
        assert_eq!(replica.sealer.seal().await.unwrap(), 3);
        // It wakes up with a head of its own: too late.
        assert!(!replica.store.end_log_turn(dead, Some((3, "late".to_owned()))).await.unwrap());
        log_three(&replica.store, 2).await;
        assert_eq!(replica.sealer.seal().await.unwrap(), 3);
    }
}

#[tokio::test]
async fn one_has_the_turn_and_hands_on_what_was_signed() {
    for engine in shared().await {
        let store: Arc<dyn Store> = engine.open();
        let take = async |who: &str, now: i64| {
            store.take_log_turn(who.to_owned(), at(now), at(now + 5)).await.unwrap()
        };
        let LogTurn::Ours { token: first, head: None } = take("one", 0).await else { panic!() };
        assert_eq!(take("other", 4).await, LogTurn::Others { head: None });
        assert!(store.end_log_turn(first, Some((7, "seven".to_owned()))).await.unwrap());
        let seven = Some("seven".to_owned());
        let LogTurn::Ours { token: second, head } = take("other", 4).await else { panic!() };
        assert_eq!((head, second > first), (seven.clone(), true));
        assert_eq!(take("one", 8).await, LogTurn::Others { head: seven.clone() });
        assert!(matches!(take("one", 9).await, LogTurn::Ours { .. }), "the lease is over");
        assert!(
            !store.end_log_turn(second, Some((9, "nine".to_owned()))).await.unwrap(),
            "and the turn with it"
        );
        assert_eq!(take("other", 10).await, LogTurn::Others { head: seven });
    }
    let alone: Arc<dyn Store> = Engine::sqlite().open();
    assert_eq!(alone.take_log_turn("one".to_owned(), at(0), at(5)).await.unwrap(), LogTurn::Alone);
}
