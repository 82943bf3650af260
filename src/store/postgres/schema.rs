//! The steps to this program's layout. They only ever add, so that programs of the version before go on working beside
//! this one. Each statement runs by itself and does nothing where it was run before: several programs may start at once,
//! one may die halfway, and engines that cannot undo a change of tables need not.

use std::time::Duration;

use tokio_postgres::error::SqlState;

use super::session::Session;
use crate::store::StoreError;
use crate::store::copy::UNFINISHED;
use crate::store::sql::{Connection as _, params};

/// The steps, oldest first. A step that was released is never changed; a new one is added.
const MIGRATIONS: [&str; 3] = [
    include_str!("migrations/0001_start.sql"),
    include_str!("migrations/0002_log_turn.sql"),
    include_str!("migrations/0003_shared_sources.sql"),
];
/// The oldest version of the program, by the number of its steps, that works with this layout.
pub(super) const OLDEST: i64 = 1;

/// In the place of the oldest version where a copy is being written: no program works with it, not even one that does not
/// know what it means.
pub(super) const UNFINISHED_VERSION: i64 = i64::MAX;

/// What every database of ours has before anything else.
const LAYOUT: [&str; 2] = [
    "CREATE TABLE IF NOT EXISTS layout (id BIGINT PRIMARY KEY CHECK (id = 1), version BIGINT NOT NULL,
       oldest BIGINT NOT NULL)",
    "INSERT INTO layout (id, version, oldest) VALUES (1, 0, 1) ON CONFLICT DO NOTHING",
];

/// How often a statement is tried again that met the same of another program.
const MEETINGS_MAX: u32 = 100;
/// The pause before that.
const MEETING_PAUSE: Duration = Duration::from_millis(50);

/// Brings the database to this program's layout; refuses what this program must not touch.
pub(super) fn prepare(session: &Session) -> Result<(), StoreError> {
    if !has_table(session, "layout")? {
        if has_table(session, "orders")? {
            return Err(StoreError::Engine("this is not a database of Waygate".to_owned()));
        }
        LAYOUT.iter().try_for_each(|sql| run(session, sql))?;
    }
    // Another program may be between the table and its row.
    run(session, LAYOUT[1])?;
    let version = version(session)?;
    for (number, step) in (1..).zip(MIGRATIONS).skip_while(|(number, _)| *number <= version) {
        statements(step).try_for_each(|sql| run(session, sql))?;
        let mut done = session.prepare_cached(
            "UPDATE layout SET version = ?1, oldest = CASE WHEN oldest > ?2 THEN oldest ELSE ?2 END
             WHERE version < ?1",
        )?;
        done.execute(params![number, OLDEST])?;
    }
    Ok(())
}

/// The layout's version; refuses one that this program cannot use.
fn version(session: &Session) -> Result<i64, StoreError> {
    let (version, oldest): (i64, i64) = session
        .prepare_cached("SELECT version, oldest FROM layout")?
        .query_row([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let ours = i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX);
    if oldest == UNFINISHED_VERSION {
        return Err(StoreError::Engine(UNFINISHED.to_owned()));
    }
    if oldest > ours {
        return Err(StoreError::Engine(format!(
            "the database's layout is version {version}, which this program of version {ours} cannot use: \
             use the newer program"
        )));
    }
    Ok(version)
}

/// Refuses a database that has no tables of ours, or older ones: whoever only reads cannot add what is missing.
pub(super) fn check(session: &Session) -> Result<(), StoreError> {
    if !has_table(session, "layout")? {
        return Err(StoreError::Engine("this is not a database of Waygate".to_owned()));
    }
    let (version, ours) = (version(session)?, i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX));
    if version >= ours {
        return Ok(());
    }
    Err(StoreError::Engine(format!(
        "the database's layout is version {version}, older than version {ours} of this program: start the gateway once"
    )))
}

fn has_table(session: &Session, name: &str) -> Result<bool, StoreError> {
    let count: i64 = session
        .prepare_cached(
            "SELECT count(*) FROM information_schema.tables
             WHERE table_schema = current_schema() AND table_name = CAST(?1 AS TEXT)",
        )?
        .query_row([name], |row| row.get(0))?;
    Ok(count > 0)
}

/// The statements of a step.
fn statements(step: &str) -> impl Iterator<Item = &str> {
    step.split(";\n").map(str::trim).filter(|sql| !sql.is_empty())
}

/// Runs a statement, again where another program runs the same.
fn run(session: &Session, sql: &str) -> Result<(), StoreError> {
    let mut meetings = 0;
    loop {
        let (code, error) = match session.batch_with_code(sql) {
            Ok(()) => return Ok(()),
            Err(failed) => failed,
        };
        let met = [
            SqlState::T_R_SERIALIZATION_FAILURE,
            SqlState::T_R_DEADLOCK_DETECTED,
            SqlState::UNIQUE_VIOLATION,
            SqlState::DUPLICATE_TABLE,
            SqlState::DUPLICATE_OBJECT,
            // "tuple concurrently updated": PostgreSQL's catalogue has no finer word.
            SqlState::INTERNAL_ERROR,
        ];
        if meetings >= MEETINGS_MAX || !code.is_some_and(|code| met.contains(&code)) {
            return Err(error.into());
        }
        meetings += 1;
        std::thread::sleep(MEETING_PAUSE);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_statement_of_every_step_does_nothing_the_second_time() {
        for sql in MIGRATIONS.into_iter().flat_map(statements) {
            let code = sql.lines().filter(|line| !line.starts_with("--")).collect::<Vec<_>>().join("\n");
            assert!(code.contains("IF NOT EXISTS") || code.contains("ON CONFLICT DO NOTHING"), "{sql}");
            assert!(!code.contains("DROP"), "a step only adds: {sql}");
        }
    }
}
