//! `waygate backup` and `waygate restore`.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use super::Answer;
use super::copying::{Meter, document, told};
use super::output::{Failed, Output};
use crate::backup::{BackupError, LogFiles, check, make, restore};
use crate::clock::{Clock, SystemClock};
use crate::config::Config;

/// What no backup holds.
const NO_KEY: &str = "The master key is not in it: keep the file that `secrets.master_key_file` names, or \
                      WAYGATE_MASTER_KEY, in another place. Without it webhook secrets and headers, and the log's \
                      signing key, cannot be made again.";

/// Makes a backup of the store: one SQLite file, whichever engine it is, and FILE.json that says what is in it
///
/// One snapshot, also beside a running gateway. It is verified before it has its name. Exit code 0 where it is whole, 1
/// where it is not, 2 where none could be made or read.
#[derive(Args)]
pub struct Backup {
    /// Verify a backup that is there
    #[arg(long)]
    check: bool,
    /// One JSON document
    #[arg(long)]
    json: bool,
    /// Settings that differ from the defaults
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The backup
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

/// Restores a backup into the store that the settings name, which must be empty
///
/// The backup is verified before, and the store after. Exit code 0 where both are whole and the same, 1 where they are not,
/// 2 where nothing could be restored.
#[derive(Args)]
pub struct Restore {
    /// One JSON document
    #[arg(long)]
    json: bool,
    /// Settings that differ from the defaults
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The backup
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

/// Tells what is wrong, where that is the answer.
fn refused(error: BackupError, is_json: bool) -> Result<Answer, Failed> {
    if !error.is_answer() {
        return Err(error.into());
    }
    let mut out = Output::stdout();
    if is_json {
        out.json(&json!({"whole": false, "wrong": error.to_string()}))?;
    } else {
        out.line(&format!("wrong: {error}"))?;
    }
    out.flush()?;
    Ok(Answer::No)
}

impl Backup {
    pub(super) fn run(self) -> Result<Answer, Failed> {
        let mut meter = Meter::begin();
        let done = if self.check {
            check(&self.file, &mut |progress| meter.show(progress))
        } else {
            let config = Config::load(self.config.as_deref(), &|name| std::env::var(name).ok())?;
            make(&config, &self.file, SystemClock.now(), &mut |progress| meter.show(progress))
        };
        let took = meter.end();
        let manifest = match done {
            Ok(manifest) => manifest,
            Err(error) => return refused(error, self.json),
        };
        let mut out = Output::stdout();
        if self.json {
            let mut line = document(&manifest.contents, took);
            line["whole"] = json!(true);
            line["made_at"] = json!(manifest.made_at);
            line["made_from"] = json!(manifest.made_from);
            line["signed_head"] = json!(manifest.signed_head);
            out.json(&line)?;
        } else {
            let verb = if self.check { "is whole" } else { "is made and verified" };
            let (file, when) = (self.file.display(), manifest.made_at);
            out.line(&format!("{file} {verb}, as of {when}: {}", told(&manifest.contents, took)))?;
            if !self.check {
                out.line(NO_KEY)?;
            }
        }
        out.flush()?;
        Ok(Answer::Yes)
    }
}

impl Restore {
    pub(super) fn run(self) -> Result<Answer, Failed> {
        let config = Config::load(self.config.as_deref(), &|name| std::env::var(name).ok())?;
        let mut meter = Meter::begin();
        let done = restore(&config, &self.file, &mut |progress| meter.show(progress));
        let took = meter.end();
        let (manifest, files) = match done {
            Ok(done) => done,
            Err(error) => return refused(error, self.json),
        };
        let folder = config.evidence_log.folder.display();
        let (word, told_of) = match &files {
            LogFiles::None => (
                "none",
                format!(
                    "The evidence log's folder {folder} is empty: its files are written anew from the entries."
                ),
            ),
            LogFiles::GoOn => ("go_on", format!("The evidence log's files in {folder} go on with it.")),
            LogFiles::Stop(why) => (
                "stop",
                format!(
                    "The gateway will NOT start with the evidence log's files in {folder}: {why}. Restore a newer backup \
                     into an empty store, if there is one; or move that folder away, keep it (its head proves what the \
                     old log held), and give the log another `evidence_log.origin`: then its files are written anew from \
                     the entries. Whoever holds a head or a certificate of what is lost is to be told."
                ),
            ),
        };
        let mut out = Output::stdout();
        if self.json {
            let mut line = document(&manifest.contents, took);
            line["whole"] = json!(true);
            line["made_at"] = json!(manifest.made_at);
            line["log_files"] = json!(word);
            line["log_told"] = json!(told_of);
            out.json(&line)?;
        } else {
            let (file, when) = (self.file.display(), manifest.made_at);
            out.line(&format!(
                "{file}, as of {when}, is restored and verified: {}",
                told(&manifest.contents, took)
            ))?;
            out.line(&told_of)?;
            out.line("The master key is not in a backup: the gateway needs the one that it had.")?;
        }
        out.flush()?;
        Ok(Answer::Yes)
    }
}
