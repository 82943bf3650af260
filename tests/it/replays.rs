//! Other versions over what is stored: of the policy over claims, of the rules over orders; and the same versions, which
//! must change nothing at all.

mod backtest;
mod corpus;
mod timers;
mod whatif;

use std::path::{Path, PathBuf};
use std::process::Stdio;

use serde_json::Value;

/// What a run of the binary came to.
#[derive(Debug)]
struct Ran {
    code: Option<i32>,
    out: String,
    err: String,
}

impl Ran {
    /// The one document of stdout.
    #[track_caller]
    fn document(&self) -> Value {
        serde_json::from_str(self.out.trim()).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// Exit code 2, nothing on stdout, and a message without a panic.
    #[track_caller]
    fn wrong(&self) -> &str {
        assert_eq!((self.code, self.out.as_str()), (Some(2), ""), "{self:?}");
        assert!(!self.err.contains("panicked"), "{self:?}");
        &self.err
    }
}

fn run(arguments: &[&str]) -> Ran {
    let output = timers::binary().args(arguments).stdin(Stdio::null()).output().unwrap();
    Ran {
        code: output.status.code(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// Settings that name the database in a folder.
fn settings(folder: &Path) -> PathBuf {
    let config = folder.join("settings.toml");
    let database = folder.join("waygate.db");
    std::fs::write(&config, format!("[store]\npath = '{}'\n", database.display())).unwrap();
    config
}

const POLICY: &str = include_str!("../../config/policies/2026-11.toml");
const RULES: &str = include_str!("../../config/rules/2026-11.toml");

/// The current policy as a draft with an id of its own, one text in it put in the place of another.
fn draft_policy(from: &str, to: &str) -> String {
    let text = POLICY.replacen("id = \"2026-11\"", "id = \"draft\"", 1);
    assert!(text.contains(from), "the file has changed: {from}");
    text.replacen(from, to, 1)
}

/// The current rules as a draft, one text after a rule's id put in the place of another.
fn draft_rules(id: &str, from: &str, to: &str) -> String {
    let text = RULES.replacen("version = \"2026-11\"", "version = \"draft\"", 1);
    let (head, row) = text.split_at(text.find(&format!("id = \"{id}\"")).unwrap());
    assert!(row.contains(from), "the file has changed: {from}");
    format!("{head}{}", row.replacen(from, to, 1))
}
