//! Times as carriers give them. A wall clock without an offset is not an instant and is never made one by guess.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::fmt::temporal::DateTimeParser;
use jiff::tz::{Offset, TimeZone};
use serde::{Deserialize, Serialize};

/// A time that could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a time: write RFC 3339, e.g. 2026-03-05T14:15:03-07:00")]
pub struct TimeError(String);

/// An instant together with the offset it was given in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct OffsetTime {
    at: Timestamp,
    offset: Offset,
}

impl OffsetTime {
    /// An instant seen from an offset.
    pub fn new(at: Timestamp, offset: Offset) -> Self {
        Self { at, offset }
    }

    /// A wall clock at a known offset; none if the instant lies outside the calendar.
    pub fn of_local(local: DateTime, offset: Offset) -> Option<Self> {
        Some(Self { at: offset.to_timestamp(local).ok()?, offset })
    }

    /// A wall clock in a zone. At a clock change the earlier reading is taken.
    pub fn of_zone(local: DateTime, zone: &TimeZone) -> Option<Self> {
        let at = zone.to_ambiguous_timestamp(local).compatible().ok()?;
        Some(Self { at, offset: zone.to_offset(at) })
    }

    /// The instant.
    pub fn timestamp(self) -> Timestamp {
        self.at
    }

    /// The offset from UTC that the time was given in.
    pub fn offset(self) -> Offset {
        self.offset
    }

    /// The wall clock.
    pub fn local(self) -> DateTime {
        self.offset.to_datetime(self.at)
    }
}

impl fmt::Display for OffsetTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.offset == Offset::UTC {
            write!(f, "{}", self.at)
        } else {
            write!(f, "{}", self.at.display_with_offset(self.offset))
        }
    }
}

impl FromStr for OffsetTime {
    type Err = TimeError;
    fn from_str(text: &str) -> Result<Self, TimeError> {
        let wrong = || TimeError(text.chars().take(64).collect());
        let pieces = DateTimeParser::new().parse_pieces(text.trim()).map_err(|_| wrong())?;
        let offset = pieces.to_numeric_offset().ok_or_else(wrong)?;
        let local = pieces.date().to_datetime(pieces.time().ok_or_else(wrong)?);
        Self::of_local(local, offset).ok_or_else(wrong)
    }
}

impl TryFrom<String> for OffsetTime {
    type Error = TimeError;
    fn try_from(text: String) -> Result<Self, TimeError> {
        text.parse()
    }
}

impl From<OffsetTime> for String {
    fn from(time: OffsetTime) -> Self {
        time.to_string()
    }
}

/// A time as printed by the source, without its offset: a wall clock, or only a date.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum LocalTime {
    /// The hour is not known.
    Date(Date),
    /// Date and time of day.
    DateTime(DateTime),
}

impl LocalTime {
    /// The calendar date.
    pub fn date(self) -> Date {
        match self {
            Self::Date(date) => date,
            Self::DateTime(time) => time.date(),
        }
    }

    /// The wall clock, where the hour is known.
    pub fn datetime(self) -> Option<DateTime> {
        match self {
            Self::Date(_) => None,
            Self::DateTime(time) => Some(time),
        }
    }
}

impl fmt::Display for LocalTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Date(date) => write!(f, "{date}"),
            Self::DateTime(time) => write!(f, "{time}"),
        }
    }
}

impl FromStr for LocalTime {
    type Err = TimeError;
    fn from_str(text: &str) -> Result<Self, TimeError> {
        let wrong = || TimeError(text.chars().take(64).collect());
        let pieces = DateTimeParser::new().parse_pieces(text.trim()).map_err(|_| wrong())?;
        Ok(match pieces.time() {
            Some(time) => Self::DateTime(pieces.date().to_datetime(time)),
            None => Self::Date(pieces.date()),
        })
    }
}

impl TryFrom<String> for LocalTime {
    type Error = TimeError;
    fn try_from(text: String) -> Result<Self, TimeError> {
        text.parse()
    }
}

impl From<LocalTime> for String {
    fn from(time: LocalTime) -> Self {
        time.to_string()
    }
}
/// A time as printed: the instant where an offset stands with it, and the wall clock or the date in any case. Read once.
pub fn printed(text: &str) -> (Option<OffsetTime>, Option<LocalTime>) {
    let Ok(pieces) = DateTimeParser::new().parse_pieces(text.trim()) else { return (None, None) };
    let Some(time) = pieces.time() else { return (None, Some(LocalTime::Date(pieces.date()))) };
    let local = pieces.date().to_datetime(time);
    let instant = pieces.to_numeric_offset().and_then(|offset| OffsetTime::of_local(local, offset));
    (instant, Some(LocalTime::DateTime(local)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_offset_that_is_printed_makes_an_instant() {
        let is = |text: &str, want: [&str; 2]| {
            let (instant, local) = printed(text);
            let told = [instant.map(|t| t.to_string()), local.map(|t| t.to_string())];
            assert_eq!(told.map(Option::unwrap_or_default), want, "{text}");
        };
        is(" 2026-03-05T14:15:03-07:00 ", ["2026-03-05T14:15:03-07:00", "2026-03-05T14:15:03"]);
        is("2026-03-05T14:15:03Z", ["2026-03-05T14:15:03Z", "2026-03-05T14:15:03"]);
        is("2026-03-05T14:15", ["", "2026-03-05T14:15:00"]);
        is("2026-03-05", ["", "2026-03-05"]);
        is("yesterday", ["", ""]);
    }
}
