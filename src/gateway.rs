//! The use cases, over the store, the sources and the clock: identify, submit, look, judge, move the clocks.

pub mod advance;
mod ask;
mod at_once;
mod attest;
pub mod backtest;
mod check;
mod correct;
mod erase;
mod hindsight;
mod look;
mod parcels;
mod push;
mod submit;
mod turns;
pub mod verify_file;
mod waits;
pub mod whatif;

use std::sync::Arc;

use jiff::Timestamp;
use tokio::sync::Notify;
use waygate_carriers::contract::{Ask, SourceId};
use waygate_carriers::numbers::Hint;

use advance::{Acted, Input, Rulebook, Spread, advance};
use ask::asks;
pub use attest::{AttestError, Attested, Receipt};
pub use check::json::write as check_json;
pub use check::{NumberCandidate, NumberCheck, NumberProblem, check_number};
pub use correct::refusal as correction_refused;
pub use hindsight::{Hindsight, hindsight};
pub use push::PushedFor;
pub use submit::{SubmitError, SubmitShipment, Submitted};
pub use turns::Turns;

use crate::clock::SharedClock;
use crate::domain::lifecycle::{By, Input as ClockInput, Refused};
use crate::domain::verdict::carrier_id;
use crate::fetch::Fetcher;
use crate::ids::KeyId;
use crate::seal::Sealer;
use crate::store::{
    Applied, CaseFile, Change, IdempotencyRecord, Privacy, ShipmentRecord, Store, StoreError,
};

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
    /// How it forgets.
    pub privacy: Arc<dyn Privacy>,
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
    /// Turns at sellers' standings.
    pub turns: Turns,
}

impl Gateway {
    /// Computes and writes a change; computes it again as long as others come between.
    pub async fn change(
        &self,
        order: &str,
        input: &Input,
        idempotency: Option<&IdempotencyRecord>,
    ) -> Result<(Applied, CaseFile), GatewayError> {
        let tell = |_: &CaseFile, _: &Change| ((), idempotency.cloned());
        self.change_telling(order, input, tell).await.map(|(applied, case, ())| (applied, case))
    }

    /// The same; `tell` makes the answer from the change, and the request's record, which is written with it.
    pub async fn change_telling<T>(
        &self,
        order: &str,
        input: &Input,
        tell: impl Fn(&CaseFile, &Change) -> (T, Option<IdempotencyRecord>),
    ) -> Result<(Applied, CaseFile, T), GatewayError> {
        let mut turn = None;
        for _ in 0..=CONFLICTS_MAX {
            let case = self.store.case(order.to_owned()).await?.ok_or(GatewayError::NoOrder)?;
            let seller = case.order.order.seller.clone();
            // A bar that falls is told on the order that it came from, and before anything else about the seller.
            if let Some(barring) = case.bar_falls_on(self.clock.now()) {
                let barring = self.store.case(barring.to_owned()).await?.ok_or(GatewayError::NoOrder)?;
                self.once(barring, &Input::Clock, |_, _| ((), None)).await?;
            } else if let Some(done) = self.once(case, input, &tell).await? {
                return Ok(done);
            } else if let (None, Some(seller)) = (&turn, seller) {
                // Many orders of one seller that end together all change its standing.
                turn = Some(self.turns.at(&seller).await);
            }
        }
        Err(StoreError::Conflict.into())
    }

    /// Computes and writes a change once; none where another one came between.
    async fn once<T>(
        &self,
        case: CaseFile,
        input: &Input,
        tell: impl Fn(&CaseFile, &Change) -> (T, Option<IdempotencyRecord>),
    ) -> Result<Option<(Applied, CaseFile, T)>, GatewayError> {
        let spread = Spread { jitter: (self.jitter)() };
        let can_answer = |shipment: &ShipmentRecord| self.can_answer(&case, shipment);
        let now = self.clock.now();
        let mut change = advance(&case, input, self.book, &can_answer, spread, now, None)
            .map_err(GatewayError::Refused)?;
        let (told, idempotency) = tell(&case, &change);
        change.idempotency = idempotency;
        match self.store.apply(change).await {
            Ok(applied) => {
                self.wake.notify_waiters();
                Ok(Some((applied, case, told)))
            }
            Err(StoreError::Conflict) => Ok(None),
            Err(error) => Err(error.into()),
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
        key: Option<KeyId>,
        idempotency: Option<&IdempotencyRecord>,
    ) -> Result<(), GatewayError> {
        let received = Acted::new(ClockInput::ConfirmReceipt, By::Buyer, key);
        self.change(order, &Input::Act(Box::new(received)), idempotency).await.map(|_| ())
    }

    /// The time.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }
}
