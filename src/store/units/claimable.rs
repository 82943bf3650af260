//! How rows that are due are claimed from a table, whatever the engine: by moving their due time.

use jiff::Timestamp;
use rusqlite::ToSql;

use super::values::{Due, Time};
use crate::store::StoreError;
use crate::store::sql::{self, Claiming, Connection, OptionalExtension as _, Row};

/// How often what others were faster at is asked for again in one claim.
const ROUNDS_MAX: u32 = 16;

/// Rows of a table that can be claimed.
pub(in crate::store) struct Claimable {
    /// The table.
    pub table: &'static str,
    /// Its column of due times.
    pub due: &'static str,
    /// What a claim sets beside it.
    pub also: &'static str,
    /// The column by which it takes a part of the table alone.
    pub within: Option<&'static str>,
    /// What it gives of each row.
    pub returning: &'static str,
}

impl Claimable {
    /// The statement that claims. Where there are other writers, rows are picked once, and each is looked at again when
    /// nobody else holds it.
    pub fn sql(&self, claiming: Claiming) -> String {
        let Self { table, due, also, returning, .. } = self;
        let within = self.within.map(|column| format!("{column} = ?4 AND ")).unwrap_or_default();
        let pick =
            format!("SELECT seq AS place FROM {table} WHERE {within}{due} <= ?1 ORDER BY {due} LIMIT ?3");
        let lock = match claiming {
            Claiming::Alone => {
                return format!(
                    "UPDATE {table} SET {due} = ?2{also} WHERE seq IN ({pick}) RETURNING {returning}"
                );
            }
            Claiming::PassingOver => " FOR UPDATE SKIP LOCKED",
            Claiming::Waiting => "",
            Claiming::Unfenced => {
                return format!(
                    "WITH picked AS MATERIALIZED ({pick}) UPDATE {table} SET {due} = ?2{also} FROM picked
                     WHERE {table}.seq = picked.place RETURNING {returning}"
                );
            }
        };
        format!(
            "WITH picked AS MATERIALIZED ({pick}{lock}) UPDATE {table} SET {due} = ?2{also} FROM picked
             WHERE {table}.seq = picked.place AND {table}.{due} <= ?1 RETURNING {returning}"
        )
    }

    /// Claims rows: they are not due again before the lease's end. `part` is what [`Claimable::within`] says.
    pub fn claim<T>(
        &self,
        db: &dyn Connection,
        part: Option<&str>,
        (now, until): (Timestamp, Timestamp),
        limit: u32,
        read: impl Fn(&Row<'_>) -> sql::Result<T>,
    ) -> Result<Vec<T>, StoreError> {
        debug_assert_eq!(part.is_some(), self.within.is_some());
        let sql = self.sql(db.claiming());
        let times = (Time(now), Due(until));
        let mut claimed = Vec::new();
        for _ in 0..ROUNDS_MAX {
            let wanted = limit.saturating_sub(u32::try_from(claimed.len()).unwrap_or(u32::MAX));
            let mut given: Vec<&dyn ToSql> = vec![&times.0, &times.1, &wanted];
            given.extend(part.iter().map(|part| part as &dyn ToSql));
            let rows = db
                .prepare_cached(&sql)?
                .query_map(given.as_slice(), &read)?
                .collect::<Result<Vec<_>, _>>()?;
            let is_all = rows.len() == usize::try_from(wanted).unwrap_or(usize::MAX);
            claimed.extend(rows);
            // Who waited for another and found the rows taken goes on to those that are left.
            if is_all || db.claiming() != Claiming::Waiting || !self.is_any_due(db, part, now)? {
                break;
            }
        }
        Ok(claimed)
    }

    fn is_any_due(
        &self,
        db: &dyn Connection,
        part: Option<&str>,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let Self { table, due, .. } = self;
        let within = self.within.map(|column| format!("{column} = ?2 AND ")).unwrap_or_default();
        let sql = format!("SELECT seq FROM {table} WHERE {within}{due} <= ?1 ORDER BY {due} LIMIT 1");
        let now = Time(now);
        let mut given: Vec<&dyn ToSql> = vec![&now];
        given.extend(part.iter().map(|part| part as &dyn ToSql));
        let found: Option<i64> =
            db.prepare_cached(&sql)?.query_row(given.as_slice(), |row| row.get(0)).optional()?;
        Ok(found.is_some())
    }
}
