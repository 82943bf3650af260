//! A document under a hash that tells nothing of it: each of its fields is hashed with a salt of its own, and the
//! hashes together. So the hash may be public for ever, while the document can be erased (with its seed), or shown with
//! some of its fields withheld, and what is shown can still be checked.

use std::ops::Range;

use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::canonical::{self, NotCanonical};
use super::hash::{Hash, hex, unhex};

/// Length of a seed in bytes.
pub const SEED_BYTES: usize = 32;
/// Length of a field's salt in bytes.
const SALT_BYTES: usize = 16;
/// Deepest nesting.
const DEPTH_MAX: u32 = 64;
/// Prefixes, so that no hash of one kind can pass for another; leaves and nodes of the tree have 0 and 1.
const SALT: [u8; 1] = [0x10];
const FIELD: [u8; 1] = [0x11];
const DOCUMENT: [u8; 1] = [0x12];
/// The only member of what stands in place of a withheld field.
const WITHHELD: &str = "withheld";

/// What a document's salts are made from: random, kept as long as the document, and never logged.
#[derive(Clone, PartialEq, Eq)]
pub struct Seed(pub [u8; SEED_BYTES]);

impl std::fmt::Debug for Seed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Seed(…)")
    }
}

/// A field's salt.
type Salt = [u8; SALT_BYTES];

/// What opens a document's hash: the seed, where all of it is shown, else the salts of what is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Opening {
    /// Every field can be checked.
    Seed(Seed),
    /// Those that are named can be checked; the others are withheld. By JSON Pointer (RFC 6901).
    Salts(Map<String, Value>),
}

impl Seed {
    /// Lower-case hexadecimal digits.
    pub fn hex(&self) -> String {
        hex(&self.0)
    }

    /// Lower-case hexadecimal digits; nothing else is read.
    pub fn from_hex(text: &str) -> Option<Self> {
        unhex(text).map(Self)
    }

    /// A field's salt. Cut short, so that one salt tells nothing of another.
    fn salt(&self, pointer: &str) -> Salt {
        let whole: [u8; 32] =
            Sha256::new().chain_update(SALT).chain_update(self.0).chain_update(pointer).finalize().into();
        let mut salt = [0; SALT_BYTES];
        salt.copy_from_slice(&whole[..SALT_BYTES]);
        salt
    }

    /// The hash of a document.
    pub fn commit(&self, document: &Value) -> Result<Hash, NotCanonical> {
        let (mut fields, mut text) = (Fields::default(), String::new());
        walk(document, &mut String::new(), 0, &mut |pointer, value| {
            if is_inner(value) {
                return Ok(true);
            }
            fields.push(pointer, field(&self.salt(pointer), value, &mut text)?);
            Ok(false)
        })?;
        Ok(fields.together())
    }

    /// The document with some of its fields withheld, and what opens the others.
    pub fn withhold(
        &self,
        document: &Value,
        is_withheld: &dyn Fn(&str) -> bool,
    ) -> Result<(Value, Opening), NotCanonical> {
        let mut shown = document.clone();
        let (mut salts, mut text) = (Map::new(), String::new());
        let mut any = false;
        walk(document, &mut String::new(), 0, &mut |pointer, value| {
            if is_inner(value) {
                return Ok(true);
            }
            let salt = self.salt(pointer);
            if is_withheld(pointer) && !value.is_null() {
                any = true;
                let hash = field(&salt, value, &mut text)?.to_string();
                if let Some(place) = shown.pointer_mut(pointer) {
                    *place = Value::Object(Map::from_iter([(WITHHELD.to_owned(), Value::String(hash))]));
                }
            } else {
                salts.insert(pointer.to_owned(), Value::String(hex(&salt)));
            }
            Ok(false)
        })?;
        Ok(if any { (shown, Opening::Salts(salts)) } else { (shown, Opening::Seed(self.clone())) })
    }
}

impl Opening {
    /// The hash of a document, as far as it is shown; none where it does not open.
    pub fn commit(&self, document: &Value) -> Option<Hash> {
        let salts = match self {
            Self::Seed(seed) => return seed.commit(document).ok(),
            Self::Salts(salts) => salts,
        };
        let (mut fields, mut text) = (Fields::default(), String::new());
        let mut opened = 0;
        let mut closed = false;
        walk(document, &mut String::new(), 0, &mut |pointer, value| {
            if is_inner(value) {
                let hash = withheld(value);
                if let Some(hash) = hash {
                    fields.push(pointer, hash);
                }
                return Ok(hash.is_none());
            }
            match salts.get(pointer).and_then(Value::as_str).and_then(unhex) {
                Some(salt) => {
                    opened += 1;
                    fields.push(pointer, field(&salt, value, &mut text)?);
                }
                None => closed = true,
            }
            Ok(false)
        })
        .ok()?;
        (!closed && opened == salts.len()).then(|| fields.together())
    }

    /// The document with some of its fields withheld, beside those that are already, and what opens the others; none
    /// where this does not open it.
    pub fn withhold(
        &self,
        document: &Value,
        is_withheld: &dyn Fn(&str) -> bool,
    ) -> Result<Option<(Value, Self)>, NotCanonical> {
        let salts = match self {
            Self::Seed(seed) => return seed.withhold(document, is_withheld).map(Some),
            Self::Salts(salts) => salts,
        };
        let (mut shown, mut left, mut text) = (document.clone(), salts.clone(), String::new());
        let mut opens = true;
        walk(document, &mut String::new(), 0, &mut |pointer, value| {
            if is_inner(value) {
                return Ok(withheld(value).is_none());
            }
            let Some(salt) = salts.get(pointer).and_then(Value::as_str).and_then(unhex) else {
                opens = false;
                return Ok(false);
            };
            if is_withheld(pointer) && !value.is_null() {
                let hash = field(&salt, value, &mut text)?.to_string();
                if let Some(place) = shown.pointer_mut(pointer) {
                    *place = Value::Object(Map::from_iter([(WITHHELD.to_owned(), Value::String(hash))]));
                }
                left.remove(pointer);
            }
            Ok(false)
        })?;
        Ok(opens.then_some((shown, Self::Salts(left))))
    }

    /// The fields that are withheld, by JSON Pointer.
    pub fn withheld_in(&self, document: &Value) -> Vec<String> {
        let mut pointers = Vec::new();
        if matches!(self, Self::Salts(_)) {
            // A document that is nested too deeply opens nothing in the first place.
            let _ = walk(document, &mut String::new(), 0, &mut |pointer, value| {
                let is_withheld = withheld(value).is_some();
                if is_withheld {
                    pointers.push(pointer.to_owned());
                }
                Ok(!is_withheld)
            });
        }
        pointers
    }
}

/// The hash that stands in place of a withheld field.
fn withheld(value: &Value) -> Option<Hash> {
    let members = value.as_object().filter(|members| members.len() == 1)?;
    Hash::from_hex(members.get(WITHHELD)?.as_str()?)
}

fn is_inner(value: &Value) -> bool {
    match value {
        Value::Array(items) => !items.is_empty(),
        Value::Object(members) => !members.is_empty(),
        _ => false,
    }
}

/// A field's hash. `text` is room to write in, so that a document of many fields needs it once.
fn field(salt: &Salt, value: &Value, text: &mut String) -> Result<Hash, NotCanonical> {
    text.clear();
    canonical::write(text, value, 0)?;
    Ok(Hash(
        Sha256::new().chain_update(FIELD).chain_update(salt).chain_update(text.as_bytes()).finalize().into(),
    ))
}

/// The fields of a document by their pointers, which lie in one text.
#[derive(Default)]
struct Fields {
    pointers: String,
    fields: Vec<(Range<usize>, Hash)>,
}

impl Fields {
    fn push(&mut self, pointer: &str, hash: Hash) {
        let start = self.pointers.len();
        self.pointers.push_str(pointer);
        self.fields.push((start..self.pointers.len(), hash));
    }

    /// The hash of all of them.
    fn together(mut self) -> Hash {
        let pointers = self.pointers.as_bytes();
        self.fields.sort_by(|(one, _), (other, _)| pointers[one.clone()].cmp(&pointers[other.clone()]));
        let mut hash = Sha256::new().chain_update(DOCUMENT);
        for (pointer, field) in self.fields {
            hash.update(u32::try_from(pointer.len()).unwrap_or(u32::MAX).to_be_bytes());
            hash.update(&pointers[pointer]);
            hash.update(field.0);
        }
        Hash(hash.finalize().into())
    }
}

/// What is told of each value in a document; the answer says whether those inside it are told too.
type Visit<'a> = dyn FnMut(&str, &Value) -> Result<bool, NotCanonical> + 'a;

/// Walks a document from the outside in.
fn walk(value: &Value, pointer: &mut String, depth: u32, visit: &mut Visit<'_>) -> Result<(), NotCanonical> {
    if depth > DEPTH_MAX {
        return Err(NotCanonical::Depth);
    }
    if !visit(pointer, value)? {
        return Ok(());
    }
    let length = pointer.len();
    match value {
        Value::Array(items) => {
            for (position, item) in items.iter().enumerate() {
                pointer.push('/');
                pointer.push_str(&position.to_string());
                walk(item, pointer, depth + 1, visit)?;
                pointer.truncate(length);
            }
        }
        Value::Object(members) => {
            for (key, member) in members {
                pointer.push('/');
                if key.contains(['~', '/']) {
                    pointer.push_str(&key.replace('~', "~0").replace('/', "~1"));
                } else {
                    pointer.push_str(key);
                }
                walk(member, pointer, depth + 1, visit)?;
                pointer.truncate(length);
            }
        }
        _ => {}
    }
    Ok(())
}
