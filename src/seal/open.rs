//! Opening a log: its keys, its checkpoint, its tiles and the store's entries are held against each other. The work is
//! that of the tiles at the right edge, however long the log is.

use std::sync::{Arc, RwLock};

use jiff::Timestamp;
use tokio::sync::Mutex;

use super::write::{replace, sign};
use super::{CHECKPOINT, Head, KEYS, Reader, SealError, Sealer, Tail, TileStore};
use crate::domain::log::edge::EdgeError;
use crate::domain::log::keys::KeyList;
use crate::domain::log::{
    Checkpoint, Edge, Hash, Note, Signer, TILE_WIDTH, TileKind, TileName, TileReader, VerifierKey,
    consistency, verify_consistency,
};
use crate::store::Store;

impl Sealer {
    /// Opens the log, or begins it where there is none. From `now` on `signer` signs it, as its key number `version`.
    pub async fn open(
        files: Arc<dyn TileStore>,
        store: Arc<dyn Store>,
        origin: String,
        signer: Signer,
        version: u32,
        now: Timestamp,
    ) -> Result<Self, SealError> {
        let listed = listed(files.as_ref())?;
        let found = read_head(files.as_ref(), &listed.verifiers()?, &origin)?;
        let (size, tail) = match &found {
            None => (0, Tail::default()),
            Some((head, _)) => (head.checkpoint.size, read_tail(&files, &head.checkpoint)?),
        };
        check_entries(&files, store.as_ref(), size).await?;
        let (keys, is_news) = listed.with_current(signer.verifier(), version, now)?;
        if is_news {
            let bytes = serde_json::to_vec_pretty(&keys).map_err(|_| SealError::Damaged(KEYS.to_owned()))?;
            replace(files.as_ref(), KEYS, &bytes)?;
        }
        let head = match found {
            Some((head, key)) if key == *signer.verifier() => head,
            // A log that begins, or whose head an older key signed.
            _ => {
                let head = sign(&signer, &origin, size, tail.edge.root());
                replace(files.as_ref(), CHECKPOINT, head.note.as_bytes())?;
                head
            }
        };
        Ok(Self {
            files,
            store,
            signer: Arc::new(signer),
            origin,
            keys,
            tail: Mutex::new(tail),
            head: RwLock::new(Arc::new(head)),
            lag: std::sync::Mutex::default(),
            holder: format!("{:032x}", rand::random::<u128>()),
        })
    }
}

/// The keys that are listed.
pub(super) fn listed(files: &dyn TileStore) -> Result<KeyList, SealError> {
    let Some(bytes) = on_disk(files, KEYS)? else { return Ok(KeyList::default()) };
    serde_json::from_slice(&bytes).map_err(|_| SealError::Damaged(KEYS.to_owned()))
}

/// Another process has sealed meanwhile: its head and its tail, if they go on where ours ended.
pub(super) fn read_again(
    files: &Arc<dyn TileStore>,
    keys: &KeyList,
    origin: &str,
    ours: &Tail,
) -> Result<(Tail, Head), SealError> {
    let changed = || SealError::Changed(CHECKPOINT.to_owned());
    let (head, _) = read_head(files.as_ref(), &keys.verifiers()?, origin)?.ok_or_else(changed)?;
    if head.checkpoint.size < ours.edge.size() {
        return Err(changed());
    }
    let tail = read_tail(files, &head.checkpoint)?;
    let proof = consistency(
        &Reader::new(Arc::clone(files), head.checkpoint.size),
        ours.edge.size(),
        head.checkpoint.size,
    )?;
    let from = (ours.edge.size(), ours.edge.root());
    if verify_consistency(from, (head.checkpoint.size, head.checkpoint.root), &proof) {
        Ok((tail, head))
    } else {
        Err(changed())
    }
}

/// A file's content.
pub(super) fn on_disk(files: &dyn TileStore, name: &str) -> Result<Option<Vec<u8>>, SealError> {
    files.read(name).map_err(|error| SealError::File { name: name.to_owned(), error })
}

/// The signed head, and the key that signed it.
pub(super) fn read_head(
    files: &dyn TileStore,
    keys: &[VerifierKey],
    origin: &str,
) -> Result<Option<(Head, VerifierKey)>, SealError> {
    let Some(bytes) = on_disk(files, CHECKPOINT)? else { return Ok(None) };
    let text = String::from_utf8(bytes).map_err(|_| SealError::Damaged(CHECKPOINT.to_owned()))?;
    parse_head(text, keys, origin).map(Some)
}

/// A signed head from its note, and the key that signed it.
pub(super) fn parse_head(
    text: String,
    keys: &[VerifierKey],
    origin: &str,
) -> Result<(Head, VerifierKey), SealError> {
    let damaged = || SealError::Damaged(CHECKPOINT.to_owned());
    let note = Note::parse(&text)?;
    let (told, key) = note.verify(keys)?;
    let checkpoint = Checkpoint::parse(told).map_err(|_| damaged())?;
    if checkpoint.origin != origin {
        return Err(SealError::Origin { found: checkpoint.origin, told: origin.to_owned() });
    }
    Ok((Head { checkpoint, note: text }, key.clone()))
}

fn read_tail(files: &Arc<dyn TileStore>, checkpoint: &Checkpoint) -> Result<Tail, SealError> {
    let size = checkpoint.size;
    let reader = Reader::new(Arc::clone(files), size);
    let edge = Edge::read(&reader, size, checkpoint.root).map_err(|error| match error {
        EdgeError::Tile(error) => error,
        EdgeError::Root { found, told } => SealError::Root { size, found, told },
        EdgeError::Size(_) => SealError::Damaged(CHECKPOINT.to_owned()),
    })?;
    let index = size / u64::from(TILE_WIDTH);
    let entries = match TileName::in_tree(TileKind::Entries, index, size) {
        Some(name) => reader.entries(name)?,
        None => Vec::new(),
    };
    Ok(Tail { edge, entries })
}

/// The last tile's worth of entries: in the store, in the bundle, and as hashes they are the same.
async fn check_entries(files: &Arc<dyn TileStore>, store: &dyn Store, size: u64) -> Result<(), SealError> {
    let entries = store.log_size().await?;
    if entries < size {
        return Err(SealError::CutBack { entries, signed: size });
    }
    let Some(last) = size.checked_sub(1) else { return Ok(()) };
    let reader = Reader::new(Arc::clone(files), size);
    let index = last / u64::from(TILE_WIDTH);
    let there = |kind| TileName::in_tree(kind, index, size).ok_or(SealError::NotThere(last, size));
    let bundle = there(TileKind::Entries)?;
    let bundled = reader.entries(bundle)?;
    let hashes = reader.hashes(there(TileKind::Hashes(0))?)?;
    let first = index * u64::from(TILE_WIDTH);
    let stored = store.log_entries(first, u32::from(bundle.width)).await?;
    for ((at, hash), (bundled, stored)) in (first..).zip(hashes).zip(bundled.iter().zip(&stored)) {
        if Hash::leaf(bundled) != hash {
            return Err(SealError::Damaged(bundle.to_string()));
        }
        if bundled != stored {
            return Err(SealError::Entry(at));
        }
    }
    Ok(())
}
