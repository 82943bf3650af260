//! A server's database as one side of a copy.

use secrecy::{ExposeSecret, SecretString};

use super::session::{Connect, Ended, Session, Trouble};
use super::{Profile, order, schema};
use crate::store::StoreError;
use crate::store::copy::{CopyError, PLACED, Side, Survey, TABLES};
use crate::store::sql::{Connection, Tripwire, params};

/// How often a unit is run again because it met others.
const MEETINGS_MAX: u32 = 60;
/// One state of all, and nothing is written.
const READ: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY";
/// While one side works the other waits within its transaction.
const PATIENT: &str = "SET idle_in_transaction_session_timeout = 0";

struct ServerSide {
    session: Session,
    begin: &'static str,
}

/// A database that is only read. It must have this program's layout.
pub(in crate::store) fn source(url: &SecretString, profile: Profile) -> Result<Box<dyn Side>, StoreError> {
    open(url, profile, None, schema::check)
}

/// A database that is written, brought to this program's layout.
pub(in crate::store) fn target(
    url: &SecretString,
    profile: Profile,
    tripwire: Option<Tripwire>,
) -> Result<Box<dyn Side>, StoreError> {
    open(url, profile, tripwire, schema::prepare)
}

fn open(
    url: &SecretString,
    profile: Profile,
    tripwire: Option<Tripwire>,
    look: fn(&Session) -> Result<(), StoreError>,
) -> Result<Box<dyn Side>, StoreError> {
    let connect = Connect::new(url.expose_secret(), profile)?;
    look(&connect.session(None)?)?;
    let session = connect.session(tripwire)?;
    session.batch(PATIENT)?;
    Ok(Box::new(ServerSide { session, begin: connect.begin_claim() }))
}

impl ServerSide {
    /// Runs a unit, again where it met others.
    fn run<T>(&self, unit: &dyn Fn(&dyn Connection) -> Result<T, StoreError>) -> Result<T, StoreError> {
        let mut meetings = 0;
        loop {
            match self.session.transaction(self.begin, unit) {
                Ended::With(outcome) => return outcome,
                Ended::Undone(Trouble::Met, _) if meetings < MEETINGS_MAX => meetings += 1,
                Ended::Undone(_, error) => return Err(error),
            }
        }
    }
}

impl Side for ServerSide {
    fn read(&self, work: &mut dyn FnMut(&dyn Connection) -> Result<(), CopyError>) -> Result<(), CopyError> {
        let batch =
            |sql| self.session.batch(sql).map_err(|error| CopyError::Store("the server", error.into()));
        batch(READ)?;
        let done = work(&self.session);
        let ended = batch("ROLLBACK");
        done.and(ended)
    }

    fn write(&self, unit: &dyn Fn(&dyn Connection) -> Result<(), StoreError>) -> Result<(), StoreError> {
        self.run(unit)
    }

    fn give_places(&self) -> Result<(), StoreError> {
        if self.run(&order::is_lacking)? {
            while self.run(&order::give_places)? {}
        }
        Ok(())
    }

    fn is_lacking(&self, db: &dyn Connection) -> Result<bool, StoreError> {
        order::is_lacking(db)
    }

    fn raise_places(&self, db: &dyn Connection, found: &mut Survey) -> Result<(), StoreError> {
        for list in PLACED {
            let given: i64 = db
                .prepare_cached("SELECT last FROM counters WHERE list = ?1")?
                .query_row([list], |row| row.get(0))?;
            let last = found.last.entry(list).or_default();
            *last = given.max(*last);
        }
        Ok(())
    }

    fn settle(&self, db: &dyn Connection, written: &Survey) -> Result<(), StoreError> {
        for table in TABLES.iter().filter(|table| table.draws_numbers()) {
            let Some(last) = written.last.get(table.name) else { continue };
            let name = table.name;
            let sql = format!("SELECT setval(pg_get_serial_sequence('{name}', 'seq'), CAST(?1 AS BIGINT))");
            db.prepare_cached(&sql)?.query_row([last], |_| Ok(()))?;
        }
        for list in PLACED {
            let last = written.last.get(list).copied().unwrap_or_default();
            db.prepare_cached("UPDATE counters SET last = ?2 WHERE list = ?1")?
                .execute(params![list, last])?;
        }
        Ok(())
    }

    fn mark(&self) -> &'static str {
        MARK
    }

    fn unmark(&self) -> &'static str {
        UNMARK
    }
}

/// The versions of a layout that is being written, and of one that is whole.
const MARK: &str = "UPDATE layout SET oldest = 9223372036854775807";
const UNMARK: &str = "UPDATE layout SET oldest = 1";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mark_is_the_one_that_opening_looks_for() {
        assert_eq!(MARK, format!("UPDATE layout SET oldest = {}", schema::UNFINISHED_VERSION));
        assert_eq!(UNMARK, format!("UPDATE layout SET oldest = {}", schema::OLDEST));
    }
}
