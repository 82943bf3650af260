//! `waygate rules`: every rule as people read it, and the machines as diagrams made from the code.

use clap::Args;
use serde_json::json;

use super::Answer;
use super::output::{Failed, Output};
use crate::domain::lifecycle::diagram::{DEPTH, mermaid, transitions};
use crate::domain::rules::{Rule, Rules};

/// Shows the rules of orders, disputes and sellers
///
/// A table in Markdown; with --diagrams also the machines, drawn by running them. With --json one document a line.
#[derive(Args)]
pub struct ShowRules {
    /// The version; the newest without it
    #[arg(long = "rules", value_name = "VERSION")]
    version: Option<String>,
    /// Also the machines' transitions
    #[arg(long)]
    diagrams: bool,
    /// One JSON document for each rule, and each transition
    #[arg(long)]
    json: bool,
}

impl ShowRules {
    pub(super) fn run(self) -> Result<Answer, Failed> {
        let rules = match &self.version {
            None => Rules::current(),
            Some(version) => Rules::built_in(version).ok_or_else(|| {
                let known: Vec<_> = Rules::all().iter().map(|r| r.version.as_str()).collect();
                anyhow::anyhow!("there are no rules `{version}`; there are: {}", known.join(", "))
            })?,
        };
        let mut out = Output::stdout();
        let drawn = self.diagrams.then(|| transitions(rules, DEPTH));
        if self.json {
            for (place, row) in rules.rows.iter().enumerate() {
                let numbers = &row.numbers;
                out.json(&json!({"version": rules.version, "place": place + 1, "id": row.id, "says": row.says, "numbers": numbers}))?;
            }
            for transition in drawn.iter().flatten() {
                out.json(transition)?;
            }
        } else {
            out.line(&table(rules))?;
            if let Some(drawn) = &drawn {
                out.line(mermaid(drawn).trim_end())?;
            }
        }
        out.flush()?;
        Ok(Answer::Yes)
    }
}

fn table(rules: &Rules) -> String {
    let rows: Vec<String> = rules.rows.iter().map(row).collect();
    format!(
        "# The rules\n\nVersion {}, for orders paid from {} on. Made by `waygate rules --diagrams` from `config/rules/{}.toml`\n\
         and the code. A day is 24 hours from the moment of the event; an interval holds its beginning and not its end; of two\n\
         clocks that are due at one instant, the one that stands first fires first.\n\n\
         | rule | what it says | numbers |\n|---|---|---|\n{}",
        rules.version,
        rules.applies_from,
        rules.version,
        rows.join("\n")
    )
}

fn row(rule: &Rule) -> String {
    let numbers: Vec<String> =
        rule.numbers.iter().map(|(name, number)| format!("{name} = {number}")).collect();
    format!("| `{}` | {} | {} |", rule.id, rule.says, numbers.join(", "))
}
