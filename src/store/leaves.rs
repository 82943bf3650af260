//! The log's entries for a change: what every store writes beside the change itself, in the same transaction.

use serde_json::{Map, Value, json};

use super::{Change, StoreError};
use crate::domain::log::Leaf;
use crate::domain::log::canonical::NotCanonical;
use crate::domain::log::document::{Opening, Seed};
use crate::domain::log::leaf::VERSION;
use crate::domain::policy::Policy;

/// An entry to log.
#[derive(Debug, Clone)]
pub struct NewLeaf {
    /// The thing that it is about.
    pub id: String,
    /// The shipment that it is about.
    pub shipment: String,
    /// The entry's bytes.
    pub entry: Vec<u8>,
    /// What its document's salts are made from.
    pub seed: Seed,
    /// What of its document does not stand in the store elsewhere, word for word.
    pub document: Option<Value>,
}

/// Whose turn it is to seal the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LogTurn {
    /// There are no turns: nobody else seals from this store.
    Alone,
    /// Ours, until it is ended or its lease is over.
    Ours {
        /// What ends it.
        token: i64,
        /// The note of the newest head that was signed.
        head: Option<String>,
    },
    /// Another's.
    Others {
        /// The note of the newest head that was signed.
        head: Option<String>,
    },
}

/// An entry that was logged, with what opens it.
#[derive(Debug, Clone, PartialEq)]
pub struct LoggedLeaf {
    /// Its place in the log.
    pub index: u64,
    /// The entry's bytes.
    pub entry: Vec<u8>,
    /// What its document's salts are made from; none once it was erased.
    pub seed: Option<Seed>,
    /// What opens the fields that are left, where others were erased.
    pub salts: Option<Map<String, Value>>,
    /// Its document.
    pub document: Value,
}

impl LoggedLeaf {
    /// What opens its document; none once all of it was erased.
    pub fn opening(&self) -> Option<Opening> {
        let seed = self.seed.clone().map(Opening::Seed);
        seed.or_else(|| self.salts.clone().map(Opening::Salts))
    }
}

impl From<NotCanonical> for StoreError {
    fn from(error: NotCanonical) -> Self {
        Self::Engine(format!("this cannot be logged: {error}"))
    }
}

/// The entries of a change: its claims, its answers, its verdicts. `seed` gives fresh random ones.
pub fn of_change(change: &Change, seed: fn() -> Seed) -> Result<Vec<NewLeaf>, StoreError> {
    let mut leaves = Vec::new();
    for (id, order) in &change.claims {
        let shipment = change.shipments.iter().find(|shipment| shipment.id == *id);
        let shipment =
            shipment.ok_or_else(|| StoreError::Engine(format!("{id} is claimed and not there")))?;
        let document = json!({"claim": shipment.claim, "input": shipment.input, "order": order});
        let seed = seed();
        let leaf = Leaf::Claim {
            v: VERSION,
            id: id.to_string(),
            time: shipment.created_at,
            document: seed.commit(&document)?,
        };
        leaves.push(new_leaf(&leaf, seed, Some(document))?);
    }
    for (shipment, answer) in &change.answers {
        let record = &answer.record;
        let document = observation_document(
            serde_json::to_value(&record.reading).map_err(unwritable)?,
            &record.url,
            record.body_sha256.as_deref(),
            record.body_bytes,
        );
        let seed = seed();
        let leaf = Leaf::Observation {
            v: VERSION,
            id: record.id.to_string(),
            shipment: shipment.to_string(),
            carrier: record.carrier.to_string(),
            source: record.source.to_string(),
            time: record.fetched_at,
            http_status: record.http_status,
            document: seed.commit(&document)?,
        };
        leaves.push(new_leaf(&leaf, seed, None)?);
    }
    for (shipment, record) in &change.verdicts {
        let basis = serde_json::to_value(&record.basis).map_err(unwritable)?;
        let verdict = serde_json::to_value(&record.verdict).map_err(unwritable)?;
        let document = verdict_document(basis.clone(), verdict);
        let seed = seed();
        let policy = &record.verdict.policy;
        let leaf = Leaf::Verdict {
            v: VERSION,
            id: record.id.to_string(),
            shipment: shipment.to_string(),
            time: record.at,
            policy: policy.clone(),
            policy_sha256: Policy::sha256(policy),
            document: seed.commit(&document)?,
        };
        leaves.push(new_leaf(&leaf, seed, Some(basis))?);
    }
    Ok(leaves)
}

/// A verdict's document.
pub fn verdict_document(basis: Value, verdict: Value) -> Value {
    Value::Object(Map::from_iter([("basis".to_owned(), basis), ("verdict".to_owned(), verdict)]))
}

/// An answer's document.
pub fn observation_document(reading: Value, url: &str, body_sha256: Option<&str>, body_bytes: u64) -> Value {
    let members = [
        ("body_bytes", body_bytes.into()),
        ("body_sha256", body_sha256.into()),
        ("reading", reading),
        ("url", url.into()),
    ];
    Value::Object(members.map(|(name, value)| (name.to_owned(), value)).into_iter().collect())
}

fn new_leaf(leaf: &Leaf, seed: Seed, document: Option<Value>) -> Result<NewLeaf, StoreError> {
    Ok(NewLeaf {
        id: leaf.id().to_owned(),
        shipment: leaf.shipment().to_owned(),
        entry: leaf.entry()?,
        seed,
        document,
    })
}

#[expect(clippy::needless_pass_by_value, reason = "what `map_err` wants")]
fn unwritable(error: serde_json::Error) -> StoreError {
    StoreError::Engine(format!("this cannot be logged: {error}"))
}
