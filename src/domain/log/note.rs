//! Signed notes: a text and who signed it (c2sp.org/signed-note, read on 2026-11-23), with Ed25519 keys (RFC 8032).

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signature as Ed25519, Signer as _, SigningKey, VerifyingKey};
use sha2::{Digest, Sha256};

/// Longest note, in bytes.
pub const NOTE_BYTES_MAX: usize = 64 << 10;
/// Most signatures on a note.
const SIGNATURES_MAX: usize = 64;
/// What marks an Ed25519 key.
const ED25519: u8 = 1;
/// Length of a key's id.
const ID_BYTES: usize = 4;
/// How a signature's line begins: an em dash and a space.
const MARK: &str = "\u{2014} ";

/// Why a note or a key is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoteError {
    /// Not a note at all.
    #[error("this is not a signed note: {0}")]
    Malformed(&'static str),
    /// None of the known keys signed it.
    #[error("no known key signed it")]
    Unsigned,
    /// A known key's signature does not hold.
    #[error("the signature of {0} does not hold")]
    Wrong(String),
    /// Not a verifier key.
    #[error("this is not a verifier key: `name+id+key` is expected, as /v1/log/keys lists them")]
    Key,
}

/// A public key with its name, as `name+id+key`.
#[derive(Clone, PartialEq, Eq)]
pub struct VerifierKey {
    name: String,
    id: [u8; ID_BYTES],
    key: VerifyingKey,
}

impl VerifierKey {
    fn new(name: &str, key: VerifyingKey) -> Result<Self, NoteError> {
        if !is_name(name) || key.is_weak() {
            return Err(NoteError::Key);
        }
        let hash = Sha256::new()
            .chain_update(name)
            .chain_update([b'\n', ED25519])
            .chain_update(key.as_bytes())
            .finalize();
        let mut id = [0; ID_BYTES];
        id.copy_from_slice(&hash[..ID_BYTES]);
        Ok(Self { name: name.to_owned(), id, key })
    }

    /// Whose key it is.
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl fmt::Display for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = [&[ED25519], self.key.as_bytes().as_slice()].concat();
        write!(f, "{}+{:08x}+{}", self.name, u32::from_be_bytes(self.id), STANDARD.encode(key))
    }
}

impl fmt::Debug for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for VerifierKey {
    type Err = NoteError;

    fn from_str(text: &str) -> Result<Self, NoteError> {
        let mut parts = text.splitn(3, '+');
        let (Some(name), Some(_), Some(key)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(NoteError::Key);
        };
        let key = STANDARD.decode(key).map_err(|_| NoteError::Key)?;
        let key: [u8; 32] = match key.split_first() {
            Some((&ED25519, key)) => key.try_into().map_err(|_| NoteError::Key)?,
            _ => return Err(NoteError::Key),
        };
        let read = Self::new(name, VerifyingKey::from_bytes(&key).map_err(|_| NoteError::Key)?)?;
        // The id in the middle is checked with all the rest.
        if read.to_string() == text { Ok(read) } else { Err(NoteError::Key) }
    }
}

/// A key that signs, with its name.
pub struct Signer {
    key: SigningKey,
    verifier: VerifierKey,
}

impl Signer {
    /// A key from its secret seed (RFC 8032, section 5.1.5).
    pub fn new(name: &str, seed: &[u8; 32]) -> Result<Self, NoteError> {
        let key = SigningKey::from_bytes(seed);
        let verifier = VerifierKey::new(name, key.verifying_key())?;
        Ok(Self { key, verifier })
    }

    /// The public half.
    pub fn verifier(&self) -> &VerifierKey {
        &self.verifier
    }

    /// Signs a text, which ends with a line feed.
    pub fn sign(&self, text: String) -> Note {
        let signature = Line {
            name: self.verifier.name.clone(),
            id: self.verifier.id,
            signature: self.key.sign(text.as_bytes()).to_bytes().to_vec(),
        };
        Note { text, signatures: vec![signature] }
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signer({})", self.verifier)
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Line {
    name: String,
    id: [u8; ID_BYTES],
    signature: Vec<u8>,
}

/// A text with its signatures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    text: String,
    signatures: Vec<Line>,
}

impl Note {
    /// Reads a note. Its text means nothing before it is [verified](Self::verify).
    pub fn parse(note: &str) -> Result<Self, NoteError> {
        if note.len() > NOTE_BYTES_MAX {
            return Err(NoteError::Malformed("it is too long"));
        }
        if note.bytes().any(|b| b < b' ' && b != b'\n') {
            return Err(NoteError::Malformed("it holds a control character"));
        }
        let (text, lines) = note.rsplit_once("\n\n").ok_or(NoteError::Malformed("it has no empty line"))?;
        let lines = lines.strip_suffix('\n').ok_or(NoteError::Malformed("its last line does not end"))?;
        let signatures: Vec<_> = lines
            .split('\n')
            .map(|line| parse_line(line).ok_or(NoteError::Malformed("a signature's line cannot be read")))
            .collect::<Result<_, _>>()?;
        if signatures.len() > SIGNATURES_MAX {
            return Err(NoteError::Malformed("it has too many signatures"));
        }
        Ok(Self { text: format!("{text}\n"), signatures })
    }

    /// The text and the key that signed it. Unknown keys' signatures are passed over; a known key's must hold.
    pub fn verify<'k>(
        &self,
        known: impl IntoIterator<Item = &'k VerifierKey>,
    ) -> Result<(&str, &'k VerifierKey), NoteError> {
        let mut signed_by = None;
        for key in known {
            for line in self.signatures.iter().filter(|line| line.name == key.name && line.id == key.id) {
                let wrong = || NoteError::Wrong(key.to_string());
                let signature = Ed25519::from_slice(&line.signature).map_err(|_| wrong())?;
                key.key.verify_strict(self.text.as_bytes(), &signature).map_err(|_| wrong())?;
                signed_by = signed_by.or(Some(key));
            }
        }
        signed_by.map(|key| (self.text.as_str(), key)).ok_or(NoteError::Unsigned)
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.text)?;
        self.signatures.iter().try_for_each(|line| {
            let bytes = [line.id.as_slice(), &line.signature].concat();
            writeln!(f, "{MARK}{} {}", line.name, STANDARD.encode(bytes))
        })
    }
}

fn parse_line(line: &str) -> Option<Line> {
    let (name, signature) = line.strip_prefix(MARK)?.split_once(' ')?;
    let bytes = STANDARD.decode(signature).ok()?;
    let (id, signature) = bytes.split_first_chunk::<ID_BYTES>()?;
    let is_whole = is_name(name) && !signature.is_empty();
    is_whole.then(|| Line { name: name.to_owned(), id: *id, signature: signature.to_vec() })
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && !name.contains(|c: char| c.is_whitespace() || c == '+' || c.is_control())
}
