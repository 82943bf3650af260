//! `waygate whatif`: what other rules would have made of every order that is stored.

use std::path::PathBuf;

use anyhow::{Context, bail};
use clap::Args;
use jiff::Timestamp;
use serde_json::json;

use super::Answer;
use super::output::{Failed, Output};
use super::past::{Listed, Which, history};
use crate::clock::{Clock as _, SystemClock};
use crate::domain::rules::Rules;
use crate::domain::sums::Sums;
use crate::domain::whatif::{Difference, Shift, Tally};
use crate::gateway::whatif::whatif;

/// Most orders that are listed; all of them are in the file that --flips names.
const LISTED_MAX: usize = 50;

/// Runs every stored order again under other rules
///
/// An order's recorded inputs (confirmations, receipts, what was shown of its parcels) are taken as they came, and its
/// clocks run until now. --since and --until select by registration. Reads a snapshot of the database and changes
/// nothing. Exit code 0 where no order stands otherwise, 1 where one does, 2 where the rules or the store cannot be read.
#[derive(Args)]
pub struct Whatif {
    /// A version of the rules, or a file of rules
    #[arg(long, value_name = "VERSION|FILE")]
    rules: String,
    #[command(flatten)]
    which: Which,
    /// Runs the clocks on until then, as if nobody did anything any more
    #[arg(long, value_name = "TIME")]
    as_of: Option<Timestamp>,
    /// A file to write every order that differs to, one JSON document a line
    #[arg(long, value_name = "FILE")]
    flips: Option<PathBuf>,
    /// One JSON document
    #[arg(long)]
    json: bool,
}

impl Whatif {
    pub(super) fn run(self) -> Result<Answer, Failed> {
        let rules = choose(&self.rules)?;
        let now = SystemClock.now();
        let until = self.as_of.unwrap_or(now);
        if until < now {
            return Err(anyhow::anyhow!("--as-of lies in the past: what is stored has gone on since").into());
        }
        let config = self.which.config()?;
        let history = history(&config)?;
        let mut listed: Listed<Difference> = Listed::new(LISTED_MAX, self.flips.as_deref())?;
        let tally = whatif(history, &self.which.selection(), &rules, until, |one| listed.add(one))?;
        listed.finish()?;
        let mut out = Output::stdout();
        if self.json {
            out.json(&document(&rules.version, until, &tally, &listed))?;
        } else {
            out.line(&readable(&rules.version, until, &tally, &listed))?;
        }
        out.flush()?;
        Ok(if tally.differ == 0 { Answer::Yes } else { Answer::No })
    }
}

fn choose(name: &str) -> anyhow::Result<Rules> {
    if let Some(rules) = Rules::built_in(name) {
        return Ok(rules.clone());
    }
    let path = std::path::Path::new(name);
    if !super::input::is_there(path) {
        let known: Vec<_> = Rules::all().iter().map(|r| r.version.as_str()).collect();
        bail!("there are no rules `{name}`, nor is there such a file; there are: {}", known.join(", "));
    }
    Rules::read(&super::input::read_text(path)?).with_context(|| path.display().to_string())
}

fn document(rules: &str, until: Timestamp, tally: &Tally, listed: &Listed<Difference>) -> serde_json::Value {
    let table: Vec<_> = tally
        .table
        .iter()
        .map(|((from, to), orders)| json!({"from": from, "to": to, "orders": orders}))
        .collect();
    let by_rule: Vec<_> =
        tally.by_rule.iter().map(|(rule, orders)| json!({"rule": rule, "orders": orders})).collect();
    json!({
        "rules": rules, "as_of": until, "orders": tally.orders, "same": tally.same, "differ": tally.differ,
        "stand_elsewhere": tally.stand_elsewhere, "money_elsewhere": tally.money_elsewhere,
        "dates_moved": tally.dates_moved, "inputs_refused": tally.inputs_refused,
        "not_reproduced": tally.not_reproduced, "unknown_rules": tally.unknown_rules, "table": table, "rules_that_made_it": by_rule,
        "buyers": tally.buyers, "sellers": tally.sellers, "flips": listed.first, "flips_left_off": listed.left_off,
    })
}

fn readable(rules: &str, until: Timestamp, tally: &Tally, listed: &Listed<Difference>) -> String {
    let mut text = format!(
        "{} orders run again under rules {rules} until {until}: {} stand otherwise, {} the same",
        tally.orders, tally.differ, tally.same
    );
    for (count, what) in [
        (tally.stand_elsewhere, "stand elsewhere"),
        (tally.money_elsewhere, "have their money elsewhere"),
        (tally.dates_moved, "have other dates"),
        (tally.inputs_refused, "have something that these rules forbid"),
        (tally.not_reproduced, "were not compared: their record does not give the state that is stored"),
        (tally.unknown_rules, "were not compared: they began under rules that this program does not know"),
    ] {
        if count > 0 {
            text += &format!("\n  {count:>9} {what}");
        }
    }
    for ((from, to), orders) in tally.table.iter().filter(|((from, to), _)| from != to) {
        text += &format!("\n  {:>17} -> {:<17} {orders:>9}", from.as_str(), to.as_str());
    }
    for (who, Shift { less, more }) in [("buyers", &tally.buyers), ("sellers", &tally.sellers)] {
        for (sums, what) in [(less, "would not get"), (more, "would get")] {
            if !sums.is_empty() {
                text += &format!("\n  {who} {what} {}", amounts(sums));
            }
        }
    }
    for (rule, orders) in &tally.by_rule {
        text += &format!("\n  {orders:>9} by {rule}");
    }
    for Difference { order, from, to, moved, made_by, .. } in &listed.first {
        let dates: Vec<_> = moved.iter().map(|moved| moved.date).collect();
        let (from, to) = (from.phase.as_str(), to.phase.as_str());
        text += &format!("\n  {order}: {from} -> {to}; {} ({})", dates.join(", "), made_by.join(", "));
    }
    if listed.left_off > 0 {
        text += &format!("\n  … and {} more; --flips FILE writes all", listed.left_off);
    }
    text
}

fn amounts(sums: &Sums) -> String {
    sums.each().map(|(currency, amount)| format!("{amount} {currency}")).collect::<Vec<_>>().join(", ")
}
