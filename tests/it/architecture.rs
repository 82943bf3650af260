//! The arrows of ARCHITECTURE.md, held by reading the sources: what is pure names nothing that is not, SQL stays in the
//! store, status codes stay at the rim, and files stay short enough to be read.

use std::fs;
use std::path::Path;

/// Most lines of a file that is not a test's.
const LINES_MAX: usize = 500;
/// Longer files, with the reason. None so far.
const LONGER: [(&str, &str); 0] = [];

/// A source file, without what is only there for its tests.
struct Source {
    path: String,
    text: String,
}

impl Source {
    /// Lines of code with their numbers; comments are left out, and so is an in-file module of tests, which is last.
    fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        let lines = self.text.lines().enumerate().map(|(index, line)| (index + 1, line));
        let of_the_program = lines.take_while(|(_, line)| line.trim_end() != "mod tests {");
        of_the_program.filter(|(_, line)| !line.trim_start().starts_with("//"))
    }

    /// Whether it tests or measures the program and is no part of it.
    fn is_test(&self) -> bool {
        let name = self.path.rsplit('/').next().unwrap_or_default();
        let folders = self.path.split('/').rev().skip(1);
        folders.into_iter().any(|folder| ["tests", "suite", "benches", "examples"].contains(&folder))
            || ["tests.rs", "trial.rs", "samples.rs"].contains(&name)
            || name.ends_with("_tests.rs")
    }

    fn is_below(&self, folders: &[&str]) -> bool {
        folders.iter().any(|folder| self.path.starts_with(folder))
    }
}

/// Every Rust file of the project, by its path from the root.
fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    for folder in ["src", "carriers", "xtask", "tests", "benches"] {
        collect(root, &root.join(folder), &mut found);
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    assert!(found.len() > 100, "only {} files were found: are we in the root?", found.len());
    found
}

fn collect(root: &Path, folder: &Path, found: &mut Vec<Source>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            if !path.ends_with("node_modules") && !path.ends_with("target") {
                collect(root, &path, found);
            }
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let name = path.strip_prefix(root).unwrap().to_str().unwrap().replace('\\', "/");
            found.push(Source { path: name, text: fs::read_to_string(&path).unwrap() });
        }
    }
}

/// The words of a line: names with their paths, such as `std::fs::read`.
fn words(line: &str) -> impl Iterator<Item = &str> {
    line.split(|c: char| !c.is_alphanumeric() && c != '_' && c != ':').filter(|word| !word.is_empty())
}

/// Whether the line names `name` or something in it.
fn names(line: &str, name: &str) -> bool {
    words(line).any(|word| word == name || word.strip_prefix(name).is_some_and(|rest| rest.starts_with("::")))
}

/// Whether the line names `name` as a part of any path.
fn mentions(line: &str, name: &str) -> bool {
    words(line).any(|word| word.split("::").any(|part| part == name))
}

/// Whether the line takes several modules of the gateway at once, which would hide them from these rules.
fn takes_many(line: &str) -> bool {
    line.trim_start().starts_with("use crate::{")
}

/// Says for every line of these files that breaks a rule where it is.
fn breaches<'a>(
    sources: &'a [Source],
    concerns: impl Fn(&Source) -> bool,
    is_wrong: impl Fn(&str) -> bool + 'a,
) -> Vec<String> {
    let concerned: Vec<_> = sources.iter().filter(|source| !source.is_test() && concerns(source)).collect();
    assert!(!concerned.is_empty(), "the rule concerns no file at all");
    let wrong = |source: &'a Source| {
        let lines: Vec<_> = source.code().filter(|(_, line)| is_wrong(line)).collect();
        lines.into_iter().map(|(number, line)| format!("{}:{number}: {}", source.path, line.trim()))
    };
    concerned.into_iter().flat_map(wrong).collect()
}

fn assert_none(breaches: &[String], rule: &str) {
    assert!(breaches.is_empty(), "{rule}:\n  {}", breaches.join("\n  "));
}

/// What does input or output, keeps time, or is random.
const IMPURE: [&str; 12] = [
    "tokio",
    "reqwest",
    "rusqlite",
    "axum",
    "hyper",
    "rand",
    "std::fs",
    "std::net",
    "std::env",
    "std::process",
    "std::thread",
    "tracing",
];

#[test]
fn carriers_and_domain_do_no_input_or_output() {
    let is_wrong = |line: &str| IMPURE.iter().any(|name| names(line, name)) || line.contains("::now()");
    let pure =
        |source: &Source| source.is_below(&["carriers/", "src/domain"]) && source.path != "carriers/build.rs";
    assert_none(
        &breaches(&sources(), pure, is_wrong),
        "what is pure takes bytes, values and the time as arguments",
    );
}

#[test]
fn the_domain_leans_on_itself_and_on_the_carriers_values_alone() {
    let is_wrong = |line: &str| {
        words(line).any(|word| {
            (word.starts_with("crate::") && !word.starts_with("crate::domain"))
                || (word.starts_with("waygate_carriers::")
                    && !["contract", "numbers", "places", "registry"]
                        .iter()
                        .any(|module| word.starts_with(&format!("waygate_carriers::{module}"))))
        }) || takes_many(line)
    };
    assert_none(
        &breaches(&sources(), |source| source.is_below(&["src/domain"]), is_wrong),
        "the domain knows the domain and the carriers' values, nothing of the gateway around it",
    );
}

#[test]
fn what_lies_deeper_does_not_know_what_lies_above_it() {
    let sources = sources();
    for (below, above) in [
        (
            ["src/gateway"].as_slice(),
            ["crate::http", "crate::cli", "crate::worker", "crate::assembly"].as_slice(),
        ),
        (
            &["src/fetch", "src/store", "src/net", "src/webhook"],
            &["crate::http", "crate::cli", "crate::gateway"],
        ),
        (&["src/worker", "src/webhook", "src/http"], &["crate::cli", "crate::demo", "crate::assembly"]),
    ] {
        let is_wrong = |line: &str| takes_many(line) || above.iter().any(|name| names(line, name));
        assert_none(
            &breaches(&sources, |source| source.is_below(below), is_wrong),
            &format!("{} must not know {}", below.join(", "), above.join(", ")),
        );
    }
}

#[test]
fn sql_stays_in_the_store() {
    // Statements as they are written here: in capitals, and with what follows the verb.
    let statements = ["SELECT ", "INSERT INTO ", "INSERT OR ", "DELETE FROM ", "CREATE TABLE ", "PRAGMA "];
    let is_wrong = |line: &str| statements.iter().any(|statement| line.contains(statement));
    let elsewhere = |source: &Source| !source.is_below(&["src/store/", "carriers/", "xtask/"]);
    assert_none(
        &breaches(&sources(), elsewhere, is_wrong),
        "SQL is written below src/store/ and nowhere else",
    );
    let database = |line: &str| names(line, "rusqlite") || names(line, "tokio_postgres");
    assert_none(
        &breaches(&sources(), |source| !source.is_below(&["src/store"]), database),
        "only src/store knows the databases' libraries",
    );
}

#[test]
fn status_codes_stay_at_the_rim() {
    // Carriers have status codes of their own, and no HTTP library.
    let rim = ["src/http", "src/demo", "src/sandbox", "src/listen", "carriers/", "xtask/"];
    assert_none(
        &breaches(&sources(), |source| !source.is_below(&rim), |line| mentions(line, "StatusCode")),
        "errors become status codes in src/http; the demo, the sandbox and `webhooks listen` are servers of their own",
    );
}

#[test]
fn files_are_short_enough_to_be_read() {
    let allowed = |path: &str| LONGER.iter().any(|(longer, _)| *longer == path);
    let sources = sources();
    let long: Vec<_> = sources
        .iter()
        .filter(|source| !source.is_test() && !allowed(&source.path))
        .map(|source| (source.text.lines().count(), &source.path))
        .filter(|(lines, _)| *lines > LINES_MAX)
        .map(|(lines, path)| format!("{path}: {lines} lines"))
        .collect();
    assert_none(&long, "a file of more than 500 lines has more than one subject; divide it, or say why not");
}

#[test]
fn every_file_says_what_it_is() {
    let sources = sources();
    let silent: Vec<_> =
        sources.iter().filter(|s| !s.text.starts_with("//! ")).map(|s| s.path.clone()).collect();
    assert_none(&silent, "every file opens with `//!` and what it is");
}

/// The rules above read lines; these are lines that they must and must not see.
#[test]
fn the_reader_sees_names_and_not_their_likes() {
    assert!(names("use tokio::sync::Notify;", "tokio") && names("    std::fs::read(path)", "std::fs"));
    assert!(mentions("use http::StatusCode;", "StatusCode") && !mentions("StatusCodes", "StatusCode"));
    assert!(!names("use crate::tokio_like;", "tokio") && !names("let operand = 1;", "rand"));
    let text = "//! x\nfn a() {}\n// std::fs\n#[cfg(test)]\nmod tests {\n    use std::fs;\n}\n";
    let source = Source { path: "src/a.rs".to_owned(), text: text.to_owned() };
    let code: Vec<_> = source.code().map(|(number, _)| number).collect();
    assert_eq!(code, [2, 4], "comments and tests are not the program's code");
}
