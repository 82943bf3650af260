//! What a database that replicas share gives: acknowledged changes a second over one connection and over many, due work
//! claimed in batches and one by one, and the pick of what is due among a million. All by turns in one run, on a server
//! that waits for the disk, so that the ratios are what counts.
//!
//! `cargo bench --bench replicas [-- --rows N]`
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a bench that cannot go on ends")]

#[path = "../tests/it/support/postgres.rs"]
#[allow(dead_code, reason = "the tests use more of it")]
mod postgres;

use std::time::Duration;

use futures_util::future::join_all;
use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;
use waygate::domain::event::{EventType, Happening};
use waygate::domain::lifecycle::OrderState;
use waygate::domain::order::{Address, Order};
use waygate::domain::rules::Rules;
use waygate::store::postgres::{Options, PostgresStore, Profile};
use waygate::store::{Change, Docket, NewOrder, Store};
use waygate_carriers::contract::Country;

use postgres::Database;

const ROUNDS: usize = 5;
/// Callers at once.
const CALLERS: usize = 64;
const CREATES_EACH: usize = 16;
const ROWS: u64 = 1_000_000;
/// So many at least, that there is enough to claim.
const ROWS_MIN: u64 = 100_000;
/// Picked at once.
const PICKED: i64 = 1_000;
const START: i64 = 1_770_000_000;

/// Rows as they lie in the store, as lean as they can be, due all over a day.
const FILL: &str = r#"
INSERT INTO orders (id, document, state, revision, sequence, created_at) VALUES ('B-0', '{}', '{}', 1, 0, 0);
INSERT INTO shipments (id, order_id, number, claim, input, looks, created_at, look_due)
SELECT 'shp_' || lpad(to_hex(i), 12, '0') || '7000' || '8000000000000000'::text, 'B-0', '1Z' || i,
       '{"carrier":"ups","tracking_number":"1Z999AA10123456784","tracking_url":null,"confirmed_at":null,"submitted_at":null,"combined_with":null}',
       '1Z', 0, 0, START_AT + i * 2654435761 % 86400000000
FROM generate_series(1::bigint, ROW_COUNT) i;
ANALYZE shipments"#;

fn new_order(id: String) -> NewOrder {
    let at = Timestamp::from_second(START).unwrap();
    let order = Order {
        id,
        seller: Some("s-1".to_owned()),
        buyer: Some("b-1".to_owned()),
        paid_at: at,
        handling_days: Some(3),
        delivery_days: Some(30),
        amount: Some("100.00 USD".parse().unwrap()),
        method: None,
        expected_weight_grams: Some(800),
        ship_from: None,
        ship_to: Address {
            country: Country::new("US").unwrap(),
            region: None,
            city: Some("Oakland".to_owned()),
            postal_code: Some("94607".to_owned()),
        },
    };
    let state = OrderState::begin(&order, Rules::current());
    NewOrder { order, state, next_timer_at: Some(at), at, idempotency: None }
}

async fn creates(store: &PostgresStore, name: &str) -> f64 {
    let began = Instant::now();
    join_all((0..CALLERS).map(|caller| async move {
        for n in 0..CREATES_EACH {
            store.register_order(new_order(format!("{name}-{caller}-{n}"))).await.unwrap();
        }
    }))
    .await;
    rate(CALLERS * CREATES_EACH, began.elapsed())
}

/// Changes with one event each, every caller to an order of its own.
async fn changes(store: &PostgresStore, name: &str) -> f64 {
    let began = Instant::now();
    join_all((0..CALLERS).map(|caller| async move {
        let id = format!("{name}-{caller}-0");
        for _ in 0..CREATES_EACH {
            let case = store.case(id.clone()).await.unwrap().unwrap();
            let data = serde_json::Map::new();
            let happening =
                Happening { kind: EventType::TrackingUpdated, at: case.order.created_at, rule: None, data };
            let change = Change {
                order: id.clone(),
                revision: case.order.revision,
                at: case.order.created_at,
                state: case.order.state,
                next_timer_at: None,
                shipments: Vec::new(),
                answers: Vec::new(),
                verdicts: Vec::new(),
                happenings: vec![happening],
                judge_others: Vec::new(),
                claims: Vec::new(),
                docket: Docket::default(),
                idempotency: None,
            };
            store.apply(change).await.unwrap();
        }
    }))
    .await;
    rate(CALLERS * CREATES_EACH, began.elapsed())
}

async fn claims(store: &PostgresStore, batch: u32, claims: u32) -> f64 {
    let now = Timestamp::from_second(START).unwrap() + SignedDuration::from_hours(12);
    let began = Instant::now();
    let mut claimed = 0;
    for _ in 0..claims {
        claimed += store.claim_looks(now, now + SignedDuration::from_hours(48), batch).await.unwrap().len();
    }
    assert_eq!(claimed, (batch * claims) as usize);
    rate(claimed, began.elapsed())
}

#[expect(clippy::cast_precision_loss, reason = "a rate for people")]
fn rate(count: usize, took: Duration) -> f64 {
    count as f64 / took.as_secs_f64()
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn open(database: &Database, profile: Profile, writers: usize) -> PostgresStore {
    let options = Options { writers, ..Options::of(profile) };
    PostgresStore::open(&database.url(), &options).unwrap()
}

async fn measure(rows: u64) {
    let database = Database::with("-c shared_buffers=1GB -c max_wal_size=8GB").await;
    let stores = [(1, Profile::Postgres), (16, Profile::Postgres), (16, Profile::Cockroach)];
    let stores = stores.map(|(writers, profile)| (writers, profile, open(&database, profile, writers)));
    let (mut created, mut changed) = (vec![Vec::new(); 3], vec![Vec::new(); 3]);
    for round in 0..ROUNDS {
        for (at, (_, _, store)) in stores.iter().enumerate() {
            let name = format!("A-{round}-{at}");
            created[at].push(creates(store, &name).await);
            changed[at].push(changes(store, &name).await);
        }
    }
    for (at, (writers, profile, store)) in stores.iter().enumerate() {
        let (created, changed) = (median(created[at].clone()), median(changed[at].clone()));
        println!(
            "{writers:>2} connections, {profile:?}: {created:>7.0} creates/s, {changed:>7.0} changes with an event/s, {} run again",
            store.repeats()
        );
    }
    let began = Instant::now();
    let store = &stores[1].2;
    let events = store.events(None, 1).await.unwrap();
    println!("places for all those events: {:.1?} ({} read)", began.elapsed(), events.items.len());

    let client = database.client().await;
    let fill =
        FILL.replace("START_AT", &(START * 1_000_000).to_string()).replace("ROW_COUNT", &rows.to_string());
    client.batch_execute(&fill).await.unwrap();
    let until = (START + 43_200) * 1_000_000;
    let pick = client
        .prepare("SELECT seq FROM shipments WHERE look_due <= $1 ORDER BY look_due LIMIT $2")
        .await
        .unwrap();
    let mut picks = Vec::new();
    for _ in 0..50 {
        let began = Instant::now();
        let picked = client.query(&pick, &[&until, &PICKED]).await.unwrap();
        picks.push(began.elapsed().as_secs_f64() * 1_000.0);
        assert_eq!(picked.len(), 1_000);
    }
    println!("pick {PICKED} of {rows}: {:.2} ms", median(picks));
    for (_, profile, store) in &stores[1..] {
        let (mut batches, mut singles) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            batches.push(claims(store, 100, 40).await);
            singles.push(claims(store, 1, 200).await);
        }
        let (batches, singles) = (median(batches), median(singles));
        println!(
            "{profile:?}: claims in batches of 100: {batches:>7.0} rows/s, one by one: {singles:>6.0} rows/s, {:.1}x",
            batches / singles
        );
    }
}

fn main() {
    let mut words = std::env::args().skip_while(|word| word != "--rows").skip(1);
    let rows = words.next().and_then(|word| word.parse().ok()).unwrap_or(ROWS).max(ROWS_MIN);
    tokio::runtime::Runtime::new().unwrap().block_on(measure(rows));
}
