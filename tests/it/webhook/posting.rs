//! One delivery to a receiver that answers in every way a receiver can.

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use reqwest::dns::Resolve;
use waygate::clock::ManualClock;
use waygate::net::client::Egress;
use waygate::net::guard::Allow;
use waygate::store::{Attempt, AttemptResult, DueDelivery};
use waygate::webhook::SECRET_VERSION;
use waygate::webhook::deliver::{Deliverer, Limits};
use waygate::webhook::signature::verify;

use super::fake_store::FakeStore;
use super::guarding::Names;
use super::receiver::Receiver;
use super::{delivery, endpoint, master, noon};

/// Short, so that the tests of silence do not take long.
const TOTAL: Duration = Duration::from_millis(400);

async fn attempt_under(allow: Allow, delivery: DueDelivery) -> Attempt {
    attempt_within(TOTAL, allow, delivery).await
}

async fn attempt_within(total: Duration, allow: Allow, delivery: DueDelivery) -> Attempt {
    let store = Arc::new(FakeStore::of([delivery]));
    let resolver: Arc<dyn Resolve> = Arc::new(Names::nothing());
    let egress = Egress::with(allow, &resolver, total).unwrap();
    let clock = Arc::new(ManualClock::new(noon()));
    let store_of_worker: Arc<FakeStore> = Arc::clone(&store);
    let worker =
        Deliverer::new(store_of_worker, clock.clone(), clock, Arc::new(master()), egress, Limits::default());
    // In a task of its own, as the gateway runs it.
    let run = tokio::spawn(async move { worker.run_due().await });
    assert_eq!(run.await.unwrap().unwrap(), 1);
    let [attempt] = store.attempts().try_into().unwrap();
    attempt
}

async fn attempt_to(url: &str) -> Attempt {
    attempt_under(Allow::loopback(), delivery(&endpoint(url), "A-1", 1)).await
}

/// The wait before the next attempt.
fn wait(attempt: &Attempt) -> SignedDuration {
    match attempt.result {
        AttemptResult::RetryAt(at) => at.duration_since(noon()),
        ref other => panic!("{other:?}"),
    }
}

fn is_first_wait(attempt: &Attempt) -> bool {
    (SignedDuration::from_secs(4)..=SignedDuration::from_secs(6)).contains(&wait(attempt))
}

#[tokio::test]
async fn a_receiver_gets_the_signed_event_and_its_2xx_ends_the_delivery() {
    let receiver = Receiver::start().await;
    let due = delivery(&endpoint(&receiver.url("ok")), "A-1", 1);
    let attempt = attempt_under(Allow::loopback(), due.clone()).await;

    assert_eq!(attempt.result, AttemptResult::Delivered);
    assert_eq!((attempt.http_status, attempt.error.as_deref()), (Some(200), None));
    assert_eq!(attempt.answer, "thank you");
    assert_eq!((&attempt.endpoint, &attempt.event), (&due.endpoint.id, &due.event.id));
    assert_eq!(attempt.at, noon());

    let [got] = receiver.received().try_into().unwrap();
    let secret = master().webhook_secret(&due.endpoint.id, SECRET_VERSION);
    assert_eq!(verify(&secret, &got.headers, &got.body, noon()), Ok(()));
    assert_eq!(got.headers["webhook-id"], due.event.id.as_str());
    assert_eq!(got.headers["webhook-timestamp"], noon().as_second().to_string());
    assert_eq!(got.headers["content-type"], "application/json");
    assert!(got.headers["user-agent"].to_str().unwrap().starts_with("Waygate/"));
    let body: serde_json::Value = serde_json::from_slice(&got.body).unwrap();
    assert_eq!(body["id"], due.event.id.as_str());
    assert_eq!(body["type"], "shipment.verified");
}

#[tokio::test]
async fn a_failure_is_tried_again_by_the_schedule() {
    let receiver = Receiver::start().await;
    for status in [400, 401, 404, 500, 503] {
        let attempt = attempt_to(&receiver.url(&status.to_string())).await;
        assert_eq!(attempt.http_status, Some(status));
        assert_eq!(attempt.error, Some(format!("the endpoint answered {status}")));
        assert!(is_first_wait(&attempt), "{attempt:?}");
    }
}

#[tokio::test]
async fn a_receiver_that_asks_for_time_gets_it() {
    let receiver = Receiver::start().await;
    let attempt = attempt_to(&receiver.url("busy")).await;
    assert_eq!(attempt.http_status, Some(429));
    assert_eq!(wait(&attempt), SignedDuration::from_secs(120));
}

#[tokio::test]
async fn a_receiver_that_is_gone_is_disabled() {
    let receiver = Receiver::start().await;
    let attempt = attempt_to(&receiver.url("410")).await;
    assert!(matches!(&attempt.result, AttemptResult::DisableEndpoint(why) if why.contains("410")));
}

#[tokio::test]
async fn a_redirect_is_a_failure_and_is_not_followed() {
    let receiver = Receiver::start().await;
    let attempt = attempt_to(&receiver.url("moved")).await;
    assert_eq!(attempt.http_status, Some(302));
    assert!(is_first_wait(&attempt));
    let paths: Vec<_> = receiver.received().into_iter().map(|got| got.path).collect();
    assert_eq!(paths, ["moved"]);
}

#[tokio::test]
async fn silence_ends_in_time_and_is_tried_again() {
    let receiver = Receiver::start().await;
    let attempt = attempt_to(&receiver.url("never")).await;
    assert_eq!(attempt.http_status, None);
    assert!(attempt.error.as_deref().unwrap().starts_with("no answer in time"), "{attempt:?}");
    assert!(attempt.took_ms >= 400, "{attempt:?}");
    assert!(is_first_wait(&attempt));
}

#[tokio::test]
async fn an_answer_without_end_is_cut_and_still_counts() {
    let receiver = Receiver::start().await;
    let due = delivery(&endpoint(&receiver.url("endless")), "A-1", 1);
    let endless = attempt_within(Duration::from_secs(10), Allow::loopback(), due).await;
    assert_eq!(endless.result, AttemptResult::Delivered);
    assert_eq!(endless.answer, "x".repeat(512));
    assert!(endless.took_ms < 9_000, "it was read to the end of the time: {endless:?}");
    let stuck = attempt_to(&receiver.url("stuck")).await;
    assert_eq!(stuck.result, AttemptResult::Delivered);
    assert_eq!(stuck.answer, "");
}

#[tokio::test]
async fn a_closed_port_is_an_error_that_does_not_repeat_the_url() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let attempt = attempt_to(&format!("http://{address}/hook?token=hunter2")).await;
    let error = attempt.error.as_deref().unwrap();
    assert!(error.starts_with("no connection"), "{error}");
    assert!(!error.contains("hunter2") && !error.contains("http:"), "{error}");
    assert!(is_first_wait(&attempt));
}

#[tokio::test]
async fn what_is_kept_of_an_answer_is_harmless() {
    let receiver = Receiver::start().await;
    let attempt = attempt_to(&receiver.url("rude")).await;
    assert_eq!(attempt.answer, "[31mfailed");
}

#[tokio::test]
async fn a_refused_address_is_a_failed_attempt_and_nothing_arrives() {
    let receiver = Receiver::start().await;
    for url in [receiver.url("ok"), format!("https://{}/ok", receiver.address), "no url".to_owned()] {
        let attempt = attempt_under(Allow::internet(), delivery(&endpoint(&url), "A-1", 1)).await;
        assert!(attempt.error.as_deref().unwrap().starts_with("not sent: "), "{attempt:?}");
        assert_eq!(attempt.http_status, None);
        assert!(is_first_wait(&attempt));
    }
    assert_eq!(receiver.received().len(), 0);
}

#[tokio::test]
async fn a_cookie_does_not_come_back() {
    let receiver = Receiver::start().await;
    let target = endpoint(&receiver.url("cookie"));
    let store = Arc::new(FakeStore::of([delivery(&target, "A-1", 1), delivery(&target, "A-1", 2)]));
    let clock = Arc::new(ManualClock::new(noon()));
    let egress = Egress::new(Allow::loopback()).unwrap();
    let worker = Deliverer::new(store, clock.clone(), clock, Arc::new(master()), egress, Limits::default());
    assert_eq!(worker.run_due().await.unwrap(), 2);
    assert!(receiver.received().iter().all(|got| !got.headers.contains_key("cookie")));
}

#[tokio::test]
async fn the_tenth_failure_is_the_last() {
    let receiver = Receiver::start().await;
    let mut due = delivery(&endpoint(&receiver.url("500")), "A-1", 1);
    due.attempts = 8;
    let ninth = attempt_under(Allow::loopback(), due.clone()).await;
    assert!(matches!(ninth.result, AttemptResult::RetryAt(at) if at > noon() && at < Timestamp::MAX));
    due.attempts = 9;
    let tenth = attempt_under(Allow::loopback(), due).await;
    assert_eq!(tenth.result, AttemptResult::GiveUp);
}

/// Runs the first test above again in a process whose environment names a proxy that does not exist.
#[test]
fn a_proxy_in_the_environment_is_not_used() {
    let proxy = "http://127.0.0.1:1";
    let output = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "webhook::posting::a_receiver_gets_the_signed_event_and_its_2xx_ends_the_delivery"])
        .envs(
            ["http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"]
                .map(|name| (name, proxy)),
        )
        .env_remove("no_proxy")
        .env_remove("NO_PROXY")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && said.contains("1 passed"), "{said}");
}
