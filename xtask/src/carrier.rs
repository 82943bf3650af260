//! `cargo xtask carrier <id>`: a carrier's whole folder from nothing. It compiles and its tests pass at once, by a wire format
//! that is invented; what is to be written stands at the marks.

use std::fs;
use std::path::Path;

use crate::command::root;
use crate::{Outcome, say};

/// Stands where something of the carrier's own belongs.
pub const MARK: &str = "FILL IN";

macro_rules! template {
    ($name:literal) => {
        include_str!(concat!("../../carriers/scaffold/", $name, ".txt"))
    };
}

/// Files that every folder has: where they go and what they hold.
const ALWAYS: [(&str, &str); 8] = [
    ("numbers.toml", template!("numbers.toml")),
    ("statuses.toml", template!("statuses.toml")),
    ("sandbox.rs", template!("sandbox.rs")),
    ("tests.rs", template!("tests.rs")),
    ("fixtures/delivered.json", template!("delivered.json")),
    ("fixtures/not_found_http404.json", template!("not_found_http404.json")),
    ("snapshots/delivered.snap", template!("delivered.snap")),
    ("snapshots/not_found.snap", template!("not_found.snap")),
];
/// Files of a source in code.
const CODE: [(&str, &str); 3] = [
    ("mod.rs", template!("mod.rs")),
    ("request.rs", template!("request.rs")),
    ("parse.rs", template!("parse.rs")),
];
/// Files of a declared source.
const DECLARED: [(&str, &str); 2] =
    [("mod.rs", template!("mod.declared.rs")), ("source.toml", template!("source.toml"))];
const CARRIER: &str = template!("carrier.toml");
const OFFICIAL_SOURCE: &str = template!("official_source.toml");

/// Writes the folder and says what is to be done in it.
pub fn run(id: &str, is_declared: bool) -> Outcome {
    let carriers = root().join("carriers");
    let files = files(id, is_declared)?;
    if carriers.join(id).exists() || carriers.join(format!("others/{id}.toml")).exists() {
        return Err(format!("there is a carrier `{id}` already"));
    }
    write(&carriers.join(id), &files)?;
    say(&format!(
        "carriers/{id}/ is written, and its tests pass: cargo test -p waygate-carriers --lib {id}::\n"
    ));
    for (path, text) in &files {
        for (index, line) in text.lines().enumerate().filter(|(_, line)| line.contains(MARK)) {
            say(&format!("  carriers/{id}/{path}:{}: {}", index + 1, line.trim()));
        }
    }
    say(
        "\nWhat each word means: carriers/README.md. To be recognized, it needs a line in config/channels.toml.",
    );
    Ok(())
}

/// The files of a carrier's folder.
fn files(id: &str, is_declared: bool) -> Result<Vec<(&'static str, String)>, String> {
    let is_word = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
    if !id.starts_with(|c: char| c.is_ascii_lowercase()) || !id.bytes().all(is_word) || id.ends_with('_') {
        return Err(format!("`{id}` is no carrier's id: lower-case letters, digits and underscores"));
    }
    let name = id.split('_').map(capital).collect::<Vec<_>>().join(" ");
    let filled = |text: &str| {
        let text = text.replace("@official_source@\n", &format!("{OFFICIAL_SOURCE}\n"));
        text.replace("@id@", id).replace("@id-@", &id.replace('_', "-")).replace("@Name@", &name)
    };
    let own: &[(&str, &str)] = if is_declared { &DECLARED } else { &CODE };
    let mut files: Vec<_> = ALWAYS.iter().chain(own).map(|(path, text)| (*path, filled(text))).collect();
    let source =
        if is_declared { String::new() } else { format!("\n[[official_source]]\n{OFFICIAL_SOURCE}") };
    files.insert(0, ("carrier.toml", filled(&(CARRIER.to_owned() + &source))));
    Ok(files)
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_ascii_uppercase().to_string() + letters.as_str()).unwrap_or_default()
}

fn write(folder: &Path, files: &[(&str, String)]) -> Outcome {
    for (path, text) in files {
        let path = folder.join(path);
        let parent = path.parent().unwrap_or(folder);
        let written = fs::create_dir_all(parent).and_then(|()| fs::write(&path, text));
        written.map_err(|error| format!("{}: {error}", path.display()))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::{Run, program};

    /// A folder of its own, gone at the end.
    struct Folder(std::path::PathBuf);

    impl Folder {
        fn new(name: &str) -> Self {
            Self(std::env::temp_dir().join(format!("waygate-xtask-{}-{name}", std::process::id())))
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn a_folder_is_whole_filled_in_and_formatted() {
        for is_declared in [false, true] {
            let folder = Folder::new(if is_declared { "declared" } else { "code" });
            let files = files("acme_post", is_declared).expect("a right id");
            write(&folder.0, &files).expect("written");
            for (path, text) in &files {
                assert!(!text.contains("@id") && !text.contains("@Name") && !text.contains("@off"), "{path}");
                assert_eq!(&fs::read_to_string(folder.0.join(path)).expect("written"), text);
            }
            assert!(files.iter().filter(|(_, text)| text.contains(MARK)).count() >= 5);
            assert_eq!(files.iter().any(|(path, _)| *path == "source.toml"), is_declared);
            assert_eq!(files.iter().any(|(path, _)| *path == "parse.rs"), !is_declared);
            let paths = files.iter().map(|(path, _)| folder.0.join(path));
            let rust: Vec<_> = paths.filter(|path| path.extension().is_some_and(|e| e == "rs")).collect();
            let mut check =
                program("rustfmt", ["--edition", "2024", "--check", "--config-path", "rustfmt.toml"]);
            assert!(check.args(rust).succeeds(), "a template is not formatted, or not Rust");
        }
    }

    #[test]
    fn an_id_that_is_none_is_refused() {
        for id in ["", "Acme", "acme-post", "1acme", "acme_", "../acme", "acme post"] {
            assert!(files(id, false).is_err(), "{id}");
        }
    }
}
