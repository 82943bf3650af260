//! The store for many replicas: PostgreSQL, or an engine that speaks its protocol. Each unit of work runs on a connection
//! of its own in a serializable transaction, so that it is as if nobody else were writing; where the engine cannot keep
//! that up it says so, and the unit runs again. Nothing here needs advisory locks, notifications or a state of the session.

pub(in crate::store) mod copying;
mod order;
mod pool;
mod schema;
mod session;
mod tls;
mod watch;
mod wire;

use std::sync::Arc;

use secrecy::{ExposeSecret, SecretString};

use self::pool::{Mode, Pool};
use self::watch::Watch;
use super::sql::{Connection, Tripwire};
use super::units::Engine;
use super::{StoreError, Work};

pub(in crate::store) use session::Session;
pub(in crate::store) use wire::Cell;

/// The engines. What differs between them follows from the name alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Profile {
    /// PostgreSQL, and what is built from it.
    Postgres,
    /// CockroachDB: rows are never passed over, and every transaction is serializable.
    Cockroach,
    /// YugabyteDB.
    Yugabyte,
}

impl Profile {
    /// Whether a claim may pass over rows that another claims. CockroachDB reads `SKIP LOCKED`, but slowly, and passes
    /// over more than it should (pg-boss, documentation of its backends, 2026).
    fn passes_over(self) -> bool {
        self != Self::Cockroach
    }

    /// How a transaction begins whose statements are each right by themselves.
    fn begin_claim(self) -> &'static str {
        match self {
            Self::Cockroach => "BEGIN ISOLATION LEVEL SERIALIZABLE",
            Self::Postgres | Self::Yugabyte => "BEGIN ISOLATION LEVEL READ COMMITTED",
        }
    }

    /// What a session is set to. A plan that reads a whole table makes a serializable transaction depend on all of it
    /// (PostgreSQL 15, section 13.2.3), and no statement of the store needs one.
    fn settings(self) -> &'static str {
        match self {
            Self::Postgres | Self::Yugabyte => {
                "SET statement_timeout = '30s'; SET idle_in_transaction_session_timeout = '60s'; \
                 SET enable_seqscan = off"
            }
            Self::Cockroach => {
                "SET statement_timeout = '30s'; SET idle_in_transaction_session_timeout = '60s'"
            }
        }
    }
}

/// What bounds the store. Each number is a limit.
#[derive(Debug, Clone)]
pub struct Options {
    /// Which engine it is.
    pub profile: Profile,
    /// Connections that read; at least one is used.
    pub readers: usize,
    /// Connections that write; at least one is used.
    pub writers: usize,
    /// Most writes that wait, and most reads that wait; at least one may.
    pub queue_max: usize,
    /// A wire across the statements that write, for tests.
    pub tripwire: Option<Tripwire>,
    /// For tests alone: `false` makes a store that is broken. Claims take what others hold, a change is written whatever the
    /// order's revision is by now, and an attempt counts under a lease that was lost. A test that cannot tell such a store from a
    /// sound one shows nothing.
    pub fencing: bool,
}

impl Options {
    /// The defaults for an engine.
    pub fn of(profile: Profile) -> Self {
        Self { profile, readers: 4, writers: 8, queue_max: 1_024, tripwire: None, fencing: true }
    }
}

/// The store in a database that replicas share.
pub struct PostgresStore {
    readers: Pool,
    writers: Pool,
    watch: Watch,
}

impl PostgresStore {
    /// Connects, and brings the database to this program's layout. The address is a secret: it may hold a password.
    pub fn open(url: &SecretString, options: &Options) -> Result<Self, StoreError> {
        let connect = session::Connect::new(url.expose_secret(), options.profile)?;
        let connect = Arc::new(connect.fenced(options.fencing));
        // A connection waits on its own thread, wherever we are.
        let preparing =
            std::thread::scope(|scope| scope.spawn(|| schema::prepare(&connect.session(None)?)).join());
        preparing.unwrap_or_else(|_| Err(StoreError::Engine("the layout's steps panicked".to_owned())))?;
        let pool = |name, connections: usize, tripwire| {
            Pool::start(name, &connect, connections.max(1), options.queue_max.max(1), tripwire)
                .map_err(|error| StoreError::Engine(error.to_string()))
        };
        Ok(Self {
            readers: pool("store-reader", options.readers, None)?,
            writers: pool("store-writer", options.writers, options.tripwire.as_ref())?,
            watch: Watch::new(connect),
        })
    }

    /// How often a unit was run again because it met another.
    pub fn repeats(&self) -> u64 {
        self.readers.repeats() + self.writers.repeats()
    }
}

impl Engine for PostgresStore {
    fn write<T, F>(&self, _: usize, unit: F) -> Work<'_, T>
    where
        T: Send + 'static,
        F: Fn(&dyn Connection) -> Result<T, StoreError> + Send + 'static,
    {
        Box::pin(async move {
            let outcome = self.writers.run(Mode::Write, unit).await;
            self.watch.written();
            outcome
        })
    }

    fn claim<T, F>(&self, unit: F) -> Work<'_, T>
    where
        T: Send + 'static,
        F: Fn(&dyn Connection) -> Result<T, StoreError> + Send + 'static,
    {
        Box::pin(self.writers.run(Mode::Claim, unit))
    }

    fn read<T, F>(&self, unit: F) -> Work<'_, T>
    where
        T: Send + 'static,
        F: Fn(&dyn Connection) -> Result<T, StoreError> + Send + 'static,
    {
        Box::pin(self.readers.run(Mode::Read, unit))
    }

    fn read_in_order<T, F>(&self, unit: F) -> Work<'_, T>
    where
        T: Send + 'static,
        F: Fn(&dyn Connection) -> Result<T, StoreError> + Send + 'static,
    {
        Box::pin(async move {
            if self.readers.run(Mode::Read, order::is_lacking).await? {
                while self.readers.run(Mode::Claim, order::give_places).await? {}
            }
            self.readers.run(Mode::Read, unit).await
        })
    }

    fn written(&self) -> tokio::sync::watch::Receiver<u64> {
        self.watch.subscribe()
    }

    fn sweep(&self) -> Work<'_, ()> {
        // What is deleted is overwritten by the engine's own vacuum.
        Box::pin(std::future::ready(Ok(())))
    }
}
