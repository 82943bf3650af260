//! Secrets stay where they belong: not in logs, not in answers, not in the database.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;
use tracing_subscriber::fmt::MakeWriter;
use waygate::sandbox::{self, Fault};

use crate::support::{SOURCES, TestApp, sample};

/// Everything that is logged, in memory.
#[derive(Clone, Default)]
pub struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    /// All of it.
    pub fn bytes(&self) -> Vec<u8> {
        self.0.lock().unwrap().clone()
    }
}

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

fn holds(text: &[u8], secret: &str) -> bool {
    text.windows(secret.len()).any(|window| window == secret.as_bytes())
}

#[tokio::test]
async fn no_secret_is_in_a_log_an_answer_or_the_database() {
    let log = Log::default();
    // For the whole process: the store's and the runtime's own threads are heard too.
    let lines = tracing_subscriber::fmt().with_env_filter("waygate=trace,waygate_carriers=trace");
    lines.with_writer(log.clone()).with_ansi(false).init();

    let app = TestApp::start().await;
    let hooks = app.listen().await;
    let arbiter = app.key(&app.keys.arbiter);
    for source in SOURCES {
        let sample = sample(source);
        app.register(&sample.order(source, "s-1")).await;
        let shipment = app.submit(source, sample.carrier, sample.moving).await;
        app.advance_hours(24).await;
        for fault in [Fault::Unauthorized, Fault::Down, Fault::Redirect, Fault::HalfBody, Fault::Garbage] {
            app.sandbox.faults().set(source, fault);
            app.advance_hours(6).await;
        }
        app.sandbox.faults().clear(source);
        let seen = arbiter.get(&format!("/v1/shipments/{shipment}/observations")).await.ok();
        for observation in seen["data"].as_array().unwrap() {
            arbiter.get(&format!("/v1/observations/{}/body", observation["id"].as_str().unwrap())).await;
        }
        arbiter.get(&format!("/v1/trackings/{}/{}", sample.carrier, sample.moving)).await;
    }
    let operator = app.key(&app.keys.operator);
    let made = operator.post("/v1/api_keys", &json!({"name": "x", "scopes": ["arbiter"]})).await.ok();
    for path in
        ["/v1/api_keys", "/v1/carriers", "/v1/orders", "/v1/events", "/v1/webhook_endpoints", "/metrics"]
    {
        assert_eq!(operator.get(path).await.status, 200);
        for key in app.keys.texts() {
            app.key(key).get(path).await;
        }
    }
    let headers = json!({"authorization": "Bearer receivers-own-4711"});
    let guarded = json!({"url": hooks.url(), "headers": headers, "signature": "both"});
    app.client.post("/v1/webhook_endpoints", &guarded).await.ok();
    hooks.answer(500);
    app.client.post("/v1/orders/ups.track/receipt", &json!({})).await;
    app.run_until_idle().await;

    let endpoints = operator.get("/v1/webhook_endpoints").await.ok();
    let webhook_secret = endpoints["data"][0]["secret"].as_str().unwrap().to_owned();
    let master = std::fs::read_to_string(app.folder.path().join("waygate.key")).unwrap();
    let mut secrets: Vec<String> = app.keys.texts().map(str::to_owned).to_vec();
    secrets.push(made["secret"].as_str().unwrap().to_owned());
    secrets.push(master.trim().to_owned());
    secrets.push("receivers-own-4711".to_owned());
    secrets.extend(sandbox::credentials().into_iter().map(|(_, text)| text));
    secrets.push(STANDARD.encode("sandbox-client_id:sandbox-client_secret"));
    // What every token of the imitated UPS begins with.
    secrets.push("sbx.".to_owned());
    secrets.push("Bearer wg_".to_owned());
    let webhook_secrets = [webhook_secret.clone(), webhook_secret.trim_start_matches("whsec_").to_owned()];
    assert!(secrets.iter().chain(&webhook_secrets).all(|secret| secret.len() >= 4));

    let log = log.bytes();
    assert!(log.len() > 1_000, "nothing was logged, so that nothing was tried");
    for secret in secrets.iter().chain(&webhook_secrets) {
        assert!(!holds(&log, secret), "the log holds {secret}");
    }
    for (request, answer) in app.client.transcript() {
        let told_once = request == "POST /v1/api_keys";
        let manages = request.ends_with(" /v1/webhook_endpoints");
        for secret in secrets.iter().filter(|_| !told_once).chain(webhook_secrets.iter().filter(|_| !manages))
        {
            assert!(!holds(&answer.body, secret), "{request} answers with {secret}");
            let in_header = answer.headers.values().any(|value| holds(value.as_bytes(), secret));
            assert!(!in_header, "{request} has {secret} in a header");
        }
    }
    let folder = app.folder.path().to_owned();
    let mut files = 0;
    let mut folders = vec![folder];
    let mut paths = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { folders.push(path) } else { paths.push(path) }
        }
    }
    for path in paths {
        if path.extension().is_some_and(|e| e == "key") {
            continue;
        }
        files += 1;
        let bytes = std::fs::read(&path).unwrap();
        for secret in secrets.iter().chain(&webhook_secrets) {
            assert!(!holds(&bytes, secret), "{} holds {secret}", path.display());
        }
    }
    assert!(files > 0, "there is no database to look at");
}
