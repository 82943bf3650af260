//! The log as others read it: a public library of C2SP logs goes through the folder and through the gateway's own
//! addresses, and takes our proofs.

use std::ffi::OsString;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use super::{delivered, head, keys};
use crate::support::TestApp;

/// Runs the library over a log; its word of the head, and of each line.
async fn asked(place: String, keys: Vec<String>, lines: Vec<Value>) -> (Value, Vec<String>) {
    let ask = move || {
        let venv = std::env::var_os("WAYGATE_CONSUMERS_VENV").unwrap_or_else(|| {
            OsString::from(Path::new(env!("CARGO_MANIFEST_DIR")).join("target/consumers-venv"))
        });
        let python = Path::new(&venv).join("bin/python");
        assert!(python.exists(), "{} is missing: run `cargo xtask setup`", python.display());
        let mut child = Command::new(python)
            .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/oracles/tlog.py"))
            .arg(place)
            .args(keys)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let text: Vec<String> = lines.iter().map(Value::to_string).collect();
        child.stdin.take().unwrap().write_all((text.join("\n") + "\n").as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{errors}\nif a package is missing: run `cargo xtask setup`");
        let text = String::from_utf8(output.stdout).unwrap();
        let mut answers = text.lines();
        (serde_json::from_str(answers.next().unwrap()).unwrap(), answers.map(str::to_owned).collect())
    };
    tokio::task::spawn_blocking(ask).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_public_library_goes_through_our_log_and_takes_our_proofs() {
    let app = TestApp::start().await;
    let then = {
        delivered(&app, "ups.track", "A-1").await;
        head(&app.anonymous()).await
    };
    let shipment = delivered(&app, "dhl.unified", "A-2").await;
    let anyone = app.anonymous();
    let now = head(&anyone).await;
    let listed: Vec<String> = keys(&anyone).await.iter().map(ToString::to_string).collect();
    let path = format!("/v1/log/proof/inclusion?shipment={shipment}");
    let receipts = app.key(&app.keys.arbiter).get(&path).await.ok();
    let mut lines = Vec::new();
    for receipt in receipts["entries"].as_array().unwrap() {
        lines
            .push(json!({"entry": receipt["entry"].to_string(), "index": receipt["index"], "size": now.size,
            "proof": receipt["proof"], "root": now.root}));
    }
    let path = format!("/v1/log/proof/consistency?from={}&to={}", then.size, now.size);
    let proof = anyone.get(&path).await.ok()["proof"].clone();
    lines.push(json!({"from": then.size, "to": now.size, "from_root": then.root, "to_root": now.root, "proof": proof}));
    let right = lines.len();
    // And what it must not take.
    let spoilt = |line: &Value, name: &str| {
        let mut line = line.clone();
        line[name] = json!(now.root.to_string().chars().rev().collect::<String>());
        line
    };
    lines.push(spoilt(&lines[0], "root"));
    lines.push(spoilt(&lines[right - 1], "from_root"));

    for place in [app.folder.path().join("log").display().to_string(), format!("{}/log/", app.address())] {
        let (told, answers) = asked(place, listed.clone(), lines.clone()).await;
        assert_eq!(told, json!({"origin": now.origin, "size": now.size, "root": now.root}));
        assert_eq!(answers.len(), lines.len());
        assert!(answers[..right].iter().all(|answer| answer == "ok"), "{answers:?}");
        assert!(answers[right..].iter().all(|answer| answer == "wrong"), "{answers:?}");
    }
}
