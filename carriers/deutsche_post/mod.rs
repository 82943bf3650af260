//! Deutsche Post and DHL Paket in Germany, by Parcel DE Tracking: XML in which everything stands in attributes.

mod parse;
mod request;
#[cfg(feature = "sandbox")]
pub mod sandbox;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use crate::contract::{Ask, CarrierId, Reading, Request, Response, Source, SourceFacts, StatusTable};
use crate::registry::Parts;

/// `deutsche_post.parcel_de`.
struct ParcelDe {
    carrier: CarrierId,
    facts: SourceFacts,
    statuses: Arc<StatusTable>,
}

/// The sources of Deutsche Post.
pub fn sources(parts: &Parts) -> Vec<Arc<dyn Source>> {
    let declared = parts.facts.sources.iter().filter(|s| s.id.as_str() == "deutsche_post.parcel_de");
    declared
        .map(|facts| -> Arc<dyn Source> {
            Arc::new(ParcelDe {
                carrier: parts.facts.id.clone(),
                facts: facts.clone(),
                statuses: Arc::clone(&parts.statuses),
            })
        })
        .collect()
}

impl Source for ParcelDe {
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
        parse::recognizes(body)
    }
}
