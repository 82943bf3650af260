//! Credentials exchanged for a token, as OAuth has it for clients (RFC 6749, section 4.4).

use toml::Spanned;

use super::file::RawToken;
use super::mistake::Written;
use super::path::{Node, Path};
use super::pattern::{self, Pattern};
use super::request::{Body, Headers, auth_value, header_fields, path_of};
use crate::contract::{
    Body as Form, FactsError, Failure, FailureKind, Request, Response, Token, TokenExchange,
};
use crate::foreign;

/// Longest error code that is passed on.
const CODE_CHARS_MAX: usize = 32;

/// The exchange that a file declares.
#[derive(Debug)]
pub(super) struct DeclaredToken {
    path: Pattern,
    headers: Headers,
    body: Body,
    text: Path,
    seconds: Path,
    lasts_seconds: Option<u32>,
}

impl DeclaredToken {
    /// Reads the exchange; its answer is JSON, whatever the source's own are.
    pub(super) fn read(text: &Written<'_>, raw: Spanned<RawToken>) -> Result<Self, FactsError> {
        let text = Written { body: Form::Json, ..*text };
        if raw.get_ref().form.is_none() && raw.get_ref().json.is_none() {
            return Err(text.wrong(&raw, "a token is asked for with a `form` or with `json`"));
        }
        let span = Spanned::new(raw.span(), ());
        let raw = raw.into_inner();
        let pointer = |given: Option<Spanned<String>>, usual: &str| match given {
            Some(given) => text.path(&given, given.get_ref()),
            None => text.path(&raw.path, usual),
        };
        let token = Self {
            path: path_of(&text, &raw.path)?,
            text: pointer(raw.text, "/access_token")?,
            seconds: pointer(raw.seconds, "/expires_in")?,
            lasts_seconds: raw.lasts_seconds,
            headers: Headers::new(
                header_fields(&text, raw.headers, raw.auth.is_some())?,
                raw.auth.map(|auth| auth_value(auth.into_inner())),
            ),
            body: Body::read(&text, raw.form, raw.json, None, None)?,
        };
        if token.path.lacks(None) || token.headers.lacks(None) || token.body.lacks(None) {
            return Err(text.wrong(&span, "a token is asked for without any number: only secrets go into it"));
        }
        Ok(token)
    }

    /// The secrets that go into it.
    pub(super) fn secrets(&self) -> Vec<&'static str> {
        self.headers.secrets().chain(self.body.secrets()).collect()
    }
}

impl TokenExchange for DeclaredToken {
    fn request(&self) -> Request {
        Request {
            method: self.body.method(),
            path: self.path.filled(None, pattern::as_is).to_string(),
            query: Vec::new(),
            headers: self.headers.filled(None),
            content: self.body.filled(None),
        }
    }

    fn read(&self, response: Response<'_>) -> Result<Token, Failure> {
        let value = foreign::json_tree(response)?;
        if !foreign::is_success(response.status) {
            // RFC 6749, section 5.2: bad credentials come as 400 or 401, with a word under `error`.
            let word = foreign::scalar(value.get("error"));
            return Err(match word.filter(|_| matches!(response.status, 400 | 401 | 403)) {
                Some(word) => {
                    let code: String = word.chars().take(CODE_CHARS_MAX).collect();
                    Failure::new(FailureKind::Refused, code, "the source refuses the credentials")
                }
                None => foreign::unexpected_shape(response.status),
            });
        }
        let text = self.text.text(Node::Json(&value));
        let told = self.seconds.text(Node::Json(&value)).and_then(|text| text.parse().ok());
        match (text, told.or(self.lasts_seconds)) {
            (Some(text), Some(seconds)) => Ok(Token { text: text.into_owned(), seconds }),
            _ => Err(Failure::new(
                FailureKind::Malformed,
                "no_token",
                "the source answered without a token to use",
            )),
        }
    }

    fn is_token_rejected(&self, response: Response<'_>) -> bool {
        response.status == 401
    }
}
