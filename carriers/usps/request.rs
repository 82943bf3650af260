//! The requests to USPS: track one number in detail, and exchange the client's credentials for a token.
//! USPS Tracking v3 and OAuth v3, OpenAPI documents, read 2026-11-23.

use serde_json::Value;

use super::parse;
use crate::contract::{
    Ask, Content, Failure, FailureKind, HeaderValue, Request, Response, Template, Token, TokenExchange,
};
use crate::foreign;

/// What a token must be good for. A new client may lack it, and is then refused by every request.
const SCOPE: &str = "tracking";

/// Asks for one number. The destination's ZIP code is not sent: whether the parcel goes there is for us to find out.
pub fn track(ask: &Ask) -> Request {
    let number: String = url::form_urlencoded::byte_serialize(ask.tracking_number.as_bytes()).collect();
    Request::get(format!("/tracking/v3/tracking/{number}"))
        .query("expand", "DETAIL")
        .header("Accept", HeaderValue::Plain("application/json".to_owned()))
        .header("Authorization", HeaderValue::BearerToken)
}

/// The OAuth client credentials grant.
pub struct ClientCredentials;

impl TokenExchange for ClientCredentials {
    fn request(&self) -> Request {
        let secret = |name| Template::default().secret(name);
        Request::post(
            "/oauth2/v3/token",
            Content::Form(vec![
                ("grant_type", "client_credentials".into()),
                ("client_id", secret("client_id")),
                ("client_secret", secret("client_secret")),
                ("scope", SCOPE.into()),
            ]),
        )
    }

    fn read(&self, response: Response<'_>) -> Result<Token, Failure> {
        let value = foreign::json(response)?;
        let field = |name: &str| match value.get(name)? {
            Value::String(text) => foreign::trimmed(text),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        };
        if let Some(error) = value.get("error") {
            // A bad request here is a request with bad credentials: all else in it is fixed.
            let status = if response.status == 400 { 401 } else { response.status };
            return Err(parse::refusal(error, None, status)
                .unwrap_or_else(|| foreign::unexpected_shape(response.status)));
        }
        if field("scope").is_some_and(|granted| !granted.split([' ', ',']).any(|word| word == SCOPE)) {
            return Err(Failure::new(
                FailureKind::Refused,
                "no_tracking_scope",
                "the client is not entitled to tracking: add it to the USPS application",
            ));
        }
        let seconds = field("expires_in").and_then(|text| text.parse().ok());
        match (foreign::is_success(response.status), field("access_token"), seconds) {
            (true, Some(text), Some(seconds)) => Ok(Token { text, seconds }),
            (true, ..) => {
                Err(Failure::new(FailureKind::Malformed, "no_token", "USPS answered without a token to use"))
            }
            (false, ..) => Err(foreign::unexpected_shape(response.status)),
        }
    }

    /// A token without the scope is as good as any other: a new one changes nothing.
    fn is_token_rejected(&self, response: Response<'_>) -> bool {
        response.status == 401 && !String::from_utf8_lossy(response.body).contains("scope")
    }
}
