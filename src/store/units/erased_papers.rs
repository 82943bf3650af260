//! The papers of an erased order: who did what when stays, and what a file's hash was; words, names and files go.

use super::values::Json;
use crate::domain::certificate::Personal;
use crate::domain::lifecycle::Input;
use crate::domain::lifecycle::dispute::Act;
use crate::store::sql::{Connection, Row, params};
use crate::store::{ActionRecord, EvidenceRecord, StoreError};

/// Takes out of an order's papers what tells of persons. What replays the order stays.
pub(super) fn blank(db: &dyn Connection, order: &str) -> Result<(), StoreError> {
    let actions: Vec<(i64, ActionRecord)> =
        rows(db, "SELECT seq, document FROM actions WHERE order_id = ?1", order)?;
    for (seq, mut action) in actions {
        action.statement = None;
        if let Input::Dispute(Act::SubmitEvidence { text, .. }) = &mut action.input {
            Personal::ERASED.clone_into(text);
        }
        db.prepare_cached("UPDATE actions SET document = ?2 WHERE seq = ?1")?
            .execute(params![seq, Json(&action)])?;
    }
    let evidence: Vec<(i64, EvidenceRecord)> =
        rows(db, "SELECT seq, document FROM evidence WHERE order_id = ?1", order)?;
    for (seq, mut given) in evidence {
        Personal::ERASED.clone_into(&mut given.text);
        let hash = given.file.as_mut().map(|file| {
            file.name = None;
            file.sha256.clone()
        });
        db.prepare_cached("UPDATE evidence SET file = NULL, document = ?2 WHERE seq = ?1")?
            .execute(params![seq, Json(&given)])?;
        // The same file may have been given for another order.
        db.prepare_cached(
            "DELETE FROM evidence_files WHERE sha256 = ?1 AND NOT EXISTS (SELECT 1 FROM evidence WHERE file = ?1)",
        )?
        .execute([hash])?;
    }
    Ok(())
}

fn rows<T: serde::de::DeserializeOwned>(
    db: &dyn Connection,
    sql: &str,
    order: &str,
) -> Result<Vec<(i64, T)>, StoreError> {
    let read = |row: &Row<'_>| Ok((row.get(0)?, row.get::<_, Json<T>>(1)?.0));
    Ok(db.prepare_cached(sql)?.query_map([order], read)?.collect::<Result<_, _>>()?)
}
