//! `GET /v1/trackings/…`: the official answer, from the cache or asked now, with an entity tag.

use http::Method;
use waygate::sandbox::Fault;

use crate::support::{Setup, TestApp, sample};

const PATH: &str = "/v1/trackings/ups/1ZWAYG8T0300002011";

#[tokio::test]
async fn an_unchanged_tracking_is_not_sent_twice() {
    let app = TestApp::start().await;
    app.advance_hours(24).await;
    let first = app.client.get(PATH).await;
    assert_eq!(first.ok()["outcome"], "found");
    assert!(first.header("cache-control").unwrap().starts_with("private"));
    let tag = first.header("etag").unwrap();
    for tags in [tag.to_owned(), format!("W/{tag}"), format!("\"other\", {tag}"), "*".to_owned()] {
        let again = app.client.send(Method::GET, PATH, &[("if-none-match", &tags)], None).await;
        assert_eq!((again.status, again.body.len(), again.header("etag")), (304, 0, Some(tag)), "{tags}");
    }
    let other = app.client.send(Method::GET, PATH, &[("if-none-match", "\"other\"")], None).await;
    assert_eq!((other.status, &other.body), (200, &first.body));
    assert_eq!(app.asked("/api/track/"), 1, "the cache answers");
    // When the parcel has moved, the tag is another.
    app.advance_hours(60).await;
    let later = app.client.send(Method::GET, PATH, &[("if-none-match", tag)], None).await;
    assert_eq!(later.ok()["status"], "delivered");
    assert_ne!(later.header("etag"), Some(tag));
}

#[tokio::test]
async fn what_cannot_be_asked_is_told_apart_from_what_is_not_known() {
    let app = TestApp::start().await;
    let get = async |path: &str| app.client.get(&format!("/v1/trackings/{path}")).await;
    assert_eq!(get("ups/1ZWAYG8T0300002093").await.ok()["outcome"], "not_found");
    get("nobody/1ZWAYG8T0300002011").await.problem(404, "no_such_carrier");
    get("toll/1ZWAYG8T0300002011").await.problem(422, "not_this_carriers_number");
    get("ups/1ZWAYG8T0300002012").await.problem(422, "not_this_carriers_number");
    get("ups/nonsense").await.problem(422, "not_this_carriers_number");
    get("usps/9400111899223100001016").await.any_problem();
    get(&format!("ups/{}", "1".repeat(65))).await.problem(400, "too_long");
    get(&format!("{}/1", "a".repeat(65))).await.problem(400, "too_long");
}

#[tokio::test]
async fn a_source_in_trouble_is_told_with_a_time_to_come_back() {
    let app = TestApp::start().await;
    app.sandbox.faults().set("ups.track", Fault::Down);
    let answer = app.client.get(PATH).await;
    let problem = answer.problem(503, "source_gave_no_answer");
    assert_eq!(problem["outcome"], "unavailable");
    assert!(answer.header("retry-after").is_some());
    app.sandbox.faults().clear("ups.track");
    app.advance_hours(24).await;
    assert_eq!(app.client.get(PATH).await.ok()["outcome"], "found");
}

#[tokio::test]
async fn a_request_that_takes_too_long_ends_with_a_problem_too() {
    let app = Setup::default().edit("[server]\n", "[server]\nrequest_timeout_ms = 300\n").start().await;
    app.sandbox.faults().set("dhl.unified", Fault::Slow { ms: 5_000 });
    let path = format!("/v1/trackings/dhl/{}", sample("dhl.unified").moving);
    app.client.get(&path).await.problem(503, "timeout");
}

#[tokio::test]
async fn the_last_answer_stands_in_for_a_day_with_its_age_and_the_reason() {
    let app = TestApp::start().await;
    app.advance_hours(24).await;
    let first = app.client.get(PATH).await;
    assert_eq!(first.ok()["outcome"], "found");
    app.sandbox.faults().set("ups.track", Fault::Down);
    app.advance_hours(3).await;
    let stale = app.client.get(PATH).await;
    assert_eq!((stale.status, &stale.body), (200, &first.body));
    assert_eq!(stale.header("age"), Some("10800"));
    assert_eq!(stale.header("cache-status"), Some("waygate; fwd=stale; detail=unavailable"));
    assert!(stale.header("cache-control").unwrap().contains("no-cache"));
    app.advance_hours(22).await;
    app.client.get(PATH).await.problem(503, "source_gave_no_answer");
}
