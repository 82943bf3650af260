//! Times as a source prints them, by declared formats, and by whose clock they are. Where the offset is neither printed nor
//! proved there is no instant.

use jiff::Timestamp;
use jiff::civil::date;
use jiff::fmt::strtime::{self, BrokenDownTime};
use jiff::tz::{Offset, TimeZone, TimeZoneDatabase};
use toml::Spanned;

use super::field::Field;
use super::file::RawTime;
use super::mistake::Written;
use super::path::Node;
use crate::contract::{Country, FactsError, LocalTime, OffsetTime, printed};
use crate::places;

/// A field that is a time.
#[derive(Debug)]
pub(super) struct TimeField {
    field: Field,
    formats: Vec<Format>,
    clock: Clock,
}

#[derive(Debug)]
enum Format {
    /// RFC 3339 or ISO 8601.
    Iso,
    /// Seconds, or thousandths of them, since 1970 in UTC.
    Unix { per_second: i64 },
    /// As `strptime` has it.
    Printed { format: String, has_time: bool },
}

/// Whose clock it is.
#[derive(Debug, Clone)]
enum Clock {
    /// The offset stands beside the time.
    InText,
    /// Of the checkpoint's country, or the parcel's destination, where that country keeps one clock.
    OfPlace,
    /// Nobody says.
    Unknown,
    /// Always this one.
    Zone(TimeZone),
}

/// What a source says of a time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Told {
    pub(super) time: Option<OffsetTime>,
    pub(super) local: Option<LocalTime>,
}

impl TimeField {
    /// Reads a time; says which mistake stands where.
    pub(super) fn read(text: &Written<'_>, raw: Spanned<RawTime>) -> Result<Self, FactsError> {
        let RawTime { at, formats, clock: whose } = raw.into_inner();
        let field = Field::read(text, &at)?;
        let clock = match whose.get_ref().as_str() {
            "in_text" => Clock::InText,
            "of_place" => Clock::OfPlace,
            "unknown" => Clock::Unknown,
            other => {
                let rule = "in_text, of_place, unknown, a zone as Asia/Seoul, or an offset as +09:00";
                let wrong = || text.wrong(&whose, format!("`{other}` is no clock: {rule}"));
                Clock::Zone(offset(other).map(TimeZone::fixed).or_else(|| zone(other)).ok_or_else(wrong)?)
            }
        };
        if formats.get_ref().is_empty() {
            return Err(text.wrong(&formats, "needs at least one format"));
        }
        let read = |written: &String| {
            Format::read(written, &clock).map_err(|why| text.wrong(&formats, format!("`{written}`: {why}")))
        };
        let formats = formats.get_ref().iter().map(read).collect::<Result<_, _>>()?;
        Ok(Self { field, formats, clock })
    }

    /// What an answer says of it. A text in none of the formats says nothing.
    pub(super) fn told(&self, node: Node<'_>, country: Option<Country>) -> Told {
        let Some(text) = self.field.text(node) else { return Told::default() };
        let Some((local, offset)) = self.formats.iter().find_map(|format| format.parse(&text)) else {
            return Told::default();
        };
        let at = local.datetime();
        let time = match &self.clock {
            Clock::InText => at.zip(offset).and_then(|(at, offset)| OffsetTime::of_local(at, offset)),
            Clock::OfPlace => places::instant_in(country, local),
            Clock::Unknown => None,
            Clock::Zone(zone) => at.and_then(|at| OffsetTime::of_zone(at, zone)),
        };
        Told { time, local: Some(local) }
    }

    /// Whether there is any text at all where the time lies.
    pub(super) fn is_given(&self, node: Node<'_>) -> bool {
        self.field.text(node).is_some()
    }
}

impl Format {
    fn read(written: &str, clock: &Clock) -> Result<Self, String> {
        let in_text = matches!(clock, Clock::InText);
        match written {
            "iso" => return Ok(Self::Iso),
            "unix" | "unix_ms" if !in_text => {
                return Err("is an instant by itself: its clock is `in_text`".to_owned());
            }
            "unix" => return Ok(Self::Unix { per_second: 1 }),
            "unix_ms" => return Ok(Self::Unix { per_second: 1000 }),
            _ => {}
        }
        let day = date(2026, 3, 5);
        let at = Offset::UTC.to_timestamp(day.at(14, 15, 16, 0)).map_err(|e| e.to_string())?;
        let printed = strtime::format(written, at).map_err(|e| e.to_string())?;
        let read = BrokenDownTime::parse(written, &printed).map_err(|e| e.to_string())?;
        if read.to_date().ok() != Some(day) {
            return Err("does not say which day it is".to_owned());
        }
        let has_time = read.hour().is_some();
        if in_text && has_time && read.offset().is_none() {
            return Err("the clock is `in_text`, but the format has no offset (`%z`, `%:z`)".to_owned());
        }
        Ok(Self::Printed { format: written.to_owned(), has_time })
    }

    fn parse(&self, text: &str) -> Option<(LocalTime, Option<Offset>)> {
        match self {
            Self::Iso => {
                let (instant, local) = printed(text);
                Some((local?, instant.map(OffsetTime::offset)))
            }
            Self::Unix { per_second } => {
                let ms = text.parse::<i64>().ok()?.checked_mul(1000 / per_second)?;
                let at = Timestamp::from_millisecond(ms).ok()?;
                Some((LocalTime::DateTime(Offset::UTC.to_datetime(at)), Some(Offset::UTC)))
            }
            Self::Printed { format, has_time } => {
                let read = BrokenDownTime::parse(format, text).ok()?;
                let local = if *has_time {
                    LocalTime::DateTime(read.to_datetime().ok()?)
                } else {
                    LocalTime::Date(read.to_date().ok()?)
                };
                Some((local, read.offset()))
            }
        }
    }
}

fn offset(text: &str) -> Option<Offset> {
    text.starts_with(['+', '-']).then(|| BrokenDownTime::parse("%:z", text).ok()?.offset())?
}

fn zone(name: &str) -> Option<TimeZone> {
    TimeZoneDatabase::bundled().get(name).ok()
}
