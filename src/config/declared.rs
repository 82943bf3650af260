//! The operator's own sources: every `*.toml` of one folder, read once at the start. What is wrong in one of them is told by
//! its file and line, and nothing starts without it.

use std::fs;
use std::path::{Path, PathBuf};

use waygate_carriers::registry::{DeclaredText, Registry, registry};

use super::{Config, ConfigError};

/// Most files that are read.
const FILES_MAX: usize = 256;

/// Longest file, in bytes.
const FILE_BYTES_MAX: u64 = 256 * 1024;

/// The carriers and sources of the settings: the built-in ones, and what the operator declares. A registry with more than
/// the built-in ones is kept for as long as the program runs.
pub fn registry_of(config: &Config) -> Result<&'static Registry, ConfigError> {
    let Some(folder) = &config.sources_dir else { return Ok(registry()) };
    let files = read(folder)?;
    let registry = Registry::with_declared(&files)
        .map_err(|error| ConfigError::Syntax { file: error.file, message: error.message })?;
    Ok(Box::leak(Box::new(registry)))
}

fn read(folder: &Path) -> Result<Vec<DeclaredText>, ConfigError> {
    let cannot = |path: &Path, error: std::io::Error| ConfigError::File { path: path.to_owned(), error };
    let listed = fs::read_dir(folder).map_err(|error| cannot(folder, error))?;
    let paths: Result<Vec<PathBuf>, _> = listed.map(|entry| entry.map(|entry| entry.path())).collect();
    let mut paths = paths.map_err(|error| cannot(folder, error))?;
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "toml"));
    paths.sort();
    if paths.len() > FILES_MAX {
        let message = format!("{} holds more than {FILES_MAX} files", folder.display());
        return Err(ConfigError::Value { setting: "carriers.sources_dir".to_owned(), message });
    }
    let read = |path: &PathBuf| {
        let length = fs::metadata(path).map_err(|error| cannot(path, error))?.len();
        if length > FILE_BYTES_MAX {
            let message = format!("is longer than {FILE_BYTES_MAX} bytes");
            return Err(ConfigError::Syntax { file: path.display().to_string(), message });
        }
        let text = fs::read_to_string(path).map_err(|error| cannot(path, error))?;
        Ok(DeclaredText { file: path.display().to_string(), text })
    };
    paths.iter().map(read).collect()
}
