//! One look: the sources of a shipment are asked, and what they say is recorded and judged.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use waygate_carriers::contract::{CarrierId, Reading, SourceId};

use super::advance::{Input, NotBefore};
use super::waits::waits;
use super::{Gateway, GatewayError};
use crate::domain::calendar::shifted;
use crate::fetch::{Fetched, Freshness, Wanted};
use crate::ids::ObservationId;
use crate::secrets::sha256_hex;
use crate::store::{CaseFile, ObservationRecord, ShipmentRecord, StoredAnswer};

/// An answer this fresh serves a routine look too.
const FRESH_SECONDS: i64 = 60;
/// When to come back where a source could not be asked and did not say when.
const NOT_ASKED_SECONDS: i64 = 60;
/// Those who were sent away together come back spread over a quarter of the time until then, and at most over this.
const SPREAD_MAX: SignedDuration = SignedDuration::from_hours(1);

impl Gateway {
    /// Asks the official sources for a shipment and writes what follows.
    pub async fn look(&self, shipment: &ShipmentRecord) -> Result<(), GatewayError> {
        let case = self.store.case(shipment.order.clone()).await?.ok_or(GatewayError::NoOrder)?;
        let mut answers = Vec::new();
        let mut not_before: Option<NotBefore> = None;
        let knows = knows(&case, shipment);
        let mut questions = self.questions(&case, shipment);
        // The source that showed the parcel goes on being asked; the others only where it denies it.
        questions.sort_by_key(|(_, source)| Some(source) != knows.as_ref());
        let freshness = Freshness::AtMost(SignedDuration::from_secs(FRESH_SECONDS));
        let wanted = Wanted { freshness, by: waits(&case, shipment, self.clock.now()) };
        let mut asked = BTreeSet::new();
        for (ask, source) in questions {
            if !asked.insert(source.clone()) {
                continue;
            }
            let fetched = self.fetcher.ask(&source, &ask, wanted).await;
            let later = self.not_before(&fetched).into_iter().chain(not_before);
            not_before = later.max_by_key(|not_before| not_before.at);
            if fetched.asked {
                answers.push(recorded(&fetched, ask.carrier));
            }
            let silent = Some(&source) == knows.as_ref() && !fetched.is_answer();
            if fetched.reading.tracking().is_some() || silent {
                break;
            }
        }
        let input = Input::Looked { shipment: shipment.id.clone(), answers, not_before };
        self.change(&shipment.order, &input, None).await.map(|_| ())
    }

    /// When it makes sense to ask again, where the source or its budget says so, and why then.
    fn not_before(&self, fetched: &Fetched) -> Option<NotBefore> {
        let Reading::Failed(failure) = &fetched.reading else { return None };
        let now = self.clock.now();
        let at = if fetched.asked {
            fetched.again_at?
        } else {
            self.spread(
                now,
                fetched.again_at.unwrap_or(now).max(now + SignedDuration::from_secs(NOT_ASKED_SECONDS)),
            )
        };
        Some(NotBefore { at, why: failure.message.clone() })
    }

    fn spread(&self, now: Timestamp, at: Timestamp) -> Timestamp {
        let over = (at.duration_since(now) / 4).min(SPREAD_MAX);
        shifted(at, over.mul_f64((self.jitter)()))
    }
}

/// The source that showed a shipment's parcel last.
fn knows(case: &CaseFile, shipment: &ShipmentRecord) -> Option<SourceId> {
    let answers = case.observations.iter().rev().filter(|(id, _)| *id == shipment.id).map(|(_, o)| o);
    answers.into_iter().find(|o| o.reading.tracking().is_some()).map(|o| o.source.clone())
}

fn recorded(fetched: &Fetched, carrier: CarrierId) -> StoredAnswer {
    let got_body = fetched.http_status.is_some();
    StoredAnswer {
        record: ObservationRecord {
            id: ObservationId::generate(fetched.fetched_at),
            carrier,
            source: fetched.source.clone(),
            url: fetched.url.clone(),
            fetched_at: fetched.fetched_at,
            http_status: fetched.http_status,
            body_sha256: got_body.then(|| sha256_hex(&fetched.body)),
            body_bytes: u64::try_from(fetched.body.len()).unwrap_or(u64::MAX),
            reading: fetched.reading.clone(),
        },
        body: fetched.body.to_vec(),
    }
}
