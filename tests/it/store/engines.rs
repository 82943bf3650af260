//! The engines that every promise is kept by: SQLite, PostgreSQL, and PostgreSQL as if it were an engine that cannot pass
//! over rows and makes every transaction serializable.

use std::sync::Arc;

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
