//! What the gateway remembers, behind a trait whose methods are whole units of work: each is one transaction, so that a
//! change, its events, its webhook deliveries, its evidence and its idempotency record are there together or not at
//! all. All SQL lives below this module.

mod books;
pub mod copy;
mod docket;
mod due;
mod endpoints;
mod event_data;
pub mod history;
mod lanes;
pub mod leaves;
mod positions;
pub mod postgres;
pub mod privacy;
mod records;
pub mod replicas;
mod sql;
pub mod sqlite;
mod units;

use futures_util::future::BoxFuture;
use jiff::Timestamp;

pub use books::{
    INCIDENTS_MAX, Incident, QuotaDay, QuotaLease, QuotaReturn, SourceBooks, Spending, UNMAPPED_MAX,
    UnmappedCode,
};
pub use docket::{
    ActionRecord, DisputeEnd, DisputeFilter, DisputeRecord, DisputeState, Docket, EvidenceRecord, FileLook,
    FileRecord, NewEvidence, Papers, SellerFile, StandingRecord,
};
pub use due::DueWork;
pub use endpoints::{
    DeliveryFilter, DueNotice, EndpointStore, EventFilter, EventStretch, FoundDeliveries, Notice,
    PayloadForm, PlacedEvent, Replayed, SealedHeader, SecretVersions, SignatureForm,
};
pub use event_data::EventData;
pub use lanes::{Claimed, DeliveryClaim, LaneRecord, Room};
pub use leaves::{LogTurn, LoggedLeaf, NewLeaf};
pub use positions::Positions;
pub use privacy::{Cause, Erased, Kept, Privacy, Removed};
pub use records::{
    ApiKey, Applied, Attempt, AttemptResult, CaseFile, Change, Cursor, DeliveryState, DeliverySummary,
    DueDelivery, Endpoint, EndpointState, EventRecord, IdempotencyRecord, NewOrder, ObservationRecord,
    OrderRecord, OrderSummary, Page, Registered, Scope, ShipmentRecord, StoredAnswer, VerdictRecord,
};
pub use replicas::Replicas;
pub use sql::{Fault, Tripwire};

use crate::ids::{DisputeId, EndpointId, EvidenceId, KeyId, ObservationId, ShipmentId};

/// Why a unit of work did not happen.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Something else changed the order since it was read: read again and try again.
    #[error("the order changed meanwhile")]
    Conflict,
    /// Another request with the same idempotency key came first.
    #[error("another request with this idempotency key came first")]
    IdempotencyKeyTaken,
    /// As many units of work wait as may wait.
    #[error("the store has no room for another unit of work")]
    Full,
    /// The cursor is not one of this list's.
    #[error("this is not a cursor of this list")]
    BadCursor,
    /// It was erased, and nothing is written to it any more.
    #[error("{0} was erased")]
    Erased(String),
    /// The engine failed; nothing was written.
    #[error("the store failed: {0}")]
    Engine(String),
    /// The connection was lost at the commit: all of it is there, or nothing.
    #[error("the connection to the store was lost at the commit: what was asked for is done, or it is not")]
    Uncertain,
    /// The lease under which this was done had ended, and another has the work now.
    #[error("the lease had ended, and the work was given to another")]
    LeaseLost,
}

/// A future that the store gives.
pub type Work<'a, T> = BoxFuture<'a, Result<T, StoreError>>;

/// All that a store is.
pub trait WholeStore: Store + SourceBooks + EndpointStore + Privacy + Positions + Replicas {}

impl<S: Store + SourceBooks + EndpointStore + Privacy + Positions + Replicas> WholeStore for S {}

/// The units of work. Times are instants; `limit` is the most that is given back.
pub trait Store: Send + Sync + 'static {
    /// Adds an order unless one with its id is there; says which.
    fn register_order(&self, order: NewOrder) -> Work<'_, Registered>;

    /// An order with its shipments, all observations of them, and other orders' claims on the same numbers.
    fn case(&self, order: String) -> Work<'_, Option<CaseFile>>;

    /// The order that a shipment belongs to.
    fn order_of(&self, shipment: ShipmentId) -> Work<'_, Option<String>>;

    /// The shipments with a number, of whichever order, oldest first.
    fn shipments_with(&self, number: String) -> Work<'_, Vec<ShipmentRecord>>;

    /// Applies a change computed from a [`CaseFile`] if the order is still at its revision: state, shipments,
    /// observations, verdicts, an entry in the log for each claim, observation and verdict, events with their sequence
    /// numbers, one delivery for each endpoint that wants the event (a disabled one's wait), and the idempotency record,
    /// in one transaction. Other orders' shipments with a number
    /// in `Change::judge_others` become due for judging at `Change::at`, and a change computed from their case before
    /// this one is a conflict. Its papers ([`Docket`]) are written too; a standing that is no longer at the revision
    /// that it was computed from is a conflict.
    fn apply(&self, change: Change) -> Work<'_, Applied>;

    /// Claims shipments whose next look is due, oldest first: they are not given again before `lease_until`.
    fn claim_looks(
        &self,
        now: Timestamp,
        lease_until: Timestamp,
        limit: u32,
    ) -> Work<'_, Vec<ShipmentRecord>>;

    /// Shipments that are due to be judged again (a time at which a verdict turns, or another order's claim), oldest
    /// first, claimed in the same way.
    fn claim_judgements(
        &self,
        now: Timestamp,
        lease_until: Timestamp,
        limit: u32,
    ) -> Work<'_, Vec<ShipmentRecord>>;

    /// Orders whose next timer is due, and those on which the fall of a seller's bar is to be told, in order of due time.
    fn due_timers(&self, now: Timestamp, limit: u32) -> Work<'_, Vec<String>>;

    /// Claims deliveries that are due: for each endpoint and order only the one with the lowest sequence number that is
    /// not finished, so that an order's events arrive in order.
    fn claim_deliveries(
        &self,
        now: Timestamp,
        lease_until: Timestamp,
        limit: u32,
    ) -> Work<'_, Vec<DueDelivery>>;

    /// Records an attempt and what follows from it for its delivery and endpoint. Where another has claimed the delivery
    /// meanwhile it is refused, unless it tells that the endpoint took the event.
    fn record_attempt(&self, attempt: Attempt) -> Work<'_, ()>;

    /// The earliest time at which a look, a judgement, a timer (a seller's bar too) or a delivery is due.
    fn next_due(&self) -> Work<'_, Option<Timestamp>>;

    /// The same, of one kind of work.
    fn next_due_of(&self, work: DueWork) -> Work<'_, Option<Timestamp>>;

    /// A request's recorded answer, for the same key of the same caller.
    fn idempotency(&self, key: KeyId, idempotency_key: String) -> Work<'_, Option<IdempotencyRecord>>;

    /// Forgets idempotency records that were made before `before`; says how many.
    fn forget_idempotency(&self, before: Timestamp) -> Work<'_, u64>;

    /// Orders, newest first; those of one seller, where one is named.
    fn orders(
        &self,
        seller: Option<String>,
        after: Option<Cursor>,
        limit: u32,
    ) -> Work<'_, Page<OrderSummary>>;

    /// A shipment's recorded answers, newest first, without their bodies.
    fn observations(&self, shipment: ShipmentId) -> Work<'_, Vec<ObservationRecord>>;

    /// A recorded answer with its body as the source sent it. Its hash is checked on the way out.
    fn answer(&self, observation: ObservationId) -> Work<'_, Option<StoredAnswer>>;

    /// A shipment's verdicts, newest first.
    fn verdicts(&self, shipment: ShipmentId) -> Work<'_, Vec<VerdictRecord>>;

    /// Events in the order in which they were written, from after `after`.
    fn events(&self, after: Option<Cursor>, limit: u32) -> Work<'_, Page<EventRecord>>;

    /// An order's events by sequence number.
    fn order_events(&self, order: String) -> Work<'_, Vec<EventRecord>>;

    /// Adds a webhook endpoint, unless its idempotency record is there already.
    fn create_endpoint(&self, endpoint: Endpoint, idempotency: Option<IdempotencyRecord>) -> Work<'_, ()>;

    /// All webhook endpoints, oldest first.
    fn endpoints(&self) -> Work<'_, Vec<Endpoint>>;

    /// Enables or disables an endpoint; false where there is none.
    fn set_endpoint_state(&self, endpoint: EndpointId, state: EndpointState) -> Work<'_, bool>;

    /// An endpoint's deliveries with their attempts, newest first.
    fn deliveries(
        &self,
        endpoint: EndpointId,
        after: Option<Cursor>,
        limit: u32,
    ) -> Work<'_, Page<DeliverySummary>>;

    /// The latest deliveries to any endpoint, newest first.
    fn latest_deliveries(&self, limit: u32) -> Work<'_, Vec<DeliverySummary>>;

    /// How many entries the log has.
    fn log_size(&self) -> Work<'_, u64>;

    /// The log's entries from `from` on, in order.
    fn log_entries(&self, from: u64, limit: u32) -> Work<'_, Vec<Vec<u8>>>;

    /// The index of the log's entry about a shipment's claim, an observation or a verdict, by its id.
    fn log_index(&self, id: String) -> Work<'_, Option<u64>>;

    /// A shipment's entries in the log, with what opens them, in the order of the log.
    fn logged(&self, shipment: ShipmentId) -> Work<'_, Vec<LoggedLeaf>>;

    /// Takes the turn to seal the log, unless another process has it, which has until `until` to end it. A store that one
    /// process has alone knows no turns.
    fn take_log_turn(&self, holder: String, now: Timestamp, until: Timestamp) -> Work<'_, LogTurn> {
        let _ = (holder, now, until);
        Box::pin(std::future::ready(Ok(LogTurn::Alone)))
    }

    /// Ends a turn, with the size and the note of the head that was signed in it; false where another took the turn
    /// meanwhile: then that head must be shown to nobody.
    fn end_log_turn(&self, token: i64, signed: Option<(u64, String)>) -> Work<'_, bool> {
        let _ = (token, signed);
        Box::pin(std::future::ready(Ok(true)))
    }

    /// Adds an API key (its hash, never the key).
    fn create_key(&self, key: ApiKey) -> Work<'_, ()>;

    /// All API keys.
    fn keys(&self) -> Work<'_, Vec<ApiKey>>;

    /// Revokes a key; false where there is none.
    fn revoke_key(&self, key: KeyId, at: Timestamp) -> Work<'_, bool>;

    /// Disputes, newest first; those of one seller's orders, where one is named.
    fn disputes(
        &self,
        filter: DisputeFilter,
        seller: Option<String>,
        after: Option<Cursor>,
        limit: u32,
    ) -> Work<'_, Page<DisputeRecord>>;

    /// The order that a dispute belongs to.
    fn order_of_dispute(&self, dispute: DisputeId) -> Work<'_, Option<String>>;

    /// What was done about an order, its evidence, and who looked at that.
    fn papers(&self, order: String) -> Work<'_, Papers>;

    /// A piece of evidence, without its file's bytes.
    fn evidence(&self, evidence: EvidenceId) -> Work<'_, Option<EvidenceRecord>>;

    /// Records that somebody looks at a file.
    fn note_look(&self, look: FileLook) -> Work<'_, ()>;

    /// A file of evidence by its SHA-256, which is checked on the way out.
    fn evidence_file(&self, sha256: String) -> Work<'_, Option<Vec<u8>>>;

    /// What is known of a seller; none where no order is of such a seller.
    fn seller(&self, seller: String) -> Work<'_, Option<SellerFile>>;

    /// Writes all that is buffered and checks that the engine answers: what `/readyz` asks.
    fn ping(&self) -> Work<'_, ()>;

    /// Claims deliveries like [`Store::claim_deliveries`], endpoint by endpoint in turns: of no endpoint more than there
    /// is room for.
    fn claim_in_turn(&self, claim: DeliveryClaim) -> Work<'_, Claimed>;

    /// Records attempts and the lanes that changed with them, all or none. An attempt under a lease that another took over
    /// is left out, unless the endpoint took the event; says how many those were.
    fn record_attempts(&self, attempts: Vec<Attempt>, lanes: Vec<LaneRecord>) -> Work<'_, u64>;
}
