//! Connections, each with a thread of its own, and the units that wait for one. A unit that met another transaction, or
//! whose connection was gone before it was committed, is run again from its beginning.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::{mpsc, oneshot};

use super::session::{Connect, Ended, Session, Trouble};
use crate::store::StoreError;
use crate::store::sql::{Connection, Tripwire};

/// How often a unit is run again because it met others.
const MEETINGS_MAX: u32 = 60;
/// Longest pause before that, in milliseconds.
const PAUSE_MS_MAX: u64 = 64;
/// How often a unit is run again because something with its key came first.
const TAKEN_MAX: u32 = 1;
/// How often a unit is run again because its connection was gone.
const LOSSES_MAX: u32 = 1;

/// How a unit's transaction is kept apart from others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    /// As if there were no others.
    Write,
    /// Each statement for itself.
    Claim,
    /// One state of all, and nothing is written.
    Read,
}

type Job = Box<dyn FnOnce(&mut Slot) + Send>;

/// Connections for one kind of work.
pub(super) struct Pool {
    mailbox: Option<mpsc::Sender<Job>>,
    threads: Vec<JoinHandle<()>>,
    repeats: Arc<AtomicU64>,
}

impl Pool {
    /// Starts one thread for each connection; each connects when it is given its first unit.
    pub fn start(
        name: &str,
        connect: &Arc<Connect>,
        connections: usize,
        queue_max: usize,
        tripwire: Option<&Tripwire>,
    ) -> std::io::Result<Self> {
        let (mailbox, jobs) = mpsc::channel(queue_max);
        let jobs = Arc::new(Mutex::new(jobs));
        let repeats = Arc::new(AtomicU64::new(0));
        let threads = (0..connections)
            .map(|_| {
                let jobs = Arc::clone(&jobs);
                let (connect, tripwire) = (Arc::clone(connect), tripwire.cloned());
                let slot = Slot { connect, tripwire, session: None, repeats: Arc::clone(&repeats) };
                std::thread::Builder::new().name(name.to_owned()).spawn(move || work(slot, &jobs))
            })
            .collect::<Result<_, _>>()?;
        Ok(Self { mailbox: Some(mailbox), threads, repeats })
    }

    /// Runs a unit and gives its outcome once it is committed.
    pub async fn run<T, F>(&self, mode: Mode, unit: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: Fn(&dyn Connection) -> Result<T, StoreError> + Send + 'static,
    {
        let (reply, outcome) = oneshot::channel();
        let job: Job = Box::new(move |slot| {
            if !reply.is_closed() {
                // A caller that went away meanwhile finds the outcome when it asks again.
                let _ = reply.send(slot.run(mode, &unit));
            }
        });
        let stopped = || StoreError::Engine("the store is stopped".to_owned());
        self.mailbox.as_ref().ok_or_else(stopped)?.try_send(job).map_err(|error| match error {
            TrySendError::Full(_) => StoreError::Full,
            TrySendError::Closed(_) => stopped(),
        })?;
        outcome.await.unwrap_or_else(|_| Err(stopped()))
    }

    /// How often units were run again.
    pub fn repeats(&self) -> u64 {
        self.repeats.load(Ordering::Relaxed)
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        self.mailbox = None;
        for thread in self.threads.drain(..) {
            // Panics of units are caught; one of the thread itself has been told as a stopped store.
            let _ = thread.join();
        }
    }
}

fn work(mut slot: Slot, jobs: &Mutex<mpsc::Receiver<Job>>) {
    loop {
        let job = jobs.lock().unwrap_or_else(PoisonError::into_inner).blocking_recv();
        match job {
            Some(job) => job(&mut slot),
            None => return,
        }
    }
}

/// A thread's connection, where it has one.
struct Slot {
    connect: Arc<Connect>,
    tripwire: Option<Tripwire>,
    session: Option<Session>,
    repeats: Arc<AtomicU64>,
}

impl Slot {
    fn run<T>(
        &mut self,
        mode: Mode,
        unit: &dyn Fn(&dyn Connection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let begin = match mode {
            Mode::Write => "BEGIN ISOLATION LEVEL SERIALIZABLE",
            Mode::Claim => self.connect.begin_claim(),
            Mode::Read => "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY",
        };
        let (mut meetings, mut taken, mut losses) = (0, 0, 0);
        loop {
            let session = match self.session.take().filter(Session::is_usable) {
                Some(session) => session,
                None => self.connect.session(self.tripwire.clone())?,
            };
            let ended = session.transaction(begin, unit);
            self.session = Some(session).filter(Session::is_usable);
            let (trouble, error) = match ended {
                Ended::With(outcome) => return outcome,
                Ended::Undone(trouble, error) => (trouble, error),
            };
            let (count, max) = match trouble {
                Trouble::Met => (&mut meetings, MEETINGS_MAX),
                Trouble::Taken => (&mut taken, TAKEN_MAX),
                Trouble::Lost | Trouble::Wrong => (&mut losses, LOSSES_MAX),
            };
            *count += 1;
            if *count > max {
                tracing::warn!(?trouble, "a unit of work was run in vain: {error}");
                return Err(if trouble == Trouble::Met { StoreError::Full } else { error });
            }
            self.repeats.fetch_add(1, Ordering::Relaxed);
            if trouble == Trouble::Met {
                pause(meetings);
            }
        }
    }
}

/// Waits a little, longer each time and never as long as the others do.
fn pause(meetings: u32) {
    let longest = PAUSE_MS_MAX.min(1 << meetings.min(16));
    let microseconds = rand::random_range(0..longest * 1_000);
    std::thread::sleep(Duration::from_micros(microseconds));
}
