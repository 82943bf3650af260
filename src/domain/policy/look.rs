//! When to ask a source again, by what it said last.

use serde::{Deserialize, Serialize};
use waygate_carriers::contract::{CarrierId, Status};

use super::PolicyError;

/// What the source said last, as far as it decides when to ask again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)] // the names say it
pub enum LookState {
    NeverAsked,
    Failure,
    NotFound,
    LabelCreated,
    InTransit,
    OutForDelivery,
    AvailableForPickup,
    AttemptFailed,
    Customs,
    Returning,
    Exception,
    Delivered,
    Ended,
}

impl LookState {
    /// All states.
    pub const ALL: [Self; 13] = [
        Self::NeverAsked,
        Self::Failure,
        Self::NotFound,
        Self::LabelCreated,
        Self::InTransit,
        Self::OutForDelivery,
        Self::AvailableForPickup,
        Self::AttemptFailed,
        Self::Customs,
        Self::Returning,
        Self::Exception,
        Self::Delivered,
        Self::Ended,
    ];

    /// The state of a parcel that a source knows.
    pub fn of(status: Status) -> Self {
        match status {
            Status::LabelCreated | Status::Info => Self::LabelCreated,
            Status::Accepted | Status::InTransit => Self::InTransit,
            Status::Customs => Self::Customs,
            Status::OutForDelivery => Self::OutForDelivery,
            Status::AvailableForPickup => Self::AvailableForPickup,
            Status::AttemptFailed => Self::AttemptFailed,
            Status::Delivered => Self::Delivered,
            Status::Returning => Self::Returning,
            Status::Returned | Status::Lost | Status::Cancelled => Self::Ended,
            Status::Exception | Status::Unknown => Self::Exception,
        }
    }

    /// The state as rows have it, which is the rule's name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NeverAsked => "never_asked",
            Self::Failure => "failure",
            Self::NotFound => "not_found",
            Self::LabelCreated => "label_created",
            Self::InTransit => "in_transit",
            Self::OutForDelivery => "out_for_delivery",
            Self::AvailableForPickup => "available_for_pickup",
            Self::AttemptFailed => "attempt_failed",
            Self::Customs => "customs",
            Self::Returning => "returning",
            Self::Exception => "exception",
            Self::Delivered => "delivered",
            Self::Ended => "ended",
        }
    }

    /// The state in words.
    pub fn words(self) -> &'static str {
        match self {
            Self::NeverAsked => "the source has not been asked yet",
            Self::Failure => "the source gave no answer about the number",
            Self::NotFound => "the source did not know the number",
            Self::LabelCreated => "the parcel is announced and not scanned",
            Self::InTransit => "the parcel is on its way",
            Self::OutForDelivery => "the parcel is out for delivery",
            Self::AvailableForPickup => "the parcel waits for pickup",
            Self::AttemptFailed => "a delivery was tried and failed",
            Self::Customs => "the parcel is with customs",
            Self::Returning => "the parcel is on its way back",
            Self::Exception => "something went wrong on the way",
            Self::Delivered => "the parcel is delivered",
            Self::Ended => "the journey is over",
        }
    }
}

/// How often to ask in a state, and when to stop.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LookRow {
    /// The state.
    pub state: LookState,
    /// The carriers whose pace this is; a row without any holds for all others.
    #[serde(default)]
    pub carriers: Vec<CarrierId>,
    /// Minutes after the last answer.
    pub minutes: u32,
    /// The wait doubles with each such answer in a row, up to this.
    #[serde(default)]
    pub doubles_up_to_minutes: Option<u32>,
    /// From so many days without news on, another wait.
    #[serde(default)]
    pub quiet: Option<Quiet>,
    /// Days after the last news from which on nobody asks any more.
    pub stop_days: u32,
}

/// How often to ask where nothing has been heard for long.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Quiet {
    /// Days since the last news.
    pub after_days: u32,
    /// Minutes after the last answer.
    pub minutes: u32,
}

/// The row for a state of a carrier's parcels: its own where it has one.
pub fn row_for<'r>(
    rows: &'r [LookRow],
    state: LookState,
    carrier: Option<&CarrierId>,
) -> Option<&'r LookRow> {
    let of_state = || rows.iter().filter(|row| row.state == state);
    let own = of_state().find(|row| carrier.is_some_and(|carrier| row.carriers.contains(carrier)));
    own.or_else(|| of_state().find(|row| row.carriers.is_empty()))
}

/// Longest wait, in minutes: a week.
const MINUTES_MAX: u32 = 7 * 24 * 60;
/// Longest time of asking, in days.
const STOP_DAYS_MAX: u32 = 365;

pub(super) fn validate(rows: &[LookRow]) -> Result<(), PolicyError> {
    for state in LookState::ALL {
        let of_state = || rows.iter().filter(|r| r.state == state);
        let twice = || {
            let mut named: Vec<&CarrierId> = of_state().flat_map(|row| &row.carriers).collect();
            named.sort_unstable();
            named.windows(2).any(|pair| pair[0] == pair[1])
        };
        match of_state().filter(|row| row.carriers.is_empty()).count() {
            1 if !twice() => {}
            0 => return Err(PolicyError(format!("[[look]] has no row for `{}`", state.as_str()))),
            _ => return Err(PolicyError(format!("[[look]] has two rows for `{}`", state.as_str()))),
        }
    }
    for row in rows {
        let busy = row.minutes == 0 && row.state != LookState::NeverAsked;
        let doubled = row.doubles_up_to_minutes.unwrap_or(row.minutes);
        let quiet = row.quiet.unwrap_or(Quiet { after_days: 1, minutes: MINUTES_MAX });
        if busy
            || doubled < row.minutes
            || doubled > MINUTES_MAX
            || !(1..=STOP_DAYS_MAX).contains(&row.stop_days)
            || !(1..=MINUTES_MAX).contains(&quiet.minutes)
            || !(1..=row.stop_days).contains(&quiet.after_days)
        {
            return Err(PolicyError(format!(
                "[[look]] `{}`: 1 to {MINUTES_MAX} minutes, 1 to {STOP_DAYS_MAX} days",
                row.state.as_str()
            )));
        }
    }
    Ok(())
}
