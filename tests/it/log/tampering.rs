//! Every bit of what is kept: changed, it is found and named.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use rusqlite::Connection;
use serde_json::Value;
use waygate::domain::log::document::Seed;
use waygate::domain::log::{Hash, Leaf};
use waygate::seal::{CHECKPOINT, KEYS, MemoryTiles, SealError, audit};
use waygate::store::Store;

use super::start::{ORIGIN, log_three, open, open_store};

/// A small log and its database.
async fn small(path: &Path) -> (BTreeMap<String, Vec<u8>>, Arc<dyn Store>) {
    let (files, store) = (Arc::new(MemoryTiles::default()), open_store(path));
    let sealer = open(&files, &store).await.unwrap();
    for n in 0..2 {
        log_three(&store, n).await;
    }
    sealer.seal().await.unwrap();
    (files.all(), store)
}

#[tokio::test]
async fn every_bit_of_every_tile_of_the_head_and_of_the_keys_counts() {
    let dir = tempfile::tempdir().unwrap();
    let (files, store) = small(&dir.path().join("a.db")).await;
    let names: Vec<_> = files.keys().cloned().collect();
    assert_eq!(names, [CHECKPOINT, KEYS, "tile/0/000.p/6", "tile/entries/000.p/6"]);
    for (name, bytes) in &files {
        for bit in 0..bytes.len() * 8 {
            let mut spoilt = files.clone();
            spoilt.get_mut(name).unwrap()[bit / 8] ^= 1 << (bit % 8);
            let spoilt = Arc::new(MemoryTiles::of(spoilt));
            let audited = audit(Arc::clone(&spoilt) as _, Arc::clone(&store), ORIGIN).await;
            let opened = open(&spoilt, &store).await.err().map(|error| error.to_string());
            if name == KEYS {
                // A time or a space in the list is nothing that signs; the keys themselves are checked by what they sign.
                let is_key = names_the_key(bytes, bit / 8);
                assert!(!is_key || audited.is_err() && opened.is_some(), "{name}, bit {bit}");
            } else {
                let found = audited.unwrap_err().to_string();
                assert!(!found.is_empty() && opened.is_some(), "{name}, bit {bit}");
                let named = match name.as_str() {
                    CHECKPOINT => found.contains("checkpoint"),
                    tile => found.contains(tile) || found.contains("entry "),
                };
                assert!(named, "{name}, bit {bit}: {found}");
            }
        }
    }
}

/// Whether a byte of the list of keys is one of the key itself.
fn names_the_key(list: &[u8], at: usize) -> bool {
    let text = std::str::from_utf8(list).unwrap();
    let start = text.find(ORIGIN).unwrap();
    (start..start + text[start..].find('"').unwrap()).contains(&at)
}

#[tokio::test]
async fn every_bit_of_every_entry_seed_and_document_counts() {
    let dir = tempfile::tempdir().unwrap();
    let (_, store) = small(&dir.path().join("a.db")).await;
    let case = store.case("A-0".to_owned()).await.unwrap().unwrap();
    let logged = store.logged(case.shipments[0].id.clone()).await.unwrap();
    assert_eq!(logged.len(), 3);
    for leaf in logged {
        let entry: Leaf = serde_json::from_slice(&leaf.entry).unwrap();
        let seed = leaf.seed.unwrap();
        assert_eq!(seed.commit(&leaf.document).unwrap(), entry.document());
        for bit in 0..leaf.entry.len() * 8 {
            let mut spoilt = leaf.entry.clone();
            spoilt[bit / 8] ^= 1 << (bit % 8);
            assert_ne!(Hash::leaf(&spoilt), Hash::leaf(&leaf.entry), "{entry:?}, bit {bit}");
        }
        for bit in 0..256 {
            let mut spoilt = seed.0;
            spoilt[bit / 8] ^= 1 << (bit % 8);
            assert_ne!(Seed(spoilt).commit(&leaf.document).unwrap(), entry.document());
        }
        let text = leaf.document.to_string().into_bytes();
        for bit in 0..text.len() * 8 {
            let mut spoilt = text.clone();
            spoilt[bit / 8] ^= 1 << (bit % 8);
            let Ok(spoilt) = serde_json::from_slice::<Value>(&spoilt) else { continue };
            assert_ne!(seed.commit(&spoilt).ok(), Some(entry.document()), "{spoilt}");
        }
    }
}

#[tokio::test]
async fn every_column_that_is_kept_is_held_against_the_log() {
    for (statement, named) in [
        (
            "UPDATE observations SET reading = replace(reading, 'in_transit', 'delivered') WHERE seq = 1",
            "obs_",
        ),
        ("UPDATE observations SET url = url || '?' WHERE seq = 1", "obs_"),
        ("UPDATE observations SET fetched_at = fetched_at + 1 WHERE seq = 1", "obs_"),
        ("UPDATE observations SET http_status = 404 WHERE seq = 1", "obs_"),
        ("UPDATE observations SET carrier = 'dhl' WHERE seq = 1", "obs_"),
        ("UPDATE observations SET source = 'ups.other' WHERE seq = 1", "obs_"),
        (
            "UPDATE observations SET body_sha256 = (SELECT sha256 FROM bodies WHERE rowid = 2) WHERE seq = 1",
            "obs_",
        ),
        ("UPDATE bodies SET data = x'00' WHERE rowid = 1", "obs_"),
        ("DELETE FROM bodies WHERE rowid = 1", "obs_"),
        ("UPDATE verdicts SET verdict = replace(verdict, 'pending', 'verified') WHERE seq = 2", "vrd_"),
        ("UPDATE verdicts SET at = at - 1 WHERE seq = 2", "vrd_"),
        ("UPDATE shipments SET claim = replace(claim, 'N-1', 'N-0') WHERE seq = 2", "shp_"),
        ("UPDATE shipments SET created_at = created_at - 1 WHERE seq = 2", "shp_"),
        ("UPDATE orders SET document = replace(document, 'Oakland', 'Chicago') WHERE seq = 2", "shp_"),
        ("UPDATE leaves SET document = replace(document, 'Oakland', 'Chicago') WHERE seq = 1", "shp_"),
        ("UPDATE leaves SET seed = zeroblob(32) WHERE seq = 3", "vrd_"),
        ("UPDATE leaves SET entry = x'7b7d' WHERE seq = 2", "entry 1"),
        ("DELETE FROM leaves WHERE seq = 2", "entry 1"),
        ("DELETE FROM leaves WHERE seq = 6", "older than its log"),
    ] {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.db");
        let (files, store) = small(&path).await;
        let files = Arc::new(MemoryTiles::of(files));
        audit(Arc::clone(&files) as _, Arc::clone(&store), ORIGIN).await.unwrap();
        let meddler = Connection::open(&path).unwrap();
        meddler.pragma_update(None, "foreign_keys", false).unwrap();
        assert_eq!(meddler.execute(statement, []).unwrap(), 1, "{statement}");
        let error = audit(files, store, ORIGIN).await.unwrap_err();
        assert!(error.to_string().contains(named), "{statement}: {error}");
    }
}

#[tokio::test]
async fn what_was_erased_breaks_no_proof() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.db");
    let (files, store) = small(&path).await;
    let meddler = Connection::open(&path).unwrap();
    meddler.execute("UPDATE leaves SET seed = NULL, document = NULL WHERE seq = 1", []).unwrap();
    let files = Arc::new(MemoryTiles::of(files));
    open(&files, &store).await.unwrap();
    let found = audit(files, store, ORIGIN).await.unwrap();
    assert_eq!((found.documents, found.erased), (5, 1));
}

#[tokio::test]
async fn a_log_begun_anew_over_changed_entries_does_not_pass_for_the_old_one() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.db");
    let (before, store) = small(&path).await;
    let meddler = Connection::open(&path).unwrap();
    let sql =
        "UPDATE leaves SET entry = CAST(replace(CAST(entry AS TEXT), 'ups', 'dhl') AS BLOB) WHERE seq = 2";
    assert_eq!(meddler.execute(sql, []).unwrap(), 1);
    // The tiles are kept: they are not written over.
    let mut tiles = before.clone();
    tiles.remove(CHECKPOINT);
    let sealer = open(&Arc::new(MemoryTiles::of(tiles)), &store).await.unwrap();
    let error = sealer.seal().await.unwrap_err();
    assert!(matches!(error, SealError::Changed(_)), "{error}");
    // Everything is thrown away: the new log has another root, and no proof leads from the old head to it.
    let files = Arc::new(MemoryTiles::default());
    let forged = open(&files, &store).await.unwrap();
    forged.seal().await.unwrap();
    log_three(&store, 7).await;
    forged.seal().await.unwrap();
    let note = String::from_utf8(before[CHECKPOINT].clone()).unwrap();
    let note = waygate::domain::log::Note::parse(&note).unwrap();
    let keys = forged.keys().verifiers().unwrap();
    let then = waygate::domain::log::Checkpoint::parse(note.verify(&keys).unwrap().0).unwrap();
    let now = forged.head().checkpoint.clone();
    let proof = forged.consistency(then.size, now.size).unwrap();
    let holds =
        waygate::domain::log::verify_consistency((then.size, then.root), (now.size, now.root), &proof);
    assert!(!holds, "the old head proves that the log was rewritten");
}
