//! Whose turn it is to seal the log, where several processes could: one at a time, and none for longer than its lease.

use jiff::Timestamp;

use super::values::{Due, Time};
use crate::store::sql::{Claiming, Connection, OptionalExtension, params};
use crate::store::{LogTurn, StoreError};

/// Takes the turn, unless another has it.
pub(super) fn take(
    db: &dyn Connection,
    holder: &str,
    now: Timestamp,
    until: Timestamp,
) -> Result<LogTurn, StoreError> {
    if db.claiming() == Claiming::Alone {
        return Ok(LogTurn::Alone);
    }
    let taken = db
        .prepare_cached(
            "INSERT INTO log_turn (id, holder, until, token, size) VALUES (1, ?1, ?3, 1, 0)
             ON CONFLICT (id) DO UPDATE SET holder = excluded.holder, until = excluded.until,
               token = log_turn.token + 1
             WHERE log_turn.until <= ?2
             RETURNING token, head",
        )?
        .query_row(params![holder, Time(now), Due(until)], |row| {
            Ok(LogTurn::Ours { token: row.get(0)?, head: row.get(1)? })
        })
        .optional()?;
    match taken {
        Some(turn) => Ok(turn),
        None => Ok(LogTurn::Others {
            head: db
                .prepare_cached("SELECT head FROM log_turn WHERE id = 1")?
                .query_row([], |row| row.get(0))?,
        }),
    }
}

/// Ends a turn, with the head that was signed in it; false where another took the turn meanwhile.
pub(super) fn end(
    db: &dyn Connection,
    token: i64,
    signed: Option<&(u64, String)>,
) -> Result<bool, StoreError> {
    let ended = match signed {
        None => db
            .prepare_cached("UPDATE log_turn SET until = 0 WHERE id = 1 AND token = ?1")?
            .execute(params![token])?,
        Some((size, head)) => db
            .prepare_cached(
                "UPDATE log_turn SET until = 0, size = ?2, head = ?3 WHERE id = 1 AND token = ?1 AND size <= ?2",
            )?
            .execute(params![token, size, head])?,
    };
    Ok(ended > 0)
}
