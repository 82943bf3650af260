//! The receivers in the documentation, taken out of it and run: they take what a whole gateway posted, with the old and
//! the new secret of a rotation, and refuse what is spoiled.

mod v1;
mod v1a;

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use http::HeaderMap;
use jiff::SignedDuration;
use serde_json::{Value, json};
use waygate::clock::{Clock as _, SystemClock};
use waygate::ids::EventId;
use waygate::store::SignatureForm;
use waygate::webhook::signing::Signers;

use super::{endpoint, master, noon};
use crate::api::endpoints::{Post, Sink, make, tell};
use crate::support::TestApp;

const DOCUMENT: &str = include_str!("../../../docs/webhooks.md");

/// A snippet of the documentation, by language and scheme.
fn snippet(name: &str) -> &'static str {
    let (_, rest) =
        DOCUMENT.split_once(&format!("<!-- snippet: {name} -->\n```")).unwrap_or_else(|| panic!("{name}"));
    let (_, code) = rest.split_once('\n').unwrap();
    code.split_once("```").unwrap().0
}

/// Messages that are right, and messages that are not.
struct Messages {
    right: Vec<Value>,
    wrong: Vec<Value>,
}

fn message(secret: &Value, post: &Post) -> Value {
    let headers: serde_json::Map<String, Value> =
        post.headers.iter().map(|(name, value)| (name.to_string(), json!(value.to_str().unwrap()))).collect();
    json!({"secret": secret, "headers": headers, "body": std::str::from_utf8(&post.body).unwrap()})
}

/// What a whole gateway posts for the schemes `v1` and `v1a`, and the same spoiled.
async fn messages() -> [Messages; 2] {
    let app = TestApp::start().await;
    let sink = Sink::start().await;
    let old = make(&app, &sink, json!({"signature": "both"})).await;
    let path = format!("/v1/webhook_endpoints/{}/secret/rotation", old["id"].as_str().unwrap());
    tell(&app, "A-1 東京").await;
    let before = sink.take();
    let new = app.client.post(&path, &json!({})).await.ok();
    tell(&app, "A-2 Zürich").await;
    let during = sink.take();
    app.advance_hours(24).await;
    sink.take();
    tell(&app, "A-3").await;
    let after = sink.take();
    assert!(!before.is_empty() && !during.is_empty() && !after.is_empty());
    [("secret", "v1"), ("public_key", "v1a")].map(|(field, scheme)| {
        let of = |secret: &Value, posts: &[Post]| -> Vec<Value> {
            posts.iter().map(|post| message(&secret[field], post)).collect()
        };
        let right = [of(&old, &before), of(&old, &during), of(&new, &during), of(&new, &after)].concat();
        let good = &right[0];
        let spoiled = |place: &str, with: Value| {
            let mut message = good.clone();
            *message.pointer_mut(place).unwrap() = with;
            message
        };
        let time: i64 = good["headers"]["webhook-timestamp"].as_str().unwrap().parse().unwrap();
        let mut wrong = [of(&new, &before), of(&old, &after)].concat();
        wrong.extend([
            spoiled("/body", json!(format!("{} ", good["body"].as_str().unwrap()))),
            spoiled("/headers/webhook-id", json!(EventId::generate(noon()))),
            spoiled("/headers/webhook-timestamp", json!((time - 1).to_string())),
            spoiled("/headers/webhook-signature", json!(format!("{scheme},AAAA"))),
            spoiled("/headers/webhook-signature", json!(scheme)),
            spoiled("/headers/webhook-signature", json!("")),
        ]);
        wrong.extend([-3_600, 3_600].map(|seconds| off_by(field, seconds)));
        Messages { right, wrong }
    })
}

/// A message that is signed rightly, at another time.
fn off_by(field: &str, seconds: i64) -> Value {
    let mut endpoint = endpoint("https://shop.example/");
    endpoint.signature = SignatureForm::Both;
    let at = SystemClock.now() + SignedDuration::from_secs(seconds);
    let id = EventId::generate(noon());
    let signature = Signers::of(&master(), &endpoint, noon()).sign(id.as_str(), at, b"{}");
    let version = endpoint.secret.version;
    let secret = match field {
        "secret" => master().webhook_secret(&endpoint.id, version).reveal(),
        _ => master().webhook_key(&endpoint.id, version).public().to_string(),
    };
    let time = at.as_second().to_string();
    let headers = json!({"webhook-id": id, "webhook-timestamp": time, "webhook-signature": signature});
    json!({"secret": secret, "headers": headers, "body": "{}"})
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/consumers")
}

/// Runs a snippet over the messages: what it says of each.
fn said(program: &Path, flags: &[&str], code: &str, messages: &Messages) -> Vec<String> {
    let lines: Vec<_> = messages.right.iter().chain(&messages.wrong).map(Value::to_string).collect();
    let mut child = Command::new(program)
        .args(flags)
        .arg(code)
        .current_dir(folder())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("{}: {error}: run `cargo xtask setup`", program.display()));
    let mut stdin = child.stdin.take().unwrap();
    let writing = std::thread::spawn(move || stdin.write_all(lines.join("\n").as_bytes()));
    let output = child.wait_with_output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}\nif a package is missing: run `cargo xtask setup`");
    writing.join().unwrap().unwrap();
    String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect()
}

fn assert_told_apart(name: &str, said: &[String], messages: &Messages) {
    assert_eq!(said.len(), messages.right.len() + messages.wrong.len(), "{name}: {said:?}");
    let (taken, refused) = said.split_at(messages.right.len());
    assert!(taken.iter().all(|answer| answer == "ok"), "{name}: {taken:?}");
    assert!(refused.iter().all(|answer| answer.starts_with("wrong")), "{name}: {refused:?}");
}

/// A snippet with what reads the messages behind it.
fn program(name: &str, harness: &str) -> String {
    let harness = std::fs::read_to_string(folder().join(harness)).unwrap();
    format!("{}\n{}", snippet(name), harness.trim_start_matches("<?php"))
}

#[tokio::test]
async fn the_documented_receivers_take_what_is_posted_and_refuse_what_is_spoiled() {
    let library = folder().join("node_modules/standardwebhooks");
    assert!(library.exists(), "{} is missing: run `cargo xtask setup`", library.display());
    let venv = std::env::var_os("WAYGATE_CONSUMERS_VENV")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("target/consumers-venv"), PathBuf::from);
    let python = venv.join("bin/python");
    for (scheme, messages) in ["v1", "v1a"].iter().zip(messages().await) {
        let languages: [(&str, &Path, &[&str], &str); 3] = [
            ("javascript", Path::new("node"), &["--input-type=module", "--eval"], "receive.mjs"),
            ("python", &python, &["-c"], "receive.py"),
            ("php", Path::new("php"), &["-r"], "receive.php"),
        ];
        for (language, interpreter, flags, harness) in languages {
            let name = format!("{language} {scheme}");
            let said = said(interpreter, flags, &program(&name, harness), &messages);
            assert_told_apart(&name, &said, &messages);
        }
        let all = messages.right.iter().chain(&messages.wrong);
        let said: Vec<_> = all.map(|message| in_rust(scheme, message)).collect();
        assert_told_apart(&format!("rust {scheme}"), &said, &messages);
    }
}

fn in_rust(scheme: &str, message: &Value) -> String {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let headers: HeaderMap = message["headers"]
        .as_object()
        .unwrap()
        .iter()
        .map(|(name, value)| (name.parse::<http::HeaderName>().unwrap(), text(value).parse().unwrap()))
        .collect();
    let (secret, body) = (text(&message["secret"]), text(&message["body"]));
    let taken = match scheme {
        "v1" => v1::receive(&secret, &headers, body.as_bytes()),
        _ => v1a::receive(&secret, &headers, body.as_bytes(), SystemClock.now().as_second()),
    };
    if taken.is_some() { "ok".to_owned() } else { "wrong".to_owned() }
}

#[test]
fn the_rust_that_is_run_is_the_rust_that_is_documented() {
    for (name, text) in
        [("rust v1", include_str!("snippets/v1.rs")), ("rust v1a", include_str!("snippets/v1a.rs"))]
    {
        let (_, code) = text.split_once("\n\n").unwrap();
        assert_eq!(code, snippet(name), "{name}");
    }
}
