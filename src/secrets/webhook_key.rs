//! A webhook endpoint's key pair (Standard Webhooks 1.0.0, asymmetric): Ed25519, derived from the master key. The secret
//! half never leaves the gateway; the public half is for everyone.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use hmac::Mac;
use secrecy::ExposeSecret;

use super::{LENIENT_STANDARD, MasterKey, hmac};
use crate::ids::EndpointId;

/// What a public key's text begins with.
const PUBLIC_KEY_PREFIX: &str = "whpk_";

/// The key that signs.
pub struct WebhookKey(SigningKey);

/// The key that checks.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct WebhookPublicKey(VerifyingKey);

/// A text that is not a public key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a webhook public key: `whpk_` and 32 bytes of an Ed25519 key in base64 are expected")]
pub struct InvalidWebhookKey;

impl MasterKey {
    /// An endpoint's key pair. `version` grows when it is replaced, as that of the secret does.
    pub fn webhook_key(&self, endpoint: &EndpointId, version: u32) -> WebhookKey {
        let mut mac = hmac(self.0.expose_secret());
        mac.update(b"waygate webhook key\0");
        mac.update(endpoint.as_str().as_bytes());
        mac.update(b"\0");
        mac.update(version.to_string().as_bytes());
        WebhookKey(SigningKey::from_bytes(&mac.finalize().into_bytes().into()))
    }
}

impl WebhookKey {
    /// The public half.
    pub fn public(&self) -> WebhookPublicKey {
        WebhookPublicKey(self.0.verifying_key())
    }

    /// Signs a message.
    pub fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.0.sign(message).to_bytes()
    }
}

impl fmt::Debug for WebhookKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WebhookKey([REDACTED])")
    }
}

impl WebhookPublicKey {
    /// Whether this key signed the message.
    pub fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        Signature::from_slice(signature).is_ok_and(|given| self.0.verify_strict(message, &given).is_ok())
    }
}

impl fmt::Display for WebhookPublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{PUBLIC_KEY_PREFIX}{}", STANDARD.encode(self.0.as_bytes()))
    }
}

impl fmt::Debug for WebhookPublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for WebhookPublicKey {
    type Err = InvalidWebhookKey;

    fn from_str(text: &str) -> Result<Self, InvalidWebhookKey> {
        let encoded = text.trim().strip_prefix(PUBLIC_KEY_PREFIX).ok_or(InvalidWebhookKey)?;
        let bytes = LENIENT_STANDARD.decode(encoded).map_err(|_| InvalidWebhookKey)?;
        let bytes: [u8; 32] = bytes.try_into().map_err(|_| InvalidWebhookKey)?;
        let key = VerifyingKey::from_bytes(&bytes).map_err(|_| InvalidWebhookKey)?;
        if key.is_weak() { Err(InvalidWebhookKey) } else { Ok(Self(key)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn endpoint() -> EndpointId {
        "whe_0190163d8694739b96e8bf1e2b3f1a11".parse().unwrap()
    }

    /// RFC 8032, section 7.1, test 2.
    #[test]
    fn the_published_vector_is_signed_and_verified() {
        let bytes = |text: &str| -> Vec<u8> {
            (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
        };
        let seed = bytes("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb");
        let key = WebhookKey(SigningKey::from_bytes(&seed.try_into().unwrap()));
        let signature = bytes(
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da\
             085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
        );
        assert_eq!(key.sign(&[0x72]).as_slice(), signature);
        assert!(key.public().verifies(&[0x72], &signature));
        assert!(!key.public().verifies(&[0x73], &signature));
        assert_eq!(key.public().to_string(), "whpk_PUAXw+hDiVqStwqnTRt+vJyYLM8uxJaMwM1V8Sr0Zgw=");
    }

    #[test]
    fn keys_differ_by_endpoint_and_version_and_are_no_secret_of_the_other_kind() {
        let master = MasterKey::from_bytes([7; 32]);
        let key = |version| master.webhook_key(&endpoint(), version).public().to_string();
        assert_eq!(key(1), key(1));
        assert_ne!(key(1), key(2));
        assert_ne!(key(1)[5..], master.webhook_secret(&endpoint(), 1).reveal()[6..]);
        assert!(format!("{:?}", master.webhook_key(&endpoint(), 1)).contains("REDACTED"));
    }

    #[test]
    fn a_public_key_reads_back_and_others_do_not() {
        let text = MasterKey::from_bytes([7; 32]).webhook_key(&endpoint(), 1).public().to_string();
        assert_eq!(text.parse::<WebhookPublicKey>().unwrap().to_string(), text);
        let weak = format!("whpk_{}", STANDARD.encode([0; 32]));
        for wrong in ["", "whpk_", "whpk_AAAA", &text[5..], &weak, &text.replace("whpk_", "whsec_")] {
            assert!(wrong.parse::<WebhookPublicKey>().is_err(), "{wrong}");
        }
    }
}
