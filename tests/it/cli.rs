//! The binary as people and scripts run it: arguments, stdin, exit codes, what is printed where.

mod backup;
mod capacity;
mod certificate;
mod check;
mod crash;
mod declared;
mod demo;
mod drain;
mod erase;
mod kill_rounds;
mod parse;
mod simulate;
mod sources;
mod store;
mod streams;
mod usage;
mod verify;
mod webhooks;

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

/// What a run came to.
#[derive(Debug)]
struct Ran {
    code: Option<i32>,
    out: String,
    err: String,
}

impl Ran {
    /// The lines of stdout as JSON, one document each.
    #[track_caller]
    fn lines(&self) -> Vec<Value> {
        let read = |line| serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}"));
        self.out.lines().map(read).collect()
    }

    /// Wrong usage or unreadable input: exit code 2, nothing on stdout, and a message without a panic on stderr.
    #[track_caller]
    fn wrong(&self) -> &str {
        assert_eq!((self.code, self.out.as_str()), (Some(2), ""), "{self:?}");
        assert!(!self.err.trim().is_empty() && !self.err.contains("panicked"), "{self:?}");
        &self.err
    }
}

/// The binary, without what the surroundings say.
fn command() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_waygate"));
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("WAYGATE_") || name == "RUST_LOG" {
            command.env_remove(name);
        }
    }
    command
}

/// Runs the binary to its end.
fn run(arguments: &[&str], stdin: &[u8]) -> Ran {
    finish(command().args(arguments), stdin)
}

fn finish(command: &mut Command, stdin: &[u8]) -> Ran {
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut pipe = child.stdin.take().unwrap();
    let input = stdin.to_vec();
    // It may end before it has read all: then the pipe is closed, and that is fine.
    let writing = std::thread::spawn(move || drop(pipe.write_all(&input)));
    let output = child.wait_with_output().unwrap();
    writing.join().unwrap();
    Ran {
        code: output.status.code(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// A path in the repository.
fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}
