//! A store full of orders whose timers are due, the real binary over it, SIGKILL, and what must be there in the end.
//! Shared by the test and by `benches/timers.rs`.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use futures_util::{StreamExt as _, stream};
use jiff::{SignedDuration, Timestamp};
use tempfile::TempDir;
use tokio::time::Instant;
use waygate::clock::{Clock as _, SystemClock};
use waygate::domain::lifecycle::{Input, OrderState, next_due, step};
use waygate::domain::order::{Address, Order};
use waygate::domain::rules::Rules;
use waygate::sandbox;
use waygate::store::sqlite::{History, Options, SqliteStore};
use waygate::store::{EventRecord, NewOrder, Registered, Store as _};
use waygate_carriers::contract::Country;

/// What the worker takes at once: whoever is due earlier never waits for more than so many that are due later.
const BATCH: usize = 256;
/// Longest wait for the gateway.
const PATIENCE: Duration = Duration::from_mins(5);
/// How long ago the shipments fell due that were never confirmed: all at one instant.
const OVERDUE_DAYS: i64 = 7;
/// Days of handling and of delivery that every order promises.
const PROMISED: (u32, u32) = (3, 30);

/// The binary, without what the surroundings say.
pub fn binary() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_waygate"));
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("WAYGATE_")) {
        command.env_remove(name);
    }
    command
}

fn days(count: i64) -> SignedDuration {
    SignedDuration::from_hours(24 * count)
}

/// One order: what it is called, how long ago it was confirmed, and what must happen to it, by the words of the rules.
struct Due {
    id: String,
    confirmed_days_ago: Option<i64>,
}

impl Due {
    fn new(n: u32) -> Self {
        let confirmed_days_ago = (n % 2 == 1).then_some(60 + i64::from(n % 20));
        Self { id: format!("T-{n:05}"), confirmed_days_ago }
    }

    fn paid_at(&self, start: Timestamp) -> Timestamp {
        match self.confirmed_days_ago {
            None => start - days(OVERDUE_DAYS + i64::from(PROMISED.0)),
            Some(ago) => start - days(ago + 1),
        }
    }

    /// Every event with its due time. Warned five days before the end, ended after thirty, paid out fifteen days later.
    fn expected(&self, start: Timestamp) -> Vec<(&'static str, Timestamp)> {
        let Some(ago) = self.confirmed_days_ago else {
            return vec![("order.overdue_shipment", start - days(OVERDUE_DAYS))];
        };
        let end = start - days(ago - i64::from(PROMISED.1));
        vec![
            ("order.protection_ending", end - days(5)),
            ("order.protection_expired", end),
            ("order.completed", end),
            ("order.funds_released", end + days(15)),
        ]
    }

    fn order(&self, start: Timestamp) -> NewOrder {
        let country = Country::new("US").unwrap();
        let order = Order {
            id: self.id.clone(),
            seller: Some("s-1".to_owned()),
            buyer: None,
            paid_at: self.paid_at(start),
            handling_days: Some(PROMISED.0),
            delivery_days: Some(PROMISED.1),
            amount: Some("10.00 USD".parse().unwrap()),
            method: None,
            expected_weight_grams: None,
            ship_from: None,
            ship_to: Address { country, region: None, city: None, postal_code: None },
        };
        let rules = Rules::current();
        let begun = OrderState::begin(&order, rules);
        let state = match self.confirmed_days_ago {
            None => begun,
            Some(ago) => {
                let confirm = Input::ConfirmShipment { all_goods: true };
                step(&begun, &order, rules, &confirm, start - days(ago)).unwrap().state
            }
        };
        let next_timer_at = next_due(&state, &order, rules);
        let at = order.paid_at;
        NewOrder { order, state, next_timer_at, at, idempotency: None }
    }
}

/// A folder with a store whose timers are due.
pub struct Site {
    _folder: TempDir,
    database: PathBuf,
    config: PathBuf,
    start: Timestamp,
    orders: u32,
}

impl Site {
    /// Makes the store.
    pub async fn prepare(orders: u32) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let database = folder.path().join("waygate.db");
        let config = folder.path().join("waygate.toml");
        let nowhere: SocketAddr = "127.0.0.1:0".parse().unwrap();
        std::fs::write(&config, sandbox::settings(folder.path(), nowhere, nowhere, &[])).unwrap();
        let start = SystemClock.now();
        let store = SqliteStore::open(&database, &Options::default()).unwrap();
        stream::iter(0..orders)
            .for_each_concurrent(128, |n| {
                let new = store.register_order(Due::new(n).order(start));
                async { assert_eq!(new.await.unwrap(), Registered::Added) }
            })
            .await;
        Self { _folder: folder, database, config, start, orders }
    }

    fn events_in_all(&self) -> u64 {
        (0..self.orders).map(|n| Due::new(n).expected(self.start).len() as u64).sum()
    }

    fn serve(&self) -> Gateway {
        let mut command = binary();
        command.args(["serve", "--config"]).arg(&self.config).env("RUST_LOG", "error");
        Gateway(command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap())
    }

    /// Waits until so many events are written; says how many there are.
    fn wait_for(&self, gateway: &mut Gateway, events: u64) -> u64 {
        let began = Instant::now();
        loop {
            let written = History::open(&self.database).unwrap().events().unwrap();
            if written >= events {
                return written;
            }
            assert!(gateway.0.try_wait().unwrap().is_none(), "it ended by itself after {written} events");
            assert!(began.elapsed() < PATIENCE, "only {written} of {events} events");
            std::thread::yield_now();
        }
    }

    /// Lets them fire, killing the gateway so many times on the way; says how many kills met it in the middle.
    pub fn fire_with_kills(&self, kills: u32) -> u32 {
        let all = self.events_in_all();
        let mut in_the_middle = 0;
        for kill in 0..kills {
            let mut gateway = self.serve();
            self.wait_for(&mut gateway, all * u64::from(kill) / u64::from(kills) + 1);
            drop(gateway);
            let written = History::open(&self.database).unwrap().events().unwrap();
            in_the_middle += u32::from(written < all);
        }
        let mut gateway = self.serve();
        self.wait_for(&mut gateway, all);
        in_the_middle
    }

    /// Every order has each of its events once, in sequence, as of its due time; whoever was due earlier came earlier.
    pub async fn check(&self) {
        let store = SqliteStore::open(&self.database, &Options::default()).unwrap();
        assert_eq!(store.due_timers(SystemClock.now(), 9).await.unwrap(), Vec::<String>::new());
        let mut written: Vec<EventRecord> = Vec::new();
        let mut after = None;
        loop {
            let page = store.events(after, 10_000).await.unwrap();
            written.extend(page.items);
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        assert_eq!(written.len() as u64, self.events_in_all());
        let ids: BTreeSet<_> = written.iter().map(|event| event.id.clone()).collect();
        assert_eq!(ids.len(), written.len(), "an id stands twice");
        let mut of: BTreeMap<&str, Vec<&EventRecord>> = BTreeMap::new();
        for event in &written {
            of.entry(&event.order).or_default().push(event);
        }
        for n in 0..self.orders {
            let due = Due::new(n);
            let told = &of[due.id.as_str()];
            let sequences: Vec<_> = told.iter().map(|event| event.sequence).collect();
            assert_eq!(sequences, (1..=i64::try_from(told.len()).unwrap()).collect::<Vec<_>>(), "{}", due.id);
            let told: Vec<_> = told.iter().map(|event| (event.kind.as_str(), event.at)).collect();
            assert_eq!(told, due.expected(self.start), "{}", due.id);
        }
        // The first timer of each order, in the order of writing.
        let firsts: Vec<Timestamp> = written.iter().filter(|e| e.sequence == 1).map(|e| e.at).collect();
        let mut latest = Timestamp::MIN;
        // Within a batch many fire side by side. A kill leaves the last of one batch to the next.
        for (place, due) in firsts.iter().enumerate().skip(2 * BATCH) {
            latest = latest.max(firsts[place - 2 * BATCH]);
            assert!(*due >= latest, "due at {due}, it waited for one that was due at {latest}");
        }
    }
}

/// A gateway that runs; SIGKILL ends it.
struct Gateway(Child);

impl Drop for Gateway {
    fn drop(&mut self) {
        drop((self.0.kill(), self.0.wait()));
    }
}
