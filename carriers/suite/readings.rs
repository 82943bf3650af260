//! What each source's samples are read as: every kind of answer, every fixture by its snapshot, strangers' answers, answers
//! about another number.

use super::cases::{Case, Cases, Kind, complaint, of_every_source};
use crate::contract::{FailureKind, Reading};
use crate::trial::{failure, read, source};

/// A reading in one word: the parcel's status, or the failure's kind.
fn word(reading: &Reading) -> &'static str {
    reading.tracking().map_or(reading.outcome(), |tracking| tracking.status.as_str())
}

fn comes_true(cases: &Cases, case: &Case) {
    let body = cases.bytes(case);
    let readings = read(&cases.source, case.status, &body, cases.asked_of(case));
    let told = format!("{}: {case:?} came to {readings:?}", cases.source);
    assert_eq!(readings.len(), case.readings.unwrap_or(1), "{told}");
    if let Some(is) = &case.is {
        assert_eq!(word(&readings[0]), is, "{told}");
    }
    match &readings[0] {
        Reading::Found(tracking) => {
            assert_eq!(case.code, None, "{told}");
            if let Some(count) = case.checkpoints {
                assert_eq!(tracking.checkpoints.len(), count, "{told}");
            }
        }
        Reading::Failed(failure) => {
            assert_eq!(case.code.as_deref().unwrap_or_default(), failure.code, "{told}");
        }
    }
}

/// Whether a case shows what its kind says.
fn shows(kind: &str, case: &Case) -> bool {
    let is = case.is.as_deref().unwrap_or_default();
    match kind {
        "in_transit" => ["in_transit", "customs", "out_for_delivery"].contains(&is),
        "label_only" => is == "label_created",
        "returned" => ["returned", "returning"].contains(&is),
        "several_pieces" => case.readings.is_some_and(|count| count > 1),
        same => is == same,
    }
}

#[test]
fn every_source_shows_every_kind_of_answer_or_says_why_not() {
    of_every_source(|cases| {
        for (name, kind) in cases.kinds() {
            match kind {
                Kind::Shown(case) => assert!(shows(name, case), "{}: {name} is {case:?}", cases.source),
                Kind::Not(why) => assert!(why.not_offered.len() > 20, "{}: {name}: why?", cases.source),
            }
        }
        assert!(cases.documented.len() > 20, "{}: where is the request documented?", cases.source);
    });
}

#[test]
fn every_case_comes_to_what_is_said_of_it() {
    of_every_source(|cases| {
        let wrong: Vec<String> =
            cases.all().filter_map(|case| complaint(|| comes_true(cases, case))).collect();
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    });
}

#[test]
fn every_fixture_is_read_as_its_snapshot_says() {
    of_every_source(|cases| {
        for (name, body) in cases.answers() {
            let shows =
                |case: &&Case| case.file.as_ref() == Some(&name) && case.replace.is_empty() && !case.half;
            let case = cases.all().find(shows);
            let case = case.unwrap_or_else(|| panic!("{}: no case shows {name}", cases.source));
            let readings = read(&cases.source, case.status, &body, None);
            let (stem, _) = name.rsplit_once('.').expect("a file has an ending");
            insta::with_settings!({
                prepend_module_to_snapshot => false,
                omit_expression => true,
                snapshot_path => cases.folder.join("snapshots"),
            }, {
                insta::assert_json_snapshot!(stem, readings);
            });
            let own = case.is.as_deref() != Some("malformed") && !cases.unrecognized.contains(&name);
            assert_eq!(source(&cases.source).recognizes(&body), own, "{}: {name}", cases.source);
        }
    });
}

#[test]
fn what_a_stranger_answers_says_nothing_about_the_number() {
    let bodies =
        ["<html>no such page</html>", "<html></html>", "OK", "{\"error\":\"no such route\"}", "\u{0}"];
    of_every_source(|cases| {
        let takes_secrets = !source(&cases.source).facts().secrets.is_empty();
        for body in bodies {
            for status in [200, 302, 400, 403, 404, 500, 502, 503] {
                let (kind, code) = failure(&cases.source, status, body.as_bytes(), Some(&cases.asked));
                let fits = match status {
                    200 => [FailureKind::Malformed, FailureKind::Unavailable].contains(&kind),
                    _ => kind == FailureKind::Unavailable,
                };
                assert!(fits, "{}: {status} {body} is {kind:?} {code}", cases.source);
            }
            // These two mean the same whoever says them.
            let kind = |status| failure(&cases.source, status, body.as_bytes(), Some(&cases.asked)).0;
            assert_eq!(kind(429), FailureKind::RateLimited, "{}: {body}", cases.source);
            let refused = if takes_secrets { FailureKind::Refused } else { FailureKind::Unavailable };
            assert_eq!(kind(401), refused, "{}: {body}", cases.source);
        }
    });
}

#[test]
fn an_answer_about_another_number_is_not_believed() {
    of_every_source(|cases| {
        if cases.names_no_number {
            return;
        }
        let mut told = 0;
        for case in cases.all().filter(|case| case.replace.is_empty() && !case.half) {
            let body = cases.bytes(case);
            let found = read(&cases.source, case.status, &body, None);
            let text: String = String::from_utf8_lossy(&body).split_whitespace().collect();
            let named = |reading: &Reading| {
                let number = reading.tracking().map_or("", |tracking| tracking.tracking_number.as_str());
                !number.is_empty() && text.contains(number)
            };
            if !found.iter().all(named) || text.contains(&cases.another) {
                continue;
            }
            let wrong = (FailureKind::Malformed, "wrong_number".to_owned());
            let read = failure(&cases.source, case.status, &body, Some(&cases.another));
            assert_eq!(read, wrong, "{}: {case:?}", cases.source);
            told += 1;
        }
        assert!(told > 0, "{}: no sample names a number", cases.source);
    });
}
