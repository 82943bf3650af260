//! Reads tiles. A tile that was not full yet is the beginning of what it became, so that every width that a log ever had
//! can be read for ever, whatever lies on the disk now.

use std::sync::Arc;

use super::{SealError, TileStore};
use crate::domain::log::hash::HASH_BYTES;
use crate::domain::log::tiles::{decode_entries, decode_hashes};
use crate::domain::log::{Hash, TileKind, TileName, TileReader};

/// The tiles of a log of a size.
pub struct Reader {
    files: Arc<dyn TileStore>,
    size: u64,
}

impl Reader {
    /// The tiles of a log whose checkpoint is of this size.
    pub fn new(files: Arc<dyn TileStore>, size: u64) -> Self {
        Self { files, size }
    }

    /// A tile's bytes; none where the log does not go that far.
    pub fn bytes(&self, name: TileName) -> Result<Option<Vec<u8>>, SealError> {
        let Some(there) = TileName::in_tree(name.kind, name.index, self.size) else { return Ok(None) };
        if there.width < name.width {
            return Ok(None);
        }
        let mut bytes = self.whole(there)?;
        let length = match name.kind {
            TileKind::Hashes(_) => usize::from(name.width) * HASH_BYTES,
            TileKind::Entries => {
                let entries = decode_entries(&bytes, there.width);
                let entries = entries.ok_or_else(|| SealError::Damaged(there.to_string()))?;
                entries.iter().take(usize::from(name.width)).map(|entry| 2 + entry.len()).sum()
            }
        };
        bytes.truncate(length);
        Ok(Some(bytes))
    }

    /// The entries of a bundle.
    pub fn entries(&self, name: TileName) -> Result<Vec<Vec<u8>>, SealError> {
        let bytes = self.bytes(name)?.ok_or_else(|| SealError::Missing(name.to_string()))?;
        let entries = decode_entries(&bytes, name.width);
        let entries = entries.ok_or_else(|| SealError::Damaged(name.to_string()))?;
        Ok(entries.into_iter().map(<[u8]>::to_vec).collect())
    }

    fn whole(&self, name: TileName) -> Result<Vec<u8>, SealError> {
        let path = name.to_string();
        let found = self.files.read(&path);
        let bytes = found.map_err(|error| SealError::File { name: path.clone(), error })?;
        let bytes = bytes.ok_or_else(|| SealError::Missing(path.clone()))?;
        match name.kind {
            TileKind::Hashes(_) if bytes.len() != usize::from(name.width) * HASH_BYTES => {
                Err(SealError::Damaged(path))
            }
            _ => Ok(bytes),
        }
    }
}

impl TileReader for Reader {
    type Error = SealError;

    fn hashes(&self, name: TileName) -> Result<Vec<Hash>, SealError> {
        let bytes = self.bytes(name)?.ok_or_else(|| SealError::Missing(name.to_string()))?;
        decode_hashes(&bytes, name.width).ok_or_else(|| SealError::Damaged(name.to_string()))
    }
}
