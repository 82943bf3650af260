//! `waygate parse`: every recorded answer of every carrier, and what is no answer at all.

use std::path::PathBuf;

use super::{repository, run};

fn fixtures() -> Vec<(String, PathBuf)> {
    let mut found = Vec::new();
    for carrier in std::fs::read_dir(repository("carriers")).unwrap() {
        let carrier = carrier.unwrap();
        if !carrier.path().join("carrier.toml").exists() {
            continue;
        }
        let id = carrier.file_name().into_string().unwrap();
        // A further source has a folder within.
        let within = std::fs::read_dir(carrier.path()).unwrap().map(|entry| entry.unwrap().path());
        for folder in within.chain([carrier.path()]) {
            let Ok(files) = std::fs::read_dir(folder.join("fixtures")) else { continue };
            found.extend(files.map(|file| (id.clone(), file.unwrap().path())));
        }
    }
    found.sort();
    found
}

/// What a fixture's name says of its content in its source's folder: outcome and, where it tells, the parcel's status.
fn told(folder: &str, name: &str) -> Option<(&'static str, Option<&'static str>)> {
    let found = |status| Some(("found", Some(status)));
    match name {
        // The carrier took its delivery back, and then could not deliver.
        _ if name.starts_with("not_delivered") => found("attempt_failed"),
        _ if name.contains("delivered") => found("delivered"),
        // The newest scans of these say more than their names.
        _ if (folder, name) == ("dhl", "in_transit") => found("out_for_delivery"),
        _ if (folder, name) == ("cooperative", "in_transit") => found("customs"),
        _ if (folder, name) == ("japan_post", "in_transit_en") => found("customs"),
        _ if (folder, name) == ("postal", "in_transit_with_forecast") => found("customs"),
        _ if (folder, name) == ("postnl", "in_transit_single_event_object") => found("accepted"),
        _ if name.starts_with("in_transit") => found("in_transit"),
        _ if name.starts_with("returned") => found("returned"),
        _ if name.starts_with("label_created") || name.starts_with("pre_transit") => found("label_created"),
        // No routes and a telephone number that did not fit look the same.
        _ if (folder, name) == ("sf_express", "not_found_empty_routes") => Some(("inconclusive", None)),
        _ if name.starts_with("not_found") => Some(("not_found", None)),
        _ if name.starts_with("rate_limited") => Some(("rate_limited", None)),
        _ if name.starts_with("unauthorized") || name.starts_with("token_expired") => Some(("refused", None)),
        _ if name.starts_with("maintenance") => Some(("unavailable", None)),
        _ => None,
    }
}

#[test]
fn every_recorded_answer_is_read_to_what_its_name_says() {
    let fixtures = fixtures();
    assert!(fixtures.len() >= 25);
    for (carrier, path) in fixtures {
        let name = path.file_stem().unwrap().to_str().unwrap();
        let status = name.rsplit_once("_http").map_or("200", |(_, status)| status);
        let arguments =
            ["parse", "--json", "--carrier", &carrier, "--http-status", status, path.to_str().unwrap()];
        let ran = run(&arguments, b"");
        let lines = ran.lines();
        assert!(!lines.is_empty() && ran.err.is_empty(), "{carrier}/{name}: {ran:?}");
        let all_found = lines.iter().all(|line| line["outcome"] == "found");
        assert_eq!(ran.code, Some(i32::from(!all_found)), "{carrier}/{name}");
        for line in &lines {
            if line["outcome"] == "found" {
                let times: Vec<&str> = line["checkpoints"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .filter_map(|c| c["local_time"].as_str().or(c["time"].as_str()))
                    .collect();
                assert!(
                    !times.is_empty() || line["status"] == "label_created" || name == "minimal",
                    "{carrier}/{name}"
                );
                for member in ["carrier", "tracking_number", "status"] {
                    assert!(line[member].is_string(), "{carrier}/{name}: {member}");
                }
            } else {
                for member in ["code", "message"] {
                    assert!(line["error"][member].is_string(), "{carrier}/{name}: {line}");
                }
            }
        }
        let folder = path.ancestors().nth(2).unwrap().file_name().unwrap().to_str().unwrap();
        if let Some((outcome, status)) = told(folder, name) {
            assert_eq!(lines[0]["outcome"], outcome, "{carrier}/{name}");
            if let Some(status) = status {
                assert_eq!(lines[0]["status"], status, "{carrier}/{name}");
            }
        }
    }
}

#[test]
fn an_answer_for_another_number_is_malformed() {
    let path = repository("carriers/ups/fixtures/delivered.json");
    let arguments =
        ["parse", "--json", "--carrier", "ups", "--number", "1ZWAYG8T0300002011", path.to_str().unwrap()];
    let ran = run(&arguments, b"");
    let line = &ran.lines()[0];
    assert_eq!(
        (line["outcome"].as_str(), line["error"]["code"].as_str()),
        (Some("malformed"), Some("wrong_number"))
    );
    assert_eq!(ran.code, Some(1));
}

#[test]
fn what_a_carrier_pushed_is_read_too() {
    let path = repository("carriers/ups/fixtures/track_alert_v2_webhook.json");
    let read = |options: &[&str]| {
        let arguments =
            [&["parse", "--json", "--carrier", "ups"], options, &[path.to_str().unwrap()]].concat();
        run(&arguments, b"").lines()[0].clone()
    };
    for options in [&[][..], &["--number", "1ZWAYG8T0300000013"]] {
        let line = read(options);
        assert_eq!(line["outcome"], "found", "{line}");
        assert_eq!(line["tracking_number"], "1ZWAYG8T0300000013");
        assert_eq!(line["status"], "delivered");
        assert_eq!(line["delivered_at"], "2026-03-05T14:15:03-07:00");
    }
    assert_eq!(read(&["--number", "1ZWAYG8T0300002011"])["error"]["code"], "wrong_number");
    // It is no answer of the source, and none that came with an error.
    assert_eq!(read(&["--source", "ups.track"])["error"]["code"], "unexpected_shape");
    assert_eq!(read(&["--http-status", "503"])["outcome"], "unavailable");
}

#[test]
fn stdin_is_read_and_rubbish_is_malformed() {
    for body in
        [&b""[..], b"nonsense", b"\xff\xfe", b"{}", b"[]", b"<html></html>", "é".repeat(100_000).as_bytes()]
    {
        for carrier in ["ups", "dhl", "japan_post"] {
            let ran = run(&["parse", "--json", "--carrier", carrier, "-"], body);
            let lines = ran.lines();
            assert_eq!((ran.code, lines.len()), (Some(1), 1), "{carrier}: {ran:?}");
            let outcome = lines[0]["outcome"].as_str().unwrap();
            assert!(matches!(outcome, "malformed" | "unavailable"), "{carrier}: {outcome}");
        }
    }
}

#[test]
fn what_cannot_be_read_is_told() {
    assert!(run(&["parse", "--carrier", "nobody", "-"], b"").wrong().contains("nobody"));
    assert!(run(&["parse", "--carrier", "ups", "/no/such/file"], b"").wrong().contains("/no/such/file"));
    run(&["parse", "--carrier", "ups", "/"], b"").wrong();
    run(&["parse", "--carrier", "ups", "--http-status", "99", "-"], b"").wrong();
    run(&["parse", "--carrier", "ups", "--source", "not an id", "-"], b"").wrong();
    run(&["parse", "-"], b"").wrong();
}
