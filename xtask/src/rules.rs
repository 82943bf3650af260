//! Rules about the text itself: formatting, what must never be committed, settings that can be read.

use std::collections::BTreeSet;
use std::fs;

use crate::carrier::MARK;
use crate::command::{Run, files, program, root};
use crate::{Outcome, say};

/// Texts that no committed file holds, and why. Put together from halves, so that this file may hold them.
const FORBIDDEN: [(&str, &str); 7] = [
    (concat!("/wo", "rk/"), "a path of somebody's machine"),
    (concat!("/ro", "ot/"), "a path of somebody's machine"),
    (concat!("/Us", "ers/"), "a path of somebody's machine"),
    (concat!("<<<<", "<<< "), "a merge that was not finished"),
    (concat!(">>>>", ">>> "), "a merge that was not finished"),
    (concat!("FIX", "ME"), "work that was not finished"),
    (concat!("PRIVATE ", "KEY-----"), "a secret"),
];
/// Characters before a forbidden path that make it another path, such as a URL's.
const PATH_GOES_ON: &str = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.}";

/// Reads TOML with Python's own reader, since the standard library of Rust has none.
const READ_TOML: &str = "
import sys, tomllib
for path in sys.argv[1:]:
    try:
        with open(path, 'rb') as file:
            tomllib.load(file)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        sys.exit(f'{path}: {error}')
";

/// Formats every Rust file.
pub fn format() -> Outcome {
    rustfmt(&[])?.run()
}

/// Every Rust file is formatted. The carriers' folders are found by a build script, which `cargo fmt` does not see.
pub fn is_formatted() -> Outcome {
    let checked = rustfmt(&["--check", "-l"])?.output().map_err(|error| format!("rustfmt: {error}"))?;
    if checked.status.success() {
        return Ok(());
    }
    // A file is listed once for itself and once for each file that has it as a module.
    let listed = String::from_utf8_lossy(&checked.stdout);
    for path in listed.lines().collect::<BTreeSet<_>>() {
        say(&format!("not formatted: {path}"));
    }
    say(&String::from_utf8_lossy(&checked.stderr));
    Err("`cargo xtask fmt` formats all".to_owned())
}

fn rustfmt(options: &[&str]) -> Result<std::process::Command, String> {
    let mut command = program("rustfmt", ["--edition", "2024"]);
    command.args(options).args(files(".rs")?);
    Ok(command)
}

/// No file holds a forbidden text.
pub fn holds_nothing_forbidden() -> Outcome {
    let mut found = 0;
    for path in files("")? {
        // A picture or an archive is no text.
        let Ok(text) = fs::read_to_string(root().join(&path)) else { continue };
        for (number, line) in text.lines().enumerate() {
            let unfilled =
                is_in_carrier(&path).then_some((MARK, "a part of the carrier that is not written"));
            let forbidden = FORBIDDEN.into_iter().chain(unfilled);
            for (needle, why) in forbidden.filter(|(needle, _)| holds(line, needle)) {
                say(&format!("{path}:{}: `{needle}`: {why}", number + 1));
                found += 1;
            }
        }
    }
    if found == 0 { Ok(()) } else { Err(format!("{found} lines hold what must not be committed")) }
}

/// Whether a file belongs to a carrier. What a new one is written from has its marks on purpose.
fn is_in_carrier(path: &str) -> bool {
    let within = path.strip_prefix("carriers/").and_then(|path| path.split_once('/'));
    within.is_some_and(|(folder, _)| folder != "scaffold")
}

fn holds(line: &str, needle: &str) -> bool {
    line.match_indices(needle).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        !needle.starts_with('/') || before.is_none_or(|before| !PATH_GOES_ON.contains(before))
    })
}

/// Every TOML file can be read.
pub fn toml_reads() -> Outcome {
    let read = program("python3", ["-c", READ_TOML]).args(files(".toml")?).run();
    read.map_err(|_| "a settings file cannot be read; see above".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_of_a_machine_is_told_from_a_part_of_a_url() {
        let path = FORBIDDEN[0].0;
        assert!(holds(&format!("see {path}notes"), path));
        assert!(holds(&format!("\"{path}notes\""), path));
        assert!(!holds(&format!("https://example.com{path}notes"), path));
        assert!(!holds("nothing", path));
    }

    #[test]
    fn a_mark_is_left_nowhere_but_in_what_carriers_are_written_from() {
        assert!(is_in_carrier("carriers/acme_post/source.toml"));
        assert!(is_in_carrier("carriers/acme_post/express/parse.rs"));
        for other in ["carriers/scaffold/source.toml.txt", "carriers/README.md", "xtask/src/carrier.rs"] {
            assert!(!is_in_carrier(other), "{other}");
        }
    }
}
