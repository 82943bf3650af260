//! One order's case: what an arbiter reads.

use jiff::Timestamp;
use waygate_carriers::contract::{FailureKind, Reading};

use super::clock::{Mark, among_scans, marks};
use super::dispute::{DisputeCard, cards};
use super::facts::{Fact, facts};
use super::gate::Viewer;
use super::overview::{address, carrier_name, timer_words};
use super::timeline::{Timeline, Way};
use super::when::{When, distance, readable};
use super::words::{self, Badge};
use crate::domain::rules::Rules;
use crate::domain::verdict::{CheckOutcome, Effect, Outcome, Verdict};
use crate::store::{CaseFile, EventRecord, ObservationRecord, Papers, ShipmentRecord};

/// Most recorded answers that are shown for a parcel.
const ANSWERS_MAX: usize = 50;
/// Most events that are shown.
const EVENTS_MAX: usize = 100;

/// A case.
pub struct CaseView {
    /// The order.
    pub id: String,
    /// Seller, buyer, amount.
    pub parties: Vec<(&'static str, String)>,
    /// Where it stands.
    pub phase: &'static str,
    /// What its clock does next.
    pub next: Option<(&'static str, When, String)>,
    /// The rules that it began under.
    pub rules: String,
    /// Its milestones.
    pub marks: Vec<Mark>,
    /// Its disputes, newest first.
    pub disputes: Vec<DisputeCard>,
    /// Its parcels, newest first.
    pub parcels: Vec<ParcelView>,
    /// Its events, newest first.
    pub events: Vec<EventLine>,
    /// Events that are not shown.
    pub events_left_out: usize,
    /// The verdicts in one line, which a screen reader says when it changes.
    pub spoken: String,
}

/// One parcel of a case.
pub struct ParcelView {
    /// The shipment's id.
    pub id: String,
    /// What people call the carrier.
    pub carrier: String,
    /// The number.
    pub number: String,
    /// The number as it was typed, where that differs.
    pub typed: Option<String>,
    /// The carrier's own page for it.
    pub page: Option<String>,
    /// When it was given.
    pub given_at: When,
    /// What is worth saying of how the number was given: late, or in place of another.
    pub remarks: Vec<String>,
    /// The verdict.
    pub verdict: Badge,
    /// The verdict in a sentence.
    pub summary: String,
    /// When it was given, and under which policy.
    pub verdict_at: Option<(When, String)>,
    /// What the seller can do.
    pub ask_seller: Vec<String>,
    /// When a pending verdict turns by itself.
    pub turns: Option<(When, String)>,
    /// When the source is asked next, how far that is, and why.
    pub look: Option<(When, String, String)>,
    /// How often it was asked.
    pub looks: String,
    /// The checks: failed first.
    pub checks: Vec<CheckLine>,
    /// How far the parcel has come.
    pub way: Option<Way>,
    /// Order against carrier.
    pub facts: Vec<Fact>,
    /// The timeline.
    pub timeline: Option<Timeline>,
    /// When the tracking was fetched.
    pub fetched_at: Option<(When, String)>,
    /// What the latest answer said, where it was no tracking.
    pub failure: Option<String>,
    /// What there is to say where there is no tracking.
    pub nothing: &'static str,
    /// What the source says besides.
    pub notes: Vec<String>,
    /// The recorded answers, newest first.
    pub answers: Vec<AnswerLine>,
    /// Answers that are not shown.
    pub answers_left_out: usize,
    /// Other orders with the same number.
    pub others: Vec<OtherLine>,
}

/// One check.
pub struct CheckLine {
    /// Its id.
    pub id: String,
    /// What it asks.
    pub title: String,
    /// How it came out.
    pub outcome: Badge,
    /// What it does to the verdict.
    pub effect: &'static str,
    /// Whether it does something.
    pub weighs: bool,
    /// Why.
    pub reason: String,
}

/// One event.
pub struct EventLine {
    /// Its number.
    pub sequence: i64,
    /// Its type.
    pub kind: &'static str,
    /// The same in words.
    pub title: &'static str,
    /// The rule that made it.
    pub rule: Option<String>,
    /// When.
    pub at: When,
}

/// One recorded answer.
pub struct AnswerLine {
    /// Its id.
    pub id: String,
    /// Which source.
    pub source: String,
    /// When.
    pub at: When,
    /// HTTP status.
    pub status: Option<u16>,
    /// What it was read as.
    pub outcome: &'static str,
    /// The beginning of its hash.
    pub hash: String,
}

/// Another order with the same number.
pub struct OtherLine {
    /// The order.
    pub order: String,
    /// Its case.
    pub address: String,
    /// Its seller.
    pub seller: String,
    /// When the number was given there.
    pub at: Option<When>,
    /// Its verdict.
    pub verdict: Badge,
}

impl CaseView {
    /// A case as a viewer may see it.
    pub fn of(
        case: &CaseFile,
        events: &[EventRecord],
        papers: &Papers,
        viewer: &Viewer,
        rules: &Rules,
        now: Timestamp,
    ) -> Self {
        let (order, state) = (&case.order.order, &case.order.state);
        let parties = [
            ("Seller", order.seller.clone()),
            ("Buyer", order.buyer.clone()),
            ("Value", order.amount.as_ref().map(ToString::to_string)),
            ("Parcels", (case.shipments.len() > 1).then(|| case.shipments.len().to_string())),
        ];
        let parcels: Vec<_> = case.shipments.iter().rev().map(|s| parcel(case, s, viewer, now)).collect();
        let spoken = parcels.iter().map(|p| format!("{}: {}", p.number, p.verdict.word));
        Self {
            spoken: format!(
                "Order {}, {}. {}",
                order.id,
                words::stand(state),
                spoken.collect::<Vec<_>>().join(". ")
            ),
            id: order.id.clone(),
            parties: parties.into_iter().filter_map(|(name, value)| value.map(|v| (name, v))).collect(),
            phase: words::stand(state),
            next: case.order.next_timer_at.map(|at| (timer_words(state), When::utc(at), distance(at, now))),
            rules: state.rules.clone(),
            marks: marks(order, state, rules, now),
            disputes: cards(case, papers, viewer, rules, now),
            parcels,
            events: events.iter().rev().take(EVENTS_MAX).map(event).collect(),
            events_left_out: events.len().saturating_sub(EVENTS_MAX),
        }
    }
}

fn event(event: &EventRecord) -> EventLine {
    EventLine {
        sequence: event.sequence,
        kind: event.kind.as_str(),
        title: words::event(event.kind),
        rule: event.rule.clone(),
        at: When::short(event.at),
    }
}

fn parcel(case: &CaseFile, shipment: &ShipmentRecord, viewer: &Viewer, now: Timestamp) -> ParcelView {
    let (order, state) = (&case.order.order, &case.order.state);
    let tracking = shipment.tracking.as_ref().and_then(Reading::tracking);
    let verdict = shipment.verdict.as_ref();
    let checks = verdict.map(checks).unwrap_or_default();
    let mine = case.observations.iter().filter(|(id, _)| *id == shipment.id).map(|(_, o)| o);
    let answers: Vec<&ObservationRecord> = mine.rev().collect();
    let given = shipment.claim.submitted_at.unwrap_or(shipment.created_at);
    let milestones = || among_scans(order, state, given);
    ParcelView {
        id: shipment.id.to_string(),
        carrier: carrier_name(shipment),
        number: shipment.claim.tracking_number.clone(),
        typed: Some(shipment.input.clone()).filter(|typed| *typed != shipment.claim.tracking_number),
        page: official_page(shipment),
        given_at: When::utc(given),
        remarks: remarks(shipment),
        verdict: words::outcome(verdict.map(|v| v.verdict)),
        summary: summary(verdict, &checks),
        verdict_at: verdict.zip(shipment.verdict_at).map(|(v, at)| (When::utc(at), v.policy.clone())),
        ask_seller: verdict.map(|v| v.ask_seller.clone()).unwrap_or_default(),
        turns: verdict.and_then(|v| v.turns_at).map(|at| (When::utc(at), distance(at, now))),
        look: shipment
            .next_look_at
            .map(|at| (When::utc(at), distance(at, now), shipment.next_look_why.clone().unwrap_or_default())),
        looks: match shipment.looks {
            0 => "never".to_owned(),
            1 => "once".to_owned(),
            looks => format!("{looks} times"),
        },
        checks,
        way: tracking.map(Way::of),
        facts: tracking.map(|t| facts(order, state, shipment, t)).unwrap_or_default(),
        timeline: tracking.map(|t| Timeline::of(t, milestones(), shipment.tracking_at.unwrap_or(now))),
        fetched_at: tracking.and(shipment.tracking_at).map(|at| (When::utc(at), distance(at, now))),
        failure: answers.first().and_then(|a| failure(a, now)),
        nothing: nothing(shipment, answers.first().copied()),
        notes: tracking.map(|t| t.notes.clone()).unwrap_or_default(),
        answers_left_out: answers.len().saturating_sub(ANSWERS_MAX),
        answers: answers.into_iter().take(ANSWERS_MAX).map(answer).collect(),
        others: if viewer.sees_all() { others(case, shipment) } else { Vec::new() },
    }
}

/// What is worth saying of how a number was given.
fn remarks(shipment: &ShipmentRecord) -> Vec<String> {
    let delivered_at = shipment.verdict.as_ref().and_then(|v| v.delivered_at);
    let late = shipment.claim.lateness(delivered_at).into_iter().map(words::late).map(str::to_owned);
    let corrects = shipment.claim.corrects.iter().map(|old| format!("Given in place of the number of {old}"));
    let corrected = shipment
        .corrected_by
        .iter()
        .map(|new| format!("Corrected by {new}: this number stays on record and counts for nothing more"));
    corrected.chain(corrects).chain(late).collect()
}

/// The carrier's own page for the number.
fn official_page(shipment: &ShipmentRecord) -> Option<String> {
    let facts = waygate_carriers::registry::registry().carrier(shipment.carrier.as_ref()?)?;
    let number: String =
        url::form_urlencoded::byte_serialize(shipment.claim.tracking_number.as_bytes()).collect();
    Some(facts.tracking_url.as_ref()?.replace("{n}", &number)).filter(|url| url.starts_with("https://"))
}

fn checks(verdict: &Verdict) -> Vec<CheckLine> {
    let mut checks: Vec<_> = verdict.checks.iter().collect();
    checks.sort_by_key(|check| match check.outcome {
        CheckOutcome::Fail => 0,
        CheckOutcome::Unknown => 1,
        CheckOutcome::Pass => 2,
        CheckOutcome::NotApplicable => 3,
    });
    let line = |check: &crate::domain::verdict::Check| CheckLine {
        title: words::check_title(&check.id).map_or_else(|| check.id.clone(), str::to_owned),
        id: check.id.clone(),
        outcome: words::check(check.outcome),
        effect: words::effect(check.effect),
        weighs: check.effect != Effect::None,
        reason: readable(&check.reason),
    };
    checks.into_iter().map(line).collect()
}

/// The verdict in a sentence: what it is, and the first thing that speaks for it.
fn summary(verdict: Option<&Verdict>, checks: &[CheckLine]) -> String {
    let Some(verdict) = verdict else {
        return "The number was taken; it is judged as soon as its source was asked.".to_owned();
    };
    let first = |badge: Badge| checks.iter().find(|c| c.outcome == badge).map(|c| c.reason.as_str());
    let failed = first(words::check(CheckOutcome::Fail)).filter(|r| !r.is_empty());
    let unknown = first(words::check(CheckOutcome::Unknown)).filter(|r| !r.is_empty());
    let because =
        |why: Option<&str>| why.map(|w| format!(": {}", w.trim_end_matches('.'))).unwrap_or_default();
    match verdict.verdict {
        Outcome::Verified if verdict.delivered_at.is_some() => {
            "The official source shows this order's parcel, delivered.".to_owned()
        }
        Outcome::Verified => "The official source shows this order's parcel on its way.".to_owned(),
        Outcome::Pending => {
            format!("Nothing speaks against it; not enough is known yet{}.", because(unknown))
        }
        Outcome::Suspicious => {
            format!("Something speaks against it; a person should look{}.", because(failed))
        }
        Outcome::Rejected => format!("The number is false for this order{}.", because(failed)),
        Outcome::Unverifiable => format!("No recognized official source can answer{}.", because(failed)),
    }
}

/// What an answer without a tracking said.
fn failure(answer: &ObservationRecord, now: Timestamp) -> Option<String> {
    let Reading::Failed(failure) = &answer.reading else { return None };
    let said = match failure.kind {
        FailureKind::NotFound => "does not know the number",
        FailureKind::Inconclusive => "could not tell",
        FailureKind::Refused => "refused to answer",
        FailureKind::RateLimited => "asked to come back later",
        FailureKind::Unavailable => "is down",
        FailureKind::Malformed => "gave an answer that cannot be read",
    };
    let counts = if failure.kind == FailureKind::NotFound { "" } else { " This never worsens a verdict." };
    Some(format!("{} {said} (asked {}).{counts}", answer.source, distance(answer.fetched_at, now)))
}

/// What there is to say where there is no tracking.
fn nothing(shipment: &ShipmentRecord, latest: Option<&ObservationRecord>) -> &'static str {
    let outcome = shipment.verdict.as_ref().map(|v| v.verdict);
    match (outcome, latest) {
        (Some(Outcome::Unverifiable), _) => "There is no recognized official source for this carrier to ask.",
        (Some(Outcome::Rejected), None) => "The number was refused before any source was asked.",
        (_, None) => "The official source has not been asked yet.",
        (Some(Outcome::Rejected), Some(_)) => "The official source has shown nothing for this number.",
        (_, Some(_)) => "The official source shows nothing yet. A fresh label may take 24 h to show.",
    }
}

fn answer(record: &ObservationRecord) -> AnswerLine {
    let hash = record.body_sha256.as_deref().unwrap_or_default();
    AnswerLine {
        id: record.id.to_string(),
        source: record.source.to_string(),
        at: When::short(record.fetched_at),
        status: record.http_status,
        outcome: match &record.reading {
            Reading::Found(tracking) => words::status(tracking.status),
            Reading::Failed(failure) => match failure.kind {
                FailureKind::NotFound => "Not known",
                FailureKind::Inconclusive => "Cannot tell",
                FailureKind::Refused => "Refused",
                FailureKind::RateLimited => "Come back later",
                FailureKind::Unavailable => "Down",
                FailureKind::Malformed => "Not readable",
            },
        },
        hash: hash.chars().take(16).collect(),
    }
}

fn others(case: &CaseFile, shipment: &ShipmentRecord) -> Vec<OtherLine> {
    let mine = case.other_claims.iter().filter(|(id, _)| *id == shipment.id).map(|(_, other)| other);
    let line = |other: &crate::domain::shipment::OtherClaim| OtherLine {
        order: other.order.clone(),
        address: address(&other.order),
        seller: other.seller.clone().unwrap_or_default(),
        at: other.submitted_at.map(When::short),
        verdict: words::outcome(other.verdict),
    };
    mine.map(line).collect()
}
