//! Makes one statement fail, so that tests can show that whatever fails, nothing is there by half and the next try
//! finds its way. Nothing lays one but a test.

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

/// Lies across the statements that write. Clones are the same wire.
#[derive(Debug, Clone, Default)]
pub struct Tripwire(Arc<Wire>);

#[derive(Debug, Default)]
struct Wire {
    /// Statements until one fails; 0 where none will.
    left: AtomicU64,
    /// Statements that failed.
    failed: AtomicU64,
    fault: Mutex<Fault>,
}

impl Tripwire {
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
