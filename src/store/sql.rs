//! One face for the connections of all engines, so that a unit of work is written once. Statements name their
//! parameters `?1`, `?2`, …; values are SQLite's: an integer, a text, bytes, or nothing. What engines say differently is
//! asked of the connection, not guessed.

mod tripwire;

use rusqlite::types::{FromSql, FromSqlError, ToSql, ToSqlOutput, Value, ValueRef};
use rusqlite::{CachedStatement, Params as SqliteParams};

pub(in crate::store) use rusqlite::params;
pub use tripwire::{Fault, Tripwire};

use super::StoreError;
use super::postgres::Session;

/// How rows that are due are kept from two claimers at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::store) enum Claiming {
    /// There is one writer.
    Alone,
    /// What another claims right now is passed over.
    PassingOver,
    /// What another claims right now is waited for, and then left to it.
    Waiting,
    /// What another claims right now is taken all the same, and no revision or lease is asked for either: a store that is
    /// broken, for tests alone.
    Unfenced,
}

/// What a unit of work is given: a connection within a transaction.
pub(in crate::store) trait Connection {
    /// A statement; the connection keeps it prepared.
    fn prepare_cached(&self, sql: &str) -> Result<Statement<'_>>;

    /// How rows that are due are claimed here.
    fn claiming(&self) -> Claiming;
}

/// Why a statement failed.
#[derive(Debug, thiserror::Error)]
pub(in crate::store) enum Error {
    /// SQLite says so.
    #[error(transparent)]
    Sqlite(#[from] rusqlite::Error),
    /// PostgreSQL, or an engine that speaks its protocol, says so.
    #[error("{0}")]
    Postgres(String),
    /// A row was asked for, and there is none.
    #[error("no row where one was expected")]
    NoRow,
    /// A column holds what does not read back.
    #[error("column {0}: {1}")]
    Column(usize, FromSqlError),
    /// A test made it fail.
    #[error("the tripwire")]
    Tripwire,
}

/// What a statement came to.
pub(in crate::store) type Result<T> = std::result::Result<T, Error>;

impl From<Error> for StoreError {
    fn from(error: Error) -> Self {
        Self::Engine(error.to_string())
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Engine(error.to_string())
    }
}

/// An outcome in which no row is no error.
pub(in crate::store) trait OptionalExtension<T> {
    /// None where there was no row.
    fn optional(self) -> Result<Option<T>>;
}

impl<T> OptionalExtension<T> for Result<T> {
    fn optional(self) -> Result<Option<T>> {
        match self {
            Ok(value) => Ok(Some(value)),
            Err(Error::NoRow) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// The parameters of a statement.
pub(in crate::store) trait Params: SqliteParams {
    /// Their values, in order.
    fn values(&self) -> Result<Vec<Value>>;
}

fn value(given: &dyn ToSql) -> Result<Value> {
    let wrong = |why: String| Error::Sqlite(rusqlite::Error::ToSqlConversionFailure(why.into()));
    match given.to_sql()? {
        ToSqlOutput::Owned(value) => Ok(value),
        ToSqlOutput::Borrowed(value) => value.try_into().map_err(|e: FromSqlError| wrong(e.to_string())),
        _ => Err(wrong("a value of a kind that only SQLite has".to_owned())),
    }
}

impl Params for &[&dyn ToSql] {
    fn values(&self) -> Result<Vec<Value>> {
        self.iter().map(|given| value(*given)).collect()
    }
}

impl Params for [&(dyn ToSql + Send + Sync); 0] {
    fn values(&self) -> Result<Vec<Value>> {
        Ok(Vec::new())
    }
}

macro_rules! arrays_are_params {
    ($($count:literal)*) => {$(
        impl<T: ToSql> Params for [T; $count] {
            fn values(&self) -> Result<Vec<Value>> {
                self.iter().map(|given| value(given)).collect()
            }
        }
    )*};
}
arrays_are_params!(1 2 3 4);

/// A prepared statement.
pub(in crate::store) enum Statement<'c> {
    /// SQLite's.
    Sqlite(CachedStatement<'c>),
    /// Another engine's: the connection, and the text.
    Postgres(&'c Session, String),
}

impl Statement<'_> {
    /// Runs it; says how many rows it wrote.
    pub fn execute(&mut self, params: impl Params) -> Result<usize> {
        match self {
            Self::Sqlite(statement) => Ok(statement.execute(params)?),
            Self::Postgres(session, sql) => session.execute(sql, &params.values()?),
        }
    }

    /// Runs it and reads its first row.
    pub fn query_row<T>(
        &mut self,
        params: impl Params,
        read: impl FnOnce(&Row<'_>) -> Result<T>,
    ) -> Result<T> {
        match self {
            Self::Sqlite(statement) => {
                let mut rows = statement.query(params)?;
                read(&Row::Sqlite(rows.next()?.ok_or(Error::NoRow)?))
            }
            Self::Postgres(session, sql) => {
                let rows = session.query(sql, &params.values()?)?;
                read(&Row::Postgres(rows.first().ok_or(Error::NoRow)?))
            }
        }
    }

    /// Whether it gives a row.
    pub fn exists(&mut self, params: impl Params) -> Result<bool> {
        Ok(self.query_row(params, |_| Ok(())).optional()?.is_some())
    }

    /// Runs it and reads all its rows.
    pub fn query_map<T>(
        &mut self,
        params: impl Params,
        mut read: impl FnMut(&Row<'_>) -> Result<T>,
    ) -> Result<std::vec::IntoIter<Result<T>>> {
        let mut items = Vec::new();
        match self {
            Self::Sqlite(statement) => {
                let mut rows = statement.query(params)?;
                while let Some(row) = rows.next()? {
                    items.push(read(&Row::Sqlite(row)));
                }
            }
            Self::Postgres(session, sql) => {
                let rows = session.query(sql, &params.values()?)?;
                items.extend(rows.iter().map(|row| read(&Row::Postgres(row))));
            }
        }
        Ok(items.into_iter())
    }
}

/// A row of an answer.
pub(in crate::store) enum Row<'r> {
    /// SQLite's.
    Sqlite(&'r rusqlite::Row<'r>),
    /// Another engine's.
    Postgres(&'r tokio_postgres::Row),
}

/// The place of a column. There is one kind; with a type of its own, `get::<_, T>` reads as it does in rusqlite.
pub(in crate::store) trait Column {
    /// The number, from 0.
    fn number(self) -> usize;
}

impl Column for usize {
    fn number(self) -> usize {
        self
    }
}

impl Row<'_> {
    /// A column's value.
    pub fn get<C: Column, T: FromSql>(&self, column: C) -> Result<T> {
        let number = column.number();
        match self {
            Self::Sqlite(row) => Ok(row.get(number)?),
            Self::Postgres(row) => {
                let cell: super::postgres::Cell<'_> =
                    row.try_get(number).map_err(|error| Error::Postgres(error.to_string()))?;
                let read = |value: ValueRef<'_>| T::column_result(value);
                read(cell.value()).map_err(|why| Error::Column(number, why))
            }
        }
    }
}

/// SQLite's connection, and a wire that tests may have laid.
pub(in crate::store) struct Sqlite<'c> {
    /// The connection.
    pub db: &'c rusqlite::Connection,
    /// The wire.
    pub tripwire: Option<&'c Tripwire>,
}

impl Connection for Sqlite<'_> {
    fn prepare_cached(&self, sql: &str) -> Result<Statement<'_>> {
        self.tripwire.map_or(Ok(()), Tripwire::step)?;
        Ok(Statement::Sqlite(self.db.prepare_cached(sql)?))
    }

    fn claiming(&self) -> Claiming {
        Claiming::Alone
    }
}
