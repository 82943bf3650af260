//! A parcel's timeline: the official scans, newest first, by day, with the order's own milestones and the silences
//! between them.

use jiff::civil::Date;
use jiff::tz::Offset;
use jiff::{SignedDuration, Timestamp};
use waygate_carriers::contract::{Checkpoint, LocalTime, OffsetTime, Place, Status, Tracking};

use super::when::offset_words;
use super::words;
use crate::domain::order::Address;

/// Most checkpoints that are shown.
pub const CHECKPOINTS_MAX: usize = 100;
/// A silence from this many days on is worth a line.
const GAP_DAYS: i64 = 3;

/// One day of the timeline.
pub struct Day {
    /// The day, in words.
    pub name: String,
    /// What happened, newest first.
    pub items: Vec<Item>,
}

/// One line of the timeline.
pub struct Item {
    /// What tells it from others.
    pub key: String,
    /// How its marker looks: `solid` for a physical scan, `hollow` for a notice, `order` for a milestone of the order,
    /// `gap` for a silence.
    pub marker: &'static str,
    /// The local time of day; empty where it is not known.
    pub clock: String,
    /// The offset from UTC, or that it is not told.
    pub offset: String,
    /// The exact instant, for the markup.
    pub instant: Option<String>,
    /// What it means.
    pub title: String,
    /// The carrier's own words.
    pub text: Option<String>,
    /// The carrier's own code.
    pub code: Option<String>,
    /// Where it happened.
    pub place: Option<String>,
    /// Who is at fault.
    pub fault: Option<&'static str>,
}

/// A milestone of the order that stands among the scans.
pub struct Milestone {
    /// When.
    pub at: Timestamp,
    /// What.
    pub title: &'static str,
}

/// A timeline.
pub struct Timeline {
    /// Its days, newest first.
    pub days: Vec<Day>,
    /// Whether the source shows no scan at all.
    pub is_unscanned: bool,
    /// Checkpoints that are not shown.
    pub left_out: usize,
}

impl Timeline {
    /// The timeline of a tracking, as it was fetched at a time, among an order's milestones.
    pub fn of(tracking: &Tracking, mut milestones: Vec<Milestone>, fetched_at: Timestamp) -> Self {
        milestones.sort_by_key(|m| std::cmp::Reverse(m.at));
        let mut builder = Builder { days: Vec::new(), offset: Offset::UTC, newer: None };
        if !tracking.status.is_final() {
            builder.newer = Some(fetched_at);
        }
        let mut milestones = milestones.into_iter().peekable();
        let shown = tracking.checkpoints.iter().take(CHECKPOINTS_MAX);
        for (index, checkpoint) in shown.enumerate() {
            let at = about(checkpoint);
            while let Some(milestone) = milestones.next_if(|m| at.is_some_and(|at| m.at >= at)) {
                builder.milestone(&milestone);
            }
            // Counted from the oldest, so that a new scan does not change what the others are called.
            let number = tracking.checkpoints.len() - index;
            builder.scan(checkpoint, at, number);
        }
        let left_out = tracking.checkpoints.len().saturating_sub(CHECKPOINTS_MAX);
        if left_out == 0 {
            milestones.for_each(|milestone| builder.milestone(&milestone));
        }
        Self { days: builder.days, is_unscanned: tracking.checkpoints.is_empty(), left_out }
    }
}

/// The instant, or the wall clock read as UTC: good enough to place a line, never shown.
fn about(checkpoint: &Checkpoint) -> Option<Timestamp> {
    let local = || match checkpoint.local_time? {
        LocalTime::DateTime(time) => Offset::UTC.to_timestamp(time).ok(),
        LocalTime::Date(date) => Offset::UTC.to_timestamp(date.at(23, 59, 59, 0)).ok(),
    };
    checkpoint.time.map(OffsetTime::timestamp).or_else(local)
}

struct Builder {
    days: Vec<Day>,
    /// The offset of the scan before: milestones are told in the time of the place that the parcel is at.
    offset: Offset,
    /// The next newer scan, or the look at the source.
    newer: Option<Timestamp>,
}

impl Builder {
    fn push(&mut self, date: Option<Date>, item: Item) {
        let name =
            date.map_or_else(|| "Day not told".to_owned(), |d| d.strftime("%A, %-d %B %Y").to_string());
        match self.days.last_mut() {
            // A silence stands at the end of the day that it follows.
            Some(day) if day.name == name || item.marker == "gap" => day.items.push(item),
            _ => self.days.push(Day { name, items: vec![item] }),
        }
    }

    fn milestone(&mut self, milestone: &Milestone) {
        let time = OffsetTime::new(milestone.at, self.offset);
        let item = Item {
            key: format!("order-{}", milestone.title),
            marker: "order",
            clock: time.local().strftime("%H:%M").to_string(),
            offset: offset_words(self.offset),
            instant: Some(milestone.at.to_string()),
            title: milestone.title.to_owned(),
            text: None,
            code: None,
            place: None,
            fault: None,
        };
        self.push(Some(time.local().date()), item);
    }

    fn scan(&mut self, checkpoint: &Checkpoint, at: Option<Timestamp>, number: usize) {
        if let (Some(newer), Some(at)) = (self.newer, at) {
            self.gap(newer.duration_since(at), number);
        }
        self.newer = at.or(self.newer);
        let local = checkpoint.time.map(OffsetTime::local);
        let clock = local.or_else(|| checkpoint.local_time.and_then(LocalTime::datetime));
        let date =
            clock.map(jiff::civil::DateTime::date).or_else(|| checkpoint.local_time.map(LocalTime::date));
        if let Some(time) = checkpoint.time {
            self.offset = time.offset();
        }
        let item = Item {
            key: format!("scan-{number}"),
            marker: if checkpoint.status.is_physical_scan() { "solid" } else { "hollow" },
            clock: clock.map(|c| c.strftime("%H:%M").to_string()).unwrap_or_default(),
            offset: match (checkpoint.time, clock) {
                (Some(time), _) => offset_words(time.offset()),
                (None, Some(_)) => "local time, offset not told".to_owned(),
                (None, None) => "hour not told".to_owned(),
            },
            instant: checkpoint.time.map(|t| t.to_string()),
            title: words::status(checkpoint.status).to_owned(),
            text: checkpoint.text.clone(),
            code: checkpoint.code.clone(),
            place: checkpoint.place.as_ref().and_then(place),
            fault: checkpoint.fault.map(words::fault),
        };
        self.push(date, item);
    }

    fn gap(&mut self, silence: SignedDuration, number: usize) {
        let days = silence.as_hours() / 24;
        if days < GAP_DAYS {
            return;
        }
        let so_far = self.days.iter().all(|day| day.items.iter().all(|item| item.marker == "order"));
        let item = Item {
            key: format!("gap-{number}"),
            marker: "gap",
            clock: String::new(),
            offset: String::new(),
            instant: None,
            title: if so_far {
                format!("No scan for {days} days, as of the last look")
            } else {
                format!("No scan for {days} days")
            },
            text: None,
            code: None,
            place: None,
            fault: None,
        };
        if self.days.is_empty() {
            self.days.push(Day { name: "Since then".to_owned(), items: vec![item] });
        } else {
            self.push(None, item);
        }
    }
}

/// A place on one line: `OAKLAND, CA, US 94607`.
pub fn place(place: &Place) -> Option<String> {
    let country = place.country.map(|c| c.to_string());
    line(place.city.as_deref(), place.region.as_deref(), country.as_deref(), place.postal_code.as_deref())
}

/// An address on one line.
pub fn address(address: &Address) -> String {
    let country = address.country.to_string();
    let (city, region, code) = (&address.city, &address.region, &address.postal_code);
    line(city.as_deref(), region.as_deref(), Some(&country), code.as_deref()).unwrap_or(country.clone())
}

fn line(
    city: Option<&str>,
    region: Option<&str>,
    country: Option<&str>,
    code: Option<&str>,
) -> Option<String> {
    let parts: Vec<&str> = [city, region, country].into_iter().flatten().filter(|p| !p.is_empty()).collect();
    let names = parts.join(", ");
    let parts: Vec<&str> =
        [names.as_str(), code.unwrap_or_default()].into_iter().filter(|p| !p.is_empty()).collect();
    (!parts.is_empty()).then(|| parts.join(" "))
}

/// One of the five steps of a parcel's way.
pub struct Step {
    /// Its name.
    pub name: &'static str,
    /// `done`, `now` or `open`.
    pub state: &'static str,
}

/// How far a parcel has come.
pub struct Way {
    /// The five steps.
    pub steps: Vec<Step>,
    /// What went another way than the steps say.
    pub besides: Option<&'static str>,
}

impl Way {
    /// The steps that the checkpoints show.
    pub fn of(tracking: &Tracking) -> Self {
        let statuses = tracking.checkpoints.iter().map(|c| c.status).chain([tracking.status]);
        let reached = statuses.filter_map(rank).max().unwrap_or(0);
        let astray = rank(tracking.status).is_none();
        let names =
            ["Label made", "Carrier has it", "On the way", "Out for delivery", "Delivered"].into_iter();
        let state = |step: usize| match step.cmp(&reached) {
            std::cmp::Ordering::Equal if reached < 5 && !astray => "now",
            std::cmp::Ordering::Greater => "open",
            _ => "done",
        };
        Self {
            steps: names.enumerate().map(|(i, name)| Step { name, state: state(i + 1) }).collect(),
            besides: (astray || tracking.status == Status::AttemptFailed)
                .then(|| words::status(tracking.status)),
        }
    }
}

/// The step that a status belongs to; none for those that belong to no step.
fn rank(status: Status) -> Option<usize> {
    match status {
        Status::LabelCreated => Some(1),
        Status::Accepted => Some(2),
        Status::InTransit | Status::Customs => Some(3),
        Status::OutForDelivery | Status::AvailableForPickup | Status::AttemptFailed => Some(4),
        Status::Delivered => Some(5),
        _ => None,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use waygate_carriers::contract::CarrierId;

    use super::*;

    fn scan(time: &str, status: Status) -> Checkpoint {
        Checkpoint {
            time: time.parse().ok(),
            local_time: None,
            status,
            code: None,
            text: None,
            fault: None,
            place: None,
        }
    }

    fn tracking(status: Status, checkpoints: Vec<Checkpoint>) -> Tracking {
        let mut tracking = Tracking::new(CarrierId::new("ups").unwrap(), "1Z", status);
        tracking.checkpoints = checkpoints;
        tracking
    }

    fn lines(timeline: &Timeline) -> Vec<String> {
        let line = |day: &Day, item: &Item| format!("{} | {} {}", day.name, item.marker, item.title);
        timeline.days.iter().flat_map(|day| day.items.iter().map(move |item| line(day, item))).collect()
    }

    #[test]
    fn scans_stand_on_the_day_of_their_place_and_the_payment_between_them() {
        let tracking = tracking(
            Status::InTransit,
            vec![
                scan("2026-03-04T23:30:00-08:00", Status::InTransit),
                scan("2026-03-01T09:00:00+08:00", Status::LabelCreated),
            ],
        );
        let paid = Milestone { at: "2026-03-02T08:00:00Z".parse().unwrap(), title: "Paid" };
        let timeline = Timeline::of(&tracking, vec![paid], "2026-03-05T08:00:00Z".parse().unwrap());
        assert_eq!(
            lines(&timeline),
            [
                "Wednesday, 4 March 2026 | solid On the way",
                "Monday, 2 March 2026 | order Paid",
                "Monday, 2 March 2026 | gap No scan for 4 days",
                "Sunday, 1 March 2026 | hollow Label made",
            ]
        );
    }

    #[test]
    fn a_silence_until_the_last_look_is_told_unless_the_journey_is_over() {
        let now = "2026-03-20T00:00:00Z".parse().unwrap();
        let at = |status| tracking(status, vec![scan("2026-03-10T00:00:00Z", status)]);
        let silent = Timeline::of(&at(Status::InTransit), Vec::new(), now);
        assert_eq!(lines(&silent)[0], "Since then | gap No scan for 10 days, as of the last look");
        let over = Timeline::of(&at(Status::Delivered), Vec::new(), now);
        assert_eq!(lines(&over), ["Tuesday, 10 March 2026 | solid Delivered"]);
    }

    #[test]
    fn a_long_journey_is_cut_and_says_so() {
        let scans = vec![scan("2026-03-10T00:00:00Z", Status::InTransit); CHECKPOINTS_MAX + 7];
        let now = "2026-03-10T00:00:00Z".parse().unwrap();
        let timeline = Timeline::of(&tracking(Status::InTransit, scans), Vec::new(), now);
        assert_eq!((timeline.left_out, lines(&timeline).len()), (7, CHECKPOINTS_MAX));
    }

    #[test]
    fn the_way_stops_where_the_parcel_turned_round() {
        let way = Way::of(&tracking(
            Status::Returning,
            vec![
                scan("2026-03-10T00:00:00Z", Status::Returning),
                scan("2026-03-09T00:00:00Z", Status::InTransit),
            ],
        ));
        let states: Vec<_> = way.steps.iter().map(|s| s.state).collect();
        assert_eq!(
            (states, way.besides),
            (vec!["done", "done", "done", "open", "open"], Some("Going back to the sender"))
        );
    }
}
