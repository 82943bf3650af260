//! `waygate check`: numbers from arguments and from stdin, one answer each, in order.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::Stdio;

use serde_json::Value;

use super::{command, run};

const GOOD: &str = "1Z999AA10123456784";
const WRONG: &str = "1Z999AA10123456785";

#[test]
fn the_exit_code_says_whether_all_are_valid() {
    assert_eq!(run(&["check", GOOD], b"").code, Some(0));
    assert_eq!(run(&["check", GOOD, WRONG], b"").code, Some(1));
    assert_eq!(run(&["check", "--carrier", "not an id", GOOD], b"").wrong().lines().count(), 1);
    assert_eq!(run(&["check"], b"").code, Some(0), "no lines, no answers, nothing wrong");
}

#[test]
fn each_line_gets_one_answer_in_order() {
    let input = format!("{GOOD}\n{WRONG}\r\n\n  RR123456785CN  \nno newline at the end");
    for arguments in [&["check", "--json"][..], &["check", "--json", "-"]] {
        let ran = run(arguments, input.as_bytes());
        let lines = ran.lines();
        let inputs: Vec<&str> = lines.iter().map(|l| l["input"].as_str().unwrap()).collect();
        assert_eq!(inputs, [GOOD, WRONG, "", "  RR123456785CN  ", "no newline at the end"]);
        let valid: Vec<&Value> = lines.iter().map(|l| &l["valid"]).collect();
        assert_eq!(valid, [true, false, false, true, false]);
        assert_eq!((ran.code, ran.err.as_str()), (Some(1), ""));
    }
}

#[test]
fn an_answer_has_the_promised_form() {
    let lines = run(&["check", "--json", "1z 999-AA1 01 2345 6784", WRONG], b"").lines();
    let good = &lines[0];
    assert_eq!(good["normalized"], GOOD);
    assert_eq!(good["problem"], Value::Null);
    let best = &good["candidates"][0];
    for (member, value) in [("carrier", "ups"), ("format", "ups.1z"), ("check_digit", "valid")] {
        assert_eq!(best[member], value);
    }
    assert_eq!(best["recognized"], true);
    assert!((0.0..=1.0).contains(&best["score"].as_f64().unwrap()));
    for member in ["service", "operator", "origin_country", "reasons", "tracking_url"] {
        assert!(best.get(member).is_some(), "{member}");
    }
    let problem = &lines[1]["problem"];
    assert_eq!(problem["code"], "check_digit_wrong");
    assert!(problem["hint"].as_str().unwrap().contains(GOOD), "{problem}");
}

#[test]
fn a_claimed_carrier_narrows() {
    let ids = |arguments: &[&str]| -> Vec<String> {
        let line = run(arguments, b"").lines().remove(0);
        line["candidates"]
            .as_array()
            .unwrap()
            .iter()
            .map(|c| c["carrier"].as_str().unwrap().to_owned())
            .collect()
    };
    let all = ids(&["check", "--json", "3318811053"]);
    let narrowed = ids(&["check", "--json", "--carrier", "dhl", "3318811053"]);
    assert_eq!(narrowed[0], "dhl");
    assert!(all.contains(&"dhl".to_owned()) && narrowed.len() <= all.len());
}

#[test]
fn bytes_that_are_no_text_and_endless_lines_are_answered_too() {
    let mut input = b"\xff\xfe\x00\x80\n".to_vec();
    input.extend(vec![b'9'; 10 << 20]);
    input.extend(b"\n");
    input.extend(GOOD.as_bytes());
    let ran = run(&["check", "--json"], &input);
    let lines = ran.lines();
    assert_eq!(lines.len(), 3);
    assert_eq!(lines[1]["problem"]["code"], "too_long");
    assert_eq!((&lines[2]["valid"], ran.code), (&Value::Bool(true), Some(1)));
}

#[test]
fn a_reader_that_goes_away_ends_it_quietly() {
    let mut child = command()
        .args(["check", "--json"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let writing = std::thread::spawn(move || while writeln!(stdin, "{GOOD}").is_ok() {});
    let mut first = String::new();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    stdout.read_line(&mut first).unwrap();
    drop(stdout);
    let output = child.wait_with_output().unwrap();
    writing.join().unwrap();
    assert!(first.contains(GOOD));
    assert_eq!((output.status.code(), String::from_utf8_lossy(&output.stderr).as_ref()), (Some(0), ""));
}

#[test]
fn without_json_the_answer_is_for_people() {
    let ran = run(&["check", GOOD, WRONG], b"");
    assert!(ran.out.contains("ups") && ran.out.contains("check_digit_wrong"), "{}", ran.out);
}
