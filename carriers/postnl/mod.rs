//! PostNL, by its Shipping Status API: one barcode a request, an API key that sees the shipments of its own customer.

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

/// `postnl.status`.
struct ShippingStatus {
    carrier: CarrierId,
    facts: SourceFacts,
    statuses: Arc<StatusTable>,
}

/// The sources of PostNL.
pub fn sources(parts: &Parts) -> Vec<Arc<dyn Source>> {
    let declared = parts.facts.sources.iter().filter(|s| s.id.as_str() == "postnl.status");
    declared
        .map(|facts| -> Arc<dyn Source> {
            Arc::new(ShippingStatus {
                carrier: parts.facts.id.clone(),
                facts: facts.clone(),
                statuses: Arc::clone(&parts.statuses),
            })
        })
        .collect()
}

impl Source for ShippingStatus {
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
