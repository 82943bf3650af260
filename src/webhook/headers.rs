//! Headers that an endpoint wants with each post, such as credentials of its own: which may be given, and how they are
//! kept. Every value counts as a secret: it is kept encrypted, and never shown again.

use http::{HeaderMap, HeaderName, HeaderValue};
use secrecy::ExposeSecret;

use crate::ids::EndpointId;
use crate::secrets::{MasterKey, VaultError};
use crate::store::{Endpoint, SealedHeader};

/// Most headers of an endpoint.
pub const HEADERS_MAX: usize = 16;
/// Longest name, in bytes.
const NAME_BYTES_MAX: usize = 128;
/// Longest value, in bytes.
const VALUE_BYTES_MAX: usize = 4_096;

/// Names that are ours, the connection's (RFC 9110, section 7.6.1), or would change what the message is.
const REFUSED: [&str; 22] = [
    "accept-encoding",
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "cookie",
    "date",
    "expect",
    "forwarded",
    "host",
    "keep-alive",
    "origin",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "referer",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "user-agent",
    "via",
];
/// What no name may begin with.
const REFUSED_PREFIXES: [&str; 4] = ["webhook-", "x-forwarded-", "proxy-", "sec-"];

/// Why a header is not taken, or not sent.
#[derive(Debug, thiserror::Error)]
pub enum HeaderError {
    /// The name cannot be one.
    #[error("`{0}` is no header name of at most {NAME_BYTES_MAX} characters")]
    Name(String),
    /// The name is not the endpoint's to give.
    #[error("the header `{0}` is set by the gateway or belongs to the connection")]
    Refused(String),
    /// The value cannot be one.
    #[error("the value of `{0}` is not 1 to {VALUE_BYTES_MAX} visible ASCII characters and spaces")]
    Value(String),
    /// It could not be encrypted.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// It cannot be decrypted.
    #[error("the header `{0}` cannot be read with this master key: give it again")]
    Unreadable(String),
    /// It cannot stand in a request.
    #[error("the header `{0}` cannot be sent")]
    Unsendable(String),
}

/// The name in its one spelling, if it may be given.
pub fn name(text: &str) -> Result<String, HeaderError> {
    let shown = || text.chars().take(NAME_BYTES_MAX).collect::<String>();
    let name =
        HeaderName::from_bytes(text.as_bytes()).ok().filter(|name| name.as_str().len() <= NAME_BYTES_MAX);
    let name = name.ok_or_else(|| HeaderError::Name(shown()))?.as_str().to_owned();
    let is_refused =
        REFUSED.contains(&name.as_str()) || REFUSED_PREFIXES.iter().any(|prefix| name.starts_with(prefix));
    if is_refused { Err(HeaderError::Refused(name)) } else { Ok(name) }
}

/// A header, its value encrypted for this endpoint.
pub fn seal(
    master: &MasterKey,
    endpoint: &EndpointId,
    name: String,
    value: &str,
) -> Result<SealedHeader, HeaderError> {
    let is_plain = value.bytes().all(|byte| matches!(byte, b' '..=b'~'));
    if !is_plain || value.trim().is_empty() || value.len() > VALUE_BYTES_MAX {
        return Err(HeaderError::Value(name));
    }
    let sealed = master.seal(&context(endpoint, &name), value)?;
    Ok(SealedHeader { name, sealed })
}

/// An endpoint's headers as they are sent.
pub fn open(master: &MasterKey, endpoint: &Endpoint) -> Result<HeaderMap, HeaderError> {
    let mut opened = HeaderMap::with_capacity(endpoint.headers.len() + 4);
    for header in &endpoint.headers {
        let value = master.open(&context(&endpoint.id, &header.name), &header.sealed);
        let value = value.map_err(|_| HeaderError::Unreadable(header.name.clone()))?;
        let unsendable = || HeaderError::Unsendable(header.name.clone());
        let name = HeaderName::from_bytes(header.name.as_bytes()).map_err(|_| unsendable())?;
        let mut value = HeaderValue::from_str(value.expose_secret()).map_err(|_| unsendable())?;
        value.set_sensitive(true);
        opened.insert(name, value);
    }
    Ok(opened)
}

/// What a value is bound to.
fn context(endpoint: &EndpointId, name: &str) -> String {
    format!("webhook header {endpoint} {name}")
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;

    fn master() -> MasterKey {
        MasterKey::from_bytes([7; 32])
    }

    #[test]
    fn names_of_ours_and_of_the_connection_are_refused_in_every_spelling() {
        for given in ["Host", "CONTENT-LENGTH", "webhook-id", "Webhook-Anything", "transfer-encoding", "Te"] {
            assert!(matches!(name(given), Err(HeaderError::Refused(_))), "{given}");
        }
        for given in ["", "a b", "a:b", "é", "a\r\nb", &"x".repeat(129)] {
            assert!(matches!(name(given), Err(HeaderError::Name(_))), "{given}");
        }
        assert_eq!(name("Authorization").unwrap(), "authorization");
        assert_eq!(name("X-Shop").unwrap(), "x-shop");
    }

    #[test]
    fn a_value_is_kept_encrypted_and_sent_in_the_clear() {
        let mut endpoint =
            Endpoint::new(EndpointId::generate(Timestamp::UNIX_EPOCH), "", Timestamp::UNIX_EPOCH);
        let header = seal(&master(), &endpoint.id, "authorization".to_owned(), "Bearer geheim").unwrap();
        assert!(!format!("{header:?}").contains("geheim"));
        endpoint.headers = vec![header];
        assert_eq!(open(&master(), &endpoint).unwrap()["authorization"], "Bearer geheim");
        assert!(format!("{:?}", open(&master(), &endpoint).unwrap()).contains("Sensitive"));
        let other = MasterKey::from_bytes([8; 32]);
        assert!(matches!(open(&other, &endpoint), Err(HeaderError::Unreadable(_))));
    }

    #[test]
    fn values_that_would_split_a_request_are_refused() {
        let endpoint = EndpointId::generate(Timestamp::UNIX_EPOCH);
        for value in ["", "  ", "a\r\nb: c", "a\u{0}", "é", &"x".repeat(4_097)] {
            assert!(seal(&master(), &endpoint, "x-a".to_owned(), value).is_err(), "{value:?}");
        }
    }
}
