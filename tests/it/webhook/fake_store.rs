//! A store in memory that knows deliveries and nothing else, by the rules that the store's trait states.

use std::collections::{HashMap, HashSet};
use std::sync::Mutex;

use futures_util::FutureExt as _;
use futures_util::future::ready;
use jiff::Timestamp;
use waygate::ids::{DisputeId, EndpointId, EvidenceId, KeyId, ObservationId, ShipmentId};
use waygate::store::{
    ApiKey, Applied, Attempt, AttemptResult, CaseFile, Change, Claimed, Cursor, DeliveryClaim,
    DeliverySummary, DisputeFilter, DisputeRecord, DueDelivery, DueWork, Endpoint, EndpointState,
    EventRecord, EvidenceRecord, FileLook, IdempotencyRecord, LaneRecord, LoggedLeaf, NewOrder,
    ObservationRecord, OrderSummary, Page, Papers, Registered, SellerFile, ShipmentRecord, Store, StoreError,
    StoredAnswer, VerdictRecord, Work,
};

struct Row {
    delivery: DueDelivery,
    due: Option<Timestamp>,
}

#[derive(Default)]
struct Inner {
    rows: Vec<Row>,
    attempts: Vec<Attempt>,
    disabled: HashSet<EndpointId>,
    lanes: HashMap<EndpointId, LaneRecord>,
    refuse_records: bool,
}

#[derive(Default)]
pub struct FakeStore(Mutex<Inner>);

impl FakeStore {
    pub fn of(deliveries: impl IntoIterator<Item = DueDelivery>) -> Self {
        let row = |delivery: DueDelivery| Row { due: Some(delivery.created_at), delivery };
        Self(Mutex::new(Inner { rows: deliveries.into_iter().map(row).collect(), ..Inner::default() }))
    }

    pub fn refuse_records(&self, refuse: bool) {
        self.0.lock().unwrap().refuse_records = refuse;
    }

    pub fn attempts(&self) -> Vec<Attempt> {
        self.0.lock().unwrap().attempts.clone()
    }

    pub fn is_disabled(&self, endpoint: &EndpointId) -> bool {
        self.0.lock().unwrap().disabled.contains(endpoint)
    }

    /// What was written of an endpoint's lane.
    pub fn lane(&self, endpoint: &EndpointId) -> Option<LaneRecord> {
        self.0.lock().unwrap().lanes.get(endpoint).cloned()
    }

    /// How many deliveries still wait.
    pub fn pending(&self) -> usize {
        self.0.lock().unwrap().rows.iter().filter(|row| row.due.is_some()).count()
    }
}

impl Inner {
    /// The simplest that keeps the promise: it does not know turns, only room.
    fn claim(&mut self, claim: &DeliveryClaim) -> Claimed {
        let mut orders = HashSet::new();
        let mut room = HashMap::new();
        let mut claimed = Claimed::default();
        self.rows.sort_by_key(|row| row.delivery.event.sequence);
        for row in &mut self.rows {
            let Some(due) = row.due else { continue };
            let delivery = &row.delivery;
            let endpoint = &delivery.endpoint.id;
            let first = orders.insert((endpoint.clone(), delivery.event.order.clone()));
            let lane = self.lanes.get(endpoint).cloned().unwrap_or_else(|| LaneRecord::new(endpoint.clone()));
            let held = lane.held_until.is_some_and(|until| claim.now < until);
            let live = !self.disabled.contains(endpoint) && !held;
            let wanted = claimed.deliveries.len() < usize::try_from(claim.limit).unwrap();
            if !(first && live && due <= claim.now && wanted) {
                continue;
            }
            let left = room.entry(endpoint.clone()).or_insert_with(|| claim.room.for_endpoint(endpoint));
            if *left > 0 {
                *left -= 1;
                row.due = Some(claim.lease_until);
                claimed.deliveries.push(row.delivery.clone());
                claimed.lanes.push(lane);
            }
        }
        claimed
    }

    fn record(&mut self, attempt: Attempt) -> Result<(), StoreError> {
        if self.refuse_records {
            return Err(StoreError::Full);
        }
        let row = self.rows.iter_mut().find(|row| {
            row.delivery.endpoint.id == attempt.endpoint && row.delivery.event.id == attempt.event
        });
        let row = row.unwrap();
        row.delivery.attempts += 1;
        match &attempt.result {
            AttemptResult::Delivered | AttemptResult::GiveUp => row.due = None,
            AttemptResult::RetryAt(at) => row.due = Some(*at),
            AttemptResult::DisableEndpoint(_) => {
                self.disabled.insert(attempt.endpoint.clone());
            }
        }
        self.attempts.push(attempt);
        Ok(())
    }
}

#[rustfmt::skip]
impl Store for FakeStore {
    fn claim_in_turn(&self, claim: DeliveryClaim) -> Work<'_, Claimed> {
        ready(Ok(self.0.lock().unwrap().claim(&claim))).boxed()
    }
    fn record_attempts(&self, attempts: Vec<Attempt>, lanes: Vec<LaneRecord>) -> Work<'_, u64> {
        let mut inner = self.0.lock().unwrap();
        inner.lanes.extend(lanes.into_iter().map(|lane| (lane.endpoint.clone(), lane)));
        ready(attempts.into_iter().try_for_each(|attempt| inner.record(attempt)).map(|()| 0)).boxed()
    }
    fn next_due(&self) -> Work<'_, Option<Timestamp>> {
        let inner = self.0.lock().unwrap();
        ready(Ok(inner.rows.iter().filter_map(|row| row.due).min())).boxed()
    }
    fn next_due_of(&self, work: DueWork) -> Work<'_, Option<Timestamp>> {
        if work == DueWork::Deliveries { self.next_due() } else { ready(Ok(None)).boxed() }
    }

    fn claim_deliveries(&self, _: Timestamp, _: Timestamp, _: u32) -> Work<'_, Vec<DueDelivery>> { unimplemented!() }
    fn record_attempt(&self, _: Attempt) -> Work<'_, ()> { unimplemented!() }

    fn register_order(&self, _: NewOrder) -> Work<'_, Registered> { unimplemented!() }
    fn case(&self, _: String) -> Work<'_, Option<CaseFile>> { unimplemented!() }
    fn order_of(&self, _: ShipmentId) -> Work<'_, Option<String>> { unimplemented!() }
    fn shipments_with(&self, _: String) -> Work<'_, Vec<ShipmentRecord>> { unimplemented!() }
    fn apply(&self, _: Change) -> Work<'_, Applied> { unimplemented!() }
    fn claim_looks(&self, _: Timestamp, _: Timestamp, _: u32) -> Work<'_, Vec<ShipmentRecord>> { unimplemented!() }
    fn claim_judgements(&self, _: Timestamp, _: Timestamp, _: u32) -> Work<'_, Vec<ShipmentRecord>> { unimplemented!() }
    fn due_timers(&self, _: Timestamp, _: u32) -> Work<'_, Vec<String>> { unimplemented!() }
    fn idempotency(&self, _: KeyId, _: String) -> Work<'_, Option<IdempotencyRecord>> { unimplemented!() }
    fn forget_idempotency(&self, _: Timestamp) -> Work<'_, u64> { unimplemented!() }
    fn orders(&self, _: Option<String>, _: Option<Cursor>, _: u32) -> Work<'_, Page<OrderSummary>> { unimplemented!() }
    fn observations(&self, _: ShipmentId) -> Work<'_, Vec<ObservationRecord>> { unimplemented!() }
    fn answer(&self, _: ObservationId) -> Work<'_, Option<StoredAnswer>> { unimplemented!() }
    fn verdicts(&self, _: ShipmentId) -> Work<'_, Vec<VerdictRecord>> { unimplemented!() }
    fn events(&self, _: Option<Cursor>, _: u32) -> Work<'_, Page<EventRecord>> { unimplemented!() }
    fn order_events(&self, _: String) -> Work<'_, Vec<EventRecord>> { unimplemented!() }
    fn create_endpoint(&self, _: Endpoint, _: Option<IdempotencyRecord>) -> Work<'_, ()> { unimplemented!() }
    fn endpoints(&self) -> Work<'_, Vec<Endpoint>> { unimplemented!() }
    fn set_endpoint_state(&self, _: EndpointId, _: EndpointState) -> Work<'_, bool> { unimplemented!() }
    fn deliveries(&self, _: EndpointId, _: Option<Cursor>, _: u32) -> Work<'_, Page<DeliverySummary>> { unimplemented!() }
    fn latest_deliveries(&self, _: u32) -> Work<'_, Vec<DeliverySummary>> { unimplemented!() }
    fn log_size(&self) -> Work<'_, u64> { unimplemented!() }
    fn log_entries(&self, _: u64, _: u32) -> Work<'_, Vec<Vec<u8>>> { unimplemented!() }
    fn log_index(&self, _: String) -> Work<'_, Option<u64>> { unimplemented!() }
    fn logged(&self, _: ShipmentId) -> Work<'_, Vec<LoggedLeaf>> { unimplemented!() }
    fn create_key(&self, _: ApiKey) -> Work<'_, ()> { unimplemented!() }
    fn keys(&self) -> Work<'_, Vec<ApiKey>> { unimplemented!() }
    fn revoke_key(&self, _: KeyId, _: Timestamp) -> Work<'_, bool> { unimplemented!() }
    fn disputes(&self, _: DisputeFilter, _: Option<String>, _: Option<Cursor>, _: u32) -> Work<'_, Page<DisputeRecord>> { unimplemented!() }
    fn order_of_dispute(&self, _: DisputeId) -> Work<'_, Option<String>> { unimplemented!() }
    fn papers(&self, _: String) -> Work<'_, Papers> { unimplemented!() }
    fn evidence(&self, _: EvidenceId) -> Work<'_, Option<EvidenceRecord>> { unimplemented!() }
    fn note_look(&self, _: FileLook) -> Work<'_, ()> { unimplemented!() }
    fn evidence_file(&self, _: String) -> Work<'_, Option<Vec<u8>>> { unimplemented!() }
    fn seller(&self, _: String) -> Work<'_, Option<SellerFile>> { unimplemented!() }
    fn ping(&self) -> Work<'_, ()> { unimplemented!() }
}
