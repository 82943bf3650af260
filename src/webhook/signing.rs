//! What an endpoint's messages are signed with, and what receivers check them with: the symmetric scheme `v1`, the
//! asymmetric `v1a`, or both, with the newest secret and, while a rotation lasts, with the one before it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::HeaderMap;
use jiff::Timestamp;

use super::signature::{SCHEME, SignatureError, mac, read};
use crate::secrets::{MasterKey, WebhookKey, WebhookPublicKey, WebhookSecret, same};
use crate::store::{Endpoint, SignatureForm};

/// The name of the asymmetric scheme.
const SCHEME_ASYMMETRIC: &str = "v1a";

/// The secrets that sign, the newest first.
#[derive(Debug, Default)]
pub struct Signers {
    secrets: Vec<WebhookSecret>,
    keys: Vec<WebhookKey>,
}

impl Signers {
    /// Those of an endpoint at a time.
    pub fn of(master: &MasterKey, endpoint: &Endpoint, now: Timestamp) -> Self {
        let mut signers = Self::default();
        for version in endpoint.secret.live(now) {
            if endpoint.signature != SignatureForm::V1a {
                signers.secrets.push(master.webhook_secret(&endpoint.id, version));
            }
            if endpoint.signature != SignatureForm::V1 {
                signers.keys.push(master.webhook_key(&endpoint.id, version));
            }
        }
        signers
    }

    /// The value of `webhook-signature` for a message: one signature for each secret, separated by spaces.
    pub fn sign(&self, id: &str, at: Timestamp, body: &[u8]) -> String {
        let seconds = at.as_second().to_string();
        let symmetric = self
            .secrets
            .iter()
            .map(|secret| format!("{SCHEME},{}", STANDARD.encode(mac(secret, id, &seconds, body))));
        let message = if self.keys.is_empty() { Vec::new() } else { message(id, &seconds, body) };
        let asymmetric = self
            .keys
            .iter()
            .map(|key| format!("{SCHEME_ASYMMETRIC},{}", STANDARD.encode(key.sign(&message))));
        symmetric.chain(asymmetric).collect::<Vec<_>>().join(" ")
    }
}

/// What is signed.
fn message(id: &str, seconds: &str, body: &[u8]) -> Vec<u8> {
    [id.as_bytes(), b".", seconds.as_bytes(), b".", body].concat()
}

/// What a receiver checks with.
#[derive(Debug, Clone)]
pub enum Verifier {
    /// The shared secret.
    Secret(WebhookSecret),
    /// The public key.
    Key(WebhookPublicKey),
}

impl Verifier {
    /// Checks a received message: one of its signatures must fit, and its time must be near `now`.
    pub fn verify(&self, headers: &HeaderMap, body: &[u8], now: Timestamp) -> Result<(), SignatureError> {
        let claimed = read(headers, now)?;
        let fits = match self {
            Self::Secret(secret) => {
                let expected = STANDARD.encode(mac(secret, claimed.id, claimed.timestamp, body));
                claimed.of(SCHEME).any(|given| same(given.as_bytes(), expected.as_bytes()))
            }
            Self::Key(key) => {
                let message = message(claimed.id, claimed.timestamp, body);
                claimed
                    .of(SCHEME_ASYMMETRIC)
                    .filter_map(|given| STANDARD.decode(given).ok())
                    .any(|given| key.verifies(&message, &given))
            }
        };
        if fits { Ok(()) } else { Err(SignatureError::NoMatch) }
    }
}
