//! Backups: one SQLite file made by copying whichever store is configured, verified, with a document beside it that says
//! what is in it. The master key is in none of them, nor are the evidence log's files, which follow from the entries.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::config::Config;
use crate::domain::log::Hash;
use crate::seal::{Head, SealError, signed_head};
use crate::store::StoreError;
use crate::store::copy::{
    self, Contents, CopyError, Options, Place, Survey, Tell, check_file, close_file, copy, file_layout,
};

/// What a backup is called until it is whole.
const PARTIAL: &str = ".partial";
/// What its document is called beside it.
const DOCUMENT: &str = ".json";
/// What SQLite keeps beside a file.
const COMPANIONS: [&str; 3] = ["-wal", "-shm", "-journal"];

/// What is in a backup.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Manifest {
    /// When it was begun.
    pub made_at: Timestamp,
    /// The version of the program.
    pub waygate: String,
    /// The number of the file's layout.
    pub layout: usize,
    /// The engine that it was made from.
    pub made_from: String,
    /// Rows, digests, the log.
    #[serde(flatten)]
    pub contents: Contents,
    /// The log's head as it was signed when the backup began; none where there was none.
    pub signed_head: Option<String>,
}

/// Why there is no backup, or none that may be used.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// A file is in the way.
    #[error("{} is there already: {why}", path.display())]
    InTheWay {
        /// Which.
        path: PathBuf,
        /// What it may be.
        why: &'static str,
    },
    /// A file cannot be read or written.
    #[error("{}: {error}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// What the system said.
        error: io::Error,
    },
    /// The document beside a backup is none.
    #[error("{} does not say what is in a backup: {error}", path.display())]
    Document {
        /// Which.
        path: PathBuf,
        /// What is wrong.
        error: serde_json::Error,
    },
    /// It was made by a version with another layout.
    #[error(
        "this backup was made by waygate {waygate} with layout {layout}, and this program has layout {}: restore it \
         with that version, then start this one",
        file_layout()
    )]
    Version {
        /// The version.
        waygate: String,
        /// Its layout.
        layout: usize,
    },
    /// It is not what its document says.
    #[error("{}: {why}", path.display())]
    Damaged {
        /// The backup.
        path: PathBuf,
        /// What is wrong.
        why: String,
    },
    /// The log's files are not those of the store.
    #[error(
        "the evidence log's folder has a signed head of {0} entries, and the store's first {0} entries do not make its \
         root: these are not the files of this store, or the store is older than they are"
    )]
    Head(u64),
    /// Copying failed.
    #[error(transparent)]
    Copy(#[from] CopyError),
    /// An engine failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The log's files cannot be read.
    #[error("the evidence log: {0}")]
    Log(#[from] SealError),
}

impl BackupError {
    /// Whether this is the answer "no" to what was asked, and not a question that could not be asked.
    pub fn is_answer(&self) -> bool {
        matches!(self, Self::Damaged { .. } | Self::Head(_) | Self::Copy(CopyError::Differs(_)))
    }
}

fn on(path: &Path) -> impl Fn(io::Error) -> BackupError {
    move |error| BackupError::File { path: path.to_owned(), error }
}

/// A path with something at its end.
fn beside(path: &Path, end: &str) -> PathBuf {
    let mut name = path.to_owned().into_os_string();
    name.push(end);
    name.into()
}

/// The store that the settings name.
pub fn place(config: &Config) -> Place {
    match &config.store.server {
        None => Place::File(config.store.path.clone()),
        Some((profile, url)) => Place::Server(*profile, url.clone()),
    }
}

/// The log's head as it is signed in the folder that the settings name.
fn head(config: &Config) -> Result<Option<Head>, SealError> {
    signed_head(&config.evidence_log.folder, &config.evidence_log.origin)
}

/// Makes a backup of the store that the settings name, beside a gateway that runs or without one.
pub fn make(config: &Config, file: &Path, now: Timestamp, tell: Tell<'_>) -> Result<Manifest, BackupError> {
    let in_the_way = |path: &Path, why| Err(BackupError::InTheWay { path: path.to_owned(), why });
    if file.exists() {
        return in_the_way(file, "a backup never takes another's place");
    }
    let partial = beside(file, PARTIAL);
    // Made by us alone: whoever else makes the same backup stops here.
    let made = private(&partial, true);
    if made.as_ref().is_err_and(|error| error.kind() == io::ErrorKind::AlreadyExists) {
        return in_the_way(
            &partial,
            "another backup is under way, or one was ended before its end: remove it then",
        );
    }
    made.map_err(on(&partial))?;
    let done = fill(config, &partial, now, tell).and_then(|manifest| {
        put_beside(file, &manifest)?;
        fs::rename(&partial, file).map_err(on(file))?;
        sync_folder(file).map_err(on(file))?;
        Ok(manifest)
    });
    if done.is_err() {
        // What is left of it is of no use; where it cannot be removed the next backup says so.
        for end in COMPANIONS.into_iter().chain([""]) {
            let _ = fs::remove_file(beside(&partial, end));
        }
    }
    done
}

fn fill(config: &Config, partial: &Path, now: Timestamp, tell: Tell<'_>) -> Result<Manifest, BackupError> {
    // Read before the snapshot is taken: what is signed is in the store by then.
    let head = head(config)?;
    let size = head.as_ref().map(|head| head.checkpoint.size);
    let options = Options { head: size, ..Options::default() };
    let from = place(config);
    let found = copy(&from, &Place::File(partial.to_owned()), options, tell)?;
    if let Some(head) = &head
        && found.root_at_head != Some(head.checkpoint.root)
    {
        return Err(BackupError::Head(head.checkpoint.size));
    }
    close_file(partial)?;
    check_file(partial)?;
    Ok(Manifest {
        made_at: now,
        waygate: env!("CARGO_PKG_VERSION").to_owned(),
        layout: file_layout(),
        made_from: match from {
            Place::File(_) => "sqlite".to_owned(),
            Place::Server(profile, _) => format!("{profile:?}").to_lowercase(),
        },
        contents: found.contents,
        signed_head: head.map(|head| head.note),
    })
}

/// Writes the document beside a backup: before the backup has its name, so that there is none without it.
fn put_beside(file: &Path, manifest: &Manifest) -> Result<(), BackupError> {
    let path = beside(file, DOCUMENT);
    let partial = beside(&path, PARTIAL);
    let written = || -> io::Result<()> {
        let mut out = private(&partial, false)?;
        let mut bytes = serde_json::to_vec_pretty(manifest)?;
        bytes.push(b'\n');
        out.write_all(&bytes)?;
        out.sync_all()?;
        fs::rename(&partial, &path)
    };
    written().map_err(on(&path))
}

/// A file that its owner alone may read.
fn private(path: &Path, is_new: bool) -> io::Result<File> {
    let mut how = OpenOptions::new();
    how.write(true).create(true).create_new(is_new).truncate(!is_new);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut how, 0o600);
    how.open(path)
}

fn sync_folder(file: &Path) -> io::Result<()> {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}

/// Verifies a backup by itself: the file, every table against the document, the log's root and the signed head.
pub fn check(file: &Path, tell: Tell<'_>) -> Result<Manifest, BackupError> {
    let path = beside(file, DOCUMENT);
    File::open(file).map_err(on(file))?;
    let bytes = fs::read(&path).map_err(on(&path))?;
    let manifest: Manifest = serde_json::from_slice(&bytes)
        .map_err(|error| BackupError::Document { path: path.clone(), error })?;
    if manifest.layout != file_layout() {
        return Err(BackupError::Version { waygate: manifest.waygate, layout: manifest.layout });
    }
    let damaged = |why: String| BackupError::Damaged { path: file.to_owned(), why };
    check_file(file).map_err(|error| damaged(error.to_string()))?;
    let head = manifest.signed_head.as_deref().map(said);
    let head =
        head.map(|said| said.ok_or_else(|| damaged("its signed head is none".to_owned()))).transpose()?;
    let found = copy::survey(&Place::File(file.to_owned()), head.map(|(size, _)| size), tell);
    let found = found.map_err(|error| damaged(error.to_string()))?;
    if let Some(difference) = found.contents.difference(&manifest.contents) {
        return Err(damaged(format!("it is not what {} says: {difference}", path.display())));
    }
    match head {
        Some((_, root)) if found.root_at_head != Some(root) => {
            Err(damaged("its entries do not make the root of its signed head".to_owned()))
        }
        _ => Ok(manifest),
    }
}

/// What a signed head says of the log's size and root. Its signature is checked where the keys are.
fn said(note: &str) -> Option<(u64, Hash)> {
    let (text, _) = note.split_once("\n\n")?;
    let checkpoint = crate::domain::log::Checkpoint::parse(&format!("{text}\n")).ok()?;
    Some((checkpoint.size, checkpoint.root))
}

/// How the evidence log's files stand to a store that was restored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LogFiles {
    /// There are none: they are written anew from the entries.
    None,
    /// They go on where they are.
    GoOn,
    /// They are ahead of the entries, or another store's: with them nothing starts.
    Stop(String),
}

impl LogFiles {
    fn against(head: Result<Option<Head>, SealError>, found: &Survey) -> Self {
        match head {
            Ok(None) => Self::None,
            Ok(Some(head)) if found.root_at_head == Some(head.checkpoint.root) => Self::GoOn,
            Ok(Some(head)) if head.checkpoint.size > found.contents.log.size => Self::Stop(format!(
                "they were signed for {} entries, and the backup has {}: they are ahead of it",
                head.checkpoint.size, found.contents.log.size
            )),
            Ok(Some(_)) => Self::Stop("they are those of another store".to_owned()),
            Err(error) => Self::Stop(error.to_string()),
        }
    }
}

/// Restores a backup into the store that the settings name, which must be empty.
pub fn restore(config: &Config, file: &Path, tell: Tell<'_>) -> Result<(Manifest, LogFiles), BackupError> {
    let manifest = check(file, tell)?;
    let head = head(config);
    let size = head.as_ref().ok().and_then(|head| head.as_ref()).map(|head| head.checkpoint.size);
    let options = Options { head: size, ..Options::default() };
    let found = copy(&Place::File(file.to_owned()), &place(config), options, tell)?;
    Ok((manifest, LogFiles::against(head, &found)))
}
