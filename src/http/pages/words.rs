//! The words, signs and tones of the page: an icon, a word and a colour together, never the colour alone.

use std::fmt;

use waygate_carriers::contract::{Fault, Status};

use crate::domain::event::EventType;
use crate::domain::lifecycle::{OrderState, Phase};
use crate::domain::order::ShippingMethod;
use crate::domain::shipment::Late;
use crate::domain::verdict::{CheckOutcome, Effect, Outcome};
use crate::store::DeliveryState;

/// A sign: icon, word and tone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Badge {
    /// The tone: a class of the style sheet.
    pub tone: &'static str,
    /// The icon: a symbol of the page.
    pub icon: &'static str,
    /// The word.
    pub word: &'static str,
}

impl fmt::Display for Badge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { tone, icon, word } = self;
        write!(
            f,
            "<span class=\"badge {tone}\"><svg class=\"icon\" aria-hidden=\"true\"><use href=\"#i-{icon}\"/></svg>{word}</span>"
        )
    }
}

// Made of constants of this file alone.
impl askama::filters::HtmlSafe for Badge {}

const fn badge(tone: &'static str, icon: &'static str, word: &'static str) -> Badge {
    Badge { tone, icon, word }
}

/// A verdict, or that there is none yet.
pub fn outcome(outcome: Option<Outcome>) -> Badge {
    match outcome {
        Some(Outcome::Verified) => badge("good", "check", "Verified"),
        Some(Outcome::Pending) => badge("wait", "clock", "Pending"),
        Some(Outcome::Suspicious) => badge("warn", "warn", "Suspicious"),
        Some(Outcome::Rejected) => badge("bad", "cross", "Rejected"),
        Some(Outcome::Unverifiable) => badge("dim", "question", "Unverifiable"),
        None => badge("none", "dash", "No verdict yet"),
    }
}

/// How a check came out.
pub fn check(outcome: CheckOutcome) -> Badge {
    match outcome {
        CheckOutcome::Fail => badge("bad", "cross", "Failed"),
        CheckOutcome::Unknown => badge("wait", "question", "Unknown"),
        CheckOutcome::Pass => badge("good", "check", "Passed"),
        CheckOutcome::NotApplicable => badge("none", "dash", "Not needed"),
    }
}

/// What a check does to the verdict.
pub fn effect(effect: Effect) -> &'static str {
    match effect {
        Effect::Hard => "Rejects",
        Effect::Suspicion => "Makes suspicious",
        Effect::None => "None",
    }
}

/// What a check asks, in words; the id alone where it is new here.
pub fn check_title(id: &str) -> Option<&'static str> {
    Some(match id {
        "carrier-fits-number" => "The number fits the carrier",
        "channel" => "The carrier is recognized",
        "destination-country" => "It goes to the order's country",
        "destination-place" => "It goes to the order's town",
        "handling-time" => "It was shipped in time",
        "journey-possible" => "One parcel can have made the journey",
        "known-to-source" => "The source knows the number",
        "late-claim" => "The number was given before a dispute",
        "number-unique" => "The number serves one order",
        "origin-country" => "It comes from where was promised",
        "physical-scan" => "The carrier has had it in hand",
        "proof-of-delivery" => "The delivery is proved",
        "redirected" => "It was not sent elsewhere on the way",
        "returned" => "It did not go back",
        "scan-after-payment" => "It moved after the payment",
        "seller-pattern" => "The seller's other claims hold",
        "service-method" => "The service fits the buyer's choice",
        "sources-agree" => "The official answers agree",
        "tracking-url" => "The seller's page is the carrier's",
        "weight" => "The weight fits the goods",
        _ => return None,
    })
}

/// Where an order stands.
pub fn phase(phase: Phase) -> &'static str {
    match phase {
        Phase::AwaitingShipment => "Awaiting shipment",
        Phase::Protected => "Protected",
        Phase::AwaitingReceipt => "Awaiting receipt",
        Phase::Completed => "Completed",
        Phase::Released => "Released",
        Phase::Cancelled => "Cancelled",
        Phase::Settled => "Settled by a dispute",
    }
}

/// Where an order stands; an open dispute holds it, and is said instead.
pub fn stand(state: &OrderState) -> &'static str {
    if state.dispute.is_some() { "In dispute" } else { phase(state.phase) }
}

/// A tracking status.
pub fn status(status: Status) -> &'static str {
    match status {
        Status::LabelCreated => "Label made",
        Status::Accepted => "Taken over by the carrier",
        Status::InTransit => "On the way",
        Status::Customs => "At customs",
        Status::OutForDelivery => "Out for delivery",
        Status::AvailableForPickup => "Ready to be picked up",
        Status::AttemptFailed => "Delivery failed",
        Status::Delivered => "Delivered",
        Status::Returning => "Going back to the sender",
        Status::Returned => "Back with the sender",
        Status::Exception => "Something went wrong",
        Status::Lost => "Lost",
        Status::Cancelled => "Label voided",
        Status::Info => "Notice",
        Status::Unknown => "Code not mapped",
    }
}

/// Who is at fault.
pub fn fault(fault: Fault) -> &'static str {
    match fault {
        Fault::Carrier => "the carrier's side",
        Fault::Sender => "the sender's side",
        Fault::Recipient => "the recipient's side",
        Fault::Customs => "customs",
        Fault::Weather => "the weather",
        Fault::Other => "another cause",
    }
}

/// The shipping method that the buyer chose.
pub fn method(method: ShippingMethod) -> &'static str {
    match method {
        ShippingMethod::Standard => "Standard",
        ShippingMethod::Express => "Express",
        ShippingMethod::OnlineDelivery => "Online delivery",
        ShippingMethod::SmallParcel => "Small parcel",
    }
}

/// What happened to an order.
pub fn event(kind: EventType) -> &'static str {
    match kind {
        EventType::ShipmentSubmitted => "Number given",
        EventType::ShipmentVerified => "Verdict: verified",
        EventType::ShipmentSuspicious => "Verdict: suspicious",
        EventType::ShipmentRejected => "Verdict: rejected",
        EventType::ShipmentUnverifiable => "Verdict: unverifiable",
        EventType::TrackingUpdated => "Tracking updated",
        EventType::DeliveryVerified => "Delivery verified",
        EventType::ProtectionStarted => "Protection started",
        EventType::ProtectionEnding => "Protection ends soon",
        EventType::ProtectionExtended => "Protection extended",
        EventType::ProtectionExpired => "Protection ended",
        EventType::Completed => "Order completed",
        EventType::FundsReleased => "Funds released",
        EventType::CancelRequested => "Buyer asks to cancel",
        EventType::Cancelled => "Order cancelled",
        EventType::OverdueShipment => "Shipment overdue",
        EventType::DisputeOpened => "Dispute opened",
        EventType::DisputeModified => "Dispute changed",
        EventType::DisputeAccepted => "Proposal accepted",
        EventType::DisputeRejected => "Proposal rejected",
        EventType::DisputeExecuted => "Proposal executed",
        EventType::DisputeSubmitted => "Submitted to arbitration",
        EventType::EvidenceRequested => "Evidence requested",
        EventType::EvidenceSubmitted => "Evidence given",
        EventType::DisputeRuled => "Dispute ruled",
        EventType::DisputeCancelled => "Dispute cancelled",
        EventType::SellerRestricted => "Seller restricted",
        EventType::SellerUnrestricted => "Seller's restriction lifted",
        EventType::SellerPenalized => "Seller penalized",
    }
}

/// After what a number was given.
pub fn late(late: Late) -> &'static str {
    match late {
        Late::AfterHandlingTime => "Late: given after the handling time",
        Late::AfterDispute => "Late: given after a dispute was opened",
        Late::AfterDelivery => "Late: given after the parcel was delivered",
    }
}

/// Where a webhook stands.
pub fn delivery(state: DeliveryState) -> Badge {
    match state {
        DeliveryState::Delivered => badge("good", "check", "Delivered"),
        DeliveryState::Pending => badge("wait", "clock", "Waiting"),
        DeliveryState::Failed => badge("bad", "cross", "Given up"),
        DeliveryState::Cancelled => badge("none", "dash", "Cancelled"),
    }
}

/// Whether a source is asked.
pub const ON: Badge = badge("good", "check", "On");
/// A source that is left alone for a while after failures.
pub const PAUSED: Badge = badge("warn", "pause", "Paused");
/// A source that is not asked.
pub const OFF: Badge = badge("none", "dash", "Off");

/// Order and carrier say the same.
pub const SAME: Badge = badge("good", "check", "Agrees");
/// Order and carrier differ.
pub const DIFFERS: Badge = badge("bad", "cross", "Differs");
/// A rule of the policy names it, and it cannot be told.
pub const OPEN: Badge = badge("wait", "question", "Not known yet");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_check_has_a_title() {
        for (id, _) in crate::domain::verdict::checks::ALL {
            assert!(check_title(id).is_some(), "{id}");
        }
    }
}
