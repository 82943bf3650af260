//! Claims with the verdict that each must get and why: honest ones that look odd, and frauds that look fine. False
//! accusals and misses are counted apart; a false `rejected` is the worst error, and there is none.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use proptest::prelude::*;
use serde::Deserialize;
use serde_json::Value;
use waygate::domain::conversation::Conversation;
use waygate::domain::verdict::{CheckOutcome, Outcome, Verdict};
use waygate::gateway::verify_file::judge_file;

/// Least number of claims.
const CLAIMS_MIN: usize = 60;
/// Every so manieth claim is also given to the binary.
const BINARY_STEP: usize = 8;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    Honest,
    Fraud,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Expected {
    verdict: Outcome,
    failed: Vec<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Claim {
    kind: Kind,
    why: String,
    expected: Expected,
    input: Value,
}

fn corpus() -> BTreeMap<String, Claim> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/verdicts/corpus");
    let read = |path: PathBuf| {
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let claim = serde_json::from_slice(&std::fs::read(&path).unwrap());
        (name.clone(), claim.unwrap_or_else(|error| panic!("{name}: {error}")))
    };
    std::fs::read_dir(folder).unwrap().map(|entry| read(entry.unwrap().path())).collect()
}

fn judged(input: &Value) -> Verdict {
    judge_file(input.to_string().as_bytes(), None).unwrap()
}

fn failed(verdict: &Verdict) -> Vec<&str> {
    let failed = verdict.checks.iter().filter(|c| c.outcome == CheckOutcome::Fail);
    failed.map(|c| c.id.as_str()).collect()
}

/// A seller who reads every text must not learn how far a check lets things go: no text holds a digit, but where it
/// speaks of the number itself.
#[test]
fn no_text_for_a_seller_names_a_limit() {
    let about_the_number = "carrier-fits-number";
    let is_told = |text: &str| text.chars().any(char::is_numeric);
    for (name, claim) in corpus() {
        let verdict = judged(&claim.input);
        let asks: Vec<&String> = verdict
            .checks
            .iter()
            .filter(|check| check.id != about_the_number)
            .map(|check| &check.for_seller)
            .chain(verdict.ask_seller.iter().filter(|ask| Conversation::current().category(ask).is_some()))
            .collect();
        for text in asks {
            assert!(!is_told(text), "{name}: {text}");
        }
        let hints = verdict.ask_seller.iter().filter(|ask| Conversation::current().category(ask).is_none());
        let fails = |c: &&waygate::domain::verdict::Check| {
            c.id == about_the_number && !matches!(c.outcome, CheckOutcome::Pass)
        };
        assert!(
            hints.count() == 0 || verdict.checks.iter().any(|c| fails(&c)),
            "{name}: an ask of no category"
        );
    }
}

#[test]
fn every_claim_gets_its_verdict_and_fails_the_checks_that_say_why() {
    let corpus = corpus();
    assert!(corpus.len() >= CLAIMS_MIN, "{} claims", corpus.len());
    let mut wrong = Vec::new();
    for (name, claim) in &corpus {
        assert!(!claim.why.trim().is_empty(), "{name} does not say why");
        let verdict = judged(&claim.input);
        let found = failed(&verdict);
        if verdict.verdict != claim.expected.verdict || found != claim.expected.failed {
            let reasons: Vec<String> = verdict
                .checks
                .iter()
                .filter(|c| !matches!(c.outcome, CheckOutcome::Pass | CheckOutcome::NotApplicable))
                .map(|c| format!("    {}: {}", c.id, c.reason))
                .collect();
            wrong.push(format!(
                "{name}: {:?} by {found:?}, not {:?} by {:?}\n{}",
                verdict.verdict,
                claim.expected.verdict,
                claim.expected.failed,
                reasons.join("\n")
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn false_accusals_and_misses_are_known_and_nobody_honest_is_rejected() {
    let mut named: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for (name, claim) in corpus() {
        let error = match (claim.kind, judged(&claim.input).verdict) {
            (Kind::Honest, Outcome::Rejected) => "honest and rejected",
            (Kind::Honest, Outcome::Suspicious) => "honest and suspicious",
            (Kind::Honest, Outcome::Unverifiable) => "honest and unverifiable",
            (Kind::Fraud, Outcome::Verified) => "fraud and verified",
            _ => continue,
        };
        named.entry(error).or_default().push(name);
    }
    assert_eq!(named.get("honest and rejected"), None, "the worst error");
    let known = [
        (
            "fraud and verified",
            &["missed_bought_for_the_same_postal_code", "missed_right_city_wrong_address"][..],
        ),
        (
            "honest and suspicious",
            &[
                "accused_better_carrier_than_chosen",
                "accused_ships_from_a_warehouse_abroad",
                "accused_weight_rounded_up",
            ],
        ),
    ];
    let known: BTreeMap<&str, Vec<String>> =
        known.into_iter().map(|(e, names)| (e, names.iter().map(ToString::to_string).collect())).collect();
    assert_eq!(named, known);
}

#[test]
fn a_failure_shows_what_was_read_and_teaches_no_tolerance() {
    for (name, claim) in corpus() {
        for check in judged(&claim.input).checks {
            let is_failure = check.outcome == CheckOutcome::Fail;
            assert!(!is_failure || !check.evidence.is_empty(), "{name}: {}", check.id);
            assert!(!is_failure || !check.for_seller.is_empty(), "{name}: {}", check.id);
            assert!(!check.for_seller.contains(|c: char| c.is_ascii_digit()), "{name}: {}", check.for_seller);
        }
    }
}

#[test]
fn the_binary_says_the_same() {
    for (name, claim) in corpus().into_iter().step_by(BINARY_STEP) {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("claim.json");
        std::fs::write(&file, claim.input.to_string()).unwrap();
        let output = Command::new(env!("CARGO_BIN_EXE_waygate"))
            .args(["verify", "--json"])
            .arg(&file)
            .output()
            .unwrap();
        assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
        let said: Verdict = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(said, judged(&claim.input), "{name}");
    }
}

/// Evidence with its observations named by their place before they were shuffled.
fn renamed(mut verdict: Verdict, order: &[usize]) -> Verdict {
    for evidence in verdict.checks.iter_mut().flat_map(|c| c.evidence.iter_mut()) {
        if let Some(rest) = evidence.strip_prefix("observation:") {
            let (index, tail) = rest.split_at(rest.find('#').unwrap_or(rest.len()));
            *evidence = format!("observation:{}{tail}", order[index.parse::<usize>().unwrap()]);
        }
    }
    verdict
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn the_order_of_arrival_changes_no_verdict(order in Just((0..8).collect::<Vec<usize>>()).prop_shuffle()) {
        for (name, claim) in corpus() {
            let observations = claim.input["observations"].as_array().unwrap();
            let order: Vec<usize> = order.iter().copied().filter(|i| *i < observations.len()).collect();
            let mut shuffled = claim.input.clone();
            shuffled["observations"] = order.iter().map(|i| observations[*i].clone()).collect();
            prop_assert_eq!(renamed(judged(&shuffled), &order), judged(&claim.input), "{}", name);
        }
    }
}
