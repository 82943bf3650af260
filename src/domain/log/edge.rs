//! The tiles that are not full yet, level by level. Appending fills them; a full one is given out once, and its root
//! becomes a hash of the level above.

use super::frontier::Frontier;
use super::hash::Hash;
use super::tiles::{SIZE_MAX, TILE_HEIGHT, TILE_WIDTH, TileKind, TileName, TileReader};

/// A tile with its hashes.
pub type Tile = (TileName, Vec<Hash>);

/// The right edge of a log, in memory: less than one tile a level.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Edge {
    frontier: Frontier,
    levels: Vec<Vec<Hash>>,
}

/// Why an edge cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EdgeError<E> {
    /// A tile cannot be read.
    #[error(transparent)]
    Tile(E),
    /// The tiles do not make the root.
    #[error("the tiles make the root {found}, not {told}")]
    Root {
        /// What they make.
        found: Hash,
        /// What they should make.
        told: Hash,
    },
    /// No log is that large.
    #[error("a log of {0} leaves is larger than any")]
    Size(u64),
}

impl Edge {
    /// Leaves so far.
    pub fn size(&self) -> u64 {
        self.frontier.size()
    }

    /// The root.
    pub fn root(&self) -> Hash {
        self.frontier.root()
    }

    /// Reads the edge of a tree of `size` leaves with this root: at most one tile a level, whatever the size.
    pub fn read<R: TileReader>(reader: &R, size: u64, told: Hash) -> Result<Self, EdgeError<R::Error>> {
        if size >= SIZE_MAX {
            return Err(EdgeError::Size(size));
        }
        let mut levels = Vec::new();
        let mut hashes = size;
        while hashes > 0 {
            let level = u8::try_from(levels.len()).unwrap_or(u8::MAX);
            let (index, width) = (hashes >> TILE_HEIGHT, hashes % u64::from(TILE_WIDTH));
            let width = u16::try_from(width).unwrap_or_default();
            levels.push(match width {
                0 => Vec::new(),
                _ => reader
                    .hashes(TileName { kind: TileKind::Hashes(level), index, width })
                    .map_err(EdgeError::Tile)?,
            });
            hashes >>= TILE_HEIGHT;
        }
        let mut frontier = Frontier::default();
        for (level, hashes) in levels.iter().enumerate().rev() {
            let height = TILE_HEIGHT * u32::try_from(level).unwrap_or(u32::MAX);
            for hash in hashes {
                frontier.append_complete(height, *hash);
            }
        }
        let found = frontier.root();
        if found == told { Ok(Self { frontier, levels }) } else { Err(EdgeError::Root { found, told }) }
    }

    /// Adds a leaf's hash; gives out the tiles that it fills.
    pub fn append(&mut self, leaf: Hash) -> Vec<Tile> {
        let mut full = Vec::new();
        let (mut hash, mut level) = (leaf, 0);
        let mut hashes = self.frontier.size() + 1;
        self.frontier.append(leaf);
        loop {
            if self.levels.len() == level {
                self.levels.push(Vec::with_capacity(usize::from(TILE_WIDTH)));
            }
            self.levels[level].push(hash);
            if self.levels[level].len() < usize::from(TILE_WIDTH) {
                return full;
            }
            let tile =
                std::mem::replace(&mut self.levels[level], Vec::with_capacity(usize::from(TILE_WIDTH)));
            hashes >>= TILE_HEIGHT;
            hash = fold(&tile);
            let kind = TileKind::Hashes(u8::try_from(level).unwrap_or(u8::MAX));
            full.push((TileName { kind, index: hashes - 1, width: TILE_WIDTH }, tile));
            level += 1;
        }
    }

    /// The tiles that are not full.
    pub fn partial(&self) -> impl Iterator<Item = Tile> + '_ {
        self.levels.iter().enumerate().filter(|(_, hashes)| !hashes.is_empty()).map(|(level, hashes)| {
            let kind = TileKind::Hashes(u8::try_from(level).unwrap_or(u8::MAX));
            let shift = TILE_HEIGHT * u32::try_from(level + 1).unwrap_or(u32::MAX);
            let index = self.size().checked_shr(shift).unwrap_or(0);
            let width = u16::try_from(hashes.len()).unwrap_or(TILE_WIDTH);
            (TileName { kind, index, width }, hashes.clone())
        })
    }
}

/// The root over the hashes of a full tile, or of any aligned part whose length is a power of two.
pub(super) fn fold(hashes: &[Hash]) -> Hash {
    let mut frontier = Frontier::default();
    for hash in hashes {
        frontier.append(*hash);
    }
    frontier.root()
}
