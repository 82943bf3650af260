//! What must be kept and told again later, such as a receiver's credentials: encrypted with AES-256-GCM (NIST SP
//! 800-38D) under a key derived from the master key, and bound to what it belongs to.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::Mac;
use secrecy::{ExposeSecret, SecretString};

use super::{MasterKey, hmac, random_bytes};

/// Why something cannot be encrypted.
#[derive(Debug, thiserror::Error)]
#[error("it could not be encrypted: {0}")]
pub struct VaultError(String);

/// Why something cannot be read again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("it was not encrypted with this master key for this purpose")]
pub struct Unsealable;

impl MasterKey {
    /// Encrypts a text. Only with the same `context`, which says what it belongs to, can it be read again.
    pub fn seal(&self, context: &str, clear: &str) -> Result<String, VaultError> {
        let random = random_bytes().map_err(VaultError)?;
        let mut nonce = [0; NONCE_LEN];
        nonce.copy_from_slice(&random[..NONCE_LEN]);
        let mut sealed = clear.as_bytes().to_vec();
        self.vault_key()
            .seal_in_place_append_tag(
                Nonce::assume_unique_for_key(nonce),
                Aad::from(context.as_bytes()),
                &mut sealed,
            )
            .map_err(|_| VaultError("the cipher refused".to_owned()))?;
        Ok(STANDARD.encode([nonce.as_slice(), &sealed].concat()))
    }

    /// Reads what [`Self::seal`] encrypted.
    pub fn open(&self, context: &str, sealed: &str) -> Result<SecretString, Unsealable> {
        let bytes = STANDARD.decode(sealed).map_err(|_| Unsealable)?;
        let (nonce, sealed) = bytes.split_at_checked(NONCE_LEN).ok_or(Unsealable)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| Unsealable)?;
        let mut clear = sealed.to_vec();
        let aad = Aad::from(context.as_bytes());
        let clear = self.vault_key().open_in_place(nonce, aad, &mut clear).map_err(|_| Unsealable)?;
        std::str::from_utf8(clear).map(SecretString::from).map_err(|_| Unsealable)
    }

    fn vault_key(&self) -> LessSafeKey {
        let mut mac = hmac(self.0.expose_secret());
        mac.update(b"waygate vault key\0");
        mac.update(b"1");
        let bytes: [u8; 32] = mac.finalize().into_bytes().into();
        LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &bytes).expect("AES-256 takes keys of 32 bytes"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(byte: u8) -> MasterKey {
        MasterKey::from_bytes([byte; 32])
    }

    #[test]
    fn what_is_sealed_reads_back_with_the_same_key_and_context_alone() {
        let sealed = key(1).seal("whe_1/authorization", "Bearer geheim ✓").unwrap();
        assert_eq!(key(1).open("whe_1/authorization", &sealed).unwrap().expose_secret(), "Bearer geheim ✓");
        assert_eq!(key(2).open("whe_1/authorization", &sealed).err(), Some(Unsealable));
        assert_eq!(key(1).open("whe_2/authorization", &sealed).err(), Some(Unsealable));
    }

    #[test]
    fn it_shows_nothing_and_is_never_the_same_twice() {
        let seal = || key(1).seal("x", "Bearer geheim").unwrap();
        assert_ne!(seal(), seal());
        assert!(!STANDARD.decode(seal()).unwrap().windows(6).any(|bytes| bytes == b"geheim"));
    }

    #[test]
    fn whatever_was_changed_is_not_read() {
        let sealed = STANDARD.decode(key(1).seal("x", "text").unwrap()).unwrap();
        for at in 0..sealed.len() {
            let mut spoiled = sealed.clone();
            spoiled[at] ^= 1;
            assert!(key(1).open("x", &STANDARD.encode(spoiled)).is_err(), "byte {at}");
        }
        for text in ["", "AAAA", "no base64", &STANDARD.encode(&sealed[..20])] {
            assert!(key(1).open("x", text).is_err(), "{text}");
        }
    }
}
