//! `waygate webhooks listen`, fed by what others sign: the public library for Standard Webhooks, and a whole gateway.

use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStdout, Command, Stdio};

use serde_json::{Value, json};
use standardwebhooks::Webhook;
use waygate::clock::{Clock as _, SystemClock};

use super::{command, run};
use crate::support::{TestApp, sample};

const SECRET: &str = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

/// A listener that runs; it is killed when it is dropped.
struct Listener {
    child: Child,
    url: String,
    lines: std::io::Lines<BufReader<ChildStdout>>,
}

impl Listener {
    fn start(arguments: &[&str]) -> Self {
        let mut command = command();
        command.args(["webhooks", "listen", "--port", "0"]).args(arguments);
        let mut child =
            command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut said = BufReader::new(child.stderr.take().unwrap()).lines();
        let url = said
            .by_ref()
            .map_while(Result::ok)
            .find_map(|line| Some(line.split_once("listening on ")?.1.to_owned()));
        std::thread::spawn(move || said.map_while(Result::ok).for_each(drop));
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { child, url: url.expect("it ended before it listened"), lines }
    }

    fn line(&mut self) -> String {
        self.lines.next().unwrap().unwrap()
    }

    fn json(&mut self) -> Value {
        serde_json::from_str(&self.line()).unwrap()
    }

    /// SIGTERM; the exit code.
    fn stop(mut self) -> Option<i32> {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
        self.child.wait().unwrap().code()
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        drop((self.child.kill(), self.child.wait()));
    }
}

fn client() -> reqwest::Client {
    reqwest::Client::builder().no_proxy().build().unwrap()
}

/// Posts an event, signed by the public library; the status.
async fn post(listener: &Listener, id: &str, body: &Value) -> u16 {
    let at = SystemClock.now().as_second();
    let body = body.to_string();
    let signature = Webhook::new(SECRET).unwrap().sign(id, at, body.as_bytes()).unwrap();
    let request = client()
        .post(format!("{}/anywhere", listener.url))
        .header("webhook-id", id)
        .header("webhook-timestamp", at)
        .header("webhook-signature", signature)
        .body(body);
    request.send().await.unwrap().status().as_u16()
}

fn event(order: &str, sequence: i64) -> Value {
    json!({"type": "tracking.updated", "order": order, "sequence": sequence, "data": {"n": sequence}})
}

#[tokio::test]
async fn arrivals_are_checked_and_repetitions_and_gaps_are_shown() {
    let mut listener = Listener::start(&["--json", "--secret", SECRET]);
    for (id, order, sequence, duplicate, missing) in [
        ("evt_1", "A-1", 1, false, Value::Null),
        ("evt_2", "A-1", 2, false, Value::Null),
        ("evt_2", "A-1", 2, true, Value::Null),
        ("evt_5", "A-1", 5, false, json!({"from": 3, "to": 4})),
        ("evt_9", "A-2", 1, false, Value::Null),
    ] {
        assert_eq!(post(&listener, id, &event(order, sequence)).await, 200);
        let shown = listener.json();
        assert_eq!((&shown["id"], &shown["verified"]), (&json!(id), &json!(true)));
        assert_eq!((&shown["order"], &shown["sequence"]), (&json!(order), &json!(sequence)));
        assert_eq!((&shown["duplicate"], &shown["missing"]), (&json!(duplicate), &missing), "{shown}");
        assert_eq!((&shown["type"], &shown["data"]["n"]), (&json!("tracking.updated"), &json!(sequence)));
    }
    assert_eq!(post(&listener, "evt_2", &event("A-1", 7)).await, 200);
    assert!(listener.json()["problem"].as_str().unwrap().contains("another body"));
    assert_eq!(listener.stop(), Some(0));
}

#[tokio::test]
async fn what_is_not_signed_right_is_refused_and_the_end_says_so() {
    let mut listener = Listener::start(&["--json", "--secret", &SECRET.replace("AAEC", "BBEC")]);
    assert_eq!(post(&listener, "evt_1", &event("A-1", 1)).await, 400);
    let shown = listener.json();
    assert_eq!((&shown["verified"], &shown["answered"]), (&json!(false), &json!(400)));
    assert_eq!(client().post(&listener.url).body("{}").send().await.unwrap().status(), 400);
    assert!(listener.json()["problem"].as_str().unwrap().contains("webhook-id is missing"));
    assert_eq!(listener.stop(), Some(1));
}

#[tokio::test]
async fn too_much_is_refused_before_it_is_kept() {
    let listener = Listener::start(&["--json", "--secret", SECRET]);
    let (client, url) = (client(), listener.url.clone());
    let body = client.post(&url).body(vec![b'x'; (1 << 20) + 1]).send().await.unwrap();
    assert_eq!(body.status(), 413);
    let headers = client.post(&url).header("x-long", "x".repeat(17_000)).body("{}").send().await.unwrap();
    assert_eq!(headers.status(), 431);
    assert_eq!(client.get(&url).send().await.unwrap().status(), 405);
    assert_eq!(listener.stop(), Some(0), "nothing arrived");
}

#[tokio::test]
async fn the_first_arrivals_are_refused_and_come_again_from_a_whole_gateway() {
    let app = TestApp::start().await;
    let made = async |url: &str| {
        let body = json!({"url": url, "signature": "v1a", "event_types": ["shipment.*"]});
        app.client.post("/v1/webhook_endpoints", &body).await.ok()
    };
    // The endpoint's key is known only when it is made: it is moved to the listener afterwards.
    let endpoint = made("http://127.0.0.1:9/").await;
    let key = endpoint["public_key"].as_str().unwrap();
    let mut listener = Listener::start(&["--public-key", key, "--fail-first", "2"]);
    let path = format!("/v1/webhook_endpoints/{}", endpoint["id"].as_str().unwrap());
    let moved = json!({"url": listener.url}).to_string().into_bytes();
    app.client
        .send(http::Method::PATCH, &path, &[("content-type", "application/json")], Some(moved))
        .await
        .ok();
    app.register(&sample("ups.track").order("A-1", "s-1")).await;
    app.submit("A-1", "ups", sample("ups.track").moving).await;
    app.advance_hours(24).await;
    let refused = [listener.line(), listener.line()];
    assert!(
        refused.iter().all(|line| line.contains("signature holds") && line.contains("answered 503")),
        "{refused:?}"
    );
    let taken = listener.line();
    assert!(taken.contains("shipment.submitted  A-1 #1") && taken.ends_with("answered 200"), "{taken}");
    let next = listener.line();
    assert!(
        next.contains("shipment.verified") && next.contains("MISSING: 2"),
        "types that it did not want: {next}"
    );
    assert_eq!(listener.stop(), Some(0));
}

#[test]
fn wrong_usage_is_told_without_repeating_a_secret() {
    for arguments in [
        &["--secret", "whsec_geheim"][..],
        &["--public-key", "whpk_AAAA"],
        &["--secret", SECRET, "--public-key", "whpk_AAAA"],
        &["--fail-first", "-1"],
        &["--port", "70000"],
    ] {
        let ran = run(&[&["webhooks", "listen"], arguments].concat(), b"");
        ran.wrong();
        assert!(!ran.err.contains(SECRET), "{}", ran.err);
    }
}
