//! One endpoint's lane, as the worker knows it: what was claimed for it and waits, how many posts are under way, and how
//! the endpoint did. Pure.

use std::collections::VecDeque;
use std::num::NonZeroU32;

use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;

use super::health;
use super::pace::Pace;
use super::schedule::Outcome;
use crate::fetch::{Breaker, BreakerState};
use crate::store::{DueDelivery, LaneRecord};

/// Deliveries that wait in a lane for each post that may be under way.
const WAITING_PER_POST: u32 = 4;
/// The longest `Retry-After` that holds a whole lane.
const HOLD_MAX: SignedDuration = SignedDuration::from_hours(1);

/// A delivery that was claimed.
#[derive(Debug)]
pub(super) struct Queued {
    pub(super) delivery: DueDelivery,
    pub(super) lease_ends: Instant,
}

/// What is known of how an endpoint answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    /// Nothing yet, or its last post failed: one post at a time.
    Unproven,
    /// It takes its time.
    Slow,
    /// It answers soon.
    Brisk,
}

/// How a post ended.
#[derive(Debug, Clone, Copy)]
pub(super) struct End {
    pub(super) outcome: Outcome,
    /// It took longer than a brisk endpoint takes.
    pub(super) slow: bool,
    /// It was not the first of its event.
    pub(super) again: bool,
}

/// What a post meant for the lane.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Change {
    /// What is to be written of the lane, where something is.
    pub(super) record: Option<LaneRecord>,
    /// What it means for the endpoint.
    pub(super) standing: health::Standing,
    /// Whether the endpoint is left alone from now on.
    pub(super) stopped: bool,
}

/// One endpoint's lane.
#[derive(Debug)]
pub(super) struct Lane {
    pub(super) queue: VecDeque<Queued>,
    pub(super) posting: u32,
    pub(super) unrecorded: u32,
    /// Whether it stands in a line of those that want to post.
    pub(super) in_line: bool,
    record: LaneRecord,
    breaker: Breaker,
    pace: Option<Pace>,
    standing: Standing,
}

impl Lane {
    pub(super) fn new(record: LaneRecord) -> Self {
        Self {
            queue: VecDeque::new(),
            posting: 0,
            unrecorded: 0,
            in_line: false,
            record,
            breaker: Breaker::default(),
            pace: None,
            standing: Standing::Unproven,
        }
    }

    /// Sets the pace, where one is wanted.
    pub(super) fn set_rate(&mut self, rate: Option<NonZeroU32>) {
        if self.pace.as_ref().map(Pace::rate) != rate {
            self.pace = rate.map(Pace::new);
        }
    }

    /// Whether nothing of it is held.
    pub(super) fn is_idle(&self) -> bool {
        self.queue.is_empty() && self.posting == 0 && self.unrecorded == 0
    }

    /// Whether its posts count among those that may take long, apart from the brisk ones.
    pub(super) fn is_apart(&self) -> bool {
        self.standing != Standing::Brisk
    }

    /// Posts that may be under way at once.
    fn posts_max(&self, per_endpoint: u32) -> u32 {
        match self.standing {
            Standing::Unproven => 1,
            Standing::Slow => (per_endpoint / 2).max(1),
            Standing::Brisk => per_endpoint,
        }
    }

    /// How many more deliveries it has room for.
    pub(super) fn room(&self, now: Timestamp, per_endpoint: u32) -> u32 {
        let posts = self.posts_max(per_endpoint);
        let most = match self.breaker.state() {
            BreakerState::Open(until) if now < until => 0,
            BreakerState::Open(_) | BreakerState::Probing => 1,
            BreakerState::Closed if self.standing == Standing::Unproven => 1,
            BreakerState::Closed => posts * WAITING_PER_POST,
        };
        let waiting = u32::try_from(self.queue.len()).unwrap_or(u32::MAX);
        most.saturating_sub(waiting).saturating_sub(self.posting).saturating_sub(self.unrecorded)
    }

    /// Whether a post may begin now, if not, when to ask again; without a time, when one under way has ended.
    pub(super) fn begin(
        &mut self,
        now: Timestamp,
        wall: Timestamp,
        per_endpoint: u32,
    ) -> Result<(), Option<Timestamp>> {
        if self.posting >= self.posts_max(per_endpoint) {
            return Err(None);
        }
        if let Some(pace) = &mut self.pace {
            pace.take(wall).map_err(Some)?;
        }
        self.breaker.admit(now).map_err(|_| None)?;
        self.posting += 1;
        Ok(())
    }

    /// A post is under way for longer than a brisk endpoint takes.
    pub(super) fn turned_slow(&mut self) {
        if self.standing == Standing::Brisk {
            self.standing = Standing::Slow;
        }
    }

    /// A post ended.
    pub(super) fn ended(&mut self, End { outcome, slow, again }: End, now: Timestamp) -> Change {
        self.posting = self.posting.saturating_sub(1);
        let was_open = matches!(self.breaker.state(), BreakerState::Open(_));
        let mut news = false;
        match reading(outcome) {
            Reading::Answered => {
                self.standing = if slow { Standing::Slow } else { Standing::Brisk };
                self.breaker.succeeded();
            }
            // An event that is refused over and over says nothing new about the endpoint, which goes on with the others.
            Reading::Unwell(None)
                if again
                    && outcome != Outcome::Unanswered
                    && self.breaker.state() == BreakerState::Closed => {}
            Reading::Unwell(wait) => {
                self.standing = Standing::Unproven;
                // Posts that were under way together fail together, and count once.
                match wait {
                    Some(wait) => self.breaker.pause(now + wait.min(HOLD_MAX)),
                    None if !was_open => self.breaker.failed(now),
                    None => {}
                }
            }
        }
        let delivered = matches!(outcome, Outcome::Answered { status: 200..=299, .. });
        let standing = if delivered {
            news |= health::succeeded(&mut self.record);
            health::Standing::Kept
        } else {
            let before = (self.record.failing_since, self.record.warned_at);
            let standing = health::failed(&mut self.record, now);
            news |= before != (self.record.failing_since, self.record.warned_at);
            standing
        };
        let open_until = match self.breaker.state() {
            BreakerState::Open(until) if until > now => Some(until),
            _ => None,
        };
        if open_until.is_some() && open_until != self.record.held_until {
            self.record.held_until = open_until;
            news = true;
        }
        let gone = matches!(outcome, Outcome::Answered { status: 410, .. });
        let stopped = gone || open_until.is_some() || matches!(standing, health::Standing::Disabled(_));
        Change { record: news.then(|| self.record.clone()), standing, stopped }
    }
}

/// What an outcome says about the endpoint as such, whatever it says about the event.
enum Reading {
    /// It answers.
    Answered,
    /// It is down or overwhelmed; and how long it asks to be left alone.
    Unwell(Option<SignedDuration>),
}

fn reading(outcome: Outcome) -> Reading {
    match outcome {
        Outcome::Answered { status: 429 | 503, retry_after: Some(wait) } if wait > SignedDuration::ZERO => {
            Reading::Unwell(Some(wait))
        }
        Outcome::Answered { status: 408 | 429 | 500..=599, .. } | Outcome::Unanswered => {
            Reading::Unwell(None)
        }
        Outcome::Answered { .. } => Reading::Answered,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EIGHT: u32 = 8;
    const OK: Outcome = Outcome::Answered { status: 204, retry_after: None };

    fn lane() -> Lane {
        Lane::new(LaneRecord::new("whe_0190163d8694739b96e8bf1e2b3f1a11".parse().unwrap()))
    }

    fn first(outcome: Outcome) -> End {
        End { outcome, slow: false, again: false }
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_770_000_000 + second).unwrap()
    }

    fn posted(lane: &mut Lane, outcome: Outcome, second: i64) -> Change {
        assert_eq!(lane.begin(at(second), at(second), EIGHT), Ok(()));
        lane.ended(first(outcome), at(second))
    }

    #[test]
    fn an_endpoint_of_which_nothing_is_known_gets_one_post_and_then_as_many_as_may() {
        let mut lane = lane();
        assert_eq!(lane.room(at(0), EIGHT), 1);
        assert_eq!(lane.begin(at(0), at(0), EIGHT), Ok(()));
        assert_eq!(lane.begin(at(0), at(0), EIGHT), Err(None));
        lane.ended(first(OK), at(0));
        assert_eq!(lane.room(at(0), EIGHT), EIGHT * WAITING_PER_POST);
        for _ in 0..EIGHT {
            assert_eq!(lane.begin(at(0), at(0), EIGHT), Ok(()));
        }
        assert_eq!(lane.begin(at(0), at(0), EIGHT), Err(None));
    }

    #[test]
    fn five_failures_stop_the_lane_and_one_probe_decides() {
        let mut lane = lane();
        for second in 0..4 {
            assert!(!posted(&mut lane, Outcome::Unanswered, second).stopped);
        }
        let change = posted(&mut lane, Outcome::Unanswered, 4);
        assert!(change.stopped);
        let held = change.record.unwrap();
        assert_eq!((held.held_until, held.failing_since), (Some(at(34)), Some(at(0))));
        assert_eq!(lane.room(at(33), EIGHT), 0);
        assert_eq!(lane.room(at(34), EIGHT), 1);
        assert!(posted(&mut lane, Outcome::Unanswered, 34).stopped, "a failed probe");
        let well = posted(&mut lane, OK, 34 + 60);
        assert!(!well.stopped);
        assert_eq!(well.record.unwrap().held_until, None);
        assert_eq!(lane.room(at(94), EIGHT), EIGHT * WAITING_PER_POST);
    }

    #[test]
    fn posts_that_fail_together_open_the_breaker_once() {
        let mut lane = lane();
        posted(&mut lane, OK, 0);
        for _ in 0..EIGHT {
            lane.begin(at(0), at(0), EIGHT).unwrap();
        }
        for _ in 0..EIGHT {
            lane.ended(End { slow: true, ..first(Outcome::Unanswered) }, at(15));
        }
        assert_eq!(lane.room(at(44), EIGHT), 0);
        assert_eq!(lane.room(at(45), EIGHT), 1);
    }

    #[test]
    fn what_is_said_about_an_event_does_not_stop_the_endpoint() {
        let mut lane = lane();
        for second in 0..20 {
            assert!(!posted(&mut lane, Outcome::Answered { status: 400, retry_after: None }, second).stopped);
        }
        assert_eq!(lane.room(at(20), EIGHT), EIGHT * WAITING_PER_POST);
    }

    #[test]
    fn an_event_that_is_refused_over_and_over_does_not_stop_the_others() {
        let mut lane = lane();
        posted(&mut lane, OK, 0);
        let failure = Outcome::Answered { status: 500, retry_after: None };
        posted(&mut lane, failure, 1);
        for second in 2..20 {
            lane.begin(at(second), at(second), EIGHT).unwrap();
            assert!(!lane.ended(End { again: true, ..first(failure) }, at(second)).stopped);
        }
        // But no answer at all says something, whatever was posted.
        for second in 20..24 {
            lane.begin(at(second), at(second), EIGHT).unwrap();
            lane.ended(End { again: true, ..first(Outcome::Unanswered) }, at(second));
        }
        assert_eq!(lane.room(at(24), EIGHT), 0);
    }

    #[test]
    fn who_asks_to_wait_is_left_alone_an_hour_at_most() {
        for (asked, held) in [(120, 120), (3_600, 3_600), (86_400, 3_600)] {
            let mut lane = lane();
            let retry_after = Some(SignedDuration::from_secs(asked));
            let change = posted(&mut lane, Outcome::Answered { status: 429, retry_after }, 0);
            assert!(change.stopped);
            assert_eq!(change.record.unwrap().held_until, Some(at(held)));
        }
    }

    #[test]
    fn a_rate_spreads_the_posts() {
        let mut lane = lane();
        lane.set_rate(NonZeroU32::new(2));
        posted(&mut lane, OK, 0);
        let half = Timestamp::from_millisecond(at(0).as_millisecond() + 500).unwrap();
        assert_eq!(lane.begin(at(0), at(0), EIGHT), Err(Some(half)));
        lane.set_rate(None);
        assert_eq!(lane.begin(at(0), at(0), EIGHT), Ok(()));
    }
}
