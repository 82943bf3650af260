//! The keys that sign a log, the newest last. An old one stays listed after its successor has come, so that what it
//! signed can be checked for ever.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::note::{NoteError, VerifierKey};

/// Most keys that are listed.
pub const KEYS_MAX: usize = 256;

/// A key and when it signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListedKey {
    /// The verifier key, `name+id+key`.
    pub key: String,
    /// Its number: the first is 1.
    pub version: u32,
    /// When it began to sign.
    pub from: Timestamp,
    /// When its successor began.
    pub to: Option<Timestamp>,
}

/// The keys of a log, oldest first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyList {
    /// The keys.
    pub keys: Vec<ListedKey>,
}

/// Why a key cannot sign from now on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyListError {
    /// A listed key cannot be read.
    #[error("the listed key {0}: {1}")]
    Unreadable(u32, NoteError),
    /// This number was given to another key.
    #[error("key {0} of this log is another one: the master key is not the one that the log was begun with")]
    Another(u32),
    /// A key of a lower number cannot come back.
    #[error("key {given} cannot sign again: key {current} has taken its place")]
    Past {
        /// The key that should sign.
        given: u32,
        /// The key that signs.
        current: u32,
    },
    /// The list is full.
    #[error("a log has at most {KEYS_MAX} keys")]
    Full,
}

impl KeyList {
    /// All keys, to verify with.
    pub fn verifiers(&self) -> Result<Vec<VerifierKey>, KeyListError> {
        let read = |k: &ListedKey| k.key.parse().map_err(|error| KeyListError::Unreadable(k.version, error));
        self.keys.iter().map(read).collect()
    }

    /// The list with this key as the one that signs from `now` on; true where that is news.
    pub fn with_current(
        &self,
        key: &VerifierKey,
        version: u32,
        now: Timestamp,
    ) -> Result<(Self, bool), KeyListError> {
        let text = key.to_string();
        let mut list = self.clone();
        if let Some(last) = list.keys.last_mut() {
            match version.cmp(&last.version) {
                std::cmp::Ordering::Less => {
                    return Err(KeyListError::Past { given: version, current: last.version });
                }
                std::cmp::Ordering::Equal if last.key == text => return Ok((list, false)),
                std::cmp::Ordering::Equal => return Err(KeyListError::Another(version)),
                std::cmp::Ordering::Greater => last.to = Some(now),
            }
        }
        if list.keys.len() >= KEYS_MAX {
            return Err(KeyListError::Full);
        }
        list.keys.push(ListedKey { key: text, version, from: now, to: None });
        Ok((list, true))
    }
}
