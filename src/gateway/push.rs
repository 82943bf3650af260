//! What a carrier tells by itself: recorded and judged for every claim on the number, as an answer of its source is.

use jiff::Timestamp;
use waygate_carriers::contract::{CarrierId, Reading, SourceId, Tracking};
use waygate_carriers::numbers::Hint;

use super::advance::Input;
use super::{Gateway, GatewayError};
use crate::domain::verdict::carrier_id;
use crate::ids::ObservationId;
use crate::secrets::sha256_hex;
use crate::store::{ObservationRecord, ShipmentRecord, StoreError, StoredAnswer};

/// What became of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PushedFor {
    /// Parcels that it tells of.
    pub parcels: usize,
    /// Claims that were judged on it.
    pub shipments: usize,
}

impl Gateway {
    /// Takes in a message that is proven to be the carrier's; none where it is not of a form that the carrier uses.
    /// When this returns, what it tells is recorded.
    pub async fn pushed(
        &self,
        carrier: &CarrierId,
        message: &[u8],
    ) -> Result<Option<PushedFor>, GatewayError> {
        let registry = self.book.registry;
        let Some(push) = registry.push(carrier) else { return Ok(None) };
        let source = SourceId::new(push.source).expect("the registry has checked it");
        let Some(readings) = registry.read_push(carrier, message, None) else { return Ok(None) };
        let found: Vec<Tracking> = readings.iter().filter_map(Reading::tracking).cloned().collect();
        if found.is_empty() {
            return Ok(None);
        }
        let mut done = PushedFor { parcels: found.len(), ..PushedFor::default() };
        let now = self.clock.now();
        for tracking in found {
            for shipment in self.claims_on(carrier, &tracking.tracking_number).await? {
                let answer = recorded(carrier, &source, &tracking, message, now);
                let answer = Box::new(answer);
                let input = Input::Pushed { shipment: shipment.id, answer, whole: push.whole };
                match self.change(&shipment.order, &input, None).await {
                    Ok(_) => done.shipments += 1,
                    // Nothing is written any more to what was erased.
                    Err(GatewayError::Store(StoreError::Erased(_))) => {}
                    Err(error) => return Err(error),
                }
            }
        }
        Ok(Some(done))
    }

    /// The claims on a carrier's number.
    async fn claims_on(
        &self,
        carrier: &CarrierId,
        number: &str,
    ) -> Result<Vec<ShipmentRecord>, GatewayError> {
        let hint = Hint { claimed: Some(carrier), ship_from: None };
        let number = self.book.registry.formats().identify(number, hint).normalized;
        let all = self.store.shipments_with(number).await?;
        let is_theirs = |s: &ShipmentRecord| carrier_id(&s.claim.carrier).as_ref() == Some(carrier);
        Ok(all.into_iter().filter(is_theirs).collect())
    }
}

fn recorded(
    carrier: &CarrierId,
    source: &SourceId,
    tracking: &Tracking,
    message: &[u8],
    now: Timestamp,
) -> StoredAnswer {
    StoredAnswer {
        record: ObservationRecord {
            id: ObservationId::generate(now),
            carrier: carrier.clone(),
            source: source.clone(),
            url: format!("/v1/carriers/{carrier}/push"),
            fetched_at: now,
            http_status: None,
            body_sha256: Some(sha256_hex(message)),
            body_bytes: u64::try_from(message.len()).unwrap_or(u64::MAX),
            reading: tracking.clone().into(),
        },
        body: message.to_vec(),
    }
}
