//! All lanes that the worker holds something of: who posts next, and how much more may be claimed for whom. What is held
//! is bounded by the limits, whatever waits in the store. Pure but for the leases, which are kept in real time.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap, VecDeque};
use std::num::NonZeroU32;

use jiff::Timestamp;
use tokio::time::Instant;

use super::deliver::Limits;
use super::lane::{Change, End, Lane, Queued};
use crate::ids::{EndpointId, EventId};
use crate::net::client::TOTAL_TIMEOUT;
use crate::store::{Claimed, LaneRecord};

/// Endpoints whose standing is kept in mind; beyond it, those with nothing under way are forgotten.
const LANES_KEPT_MAX: usize = 16_384;

/// A delivery's endpoint and event.
pub(super) type Key = (EndpointId, EventId);

/// Where a held delivery is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Waiting,
    Posting,
    /// Posted, and not yet recorded.
    Posted,
}

/// A delivery that is held.
#[derive(Debug)]
struct Held {
    stage: Stage,
    /// Whether it counts among those that may take long.
    apart: bool,
    /// The lease under which it is held.
    lease: i64,
}

/// Each kind of endpoint leaves a quarter of what there is to the other.
fn share(all: usize) -> usize {
    (all * 3).div_ceil(4)
}

/// The lanes.
#[derive(Debug)]
pub(super) struct Lanes {
    limits: Limits,
    by_endpoint: HashMap<EndpointId, Lane>,
    held: HashMap<Key, Held>,
    held_apart: usize,
    /// Who wants to post: endpoints that answer soon, and the others.
    brisk: VecDeque<EndpointId>,
    apart: VecDeque<EndpointId>,
    /// Who may not before a time, for their rate's sake.
    paced: BinaryHeap<Reverse<(Timestamp, EndpointId)>>,
    posting_brisk: usize,
    posting_apart: usize,
}

impl Lanes {
    pub(super) fn new(limits: Limits) -> Self {
        Self {
            limits,
            by_endpoint: HashMap::new(),
            held: HashMap::new(),
            held_apart: 0,
            brisk: VecDeque::new(),
            apart: VecDeque::new(),
            paced: BinaryHeap::new(),
            posting_brisk: 0,
            posting_apart: 0,
        }
    }

    /// Lets go of all that a run before this one held.
    pub(super) fn begin(&mut self) {
        for lane in self.by_endpoint.values_mut() {
            lane.queue.clear();
            (lane.posting, lane.unrecorded, lane.in_line) = (0, 0, false);
        }
        self.held.clear();
        self.held_apart = 0;
        self.brisk.clear();
        self.apart.clear();
        self.paced.clear();
        (self.posting_brisk, self.posting_apart) = (0, 0);
    }

    /// How many deliveries are held.
    pub(super) fn held(&self) -> usize {
        self.held.len()
    }

    /// How many deliveries may be claimed for endpoints that may take long.
    pub(super) fn room_apart(&self) -> u32 {
        let share = share(usize::try_from(self.limits.claimed).unwrap_or(usize::MAX));
        u32::try_from(share.saturating_sub(self.held_apart)).unwrap_or(u32::MAX)
    }

    /// How many more deliveries of an endpoint may be claimed, and whether it may take long.
    pub(super) fn room(&self, endpoint: &EndpointId, now: Timestamp) -> (u32, bool) {
        let lane = self.by_endpoint.get(endpoint);
        lane.map_or((1, true), |lane| (lane.room(now, self.limits.posts_per_endpoint), lane.is_apart()))
    }

    /// Takes in what was claimed; says how much of it was not held already.
    pub(super) fn take_in(&mut self, claimed: Claimed, lease_ends: Instant) -> usize {
        self.make_room();
        for record in claimed.lanes {
            self.by_endpoint.entry(record.endpoint.clone()).or_insert_with(|| Lane::new(record));
        }
        let mut fresh = 0;
        for delivery in claimed.deliveries {
            let key = (delivery.endpoint.id.clone(), delivery.event.id.clone());
            // A clock that runs fast ends a lease while its post is under way: what comes again is not posted twice, and
            // what is under way goes on under the new lease.
            if let Some(held) = self.held.get_mut(&key) {
                held.lease = delivery.lease;
                continue;
            }
            let lease = delivery.lease;
            fresh += 1;
            let lane = self.by_endpoint.entry(key.0.clone());
            let lane = lane.or_insert_with_key(|endpoint| Lane::new(LaneRecord::new(endpoint.clone())));
            let own = delivery.endpoint.rate_per_second.and_then(NonZeroU32::new);
            lane.set_rate(own.or(self.limits.rate_per_second));
            lane.queue.push_back(Queued { delivery, lease_ends });
            let endpoint = key.0.clone();
            let apart = lane.is_apart();
            self.held_apart += usize::from(apart);
            self.held.insert(key, Held { stage: Stage::Waiting, apart, lease });
            self.stand_in_line(endpoint);
        }
        fresh
    }

    fn make_room(&mut self) {
        if self.by_endpoint.len() >= LANES_KEPT_MAX {
            self.by_endpoint.retain(|_, lane| !lane.is_idle());
        }
    }

    fn stand_in_line(&mut self, endpoint: EndpointId) {
        if let Some(lane) = self.by_endpoint.get_mut(&endpoint)
            && !lane.in_line
            && !lane.queue.is_empty()
        {
            lane.in_line = true;
            if lane.is_apart() { self.apart.push_back(endpoint) } else { self.brisk.push_back(endpoint) }
        }
    }

    /// The delivery to post next, if one may be posted now; says whether it counts among those that may take long.
    pub(super) fn next_post(&mut self, now: Timestamp, wall: Timestamp) -> Option<(Queued, bool)> {
        while let Some(Reverse((at, _))) = self.paced.peek()
            && *at <= wall
            && let Some(Reverse((_, endpoint))) = self.paced.pop()
        {
            self.leave_line(&endpoint);
            self.stand_in_line(endpoint);
        }
        let (posts, share) = (self.limits.posts, share(self.limits.posts));
        while self.posting_brisk + self.posting_apart < posts {
            let from_brisk = self.posting_brisk < share && !self.brisk.is_empty();
            let line = if from_brisk {
                &mut self.brisk
            } else if self.posting_apart < share {
                &mut self.apart
            } else {
                return None;
            };
            let endpoint = line.pop_front()?;
            if let Some(next) = self.post_of(endpoint, now, wall, from_brisk) {
                return Some(next);
            }
        }
        None
    }

    fn leave_line(&mut self, endpoint: &EndpointId) {
        if let Some(lane) = self.by_endpoint.get_mut(endpoint) {
            lane.in_line = false;
        }
    }

    /// The next delivery of the lane that is first in line, if it may be posted.
    fn post_of(
        &mut self,
        endpoint: EndpointId,
        now: Timestamp,
        wall: Timestamp,
        from_brisk: bool,
    ) -> Option<(Queued, bool)> {
        let lane = self.by_endpoint.get_mut(&endpoint)?;
        lane.in_line = false;
        let apart = lane.is_apart();
        if apart == from_brisk {
            // It changed its kind while it stood in line.
            self.stand_in_line(endpoint);
            return None;
        }
        // What would not be done before its lease ends is left to whoever claims it then.
        let latest = Instant::now() + TOTAL_TIMEOUT;
        let late = lane.queue.iter().take_while(|queued| queued.lease_ends < latest).count();
        if late > 0 {
            let left: Vec<_> = lane.queue.drain(..late).collect();
            self.stand_in_line(endpoint.clone());
            self.leave(&endpoint, left);
            return None;
        }
        if lane.queue.is_empty() {
            return None;
        }
        match lane.begin(now, wall, self.limits.posts_per_endpoint) {
            Ok(()) => {}
            Err(Some(at)) => {
                // It stands in another line until then.
                lane.in_line = true;
                self.paced.push(Reverse((at, endpoint)));
                return None;
            }
            // It stands in line again when a post of it has ended.
            Err(None) if lane.posting > 0 => return None,
            // It is left alone: what was claimed for it waits until its lease ends.
            Err(None) => {
                let left = std::mem::take(&mut lane.queue);
                self.leave(&endpoint, left);
                return None;
            }
        }
        let queued = lane.queue.pop_front()?;
        if let Some(held) = self.held.get_mut(&(endpoint.clone(), queued.delivery.event.id.clone())) {
            self.held_apart -= usize::from(held.apart);
            self.held_apart += usize::from(apart);
            (held.stage, held.apart) = (Stage::Posting, apart);
        }
        if apart {
            self.posting_apart += 1;
        } else {
            self.posting_brisk += 1;
        }
        self.stand_in_line(endpoint);
        Some((queued, apart))
    }

    /// Lets go of deliveries that were claimed: they come again when their leases end.
    fn leave(&mut self, endpoint: &EndpointId, left: impl IntoIterator<Item = Queued>) {
        for queued in left {
            self.let_go(&(endpoint.clone(), queued.delivery.event.id));
        }
    }

    fn let_go(&mut self, key: &Key) -> bool {
        let Some(held) = self.held.remove(key) else { return false };
        self.held_apart -= usize::from(held.apart);
        true
    }

    /// When the next lane may post that waits for its rate's sake.
    pub(super) fn paced_until(&self) -> Option<Timestamp> {
        self.paced.peek().map(|Reverse((at, _))| *at)
    }

    /// A post is under way for longer than a brisk endpoint takes: from now on it counts among those.
    pub(super) fn turned_slow(&mut self, key: &Key) {
        if let Some(held @ Held { stage: Stage::Posting, apart: false, .. }) = self.held.get_mut(key) {
            held.apart = true;
            self.held_apart += 1;
            self.posting_brisk -= 1;
            self.posting_apart += 1;
            if let Some(lane) = self.by_endpoint.get_mut(&key.0) {
                lane.turned_slow();
            }
        }
    }

    /// A post ended; says what that means for its lane.
    pub(super) fn ended(&mut self, key: &Key, end: End, now: Timestamp) -> Option<Change> {
        let held = self.held.get_mut(key).filter(|held| held.stage == Stage::Posting)?;
        held.stage = Stage::Posted;
        let under_way = if held.apart { &mut self.posting_apart } else { &mut self.posting_brisk };
        *under_way -= 1;
        let lane = self.by_endpoint.get_mut(&key.0)?;
        lane.unrecorded += 1;
        let change = lane.ended(end, now);
        if change.stopped {
            let left = std::mem::take(&mut lane.queue);
            self.leave(&key.0, left);
        }
        self.stand_in_line(key.0.clone());
        Some(change)
    }

    /// The lease under which a delivery is held.
    pub(super) fn lease(&self, key: &Key) -> Option<i64> {
        self.held.get(key).map(|held| held.lease)
    }

    /// What came of a post was recorded, or never will be.
    pub(super) fn recorded(&mut self, key: &Key) {
        if self.let_go(key)
            && let Some(lane) = self.by_endpoint.get_mut(&key.0)
        {
            lane.unrecorded = lane.unrecorded.saturating_sub(1);
        }
    }
}
