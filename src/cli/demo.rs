//! `waygate demo`: the main job, with nothing to configure.

use std::io::IsTerminal;
use std::path::PathBuf;

use anyhow::Context;
use clap::Args;

use super::Answer;
use super::output::{Failed, Output};
use super::serve::asked_to_stop;
use crate::config::{LogConfig, LogFormat};
use crate::demo::{DemoOptions, OrderLine, Table, run_live, run_once};
use crate::telemetry;

/// Runs the main job: carriers imitated on loopback, the gateway, a receiver of webhooks, and a story of orders
///
/// Time runs faster: a day in two seconds. The page and the terminal show the same.
#[derive(Args)]
pub struct Demo {
    /// The page's port; 8080, or any free one
    #[arg(long, value_name = "N")]
    port: Option<u16>,
    /// Runs the story to its end, prints one line an order, and ends
    #[arg(long)]
    once: bool,
    /// One JSON document per line
    #[arg(long)]
    json: bool,
    /// Writes each webhook that arrives to a file, with what is needed to verify it
    #[arg(long, value_name = "FILE")]
    record: Option<PathBuf>,
}

impl Demo {
    pub(super) fn run(self) -> Result<Answer, Failed> {
        telemetry::start(&LogConfig { format: LogFormat::Text, filter: "error".to_owned() })?;
        let options = DemoOptions { port: self.port, record: self.record.clone() };
        let runtime = tokio::runtime::Runtime::new().context("no runtime")?;
        if self.once {
            let lines = runtime.block_on(run_once(&options))?;
            self.print(&lines)?;
        } else {
            let terminal = std::io::stdout().is_terminal() && !self.json;
            let mut before = Vec::new();
            runtime.block_on(run_live(&options, asked_to_stop(), |page, now, lines| {
                let mut out = Output::stdout();
                if terminal {
                    // Clears the screen and goes to its beginning.
                    out.line(&format!("\x1b[2J\x1b[H{}\n{}", Table::title(page, now), Table::of(lines)))?;
                } else {
                    if before.is_empty() {
                        out.line(&serde_json::json!({"page": page}).to_string())?;
                    }
                    let texts = lines.iter().map(serde_json::to_string).collect::<Result<Vec<_>, _>>()?;
                    for text in texts.iter().filter(|text| !before.contains(*text)) {
                        out.line(text)?;
                    }
                    before = texts;
                }
                Ok(out.flush()?)
            }))?;
        }
        Ok(Answer::Yes)
    }

    fn print(&self, lines: &[OrderLine]) -> Result<(), Failed> {
        let mut out = Output::stdout();
        if self.json {
            for line in lines {
                out.json(line)?;
            }
        } else {
            out.line(&Table::of(lines))?;
        }
        Ok(out.flush()?)
    }
}
