//! One exchange with a source: the request described, sent with a token where one is wanted, the answer read for each
//! number that was asked. A further try is a further request: it waits in line and counts like the first.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use url::Url;
use waygate_carriers::contract::{
    Ask, Body, Failure, FailureKind, Reading, Request, Response, Token, TokenExchange,
};

use super::account::Account;
use super::gate::Pass;
use super::gather::no_reading;
use super::runner::{PATIENCE, PAUSE, PAUSE_MAX, Runner};
use super::token::Lent;
use super::waits::Urgency;
use super::wire::{self, Answer, WireError};
use super::{Fetched, Fetcher};
use crate::net::retry_after::retry_after;

/// Shortest and longest pause before the one retry.
const RETRY_MS: std::ops::Range<u64> = 100..400;

/// Why there is no answer to read.
enum Outcome {
    Wire(WireError),
    Token(Failure),
}

/// What goes out, and for whom.
struct Sending<'a> {
    runner: &'a Runner,
    account: &'a Account,
    urgency: &'a Urgency,
    request: &'a Request,
    /// The number that the answer has to be about, where it is one.
    asked: Option<&'a str>,
}

impl Fetcher {
    /// Asks with a credential; one answer for each number, in their order.
    pub(super) async fn exchange(
        &self,
        runner: &Runner,
        account: &Account,
        pass: Pass<'_>,
        urgency: &Urgency,
        asks: &[Ask],
    ) -> Vec<Fetched> {
        let facts = runner.source.facts();
        let request = match (asks, runner.source.batch()) {
            ([ask], _) => runner.source.request(ask),
            (asks, Some(batch)) => (batch.request)(asks),
            (_, None) => unreachable!("only a source that takes several numbers is asked for several"),
        };
        let asked = if let [ask] = asks { Some(ask.tracking_number.as_str()) } else { None };
        let mut recorded = String::new();
        let result = match wire::address(facts, &runner.setup, &account.secrets, &request) {
            Ok(url) => {
                recorded = wire::recorded(&url, &request);
                let sending = Sending { runner, account, urgency, request: &request, asked };
                self.send(&sending, pass, url).await
            }
            Err(error) => Err(Outcome::Wire(error)),
        };
        let mut fetched = Fetched {
            source: facts.id.clone(),
            url: recorded,
            fetched_at: self.clock.now(),
            http_status: None,
            body: Arc::from([]),
            reading: Failure::new(FailureKind::Unavailable, "no_answer", "no answer").into(),
            asked: true,
            again_at: None,
        };
        let readings = match result {
            Ok(answer) => {
                fetched.http_status = Some(answer.status);
                fetched.body = answer.body.into();
                let readings = read(runner, answer.status, &fetched.body, asks).await;
                fetched.again_at =
                    readings.first().and_then(|r| self.again_at(r, answer.retry_after.as_deref()));
                readings
            }
            Err(Outcome::Wire(error)) => {
                let kind = match error {
                    WireError::NoSecret(_) => FailureKind::Refused,
                    WireError::TooLong(_) | WireError::Redirect(_) => FailureKind::Malformed,
                    _ => FailureKind::Unavailable,
                };
                let failure = Failure::new(kind, error.code(), error.to_string());
                vec![Reading::from(failure); asks.len()]
            }
            Err(Outcome::Token(failure)) => {
                let reading = Reading::from(failure);
                fetched.again_at = self.again_at(&reading, None);
                vec![reading; asks.len()]
            }
        };
        let one = |(ask, reading): (&Ask, Reading)| {
            let mut fetched = Fetched { reading, ..fetched.clone() };
            if let Reading::Failed(failure) = &mut fetched.reading {
                failure.carrier = Some(ask.carrier.clone());
                failure.tracking_number.get_or_insert_with(|| ask.tracking_number.clone());
            }
            fetched
        };
        asks.iter().zip(readings).map(one).collect()
    }

    fn again_at(&self, reading: &Reading, said: Option<&str>) -> Option<Timestamp> {
        let Reading::Failed(Failure { kind: FailureKind::RateLimited, .. }) = reading else { return None };
        let now = self.clock.now();
        let asked = said.and_then(|value| retry_after(value, now));
        Some(now + asked.unwrap_or(PAUSE).min(PAUSE_MAX))
    }

    /// Sends with one more try where the connection failed, and one more where the token is no longer good.
    async fn send<'a>(&self, sending: &Sending<'a>, pass: Pass<'a>, url: Url) -> Result<Answer, Outcome> {
        let Sending { runner, account, request, .. } = *sending;
        let limits = &runner.setup.limits;
        runner.allowance.earn();
        let (mut retried, mut renewed) = (false, false);
        let mut pass = Some(pass);
        loop {
            let lent = match runner.source.token() {
                Some(exchange) => Some(self.token(runner, account, exchange).await?),
                None => None,
            };
            let token = lent.as_ref().map(|l| &l.text);
            let sent = wire::exchange(&self.client, url.clone(), request, limits, &account.secrets, token);
            match (sent.await, lent) {
                (Ok(answer), Some(lent)) if !renewed && is_rejected(sending, &answer) => {
                    renewed = true;
                    account.tokens.reject(lent.generation).await;
                    pass = self.enter_again(sending, pass).await;
                    if pass.is_none() {
                        return Ok(answer);
                    }
                }
                (Ok(answer), _) => return Ok(answer),
                (Err(error), _) if error.is_passing() && !retried && runner.allowance.take() => {
                    retried = true;
                    tokio::time::sleep(Duration::from_millis(rand::random_range(RETRY_MS))).await;
                    pass = self.enter_again(sending, pass).await;
                    if pass.is_none() {
                        return Err(Outcome::Wire(error));
                    }
                }
                (Err(error), _) => return Err(Outcome::Wire(error)),
            }
        }
    }

    /// Leave for a further request, where the budget has one.
    async fn enter_again<'a>(&self, sending: &Sending<'a>, pass: Option<Pass<'a>>) -> Option<Pass<'a>> {
        drop(pass);
        sending.account.enter(sending.urgency, PATIENCE, self.clock.now()).await.ok()
    }

    async fn token(
        &self,
        runner: &Runner,
        account: &Account,
        exchange: &dyn TokenExchange,
    ) -> Result<Lent, Outcome> {
        let renew = async || -> Result<Token, Outcome> {
            let request = exchange.request();
            let (facts, setup) = (runner.source.facts(), &runner.setup);
            let url = wire::address(facts, setup, &account.secrets, &request).map_err(Outcome::Wire)?;
            let answer = wire::exchange(&self.client, url, &request, &setup.limits, &account.secrets, None)
                .await
                .map_err(Outcome::Wire)?;
            let response = Response { status: answer.status, body: &answer.body, asked: None };
            exchange.read(response).map_err(Outcome::Token)
        };
        account.tokens.get(self.clock.now(), renew).await
    }
}

fn is_rejected(sending: &Sending<'_>, answer: &Answer) -> bool {
    let response = Response { status: answer.status, body: &answer.body, asked: sending.asked };
    sending.runner.source.token().is_some_and(|token| token.is_token_rejected(response))
}

/// Reads an answer for each number that was asked. Pages, and answers about several numbers, are read on a thread of their
/// own: a large one takes milliseconds.
async fn read(runner: &Runner, status: u16, body: &Arc<[u8]>, asks: &[Ask]) -> Vec<Reading> {
    let source = Arc::clone(&runner.source);
    let aside = source.facts().body == Body::Html || asks.len() > 1;
    let numbers: Vec<String> = asks.iter().map(|ask| ask.tracking_number.clone()).collect();
    let body = Arc::clone(body);
    let work = move || -> Vec<Reading> {
        let several = numbers.len() > 1;
        let one = |number: &String| {
            let response = Response { status, body: &body, asked: Some(number) };
            let reading = source.read(response).into_iter().next().unwrap_or_else(unread);
            if several { no_reading(reading, number) } else { reading }
        };
        numbers.iter().map(one).collect()
    };
    if !aside {
        return work();
    }
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|_| vec![unread(); asks.len()])
}

fn unread() -> Reading {
    Failure::new(FailureKind::Malformed, "no_reading", "the answer could not be read at all").into()
}
