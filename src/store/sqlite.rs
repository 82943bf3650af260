//! The embedded store: SQLite with one writer that commits in groups, and readers beside it.

pub(in crate::store) mod copying;
mod history;
#[cfg(test)]
mod plans;
mod readers;
mod schema;
mod sweep;
mod writer;

use std::path::Path;
use std::sync::atomic::Ordering;

use tokio::sync::watch;

pub use self::history::History;
use self::readers::Readers;
use self::writer::{Limits, Writer};
use super::sql::{Connection, Sqlite, Tripwire};
use super::units::Engine;
use super::{StoreError, Work};

/// What bounds the store. Each number is a limit.
#[derive(Debug, Clone)]
pub struct Options {
    /// Threads that read; at least one is started.
    pub readers: usize,
    /// Most writes that wait, and most reads that wait; at least one may.
    pub queue_max: usize,
    /// Most writes in one transaction; at least one is.
    pub group_max: usize,
    /// A transaction that has reached this many bytes takes no further write.
    pub group_bytes: usize,
    /// Most pages (of 4 KiB) that the database may have.
    pub pages_max: u32,
    /// A wire across the statements that write, for tests.
    pub tripwire: Option<Tripwire>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            readers: 2,
            queue_max: 1_024,
            group_max: 128,
            group_bytes: 8 * 1024 * 1024,
            pages_max: 0xffff_fffe,
            tripwire: None,
        }
    }
}

/// How much was written since the store was opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Written {
    /// Units of work.
    pub units: u64,
    /// Transactions that they took.
    pub commits: u64,
}

/// The store in one SQLite database.
pub struct SqliteStore {
    // Readers end first, so that the writer's last checkpoint has the database for itself.
    readers: Readers,
    writer: Writer,
    tripwire: Option<Tripwire>,
}

impl SqliteStore {
    /// Opens the database, creates it where there is none, and brings it to this program's layout.
    pub fn open(path: &Path, options: &Options) -> Result<Self, StoreError> {
        let writing = schema::open_writer(path, options)?;
        let reading =
            (0..options.readers.max(1)).map(|_| schema::open_reader(path)).collect::<Result<_, _>>()?;
        let limits = Limits {
            queue_max: options.queue_max.max(1),
            group_max: options.group_max.max(1),
            group_bytes: options.group_bytes,
        };
        let unstarted = |error: std::io::Error| StoreError::Engine(error.to_string());
        Ok(Self {
            readers: Readers::start(reading, limits.queue_max).map_err(unstarted)?,
            writer: Writer::start(writing, limits).map_err(unstarted)?,
            tripwire: options.tripwire.clone(),
        })
    }

    /// How much was written, and in how many transactions.
    pub fn written(&self) -> Written {
        let counters = self.writer.counters();
        Written {
            units: counters.units.load(Ordering::Relaxed),
            commits: counters.commits.load(Ordering::Relaxed),
        }
    }
}

/// The same for the connection as the units know it.
fn on<T>(
    tripwire: Option<Tripwire>,
    unit: impl Fn(&dyn Connection) -> Result<T, StoreError>,
) -> impl Fn(&rusqlite::Connection) -> Result<T, StoreError> {
    move |db| unit(&Sqlite { db, tripwire: tripwire.as_ref() })
}

impl Engine for SqliteStore {
    fn write<T, F>(&self, bytes: usize, unit: F) -> Work<'_, T>
    where
        T: Send + 'static,
        F: Fn(&dyn Connection) -> Result<T, StoreError> + Send + 'static,
    {
        Box::pin(self.writer.run(bytes, on(self.tripwire.clone(), unit)))
    }

    fn claim<T, F>(&self, unit: F) -> Work<'_, T>
    where
        T: Send + 'static,
        F: Fn(&dyn Connection) -> Result<T, StoreError> + Send + 'static,
    {
        self.write(0, unit)
    }

    fn read<T, F>(&self, unit: F) -> Work<'_, T>
    where
        T: Send + 'static,
        F: Fn(&dyn Connection) -> Result<T, StoreError> + Send + 'static,
    {
        Box::pin(self.readers.run(on(None, unit)))
    }

    fn read_in_order<T, F>(&self, unit: F) -> Work<'_, T>
    where
        T: Send + 'static,
        F: Fn(&dyn Connection) -> Result<T, StoreError> + Send + 'static,
    {
        // There is one writer: the order of writing is the order of commits.
        self.read(unit)
    }

    fn written(&self) -> watch::Receiver<u64> {
        self.writer.counters().written.subscribe()
    }

    fn sweep(&self) -> Work<'_, ()> {
        Box::pin(self.readers.run(sweep::sweep))
    }
}
