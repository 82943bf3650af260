//! The way to a source for one credential: waits in line, at most as long as the asker has patience.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;
use waygate_carriers::contract::Limits;

use super::lanes::{Lanes, Turn};
use super::waits::Urgency;

/// The pace leaves no room: those who wait now are through after this time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Busy(pub Duration);

/// The gate of one credential.
#[derive(Debug)]
pub struct Gate {
    began: Instant,
    lanes: Mutex<Lanes>,
    changed: Notify,
}

impl Gate {
    /// A gate with a source's limits.
    pub fn new(limits: &Limits) -> Self {
        let interval = Duration::from_millis(u64::from(limits.interval_ms.max(1)));
        Self {
            began: Instant::now(),
            lanes: Mutex::new(Lanes::new(interval, limits.burst, limits.concurrent)),
            changed: Notify::new(),
        }
    }

    /// Waits for leave to send one request, at most `patience`. The pass is held until the answer is complete.
    pub async fn enter(&self, urgency: &Urgency, patience: Duration) -> Result<Pass<'_>, Busy> {
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
    Wait(Option<Duration>),
}

/// A place in line, until dropped.
struct Place<'a> {
    gate: &'a Gate,
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
            Turn::Wait(until) => Outcome::Wait(until),
        }
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.gate.lanes().leave(self.ticket);
        self.gate.changed.notify_waiters();
    }
}

/// Leave to have one request under way, until dropped.
#[derive(Debug)]
pub struct Pass<'a> {
    gate: &'a Gate,
}

impl Drop for Pass<'_> {
    fn drop(&mut self) {
        self.gate.lanes().done();
        self.gate.changed.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::fetch::waits::Waits;

    fn gate(interval_ms: u32, burst: u32, concurrent: u32) -> Gate {
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
        let Busy(again) = gate.enter(&person, Duration::ZERO).await.unwrap_err();
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
        let gate = Arc::new(gate(1, 100, 1));
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
