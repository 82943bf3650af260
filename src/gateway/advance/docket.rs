//! What a change means for the papers of a case: each input with who made it, the disputes, the evidence, and the
//! standing of the seller.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{Acted, Run};
use crate::domain::event::{EventType, Happening};
use crate::domain::lifecycle::dispute::Dispute;
use crate::domain::lifecycle::{By, Input as ClockInput, Refused, Signal, Step};
use crate::domain::rules::{Rules, id};
use crate::domain::standing::{self, Standing};
use crate::ids::{DisputeId, KeyId};
use crate::store::{
    ActionRecord, CaseFile, DisputeEnd, DisputeRecord, DisputeState, NewEvidence, ShipmentRecord,
    StandingRecord,
};

/// Most bytes of files that one dispute takes.
pub const DISPUTE_BYTES_MAX: u64 = 64 << 20;

/// Who makes an input.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Maker {
    /// As whom; nobody means time, or what the sources show.
    pub by: Option<By>,
    /// By which key.
    pub key: Option<KeyId>,
}

impl Maker {
    /// Somebody, by a key.
    pub fn new(by: By, key: Option<KeyId>) -> Self {
        Self { by: Some(by), key }
    }
}

impl CaseFile {
    /// The order on which the fall of the seller's bar must be told before this one goes on, where that is due.
    pub fn bar_falls_on(&self, now: Timestamp) -> Option<&str> {
        let standing = self.standing.as_ref().filter(|s| s.due_at.is_some_and(|at| at <= now))?;
        standing.order.as_deref().filter(|order| *order != self.order.order.id)
    }
}

impl Run<'_> {
    /// Lets the seller's bar fall where that is due.
    pub(super) fn fire_standing(&mut self) {
        let Some(record) = self.case.standing.as_ref() else { return };
        let rules = Rules::built_in(&record.rules).unwrap_or(self.rules);
        let (next, told) = standing::fire_due(&record.standing, rules, self.now);
        if told.is_empty() {
            return;
        }
        let due_at = standing::next_due(&next, rules);
        self.docket.standing = Some(StandingRecord { standing: next, due_at, ..record.clone() });
        self.tell_of_seller(told);
    }

    /// Whether the seller may send by the order's method.
    pub(super) fn may_ship(&self) -> Result<(), Refused> {
        self.standing().map_or(Ok(()), |record| record.standing.may_ship(self.case.order.order.method))
    }

    /// What somebody does about the order.
    pub(super) fn act(&mut self, acted: &Acted) -> Result<(), Refused> {
        let open = self.state.dispute.as_ref().map(|d| d.number);
        if acted.dispute.is_some() && acted.dispute != open {
            let rule = match &acted.input {
                ClockInput::Dispute(act) => act.rule(),
                _ => id::ONE_DISPUTE,
            };
            return Err(Refused::new(rule, "this dispute has ended"));
        }
        let before = self.happenings.len();
        self.step(&acted.input, &acted.maker)?;
        if open.is_none() && self.state.dispute.is_some() {
            self.ask_now();
        }
        if let Some(statement) = &acted.statement {
            if let Some(action) = self.docket.actions.last_mut() {
                action.statement = Some(statement.clone());
            }
            if let Some(first) = self.happenings.get_mut(before) {
                first.data.insert("statement".to_owned(), json!(statement));
            }
        }
        acted.evidence.as_ref().map_or(Ok(()), |evidence| self.give(evidence, before))
    }

    /// Whoever argues about a parcel needs what the official source says of it now, also where nothing more was expected.
    fn ask_now(&mut self) {
        for shipment in self.case.shipments.iter().filter(|s| s.corrected_by.is_none()) {
            if (self.can_answer)(shipment) && self.shipments.iter().all(|changed| changed.id != shipment.id) {
                self.shipments.push(ShipmentRecord {
                    next_look_at: Some(self.now),
                    next_look_why: Some("a dispute was opened: asked at once".to_owned()),
                    ..shipment.clone()
                });
            }
        }
    }

    /// Files a piece of evidence that the machine has taken.
    fn give(&mut self, evidence: &NewEvidence, told: usize) -> Result<(), Refused> {
        let Some(open) = self.state.dispute.as_ref() else { return Ok(()) };
        let (number, late) = (open.number, open.evidence.last().is_some_and(|piece| piece.late));
        let mut evidence = evidence.clone();
        evidence.record.late = late;
        evidence.record.at = self.now;
        if let Some(file) = &evidence.record.file {
            let Some(record) = self.dispute_mut(number) else { return Ok(()) };
            record.file_bytes = record.file_bytes.saturating_add(file.bytes);
            if record.file_bytes > DISPUTE_BYTES_MAX {
                let why = format!("a dispute takes at most {DISPUTE_BYTES_MAX} bytes of files");
                return Err(Refused::new(id::EVIDENCE, why));
            }
        }
        let given = self.happenings[told..].iter_mut().find(|h| h.kind == EventType::EvidenceSubmitted);
        if let Some(given) = given {
            given.data.insert("evidence".to_owned(), json!(evidence.record.id));
            let file = evidence.record.file.as_ref();
            let file =
                file.map(|f| json!({"sha256": f.sha256, "media_type": f.media_type, "bytes": f.bytes}));
            given.data.insert("file".to_owned(), file.unwrap_or(Value::Null));
        }
        self.docket.evidence.push(evidence);
        Ok(())
    }

    /// Records an input that the machines took.
    pub(super) fn record(&mut self, input: &ClockInput, maker: &Maker, open_before: Option<u32>) {
        let dispute = open_before.or(self.state.dispute.as_ref().map(|d| d.number));
        self.docket.actions.push(ActionRecord {
            at: self.now,
            by: maker.by.unwrap_or(By::System),
            key: maker.key.clone(),
            input: input.clone(),
            statement: None,
            dispute,
        });
    }

    /// Takes over what came of a step: the state, what is told, the dispute's papers, the seller's standing.
    pub(super) fn follow(&mut self, step: Step) {
        let mut told = step.happenings;
        let before = self.state.dispute.clone();
        self.note_dispute(before.as_ref(), step.state.dispute.as_ref(), &mut told);
        self.state = step.state;
        self.happenings.extend(told);
        for signal in step.signals {
            self.signal(signal);
        }
    }

    fn note_dispute(&mut self, before: Option<&Dispute>, after: Option<&Dispute>, told: &mut [Happening]) {
        let Some(number) = before.or(after).map(|d| d.number) else { return };
        let now = self.now;
        if before.is_none()
            && let Some(new) = after
        {
            self.docket.disputes.push(DisputeRecord {
                id: DisputeId::generate(now),
                order: self.case.order.order.id.clone(),
                dispute: new.clone(),
                state: new.stage.into(),
                changed_at: now,
                end: None,
                file_bytes: 0,
            });
        }
        let of_dispute = |h: &&mut Happening| h.kind.as_str().starts_with("dispute.");
        let Some(record) = self.dispute_mut(number) else { return };
        for happening in told.iter_mut().filter(of_dispute) {
            happening.data.insert("dispute".to_owned(), json!(record.id));
        }
        match after {
            Some(open) if record.dispute != *open => {
                record.dispute = open.clone();
                record.state = open.stage.into();
                record.changed_at = now;
            }
            Some(_) => {}
            None => {
                let ended = told.iter().rev().find_map(|h| Some((h, ending(h.kind)?)));
                if let Some((happening, state)) = ended {
                    record.state = state;
                    record.changed_at = happening.at;
                    let (rule, data) = (happening.rule.clone(), happening.data.clone());
                    record.end = Some(DisputeEnd { at: happening.at, rule, data });
                }
            }
        }
    }

    /// A dispute's record, as this change will write it.
    fn dispute_mut(&mut self, number: u32) -> Option<&mut DisputeRecord> {
        let changed = &mut self.docket.disputes;
        if !changed.iter().any(|record| record.dispute.number == number) {
            let known = self.case.disputes.iter().find(|record| record.dispute.number == number)?;
            changed.push(known.clone());
        }
        changed.iter_mut().find(|record| record.dispute.number == number)
    }

    /// Since when goods are under way again after a dispute: parcels that were given before no longer count.
    pub(super) fn goods_again_since(&self) -> Option<Timestamp> {
        let all = self.case.disputes.iter().chain(&self.docket.disputes);
        all.filter_map(DisputeRecord::goods_again_since).max()
    }

    fn standing(&self) -> Option<&StandingRecord> {
        self.docket.standing.as_ref().or(self.case.standing.as_ref())
    }

    /// What an order means for its seller.
    fn signal(&mut self, signal: Signal) {
        let order = &self.case.order.order;
        let Some(seller) = &order.seller else { return };
        let mut record = self.standing().cloned().unwrap_or_else(|| StandingRecord {
            seller: seller.clone(),
            standing: Standing::default(),
            revision: 0,
            rules: self.rules.version.clone(),
            order: None,
            due_at: None,
        });
        let (next, told) = standing::step(&record.standing, signal, self.rules, self.now);
        record.due_at = standing::next_due(&next, self.rules);
        record.standing = next;
        record.rules.clone_from(&self.rules.version);
        if signal == Signal::ExpiringDispute {
            record.order = Some(order.id.clone());
        }
        self.docket.standing = Some(record);
        self.tell_of_seller(told);
    }

    fn tell_of_seller(&mut self, told: Vec<Happening>) {
        let seller = json!(self.case.order.order.seller);
        self.happenings.extend(told.into_iter().map(|mut happening| {
            happening.data.insert("seller".to_owned(), seller.clone());
            happening
        }));
    }
}

fn ending(kind: EventType) -> Option<DisputeState> {
    match kind {
        EventType::DisputeExecuted => Some(DisputeState::Executed),
        EventType::DisputeRuled => Some(DisputeState::Ruled),
        EventType::DisputeCancelled => Some(DisputeState::Cancelled),
        _ => None,
    }
}
