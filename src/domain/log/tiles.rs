//! How a log lies in files: tiles of 256 hashes and bundles of 256 entries, by name, as C2SP tlog-tiles says
//! (c2sp.org/tlog-tiles, read on 2026-11-23). A name and its content never change once written; where a tile is not
//! full yet its width is part of the name.

use std::fmt;

use super::hash::{HASH_BYTES, Hash};

/// Hashes in a full tile, and entries in a full bundle.
pub const TILE_WIDTH: u16 = 256;
/// Leaves under one hash of a level are this to the power of two, to the power of the level.
pub(super) const TILE_HEIGHT: u32 = 8;
/// Highest level that a name may have.
const LEVEL_MAX: u8 = 63;
/// Most leaves that a tree may have: positions stay below this, so that no arithmetic on them overflows.
pub const SIZE_MAX: u64 = 1 << 62;
/// Longest entry, in bytes: its length is written in two.
pub const ENTRY_BYTES_MAX: usize = u16::MAX as usize;

/// What a tile holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum TileKind {
    /// Hashes of this level.
    Hashes(u8),
    /// The entries themselves.
    Entries,
}

/// A tile's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct TileName {
    /// What it holds.
    pub kind: TileKind,
    /// Which one, from the left.
    pub index: u64,
    /// How many it holds: from 1 to [`TILE_WIDTH`].
    pub width: u16,
}

impl TileName {
    /// Whether it is full, so that it stays as it is for as long as the log is kept.
    pub fn is_full(&self) -> bool {
        self.width == TILE_WIDTH
    }

    /// The same tile once it is full.
    #[must_use]
    pub fn full(self) -> Self {
        Self { width: TILE_WIDTH, ..self }
    }

    /// The tile of this kind and index in a tree of `size` leaves; none where the tree has none there.
    pub fn in_tree(kind: TileKind, index: u64, size: u64) -> Option<Self> {
        let level = match kind {
            TileKind::Hashes(level) => level,
            TileKind::Entries => 0,
        };
        let hashes = size.checked_shr(TILE_HEIGHT * u32::from(level)).unwrap_or(0);
        let left = hashes.checked_sub(index.checked_mul(u64::from(TILE_WIDTH))?).filter(|left| *left > 0)?;
        let width = u16::try_from(left).map_or(TILE_WIDTH, |left| left.min(TILE_WIDTH));
        Some(Self { kind, index, width })
    }

    /// Reads a name as [`Display`](fmt::Display) writes it, and in no other form.
    pub fn parse(path: &str) -> Option<Self> {
        let rest = path.strip_prefix("tile/")?;
        let (level, rest) = rest.split_once('/')?;
        let kind = match level {
            "entries" => TileKind::Entries,
            digits => {
                let level = u8::try_from(decimal(digits)?).ok()?;
                TileKind::Hashes(Some(level).filter(|level| *level <= LEVEL_MAX)?)
            }
        };
        let (index, width) = match rest.split_once(".p/") {
            None => (rest, TILE_WIDTH),
            Some((index, width)) => {
                let width = decimal(width).filter(|w| (1..u64::from(TILE_WIDTH)).contains(w))?;
                (index, u16::try_from(width).ok()?)
            }
        };
        let name = Self { kind, index: parse_index(index)?, width };
        (name.to_string() == path).then_some(name)
    }
}

impl fmt::Display for TileName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            TileKind::Hashes(level) => write!(f, "tile/{level}/")?,
            TileKind::Entries => f.write_str("tile/entries/")?,
        }
        let mut groups = vec![self.index % 1_000];
        let mut rest = self.index / 1_000;
        while rest > 0 {
            groups.push(rest % 1_000);
            rest /= 1_000;
        }
        for group in groups.iter().skip(1).rev() {
            write!(f, "x{group:03}/")?;
        }
        write!(f, "{:03}", groups[0])?;
        if self.is_full() { Ok(()) } else { write!(f, ".p/{}", self.width) }
    }
}

/// A decimal number without leading zeros.
fn decimal(text: &str) -> Option<u64> {
    let plain = text.bytes().all(|b| b.is_ascii_digit()) && (text == "0" || !text.starts_with('0'));
    if plain { text.parse().ok() } else { None }
}

fn parse_index(path: &str) -> Option<u64> {
    let mut elements = path.split('/').peekable();
    let mut index: u64 = 0;
    while let Some(element) = elements.next() {
        let digits = if elements.peek().is_some() { element.strip_prefix('x')? } else { element };
        if digits.len() != 3 || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        index = index.checked_mul(1_000)?.checked_add(digits.parse().ok()?)?;
    }
    Some(index)
}

/// A tile's bytes.
pub fn encode_hashes(hashes: &[Hash]) -> Vec<u8> {
    hashes.iter().flat_map(|hash| hash.0).collect()
}

/// The hashes in a tile; none where it is not exactly `width` of them.
pub fn decode_hashes(bytes: &[u8], width: u16) -> Option<Vec<Hash>> {
    let is_whole = bytes.len() == usize::from(width) * HASH_BYTES;
    is_whole.then(|| bytes.chunks_exact(HASH_BYTES).filter_map(Hash::from_bytes).collect())
}

/// Adds an entry to a bundle's bytes; false where the entry is too long.
#[must_use]
pub fn encode_entry(bundle: &mut Vec<u8>, entry: &[u8]) -> bool {
    let Ok(length) = u16::try_from(entry.len()) else { return false };
    bundle.extend_from_slice(&length.to_be_bytes());
    bundle.extend_from_slice(entry);
    true
}

/// The entries in a bundle; none where it is not exactly `width` of them.
pub fn decode_entries(mut bytes: &[u8], width: u16) -> Option<Vec<&[u8]>> {
    let mut entries = Vec::with_capacity(usize::from(width));
    while let Some((length, rest)) = bytes.split_first_chunk::<2>() {
        let (entry, rest) = rest.split_at_checked(usize::from(u16::from_be_bytes(*length)))?;
        entries.push(entry);
        bytes = rest;
    }
    (bytes.is_empty() && entries.len() == usize::from(width)).then_some(entries)
}

/// Where tiles are read from.
pub trait TileReader {
    /// Why one cannot be read.
    type Error;

    /// The hashes of a tile, exactly as many as its name says.
    fn hashes(&self, name: TileName) -> Result<Vec<Hash>, Self::Error>;
}
