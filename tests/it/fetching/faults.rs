//! Every fault of every source, through the whole gateway: what it is recorded as, that no verdict gets worse, and that
//! good answers come back when it ends.

use serde_json::Value;
use waygate::sandbox::Fault;

use crate::support::{SOURCES, Setup, TestApp, sample};

/// The shipments of one source: one whose parcel moves, one whose parcel is not heard of.
struct Pair {
    source: &'static str,
    moving: String,
    silent: String,
}

async fn pairs(app: &TestApp) -> Vec<Pair> {
    let mut pairs = Vec::new();
    for source in SOURCES {
        let sample = sample(source);
        let (moving, silent) = (format!("{source} moving"), format!("{source} silent"));
        app.register(&sample.order(&moving, "s-1")).await;
        app.register(&sample.order(&silent, "s-1")).await;
        pairs.push(Pair {
            source,
            moving: app.submit(&moving.replace(' ', "%20"), sample.carrier, sample.moving).await,
            silent: app.submit(&silent.replace(' ', "%20"), sample.carrier, sample.silent).await,
        });
    }
    pairs
}

async fn verdicts(app: &TestApp, shipment: &str) -> Vec<String> {
    let list = app.client.get(&format!("/v1/shipments/{shipment}/verdicts")).await.ok();
    list["data"].as_array().unwrap().iter().map(|v| v["verdict"].as_str().unwrap().to_owned()).collect()
}

async fn newest(app: &TestApp, shipment: &str) -> Value {
    let seen = app.key(&app.keys.arbiter).get(&format!("/v1/shipments/{shipment}/observations")).await.ok();
    seen["data"][0].clone()
}

/// All sources do this for a day. `outcome` and `code` are what must be recorded; a code of "" may be the carrier's own.
async fn through(fault: Fault, outcome: &str, code: &str) {
    let timeout = if matches!(fault, Fault::Slow { .. }) { 300 } else { 5_000 };
    let limits = format!("interval_ms = 1\ntimeout_ms = {timeout}\n");
    let app = Setup::default().edit("interval_ms = 1\n", &limits).start().await;
    let pairs = pairs(&app).await;
    app.advance_hours(24).await;
    for pair in &pairs {
        assert_eq!(app.verdict(&pair.moving).await, "verified", "{}", pair.source);
        assert_eq!(app.verdict(&pair.silent).await, "pending", "{}", pair.source);
    }

    for source in SOURCES {
        app.sandbox.faults().set(source, fault);
    }
    app.advance_hours(24).await;
    for pair in &pairs {
        for shipment in [&pair.moving, &pair.silent] {
            let newest = newest(&app, shipment).await;
            let reading = &newest["reading"];
            // A page needs no credentials, and any other page in its place is a page that says why there is none.
            let pages_own =
                pair.source == "japan_post.page" && matches!(fault, Fault::Unauthorized | Fault::Garbage);
            let outcome = if pages_own { "unavailable" } else { outcome };
            assert_eq!(reading["outcome"], outcome, "{}: {newest:#}", pair.source);
            if !code.is_empty() {
                assert_eq!(reading["error"]["code"], code, "{}: {newest:#}", pair.source);
            }
        }
        assert_eq!(app.verdict(&pair.moving).await, "verified", "{}", pair.source);
        assert_eq!(app.verdict(&pair.silent).await, "pending", "{}", pair.source);
    }

    for source in SOURCES {
        app.sandbox.faults().clear(source);
    }
    app.advance_hours(48).await;
    for pair in &pairs {
        let shown = app.shipment(&pair.moving).await;
        assert_eq!(shown["tracking"]["status"], "delivered", "{}: {shown:#}", pair.source);
        // At no time in between was there another verdict.
        let history = verdicts(&app, &pair.moving).await;
        assert!(history.iter().all(|v| v == "verified" || v == "pending"), "{}: {history:?}", pair.source);
        let turned = history.iter().rev().skip_while(|v| *v == "pending").all(|v| v == "verified");
        assert!(turned, "{}: {history:?}", pair.source);
        let history = verdicts(&app, &pair.silent).await;
        assert!(history.iter().all(|v| v == "pending"), "{}: {history:?}", pair.source);
    }
}

macro_rules! faults {
    ($($name:ident: $fault:expr => $outcome:literal, $code:literal;)*) => {$(
        #[tokio::test]
        async fn $name() {
            through($fault, $outcome, $code).await;
        }
    )*};
}

faults! {
    down: Fault::Down => "unavailable", "";
    a_gateways_page_in_front_of_it: Fault::Html503 => "unavailable", "";
    too_many_requests: Fault::RateLimited => "rate_limited", "";
    it_refuses_our_credentials: Fault::Unauthorized => "refused", "";
    slower_than_its_time: Fault::Slow { ms: 1_000 } => "unavailable", "timeout";
    a_page_instead_of_an_answer: Fault::Garbage => "malformed", "";
    the_line_breaks_in_the_middle: Fault::HalfBody => "unavailable", "no_connection";
    an_answer_cut_in_the_middle: Fault::Truncated => "malformed", "";
    a_redirect_elsewhere: Fault::Redirect => "malformed", "redirect";
    an_answer_about_another_number: Fault::WrongNumber => "malformed", "";
    an_answer_without_end: Fault::Flood => "malformed", "too_long";
}

#[tokio::test]
async fn an_answer_that_is_late_but_in_time_is_an_answer() {
    let app = TestApp::start().await;
    let pairs = pairs(&app).await;
    for source in SOURCES {
        app.sandbox.faults().set(source, Fault::Slow { ms: 50 });
    }
    app.advance_hours(24).await;
    for pair in &pairs {
        assert_eq!(app.verdict(&pair.moving).await, "verified", "{}", pair.source);
    }
}
