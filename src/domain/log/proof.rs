//! Proofs: that an entry is in a tree, and that a tree goes on where an older one ended (RFC 6962, sections 2.1.1 and
//! 2.1.2). They are built from tiles and checked by hashes alone, the checking as RFC 9162, sections 2.1.3.2 and
//! 2.1.4.2 says.

use super::edge::fold;
use super::frontier::Frontier;
use super::hash::Hash;
use super::tiles::{SIZE_MAX, TILE_HEIGHT, TILE_WIDTH, TileKind, TileName, TileReader};

/// Most hashes in a proof: one for each height of the largest tree, and one more.
pub const PROOF_HASHES_MAX: usize = 64;

/// Why there is no proof.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProofError<E> {
    /// The leaf or the older size is not in the tree.
    #[error("{0} is not in a tree of {1} leaves")]
    NotThere(u64, u64),
    /// A tile cannot be read.
    #[error(transparent)]
    Tile(E),
}

type Proved<R, T> = Result<T, ProofError<<R as TileReader>::Error>>;

/// The root of the first `size` leaves.
pub fn root<R: TileReader>(reader: &R, size: u64) -> Proved<R, Hash> {
    check(size, size)?;
    range(reader, size, 0, size)
}

/// The proof that leaf `index` is in the tree of the first `size` leaves.
pub fn inclusion<R: TileReader>(reader: &R, index: u64, size: u64) -> Proved<R, Vec<Hash>> {
    check(size, size)?;
    if index >= size {
        return Err(ProofError::NotThere(index, size));
    }
    let (mut start, mut end) = (0, size);
    let mut path = Vec::new();
    while end - start > 1 {
        let middle = start + split(end - start);
        if index < middle {
            path.push(range(reader, size, middle, end)?);
            end = middle;
        } else {
            path.push(range(reader, size, start, middle)?);
            start = middle;
        }
    }
    path.reverse();
    Ok(path)
}

/// The proof that the tree of the first `to` leaves goes on where that of the first `from` ended.
pub fn consistency<R: TileReader>(reader: &R, from: u64, to: u64) -> Proved<R, Vec<Hash>> {
    check(from, to)?;
    if from == 0 || from == to {
        return Ok(Vec::new());
    }
    let (mut start, mut end) = (0, to);
    let mut path = Vec::new();
    // Down to the largest complete subtree of the older tree at its right edge.
    while from != end {
        let middle = start + split(end - start);
        if from <= middle {
            path.push(range(reader, to, middle, end)?);
            end = middle;
        } else {
            path.push(range(reader, to, start, middle)?);
            start = middle;
        }
    }
    // Where it is the older tree as a whole, whoever checks has its root.
    if start > 0 {
        path.push(range(reader, to, start, end)?);
    }
    path.reverse();
    Ok(path)
}

fn check<E>(from: u64, to: u64) -> Result<(), ProofError<E>> {
    if from > to || to >= SIZE_MAX { Err(ProofError::NotThere(from, to)) } else { Ok(()) }
}

/// The largest power of two that is less than `n`, which is at least 2.
fn split(n: u64) -> u64 {
    1 << (u64::BITS - 1 - (n - 1).leading_zeros())
}

/// The root over the leaves from `start` to before `end`, which is a part that the recursion of RFC 6962 makes: it
/// begins where its largest complete subtree may.
fn range<R: TileReader>(reader: &R, size: u64, start: u64, end: u64) -> Proved<R, Hash> {
    let mut parts = Vec::new();
    let mut at = start;
    while at < end {
        let height = u64::BITS - 1 - (end - at).leading_zeros();
        parts.push(complete(reader, size, at, height)?);
        at += 1 << height;
    }
    let mut from_the_right = parts.into_iter().rev();
    let Some(last) = from_the_right.next() else { return Ok(Hash::of_nothing()) };
    Ok(from_the_right.fold(last, |right, left| Hash::node(&left, &right)))
}

/// The root of the complete subtree of 2^`height` leaves from `start` on: a part of one tile.
fn complete<R: TileReader>(reader: &R, size: u64, start: u64, height: u32) -> Proved<R, Hash> {
    let level = height / TILE_HEIGHT;
    let first = start >> (TILE_HEIGHT * level);
    let (index, at) = (first / u64::from(TILE_WIDTH), first % u64::from(TILE_WIDTH));
    let kind = TileKind::Hashes(u8::try_from(level).unwrap_or(u8::MAX));
    let name = TileName::in_tree(kind, index, size).ok_or(ProofError::NotThere(start, size))?;
    let hashes = reader.hashes(name).map_err(ProofError::Tile)?;
    let from = usize::try_from(at).unwrap_or(usize::MAX);
    let count = 1_usize << (height % TILE_HEIGHT);
    let part = from.checked_add(count).and_then(|to| hashes.get(from..to));
    part.map(fold).ok_or(ProofError::NotThere(start, size))
}

/// Whether a proof shows that `leaf` is entry `index` of the tree of `size` leaves with this root.
pub fn verify_inclusion(leaf: Hash, index: u64, size: u64, path: &[Hash], root: Hash) -> bool {
    if index >= size || path.len() > PROOF_HASHES_MAX {
        return false;
    }
    let (mut position, mut last) = (index, size - 1);
    let mut hash = leaf;
    for step in path {
        if last == 0 {
            return false;
        }
        if position & 1 == 1 || position == last {
            hash = Hash::node(step, &hash);
            if position & 1 == 0 {
                let skipped = position.trailing_zeros();
                position = position.checked_shr(skipped).unwrap_or(0);
                last = last.checked_shr(skipped).unwrap_or(0);
            }
        } else {
            hash = Hash::node(&hash, step);
        }
        position >>= 1;
        last >>= 1;
    }
    last == 0 && hash == root
}

/// Whether a proof shows that the tree of `to` leaves goes on where the one of `from` leaves ended.
pub fn verify_consistency(from: (u64, Hash), to: (u64, Hash), path: &[Hash]) -> bool {
    let ((old, old_root), (new, new_root)) = (from, to);
    if old > new || path.len() > PROOF_HASHES_MAX {
        return false;
    }
    if old == new {
        return path.is_empty() && old_root == new_root;
    }
    if old == 0 {
        return path.is_empty() && old_root == Hash::of_nothing();
    }
    let mut path = path.iter();
    let start = if old.is_power_of_two() { Some(&old_root) } else { path.next() };
    let Some(start) = start else { return false };
    let skipped = (old - 1).trailing_ones();
    let (mut position, mut last) = ((old - 1) >> skipped, (new - 1) >> skipped);
    let (mut older, mut newer) = (*start, *start);
    for step in path {
        if last == 0 {
            return false;
        }
        if position & 1 == 1 || position == last {
            older = Hash::node(step, &older);
            newer = Hash::node(step, &newer);
            if position & 1 == 0 {
                let skipped = position.trailing_zeros();
                position = position.checked_shr(skipped).unwrap_or(0);
                last = last.checked_shr(skipped).unwrap_or(0);
            }
        } else {
            newer = Hash::node(&newer, step);
        }
        position >>= 1;
        last >>= 1;
    }
    last == 0 && older == old_root && newer == new_root
}

/// The root of a tree that is given leaf by leaf.
pub fn root_of(leaves: impl IntoIterator<Item = Hash>) -> Hash {
    let mut frontier = Frontier::default();
    leaves.into_iter().for_each(|leaf| frontier.append(leaf));
    frontier.root()
}
