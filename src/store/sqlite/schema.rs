//! Opening a database: what every connection is set to, who may read the file, and the steps from an older layout to
//! this one. A file that is newer than this program, or not Waygate's, is refused and left as it is.

use std::fs::OpenOptions;
use std::io::ErrorKind;
use std::path::Path;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, TransactionBehavior};

use super::Options;
use crate::store::StoreError;
use crate::store::copy::UNFINISHED;

/// The steps, oldest first. A step that was released is never changed; a new one is added.
pub(super) const MIGRATIONS: [&str; 9] = [
    include_str!("migrations/0001_start.sql"),
    include_str!("migrations/0002_sources.sql"),
    include_str!("migrations/0003_log.sql"),
    include_str!("migrations/0004_disputes.sql"),
    include_str!("migrations/0005_privacy.sql"),
    include_str!("migrations/0006_endpoints.sql"),
    include_str!("migrations/0007_lanes.sql"),
    include_str!("migrations/0008_replicas.sql"),
    include_str!("migrations/0009_shared_sources.sql"),
];

/// Marks a file as Waygate's: `WGat` in ASCII.
pub(super) const APPLICATION_ID: i32 = 0x5747_6174;

/// Marks a file that a copy is being written to: `WGcp` in ASCII. Programs that do not know it refuse the file too.
pub(super) const UNFINISHED_ID: i32 = 0x5747_6370;

/// How long a statement waits for another process's lock.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// Statements that a connection keeps prepared.
const STATEMENTS_MAX: usize = 128;

/// The write-ahead log is cut to this size when it has been moved into the database.
const WAL_KEPT_BYTES: i64 = 64 * 1024 * 1024;

/// The write-ahead log is moved into the database when it has this many pages (16 MiB): a page that many commits write
/// is moved once for all of them.
const WAL_PAGES: i64 = 4_096;

/// Pages that the writer keeps in memory, in KiB: the ends of all indices that deliveries go through.
const WRITER_CACHE_KIB: i64 = 16 * 1024;

/// The connection that writes, its database brought to this program's layout.
pub(super) fn open_writer(path: &Path, options: &Options) -> Result<Connection, StoreError> {
    create_private(path)?;
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    let at = check_origin(&connection, path)?;
    let mode: String = connection.pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get(0))?;
    if mode != "wal" {
        return Err(StoreError::Engine(format!("{}: no write-ahead log here, but `{mode}`", path.display())));
    }
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    // What is deleted is overwritten: pages that are free hold nothing of anybody.
    connection.pragma_update(None, "secure_delete", true)?;
    connection.pragma_update(None, "journal_size_limit", WAL_KEPT_BYTES)?;
    connection.pragma_update(None, "wal_autocheckpoint", WAL_PAGES)?;
    connection.pragma_update(None, "cache_size", -WRITER_CACHE_KIB)?;
    // What a unit of work may have to undo is kept in memory, not in a file.
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    connection.pragma_update(None, "max_page_count", options.pages_max)?;
    keep_statements(&connection)?;
    migrate(&mut connection, at)?;
    Ok(connection)
}

/// A connection that only reads.
pub(super) fn open_reader(path: &Path) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.pragma_update(None, "query_only", true)?;
    keep_statements(&connection)?;
    Ok(connection)
}

/// Keeps statements prepared. Without the planner's stability guarantee SQLite would look at the values that are bound, and
/// plan most statements anew each time that they are used.
fn keep_statements(connection: &Connection) -> Result<(), StoreError> {
    connection.set_prepared_statement_cache_capacity(STATEMENTS_MAX);
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    Ok(())
}

/// Creates the file for its owner alone, where the platform can say so; its companions take over its permissions.
fn create_private(path: &Path) -> Result<(), StoreError> {
    let mut how = OpenOptions::new();
    how.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut how, 0o600);
    match how.open(path) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(StoreError::Engine(format!("{}: {error}", path.display()))),
    }
}

/// The layout's number; refuses what this program must not touch.
fn check_origin(connection: &Connection, path: &Path) -> Result<usize, StoreError> {
    let number = |name| connection.pragma_query_value(None, name, |row| row.get::<_, i32>(0));
    let refuse = |why: String| Err(StoreError::Engine(format!("{}: {why}", path.display())));
    let things: i64 = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    let (owner, version) = (number("application_id")?, number("user_version")?);
    if owner == UNFINISHED_ID {
        return refuse(UNFINISHED.to_owned());
    }
    if things > 0 && owner != APPLICATION_ID {
        return refuse("this is not a database of Waygate".to_owned());
    }
    match usize::try_from(version) {
        Ok(version) if version <= MIGRATIONS.len() => Ok(version),
        _ => refuse(format!(
            "its layout is version {version}, newer than version {} of this program: use the newer program",
            MIGRATIONS.len()
        )),
    }
}

/// Refuses a database that has another layout than this program's: whoever only reads cannot bring it there.
pub(super) fn check_layout(connection: &Connection, path: &Path) -> Result<(), StoreError> {
    let at = check_origin(connection, path)?;
    if at == MIGRATIONS.len() {
        return Ok(());
    }
    let path = path.display();
    let ours = MIGRATIONS.len();
    Err(StoreError::Engine(format!(
        "{path}: its layout is version {at}, older than version {ours} of this program: start the gateway once"
    )))
}

fn migrate(connection: &mut Connection, at: usize) -> Result<(), StoreError> {
    if at == MIGRATIONS.len() {
        return Ok(());
    }
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    // Another process may have been faster.
    let at: usize = transaction.pragma_query_value(None, "user_version", |row| row.get(0))?;
    for step in MIGRATIONS.iter().skip(at) {
        transaction.execute_batch(step)?;
    }
    transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
    transaction.pragma_update(None, "user_version", i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX))?;
    transaction.commit()?;
    Ok(())
}
