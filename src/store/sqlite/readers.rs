//! The threads that read: each has its own read-only connection and takes units from one bounded queue. A unit sees
//! one state of the database from its beginning to its end, whatever is written meanwhile.

use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use rusqlite::Connection;
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::{mpsc, oneshot};

use super::writer::guarded;
use crate::store::StoreError;

type Job = Box<dyn FnOnce(&Connection) + Send>;

/// The readers' mailbox and their threads.
pub(super) struct Readers {
    mailbox: Option<mpsc::Sender<Job>>,
    threads: Vec<JoinHandle<()>>,
}

impl Readers {
    /// Starts one thread for each connection.
    pub fn start(connections: Vec<Connection>, queue_max: usize) -> std::io::Result<Self> {
        let (mailbox, jobs) = mpsc::channel(queue_max);
        let jobs = Arc::new(Mutex::new(jobs));
        let threads = connections
            .into_iter()
            .map(|connection| {
                let jobs = Arc::clone(&jobs);
                std::thread::Builder::new()
                    .name("store-reader".to_owned())
                    .spawn(move || work(&connection, &jobs))
            })
            .collect::<Result<_, _>>()?;
        Ok(Self { mailbox: Some(mailbox), threads })
    }

    /// Runs a unit in one snapshot.
    pub async fn run<T, F>(&self, unit: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    {
        let (reply, outcome) = oneshot::channel();
        let job: Job = Box::new(move |connection| {
            if !reply.is_closed() {
                // The caller may have gone away meanwhile; then nobody needs the outcome.
                let _ = reply.send(in_snapshot(connection, unit));
            }
        });
        let stopped = || StoreError::Engine("the store is stopped".to_owned());
        self.mailbox.as_ref().ok_or_else(stopped)?.try_send(job).map_err(|error| match error {
            TrySendError::Full(_) => StoreError::Full,
            TrySendError::Closed(_) => stopped(),
        })?;
        outcome.await.unwrap_or_else(|_| Err(stopped()))
    }
}

impl Drop for Readers {
    fn drop(&mut self) {
        self.mailbox = None;
        for thread in self.threads.drain(..) {
            // Panics of units are caught; one of the thread itself has been told as a stopped store.
            let _ = thread.join();
        }
    }
}

fn work(connection: &Connection, jobs: &Mutex<mpsc::Receiver<Job>>) {
    loop {
        let job = jobs.lock().unwrap_or_else(PoisonError::into_inner).blocking_recv();
        match job {
            Some(job) => job(connection),
            None => return,
        }
    }
}

fn in_snapshot<T>(
    connection: &Connection,
    unit: impl FnOnce(&Connection) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    let run = |sql| connection.prepare_cached(sql).and_then(|mut s| s.execute([]));
    run("BEGIN DEFERRED")?;
    let outcome = guarded(unit, connection);
    // Nothing was written: ending is the same as undoing, and works after an error too.
    if !connection.is_autocommit() {
        run("ROLLBACK")?;
    }
    outcome
}
