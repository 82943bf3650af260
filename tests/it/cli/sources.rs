//! `waygate carriers test`: which sources work with what is configured, and what to mend.

use std::net::SocketAddr;
use std::sync::Arc;

use serde_json::Value;
use tokio::net::TcpListener;
use waygate::clock::{Clock as _, SystemClock};
use waygate::sandbox::{self, Fault, SandboxFile, SandboxHost};

use super::{Ran, command, finish};
use crate::support::{PARCELS, SOURCES};

/// Carriers on loopback and settings for them.
struct Site {
    folder: tempfile::TempDir,
    host: Arc<SandboxHost>,
}

impl Site {
    async fn new(edit: impl Fn(String) -> String) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let carriers = listener.local_addr().unwrap();
        let file = SandboxFile::read(PARCELS).unwrap();
        let host = Arc::new(SandboxHost::new(&file, SystemClock.now(), Arc::new(SystemClock)).unwrap());
        let router = sandbox::router(Arc::clone(&host));
        tokio::spawn(async move { axum::serve(listener, router).await });
        let anywhere: SocketAddr = "127.0.0.1:0".parse().unwrap();
        let settings = edit(sandbox::settings(folder.path(), carriers, anywhere, &SOURCES));
        std::fs::write(folder.path().join("waygate.toml"), settings).unwrap();
        Self { folder, host }
    }

    async fn run(&self, arguments: &[&str], secret: &str) -> Ran {
        let mut command = command();
        command.envs(sandbox::credentials()).env("WAYGATE_UPS_TRACK_CLIENT_SECRET", secret);
        command.args(["carriers", "test"]).args(arguments).arg("--config");
        command.arg(self.folder.path().join("waygate.toml"));
        tokio::task::spawn_blocking(move || finish(&mut command, b"")).await.unwrap()
    }
}

fn outcomes(ran: &Ran) -> Vec<(String, String)> {
    let text = |line: &Value, field: &str| line[field].as_str().unwrap().to_owned();
    let mut all: Vec<_> = ran.lines().iter().map(|l| (text(l, "source"), text(l, "outcome"))).collect();
    all.sort();
    all
}

const RIGHT: &str = "sandbox-client_secret";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sources_that_answer_work() {
    let site = Site::new(|settings| settings).await;
    let ran = site.run(&["--json"], RIGHT).await;
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let mut sources = SOURCES.map(|source| (source.to_owned(), "ok".to_owned())).to_vec();
    sources.sort();
    assert_eq!(outcomes(&ran), sources);
    assert!(!site.folder.path().join("waygate.db").exists(), "a look makes no store");
    let one = site.run(&["dhl.unified"], RIGHT).await;
    assert_eq!((one.code, one.out.lines().count()), (Some(0), 1));
    assert!(one.out.starts_with("dhl.unified") && one.out.contains(" ok "), "{one:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_does_not_work_says_how_to_mend_it() {
    let site = Site::new(|settings| settings).await;
    site.host.faults().set("dhl.unified", Fault::Down);
    site.host.faults().set("japan_post.page", Fault::Redirect);
    let ran = site.run(&["--json"], "a-wrong-secret").await;
    assert_eq!(ran.code, Some(1));
    let said =
        [("dhl.unified", "unreachable"), ("japan_post.page", "misconfigured"), ("ups.track", "refused")];
    assert_eq!(outcomes(&ran), said.map(|(source, outcome)| (source.to_owned(), outcome.to_owned())));
    assert!(ran.lines().iter().all(|line| !line["mend"].as_str().unwrap().is_empty()));
    assert!(!ran.out.contains("a-wrong-secret") && !ran.err.contains("a-wrong-secret"), "{ran:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_place_where_nobody_is_or_that_is_not_the_sources_is_told_apart() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let nobody = listener.local_addr().unwrap();
    drop(listener);
    let elsewhere = |settings: String| {
        let (before, rest) = settings.split_once("[sources.\"dhl.unified\"]").unwrap();
        let (own, after) = rest.split_once("\n[").unwrap();
        let lines: Vec<_> = own.lines().filter(|l| !l.starts_with("base_url")).collect();
        let own = lines.join("\n");
        let dhl = format!("{own}\nbase_url = \"http://{nobody}\"");
        format!("{before}[sources.\"dhl.unified\"]{dhl}\n[{after}")
    };
    let site = Site::new(elsewhere).await;
    let ran = site.run(&["--json", "dhl.unified"], RIGHT).await;
    assert_eq!(ran.code, Some(1));
    let line = &ran.lines()[0];
    assert_eq!(line["outcome"], "unreachable", "{line}");
    assert!(line["message"].as_str().unwrap().contains("connecting failed"), "{line}");

    let plain = Site::new(|settings| settings.replace("sandbox = true\n", "")).await;
    let ran = plain.run(&["--json", "dhl.unified"], RIGHT).await;
    let line = &ran.lines()[0];
    assert_eq!((ran.code, &line["outcome"]), (Some(1), &"misconfigured".into()), "{line}");
    assert!(line["mend"].as_str().unwrap().contains("api-eu.dhl.com"), "{line}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_source_that_is_off_is_misconfigured_where_it_is_named_and_an_unknown_one_is_wrong_usage() {
    let site = Site::new(|settings| settings).await;
    let ran = site.run(&["--json", "fedex.track"], RIGHT).await;
    assert_eq!((ran.code, outcomes(&ran)[0].1.as_str()), (Some(1), "misconfigured"));
    let ran = site.run(&["nobody.track"], RIGHT).await;
    assert!(ran.wrong().contains("nobody.track"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_sources_cost_is_told_where_there_is_a_store() {
    let cost = "interval_ms = 1\ncost_per_call = \"0.0100 EUR\"\n";
    let site = Site::new(|settings| settings.replace("interval_ms = 1\n", cost)).await;
    let config = site.folder.path().join("waygate.toml");
    let with = |arguments: &[&str]| {
        let mut command = command();
        command.envs(sandbox::credentials()).args(arguments).arg("--config").arg(&config);
        finish(&mut command, b"")
    };
    let spent = || {
        let lines = with(&["carriers", "--json"]).lines();
        let dhl = lines.into_iter().find(|line| line["id"] == "dhl").unwrap();
        dhl["sources"].as_array().unwrap().iter().find(|s| s["id"] == "dhl.unified").unwrap()["spent"].clone()
    };
    assert!(spent().is_null());
    assert_eq!(with(&["keys", "list"]).code, Some(0), "it makes the store");
    assert_eq!(site.run(&["dhl.unified"], RIGHT).await.code, Some(0));
    let amount = serde_json::json!({"amount": "0.0100", "currency": "EUR"});
    assert_eq!(spent(), serde_json::json!([{"month": amount, "today": amount}]));
}
