//! `waygate carriers`: every carrier and its official sources, which are switched on with what is configured, and, with
//! `test`, which of them work.

mod test;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context;
use clap::{Args, Subcommand};
use jiff::tz::Offset;
use serde_json::{Value, json};

use super::Answer;
use super::output::{Failed, Output};
use crate::assembly::open_store;
use crate::clock::{Clock, SystemClock};
use crate::config::{Config, registry_of, source_setups};
use crate::domain::channels::Channels;
use crate::fetch::{SourceState, Spent, money, spent_by};
use crate::store::WholeStore;

/// Lists every carrier and its official sources, and which are switched on with what is configured
#[derive(Args)]
pub struct Carriers {
    #[command(subcommand)]
    action: Option<Action>,
    /// Settings that differ from the defaults
    #[arg(long, value_name = "FILE", global = true)]
    config: Option<PathBuf>,
    /// One JSON document per line
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Subcommand)]
enum Action {
    /// Asks each source that is switched on for a number that does not exist, and says which of them work
    Test {
        /// Only these sources, e.g. ups.track
        sources: Vec<String>,
    },
}

impl Carriers {
    pub(super) fn run(self) -> Result<Answer, Failed> {
        let config = Config::load(self.config.as_deref(), &|name| std::env::var(name).ok())?;
        match &self.action {
            Some(Action::Test { sources }) => test::run(&config, sources, self.json),
            None => list(&config, self.json),
        }
    }
}

/// The books, where there is a store already. None is made for a look.
fn books(config: &Config) -> Result<Option<Arc<dyn WholeStore>>, Failed> {
    if config.store.server.is_none() && !config.store.path.exists() {
        return Ok(None);
    }
    let store = open_store(config)?;
    Ok(Some(store))
}

fn list(config: &Config, as_json: bool) -> Result<Answer, Failed> {
    let registry = registry_of(config)?;
    let channels = Channels::of(registry);
    let setups = source_setups(config, registry, &|name| std::env::var(name).ok())?;
    let spent = if as_json { spent(config)? } else { BTreeMap::new() };
    let mut out = Output::stdout();
    for facts in registry.carriers() {
        let recognized = channels.is_recognized(&facts.id);
        let own = setups.iter().filter(|(s, _)| facts.sources.iter().any(|d| d.id == s.facts().id));
        let states: Vec<_> = own.map(|(s, setup)| (s.facts().id.to_string(), &setup.state)).collect();
        if as_json {
            let source = |(id, state): &(String, &SourceState)| {
                let mut shown = match state {
                    SourceState::On => json!({"id": id, "state": "on"}),
                    SourceState::Off(why) => json!({"id": id, "state": "off", "why": why}),
                };
                if let Some(spent) = spent.get(id) {
                    shown["spent"] = spent.clone();
                }
                shown
            };
            let sources: Vec<_> = states.iter().map(source).collect();
            out.json(
                &json!({"id": facts.id, "name": facts.name, "recognized": recognized, "sources": sources}),
            )?;
            continue;
        }
        let mark = if recognized { "recognized" } else { "not recognized" };
        out.line(&format!("{:<16} {} ({mark})", facts.id.as_str(), facts.name))?;
        for (id, state) in states {
            match state {
                SourceState::On => out.line(&format!("    {id}: on"))?,
                SourceState::Off(why) => out.line(&format!("    {id}: off, {why}"))?,
            }
        }
    }
    out.flush()?;
    Ok(Answer::Yes)
}

/// What each source cost today and this month, in UTC, as the store tells it.
fn spent(config: &Config) -> Result<BTreeMap<String, Value>, Failed> {
    let Some(books) = books(config)? else { return Ok(BTreeMap::new()) };
    let runtime = tokio::runtime::Builder::new_current_thread().build().context("no runtime")?;
    let today = Offset::UTC.to_datetime(SystemClock.now()).date();
    let spent = runtime.block_on(spent_by(books.as_ref(), today))?;
    let amounts = |(currency, spent): (&String, &Spent)| json!({"today": money(spent.today, currency), "month": money(spent.month, currency)});
    Ok(spent.iter().map(|(source, by)| (source.to_string(), by.iter().map(amounts).collect())).collect())
}
