//! What is told of a source is what happened: figures, incidents, codes without a meaning, and to whom.

use serde_json::Value;
use waygate::sandbox::Fault;

use super::{NOW, ask, source};
use crate::support::{Setup, TestApp};

async fn dhl(app: &TestApp, key: &str) -> Value {
    let seen = app.key(key).get("/v1/carriers/dhl").await.ok();
    seen["sources"].as_array().unwrap().iter().find(|s| s["id"] == "dhl.unified").unwrap().clone()
}

async fn asked(app: &TestApp, n: u32, fault: Option<Fault>) {
    match fault {
        Some(fault) => app.sandbox.faults().set("dhl.unified", fault),
        None => app.sandbox.faults().clear("dhl.unified"),
    }
    let number = format!("33{n:08}");
    app.assembly.app.gateway.fetcher.ask(&source("dhl.unified"), &ask("dhl.unified", &number), NOW).await;
}

#[tokio::test]
async fn the_figures_of_a_source_are_those_of_what_was_asked() {
    let app = Setup::default().edit("per_day = 1000000", "per_day = 100").start().await;
    for n in 0..6 {
        asked(&app, n, None).await;
    }
    for n in 6..8 {
        asked(&app, n, Some(Fault::Down)).await;
    }
    app.clock.advance(jiff::SignedDuration::from_secs(90));
    let shown = dhl(&app, &app.keys.operator).await;
    assert_eq!((&shown["asked"], &shown["answered"]), (&8.into(), &6.into()), "{shown:#}");
    assert_eq!(shown["latest"]["requests"], 8);
    assert_eq!(shown["latest"]["answered_share"], 0.75);
    assert_eq!((&shown["answered_seconds_ago"], &shown["left_today"]), (&90.into(), &92.into()));
    let (p50, p95) =
        (shown["latest"]["p50_ms"].as_u64().unwrap(), shown["latest"]["p95_ms"].as_u64().unwrap());
    assert!(p50 <= p95);
    let metrics = app.anonymous().get("/metrics").await.text();
    for line in [
        "waygate_source_requests_total{source=\"dhl.unified\"} 8\n",
        "waygate_source_answers_total{source=\"dhl.unified\"} 6\n",
        "waygate_source_answered_ratio{source=\"dhl.unified\"} 0.75\n",
        "waygate_source_answer_age_seconds{source=\"dhl.unified\"} 90\n",
        "waygate_source_quota_left{source=\"dhl.unified\"} 92\n",
        "waygate_source_unmapped_codes{source=\"dhl.unified\"} 0\n",
    ] {
        assert!(metrics.contains(line), "{line}{metrics}");
    }
}

#[tokio::test]
async fn a_slow_source_shows_in_its_latency() {
    let app = TestApp::start().await;
    for n in 0..3 {
        asked(&app, n, Some(Fault::Slow { ms: 120 })).await;
    }
    let shown = dhl(&app, &app.keys.arbiter).await;
    for figure in ["p50_ms", "p95_ms"] {
        assert!(shown["latest"][figure].as_u64().unwrap() >= 120, "{shown:#}");
    }
}

#[tokio::test]
async fn what_is_wrong_beyond_an_outage_is_an_incident_on_record_for_operators() {
    let app = TestApp::start().await;
    let faults = [Fault::Redirect, Fault::Flood, Fault::WrongNumber, Fault::Garbage];
    app.clock.advance(jiff::SignedDuration::from_hours(24));
    for (n, fault) in (0..).zip(faults) {
        if fault == Fault::WrongNumber {
            // Only a parcel that is known is answered with a number.
            app.sandbox.faults().set("dhl.unified", fault);
            let known = ask("dhl.unified", "3318811053");
            app.assembly.app.gateway.fetcher.ask(&source("dhl.unified"), &known, NOW).await;
        } else {
            asked(&app, n, Some(fault)).await;
        }
        // So that the breaker stays closed.
        asked(&app, 100 + n, None).await;
    }
    asked(&app, 50, Some(Fault::Down)).await;
    let kinds = |shown: &Value| -> Vec<String> {
        shown["incidents"]
            .as_array()
            .unwrap()
            .iter()
            .map(|i| i["kind"].as_str().unwrap().to_owned())
            .collect()
    };
    let shown = dhl(&app, &app.keys.operator).await;
    let recorded = kinds(&shown);
    let latest_first = ["html_instead", "wrong_number", "too_long", "redirect"];
    assert_eq!(recorded, latest_first, "{shown:#}");
    let metrics = app.anonymous().get("/metrics").await.text();
    assert!(
        metrics.contains("waygate_source_incidents_total{source=\"dhl.unified\",kind=\"redirect\"} 1\n"),
        "{metrics}"
    );
    for key in [&app.keys.arbiter, &app.keys.order_system, &app.keys.seller] {
        let shown = dhl(&app, key).await;
        for field in ["incidents", "unmapped_codes", "unmapped_codes_count", "spent", "credentials"] {
            assert!(shown[field].is_null(), "{field}: {shown:#}");
        }
    }
    let app = app.restart().await;
    assert_eq!(kinds(&dhl(&app, &app.keys.operator).await), recorded);
}
