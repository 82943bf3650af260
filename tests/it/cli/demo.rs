//! `waygate demo --once`: every order of the story comes to the verdict that its case means, and the webhooks that it
//! sends are taken by the public libraries.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::{repository, run};

/// Order, verdict, failed checks, where the order ends: from what each case means, not from what came out.
const EXPECTED: [(&str, &str, &[&str], &str); 13] = [
    // True and delivered; the buyer confirmed, the money was released.
    ("D-01", "verified", &[], "released"),
    // True, still on its way when the story ends.
    ("D-02", "verified", &[], "protected"),
    // The check digit is wrong: the number is no number of that carrier.
    ("D-03", "rejected", &["carrier-fits-number"], "released"),
    // Well-formed, and the carrier never heard of it.
    ("D-04", "rejected", &["known-to-source"], "released"),
    // A label for thirty days and no scan.
    ("D-05", "rejected", &["physical-scan"], "released"),
    // To Germany, ordered to the United States.
    ("D-06", "rejected", &["destination-country"], "released"),
    // Scanned twelve days before the order was paid.
    ("D-07", "rejected", &["scan-after-payment"], "released"),
    // The number's first order keeps it; the other, to another address, does not get it.
    ("D-08", "verified", &[], "released"),
    ("D-09", "rejected", &["number-unique"], "released"),
    // Nobody who is recognized can answer. Forty days of delivery: released after the story's end.
    ("D-10", "unverifiable", &["channel"], "completed"),
    // The carrier's outage is not the seller's fault.
    ("D-11", "pending", &[], "protected"),
    // True and delivered; the buyer's silence completes it.
    ("D-12", "verified", &[], "released"),
    // It came back to its sender: a person looks.
    ("D-13", "suspicious", &["returned"], "released"),
];

#[test]
fn every_order_of_the_story_comes_to_what_its_case_means() {
    let ran = run(&["demo", "--once", "--json"], b"");
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    let lines = ran.lines();
    assert_eq!(lines.len(), EXPECTED.len());
    for (line, (order, verdict, failed, state)) in lines.iter().zip(EXPECTED) {
        assert_eq!(line["order"], order);
        assert_eq!(line["verdict"], verdict, "{order}");
        assert_eq!(line["failed_checks"], serde_json::json!(failed), "{order}");
        assert_eq!(line["order_state"], state, "{order}");
        let events = line["events"].as_array().unwrap();
        assert!(!events.is_empty(), "{order}");
        assert_eq!(line["webhooks_verified"], events.len(), "{order}");
        for member in ["case", "tracking_number", "carrier"] {
            assert!(line[member].is_string(), "{order}");
        }
    }
}

fn taken_by(program: &Path, script: &str, messages: &str) {
    let missing = |e| panic!("{}: {e}: run `cargo xtask setup`", program.display());
    let mut child = Command::new(program)
        .arg(script)
        .current_dir(repository("tests/consumers"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap_or_else(missing);
    let mut stdin = child.stdin.take().unwrap();
    let text = messages.to_owned();
    let writing = std::thread::spawn(move || stdin.write_all(text.as_bytes()).unwrap());
    let output = child.wait_with_output().unwrap();
    writing.join().unwrap();
    let answers = String::from_utf8(output.stdout).unwrap();
    assert_eq!(answers.lines().count(), messages.lines().count(), "{script}");
    assert!(answers.lines().all(|answer| answer == "ok"), "{script}: {answers}");
}

#[test]
fn the_storys_webhooks_are_taken_by_the_public_libraries() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("webhooks.jsonl");
    let ran = run(&["demo", "--once", "--json", "--record", file.to_str().unwrap()], b"");
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    let sent: u64 = ran.lines().iter().map(|line| line["webhooks_verified"].as_u64().unwrap()).sum();
    let messages = std::fs::read_to_string(&file).unwrap();
    assert_eq!(messages.lines().count() as u64, sent);
    taken_by(Path::new("node"), "verify.mjs", &messages);
    let venv = std::env::var_os("WAYGATE_CONSUMERS_VENV")
        .map_or_else(|| repository("target/consumers-venv"), PathBuf::from);
    taken_by(&venv.join("bin/python"), "verify.py", &messages);
}

#[test]
fn without_json_a_table_is_shown_and_a_record_that_cannot_be_written_is_told() {
    let ran = run(&["demo", "--once"], b"");
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    for (order, verdict, ..) in EXPECTED {
        assert!(
            ran.out.lines().any(|line| line.contains(order) && line.contains(verdict)),
            "{order}: {}",
            ran.out
        );
    }
    run(&["demo", "--once", "--record", "/no/such/folder/file"], b"").wrong();
}
