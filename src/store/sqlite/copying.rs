//! A SQLite file as one side of a copy, and as a backup: one file, whole, safe.

use std::fs::File;
use std::path::Path;

use rusqlite::{Connection, OpenFlags, TransactionBehavior};

use super::{Options, schema};
use crate::ids::EndpointId;
use crate::store::StoreError;
use crate::store::copy::{CopyError, Side, Survey};
use crate::store::sql::{self, Sqlite, Tripwire};
use crate::store::units::lanes;
use crate::store::units::values::Word;

/// The number of the layout.
pub(in crate::store) const LAYOUT: usize = schema::MIGRATIONS.len();

/// Endpoints for which something is due, or that had a turn.
const LANES: &str = "SELECT id FROM endpoints
     WHERE id IN (SELECT endpoint FROM deliveries WHERE due_at IS NOT NULL) OR id IN (SELECT endpoint FROM lanes)";

struct SqliteSide {
    db: Connection,
    tripwire: Option<Tripwire>,
}

/// A file that is only read. It must have this program's layout.
pub(in crate::store) fn source(path: &Path) -> Result<Box<dyn Side>, StoreError> {
    let db = open(path)?;
    Ok(Box::new(SqliteSide { db, tripwire: None }))
}

/// A file that is written, made where there is none. One that is there is not brought to this program's layout.
pub(in crate::store) fn target(path: &Path, tripwire: Option<Tripwire>) -> Result<Box<dyn Side>, StoreError> {
    if path.metadata().is_ok_and(|file| file.len() > 0) {
        open(path)?;
    }
    let db = schema::open_writer(path, &Options::default())?;
    // Less waiting for the disk: until the mark is taken away the power may fail.
    db.pragma_update(None, "synchronous", "NORMAL")?;
    Ok(Box::new(SqliteSide { db, tripwire }))
}

fn open(path: &Path) -> Result<Connection, StoreError> {
    let named = |error: StoreError| StoreError::Engine(format!("{}: {error}", path.display()));
    let db = schema::open_reader(path).map_err(named)?;
    schema::check_layout(&db, path)?;
    Ok(db)
}

/// Whether the engine finds a file whole, and all that refers to something finds it.
pub(in crate::store) fn check_file(path: &Path) -> Result<(), StoreError> {
    let db = open(path)?;
    let found: String = db.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))?;
    if found != "ok" {
        return Err(StoreError::Engine(found));
    }
    let mut dangling = db.prepare("PRAGMA foreign_key_check")?;
    let mut rows = dangling.query([])?;
    match rows.next()? {
        None => Ok(()),
        Some(row) => {
            let (table, parent): (String, String) = (row.get(0)?, row.get(2)?);
            Err(StoreError::Engine(format!(
                "a row of `{table}` refers to one of `{parent}` that is not there"
            )))
        }
    }
}

/// Makes one file of a database that nobody has open, and waits until it is safe.
pub(in crate::store) fn close_file(path: &Path) -> Result<(), StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let db = Connection::open_with_flags(path, flags)?;
    let mode: String = db.pragma_update_and_check(None, "journal_mode", "DELETE", |row| row.get(0))?;
    if mode != "delete" {
        return Err(StoreError::Engine(format!("{}: it keeps a journal: {mode}", path.display())));
    }
    drop(db);
    let synced = File::open(path).and_then(|file| file.sync_all());
    synced.map_err(|error| StoreError::Engine(format!("{}: {error}", path.display())))
}

impl SqliteSide {
    fn connection(&self) -> Sqlite<'_> {
        Sqlite { db: &self.db, tripwire: self.tripwire.as_ref() }
    }
}

impl Side for SqliteSide {
    fn read(
        &self,
        work: &mut dyn FnMut(&dyn sql::Connection) -> Result<(), CopyError>,
    ) -> Result<(), CopyError> {
        let failed = |error: rusqlite::Error| CopyError::Store("SQLite", error.into());
        self.db.execute_batch("BEGIN DEFERRED").map_err(failed)?;
        let done = work(&self.connection());
        // Nothing was written: ending is the same as undoing.
        if !self.db.is_autocommit() {
            self.db.execute_batch("ROLLBACK").map_err(failed)?;
        }
        done
    }

    fn write(&self, unit: &dyn Fn(&dyn sql::Connection) -> Result<(), StoreError>) -> Result<(), StoreError> {
        // Undone when it is dropped.
        let transaction = rusqlite::Transaction::new_unchecked(&self.db, TransactionBehavior::Immediate)?;
        unit(&self.connection())?;
        Ok(transaction.commit()?)
    }

    fn settle(&self, db: &dyn sql::Connection, _: &Survey) -> Result<(), StoreError> {
        let endpoints: Vec<Word<EndpointId>> =
            db.prepare_cached(LANES)?.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
        for endpoint in endpoints {
            lanes::refresh(db, &endpoint.0)?;
        }
        Ok(())
    }

    fn mark(&self) -> &'static str {
        MARK
    }

    fn unmark(&self) -> &'static str {
        UNMARK
    }

    fn close(self: Box<Self>) -> Result<(), StoreError> {
        // The log's pages are safe before they are moved, the mark's absence after all others.
        let sql = "PRAGMA wal_checkpoint(TRUNCATE)";
        let busy: i64 = self.db.query_row(sql, [], |row| row.get(0))?;
        if busy != 0 {
            return Err(StoreError::Engine("another process has the new database open".to_owned()));
        }
        self.db.close().map_err(|(_, error)| error.into())
    }
}

/// `WGcp` and `WGat`, as numbers.
const MARK: &str = "PRAGMA application_id = 1464296304";
const UNMARK: &str = "PRAGMA application_id = 1464295796";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mark_is_the_one_that_opening_looks_for() {
        assert_eq!(MARK, format!("PRAGMA application_id = {}", schema::UNFINISHED_ID));
        assert_eq!(UNMARK, format!("PRAGMA application_id = {}", schema::APPLICATION_ID));
    }
}
