//! The units of work, written once for all engines: what a store does is here, how an engine runs it is the engine's. A
//! unit is written as if nobody else were writing; the engine sees to it that this is true, or runs the unit again.

mod books;
mod case;
mod change;
mod claimable;
pub(in crate::store) mod claims;
pub(in crate::store) mod deliveries;
mod docket;
mod endpoint_store;
mod endpoints;
mod erased_papers;
mod erasure;
mod events;
mod evidence;
mod flights;
mod keys;
pub(in crate::store) mod lanes;
mod leaves;
mod log_turn;
pub(in crate::store) mod notices;
mod orders;
mod pace;
mod positions;
mod replays;
mod replicas;
mod retention;
mod shipments;
pub(in crate::store) mod values;
mod waiting;

use jiff::Timestamp;
use tokio::sync::watch;

use super::leaves::of_change as leaves_of;
use super::sql::Connection;
use super::{
    ApiKey, Applied, Attempt, CaseFile, Change, Claimed, Cursor, DeliveryClaim, DeliverySummary,
    DisputeFilter, DisputeRecord, DueDelivery, DueWork, Endpoint, EndpointState, EventRecord, EvidenceRecord,
    FileLook, IdempotencyRecord, LaneRecord, LogTurn, LoggedLeaf, NewOrder, ObservationRecord, OrderSummary,
    Page, Papers, Registered, Room, SellerFile, ShipmentRecord, Store, StoreError, StoredAnswer,
    VerdictRecord, Work,
};
use crate::domain::log::document::Seed;
use crate::ids::{DisputeId, EndpointId, EvidenceId, KeyId, ObservationId, ShipmentId};

#[cfg(test)]
pub(in crate::store) use case::OTHER_CLAIMS;

/// Runs units of work. Each is one transaction: what it wrote is there as a whole when it gives `Ok`, and not at all when
/// it gives an error. It may be run several times before its outcome is given.
pub(in crate::store) trait Engine: Send + Sync + 'static {
    /// Runs a unit as if nobody else were writing. `bytes` is about how much it writes.
    fn write<T, F>(&self, bytes: usize, unit: F) -> Work<'_, T>
    where
        T: Send + 'static,
        F: Fn(&dyn Connection) -> Result<T, StoreError> + Send + 'static;

    /// Runs a unit that is right whatever others write meanwhile, since each of its statements is.
    fn claim<T, F>(&self, unit: F) -> Work<'_, T>
    where
        T: Send + 'static,
        F: Fn(&dyn Connection) -> Result<T, StoreError> + Send + 'static;

    /// Runs a unit that only reads, and sees one state of all.
    fn read<T, F>(&self, unit: F) -> Work<'_, T>
    where
        T: Send + 'static,
        F: Fn(&dyn Connection) -> Result<T, StoreError> + Send + 'static;

    /// The same, after all that is committed has been given its place in the order of events and of the log.
    fn read_in_order<T, F>(&self, unit: F) -> Work<'_, T>
    where
        T: Send + 'static,
        F: Fn(&dyn Connection) -> Result<T, StoreError> + Send + 'static;

    /// Changes whenever something may have been written, by whomever.
    fn written(&self) -> watch::Receiver<u64>;

    /// Sees to it that nothing is left in the engine's files of what was erased, where that is for us to do.
    fn sweep(&self) -> Work<'_, ()>;
}

fn random_seed() -> Seed {
    Seed(rand::random())
}

impl<E: Engine> Store for E {
    fn register_order(&self, order: NewOrder) -> Work<'_, Registered> {
        self.write(0, move |db| orders::register(db, &order))
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
            self.write(bytes, move |db| change::apply(db, &change, &bodies, &leaves)).await
        })
    }

    fn claim_looks(
        &self,
        now: Timestamp,
        lease_until: Timestamp,
        limit: u32,
    ) -> Work<'_, Vec<ShipmentRecord>> {
        self.claim(move |db| claims::looks(db, now, lease_until, limit))
    }

    fn claim_judgements(
        &self,
        now: Timestamp,
        lease_until: Timestamp,
        limit: u32,
    ) -> Work<'_, Vec<ShipmentRecord>> {
        self.claim(move |db| claims::judgements(db, now, lease_until, limit))
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
        self.claim(move |db| {
            let claim = DeliveryClaim { now, lease_until, limit, room: Room::boundless() };
            Ok(lanes::claim(db, &claim)?.deliveries)
        })
    }

    fn record_attempt(&self, attempt: Attempt) -> Work<'_, ()> {
        Box::pin(async move {
            let late = self.record_attempts(vec![attempt], Vec::new()).await?;
            if late == 0 { Ok(()) } else { Err(StoreError::LeaseLost) }
        })
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
        self.write(0, move |db| keys::forget(db, before))
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
        self.read_in_order(move |db| events::page(db, after.as_ref(), limit))
    }

    fn order_events(&self, order: String) -> Work<'_, Vec<EventRecord>> {
        self.read(move |db| events::of_order(db, &order))
    }

    fn create_endpoint(&self, endpoint: Endpoint, idempotency: Option<IdempotencyRecord>) -> Work<'_, ()> {
        self.write(0, move |db| endpoints::create(db, &endpoint, idempotency.as_ref()))
    }

    fn endpoints(&self) -> Work<'_, Vec<Endpoint>> {
        self.read(endpoints::all)
    }

    fn set_endpoint_state(&self, endpoint: EndpointId, state: EndpointState) -> Work<'_, bool> {
        self.write(0, move |db| endpoints::set_state(db, &endpoint, state, None))
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
        self.read_in_order(leaves::count)
    }

    fn log_entries(&self, from: u64, limit: u32) -> Work<'_, Vec<Vec<u8>>> {
        self.read_in_order(move |db| leaves::entries(db, from, limit))
    }

    fn log_index(&self, id: String) -> Work<'_, Option<u64>> {
        self.read_in_order(move |db| leaves::index_of(db, &id))
    }

    fn logged(&self, shipment: ShipmentId) -> Work<'_, Vec<LoggedLeaf>> {
        self.read_in_order(move |db| leaves::of_shipment(db, &shipment))
    }

    fn take_log_turn(&self, holder: String, now: Timestamp, until: Timestamp) -> Work<'_, LogTurn> {
        self.claim(move |db| log_turn::take(db, &holder, now, until))
    }

    fn end_log_turn(&self, token: i64, signed: Option<(u64, String)>) -> Work<'_, bool> {
        self.claim(move |db| log_turn::end(db, token, signed.as_ref()))
    }

    fn create_key(&self, key: ApiKey) -> Work<'_, ()> {
        self.write(0, move |db| keys::create(db, &key))
    }

    fn keys(&self) -> Work<'_, Vec<ApiKey>> {
        self.read(keys::all)
    }

    fn revoke_key(&self, key: KeyId, at: Timestamp) -> Work<'_, bool> {
        self.write(0, move |db| keys::revoke(db, &key, at))
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
        self.write(0, move |db| docket::note_look(db, &look))
    }

    fn evidence_file(&self, sha256: String) -> Work<'_, Option<Vec<u8>>> {
        self.read(move |db| docket::file(db, &sha256))
    }

    fn seller(&self, seller: String) -> Work<'_, Option<SellerFile>> {
        self.read(move |db| docket::seller(db, &seller))
    }

    fn claim_in_turn(&self, claim: DeliveryClaim) -> Work<'_, Claimed> {
        self.claim(move |db| lanes::claim(db, &claim))
    }

    fn record_attempts(&self, attempts: Vec<Attempt>, lanes: Vec<LaneRecord>) -> Work<'_, u64> {
        self.write(0, move |db| deliveries::record_all(db, &attempts, &lanes))
    }

    fn ping(&self) -> Work<'_, ()> {
        self.claim(|db| {
            db.prepare_cached("UPDATE heartbeat SET beats = beats + 1")?.execute([])?;
            Ok(())
        })
    }
}
