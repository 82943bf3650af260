//! One look: the sources of a shipment are asked, and what they say is recorded and judged.

use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};

use super::advance::Input;
use super::{Gateway, GatewayError};
use crate::fetch::{Fetched, Freshness};
use crate::ids::ObservationId;
use crate::store::{ObservationRecord, ShipmentRecord, StoredAnswer};

/// An answer this fresh serves a routine look too.
const FRESH_SECONDS: i64 = 60;
/// When to come back where a source could not be asked and did not say when.
const NOT_ASKED_SECONDS: i64 = 60;

impl Gateway {
    /// Asks the official sources for a shipment and writes what follows.
    pub async fn look(&self, shipment: &ShipmentRecord) -> Result<(), GatewayError> {
        let case = self.store.case(shipment.order.clone()).await?.ok_or(GatewayError::NoOrder)?;
        let mut answers = Vec::new();
        let mut not_before = None;
        if let Some(ask) = self.ask_for(&case, shipment) {
            for source in self.sources_for(&ask) {
                let freshness = Freshness::AtMost(SignedDuration::from_secs(FRESH_SECONDS));
                let fetched = self.fetcher.ask(&source, &ask, freshness).await;
                not_before = later(not_before, self.not_before(&fetched));
                if fetched.asked {
                    answers.push(recorded(&fetched, shipment));
                }
                if fetched.reading.tracking().is_some() {
                    break;
                }
            }
        }
        let input = Input::Looked { shipment: shipment.id.clone(), answers, not_before };
        self.change(&shipment.order, &input, None).await.map(|_| ())
    }

    fn not_before(&self, fetched: &Fetched) -> Option<Timestamp> {
        let soon = || self.clock.now() + SignedDuration::from_secs(NOT_ASKED_SECONDS);
        if fetched.asked { fetched.again_at } else { Some(fetched.again_at.unwrap_or_else(soon)) }
    }
}

fn later(a: Option<Timestamp>, b: Option<Timestamp>) -> Option<Timestamp> {
    a.into_iter().chain(b).max()
}

fn recorded(fetched: &Fetched, shipment: &ShipmentRecord) -> StoredAnswer {
    let carrier = shipment.carrier.clone().unwrap_or_else(|| {
        unreachable!("a source was asked, so that the shipment has a carrier");
    });
    let got_body = fetched.http_status.is_some();
    StoredAnswer {
        record: ObservationRecord {
            id: ObservationId::generate(fetched.fetched_at),
            carrier,
            source: fetched.source.clone(),
            url: fetched.url.clone(),
            fetched_at: fetched.fetched_at,
            http_status: fetched.http_status,
            body_sha256: got_body.then(|| hex(&Sha256::digest(&fetched.body))),
            body_bytes: u64::try_from(fetched.body.len()).unwrap_or(u64::MAX),
            reading: fetched.reading.clone(),
        },
        body: fetched.body.to_vec(),
    }
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
