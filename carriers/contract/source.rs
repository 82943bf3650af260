//! An official source as a pure pair of functions: describe the request, read the bytes that came back. The gateway
//! does the sending, the secrets, the budget and the cache.

use super::{CarrierId, Country, Failure, Reading, SourceFacts};

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Ask {
    /// The normalized number.
    pub tracking_number: String,
    /// Whose number it is taken to be.
    pub carrier: CarrierId,
    /// The id of the number's format, e.g. `dhl.express`, where it is known.
    pub format: Option<String>,
    /// The country that the number itself names.
    pub origin_country: Option<Country>,
    /// The order's destination country.
    pub destination_country: Option<Country>,
    /// The order's destination postal code, which some sources want before they show details.
    pub destination_postal_code: Option<String>,
    /// A fresh identity for this one request, for sources that want one (a UUID).
    pub request_id: String,
}

/// The methods that sources use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)] // the names say it
pub enum Method {
    Get,
    Post,
}

/// A header's value: plain, or one that the gateway fills from the source's secrets. A secret's text never passes
/// through an adapter, so that no adapter can log or store one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HeaderValue {
    /// As it stands.
    Plain(String),
    /// The named secret.
    Secret(&'static str),
    /// `Basic base64(user:password)` of two named secrets.
    Basic {
        /// The name of the secret that is the user.
        user: &'static str,
        /// The name of the secret that is the password.
        password: &'static str,
    },
    /// `Bearer` and the token of the source's [`TokenExchange`].
    BearerToken,
}

/// A request's body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// No body.
    Empty,
    /// `application/x-www-form-urlencoded` fields.
    Form(Vec<(&'static str, String)>),
    /// `application/json`.
    Json(String),
}

/// A request to an official source, relative to its base address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// GET or POST.
    pub method: Method,
    /// Path with its leading slash, percent-encoded.
    pub path: String,
    /// Query fields, not yet encoded.
    pub query: Vec<(&'static str, String)>,
    /// Headers beside those that every request has.
    pub headers: Vec<(&'static str, HeaderValue)>,
    /// The body.
    pub content: Content,
}

impl Request {
    /// A GET of a path, with nothing else.
    pub fn get(path: impl Into<String>) -> Self {
        Self {
            method: Method::Get,
            path: path.into(),
            query: Vec::new(),
            headers: Vec::new(),
            content: Content::Empty,
        }
    }

    /// The same with a query field.
    #[must_use]
    pub fn query(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.query.push((name, value.into()));
        self
    }

    /// The same with a header.
    #[must_use]
    pub fn header(mut self, name: &'static str, value: HeaderValue) -> Self {
        self.headers.push((name, value));
        self
    }
}

/// The bytes that came back, or that a file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Response<'a> {
    /// The HTTP status.
    pub status: u16,
    /// The body, decompressed, at most as long as the source's limit.
    pub body: &'a [u8],
    /// The number that was asked, where that is known: an answer about another number is `malformed`.
    pub asked: Option<&'a str>,
}

/// A token that a source issued.
#[derive(Clone, PartialEq, Eq)]
pub struct Token {
    /// The token's text. Secret: no `Debug`.
    pub text: String,
    /// How long it holds, in seconds from the answer.
    pub seconds: u32,
}

/// The exchange of credentials for a token that is then sent as `Bearer`.
pub trait TokenExchange: Send + Sync {
    /// The request for a token.
    fn request(&self) -> Request;
    /// Reads the answer.
    fn read(&self, response: Response<'_>) -> Result<Token, Failure>;
    /// Whether this answer says that the token sent is no longer good, so that a new one is worth one more try.
    fn is_token_rejected(&self, response: Response<'_>) -> bool;
}

/// An official source. Implementations hold declared facts only.
pub trait Source: Send + Sync {
    /// What is declared of it.
    fn facts(&self) -> &SourceFacts;
    /// The request that asks for one number.
    fn request(&self, ask: &Ask) -> Request;
    /// Reads an answer: one reading for each parcel that it is about, never none.
    fn read(&self, response: Response<'_>) -> Vec<Reading>;
    /// Whether the body has this source's shape; decides among a carrier's sources where none is named.
    fn recognizes(&self, body: &[u8]) -> bool;
    /// The token exchange, for sources that have one.
    fn token(&self) -> Option<&dyn TokenExchange> {
        None
    }
}
