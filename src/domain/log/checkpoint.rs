//! A tree's head as a text to be signed: the log's name, its size, its root (c2sp.org/tlog-checkpoint, read on
//! 2026-11-23).

use super::hash::Hash;

/// What a checkpoint says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// Which log.
    pub origin: String,
    /// Leaves.
    pub size: u64,
    /// The root over them.
    pub root: Hash,
    /// Further lines. We write none; others' are kept.
    pub extensions: Vec<String>,
}

/// A text that is no checkpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this is not a checkpoint: origin, size and root are expected, a line each")]
pub struct NotACheckpoint;

impl Checkpoint {
    /// The head of a log.
    pub fn new(origin: impl Into<String>, size: u64, root: Hash) -> Self {
        Self { origin: origin.into(), size, root, extensions: Vec::new() }
    }

    /// The text that is signed.
    pub fn text(&self) -> String {
        let head = [self.origin.clone(), self.size.to_string(), self.root.base64()];
        head.iter().chain(&self.extensions).fold(String::new(), |text, line| text + line + "\n")
    }

    /// Reads a text as [`text`](Self::text) writes it, and in no other form.
    pub fn parse(text: &str) -> Result<Self, NotACheckpoint> {
        let lines = text.strip_suffix('\n').ok_or(NotACheckpoint)?;
        let mut lines = lines.split('\n');
        let (Some(origin), Some(size), Some(root)) = (lines.next(), lines.next(), lines.next()) else {
            return Err(NotACheckpoint);
        };
        let read = Self {
            origin: origin.to_owned(),
            size: size.parse().map_err(|_| NotACheckpoint)?,
            root: Hash::from_base64(root).ok_or(NotACheckpoint)?,
            extensions: lines.map(str::to_owned).collect(),
        };
        let is_exact = read.text() == text && !read.origin.is_empty();
        if is_exact && read.extensions.iter().all(|line| !line.is_empty()) {
            Ok(read)
        } else {
            Err(NotACheckpoint)
        }
    }
}
