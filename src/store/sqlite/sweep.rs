//! Leaving nothing in the files of what was erased.

use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

use crate::store::StoreError;

/// How long moving the write-ahead log waits for others.
const SWEEP_TIMEOUT: Duration = Duration::from_secs(5);

/// Moves the write-ahead log into the database and empties it: it holds pages as they were before. Done beside the
/// writer, which a transaction of its own would keep from it.
pub(super) fn sweep(db: &Connection) -> Result<(), StoreError> {
    let path = db.path().filter(|path| !path.is_empty());
    let path = path.ok_or_else(|| StoreError::Engine("a database without a file".to_owned()))?;
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(SWEEP_TIMEOUT)?;
    let busy: i64 = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))?;
    if busy == 0 { Ok(()) } else { Err(StoreError::Full) }
}
