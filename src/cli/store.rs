//! `waygate store`: moves what is remembered to another engine.

use std::path::PathBuf;

use anyhow::{Context, bail};
use clap::{Args, Subcommand};
use secrecy::SecretString;
use serde_json::json;

use super::Answer;
use super::copying::{Meter, document, told};
use super::output::{Failed, Output};
use crate::backup;
use crate::config::Config;
use crate::store::copy::{self, CopyError, Options, Place};
use crate::store::postgres::Profile;

/// What is remembered
#[derive(Args)]
pub struct Store {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Copy(Copy),
}

/// Copies a whole store into an empty one, of the same engine or of another
///
/// A side is the path of a SQLite file; `postgres:env:NAME` or `postgres:file:PATH`, a server's address in that variable or
/// file (`cockroach:…` and `yugabyte:…` likewise); or `config:FILE`, the store that those settings name. The source is read
/// in one snapshot, also beside a running gateway; what is written to it afterwards is not copied. Then the target is read
/// back and compared. Exit code 0 where both are the same, 1 where they differ, 2 where nothing could be copied.
#[derive(Args)]
struct Copy {
    /// The store that is read
    #[arg(long, value_name = "STORE")]
    from: String,
    /// The store that is written; it must be empty
    #[arg(long, value_name = "STORE")]
    to: String,
    /// One JSON document
    #[arg(long)]
    json: bool,
}

/// The store that a side names.
fn place(side: &str) -> anyhow::Result<Place> {
    if side.starts_with("postgresql://") || side.starts_with("postgres://") || side.contains("password=") {
        bail!(
            "an address in a command line shows its password to everybody: put it into an environment variable or a \
             file, and say postgres:env:NAME or postgres:file:PATH"
        );
    }
    if let Some(file) = side.strip_prefix("config:") {
        let config = Config::load(Some(&PathBuf::from(file)), &|name| std::env::var(name).ok())?;
        return Ok(backup::place(&config));
    }
    for (word, profile) in [
        ("postgres:", Profile::Postgres),
        ("cockroach:", Profile::Cockroach),
        ("yugabyte:", Profile::Yugabyte),
    ] {
        if let Some(rest) = side.strip_prefix(word) {
            return Ok(Place::Server(profile, address(rest)?));
        }
    }
    Ok(Place::File(PathBuf::from(side)))
}

fn address(side: &str) -> anyhow::Result<SecretString> {
    let text = if let Some(name) = side.strip_prefix("env:") {
        std::env::var(name).ok().with_context(|| format!("the environment has no {name}"))?
    } else if let Some(path) = side.strip_prefix("file:") {
        std::fs::read_to_string(path).with_context(|| path.to_owned())?
    } else {
        bail!("a server's address is named by env:NAME or file:PATH");
    };
    let text = text.trim_end_matches(['\r', '\n']);
    if text.is_empty() {
        bail!("the server's address is empty");
    }
    Ok(SecretString::from(text))
}

impl Store {
    pub(super) fn run(self) -> Result<Answer, Failed> {
        let Command::Copy(command) = self.command;
        let from = place(&command.from).context("--from")?;
        let to = place(&command.to).context("--to")?;
        let mut meter = Meter::begin();
        let copied = copy::copy(&from, &to, Options::default(), &mut |progress| meter.show(progress));
        let took = meter.end();
        let mut out = Output::stdout();
        let answer = match copied {
            Ok(found) if command.json => {
                let mut line = document(&found.contents, took);
                line["same"] = json!(true);
                out.json(&line)?;
                Answer::Yes
            }
            Ok(found) => {
                out.line(&format!("copied, read back, and the same: {}", told(&found.contents, took)))?;
                Answer::Yes
            }
            Err(CopyError::Differs(what)) => {
                if command.json {
                    out.json(&json!({"same": false, "wrong": what}))?;
                } else {
                    out.line(&format!("wrong: {}", CopyError::Differs(what)))?;
                }
                Answer::No
            }
            Err(error) => return Err(error.into()),
        };
        out.flush()?;
        Ok(answer)
    }
}
