//! EMS items of all posts, by the public tracking page of the EMS Cooperative. Despite its address it is no API.

mod parse;
mod request;
#[cfg(feature = "sandbox")]
pub mod sandbox;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use crate::contract::{Ask, CarrierId, Reading, Request, Response, Source, SourceFacts, StatusTable};
use crate::registry::Parts;

/// `ems.cooperative`.
struct Cooperative {
    carrier: CarrierId,
    facts: SourceFacts,
    statuses: Arc<StatusTable>,
}

/// The sources of the EMS Cooperative.
pub fn sources(parts: &Parts) -> Vec<Arc<dyn Source>> {
    let declared = parts.facts.sources.iter().filter(|s| s.id.as_str() == "ems.cooperative");
    declared
        .map(|facts| -> Arc<dyn Source> {
            Arc::new(Cooperative {
                carrier: parts.facts.id.clone(),
                facts: facts.clone(),
                statuses: Arc::clone(&parts.statuses),
            })
        })
        .collect()
}

impl Source for Cooperative {
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
