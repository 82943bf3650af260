//! What the commands share that go through all that is stored: which of it, the snapshot, and where the list goes.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Args;
use jiff::Timestamp;
use serde::Serialize;

use crate::config::Config;
use crate::store::history::Selection;
use crate::store::sqlite::History;

/// Which of what is stored, and where it lies.
#[derive(Args)]
pub struct Which {
    /// Settings that differ from the defaults
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// From this time on
    #[arg(long, value_name = "TIME")]
    since: Option<Timestamp>,
    /// Before this time
    #[arg(long, value_name = "TIME")]
    until: Option<Timestamp>,
    /// Of this seller alone
    #[arg(long, value_name = "SELLER")]
    seller: Option<String>,
}

impl Which {
    /// The settings.
    pub fn config(&self) -> anyhow::Result<Config> {
        let env = |name: &str| std::env::var(name).ok();
        Ok(Config::load(self.config.as_deref(), &env)?)
    }

    /// What is selected.
    pub fn selection(self) -> Selection {
        Selection { since: self.since, until: self.until, seller: self.seller }
    }
}

/// The store that the settings name, as it is now.
pub fn history(config: &Config) -> anyhow::Result<History> {
    if config.store.server.is_some() {
        anyhow::bail!(
            "this goes through a SQLite file, and the settings name a server. `waygate backup FILE` makes one of what is \
             stored there; with WAYGATE_STORE_PROFILE=sqlite and WAYGATE_STORE_PATH=FILE it is read"
        );
    }
    let path = &config.store.path;
    if !path.is_file() {
        anyhow::bail!("there is no database {}", path.display());
    }
    Ok(History::open(path)?)
}

/// The first of what is listed, and all of it in a file where one is named.
pub struct Listed<T> {
    /// The first.
    pub first: Vec<T>,
    /// How many there are beyond them.
    pub left_off: u64,
    most: usize,
    file: Option<(BufWriter<File>, String)>,
}

impl<T: Serialize + Clone> Listed<T> {
    /// At most so many are kept.
    pub fn new(most: usize, file: Option<&Path>) -> anyhow::Result<Self> {
        let file = match file {
            None => None,
            Some(path) => {
                let name = path.display().to_string();
                Some((BufWriter::new(File::create(path).with_context(|| name.clone())?), name))
            }
        };
        Ok(Self { first: Vec::new(), left_off: 0, most, file })
    }

    /// Adds one.
    pub fn add(&mut self, thing: &T) -> anyhow::Result<()> {
        if let Some((file, name)) = &mut self.file {
            serde_json::to_writer(&mut *file, thing).with_context(|| name.clone())?;
            file.write_all(b"\n").with_context(|| name.clone())?;
        }
        if self.first.len() < self.most {
            self.first.push(thing.clone());
        } else {
            self.left_off += 1;
        }
        Ok(())
    }

    /// Sees to it that all is in the file.
    pub fn finish(&mut self) -> anyhow::Result<()> {
        if let Some((file, name)) = &mut self.file {
            file.flush().with_context(|| name.clone())?;
        }
        Ok(())
    }
}
