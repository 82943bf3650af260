//! The evidence log: an append-only Merkle tree (RFC 6962) over every claim, official answer and verdict, laid out as
//! C2SP tiles, its heads signed as C2SP checkpoints. Pure: what is written where, and proofs over what is read. What
//! was logged once cannot be taken out, changed or put in another order without breaking a proof.

pub mod canonical;
pub mod checkpoint;
pub mod document;
pub mod edge;
pub mod frontier;
pub mod hash;
pub mod keys;
pub mod leaf;
pub mod note;
pub mod proof;
pub mod tiles;

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;

pub use checkpoint::Checkpoint;
pub use edge::Edge;
pub use frontier::Frontier;
pub use hash::Hash;
pub use leaf::Leaf;
pub use note::{Note, Signer, VerifierKey};
pub use proof::{consistency, inclusion, root, verify_consistency, verify_inclusion};
pub use tiles::{TILE_WIDTH, TileKind, TileName, TileReader};
