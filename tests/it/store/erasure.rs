//! Erasing, killed: an order is erased whole or not at all, and erasing again makes it complete, to the last byte.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use waygate::domain::lifecycle::dispute::{Act, Kind, Side};
use waygate::domain::lifecycle::{By, Input, Phase};
use waygate::domain::log::Leaf;
use waygate::domain::media::Media;
use waygate::domain::verdict::Outcome;
use waygate::ids::EvidenceId;
use waygate::secrets::sha256_hex;
use waygate::store::sqlite::{Options, SqliteStore};
use waygate::store::{
    ActionRecord, Cause, Change, Docket, Erased, EvidenceRecord, FileRecord, Kept, NewEvidence, Privacy,
    Store, StoreError, WholeStore,
};
use waygate_carriers::contract::{ProofOfDelivery, Status, Tracking};

use super::engines::{Engine, on_every_engine};
use super::samples::*;

/// Names the database to the child; without it the child's test does nothing.
const DATABASE: &str = "WAYGATE_TEST_ERASURE_DATABASE";
const ORDERS: usize = 24;
/// Answers of each order: enough that an erasure takes a while.
const ANSWERS: i64 = 12;
/// A name that stands in every place that may hold one.
const NAME: &str = "Quillfeather";

fn open(path: &Path) -> SqliteStore {
    SqliteStore::open(path, &Options::default()).unwrap()
}

/// What a side said and showed: a file that every order has, and one of its own.
fn papers(order: &str) -> Docket {
    let action = ActionRecord {
        at: at(9),
        by: By::Buyer,
        key: None,
        input: Input::Dispute(Act::SubmitEvidence {
            by: Side::Buyer,
            kind: Kind::Document,
            text: format!("{NAME} writes"),
        }),
        statement: Some(format!("{NAME} says")),
        dispute: Some(1),
    };
    let evidence = [format!("{NAME} of every order"), format!("{NAME} of {order}")].map(|bytes| {
        let file = FileRecord {
            sha256: sha256_hex(bytes.as_bytes()),
            media_type: Media::Text,
            bytes: bytes.len() as u64,
            name: Some(format!("{NAME}.txt")),
        };
        let record = EvidenceRecord {
            id: EvidenceId::generate(at(9)),
            order: order.to_owned(),
            dispute: 1,
            by: Side::Buyer,
            kind: Kind::Document,
            text: format!("{NAME} shows"),
            file: Some(file),
            at: at(9),
            late: false,
            key: None,
        };
        NewEvidence { record, bytes: Some(bytes.into()) }
    });
    Docket { actions: vec![action], evidence: evidence.into(), ..Docket::default() }
}

/// An ended order, full of names.
pub async fn ended(store: &dyn WholeStore, id: &str) {
    let mut new = new_order(id);
    new.order.buyer = Some(NAME.to_owned());
    new.order.ship_to.city = Some(NAME.to_owned());
    store.register_order(new).await.unwrap();
    let case = store.case(id.to_owned()).await.unwrap().unwrap();
    let mut tracking = Tracking::new(ups(), id, Status::Delivered);
    tracking.status_text = Some(format!("{NAME} has it"));
    tracking.proof_of_delivery =
        Some(ProofOfDelivery { signed_by: Some(NAME.to_owned()), left_at: Some(NAME.to_owned()) });
    let mut of = shipment(id, id);
    of.tracking = Some(tracking.clone().into());
    let answers = (0..ANSWERS).map(|n| {
        // Random enough that it is long when it is packed, too.
        let noise: String = (0..400_i64)
            .map(|at| char::from(b'a' + u8::try_from((at * at + n * 7 + at) % 23).unwrap()))
            .collect();
        let mut answer = answer(format!("{id} {n} {NAME} {noise}").as_bytes(), at(9 + n));
        answer.record.reading = tracking.clone().into();
        answer.record.url = format!("https://example.com/{NAME}");
        (of.id.clone(), answer)
    });
    let mut verdict = verdict_record(Outcome::Verified, at(9));
    for check in &mut verdict.verdict.checks {
        check.reason = format!("{NAME} signed");
    }
    of.verdict = Some(verdict.verdict.clone());
    let mut state = case.order.state.clone();
    state.phase = Phase::Released;
    let change = Change {
        state,
        answers: answers.collect(),
        verdicts: vec![(of.id.clone(), verdict)],
        claims: vec![(of.id.clone(), case.order.order.clone())],
        shipments: vec![of],
        docket: papers(id),
        ..change(&case)
    };
    store.apply(change).await.unwrap();
}

/// The child: erases order after order and tells each that was acknowledged.
#[tokio::test]
async fn child_that_erases_until_it_is_killed() {
    let Some(path) = std::env::var_os(DATABASE) else { return };
    let store = open(Path::new(&path));
    for n in 0..ORDERS {
        let order = format!("A-{n}");
        let erased = store.erase(order.clone(), Cause::Request, at(99)).await.unwrap();
        assert_ne!(erased, Erased::Open);
        let line = format!("acknowledged {order}\n");
        std::io::stdout().write_all(line.as_bytes()).unwrap();
    }
}

fn run_and_kill(path: &Path, after: usize) -> Vec<String> {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "store::erasure::child_that_erases_until_it_is_killed", "--nocapture"])
        .env(DATABASE, path)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let told = lines
        .map_while(Result::ok)
        .filter_map(|line| line.split_once("acknowledged ").map(|(_, id)| id.to_owned()));
    let told: Vec<String> = told.take(after).collect();
    child.kill().unwrap();
    child.wait().unwrap();
    told
}

/// Whether an order holds names, each of its parts asked.
async fn parts_with_names(store: &dyn WholeStore, order: &str) -> Vec<bool> {
    let case = store.case(order.to_owned()).await.unwrap().unwrap();
    let shipment = &case.shipments[0];
    let logged = store.logged(shipment.id.clone()).await.unwrap();
    let mut parts = vec![
        case.order.order.buyer.is_some(),
        format!("{:?}", case.order).contains(NAME),
        format!("{shipment:?}").contains(NAME),
    ];
    for (_, observation) in &case.observations {
        parts.push(format!("{observation:?}").contains(NAME));
        parts.push(match store.answer(observation.id.clone()).await {
            Ok(answer) => !answer.unwrap().body.is_empty(),
            Err(StoreError::Erased(_)) => false,
            Err(error) => panic!("{error}"),
        });
    }
    let entries = logged.iter().filter(|leaf| !leaf.entry.windows(9).any(|w| w == b"\"erasure\""));
    parts.extend(entries.map(|leaf| leaf.seed.is_some()));
    parts
}

fn names_in(path: &Path) -> usize {
    let bytes = std::fs::read(path).unwrap_or_default();
    bytes.windows(NAME.len()).filter(|window| window.eq_ignore_ascii_case(NAME.as_bytes())).count()
}

#[tokio::test]
async fn an_erasure_that_is_killed_is_whole_or_not_there_and_again_it_is_complete() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    {
        let store = open(&path);
        for n in 0..ORDERS {
            ended(&store, &format!("A-{n}")).await;
        }
    }
    assert!(names_in(&path) > ORDERS);
    for (round, after) in [1, 3, 4, 6].into_iter().enumerate() {
        let told = run_and_kill(&path, after);
        assert_eq!(told.len(), after, "round {round}: the child ended by itself");
        let store = open(&path);
        for n in 0..ORDERS {
            let order = format!("A-{n}");
            let parts = parts_with_names(&store, &order).await;
            let any = parts.iter().any(|has| *has);
            assert!(
                parts.iter().all(|has| *has == any),
                "round {round}: {order} is erased by half: {parts:?}"
            );
            assert!(!told.contains(&order) || !any, "round {round}: {order} was acknowledged");
        }
    }
    let store = open(&path);
    for n in 0..ORDERS {
        let erased = store.erase(format!("A-{n}"), Cause::Request, at(120)).await.unwrap();
        assert!(matches!(erased, Erased::Now(_) | Erased::Before(_)), "{erased:?}");
    }
    store.sweep().await.unwrap();
    for name in ["store.db", "store.db-wal", "store.db-shm"] {
        assert_eq!(names_in(&folder.path().join(name)), 0, "{name}");
    }
    let entries = store.log_entries(0, u32::MAX).await.unwrap();
    // A claim, the answers, a verdict; and the erasure, once however often it was asked for.
    assert_eq!(entries.len(), ORDERS * (2 + usize::try_from(ANSWERS).unwrap() + 1));
    assert_eq!(store.erase("A-none".to_owned(), Cause::Request, at(120)).await.unwrap(), Erased::NoOrder);
}

async fn an_open_order_is_not_erased_and_an_erased_one_takes_no_change(engine: Engine) {
    let store = engine.open();
    let store = store.as_ref();
    store.register_order(new_order("A-1")).await.unwrap();
    assert_eq!(store.erase("A-1".to_owned(), Cause::Request, at(20)).await.unwrap(), Erased::Open);
    // However old it is: what is kept for a time is kept from an order's end on.
    let late = at(20 * 365 * 86_400);
    for kept in [Kept::Bodies, Kept::Persons, Kept::Events] {
        assert_eq!(store.retain(kept, late, late, 9).await.unwrap(), 0, "{kept:?} of an open order");
    }
    ended(store, "A-2").await;
    // An order that is taken up again has not ended: a dispute after its end holds everything.
    let over = store.case("A-2".to_owned()).await.unwrap().unwrap();
    let (mut again, mut end) = (over.order.state.clone(), over.order.state.clone());
    again.phase = Phase::Completed;
    store.apply(Change { state: again, ..change(&over) }).await.unwrap();
    assert_eq!(store.erase("A-2".to_owned(), Cause::Request, at(20)).await.unwrap(), Erased::Open);
    assert_eq!(store.retain(Kept::Persons, late, late, 9).await.unwrap(), 0);
    end.phase = Phase::Settled;
    let over = store.case("A-2".to_owned()).await.unwrap().unwrap();
    store.apply(Change { state: end, ..change(&over) }).await.unwrap();
    let before = store.case("A-2".to_owned()).await.unwrap().unwrap();
    assert_eq!(store.orders_of_buyer(NAME.to_owned()).await.unwrap(), ["A-2"]);
    store.erase("A-2".to_owned(), Cause::Request, at(20)).await.unwrap();
    assert!(store.orders_of_buyer(NAME.to_owned()).await.unwrap().is_empty());
    let after = store.case("A-2".to_owned()).await.unwrap().unwrap();
    for case in [&before, &after] {
        assert!(matches!(store.apply(change(case)).await, Err(StoreError::Erased(_))));
    }
    // The verdict keeps its outcome, the number its claim: others' claims on it are still held against it.
    let (was, is) = (&before.shipments[0], &after.shipments[0]);
    assert_eq!(is.claim.tracking_number, was.claim.tracking_number);
    assert_eq!(is.verdict.as_ref().map(|v| v.verdict), was.verdict.as_ref().map(|v| v.verdict));
}

#[tokio::test]
async fn a_body_that_another_order_shares_stays_until_that_one_is_erased() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let store = open(&path);
    for id in ["A-1", "A-2"] {
        ended(&store, id).await;
    }
    // One more answer for both, the same to the byte: the carrier was asked for both at once.
    let shared = rusqlite::Connection::open(&path).unwrap();
    let sql = "UPDATE observations SET (body_sha256, body_bytes) =
        (SELECT body_sha256, body_bytes FROM observations ORDER BY seq LIMIT 1)
        WHERE seq = (SELECT max(seq) FROM observations)";
    assert_eq!(shared.execute(sql, []).unwrap(), 1);
    let bodies = || -> i64 {
        let sql = "SELECT count(*) FROM bodies WHERE sha256 IN (SELECT body_sha256 FROM observations)";
        shared.query_row(sql, [], |row| row.get(0)).unwrap()
    };
    assert_eq!(bodies(), 2 * ANSWERS - 1);
    store.erase("A-1".to_owned(), Cause::Request, at(20)).await.unwrap();
    assert_eq!(bodies(), ANSWERS, "those of the other order, the shared one among them");
    store.erase("A-2".to_owned(), Cause::Request, at(21)).await.unwrap();
    assert_eq!(bodies(), 0);
}

/// Whether every logged document opens its entry's hash.
async fn all_open(store: &dyn WholeStore, order: &str) -> bool {
    let case = store.case(order.to_owned()).await.unwrap().unwrap();
    let logged = store.logged(case.shipments[0].id.clone()).await.unwrap();
    assert!(logged.len() > usize::try_from(ANSWERS).unwrap());
    logged.iter().all(|leaf| {
        let entry: Leaf = serde_json::from_slice(&leaf.entry).unwrap();
        leaf.opening().unwrap().commit(&leaf.document) == Some(entry.document())
    })
}

async fn raw_answers_go_first_then_persons_and_what_is_left_opens_its_hash_all_along(engine: Engine) {
    let store = engine.open();
    let store = store.as_ref();
    for id in ["A-1", "A-2"] {
        ended(store, id).await;
    }
    assert!(all_open(store, "A-1").await);
    assert_eq!(store.retain(Kept::Bodies, at(10), at(30), 9).await.unwrap(), 0, "it ended at this instant");
    assert_eq!(store.retain(Kept::Bodies, at(11), at(30), 1).await.unwrap(), 1, "no more than was asked for");
    assert_eq!(store.retain(Kept::Bodies, at(11), at(30), 9).await.unwrap(), 1);
    for id in ["A-1", "A-2"] {
        assert!(all_open(store, id).await);
        let case = store.case(id.to_owned()).await.unwrap().unwrap();
        assert!(format!("{case:?}").contains(NAME), "only the answers are gone");
        let gone = store.answer(case.observations[0].1.id.clone()).await;
        assert!(matches!(gone, Err(StoreError::Erased(_))), "{gone:?}");
    }
    assert_eq!(store.retain(Kept::Persons, at(11), at(40), 9).await.unwrap(), 2);
    for id in ["A-1", "A-2"] {
        assert!(all_open(store, id).await);
        assert!(parts_with_names(store, id).await[1..].iter().all(|has| !has));
    }
}

/// What an order's rows hold of a name, in every column of every table of this engine.
async fn an_erased_order_leaves_a_name_in_no_table(engine: Engine) {
    let store = engine.open();
    ended(store.as_ref(), "A-1").await;
    assert!(engine.rows_with(NAME).await > 5);
    let erased = store.erase("A-1".to_owned(), Cause::Request, at(20)).await.unwrap();
    assert!(matches!(erased, Erased::Now(_)), "{erased:?}");
    assert_eq!(engine.rows_with(NAME).await, 0);
    assert!(all_open(store.as_ref(), "A-1").await);
}

on_every_engine! {
    an_open_order_is_not_erased_and_an_erased_one_takes_no_change,
    raw_answers_go_first_then_persons_and_what_is_left_opens_its_hash_all_along,
    an_erased_order_leaves_a_name_in_no_table,
}
