//! Clients as they ought to be: each request has a key, and is sent again, to whichever replica, until somebody gives a
//! final answer. Some ask once more after that.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::Timestamp;
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use serde_json::{Value, json};
use tokio::time::Instant;
use waygate::clock::Clock as _;

use super::clock::RunClock;
use super::fleet::{Fleet, REPLICAS};
use super::history::{Act, Answered, Told};
use super::plan::{Plan, number};

/// How long a client waits for an answer.
const TIMEOUT: Duration = Duration::from_millis(1_500);
/// Pause before it asks another replica.
const PAUSE: Duration = Duration::from_millis(60);

/// How long whoever reads goes on asking.
const PATIENCE: Duration = Duration::from_secs(20);

/// What all clients share.
pub struct Desk {
    pub fleet: Arc<Fleet>,
    pub clock: RunClock,
    pub key: String,
    pub told: Mutex<Vec<Told>>,
    pub http: reqwest::Client,
    /// When they give up.
    pub until: Instant,
}

impl Desk {
    pub fn client() -> reqwest::Client {
        reqwest::Client::builder().no_proxy().timeout(TIMEOUT).build().unwrap()
    }

    /// A document from whichever replica gives it.
    pub async fn get(&self, path: &str) -> Option<String> {
        let until = Instant::now() + PATIENCE;
        for number in 0.. {
            if Instant::now() > until {
                break;
            }
            if let Some(address) = self.fleet.address(number)
                && let Ok(answer) =
                    self.http.get(format!("{address}{path}")).bearer_auth(&self.key).send().await
                && answer.status().is_success()
                && let Ok(text) = answer.text().await
            {
                return Some(text);
            }
            tokio::time::sleep(PAUSE).await;
        }
        None
    }

    /// One try: a final answer, or none.
    async fn post(&self, replica: usize, path: &str, key: &str, body: &Value) -> Option<(Answered, Value)> {
        let address = self.fleet.address(replica)?;
        let request = self.http.post(format!("{address}{path}")).bearer_auth(&self.key);
        let request = request.header("content-type", "application/json").header("idempotency-key", key);
        let answer = request.body(body.to_string()).send().await.ok()?;
        let status = answer.status().as_u16();
        let bytes = answer.bytes().await.ok()?;
        let document: Value = serde_json::from_slice(&bytes).unwrap_or_default();
        let again =
            status >= 500 || [408, 429].contains(&status) || document["code"] == "idempotency_key_in_use";
        let id = document["id"].as_str().map(str::to_owned);
        // An order that is there is shown; one that was not is made. Both say that it is there.
        let status = if status == 201 { 200 } else { status };
        (!again).then_some((Answered { status, id }, document))
    }

    /// Sends a request until it is answered; the answer's document, where it was carried out.
    pub async fn carry_out(
        &self,
        dice: &mut StdRng,
        path: &str,
        key: &str,
        body: &Value,
    ) -> (Vec<Answered>, Value) {
        let mut answers = Vec::new();
        let mut document = Value::Null;
        // Now and then once more, though the answer is known.
        let wanted = if dice.random_ratio(1, 4) { 2 } else { 1 };
        while answers.len() < wanted && Instant::now() < self.until {
            match self.post(dice.random_range(0..REPLICAS), path, key, body).await {
                Some((answer, said)) => {
                    answers.push(answer);
                    document = said;
                }
                None => tokio::time::sleep(PAUSE).await,
            }
        }
        (answers, document)
    }
}

/// The life of one order, as far as anybody has to act.
pub async fn order(desk: Arc<Desk>, seed: u64, n: u64) {
    let mut dice = StdRng::seed_from_u64(seed ^ n);
    let (plan, id) = (Plan::of(n), format!("A-{n}"));
    // To the second, as it is written.
    let paid_at = Timestamp::from_second(desk.clock.now().as_second()).unwrap();
    let mut acts = vec![(Act::Register, "/v1/orders".to_owned(), plan.order(&id, n, paid_at))];
    if plan.is_shipped() {
        let body = json!({"carrier": "dhl", "tracking_number": number(n)});
        acts.push((Act::Submit, format!("/v1/orders/{id}/shipments"), body));
    }
    match plan {
        Plan::Received => acts.push((Act::ConfirmReceipt, format!("/v1/orders/{id}/receipt"), json!({}))),
        Plan::Disputed => {
            let body = json!({"reason": "not_as_described", "remedy": "refund"});
            acts.push((Act::Dispute, format!("/v1/orders/{id}/disputes"), body));
        }
        Plan::Silent | Plan::Overdue => {}
    }
    for (act, path, body) in acts {
        let (answers, _) = desk.carry_out(&mut dice, &path, &format!("{act:?} {id}"), &body).await;
        let told = Told { order: id.clone(), plan, act, paid_at, answers };
        let goes_on = told.acknowledged().is_some();
        desk.told.lock().unwrap().push(told);
        if !goes_on {
            return;
        }
    }
}
