//! Politeness: pauses that a source asks for, a day's quota, a source that fails again and again.

use jiff::{SignedDuration, Timestamp};
use waygate::sandbox::Fault;

use super::{NOW, ask, failure, source};
use crate::support::{Setup, TestApp};

const TRACK: &str = "/track/shipments";

#[tokio::test]
async fn a_source_that_says_too_many_requests_is_left_alone_for_a_minute() {
    let app = TestApp::start().await;
    let fetcher = &app.assembly.app.gateway.fetcher;
    let (dhl, ask) = (source("dhl.unified"), ask("dhl.unified", "3318811053"));
    app.sandbox.faults().set("dhl.unified", Fault::RateLimited);
    let first = fetcher.ask(&dhl, &ask, NOW).await;
    assert_eq!(first.again_at, Some(app.now() + SignedDuration::from_secs(60)));
    app.sandbox.faults().clear("dhl.unified");
    app.clock.advance(SignedDuration::from_secs(59));
    let second = fetcher.ask(&dhl, &ask, NOW).await;
    assert_eq!((failure(&second.reading).code.as_str(), second.asked), ("source_paused", false));
    assert_eq!(app.asked(TRACK), 1);
    app.clock.advance(SignedDuration::from_secs(1));
    assert!(fetcher.ask(&dhl, &ask, NOW).await.is_answer());
}

#[tokio::test]
async fn a_days_quota_is_kept_and_said() {
    let app = Setup::default().edit("per_day = 1000000", "per_day = 3").start().await;
    let fetcher = &app.assembly.app.gateway.fetcher;
    let dhl = source("dhl.unified");
    // DHL's day begins at 00:00 GMT.
    let opens: Timestamp = "2026-03-03T00:00:00Z".parse().unwrap();
    for n in 0..3 {
        assert_eq!(fetcher.health().await[&dhl].left_today, Some(3 - n));
        let number = format!("331881105{n}");
        assert!(fetcher.ask(&dhl, &ask("dhl.unified", &number), NOW).await.is_answer());
    }
    let ask = ask("dhl.unified", "3318811053");
    let fourth = fetcher.ask(&dhl, &ask, NOW).await;
    assert_eq!((failure(&fourth.reading).code.as_str(), fourth.again_at), ("budget_spent", Some(opens)));
    assert_eq!(app.asked(TRACK), 3);
    app.clock.set(opens);
    assert!(fetcher.ask(&dhl, &ask, NOW).await.is_answer());
}

#[tokio::test]
async fn a_source_that_fails_again_and_again_is_left_alone_and_then_probed() {
    let app = TestApp::start().await;
    let fetcher = &app.assembly.app.gateway.fetcher;
    let (dhl, ask) = (source("dhl.unified"), ask("dhl.unified", "3318811053"));
    app.sandbox.faults().set("dhl.unified", Fault::Down);
    for _ in 0..8 {
        assert!(!fetcher.ask(&dhl, &ask, NOW).await.is_answer());
    }
    assert_eq!(app.asked(TRACK), 5);
    app.clock.advance(SignedDuration::from_secs(30));
    for _ in 0..3 {
        fetcher.ask(&dhl, &ask, NOW).await;
    }
    assert_eq!(app.asked(TRACK), 6, "one probe");
    app.sandbox.faults().clear("dhl.unified");
    app.clock.advance(SignedDuration::from_secs(60));
    assert!(fetcher.ask(&dhl, &ask, NOW).await.is_answer());
}

#[tokio::test]
async fn a_quota_that_is_spent_makes_no_verdict_and_the_look_waits_for_the_next_day() {
    let app = Setup::default().edit("per_day = 1000000", "per_day = 1").start().await;
    let sample = crate::support::sample("dhl.unified");
    let mut shipments = Vec::new();
    for number in ["3318811053", "3318811064", "3318811075"] {
        app.register(&sample.order(number, "s-1")).await;
        shipments.push(app.submit(number, "dhl", number).await);
    }
    app.advance_hours(1).await;
    let looked = app.asked(TRACK);
    assert_eq!(looked, 1);
    for shipment in &shipments {
        assert_eq!(app.verdict(shipment).await, "pending");
    }
    app.advance_hours(24).await;
    assert_eq!(app.asked(TRACK), 2);
}
