//! The ids of the rules, and the numbers that each must have.

/// Defines an id with its name and the numbers of its row: key, least, most.
macro_rules! rules {
    ($($name:ident = $id:literal [$(($key:literal, $least:literal, $most:literal)),*];)+) => {
        $(#[doc = concat!("`", $id, "`; the file says what it means.")] pub const $name: &str = $id;)+

        /// Every rule, with its numbers: key, least, most.
        pub const KNOWN: &[(&str, &[(&str, u32, u32)])] = &[$(($id, &[$(($key, $least, $most)),*])),+];
    };
}

rules! {
    PARTS = "shipment.parts" [];
    OVERDUE = "shipment.overdue" [("default_days", 1, 365)];
    CANCEL_REQUEST = "cancel.request" [];
    CANCEL_ANSWER = "cancel.answer" [];
    CANCEL_OVERDUE = "cancel.overdue" [];
    START = "protection.start" [("default_days", 1, 365)];
    WARNING = "protection.warning" [("days", 1, 365)];
    EXTENSION = "protection.extension" [];
    AUTO_EXTENSION = "protection.auto-extension" [("days", 1, 365), ("moved_within_days", 1, 365), ("times", 1, 100)];
    EXPIRY = "protection.expiry" [];
    RECEIPT = "delivery.receipt-period" [("days", 1, 365)];
    WITHDRAWN = "delivery.withdrawn" [];
    TRACKING = "tracking.updated" [];
    NUMBER_VERIFIED = "tracking.verified" [];
    NUMBER_REJECTED = "tracking.rejected" [];
    NUMBER_SUSPICIOUS = "tracking.suspicious" [];
    COMPLETION = "order.completion" [];
    RELEASE = "funds.release" [("days", 1, 365)];
    OPEN_AT_ONCE = "dispute.open-at-once" [("handling_days_from", 0, 0), ("handling_days_to", 0, 364)];
    OPEN_AFTER = "dispute.open-after" [("handling_days_from", 1, 365), ("days", 1, 365)];
    AFTER_COMPLETION = "dispute.after-completion" [];
    ONE_DISPUTE = "dispute.one" [];
    PROPOSAL = "dispute.proposal" [];
    HOLDS = "dispute.holds" [];
    CHANGE = "dispute.change" [];
    ANSWER = "dispute.answer" [];
    COUNTER_OFFER = "dispute.counter-offer" [];
    AGREEMENT = "dispute.agreement" [];
    GOODS_AGAIN = "dispute.goods-again" [];
    SILENCE = "dispute.silence" [("days", 1, 365)];
    ESCALATION = "dispute.escalation" [];
    IN_TRANSIT = "dispute.in-transit" [];
    DAY_16 = "dispute.day-16" [("days", 1, 365)];
    CANCEL_DISPUTE = "dispute.cancel" [];
    SUBMITTED = "arbitration.submitted" [];
    EVIDENCE = "arbitration.evidence" [];
    EVIDENCE_REQUEST = "arbitration.evidence-request" [];
    RULING = "arbitration.ruling" [];
    REC_NOT_THIS_ORDER = "recommend.not-this-order" [];
    REC_WENT_BACK = "recommend.went-back" [];
    REC_DELIVERED = "recommend.delivered" [];
    REC_UNANSWERED = "recommend.unanswered" [];
    REC_SUSPICIOUS = "recommend.suspicious" [];
    REC_NOT_ARRIVED = "recommend.not-arrived" [];
    REC_SHOWN = "recommend.shown" [];
    SMALL_PARCELS = "seller.small-parcels" [("disputes", 2, 1000), ("days", 1, 365), ("last_days", 1, 365)];
    SMALL_PARCELS_AGAIN = "seller.small-parcels-again" [];
    SELLER_WARNING = "seller.warning" [("faults_from", 1, 1), ("faults_to", 1, 1000), ("days", 1, 3650)];
    SELLER_RESTRICTION = "seller.restriction" [("faults_from", 2, 1001), ("faults_to", 2, 1001), ("days", 1, 3650)];
    SELLER_BAN = "seller.ban" [("faults_from", 3, 1002), ("days", 1, 3650)];
    BAD_TRANSACTIONS = "seller.bad-transactions" [];
}
