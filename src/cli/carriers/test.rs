//! `waygate carriers test`: asks each source that is switched on for a number that nobody has. Whatever a source says of
//! it, it works; where it says nothing, what to mend is said.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use futures_util::future::join_all;
use serde_json::json;
use tokio::time::Instant;
use waygate_carriers::contract::{Ask, Failure, FailureKind, Reading, SourceFacts};

use super::books;
use crate::assembly::peers_of;
use crate::cli::Answer;
use crate::cli::output::{Failed, Output, complain};
use crate::clock::{Clock, SystemClock};
use crate::config::{Config, registry_of, source_setups};
use crate::fetch::{Fetched, Fetcher, Freshness, SourceState, Waits, Wanted};
use crate::store::SourceBooks;

/// What is asked for where the carrier declares no number to try it with.
const NUMBER: &str = "000000000000";

/// How a source does.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Ok,
    Refused,
    Unreachable,
    Misconfigured,
}

impl Outcome {
    fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Refused => "refused",
            Self::Unreachable => "unreachable",
            Self::Misconfigured => "misconfigured",
        }
    }
}

struct Tested {
    source: String,
    outcome: Outcome,
    message: String,
    mend: String,
    number: Option<String>,
    http_status: Option<u16>,
    took: Option<Duration>,
}

pub(super) fn run(config: &Config, only: &[String], as_json: bool) -> Result<Answer, Failed> {
    let setups = source_setups(config, registry_of(config)?, &|name| std::env::var(name).ok())?;
    let known = |id: &String| setups.iter().any(|(s, _)| s.facts().id.as_str() == id);
    if let Some(unknown) = only.iter().find(|id| !known(id)) {
        return Err(anyhow::anyhow!("there is no source `{unknown}`; `waygate carriers` lists them").into());
    }
    let (mut asked, mut tested) = (Vec::new(), Vec::new());
    for (source, setup) in &setups {
        let named = only.contains(&source.facts().id.to_string());
        match &setup.state {
            SourceState::On if named || only.is_empty() => asked.push(source.facts().clone()),
            SourceState::Off(why) if named => tested.push(switched_off(source.facts(), why)),
            _ => {}
        }
    }
    let books = books(config)?;
    // Beside gateways that run it keeps to the pace that they share.
    let peers = books.as_ref().and_then(|store| peers_of(config, store));
    let books = books.map(|store| store as Arc<dyn SourceBooks>);
    let fetcher = Arc::new(Fetcher::among(peers, setups, Arc::new(SystemClock), books)?);
    let runtime = tokio::runtime::Runtime::new().context("no runtime")?;
    tested.extend(runtime.block_on(async {
        let tested = join_all(asked.iter().map(|facts| try_out(&fetcher, facts))).await;
        fetcher.give_back().await;
        tested
    }));
    if tested.is_empty() {
        complain("waygate: no source is switched on; `waygate carriers` says what each of them lacks");
    }
    let mut out = Output::stdout();
    for tested in &tested {
        if as_json {
            out.json(&json!({
                "source": tested.source, "outcome": tested.outcome.as_str(), "message": tested.message,
                "mend": Some(&tested.mend).filter(|mend| !mend.is_empty()), "number": tested.number,
                "http_status": tested.http_status, "took_ms": tested.took.map(|took| took.as_millis()),
            }))?;
        } else {
            let mend = if tested.mend.is_empty() { String::new() } else { format!(" {}", tested.mend) };
            out.line(&format!(
                "{:<24} {:<14} {}.{mend}",
                tested.source,
                tested.outcome.as_str(),
                tested.message
            ))?;
        }
    }
    out.flush()?;
    let fine = tested.iter().all(|tested| tested.outcome == Outcome::Ok);
    Ok(if fine { Answer::Yes } else { Answer::No })
}

fn switched_off(facts: &SourceFacts, why: &str) -> Tested {
    Tested {
        source: facts.id.to_string(),
        outcome: Outcome::Misconfigured,
        message: "it is switched off".to_owned(),
        mend: format!("The reason: {why}."),
        number: None,
        http_status: None,
        took: None,
    }
}

async fn try_out(fetcher: &Fetcher, facts: &SourceFacts) -> Tested {
    let number = facts.test_number.clone().unwrap_or_else(|| NUMBER.to_owned());
    let answers = facts.answers.first();
    let ask = Ask {
        tracking_number: number.clone(),
        carrier: answers.map_or_else(|| facts.id.carrier(), |answers| answers.carrier.clone()),
        format: None,
        origin_country: None,
        destination_country: None,
        destination_postal_code: None,
        request_id: uuid::Uuid::now_v7().to_string(),
        asked_at: SystemClock.now(),
    };
    let began = Instant::now();
    let wanted = Wanted { freshness: Freshness::Cached, by: Waits::Person };
    let fetched = fetcher.ask(&facts.id, &ask, wanted).await;
    let (outcome, message, mend) = told(facts, &fetched);
    Tested {
        source: facts.id.to_string(),
        outcome,
        message,
        mend,
        number: Some(number),
        http_status: fetched.http_status,
        took: Some(began.elapsed()),
    }
}

fn told(facts: &SourceFacts, fetched: &Fetched) -> (Outcome, String, String) {
    let failure = match &fetched.reading {
        Reading::Failed(failure) if !fetched.is_answer() => failure,
        reading => return (Outcome::Ok, format!("it answers: {}", reading.outcome()), String::new()),
    };
    let (outcome, mend) = match (failure.kind, failure.code.as_str()) {
        (_, "not_official") => (
            Outcome::Misconfigured,
            format!("Set base_url to https and one of its hosts: {}.", facts.hosts.join(", ")),
        ),
        (FailureKind::Refused, "no_secret") | (_, "bad_request") => {
            (Outcome::Misconfigured, "Check the text of its secrets.".to_owned())
        }
        (FailureKind::Refused, _) => (
            Outcome::Refused,
            "Check its credentials, and whether the account may use this interface.".to_owned(),
        ),
        (FailureKind::RateLimited, _) => (
            Outcome::Refused,
            "Its quota or its pace is used up: try again later, or lower `interval_ms` and `per_day`.".to_owned(),
        ),
        (FailureKind::Malformed, _) => (
            Outcome::Misconfigured,
            "Something else than the source answers, or the source has changed: check base_url and what lies between."
                .to_owned(),
        ),
        _ => (Outcome::Unreachable, unreachable(failure)),
    };
    (outcome, failure.message.clone(), mend)
}

/// What to mend where nobody answers: the message says whether the name, the connection or its encryption failed.
fn unreachable(failure: &Failure) -> String {
    match failure.code.as_str() {
        "no_connection" => {
            "Check the name service, the firewall, and the certificates of this machine.".to_owned()
        }
        "timeout" => "Check the firewall, or raise `timeout_ms`.".to_owned(),
        _ => "The source itself is down: try again later.".to_owned(),
    }
}
