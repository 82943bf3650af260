//! Writes one batch: its tiles, and then the checkpoint, each safe on the disk before the next. A kill in between leaves
//! tiles that nobody was told of; the next batch writes the same again, since entries and their order are the store's.

use std::collections::BTreeSet;
use std::io;
use std::sync::Arc;

use super::open::on_disk;
use super::{CHECKPOINT, Head, SealError, Tail, TileStore};
use crate::domain::log::tiles::{encode_entry, encode_hashes};
use crate::domain::log::{Checkpoint, Hash, Signer, TILE_WIDTH, TileKind, TileName};

/// All that writing a batch needs.
pub(super) struct Batch {
    pub files: Arc<dyn TileStore>,
    pub tail: Tail,
    /// The head that is shown.
    pub head: Arc<Head>,
    /// Tiles that were filled and whose partial forms are not needed once a head is shown that covers them.
    pub filled: Vec<TileName>,
}

impl Batch {
    /// Writes the tiles of further entries.
    pub fn write(mut self, entries: Vec<Vec<u8>>) -> Result<Self, SealError> {
        // Two processes at one log write the same; the one that is behind must not put an older checkpoint back.
        if on_disk(self.files.as_ref(), CHECKPOINT)?.as_deref() != Some(self.head.note.as_bytes()) {
            return Err(SealError::Changed(CHECKPOINT.to_owned()));
        }
        let before: BTreeSet<TileName> = self.tail.edge.partial().map(|(name, _)| name).collect();
        for entry in entries {
            let full = self.tail.edge.append(Hash::leaf(&entry));
            self.tail.entries.push(entry);
            if self.tail.entries.len() == usize::from(TILE_WIDTH) {
                let index = self.tail.edge.size() / u64::from(TILE_WIDTH) - 1;
                self.filled.push(TileName { kind: TileKind::Entries, index, width: TILE_WIDTH });
                self.write_entries(index)?;
                self.tail.entries.clear();
            }
            for (name, hashes) in full {
                self.write_tile(name, &encode_hashes(&hashes))?;
                self.filled.push(name);
            }
        }
        for (name, hashes) in self.tail.edge.partial().filter(|(name, _)| !before.contains(name)) {
            self.write_tile(name, &encode_hashes(&hashes))?;
        }
        if !self.tail.entries.is_empty() {
            self.write_entries(self.tail.edge.size() / u64::from(TILE_WIDTH))?;
        }
        Ok(self)
    }

    /// Shows a head that covers just what was written; gives the tail after it.
    pub fn show(self, head: &Head) -> Result<Tail, SealError> {
        debug_assert_eq!(head.checkpoint.size, self.tail.edge.size());
        replace(self.files.as_ref(), CHECKPOINT, head.note.as_bytes())?;
        for name in self.filled {
            if let Err(error) = self.files.forget_partial(name) {
                tracing::warn!(%name, "what it was before it was full cannot be removed: {error}");
            }
        }
        Ok(self.tail)
    }

    fn write_entries(&self, index: u64) -> Result<(), SealError> {
        let width = u16::try_from(self.tail.entries.len()).unwrap_or(TILE_WIDTH);
        let name = TileName { kind: TileKind::Entries, index, width };
        let mut bytes = Vec::new();
        for entry in &self.tail.entries {
            if !encode_entry(&mut bytes, entry) {
                return Err(SealError::Damaged(name.to_string()));
            }
        }
        self.write_tile(name, &bytes)
    }

    fn write_tile(&self, name: TileName, bytes: &[u8]) -> Result<(), SealError> {
        let name = name.to_string();
        self.files.write_once(&name, bytes).map_err(|error| match error.kind() {
            io::ErrorKind::AlreadyExists => SealError::Changed(name),
            _ => SealError::File { name, error },
        })
    }
}

/// A signed head.
pub(super) fn sign(signer: &Signer, origin: &str, size: u64, root: Hash) -> Head {
    let checkpoint = Checkpoint::new(origin, size, root);
    let note = signer.sign(checkpoint.text()).to_string();
    Head { checkpoint, note }
}

/// Writes a file anew.
pub(super) fn replace(files: &dyn TileStore, name: &str, bytes: &[u8]) -> Result<(), SealError> {
    files.replace(name, bytes).map_err(|error| SealError::File { name: name.to_owned(), error })
}
