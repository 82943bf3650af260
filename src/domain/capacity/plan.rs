//! A plan as its file has it (`config/capacity.toml`), checked.

use serde::Deserialize;
use waygate_carriers::contract::{CarrierId, SourceId};
use waygate_carriers::registry::Registry;

use crate::domain::policy::LookState;

/// Most weeks that are run.
const WEEKS_MAX: u32 = 104;
/// Most hours of one phase, and of all: longer than any source is asked.
const LIFE_HOURS_MAX: u32 = 24 * 120;
/// Most phases that only a share of the parcels goes through: each doubles the kinds of journeys.
const CHOICES_MAX: usize = 8;

/// What is wrong with a plan.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct PlanError(String);

/// A plan.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// Virtual weeks that are run.
    pub weeks: u32,
    /// Numbers given in a week without a sale.
    pub parcels_a_week: f64,
    /// Processes that share the work.
    pub replicas: u32,
    /// Weights of the days, Monday first.
    pub weekdays: [f64; 7],
    /// Weights of the hours of a day.
    pub hours: [f64; 24],
    /// One week with more.
    #[serde(default)]
    pub sale: Option<Sale>,
    /// What one process can do, and what things cost it.
    pub replica: Replica,
    /// What is done with a parcel.
    #[serde(rename = "use")]
    pub used: Use,
    /// What the store bears.
    pub store: StoreLimits,
    /// What the evidence log's writer bears.
    pub log: LogLimits,
    /// How a parcel lives.
    #[serde(rename = "phase")]
    pub phases: Vec<Phase>,
    /// Who answers.
    #[serde(rename = "source")]
    pub sources: Vec<PlanSource>,
}

/// A week with so many times the parcels.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sale {
    /// Which week, from 1.
    pub week: u32,
    /// How many times the parcels.
    pub factor: f64,
}

/// One process; costs in microseconds of one core.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)] // config/capacity.toml says it
pub struct Replica {
    pub cores: u32,
    pub submission_us: f64,
    pub look_us: f64,
    pub news_us: f64,
    pub delivery_us: f64,
    pub read_us: f64,
}

/// What is done with each parcel.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Use {
    pub reads: f64,
    pub webhooks: f64,
    pub changes_on_a_scan: f64,
}

/// What the store bears, and how large things are in it.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct StoreLimits {
    pub changes_a_second: f64,
    pub answer_bytes: f64,
    pub event_bytes: f64,
    pub parcel_bytes: f64,
}

/// What the evidence log's one writer bears.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct LogLimits {
    pub leaves_a_second: f64,
    pub leaf_bytes: f64,
}

/// A state that a parcel is in for some time.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Phase {
    /// The state.
    pub state: LookState,
    /// For how many hours.
    pub hours: u32,
    /// By which share of the parcels; by all where nothing is said.
    #[serde(default = "all")]
    pub share: f64,
}

fn all() -> f64 {
    1.0
}

/// A source of the plan.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlanSource {
    /// Which one.
    pub id: SourceId,
    /// The share of the parcels that it answers for.
    pub share: f64,
    /// The pace that was agreed on.
    #[serde(default)]
    pub requests_a_second: Option<f64>,
    /// The day's quota that was agreed on.
    #[serde(default)]
    pub requests_a_day: Option<f64>,
    /// Numbers that go in one request.
    #[serde(default)]
    pub numbers_a_request: Option<f64>,
}

/// What a source allows.
#[derive(Debug, Clone, PartialEq)]
pub struct Budget {
    /// Whose it is.
    pub carrier: CarrierId,
    /// Looks an hour, by its pace.
    pub looks_an_hour: f64,
    /// Looks a day, where there is a quota.
    pub looks_a_day: Option<f64>,
}

impl Budget {
    /// A source that never says no.
    pub fn boundless(carrier: CarrierId) -> Self {
        Self { carrier, looks_an_hour: f64::INFINITY, looks_a_day: None }
    }
}

impl Plan {
    /// The plan that stands where nobody gives one.
    pub const BUILT_IN: &str = include_str!("../../../config/capacity.toml");

    /// Reads and checks a plan; what is wrong is named.
    pub fn read(text: &str) -> Result<Self, PlanError> {
        let plan: Self = toml::from_str(text).map_err(|error| PlanError(error.to_string()))?;
        plan.checked()
    }

    /// The plan, where all its figures are possible.
    pub fn checked(self) -> Result<Self, PlanError> {
        let figures = [
            ("parcels_a_week", self.parcels_a_week),
            ("replica.submission_us", self.replica.submission_us),
            ("replica.look_us", self.replica.look_us),
            ("replica.news_us", self.replica.news_us),
            ("replica.delivery_us", self.replica.delivery_us),
            ("replica.read_us", self.replica.read_us),
            ("use.reads", self.used.reads),
            ("use.webhooks", self.used.webhooks),
            ("store.answer_bytes", self.store.answer_bytes),
            ("store.event_bytes", self.store.event_bytes),
            ("store.parcel_bytes", self.store.parcel_bytes),
            ("log.leaf_bytes", self.log.leaf_bytes),
            ("sale.factor", self.sale.map_or(1.0, |sale| sale.factor)),
        ];
        let above_zero = [
            ("store.changes_a_second", self.store.changes_a_second),
            ("log.leaves_a_second", self.log.leaves_a_second),
            ("weekdays", self.weekdays.iter().sum()),
            ("hours", self.hours.iter().sum()),
        ];
        let weights =
            self.weekdays.iter().chain(&self.hours).copied().map(|weight| ("weekdays, hours", weight));
        for (name, figure) in figures.into_iter().chain(weights) {
            need(figure.is_finite() && figure >= 0.0, || format!("`{name}` is a figure from 0 on"))?;
        }
        for (name, figure) in above_zero {
            need(figure.is_finite() && figure > 0.0, || format!("`{name}` is more than 0"))?;
        }
        need((1..=WEEKS_MAX).contains(&self.weeks), || format!("`weeks` is 1 to {WEEKS_MAX}"))?;
        need(self.replicas > 0 && self.replica.cores > 0, || {
            "`replicas` and `replica.cores` are at least 1".to_owned()
        })?;
        is_share("use.changes_on_a_scan", self.used.changes_on_a_scan)?;
        let life: u64 = self.phases.iter().map(|phase| u64::from(phase.hours)).sum();
        need((1..=u64::from(LIFE_HOURS_MAX)).contains(&life), || {
            format!("the hours of all `[[phase]]` come to 1 to {LIFE_HOURS_MAX}")
        })?;
        for phase in &self.phases {
            is_share("phase.share", phase.share)?;
        }
        let choices = self.phases.iter().filter(|phase| phase.share < 1.0).count();
        need(choices <= CHOICES_MAX, || format!("at most {CHOICES_MAX} `[[phase]]` have a `share` below 1"))?;
        for (place, source) in self.sources.iter().enumerate() {
            is_share("source.share", source.share)?;
            let budgets = [source.requests_a_second, source.requests_a_day, source.numbers_a_request];
            need(budgets.into_iter().flatten().all(|figure| figure.is_finite() && figure > 0.0), || {
                format!("`{}`: its budgets are more than 0", source.id)
            })?;
            need(self.sources[..place].iter().all(|other| other.id != source.id), || {
                format!("`{}` stands twice", source.id)
            })?;
        }
        let shares: f64 = self.sources.iter().map(|source| source.share).sum();
        need(shares <= 1.0 + 1e-9, || {
            format!("the shares of all `[[source]]` come to {shares}, more than 1")
        })?;
        Ok(self)
    }

    /// What each source of the plan allows: what was agreed on, else what it declares.
    pub fn budgets(&self, registry: &Registry) -> Result<Vec<Budget>, PlanError> {
        self.sources.iter().map(|source| budget(source, registry)).collect()
    }
}

fn budget(source: &PlanSource, registry: &Registry) -> Result<Budget, PlanError> {
    let known = registry
        .source(&source.id)
        .ok_or_else(|| PlanError(format!("there is no source `{}`", source.id)))?;
    let limits = &known.facts().limits;
    let declared = known.batch().map_or(1.0, |batch| f64::from(u32::try_from(batch.max).unwrap_or(u32::MAX)));
    let numbers = source.numbers_a_request.unwrap_or(declared);
    let a_second = source.requests_a_second.unwrap_or(1_000.0 / f64::from(limits.interval_ms.max(1)));
    // A pace that was agreed on does not lift a quota that was not.
    let a_day = source.requests_a_day.or(limits.per_day.map(f64::from));
    Ok(Budget {
        carrier: known.facts().id.carrier(),
        looks_an_hour: a_second * super::HOUR_SECONDS * numbers,
        looks_a_day: a_day.map(|requests| requests * numbers),
    })
}

fn is_share(name: &str, share: f64) -> Result<(), PlanError> {
    need((0.0..=1.0).contains(&share), || format!("`{name}` is 0 to 1"))
}

fn need(holds: bool, wrong: impl FnOnce() -> String) -> Result<(), PlanError> {
    if holds { Ok(()) } else { Err(PlanError(wrong())) }
}
