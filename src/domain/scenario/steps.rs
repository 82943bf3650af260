//! The steps of a scenario: each with its own fields, and no others.

use waygate_carriers::contract::Status;

use super::read::{country, money, plain};
use super::{Act, Wrong};
use crate::domain::lifecycle::Input;
use crate::domain::lifecycle::dispute::{Act as InDispute, Filing, Kind, Reason, Remedy, RuledFor, Side};
use crate::domain::located::{Table, Value};
use crate::domain::money::Money;
use crate::domain::order::DAYS_MAX;
use crate::domain::verdict::Outcome;

/// Every step with its fields.
const STEPS: [(&str, &[&str]); 19] = [
    ("confirm_shipment", &["carrier", "number", "all_goods"]),
    ("request_cancel", &[]),
    ("accept_cancel", &[]),
    ("refuse_cancel", &[]),
    ("confirm_receipt", &[]),
    ("escalate", &[]),
    ("cancel_dispute", &[]),
    ("end", &[]),
    ("extend_protection", &["days"]),
    ("tracking", &["status", "country"]),
    ("verdict", &["verdict"]),
    ("open_dispute", &["reason", "remedy", "amount"]),
    ("modify_dispute", &["reason", "remedy", "amount"]),
    ("accept", &["by"]),
    ("reject", &[]),
    ("counter_offer", &["remedy", "amount"]),
    ("submit_evidence", &["by", "kind", "text"]),
    ("request_evidence", &["from", "days"]),
    ("rule", &["outcome", "amount", "seller_at_fault"]),
];

const REASONS: [(&str, Reason); 3] = [
    ("goods_in_transit", Reason::GoodsInTransit),
    ("not_received", Reason::NotReceived),
    ("not_as_described", Reason::NotAsDescribed),
];
const REMEDIES: [(&str, Remedy); 4] = [
    ("refund", Remedy::Refund),
    ("partial_refund", Remedy::PartialRefund),
    ("replacement", Remedy::Replacement),
    ("resend", Remedy::Resend),
];
const SIDES: [(&str, Side); 2] = [("buyer", Side::Buyer), ("seller", Side::Seller)];
const KINDS: [(&str, Kind); 5] = [
    ("photo", Kind::Photo),
    ("video", Kind::Video),
    ("document", Kind::Document),
    ("message", Kind::Message),
    ("tracking", Kind::Tracking),
];
const OUTCOMES: [(&str, RuledFor); 3] =
    [("buyer", RuledFor::Buyer), ("seller", RuledFor::Seller), ("divided", RuledFor::Divided)];
const VERDICTS: [Outcome; 5] =
    [Outcome::Verified, Outcome::Pending, Outcome::Suspicious, Outcome::Rejected, Outcome::Unverifiable];
const STATUSES: [Status; 15] = [
    Status::LabelCreated,
    Status::Accepted,
    Status::InTransit,
    Status::Customs,
    Status::OutForDelivery,
    Status::AvailableForPickup,
    Status::AttemptFailed,
    Status::Delivered,
    Status::Returning,
    Status::Returned,
    Status::Exception,
    Status::Lost,
    Status::Cancelled,
    Status::Info,
    Status::Unknown,
];

/// A word out of a list.
pub(super) fn one_of<T: Copy>(value: &Value<'_, '_>, all: &[(&str, T)]) -> Result<T, Wrong> {
    let text = value.text()?;
    let found = all.iter().find(|(word, _)| *word == text).map(|(_, meaning)| *meaning);
    found.ok_or_else(|| {
        let words: Vec<&str> = all.iter().map(|(word, _)| *word).collect();
        value.wrong(format!("is `{text}`, not one of: {}", words.join(", ")))
    })
}

/// What a step does.
pub(super) fn act(row: &Table<'_, '_>, name: &Value<'_, '_>) -> Result<Act, Wrong> {
    let fields = one_of(name, &STEPS)?;
    let all: Vec<&str> = ["at", "do", "order"].into_iter().chain(fields.iter().copied()).collect();
    row.only(&all)?;
    let amount = || row.get("amount").map(|value| money(&value)).transpose();
    let remedy = |value: Value<'_, '_>| one_of(&value, &REMEDIES);
    let input = match name.text()? {
        "confirm_shipment" => {
            return Ok(Act::Confirm {
                carrier: plain(&row.need("carrier")?)?,
                number: plain(&row.need("number")?)?,
                all_goods: row.need("all_goods")?.truth()?,
            });
        }
        "tracking" => {
            let statuses = STATUSES.map(|status| (status.as_str(), status));
            let status = one_of(&row.need("status")?, &statuses)?;
            let country = row.get("country").map(|value| country(&value)).transpose()?;
            return Ok(Act::Tracking { status, country });
        }
        "verdict" => {
            let verdicts = VERDICTS.map(|verdict| (verdict.as_str(), verdict));
            return Ok(Act::Verdict(one_of(&row.need("verdict")?, &verdicts)?));
        }
        "end" => return Ok(Act::End),
        "request_cancel" => Input::RequestCancel,
        "accept_cancel" => Input::AcceptCancel,
        "refuse_cancel" => Input::RefuseCancel,
        "confirm_receipt" => Input::ConfirmReceipt,
        "extend_protection" => Input::ExtendProtection { days: row.need("days")?.count(1, DAYS_MAX)? },
        "open_dispute" => {
            let reason = one_of(&row.need("reason")?, &REASONS)?;
            let (remedy, amount) = asked(row)?;
            Input::OpenDispute(Filing { reason, remedy, amount })
        }
        "modify_dispute" => {
            let reason = row.get("reason").map(|value| one_of(&value, &REASONS)).transpose()?;
            let remedy = row.get("remedy").map(remedy).transpose()?;
            let amount = amount()?;
            if reason.is_none() && remedy.is_none() && amount.is_none() {
                return Err(name.wrong("says nothing that changes: reason, remedy or amount"));
            }
            Input::Dispute(InDispute::Modify { reason, remedy, amount })
        }
        "accept" => {
            let by = row.get("by").map(|value| one_of(&value, &SIDES)).transpose()?;
            Input::Dispute(InDispute::Accept(by.unwrap_or(Side::Seller)))
        }
        "reject" => Input::Dispute(InDispute::Reject),
        "counter_offer" => {
            let (remedy, amount) = asked(row)?;
            Input::Dispute(InDispute::CounterOffer { remedy, amount })
        }
        "escalate" => Input::Dispute(InDispute::Escalate),
        "cancel_dispute" => Input::Dispute(InDispute::Cancel),
        "submit_evidence" => Input::Dispute(InDispute::SubmitEvidence {
            by: one_of(&row.need("by")?, &SIDES)?,
            kind: one_of(&row.need("kind")?, &KINDS)?,
            text: plain(&row.need("text")?)?,
        }),
        "request_evidence" => Input::Dispute(InDispute::RequestEvidence {
            from: one_of(&row.need("from")?, &SIDES)?,
            days: row.need("days")?.count(1, DAYS_MAX)?,
        }),
        _ => {
            let outcome = one_of(&row.need("outcome")?, &OUTCOMES)?;
            if outcome == RuledFor::Divided {
                row.need("amount")?;
            }
            let seller_at_fault = row.get("seller_at_fault").map(|v| v.truth()).transpose()?.unwrap_or(false);
            Input::Dispute(InDispute::Rule { outcome, amount: amount()?, seller_at_fault })
        }
    };
    Ok(Act::Input(input))
}

/// A remedy with its amount; a refund of a part must say how much.
fn asked(row: &Table<'_, '_>) -> Result<(Remedy, Option<Money>), Wrong> {
    let remedy = one_of(&row.need("remedy")?, &REMEDIES)?;
    if remedy == Remedy::PartialRefund {
        row.need("amount")?;
    }
    Ok((remedy, row.get("amount").map(|value| money(&value)).transpose()?))
}
