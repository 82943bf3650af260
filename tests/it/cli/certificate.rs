//! `waygate certificate verify` and `waygate log check`: what they say, and with which exit code.

use std::path::Path;

use serde_json::Value;

use super::{command, finish, run};
use crate::support::{Setup, TestApp, sample};

/// Longest time that checking a certificate may take, the process's start included, in milliseconds. The test's binary
/// is not optimized and shares its machine: this catches what is slower by orders, not by halves.
const MILLISECONDS_MAX: u128 = 5_000;

async fn delivered(app: &TestApp) -> (String, String) {
    app.register(&sample("ups.track").order("A-1", "s-1")).await;
    let shipment = app.submit("A-1", "ups", sample("ups.track").moving).await;
    app.advance_hours(24 * 5).await;
    let path = format!("/v1/shipments/{shipment}/certificate");
    let document = app.key(&app.keys.arbiter).get(&path).await.text();
    let listed = app.anonymous().get("/v1/log/keys").await.ok();
    (document, listed["keys"][0]["key"].as_str().unwrap().to_owned())
}

#[tokio::test]
async fn a_certificate_is_checked_offline_and_the_exit_code_says_what_came_of_it() {
    let app = Setup::default().embedded().start().await;
    let (document, key) = delivered(&app).await;
    let verify = ["certificate", "verify", "--json", "--key", &key, "-"];
    let began = tokio::time::Instant::now();
    let fine = run(&verify, document.as_bytes());
    assert!(began.elapsed().as_millis() < MILLISECONDS_MAX);
    assert_eq!(fine.code, Some(0), "{fine:?}");
    let report = &fine.lines()[0];
    assert_eq!((&report["valid"], &report["verdict"]), (&Value::Bool(true), &Value::from("verified")));
    assert_eq!(
        (&report["replay"]["outcome"], &report["key_trusted"]),
        (&Value::from("same"), &Value::Bool(true))
    );
    let readable = run(&["certificate", "verify", "-"], document.as_bytes());
    assert_eq!(readable.code, Some(0));
    for words in ["valid: verified", "the same", "compare this key"] {
        assert!(readable.out.contains(words), "{}", readable.out);
    }

    let changed = document.replace("\"Oakland\"", "\"Chicago\"");
    let refused = run(&verify, changed.as_bytes());
    assert_eq!(refused.code, Some(1), "{refused:?}");
    let faults = refused.lines()[0]["faults"].clone();
    let parts: Vec<_> = faults.as_array().unwrap().iter().map(|fault| &fault["part"]).collect();
    assert_eq!(parts, ["signature", "claim"], "{faults:#}");
    let readable = run(&["certificate", "verify", "-"], changed.as_bytes());
    assert!(
        readable.out.starts_with("NOT VALID") && readable.out.contains("changed afterwards"),
        "{}",
        readable.out
    );

    for wrong in [
        &b""[..],
        b"{}",
        b"\xff",
        b"[]",
        b"{\"certificate\":{},\"signature\":\"\"}",
        &document.as_bytes()[1..],
    ] {
        run(&verify, wrong).wrong();
    }
    run(&["certificate", "verify", "--key", "nonsense", "-"], document.as_bytes()).wrong();
    run(&["certificate", "verify", "no-such-file"], b"").wrong();
}

fn settings(folder: &Path) -> std::path::PathBuf {
    let config = folder.join("settings.toml");
    let database = folder.join("waygate.db");
    std::fs::write(&config, format!("[store]\npath = '{}'\n", database.display())).unwrap();
    config
}

#[tokio::test]
async fn a_log_is_gone_through_and_what_is_wrong_in_it_is_named() {
    let app = Setup::default().embedded().start().await;
    delivered(&app).await;
    let config = settings(app.folder.path());
    let check = || finish(command().args(["log", "check", "--json", "--config"]).arg(&config), b"");
    let fine = check();
    assert_eq!(fine.code, Some(0), "{fine:?}");
    let size = fine.lines()[0]["size"].as_u64().unwrap();
    assert_eq!(fine.lines()[0]["documents"], size);
    let tile = app.folder.path().join(format!("log/tile/0/000.p/{size}"));
    let mut bytes = std::fs::read(&tile).unwrap();
    bytes[40] ^= 4;
    std::fs::write(&tile, bytes).unwrap();
    let wrong = check();
    assert_eq!(wrong.code, Some(1), "{wrong:?}");
    assert!(wrong.lines()[0]["wrong"].as_str().unwrap().contains("tile/0/000"), "{wrong:?}");

    let empty = tempfile::tempdir().unwrap();
    let config = settings(empty.path());
    finish(command().args(["log", "check", "--config"]).arg(&config), b"").wrong();
    assert!(!empty.path().join("waygate.db").exists(), "looking makes nothing");
}

#[tokio::test]
async fn a_gateway_does_not_start_over_a_log_that_disagrees() {
    let app = Setup::default().embedded().start().await;
    delivered(&app).await;
    let config = settings(app.folder.path());
    let checkpoint = app.folder.path().join("log/checkpoint");
    let whole = std::fs::read_to_string(&checkpoint).unwrap();
    let size = whole.lines().nth(1).unwrap().to_owned();
    std::fs::write(&checkpoint, whole.replacen(&format!("\n{size}\n"), "\n1\n", 1)).unwrap();
    let mut serve = command();
    let master_key = app.folder.path().join("waygate.key");
    serve.args(["serve", "--config"]).arg(&config).env("WAYGATE_MASTER_KEY_FILE", master_key);
    let refused = finish(&mut serve, b"");
    assert_eq!(refused.code, Some(2), "{refused:?}");
    assert!(refused.err.contains("the checkpoint: the signature of"), "{}", refused.err);
}
