//! What the commands share that move a store: how far it is, on a terminal, and what came of it.

use std::io::{self, IsTerminal as _, Write as _};

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::clock::{Clock, SystemClock};
use crate::store::copy::{Contents, Progress};

/// Milliseconds between two lines on a terminal.
const SHOWN_EVERY_MS: i128 = 200;

/// How far a copy is and how long it took.
pub(super) struct Meter {
    began: Timestamp,
    shown: Option<Timestamp>,
    is_terminal: bool,
}

impl Meter {
    /// Begins now.
    pub fn begin() -> Self {
        let began = SystemClock.now();
        Self { began, shown: None, is_terminal: io::stderr().is_terminal() }
    }

    /// Shows how far it is; where nobody can see it, it is not missed.
    pub fn show(&mut self, progress: Progress) {
        let now = SystemClock.now();
        let is_early = self.shown.is_some_and(|at| now.duration_since(at).as_millis() < SHOWN_EVERY_MS);
        if !self.is_terminal || is_early {
            return;
        }
        self.shown = Some(now);
        let what = if progress.comparing { "read back" } else { "copied" };
        let line = format!("\r{} rows {what}: {:<20}", progress.rows, progress.table);
        let _ = io::stderr().lock().write_all(line.as_bytes());
    }

    /// The time since the beginning. The line is ended.
    pub fn end(&self) -> SignedDuration {
        if self.shown.is_some() {
            let _ = io::stderr().lock().write_all(b"\n");
        }
        SystemClock.now().duration_since(self.began)
    }
}

/// What was moved, for people.
pub(super) fn told(contents: &Contents, took: SignedDuration) -> String {
    let Contents { rows, tables, log } = contents;
    let milliseconds = u64::try_from(took.as_millis()).unwrap_or_default().max(1);
    let (rate, seconds) = (rows * 1_000 / milliseconds, took.as_secs_f64());
    format!(
        "{rows} rows of {} tables in {seconds:.1} s, {rate} a second; the log has {} entries under the root {}",
        tables.len(),
        log.size,
        log.root
    )
}

/// The same for machines.
pub(super) fn document(contents: &Contents, took: SignedDuration) -> Value {
    let mut document = json!(contents);
    document["seconds"] = json!(took.as_secs_f64());
    document
}
