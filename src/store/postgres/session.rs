//! One connection: its statements, each prepared once, and what went wrong on it, so that whoever runs a unit knows
//! whether to run it again. It waits on its own thread; every wait ends.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use rusqlite::types::Value;
use tokio::runtime::{Builder, Runtime};
use tokio_postgres::config::{Host, SslMode};
use tokio_postgres::error::SqlState;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Row};

use super::Profile;
use super::tls::Tls;
use super::wire::Parameter;
use crate::store::StoreError;
use crate::store::sql::{Claiming, Connection, Error, Fault, Result, Statement, Tripwire};

/// Longest wait for a connection.
const CONNECT_WAIT_MAX: Duration = Duration::from_secs(10);
/// After so long without a word the system asks whether the other side is there.
const KEEPALIVE: Duration = Duration::from_secs(30);
/// Longest time in which what was sent stays without a sign that it arrived.
const UNHEARD_MAX: Duration = Duration::from_secs(20);
/// Longest wait for an answer. The server gives a statement up before that.
const ANSWER_WAIT_MAX: Duration = Duration::from_secs(45);

/// Statements that a connection keeps prepared. They are few, but for those that name event types.
const STATEMENTS_MAX: usize = 512;

/// How to connect.
pub(super) struct Connect {
    config: tokio_postgres::Config,
    tls: Tls,
    profile: Profile,
    fencing: bool,
}

impl Connect {
    /// From an address, which never stands in an error.
    pub fn new(url: &str, profile: Profile) -> std::result::Result<Self, StoreError> {
        let unread = |_| StoreError::Engine("the store's address is not one: postgresql://…".to_owned());
        let mut config: tokio_postgres::Config = url.parse().map_err(unread)?;
        // Nobody listens to a connection that is idle: the system finds out by itself that it is dead.
        config.connect_timeout(CONNECT_WAIT_MAX).keepalives_idle(KEEPALIVE).tcp_user_timeout(UNHEARD_MAX);
        if config.get_application_name().is_none() {
            config.application_name("waygate");
        }
        let is_far = config.get_hosts().iter().any(|host| match host {
            Host::Tcp(name) => !["localhost", "127.0.0.1", "::1"].contains(&name.as_str()),
            Host::Unix(_) => false,
        });
        // Privacy is left out where it is said so (`sslmode=disable`), never because the other side has none.
        let is_private = is_far && config.get_ssl_mode() != SslMode::Disable;
        if is_private {
            config.ssl_mode(SslMode::Require);
        }
        let is_wanted = is_private || config.get_ssl_mode() == SslMode::Require;
        let tls = if is_wanted { Tls::new()? } else { Tls::none() };
        if !is_wanted {
            config.ssl_mode(SslMode::Disable);
        }
        Ok(Self { config, tls, profile, fencing: true })
    }

    /// The same, where a test wants a store that is broken.
    pub fn fenced(self, fencing: bool) -> Self {
        Self { fencing, ..self }
    }

    /// How a transaction begins whose statements are each right by themselves.
    pub fn begin_claim(&self) -> &'static str {
        self.profile.begin_claim()
    }

    /// A new connection.
    pub fn session(&self, tripwire: Option<Tripwire>) -> std::result::Result<Session, StoreError> {
        let failed = |why: String| StoreError::Engine(format!("the database cannot be reached: {why}"));
        let runtime =
            Builder::new_current_thread().enable_all().build().map_err(|error| failed(error.to_string()))?;
        let connecting = async {
            let connected =
                tokio::time::timeout(CONNECT_WAIT_MAX, self.config.connect(self.tls.clone())).await;
            let (client, connection) =
                connected.map_err(|_| failed("no answer".to_owned()))?.map_err(|e| failed(words(&e)))?;
            tokio::spawn(async move {
                if let Err(error) = connection.await {
                    tracing::warn!("a connection of the store ended: {}", words(&error));
                }
            });
            client.batch_execute(self.profile.settings()).await.map_err(|e| failed(words(&e)))?;
            Ok::<_, StoreError>(client)
        };
        let client = runtime.block_on(connecting)?;
        let prepared = RefCell::default();
        let (profile, fencing) = (self.profile, self.fencing);
        Ok(Session { runtime, client, prepared, trouble: Cell::new(None), profile, fencing, tripwire })
    }
}

/// An error in words, with its code; `Display` leaves the cause out.
fn words(error: &tokio_postgres::Error) -> String {
    match (error.as_db_error(), std::error::Error::source(error)) {
        (Some(db), _) => format!("{} ({})", db.message(), db.code().code()),
        (None, Some(source)) => format!("{error}: {source}"),
        (None, None) => error.to_string(),
    }
}

/// What a failed statement means for the unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Trouble {
    /// It met another transaction: it can be run again.
    Met,
    /// Something with its key came first, perhaps just now.
    Taken,
    /// The connection is gone.
    Lost,
    /// It is wrong.
    Wrong,
}

/// How a transaction ended.
pub(super) enum Ended<T> {
    /// It was committed, or undone with this error.
    With(std::result::Result<T, StoreError>),
    /// It was undone, for a reason that may be gone the next time.
    Undone(Trouble, StoreError),
}

/// A connection.
pub(in crate::store) struct Session {
    runtime: Runtime,
    client: Client,
    prepared: RefCell<HashMap<String, tokio_postgres::Statement>>,
    trouble: Cell<Option<Trouble>>,
    profile: Profile,
    fencing: bool,
    tripwire: Option<Tripwire>,
}

impl Session {
    /// Runs a statement; says how many rows it wrote.
    pub fn execute(&self, sql: &str, values: &[Value]) -> Result<usize> {
        self.pass(sql, values);
        let statement = self.prepared(sql)?;
        let parameters: Vec<Parameter<'_>> = values.iter().map(Parameter).collect();
        let parameters: Vec<_> = parameters.iter().map(|p| p as &(dyn ToSql + Sync)).collect();
        let rows = self.answer(self.client.execute(&statement, &parameters))?;
        Ok(usize::try_from(rows).unwrap_or(usize::MAX))
    }

    /// Runs a statement and gives its rows.
    pub fn query(&self, sql: &str, values: &[Value]) -> Result<Vec<Row>> {
        self.pass(sql, values);
        let statement = self.prepared(sql)?;
        let parameters: Vec<Parameter<'_>> = values.iter().map(Parameter).collect();
        let parameters: Vec<_> = parameters.iter().map(|p| p as &(dyn ToSql + Sync)).collect();
        self.answer(self.client.query(&statement, &parameters))
    }

    /// Runs statements that take no parameters.
    pub fn batch(&self, sql: &str) -> Result<()> {
        self.answer(self.client.batch_execute(sql))
    }

    /// The code of the engine's error, where it gave one, beside the outcome of statements without parameters.
    pub fn batch_with_code(&self, sql: &str) -> std::result::Result<(), (Option<SqlState>, Error)> {
        let code = RefCell::new(None);
        let done = self.answer(async {
            let done = self.client.batch_execute(sql).await;
            *code.borrow_mut() = done.as_ref().err().and_then(|error| error.code().cloned());
            done
        });
        done.map_err(|error| (code.into_inner(), error))
    }

    /// Whether it can still be used.
    pub fn is_usable(&self) -> bool {
        !self.client.is_closed() && self.trouble.get() != Some(Trouble::Lost)
    }

    /// Runs a unit in a transaction that begins in this way.
    pub(super) fn transaction<T>(
        &self,
        begin: &str,
        unit: &dyn Fn(&dyn Connection) -> std::result::Result<T, StoreError>,
    ) -> Ended<T> {
        self.trouble.set(None);
        if let Err(error) = self.batch(begin) {
            return self.undone(error.into());
        }
        let panicked = |_| Err(StoreError::Engine("a unit of work panicked".to_owned()));
        let outcome = catch_unwind(AssertUnwindSafe(|| unit(self))).unwrap_or_else(panicked);
        let error = match outcome {
            // After a failed statement the engine keeps nothing, whatever the unit made of it.
            Ok(_) if self.trouble.get().is_some() => {
                StoreError::Engine("a statement failed within a unit of work".to_owned())
            }
            Ok(value) => match self.step() {
                Ok(()) => return self.commit(value),
                Err(_) if self.is_unheard() => {
                    self.trouble.set(Some(Trouble::Lost));
                    return Ended::With(
                        self.batch("COMMIT").map_err(Into::into).and(Err(StoreError::Uncertain)),
                    );
                }
                Err(error) => error.into(),
            },
            Err(error) => error,
        };
        let trouble = self.trouble.get();
        // Where the connection is gone the engine undoes it by itself.
        if trouble != Some(Trouble::Lost) && self.batch("ROLLBACK").is_ok() {
            self.trouble.set(trouble);
        }
        self.undone(error)
    }

    fn commit<T>(&self, value: T) -> Ended<T> {
        match self.batch("COMMIT") {
            Ok(()) => Ended::With(Ok(value)),
            Err(_) if self.trouble.get() == Some(Trouble::Lost) => Ended::With(Err(StoreError::Uncertain)),
            Err(error) => self.undone(error.into()),
        }
    }

    fn undone<T>(&self, error: StoreError) -> Ended<T> {
        match self.trouble.get() {
            Some(trouble @ (Trouble::Met | Trouble::Taken | Trouble::Lost)) => Ended::Undone(trouble, error),
            Some(Trouble::Wrong) | None => Ended::With(Err(error)),
        }
    }

    fn prepared(&self, sql: &str) -> Result<tokio_postgres::Statement> {
        if let Some(statement) = self.prepared.borrow().get(sql) {
            return Ok(statement.clone());
        }
        let statement = self.answer(self.client.prepare(&numbered(sql)))?;
        if self.prepared.borrow().len() >= STATEMENTS_MAX {
            self.prepared.borrow_mut().clear();
        }
        self.prepared.borrow_mut().insert(sql.to_owned(), statement.clone());
        Ok(statement)
    }

    /// Waits for the engine's answer.
    fn answer<T>(
        &self,
        asked: impl Future<Output = std::result::Result<T, tokio_postgres::Error>>,
    ) -> Result<T> {
        let answered = self.runtime.block_on(async { tokio::time::timeout(ANSWER_WAIT_MAX, asked).await });
        let error = match answered {
            Ok(Ok(answer)) => return Ok(answer),
            Ok(Err(error)) => error,
            Err(_) => {
                self.trouble.set(Some(Trouble::Lost));
                return Err(Error::Postgres("no answer from the database".to_owned()));
            }
        };
        self.trouble.set(Some(match error.code() {
            Some(code) => meaning(code),
            None if error.is_closed() || self.client.is_closed() => Trouble::Lost,
            None => Trouble::Wrong,
        }));
        Err(Error::Postgres(words(&error)))
    }

    /// Lets a test see the statement.
    fn pass(&self, sql: &str, values: &[Value]) {
        if let Some(tripwire) = &self.tripwire {
            tripwire.pass(
                sql,
                values.first().and_then(|value| match value {
                    Value::Text(text) => Some(text.as_str()),
                    _ => None,
                }),
            );
        }
    }

    fn is_unheard(&self) -> bool {
        self.tripwire.as_ref().is_some_and(|tripwire| tripwire.fault() == Fault::Unheard)
    }

    /// A statement is about to be run: where a test has laid a wire, it may fail.
    fn step(&self) -> Result<()> {
        let Some(tripwire) = &self.tripwire else { return Ok(()) };
        let tripped = tripwire.step();
        if tripped.is_err() {
            match tripwire.fault() {
                Fault::Failure | Fault::Unheard => self.trouble.set(Some(Trouble::Wrong)),
                Fault::Meeting => self.trouble.set(Some(Trouble::Met)),
                // The engine ends this very connection; the answer that it did so may or may not come.
                Fault::Loss => {
                    let _ = self.batch("SELECT pg_terminate_backend(pg_backend_pid())");
                    self.trouble.set(Some(Trouble::Lost));
                }
            }
        }
        tripped
    }
}

/// What an engine's code means for a unit: 40001 and 40P01 ask for it to be run again.
fn meaning(code: &SqlState) -> Trouble {
    match code {
        code if *code == SqlState::T_R_SERIALIZATION_FAILURE || *code == SqlState::T_R_DEADLOCK_DETECTED => {
            Trouble::Met
        }
        code if *code == SqlState::UNIQUE_VIOLATION => Trouble::Taken,
        // The engine shuts down, ended this connection, or cannot say what became of the statement.
        code if ["57P", "08", "40003"].iter().any(|class| code.code().starts_with(class)) => Trouble::Lost,
        _ => Trouble::Wrong,
    }
}

/// A statement with its parameters as PostgreSQL names them.
fn numbered(sql: &str) -> String {
    let mut numbered = String::with_capacity(sql.len());
    let mut chars = sql.chars().peekable();
    while let Some(c) = chars.next() {
        let is_parameter = c == '?' && chars.peek().is_some_and(char::is_ascii_digit);
        numbered.push(if is_parameter { '$' } else { c });
    }
    numbered
}

impl Connection for Session {
    fn prepare_cached(&self, sql: &str) -> Result<Statement<'_>> {
        self.step()?;
        Ok(Statement::Postgres(self, sql.to_owned()))
    }

    fn claiming(&self) -> Claiming {
        match (self.fencing, self.profile.passes_over()) {
            (false, _) => Claiming::Unfenced,
            (true, true) => Claiming::PassingOver,
            (true, false) => Claiming::Waiting,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_numbered_as_postgresql_wants_them() {
        assert_eq!(numbered("a = ?1 AND b = ?12 OR c ? d"), "a = $1 AND b = $12 OR c ? d");
    }

    #[test]
    fn a_server_elsewhere_is_reached_in_private_unless_it_is_said_otherwise() {
        for (url, mode) in [
            ("postgresql://u@db.example/d", SslMode::Require),
            ("postgresql://u@10.0.0.7/d?sslmode=prefer", SslMode::Require),
            ("postgresql://u@localhost,db.example/d", SslMode::Require),
            ("postgresql://u@db.example/d?sslmode=disable", SslMode::Disable),
            ("postgresql://u@localhost/d", SslMode::Disable),
            ("postgresql://u@localhost/d?sslmode=require", SslMode::Require),
            ("host=/run/postgresql user=u", SslMode::Disable),
        ] {
            let connect = Connect::new(url, Profile::Postgres).unwrap();
            assert_eq!(connect.config.get_ssl_mode(), mode, "{url}");
        }
    }

    #[test]
    fn an_address_that_cannot_be_read_is_not_repeated() {
        for url in ["postgresql://u:hunter2@host:port/db", "hunter2", "postgresql://u:hunter2@h/d?hunter2=1"]
        {
            let error = Connect::new(url, Profile::Postgres).err().unwrap().to_string();
            assert!(!error.contains("hunter2"), "{error}");
        }
    }
}
