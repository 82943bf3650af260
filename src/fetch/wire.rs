//! One HTTP exchange with an official source: the described request made real, the answer read up to its limit. Here,
//! and only here, secrets enter a request.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue as HttpValue, RETRY_AFTER};
use secrecy::{ExposeSecret, SecretString};
use url::Url;
use waygate_carriers::contract::{Content, HeaderValue, Limits, Method, Request, SourceFacts, Template};

use super::render::{Escape, render};
use super::source::{Secrets, SourceSetup};

/// What identifies us to carriers.
const USER_AGENT: &str = concat!("waygate/", env!("CARGO_PKG_VERSION"));

/// Why there is no complete answer.
#[derive(Debug, thiserror::Error)]
pub enum WireError {
    /// The base address is not one of the source's official hosts, or not https.
    #[error("`{0}` is not an official address of this source")]
    NotOfficial(String),
    /// A secret is missing.
    #[error("the secret `{0}` is not configured")]
    NoSecret(&'static str),
    /// The request could not be made of what the adapter described.
    #[error("the request cannot be made: {0}")]
    Request(String),
    /// No connection, or it broke.
    #[error("no connection to the source: {0}")]
    Connection(String),
    /// The time was up.
    #[error("no complete answer within {0} ms")]
    Timeout(u32),
    /// The answer is longer than the limit.
    #[error("the answer is longer than {0} bytes")]
    TooLong(u32),
    /// The answer points elsewhere. Redirects are never followed.
    #[error("the source answered with a redirect ({0})")]
    Redirect(u16),
}

impl WireError {
    /// The stable code under which the failure is recorded.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotOfficial(_) => "not_official",
            Self::NoSecret(_) => "no_secret",
            Self::Request(_) => "bad_request",
            Self::Connection(_) => "no_connection",
            Self::Timeout(_) => "timeout",
            Self::TooLong(_) => "too_long",
            Self::Redirect(_) => "redirect",
        }
    }

    /// Whether another try might fare better.
    pub fn is_passing(&self) -> bool {
        matches!(self, Self::Connection(_))
    }
}

/// A complete answer.
#[derive(Debug)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// The body, decoded.
    pub body: Vec<u8>,
    /// `Retry-After`, as it came.
    pub retry_after: Option<String>,
}

/// The client for all carriers: https by rustls, no redirects, no proxy from the environment, no cookies.
pub fn client() -> Result<reqwest::Client, reqwest::Error> {
    reqwest::Client::builder()
        .user_agent(USER_AGENT)
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .connect_timeout(Duration::from_secs(5))
        .build()
}

/// The address of a request, without secrets: they travel in headers or bodies only.
pub fn address(
    facts: &SourceFacts,
    setup: &SourceSetup,
    secrets: &Secrets,
    request: &Request,
) -> Result<Url, WireError> {
    let mut url = Url::parse(&setup.base_url).map_err(|_| WireError::NotOfficial(setup.base_url.clone()))?;
    let host = url.host_str().unwrap_or_default();
    let official = url.scheme() == "https" && facts.hosts.iter().any(|h| h == host);
    let loopback = match url.host() {
        Some(url::Host::Ipv4(ip)) => ip.is_loopback(),
        Some(url::Host::Ipv6(ip)) => ip.is_loopback(),
        _ => false,
    };
    if !(official || setup.sandbox && loopback) {
        return Err(WireError::NotOfficial(setup.base_url.clone()));
    }
    let base = url.path().trim_end_matches('/').to_owned();
    url.set_path(&format!("{base}{}", request.path));
    for (name, value) in &request.query {
        let text = render(value, secrets, Escape::None)?;
        url.query_pairs_mut().append_pair(name, &text);
    }
    Ok(url)
}

/// The address as it is recorded: query fields that hold a secret are left out.
pub fn recorded(url: &Url, request: &Request) -> String {
    let mut url = url.clone();
    let is_secret = |name: &str| request.query.iter().any(|(n, value)| *n == name && !value.is_plain());
    if request.query.iter().any(|(_, value)| !value.is_plain()) {
        let pairs: Vec<_> = url.query_pairs().into_owned().filter(|(name, _)| !is_secret(name)).collect();
        url.query_pairs_mut().clear().extend_pairs(pairs);
    }
    url.to_string()
}

/// Sends a request and reads the whole answer.
pub async fn exchange(
    client: &reqwest::Client,
    url: Url,
    request: &Request,
    limits: &Limits,
    secrets: &Secrets,
    token: Option<&SecretString>,
) -> Result<Answer, WireError> {
    let timeout_ms = limits.timeout_ms;
    let sending = send(client, url, request, limits, secrets, token);
    tokio::time::timeout(Duration::from_millis(u64::from(timeout_ms)), sending)
        .await
        .unwrap_or(Err(WireError::Timeout(timeout_ms)))
}

async fn send(
    client: &reqwest::Client,
    url: Url,
    request: &Request,
    limits: &Limits,
    secrets: &Secrets,
    token: Option<&SecretString>,
) -> Result<Answer, WireError> {
    let method = match request.method {
        Method::Get => reqwest::Method::GET,
        Method::Post => reqwest::Method::POST,
    };
    let mut builder = client.request(method, url).headers(headers(request, secrets, token)?);
    builder = match &request.content {
        Content::Empty => builder,
        Content::Form(fields) => {
            let filled =
                |(name, value): &(&'static str, Template)| Ok((*name, render(value, secrets, Escape::None)?));
            builder.form(&fields.iter().map(filled).collect::<Result<Vec<_>, WireError>>()?)
        }
        Content::Json(document) => {
            builder.header(CONTENT_TYPE, "application/json").body(render(document, secrets, Escape::Json)?)
        }
        Content::Xml { content_type, document } => {
            builder.header(CONTENT_TYPE, *content_type).body(render(document, secrets, Escape::Xml)?)
        }
    };
    let mut response = builder.send().await.map_err(|e| connection(&e))?;
    let status = response.status().as_u16();
    if response.status().is_redirection() {
        return Err(WireError::Redirect(status));
    }
    let retry_after = response.headers().get(RETRY_AFTER).and_then(|v| v.to_str().ok()).map(str::to_owned);
    let limit = limits.body_bytes_max;
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|e| connection(&e))? {
        if body.len() + chunk.len() > usize::try_from(limit).unwrap_or(usize::MAX) {
            return Err(WireError::TooLong(limit));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Answer { status, body, retry_after })
}

/// The innermost cause, without the address: an address may hold what a log should not.
fn connection(error: &reqwest::Error) -> WireError {
    let mut cause: &dyn std::error::Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    let what = if error.is_connect() { "connecting failed" } else { "the exchange broke off" };
    if std::ptr::addr_eq(cause, error) {
        WireError::Connection(what.to_owned())
    } else {
        WireError::Connection(format!("{what}: {cause}"))
    }
}

fn headers(
    request: &Request,
    secrets: &Secrets,
    token: Option<&SecretString>,
) -> Result<HeaderMap, WireError> {
    let secret = |name: &'static str| secrets.expose(name).ok_or(WireError::NoSecret(name));
    let mut map = HeaderMap::with_capacity(request.headers.len());
    for (name, value) in &request.headers {
        let (text, sensitive) = match value {
            HeaderValue::Plain(text) => (text.clone(), false),
            HeaderValue::Secret(name) => (secret(name)?.to_owned(), true),
            HeaderValue::Filled(text) => (render(text, secrets, Escape::None)?, true),
            HeaderValue::Basic { user, password } => {
                let pair = format!("{}:{}", secret(user)?, secret(password)?);
                (format!("Basic {}", STANDARD.encode(pair)), true)
            }
            HeaderValue::BearerToken => {
                let token = token.ok_or_else(|| WireError::Request("there is no token".to_owned()))?;
                (format!("Bearer {}", token.expose_secret()), true)
            }
        };
        let wrong = || WireError::Request(format!("the header `{name}` cannot be sent"));
        let mut value = HttpValue::from_str(&text).map_err(|_| wrong())?;
        value.set_sensitive(sensitive);
        map.insert(HeaderName::from_bytes(name.as_bytes()).map_err(|_| wrong())?, value);
    }
    Ok(map)
}
