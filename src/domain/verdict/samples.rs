//! Samples for tests: a good claim with its evidence, to be spoiled in one way at a time.

use jiff::Timestamp;
use waygate_carriers::contract::{
    CarrierId, Checkpoint, Country, Failure, FailureKind, OffsetTime, Place, ProofOfDelivery, SourceId,
    Status, Tracking,
};
use waygate_carriers::numbers::{Candidate, CheckDigit, Identification, Problem};

use super::{Case, Finding, Verdict, WorkedOut, judge};
use crate::domain::channels::Channels;
use crate::domain::observation::Observation;
use crate::domain::order::{Address, Order};
use crate::domain::policy::Policy;
use crate::domain::shipment::{Claim, OtherAddress, OtherClaim, SellerRecord};

pub const NUMBER: &str = "1Z999AA10123456784";

/// Everything that a case borrows.
#[derive(Debug, Clone)]
pub struct Sample {
    pub now: Timestamp,
    pub order: Order,
    pub claim: Claim,
    pub identification: Identification,
    pub others: Vec<OtherClaim>,
    pub observations: Vec<Observation>,
    pub seller_record: Option<SellerRecord>,
    pub dispute_opened_at: Option<Timestamp>,
    pub source_can_answer: bool,
    pub awaits_answer: bool,
}

pub fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub fn carrier(id: &str) -> CarrierId {
    CarrierId::new(id).unwrap()
}

pub fn country(code: &str) -> Country {
    Country::new(code).unwrap()
}

pub fn candidate(id: &str, format: &str, check_digit: CheckDigit, origin: Option<&str>) -> Candidate {
    Candidate {
        carrier: carrier(id),
        format: format.to_owned(),
        service: None,
        operator: None,
        origin_country: origin.map(country),
        check_digit,
        score: 0.9,
        reasons: Vec::new(),
        tracking_url: None,
    }
}

pub fn problem(code: &str) -> Problem {
    Problem { code: code.to_owned(), message: "it is wrong".to_owned(), hint: "look again".to_owned() }
}

/// A scan; `place` is a country, or country, town and postal code with spaces between.
pub fn scan(status: Status, time: &str, place: &str) -> Checkpoint {
    let mut words = place.splitn(3, ' ');
    let country = words.next().and_then(|c| Country::new(c).ok());
    let place = Place {
        country,
        city: words.next().map(str::to_owned),
        region: None,
        postal_code: words.next().map(str::to_owned),
    };
    Checkpoint {
        time: time.parse::<OffsetTime>().ok(),
        local_time: time.parse().ok(),
        status,
        code: None,
        text: None,
        fault: None,
        place: place.known(),
    }
}

/// A tracking; scans are given oldest first.
pub fn parcel(status: Status, mut scans: Vec<Checkpoint>) -> Tracking {
    scans.reverse();
    Tracking { checkpoints: scans, ..Tracking::new(carrier("ups"), NUMBER, status) }
}

pub fn found(fetched_at: &str, tracking: Tracking) -> Observation {
    Observation {
        carrier: carrier("ups"),
        source: SourceId::new("ups.track").ok(),
        official: true,
        fetched_at: at(fetched_at),
        reading: tracking.into(),
    }
}

pub fn failed(fetched_at: &str, kind: FailureKind) -> Observation {
    Observation {
        carrier: carrier("ups"),
        source: SourceId::new("ups.track").ok(),
        official: true,
        fetched_at: at(fetched_at),
        reading: Failure::new(kind, "code", "message").into(),
    }
}

pub fn other(order: &str, submitted_at: Option<&str>) -> OtherClaim {
    OtherClaim {
        order: order.to_owned(),
        seller: Some("s-1".to_owned()),
        buyer: Some("b-9".to_owned()),
        carrier: Some("ups".to_owned()),
        tracking_number: NUMBER.to_owned(),
        submitted_at: submitted_at.map(at),
        ship_to: Some(OtherAddress { country: Country::new("US").ok() }),
        combined_with: None,
        weight_grams: None,
        verdict: None,
    }
}

impl Sample {
    /// Paid on Monday 2026-03-02, given at noon, judged on the evening of the same day; nothing asked yet.
    pub fn new() -> Self {
        let text = |t: &str| Some(t.to_owned());
        Self {
            now: at("2026-03-02T20:00:00Z"),
            order: Order {
                id: "A-1".to_owned(),
                seller: text("s-1"),
                buyer: text("b-1"),
                paid_at: at("2026-03-02T00:00:00Z"),
                handling_days: Some(3),
                delivery_days: Some(30),
                amount: "100.00 USD".parse().ok(),
                method: None,
                expected_weight_grams: None,
                ship_from: Some(Address {
                    country: country("CN"),
                    region: None,
                    city: None,
                    postal_code: None,
                }),
                ship_to: Address {
                    country: country("US"),
                    region: None,
                    city: text("Oakland"),
                    postal_code: text("94607"),
                },
            },
            claim: Claim {
                carrier: "ups".to_owned(),
                tracking_number: NUMBER.to_owned(),
                tracking_url: None,
                confirmed_at: Some(at("2026-03-02T12:00:00Z")),
                submitted_at: Some(at("2026-03-02T12:00:00Z")),
                combined_with: None,
                corrects: None,
                late: Vec::new(),
            },
            identification: Identification {
                input: NUMBER.to_owned(),
                normalized: NUMBER.to_owned(),
                changes: Vec::new(),
                candidates: vec![candidate("ups", "ups.1z", CheckDigit::Valid, None)],
                problem: None,
            },
            others: Vec::new(),
            observations: Vec::new(),
            seller_record: None,
            dispute_opened_at: None,
            source_can_answer: true,
            awaits_answer: false,
        }
    }

    /// The same with a parcel that was scanned on the next day and is bound for Oakland: verified.
    pub fn on_its_way() -> Self {
        let mut tracking = parcel(
            Status::InTransit,
            vec![
                scan(Status::LabelCreated, "2026-03-02T11:00:00Z", "CN"),
                scan(Status::Accepted, "2026-03-03T09:00:00+08:00", "CN Shenzhen"),
                scan(Status::InTransit, "2026-03-04T20:00:00+08:00", "HK"),
            ],
        );
        tracking.destination = scan(Status::Info, "", "US Oakland 94607").place;
        Self::new().at("2026-03-05T00:00:00Z").seen("2026-03-05T00:00:00Z", tracking)
    }

    /// A parcel that is bound for Oakland and was delivered there on 2026-03-10 without a signature.
    pub fn delivered() -> Self {
        let mut sample = Self::on_its_way().at("2026-03-11T00:00:00Z");
        let mut tracking = sample.tracking().clone();
        tracking.status = Status::Delivered;
        tracking
            .checkpoints
            .insert(0, scan(Status::Delivered, "2026-03-10T10:00:00-07:00", "US Oakland 94607"));
        sample.observations = vec![found("2026-03-10T20:00:00Z", tracking)];
        sample
    }

    /// The same with a label and nothing else.
    pub fn label_only() -> Self {
        let label = scan(Status::LabelCreated, "2026-03-02T11:00:00Z", "CN");
        let mut tracking = parcel(Status::LabelCreated, vec![label]);
        tracking.destination = scan(Status::Info, "", "US Oakland 94607").place;
        Self::new().seen("2026-03-02T19:00:00Z", tracking)
    }

    pub fn at(mut self, now: &str) -> Self {
        self.now = at(now);
        self
    }

    pub fn seen(mut self, fetched_at: &str, tracking: Tracking) -> Self {
        self.observations.push(found(fetched_at, tracking));
        self
    }

    pub fn not_found(mut self, fetched_at: &str) -> Self {
        self.observations.push(failed(fetched_at, FailureKind::NotFound));
        self
    }

    pub fn failing(mut self, fetched_at: &str, kind: FailureKind) -> Self {
        self.observations.push(failed(fetched_at, kind));
        self
    }

    pub fn but(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }

    /// With its last found tracking changed.
    pub fn told(mut self, change: impl FnOnce(&mut Tracking)) -> Self {
        let mut tracking = self.tracking().clone();
        change(&mut tracking);
        let last = self.observations.iter_mut().rfind(|o| o.reading.tracking().is_some()).unwrap();
        last.reading = tracking.into();
        self
    }

    pub fn tracking(&self) -> &Tracking {
        self.observations.iter().rev().find_map(|o| o.reading.tracking()).unwrap()
    }

    pub fn signed(self) -> Self {
        self.told(|t| {
            t.proof_of_delivery =
                Some(ProofOfDelivery { signed_by: Some("SMITH".to_owned()), left_at: None });
        })
    }

    pub fn worth(self, amount: &str) -> Self {
        let amount = amount.parse().unwrap();
        self.but(|s| s.order.amount = Some(amount))
    }

    pub fn case(&self) -> Case<'_> {
        Case {
            now: self.now,
            order: &self.order,
            claim: &self.claim,
            identification: &self.identification,
            other_claims: &self.others,
            observations: &self.observations,
            seller_record: self.seller_record,
            dispute_opened_at: self.dispute_opened_at,
            policy: Policy::current(),
            channels: Channels::built_in(),
            source_can_answer: self.source_can_answer,
            awaits_answer: self.awaits_answer,
            worked_out: WorkedOut::default(),
        }
    }

    pub fn judge(&self) -> Verdict {
        judge(&self.case())
    }

    pub fn check(&self, check: fn(&Case<'_>) -> Finding) -> Finding {
        check(&self.case())
    }
}
