//! `waygate simulate`: a scenario of orders, to what the rules did.

use std::path::PathBuf;

use anyhow::Context;
use clap::Args;
use serde_json::Value;

use super::Answer;
use super::input::read_text;
use super::output::{Failed, Output};
use crate::domain::rules::Rules;
use crate::domain::scenario::{Line, Scenario, run};

/// Plays a scenario of orders by the rules
///
/// Pure: no network, no database; all times come from the file. One line for each thing that happened. A step that the
/// rules forbid is a line too; exit code 2 where the file cannot be read as a scenario.
#[derive(Args)]
pub struct Simulate {
    /// A file of rules to play by; without it, the version that each order began under
    #[arg(long, value_name = "FILE")]
    rules: Option<PathBuf>,
    /// One JSON document for each line
    #[arg(long)]
    json: bool,
    /// The scenario (TOML); `-` reads stdin
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

impl Simulate {
    pub(super) fn run(self) -> Result<Answer, Failed> {
        let rules = match &self.rules {
            Some(path) => {
                let text = read_text(path)?;
                Some(Rules::read(&text).with_context(|| path.display().to_string())?)
            }
            None => None,
        };
        let text = read_text(&self.file)?;
        let scenario = Scenario::read(&text).with_context(|| self.file.display().to_string())?;
        let mut out = Output::stdout();
        for line in run(&scenario, rules.as_ref()) {
            if self.json {
                out.json(&line)?;
            } else {
                out.line(&readable(&line))?;
            }
        }
        out.flush()?;
        Ok(Answer::Yes)
    }
}

fn readable(line: &Line) -> String {
    let money = |value: &Option<Value>, name: &str| {
        let value = value.as_ref()?;
        let part = |key: &str| value.get(key).and_then(Value::as_str).unwrap_or_default();
        Some(format!("  {name} {} {}", part("amount"), part("currency")))
    };
    let text = |value: &Option<Value>| value.as_ref().and_then(Value::as_str).unwrap_or_default().to_owned();
    let (refund, release) = (money(&line.refund, "refund"), money(&line.release, "release"));
    format!(
        "{}  {}  {:<26}{}{}  {} ({})",
        line.at,
        line.order,
        line.event,
        refund.unwrap_or_default(),
        release.unwrap_or_default(),
        text(&line.why),
        line.rule.as_deref().unwrap_or("-"),
    )
}
