//! The requests to UPS: track one number, and exchange the client's credentials for a token.
//! UPS Tracking API and OAuth client credentials, OpenAPI documents, read 2026-11-23.

use serde_json::Value;

use super::wire;
use crate::contract::{
    Ask, Content, Failure, FailureKind, HeaderValue, Method, Request, Response, Token, TokenExchange,
};
use crate::foreign;

/// Who we are to UPS.
const TRANSACTION_SOURCE: &str = "waygate";

/// Asks for one number. Signatures and pictures are not asked for: they are personal data that no check needs.
pub fn track(ask: &Ask) -> Request {
    let number: String = url::form_urlencoded::byte_serialize(ask.tracking_number.as_bytes()).collect();
    Request::get(format!("/api/track/v1/details/{number}"))
        .query("locale", "en_US")
        .query("returnSignature", "false")
        .query("returnMilestones", "false")
        .query("returnPOD", "false")
        .header("transId", HeaderValue::Plain(ask.request_id.clone()))
        .header("transactionSrc", HeaderValue::Plain(TRANSACTION_SOURCE.to_owned()))
        .header("Authorization", HeaderValue::BearerToken)
}

/// The OAuth client credentials grant.
pub struct ClientCredentials;

impl TokenExchange for ClientCredentials {
    fn request(&self) -> Request {
        Request {
            method: Method::Post,
            path: "/security/v1/oauth/token".to_owned(),
            query: Vec::new(),
            headers: vec![(
                "Authorization",
                HeaderValue::Basic { user: "client_id", password: "client_secret" },
            )],
            content: Content::Form(vec![("grant_type", "client_credentials".into())]),
        }
    }

    fn read(&self, response: Response<'_>) -> Result<Token, Failure> {
        let value = foreign::json(response)?;
        let errors = foreign::shaped::<wire::Answer>(value.clone()).map(|a| a.response.errors);
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
                Err(Failure::new(FailureKind::Malformed, "no_token", "UPS answered without a token to use"))
            }
            (false, ..) => Err(foreign::unexpected_shape(response.status)),
        }
    }

    fn is_token_rejected(&self, response: Response<'_>) -> bool {
        response.status == 401
    }
}
