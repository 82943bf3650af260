//! `waygate certificate`: checks a certificate offline.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use waygate_carriers::registry::registry;

use super::Answer;
use super::output::{Failed, Output};
use crate::domain::certificate::{Part, Replay, Report, check};
use crate::domain::channels::Channels;
use crate::domain::log::VerifierKey;

/// Certificates of verdicts
#[derive(Args)]
pub struct Certificate {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Verify(Verify),
}

/// Checks a certificate: its signature, its place in the log, its verdict
///
/// Pure: no network, no database. The signature, every document's hash and every proof are checked, and the verdict is
/// made again. Exit code 0 where all holds, 1 where something does not, 2 where the file is not a certificate.
#[derive(Args)]
struct Verify {
    /// One JSON document
    #[arg(long)]
    json: bool,
    /// The key that it must be signed with, as the platform publishes it under /v1/log/keys; may be given several times.
    /// Without it the certificate's own word is taken for whose key it is
    #[arg(long, value_name = "VERIFIER_KEY")]
    key: Vec<VerifierKey>,
    /// The file; `-` reads stdin
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

impl Certificate {
    pub(super) fn run(self) -> Result<Answer, Failed> {
        let Command::Verify(command) = self.command;
        let bytes = super::input::read(&command.file)?;
        let report = check(&bytes, &command.key, registry(), Channels::built_in())?;
        let mut out = Output::stdout();
        if command.json {
            out.json(&report)?;
        } else {
            out.line(&readable(&report))?;
        }
        out.flush()?;
        Ok(if report.valid { Answer::Yes } else { Answer::No })
    }
}

fn readable(report: &Report) -> String {
    let verdict = report.verdict.as_deref().unwrap_or("unreadable");
    let mut text = format!(
        "{}: {verdict}, shipment {}",
        if report.valid { "valid" } else { "NOT VALID" },
        report.shipment
    );
    for fault in &report.faults {
        text += &format!("\n  {}: {}", part(&fault.part), fault.what);
    }
    text += &format!("\n  made at {}, log {}", report.issued_at, report.log);
    if let Some(size) = report.log_size {
        text += &format!(" at {size} entries");
    }
    text += match report.replay {
        Replay::Same => "\n  the verdict was made again from this evidence: the same",
        Replay::Withheld => "\n  the verdict was not made again: what is withheld bears on it",
        Replay::Differs { .. } | Replay::OtherFacts { .. } | Replay::Impossible { .. } => "",
    };
    if !report.withheld.is_empty() {
        text += &format!("\n  {} fields are withheld", report.withheld.len());
    }
    for (at, fields) in &report.erased {
        text += &format!("\n  {fields} fields were erased at {at}");
    }
    text += &format!("\n  signed by {}", report.key);
    if !report.key_trusted {
        text += "\n  compare this key with the one that the platform publishes, or give it as --key";
    }
    text
}

fn part(part: &Part) -> String {
    match part {
        Part::Signature => "signature".to_owned(),
        Part::Key => "key".to_owned(),
        Part::Checkpoint => "checkpoint".to_owned(),
        Part::Policy => "policy".to_owned(),
        Part::Claim => "claim".to_owned(),
        Part::Observation(n) => format!("observation {n}"),
        Part::Verdict => "verdict".to_owned(),
        Part::Erasure(n) => format!("erasure {n}"),
        Part::Whole => "whole".to_owned(),
    }
}
