//! Signatures of webhooks: Standard Webhooks 1.0.0, symmetric scheme `v1` (HMAC-SHA256 over id, time and body).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::HeaderMap;
use jiff::Timestamp;

use super::signing::Verifier;
use crate::secrets::WebhookSecret;

/// The header with the event's id: the same in all attempts.
pub const HEADER_ID: &str = "webhook-id";
/// The header with the time of this attempt, in seconds since 1970.
pub const HEADER_TIMESTAMP: &str = "webhook-timestamp";
/// The header with the signatures.
pub const HEADER_SIGNATURE: &str = "webhook-signature";
/// How far a message's time may be from the receiver's, as the public libraries have it.
pub const TOLERANCE_SECONDS: i64 = 300;

/// The name of the symmetric scheme.
pub(super) const SCHEME: &str = "v1";
/// Most signatures of a message that are looked at: more are no rotation but an attack.
const SIGNATURES_MAX: usize = 16;

/// Why a message is not taken as ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// A header is not there.
    #[error("the header {0} is missing")]
    Missing(&'static str),
    /// A header cannot be read.
    #[error("the header {0} cannot be read")]
    Malformed(&'static str),
    /// The message was signed too long ago.
    #[error("the message is too old")]
    TooOld,
    /// The message was signed in the future.
    #[error("the message is from the future")]
    TooNew,
    /// No signature fits.
    #[error("no signature fits the message")]
    NoMatch,
}

/// The value of `webhook-signature` for a message.
pub fn sign(secret: &WebhookSecret, id: &str, at: Timestamp, body: &[u8]) -> String {
    let mac = mac(secret, id, &at.as_second().to_string(), body);
    format!("{SCHEME},{}", STANDARD.encode(mac))
}

/// Checks a received message: one of its signatures must fit, and its time must be near `now`.
pub fn verify(
    secret: &WebhookSecret,
    headers: &HeaderMap,
    body: &[u8],
    now: Timestamp,
) -> Result<(), SignatureError> {
    Verifier::Secret(secret.clone()).verify(headers, body, now)
}

/// What a message says of itself.
pub(super) struct Claimed<'a> {
    pub(super) id: &'a str,
    pub(super) timestamp: &'a str,
    signatures: &'a str,
}

impl<'a> Claimed<'a> {
    /// Its signatures by a scheme.
    pub(super) fn of(&self, scheme: &'a str) -> impl Iterator<Item = &'a str> {
        let tokens =
            self.signatures.split(' ').filter_map(|token| token.split_once(',')).take(SIGNATURES_MAX);
        tokens.filter(move |(of, _)| *of == scheme).map(|(_, signature)| signature)
    }
}

/// Reads a message's headers; its time must be near `now`.
pub(super) fn read(headers: &HeaderMap, now: Timestamp) -> Result<Claimed<'_>, SignatureError> {
    let id = header(headers, HEADER_ID)?;
    let timestamp = header(headers, HEADER_TIMESTAMP)?;
    let signatures = header(headers, HEADER_SIGNATURE)?;
    // A full stop in the id would leave open where the id ends in what is signed.
    if id.contains('.') {
        return Err(SignatureError::Malformed(HEADER_ID));
    }
    let seconds: i64 = timestamp.parse().map_err(|_| SignatureError::Malformed(HEADER_TIMESTAMP))?;
    let age = now.as_second().saturating_sub(seconds);
    if age > TOLERANCE_SECONDS {
        return Err(SignatureError::TooOld);
    }
    if age < -TOLERANCE_SECONDS {
        return Err(SignatureError::TooNew);
    }
    Ok(Claimed { id, timestamp, signatures })
}

pub(super) fn mac(secret: &WebhookSecret, id: &str, timestamp: &str, body: &[u8]) -> [u8; 32] {
    secret.mac(&[id.as_bytes(), b".", timestamp.as_bytes(), b".", body])
}

fn header<'a>(headers: &'a HeaderMap, name: &'static str) -> Result<&'a str, SignatureError> {
    let value = headers.get(name).ok_or(SignatureError::Missing(name))?;
    value.to_str().map_err(|_| SignatureError::Malformed(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    // The vector that the public Standard Webhooks libraries test with.
    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    const ID: &str = "msg_p5jXN8AQM9LWM0D4loKWxJek";
    const SECONDS: i64 = 1_614_265_330;
    const BODY: &[u8] = br#"{"test": 2432232314}"#;
    const SIGNATURE: &str = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(seconds).unwrap()
    }

    fn checked(
        id: &str,
        timestamp: &str,
        signature: &str,
        body: &[u8],
        now: i64,
    ) -> Result<(), SignatureError> {
        let headers = [(HEADER_ID, id), (HEADER_TIMESTAMP, timestamp), (HEADER_SIGNATURE, signature)]
            .into_iter()
            .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()))
            .collect();
        verify(&SECRET.parse().unwrap(), &headers, body, at(now))
    }

    #[test]
    fn the_published_vector_is_signed_and_verified() {
        assert_eq!(sign(&SECRET.parse().unwrap(), ID, at(SECONDS), BODY), SIGNATURE);
        assert_eq!(checked(ID, "1614265330", SIGNATURE, BODY, SECONDS), Ok(()));
    }

    #[test]
    fn one_fitting_signature_among_others_is_enough() {
        for list in [
            format!("v1,AAAA {SIGNATURE}"),
            format!("v1a,{} {SIGNATURE}", &SIGNATURE[3..]),
            format!("nonsense  {SIGNATURE} v2,x"),
        ] {
            assert_eq!(checked(ID, "1614265330", &list, BODY, SECONDS), Ok(()), "{list}");
        }
    }

    #[test]
    fn whatever_is_changed_no_signature_fits() {
        let no_match = Err(SignatureError::NoMatch);
        assert_eq!(checked("msg_other", "1614265330", SIGNATURE, BODY, SECONDS), no_match);
        assert_eq!(checked(ID, "1614265331", SIGNATURE, BODY, SECONDS), no_match);
        assert_eq!(checked(ID, "1614265330", SIGNATURE, br#"{"test": 2432232315}"#, SECONDS), no_match);
        for signature in ["", "v1", "v1,", &SIGNATURE[..46], &SIGNATURE[3..], &SIGNATURE.replace("v1", "v2")]
        {
            assert_eq!(checked(ID, "1614265330", signature, BODY, SECONDS), no_match, "{signature}");
        }
    }

    #[test]
    fn the_time_may_differ_by_five_minutes_and_no_more() {
        for (now, expected) in [
            (SECONDS + 300, Ok(())),
            (SECONDS + 301, Err(SignatureError::TooOld)),
            (SECONDS - 300, Ok(())),
            (SECONDS - 301, Err(SignatureError::TooNew)),
        ] {
            assert_eq!(checked(ID, "1614265330", SIGNATURE, BODY, now), expected);
        }
        for timestamp in ["", "soon", "1614265330.5", "99999999999999999999"] {
            let malformed = Err(SignatureError::Malformed(HEADER_TIMESTAMP));
            assert_eq!(checked(ID, timestamp, SIGNATURE, BODY, SECONDS), malformed, "{timestamp}");
        }
    }

    #[test]
    fn a_missing_or_ambiguous_header_is_named() {
        let nothing = verify(&SECRET.parse().unwrap(), &HeaderMap::new(), BODY, at(SECONDS));
        assert_eq!(nothing, Err(SignatureError::Missing(HEADER_ID)));
        let dotted = checked("a.1614265330", "1614265330", SIGNATURE, BODY, SECONDS);
        assert_eq!(dotted, Err(SignatureError::Malformed(HEADER_ID)));
    }
}
