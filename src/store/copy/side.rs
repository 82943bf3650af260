//! What a copy asks of an engine.

use super::{CopyError, Survey};
use crate::store::StoreError;
use crate::store::sql::Connection;

/// What is said of a store that bears the mark.
pub(in crate::store) const UNFINISHED: &str = "a copy or a restore into this database did not come to its end, or found a difference: it is not a whole store, \
     and nothing opens it. Delete it (a file with its -wal and -shm, a server's schema with its tables), and copy again";

/// One side of a copy: a connection of its own.
pub(in crate::store) trait Side {
    /// Runs work that only reads, and sees one state of all.
    fn read(&self, work: &mut dyn FnMut(&dyn Connection) -> Result<(), CopyError>) -> Result<(), CopyError>;

    /// Runs a unit of work in one transaction, perhaps several times.
    fn write(&self, unit: &dyn Fn(&dyn Connection) -> Result<(), StoreError>) -> Result<(), StoreError>;

    /// Gives their places to rows that have none.
    fn give_places(&self) -> Result<(), StoreError> {
        Ok(())
    }

    /// Whether a row has no place yet.
    fn is_lacking(&self, _: &dyn Connection) -> Result<bool, StoreError> {
        Ok(false)
    }

    /// Raises the last numbers that were found to those that were given, where the rows that had them are gone.
    fn raise_places(&self, _: &dyn Connection, _: &mut Survey) -> Result<(), StoreError> {
        Ok(())
    }

    /// Sets what follows from what was written.
    fn settle(&self, db: &dyn Connection, written: &Survey) -> Result<(), StoreError>;

    /// The statement that marks a store as one that nothing opens.
    fn mark(&self) -> &'static str;

    /// The statement that takes the mark away.
    fn unmark(&self) -> &'static str;

    /// Ends the connection: what was written is safe.
    fn close(self: Box<Self>) -> Result<(), StoreError> {
        Ok(())
    }
}
