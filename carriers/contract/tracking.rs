//! The normalized tracking: what every adapter's reading comes to, and the form of `waygate parse`.

use serde::{Deserialize, Serialize};

use super::{CarrierId, Country, Fault, LocalTime, OffsetTime, Status};

/// A place as far as the source tells it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Place {
    /// ISO 3166-1 alpha-2.
    pub country: Option<Country>,
    /// The town as printed.
    pub city: Option<String>,
    /// State, province or prefecture as printed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// The postal code as printed.
    pub postal_code: Option<String>,
}

impl Place {
    /// `None` where nothing at all is known.
    pub fn known(self) -> Option<Self> {
        (self != Self::default()).then_some(self)
    }
}

/// Who took the parcel, and where it was left.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ProofOfDelivery {
    /// The name that the carrier wrote down.
    pub signed_by: Option<String>,
    /// Where it was left, as printed.
    pub left_at: Option<String>,
}

/// One scan or notice as the carrier reported it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checkpoint {
    /// The instant; null where neither the source nor the place gives an offset.
    #[serde(default)]
    pub time: Option<OffsetTime>,
    /// The wall clock as printed.
    #[serde(default)]
    pub local_time: Option<LocalTime>,
    /// What the code means.
    pub status: Status,
    /// The carrier's own code, as it came.
    #[serde(default)]
    pub code: Option<String>,
    /// The carrier's own words, trimmed.
    #[serde(default)]
    pub text: Option<String>,
    /// Who is at fault, where the code tells it.
    #[serde(default)]
    pub fault: Option<Fault>,
    /// Where it happened.
    #[serde(default)]
    pub place: Option<Place>,
}

/// All that an official source says of one parcel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tracking {
    /// Whose number it is.
    pub carrier: CarrierId,
    /// The number as the source echoes it.
    pub tracking_number: String,
    /// The service's name, where told.
    #[serde(default)]
    pub service: Option<String>,
    /// Where the parcel stands.
    pub status: Status,
    /// The carrier's code behind `status`.
    #[serde(default)]
    pub status_code: Option<String>,
    /// The carrier's words behind `status`.
    #[serde(default)]
    pub status_text: Option<String>,
    /// Where it was sent from.
    #[serde(default)]
    pub origin: Option<Place>,
    /// Where it is bound for.
    #[serde(default)]
    pub destination: Option<Place>,
    /// Weight in grams, as the carrier measured or was told.
    #[serde(default)]
    pub weight_grams: Option<u32>,
    /// When the carrier expects to deliver, where it gives an offset.
    #[serde(default)]
    pub estimated_delivery: Option<OffsetTime>,
    /// The same as printed, where it gives none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub estimated_delivery_local: Option<LocalTime>,
    /// When it was delivered, where the offset is known.
    #[serde(default)]
    pub delivered_at: Option<OffsetTime>,
    /// Who took it.
    #[serde(default)]
    pub proof_of_delivery: Option<ProofOfDelivery>,
    /// Newest first.
    #[serde(default)]
    pub checkpoints: Vec<Checkpoint>,
    /// What an arbiter should know of this answer, e.g. that the source names further shipments with the number.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

impl Tracking {
    /// A tracking with nothing known but whose it is and how it stands.
    pub fn new(carrier: CarrierId, tracking_number: impl Into<String>, status: Status) -> Self {
        Self {
            carrier,
            tracking_number: tracking_number.into(),
            service: None,
            status,
            status_code: None,
            status_text: None,
            origin: None,
            destination: None,
            weight_grams: None,
            estimated_delivery: None,
            estimated_delivery_local: None,
            delivered_at: None,
            proof_of_delivery: None,
            checkpoints: Vec::new(),
            notes: Vec::new(),
        }
    }
}
