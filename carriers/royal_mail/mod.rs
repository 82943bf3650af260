//! Royal Mail, by its Tracking API v2: the events of one item a request, a client id and its secret.

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

/// `royal_mail.v2`.
struct V2 {
    carrier: CarrierId,
    facts: SourceFacts,
    statuses: Arc<StatusTable>,
}

/// The sources of Royal Mail.
pub fn sources(parts: &Parts) -> Vec<Arc<dyn Source>> {
    let declared = parts.facts.sources.iter().filter(|s| s.id.as_str() == "royal_mail.v2");
    declared
        .map(|facts| -> Arc<dyn Source> {
            Arc::new(V2 {
                carrier: parts.facts.id.clone(),
                facts: facts.clone(),
                statuses: Arc::clone(&parts.statuses),
            })
        })
        .collect()
}

impl Source for V2 {
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
