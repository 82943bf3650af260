//! The page for who runs it: every command, setting, metric, address, code and line that it names is one of the program's.

use std::collections::BTreeSet;
use std::process::Command;

use serde_json::Value;
use waygate::config::ReplicaRole;

use crate::named::{repository, text, variables_read};
use crate::support::TestApp;

const PAGE: &str = "docs/operations.md";

/// What stands between backticks.
fn named() -> BTreeSet<String> {
    let page = text(PAGE);
    let spans: BTreeSet<_> = page.split('`').skip(1).step_by(2).map(str::to_owned).collect();
    assert!(spans.len() > 80 && spans.iter().all(|span| !span.contains('\n')), "the page is read wrongly");
    spans
}

/// All Rust sources of the program, for words that it says.
fn sources() -> String {
    fn collect(folder: &std::path::Path, into: &mut String) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                collect(&path, into);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                *into += &std::fs::read_to_string(&path).unwrap();
            }
        }
    }
    let mut all = String::new();
    collect(&repository("src"), &mut all);
    all
}

/// The program's settings: table and key, those that are only commented on included.
fn settings() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut table = String::new();
    for line in waygate::config::DEFAULTS.lines() {
        let line = line.trim_start_matches("# ");
        if let Some((name, _)) = line.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            table = String::from(name);
            found.insert(table.clone());
        } else if let Some((key, _)) = line.split_once(" = ").filter(|(key, _)| !key.contains(' ')) {
            // A source's table is found by each of its keys alone.
            found.insert(if table.starts_with("sources.") {
                key.to_owned()
            } else {
                format!("{table}.{key}")
            });
        }
    }
    assert!(found.contains("work.roles") && found.contains("evidence_log.folder"), "{found:?}");
    found
}

/// Whether the program takes such a command line, as far as words and flags go.
fn is_command(line: &str) -> bool {
    let words: Vec<_> = line.split(' ').skip(1).take_while(|word| !word.starts_with('-')).collect();
    let ran = Command::new(env!("CARGO_BIN_EXE_waygate")).args(&words).arg("--help").output().unwrap();
    let help = String::from_utf8(ran.stdout).unwrap();
    // Of a word that is no command the help is that of the command before it.
    let usage = format!("Usage: waygate {} ", words.join(" "));
    let has = |flag: &str| help.split_whitespace().any(|word| word.trim_end_matches(',') == flag);
    ran.status.success()
        && help.contains(&usage)
        && line.split(' ').filter(|word| word.starts_with('-')).all(has)
}

/// Whether this is what is measured.
fn is_bench(line: &str) -> bool {
    let manifest: toml::Table = text("Cargo.toml").parse().unwrap();
    let name = line.strip_prefix("cargo bench --bench ");
    manifest["bench"].as_array().unwrap().iter().any(|bench| bench["name"].as_str() == name)
}

fn is_address(span: &str) -> bool {
    let (method, path) = span.split_once(' ').unwrap_or(("GET", span));
    let document: Value = serde_json::from_str(&text("docs/openapi.json")).unwrap();
    document["paths"][path].get(method.to_lowercase()).is_some()
}

#[tokio::test]
async fn all_that_the_page_names_is_there() {
    let metrics = TestApp::start().await.anonymous().get("/metrics").await.text();
    let is_metric = |name: &str| metrics.lines().any(|line| line.starts_with(&format!("# TYPE {name} ")));
    let (settings, variables, sources) = (settings(), variables_read(), sources());
    let lower = sources.to_lowercase();
    let mut unknown = Vec::new();
    for span in named() {
        let is_there = if span.starts_with("waygate ") {
            is_command(&span)
        } else if span.starts_with("cargo ") {
            is_bench(&span)
        } else if span.contains('/') {
            is_address(&span)
        } else if span.starts_with("WAYGATE_") {
            variables.contains(&span)
        } else if span.starts_with("waygate_") {
            is_metric(&span)
        } else if settings.iter().any(|setting| setting.split('.').next() == span.split('.').next()) {
            settings.contains(&span) || ReplicaRole::ALL.iter().any(|role| role.as_str() == span)
        } else if span.contains('_') || span.contains('.') {
            // Codes, events, notices.
            settings.contains(&span) || sources.contains(&format!("\"{span}\""))
        } else {
            // What it says, and what others call their own.
            ["-wal"].contains(&span.as_str()) || lower.contains(&span.to_lowercase())
        };
        if !is_there {
            unknown.push(span);
        }
    }
    assert_eq!(unknown, Vec::<String>::new());
}

#[test]
fn what_the_page_leads_to_is_there() {
    for link in text(PAGE).split("](").skip(1) {
        let target = link.split_once(')').unwrap().0;
        assert!(repository("docs").join(target).exists(), "{target}");
    }
}

#[tokio::test]
async fn every_metric_that_there_is_stands_on_the_page() {
    let metrics = TestApp::start().await.anonymous().get("/metrics").await.text();
    let families = metrics.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split(' ').next());
    let named = named();
    let missing: Vec<_> = families.filter(|name| !named.contains(*name)).collect();
    assert_eq!(missing, ["waygate_log_unsealed"; 0]);
}

#[test]
fn a_word_that_means_nothing_would_be_seen() {
    assert!(is_command("waygate log check") && is_command("waygate serve --roles"));
    assert!(!is_command("waygate log chec") && !is_command("waygate serve --role"));
    assert!(is_address("/readyz") && is_address("POST /v1/orders") && !is_address("POST /readyz"));
    assert!(is_bench("cargo bench --bench store") && !is_bench("cargo bench --bench stores"));
    assert!(!settings().contains("work.role"));
}
