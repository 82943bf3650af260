//! Every file in `tests/scenarios`: a sentence of the rules, the whole of what must come of it (`#=`), and the scenario.
//! `shipment.submitted` and `tracking.updated` only repeat a step and are left out.

use std::fmt::Write as _;
use std::path::Path;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use waygate::domain::scenario::{Line, Scenario, run};

/// What only repeats a step.
const REPEATS: [&str; 2] = ["shipment.submitted", "tracking.updated"];

fn files() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scenarios");
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| {
            (path.file_name().unwrap().to_str().unwrap().to_owned(), std::fs::read_to_string(path).unwrap())
        })
        .collect();
    files.sort();
    assert!(files.len() >= 70, "scenarios are missing: {}", files.len());
    files
}

/// `+NdNhNm` after payment.
fn after(paid: Timestamp, at: Timestamp) -> String {
    let minutes = at.duration_since(paid).as_mins();
    let mut text = "+".to_owned();
    for (count, unit) in [(minutes / 1440, 'd'), (minutes / 60 % 24, 'h'), (minutes % 60, 'm')] {
        if count > 0 || (unit == 'd' && minutes == 0) {
            write!(text, "{count}{unit}").unwrap();
        }
    }
    assert_eq!(at.duration_since(paid), SignedDuration::from_mins(minutes), "times are whole minutes");
    text
}

fn told(scenario: &Scenario, line: &Line) -> String {
    let order = scenario.orders.iter().find(|o| o.id == line.order).unwrap();
    let several = if scenario.orders.len() > 1 { format!("{} ", line.order) } else { String::new() };
    let mut text = format!(
        "{several}{} {} {}",
        after(order.paid_at, line.at),
        line.event,
        line.rule.as_deref().unwrap()
    );
    for (name, money) in [("refund", &line.refund), ("release", &line.release)] {
        if let Some(money) = money {
            assert_eq!(money["currency"], "USD");
            write!(text, " {name} {}", money["amount"].as_str().unwrap()).unwrap();
        }
    }
    text
}

#[test]
fn every_scenario_comes_out_as_its_sentence_says() {
    let mut wrong = Vec::new();
    for (name, text) in files() {
        let scenario = Scenario::read(&text).unwrap_or_else(|e| panic!("{name}: {e}"));
        let lines = run(&scenario, None);
        let told: Vec<_> =
            lines.iter().filter(|l| !REPEATS.contains(&l.event)).map(|l| told(&scenario, l)).collect();
        let expected: Vec<_> = text.lines().filter_map(|line| line.strip_prefix("#= ")).collect();
        if told != expected {
            wrong.push(format!(
                "{name}\n  expected:\n    {}\n  told:\n    {}",
                expected.join("\n    "),
                told.join("\n    ")
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_line_says_by_which_rule_and_why_and_stands_in_order_of_time() {
    let rules = waygate::domain::rules::Rules::current();
    for (name, text) in files() {
        let lines = run(&Scenario::read(&text).unwrap(), None);
        for line in &lines {
            let rule = line.rule.as_deref().unwrap();
            assert!(rules.rows.iter().any(|r| r.id == rule), "{name}: {rule}");
            assert!(line.why.as_ref().and_then(Value::as_str).is_some_and(|why| !why.is_empty()), "{name}");
            assert!(line.is_refusal() || line.by.is_some(), "{name}: {line:?}");
        }
        assert!(lines.is_sorted_by_key(|line| line.at), "{name}");
    }
}

/// A file whose steps stand in another place among other orders', and a file with the clock stopped on the way, tell the
/// same: what is due follows from the state, not from when it is looked at.
#[test]
fn stopping_the_clock_on_the_way_changes_nothing() {
    for (name, text) in files() {
        let scenario = Scenario::read(&text).unwrap();
        let mut stopping = scenario.clone();
        for step in &scenario.steps {
            let mut end = step.clone();
            end.act = waygate::domain::scenario::Act::End;
            for minutes in [1, 60, 1441, 7 * 1440] {
                end.at = step.at + SignedDuration::from_mins(minutes);
                if scenario.steps.last().is_some_and(|last| end.at <= last.at) {
                    stopping.steps.push(end.clone());
                }
            }
        }
        stopping.steps.sort_by_key(|step| step.at);
        assert_eq!(run(&scenario, None), run(&stopping, None), "{name}");
    }
}
