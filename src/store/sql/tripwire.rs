//! Makes one statement fail, so that tests can show that whatever fails, nothing is there by half and the next try
//! finds its way. Nothing lays one but a test.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::{Error, Result};

/// How a statement fails.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Fault {
    /// It is refused.
    #[default]
    Failure,
    /// It met another transaction. SQLite, with its one writer, does not know this: there it is refused.
    Meeting,
    /// The connection is lost. SQLite has none to lose: there it is refused.
    Loss,
    /// It is refused, but where it is the commit it is done, and the answer that it is done is lost.
    Unheard,
}

/// Sees a statement before it is run: its text, and its first value where that is one.
pub type Watcher = Box<dyn Fn(&str, Option<&str>) + Send + Sync>;

/// Lies across the statements that write. Clones are the same wire.
#[derive(Debug, Clone, Default)]
pub struct Tripwire(Arc<Wire>);

#[derive(Default)]
struct Wire {
    /// Statements until one fails; 0 where none will.
    left: AtomicU64,
    /// Statements that failed.
    failed: AtomicU64,
    fault: Mutex<Fault>,
    watcher: Option<Watcher>,
}

impl fmt::Debug for Wire {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Wire").field("left", &self.left).field("failed", &self.failed).finish_non_exhaustive()
    }
}

impl Tripwire {
    /// A wire whose watcher sees every statement that a server is sent, on the thread that sends it.
    pub fn watched(watcher: Watcher) -> Self {
        Self(Arc::new(Wire { watcher: Some(watcher), ..Wire::default() }))
    }

    /// A statement is sent.
    pub(in crate::store) fn pass(&self, sql: &str, first: Option<&str>) {
        if let Some(watcher) = &self.0.watcher {
            watcher(sql, first);
        }
    }

    /// The `n`-th statement from now on fails in this way, once; with 0 none does.
    pub fn lay(&self, n: u64, fault: Fault) {
        *self.0.fault.lock().unwrap_or_else(PoisonError::into_inner) = fault;
        self.0.left.store(n, Ordering::SeqCst);
    }

    /// How many statements failed by it.
    pub fn failed(&self) -> u64 {
        self.0.failed.load(Ordering::SeqCst)
    }

    /// How statements fail.
    pub(in crate::store) fn fault(&self) -> Fault {
        *self.0.fault.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A statement is about to be run.
    pub(in crate::store) fn step(&self) -> Result<()> {
        let before = self.0.left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
        if before == Ok(1) {
            self.0.failed.fetch_add(1, Ordering::SeqCst);
            return Err(Error::Tripwire);
        }
        Ok(())
    }
}
