//! `waygate carriers`: every carrier and its official sources, and which are switched on with what is configured.

use std::path::PathBuf;

use clap::Args;

use super::Answer;
use super::output::{Failed, Output};
use crate::config::{Config, registry_of, source_setups};
use crate::domain::channels::Channels;
use crate::fetch::SourceState;

/// Lists every carrier and its official sources, and which are switched on with what is configured
#[derive(Args)]
pub struct Carriers {
    /// Settings that differ from the defaults
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// One JSON document per line
    #[arg(long)]
    json: bool,
}

impl Carriers {
    pub(super) fn run(self) -> Result<Answer, Failed> {
        let env = |name: &str| std::env::var(name).ok();
        let config = Config::load(self.config.as_deref(), &env)?;
        let registry = registry_of(&config)?;
        let channels = Channels::of(registry);
        let setups = source_setups(&config, registry, &env)?;
        let mut out = Output::stdout();
        for facts in registry.carriers() {
            let recognized = channels.is_recognized(&facts.id);
            let own = setups.iter().filter(|(s, _)| facts.sources.iter().any(|d| d.id == s.facts().id));
            let states: Vec<_> = own.map(|(s, setup)| (s.facts().id.to_string(), &setup.state)).collect();
            if self.json {
                let sources: Vec<_> = states
                    .iter()
                    .map(|(id, state)| match state {
                        SourceState::On => serde_json::json!({"id": id, "state": "on"}),
                        SourceState::Off(why) => serde_json::json!({"id": id, "state": "off", "why": why}),
                    })
                    .collect();
                out.json(&serde_json::json!({"id": facts.id, "name": facts.name, "recognized": recognized,
                    "sources": sources}))?;
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
}
