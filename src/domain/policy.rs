//! The policy: thresholds and tables of the verdict, as versioned data. A verdict names the version that it was made
//! under, so every version that has judged stays compiled in.

use std::sync::LazyLock;

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use waygate_carriers::contract::Country;

use super::log::Hash;

mod look;
mod places;
mod possible;
mod thresholds;
mod tiers;
mod words;

pub use look::{LookRow, LookState, Quiet, row_for};
pub use places::{Military, OnTheWay, Part, PostalAreas, Territory, Towns};
pub use thresholds::Threshold;
pub use tiers::{HighValue, Tier, Tiers};
pub use words::{RedirectWords, ServiceWords};

/// The versions that are compiled in, oldest first.
const BUILT_IN: [(&str, &str); 1] = [("2026-11", include_str!("../../config/policies/2026-11.toml"))];

/// Why a policy was refused; names the row.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("policy: {0}")]
pub struct PolicyError(pub(super) String);

/// All that a verdict is made with beside the evidence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// The version, e.g. `2026-11`.
    pub id: String,
    /// From when on it judges.
    pub applies_from: Timestamp,
    /// Every threshold as it stands in the file.
    pub thresholds: Vec<Threshold>,
    /// For so long a `not found` is no news.
    pub not_found_grace: SignedDuration,
    /// After so many business days a `not found` rejects.
    pub not_found_business_days: u32,
    /// For so long from confirmation a label alone stays pending.
    pub label_only_pending: SignedDuration,
    /// So long from confirmation a label alone is rejected.
    pub label_only_rejected: SignedDuration,
    /// How long before payment a physical scan may be.
    pub scan_before_payment: SignedDuration,
    /// How long before payment a label may be.
    pub label_before_payment: SignedDuration,
    /// Silence after a final status that separates two uses of a number.
    pub epoch_gap: SignedDuration,
    /// How much later than the handling time the first scan is no delay.
    pub handling_tolerance: SignedDuration,
    /// How long after a delivery a scan may correct it.
    pub journey_correction: SignedDuration,
    /// The least time between scans in two countries.
    pub journey_between_countries: SignedDuration,
    /// How long after the time of judging a scan may be dated.
    pub journey_future: SignedDuration,
    /// Least part of the expected weight, in percent.
    pub weight_low_percent: u32,
    /// Most of the expected weight, in percent.
    pub weight_high_percent: u32,
    /// Goods weigh at least so much.
    pub weight_least_grams: u32,
    /// For so long one of two sources may be behind the other.
    pub sources_behind: SignedDuration,
    /// Fewer claims of a seller make no pattern.
    pub seller_claims: u32,
    /// Share of failed claims, in percent, that is noted.
    pub seller_note_percent: u32,
    /// Share of failed claims, in percent, that is suspicious.
    pub seller_suspicion_percent: u32,
    /// So many numbers in a row are noted.
    pub seller_run: u32,
    /// What each tier demands.
    pub tiers: Tiers,
    /// Country codes that name one place.
    pub territories: Vec<Territory>,
    /// Places on the way.
    pub on_the_way: Vec<OnTheWay>,
    /// Military posts.
    pub military: Military,
    /// Countries between which parcels go by road.
    pub by_road: Vec<Vec<Country>>,
    /// What of a postal code names an area.
    pub postal_areas: PostalAreas,
    /// How towns' names are compared.
    pub towns: Towns,
    /// What tells a parcel that was redirected.
    pub redirect: RedirectWords,
    /// What tells a service that is not what it should be.
    pub service: ServiceWords,
    /// The higher tier.
    pub high_value: HighValue,
    /// When to ask again.
    pub look: Vec<LookRow>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wire {
    id: String,
    applies_from: Timestamp,
    threshold: Vec<Threshold>,
    territory: Vec<Territory>,
    on_the_way: Vec<OnTheWay>,
    military: Military,
    by_road: Vec<Vec<Country>>,
    postal_area: PostalAreas,
    town: Towns,
    redirect: RedirectWords,
    service: ServiceWords,
    tier: Tiers,
    high_value: tiers::WireHighValue,
    look: Vec<LookRow>,
}

static POLICIES: LazyLock<Vec<Policy>> = LazyLock::new(|| {
    let read = |(id, text): &(&str, &str)| match Policy::read(text) {
        Ok(policy) if policy.id == *id => policy,
        Ok(policy) => panic!("the built-in policy `{id}` calls itself `{}`", policy.id),
        Err(error) => panic!("the built-in policy `{id}` is wrong: {error}"),
    };
    BUILT_IN.iter().map(read).collect()
});

static TEXT_HASHES: LazyLock<Vec<(&str, Hash)>> =
    LazyLock::new(|| BUILT_IN.iter().map(|(id, text)| (*id, Hash::of(text.as_bytes()))).collect());

impl Policy {
    /// Every version that is compiled in, oldest first.
    pub fn all() -> &'static [Self] {
        &POLICIES
    }

    /// A version by its id.
    pub fn built_in(id: &str) -> Option<&'static Self> {
        POLICIES.iter().find(|p| p.id == id)
    }

    /// SHA-256 of a version's text, as it is compiled in.
    pub fn sha256(id: &str) -> Option<Hash> {
        TEXT_HASHES.iter().find(|(known, _)| *known == id).map(|(_, hash)| *hash)
    }

    /// The newest version.
    pub fn current() -> &'static Self {
        &POLICIES[POLICIES.len() - 1]
    }

    /// Reads and checks a policy file.
    pub fn read(text: &str) -> Result<Self, PolicyError> {
        let wire: Wire = toml::from_str(text).map_err(|e| PolicyError(e.to_string()))?;
        if wire.id.trim().is_empty() {
            return Err(PolicyError("the id is empty".to_owned()));
        }
        let mut rows = thresholds::Rows::new(&wire.threshold)?;
        let policy = Self {
            not_found_grace: rows.time("not-found.grace")?,
            not_found_business_days: rows.number("not-found.deadline", "business_days")?,
            label_only_pending: rows.time("label-only.pending")?,
            label_only_rejected: rows.time("label-only.rejected")?,
            scan_before_payment: rows.time("scan-before-payment.tolerance")?,
            label_before_payment: rows.time("label-before-payment.tolerance")?,
            epoch_gap: rows.time("epoch.gap")?,
            handling_tolerance: rows.time("handling-time.tolerance")?,
            journey_correction: rows.time("journey.correction")?,
            journey_between_countries: rows.time("journey.between-countries")?,
            journey_future: rows.time("journey.future")?,
            weight_low_percent: rows.number("weight.low", "percent")?,
            weight_high_percent: rows.number("weight.high", "percent")?,
            weight_least_grams: rows.number("weight.least", "grams")?,
            sources_behind: rows.time("sources-agree.behind")?,
            seller_claims: rows.number("seller-pattern.claims", "count")?,
            seller_note_percent: rows.number("seller-pattern.note", "percent")?,
            seller_suspicion_percent: rows.number("seller-pattern.suspicion", "percent")?,
            seller_run: rows.number("seller-pattern.run", "count")?,
            tiers: wire.tier.checked()?,
            high_value: HighValue::read(wire.high_value)?,
            id: wire.id,
            applies_from: wire.applies_from,
            thresholds: wire.threshold.clone(),
            territories: wire.territory,
            on_the_way: wire.on_the_way,
            military: wire.military,
            by_road: wire.by_road,
            postal_areas: wire.postal_area,
            towns: wire.town,
            redirect: wire.redirect,
            service: wire.service,
            look: wire.look,
        };
        rows.all_used()?;
        if policy.label_only_pending >= policy.label_only_rejected {
            return Err(PolicyError(
                "`label-only.rejected` must be longer than `label-only.pending`".to_owned(),
            ));
        }
        for (less, more) in [
            (("weight.low", policy.weight_low_percent), ("weight.high", policy.weight_high_percent)),
            (
                ("seller-pattern.note", policy.seller_note_percent),
                ("seller-pattern.suspicion", policy.seller_suspicion_percent),
            ),
        ] {
            if less.1 >= more.1 {
                return Err(PolicyError(format!("`{}` must be more than `{}`", more.0, less.0)));
            }
        }
        places::validate(&policy.territories, &policy.on_the_way)?;
        look::validate(&policy.look)?;
        possible::validate(&policy)?;
        Ok(policy)
    }

    /// The territories' country and part that a code belongs to, where it is in the table.
    pub fn territory_of(&self, code: Country) -> Option<&Territory> {
        self.territories.iter().find(|t| t.country == code || t.parts.iter().any(|p| p.code == code))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
