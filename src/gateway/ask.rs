//! What is asked about a claim, and of which official sources. Live and recorded claims are treated alike.

use jiff::Timestamp;
use waygate_carriers::contract::{Ask, CarrierId, SourceId};
use waygate_carriers::numbers::{Candidate, Identification};
use waygate_carriers::registry::Registry;

use crate::domain::channels::Channels;
use crate::domain::order::Order;

/// What would be asked about the number: of each carrier that the named one stands for (EMS items for the post that
/// issues them), else of the named one itself, which may know a number that looks wrong.
pub fn asks(order: &Order, named: &CarrierId, identification: &Identification, now: Timestamp) -> Vec<Ask> {
    let ask = |carrier: &CarrierId, candidate: Option<&Candidate>| Ask {
        tracking_number: identification.normalized.clone(),
        carrier: carrier.clone(),
        format: candidate.map(|c| c.format.clone()),
        origin_country: candidate.and_then(|c| c.origin_country),
        destination_country: Some(order.ship_to.country),
        destination_postal_code: order.ship_to.postal_code.clone(),
        request_id: uuid::Uuid::now_v7().to_string(),
        asked_at: now,
    };
    let issued = |c: &&Candidate| Channels::built_in().is_issued_by(named, c);
    let asks: Vec<Ask> =
        identification.candidates.iter().filter(issued).map(|c| ask(&c.carrier, Some(c))).collect();
    if asks.is_empty() { vec![ask(named, None)] } else { asks }
}

/// The sources that answer such an ask, the best first. A number of no known form can be put to any source of
/// the carrier.
pub fn sources_for(registry: &Registry, ask: &Ask) -> Vec<SourceId> {
    let id = |s: &std::sync::Arc<dyn waygate_carriers::contract::Source>| s.facts().id.clone();
    if ask.format.is_some() {
        return registry.sources_for(ask).into_iter().map(id).collect();
    }
    let of_carrier =
        registry.sources().filter(|s| s.facts().answers.iter().any(|a| a.carrier == ask.carrier));
    of_carrier.map(id).collect()
}
