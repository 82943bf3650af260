//! Starting over what an earlier process left, whole or not: where entries, tiles and head disagree nothing starts, and
//! what is wrong is named.

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use rusqlite::Connection;
use waygate::domain::log::{Checkpoint, Hash, Note, Signer, TileName, consistency, verify_consistency};
use waygate::domain::verdict::Outcome;
use waygate::seal::{CHECKPOINT, FileTiles, KEYS, MemoryTiles, SealError, Sealer, TileStore, audit};
use waygate::store::sqlite::{Options, SqliteStore};
use waygate::store::{Change, Store};

use crate::store::samples::{answer, at, change, order, registered, shipment, verdict_record};

pub const ORIGIN: &str = "a.example/log";

pub fn signer(seed: u8) -> Signer {
    Signer::new(ORIGIN, &[seed; 32]).unwrap()
}

pub fn open_store(path: &Path) -> Arc<dyn Store> {
    Arc::new(SqliteStore::open(path, &Options::default()).unwrap())
}

/// Logs three entries: a claim, an answer, a verdict.
pub async fn log_three(store: &Arc<dyn Store>, n: u32) {
    let id = format!("A-{n}");
    let case = registered(store, &id).await;
    let shipment = shipment(&id, &format!("N-{n}"));
    let body = format!("body {n}");
    let applied = Change {
        claims: vec![(shipment.id.clone(), order(&id))],
        answers: vec![(shipment.id.clone(), answer(body.as_bytes(), at(9)))],
        verdicts: vec![(shipment.id.clone(), verdict_record(Outcome::Pending, at(9)))],
        shipments: vec![shipment],
        ..change(&case)
    };
    store.apply(applied).await.unwrap();
}

pub async fn open(files: &Arc<MemoryTiles>, store: &Arc<dyn Store>) -> Result<Sealer, SealError> {
    let files: Arc<dyn TileStore> = Arc::clone(files) as _;
    Sealer::open(files, Arc::clone(store), ORIGIN.to_owned(), signer(1), 1, at(0)).await
}

/// A log of so many entries, sealed in batches of three; and the database beside it.
async fn sealed(path: &Path, entries: u32) -> (Arc<MemoryTiles>, Arc<dyn Store>) {
    let (files, store) = (Arc::new(MemoryTiles::default()), open_store(path));
    let sealer = open(&files, &store).await.unwrap();
    for n in 0..entries / 3 {
        log_three(&store, n).await;
        assert_eq!(sealer.seal().await.unwrap(), 3);
    }
    (files, store)
}

#[tokio::test]
async fn a_log_goes_on_where_it_ended() {
    let dir = tempfile::tempdir().unwrap();
    let (files, store) = sealed(&dir.path().join("a.db"), 300).await;
    let before = open(&files, &store).await.unwrap().head();
    let sealer = open(&files, &store).await.unwrap();
    assert_eq!(sealer.head(), before);
    assert_eq!(sealer.seal().await.unwrap(), 0);
    log_three(&store, 1_000).await;
    assert_eq!(sealer.seal().await.unwrap(), 3);
    let (then, now) = (before.checkpoint.clone(), sealer.head().checkpoint.clone());
    let proof = sealer.consistency(then.size, now.size).unwrap();
    assert!(verify_consistency((then.size, then.root), (now.size, now.root), &proof));
    let found = audit(files, store, ORIGIN).await.unwrap();
    assert_eq!((found.head.checkpoint.size, found.documents, found.erased), (303, 303, 0));
}

#[tokio::test]
async fn what_was_written_and_not_signed_is_written_again_the_same() {
    let dir = tempfile::tempdir().unwrap();
    let (files, store) = sealed(&dir.path().join("a.db"), 252).await;
    let before = files.all();
    log_three(&store, 1_000).await;
    log_three(&store, 1_001).await;
    open(&files, &store).await.unwrap().seal().await.unwrap();
    let after = files.all();
    // Every moment at which the process may have ended: some tiles are there, the head is the old one.
    let written: Vec<_> = after.keys().filter(|name| !before.contains_key(*name)).cloned().collect();
    for count in 0..=written.len() {
        let mut left = before.clone();
        left.extend(written[..count].iter().map(|name| (name.clone(), after[name].clone())));
        let files = Arc::new(MemoryTiles::of(left));
        let sealer = open(&files, &store).await.unwrap();
        assert_eq!(sealer.seal().await.unwrap(), 6);
        assert_eq!(files.all()[CHECKPOINT], after[CHECKPOINT]);
        audit(files, Arc::clone(&store), ORIGIN).await.unwrap();
    }
}

#[tokio::test]
async fn two_processes_at_one_log_write_one_log() {
    let dir = tempfile::tempdir().unwrap();
    let (files, store) = sealed(&dir.path().join("a.db"), 3).await;
    let (one, other) = (open(&files, &store).await.unwrap(), open(&files, &store).await.unwrap());
    for n in 100..110 {
        log_three(&store, n).await;
        let (first, second) = if n % 3 == 0 { (&one, &other) } else { (&other, &one) };
        while first.seal().await.unwrap() > 0 {}
        while second.seal().await.unwrap() > 0 {}
        assert_eq!(one.head(), other.head());
    }
    assert_eq!(audit(files, store, ORIGIN).await.unwrap().head.checkpoint.size, 33);
}

#[tokio::test]
async fn a_database_that_is_older_than_its_log_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let (files, _) = sealed(&dir.path().join("a.db"), 9).await;
    let (_, older) = sealed(&dir.path().join("b.db"), 6).await;
    let error = open(&files, &older).await.err().unwrap();
    assert!(matches!(error, SealError::CutBack { entries: 6, signed: 9 }), "{error}");
}

#[tokio::test]
async fn a_database_with_other_entries_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let (files, _) = sealed(&dir.path().join("a.db"), 9).await;
    let (_, other) = sealed(&dir.path().join("b.db"), 9).await;
    let error = open(&files, &other).await.err().unwrap();
    assert!(matches!(error, SealError::Entry(0)), "{error}");
}

#[tokio::test]
async fn an_entry_that_was_changed_is_refused_at_the_edge_and_found_anywhere() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.db");
    let (files, store) = sealed(&path, 300).await;
    let meddler = Connection::open(&path).unwrap();
    let change = |seq: u64| {
        let sql = "UPDATE leaves SET entry = replace(CAST(entry AS TEXT), 'kind', 'kinb') WHERE seq = ?1";
        // The column takes no text: written back as bytes.
        let sql = sql.replace("replace(", "CAST(replace(").replace("'kinb')", "'kinb') AS BLOB)");
        assert_eq!(meddler.execute(&sql, [seq]).unwrap(), 1);
    };
    change(10);
    open(&files, &store).await.unwrap();
    let error = audit(Arc::clone(&files) as _, Arc::clone(&store), ORIGIN).await.unwrap_err();
    assert!(matches!(error, SealError::Entry(9)), "{error}");
    change(300);
    let error = open(&files, &store).await.err().unwrap();
    assert!(matches!(error, SealError::Entry(299)), "{error}");
}

#[tokio::test]
async fn another_key_needs_another_number_and_old_heads_stay_verifiable() {
    let dir = tempfile::tempdir().unwrap();
    let (files, store) = sealed(&dir.path().join("a.db"), 6).await;
    let old = String::from_utf8(files.all()[CHECKPOINT].clone()).unwrap();
    let again = async |seed, version, origin: &str| {
        let signer = Signer::new(origin, &[seed; 32]).unwrap();
        Sealer::open(Arc::clone(&files) as _, Arc::clone(&store), origin.to_owned(), signer, version, at(100))
            .await
    };
    let error = again(2, 1, ORIGIN).await.err().unwrap();
    assert!(error.to_string().contains("the master key is not the one"), "{error}");
    let error = again(1, 1, "b.example/log").await.err().unwrap();
    assert!(matches!(error, SealError::Origin { .. }), "{error}");

    let sealer = again(2, 2, ORIGIN).await.unwrap();
    let keys = sealer.keys().verifiers().unwrap();
    assert_eq!(keys, [signer(1).verifier().clone(), signer(2).verifier().clone()]);
    let (told, by) = (Note::parse(&old).unwrap(), Note::parse(&sealer.head().note).unwrap());
    let text = told.verify(&keys).unwrap().0.to_owned();
    assert_eq!(Checkpoint::parse(&text).unwrap(), sealer.head().checkpoint);
    assert_eq!(by.verify([signer(2).verifier()]).unwrap().0, text);
    let error = again(1, 1, ORIGIN).await.err().unwrap();
    assert!(error.to_string().contains("key 2 has taken its place"), "{error}");
}

#[tokio::test]
async fn the_folder_is_the_log_and_nothing_unfinished_is_left_in_it() {
    let dir = tempfile::tempdir().unwrap();
    let store = open_store(&dir.path().join("a.db"));
    let folder = dir.path().join("deep").join("log");
    let files: Arc<dyn TileStore> = Arc::new(FileTiles::open(&folder).unwrap());
    let open =
        || Sealer::open(Arc::clone(&files), Arc::clone(&store), ORIGIN.to_owned(), signer(1), 1, at(0));
    let sealer = open().await.unwrap();
    let memory = Arc::new(MemoryTiles::default());
    let beside = super::start::open(&memory, &store).await.unwrap();
    for n in 0..90 {
        log_three(&store, n).await;
        assert_eq!((sealer.seal().await.unwrap(), beside.seal().await.unwrap()), (3, 3));
    }
    let mut found = std::collections::BTreeMap::new();
    let mut folders = vec![folder.clone()];
    while let Some(at) = folders.pop() {
        for entry in std::fs::read_dir(at).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(&folder).unwrap().to_str().unwrap().to_owned();
                found.insert(name, std::fs::read(path).unwrap());
            }
        }
    }
    assert_eq!(found, memory.all());
    let partial = found.keys().filter(|name| name.starts_with("tile/0/000.p")).count();
    assert_eq!(partial, 0, "what the first tile was before it was full is gone");
    assert!(found.contains_key("tile/entries/000") && found.contains_key(KEYS));
    drop(sealer);
    assert_eq!(open().await.unwrap().head().checkpoint.size, 270);
    // The proof that an older head needs is there whatever was tidied up.
    let reader = beside.reader(270);
    let proof = consistency(&reader, 100, 270).unwrap();
    let then = waygate::domain::log::root(&reader, 100).unwrap();
    assert!(verify_consistency((100, then), (270, beside.head().checkpoint.root), &proof));
    assert_ne!(then, Hash::of_nothing());
}

/// Files on a disk that fails after so many writes: everything that a process could leave behind when it is killed.
struct Failing {
    files: Arc<MemoryTiles>,
    left: AtomicUsize,
}

impl Failing {
    fn spend(&self) -> io::Result<()> {
        let spent = self.left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
        spent.map(|_| ()).map_err(|_| io::ErrorKind::StorageFull.into())
    }
}

impl TileStore for Failing {
    fn read(&self, name: &str) -> io::Result<Option<Vec<u8>>> {
        self.files.read(name)
    }

    fn write_once(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        self.spend().and_then(|()| self.files.write_once(name, bytes))
    }

    fn replace(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        self.spend().and_then(|()| self.files.replace(name, bytes))
    }

    fn forget_partial(&self, full: TileName) -> io::Result<()> {
        self.spend().and_then(|()| self.files.forget_partial(full))
    }
}

#[tokio::test]
async fn whatever_write_is_the_last_the_log_goes_on_from_every_head_that_was_shown() {
    let (mut stopped, mut writes) = (0, 0);
    loop {
        let dir = tempfile::tempdir().unwrap();
        let store = open_store(&dir.path().join("a.db"));
        let files = Arc::new(MemoryTiles::default());
        let disk = Arc::new(Failing { files: Arc::clone(&files), left: AtomicUsize::new(writes) });
        let opened =
            Sealer::open(disk as _, Arc::clone(&store), ORIGIN.to_owned(), signer(1), 1, at(0)).await;
        let mut failed = opened.is_err();
        let mut shown = Vec::new();
        if let Ok(sealer) = opened {
            // To the edge of a tile at once, then over it.
            for entries in [0..84, 84..85, 85..87] {
                for n in entries {
                    log_three(&store, n).await;
                }
                failed |= sealer.seal().await.is_err();
                shown.push(sealer.head());
            }
        }
        let after = open(&files, &store).await.unwrap();
        while after.seal().await.unwrap() > 0 {}
        let now = after.head().checkpoint.clone();
        for head in shown {
            let then = &head.checkpoint;
            let proof = after.consistency(then.size, now.size).unwrap();
            assert!(verify_consistency((then.size, then.root), (now.size, now.root), &proof), "{writes}");
        }
        audit(files, Arc::clone(&store), ORIGIN).await.unwrap();
        // The last writes only tidy up: a failure there is no failure.
        if !failed && writes > 16 {
            break;
        }
        (stopped, writes) = (stopped + usize::from(failed), writes + 1);
    }
    assert!(stopped >= 10, "only {stopped} moments were tried");
}
