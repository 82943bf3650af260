//! The signed head in a log's folder, for those who only look at it.

use std::path::Path;

use super::open::{listed, read_head};
use super::{FileTiles, Head, SealError};

/// The head that is signed in a folder, by a key that is listed there; none where no log began.
pub fn signed_head(folder: &Path, origin: &str) -> Result<Option<Head>, SealError> {
    if !folder.is_dir() {
        return Ok(None);
    }
    let unread = |error| SealError::File { name: folder.display().to_string(), error };
    let files = FileTiles::open(folder).map_err(unread)?;
    let found = read_head(&files, &listed(&files)?.verifiers()?, origin)?;
    Ok(found.map(|(head, _)| head))
}
