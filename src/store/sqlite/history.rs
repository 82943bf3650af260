//! The whole of what is stored, read in one snapshot by a connection of its own that only reads: beside a gateway that
//! runs, whose writes are neither seen nor kept waiting. (The write-ahead log cannot be cut back before it ends.)

use std::ops::ControlFlow;
use std::path::Path;

use jiff::Timestamp;
use rusqlite::{Connection, Row, params};

use super::schema;
use crate::store::StoreError;
use crate::store::history::{Filling, PastAnswer, PastOrder, PastVerdict, Selection};
use crate::store::units::values::Time;

/// How much of the database is kept in memory: 32 MiB, enough for the inner nodes of the indexes of millions of rows.
const CACHE_KIB: i64 = 32 * 1024;

/// Takes a page; says whether to go on.
pub type Give<'a, T> = &'a mut dyn FnMut(Vec<T>) -> ControlFlow<()>;

/// Claims in the order in which they were given, each with its latest verdict. `CROSS JOIN` keeps that order of the tables.
const VERDICTS: &str = "SELECT s.id, v.id, v.at, o.document, s.claim, v.verdict, l.document
     FROM shipments s
     CROSS JOIN verdicts v ON v.seq =
       (SELECT w.seq FROM verdicts w WHERE w.shipment = s.id ORDER BY w.at DESC, w.seq DESC LIMIT 1)
     CROSS JOIN orders o ON o.id = s.order_id
     LEFT JOIN leaves l ON l.id = v.id
     WHERE (?1 IS NULL OR o.seller = ?1) AND v.at >= ?2 AND v.at < ?3
     ORDER BY s.seq";

const ANSWERS: &str = "SELECT id, carrier, source, fetched_at, reading FROM observations
     WHERE shipment = ?1 AND fetched_at <= ?2 ORDER BY fetched_at, seq";

const ORDERS: &str = "SELECT id, document, state FROM orders
     WHERE (?1 IS NULL OR seller = ?1) AND created_at >= ?2 AND created_at < ?3 ORDER BY seq";

/// What was done about an order, in order: each with the input that its machines took in.
const ACTIONS: &str = "SELECT document FROM actions WHERE order_id = ?1 ORDER BY seq";

/// A snapshot of a database.
pub struct History {
    db: Connection,
}

impl History {
    /// Opens a database to read it. It must have this program's layout, since nothing is changed here.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let db = schema::open_reader(path)
            .map_err(|error| StoreError::Engine(format!("{}: {error}", path.display())))?;
        schema::check_layout(&db, path)?;
        // Negative: KiB, and not pages.
        db.pragma_update(None, "cache_size", -CACHE_KIB)?;
        db.execute_batch("BEGIN DEFERRED")?;
        Ok(Self { db })
    }

    /// Gives each claim with its latest verdict, page by page.
    pub fn verdicts(&self, which: &Selection, give: Give<'_, PastVerdict>) -> Result<(), StoreError> {
        let mut answers = self.db.prepare(ANSWERS)?;
        self.each(VERDICTS, which, give, |row| {
            let mut past = read_verdict(row)?;
            let found = answers.query_map(params![past.shipment, Time(past.at)], read_answer)?;
            past.answers = found.collect::<Result<_, _>>()?;
            let bytes = past.bytes();
            Ok((past, bytes))
        })
    }

    /// Gives each order with its recorded inputs, page by page.
    pub fn orders(&self, which: &Selection, give: Give<'_, PastOrder>) -> Result<(), StoreError> {
        let mut statement = self.db.prepare(ACTIONS)?;
        self.each(ORDERS, which, give, |row| {
            let id: String = row.get(0)?;
            let past = PastOrder {
                order: row.get(1)?,
                state: row.get(2)?,
                actions: statement.query_map([id], |row| row.get(0))?.collect::<Result<_, _>>()?,
            };
            let bytes = past.bytes();
            Ok((past, bytes))
        })
    }

    /// How many events there are: how far a gateway beside has come.
    pub fn events(&self) -> Result<u64, StoreError> {
        Ok(self.db.query_row("SELECT count(*) FROM events", [], |row| row.get(0))?)
    }

    fn each<T>(
        &self,
        sql: &str,
        which: &Selection,
        give: Give<'_, T>,
        mut read: impl FnMut(&Row<'_>) -> rusqlite::Result<(T, usize)>,
    ) -> Result<(), StoreError> {
        let (since, until) = (which.since.unwrap_or(Timestamp::MIN), which.until.unwrap_or(Timestamp::MAX));
        let mut statement = self.db.prepare(sql)?;
        let mut rows = statement.query(params![which.seller, Time(since), Time(until)])?;
        let mut filling = Filling::default();
        while let Some(row) = rows.next()? {
            let (thing, bytes) = read(row)?;
            if let Some(page) = filling.add(thing, bytes)
                && give(page).is_break()
            {
                return Ok(());
            }
        }
        let rest = filling.rest();
        if !rest.is_empty() {
            let _ = give(rest);
        }
        Ok(())
    }
}

fn read_verdict(row: &Row<'_>) -> rusqlite::Result<PastVerdict> {
    Ok(PastVerdict {
        shipment: row.get(0)?,
        id: row.get(1)?,
        at: row.get::<_, Time>(2)?.0,
        order: row.get(3)?,
        claim: row.get(4)?,
        verdict: row.get(5)?,
        basis: row.get(6)?,
        answers: Vec::new(),
    })
}

fn read_answer(row: &Row<'_>) -> rusqlite::Result<PastAnswer> {
    Ok(PastAnswer {
        id: row.get(0)?,
        carrier: row.get(1)?,
        source: row.get(2)?,
        fetched_at: row.get::<_, Time>(3)?.0,
        reading: row.get(4)?,
    })
}
