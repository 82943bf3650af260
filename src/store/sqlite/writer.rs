//! The one thread that writes. It takes all units that wait, runs each in its own savepoint within one transaction,
//! commits, and only then answers: one wait for the disk serves them all, and nobody hears of a write that is not
//! there. A unit that fails, even by a panic, undoes itself alone.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::JoinHandle;

use rusqlite::Connection;
use tokio::sync::mpsc::error::{TryRecvError, TrySendError};
use tokio::sync::{mpsc, oneshot, watch};

use crate::store::StoreError;

/// What bounds the queue and the groups.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    /// Most units that wait.
    pub queue_max: usize,
    /// Most units in one transaction.
    pub group_max: usize,
    /// A group that has reached this many bytes takes no further unit.
    pub group_bytes: usize,
}

/// How much was written.
#[derive(Debug, Default)]
pub(super) struct Counters {
    pub units: AtomicU64,
    pub commits: AtomicU64,
    /// Counts up with each commit, for those who wait for one.
    pub written: watch::Sender<u64>,
}

/// The writer's mailbox and its thread.
pub(super) struct Writer {
    mailbox: Option<mpsc::Sender<Box<dyn Job>>>,
    thread: Option<JoinHandle<()>>,
    counters: Arc<Counters>,
}

impl Writer {
    /// Starts the thread; the connection is its own from here on.
    pub fn start(connection: Connection, limits: Limits) -> std::io::Result<Self> {
        let (mailbox, jobs) = mpsc::channel(limits.queue_max);
        let counters = Arc::new(Counters::default());
        let thread = std::thread::Builder::new().name("store-writer".to_owned()).spawn({
            let counters = Arc::clone(&counters);
            move || work(&connection, jobs, limits, &counters)
        })?;
        Ok(Self { mailbox: Some(mailbox), thread: Some(thread), counters })
    }

    /// Runs a unit and gives its outcome once it is on disk. `bytes` is about how much it writes.
    pub async fn run<T, F>(&self, bytes: usize, unit: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    {
        let (reply, outcome) = oneshot::channel();
        let job = Box::new(Unit { bytes, work: Some(unit), outcome: None, reply });
        let mailbox = self.mailbox.as_ref().ok_or_else(stopped)?;
        mailbox.try_send(job).map_err(|error| match error {
            TrySendError::Full(_) => StoreError::Full,
            TrySendError::Closed(_) => stopped(),
        })?;
        outcome.await.unwrap_or_else(|_| Err(stopped()))
    }

    /// What was written so far.
    pub fn counters(&self) -> &Counters {
        &self.counters
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        // The thread ends when the mailbox is closed and what waited in it is done.
        self.mailbox = None;
        if let Some(thread) = self.thread.take() {
            // A panic of the thread itself was told to every caller as a stopped store.
            let _ = thread.join();
        }
    }
}

fn stopped() -> StoreError {
    StoreError::Engine("the store is stopped".to_owned())
}

/// A unit of work that waits, of any outcome.
trait Job: Send {
    /// About how much it writes.
    fn bytes(&self) -> usize;
    /// Whether its caller still waits.
    fn is_wanted(&self) -> bool;
    /// Runs it; says whether what it wrote may stay.
    fn run(&mut self, connection: &Connection) -> bool;
    /// Tells its caller how it went, or that the whole group failed.
    fn answer(self: Box<Self>, group: Result<(), &str>);
}

struct Unit<T, F> {
    bytes: usize,
    work: Option<F>,
    outcome: Option<Result<T, StoreError>>,
    reply: oneshot::Sender<Result<T, StoreError>>,
}

impl<T, F> Job for Unit<T, F>
where
    T: Send,
    F: FnOnce(&Connection) -> Result<T, StoreError> + Send,
{
    fn bytes(&self) -> usize {
        self.bytes
    }

    fn is_wanted(&self) -> bool {
        !self.reply.is_closed()
    }

    fn run(&mut self, connection: &Connection) -> bool {
        let outcome = self.work.take().map(|work| guarded(work, connection));
        let fine = matches!(outcome, Some(Ok(_)));
        self.outcome = outcome;
        fine
    }

    fn answer(self: Box<Self>, group: Result<(), &str>) {
        let outcome = match (group, self.outcome) {
            (Ok(()), Some(outcome)) => outcome,
            (Ok(()), None) => Err(stopped()),
            (Err(why), _) => Err(StoreError::Engine(why.to_owned())),
        };
        // A caller that went away meanwhile finds the outcome when it asks again.
        let _ = self.reply.send(outcome);
    }
}

/// Runs a unit; a panic becomes an error of that unit.
pub(super) fn guarded<T>(
    work: impl FnOnce(&Connection) -> Result<T, StoreError>,
    connection: &Connection,
) -> Result<T, StoreError> {
    catch_unwind(AssertUnwindSafe(|| work(connection)))
        .unwrap_or_else(|_| Err(StoreError::Engine("a unit of work panicked".to_owned())))
}

fn work(
    connection: &Connection,
    mut jobs: mpsc::Receiver<Box<dyn Job>>,
    limits: Limits,
    counters: &Counters,
) {
    while let Some(first) = jobs.blocking_recv() {
        let mut group = gather(first, &mut jobs, limits);
        group.retain(|job| job.is_wanted());
        let done = commit_group(connection, &mut group);
        match &done {
            Ok(true) => {
                counters.commits.fetch_add(1, Ordering::Relaxed);
                counters.units.fetch_add(group.len() as u64, Ordering::Relaxed);
                counters.written.send_modify(|commits| *commits = commits.wrapping_add(1));
            }
            Ok(false) => {}
            Err(why) => tracing::error!(why, units = group.len(), "a group of writes failed"),
        }
        let told = done.as_ref().map(|_| ()).map_err(String::as_str);
        for job in group {
            job.answer(told);
        }
    }
    // What is in the write-ahead log is safe there; moving it now only makes the next start faster.
    if let Err(error) = connection.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)") {
        tracing::warn!(%error, "the last checkpoint failed");
    }
}

fn gather(first: Box<dyn Job>, jobs: &mut mpsc::Receiver<Box<dyn Job>>, limits: Limits) -> Vec<Box<dyn Job>> {
    let mut bytes = first.bytes();
    let mut group = vec![first];
    while group.len() < limits.group_max && bytes < limits.group_bytes {
        match jobs.try_recv() {
            Ok(job) => {
                bytes = bytes.saturating_add(job.bytes());
                group.push(job);
            }
            Err(TryRecvError::Empty | TryRecvError::Disconnected) => break,
        }
    }
    group
}

/// Runs a group in one transaction; false where there was nothing to commit, an error where nothing of it stays.
fn commit_group(connection: &Connection, group: &mut [Box<dyn Job>]) -> Result<bool, String> {
    if group.is_empty() {
        return Ok(false);
    }
    let run = |sql| connection.prepare_cached(sql).and_then(|mut s| s.execute([])).map_err(|e| e.to_string());
    run("BEGIN IMMEDIATE")?;
    // A unit with none before it needs no savepoint, for which each page that it changes would be copied: it is undone
    // with the whole transaction, and the next one begins anew.
    let mut alone = true;
    let outcome = group.iter_mut().try_for_each(|job| {
        if !alone {
            run("SAVEPOINT unit")?;
        }
        let fine = job.run(connection);
        // A full disk or a failed read can end the transaction from within: then nothing of the group is left.
        if connection.is_autocommit() {
            return Err("the engine gave the transaction up".to_owned());
        }
        match (alone, fine) {
            (true, true) => alone = false,
            (true, false) => {
                run("ROLLBACK")?;
                run("BEGIN IMMEDIATE")?;
            }
            (false, true) => {
                run("RELEASE unit")?;
            }
            (false, false) => {
                run("ROLLBACK TO unit")?;
                run("RELEASE unit")?;
            }
        }
        Ok(())
    });
    let outcome = outcome.and_then(|()| run("COMMIT"));
    if outcome.is_err() && !connection.is_autocommit() {
        run("ROLLBACK")?;
    }
    outcome.map(|_| true)
}

#[cfg(test)]
#[path = "writer_tests.rs"]
mod tests;
