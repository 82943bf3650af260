//! A log's files in a folder, each written beside its place, made safe, and then put there: a file is there whole or
//! not at all, and stays after the power fails. The folder as it is can be served by any server of files.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use super::TileStore;
use crate::domain::log::TileName;

/// What a file's name ends with until it is whole. Something of this process's own stands before it, since others may write
/// the same file at the same time.
const UNFINISHED: &str = "unfinished";

/// Files in a folder.
#[derive(Debug)]
pub struct FileTiles {
    folder: PathBuf,
    own: String,
}

impl FileTiles {
    /// The files in a folder, which is made where there is none.
    pub fn open(folder: &Path) -> io::Result<Self> {
        make_folder(folder)?;
        Ok(Self { folder: folder.to_owned(), own: format!("{:016x}", rand::random::<u64>()) })
    }

    fn put(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let path = self.folder.join(name);
        let folder = path.parent().unwrap_or(&self.folder);
        make_folder(folder)?;
        let mut beside = path.clone().into_os_string();
        beside.push(format!(".{}.{UNFINISHED}", self.own));
        let mut file = OpenOptions::new().write(true).create(true).truncate(true).open(&beside)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&beside, &path)?;
        sync_folder(folder)
    }
}

impl TileStore for FileTiles {
    fn read(&self, name: &str) -> io::Result<Option<Vec<u8>>> {
        match fs::read(self.folder.join(name)) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn write_once(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        match self.read(name)? {
            // It may have been put there just before a crash.
            Some(there) if there == bytes => match self.folder.join(name).parent() {
                Some(folder) => sync_folder(folder),
                None => Ok(()),
            },
            Some(_) => Err(ErrorKind::AlreadyExists.into()),
            None => self.put(name, bytes),
        }
    }

    fn replace(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        self.put(name, bytes)
    }

    fn forget_partial(&self, full: TileName) -> io::Result<()> {
        match fs::remove_dir_all(self.folder.join(format!("{full}.p"))) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }
}

/// Makes a folder with all above it, each safe in the one above.
fn make_folder(folder: &Path) -> io::Result<()> {
    match fs::create_dir(folder) {
        Ok(()) => folder.parent().map_or(Ok(()), sync_folder),
        Err(error) if error.kind() == ErrorKind::AlreadyExists && folder.is_dir() => Ok(()),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            make_folder(folder.parent().ok_or(error)?)?;
            make_folder(folder)
        }
        Err(error) => Err(error),
    }
}

/// Waits until a folder's own list of names is safe.
fn sync_folder(folder: &Path) -> io::Result<()> {
    // A relative path of one name lies in the folder that we run in.
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    File::open(folder)?.sync_all()
}
