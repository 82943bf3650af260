//! EMS items from China, by the open platform of China EMS for its contract customers: a form with an encrypted
//! question. It answers for China Post's items too. The older interface for partners is read, not asked. All posts' EMS
//! items are shown by the cooperative's page as well, see `cooperative/`.

pub mod cooperative;
mod events;
mod parse;
mod partner;
mod request;
mod reversals;
#[cfg(feature = "sandbox")]
pub mod sandbox;
#[cfg(feature = "sandbox")]
mod sm4;
#[cfg(test)]
mod tests;
mod wire;

use std::sync::Arc;

use crate::contract::{Ask, CarrierId, Reading, Request, Response, Source, SourceFacts, StatusTable};
use crate::registry::Parts;

/// `ems.china`.
struct China {
    carrier: CarrierId,
    facts: SourceFacts,
    statuses: Arc<StatusTable>,
}

/// The sources of EMS.
pub fn sources(parts: &Parts) -> Vec<Arc<dyn Source>> {
    let declared = parts.facts.sources.iter().filter(|s| s.id.as_str() == "ems.china");
    let own = declared.map(|facts| -> Arc<dyn Source> {
            Arc::new(China {
                carrier: parts.facts.id.clone(),
                facts: facts.clone(),
                statuses: Arc::clone(&parts.statuses),
            })
        })
        .collect()
}

impl Source for China {
    fn facts(&self) -> &SourceFacts {
        &self.facts
    }

    fn request(&self, ask: &Ask) -> Request {
        request::track(ask)
    }

    fn read(&self, response: Response<'_>) -> Vec<Reading> {
        if partner::recognizes(response.body) {
            partner::read(&self.carrier, &self.statuses, response)
        } else {
            parse::read(&self.carrier, &self.statuses, response)
        }
    }

    fn recognizes(&self, body: &[u8]) -> bool {
        wire::recognizes(body) || partner::recognizes(body)
    }
}
