//! Messages of ours, read by the public JavaScript and Python libraries for Standard Webhooks, each in its own
//! language: what a receiver would run.

use std::ffi::OsString;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use jiff::Timestamp;
use serde_json::{Value, json};
use waygate::clock::{Clock as _, SystemClock};
use waygate::ids::{EndpointId, EventId};
use waygate::webhook::signature::sign;
use waygate::webhook::{SECRET_VERSION, payload};

use super::{delivery, endpoint, master, noon};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/consumers")
}

fn signed(body: &str, at: Timestamp) -> Value {
    let secret = master().webhook_secret(&EndpointId::generate(at), SECRET_VERSION);
    let id = EventId::generate(at);
    json!({
        "secret": secret.reveal(),
        "headers": {
            "webhook-id": id,
            "webhook-timestamp": at.as_second().to_string(),
            "webhook-signature": sign(&secret, id.as_str(), at, body.as_bytes()),
        },
        "body": body,
    })
}

/// A message that is right but for one thing.
fn spoiled(spoil: impl FnOnce(&mut Value), at: Timestamp) -> Value {
    let mut message = signed(r#"{"amount":1}"#, at);
    spoil(&mut message);
    message
}

fn right(now: Timestamp) -> Vec<Value> {
    let event = delivery(&endpoint("https://shop.example/"), "A-1", 1).event;
    let ours = String::from_utf8(payload::body(&event).unwrap()).unwrap();
    let long = json!({ "note": "長い話 ".repeat(1_000) }).to_string();
    let bodies = [ours.as_str(), "{}", r#"{"city":"Zürich","to":"東京 🚚"}"#, "{ \"a\" :\t1 }\n", &long];
    let mut messages: Vec<_> = bodies.into_iter().map(|body| signed(body, now)).collect();
    // The libraries allow five minutes; a little less, since time passes until they read.
    messages.push(signed("{}", now - jiff::SignedDuration::from_secs(240)));
    messages
}

fn wrong(now: Timestamp) -> Vec<Value> {
    let other = master().webhook_secret(&EndpointId::generate(noon()), SECRET_VERSION + 1).reveal();
    let hours = jiff::SignedDuration::from_hours;
    vec![
        spoiled(|message| message["body"] = json!(r#"{"amount":2}"#), now),
        spoiled(|message| message["body"] = json!(r#"{"amount": 1}"#), now),
        spoiled(|message| message["headers"]["webhook-id"] = json!(EventId::generate(now)), now),
        spoiled(
            |message| message["headers"]["webhook-timestamp"] = json!((now.as_second() - 1).to_string()),
            now,
        ),
        spoiled(|message| message["headers"]["webhook-signature"] = json!("v1,AAAA"), now),
        spoiled(|message| message["secret"] = json!(other), now),
        signed("{}", now - hours(1)),
        signed("{}", now + hours(1)),
    ]
}

fn check(program: &Path, script: &str) {
    let now = SystemClock.now();
    let (right, wrong) = (right(now), wrong(now));
    let lines: Vec<_> = right.iter().chain(&wrong).map(Value::to_string).collect();
    let mut child = Command::new(program)
        .arg(script)
        .current_dir(folder())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("{}: {error}: run `cargo xtask setup`", program.display()));
    child.stdin.take().unwrap().write_all(lines.join("\n").as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{script}: {errors}\nif a package is missing: run `cargo xtask setup`");
    let answers: Vec<_> = std::str::from_utf8(&output.stdout).unwrap().lines().collect();
    assert_eq!(answers.len(), right.len() + wrong.len(), "{answers:?}");
    let (taken, refused) = answers.split_at(right.len());
    assert!(taken.iter().all(|answer| *answer == "ok"), "{taken:?}");
    assert!(refused.iter().all(|answer| answer.starts_with("wrong: ")), "{refused:?}");
}

#[test]
fn the_javascript_library_takes_our_messages_and_refuses_spoiled_ones() {
    let library = folder().join("node_modules/standardwebhooks");
    assert!(library.exists(), "{} is missing: run `cargo xtask setup`", library.display());
    check(Path::new("node"), "verify.mjs");
}

#[test]
fn the_python_library_takes_our_messages_and_refuses_spoiled_ones() {
    let venv = std::env::var_os("WAYGATE_CONSUMERS_VENV").unwrap_or_else(|| {
        OsString::from(Path::new(env!("CARGO_MANIFEST_DIR")).join("target/consumers-venv"))
    });
    let python = Path::new(&venv).join("bin/python");
    assert!(python.exists(), "{} is missing: run `cargo xtask setup`", python.display());
    check(&python, "verify.py");
}
