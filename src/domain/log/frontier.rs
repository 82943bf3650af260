//! The tree's right edge: the roots of its complete subtrees, largest first. All that is needed to append and to know
//! the root: as many hashes as the size has ones in binary, however many leaves there are.

use super::hash::Hash;

/// The complete subtrees of a tree.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Frontier {
    size: u64,
    peaks: Vec<Hash>,
}

impl Frontier {
    /// Leaves so far.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Adds a leaf's hash: one push, and as many hashes as a binary counter has carries.
    pub fn append(&mut self, leaf: Hash) {
        let mut hash = leaf;
        let mut carries = self.size;
        while carries & 1 == 1
            && let Some(left) = self.peaks.pop()
        {
            hash = Hash::node(&left, &hash);
            carries >>= 1;
        }
        self.peaks.push(hash);
        self.size += 1;
    }

    /// Adds the root of a complete subtree of 2^`height` leaves. Only right where the size is a multiple of that.
    pub(super) fn append_complete(&mut self, height: u32, root: Hash) {
        debug_assert!(self.size.trailing_zeros() >= height, "a subtree begins where its size divides");
        let mut hash = root;
        let mut carries = self.size >> height;
        while carries & 1 == 1
            && let Some(left) = self.peaks.pop()
        {
            hash = Hash::node(&left, &hash);
            carries >>= 1;
        }
        self.peaks.push(hash);
        self.size += 1 << height;
    }

    /// The root (RFC 6962, section 2.1).
    pub fn root(&self) -> Hash {
        let mut from_the_right = self.peaks.iter().rev();
        let Some(last) = from_the_right.next() else { return Hash::of_nothing() };
        from_the_right.fold(*last, |right, left| Hash::node(left, &right))
    }
}
