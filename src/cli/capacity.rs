//! `waygate capacity`: what a plan of parcels, sources and replicas bears, and what is full first.

use std::path::PathBuf;

use anyhow::Context;
use clap::Args;
use serde_json::json;
use waygate_carriers::registry::registry;

use super::Answer;
use super::input::read_text;
use super::output::{Failed, Output};
use crate::domain::capacity::{Budget, Found, Plan, Resource, SourceFound, simulate};
use crate::domain::policy::Policy;

/// Says what a plan of parcels, sources and replicas bears
///
/// Runs virtual weeks by the policy's own rows of when to ask, and lists everything that can be full, the fullest first. Exit
/// code 1 where something is asked for more than it bears. Without FILE the figures of config/capacity.toml hold.
#[derive(Args)]
pub struct Capacity {
    /// Numbers that sellers give in a week, in place of the plan's
    #[arg(long, value_name = "N")]
    parcels: Option<f64>,
    /// Processes, in place of the plan's
    #[arg(long, value_name = "N")]
    replicas: Option<u32>,
    /// Take every source's budget for boundless, to see what else is full
    #[arg(long)]
    boundless: bool,
    /// One JSON document
    #[arg(long)]
    json: bool,
    /// The plan (TOML); `-` reads stdin
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
}

impl Capacity {
    pub(super) fn run(self) -> Result<Answer, Failed> {
        let mut plan = match &self.file {
            None => Plan::read(Plan::BUILT_IN)?,
            Some(path) => {
                let text = read_text(path)?;
                Plan::read(&text).with_context(|| path.display().to_string())?
            }
        };
        plan.parcels_a_week = self.parcels.unwrap_or(plan.parcels_a_week);
        plan.replicas = self.replicas.unwrap_or(plan.replicas);
        let plan = plan.checked()?;
        let policy = Policy::current();
        let mut budgets = plan.budgets(registry())?;
        if self.boundless {
            budgets = budgets.into_iter().map(|budget| Budget::boundless(budget.carrier)).collect();
        }
        let found = simulate(&plan, &policy.look, &budgets);
        let mut out = Output::stdout();
        if self.json {
            let (parcels, replicas) = (plan.parcels_a_week, plan.replicas);
            out.json(&json!({"policy": policy.id, "parcels_a_week": parcels, "replicas": replicas, "found": found}))?;
        } else {
            out.line(&told(&plan, &found))?;
        }
        out.flush()?;
        Ok(if found.resources.iter().any(|r| r.full_hours > 0) { Answer::No } else { Answer::Yes })
    }
}

fn told(plan: &Plan, found: &Found) -> String {
    let resources: Vec<String> =
        found.resources.iter().filter(|r| r.bears.is_finite()).map(resource).collect();
    let late = found.sources.iter().filter(|s| s.stretch > 1.005);
    let late: Vec<String> = late.map(source).collect();
    let late = if late.is_empty() {
        "Every source is asked as often as the policy wants.".to_owned()
    } else {
        format!(
            "| source | of the looks that the policy wants | from look to look | longest wait for a first look |\n|---|---|---|---|\n{}",
            late.join("\n")
        )
    };
    format!(
        "{} parcels a week for {} weeks, {} replicas: {} parcels open at the end, {} looks and {} events a day.\n\
         The fullest hour needs {} replicas; the store grows by {} a week, the evidence log by {}.\n\n\
         | what can be full | bears a second | mean | fullest hour | in week | full from parcels a week |\n|---|---|---|---|---|---|\n{}\n\n{late}",
        short(plan.parcels_a_week),
        plan.weeks,
        plan.replicas,
        short(found.parcels_open),
        short(found.looks_a_day),
        short(found.events_a_day),
        found.replicas_needed,
        bytes(found.store_bytes_a_week),
        bytes(found.log_bytes_a_week),
        resources.join("\n"),
    )
}

fn resource(resource: &Resource) -> String {
    let percent = resource.peak / resource.bears * 100.0;
    format!(
        "| {} | {} | {} | {} ({percent:.0} %) | {} | {} |",
        resource.name,
        short(resource.bears),
        short(resource.mean),
        short(resource.peak),
        resource.peak_week,
        short(resource.full_from)
    )
}

fn source(source: &SourceFound) -> String {
    let share = source.asked / source.wanted * 100.0;
    format!(
        "| {} | {share:.1} % | {:.1} times as long | {:.1} h |",
        source.id, source.stretch, source.first_look_hours
    )
}

/// Three figures and a unit, as people say it.
fn short(figure: f64) -> String {
    scaled(figure, &[(1e9, " billion"), (1e6, " million"), (1e3, " thousand"), (1.0, "")])
}

fn bytes(figure: f64) -> String {
    scaled(figure, &[(1e12, " TB"), (1e9, " GB"), (1e6, " MB"), (1e3, " kB"), (1.0, " B")])
}

fn scaled(figure: f64, units: &[(f64, &str)]) -> String {
    let (unit, word) = units.iter().find(|(unit, _)| figure >= *unit).copied().unwrap_or((1.0, ""));
    let scaled = figure / unit;
    let digits = match scaled {
        _ if scaled >= 100.0 || scaled.fract() == 0.0 => 0,
        10.0.. => 1,
        0.1.. => 2,
        _ => 4,
    };
    format!("{scaled:.digits$}{word}")
}
