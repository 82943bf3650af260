//! Who sees what of persons: the only place that decides it. Everything that is shown of a case goes through here first.
//! The table stands in `docs/privacy.md`.

use super::auth::Caller;
use crate::domain::certificate::Withhold;
use crate::domain::personal::Veil;
use crate::domain::verdict::Verdict;
use crate::store::{
    CaseFile, EventRecord, ObservationRecord, OrderSummary, Scope, ShipmentRecord, VerdictRecord,
};
use waygate_carriers::contract::Reading;

/// How much of persons somebody sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Sight {
    /// Everything: whoever decides a dispute weighs names and places.
    Whole,
    /// The order system: what it told itself, the order's address and its buyer, and nothing of what sources tell of
    /// persons or sellers typed.
    Registrar,
    /// A seller: what it typed itself, and the reasons in the words that are meant for it.
    Seller,
    /// Nothing.
    Veiled,
}

impl Caller {
    /// How much of persons this key sees. An operator that needs more makes a key for it, which is on record.
    pub fn sight(&self) -> Sight {
        let has = |scope| self.key.scopes.contains(&scope);
        if has(Scope::Arbiter) {
            Sight::Whole
        } else if has(Scope::OrderSystem) {
            Sight::Registrar
        } else if has(Scope::Operator) {
            Sight::Veiled
        } else {
            Sight::Seller
        }
    }
}

impl Sight {
    /// A case.
    pub fn case(self, mut case: CaseFile) -> CaseFile {
        if self == Self::Whole {
            return case;
        }
        let told = case.observations.iter().map(|(_, observation)| &observation.reading);
        let veil = Veil::of(Some(&case.order.order), told.chain(readings(&case.shipments)));
        self.order(&veil, &mut case.order.order);
        for shipment in &mut case.shipments {
            self.shipment(&veil, shipment);
        }
        for (_, observation) in &mut case.observations {
            hide_observation(&veil, observation);
        }
        for (_, other) in &mut case.other_claims {
            other.buyer = None;
        }
        case
    }

    /// An order of a list.
    pub fn summary(self, mut summary: OrderSummary) -> OrderSummary {
        if self == Self::Whole {
            return summary;
        }
        let veil = Veil::of(Some(&summary.order.order), readings(&summary.shipments));
        self.order(&veil, &mut summary.order.order);
        for shipment in &mut summary.shipments {
            self.shipment(&veil, shipment);
        }
        summary
    }

    /// Recorded answers about a case's shipment.
    pub fn observations(self, case: &CaseFile, mut all: Vec<ObservationRecord>) -> Vec<ObservationRecord> {
        if self != Self::Whole {
            let veil = Veil::of(Some(&case.order.order), all.iter().map(|o| &o.reading));
            for observation in &mut all {
                hide_observation(&veil, observation);
            }
        }
        all
    }

    /// Verdicts about a case's shipment.
    pub fn verdicts(self, case: &CaseFile, mut all: Vec<VerdictRecord>) -> Vec<VerdictRecord> {
        if self != Self::Whole {
            let told = case.observations.iter().map(|(_, observation)| &observation.reading);
            let veil = Veil::of(Some(&case.order.order), told);
            for record in &mut all {
                self.verdict(&veil, &mut record.verdict);
            }
        }
        all
    }

    /// A source's answer about whosever parcel.
    pub fn reading(self, reading: &mut Reading) {
        if self != Self::Whole {
            Veil::of(None, [&*reading]).reading(reading);
        }
    }

    /// Events. They are written without what tells of persons; this is for those that came about otherwise.
    pub fn event(self, mut event: EventRecord) -> EventRecord {
        if self != Self::Whole {
            let mut data = event.data.read();
            Veil::default().data(&mut data);
            event.data = data.into();
        }
        event
    }

    /// What certificates leave out: what was asked to be, and what this sight does not reach.
    pub fn withhold(self, asked: Withhold) -> Withhold {
        if self == Self::Whole { asked } else { Withhold::Personal }
    }

    fn order(self, veil: &Veil, order: &mut crate::domain::order::Order) {
        if self != Self::Registrar {
            veil.order(order);
        }
    }

    fn shipment(self, veil: &Veil, shipment: &mut ShipmentRecord) {
        if self == Self::Seller {
            // Why a source is asked then names rows of the policy.
            shipment.next_look_why = None;
        } else {
            veil.claim(&mut shipment.claim, &mut shipment.input);
        }
        if let Some(verdict) = &mut shipment.verdict {
            self.verdict(veil, verdict);
        }
        if let Some(tracking) = &mut shipment.tracking {
            veil.reading(tracking);
        }
    }

    fn verdict(self, veil: &Veil, verdict: &mut Verdict) {
        if self == Self::Seller {
            verdict.next_look_why = None;
            for check in &mut verdict.checks {
                // Exact reasons teach how far a check lets things go, and name other orders.
                check.reason.clone_from(&check.for_seller);
                check.evidence.clear();
            }
        }
        veil.verdict(verdict);
    }
}

fn readings(shipments: &[ShipmentRecord]) -> impl Iterator<Item = &Reading> {
    shipments.iter().filter_map(|shipment| shipment.tracking.as_ref())
}

fn hide_observation(veil: &Veil, observation: &mut ObservationRecord) {
    veil.reading(&mut observation.reading);
    observation.url = veil.address(&observation.url);
}
