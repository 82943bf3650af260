//! Moving what is remembered from one store to another, of whichever engines: one snapshot of the source, page by page,
//! into a target that is empty; then the target is read back and compared. Until both are the same the target bears a
//! mark, and nothing opens it.

mod contents;
mod pages;
mod side;
mod tables;

use std::cell::Cell;
use std::path::{Path, PathBuf};

use rusqlite::types::{ToSql, Value};
use secrecy::SecretString;

use super::postgres::{self, Profile};
use super::sql::{Connection, Tripwire, params};
use super::{StoreError, sqlite};
use contents::Counting;
use tables::Table;

pub use contents::{Contents, LogContents, Survey, TableContents};
pub(in crate::store) use side::{Side, UNFINISHED};
pub use tables::{NOT_COPIED, copied_columns};
pub(in crate::store) use tables::{PLACED, TABLES};

/// How often a snapshot is taken again because rows in it had no place yet.
const SNAPSHOTS_MAX: u32 = 50;
/// Rows that one statement writes.
const ROWS_AT_ONCE: usize = 50;

/// Where a store is.
#[derive(Debug, Clone)]
pub enum Place {
    /// A SQLite file.
    File(PathBuf),
    /// A server's engine, and its address.
    Server(Profile, SecretString),
}

/// Why nothing was copied, or what was copied may not be used.
#[derive(Debug, thiserror::Error)]
pub enum CopyError {
    /// An engine says so.
    #[error("{0}: {1}")]
    Store(&'static str, StoreError),
    /// There is no such file.
    #[error("there is no database {}", .0.display())]
    NoFile(PathBuf),
    /// The target is in use.
    #[error("the target is not empty: there are rows in `{0}`. A store is copied into a new one alone")]
    NotEmpty(&'static str),
    /// The source is written to faster than places are given.
    #[error(
        "the source never stood still: whenever it was looked at, {SNAPSHOTS_MAX} times, an event or an entry of the \
         log had no place in the order yet. Try again at a quieter time, or with the gateways stopped"
    )]
    Restless,
    /// The log has a gap.
    #[error("the log's entry {0} is missing")]
    Gap(u64),
    /// The two sides are not the same.
    #[error("{0}. What is in the target may not be used: nothing opens it")]
    Differs(String),
}

/// Within which side something failed.
fn of(side: &'static str) -> impl Fn(StoreError) -> CopyError {
    move |error| CopyError::Store(side, error)
}

/// How far a copy is.
#[derive(Debug, Clone, Copy)]
pub struct Progress {
    /// Whether the target is being read back.
    pub comparing: bool,
    /// The table.
    pub table: &'static str,
    /// Rows of all tables so far.
    pub rows: u64,
}

/// Is told how far a copy is.
pub type Tell<'t> = &'t mut (dyn FnMut(Progress) + Send);

/// What a copy is given beside its two sides.
#[derive(Debug, Default)]
pub struct Options {
    /// A size of the log whose root is to be told too.
    pub head: Option<u64>,
    /// A wire across the statements of the target, for tests.
    pub tripwire: Option<Tripwire>,
}

/// Copies all that is remembered; says what that is. The target is the same as the source, or an error says why not.
pub fn copy(from: &Place, to: &Place, options: Options, tell: Tell<'_>) -> Result<Survey, CopyError> {
    on_a_thread(move || {
        let source = source(from)?;
        let target = target(to, options.tripwire)?;
        let found = in_snapshot(source.as_ref(), |db| {
            mark(target.as_ref())?;
            let found = copy_tables(db, source.as_ref(), target.as_ref(), options.head, tell)?;
            target.write(&|db| target.settle(db, &found)).map_err(of("the target"))?;
            Ok(found)
        })?;
        let mut told = None;
        target.read(&mut |db| {
            told = Some(go_through(db, options.head, "the target", &mut |_, _| Ok(()), true, tell)?);
            Ok(())
        })?;
        if let Some(difference) = told.and_then(|told| found.contents.difference(&told.contents)) {
            return Err(CopyError::Differs(difference));
        }
        let unmark = |db: &dyn Connection| Ok(db.prepare_cached(target.unmark())?.execute([]).map(drop)?);
        target.write(&unmark).map_err(of("the target"))?;
        target.close().map_err(of("the target"))?;
        Ok(found)
    })
}

/// What is remembered at a place.
pub fn survey(of: &Place, head: Option<u64>, tell: Tell<'_>) -> Result<Survey, CopyError> {
    on_a_thread(move || {
        let source = source(of)?;
        in_snapshot(source.as_ref(), |db| go_through(db, head, "the store", &mut |_, _| Ok(()), true, tell))
    })
}

/// Goes through a file that is a backup: whether the engine finds it whole.
pub fn check_file(path: &Path) -> Result<(), StoreError> {
    sqlite::copying::check_file(path)
}

/// Makes one file of a database that nobody has open, and waits until it is safe.
pub fn close_file(path: &Path) -> Result<(), StoreError> {
    sqlite::copying::close_file(path)
}

/// The number of the layout that files have.
pub fn file_layout() -> usize {
    sqlite::copying::LAYOUT
}

/// A connection to a server waits on its own thread, wherever we are.
fn on_a_thread<T: Send>(work: impl FnOnce() -> Result<T, CopyError> + Send) -> Result<T, CopyError> {
    let panicked = |_| Err(CopyError::Store("the copy", StoreError::Engine("it panicked".to_owned())));
    std::thread::scope(|scope| scope.spawn(work).join()).unwrap_or_else(panicked)
}

fn source(place: &Place) -> Result<Box<dyn Side>, CopyError> {
    let opened = match place {
        Place::File(path) if !path.is_file() => return Err(CopyError::NoFile(path.clone())),
        Place::File(path) => sqlite::copying::source(path),
        Place::Server(profile, url) => postgres::copying::source(url, *profile),
    };
    opened.map_err(of("the source"))
}

fn target(place: &Place, tripwire: Option<Tripwire>) -> Result<Box<dyn Side>, CopyError> {
    let opened = match place {
        Place::File(path) => sqlite::copying::target(path, tripwire),
        Place::Server(profile, url) => postgres::copying::target(url, *profile, tripwire),
    };
    opened.map_err(of("the target"))
}

/// Marks the target, if there is nothing in it.
fn mark(target: &dyn Side) -> Result<(), CopyError> {
    let full = Cell::new(None);
    let marked = target.write(&|db| {
        for table in &TABLES {
            if db.prepare_cached(&format!("SELECT 1 FROM {} LIMIT 1", table.name))?.exists([])? {
                full.set(Some(table.name));
                return Err(StoreError::Conflict);
            }
        }
        Ok(db.prepare_cached(target.mark())?.execute([]).map(drop)?)
    });
    match full.get() {
        Some(table) => Err(CopyError::NotEmpty(table)),
        None => marked.map_err(of("the target")),
    }
}

/// Runs work over one state of the source in which every row has its place.
fn in_snapshot<T>(
    source: &dyn Side,
    work: impl FnOnce(&dyn Connection) -> Result<T, CopyError>,
) -> Result<T, CopyError> {
    let mut work = Some(work);
    for _ in 0..SNAPSHOTS_MAX {
        let mut done = None;
        source.give_places().map_err(of("the source"))?;
        source.read(&mut |db| {
            if !source.is_lacking(db).map_err(of("the source"))?
                && let Some(work) = work.take()
            {
                done = Some(work(db)?);
            }
            Ok(())
        })?;
        if let Some(done) = done {
            return Ok(done);
        }
    }
    Err(CopyError::Restless)
}

type Take<'t> = &'t mut dyn FnMut(&'static Table, &[Vec<Value>]) -> Result<(), CopyError>;

/// Goes through all tables and counts what is in them.
fn go_through(
    db: &dyn Connection,
    head: Option<u64>,
    side: &'static str,
    take: Take<'_>,
    comparing: bool,
    tell: Tell<'_>,
) -> Result<Survey, CopyError> {
    let mut counting = Counting::new(head);
    for table in &TABLES {
        let mut pages = pages::Pages::new(table);
        while let Some(rows) = pages.next(db).map_err(of(side))? {
            counting.add(table, &rows)?;
            take(table, &rows)?;
            tell(Progress { comparing, table: table.name, rows: counting.rows() });
        }
    }
    Ok(counting.survey())
}

fn copy_tables(
    db: &dyn Connection,
    source: &dyn Side,
    target: &dyn Side,
    head: Option<u64>,
    tell: Tell<'_>,
) -> Result<Survey, CopyError> {
    let mut write = |table: &'static Table, rows: &[Vec<Value>]| {
        target.write(&|db| insert(db, table, rows)).map_err(of("the target"))
    };
    let mut found = go_through(db, head, "the source", &mut write, false, tell)?;
    for table in TABLES.iter().filter(|table| table.later.is_some()) {
        write_later(db, target, table)?;
    }
    source.raise_places(db, &mut found).map_err(of("the source"))?;
    Ok(found)
}

/// Writes rows. What refers to rows of the same table is left out.
fn insert(db: &dyn Connection, table: &Table, rows: &[Vec<Value>]) -> Result<(), StoreError> {
    let width = table.columns().count();
    let later = table.later.and_then(|later| table.columns().position(|column| column == later));
    let several = insertion(table, ROWS_AT_ONCE);
    let one = insertion(table, 1);
    for rows in rows.chunks(ROWS_AT_ONCE) {
        let whole = rows.len() == ROWS_AT_ONCE;
        for rows in rows.chunks(if whole { ROWS_AT_ONCE } else { 1 }) {
            let values = rows.iter().flatten().enumerate().map(|(at, value)| {
                let is_later = later.is_some_and(|later| at % width == later);
                if is_later { &Value::Null as &dyn ToSql } else { value }
            });
            let values: Vec<&dyn ToSql> = values.collect();
            db.prepare_cached(if whole { &several } else { &one })?.execute(values.as_slice())?;
        }
    }
    Ok(())
}

fn insertion(table: &Table, rows: usize) -> String {
    let columns: Vec<_> = table.columns().collect();
    let row = |row: usize| {
        let numbers: Vec<_> =
            (1..=columns.len()).map(|column| format!("?{}", row * columns.len() + column)).collect();
        format!("({})", numbers.join(", "))
    };
    let rows: Vec<_> = (0..rows).map(row).collect();
    format!("INSERT INTO {} ({}) VALUES {}", table.name, columns.join(", "), rows.join(", "))
}

/// The second pass: what refers to rows of the same table, which are all there now.
fn write_later(db: &dyn Connection, target: &dyn Side, table: &'static Table) -> Result<(), CopyError> {
    let Some(later) = table.later else { return Ok(()) };
    let sql = format!("UPDATE {} SET {later} = ?2 WHERE {} = ?1", table.name, table.key);
    let mut pages = pages::Pages::of(table, vec![table.key, later]);
    while let Some(rows) = pages.next(db).map_err(of("the source"))? {
        let rows: Vec<_> = rows.iter().filter(|row| row[1] != Value::Null).collect();
        if rows.is_empty() {
            continue;
        }
        let write = |db: &dyn Connection| -> Result<(), StoreError> {
            for row in &rows {
                db.prepare_cached(&sql)?.execute(params![row[0], row[1]])?;
            }
            Ok(())
        };
        target.write(&write).map_err(of("the target"))?;
    }
    Ok(())
}
