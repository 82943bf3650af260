//! Acknowledged changes a second: 64 writers at once, whose writes share commits, beside the same with a commit for
//! each. Both run in one go, so that the ratio of the two is what counts, whatever the disk.
#![allow(clippy::unwrap_used, reason = "a benchmark that cannot go on has failed")]
#![allow(missing_docs, reason = "criterion's macros write public functions")]

use std::sync::atomic::{AtomicU64, Ordering};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use jiff::Timestamp;
use tokio::runtime::Runtime;
use waygate::domain::lifecycle::OrderState;
use waygate::domain::order::{Address, Order};
use waygate::domain::rules::Rules;
use waygate::store::sqlite::{Options, SqliteStore};
use waygate::store::{NewOrder, Store};
use waygate_carriers::contract::Country;

const WRITERS: u64 = 64;
const WRITES_EACH: u64 = 8;

fn new_order(n: u64) -> NewOrder {
    let at = Timestamp::from_second(1_770_000_000).unwrap();
    let order = Order {
        id: format!("A-{n}"),
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

async fn write(store: &SqliteStore, next: &AtomicU64) {
    for _ in 0..WRITES_EACH {
        store.register_order(new_order(next.fetch_add(1, Ordering::Relaxed))).await.unwrap();
    }
}

fn creates(criterion: &mut Criterion) {
    let runtime = Runtime::new().unwrap();
    let mut group = criterion.benchmark_group("acknowledged creates, 64 writers");
    group.throughput(Throughput::Elements(WRITERS * WRITES_EACH));
    group.sample_size(10);
    for (name, group_max) in [("group commit", Options::default().group_max), ("single commits", 1)] {
        let dir = tempfile::tempdir().unwrap();
        let options = Options { group_max, ..Options::default() };
        let store = SqliteStore::open(&dir.path().join("store.db"), &options).unwrap();
        let next = AtomicU64::new(0);
        group.bench_function(name, |bench| {
            bench.iter(|| {
                let writers = (0..WRITERS).map(|_| write(&store, &next));
                runtime.block_on(futures_util::future::join_all(writers));
            });
        });
    }
    group.finish();
}

criterion_group!(benches, creates);
criterion_main!(benches);
