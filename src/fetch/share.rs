//! What this process holds of a source's pace that replicas share: a stretch of the source's time that nobody else uses, and
//! permits to have requests under way. Both are leased, and lapse. A pure state machine; times count as in the line's.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::store::replicas::PaceLeased;

/// Most of a source's time that is leased at once, but for an interval that is longer.
const STRETCH_MAX: Duration = Duration::from_secs(1);
/// What a stretch has beside its requests, so that it is of use however late it comes: twice the time that the store took
/// to answer the last time, within these.
const SLACK_MIN: Duration = Duration::from_millis(20);
const SLACK_MAX: Duration = Duration::from_secs(5);
/// How long permits serve until they are leased anew, so that others get theirs.
const RENEWED: Duration = Duration::from_secs(2);
/// How far replicas' clocks may be apart before a permit is thought to be free that is in use.
const CLOCKS_APART: Duration = Duration::from_secs(5);
/// Pause before permits are asked for again that others hold.
const AGAIN: Duration = Duration::from_millis(250);
/// Pause after the store did not answer. Nothing is sent meanwhile.
const UNHEARD: Duration = Duration::from_secs(1);

/// When something was asked of the store: on the line's clock, and on the one that replicas agree on.
#[derive(Debug, Clone, Copy)]
pub struct Asked {
    /// Since the line's beginning.
    pub began: Duration,
    /// The time.
    pub at: Timestamp,
}

impl Asked {
    /// An instant on the line's clock; its beginning, if that came later.
    fn local(&self, instant: Timestamp) -> Duration {
        let after = instant.duration_since(self.at);
        let by = after.unsigned_abs();
        if after.is_negative() { self.began.saturating_sub(by) } else { self.began.saturating_add(by) }
    }
}

/// What this process holds.
#[derive(Debug)]
pub struct Share {
    /// The end of the stretch.
    until: Duration,
    /// The same as the store says it.
    ends_at: Option<Timestamp>,
    permits: u32,
    /// Since when there have been some.
    held_since: Option<Duration>,
    /// Until when the permits serve.
    permits_until: Duration,
    /// When it makes sense to ask the store again.
    not_before: Duration,
    /// Somebody asks the store.
    asking: bool,
    slack: Duration,
}

/// What to do to send now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lack {
    /// Nothing is lacking.
    Nothing,
    /// To wait until then, or until something changes.
    Wait(Option<Duration>),
    /// To ask the store.
    Ask,
}

impl Share {
    /// Nothing yet.
    pub fn new() -> Self {
        Self {
            until: Duration::ZERO,
            ends_at: None,
            permits: 0,
            held_since: None,
            permits_until: Duration::ZERO,
            not_before: Duration::ZERO,
            asking: false,
            slack: SLACK_MIN,
        }
    }

    /// Whether a request that takes the source's time until `even` can go out beside those under way.
    pub fn lacks(&self, even: Duration, under_way: u32, now: Duration) -> Lack {
        if even <= self.until && under_way < self.permits && now < self.permits_until {
            Lack::Nothing
        } else if self.asking {
            Lack::Wait(None)
        } else if now < self.not_before {
            Lack::Wait(Some(self.not_before))
        } else {
            Lack::Ask
        }
    }

    /// The stretch to ask for, for so many who wait; none where the one at hand will do until `even`.
    pub fn stretch(&self, interval: Duration, waiting: u32, even: Duration) -> Option<Duration> {
        let most = (STRETCH_MAX.as_nanos() / interval.as_nanos().max(1)).clamp(1, u32::MAX.into());
        let requests = waiting.clamp(1, u32::try_from(most).unwrap_or(u32::MAX));
        (even > self.until).then(|| interval.saturating_mul(requests).saturating_add(self.slack))
    }

    /// Until when the store keeps permits that are asked for at `at`, should nothing be heard again: longer than the longest
    /// request that is begun with them.
    pub fn permits_until(at: Timestamp, longest: Duration) -> Timestamp {
        let kept = RENEWED + longest + CLOCKS_APART;
        at.checked_add(SignedDuration::try_from(kept).unwrap_or(SignedDuration::MAX))
            .unwrap_or(Timestamp::MAX)
    }

    /// Whether there have been permits for so long that others come first.
    pub fn yields(&self, now: Duration) -> bool {
        self.held_since.is_some_and(|since| now.saturating_sub(since) >= RENEWED)
    }

    /// Somebody asks the store now.
    pub fn ask(&mut self) {
        self.asking = true;
    }

    /// Nobody asks any more.
    pub fn asked(&mut self) {
        self.asking = false;
    }

    /// Whether somebody asks it.
    pub fn is_asking(&self) -> bool {
        self.asking
    }

    /// Permits to give back, where some are held and nobody asks for more. They cannot be used any more.
    pub fn give_back(&mut self) -> bool {
        let gives = self.permits > 0 && !self.asking;
        if gives {
            self.permits = 0;
            self.held_since = None;
            self.asking = true;
        }
        gives
    }

    /// The store's answer; the beginning of a new stretch that does not follow on the last.
    pub fn told(
        &mut self,
        asked: &Asked,
        leased: &PaceLeased,
        under_way: u32,
        now: Duration,
    ) -> Option<Duration> {
        self.permits = leased.permits;
        self.held_since = self.held_since.or(Some(now)).filter(|_| leased.permits > 0);
        self.permits_until = asked.began + RENEWED;
        self.slack = (now.saturating_sub(asked.began) * 2).clamp(SLACK_MIN, SLACK_MAX);
        self.not_before = if leased.permits <= under_way { now + AGAIN } else { Duration::ZERO };
        if let Some(free_at) = leased.free_at {
            self.not_before = asked.local(free_at);
        }
        let (from, until) = leased.stretch?;
        let follows = self.ends_at == Some(from);
        (self.until, self.ends_at) = (asked.local(until), Some(until));
        (!follows).then(|| asked.local(from))
    }

    /// The store did not answer.
    pub fn unheard(&mut self, now: Duration) {
        self.not_before = now + UNHEARD;
    }

    /// When it makes sense to ask the store again.
    pub fn not_before(&self) -> Duration {
        self.not_before
    }
}
