//! How far events were published, in the database that holds them.

use super::Engine;
use crate::store::sql::{Connection, OptionalExtension, params};
use crate::store::{Cursor, Positions, StoreError, Work};

impl<E: Engine> Positions for E {
    fn position(&self, name: String) -> Work<'_, Option<Cursor>> {
        self.read(move |db| get(db, &name))
    }

    fn set_position(&self, name: String, place: Cursor) -> Work<'_, ()> {
        self.write(0, move |db| set(db, &name, &place))
    }
}

fn get(db: &dyn Connection, name: &str) -> Result<Option<Cursor>, StoreError> {
    let sql = "SELECT event FROM positions WHERE name = ?1";
    Ok(db.prepare_cached(sql)?.query_row([name], |row| Ok(Cursor(row.get(0)?))).optional()?)
}

fn set(db: &dyn Connection, name: &str, place: &Cursor) -> Result<(), StoreError> {
    let sql = "INSERT INTO positions (name, event) VALUES (?1, ?2)
         ON CONFLICT (name) DO UPDATE SET event = excluded.event";
    db.prepare_cached(sql)?.execute(params![name, place.0])?;
    Ok(())
}
