//! Seals the evidence log: takes the entries that the store holds, writes them as immutable tiles, and signs one
//! checkpoint for each batch. What is signed is on the disk before anybody is shown it. At the start tiles, entries and
//! checkpoint are held against each other; where they disagree nothing starts.

mod audit;
mod files;
mod head;
mod lag;
mod memory;
mod open;
mod reader;
mod turn;
mod write;

use std::io;
use std::sync::{Arc, PoisonError, RwLock};

use lag::Lag;
use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::domain::log::keys::{KeyList, KeyListError};
use crate::domain::log::note::NoteError;
use crate::domain::log::proof::ProofError;
use crate::domain::log::{Checkpoint, Edge, Hash, Signer, TileName, consistency, inclusion};
use crate::store::{Store, StoreError};

pub use audit::{Audited, audit};
pub use files::FileTiles;
pub use head::signed_head;
pub use lag::{Behind, LAG_SECONDS_MAX};
pub use memory::MemoryTiles;
pub use reader::Reader;

/// Most entries that are sealed under one checkpoint.
const BATCH: u32 = 4_096;
/// Where the checkpoint lies.
pub const CHECKPOINT: &str = "checkpoint";
/// Where the list of keys lies.
pub const KEYS: &str = "keys";

/// Where a log's files lie. Names are those of C2SP tlog-tiles; calls may wait for the disk.
pub trait TileStore: Send + Sync + 'static {
    /// What a file holds; none where there is none.
    fn read(&self, name: &str) -> io::Result<Option<Vec<u8>>>;

    /// Writes a file that never changes, and waits until it is safe. Where it is there with other content this is an
    /// error of kind `AlreadyExists`.
    fn write_once(&self, name: &str, bytes: &[u8]) -> io::Result<()>;

    /// Writes a file anew, whole or not at all, and waits until it is safe.
    fn replace(&self, name: &str, bytes: &[u8]) -> io::Result<()>;

    /// Forgets what a tile was before it was full.
    fn forget_partial(&self, full: TileName) -> io::Result<()>;
}

/// Why the log does not start, or does not go on.
#[derive(Debug, thiserror::Error)]
pub enum SealError {
    /// A file cannot be read or written.
    #[error("{name}: {error}")]
    File {
        /// Which.
        name: String,
        /// What the system said.
        error: io::Error,
    },
    /// A tile that the checkpoint covers is not there.
    #[error("{0} is missing, and the checkpoint covers it")]
    Missing(String),
    /// A file holds something else than its name says.
    #[error("{0} is damaged")]
    Damaged(String),
    /// A tile is there with other content: another log was written here.
    #[error(
        "{0} was written with other content before: an entry was changed, or this is another log's folder"
    )]
    Changed(String),
    /// The checkpoint is not signed by a key of this log.
    #[error("the checkpoint: {0}")]
    Unsigned(#[from] NoteError),
    /// The checkpoint is another log's.
    #[error("the checkpoint is that of the log `{found}`, not of `{told}`")]
    Origin {
        /// Whose it is.
        found: String,
        /// Whose it should be.
        told: String,
    },
    /// The tiles do not make the root that was signed.
    #[error("the tiles of {size} entries make the root {found}, but {told} was signed")]
    Root {
        /// The size that was signed.
        size: u64,
        /// What the tiles make.
        found: Hash,
        /// What was signed.
        told: Hash,
    },
    /// The database has fewer entries than were signed.
    #[error("the database has {entries} entries, but {signed} were signed: it is older than its log")]
    CutBack {
        /// In the database.
        entries: u64,
        /// Signed.
        signed: u64,
    },
    /// An entry of the database is not the one that was signed.
    #[error("entry {0} of the database is not the one that was signed")]
    Entry(u64),
    /// What the database keeps of a thing is not what was logged.
    #[error("what the database keeps of {0} is not what was logged")]
    Kept(String),
    /// The keys do not fit.
    #[error(transparent)]
    Keys(#[from] KeyListError),
    /// What is asked for is not in the log.
    #[error("{0} is not in a log of {1} entries")]
    NotThere(u64, u64),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The process is ending.
    #[error("the log is stopped")]
    Stopped,
}

impl From<ProofError<SealError>> for SealError {
    fn from(error: ProofError<SealError>) -> Self {
        match error {
            ProofError::NotThere(what, size) => Self::NotThere(what, size),
            ProofError::Tile(error) => error,
        }
    }
}

impl From<SealError> for StoreError {
    fn from(error: SealError) -> Self {
        match error {
            SealError::Store(error) => error,
            error => Self::Engine(format!("the log: {error}")),
        }
    }
}

/// The log's signed head.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// What it says.
    pub checkpoint: Checkpoint,
    /// The same, signed.
    pub note: String,
}

/// What is not in a full tile yet.
#[derive(Debug, Clone, Default)]
struct Tail {
    edge: Edge,
    entries: Vec<Vec<u8>>,
}

/// The log of this gateway.
pub struct Sealer {
    files: Arc<dyn TileStore>,
    store: Arc<dyn Store>,
    signer: Arc<Signer>,
    origin: String,
    keys: KeyList,
    tail: Mutex<Tail>,
    head: RwLock<Arc<Head>>,
    lag: std::sync::Mutex<Lag>,
    /// Who this process is where several seal.
    holder: String,
}

impl Sealer {
    /// The newest signed head.
    pub fn head(&self) -> Arc<Head> {
        Arc::clone(&self.head.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// How far the signed head is behind the store.
    pub async fn behind(&self) -> Result<Behind, StoreError> {
        let written = self.store.log_size().await?;
        let sealed = self.head().checkpoint.size;
        Ok(self.lag().seen(sealed, written, Instant::now()))
    }

    fn lag(&self) -> std::sync::MutexGuard<'_, Lag> {
        self.lag.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The keys of this log, oldest first.
    pub fn keys(&self) -> &KeyList {
        &self.keys
    }

    /// The key that signs.
    pub fn signer(&self) -> &Signer {
        &self.signer
    }

    /// The log's name.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// The tiles as far as a head goes.
    pub fn reader(&self, size: u64) -> Reader {
        Reader::new(Arc::clone(&self.files), size)
    }

    /// The proof that an entry is in the log under this head.
    pub fn inclusion(&self, index: u64, head: &Head) -> Result<Vec<Hash>, SealError> {
        Ok(inclusion(&self.reader(head.checkpoint.size), index, head.checkpoint.size)?)
    }

    /// The proof that the log at size `to` goes on where it ended at size `from`.
    pub fn consistency(&self, from: u64, to: u64) -> Result<Vec<Hash>, SealError> {
        let size = self.head().checkpoint.size;
        if to > size {
            return Err(SealError::NotThere(to, size));
        }
        Ok(consistency(&self.reader(size), from, to)?)
    }

    /// A file as tlog-tiles wants it served; none where the log does not go that far.
    pub fn tile(&self, name: TileName) -> Result<Option<Vec<u8>>, SealError> {
        self.reader(self.head().checkpoint.size).bytes(name)
    }
}
