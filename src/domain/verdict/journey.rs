//! A parcel's journey as the ruling answer tells it: the newest use of the number, oldest scan first, and where it
//! stands now. Carriers use numbers again; only the newest use counts.

use jiff::tz::Offset;
use jiff::{SignedDuration, Timestamp};
use waygate_carriers::contract::{Checkpoint, LocalTime, Place, Status, Tracking};

use super::place::{self, Likeness};
use super::{Answer, Case};
use crate::domain::calendar::shifted;

/// A wall clock without an offset is at most so far ahead of UTC,
const AHEAD_OF_UTC: SignedDuration = SignedDuration::from_hours(14);
/// and at most so far behind.
const BEHIND_UTC: SignedDuration = SignedDuration::from_hours(12);

/// Where a journey stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stand {
    /// Announced, never scanned.
    Unscanned,
    /// Under way.
    Moving,
    /// With the recipient.
    Delivered,
    /// On its way back.
    Returning,
    /// Back with the sender.
    Returned,
    /// Lost, or its label voided.
    Ended,
}

/// A checkpoint with its index in the tracking.
pub type Numbered<'a> = (usize, &'a Checkpoint);

/// The newest use of a number.
#[derive(Debug, Clone)]
pub struct Journey<'a> {
    /// The answer that tells it.
    pub answer: Answer<'a>,
    /// What the source said.
    pub tracking: &'a Tracking,
    /// Its checkpoints, oldest first.
    pub checkpoints: Vec<Numbered<'a>>,
    /// Whether the number was used before.
    pub is_used_again: bool,
    /// Halfway between the last scan of the use before and the first of this one.
    pub parted_at: Option<Timestamp>,
    /// Where it stands.
    pub stand: Stand,
    /// The delivery that stands, where it has a checkpoint.
    pub delivery: Option<Numbered<'a>>,
}

/// The earliest and the latest instant that a checkpoint's time can mean.
pub fn bounds(checkpoint: &Checkpoint) -> Option<(Timestamp, Timestamp)> {
    if let Some(time) = checkpoint.time {
        return Some((time.timestamp(), time.timestamp()));
    }
    let local = checkpoint.local_time?;
    let start = local.datetime().unwrap_or_else(|| local.date().to_datetime(jiff::civil::Time::midnight()));
    let start = Offset::UTC.to_timestamp(start).ok()?;
    let end = match local {
        LocalTime::DateTime(_) => start,
        LocalTime::Date(_) => shifted(start, SignedDuration::from_hours(24)),
    };
    Some((shifted(start, -AHEAD_OF_UTC), shifted(end, BEHIND_UTC)))
}

/// The instant of a checkpoint, a wall clock taken as UTC where nothing better is known.
pub fn about(checkpoint: &Checkpoint) -> Option<Timestamp> {
    bounds(checkpoint)
        .map(|(earliest, latest)| if earliest == latest { earliest } else { shifted(earliest, AHEAD_OF_UTC) })
}

impl<'a> Journey<'a> {
    /// The journey that an answer tells.
    pub fn of(case: &Case<'a>, (answer, tracking): (Answer<'a>, &'a Tracking)) -> Self {
        let mut all: Vec<Numbered<'a>> = tracking.checkpoints.iter().enumerate().rev().collect();
        if all.iter().all(|(_, c)| c.time.is_some()) {
            all.sort_by_key(|(_, c)| c.time.map(waygate_carriers::contract::OffsetTime::timestamp));
        }
        let (start, parted_at) = newest_use(&all, case.policy.epoch_gap);
        let checkpoints = all.split_off(start);
        let (stand, delivery) = walk(case, tracking, &checkpoints);
        Self { answer, tracking, checkpoints, is_used_again: start > 0, parted_at, stand, delivery }
    }

    /// The physical scans, oldest first.
    pub fn scans(&self) -> impl DoubleEndedIterator<Item = Numbered<'a>> + '_ {
        self.checkpoints.iter().copied().filter(|(_, c)| c.status.is_physical_scan())
    }

    /// How evidence names a checkpoint of it.
    pub fn name(&self, (index, _): Numbered<'_>) -> String {
        format!("{}#checkpoint:{index}", self.answer.name())
    }

    /// Where it was delivered, as far as told.
    pub fn delivered_place(&self) -> Option<&'a Place> {
        self.delivery.and_then(|(_, c)| c.place.as_ref())
    }

    /// When it was delivered. A source that gives no instant proves only that it was before it answered.
    pub fn delivered_at(&self) -> Option<Timestamp> {
        if self.stand != Stand::Delivered {
            return None;
        }
        let fetched = self.answer.fetched_at();
        let told = self.tracking.delivered_at.map(waygate_carriers::contract::OffsetTime::timestamp);
        let scanned = self.delivery.and_then(|(_, c)| bounds(c)).map(|(_, latest)| latest.min(fetched));
        Some(told.or(scanned).unwrap_or(fetched))
    }

    /// The newest time that the source tells.
    pub fn newest_at(&self) -> Option<Timestamp> {
        self.checkpoints.iter().filter_map(|(_, c)| about(c)).max()
    }
}

/// Where the newest use of the number begins, and halfway through the silence before it.
fn newest_use(all: &[Numbered<'_>], gap: SignedDuration) -> (usize, Option<Timestamp>) {
    let mut begins = (0, None);
    let mut ended: Option<Timestamp> = None; // the last scan, if it was final
    let mut label: Option<usize> = None; // a label made after it
    for (position, (_, checkpoint)) in all.iter().enumerate() {
        let status = checkpoint.status;
        let scan = status.is_physical_scan() || status.is_final();
        if !scan && status != Status::LabelCreated {
            continue;
        }
        let Some(at) = about(checkpoint) else { continue };
        if let Some(end) = ended
            && at.duration_since(end) >= gap
        {
            let half = at.duration_since(end) / 2;
            begins = (label.unwrap_or(position), Some(shifted(end, half)));
            ended = None;
            label = None;
        }
        if scan {
            ended = status.is_final().then_some(at);
            label = None;
        } else if ended.is_some() {
            label = label.or(Some(position));
        }
    }
    begins
}

/// Where a journey stands: what came last, unless it moves nothing.
fn walk<'a>(
    case: &Case<'_>,
    tracking: &Tracking,
    checkpoints: &[Numbered<'a>],
) -> (Stand, Option<Numbered<'a>>) {
    let mut stand = Stand::Unscanned;
    let mut delivery = None;
    let mut going_back = false;
    for numbered in checkpoints {
        match numbered.1.status {
            Status::Delivered if going_back && !is_at_recipient(case, numbered.1.place.as_ref()) => {
                (stand, delivery) = (Stand::Returned, None);
            }
            Status::Delivered => {
                (stand, delivery, going_back) = (Stand::Delivered, Some(*numbered), false);
            }
            Status::Returning => (stand, delivery, going_back) = (Stand::Returning, None, true),
            Status::Returned => (stand, delivery, going_back) = (Stand::Returned, None, true),
            // After a delivery this says that it was voided.
            Status::Cancelled | Status::Lost => (stand, delivery) = (Stand::Ended, None),
            Status::Accepted => (stand, going_back) = (Stand::Moving, false),
            Status::InTransit
            | Status::Customs
            | Status::OutForDelivery
            | Status::AvailableForPickup
            | Status::AttemptFailed => {
                // A parcel that moves after it came back was sent again.
                going_back = going_back && stand != Stand::Returned;
                stand = if going_back { Stand::Returning } else { Stand::Moving };
            }
            Status::LabelCreated | Status::Exception | Status::Info | Status::Unknown => {}
        }
    }
    let voided = stand == Stand::Ended || stand == Stand::Returned || stand == Stand::Returning;
    let moved = stand != Stand::Unscanned || checkpoints.is_empty() || tracking.delivered_at.is_some();
    match tracking.status {
        Status::Delivered if !voided && moved => (Stand::Delivered, delivery),
        Status::Returned => (Stand::Returned, None),
        Status::Returning if stand != Stand::Returned => (Stand::Returning, None),
        // A delivery scan that the source itself no longer stands by is no delivery.
        _ if stand == Stand::Delivered => (Stand::Moving, None),
        _ => (stand, None),
    }
}

/// Whether a delivery at the end of a way back was to the recipient after all.
fn is_at_recipient(case: &Case<'_>, at: Option<&Place>) -> bool {
    let Some(at) = at else { return false };
    let to = &case.order.ship_to;
    if matches!(place::compare(case.policy, to, at), Likeness::Different | Likeness::Unclear) {
        return false;
    }
    let from_abroad = case.order.ship_from.as_ref().is_some_and(|from| from.country != to.country);
    from_abroad || place::is_same_town(case.policy, to, at)
}
