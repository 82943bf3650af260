//! `POST /v1/numbers/check`: what are these numbers?

use axum::Json as Answer;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use waygate_carriers::contract::{CarrierId, Country};

use crate::gateway::{NumberCheck, check_number};
use crate::http::auth::Caller;
use crate::http::json::Json;
use crate::http::problem::Problem;
use crate::http::state::App;

/// Most numbers in one request.
const NUMBERS_MAX: usize = 1_000;

/// Numbers to look at.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CheckNumbers {
    /// 1 to 1,000 numbers, as typed.
    numbers: Vec<String>,
    /// The carrier that the seller named: narrows, never overrides.
    #[serde(default)]
    carrier: Option<String>,
    /// Where the seller ships from, ISO 3166-1 alpha-2.
    #[serde(default)]
    ship_from: Option<String>,
}

/// One answer a number, in order.
#[derive(Debug, Serialize, ToSchema)]
pub struct CheckedNumbers {
    /// The answers.
    data: Vec<NumberCheck>,
}

/// Says what numbers are: carriers, services, check digits, or what is wrong and how to mend it. Asks no carrier.
#[utoipa::path(post, path = "/v1/numbers/check", tag = "numbers", request_body = CheckNumbers,
    responses((status = 200, body = CheckedNumbers), (status = "4XX", body = Problem)))]
pub async fn check(
    State(app): State<App>,
    _caller: Caller,
    body: Json<CheckNumbers>,
) -> Result<Answer<CheckedNumbers>, Problem> {
    let asked = body.value;
    if asked.numbers.is_empty() || asked.numbers.len() > NUMBERS_MAX {
        return Err(Problem::field("/numbers", format!("1 to {NUMBERS_MAX} numbers")));
    }
    let book = app.gateway.book;
    let carrier = match &asked.carrier {
        None => None,
        Some(id) => Some(CarrierId::new(id).map_err(|e| Problem::field("/carrier", e.to_string()))?),
    };
    let ship_from = match &asked.ship_from {
        None => None,
        Some(code) => Some(Country::new(code).map_err(|e| Problem::field("/ship_from", e.to_string()))?),
    };
    let check =
        |number: &String| check_number(book.registry, book.channels, number, carrier.as_ref(), ship_from);
    Ok(Answer(CheckedNumbers { data: asked.numbers.iter().map(check).collect() }))
}
