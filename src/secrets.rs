//! Secrets: the master key that everything secret is derived from, the webhook secrets, and API keys. None of them can
//! be printed by accident, and none but the master key is stored anywhere.

mod vault;
mod webhook_key;

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use base64::alphabet;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD};
use base64::engine::{DecodePaddingMode, Engine as _};
use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretBox, SecretSlice, SecretString};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::ids::EndpointId;

pub use vault::{Unsealable, VaultError};
pub use webhook_key::{InvalidWebhookKey, WebhookKey, WebhookPublicKey};

/// Length of the master key and of what is derived from it.
const KEY_BYTES: usize = 32;
/// Shortest and longest webhook secret (Standard Webhooks 1.0.0, "Signature scheme").
const WEBHOOK_SECRET_BYTES: std::ops::RangeInclusive<usize> = 24..=64;
/// What a webhook secret's text begins with.
const WEBHOOK_SECRET_PREFIX: &str = "whsec_";
/// What an API key's text begins with.
const API_KEY_PREFIX: &str = "wg_live_";

/// Base64 as people paste it: with padding or without.
const LENIENT: GeneralPurposeConfig =
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
const LENIENT_STANDARD: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, LENIENT);
const LENIENT_URL_SAFE: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, LENIENT);

/// Why there is no master key.
#[derive(Debug, thiserror::Error)]
pub enum MasterKeyError {
    /// The text is something else.
    #[error("the master key is not 32 bytes in base64 or hexadecimal (`openssl rand -base64 32` makes one)")]
    Malformed,
    /// The file holds something else.
    #[error("{} holds no master key: 32 bytes in base64 or hexadecimal are expected", .0.display())]
    MalformedFile(PathBuf),
    /// Anyone on the machine could read it.
    #[error("{} can be read or written by everyone: `chmod 600` it", .0.display())]
    Exposed(PathBuf),
    /// The file cannot be read or made.
    #[error("the master key's file {}: {error}", .path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        error: io::Error,
    },
    /// The system has no randomness to give.
    #[error("the system gave no random bytes: {0}")]
    NoRandomness(String),
}

/// The one secret that the gateway keeps. Webhook secrets are derived from it, so that none of them is stored.
#[derive(Debug)]
pub struct MasterKey(SecretBox<[u8; KEY_BYTES]>);

impl MasterKey {
    /// Reads a key from text, such as an environment variable: 32 bytes in base64 or hexadecimal.
    pub fn from_text(text: &str) -> Result<Self, MasterKeyError> {
        let text = text.trim();
        let bytes = if text.len() == 2 * KEY_BYTES {
            unhex(text)
        } else {
            LENIENT_STANDARD.decode(text).or_else(|_| LENIENT_URL_SAFE.decode(text)).ok()
        };
        let key = bytes.and_then(|bytes| <[u8; KEY_BYTES]>::try_from(bytes).ok());
        key.map(Self::from_bytes).ok_or(MasterKeyError::Malformed)
    }

    /// A key of these bytes.
    pub fn from_bytes(bytes: [u8; KEY_BYTES]) -> Self {
        Self(SecretBox::new(Box::new(bytes)))
    }

    /// Reads the key from a file. Where there is none, makes one with fresh random bytes that only its owner can read.
    pub fn open_or_create(path: &Path) -> Result<Self, MasterKeyError> {
        match fs::read_to_string(path) {
            Ok(text) => {
                refuse_exposed(path)?;
                Self::from_text(&text).map_err(|_| MasterKeyError::MalformedFile(path.to_owned()))
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Self::create(path),
            Err(error) if error.kind() == io::ErrorKind::InvalidData => {
                Err(MasterKeyError::MalformedFile(path.to_owned()))
            }
            Err(error) => Err(MasterKeyError::File { path: path.to_owned(), error }),
        }
    }

    fn create(path: &Path) -> Result<Self, MasterKeyError> {
        let key = random_bytes().map_err(MasterKeyError::NoRandomness)?;
        let text = SecretString::from(format!("{}\n", STANDARD.encode(key)));
        let written = new_private_file(path).and_then(|mut file| {
            file.write_all(text.expose_secret().as_bytes())?;
            file.sync_all()
        });
        written.map_err(|error| MasterKeyError::File { path: path.to_owned(), error })?;
        Ok(Self::from_bytes(key))
    }

    /// The seed of the key that signs the evidence log. `version` grows when the key is replaced.
    pub fn log_key_seed(&self, version: u32) -> SecretBox<[u8; KEY_BYTES]> {
        let mut mac = hmac(self.0.expose_secret());
        mac.update(b"waygate evidence log key\0");
        mac.update(version.to_string().as_bytes());
        SecretBox::new(Box::new(mac.finalize().into_bytes().into()))
    }

    /// An endpoint's signing secret. `version` grows when the secret is replaced.
    pub fn webhook_secret(&self, endpoint: &EndpointId, version: u32) -> WebhookSecret {
        let mut mac = hmac(self.0.expose_secret());
        mac.update(b"waygate webhook secret\0");
        mac.update(endpoint.as_str().as_bytes());
        mac.update(b"\0");
        mac.update(version.to_string().as_bytes());
        WebhookSecret(mac.finalize().into_bytes().to_vec().into())
    }
}

/// A webhook endpoint's signing secret (Standard Webhooks 1.0.0, symmetric).
#[derive(Debug, Clone)]
pub struct WebhookSecret(SecretSlice<u8>);

/// A text that is not a webhook secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a webhook secret: `whsec_` and 24 to 64 bytes in base64 are expected")]
pub struct InvalidWebhookSecret;

impl WebhookSecret {
    /// The secret as its owner is shown it. Padded: some libraries read unpadded base64 wrongly.
    pub fn reveal(&self) -> String {
        format!("{WEBHOOK_SECRET_PREFIX}{}", STANDARD.encode(self.0.expose_secret()))
    }

    /// HMAC-SHA256 over the parts, one after the other.
    pub fn mac(&self, parts: &[&[u8]]) -> [u8; 32] {
        let mut mac = hmac(self.0.expose_secret());
        for part in parts {
            mac.update(part);
        }
        mac.finalize().into_bytes().into()
    }
}

impl FromStr for WebhookSecret {
    type Err = InvalidWebhookSecret;

    fn from_str(text: &str) -> Result<Self, InvalidWebhookSecret> {
        let encoded = text.trim().strip_prefix(WEBHOOK_SECRET_PREFIX).ok_or(InvalidWebhookSecret)?;
        let bytes = LENIENT_STANDARD.decode(encoded).map_err(|_| InvalidWebhookSecret)?;
        if !WEBHOOK_SECRET_BYTES.contains(&bytes.len()) {
            return Err(InvalidWebhookSecret);
        }
        Ok(Self(bytes.into()))
    }
}

/// An API key. It is shown once, when it is made; only its hash is kept.
#[derive(Debug)]
pub struct ApiKeySecret(SecretString);

impl ApiKeySecret {
    /// A fresh key with 256 bits from the system.
    pub fn generate() -> Result<Self, MasterKeyError> {
        let bytes = random_bytes().map_err(MasterKeyError::NoRandomness)?;
        Ok(Self(format!("{API_KEY_PREFIX}{}", hex(&bytes)).into()))
    }

    /// The key as its owner is shown it.
    pub fn reveal(&self) -> &str {
        self.0.expose_secret()
    }

    /// The hash that is kept.
    pub fn sha256_hex(&self) -> String {
        sha256_hex(self.0.expose_secret().as_bytes())
    }
}

/// SHA-256 in lower-case hexadecimal. Enough for an API key, which has 256 random bits: there is nothing to guess.
pub fn sha256_hex(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// Whether two texts are equal, in a time that does not tell where they differ.
pub fn same(one: &[u8], other: &[u8]) -> bool {
    one.ct_eq(other).into()
}

fn hmac(key: &[u8]) -> Hmac<Sha256> {
    Hmac::new_from_slice(key).expect("HMAC takes keys of any length")
}

fn random_bytes() -> Result<[u8; KEY_BYTES], String> {
    let mut bytes = [0; KEY_BYTES];
    rand::TryRng::try_fill_bytes(&mut rand::rngs::SysRng, &mut bytes).map_err(|error| error.to_string())?;
    Ok(bytes)
}

/// Bytes in lower-case hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    let digit = |half: u8| char::from(b"0123456789abcdef"[usize::from(half)]);
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits = text.chars().map(|digit| digit.to_digit(16)).collect::<Option<Vec<_>>>()?;
    digits.chunks(2).map(|pair| u8::try_from(pair[0] * 16 + pair.get(1)?).ok()).collect()
}

#[cfg(unix)]
fn new_private_file(path: &Path) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt as _;
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}

#[cfg(not(unix))]
fn new_private_file(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).open(path)
}

#[cfg(unix)]
fn refuse_exposed(path: &Path) -> Result<(), MasterKeyError> {
    use std::os::unix::fs::PermissionsExt as _;
    let metadata =
        fs::metadata(path).map_err(|error| MasterKeyError::File { path: path.to_owned(), error })?;
    // The group may read it: that is how container platforms mount secrets.
    let of_everyone = metadata.permissions().mode() & 0o007;
    if of_everyone == 0 { Ok(()) } else { Err(MasterKeyError::Exposed(path.to_owned())) }
}

#[cfg(not(unix))]
fn refuse_exposed(_: &Path) -> Result<(), MasterKeyError> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEX: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
    const BASE64: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

    fn endpoint() -> EndpointId {
        "whe_0190163d8694739b96e8bf1e2b3f1a11".parse().unwrap()
    }

    #[test]
    fn a_key_reads_the_same_in_every_spelling() {
        let secret = |text: &str| MasterKey::from_text(text).unwrap().webhook_secret(&endpoint(), 1).reveal();
        for text in [BASE64, &BASE64[..43], &format!(" {BASE64}\n"), &HEX.to_uppercase()] {
            assert_eq!(secret(text), secret(HEX), "{text}");
        }
    }

    #[test]
    fn what_is_no_key_is_refused_without_being_repeated() {
        for text in ["", "hunter2", &HEX[..62], &BASE64[..40], &format!("{BASE64}AAAA"), &"zz".repeat(32)] {
            let error = MasterKey::from_text(text).unwrap_err().to_string();
            assert!(text.is_empty() || !error.contains(text), "{error}");
        }
    }

    /// Computed with Python's `hmac` over the text that the documentation names.
    #[test]
    fn a_webhook_secret_is_derived_as_documented() {
        let key = MasterKey::from_text(HEX).unwrap();
        assert_eq!(
            key.webhook_secret(&endpoint(), 1).reveal(),
            "whsec_gp30xYfvADWfjIOLNx0OV8NG/UupLFXvEqM4wVw+gmI="
        );
        assert_eq!(
            key.webhook_secret(&endpoint(), 2).reveal(),
            "whsec_Gxw18rJBoXpR6mMpMtZue3S4QXZk7pYEsE6Gdo6vul8="
        );
    }

    #[test]
    fn secrets_do_not_print_themselves() {
        let key = MasterKey::from_text(HEX).unwrap();
        let webhook = key.webhook_secret(&endpoint(), 1);
        let api = ApiKeySecret::generate().unwrap();
        let printed = format!("{key:?} {webhook:?} {api:?}");
        assert_eq!(printed.matches("REDACTED").count(), 3, "{printed}");
        assert!(!printed.contains(api.reveal()) && !printed.contains(&webhook.reveal()[6..]), "{printed}");
    }

    #[test]
    fn a_webhook_secret_reads_back_and_others_do_not() {
        let secret = MasterKey::from_text(HEX).unwrap().webhook_secret(&endpoint(), 1).reveal();
        assert_eq!(secret.parse::<WebhookSecret>().unwrap().reveal(), secret);
        for text in ["", "whsec_", "whsec_AAAA", &secret[6..], "whpk_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"] {
            assert!(text.parse::<WebhookSecret>().is_err(), "{text}");
        }
    }

    #[test]
    fn api_keys_differ_and_are_kept_as_their_hash() {
        let (one, other) = (ApiKeySecret::generate().unwrap(), ApiKeySecret::generate().unwrap());
        assert_ne!(one.reveal(), other.reveal());
        assert_eq!(one.reveal().len(), "wg_live_".len() + 64);
        assert_eq!(one.sha256_hex(), sha256_hex(one.reveal().as_bytes()));
        // FIPS 180-2, appendix B.1.
        assert_eq!(sha256_hex(b"abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        assert!(same(b"abc", b"abc") && !same(b"abc", b"abd") && !same(b"abc", b"abcd"));
    }

    #[test]
    fn a_key_file_is_made_once_for_its_owner_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("master.key");
        let made = MasterKey::open_or_create(&path).unwrap().webhook_secret(&endpoint(), 1).reveal();
        let read = MasterKey::open_or_create(&path).unwrap().webhook_secret(&endpoint(), 1).reveal();
        assert_eq!(made, read);
        let other = MasterKey::open_or_create(&folder.path().join("other.key")).unwrap();
        assert_ne!(other.webhook_secret(&endpoint(), 1).reveal(), made);
    }

    #[cfg(unix)]
    #[test]
    fn a_key_file_that_everyone_can_read_is_refused() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("master.key");
        MasterKey::open_or_create(&path).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        assert!(matches!(MasterKey::open_or_create(&path), Err(MasterKeyError::Exposed(_))));
    }

    #[test]
    fn a_file_that_holds_no_key_is_named_and_left_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("master.key");
        drop(new_private_file(&path).unwrap());
        let error = MasterKey::open_or_create(&path).unwrap_err();
        assert!(matches!(&error, MasterKeyError::MalformedFile(file) if *file == path), "{error}");
        assert_eq!(fs::read(&path).unwrap(), b"");
        assert!(matches!(
            MasterKey::open_or_create(&folder.path().join("none/master.key")),
            Err(MasterKeyError::File { .. })
        ));
    }
}
