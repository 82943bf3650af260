//! The engines that every promise is kept by: SQLite, PostgreSQL, and PostgreSQL as if it were an engine that cannot pass
//! over rows and makes every transaction serializable.

use std::sync::Arc;

use waygate::store::copy::Place;
use waygate::store::postgres::{Options, PostgresStore, Profile};
use waygate::store::sqlite::{self, SqliteStore};
use waygate::store::{Tripwire, WholeStore};

use crate::support::postgres::Database;

/// A database of some engine, that any number of processes may open.
pub enum Engine {
    /// A file.
    Sqlite(tempfile::TempDir),
    /// A schema.
    Postgres(Database, Profile),
}

impl Engine {
    pub fn sqlite() -> Self {
        Self::Sqlite(tempfile::tempdir().unwrap())
    }

    pub async fn postgres() -> Self {
        Self::Postgres(Database::new().await, Profile::Postgres)
    }

    pub async fn distributed() -> Self {
        Self::Postgres(Database::new().await, Profile::Cockroach)
    }

    /// Opens it, as another process would.
    pub fn open(&self) -> Arc<dyn WholeStore> {
        self.open_with(None)
    }

    /// Where it is, for what moves stores.
    pub fn place(&self) -> Place {
        match self {
            Self::Sqlite(folder) => Place::File(folder.path().join("store.db")),
            Self::Postgres(database, profile) => Place::Server(*profile, database.url()),
        }
    }

    /// Runs statements past the store.
    pub async fn run(&self, sql: &str) {
        match self {
            Self::Sqlite(folder) => {
                let db = rusqlite::Connection::open(folder.path().join("store.db")).unwrap();
                db.execute_batch(sql).unwrap();
            }
            Self::Postgres(database, _) => database.client().await.batch_execute(sql).await.unwrap(),
        }
    }

    /// A number from the tables, read past the store.
    pub async fn number(&self, sql: &str) -> i64 {
        match self {
            Self::Sqlite(folder) => {
                let db = rusqlite::Connection::open(folder.path().join("store.db")).unwrap();
                db.query_row(sql, [], |row| row.get(0)).unwrap()
            }
            Self::Postgres(database, _) => database.number(sql).await,
        }
    }

    /// Writes to the tables past the store.
    pub async fn execute(&self, sql: &str) {
        match self {
            Self::Sqlite(folder) => {
                let db = rusqlite::Connection::open(folder.path().join("store.db")).unwrap();
                db.execute_batch(sql).unwrap();
            }
            Self::Postgres(database, _) => database.client().await.batch_execute(sql).await.unwrap(),
        }
    }

    /// In how many rows of all tables a word stands, in whichever column.
    pub async fn rows_with(&self, word: &str) -> usize {
        self.rows().await.iter().filter(|row| row.contains(word)).count()
    }

    /// Every row of every table as text, read past the store.
    pub async fn rows(&self) -> Vec<String> {
        match self {
            Self::Sqlite(folder) => {
                let db = rusqlite::Connection::open(folder.path().join("store.db")).unwrap();
                let tables =
                    "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'";
                let mut rows = Vec::new();
                for table in texts(&db, tables) {
                    let columns = format!("SELECT 'quote(' || name || ')' FROM pragma_table_info('{table}')");
                    let row = texts(&db, &columns).join(" || ',' || ");
                    rows.extend(texts(&db, &format!("SELECT '{table}: ' || {row} FROM {table}")));
                }
                rows.sort();
                rows
            }
            Self::Postgres(database, _) => {
                let client = database.client().await;
                let ask = async |sql: &str| -> Vec<String> {
                    client.query(sql, &[]).await.unwrap().iter().map(|row| row.get(0)).collect()
                };
                let tables = "SELECT table_name::TEXT FROM information_schema.tables
                    WHERE table_schema = current_schema()";
                let mut rows = Vec::new();
                for table in ask(tables).await {
                    rows.extend(ask(&format!("SELECT '{table}: ' || t::TEXT FROM {table} t")).await);
                }
                rows.sort();
                rows
            }
        }
    }

    /// Opens it with a wire across its statements.
    pub fn open_with(&self, tripwire: Option<Tripwire>) -> Arc<dyn WholeStore> {
        match self {
            Self::Sqlite(folder) => {
                let options = sqlite::Options { tripwire, ..sqlite::Options::default() };
                Arc::new(SqliteStore::open(&folder.path().join("store.db"), &options).unwrap())
            }
            Self::Postgres(database, profile) => {
                let options = Options { readers: 2, writers: 4, tripwire, ..Options::of(*profile) };
                Arc::new(PostgresStore::open(&database.url(), &options).unwrap())
            }
        }
    }
}

fn texts(db: &rusqlite::Connection, sql: &str) -> Vec<String> {
    let mut statement = db.prepare(sql).unwrap();
    statement.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap()
}

/// Runs tests over an engine with each of them: `on_every_engine!(path::to::test, …)`.
macro_rules! on_every_engine {
    ($($(#[$doc:meta])* $name:ident,)*) => {
        mod on_sqlite {
            $(#[tokio::test] async fn $name() { super::$name($crate::store::engines::Engine::sqlite()).await; })*
        }
        mod on_postgres {
            $(#[tokio::test] async fn $name() { super::$name($crate::store::engines::Engine::postgres().await).await; })*
        }
        mod on_postgres_distributed {
            $(#[tokio::test] async fn $name() { super::$name($crate::store::engines::Engine::distributed().await).await; })*
        }
    };
}
pub(crate) use on_every_engine;
