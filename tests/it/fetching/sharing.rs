//! One request for many askers, one token for many requests.

use futures_util::future::join_all;
use jiff::SignedDuration;
use waygate_carriers::contract::FailureKind;

use super::{KEPT, NOW, ask, failure, source};
use crate::support::{SOURCES, TestApp, sample};

const TOKEN: &str = "/security/v1/oauth/token";
const TRACK: &str = "/api/track/";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_who_ask_for_one_number_at_once_make_one_request() {
    let app = TestApp::start().await;
    app.advance_hours(24).await;
    let fetcher = &app.assembly.app.gateway.fetcher;
    for id in SOURCES {
        let (source, ask) = (source(id), ask(id, sample(id).moving));
        let answers = join_all((0..100).map(|_| fetcher.ask(&source, &ask, KEPT))).await;
        assert!(answers.iter().all(|a| a.reading.tracking().is_some()), "{:?}", answers[0].reading);
        let sent = app.asked.lock().unwrap().iter().filter(|r| r.contains(id) && !r.contains(TOKEN)).count();
        assert_eq!(sent, 1, "{id}");
    }
    assert_eq!(app.asked(TOKEN), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_failure_is_shared_by_those_who_waited_and_kept_for_nobody() {
    let app = TestApp::start().await;
    let fetcher = &app.assembly.app.gateway.fetcher;
    let (source, ask) = (source("dhl.unified"), ask("dhl.unified", "3318811053"));
    app.sandbox.faults().set("dhl.unified", waygate::sandbox::Fault::Garbage);
    let first = fetcher.ask(&source, &ask, KEPT).await;
    assert_eq!(failure(&first.reading).kind, FailureKind::Malformed);
    app.sandbox.faults().clear("dhl.unified");
    app.advance_hours(24).await;
    assert!(fetcher.ask(&source, &ask, KEPT).await.reading.tracking().is_some());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_token_serves_all_until_it_runs_out() {
    let app = TestApp::start().await;
    let fetcher = &app.assembly.app.gateway.fetcher;
    let ups = source("ups.track");
    let asks: Vec<_> = ["2011", "2020", "2048", "2057", "2066", "2075", "2084", "2093"]
        .map(|end| ask("ups.track", &format!("1ZWAYG8T030000{end}")))
        .to_vec();
    let all = async || {
        let answers = join_all(asks.iter().map(|ask| fetcher.ask(&ups, ask, NOW))).await;
        assert!(answers.iter().all(|a| a.is_answer()), "{answers:#?}");
    };
    all().await;
    assert_eq!((app.asked(TOKEN), app.asked(TRACK)), (1, 8));
    // UPS gives tokens for 14,399 seconds; ours is renewed a minute before.
    app.clock.advance(SignedDuration::from_secs(14_399 - 61));
    all().await;
    assert_eq!(app.asked(TOKEN), 1);
    app.clock.advance(SignedDuration::from_secs(1));
    all().await;
    assert_eq!((app.asked(TOKEN), app.asked(TRACK)), (2, 24));
}

#[tokio::test]
async fn a_token_that_is_refused_is_renewed_once_and_no_more() {
    let app = TestApp::start().await;
    let fetcher = &app.assembly.app.gateway.fetcher;
    let ups = source("ups.track");
    let refused = fetcher.ask(&ups, &ask("ups.track", "1ZWAYG8T0300002039"), NOW).await;
    assert_eq!(failure(&refused.reading).kind, FailureKind::Refused);
    assert_eq!((app.asked(TOKEN), app.asked(TRACK)), (2, 2));
    assert!(fetcher.ask(&ups, &ask("ups.track", "1ZWAYG8T0300002011"), NOW).await.is_answer());
}
