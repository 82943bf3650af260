//! A verdict as one document that proves itself: the claim and the order, the official answers, the verdict and what
//! else it was made on, each with the proof that it lies in the evidence log under a signed head; all of it signed.
//! Whoever has the log's verifier key can check it without us, and make the verdict again.

mod check;
mod replay;
mod withhold;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::log::canonical::{NotCanonical, canonical, canonical_of};
use super::log::document::{Opening, Seed};
use super::log::{Hash, Leaf, Signer};

pub use check::{Fault, Part, Report, Unreadable, check, program};
pub use replay::Replay;
pub use withhold::{Personal, Withhold};

/// The form of certificates.
pub const VERSION: u8 = 1;
/// What the signed text begins with.
const TITLE: &str = "waygate certificate v1";

/// The policy that a verdict was made under.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PolicyText {
    /// Its version.
    pub id: String,
    /// SHA-256 of its whole text; none for a version that is not compiled in.
    pub sha256: Option<Hash>,
}

/// Something that was logged, shown.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shown {
    /// Its place in the log.
    pub index: u64,
    /// The log's entry.
    pub entry: Leaf,
    /// The proof that the entry is there.
    pub proof: Vec<Hash>,
    /// What the entry is about. A field that is withheld is `{"withheld": "…"}` with its hash.
    pub document: Value,
    /// What opens the entry's hash of the document, where all of it is shown.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub seed: Option<String>,
    /// The same, field by field, where some are withheld.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub salts: Option<Map<String, Value>>,
}

/// What is signed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Certificate {
    /// [`VERSION`].
    pub v: u8,
    /// When it was made.
    pub issued_at: Timestamp,
    /// The program and its version.
    pub program: String,
    /// The log's name.
    pub log: String,
    /// The key that signs it, `name+id+key`.
    pub key: String,
    /// The shipment.
    pub shipment: String,
    /// The policy.
    pub policy: PolicyText,
    /// The claim and the order.
    pub claim: Shown,
    /// The official answers that the verdict was made on, in the order in which it names them.
    pub observations: Vec<Shown>,
    /// The verdict and what else it was made on.
    pub verdict: Shown,
    /// What was erased of all this before the certificate was made; its fields are withheld.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub erasures: Vec<Shown>,
    /// The log's signed head.
    pub checkpoint: String,
}

/// Something logged, with all that shows it.
#[derive(Debug, Clone)]
pub struct Evidence {
    /// Its place in the log.
    pub index: u64,
    /// The log's entry.
    pub entry: Leaf,
    /// The proof that the entry is there.
    pub proof: Vec<Hash>,
    /// What the entry is about.
    pub document: Value,
    /// What opens it.
    pub opening: Opening,
}

impl Evidence {
    /// As a certificate shows it.
    pub fn show(self, withhold: Withhold) -> Result<Shown, NotCanonical> {
        let withheld =
            self.opening.withhold(&self.document, &|pointer| withhold.withholds(&self.entry, pointer))?;
        // What does not open is shown as it is, and found by whoever checks it.
        let (document, opening) = withheld.unwrap_or((self.document, self.opening));
        let (seed, salts) = match opening {
            Opening::Seed(seed) => (Some(seed.hex()), None),
            Opening::Salts(salts) => (None, Some(salts)),
        };
        Ok(Shown { index: self.index, entry: self.entry, proof: self.proof, document, seed, salts })
    }
}

impl Shown {
    /// What opens its document; none where it does not say.
    fn opening(&self) -> Option<Opening> {
        match (&self.seed, &self.salts) {
            (Some(seed), None) => Seed::from_hex(seed).map(Opening::Seed),
            (None, Some(salts)) => Some(Opening::Salts(salts.clone())),
            _ => None,
        }
    }

    /// The fields that are withheld, by JSON Pointer.
    pub fn withheld(&self) -> Vec<String> {
        self.opening().map(|opening| opening.withheld_in(&self.document)).unwrap_or_default()
    }
}

impl Certificate {
    /// The signed document, in its canonical text.
    pub fn sign(&self, signer: &Signer) -> Result<String, NotCanonical> {
        let signature = signer.sign(signed_text(&self.log, &canonical_of(self)?)).to_string();
        canonical(&json!({"certificate": self, "signature": signature}))
    }
}

/// The text under the signature. It cannot pass for a checkpoint, whose third line is nothing but a hash.
fn signed_text(log: &str, certificate: &str) -> String {
    format!("{TITLE}\n{log}\nsha256:{}\n", Hash::of(certificate.as_bytes()))
}
