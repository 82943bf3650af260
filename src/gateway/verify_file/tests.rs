//! Files as people write them, against stand-ins for the carriers: what is judged, and what is refused and why.

use serde_json::{Value, json};
use waygate_carriers::contract::{Country, Status, Tracking};
use waygate_carriers::numbers::{Candidate, CheckDigit};

use super::*;
use crate::domain::verdict::{CheckOutcome, Outcome};

const NUMBER: &str = "1Z999AA10123456784";

/// UPS as a test needs it: its numbers fit, and a body is a status and a country.
struct StandIn;

impl Carriers for StandIn {
    fn identify(&self, input: &str, _hint: Hint<'_>) -> Identification {
        let normalized: String = input.chars().filter(char::is_ascii_alphanumeric).collect();
        let candidate = Candidate {
            carrier: CarrierId::new("ups").unwrap(),
            format: "ups.1z".to_owned(),
            service: None,
            operator: None,
            origin_country: None,
            check_digit: CheckDigit::Valid,
            score: 0.9,
            reasons: Vec::new(),
            tracking_url: None,
        };
        Identification {
            input: input.to_owned(),
            candidates: if normalized == NUMBER { vec![candidate] } else { Vec::new() },
            normalized,
            changes: Vec::new(),
            problem: None,
        }
    }

    fn read(&self, carrier: &CarrierId, _source: Option<&SourceId>, response: Response<'_>) -> Vec<Reading> {
        if carrier.as_str() != "ups" || response.status != 200 {
            return vec![Failure::new(FailureKind::Malformed, "no_source", "cannot be read").into()];
        }
        let country = std::str::from_utf8(response.body).unwrap();
        let mut tracking = Tracking::new(carrier.clone(), response.asked.unwrap(), Status::InTransit);
        let place =
            waygate_carriers::contract::Place { country: Country::new(country).ok(), ..Default::default() };
        tracking.destination = Some(place);
        tracking.checkpoints = serde_json::from_value(json!([
            { "time": "2026-03-03T00:00:00Z", "status": "accepted" }
        ]))
        .unwrap();
        let other = Tracking::new(carrier.clone(), "OTHER", Status::InTransit);
        vec![other.into(), tracking.into()]
    }

    fn answers_for(&self, source: &SourceId, carrier: &CarrierId) -> bool {
        source.as_str().starts_with(&format!("{carrier}."))
    }

    fn can_answer(&self, ask: &Ask) -> bool {
        ask.carrier.as_str() == "ups" && ask.format.as_deref() == Some("ups.1z")
    }
}

/// A claim that is verified by a body.
fn good() -> Value {
    json!({
        "now": "2026-03-05T00:00:00Z",
        "order": {
            "id": "A-1", "seller": "s-1", "buyer": "b-1", "paid_at": "2026-03-02T00:00:00Z",
            "handling_days": 3, "delivery_days": 30, "amount": { "amount": "100.00", "currency": "USD" },
            "method": "standard", "expected_weight_grams": 800, "ship_from": { "country": "CN" },
            "ship_to": { "country": "US", "city": "Oakland", "postal_code": "94607" },
        },
        "claim": {
            "carrier": "ups", "tracking_number": "1Z 999 AA1 01 2345 6784", "tracking_url": null,
            "confirmed_at": "2026-03-02T12:00:00Z", "submitted_at": "2026-03-02T12:00:00Z",
        },
        "other_claims": [{
            "order": "A-2", "seller": "s-1", "buyer": "b-9", "carrier": "ups", "tracking_number": "1Z0",
            "submitted_at": "2026-03-01T00:00:00Z", "ship_to": { "country": "US" }, "combined_with": null,
        }],
        "observations": [{
            "carrier": "ups", "source": "ups.track", "official": true, "fetched_at": "2026-03-04T00:00:00Z",
            "http_status": 200, "body": "US",
        }],
        "seller_record": { "claims": 50, "failed": 1 },
    })
}

fn judged(file: &Value) -> Result<Verdict, InputError> {
    judge_with(&StandIn, file.to_string().as_bytes(), None)
}

/// The good file with one value set.
fn with(pointer: &str, value: Value) -> Value {
    let mut file = good();
    *file.pointer_mut(pointer).unwrap_or_else(|| panic!("{pointer} is not in the file")) = value;
    file
}

/// The good file with one member gone.
fn without(parent: &str, member: &str) -> Value {
    let mut file = good();
    file.pointer_mut(parent).unwrap().as_object_mut().unwrap().remove(member);
    file
}

fn outcome(file: &Value) -> Outcome {
    judged(file).unwrap().verdict
}

#[test]
fn a_claim_is_judged_by_its_body() {
    let verdict = judged(&good()).unwrap();
    assert_eq!(verdict.verdict, Outcome::Verified, "{verdict:#?}");
    assert_eq!(outcome(&with("/observations/0/body", json!("DE"))), Outcome::Rejected);
}

#[test]
fn a_claim_is_judged_by_its_tracking() {
    let tracking = json!({
        "outcome": "found", "carrier": "ups", "tracking_number": NUMBER, "status": "in_transit",
        "destination": { "country": "US", "city": null, "postal_code": null },
        "checkpoints": [{ "time": "2026-03-03T00:00:00Z", "local_time": "2026-03-03T00:00:00", "status": "accepted" }],
    });
    let recorded = json!({
        "carrier": "ups", "source": "ups.track", "official": true, "fetched_at": "2026-03-04T00:00:00Z",
        "tracking": tracking,
    });
    assert_eq!(outcome(&with("/observations/0", recorded)), Outcome::Verified);
    let denied = json!({
        "carrier": "ups", "official": true, "fetched_at": "2026-03-20T00:00:00Z",
        "tracking": { "outcome": "not_found", "error": { "code": "151044", "message": "no" } },
    });
    assert_eq!(outcome(&with("/observations/0", denied)), Outcome::Rejected);
}

#[test]
fn the_smallest_file() {
    let file = json!({
        "now": "2026-03-05T00:00:00Z",
        "order": { "id": "A-1", "paid_at": "2026-03-02T00:00:00Z", "ship_to": { "country": "US" } },
        "claim": { "carrier": "ups", "tracking_number": NUMBER },
    });
    let verdict = judged(&file).unwrap();
    assert_eq!((verdict.verdict, verdict.policy.as_str()), (Outcome::Pending, "2026-11"));
    assert_eq!(verdict.next_look_at, "2026-03-05T00:00:00Z".parse().ok());
}

#[test]
fn a_carrier_that_nobody_knows_is_unverifiable() {
    for name in ["nobody", "A Line Of Our Own Ltd.", ""] {
        assert_eq!(outcome(&with("/claim/carrier", json!(name))), Outcome::Unverifiable, "{name}");
    }
}

#[test]
fn an_observation_of_nobody_counts_for_nothing() {
    for name in ["nobody", "A Line Of Our Own Ltd.", ""] {
        let verdict = judged(&with("/observations/0/carrier", json!(name))).unwrap();
        assert_eq!(verdict.verdict, Outcome::Pending, "{name}");
        assert_eq!(verdict.checks[0].outcome, CheckOutcome::Pass);
        assert!(verdict.checks[0].reason.contains("counts for nothing"), "{}", verdict.checks[0].reason);
    }
}

#[test]
fn another_carrier_s_source_is_not_official_here() {
    assert_eq!(outcome(&with("/observations/0/source", json!("fedex.track"))), Outcome::Pending);
    assert_eq!(outcome(&with("/observations/0/official", json!(false))), Outcome::Pending);
    assert_eq!(outcome(&without("/observations/0", "official")), Outcome::Pending);
}

#[test]
fn either_body_or_tracking() {
    assert_eq!(
        judged(&without("/observations/0", "body")).unwrap_err().to_string(),
        "observations[0]: needs either `body` or `tracking`, and has neither"
    );
    let mut both = good();
    both["observations"][0]["tracking"] = json!({ "outcome": "not_found" });
    assert_eq!(
        judged(&both).unwrap_err().to_string(),
        "observations[0]: needs either `body` or `tracking`, not both"
    );
    let mut null = good();
    null["observations"][0]["tracking"] = Value::Null;
    assert_eq!(outcome(&null), Outcome::Verified, "null is absent");
}

#[test]
fn what_is_missing_or_of_the_wrong_type_is_named() {
    let rows = [
        (without("", "now"), "now"),
        (without("", "claim"), "claim"),
        (without("/order", "id"), "order"),
        (without("/order", "paid_at"), "order"),
        (without("/order/ship_to", "country"), "order.ship_to"),
        (with("/now", json!("yesterday")), "now"),
        (with("/order/handling_days", json!("three")), "order.handling_days"),
        (with("/order/ship_to/country", json!("USA")), "order.ship_to.country"),
        (with("/order/amount/amount", json!(100)), "order.amount.amount"),
        (with("/observations/0/fetched_at", json!(5)), "observations[0].fetched_at"),
        (with("/observations", json!({})), "observations"),
        (with("/order/id", json!("")), "order.id"),
        (with("/order/delivery_days", json!(4000)), "order.delivery_days"),
    ];
    for (file, path) in rows {
        let error = judged(&file).unwrap_err().to_string();
        assert!(error.contains(path), "{path}: {error}");
    }
}

#[test]
fn what_is_not_json_is_refused() {
    let refused = |bytes: &[u8]| judge_with(&StandIn, bytes, None).unwrap_err();
    for text in ["", "null", "[]", "{", "verify me"] {
        assert!(matches!(refused(text.as_bytes()), InputError::Unreadable { .. }), "{text}");
    }
    assert_eq!(refused(b"{\"now\":\"\xff\"}"), InputError::NotUtf8(8));
    let two = format!("{}{}", good(), good());
    assert!(
        matches!(refused(two.as_bytes()), InputError::Unreadable { .. }),
        "one document and nothing behind it"
    );
    let deep = format!("{{\"other\":{}{}}}", "[".repeat(100_000), "]".repeat(100_000));
    assert!(refused(deep.as_bytes()).to_string().contains("recursion"), "too deep");
    let large = vec![b' '; FILE_BYTES_MAX + 1];
    assert_eq!(refused(&large), InputError::TooLarge(FILE_BYTES_MAX + 1));
}

#[test]
fn the_policy_is_chosen_by_its_id() {
    let bytes = good().to_string();
    assert_eq!(judge_with(&StandIn, bytes.as_bytes(), Some("2026-11")).unwrap().policy, "2026-11");
    for wrong in ["", "2020-01"] {
        let error = judge_with(&StandIn, bytes.as_bytes(), Some(wrong)).unwrap_err().to_string();
        assert_eq!(error, format!("the policy `{wrong}` is not known; known are: 2026-11"));
    }
}

#[test]
fn the_built_in_carriers_refuse_bad_files_alike() {
    assert!(judge_file(b"{}", None).is_err());
    assert!(judge_file(good().to_string().as_bytes(), Some("")).is_err());
}
