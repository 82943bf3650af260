//! `waygate log`: goes through the evidence log.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context;
use clap::{Args, Subcommand};
use serde_json::json;

use super::Answer;
use super::output::{Failed, Output};
use crate::assembly::open_store;
use crate::config::Config;
use crate::seal::{FileTiles, audit};

/// The evidence log
#[derive(Args)]
pub struct Log {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Check(Check),
}

/// Goes through the whole log: entries, tiles, signed head, and what the database keeps
///
/// Exit code 0 where all of it agrees, 1 where something does not, which is named.
#[derive(Args)]
struct Check {
    /// One JSON document
    #[arg(long)]
    json: bool,
    /// Settings that differ from the defaults
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

impl Log {
    pub(super) fn run(self) -> Result<Answer, Failed> {
        let Command::Check(command) = self.command;
        let env = |name: &str| std::env::var(name).ok();
        let config = Config::load(command.config.as_deref(), &env)?;
        let folder = &config.evidence_log.folder;
        if !folder.is_dir() {
            return Err(anyhow::anyhow!("there is no log in {}", folder.display()).into());
        }
        let files = FileTiles::open(folder).with_context(|| folder.display().to_string())?;
        let store = open_store(&config)?;
        let runtime = tokio::runtime::Builder::new_current_thread().build().context("no runtime")?;
        let audited = runtime.block_on(audit(Arc::new(files), store, &config.evidence_log.origin));
        let mut out = Output::stdout();
        let answer = match audited {
            Ok(found) => {
                let head = &found.head.checkpoint;
                if command.json {
                    let (size, root) = (head.size, head.root);
                    out.json(
                        &json!({"agrees": true, "size": size, "root": root, "documents": found.documents,
                        "erased_in_part": found.parts, "erased": found.erased}),
                    )?;
                } else {
                    let (documents, parts, erased) = (found.documents, found.parts, found.erased);
                    out.line(&format!(
                        "all agrees: {} entries under the root {}, {documents} documents, {parts} of them erased in \
                         part, {erased} erased",
                        head.size, head.root
                    ))?;
                }
                Answer::Yes
            }
            Err(error) => {
                if command.json {
                    out.json(&json!({"agrees": false, "wrong": error.to_string()}))?;
                } else {
                    out.line(&format!("wrong: {error}"))?;
                }
                Answer::No
            }
        };
        out.flush()?;
        Ok(answer)
    }
}
