//! The embedded store: SQLite with one writer that commits in groups, and readers beside it.

mod books;
mod case;
mod change;
mod claims;
mod deliveries;
mod docket;
mod endpoint_store;
mod endpoints;
mod erased_papers;
mod erasure;
mod events;
mod evidence;
mod history;
mod keys;
mod lanes;
mod leaves;
mod notices;
mod orders;
#[cfg(test)]
mod plans;
mod positions;
mod readers;
mod replays;
mod retention;
mod schema;
mod shipments;
mod values;
mod writer;

use std::path::Path;
use std::sync::atomic::Ordering;

use jiff::Timestamp;
use rusqlite::Connection;

pub use self::history::History;
use self::readers::Readers;
use self::writer::{Limits, Writer};
use super::leaves::of_change as leaves_of;
use super::{
    ApiKey, Applied, Attempt, CaseFile, Change, Claimed, Cursor, DeliveryClaim, DeliverySummary,
    DisputeFilter, DisputeRecord, DueDelivery, DueWork, Endpoint, EndpointState, EventRecord, EvidenceRecord,
    FileLook, IdempotencyRecord, LaneRecord, LoggedLeaf, NewOrder, ObservationRecord, OrderSummary, Page,
    Papers, Registered, Room, SellerFile, ShipmentRecord, Store, StoreError, StoredAnswer, VerdictRecord,
    Work,
};
use crate::domain::log::document::Seed;
use crate::ids::{DisputeId, EndpointId, EvidenceId, KeyId, ObservationId, ShipmentId};

/// What bounds the store. Each number is a limit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// Threads that read; at least one is started.
    pub readers: usize,
    /// Most writes that wait, and most reads that wait; at least one may.
    pub queue_max: usize,
    /// Most writes in one transaction; at least one is.
    pub group_max: usize,
    /// A transaction that has reached this many bytes takes no further write.
    pub group_bytes: usize,
    /// Most pages (of 4 KiB) that the database may have.
    pub pages_max: u32,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            readers: 2,
            queue_max: 1_024,
            group_max: 128,
            group_bytes: 8 * 1024 * 1024,
            pages_max: 0xffff_fffe,
        }
    }
}

/// How much was written since the store was opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Written {
    /// Units of work.
    pub units: u64,
    /// Transactions that they took.
    pub commits: u64,
}

/// The store in one SQLite database.
pub struct SqliteStore {
    // Readers end first, so that the writer's last checkpoint has the database for itself.
    readers: Readers,
    writer: Writer,
}

impl SqliteStore {
    /// Opens the database, creates it where there is none, and brings it to this program's layout.
    pub fn open(path: &Path, options: &Options) -> Result<Self, StoreError> {
        let writing = schema::open_writer(path, options)?;
        let reading =
            (0..options.readers.max(1)).map(|_| schema::open_reader(path)).collect::<Result<_, _>>()?;
        let limits = Limits {
            queue_max: options.queue_max.max(1),
            group_max: options.group_max.max(1),
            group_bytes: options.group_bytes,
        };
        let unstarted = |error: std::io::Error| StoreError::Engine(error.to_string());
        Ok(Self {
            readers: Readers::start(reading, limits.queue_max).map_err(unstarted)?,
            writer: Writer::start(writing, limits).map_err(unstarted)?,
        })
    }

    /// How much was written, and in how many transactions.
    pub fn written(&self) -> Written {
        let counters = self.writer.counters();
        Written {
            units: counters.units.load(Ordering::Relaxed),
            commits: counters.commits.load(Ordering::Relaxed),
        }
    }

    fn write<T, F>(&self, unit: F) -> Work<'_, T>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    {
        Box::pin(self.writer.run(0, unit))
    }

    fn read<T, F>(&self, unit: F) -> Work<'_, T>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    {
        Box::pin(self.readers.run(unit))
    }
}

fn random_seed() -> Seed {
    Seed(rand::random())
}

impl Store for SqliteStore {
    fn register_order(&self, order: NewOrder) -> Work<'_, Registered> {
        self.write(move |db| orders::register(db, &order))
    }

    fn case(&self, order: String) -> Work<'_, Option<CaseFile>> {
        self.read(move |db| case::load(db, &order))
    }

    fn order_of(&self, shipment: ShipmentId) -> Work<'_, Option<String>> {
        self.read(move |db| shipments::order_of(db, &shipment))
    }

    fn shipments_with(&self, number: String) -> Work<'_, Vec<ShipmentRecord>> {
        self.read(move |db| shipments::with_number(db, &number))
    }

    fn apply(&self, change: Change) -> Work<'_, Applied> {
        Box::pin(async move {
            // Hashing and compressing happen here, beside the writer and not on it.
            let bodies = evidence::pack(&change.answers)?;
            let leaves = leaves_of(&change, random_seed)?;
            let files = docket::check_files(&change.docket.evidence)?;
            let bytes = bodies.iter().flatten().map(evidence::Body::bytes).sum::<usize>() + files;
            self.writer.run(bytes, move |db| change::apply(db, &change, &bodies, &leaves)).await
        })
    }

    fn claim_looks(
        &self,
        now: Timestamp,
        lease_until: Timestamp,
        limit: u32,
    ) -> Work<'_, Vec<ShipmentRecord>> {
        self.write(move |db| claims::looks(db, now, lease_until, limit))
    }

    fn claim_judgements(
        &self,
        now: Timestamp,
        lease_until: Timestamp,
        limit: u32,
    ) -> Work<'_, Vec<ShipmentRecord>> {
        self.write(move |db| claims::judgements(db, now, lease_until, limit))
    }

    fn due_timers(&self, now: Timestamp, limit: u32) -> Work<'_, Vec<String>> {
        self.read(move |db| claims::timers(db, now, limit))
    }

    fn claim_deliveries(
        &self,
        now: Timestamp,
        lease_until: Timestamp,
        limit: u32,
    ) -> Work<'_, Vec<DueDelivery>> {
        self.write(move |db| {
            let claim = DeliveryClaim { now, lease_until, limit, room: Room::boundless() };
            Ok(lanes::claim(db, &claim)?.deliveries)
        })
    }

    fn record_attempt(&self, attempt: Attempt) -> Work<'_, ()> {
        self.write(move |db| deliveries::record_all(db, &[attempt], &[]))
    }

    fn next_due(&self) -> Work<'_, Option<Timestamp>> {
        self.read(claims::next_due)
    }

    fn next_due_of(&self, work: DueWork) -> Work<'_, Option<Timestamp>> {
        self.read(move |db| claims::next_due_of(db, work))
    }

    fn idempotency(&self, key: KeyId, idempotency_key: String) -> Work<'_, Option<IdempotencyRecord>> {
        self.read(move |db| keys::recall(db, &key, &idempotency_key))
    }

    fn forget_idempotency(&self, before: Timestamp) -> Work<'_, u64> {
        self.write(move |db| keys::forget(db, before))
    }

    fn orders(
        &self,
        seller: Option<String>,
        after: Option<Cursor>,
        limit: u32,
    ) -> Work<'_, Page<OrderSummary>> {
        self.read(move |db| orders::page(db, seller.as_deref(), after.as_ref(), limit))
    }

    fn observations(&self, shipment: ShipmentId) -> Work<'_, Vec<ObservationRecord>> {
        self.read(move |db| evidence::observations(db, &shipment))
    }

    fn answer(&self, observation: ObservationId) -> Work<'_, Option<StoredAnswer>> {
        self.read(move |db| evidence::answer(db, &observation))
    }

    fn verdicts(&self, shipment: ShipmentId) -> Work<'_, Vec<VerdictRecord>> {
        self.read(move |db| evidence::verdicts(db, &shipment))
    }

    fn events(&self, after: Option<Cursor>, limit: u32) -> Work<'_, Page<EventRecord>> {
        self.read(move |db| events::page(db, after.as_ref(), limit))
    }

    fn order_events(&self, order: String) -> Work<'_, Vec<EventRecord>> {
        self.read(move |db| events::of_order(db, &order))
    }

    fn create_endpoint(&self, endpoint: Endpoint, idempotency: Option<IdempotencyRecord>) -> Work<'_, ()> {
        self.write(move |db| endpoints::create(db, &endpoint, idempotency.as_ref()))
    }

    fn endpoints(&self) -> Work<'_, Vec<Endpoint>> {
        self.read(endpoints::all)
    }

    fn set_endpoint_state(&self, endpoint: EndpointId, state: EndpointState) -> Work<'_, bool> {
        self.write(move |db| endpoints::set_state(db, &endpoint, state, None))
    }

    fn deliveries(
        &self,
        endpoint: EndpointId,
        after: Option<Cursor>,
        limit: u32,
    ) -> Work<'_, Page<DeliverySummary>> {
        self.read(move |db| deliveries::page(db, &endpoint, after.as_ref(), limit))
    }

    fn latest_deliveries(&self, limit: u32) -> Work<'_, Vec<DeliverySummary>> {
        self.read(move |db| deliveries::latest(db, limit))
    }

    fn log_size(&self) -> Work<'_, u64> {
        self.read(leaves::count)
    }

    fn log_entries(&self, from: u64, limit: u32) -> Work<'_, Vec<Vec<u8>>> {
        self.read(move |db| leaves::entries(db, from, limit))
    }

    fn log_index(&self, id: String) -> Work<'_, Option<u64>> {
        self.read(move |db| leaves::index_of(db, &id))
    }

    fn logged(&self, shipment: ShipmentId) -> Work<'_, Vec<LoggedLeaf>> {
        self.read(move |db| leaves::of_shipment(db, &shipment))
    }

    fn create_key(&self, key: ApiKey) -> Work<'_, ()> {
        self.write(move |db| keys::create(db, &key))
    }

    fn keys(&self) -> Work<'_, Vec<ApiKey>> {
        self.read(keys::all)
    }

    fn revoke_key(&self, key: KeyId, at: Timestamp) -> Work<'_, bool> {
        self.write(move |db| keys::revoke(db, &key, at))
    }

    fn disputes(
        &self,
        filter: DisputeFilter,
        seller: Option<String>,
        after: Option<Cursor>,
        limit: u32,
    ) -> Work<'_, Page<DisputeRecord>> {
        self.read(move |db| docket::page(db, filter, seller.as_deref(), after.as_ref(), limit))
    }

    fn order_of_dispute(&self, dispute: DisputeId) -> Work<'_, Option<String>> {
        self.read(move |db| docket::order_of(db, &dispute))
    }

    fn papers(&self, order: String) -> Work<'_, Papers> {
        self.read(move |db| docket::papers(db, &order))
    }

    fn evidence(&self, evidence: EvidenceId) -> Work<'_, Option<EvidenceRecord>> {
        self.read(move |db| docket::evidence(db, &evidence))
    }

    fn note_look(&self, look: FileLook) -> Work<'_, ()> {
        self.write(move |db| docket::note_look(db, &look))
    }

    fn evidence_file(&self, sha256: String) -> Work<'_, Option<Vec<u8>>> {
        self.read(move |db| docket::file(db, &sha256))
    }

    fn seller(&self, seller: String) -> Work<'_, Option<SellerFile>> {
        self.read(move |db| docket::seller(db, &seller))
    }

    fn ping(&self) -> Work<'_, ()> {
        self.write(|db| {
            db.prepare_cached("UPDATE heartbeat SET beats = beats + 1")?.execute([])?;
            Ok(())
        })
    }

    fn claim_in_turn(&self, claim: DeliveryClaim) -> Work<'_, Claimed> {
        self.write(move |db| lanes::claim(db, &claim))
    }

    fn record_attempts(&self, attempts: Vec<Attempt>, lanes: Vec<LaneRecord>) -> Work<'_, ()> {
        self.write(move |db| deliveries::record_all(db, &attempts, &lanes))
    }
}
