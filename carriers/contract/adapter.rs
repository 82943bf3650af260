//! What a carrier's folder gives for one of its official sources: pure functions, from which the registry makes the
//! source with its declared facts.

use std::sync::Arc;

use super::{
    Ask, Batch, CarrierFacts, CarrierId, Reading, Request, Response, Source, SourceFacts, StatusTable,
    TokenExchange,
};

/// The functions of one official source. Its facts lie in `carrier.toml`, its codes in `statuses.toml`.
pub struct Adapter {
    /// The source's id, as `carrier.toml` declares it.
    pub source: &'static str,
    /// Describes the request that asks for one number.
    pub request: fn(&Ask) -> Request,
    /// Reads an answer: one reading for each parcel that it is about, never none.
    pub read: fn(&CarrierId, &StatusTable, Response<'_>) -> Vec<Reading>,
    /// Whether a body has this source's shape.
    pub recognizes: fn(&[u8]) -> bool,
    /// The token exchange, for sources that have one.
    pub token: Option<&'static dyn TokenExchange>,
    /// Several numbers in one request, for sources that take them.
    pub batch: Option<Batch>,
}

/// An adapter with its carrier's facts and codes.
pub struct AdaptedSource {
    adapter: &'static Adapter,
    carrier: CarrierId,
    facts: SourceFacts,
    statuses: Arc<StatusTable>,
}

impl AdaptedSource {
    /// The source of an adapter; none where `carrier.toml` does not declare it.
    pub fn new(
        adapter: &'static Adapter,
        carrier: &CarrierFacts,
        statuses: &Arc<StatusTable>,
    ) -> Option<Self> {
        let facts = carrier.sources.iter().find(|s| s.id.as_str() == adapter.source)?.clone();
        Some(Self { adapter, carrier: carrier.id.clone(), facts, statuses: Arc::clone(statuses) })
    }
}

impl Source for AdaptedSource {
    fn facts(&self) -> &SourceFacts {
        &self.facts
    }

    fn request(&self, ask: &Ask) -> Request {
        (self.adapter.request)(ask)
    }

    fn read(&self, response: Response<'_>) -> Vec<Reading> {
        (self.adapter.read)(&self.carrier, &self.statuses, response)
    }

    fn recognizes(&self, body: &[u8]) -> bool {
        (self.adapter.recognizes)(body)
    }

    fn token(&self) -> Option<&dyn TokenExchange> {
        self.adapter.token
    }

    fn batch(&self) -> Option<Batch> {
        self.adapter.batch
    }
}
