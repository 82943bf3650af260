//! What follows: an order's case file and one thing that happened, to the change that must be written. Pure, so that a
//! change can be computed again when another one came between.

mod docket;
mod tellings;

use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use waygate_carriers::contract::{Reading, Tracking};
use waygate_carriers::journey;
use waygate_carriers::registry::Registry;

pub use docket::{DISPUTE_BYTES_MAX, Maker};
use tellings::{particulars, submitted, tracking_updated, verdict_given};

use super::parcels;
use crate::domain::calendar::shifted;
use crate::domain::channels::Channels;
use crate::domain::event::{EventType, Happening};
use crate::domain::lifecycle::{self, By, Input as ClockInput, OrderState, Refused};
use crate::domain::observation::Observation;
use crate::domain::order::Order;
use crate::domain::personal::Veil;
use crate::domain::policy::Policy;
use crate::domain::rules::Rules;
use crate::domain::shipment::OtherClaim;
use crate::domain::verdict::{Basis, FactsText, Outcome, Tables, Verdict};
use crate::ids::{KeyId, ShipmentId, VerdictId};
use crate::store::{
    CaseFile, Change, Docket, IdempotencyRecord, NewEvidence, ObservationRecord, ShipmentRecord,
    StoredAnswer, VerdictRecord,
};

/// How long until a claim that cannot be verified is judged anew.
const UNVERIFIABLE_AGAIN: SignedDuration = SignedDuration::from_hours(24);

/// The versions of all that a change is computed with.
#[derive(Clone, Copy)]
pub struct Rulebook {
    /// What carriers are.
    pub registry: &'static Registry,
    /// Which are recognized.
    pub channels: &'static Channels,
    /// How verdicts are made.
    pub policy: &'static Policy,
    /// How clocks run.
    pub rules: &'static Rules,
}

/// What happened.
#[derive(Debug, Clone)]
pub enum Input {
    /// A number was given.
    Submitted {
        /// The new shipment.
        shipment: Box<ShipmentRecord>,
        /// Whether these are the last goods of the order, so that its protection begins.
        all_goods: bool,
        /// By which key.
        key: Option<KeyId>,
    },
    /// A number was given in place of another.
    Corrected {
        /// The shipment whose number was wrong.
        old: ShipmentId,
        /// The new shipment.
        shipment: Box<ShipmentRecord>,
    },
    /// A source was asked.
    Looked {
        /// For which shipment.
        shipment: ShipmentId,
        /// The answers.
        answers: Vec<StoredAnswer>,
        /// The earliest time at which it makes sense to ask again, where the source or its budget says so.
        not_before: Option<NotBefore>,
    },
    /// The carrier told something by itself.
    Pushed {
        /// For which shipment.
        shipment: ShipmentId,
        /// What it told.
        answer: Box<StoredAnswer>,
        /// Whether that is all that is known of the parcel, or only what is new.
        whole: bool,
    },
    /// A shipment must be judged again: time has passed, or another order named its number.
    Judge(ShipmentId),
    /// Somebody does something about the order or its dispute.
    Act(Box<Acted>),
    /// A timer is due.
    Clock,
}

/// What somebody does about an order.
#[derive(Debug, Clone)]
pub struct Acted {
    /// What.
    pub input: ClockInput,
    /// Who.
    pub maker: Maker,
    /// What they say of it.
    pub statement: Option<String>,
    /// The number of the dispute that it is about; it is refused where that has ended.
    pub dispute: Option<u32>,
    /// The evidence that is given with it.
    pub evidence: Option<NewEvidence>,
}

impl Acted {
    /// An act without words.
    pub fn new(input: ClockInput, by: By, key: Option<KeyId>) -> Self {
        Self { input, maker: Maker::new(by, key), statement: None, dispute: None, evidence: None }
    }
}

/// Before when it makes no sense to ask a source again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotBefore {
    /// The time.
    pub at: Timestamp,
    /// Why, in words.
    pub why: String,
}

/// How the rim spreads the times at which sources are asked.
#[derive(Debug, Clone, Copy)]
pub struct Spread {
    /// A number in [0, 1).
    pub jitter: f64,
}

/// Computes the change.
pub fn advance(
    case: &CaseFile,
    input: &Input,
    book: Rulebook,
    can_answer: &dyn Fn(&ShipmentRecord) -> bool,
    spread: Spread,
    now: Timestamp,
    idempotency: Option<IdempotencyRecord>,
) -> Result<Change, Refused> {
    let order = &case.order.order;
    let mut run = Run {
        case,
        book,
        // The order keeps the version that it began under.
        rules: Rules::built_in(&case.order.state.rules).unwrap_or(book.rules),
        now,
        spread,
        can_answer,
        state: case.order.state.clone(),
        shipments: Vec::new(),
        verdicts: Vec::new(),
        happenings: Vec::new(),
        docket: Docket::default(),
    };
    // Timers that are due go first: at the very end, time is up.
    let due = lifecycle::fire_due(&run.state, order, run.rules, now);
    run.fire_standing();
    run.follow(due);
    run.happenings.sort_by_key(|happening| happening.at);
    let has_fired = run.state != case.order.state;
    let mut answers = Vec::new();
    let mut judge_others = Vec::new();
    match input {
        Input::Submitted { shipment, all_goods, key } => {
            run.may_ship()?;
            run.happenings.push(submitted(shipment, now));
            let maker = Maker::new(By::Seller, key.clone());
            run.step(&ClockInput::ConfirmShipment { all_goods: *all_goods }, &maker)?;
            judge_others.push(shipment.claim.tracking_number.clone());
            run.judge(shipment.as_ref().clone(), &[], None);
        }
        Input::Corrected { old, shipment } => {
            let mut corrected = run.shipment(old).ok_or_else(unknown_shipment)?;
            if let Some(refused) = super::correction_refused(case, &corrected) {
                return Err(refused);
            }
            let mut told = submitted(shipment, now);
            told.data.insert("corrects".to_owned(), json!(old));
            run.happenings.push(told);
            judge_others.extend([&corrected, shipment].map(|s| s.claim.tracking_number.clone()));
            corrected.corrected_by = Some(shipment.id.clone());
            corrected.next_look_at = None;
            corrected.next_look_why = None;
            corrected.judge_at = None;
            run.shipments.push(corrected);
            run.judge(shipment.as_ref().clone(), &[], None);
        }
        Input::Looked { shipment, answers: got, not_before } => {
            answers = got.iter().map(|answer| (shipment.clone(), answer.clone())).collect();
            if let Some(mut record) = run.shipment(shipment) {
                run.look(&mut record, got);
                let records: Vec<_> = got.iter().map(|answer| answer.record.clone()).collect();
                run.judge(record, &records, not_before.as_ref());
            }
        }
        Input::Pushed { shipment, answer, whole } => {
            if let Some(mut record) = run.shipment(shipment)
                && let Some(answer) = news(&record, answer, *whole)
            {
                run.told(&mut record, &answer.record);
                run.judge(record, std::slice::from_ref(&answer.record), None);
                answers.push((shipment.clone(), answer));
            }
        }
        Input::Judge(shipment) => {
            if let Some(record) = run.shipment(shipment) {
                run.judge(record, &[], None);
            }
        }
        Input::Act(acted) => run.act(acted)?,
        Input::Clock => {}
    }
    // Every other input fires the timers when it is taken again; where there is none, that they fired is one itself.
    if has_fired && run.docket.actions.is_empty() {
        run.record(
            &ClockInput::Clock,
            &Maker::default(),
            case.order.state.dispute.as_ref().map(|d| d.number),
        );
    }
    // What happened is told to others and kept long: nothing of persons is written into it in the first place.
    let told = answers.iter().map(|(_, answer)| &answer.record.reading);
    let known = case.observations.iter().map(|(_, observation)| &observation.reading);
    let veil = Veil::of(Some(order), told.chain(known));
    run.happenings.iter_mut().for_each(|happening| veil.data(&mut happening.data));
    Ok(Change {
        order: order.id.clone(),
        revision: case.order.revision,
        at: now,
        next_timer_at: lifecycle::next_due(&run.state, order, run.rules),
        state: run.state,
        shipments: run.shipments,
        answers,
        verdicts: run.verdicts,
        happenings: run.happenings,
        judge_others,
        claims: match input {
            Input::Submitted { shipment, .. } | Input::Corrected { shipment, .. } => {
                vec![(shipment.id.clone(), order.clone())]
            }
            _ => Vec::new(),
        },
        docket: run.docket,
        idempotency,
    })
}

struct Run<'a> {
    case: &'a CaseFile,
    book: Rulebook,
    rules: &'static Rules,
    now: Timestamp,
    spread: Spread,
    can_answer: &'a dyn Fn(&ShipmentRecord) -> bool,
    state: OrderState,
    shipments: Vec<ShipmentRecord>,
    verdicts: Vec<(ShipmentId, VerdictRecord)>,
    happenings: Vec<Happening>,
    docket: Docket,
}

impl Run<'_> {
    fn shipment(&self, id: &ShipmentId) -> Option<ShipmentRecord> {
        // What was corrected stays as it was then.
        self.case.shipments.iter().find(|s| s.id == *id && s.corrected_by.is_none()).cloned()
    }

    /// The order's other shipments that count: those whose number was not corrected.
    fn siblings<'s>(&'s self, shipment: &'s ShipmentRecord) -> impl Iterator<Item = &'s ShipmentRecord> {
        let corrected = shipment.claim.corrects.as_deref();
        let counts = move |s: &&ShipmentRecord| {
            s.id != shipment.id && s.corrected_by.is_none() && corrected != Some(s.id.as_str())
        };
        self.case.shipments.iter().filter(counts)
    }

    fn step(&mut self, input: &ClockInput, maker: &Maker) -> Result<(), Refused> {
        let open_before = self.state.dispute.as_ref().map(|d| d.number);
        let step = lifecycle::step(&self.state, &self.case.order.order, self.rules, input, self.now)?;
        // What is shown of an order that has ended changes nothing, however often it is shown.
        let is_idle = matches!(input, ClockInput::Shown(_)) && step.state == self.state;
        self.follow(step);
        if !is_idle {
            self.record(input, maker, open_before);
        }
        Ok(())
    }

    /// Takes over what the answers say of the parcel.
    fn look(&mut self, shipment: &mut ShipmentRecord, answers: &[StoredAnswer]) {
        shipment.looks = shipment.looks.saturating_add(1);
        for answer in answers {
            self.told(shipment, &answer.record);
        }
    }

    fn told(&mut self, shipment: &mut ShipmentRecord, answer: &ObservationRecord) {
        let Some(tracking) = answer.reading.tracking() else { return };
        let before = shipment.tracking.as_ref().and_then(Reading::tracking);
        if !before.is_some_and(|before| tell_the_same(before, tracking)) {
            self.happenings.push(tracking_updated(shipment, tracking, self.now));
        }
        shipment.tracking = Some(answer.reading.clone());
        shipment.tracking_at = Some(answer.fetched_at);
    }

    /// Judges a shipment on all that is known of it, new answers included, and says what changed.
    fn judge(
        &mut self,
        mut shipment: ShipmentRecord,
        new: &[ObservationRecord],
        not_before: Option<&NotBefore>,
    ) {
        let (verdict, basis) = self.verdict_of(&shipment, new);
        let before = shipment.verdict.take();
        if before.as_ref().is_none_or(|b| differs(b, &verdict)) {
            let record = VerdictRecord {
                id: VerdictId::generate(self.now),
                at: self.now,
                verdict: verdict.clone(),
                basis: Some(basis),
            };
            self.verdicts.push((shipment.id.clone(), record));
            shipment.verdict_at = Some(self.now);
        }
        if let Some(kind) = told(before.as_ref(), verdict.verdict) {
            self.happenings.push(verdict_given(kind, &shipment, &verdict, self.now));
        }
        // A source may be switched on, or a carrier be recognized, later: what cannot be verified is judged anew then.
        let again = (verdict.verdict == Outcome::Unverifiable).then(|| self.now + UNVERIFIABLE_AGAIN);
        shipment.judge_at = verdict.turns_at.filter(|at| *at > self.now).or(again);
        let planned = verdict.next_look_at.map(|at| self.spread.apply(self.now, at));
        // A look that is due may be under way: who judges meanwhile leaves it to whoever makes it.
        let is_looked = !new.is_empty() || not_before.is_some();
        let due = shipment.next_look_at.filter(|at| !is_looked && *at <= self.now);
        let planned = planned.map(|at| due.unwrap_or(at));
        let later = not_before.filter(|not_before| planned.is_some_and(|at| at < not_before.at));
        shipment.next_look_at = later.map(|later| later.at).or(planned);
        shipment.next_look_why = match later {
            Some(later) => Some(later.why.clone()),
            None => planned.and(verdict.next_look_why.clone()),
        };
        shipment.verdict = Some(verdict);
        let named = particulars(&shipment);
        let since = self.goods_again_since();
        let counting = self.siblings(&shipment).chain([&shipment]);
        let parcel = parcels::together(counting.filter(|s| since.is_none_or(|at| s.created_at >= at)));
        self.shipments.push(shipment);
        if parcel != self.state.parcel {
            let told = self.happenings.len();
            // What is shown is never refused; where the order is past it, nothing follows.
            let _ = self.step(&ClockInput::Shown(parcel), &Maker::default());
            for happening in
                self.happenings[told..].iter_mut().filter(|h| h.kind == EventType::DeliveryVerified)
            {
                happening.data.extend(named.clone());
            }
        }
    }

    fn verdict_of(&self, shipment: &ShipmentRecord, new: &[ObservationRecord]) -> (Verdict, Basis) {
        let order = &self.case.order.order;
        let known = self.case.observations.iter().filter(|(id, _)| *id == shipment.id).map(|(_, o)| o);
        let records: Vec<&ObservationRecord> = known.chain(new).collect();
        let observations: Vec<Observation> = records.iter().map(|record| observation(record)).collect();
        let others = self.case.other_claims.iter().filter(|(id, _)| *id == shipment.id);
        let siblings = self.siblings(shipment);
        let can_answer = (self.can_answer)(shipment);
        let basis = Basis {
            now: self.now,
            observations: records.iter().map(|record| record.id.to_string()).collect(),
            other_claims: others
                .map(|(_, claim)| claim.clone())
                .chain(siblings.map(|s| sibling(order, s)))
                .collect(),
            seller_record: self.case.seller_record,
            dispute_opened_at: self.state.dispute.as_ref().map(|d| d.filed_at),
            source_can_answer: can_answer,
            awaits_answer: can_answer,
            facts: Some(FactsText::compiled_in()),
        };
        let tables =
            Tables { registry: self.book.registry, channels: self.book.channels, policy: self.book.policy };
        (basis.judge(tables, order, &shipment.claim, &observations), basis)
    }
}

impl Spread {
    /// A tenth earlier or later, so that parcels that were submitted together are not asked for together for ever.
    fn apply(self, now: Timestamp, at: Timestamp) -> Timestamp {
        let ahead = at.duration_since(now);
        let shift = ahead.mul_f64(0.2 * (self.jitter - 0.5));
        shifted(at, shift).max(now)
    }
}

/// Whether two trackings tell the same of the parcel's way.
fn tell_the_same(one: &Tracking, other: &Tracking) -> bool {
    (one.status, &one.checkpoints) == (other.status, &other.checkpoints)
}

/// What a carrier told by itself, joined with what is known; none where it is nothing new. Carriers push most things
/// several times.
fn news(shipment: &ShipmentRecord, answer: &StoredAnswer, whole: bool) -> Option<StoredAnswer> {
    let told = answer.record.reading.tracking()?;
    let mut answer = answer.clone();
    if let Some(known) = shipment.tracking.as_ref().and_then(Reading::tracking) {
        let joined = if whole { told.clone() } else { journey::joined(known, told.clone()) };
        if tell_the_same(known, &joined) {
            return None;
        }
        answer.record.reading = joined.into();
    }
    Some(answer)
}

/// Another parcel of the same order.
fn sibling(order: &Order, shipment: &ShipmentRecord) -> OtherClaim {
    let told = shipment.tracking.as_ref().and_then(Reading::tracking);
    OtherClaim {
        order: order.id.clone(),
        seller: order.seller.clone(),
        buyer: order.buyer.clone(),
        carrier: Some(shipment.claim.carrier.clone()),
        tracking_number: shipment.claim.tracking_number.clone(),
        submitted_at: Some(shipment.claim.given_at(shipment.created_at)),
        ship_to: None,
        combined_with: shipment.claim.combined_with.clone(),
        weight_grams: told.and_then(|t| t.weight_grams),
        verdict: shipment.verdict.as_ref().map(|v| v.verdict),
    }
}

fn observation(record: &ObservationRecord) -> Observation {
    Observation {
        carrier: record.carrier.clone(),
        source: Some(record.source.clone()),
        official: true,
        fetched_at: record.fetched_at,
        reading: record.reading.clone(),
    }
}

/// Whether a verdict says something that the one before did not. Times of further looks do not count, nor does newer
/// evidence for the same.
fn differs(before: &Verdict, after: &Verdict) -> bool {
    let outcomes = |verdict: &Verdict| -> Vec<_> {
        verdict.checks.iter().map(|c| (c.id.clone(), c.outcome, c.effect)).collect()
    };
    (before.verdict, before.delivered_at, &before.policy)
        != (after.verdict, after.delivered_at, &after.policy)
        || outcomes(before) != outcomes(after)
}

fn told(before: Option<&Verdict>, after: Outcome) -> Option<EventType> {
    if before.is_some_and(|b| b.verdict == after) {
        return None;
    }
    match after {
        Outcome::Verified => Some(EventType::ShipmentVerified),
        Outcome::Suspicious => Some(EventType::ShipmentSuspicious),
        Outcome::Rejected => Some(EventType::ShipmentRejected),
        Outcome::Unverifiable => Some(EventType::ShipmentUnverifiable),
        Outcome::Pending => None,
    }
}

fn unknown_shipment() -> Refused {
    Refused::new("correction.once", "this number was corrected already, or is not of this order")
}
