//! What is kept of each webhook endpoint's lane: the line of deliveries that wait for it. Endpoints take turns, so that
//! the cost of a claim and who comes next depend on no backlog.

use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;

use super::DueDelivery;
use crate::ids::EndpointId;

/// How an endpoint did, as it outlives a restart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LaneRecord {
    /// Whose lane.
    pub endpoint: EndpointId,
    /// Nothing of it is claimed before then.
    pub held_until: Option<Timestamp>,
    /// Since when nothing but failures came back.
    pub failing_since: Option<Timestamp>,
    /// When it was told that the endpoint is failing.
    pub warned_at: Option<Timestamp>,
}

impl LaneRecord {
    /// The lane of an endpoint of which nothing is known.
    pub fn new(endpoint: EndpointId) -> Self {
        Self { endpoint, held_until: None, failing_since: None, warned_at: None }
    }
}

/// How many more deliveries an endpoint's lane has room for.
#[derive(Clone)]
pub struct Room(Arc<dyn Fn(&EndpointId) -> u32 + Send + Sync>);

impl Room {
    /// Room by endpoint.
    pub fn of(room: impl Fn(&EndpointId) -> u32 + Send + Sync + 'static) -> Self {
        Self(Arc::new(room))
    }

    /// As much as is asked for, whichever endpoint it is.
    pub fn boundless() -> Self {
        Self::of(|_| u32::MAX)
    }

    /// The room of one endpoint.
    pub fn for_endpoint(&self, endpoint: &EndpointId) -> u32 {
        (self.0)(endpoint)
    }
}

impl fmt::Debug for Room {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Room")
    }
}

/// A claim on deliveries.
#[derive(Debug, Clone)]
pub struct DeliveryClaim {
    /// What is due by then.
    pub now: Timestamp,
    /// It is not given again before then.
    pub lease_until: Timestamp,
    /// Most deliveries in all.
    pub limit: u32,
    /// Most deliveries of each endpoint.
    pub room: Room,
}

/// What was claimed.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Claimed {
    /// The deliveries, endpoint by endpoint as it was their turn.
    pub deliveries: Vec<DueDelivery>,
    /// The lanes of their endpoints.
    pub lanes: Vec<LaneRecord>,
}

impl Claimed {
    /// Deliveries whose lanes nothing is known of.
    pub fn of(deliveries: Vec<DueDelivery>) -> Self {
        let mut seen = HashSet::new();
        let endpoints = deliveries.iter().map(|due| &due.endpoint.id);
        let lanes = endpoints.filter(|id| seen.insert((*id).clone())).cloned().map(LaneRecord::new).collect();
        Self { deliveries, lanes }
    }
}
