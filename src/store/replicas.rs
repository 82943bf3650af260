//! What replicas on one store share about official sources beside their days: the pace of each credential, how many of its
//! requests are under way at once, and who asks for which number just now, with the answer for those who wait for it.

use jiff::{SignedDuration, Timestamp};
use waygate_carriers::contract::{Reading, SourceId};

use super::Work;

/// A leased stretch that lies further ahead than anybody leases was written under a wrong clock, and holds nobody up.
pub const CLOCKS_APART_MAX: SignedDuration = SignedDuration::from_mins(1);
/// Most answers that lie in the store for other replicas.
pub const FLIGHTS_MAX: u32 = 4_096;
/// Longest body of such an answer, compressed, in bytes; a longer one is asked for by each replica itself.
pub const FLIGHT_BODY_BYTES_MAX: usize = 256 * 1024;

/// What a replica wants of a credential's pace.
#[derive(Debug, Clone)]
pub struct PaceLease {
    /// The source.
    pub source: SourceId,
    /// The credential, as the settings call it.
    pub credential: String,
    /// The replica.
    pub holder: String,
    /// The time.
    pub at: Timestamp,
    /// How long a stretch of the source's time is wanted for itself, where one is.
    pub stretch: Option<SignedDuration>,
    /// How long before its beginning a stretch may be used: what the burst allows.
    pub ahead: SignedDuration,
    /// Requests that may be under way at once, by all replicas.
    pub concurrent: u32,
    /// This replica's requests that are under way.
    pub under_way: u32,
    /// How many it would have under way, those included.
    pub wanted: u32,
    /// It held permits for so long that others come first, where there are fewer permits than replicas.
    pub yields: bool,
    /// Until when the permits are its own, should it not be heard of again.
    pub until: Timestamp,
}

/// What another replica holds of the permits, and would hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Holding {
    /// Requests that it may have under way.
    pub held: u32,
    /// How many it wants.
    pub wanted: u32,
}

impl PaceLease {
    /// How many permits are this replica's from now on, where the others hold these: never more than they leave. It may be
    /// less than what is under way; that goes on counting. Where others lack some, everybody comes down to an even share;
    /// where there are fewer than replicas, to one, and who had it for a while makes room.
    pub fn permits(&self, others: &[Holding]) -> u32 {
        let taken = others.iter().fold(0_u32, |sum, other| sum.saturating_add(other.held));
        let free = self.concurrent.saturating_sub(taken);
        let replicas = u32::try_from(others.len()).unwrap_or(u32::MAX).saturating_add(1);
        let fair = self.concurrent / replicas;
        let share = if others.iter().all(|other| other.wanted <= other.held) {
            self.wanted
        } else if fair == 0 {
            u32::from(!self.yields).min(self.wanted)
        } else {
            let lacking = |other: &Holding| other.wanted.min(fair).saturating_sub(other.held);
            let spoken_for = others.iter().map(lacking).fold(0, u32::saturating_add);
            self.wanted.min(fair.max(free.saturating_sub(spoken_for)))
        };
        share.min(free)
    }
}

/// What a replica got.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PaceLeased {
    /// A stretch of the source's time: its beginning and its end.
    pub stretch: Option<(Timestamp, Timestamp)>,
    /// When a stretch can be had, where others have the source's time now.
    pub free_at: Option<Timestamp>,
    /// Requests that the replica may have under way.
    pub permits: u32,
}

/// A wish to ask a source for a number.
#[derive(Debug, Clone)]
pub struct FlightWish {
    /// The source.
    pub source: SourceId,
    /// The number.
    pub number: String,
    /// The name of this flight; no other has it.
    pub flight: String,
    /// The time.
    pub at: Timestamp,
    /// Until when nobody else asks, should the asker not be heard of again.
    pub until: Timestamp,
    /// An answer serves that was fetched after this; without it, one that is kept still.
    pub fetched_after: Option<Timestamp>,
}

/// A flight: somebody asks, or has asked.
#[derive(Debug, Clone, PartialEq)]
pub struct Flight {
    /// Its name.
    pub flight: String,
    /// When another may ask in its place, while it has no outcome.
    pub until: Timestamp,
    /// What came of it.
    pub outcome: Option<FlightOutcome>,
}

/// What a source answered.
#[derive(Debug, Clone, PartialEq)]
pub struct FlightOutcome {
    /// The address that was asked, without secrets.
    pub url: String,
    /// When the answer was complete.
    pub fetched_at: Timestamp,
    /// Until when it serves others who ask; those who waited for it may have it as long as it lies there.
    pub fresh_until: Timestamp,
    /// HTTP status; none where no answer came.
    pub http_status: Option<u16>,
    /// What it was read as.
    pub reading: Reading,
    /// When the source may be asked again, where it said so.
    pub again_at: Option<Timestamp>,
    /// The body as received.
    pub body: Vec<u8>,
}

/// What replicas share. Each method is one transaction.
pub trait Replicas: Send + Sync + 'static {
    /// Leases a stretch of a credential's time, and permits to have requests under way. A stretch is given where the
    /// replica has a permit to use it with. Stretches never overlap.
    fn lease_pace(&self, lease: PaceLease) -> Work<'_, PaceLeased>;

    /// Gives back all permits of a replica that has nothing under way.
    fn return_permits(&self, source: SourceId, credential: String, holder: String) -> Work<'_, ()>;

    /// Begins a flight unless another is under way or has brought an answer that is fresh enough: then gives that one. A
    /// flight under way that wishes again is under way for longer.
    fn board_flight(&self, wish: FlightWish) -> Work<'_, Option<Flight>>;

    /// The flight for a number, where there is one.
    fn flight(&self, source: SourceId, number: String) -> Work<'_, Option<Flight>>;

    /// Ends a flight with its outcome, which lies there until `kept_until`; without one it leaves nothing. Does nothing
    /// where another flight took its place.
    fn land_flight(
        &self,
        source: SourceId,
        number: String,
        flight: String,
        landed: Option<(FlightOutcome, Timestamp)>,
    ) -> Work<'_, ()>;

    /// Forgets flights that were kept until `now`, and the oldest where there are too many; says how many.
    fn forget_flights(&self, now: Timestamp) -> Work<'_, u64>;
}
