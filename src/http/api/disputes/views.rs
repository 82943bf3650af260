//! Disputes as the API shows them: how one stands, and its whole case file.

use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::domain::lifecycle::dispute::{Kind, Proposal, Reason, Request, Side};
use crate::domain::lifecycle::{self, By, OrderState, Recommendation};
use crate::domain::order::Order;
use crate::gateway::{Hindsight, hindsight};
use crate::http::api::acting::{ClockView, clocks, rules_of};
use crate::http::api::views::{EventView, OrderView, VerdictView};
use crate::http::auth::Caller;
use crate::http::problem::Problem;
use crate::http::state::App;
use crate::store::{ActionRecord, CaseFile, Change, DisputeRecord, EvidenceRecord, Papers};

/// How a dispute stands.
#[derive(Debug, Serialize, ToSchema)]
pub struct DisputeView {
    /// `dsp_…`
    pub id: String,
    /// The order.
    pub order: String,
    /// How many of its order's disputes it is.
    pub number: u32,
    /// `awaiting_answer`, `rejected`, `submitted`; `executed`, `ruled` or `cancelled` at its end.
    pub state: &'static str,
    /// Why the buyer filed.
    #[schema(value_type = String)]
    pub reason: Reason,
    /// What the buyer asks for.
    #[schema(value_type = Object)]
    pub proposal: Proposal,
    /// What the seller offers instead.
    #[schema(value_type = Option<Object>)]
    pub counter_offer: Option<Proposal>,
    /// When it was filed.
    pub filed_at: String,
    /// When it last changed.
    pub changed_at: String,
    /// The arbiter's requests for evidence, oldest first.
    #[schema(value_type = Vec<Object>)]
    pub evidence_requests: Vec<Request>,
    /// What is waited for, until when, by which rule; empty at its end.
    pub clocks: Vec<ClockView>,
    /// How it ended: when, by which rule, with what money.
    pub end: Option<EndView>,
    /// Where the order stands.
    pub order_phase: &'static str,
}

/// How a dispute ended.
#[derive(Debug, Serialize, ToSchema)]
pub struct EndView {
    /// When.
    pub at: String,
    /// By which rule.
    pub rule: Option<String>,
    /// Who and why; `refund` to the buyer and `release` to the seller where money moved.
    #[serde(flatten)]
    #[schema(value_type = Object)]
    pub data: Map<String, Value>,
}

impl DisputeView {
    /// A dispute of an order in this state.
    pub fn of(record: &DisputeRecord, state: &OrderState, order: &Order) -> Self {
        let dispute = &record.dispute;
        let runs = state.dispute.as_ref().is_some_and(|open| open.number == dispute.number);
        Self {
            id: record.id.to_string(),
            order: record.order.clone(),
            number: dispute.number,
            state: record.state.as_str(),
            reason: dispute.reason,
            proposal: dispute.proposal.clone(),
            counter_offer: dispute.counter_offer.clone(),
            filed_at: dispute.filed_at.to_string(),
            changed_at: record.changed_at.to_string(),
            evidence_requests: dispute.requests.clone(),
            clocks: if runs { clocks(state, order) } else { Vec::new() },
            end: record.end.as_ref().map(|end| EndView {
                at: end.at.to_string(),
                rule: end.rule.clone(),
                data: end.data.clone(),
            }),
            order_phase: state.phase.as_str(),
        }
    }

    /// The dispute that a change was about, as it stands after it.
    pub fn after(case: &CaseFile, change: &Change) -> Option<Self> {
        let record = change.docket.disputes.last()?;
        Some(Self::of(record, &change.state, &case.order.order))
    }
}

/// A file of evidence.
#[derive(Debug, Serialize, ToSchema)]
pub struct FileView {
    /// SHA-256 of its bytes.
    pub sha256: String,
    /// What the bytes are.
    pub media_type: &'static str,
    /// How many.
    pub bytes: u64,
    /// What whoever gave it calls it.
    pub name: Option<String>,
    /// Where it can be had, as an attachment.
    pub url: String,
    /// Who looked at it and when; null for sellers.
    pub looks: Option<Vec<LookView>>,
}

/// A look at a file.
#[derive(Debug, Serialize, ToSchema)]
pub struct LookView {
    /// When.
    pub at: String,
    /// The API key's id.
    pub key: String,
}

/// A piece of evidence.
#[derive(Debug, Serialize, ToSchema)]
pub struct EvidenceView {
    /// `evd_…`
    pub id: String,
    /// `buyer` or `seller`.
    #[schema(value_type = String)]
    pub by: Side,
    /// `photo`, `video`, `document`, `message` or `tracking`.
    #[schema(value_type = String)]
    pub kind: Kind,
    /// What it shows, in that side's words.
    pub text: String,
    /// When it was given.
    pub at: String,
    /// Whether after the deadline of the request that it answers.
    pub late: bool,
    /// Its file.
    pub file: Option<FileView>,
}

impl EvidenceView {
    /// A piece of evidence; with the looks at its file where those are told.
    pub fn of(record: &EvidenceRecord, looks_of: Option<&Papers>) -> Self {
        let looks = |papers: &Papers| {
            let of_this = papers.looks.iter().filter(|look| look.evidence == record.id);
            let view = of_this.map(|look| LookView { at: look.at.to_string(), key: look.key.to_string() });
            view.collect()
        };
        let file = record.file.as_ref().map(|file| FileView {
            sha256: file.sha256.clone(),
            media_type: file.media_type.as_str(),
            bytes: file.bytes,
            name: file.name.clone(),
            url: format!("/v1/evidence/{}/file", record.id),
            looks: looks_of.map(looks),
        });
        Self {
            id: record.id.to_string(),
            by: record.by,
            kind: record.kind,
            text: record.text.clone(),
            at: record.at.to_string(),
            late: record.late,
            file,
        }
    }
}

/// One thing that was done.
#[derive(Debug, Serialize, ToSchema)]
pub struct ActionView {
    /// When.
    pub at: String,
    /// `buyer`, `seller`, `arbiter` or `system`.
    #[schema(value_type = String)]
    pub by: By,
    /// By which API key; null for sellers, and where the system did it.
    pub key: Option<String>,
    /// What, e.g. `open_dispute`, `counter_offer`, `shown` (what the official sources show).
    pub action: String,
    /// Its particulars.
    #[schema(value_type = Object)]
    pub particulars: Value,
    /// What whoever did it says of it.
    pub statement: Option<String>,
}

impl ActionView {
    /// An action, with its key where that is told.
    pub fn of(record: &ActionRecord, with_key: bool) -> Self {
        let mut value = serde_json::to_value(&record.input).unwrap_or_default();
        if let Some(inner) = value.as_object_mut().and_then(|object| object.remove("dispute")) {
            value = inner;
        }
        let (action, particulars) = match value {
            Value::String(word) => (word, Value::Null),
            Value::Object(object) => object.into_iter().next().unwrap_or_default(),
            other => (String::new(), other),
        };
        Self {
            at: record.at.to_string(),
            by: record.by,
            key: record.key.as_ref().filter(|_| with_key).map(ToString::to_string),
            action,
            particulars,
            statement: record.statement.clone(),
        }
    }
}

/// What one side brings.
#[derive(Debug, Default, Serialize, ToSchema)]
pub struct SideView {
    /// What it said with what it did, oldest first.
    pub statements: Vec<StatementView>,
    /// Its evidence, oldest first.
    pub evidence: Vec<EvidenceView>,
}

/// What a side said.
#[derive(Debug, Serialize, ToSchema)]
pub struct StatementView {
    /// When.
    pub at: String,
    /// With which action.
    pub action: String,
    /// What.
    pub text: String,
}

/// The verdicts on a parcel, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct ParcelVerdicts {
    /// The shipment.
    pub shipment: String,
    /// Its verdicts.
    pub verdicts: Vec<VerdictView>,
}

/// Both sides.
#[derive(Debug, Default, Serialize, ToSchema)]
pub struct SidesView {
    /// The buyer's.
    pub buyer: SideView,
    /// The seller's.
    pub seller: SideView,
}

/// A dispute's case file.
#[derive(Debug, Serialize, ToSchema)]
pub struct CaseView {
    /// The dispute.
    #[serde(flatten)]
    pub dispute: DisputeView,
    /// What is recommended to the arbiter as things stand, by which rule, and what speaks for each side; null at its end.
    #[schema(value_type = Option<Object>)]
    pub recommendation: Option<Recommendation>,
    /// For a dispute that has ended: what would have been recommended at its end, had been known what the sources show now;
    /// null where that would not differ.
    #[schema(value_type = Option<Object>)]
    pub hindsight: Option<Hindsight>,
    /// What each side says and shows.
    pub sides: SidesView,
    /// All that was done, and what the sources showed, while it was open; in order.
    pub thread: Vec<ActionView>,
    /// What was told of it, in order, the clocks' doings among them.
    pub events: Vec<EventView>,
    /// The order; its shipments hold the official timeline and the verdict of each parcel.
    pub case: OrderView,
    /// All verdicts that were given.
    pub verdicts: Vec<ParcelVerdicts>,
}

/// A dispute's case file as this caller may see it.
pub async fn case_view(
    app: &App,
    caller: &Caller,
    case: CaseFile,
    record: DisputeRecord,
) -> Result<CaseView, Problem> {
    let store = app.gateway.store.as_ref();
    let papers = store.papers(record.order.clone()).await?;
    let events = store.order_events(record.order.clone()).await?;
    let sees_all = caller.only_seller().is_none();
    let number = record.dispute.number;
    let sight = caller.sight();
    let mut verdicts = Vec::new();
    for shipment in &case.shipments {
        let given = sight.verdicts(&case, store.verdicts(shipment.id.clone()).await?);
        let shipment = shipment.id.to_string();
        verdicts
            .push(ParcelVerdicts { shipment, verdicts: given.into_iter().map(VerdictView::from).collect() });
    }
    let of_this = papers.actions.iter().filter(|action| action.dispute == Some(number));
    let thread: Vec<ActionView> = of_this.map(|action| ActionView::of(action, sees_all)).collect();
    let id = record.id.to_string();
    let told = events
        .into_iter()
        .filter(|event| event.data.read().get("dispute").and_then(Value::as_str) == Some(&id));
    let (state, order) = (&case.order.state, &case.order.order);
    let is_open = state.dispute.as_ref().is_some_and(|open| open.number == number);
    let recommendation = lifecycle::recommendation(state, order, rules_of(state), app.gateway.now());
    let (dispute, hindsight) = (DisputeView::of(&record, state, order), hindsight(&case, &papers, &record));
    let shown = sight.case(case);
    Ok(CaseView {
        dispute,
        recommendation: recommendation.filter(|_| is_open),
        hindsight,
        sides: SidesView {
            buyer: brings(Side::Buyer, number, &thread, &papers, sees_all),
            seller: brings(Side::Seller, number, &thread, &papers, sees_all),
        },
        thread,
        events: told.map(|event| EventView::from(sight.event(event))).collect(),
        case: OrderView::new(shown.order, shown.shipments),
        verdicts,
    })
}

fn brings(side: Side, number: u32, thread: &[ActionView], papers: &Papers, sees_all: bool) -> SideView {
    let said = thread.iter().filter(|action| action.by == side.by()).filter_map(|action| {
        let text = action.statement.clone()?;
        Some(StatementView { at: action.at.clone(), action: action.action.clone(), text })
    });
    let given = papers.evidence.iter().filter(|e| e.by == side && e.dispute == number);
    SideView {
        statements: said.collect(),
        evidence: given.map(|e| EvidenceView::of(e, sees_all.then_some(papers))).collect(),
    }
}
