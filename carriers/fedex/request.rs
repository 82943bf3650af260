//! The requests to FedEx: track one number, and exchange the client's credentials for a token.
//! FedEx Track API and Authorization API, OpenAPI documents, read 2026-11-23.

use serde_json::{Value, json};

use super::wire;
use crate::contract::{
    Ask, Batch, Content, Failure, FailureKind, HeaderValue, Request, Response, Template, Token, TokenExchange,
};
use crate::foreign;

/// Several numbers in one request, which counts as one.
pub const BATCH: Batch = Batch { max: 30, request: track_all };

/// Asks for one number with all its scans.
pub fn track(ask: &Ask) -> Request {
    track_all(std::slice::from_ref(ask))
}

/// Asks for all these numbers. The locale is named, since texts follow the account otherwise.
fn track_all(asks: &[Ask]) -> Request {
    let number = |ask: &Ask| json!({"trackingNumberInfo": {"trackingNumber": ask.tracking_number}});
    let body = json!({
        "includeDetailedScans": true,
        "trackingInfo": asks.iter().map(number).collect::<Vec<_>>(),
    });
    let transaction = asks.first().map(|ask| ask.request_id.clone()).unwrap_or_default();
    Request::post("/track/v1/trackingnumbers", Content::Json(body.to_string().into()))
        .header("Authorization", HeaderValue::BearerToken)
        .header("x-locale", HeaderValue::Plain("en_US".to_owned()))
        .header("x-customer-transaction-id", HeaderValue::Plain(transaction))
}

/// The OAuth client credentials grant, with the credentials in the form.
pub struct ClientCredentials;

impl TokenExchange for ClientCredentials {
    fn request(&self) -> Request {
        let fields = vec![
            ("grant_type", "client_credentials".into()),
            ("client_id", Template::default().secret("client_id")),
            ("client_secret", Template::default().secret("client_secret")),
        ];
        Request::post("/oauth/token", Content::Form(fields))
    }

    fn read(&self, response: Response<'_>) -> Result<Token, Failure> {
        // Too many token requests from one address are answered with 403 for ten minutes.
        if response.status == 403 {
            let message = "FedEx gives out no token for some minutes: too many were asked for";
            return Err(Failure::new(FailureKind::RateLimited, "token_limit", message));
        }
        let value = foreign::json(response)?;
        let errors = foreign::shaped::<wire::Answer>(value.clone()).map(|a| a.errors);
        if let Some(error) = errors.iter().flatten().next() {
            // A bad request here is a request with bad credentials: all else in it is fixed.
            let status = if response.status == 400 { 401 } else { response.status };
            return Err(super::parse::refusal(error, status));
        }
        let field = |name: &str| match value.get(name)? {
            Value::String(text) => foreign::trimmed(text),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        };
        let seconds = field("expires_in").and_then(|text| text.parse().ok());
        match (foreign::is_success(response.status), field("access_token"), seconds) {
            (true, Some(text), Some(seconds)) => Ok(Token { text, seconds }),
            (true, ..) => {
                Err(Failure::new(FailureKind::Malformed, "no_token", "FedEx answered without a token to use"))
            }
            (false, ..) => Err(foreign::unexpected_shape(response.status)),
        }
    }

    fn is_token_rejected(&self, response: Response<'_>) -> bool {
        response.status == 401
    }
}
