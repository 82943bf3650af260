//! DHL, by Shipment Tracking - Unified: one API for the divisions, one number a request, an API key; and beside it, for
//! customers of DHL Express, by MyDHL API (`express`).

pub mod express;
mod parse;
mod request;
#[cfg(feature = "sandbox")]
pub mod sandbox;
#[cfg(test)]
mod tests;
mod wire;

use std::sync::Arc;

use crate::contract::{Ask, CarrierId, Reading, Request, Response, Source, SourceFacts, StatusTable};
use crate::registry::Parts;

/// `dhl.unified`.
struct Unified {
    carrier: CarrierId,
    facts: SourceFacts,
    statuses: Arc<StatusTable>,
}

/// The sources of DHL.
pub fn sources(parts: &Parts) -> Vec<Arc<dyn Source>> {
    let declared = parts.facts.sources.iter().filter(|s| s.id.as_str() == "dhl.unified");
    let unified = declared.map(|facts| -> Arc<dyn Source> {
        Arc::new(Unified {
            carrier: parts.facts.id.clone(),
            facts: facts.clone(),
            statuses: Arc::clone(&parts.statuses),
        })
    });
    unified.chain(express::sources(parts)).collect()
}

impl Source for Unified {
    fn facts(&self) -> &SourceFacts {
        &self.facts
    }

    fn request(&self, ask: &Ask) -> Request {
        request::track(ask)
    }

    fn read(&self, response: Response<'_>) -> Vec<Reading> {
        parse::read(&self.carrier, &self.statuses, response)
    }

    fn recognizes(&self, body: &[u8]) -> bool {
        wire::recognizes(body)
    }
}
