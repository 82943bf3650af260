//! What the program really has, for tests of texts that name parts of it: the environment's variables that it reads.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// A file or folder of the repository.
pub fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// A text of the repository.
pub fn text(path: &str) -> String {
    fs::read_to_string(repository(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Every variable of Waygate that a text names whole.
pub fn variables(text: &str) -> BTreeSet<String> {
    let is_of_name = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
    let mut found = BTreeSet::new();
    for (at, _) in text.match_indices("WAYGATE_") {
        let name: String = text[at..].chars().take_while(|c| is_of_name(*c)).collect();
        // `WAYGATE_<SOURCE>_…` is a pattern, and no name.
        if !name.ends_with('_') {
            found.insert(name);
        }
    }
    found
}

/// The variables that the program reads: those in its sources, and the secrets of its sources, as it lists them itself.
pub fn variables_read() -> BTreeSet<String> {
    let mut read = BTreeSet::new();
    collect(&repository("src"), &mut |source| {
        read.extend(source.split('"').filter(|part| part.starts_with("WAYGATE_")).flat_map(variables));
    });
    let carriers =
        std::process::Command::new(env!("CARGO_BIN_EXE_waygate")).arg("carriers").output().unwrap();
    read.extend(variables(&String::from_utf8(carriers.stdout).unwrap()));
    assert!(read.contains("WAYGATE_LISTEN") && read.contains("WAYGATE_UPS_TRACK_CLIENT_ID"), "{read:?}");
    read
}

fn collect(folder: &Path, take: &mut impl FnMut(&str)) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, take);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            take(&fs::read_to_string(&path).unwrap());
        }
    }
}
