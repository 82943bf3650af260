//! What is remembered about the official sources themselves: how much of each day is used, what it cost, which codes
//! nobody has mapped, and what was wrong with answers.

use jiff::Timestamp;
use jiff::civil::Date;
use waygate_carriers::contract::SourceId;

use super::Work;
use crate::domain::money::Money;

/// Most codes without a meaning that are kept for one source.
pub const UNMAPPED_MAX: u32 = 200;
/// Most incidents that are kept for one source.
pub const INCIDENTS_MAX: u32 = 100;

/// A portion of a credential's day that a process wants to use.
#[derive(Debug, Clone)]
pub struct QuotaLease {
    /// The source.
    pub source: SourceId,
    /// The credential, as the settings call it.
    pub credential: String,
    /// When it is leased.
    pub at: Timestamp,
    /// When the day ends, should a new one begin now.
    pub ends_at: Timestamp,
    /// How many requests are wanted.
    pub portion: u32,
    /// The day's quota, where there is one.
    pub per_day: Option<u32>,
    /// What one request costs.
    pub cost: Option<Money>,
}

impl QuotaLease {
    /// How many of the wanted requests the day still has, where so many are leased already.
    pub fn granted(&self, leased: u32) -> u32 {
        self.per_day.map_or(self.portion, |quota| self.portion.min(quota.saturating_sub(leased)))
    }
}

/// A credential's day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QuotaDay {
    /// When it began.
    pub began_at: Timestamp,
    /// When it ends.
    pub ends_at: Timestamp,
    /// Requests that were leased in it, by all processes.
    pub requests: u32,
    /// Of those, leased just now.
    pub granted: u32,
}

/// Requests that were leased and not used.
#[derive(Debug, Clone)]
pub struct QuotaReturn {
    /// The source.
    pub source: SourceId,
    /// The credential.
    pub credential: String,
    /// The day that they were leased from.
    pub began_at: Timestamp,
    /// When they are given back.
    pub at: Timestamp,
    /// How many.
    pub requests: u32,
    /// What one request costs.
    pub cost: Option<Money>,
}

/// What a source's requests cost on one day of the calendar, in UTC.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spending {
    /// The source.
    pub source: SourceId,
    /// The day.
    pub date: Date,
    /// The currency.
    pub currency: String,
    /// How much, in ten-thousandths.
    pub ten_thousandths: u64,
}

/// A code that nobody has mapped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnmappedCode {
    /// The source that sends it.
    pub source: SourceId,
    /// Where it stands: `checkpoint`, or `status` for the parcel's own.
    pub namespace: String,
    /// The code; empty where the source sends words alone.
    pub code: String,
    /// Words that came with it.
    pub text: String,
    /// When it came first.
    pub first_seen: Timestamp,
    /// When it came last.
    pub last_seen: Timestamp,
    /// In how many recorded answers it stood.
    pub answers: u64,
}

/// Something that is wrong with an answer, beyond an outage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Incident {
    /// The source.
    pub source: SourceId,
    /// When.
    pub at: Timestamp,
    /// Which kind, e.g. `wrong_number`.
    pub kind: String,
    /// What, in one sentence.
    pub what: String,
}

/// The books of the sources. Each method is one transaction.
pub trait SourceBooks: Send + Sync + 'static {
    /// Leases a portion of a credential's day: as much of it as the day still has. A day that is over makes room for a
    /// new one. What it costs is booked with it.
    fn lease_quota(&self, lease: QuotaLease) -> Work<'_, QuotaDay>;

    /// Takes back what was leased and not used.
    fn return_quota(&self, unused: QuotaReturn) -> Work<'_, ()>;

    /// The days that go on at `now`, by source and credential.
    fn quota_days(&self, now: Timestamp) -> Work<'_, Vec<(SourceId, String, QuotaDay)>>;

    /// What was spent from this day on, by source, day and currency.
    fn spending(&self, since: Date) -> Work<'_, Vec<Spending>>;

    /// The codes without a meaning that recorded answers hold, by source, the latest first.
    fn unmapped_codes(&self) -> Work<'_, Vec<UnmappedCode>>;

    /// Records an incident; the oldest of its source gives way where there are too many.
    fn note_incident(&self, incident: Incident) -> Work<'_, ()>;

    /// The incidents, by source, the latest first.
    fn incidents(&self) -> Work<'_, Vec<Incident>>;
}
