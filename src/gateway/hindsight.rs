//! Hindsight: a dispute has ended, and the sources have shown more since. What would have been recommended at its end, had
//! that been known, beside what was. It changes nothing.

use serde::Serialize;

use super::parcels;
use crate::domain::lifecycle::parcel::Parcel;
use crate::domain::lifecycle::{Recommendation, last_open, recommendation, recommendation_had_been};
use crate::domain::rules::Rules;
use crate::store::{CaseFile, DisputeRecord, Papers};

/// What would differ.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Hindsight {
    /// What the sources had shown by the end, and the verdict.
    pub shown_then: Parcel,
    /// What was recommended at the end.
    pub recommended_then: Recommendation,
    /// What the sources show now of the parcels that were given by then, and the verdict.
    pub shown_now: Parcel,
    /// What would have been recommended at the end with that.
    pub recommended_now: Recommendation,
}

/// What would differ in a dispute that has ended; none where nothing would.
pub fn hindsight(case: &CaseFile, papers: &Papers, record: &DisputeRecord) -> Option<Hindsight> {
    let end = record.end.as_ref()?.at;
    let (order, number) = (&case.order.order, record.dispute.number);
    let rules = Rules::built_in(&case.order.state.rules)?;
    let inputs = papers.actions.iter().map(|action| (action.at, &action.input));
    let before = last_open(order, rules, inputs, number)?;
    let since = case.disputes.iter().filter(|d| d.dispute.number < number);
    let since = since.filter_map(DisputeRecord::goods_again_since).max();
    let counting = |s: &&crate::store::ShipmentRecord| {
        s.created_at <= end && since.is_none_or(|since| s.created_at >= since)
    };
    let shown_now = parcels::together(case.shipments.iter().filter(counting));
    let then = recommendation(&before, order, rules, end)?;
    let now = recommendation_had_been(&before, order, rules, &shown_now, end)?;
    let differs = (then.side, then.rule) != (now.side, now.rule);
    differs.then_some(Hindsight {
        shown_then: before.parcel,
        recommended_then: then,
        shown_now,
        recommended_now: now,
    })
}
