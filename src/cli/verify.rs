//! `waygate verify`: a claim and its recorded evidence, to the verdict.

use std::path::PathBuf;

use clap::Args;

use super::Answer;
use super::output::{Failed, Output};
use crate::domain::verdict::{CheckOutcome, Verdict};
use crate::gateway::verify_file::judge_file_under;

/// Judges a claim and its recorded evidence
///
/// Pure: no network, no database; the time comes from the file. Exit code 0 whatever the verdict, 2 where the file
/// cannot be read.
#[derive(Args)]
pub struct Verify {
    /// The policy's version, or a file with a draft; the current version without it
    #[arg(long, value_name = "ID|FILE")]
    policy: Option<String>,
    /// One JSON document
    #[arg(long)]
    json: bool,
    /// The file; `-` reads stdin
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

impl Verify {
    pub(super) fn run(self) -> Result<Answer, Failed> {
        let policy = super::policy::choose(self.policy.as_deref())?;
        let bytes = super::input::read(&self.file)?;
        let verdict = judge_file_under(&bytes, &policy)?;
        let mut out = Output::stdout();
        if self.json {
            out.json(&verdict)?;
        } else {
            out.line(&readable(&verdict))?;
        }
        out.flush()?;
        Ok(Answer::Yes)
    }
}

fn readable(verdict: &Verdict) -> String {
    let mut text = format!("{} (policy {})", verdict.verdict.as_str(), verdict.policy);
    for check in &verdict.checks {
        let outcome = match check.outcome {
            CheckOutcome::Pass => "pass",
            CheckOutcome::Fail => "FAIL",
            CheckOutcome::Unknown => "?",
            CheckOutcome::NotApplicable => "-",
        };
        text += &format!("\n  {outcome:>4}  {}: {}", check.id, check.reason);
    }
    if let Some(at) = verdict.turns_at {
        text += &format!("\n  turns at {at}");
    }
    for ask in &verdict.ask_seller {
        text += &format!("\n  ask the seller: {ask}");
    }
    text
}
