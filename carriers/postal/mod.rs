//! All posts, by the Universal Postal Union's Global Track and Trace: the source of last resort for every S10 item.

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

/// `postal.upu`.
struct GlobalTrackAndTrace {
    carrier: CarrierId,
    facts: SourceFacts,
    statuses: Arc<StatusTable>,
}

/// The sources of the Universal Postal Union.
pub fn sources(parts: &Parts) -> Vec<Arc<dyn Source>> {
    let declared = parts.facts.sources.iter().filter(|s| s.id.as_str() == "postal.upu");
    declared
        .map(|facts| -> Arc<dyn Source> {
            Arc::new(GlobalTrackAndTrace {
                carrier: parts.facts.id.clone(),
                facts: facts.clone(),
                statuses: Arc::clone(&parts.statuses),
            })
        })
        .collect()
}

impl Source for GlobalTrackAndTrace {
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
