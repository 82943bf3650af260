//! What replicas share about official sources, as units of work.

use jiff::Timestamp;
use waygate_carriers::contract::SourceId;

use super::{Engine, flights, pace};
use crate::store::Work;
use crate::store::replicas::{Flight, FlightOutcome, FlightWish, PaceLease, PaceLeased, Replicas};
use crate::store::sql::Connection;

impl<E: Engine> Replicas for E {
    fn lease_pace(&self, lease: PaceLease) -> Work<'_, PaceLeased> {
        self.write(0, move |db| pace::lease(db, &lease))
    }

    fn return_permits(&self, source: SourceId, credential: String, holder: String) -> Work<'_, ()> {
        self.write(0, move |db| pace::give_back(db, source.as_str(), &credential, &holder))
    }

    fn board_flight(&self, wish: FlightWish) -> Work<'_, Option<Flight>> {
        self.claim(move |db| flights::board(db, &wish))
    }

    fn flight(&self, source: SourceId, number: String) -> Work<'_, Option<Flight>> {
        self.read(move |db| flights::find(db, source.as_str(), &number))
    }

    fn land_flight(
        &self,
        source: SourceId,
        number: String,
        flight: String,
        landed: Option<(FlightOutcome, Timestamp)>,
    ) -> Work<'_, ()> {
        Box::pin(async move {
            let landed =
                landed.map(|(outcome, kept_until)| flights::ready(outcome, kept_until)).transpose()?;
            let landed = landed.flatten();
            let bytes = landed.as_ref().map_or(0, flights::Landed::bytes);
            let land = move |db: &dyn Connection| {
                flights::land(db, (source.as_str(), &number, &flight), landed.as_ref())
            };
            self.write(bytes, land).await
        })
    }

    fn forget_flights(&self, now: Timestamp) -> Work<'_, u64> {
        self.write(0, move |db| flights::forget(db, now))
    }
}
