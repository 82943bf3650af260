//! What all requests share by which somebody does something about an order: who may speak for which side, a body that may
//! be missing, and an answer that is recorded with its effect.

use axum::extract::{FromRequest, Request};
use axum::response::Response;
use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use serde::Serialize;
use serde::de::DeserializeOwned;
use utoipa::ToSchema;

use crate::domain::lifecycle::dispute::Side;
use crate::domain::lifecycle::{self, By, Clock, Input as ClockInput, OrderState};
use crate::domain::order::Order;
use crate::domain::rules::Rules;
use crate::gateway::advance::{Acted, Input, Maker};
use crate::http::auth::Caller;
use crate::http::idempotency::{Once, failed, json_text};
use crate::http::json::{Json, parse, read_body};
use crate::http::problem::Problem;
use crate::http::state::App;
use crate::store::{CaseFile, Change, Scope};

/// Longest statement, in bytes.
pub const STATEMENT_BYTES_MAX: usize = 4_000;

/// A JSON body that may be missing: nothing is `{}`.
pub struct Said<T> {
    /// What it says.
    pub value: T,
    /// As it came.
    pub bytes: Bytes,
}

impl<T: DeserializeOwned> FromRequest<App> for Said<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &App) -> Result<Self, Problem> {
        if request.headers().contains_key(http::header::CONTENT_TYPE) {
            let Json { value, bytes } = Json::from_request(request, app).await?;
            return Ok(Self { value, bytes });
        }
        let bytes = read_body(request, app).await?;
        if bytes.is_empty() { Ok(Self { value: parse(b"{}")?, bytes }) } else { Err(Problem::not_json()) }
    }
}

/// A request that is about to act.
pub struct Acting<'a> {
    app: &'a App,
    caller: &'a Caller,
    once: Option<Once>,
}

impl<'a> Acting<'a> {
    /// Begins a request: either it was carried out before, and this is its answer, or it goes on.
    pub async fn begin(
        app: &'a App,
        caller: &'a Caller,
        headers: &HeaderMap,
        address: &str,
        body: &[u8],
    ) -> Result<Result<Self, Response>, Problem> {
        let once = Once::of(app, caller, headers, address, body)?;
        if let Some(once) = &once
            && let Some(response) = once.replay(app).await?
        {
            return Ok(Err(response));
        }
        Ok(Ok(Self { app, caller, once }))
    }

    /// Who acts, for the record.
    pub fn maker(&self, by: By) -> Maker {
        Maker::new(by, Some(self.caller.key.id.clone()))
    }

    /// Carries it out, and answers with what `show` makes of the change.
    pub async fn act<V: Serialize>(
        &self,
        order: &str,
        acted: Acted,
        status: StatusCode,
        show: impl Fn(&CaseFile, &Change) -> V,
    ) -> Result<Response, Problem> {
        let tell = |case: &CaseFile, change: &Change| {
            let answer = serde_json::to_string(&show(case, change)).unwrap_or_default();
            let record = self.once.as_ref().map(|once| once.record(status, &answer));
            (answer, record)
        };
        match self.app.gateway.change_telling(order, &Input::Act(Box::new(acted)), tell).await {
            Ok((_, _, answer)) => Ok(json_text(status, answer)),
            Err(error) => failed(self.app, self.once.as_ref(), error.into()).await,
        }
    }
}

/// The side that a caller speaks for. A seller's key speaks for its seller; the order system for whom it says.
pub fn side(caller: &Caller, said: Option<Side>) -> Result<Side, Problem> {
    for_seller(caller)?;
    match (for_buyer(caller).is_ok(), said) {
        (true, Some(side)) => Ok(side),
        (true, None) => Err(Problem::field("/by", "must be `buyer` or `seller`")),
        (false, Some(Side::Buyer)) => Err(Problem::forbidden("a seller's key speaks for its seller alone")),
        (false, _) => Ok(Side::Seller),
    }
}

/// Refuses callers who may not speak for this seller. What a key may read besides does not count.
pub fn for_this_seller(caller: &Caller, seller: Option<&str>) -> Result<(), Problem> {
    let own = caller.key.seller.as_deref();
    if for_buyer(caller).is_ok() || own.is_some() && own == seller {
        Ok(())
    } else {
        Err(Problem::forbidden("a seller's key speaks for its seller alone"))
    }
}

/// Refuses callers who may not speak for the buyer.
pub fn for_buyer(caller: &Caller) -> Result<(), Problem> {
    caller.require(&[Scope::OrderSystem])
}

/// Refuses callers who may not speak for the seller.
pub fn for_seller(caller: &Caller) -> Result<(), Problem> {
    caller.require(&[Scope::OrderSystem, Scope::Seller])
}

/// A statement as it may be: not too long, and a text.
pub fn statement(pointer: &str, text: Option<String>) -> Result<Option<String>, Problem> {
    let Some(text) = text.filter(|text| !text.trim().is_empty()) else { return Ok(None) };
    if text.len() > STATEMENT_BYTES_MAX {
        return Err(Problem::field(pointer, format!("at most {STATEMENT_BYTES_MAX} bytes")));
    }
    if text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
        return Err(Problem::field(pointer, "no control characters but line ends and tabs"));
    }
    Ok(Some(text))
}

/// The act of a maker, with what they say of it.
pub fn acted(input: ClockInput, maker: Maker, statement: Option<String>) -> Acted {
    Acted { input, maker, statement, dispute: None, evidence: None }
}

/// A clock that runs.
#[derive(Debug, Serialize, ToSchema)]
pub struct ClockView {
    /// What is due, e.g. `answer_due_at`.
    pub name: String,
    /// When.
    pub at: String,
    /// The rule that set it.
    pub rule: &'static str,
}

impl From<Clock> for ClockView {
    fn from(clock: Clock) -> Self {
        Self { name: clock.name, at: clock.at.to_string(), rule: clock.rule }
    }
}

/// The rules that an order began under.
pub fn rules_of(state: &OrderState) -> &'static Rules {
    Rules::built_in(&state.rules).unwrap_or_else(Rules::current)
}

/// The clocks that run for an order.
pub fn clocks(state: &OrderState, order: &Order) -> Vec<ClockView> {
    lifecycle::clocks(state, order, rules_of(state)).into_iter().map(ClockView::from).collect()
}
