//! What the official sources show of an order's parcels, as far as clocks and recommendations depend on it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use waygate_carriers::contract::Status;

use crate::domain::verdict::Outcome;

/// Where the goods are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stand {
    /// No scan has been shown.
    #[default]
    Unseen,
    /// On their way.
    Moving,
    /// Delivered, as the source says.
    Arrived,
    /// Delivered in another country than the order's.
    Elsewhere,
    /// Going back to the sender, or there.
    WentBack,
    /// Lost or destroyed.
    Lost,
}

/// An order's parcels, taken together.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Parcel {
    /// The verdict on their numbers: the worst of them.
    pub verdict: Option<Outcome>,
    /// Where they are: arrived only where all have.
    pub stand: Stand,
    /// The latest physical scan.
    pub moved_at: Option<Timestamp>,
    /// When the last of them arrived.
    pub arrived_at: Option<Timestamp>,
}

impl Parcel {
    /// The same after the source reports a status.
    #[must_use]
    pub fn seen(mut self, status: Status, elsewhere: bool, at: Timestamp) -> Self {
        if status.is_physical_scan() {
            self.moved_at = Some(at);
        }
        match status {
            Status::Delivered if elsewhere => self.stand = Stand::Elsewhere,
            Status::Delivered => {
                self.stand = Stand::Arrived;
                self.arrived_at = Some(at);
            }
            Status::Returning | Status::Returned => self.stand = Stand::WentBack,
            Status::Lost => self.stand = Stand::Lost,
            _ if status.is_physical_scan() => self.stand = Stand::Moving,
            _ => {} // a label, a notice, an exception or an unmapped code moves nothing
        }
        self
    }

    /// The same with another verdict.
    #[must_use]
    pub fn judged(mut self, verdict: Outcome) -> Self {
        self.verdict = Some(verdict);
        self
    }

    /// Whether a delivery is proved: the number is true for the order, and the source says delivered.
    pub fn is_delivered(&self) -> bool {
        self.verdict == Some(Outcome::Verified) && self.stand == Stand::Arrived
    }

    /// Whether a delivery that was proved before stands no longer. A mere suspicion takes nothing back.
    pub fn takes_back_delivery(&self) -> bool {
        self.verdict == Some(Outcome::Rejected) || self.stand != Stand::Arrived
    }

    /// Whether it moves towards the buyer: a physical scan that recent, under a number that is not rejected.
    pub fn moves(&self, within: jiff::SignedDuration, now: Timestamp) -> bool {
        let recent = self.moved_at.is_some_and(|at| now < crate::domain::calendar::shifted(at, within));
        self.stand == Stand::Moving && self.verdict != Some(Outcome::Rejected) && recent
    }
}
