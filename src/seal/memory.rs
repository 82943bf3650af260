//! A log's files in memory: for tests and for trials.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Mutex, PoisonError};

use super::TileStore;
use crate::domain::log::TileName;

/// Files that are gone with the process.
#[derive(Debug, Default)]
pub struct MemoryTiles {
    files: Mutex<BTreeMap<String, Vec<u8>>>,
}

impl MemoryTiles {
    /// Everything in it.
    pub fn all(&self) -> BTreeMap<String, Vec<u8>> {
        self.files.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Files that are these.
    pub fn of(files: BTreeMap<String, Vec<u8>>) -> Self {
        Self { files: Mutex::new(files) }
    }
}

impl TileStore for MemoryTiles {
    fn read(&self, name: &str) -> io::Result<Option<Vec<u8>>> {
        Ok(self.files.lock().unwrap_or_else(PoisonError::into_inner).get(name).cloned())
    }

    fn write_once(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let mut files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        match files.get(name) {
            Some(there) if there != bytes => Err(io::ErrorKind::AlreadyExists.into()),
            Some(_) => Ok(()),
            None => {
                files.insert(name.to_owned(), bytes.to_vec());
                Ok(())
            }
        }
    }

    fn replace(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let mut files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        files.insert(name.to_owned(), bytes.to_vec());
        Ok(())
    }

    fn forget_partial(&self, full: TileName) -> io::Result<()> {
        let beginning = format!("{full}.p/");
        let mut files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        files.retain(|name, _| !name.starts_with(&beginning));
        Ok(())
    }
}
