//! The disputes of a case, as an arbiter reads them: what is asked, what each side shows, what was done, which clocks run,
//! and what is recommended by which rule.

use jiff::Timestamp;
use serde_json::Value;

use super::gate::Viewer;
use super::when::{When, distance};
use super::words::Badge;
use crate::domain::lifecycle::dispute::{Act, Kind, Proposal, Reason, Remedy, RuledFor, Side};
use crate::domain::lifecycle::{self, By, Clock, Input, Recommendation};
use crate::domain::money::Money;
use crate::domain::rules::Rules;
use crate::gateway::hindsight;
use crate::store::{ActionRecord, CaseFile, DisputeEnd, DisputeRecord, DisputeState, EvidenceRecord, Papers};

/// Most things done that are shown of one dispute.
const THREAD_MAX: usize = 100;

/// One dispute.
pub struct DisputeCard {
    /// Its id.
    pub id: String,
    /// How many of its order's it is.
    pub number: u32,
    /// How far it has come.
    pub state: Badge,
    /// Why the buyer filed.
    pub reason: &'static str,
    /// What the buyer asks for.
    pub asks: String,
    /// What the seller offers instead.
    pub offers: Option<String>,
    /// When it was filed, and how far that is.
    pub filed: (When, String),
    /// How it ended.
    pub end: Option<EndLine>,
    /// What is waited for.
    pub clocks: Vec<ClockLine>,
    /// What is recommended.
    pub advice: Option<Advice>,
    /// For one that has ended: what would be recommended now, where that differs.
    pub hindsight: Option<(Advice, Advice)>,
    /// The evidence, oldest first.
    pub evidence: Vec<EvidenceLine>,
    /// What was done, oldest first.
    pub thread: Vec<ThreadLine>,
    /// Earlier things that are not shown.
    pub thread_left_out: usize,
}

/// How a dispute ended.
pub struct EndLine {
    /// When.
    pub at: When,
    /// By which rule.
    pub rule: String,
    /// Why.
    pub why: String,
    /// What went where.
    pub money: Vec<(&'static str, String)>,
}

/// A clock.
pub struct ClockLine {
    /// What is due.
    pub name: &'static str,
    /// When.
    pub at: When,
    /// How far that is.
    pub distance: String,
    /// By which rule.
    pub rule: &'static str,
    /// `due` or `late`.
    pub state: &'static str,
}

/// A recommendation.
pub struct Advice {
    /// For whom.
    pub side: Badge,
    /// By which rule.
    pub rule: &'static str,
    /// What the rule says.
    pub says: String,
    /// What speaks for the buyer.
    pub for_buyer: Vec<&'static str>,
    /// What speaks for the seller.
    pub for_seller: Vec<&'static str>,
}

/// A piece of evidence.
pub struct EvidenceLine {
    /// Its id.
    pub id: String,
    /// Whose.
    pub by: &'static str,
    /// What sort.
    pub kind: &'static str,
    /// What it shows.
    pub text: String,
    /// When it was given.
    pub at: When,
    /// Whether too late.
    pub late: bool,
    /// Its file.
    pub file: Option<FileLine>,
}

/// A file.
pub struct FileLine {
    /// Where it can be had.
    pub address: String,
    /// What the bytes are.
    pub media_type: &'static str,
    /// How large.
    pub size: String,
    /// The beginning of its hash.
    pub hash: String,
    /// How often it was looked at, where that is told.
    pub looks: Option<String>,
}

/// One thing that was done.
pub struct ThreadLine {
    /// Its place.
    pub number: usize,
    /// When.
    pub at: When,
    /// Who.
    pub by: &'static str,
    /// What.
    pub what: String,
    /// What they say of it.
    pub statement: Option<String>,
    /// By which key, where that is told.
    pub key: Option<String>,
}

/// All disputes of a case, newest first.
pub fn cards(
    case: &CaseFile,
    papers: &Papers,
    viewer: &Viewer,
    rules: &Rules,
    now: Timestamp,
) -> Vec<DisputeCard> {
    case.disputes.iter().rev().map(|record| card(case, record, papers, viewer, rules, now)).collect()
}

fn card(
    case: &CaseFile,
    record: &DisputeRecord,
    papers: &Papers,
    viewer: &Viewer,
    rules: &Rules,
    now: Timestamp,
) -> DisputeCard {
    let (order, state) = (&case.order.order, &case.order.state);
    let dispute = &record.dispute;
    let runs = state.dispute.as_ref().is_some_and(|open| open.number == dispute.number);
    let sees_all = viewer.sees_all();
    let done: Vec<&ActionRecord> =
        papers.actions.iter().filter(|action| action.dispute == Some(dispute.number)).collect();
    let left_out = done.len().saturating_sub(THREAD_MAX);
    let lines = done.into_iter().enumerate().skip(left_out);
    let evidence = papers.evidence.iter().filter(|e| e.dispute == dispute.number);
    let clocks = if runs { lifecycle::clocks(state, order, rules) } else { Vec::new() };
    let advice = lifecycle::recommendation(state, order, rules, now).filter(|_| runs);
    DisputeCard {
        id: record.id.to_string(),
        number: dispute.number,
        state: state_badge(record.state),
        reason: reason(dispute.reason),
        asks: proposal(&dispute.proposal),
        offers: dispute.counter_offer.as_ref().map(proposal),
        filed: (When::utc(dispute.filed_at), distance(dispute.filed_at, now)),
        end: record.end.as_ref().map(end),
        clocks: clocks.into_iter().map(|c| clock(&c, now)).collect(),
        advice: advice.map(|a| advise(a, rules)),
        hindsight: hindsight(case, papers, record)
            .map(|h| (advise(h.recommended_then, rules), advise(h.recommended_now, rules))),
        evidence: evidence.map(|e| piece(e, papers, sees_all)).collect(),
        thread: lines.map(|(number, action)| line(number + 1, action, sees_all)).collect(),
        thread_left_out: left_out,
    }
}

fn clock(clock: &Clock, now: Timestamp) -> ClockLine {
    ClockLine {
        name: match clock.name.as_str() {
            "answer_due_at" => "The seller’s answer",
            "submission_due_at" => "Goes to the arbiter by itself",
            "evidence_due_at_buyer" => "The buyer’s evidence",
            "evidence_due_at_seller" => "The seller’s evidence",
            _ => "Due",
        },
        at: When::utc(clock.at),
        distance: distance(clock.at, now),
        rule: clock.rule,
        state: if clock.at <= now { "late" } else { "due" },
    }
}

fn end(end: &DisputeEnd) -> EndLine {
    let text = |name: &str| end.data.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let money = |name: &str| serde_json::from_value::<Money>(end.data.get(name)?.clone()).ok();
    let moved = [("To the buyer", money("refund")), ("To the seller", money("release"))];
    EndLine {
        at: When::utc(end.at),
        rule: end.rule.clone().unwrap_or_default(),
        why: text("why"),
        money: moved.into_iter().filter_map(|(whose, sum)| Some((whose, sum?.to_string()))).collect(),
    }
}

fn advise(told: Recommendation, rules: &Rules) -> Advice {
    let rule = rules.rows.iter().find(|row| row.id == told.rule);
    Advice {
        side: match told.side {
            Some(Side::Buyer) => Badge { tone: "wait", icon: "check", word: "For the buyer" },
            Some(Side::Seller) => Badge { tone: "wait", icon: "check", word: "For the seller" },
            None => Badge { tone: "none", icon: "question", word: "None: weigh both sides" },
        },
        rule: told.rule,
        says: rule.map(|row| row.says.clone()).unwrap_or_default(),
        for_buyer: told.for_buyer,
        for_seller: told.for_seller,
    }
}

fn piece(evidence: &EvidenceRecord, papers: &Papers, sees_all: bool) -> EvidenceLine {
    let looks = papers.looks.iter().filter(|look| look.evidence == evidence.id).count();
    let looks = match looks {
        0 => "not looked at yet".to_owned(),
        1 => "looked at once".to_owned(),
        times => format!("looked at {times} times"),
    };
    EvidenceLine {
        id: evidence.id.to_string(),
        by: side(evidence.by),
        kind: kind(evidence.kind),
        text: evidence.text.clone(),
        at: When::short(evidence.at),
        late: evidence.late,
        file: evidence.file.as_ref().map(|file| FileLine {
            address: format!("/v1/evidence/{}/file", evidence.id),
            media_type: file.media_type.as_str(),
            size: size(file.bytes),
            hash: file.sha256.chars().take(16).collect(),
            looks: sees_all.then_some(looks),
        }),
    }
}

/// A size in the unit that people would use.
fn size(bytes: u64) -> String {
    match bytes {
        0..=1_023 => format!("{bytes} B"),
        1_024..=1_048_575 => format!("{} KiB", bytes.div_ceil(1_024)),
        _ => format!("{}.{} MiB", bytes >> 20, ((bytes % (1 << 20)) * 10) >> 20),
    }
}

fn line(number: usize, action: &ActionRecord, sees_all: bool) -> ThreadLine {
    ThreadLine {
        number,
        at: When::short(action.at),
        by: match action.by {
            By::Buyer => "Buyer",
            By::Seller => "Seller",
            By::Arbiter => "Arbiter",
            By::System => "Waygate",
        },
        what: what(&action.input),
        statement: action.statement.clone(),
        key: action.key.as_ref().filter(|_| sees_all).map(ToString::to_string),
    }
}

/// What was done, in words.
fn what(input: &Input) -> String {
    let asked =
        |remedy: Remedy, amount: &Option<Money>| proposal(&Proposal { remedy, amount: amount.clone() });
    match input {
        Input::ConfirmShipment { .. } => "gives a number".to_owned(),
        Input::Shown(parcel) => match parcel.verdict {
            Some(verdict) => format!("the official sources were asked; the number is {}", verdict.as_str()),
            None => "the official sources were asked".to_owned(),
        },
        Input::ExtendProtection { days } => format!("extends protection by {days} days"),
        Input::ConfirmReceipt => "confirms receipt".to_owned(),
        Input::RequestCancel => "asks to cancel the order".to_owned(),
        Input::AcceptCancel => "agrees to cancel the order".to_owned(),
        Input::RefuseCancel => "refuses to cancel the order".to_owned(),
        Input::OpenDispute(filing) => {
            format!("files: {}; asks for {}", reason(filing.reason), asked(filing.remedy, &filing.amount))
        }
        Input::Clock => "time is up".to_owned(),
        Input::Dispute(act) => match act {
            Act::Modify { reason: why, remedy, amount } => {
                let why = why.map(|why| reason(why).to_owned());
                let asks = remedy.map(|remedy| asked(remedy, amount));
                let amount = amount.as_ref().filter(|_| remedy.is_none()).map(ToString::to_string);
                let all: Vec<String> = [why, asks, amount].into_iter().flatten().collect();
                format!("changes: {}", all.join("; "))
            }
            Act::Accept(_) => "accepts".to_owned(),
            Act::Reject => "rejects".to_owned(),
            Act::CounterOffer { remedy, amount } => format!("offers {}", asked(*remedy, amount)),
            Act::Escalate => "asks the arbiter".to_owned(),
            Act::Cancel => "takes the dispute back".to_owned(),
            Act::SubmitEvidence { kind: sort, .. } => format!("gives evidence: {}", kind(*sort)),
            Act::RequestEvidence { from, days } => {
                format!("asks the {} for evidence within {days} days", from.as_str())
            }
            Act::Rule { outcome, amount, seller_at_fault } => {
                let outcome = match outcome {
                    RuledFor::Buyer => "rules for the buyer",
                    RuledFor::Seller => "rules for the seller",
                    RuledFor::Divided => "divides",
                };
                let amount = amount.as_ref().map(|sum| format!(", {sum} to the buyer")).unwrap_or_default();
                let fault = if *seller_at_fault { "; the seller is at fault" } else { "" };
                format!("{outcome}{amount}{fault}")
            }
        },
    }
}

fn state_badge(state: DisputeState) -> Badge {
    let (tone, icon, word) = match state {
        DisputeState::AwaitingAnswer => ("wait", "clock", "Awaits the seller’s answer"),
        DisputeState::Rejected => ("warn", "warn", "Rejected by the seller"),
        DisputeState::Submitted => ("warn", "question", "With the arbiter"),
        DisputeState::Executed => ("good", "check", "Executed"),
        DisputeState::Ruled => ("good", "check", "Ruled"),
        DisputeState::Cancelled => ("none", "dash", "Taken back"),
    };
    Badge { tone, icon, word }
}

fn reason(reason: Reason) -> &'static str {
    match reason {
        Reason::GoodsInTransit => "goods still on their way",
        Reason::NotReceived => "goods not received",
        Reason::NotAsDescribed => "goods not as described",
    }
}

fn proposal(proposal: &Proposal) -> String {
    let what = match proposal.remedy {
        Remedy::Refund => "a refund",
        Remedy::PartialRefund => "a refund of a part",
        Remedy::Replacement => "a replacement",
        Remedy::Resend => "the goods sent again",
    };
    match &proposal.amount {
        Some(amount) => format!("{what}, {amount}"),
        None => what.to_owned(),
    }
}

fn side(side: Side) -> &'static str {
    match side {
        Side::Buyer => "Buyer",
        Side::Seller => "Seller",
    }
}

fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Photo => "photo",
        Kind::Video => "video",
        Kind::Document => "document",
        Kind::Message => "message",
        Kind::Tracking => "tracking",
    }
}
