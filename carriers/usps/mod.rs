//! The United States Postal Service, by its Tracking API v3: one number a request, a bearer token for the client.

mod parse;
mod request;
#[cfg(feature = "sandbox")]
pub mod sandbox;
#[cfg(test)]
mod tests;
mod wire;

use std::sync::Arc;

use crate::contract::{
    Ask, CarrierId, Reading, Request, Response, Source, SourceFacts, StatusTable, TokenExchange,
};
use crate::registry::Parts;

/// `usps.v3`.
struct V3 {
    carrier: CarrierId,
    facts: SourceFacts,
    statuses: Arc<StatusTable>,
}

/// The sources of the United States Postal Service.
pub fn sources(parts: &Parts) -> Vec<Arc<dyn Source>> {
    let declared = parts.facts.sources.iter().filter(|s| s.id.as_str() == "usps.v3");
    declared
        .map(|facts| -> Arc<dyn Source> {
            Arc::new(V3 {
                carrier: parts.facts.id.clone(),
                facts: facts.clone(),
                statuses: Arc::clone(&parts.statuses),
            })
        })
        .collect()
}

impl Source for V3 {
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

    fn token(&self) -> Option<&dyn TokenExchange> {
        Some(&request::ClientCredentials)
    }
}
