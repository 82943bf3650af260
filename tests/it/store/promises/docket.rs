//! The papers of cases: written with their change or not at all, and read back as they were given.

use bytes::Bytes;
use sha2::{Digest, Sha256};
use waygate::domain::event::EventType;
use waygate::domain::lifecycle::dispute::{Dispute, Kind, Proposal, Reason, Remedy, Side, Stage};
use waygate::domain::lifecycle::{By, Input};
use waygate::domain::media::Media;
use waygate::domain::standing::Standing;
use waygate::ids::{DisputeId, EvidenceId, KeyId};
use waygate::store::{
    ActionRecord, Change, Cursor, DisputeFilter, DisputeRecord, DisputeState, Docket, EvidenceRecord,
    FileLook, FileRecord, NewEvidence, Papers, StandingRecord, StoreError,
};

use crate::store::samples::*;

fn action(key: &KeyId) -> ActionRecord {
    ActionRecord {
        // Finer than a column of times: the clocks read it as it was.
        at: "2026-03-02T08:00:00.123456789Z".parse().unwrap(),
        by: By::Seller,
        key: Some(key.clone()),
        input: Input::ConfirmShipment { all_goods: true },
        statement: Some("é \u{1f4e6}\nnew line".to_owned()),
        dispute: Some(1),
    }
}

fn dispute(order: &str, number: u32) -> DisputeRecord {
    DisputeRecord {
        id: DisputeId::generate(at(6)),
        order: order.to_owned(),
        dispute: Dispute {
            number,
            filed_at: at(6),
            reason: Reason::NotReceived,
            proposal: Proposal { remedy: Remedy::Refund, amount: Some("40.00 USD".parse().unwrap()) },
            counter_offer: None,
            stage: Stage::AwaitingAnswer { answer_due_at: at(99) },
            submission: None,
            evidence: Vec::new(),
            requests: Vec::new(),
        },
        state: DisputeState::AwaitingAnswer,
        changed_at: at(6),
        end: None,
        file_bytes: 0,
    }
}

fn evidence(order: &str, bytes: &'static [u8]) -> NewEvidence {
    let sha256 = Sha256::digest(bytes).iter().fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"));
    let file = FileRecord { sha256, media_type: Media::Text, bytes: bytes.len() as u64, name: None };
    NewEvidence {
        record: EvidenceRecord {
            id: EvidenceId::generate(at(7)),
            order: order.to_owned(),
            dispute: 1,
            by: Side::Buyer,
            kind: Kind::Document,
            text: "what I saw".to_owned(),
            file: Some(file),
            at: at(7),
            late: false,
            key: None,
        },
        bytes: Some(Bytes::from_static(bytes)),
    }
}

fn standing(revision: i64) -> StandingRecord {
    StandingRecord {
        seller: "s-1".to_owned(),
        standing: Standing { faults: vec![at(3)], ended: 7, bad: 2, ..Standing::default() },
        revision,
        rules: "2026-11".to_owned(),
        order: Some("A-1".to_owned()),
        due_at: Some(at(500)),
    }
}

fn full(order: &str) -> Docket {
    let key = KeyId::generate(at(0));
    Docket {
        actions: vec![action(&key), action(&key)],
        disputes: vec![dispute(order, 1)],
        evidence: vec![evidence(order, b"seen")],
        standing: Some(standing(0)),
    }
}

pub async fn papers_come_back_as_they_were_given(store: Shared) {
    let first = registered(&store, "A-1").await;
    assert_eq!((first.disputes.len(), &first.standing), (0, &None));
    assert_eq!(store.papers("A-1".to_owned()).await.unwrap(), Papers::default());
    let docket = full("A-1");
    store.apply(Change { docket: docket.clone(), ..change(&first) }).await.unwrap();
    let after = case(&store, "A-1").await;
    assert_eq!(after.disputes, docket.disputes);
    assert_eq!(after.standing, Some(StandingRecord { revision: 1, ..standing(0) }));
    let given = docket.evidence[0].record.clone();
    let look = FileLook { evidence: given.id.clone(), key: KeyId::generate(at(0)), at: at(8) };
    store.note_look(look.clone()).await.unwrap();
    let papers = Papers { actions: docket.actions, evidence: vec![given.clone()], looks: vec![look] };
    assert_eq!(store.papers("A-1".to_owned()).await.unwrap(), papers);
    assert_eq!(store.evidence(given.id).await.unwrap().unwrap().text, "what I saw");
    assert_eq!(store.evidence(EvidenceId::generate(at(0))).await.unwrap(), None);
    let sha256 = given.file.unwrap().sha256;
    assert_eq!(store.evidence_file(sha256).await.unwrap().as_deref(), Some(b"seen".as_slice()));
    assert_eq!(store.evidence_file("00".repeat(32)).await.unwrap(), None);
    let id = after.disputes[0].id.clone();
    assert_eq!(store.order_of_dispute(id).await.unwrap().as_deref(), Some("A-1"));
    assert_eq!(store.order_of_dispute(DisputeId::generate(at(0))).await.unwrap(), None);

    // A dispute that is written again is the same, changed.
    let mut ended = after.disputes[0].clone();
    ended.state = DisputeState::Cancelled;
    let again = Docket { disputes: vec![ended.clone()], ..Docket::default() };
    store.apply(Change { docket: again, ..change(&after) }).await.unwrap();
    assert_eq!(case(&store, "A-1").await.disputes, [ended]);

    let seller = store.seller("s-1".to_owned()).await.unwrap().unwrap();
    assert_eq!(seller.standing.unwrap().standing, standing(0).standing);
    assert!(store.seller("s-9".to_owned()).await.unwrap().is_none());
}

pub async fn a_change_that_fails_halfway_leaves_no_paper(store: Shared) {
    let before = registered(&store, "A-1").await;
    // The second answer with the same id fails; the order's state is not the last thing that is written.
    let one = shipment("A-1", "N-1");
    let twice = answer(b"one", at(9));
    let wrong = Change {
        answers: vec![(one.id.clone(), twice.clone()), (one.id.clone(), twice)],
        shipments: vec![one],
        docket: full("A-1"),
        ..change(&before)
    };
    assert!(matches!(store.apply(wrong).await, Err(StoreError::Engine(_))));
    // And so does a paper of another order, after all else was written.
    let foreign = Docket { evidence: vec![evidence("A-2", b"seen")], ..full("A-1") };
    let wrong =
        Change { docket: foreign, happenings: vec![happening(EventType::DisputeOpened)], ..change(&before) };
    assert!(matches!(store.apply(wrong).await, Err(StoreError::Engine(_))));
    assert_eq!(case(&store, "A-1").await, before);
    assert_eq!(store.papers("A-1".to_owned()).await.unwrap(), Papers::default());
    assert_eq!(store.order_events("A-1".to_owned()).await.unwrap(), []);
}

pub async fn a_standing_moves_from_the_revision_that_was_read_or_not_at_all(store: Shared) {
    let (one, other) = (registered(&store, "A-1").await, registered(&store, "A-2").await);
    let with = |case: &_, revision| {
        let docket = Docket { standing: Some(standing(revision)), ..Docket::default() };
        Change { docket, happenings: vec![happening(EventType::SellerPenalized)], ..change(case) }
    };
    store.apply(with(&one, 0)).await.unwrap();
    // Computed before the first was known: nothing of it is written, not even to its own order.
    for stale in [0, 7] {
        assert!(matches!(store.apply(with(&other, stale)).await, Err(StoreError::Conflict)), "{stale}");
    }
    assert_eq!(store.order_events("A-2".to_owned()).await.unwrap(), []);
    store.apply(with(&case(&store, "A-2").await, 1)).await.unwrap();
    assert_eq!(case(&store, "A-1").await.standing.unwrap().revision, 2);
}

pub async fn disputes_are_listed_by_state_and_seller_newest_first(store: Shared) {
    use DisputeFilter::{All, Open, State};
    let states = [DisputeState::AwaitingAnswer, DisputeState::Ruled, DisputeState::Submitted];
    for (n, state) in states.into_iter().enumerate() {
        let id = format!("A-{n}");
        let case = registered(&store, &id).await;
        let dispute = DisputeRecord { state, ..dispute(&id, 1) };
        let docket = Docket { disputes: vec![dispute], ..Docket::default() };
        store.apply(Change { docket, ..change(&case) }).await.unwrap();
    }
    let listed = async |filter, seller: Option<&str>, after, limit| {
        let page = store.disputes(filter, seller.map(str::to_owned), after, limit).await.unwrap();
        (page.items.into_iter().map(|d| d.order).collect::<Vec<_>>(), page.next)
    };
    assert_eq!(listed(All, None, None, 9).await, (vec!["A-2".to_owned(), "A-1".into(), "A-0".into()], None));
    assert_eq!(listed(Open, None, None, 9).await.0, ["A-2", "A-0"]);
    assert_eq!(listed(State(DisputeState::Ruled), None, None, 9).await.0, ["A-1"]);
    assert_eq!(listed(Open, Some("s-1"), None, 9).await.0, ["A-2", "A-0"]);
    assert_eq!(listed(All, Some("s-2"), None, 9).await.0, Vec::<String>::new());
    let (first, next) = listed(Open, Some("s-1"), None, 1).await;
    assert_eq!((first, next.is_some()), (vec!["A-2".to_owned()], true));
    assert_eq!(listed(Open, Some("s-1"), next, 1).await, (vec!["A-0".to_owned()], None));
    let foreign = store.disputes(All, None, Some(Cursor("ord-1".to_owned())), 9).await;
    assert!(matches!(foreign, Err(StoreError::BadCursor)));
}

pub async fn a_file_is_stored_once_and_refused_where_it_is_not_the_recorded_one(store: Shared) {
    let first = registered(&store, "A-1").await;
    let (one, two) = (evidence("A-1", b"seen"), evidence("A-1", b"seen"));
    let sha256 = one.record.file.clone().unwrap().sha256;
    let docket = Docket { evidence: vec![one, two], ..Docket::default() };
    store.apply(Change { docket, ..change(&first) }).await.unwrap();
    assert_eq!(store.papers("A-1".to_owned()).await.unwrap().evidence.len(), 2);
    assert_eq!(store.evidence_file(sha256).await.unwrap().unwrap(), b"seen");
    let before = case(&store, "A-1").await;
    let other = NewEvidence { bytes: Some(Bytes::from_static(b"nees")), ..evidence("A-1", b"seen") };
    let missing = NewEvidence { bytes: None, ..evidence("A-1", b"seen") };
    for wrong in [other, missing] {
        let docket = Docket { evidence: vec![wrong], ..Docket::default() };
        let refused = store.apply(Change { docket, ..change(&before) }).await;
        assert!(matches!(refused, Err(StoreError::Engine(_))));
    }
    assert_eq!(case(&store, "A-1").await, before);
}

pub async fn the_fall_of_a_bar_is_due_like_a_timer(store: Shared) {
    let first = registered(&store, "A-1").await;
    assert_eq!(store.next_due().await.unwrap(), None);
    let docket = Docket { standing: Some(standing(0)), ..Docket::default() };
    store.apply(Change { docket, ..change(&first) }).await.unwrap();
    assert_eq!(store.next_due().await.unwrap(), Some(at(500)));
    assert_eq!(store.due_timers(at(499), 9).await.unwrap(), Vec::<String>::new());
    assert_eq!(store.due_timers(at(500), 9).await.unwrap(), ["A-1"]);
    let after = case(&store, "A-1").await;
    let fallen = StandingRecord { due_at: None, ..after.standing.clone().unwrap() };
    let docket = Docket { standing: Some(fallen), ..Docket::default() };
    store.apply(Change { docket, ..change(&after) }).await.unwrap();
    assert_eq!(store.next_due().await.unwrap(), None);
}
