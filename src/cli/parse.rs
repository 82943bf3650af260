//! `waygate parse`: one raw answer of an official source, read.

use std::path::PathBuf;

use anyhow::{Context, anyhow};
use clap::Args;
use waygate_carriers::contract::{CarrierId, FailureKind, Reading, Response, SourceId};
use waygate_carriers::registry::{Registry, registry};

use super::Answer;
use super::output::{Failed, Output};
use crate::config::{Config, SOURCES_DIR_VARIABLE, registry_of};

/// Reads one raw answer of a carrier's official source (JSON, XML or HTML) to the normalized tracking
///
/// No network, no database. A file that answers for several shipments gives one line each. Without --source it may also
/// be a message that the carrier pushed.
#[derive(Args)]
pub struct Parse {
    /// The carrier's id
    #[arg(long, value_name = "ID")]
    carrier: String,
    /// Which of the carrier's sources; without it the body's shape decides
    #[arg(long, value_name = "ID")]
    source: Option<String>,
    /// The HTTP status that came with it; 200 is meant without it
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(100..600))]
    http_status: Option<u16>,
    /// The number that was asked for; an answer for another number is `malformed`
    #[arg(long, value_name = "N")]
    number: Option<String>,
    /// Settings that name a folder of sources of your own
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// One JSON document per line
    #[arg(long)]
    json: bool,
    /// The file; `-` reads stdin
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

impl Parse {
    pub(super) fn run(self) -> Result<Answer, Failed> {
        let carrier = CarrierId::new(&self.carrier)?;
        let registry = self.registry()?;
        if registry.carrier(&carrier).is_none() {
            return Err(anyhow!("there is no carrier `{carrier}`; `waygate carriers` lists them").into());
        }
        let source = self.source.as_deref().map(SourceId::new).transpose().context("--source")?;
        let body = super::input::read(&self.file)?;
        let response =
            Response { status: self.http_status.unwrap_or(200), body: &body, asked: self.number.as_deref() };
        let mut readings = registry.read(&carrier, source.as_ref(), response);
        // Some carriers push news of a parcel, in a shape of their own.
        if source.is_none() && readings.iter().all(is_of_no_source) {
            readings = registry.read_push(&carrier, &body, response.asked).unwrap_or(readings);
        }
        let mut out = Output::stdout();
        let mut answer = Answer::Yes;
        for reading in &readings {
            if reading.tracking().is_none() {
                answer = Answer::No;
            }
            if self.json { out.json(reading)? } else { out.line(&readable(reading))? }
        }
        out.flush()?;
        Ok(answer)
    }

    /// The built-in carriers; with settings that say so, the operator's own as well.
    fn registry(&self) -> Result<&'static Registry, Failed> {
        let env = |name: &str| std::env::var(name).ok();
        if self.config.is_none() && env(SOURCES_DIR_VARIABLE).is_none() {
            return Ok(registry());
        }
        Ok(registry_of(&Config::load(self.config.as_deref(), &env)?)?)
    }
}

/// Whether what was read is an answer of none of the carrier's sources.
fn is_of_no_source(reading: &Reading) -> bool {
    let Reading::Failed(failure) = reading else { return false };
    failure.kind == FailureKind::Malformed && failure.code == "unexpected_shape"
}

fn readable(reading: &Reading) -> String {
    let tracking = match reading {
        Reading::Failed(failure) => return failure.to_string(),
        Reading::Found(tracking) => tracking,
    };
    let mut text = format!("{} {}: {}", tracking.carrier, tracking.tracking_number, tracking.status.as_str());
    for checkpoint in &tracking.checkpoints {
        let time = checkpoint.time.map(|t| t.to_string());
        let time = time.or_else(|| checkpoint.local_time.map(|t| format!("{t} (local)"))).unwrap_or_default();
        let place = checkpoint.place.as_ref();
        let city = place.and_then(|p| p.city.clone()).unwrap_or_default();
        let country = place.and_then(|p| p.country).map(|c| c.to_string()).unwrap_or_default();
        text += &format!(
            "\n  {time}  {}  {} {}  {city} {country}",
            checkpoint.status.as_str(),
            checkpoint.code.as_deref().unwrap_or("-"),
            checkpoint.text.as_deref().unwrap_or_default(),
        );
    }
    text
}
