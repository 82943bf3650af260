//! Reading files and stdin (`-`), up to a limit.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use anyhow::{Context, bail};

/// Longest input document, in bytes.
const BYTES_MAX: u64 = 16 << 20;

/// A whole file, or stdin for `-`.
pub fn read(path: &Path) -> anyhow::Result<Vec<u8>> {
    let name = if path == Path::new("-") { "stdin".to_owned() } else { path.display().to_string() };
    let mut bytes = Vec::new();
    let reader: Box<dyn Read> = if path == Path::new("-") {
        Box::new(io::stdin().lock())
    } else {
        Box::new(File::open(path).with_context(|| name.clone())?)
    };
    reader.take(BYTES_MAX + 1).read_to_end(&mut bytes).with_context(|| name.clone())?;
    if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > BYTES_MAX {
        bail!("{name}: longer than {BYTES_MAX} bytes");
    }
    Ok(bytes)
}

/// The same as text.
pub fn read_text(path: &Path) -> anyhow::Result<String> {
    let bytes = read(path)?;
    String::from_utf8(bytes).with_context(|| format!("{}: not UTF-8", path.display()))
}

/// Whether a name is that of something that can be read.
pub fn is_there(path: &Path) -> bool {
    path == Path::new("-") || path.exists()
}
