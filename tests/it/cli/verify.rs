//! `waygate verify`: a claim and its evidence in a file, to the verdict; broken files, and times at the calendar's ends.

use serde_json::{Value, json};

use super::{Ran, run};

/// The contract's example, with its dots filled in: a parcel of UPS, delivered to the order's address.
fn example() -> Value {
    let checkpoint = |time: &str, status: &str, country: &str, city: &str| {
        json!({"time": time, "local_time": &time[..19], "status": status, "code": "X", "text": status, "fault": null,
            "place": {"country": country, "city": city, "postal_code": null}})
    };
    let scans = [
        checkpoint("2026-02-20T10:11:00-08:00", "delivered", "US", "OAKLAND"),
        checkpoint("2026-02-18T10:11:00-08:00", "in_transit", "US", "OAKLAND"),
        checkpoint("2026-02-12T10:11:00+08:00", "accepted", "CN", "SHENZHEN"),
    ];
    json!({
        "now": "2026-03-10T00:00:00Z",
        "order": {"id": "A-1", "seller": "s-1", "buyer": "b-1", "paid_at": "2026-02-10T00:00:00Z", "handling_days": 3,
            "delivery_days": 30, "amount": {"amount": "100.00", "currency": "USD"}, "method": "standard",
            "expected_weight_grams": 800, "ship_from": {"country": "CN"},
            "ship_to": {"country": "US", "city": "Oakland", "postal_code": "94607"}},
        "claim": {"carrier": "ups", "tracking_number": "1ZWAYG8T0300002011", "tracking_url": null,
            "confirmed_at": "2026-02-12T00:00:00Z", "submitted_at": "2026-02-12T00:00:00Z"},
        "other_claims": [],
        "observations": [{"carrier": "ups", "source": "ups.track", "official": true, "fetched_at": "2026-02-21T00:00:00Z",
            "tracking": {"outcome": "found", "carrier": "ups", "tracking_number": "1ZWAYG8T0300002011",
                "service": "UPS Worldwide Expedited", "status": "delivered", "status_code": "011",
                "status_text": "DELIVERED", "origin": {"country": "CN", "city": null, "postal_code": null},
                "destination": {"country": "US", "city": "OAKLAND", "postal_code": "94607"}, "weight_grams": 900,
                "estimated_delivery": null, "delivered_at": "2026-02-20T10:11:00-08:00",
                "proof_of_delivery": {"signed_by": "DOE", "left_at": null}, "checkpoints": scans}}],
        "seller_record": {"claims": 50, "failed": 1},
    })
}

fn verify(file: &Value) -> Ran {
    run(&["verify", "--json", "-"], file.to_string().as_bytes())
}

fn verdict(file: &Value) -> Value {
    let ran = verify(file);
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""), "{ran:?}");
    ran.lines().remove(0)
}

#[test]
fn the_contracts_example_is_verified_in_the_promised_form() {
    let answer = verdict(&example());
    assert_eq!(answer["verdict"], "verified", "{answer:#}");
    assert_eq!(answer["policy"], "2026-11");
    for member in ["turns_at", "next_look_at", "ask_seller"] {
        assert!(answer.get(member).is_some(), "{member}");
    }
    for check in answer["checks"].as_array().unwrap() {
        assert!(matches!(check["outcome"].as_str().unwrap(), "pass" | "fail" | "unknown" | "not_applicable"));
        assert!(matches!(check["effect"].as_str().unwrap(), "hard" | "suspicion" | "none"));
        for member in ["id", "reason", "for_seller"] {
            assert!(check[member].is_string(), "{check}");
        }
        assert!(check["evidence"].is_array());
    }
    assert_eq!(verdict(&example()), answer, "the same file, the same verdict");
}

#[test]
fn the_least_that_is_needed_is_enough() {
    let least = json!({"now": "2026-03-10T00:00:00Z",
        "order": {"id": "A-1", "paid_at": "2026-03-09T00:00:00Z", "ship_to": {"country": "US"}},
        "claim": {"carrier": "ups", "tracking_number": "1ZWAYG8T0300002011"}});
    assert_eq!(verdict(&least)["verdict"], "pending");
    for pointer in
        ["/now", "/order", "/claim", "/order/id", "/order/paid_at", "/order/ship_to", "/claim/carrier"]
    {
        let mut file = least.clone();
        let (parent, name) = pointer.rsplit_once('/').unwrap();
        file.pointer_mut(parent).unwrap().as_object_mut().unwrap().remove(name);
        assert!(verify(&file).wrong().contains(name), "{pointer}");
    }
}

#[test]
fn a_parcel_to_another_country_is_rejected_and_the_exit_code_stays_0() {
    let mut file = example();
    file["order"]["ship_to"] = json!({"country": "DE", "city": "Berlin"});
    let answer = verdict(&file);
    assert_eq!(answer["verdict"], "rejected");
    let failed = answer["checks"].as_array().unwrap().iter().find(|c| c["effect"] == "hard").unwrap();
    assert_eq!(failed["id"], "destination-country");
}

#[test]
fn a_body_is_read_by_the_carriers_adapter() {
    let mut file = example();
    let body = include_str!("../../../carriers/ups/fixtures/not_found_http200.json");
    let fixtures = body.split('"').find(|word| word.starts_with("1Z")).unwrap();
    let body = body.replace(fixtures, "1ZWAYG8T0300002011");
    file["observations"] = json!([{"source": "ups.track", "official": true, "fetched_at": "2026-03-09T00:00:00Z",
        "http_status": 200, "body": body}]);
    assert_eq!(verdict(&file)["verdict"], "rejected", "not known for weeks");
}

#[test]
fn broken_files_are_refused_with_the_place() {
    for (bytes, word) in [
        (&b""[..], "EOF"),
        (b"{", "EOF"),
        (b"[]", "."),
        (b"\xff", "UTF-8"),
        (b"{\"now\": 5}", "now"),
        ("[".repeat(100_000).as_bytes(), "recursion"),
    ] {
        let ran = run(&["verify", "--json", "-"], bytes);
        assert!(ran.wrong().contains(word), "{ran:?}");
    }
    let spoiled = |pointer: &str, value: Value| {
        let mut file = example();
        *file.pointer_mut(pointer).unwrap() = value;
        verify(&file)
    };
    for (pointer, value, word) in [
        ("/now", json!("soon"), "now"),
        ("/order/ship_to/country", json!("USA"), "ship_to"),
        ("/order/amount/amount", json!("many"), "amount"),
        ("/order/handling_days", json!(366), "handling_days"),
        ("/order/id", json!(""), "order.id"),
        ("/observations/0/fetched_at", json!("x"), "observations[0].fetched_at"),
        ("/observations/0/tracking", json!({"outcome": "nonsense"}), "observations[0]"),
        ("/observations/0/tracking", json!(null), "observations[0]"),
        ("/seller_record", json!([]), "seller_record"),
    ] {
        assert!(spoiled(pointer, value).wrong().contains(word), "{pointer}");
    }
    let mut both = example();
    both["observations"][0]["body"] = json!("{}");
    assert!(verify(&both).wrong().contains("not both"));
    assert!(run(&["verify", "--policy", "1999-01", "-"], b"{}").wrong().contains("2026-11"));
    run(&["verify", "/no/such/file"], b"").wrong();
    run(&["verify", "/"], b"").wrong();
    run(&["verify", "-"], &vec![b' '; 20 << 20]).wrong();
}

#[test]
fn no_time_at_the_calendars_ends_makes_it_panic() {
    let ends = [
        "9999-12-30T21:59:59.999999999Z",
        "-009999-01-03T00:00:00Z",
        "0000-01-01T00:00:00Z",
        "1970-01-01T00:00:00Z",
    ];
    let pointers = [
        "/now",
        "/order/paid_at",
        "/claim/confirmed_at",
        "/claim/submitted_at",
        "/observations/0/fetched_at",
        "/observations/0/tracking/delivered_at",
        "/observations/0/tracking/checkpoints/0/time",
        "/observations/0/tracking/checkpoints/1/time",
        "/observations/0/tracking/checkpoints/2/time",
    ];
    for end in ends {
        for pointer in pointers {
            let mut file = example();
            *file.pointer_mut(pointer).unwrap() = json!(end);
            judged_or_refused(&file, &format!("{pointer} = {end}"));
        }
        // And all at once, with other orders' claims.
        let mut file = example();
        file["other_claims"] = json!([{"order": "A-2", "seller": "s-2", "buyer": "b-2", "carrier": "ups",
            "tracking_number": "1ZWAYG8T0300002011", "submitted_at": end, "ship_to": {"country": "US"}}]);
        for pointer in pointers.iter().filter(|pointer| **pointer != "/order/paid_at") {
            *file.pointer_mut(pointer).unwrap() = json!(end);
        }
        judged_or_refused(&file, end);
        file["observations"] = json!([{"source": "ups.track", "official": true, "fetched_at": end, "http_status": 200,
            "body": include_str!("../../../carriers/ups/fixtures/not_found_http200.json")}]);
        judged_or_refused(&file, end);
    }
}

#[track_caller]
fn judged_or_refused(file: &Value, what: &str) {
    let ran = verify(file);
    match ran.code {
        Some(0) => drop(ran.lines()),
        _ => drop(ran.wrong().to_owned()),
    }
    assert!(!ran.err.contains("panicked"), "{what}: {}", ran.err);
}
