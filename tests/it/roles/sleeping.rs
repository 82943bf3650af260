//! When a replica that has nothing to do asks the store again: seen from its clock, which is asked to wake it.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::future::BoxFuture;
use jiff::{SignedDuration, Timestamp};
use waygate::clock::{Clock, ManualClock};

use crate::support::{TestApp, order};

/// Longest wait for a replica to fall asleep.
const PATIENCE: Duration = Duration::from_secs(10);
/// Turns that are given to whoever wants to wake.
const TURNS: usize = 10_000;

/// A clock that knows who sleeps, and until when.
#[derive(Clone)]
struct BedsideClock {
    time: ManualClock,
    asleep: Arc<Mutex<Vec<Timestamp>>>,
    fell_asleep: Arc<Mutex<usize>>,
}

impl BedsideClock {
    fn new(time: ManualClock) -> Self {
        Self { time, asleep: Arc::default(), fell_asleep: Arc::default() }
    }

    /// For how many seconds from then on each sleeps.
    fn asleep(&self, from: Timestamp) -> Vec<i64> {
        let mut seconds: Vec<_> =
            self.asleep.lock().unwrap().iter().map(|until| until.duration_since(from).as_secs()).collect();
        seconds.sort_unstable();
        seconds
    }

    fn fell_asleep(&self) -> usize {
        *self.fell_asleep.lock().unwrap()
    }
}

/// One who sleeps; not any more when this is dropped.
struct Asleep(BedsideClock, Timestamp);

impl Drop for Asleep {
    fn drop(&mut self) {
        let mut asleep = self.0.asleep.lock().unwrap();
        let own = asleep.iter().position(|until| *until == self.1).unwrap();
        asleep.swap_remove(own);
    }
}

impl Clock for BedsideClock {
    fn now(&self) -> Timestamp {
        self.time.now()
    }

    fn sleep_until(&self, at: Timestamp) -> BoxFuture<'_, ()> {
        Box::pin(async move {
            self.asleep.lock().unwrap().push(at);
            *self.fell_asleep.lock().unwrap() += 1;
            let _asleep = Asleep(self.clone(), at);
            self.time.sleep_until(at).await;
        })
    }
}

/// What is due for long, and nobody has done.
#[derive(Debug, Clone, Copy)]
enum Left {
    Nothing,
    Look,
    Delivery,
}

async fn world(left: Left) -> TestApp {
    let app = TestApp::start().await;
    if matches!(left, Left::Delivery) {
        app.listen().await.answer(503);
    }
    app.register(&order("A-1")).await;
    app.submit("A-1", "ups", "1ZWAYG8T0300002020").await;
    if !matches!(left, Left::Look) {
        app.run_until_idle().await;
    }
    // Within the hours between two looks, and long after a delivery that failed.
    app.clock.advance(SignedDuration::from_mins(10));
    let due = app.assembly.app.gateway.store.next_due().await.unwrap();
    assert_eq!(due.is_some_and(|due| due <= app.now()), !matches!(left, Left::Nothing), "{left:?}");
    app
}

#[tokio::test]
async fn nobody_wakes_for_work_that_is_not_its_own() {
    for (left, roles, expected) in [
        (Left::Look, "api", vec![5]),
        (Left::Look, "timers", vec![2, 3600]),
        (Left::Look, "webhooks", vec![2, 2]),
        (Left::Look, "api,webhooks,timers", vec![2, 2, 2, 5, 3600]),
        (Left::Delivery, "api", vec![5]),
        (Left::Delivery, "poller", vec![2, 2]),
        (Left::Delivery, "api,poller,timers", vec![2, 2, 2, 5, 3600]),
        (Left::Nothing, "api,poller,webhooks,timers", vec![5, 30, 30, 30, 30, 30, 3600]),
    ] {
        let app = world(left).await;
        let clock = BedsideClock::new(app.clock.clone());
        let replica = app.another(Arc::new(clock.clone()), roles);
        let working = tokio::spawn(replica.worker.run_forever());

        let beginning = app.now();
        let quiet = async {
            while clock.asleep(beginning) != expected {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        };
        let slept = tokio::time::timeout(PATIENCE, quiet).await;
        assert!(slept.is_ok(), "{left:?}, {roles}: {:?}, and not {expected:?}", clock.asleep(beginning));
        // A second later nobody has stirred: so nobody asks from moment to moment whether it is its turn.
        let before = clock.fell_asleep();
        app.clock.advance(SignedDuration::from_secs(1));
        for _ in 0..TURNS {
            tokio::task::yield_now().await;
        }
        assert_eq!((clock.fell_asleep(), clock.asleep(beginning)), (before, expected), "{left:?}, {roles}");

        // Asked to stop, it ends.
        replica.stopping.begin();
        tokio::time::timeout(PATIENCE, working).await.unwrap().unwrap();
        assert_eq!(clock.asleep(beginning), [0; 0]);
    }
}
