//! DHL Express, by MyDHL API: for customers of Express, with their key and secret; one waybill a request.

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

/// `dhl.express`.
struct Express {
    carrier: CarrierId,
    facts: SourceFacts,
    statuses: Arc<StatusTable>,
}

/// The source that is MyDHL API.
pub fn sources(parts: &Parts) -> impl Iterator<Item = Arc<dyn Source>> {
    let declared = parts.facts.sources.iter().filter(|s| s.id.as_str() == "dhl.express");
    declared.map(|facts| -> Arc<dyn Source> {
        Arc::new(Express {
            carrier: parts.facts.id.clone(),
            facts: facts.clone(),
            statuses: Arc::clone(&parts.statuses),
        })
    })
}

impl Source for Express {
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
