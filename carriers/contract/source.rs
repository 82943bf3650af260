//! An official source as a pure pair of functions: describe the request, read the bytes that came back. The gateway
//! does the sending, the secrets, the budget and the cache.

use std::fmt;

use jiff::Timestamp;

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
    /// When it is asked, for sources that sign the time.
    pub asked_at: Timestamp,
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
    /// Text with secrets in it.
    Filled(Template),
    /// `Bearer` and the token of the source's [`TokenExchange`].
    BearerToken,
}

/// How a digest over parts of a request is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Digest {
    /// Base64 of the MD5 of the text, percent-encoded as a form field first.
    Md5OfFormEncoded,
}

/// How parts of a request are encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cipher {
    /// Base64 of SM4 in ECB mode with PKCS#7 padding; the key is the secret, decoded from Base64 (16 bytes).
    Sm4Ecb,
}

/// A piece of a [`Template`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// As it stands.
    Text(String),
    /// The named secret.
    Secret(&'static str),
    /// The named secret in a piece of XML that stands elsewhere, e.g. in a query field.
    SecretInXml(&'static str),
    /// A digest over other pieces.
    Digest(Digest, Template),
    /// Other pieces, encrypted with the named secret.
    Encrypted(Cipher, &'static str, Template),
}

/// Text into which the gateway puts secrets, escaped as the place needs it (form field, JSON string, XML text).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Template(pub Vec<Part>);

impl Template {
    /// The same with text after it.
    #[must_use]
    pub fn text(mut self, text: impl Into<String>) -> Self {
        self.0.push(Part::Text(text.into()));
        self
    }

    /// The same with a secret after it.
    #[must_use]
    pub fn secret(mut self, name: &'static str) -> Self {
        self.0.push(Part::Secret(name));
        self
    }

    /// The same with a secret after it, escaped for XML wherever the template stands.
    #[must_use]
    pub fn secret_in_xml(mut self, name: &'static str) -> Self {
        self.0.push(Part::SecretInXml(name));
        self
    }

    /// The same with a digest of other pieces after it.
    #[must_use]
    pub fn digest(mut self, digest: Digest, of: Self) -> Self {
        self.0.push(Part::Digest(digest, of));
        self
    }

    /// The same with other pieces, encrypted, after it.
    #[must_use]
    pub fn encrypted(mut self, cipher: Cipher, key: &'static str, of: Self) -> Self {
        self.0.push(Part::Encrypted(cipher, key, of));
        self
    }

    /// Whether nothing secret goes into it.
    pub fn is_plain(&self) -> bool {
        self.0.iter().all(|part| matches!(part, Part::Text(_)))
    }
}

impl From<String> for Template {
    fn from(text: String) -> Self {
        Self::default().text(text)
    }
}

impl From<&String> for Template {
    fn from(text: &String) -> Self {
        Self::default().text(text)
    }
}

/// The template with names in braces where secrets go: for logs and tests.
impl fmt::Display for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for part in &self.0 {
            match part {
                Part::Text(text) => f.write_str(text)?,
                Part::Secret(name) | Part::SecretInXml(name) => write!(f, "{{{name}}}")?,
                Part::Digest(digest, of) => write!(f, "{{{digest:?} of {of}}}")?,
                Part::Encrypted(cipher, key, of) => write!(f, "{{{cipher:?} with {key} of {of}}}")?,
            }
        }
        Ok(())
    }
}

impl From<&str> for Template {
    fn from(text: &str) -> Self {
        Self::default().text(text)
    }
}

/// A request's body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// No body.
    Empty,
    /// `application/x-www-form-urlencoded` fields.
    Form(Vec<(&'static str, Template)>),
    /// `application/json`; a secret stands inside a JSON string.
    Json(Template),
    /// XML; a secret stands in an element or an attribute.
    Xml {
        /// E.g. `text/xml; charset=utf-8`.
        content_type: &'static str,
        /// The document.
        document: Template,
    },
}

/// A request to an official source, relative to its base address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// GET or POST.
    pub method: Method,
    /// Path with its leading slash, percent-encoded.
    pub path: String,
    /// Query fields, not yet encoded. Those that hold a secret are left out of what is recorded.
    pub query: Vec<(&'static str, Template)>,
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

    /// A POST to a path, with a body.
    pub fn post(path: impl Into<String>, content: Content) -> Self {
        Self { method: Method::Post, content, ..Self::get(path) }
    }

    /// The same with a query field.
    #[must_use]
    pub fn query(mut self, name: &'static str, value: impl Into<Template>) -> Self {
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

/// How a source is asked for several numbers in one request. Its answer is read once for each number, as if that number
/// alone had been asked.
#[derive(Debug, Clone, Copy)]
pub struct Batch {
    /// Most numbers in one request.
    pub max: usize,
    /// Describes the request that asks for these numbers: at least one, at most `max`.
    pub request: fn(&[Ask]) -> Request,
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
    /// Several numbers in one request, for sources that take them.
    fn batch(&self) -> Option<Batch> {
        None
    }
}
