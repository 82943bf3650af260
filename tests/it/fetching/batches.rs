//! Several numbers in one request: each asker gets the reading of its own number, and what an answer does not name is
//! never "not found".

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::Query;
use axum::response::IntoResponse;
use futures_util::future::join_all;
use http::header;
use serde_json::json;
use tokio::net::TcpListener;
use waygate::clock::ManualClock;
use waygate::fetch::{Fetched, Fetcher, Secrets, Shares, SourceSetup, SourceState, Waits, Wanted};
use waygate::secrets::sha256_hex;
use waygate_carriers::contract::{Ask, CarrierId, FailureKind, Reading, Response};
use waygate_carriers::registry::registry;

use super::{NOW, failure, source, wanted};
use crate::support::{START, Setup, TestApp, order};

const ROUTINE: Wanted = wanted(Waits::Routine);
const FEDEX: &str = "fedex.track";
const TRACK: &str = "/track/v1/trackingnumbers";
/// Parcels of the sandbox.
const MOVING: [&str; 2] = ["700000000010", "700000000021"];

fn ask(carrier: &str, number: &str) -> Ask {
    Ask { carrier: CarrierId::new(carrier).unwrap(), format: None, ..super::ask("ups.track", number) }
}

/// Thirty numbers, of which the sandbox knows two.
fn thirty() -> Vec<String> {
    let unknown = (0..28).map(|n| format!("8000000000{n:02}"));
    unknown.chain(MOVING.map(str::to_owned)).collect()
}

async fn app() -> TestApp {
    let app = Setup::default().source(FEDEX).edit("[secrets]", "[work]\nlooks_at_once = 64\n[secrets]");
    app.start().await
}

#[tokio::test]
async fn thirty_numbers_that_wait_make_one_request_and_each_gets_its_own_reading() {
    let app = app().await;
    app.advance_hours(24).await;
    let fetcher = &app.assembly.app.gateway.fetcher;
    let numbers = thirty();
    let asks: Vec<Ask> = numbers.iter().map(|number| ask("fedex", number)).collect();
    let fedex = source(FEDEX);
    let answers = join_all(asks.iter().map(|ask| fetcher.ask(&fedex, ask, ROUTINE))).await;
    assert_eq!(app.asked(TRACK), 1);
    let body = Arc::clone(&answers[0].body);
    for (number, fetched) in numbers.iter().zip(&answers) {
        assert_eq!(sha256_hex(&fetched.body), sha256_hex(&body));
        match &fetched.reading {
            Reading::Found(tracking) => assert_eq!(tracking.tracking_number, *number),
            Reading::Failed(failure) => {
                assert_eq!(failure.kind, FailureKind::NotFound, "{failure:?}");
                assert_eq!(failure.tracking_number.as_deref(), Some(number.as_str()));
            }
        }
        assert_eq!(fetched.reading.tracking().is_some(), MOVING.contains(&number.as_str()), "{number}");
        // Whoever reads the whole answer again for one number reads the same.
        let response = Response { status: 200, body: &fetched.body, asked: Some(number) };
        let again = registry().read(&CarrierId::new("fedex").unwrap(), Some(&fedex), response);
        assert_eq!(again, std::slice::from_ref(&fetched.reading));
    }
    // What was answered together is kept for each.
    for ask in &asks {
        assert!(fetcher.ask(&fedex, ask, super::KEPT).await.is_answer());
    }
    assert_eq!(app.asked(TRACK), 1);
}

/// The sandbox of each is written from the carrier's documents, which say how several numbers are asked for.
#[tokio::test]
async fn every_source_that_takes_several_numbers_answers_each_of_them() {
    let several = registry().sources().filter(|source| source.batch().is_some());
    let several: Vec<_> = several.map(|source| source.facts().id.clone()).collect();
    let known = [FEDEX, "tnt.expressconnect", "australia_post.track"];
    assert_eq!(several.len(), known.len(), "{several:?}");
    let app = known.into_iter().fold(Setup::default(), Setup::source).start().await;
    let fetcher = &app.assembly.app.gateway.fetcher;
    for id in several {
        let max = registry().source(&id).unwrap().batch().unwrap().max;
        let carrier = id.carrier();
        let asks: Vec<Ask> = (0..max).map(|n| ask(carrier.as_str(), &format!("8000000{n:05}"))).collect();
        let answers = join_all(asks.iter().map(|ask| fetcher.ask(&id, ask, ROUTINE))).await;
        for (ask, fetched) in asks.iter().zip(&answers) {
            let failure = failure(&fetched.reading);
            assert_eq!(failure.kind, FailureKind::NotFound, "{id}: {failure:?}");
            assert_eq!(failure.tracking_number.as_deref(), Some(ask.tracking_number.as_str()), "{id}");
            assert_eq!(fetched.body, answers[0].body, "{id}");
        }
        let log = app.asked.lock().unwrap();
        let sent = log.iter().filter(|line| line.contains(id.as_str()) && !line.contains("/oauth/")).count();
        assert_eq!(sent, 1, "{id}");
    }
}

#[tokio::test]
async fn the_worker_asks_for_many_shipments_together_and_records_the_whole_answer_for_each() {
    let app = app().await;
    let mut shipments = Vec::new();
    for number in thirty() {
        app.register(&order(&number)).await;
        shipments.push((app.submit(&number, "fedex", &number).await, number));
    }
    app.run_until_idle().await;
    assert!(app.asked(TRACK) <= 5, "{}", app.asked(TRACK));
    let arbiter = app.key(&app.keys.arbiter);
    for (shipment, number) in shipments {
        let seen = arbiter.get(&format!("/v1/shipments/{shipment}/observations")).await.ok();
        let newest = &seen["data"][0];
        assert_eq!(newest["reading"]["tracking_number"], number, "{newest:#}");
        let body =
            arbiter.get(&format!("/v1/observations/{}/body", newest["id"].as_str().unwrap())).await.body;
        assert_eq!(sha256_hex(&body), newest["body_sha256"].as_str().unwrap());
        assert!(String::from_utf8_lossy(&body).contains(&number));
    }
}

#[tokio::test]
async fn a_person_waits_for_no_others() {
    let app = app().await;
    let fetcher = &app.assembly.app.gateway.fetcher;
    let (fedex, one, two) = (source(FEDEX), ask("fedex", "800000000001"), ask("fedex", "800000000002"));
    let (routine, person) = tokio::join!(fetcher.ask(&fedex, &one, ROUTINE), fetcher.ask(&fedex, &two, NOW));
    assert!(routine.is_answer() && person.is_answer());
    assert_eq!(app.asked(TRACK), 2);
    assert!(!String::from_utf8_lossy(&person.body).contains("800000000001"));
}

#[tokio::test]
async fn one_who_goes_away_leaves_the_others_theirs() {
    let app = app().await;
    let fetcher = &app.assembly.app.gateway.fetcher;
    let fedex = source(FEDEX);
    let asks = ["800000000001", "800000000002", "800000000003"].map(|number| ask("fedex", number));
    let mut first = Box::pin(fetcher.ask(&fedex, &asks[0], ROUTINE));
    // The first is the one who would send for all; it goes away once the others have joined.
    let others = async {
        tokio::join!(fetcher.ask(&fedex, &asks[1], ROUTINE), fetcher.ask(&fedex, &asks[2], ROUTINE))
    };
    tokio::pin!(others);
    assert!(futures_util::poll!(&mut first).is_pending() && futures_util::poll!(&mut others).is_pending());
    drop(first);
    let (second, third) = others.await;
    assert!(second.is_answer() && third.is_answer());
    assert_eq!(app.asked(TRACK), 1);
}

/// What Australia Post's side says to a request for several numbers.
type Several = fn(&[String]) -> String;

/// Australia Post's side that knows no parcel, and misbehaves for several; every request's numbers.
async fn australia_post(several: Several) -> (Fetcher, Arc<Mutex<Vec<usize>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base_url = format!("http://{}", listener.local_addr().unwrap());
    let requests = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&requests);
    let answer = move |Query(fields): Query<Vec<(String, String)>>| {
        let ids = fields.into_iter().find(|(name, _)| name == "tracking_ids").unwrap().1;
        let ids: Vec<String> = ids.split(',').map(str::to_owned).collect();
        log.lock().unwrap().push(ids.len());
        let body = if ids.len() > 1 { several(&ids) } else { unknown(&ids) };
        async move { ([(header::CONTENT_TYPE, "application/json")], body).into_response() }
    };
    let router = Router::new().fallback(answer);
    tokio::spawn(async move { axum::serve(listener, router).await });
    let post = Arc::clone(registry().source(&source("australia_post.track")).unwrap());
    let mut limits = post.facts().limits.clone();
    (limits.interval_ms, limits.burst, limits.concurrent) = (1, 100, 10);
    let mut secrets = Secrets::default();
    for name in &post.facts().secrets {
        secrets.insert(name, "secret".to_owned().into());
    }
    let setup = SourceSetup {
        state: SourceState::On,
        base_url,
        sandbox: true,
        limits,
        credentials: vec![(String::new(), secrets)],
        shares: Shares::default(),
        cost_per_call: None,
    };
    let clock = Arc::new(ManualClock::new(START.parse().unwrap()));
    (Fetcher::new(vec![(post, setup)], clock, None).unwrap(), requests)
}

/// "Not found" for each of these numbers, in Australia Post's words.
fn unknown(ids: &[String]) -> String {
    let result = |id: &String| json!({"tracking_id": id, "errors": [{"code": "ESB-10001", "name": "Invalid tracking ID"}]});
    json!({"tracking_results": ids.iter().map(result).collect::<Vec<_>>()}).to_string()
}

async fn four(fetcher: &Fetcher) -> Vec<Arc<Fetched>> {
    let post = source("australia_post.track");
    let asks = [1, 2, 3, 4].map(|n| ask("australia_post", &format!("33ABC000000{n}")));
    join_all(asks.iter().map(|ask| fetcher.ask(&post, ask, ROUTINE))).await
}

#[tokio::test]
async fn a_number_that_an_answer_about_several_leaves_out_is_asked_for_alone() {
    let (fetcher, requests) = australia_post(|ids| unknown(&ids[1..])).await;
    let answers = four(&fetcher).await;
    assert!(answers.iter().all(|a| failure(&a.reading).kind == FailureKind::NotFound), "{answers:?}");
    assert_eq!(*requests.lock().unwrap(), [4, 1]);
    // Its "not found" is from the request for it alone.
    assert!(answers[0].body != answers[1].body && answers[1].body == answers[2].body);
}

#[tokio::test]
async fn an_answer_about_several_that_cannot_be_read_is_followed_by_one_request_for_each() {
    let (fetcher, requests) = australia_post(|_| "<html>nothing</html>".to_owned()).await;
    let answers = four(&fetcher).await;
    assert!(answers.iter().all(|a| failure(&a.reading).kind == FailureKind::NotFound), "{answers:?}");
    let mut requests = requests.lock().unwrap().clone();
    requests.sort_unstable();
    assert_eq!(requests, [1, 1, 1, 1, 4]);
}

#[tokio::test]
async fn a_not_found_that_names_no_number_is_believed_of_none() {
    let nobody =
        |_: &[String]| json!({"errors": [{"code": "ESB-10001", "name": "Invalid tracking ID"}]}).to_string();
    let (fetcher, requests) = australia_post(nobody).await;
    let answers = four(&fetcher).await;
    assert!(answers.iter().all(|a| String::from_utf8_lossy(&a.body).contains("tracking_id")), "{answers:?}");
    assert_eq!(requests.lock().unwrap().len(), 5);
}
