//! Orders: adding one, reading one, and the list of them.

use super::keys;
use super::shipments;
use super::values::{Due, Json, Time, time};
use crate::domain::order::Order;
use crate::store::sql::{self, Connection, OptionalExtension, Row, params};
use crate::store::{Cursor, NewOrder, OrderRecord, OrderSummary, Page, Registered, StoreError};

const COLUMNS: &str = "seq, document, state, revision, sequence, next_timer_at, created_at";

/// What cursors of this list begin with.
const CURSOR: &str = "ord-";

fn read(row: &Row<'_>) -> sql::Result<(i64, OrderRecord)> {
    let record = OrderRecord {
        order: row.get::<_, Json<_>>(1)?.0,
        state: row.get::<_, Json<_>>(2)?.0,
        revision: row.get(3)?,
        sequence: row.get(4)?,
        next_timer_at: time(row.get(5)?),
        created_at: row.get::<_, Time>(6)?.0,
    };
    Ok((row.get(0)?, record))
}

/// One order.
pub(super) fn find(db: &dyn Connection, id: &str) -> Result<Option<OrderRecord>, StoreError> {
    let mut statement = db.prepare_cached(&format!("SELECT {COLUMNS} FROM orders WHERE id = ?1"))?;
    Ok(statement.query_row([id], read).optional()?.map(|(_, record)| record))
}

/// Adds an order unless one with its id is there. It writes before it reads: what reads nothing meets nobody.
pub(super) fn register(db: &dyn Connection, new: &NewOrder) -> Result<Registered, StoreError> {
    if insert(db, new)? {
        keys::remember(db, new.idempotency.as_ref())?;
        return Ok(Registered::Added);
    }
    let Json(there): Json<Order> = db
        .prepare_cached("SELECT document FROM orders WHERE id = ?1")?
        .query_row([&new.order.id], |row| row.get(0))?;
    if there != new.order {
        return Ok(Registered::Different);
    }
    keys::remember(db, new.idempotency.as_ref())?;
    Ok(Registered::Same)
}

fn insert(db: &dyn Connection, new: &NewOrder) -> Result<bool, StoreError> {
    let inserted = db
        .prepare_cached(
            "INSERT INTO orders (id, seller, document, state, revision, sequence, next_timer_at, created_at, buyer)
             VALUES (?1, ?2, ?3, ?4, 1, 0, ?5, ?6, ?7) ON CONFLICT (id) DO NOTHING",
        )?
        .execute(params![
            new.order.id,
            new.order.seller,
            Json(&new.order),
            Json(&new.state),
            new.next_timer_at.map(Due),
            Time(new.at),
            new.order.buyer,
        ])?;
    Ok(inserted > 0)
}

/// Orders with their shipments, newest first.
pub(super) fn page(
    db: &dyn Connection,
    seller: Option<&str>,
    after: Option<&Cursor>,
    limit: u32,
) -> Result<Page<OrderSummary>, StoreError> {
    let below = after.map_or(Ok(i64::MAX), |cursor| read_cursor(CURSOR, cursor))?;
    let of_seller = if seller.is_some() { "seller = ?3" } else { "CAST(?3 AS TEXT) IS NULL" };
    let sql =
        format!("SELECT {COLUMNS} FROM orders WHERE seq < ?1 AND {of_seller} ORDER BY seq DESC LIMIT ?2");
    let rows: Vec<_> = db
        .prepare_cached(&sql)?
        .query_map(params![below, i64::from(limit) + 1, seller], read)?
        .collect::<Result<_, _>>()?;
    let page = cut(rows, limit, |seq| Cursor(format!("{CURSOR}{seq}")));
    let items = page.items.into_iter().map(|order| {
        let shipments = shipments::of_order(db, &order.order.id)?;
        Ok(OrderSummary { order, shipments })
    });
    Ok(Page { items: items.collect::<Result<_, StoreError>>()?, next: page.next })
}

/// The place that a cursor of a list names.
pub(super) fn read_cursor(list: &str, cursor: &Cursor) -> Result<i64, StoreError> {
    let digits = cursor.0.strip_prefix(list).ok_or(StoreError::BadCursor)?;
    if !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err(StoreError::BadCursor);
    }
    digits.parse().map_err(|_| StoreError::BadCursor)
}

/// A page from up to `limit + 1` rows with their places: the row too many says that there is a next page.
pub(super) fn cut<K: Clone, T>(mut rows: Vec<(K, T)>, limit: u32, cursor: impl Fn(&K) -> Cursor) -> Page<T> {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = rows.len() > limit;
    rows.truncate(limit);
    let next = rows.last().filter(|_| more).map(|(place, _)| cursor(place));
    Page { items: rows.into_iter().map(|(_, item)| item).collect(), next }
}
