//! The way to a source for one credential: waits in line, at most as long as the asker has patience.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::SignedDuration;

use tokio::sync::Notify;
use tokio::time::Instant;
use waygate_carriers::contract::{Limits, SourceId};

use super::lanes::{Lanes, Turn};
use super::share::{Asked, Share};
use super::waits::Urgency;
use crate::clock::SharedClock;
use crate::store::replicas::{PaceLease, Replicas};

/// The replicas that one shares sources with, by their store.
#[derive(Clone)]
pub struct Peers {
    /// What they share.
    pub replicas: Arc<dyn Replicas>,
    /// The clock that they agree on.
    pub wall: SharedClock,
    /// What this one is called there.
    pub name: Arc<str>,
}

/// A credential that replicas share.
pub struct Common {
    peers: Peers,
    source: SourceId,
    credential: String,
    longest: Duration,
}

/// The pace leaves no room: those who wait now are through after this time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Busy(pub Duration);

/// The gate of one credential.
pub struct Gate {
    began: Instant,
    lanes: Mutex<Lanes>,
    changed: Notify,
    common: Option<Common>,
}

impl Gate {
    /// A gate with a source's limits.
    pub fn new(limits: &Limits) -> Arc<Self> {
        Self::with(limits, Lanes::new, None)
    }

    /// A gate with limits that replicas share.
    pub fn shared(limits: &Limits, peers: Peers, source: &SourceId, credential: &str) -> Arc<Self> {
        let (source, credential) = (source.clone(), credential.to_owned());
        // A request, and one for its token.
        let longest = Duration::from_millis(u64::from(limits.timeout_ms)) * 2;
        Self::with(limits, Lanes::shared, Some(Common { peers, source, credential, longest }))
    }

    fn with(
        limits: &Limits,
        lanes: impl Fn(Duration, u32, u32) -> Lanes,
        common: Option<Common>,
    ) -> Arc<Self> {
        let interval = Duration::from_millis(u64::from(limits.interval_ms.max(1)));
        Arc::new(Self {
            began: Instant::now(),
            lanes: Mutex::new(lanes(interval, limits.burst, limits.concurrent)),
            changed: Notify::new(),
            common,
        })
    }

    /// Waits for leave to send one request, at most `patience`. The pass is held until the answer is complete.
    pub async fn enter(self: &Arc<Self>, urgency: &Urgency, patience: Duration) -> Result<Pass<'_>, Busy> {
        let Ok(ticket) = self.lanes().join(urgency.waits()) else { return Err(self.busy()) };
        let place = Place { gate: self, ticket };
        let waiting = async {
            loop {
                // Listen before looking, so that what changes between the two is not slept over.
                let (changed, raised) = (self.changed.notified(), urgency.raised());
                tokio::pin!(changed, raised);
                changed.as_mut().enable();
                raised.as_mut().enable();
                match place.turn(urgency) {
                    Outcome::Go(pass) => return Ok(pass),
                    Outcome::Gone => return Err(self.busy()),
                    Outcome::Ask => self.ask().await,
                    Outcome::Wait(until) => tokio::select! {
                        () = changed => {}
                        () = raised => {}
                        () = sleep_until(until.map(|until| self.began + until)) => {}
                    },
                }
            }
        };
        tokio::time::timeout(patience, waiting).await.unwrap_or_else(|_| Err(self.busy()))
    }

    /// Asks the store for more of what replicas share.
    async fn ask(&self) {
        let Some(common) = &self.common else { return };
        let asked = Asked { began: self.began.elapsed(), at: common.peers.wall.now() };
        let Some(wanted) = self.lanes().ask(asked.began) else { return };
        let _asking = Asking { gate: self };
        let signed = |time| SignedDuration::try_from(time).unwrap_or(SignedDuration::MAX);
        let lease = PaceLease {
            source: common.source.clone(),
            credential: common.credential.clone(),
            holder: common.peers.name.to_string(),
            at: asked.at,
            stretch: wanted.stretch.map(signed),
            ahead: signed(wanted.ahead),
            concurrent: wanted.concurrent,
            under_way: wanted.under_way,
            wanted: wanted.would_have,
            yields: wanted.yields,
            until: Share::permits_until(asked.at, common.longest),
        };
        let leased = common.peers.replicas.lease_pace(lease).await.inspect_err(|error| {
            tracing::error!(source = %common.source, "the source's pace cannot be leased: {error}");
        });
        self.lanes().told(&asked, leased.ok().as_ref(), self.began.elapsed());
    }

    /// Gives back what nobody here needs now.
    fn give_back(self: &Arc<Self>) {
        let Some(common) = &self.common else { return };
        // Outside of a runtime the permits lapse.
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        if !self.lanes().give_back() {
            return;
        }
        let (gate, peers) = (Arc::clone(self), common.peers.clone());
        let (source, credential) = (common.source.clone(), common.credential.clone());
        runtime.spawn(async move {
            let _asking = Asking { gate: &gate };
            let given = peers.replicas.return_permits(source, credential, peers.name.to_string()).await;
            if let Err(error) = given {
                tracing::warn!("permits were not given back, and lapse: {error}");
            }
        });
    }

    /// Waits until nothing more is asked of the store or given back to it, at most `patience`.
    pub async fn settled(&self, patience: Duration) {
        let settled = async {
            loop {
                let changed = self.changed.notified();
                tokio::pin!(changed);
                changed.as_mut().enable();
                if !self.lanes().is_asking() {
                    return;
                }
                changed.await;
            }
        };
        // What is not given back by then lapses.
        let _ = tokio::time::timeout(patience, settled).await;
    }

    /// How many wait or are under way.
    pub fn load(&self) -> usize {
        self.lanes().load()
    }

    fn busy(&self) -> Busy {
        Busy(self.lanes().clear_at().saturating_sub(self.began.elapsed()))
    }

    fn lanes(&self) -> MutexGuard<'_, Lanes> {
        self.lanes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn sleep_until(until: Option<Instant>) {
    match until {
        Some(until) => tokio::time::sleep_until(until).await,
        None => std::future::pending().await,
    }
}

enum Outcome<'a> {
    Go(Pass<'a>),
    Gone,
    Ask,
    Wait(Option<Duration>),
}

/// Somebody asks the store, until dropped.
struct Asking<'a> {
    gate: &'a Gate,
}

impl Drop for Asking<'_> {
    fn drop(&mut self) {
        self.gate.lanes().asked();
        self.gate.changed.notify_waiters();
    }
}

/// A place in line, until dropped.
struct Place<'a> {
    gate: &'a Arc<Gate>,
    ticket: u64,
}

impl<'a> Place<'a> {
    fn turn(&self, urgency: &Urgency) -> Outcome<'a> {
        let mut lanes = self.gate.lanes();
        lanes.raise(self.ticket, urgency.waits());
        match lanes.turn(self.ticket, self.gate.began.elapsed()) {
            Turn::Go => {
                drop(lanes);
                self.gate.changed.notify_waiters();
                Outcome::Go(Pass { gate: self.gate })
            }
            Turn::Gone => Outcome::Gone,
            Turn::Ask => Outcome::Ask,
            Turn::Wait(until) => Outcome::Wait(until),
        }
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.gate.lanes().leave(self.ticket);
        self.gate.changed.notify_waiters();
        self.gate.give_back();
    }
}

/// Leave to have one request under way, until dropped.
pub struct Pass<'a> {
    gate: &'a Arc<Gate>,
}

impl Drop for Pass<'_> {
    fn drop(&mut self) {
        self.gate.lanes().done();
        self.gate.changed.notify_waiters();
        self.gate.give_back();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fetch::waits::Waits;

    fn gate(interval_ms: u32, burst: u32, concurrent: u32) -> Arc<Gate> {
        Gate::new(&Limits {
            interval_ms,
            burst,
            per_day: None,
            day_resets: None,
            concurrent,
            timeout_ms: 1,
            body_bytes_max: 1,
        })
    }

    fn urgency(waits: Waits) -> Urgency {
        Urgency::new(waits)
    }

    #[tokio::test]
    async fn the_burst_goes_out_at_once_and_the_next_hears_when() {
        let (gate, person) = (gate(3_600_000, 2, 9), urgency(Waits::Person));
        for _ in 0..2 {
            drop(gate.enter(&person, Duration::from_secs(1)).await.unwrap());
        }
        let Err(Busy(again)) = gate.enter(&person, Duration::ZERO).await else { panic!("it was let in") };
        assert!(again > Duration::from_secs(3_590), "{again:?}");
    }

    #[tokio::test]
    async fn no_more_than_the_allowed_number_is_under_way_at_once() {
        let (gate, person) = (gate(1, 100, 1), urgency(Waits::Person));
        let held = gate.enter(&person, Duration::from_secs(1)).await.unwrap();
        assert!(gate.enter(&person, Duration::ZERO).await.is_err());
        drop(held);
        assert!(gate.enter(&person, Duration::from_secs(1)).await.is_ok());
    }

    #[tokio::test]
    async fn a_routine_flight_that_a_person_joins_goes_ahead() {
        let gate = gate(1, 100, 1);
        let person = urgency(Waits::Person);
        let held = gate.enter(&person, Duration::from_secs(1)).await.unwrap();
        let (sender, mut order) = tokio::sync::mpsc::unbounded_channel();
        let flights = [Arc::new(urgency(Waits::Routine)), Arc::new(urgency(Waits::Routine))];
        let tasks = [0, 1].map(|name| {
            let (gate, flight, sender) = (Arc::clone(&gate), Arc::clone(&flights[name]), sender.clone());
            tokio::spawn(async move {
                let pass = gate.enter(&flight, Duration::from_secs(5)).await.unwrap();
                sender.send(name).unwrap();
                drop(pass);
            })
        });
        while gate.load() < 3 {
            tokio::task::yield_now().await;
        }
        flights[1].raise(Waits::Person);
        drop(held);
        assert_eq!([order.recv().await, order.recv().await], [Some(1), Some(0)]);
        for task in tasks {
            task.await.unwrap();
        }
        assert_eq!(gate.load(), 0);
    }
}
