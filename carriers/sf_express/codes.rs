//! What a route's codes mean together: the operation with its reason, the fine status, the operation alone, the coarse
//! status; and the words where SF says the rest only in them.

use super::wire::Route;
use crate::contract::{Fault, Status, StatusTable};

/// Lockers in which a parcel is called signed for although nobody has it yet.
const LOCKERS: [&str; 2] = ["顺丰自助柜", "丰巢"];

/// Sent back, or void: what a return is called that has no reason code.
const SENT_BACK: [&str; 2] = ["退回", "作废"];

/// The operation for a return or a forwarding.
const RETURN_OR_FORWARD: &str = "99";

/// What a route says.
pub fn meaning(statuses: &StatusTable, route: &Route) -> (Status, Option<Fault>) {
    let operation = route.op_code.as_deref();
    let remark = route.remark.as_deref().unwrap_or_default();
    let by_reason = || {
        let key = format!("{}:{}", operation?, route.reason_code.as_deref()?);
        statuses.get("op_code_reason", &key)
    };
    let by = |namespace, code: Option<&str>| code.and_then(|code| statuses.get(namespace, code));
    let mapped = by_reason()
        .or_else(|| by("secondary_status_code", route.secondary_status_code.as_deref()))
        .or_else(|| by("op_code", operation))
        .or_else(|| by("first_status_code", route.first_status_code.as_deref()));
    let Some(mapped) = mapped else { return (Status::Unknown, None) };
    let says = |words: &[&str]| words.iter().any(|word| remark.contains(word));
    let status = match mapped.status {
        Status::Delivered if says(&LOCKERS) => Status::AvailableForPickup,
        Status::InTransit if operation == Some(RETURN_OR_FORWARD) && says(&SENT_BACK) => Status::Returning,
        status => status,
    };
    (status, mapped.fault)
}
