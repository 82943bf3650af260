//! What a carrier sends by itself, as its folder declares it in `push.rs`: how a message proves that it is the
//! carrier's, and how it is turned into an answer of one of its official sources, which then reads it.

/// The name of the secret that proves a message, e.g. `WAYGATE_UPS_TRACK_PUSH_SECRET`.
pub const PUSH_SECRET: &str = "push_secret";

/// How a carrier pushes.
#[derive(Debug)]
pub struct Push {
    /// The source whose answers its messages are like.
    pub source: &'static str,
    /// How a message proves whose it is.
    pub proof: Proof,
    /// Whether a message tells all that is known of a parcel, as an answer does. Otherwise it tells what is new.
    pub whole: bool,
    /// A message as an answer of the source; none where it is not one of the carrier's messages.
    pub as_answer: fn(&[u8]) -> Option<Vec<u8>>,
    /// What the carrier wants to hear, as JSON.
    pub thanks: &'static str,
}

/// How a message proves that it is the carrier's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proof {
    /// A header holds the secret.
    Secret {
        /// The header's name, in lower case.
        header: &'static str,
    },
    /// A header holds HMAC-SHA256 over the body, keyed with the secret, in Base64 or hexadecimal.
    HmacSha256 {
        /// The header's name, in lower case.
        header: &'static str,
    },
    /// The body is a form; a field holds Base64 of MD5 over two others and the secret, as they are or form-encoded.
    Md5OfForm {
        /// The field with the digest.
        digest: &'static str,
        /// The fields before the secret, in order.
        over: [&'static str; 2],
    },
}
