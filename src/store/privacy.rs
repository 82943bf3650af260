//! What the store forgets: what tells of persons, at somebody's wish or when its time is over. Each method is one
//! transaction. The log stays as it is: its entries are salted hashes, and what opens an erased field goes with the field.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::{StoreError, Work};
use crate::domain::log::Leaf;
use crate::domain::log::document::Seed;
use crate::domain::log::leaf::VERSION;
use crate::ids::ErasureId;

/// Why something is erased.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// Somebody asked for it.
    Request,
    /// The time is over for which it is kept.
    Retention,
}

/// What came of erasing an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Erased {
    /// There is no such order.
    NoOrder,
    /// The order has not come to its end, or a dispute is open: what is known is still needed.
    Open,
    /// It was erased before.
    Before(Timestamp),
    /// It is erased now.
    Now(Removed),
}

/// How much went.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Removed {
    /// Fields of logged documents.
    pub fields: u64,
    /// Bodies of answers that no other order shares.
    pub bodies: u64,
}

/// What is kept for a time. Those of orders count from the order's end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kept {
    /// The bodies of the sources' answers, of orders.
    Bodies,
    /// What tells of persons, of orders.
    Persons,
    /// Events with their deliveries, of orders; deliveries that wait are let be.
    Events,
    /// What receivers answered to webhooks.
    HookAnswers,
    /// Records of requests that were carried out once.
    Idempotency,
}

impl Kept {
    /// All of them. Persons go first: with them go the bodies, in one erasure.
    pub const ALL: [Self; 5] =
        [Self::Persons, Self::Bodies, Self::Events, Self::HookAnswers, Self::Idempotency];
}

/// The units of work of forgetting.
pub trait Privacy: Send + Sync + 'static {
    /// Erases what tells of persons from an order that came to its end: whole, in one transaction, with an entry in the
    /// log for each shipment that says so.
    fn erase(&self, order: String, cause: Cause, at: Timestamp) -> Work<'_, Erased>;

    /// The orders of a buyer that are not erased yet, oldest first.
    fn orders_of_buyer(&self, buyer: String) -> Work<'_, Vec<String>>;

    /// Forgets what is older than `before`, at most so many rows or orders; says how many.
    fn retain(&self, kept: Kept, before: Timestamp, at: Timestamp, limit: u32) -> Work<'_, u64>;

    /// Lets nothing that was forgotten remain in the engine's files.
    fn sweep(&self) -> Work<'_, ()>;
}

/// The fields that were erased of one logged thing, by JSON Pointer.
pub type ErasedFields = (String, Vec<String>);

/// The log's entry about an erasure, with what opens it. It names fields, and nothing of what they held.
pub fn erasure_leaf(
    shipment: &str,
    cause: Cause,
    fields: &[ErasedFields],
    bodies: u64,
    at: Timestamp,
    seed: Seed,
) -> Result<super::NewLeaf, StoreError> {
    let fields: Map<String, Value> = fields.iter().map(|(id, of)| (id.clone(), json!(of))).collect();
    let document = json!({"bodies": bodies, "cause": cause, "fields": fields});
    let leaf = Leaf::Erasure {
        v: VERSION,
        id: ErasureId::generate(at).to_string(),
        shipment: shipment.to_owned(),
        time: at,
        document: seed.commit(&document)?,
    };
    Ok(super::NewLeaf {
        id: leaf.id().to_owned(),
        shipment: shipment.to_owned(),
        entry: leaf.entry()?,
        seed,
        document: Some(document),
    })
}
