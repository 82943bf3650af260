//! Replicas that share a source's pace over one store, in whatever order things happen: answers of the store that come
//! late or never, replicas that die, and time that the test drives.

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use waygate_carriers::contract::SourceId;

use super::lanes::{Lanes, Turn, WAITING_MAX};
use super::share::{Asked, Share};
use super::waits::Waits;
use crate::store::Replicas;
use crate::store::replicas::{PaceLease, PaceLeased};
use crate::store::sqlite::{Options, SqliteStore};

/// Longest request.
const LONGEST_MS: u64 = 600;
/// Longest time that the store takes to answer.
const LATE_MS: u64 = 80;

/// What happens to a replica.
#[derive(Debug, Clone)]
enum Step {
    /// So many want to ask.
    Join(u8),
    /// It dies, and another takes its place.
    Die,
    /// The store cannot be reached by it the next time.
    Unheard,
}

fn steps() -> impl Strategy<Value = Vec<(u64, usize, Step)>> {
    let step = prop_oneof![
        6 => (1_u8..12).prop_map(Step::Join),
        1 => Just(Step::Die),
        1 => Just(Step::Unheard),
    ];
    prop::collection::vec((0_u64..900, 0_usize..3, step), 1..14)
}

/// The source's limits.
#[derive(Debug, Clone, Copy)]
struct Limits {
    interval_ms: u64,
    burst: u32,
    concurrent: u32,
}

struct Replica {
    name: String,
    lanes: Lanes,
    waiting: Vec<u64>,
    /// When each request under way is done.
    under_way: Vec<u64>,
    /// The store's answer, and when it comes.
    told: Option<(u64, Asked, Option<PaceLeased>)>,
    unheard: bool,
}

impl Replica {
    fn new(name: String, limits: Limits) -> Self {
        let interval = Duration::from_millis(limits.interval_ms);
        let lanes = Lanes::shared(interval, limits.burst, limits.concurrent);
        Self { name, lanes, waiting: Vec::new(), under_way: Vec::new(), told: None, unheard: false }
    }
}

/// Three replicas on one store.
struct World {
    store: Arc<dyn Replicas>,
    runtime: tokio::runtime::Runtime,
    limits: Limits,
    replicas: Vec<Replica>,
    now: u64,
    /// When each request went out.
    sent: Vec<u64>,
    names: u32,
    random: u64,
    _folder: tempfile::TempDir,
}

fn source() -> SourceId {
    SourceId::new("ups.track").unwrap()
}

impl World {
    fn new(limits: Limits) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(&folder.path().join("store.db"), &Options::default()).unwrap();
        let mut world = Self {
            store: Arc::new(store),
            runtime: tokio::runtime::Builder::new_current_thread().build().unwrap(),
            limits,
            replicas: Vec::new(),
            now: 0,
            sent: Vec::new(),
            names: 0,
            random: 1,
            _folder: folder,
        };
        for _ in 0..3 {
            let born = world.born();
            world.replicas.push(born);
        }
        world
    }

    fn born(&mut self) -> Replica {
        self.names += 1;
        Replica::new(self.names.to_string(), self.limits)
    }

    /// The same numbers in each run (Knuth's MMIX generator).
    fn random(&mut self, most: u64) -> u64 {
        self.random =
            self.random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.random >> 33) % most
    }

    fn take(&mut self, at: usize, step: &Step) {
        match step {
            Step::Join(count) => {
                for _ in 0..*count {
                    let replica = &mut self.replicas[at];
                    replica.waiting.push(replica.lanes.join(Waits::Routine).unwrap());
                }
            }
            Step::Die => self.replicas[at] = self.born(),
            Step::Unheard => self.replicas[at].unheard = true,
        }
    }

    /// Asks the store: it does what was asked at once, and says so later.
    fn ask(&mut self, at: usize) {
        let began = Duration::from_millis(self.now);
        let wall = Timestamp::from_second(1_770_000_000).unwrap();
        let asked = Asked { began, at: wall + SignedDuration::from_millis(self.now.try_into().unwrap()) };
        let signed = |time| SignedDuration::try_from(time).unwrap();
        let replica = &mut self.replicas[at];
        let wanted = replica.lanes.ask(began).unwrap();
        let lease = PaceLease {
            source: source(),
            credential: String::new(),
            holder: replica.name.clone(),
            at: asked.at,
            stretch: wanted.stretch.map(signed),
            ahead: signed(wanted.ahead),
            concurrent: wanted.concurrent,
            under_way: wanted.under_way,
            wanted: wanted.would_have,
            yields: wanted.yields,
            until: Share::permits_until(asked.at, Duration::from_millis(LONGEST_MS)),
        };
        let unheard = std::mem::take(&mut replica.unheard);
        let leased = self.runtime.block_on(self.store.lease_pace(lease)).unwrap();
        let late = self.now + self.random(LATE_MS);
        self.replicas[at].told = Some((late, asked, (!unheard).then_some(leased)));
    }

    /// What is to be done at this time; whether anything was sent.
    fn work(&mut self, at: usize) {
        let now = Duration::from_millis(self.now);
        let replica = &mut self.replicas[at];
        if let Some((_, asked, leased)) = replica.told.take_if(|(late, ..)| *late <= self.now) {
            replica.lanes.told(&asked, leased.as_ref(), now);
            replica.lanes.asked();
        }
        let before = replica.under_way.len();
        replica.under_way.retain(|done| *done > self.now);
        for _ in replica.under_way.len()..before {
            replica.lanes.done();
        }
        if replica.lanes.give_back() {
            let given = self.store.return_permits(source(), String::new(), replica.name.clone());
            self.runtime.block_on(given).unwrap();
            replica.lanes.asked();
        }
        for ticket in replica.waiting.clone() {
            match self.replicas[at].lanes.turn(ticket, now) {
                Turn::Go => {
                    let done = self.now + 1 + self.random(LONGEST_MS);
                    let replica = &mut self.replicas[at];
                    replica.waiting.retain(|waiting| *waiting != ticket);
                    replica.under_way.push(done);
                    self.sent.push(self.now);
                }
                Turn::Ask => self.ask(at),
                Turn::Wait(_) => {}
                Turn::Gone => panic!("nobody was sent away"),
            }
        }
        let under_way: usize = self.replicas.iter().map(|replica| replica.under_way.len()).sum();
        assert!(under_way <= self.limits.concurrent as usize, "{under_way} under way at {}", self.now);
    }

    fn pass(&mut self, ms: u64) {
        let end = self.now + ms;
        while self.now < end {
            self.now = end.min(self.now + 1 + self.random(12));
            let first = usize::try_from(self.random(3)).unwrap();
            for n in 0..3 {
                self.work((first + n) % 3);
            }
        }
    }

    fn waiting(&self) -> usize {
        self.replicas.iter().map(|replica| replica.waiting.len()).sum()
    }

    /// In no window of time went out more than the burst and what the pace gives.
    fn is_even(&self) -> bool {
        let Limits { interval_ms, burst, .. } = self.limits;
        self.sent.iter().enumerate().all(|(first, from)| {
            let later = self.sent.iter().enumerate().skip(first);
            later.into_iter().all(|(last, to)| {
                let allowed = u64::from(burst) + (to - from) / interval_ms;
                (last - first + 1) as u64 <= allowed
            })
        })
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, ..ProptestConfig::default() })]

    /// Whoever asks when, whatever the store answers late or not at all, and whoever dies: in no window of time do more
    /// requests go out than the pace allows to one process alone, never are more under way, and all go out in the end.
    #[test]
    fn replicas_together_are_as_polite_as_one(
        steps in steps(),
        interval_ms in 5_u64..700,
        burst in 1_u32..6,
        concurrent in 1_u32..6,
    ) {
        let mut world = World::new(Limits { interval_ms, burst, concurrent });
        for (ms, at, step) in &steps {
            world.take(*at, step);
            world.pass(*ms);
        }
        let (waiting, began) = (world.waiting() as u64, world.now);
        // What is under way takes its time; a dead replica's permits lapse after the longest request.
        let each = interval_ms.max(LONGEST_MS) + 4 * LATE_MS + 500;
        let most = 20_000 + waiting * each;
        while world.waiting() > 0 {
            prop_assert!(world.now < began + most, "{} of {waiting} wait still", world.waiting());
            world.pass(100);
        }
        prop_assert!(world.is_even(), "{:?}", world.sent);
    }
}

#[test]
fn one_replica_alone_has_nearly_all_of_the_pace() {
    let mut world = World::new(Limits { interval_ms: 100, burst: 1, concurrent: 5 });
    for _ in 0..15 {
        world.take(0, &Step::Join(10));
    }
    assert!(world.replicas[0].waiting.len() < WAITING_MAX);
    while world.waiting() > 0 {
        world.pass(50);
    }
    // 150 requests take 15 seconds; the store answers late, and time passes in steps.
    assert!(world.now < 20_000, "{}", world.now);
}

#[test]
fn replicas_that_all_want_more_take_turns() {
    for concurrent in [1, 2, 5] {
        let mut world = World::new(Limits { interval_ms: 5, burst: 5, concurrent });
        for at in 0..3 {
            for _ in 0..20 {
                world.take(at, &Step::Join(11));
            }
        }
        world.pass(20_000);
        let sent: Vec<_> = world.replicas.iter().map(|replica| 220 - replica.waiting.len()).collect();
        assert!(sent.iter().all(|sent| *sent > 0), "{concurrent} at once: {sent:?}");
    }
}

#[test]
fn what_a_dead_replica_held_is_free_after_its_lease() {
    let mut world = World::new(Limits { interval_ms: 5, burst: 5, concurrent: 1 });
    world.take(0, &Step::Join(1));
    while world.sent.is_empty() {
        world.pass(1);
    }
    world.take(0, &Step::Die);
    world.take(1, &Step::Join(1));
    world.pass(2_000);
    assert_eq!(world.sent.len(), 1, "it may be under way still, for all that the others know");
    world.pass(8_000);
    assert_eq!(world.sent.len(), 2);
}

#[test]
fn without_the_store_nothing_goes_out() {
    let mut world = World::new(Limits { interval_ms: 5, burst: 5, concurrent: 5 });
    world.take(0, &Step::Join(1));
    for _ in 0..100 {
        world.take(0, &Step::Unheard);
        world.pass(100);
    }
    assert_eq!(world.sent, [0_u64; 0]);
    world.replicas[0].unheard = false;
    world.pass(2_000);
    assert_eq!(world.sent.len(), 1, "and it is not given up");
}
