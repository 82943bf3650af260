//! Reading a table page by page, by its key: as many rows as a page may hold, fewer where they are long. Which rows are
//! long is asked before they are read.

use rusqlite::types::{ToSql, Value};

use super::tables::{Table, words};
use crate::store::StoreError;
use crate::store::sql::{Connection, Row};

/// Most rows of a page.
const ROWS_MAX: usize = 1_000;
/// A page takes no further row when it has reached so many bytes.
const BYTES_MAX: i64 = 4 * 1024 * 1024;

/// A table's pages.
pub(super) struct Pages {
    table: &'static Table,
    columns: Vec<&'static str>,
    key: Vec<&'static str>,
    after: Option<Vec<Value>>,
}

impl Pages {
    /// All that is copied.
    pub fn new(table: &'static Table) -> Self {
        Self::of(table, table.columns().collect())
    }

    /// These columns alone, of which the key's come first.
    pub fn of(table: &'static Table, columns: Vec<&'static str>) -> Self {
        Self { table, columns, key: words(table.key).collect(), after: None }
    }

    /// The next page; none at the end.
    pub fn next(&mut self, db: &dyn Connection) -> Result<Option<Vec<Vec<Value>>>, StoreError> {
        let long: Vec<_> = words(self.table.long).filter(|column| self.columns.contains(column)).collect();
        let count = if long.is_empty() { ROWS_MAX } else { self.fitting(db, &long)? };
        if count == 0 {
            return Ok(None);
        }
        let width = self.columns.len();
        let read = |row: &Row<'_>| (0..width).map(|column| row.get::<_, Value>(column)).collect();
        let rows: Vec<Vec<Value>> = self.select(db, &self.columns.join(", "), count, read)?;
        let Some(last) = rows.last() else { return Ok(None) };
        self.after = Some(last[..self.key.len()].to_vec());
        Ok(Some(rows))
    }

    /// How many rows make the next page.
    fn fitting(&self, db: &dyn Connection, long: &[&str]) -> Result<usize, StoreError> {
        let lengths: Vec<_> = long.iter().map(|c| format!("coalesce(octet_length({c}), 0)")).collect();
        let rows = self.select(db, &lengths.join(" + "), ROWS_MAX, |row| row.get::<_, i64>(0))?;
        let mut bytes = 0_i64;
        let fit = rows.iter().take_while(|length| {
            let fits = bytes < BYTES_MAX;
            bytes = bytes.saturating_add(**length);
            fits
        });
        Ok(fit.count())
    }

    fn select<T>(
        &self,
        db: &dyn Connection,
        columns: &str,
        count: usize,
        read: impl FnMut(&Row<'_>) -> crate::store::sql::Result<T>,
    ) -> Result<Vec<T>, StoreError> {
        let (name, key) = (self.table.name, self.key.join(", "));
        let after = self.after.as_deref().unwrap_or_default();
        let numbers: Vec<_> = (2..2 + after.len()).map(|number| format!("?{number}")).collect();
        let beyond = match numbers.as_slice() {
            [] => String::new(),
            numbers => format!("WHERE ({key}) > ({})", numbers.join(", ")),
        };
        let sql = format!("SELECT {columns} FROM {name} {beyond} ORDER BY {key} LIMIT ?1");
        let count = i64::try_from(count).unwrap_or(i64::MAX);
        let mut values: Vec<&dyn ToSql> = vec![&count];
        values.extend(after.iter().map(|value| value as &dyn ToSql));
        Ok(db.prepare_cached(&sql)?.query_map(values.as_slice(), read)?.collect::<Result<_, _>>()?)
    }
}
