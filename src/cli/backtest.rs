//! `waygate backtest`: what another version of the policy would have said of every claim that is stored.

use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::Args;
use serde::Serialize;
use serde_json::json;

use super::Answer;
use super::output::{Failed, Output};
use super::past::{Listed, Which, history};
use crate::assembly::book_of;
use crate::domain::backtest::{Cell, Flip, Tally};
use crate::domain::sums::Sums;
use crate::domain::verdict::Outcome;
use crate::gateway::backtest::backtest;

/// Most flips that are listed; all of them are in the file that --flips names.
const LISTED_MAX: usize = 50;

/// Judges every stored claim again under another version of the policy
///
/// Each claim is judged on the evidence that is recorded with its latest verdict, as of that verdict's time; --since and
/// --until select by it. Reads a snapshot of the database and changes nothing: a running gateway may go on. Exit code 0
/// where every claim gets the same answer, 1 where one gets another, 2 where the policy or the store cannot be read.
#[derive(Args)]
pub struct Backtest {
    /// The policy's version, or a file with a draft
    #[arg(long, value_name = "ID|FILE")]
    policy: String,
    #[command(flatten)]
    which: Which,
    /// A file to write every flip to, one JSON document a line
    #[arg(long, value_name = "FILE")]
    flips: Option<PathBuf>,
    /// One JSON document
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Row<'a> {
    from: Outcome,
    to: Outcome,
    claims: u64,
    at_stake: &'a Sums,
    without_amount: u64,
}

impl Backtest {
    pub(super) fn run(self) -> Result<Answer, Failed> {
        let policy = super::policy::choose(Some(&self.policy))?;
        let config = self.which.config()?;
        let book = book_of(&config)?;
        let history = history(&config)?;
        let mut listed: Listed<Flip> = Listed::new(LISTED_MAX, self.flips.as_deref())?;
        let tables = (book.registry, book.channels, policy.as_ref());
        let tally = backtest(history, &self.which.selection(), tables, |flip| listed.add(flip))?;
        listed.finish()?;
        let mut out = Output::stdout();
        if self.json {
            out.json(&document(&policy.id, &tally, &listed))?;
        } else {
            out.line(&readable(&policy.id, &tally, &listed))?;
        }
        out.flush()?;
        Ok(if tally.flipped == 0 { Answer::Yes } else { Answer::No })
    }
}

fn rows(tally: &Tally) -> Vec<Row<'_>> {
    let row = |(answers, cell)| {
        let (&(from, to), Cell { claims, at_stake, without_amount }): (&(Outcome, Outcome), &Cell) =
            (answers, cell);
        Row { from, to, claims: *claims, at_stake, without_amount: *without_amount }
    };
    tally.table.iter().map(row).collect()
}

fn document(policy: &str, tally: &Tally, listed: &Listed<Flip>) -> serde_json::Value {
    let checks: Vec<_> = by_count(&tally.made_by)
        .into_iter()
        .map(|(check, flips)| json!({"check": check, "flips": flips}))
        .collect();
    let not_replayed: Vec<_> =
        tally.not_replayed.iter().map(|(why, claims)| json!({"why": why, "claims": claims})).collect();
    json!({
        "policy": policy, "from_policies": tally.from_policies, "claims": tally.claims, "same": tally.same,
        "changed": tally.changed, "flipped": tally.flipped, "not_replayed": not_replayed, "table": rows(tally),
        "checks": checks, "flips": listed.first, "flips_left_off": listed.left_off,
    })
}

/// The most frequent first.
fn by_count(counts: &BTreeMap<String, u64>) -> Vec<(&str, u64)> {
    let mut all: Vec<_> = counts.iter().map(|(name, count)| (name.as_str(), *count)).collect();
    all.sort_by_key(|(name, count)| (std::cmp::Reverse(*count), *name));
    all
}

fn readable(policy: &str, tally: &Tally, listed: &Listed<Flip>) -> String {
    let Tally { claims, same, changed, flipped, .. } = tally;
    let mut text = format!(
        "{claims} claims judged again under policy {policy}: {flipped} get another answer, {changed} the same answer with \
         other particulars, {same} exactly the same"
    );
    for (why, claims) in &tally.not_replayed {
        let why = serde_json::to_value(why).unwrap_or_default();
        text += &format!(
            "\n  {claims} could not be judged again: {}",
            why.as_str().unwrap_or_default().replace('_', " ")
        );
    }
    for row in rows(tally) {
        text += &format!("\n  {:>12} -> {:<12} {:>9}", row.from.as_str(), row.to.as_str(), row.claims);
        let money: Vec<_> =
            row.at_stake.each().map(|(currency, amount)| format!("{amount} {currency}")).collect();
        if !money.is_empty() {
            text += &format!("  at stake {}", money.join(", "));
        }
        if row.without_amount > 0 {
            text += &format!("  {} of unknown worth", row.without_amount);
        }
    }
    for (check, flips) in by_count(&tally.made_by) {
        text += &format!("\n  {flips:>9} flips by {check}");
    }
    for flip in &listed.first {
        let Flip { order, carrier, tracking_number, from, to, made_by, .. } = flip;
        let (from, to) = (from.as_str(), to.as_str());
        text += &format!("\n  {order}: {carrier} {tracking_number}: {from} -> {to} ({})", made_by.join(", "));
    }
    if listed.left_off > 0 {
        text += &format!("\n  … and {} more; --flips FILE writes all", listed.left_off);
    }
    text
}
