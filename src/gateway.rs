//! The use cases, over the store, the sources and the clock: identify, submit, look, judge, move the clocks.

pub mod advance;
mod ask;
mod at_once;
mod attest;
pub mod backtest;
mod check;
mod look;
mod parcels;
mod push;
mod submit;
pub mod verify_file;
mod waits;
pub mod whatif;

use std::sync::Arc;

use jiff::Timestamp;
use tokio::sync::Notify;
use waygate_carriers::contract::{Ask, SourceId};
use waygate_carriers::numbers::Hint;

use advance::{Input, Rulebook, Spread, advance};
use ask::asks;
pub use attest::{AttestError, Attested, Receipt};
pub use check::json::write as check_json;
pub use check::{NumberCandidate, NumberCheck, NumberProblem, check_number};
pub use push::PushedFor;
pub use submit::{SubmitError, SubmitShipment, Submitted};

use crate::clock::SharedClock;
use crate::domain::lifecycle::Refused;
use crate::domain::verdict::carrier_id;
use crate::fetch::Fetcher;
use crate::seal::Sealer;
use crate::store::{Applied, CaseFile, IdempotencyRecord, ShipmentRecord, Store, StoreError};

/// How often a change is computed again when another one came between.
const CONFLICTS_MAX: u32 = 16;

/// Why a use case did nothing.
#[derive(Debug, thiserror::Error)]
pub enum GatewayError {
    /// There is no such order.
    #[error("there is no such order")]
    NoOrder,
    /// A rule forbids it.
    #[error("{}: {}", .0.rule, .0.why)]
    Refused(Refused),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The gateway.
pub struct Gateway {
    /// What is remembered.
    pub store: Arc<dyn Store>,
    /// The evidence log.
    pub log: Arc<Sealer>,
    /// The official sources.
    pub fetcher: Arc<Fetcher>,
    /// Time.
    pub clock: SharedClock,
    /// The versions of all rules.
    pub book: Rulebook,
    /// Where random numbers in [0, 1) come from.
    pub jitter: fn() -> f64,
    /// Called when there may be new work.
    pub wake: Arc<Notify>,
}

impl Gateway {
    /// Computes and writes a change; computes it again as long as others come between.
    pub async fn change(
        &self,
        order: &str,
        input: &Input,
        idempotency: Option<&IdempotencyRecord>,
    ) -> Result<(Applied, CaseFile), GatewayError> {
        let mut tries = 0;
        loop {
            let case = self.store.case(order.to_owned()).await?.ok_or(GatewayError::NoOrder)?;
            let spread = Spread { jitter: (self.jitter)() };
            let can_answer = |shipment: &ShipmentRecord| self.can_answer(&case, shipment);
            let now = self.clock.now();
            let change = advance(&case, input, self.book, &can_answer, spread, now, idempotency.cloned())
                .map_err(GatewayError::Refused)?;
            match self.store.apply(change).await {
                Ok(applied) => {
                    self.wake.notify_waiters();
                    return Ok((applied, case));
                }
                Err(StoreError::Conflict) if tries < CONFLICTS_MAX => tries += 1,
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// What a shipment's sources are asked, with the sources that are switched on here, the best first.
    fn questions(&self, case: &CaseFile, shipment: &ShipmentRecord) -> Vec<(Ask, SourceId)> {
        let order = &case.order.order;
        let Some(named) = carrier_id(&shipment.claim.carrier) else { return Vec::new() };
        let hint = Hint { claimed: Some(&named), ship_from: order.ship_from.as_ref().map(|a| a.country) };
        let identification = self.book.registry.formats().identify(&shipment.claim.tracking_number, hint);
        let asks = asks(order, &named, &identification, self.clock.now()).into_iter();
        asks.flat_map(|ask| self.sources_for(&ask).into_iter().map(move |s| (ask.clone(), s))).collect()
    }

    /// The sources that are switched on here and answer such an ask, the carrier's own first.
    pub fn sources_for(&self, ask: &Ask) -> Vec<SourceId> {
        let sources = ask::sources_for(self.book.registry, ask).into_iter();
        sources.filter(|id| self.fetcher.is_on(id)).collect()
    }

    fn can_answer(&self, case: &CaseFile, shipment: &ShipmentRecord) -> bool {
        !self.questions(case, shipment).is_empty()
    }

    /// Lets an order's due timers fire.
    pub async fn fire_timers(&self, order: &str) -> Result<(), GatewayError> {
        self.change(order, &Input::Clock, None).await.map(|_| ())
    }

    /// Judges a shipment again.
    pub async fn judge(&self, shipment: &ShipmentRecord) -> Result<(), GatewayError> {
        self.change(&shipment.order, &Input::Judge(shipment.id.clone()), None).await.map(|_| ())
    }

    /// The buyer has the goods.
    pub async fn receive(
        &self,
        order: &str,
        idempotency: Option<&IdempotencyRecord>,
    ) -> Result<(), GatewayError> {
        self.change(order, &Input::Received, idempotency).await.map(|_| ())
    }

    /// The time.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }
}
