//! `waygate erase`: takes what tells of persons out of the database, beside a running gateway or without one.

use std::path::PathBuf;

use anyhow::Context;
use clap::{ArgGroup, Args};
use serde_json::json;

use super::Answer;
use super::output::{Failed, Output};
use crate::assembly::open_store;
use crate::clock::{Clock, SystemClock};
use crate::config::Config;
use crate::store::{Cause, Erased};

/// Takes what tells of persons out of orders that came to their end
///
/// Verdicts keep their outcome, and everything that was proved stays provable. Exit code 0 where nothing is left, 1 where
/// an order is still open or is not there.
#[derive(Args)]
#[command(group(ArgGroup::new("whose").required(true).args(["order", "buyer"])))]
pub struct Erase {
    /// The order
    #[arg(long, value_name = "ID")]
    order: Option<String>,
    /// Every order of this buyer
    #[arg(long, value_name = "ID")]
    buyer: Option<String>,
    /// One JSON document per line
    #[arg(long)]
    json: bool,
    /// Settings that differ from the defaults
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

impl Erase {
    pub(super) fn run(self) -> Result<Answer, Failed> {
        let config = Config::load(self.config.as_deref(), &|name| std::env::var(name).ok())?;
        if config.store.server.is_none() && !config.store.path.exists() {
            return Err(anyhow::anyhow!("there is no database at {}", config.store.path.display()).into());
        }
        let store = open_store(&config)?;
        let runtime = tokio::runtime::Builder::new_current_thread().build().context("no runtime")?;
        let orders = match (self.order, self.buyer) {
            (Some(order), _) => vec![order],
            (None, Some(buyer)) => runtime.block_on(store.orders_of_buyer(buyer))?,
            (None, None) => Vec::new(),
        };
        let mut out = Output::stdout();
        let mut answer = Answer::Yes;
        for order in orders {
            let erased = runtime.block_on(store.erase(order.clone(), Cause::Request, SystemClock.now()))?;
            let (outcome, words) = match &erased {
                Erased::Now(removed) => {
                    let words = format!("erased: {} fields, {} answers", removed.fields, removed.bodies);
                    (json!({"outcome": "erased", "fields": removed.fields, "bodies": removed.bodies}), words)
                }
                Erased::Before(at) => {
                    (json!({"outcome": "erased_before", "at": at}), format!("erased before, at {at}"))
                }
                Erased::Open => (
                    json!({"outcome": "open"}),
                    "still open: erase it when it has come to its end".to_owned(),
                ),
                Erased::NoOrder => (json!({"outcome": "no_such_order"}), "there is no such order".to_owned()),
            };
            if matches!(erased, Erased::Open | Erased::NoOrder) {
                answer = Answer::No;
            }
            if self.json {
                let mut line = outcome;
                line["order"] = json!(order);
                out.json(&line)?;
            } else {
                out.line(&format!("{order}: {words}"))?;
            }
        }
        runtime.block_on(store.sweep()).context("the files could not be swept: run this again")?;
        out.flush()?;
        Ok(answer)
    }
}
