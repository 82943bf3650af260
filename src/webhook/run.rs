//! One run of the worker: a single loop that claims, posts and records side by side. Attempts that end while others are
//! being recorded are recorded together.

use std::collections::{HashMap, VecDeque};
use std::pin::pin;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use futures_util::future::{BoxFuture, OptionFuture};
use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt as _, StreamExt as _};
use jiff::{SignedDuration, Timestamp};
use tokio::sync::Notify;
use tokio::time::Instant;

use super::deliver::Deliverer;
use super::health::Standing;
use super::lane::{End, Queued};
use super::lanes::Key;
use super::notices::Notice;
use crate::ids::EndpointId;
use crate::store::{Attempt, AttemptResult, Claimed, DeliveryClaim, DueWork, LaneRecord, Room, StoreError};

/// Most attempts that are recorded together.
const RECORDED_TOGETHER_MAX: usize = 256;
/// How often, and after which pause, recording is tried again while the store is full.
const FULL_TRIES: u32 = 8;
const FULL_PAUSE: Duration = Duration::from_millis(50);

/// Something that was under way and ended.
enum Step {
    Claimed(Result<Claimed, StoreError>, Instant),
    /// When something is due next.
    Due(Timestamp),
    Posted(End, Box<Attempt>),
    /// The attempts, and how many of them came too late to be recorded.
    Recorded(Vec<Attempt>, Result<u64, StoreError>),
}

/// What a run has to do, and has done.
struct Run<'a> {
    steps: FuturesUnordered<BoxFuture<'a, Step>>,
    outbox: Vec<Attempt>,
    changed: HashMap<EndpointId, LaneRecord>,
    /// When posts to brisk endpoints become slow, in the order in which they began.
    slow_at: VecDeque<(Instant, Key)>,
    claiming: bool,
    recording: bool,
    /// Whether it goes on when nothing is due.
    forever: bool,
    /// Whether the store may have more that is due.
    more: bool,
    /// When something is due next, where nothing is now.
    next_due: Option<Timestamp>,
    claims_left: Option<u32>,
    attempts: usize,
    failed: Option<StoreError>,
}

impl Deliverer {
    pub(super) async fn run(&self, wake: Option<&Notify>) -> Result<usize, StoreError> {
        let _alone = self.alone.lock().await;
        self.lanes().begin();
        let mut run = Run {
            steps: FuturesUnordered::new(),
            outbox: Vec::new(),
            changed: HashMap::new(),
            slow_at: VecDeque::new(),
            claiming: false,
            recording: false,
            forever: wake.is_some(),
            more: true,
            next_due: None,
            claims_left: wake.is_none().then_some(self.limits.claims_per_run),
            attempts: 0,
            failed: None,
        };
        // Listen before looking, so that what arrives between the two is not slept over.
        let silent = Notify::new();
        let tells = wake.unwrap_or(&silent);
        let mut woken = pin!(tells.notified());
        woken.as_mut().enable();
        // One timer, set anew only when the first of those posts is another: most end long before they are slow.
        let mut slow = pin!(tokio::time::sleep(Duration::ZERO));
        loop {
            let paced = self.begin(&mut run);
            let ends = wake.is_none() || run.failed.is_some() || self.stopping.has_begun();
            if run.steps.is_empty() && ends && paced.is_none() {
                break;
            }
            if let Some((at, _)) = run.slow_at.front()
                && *at != slow.deadline()
            {
                slow.as_mut().reset(*at);
            }
            let due = run.next_due.filter(|_| wake.is_some() && !run.more && !run.claiming);
            tokio::select! {
                Some(step) = run.steps.next() => {
                    self.take(&mut run, step);
                    // All that ended meanwhile, before anything new begins.
                    while let Some(Some(step)) = run.steps.next().now_or_never() {
                        self.take(&mut run, step);
                    }
                }
                () = self.stopping.begun(), if !self.stopping.has_begun() => {}
                () = &mut woken => {
                    woken.set(tells.notified());
                    woken.as_mut().enable();
                    run.more = true;
                }
                () = slow.as_mut(), if !run.slow_at.is_empty() => self.note_slow(&mut run),
                Some(()) = OptionFuture::from(paced.map(|at| self.wall.sleep_until(at))) => {}
                Some(()) = OptionFuture::from(due.map(|at| self.clock.sleep_until(at))) => {
                    run.next_due = None;
                    run.more = true;
                }
            }
        }
        run.failed.map_or(Ok(run.attempts), Err)
    }

    /// Begins all that may begin. Says until when lanes wait for their rate's sake.
    ///
    /// The store is asked to record and to claim at the same time, and not again before it has done both: so one commit
    /// serves both, and the longer it takes the more goes into the next.
    fn begin<'a>(&'a self, run: &mut Run<'a>) -> Option<Timestamp> {
        let store_is_free = !run.recording && !run.claiming;
        let news = !run.outbox.is_empty() || !run.changed.is_empty();
        if news && store_is_free {
            run.recording = true;
            let together = run.outbox.len().min(RECORDED_TOGETHER_MAX);
            let attempts: Vec<_> = run.outbox.drain(..together).collect();
            let lanes = run.changed.drain().map(|(_, lane)| lane).collect();
            run.steps.push(Box::pin(self.record(attempts, lanes)));
        }
        let (now, wall) = (self.clock.now(), self.wall.now());
        let mut lanes = self.lanes();
        if run.failed.is_some() || self.stopping.has_begun() {
            return None;
        }
        let held = u32::try_from(lanes.held()).unwrap_or(u32::MAX);
        let free = self.limits.claimed.saturating_sub(held);
        let room = free.min(run.claims_left.unwrap_or(u32::MAX));
        // A claim is worth its while when there is some room; where nothing is held, all is.
        let worth = held == 0 || free >= self.limits.claimed / 8;
        if run.more && store_is_free && room > 0 && worth {
            (run.claiming, run.more) = (true, false);
            run.steps.push(Box::pin(self.claim(room, now)));
        }
        while let Some((queued, apart)) = lanes.next_post(now, wall) {
            if !apart {
                let key = (queued.delivery.endpoint.id.clone(), queued.delivery.event.id.clone());
                run.slow_at.push_back((Instant::now() + self.limits.slow_after, key));
            }
            run.steps.push(Box::pin(self.posted(queued)));
        }
        lanes.paced_until()
    }

    /// Takes in what ended.
    fn take<'a>(&'a self, run: &mut Run<'a>, step: Step) {
        match step {
            Step::Claimed(Ok(claimed), lease_ends) => {
                run.claiming = false;
                run.next_due = None;
                if claimed.deliveries.is_empty() && run.forever {
                    run.steps.push(Box::pin(self.next_due()));
                }
                if let Some(left) = &mut run.claims_left {
                    let count = u32::try_from(claimed.deliveries.len()).unwrap_or(u32::MAX);
                    *left = left.saturating_sub(count);
                }
                let fresh = self.lanes().take_in(claimed, lease_ends);
                run.more |= fresh > 0;
            }
            Step::Claimed(Err(error), _) => {
                run.claiming = false;
                run.failed.get_or_insert(error);
            }
            Step::Due(at) => run.next_due = Some(at),
            Step::Posted(end, attempt) => self.ended(run, end, *attempt),
            Step::Recorded(attempts, outcome) => {
                run.recording = false;
                // The next events of these orders may be due now.
                run.more = true;
                let mut lanes = self.lanes();
                for attempt in &attempts {
                    lanes.recorded(&(attempt.endpoint.clone(), attempt.event.clone()));
                }
                match outcome {
                    Ok(late) => {
                        if late > 0 {
                            tracing::warn!(
                                late,
                                "posts took longer than their leases: others have the deliveries now"
                            );
                        }
                        run.attempts += attempts.len() - usize::try_from(late).unwrap_or_default();
                    }
                    Err(error) => {
                        run.failed.get_or_insert(error);
                    }
                }
            }
        }
    }

    fn ended(&self, run: &mut Run<'_>, end: End, mut attempt: Attempt) {
        tracing::debug!(
            endpoint = %attempt.endpoint, event = %attempt.event, status = attempt.http_status,
            error = attempt.error, "webhook posted"
        );
        self.notices.attempted(attempt.result == AttemptResult::Delivered);
        let key = (attempt.endpoint.clone(), attempt.event.clone());
        let change = {
            let mut lanes = self.lanes();
            attempt.lease = lanes.lease(&key).unwrap_or(attempt.lease);
            lanes.ended(&key, end, self.clock.now())
        };
        if let Some(change) = change {
            match change.standing {
                Standing::Kept => {}
                Standing::Failing => {
                    let why = attempt.error.as_deref().unwrap_or_default();
                    self.notices.tell(Notice::Failing, &attempt.endpoint, why);
                }
                Standing::Disabled(why) => attempt.result = AttemptResult::DisableEndpoint(why),
            }
            if let Some(record) = change.record {
                run.changed.insert(record.endpoint.clone(), record);
            }
        }
        if let AttemptResult::DisableEndpoint(why) = &attempt.result {
            self.notices.tell(Notice::Disabled, &attempt.endpoint, why);
        }
        run.outbox.push(attempt);
    }

    fn note_slow(&self, run: &mut Run<'_>) {
        let now = Instant::now();
        let mut lanes = self.lanes();
        while run.slow_at.front().is_some_and(|(at, _)| *at <= now) {
            if let Some((_, key)) = run.slow_at.pop_front() {
                lanes.turned_slow(&key);
            }
        }
    }

    /// Claims. The lease is kept by the store's clock; what it means for us is counted in real time, which is the time
    /// that posts take.
    async fn claim(&self, limit: u32, now: Timestamp) -> Step {
        let lease_ends = Instant::now() + self.limits.lease.unsigned_abs();
        let lanes = Arc::clone(&self.lanes);
        let apart_left = AtomicU32::new(self.lanes().room_apart());
        let room = Room::of(move |endpoint| {
            let (room, apart) = lanes.lock().unwrap_or_else(PoisonError::into_inner).room(endpoint, now);
            if !apart {
                return room;
            }
            let room = room.min(apart_left.load(Ordering::Relaxed));
            apart_left.fetch_sub(room, Ordering::Relaxed);
            room
        });
        let claim = DeliveryClaim { now, lease_until: now + self.limits.lease, limit, room };
        Step::Claimed(self.store.claim_in_turn(claim).await, lease_ends)
    }

    async fn next_due(&self) -> Step {
        let now = self.clock.now();
        let latest = now + self.limits.idle;
        let due = self.store.next_due_of(DueWork::Deliveries).await.ok().flatten().unwrap_or(latest);
        // Due already, but not for us or under lease: look again a little later, not at once.
        Step::Due(due.clamp(now + SignedDuration::from_secs(1), latest))
    }

    async fn posted(&self, queued: Queued) -> Step {
        let began = Instant::now();
        let (outcome, attempt) = self.attempt(&queued.delivery).await;
        let slow = began.elapsed() >= self.limits.slow_after;
        Step::Posted(End { outcome, slow, again: queued.delivery.attempts > 0 }, Box::new(attempt))
    }

    /// Records attempts together; where one of them cannot be, one by one, so that none spoils it for the others.
    async fn record(&self, attempts: Vec<Attempt>, lanes: Vec<LaneRecord>) -> Step {
        let mut outcome = self.store.record_attempts(attempts.clone(), lanes.clone()).await;
        // What is not recorded is posted again later: rather wait a little for room.
        for _ in 0..FULL_TRIES {
            if !matches!(outcome, Err(StoreError::Full)) {
                break;
            }
            tokio::time::sleep(FULL_PAUSE).await;
            outcome = self.store.record_attempts(attempts.clone(), lanes.clone()).await;
        }
        if matches!(outcome, Err(StoreError::Engine(_))) && attempts.len() > 1 {
            outcome = Ok(0);
            for attempt in &attempts {
                let alone = self.store.record_attempts(vec![attempt.clone()], Vec::new()).await;
                outcome = outcome.and_then(|late| alone.map(|one| late + one));
            }
        }
        Step::Recorded(attempts, outcome)
    }
}
