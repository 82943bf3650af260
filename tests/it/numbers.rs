//! `waygate check` from outside: the binary that people run, fed as they feed it.

use std::fmt::Write as _;
use std::io::Write as _;
use std::process::{Command, Stdio};

use serde_json::Value;

struct Ran {
    code: Option<i32>,
    out: String,
    errors: String,
}

fn check(arguments: &[&str], input: &[u8]) -> Ran {
    let mut child = Command::new(env!("CARGO_BIN_EXE_waygate"))
        .arg("check")
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    let writer = std::thread::spawn(move || stdin.write_all(&input));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Ran { code: output.status.code(), out: text(output.stdout), errors: text(output.stderr) }
}

fn answers(out: &str) -> Vec<Value> {
    out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn a_number_is_answered_as_the_contract_says() {
    let ran = check(&["--json", "1z 999-AA1 01 2345 6784"], b"");
    let answer = &answers(&ran.out)[0];
    assert_eq!(ran.code, Some(0));
    assert_eq!(answer["input"], "1z 999-AA1 01 2345 6784");
    assert_eq!(answer["normalized"], "1Z999AA10123456784");
    assert_eq!((&answer["valid"], &answer["problem"]), (&Value::Bool(true), &Value::Null));
    let best = &answer["candidates"][0];
    for (field, want) in [("carrier", "ups"), ("format", "ups.1z"), ("check_digit", "valid")] {
        assert_eq!(best[field], want);
    }
    assert_eq!((&best["recognized"], &best["operator"]), (&Value::Bool(true), &Value::Null));
}

#[test]
fn many_lines_are_answered_one_for_one_in_order() {
    let kinds = ["1Z999AA10123456784", "RR473124829GB", "986578788855", "nothing", "", "YT2412345678901234"];
    let mut input = String::new();
    for at in 0..30_000 {
        writeln!(input, "{} {at:06}", kinds[at % kinds.len()]).unwrap();
    }
    let ran = check(&["--json"], input.as_bytes());
    let lines: Vec<&str> = input.lines().collect();
    let answers = answers(&ran.out);
    assert_eq!(answers.len(), lines.len());
    for (answer, line) in answers.iter().zip(lines) {
        assert_eq!(answer["input"], line);
    }
    assert_eq!(
        (ran.code, ran.errors.as_str()),
        (Some(1), ""),
        "some are not valid; no bar where nobody looks"
    );
}

#[test]
fn a_line_that_is_no_text_is_answered_too() {
    let ran = check(&["--json", "-"], b"\xff\xfe\n1Z999AA10123456784");
    let answers = answers(&ran.out);
    assert_eq!((answers.len(), &answers[0]["valid"], &answers[1]["valid"]), (2, &false.into(), &true.into()));
}

#[test]
fn a_private_line_is_told_and_not_recognized() {
    let ran = check(&["--json", "YT2412345678901234"], b"");
    let best = &answers(&ran.out)[0]["candidates"][0];
    assert_eq!((&best["carrier"], &best["recognized"]), (&"yunexpress".into(), &false.into()));
}

#[test]
fn the_readable_answer_names_the_carrier_and_why() {
    let ran = check(&["1Z999AA10123456784", "1Z999AA10123456785"], b"");
    assert!(ran.out.contains("0.98  ups") && ran.out.contains("check digit 4 verified"), "{}", ran.out);
    assert!(ran.out.contains("check_digit_wrong"), "{}", ran.out);
    assert_eq!(ran.code, Some(1));
}
