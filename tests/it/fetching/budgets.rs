//! A budget that is short: who goes first, who yields, what a restart forgets, and several credentials of one source.

use futures_util::future::join_all;
use jiff::{SignedDuration, Timestamp};
use waygate::fetch::{Fetched, Waits};
use waygate_carriers::contract::FailureKind;

use super::{NOW, ask, failure, source, wanted};
use crate::support::{SOURCES, Setup, TestApp};

const TRACK: &str = "/track/shipments";
const TOKEN: &str = "/security/v1/oauth/token";

/// A number that DHL does not know.
fn number(n: u32) -> String {
    format!("33{n:08}")
}

async fn ask_dhl(app: &TestApp, n: u32, by: Waits) -> std::sync::Arc<Fetched> {
    let fetcher = &app.assembly.app.gateway.fetcher;
    fetcher.ask(&source("dhl.unified"), &ask("dhl.unified", &number(n)), wanted(by)).await
}

async fn left(app: &TestApp) -> u32 {
    app.assembly.app.gateway.fetcher.health().await[&source("dhl.unified")].left_today.unwrap()
}

fn is_spent(fetched: &Fetched) -> bool {
    !fetched.asked && failure(&fetched.reading).code == "budget_spent"
}

#[tokio::test]
async fn the_more_urgent_go_out_first_where_one_may_go_at_a_time() {
    // Within one process: where a store is asked first, who stands in line first is not who asked first.
    let app = Setup::default().embedded().edit("concurrent = 16", "concurrent = 1").start().await;
    let order = [
        Waits::Routine,
        Waits::Routine,
        Waits::Deadline,
        Waits::Routine,
        Waits::Dispute,
        Waits::Person,
        Waits::Person,
    ];
    let asks = (0..).zip(order).map(|(n, by)| ask_dhl(&app, n, by));
    assert!(join_all(asks).await.iter().all(|fetched| fetched.is_answer()));
    let arrived: Vec<u32> = {
        let log = app.asked.lock().unwrap();
        let numbers = log.iter().filter_map(|line| line.split("trackingNumber=33").nth(1));
        numbers.map(|rest| rest[..8].parse().unwrap()).collect()
    };
    // The first finds nobody before it.
    assert_eq!(arrived, [0, 5, 6, 4, 2, 1, 3]);
}

#[tokio::test]
async fn a_person_makes_haste_of_a_routine_request_for_the_same_number() {
    // Within one process: where a store is asked first, who stands in line first is not who asked first.
    let app = Setup::default().embedded().edit("concurrent = 16", "concurrent = 1").start().await;
    let order = [(0, Waits::Routine), (1, Waits::Routine), (2, Waits::Routine), (2, Waits::Person)];
    let answers = join_all(order.map(|(n, by)| ask_dhl(&app, n, by))).await;
    assert!(answers.iter().all(|fetched| fetched.is_answer()));
    let log = app.asked.lock().unwrap();
    let at = |n| log.iter().position(|line| line.contains(&number(n))).unwrap();
    assert!(at(2) < at(1), "{log:?}");
    assert_eq!(log.iter().filter(|line| line.contains(TRACK)).count(), 3);
}

#[tokio::test]
async fn near_the_end_of_a_day_the_less_urgent_yield_first() {
    let app = Setup::default().edit("per_day = 1000000", "per_day = 20").start().await;
    let opens: Timestamp = "2026-03-03T00:00:00Z".parse().unwrap();
    let mut n = 0;
    let mut sent = Vec::new();
    for by in [Waits::Routine, Waits::Deadline, Waits::Dispute, Waits::Person] {
        let refused = loop {
            n += 1;
            let fetched = ask_dhl(&app, n, by).await;
            if !fetched.is_answer() {
                break fetched;
            }
        };
        assert!(is_spent(&refused), "{refused:?}");
        assert_eq!(refused.again_at, Some(opens));
        sent.push(app.asked(TRACK));
    }
    assert_eq!(sent, [16, 18, 19, 20]);
}

#[tokio::test]
async fn a_look_that_the_quota_puts_off_says_why_and_comes_back_after_the_day_opens() {
    let app = Setup::default().edit("per_day = 1000000", "per_day = 1").start().await;
    let sample = crate::support::sample("dhl.unified");
    let mut put_off = None;
    for number in ["3318811053", "3318811064"] {
        app.register(&sample.order(number, "s-1")).await;
        let shipment = app.submit(number, "dhl", number).await;
        app.run_until_idle().await;
        put_off = Some(app.shipment(&shipment).await);
    }
    let put_off = put_off.unwrap();
    let opens: Timestamp = "2026-03-03T00:00:00Z".parse().unwrap();
    let at: Timestamp = put_off["next_look_at"].as_str().unwrap().parse().unwrap();
    assert!(opens <= at && at <= opens + SignedDuration::from_hours(1), "{put_off:#}");
    assert!(put_off["next_look_why"].as_str().unwrap().contains("quota for today"), "{put_off:#}");
}

#[tokio::test]
async fn a_killed_gateway_forgets_nothing_of_the_day_but_at_most_a_portion_that_it_did_not_use() {
    let mut app = Setup::default().edit("per_day = 1000000", "per_day = 200").start().await;
    // A portion of 200 is 4.
    let (mut sent, mut n) = (0, 0);
    for asks in [5_u32, 1, 3] {
        for _ in 0..asks {
            n += 1;
            assert!(ask_dhl(&app, n, Waits::Person).await.is_answer());
        }
        sent += asks;
        let before = left(&app).await;
        app = app.restart().await;
        let after = left(&app).await;
        assert!(after <= before && before - after <= 4, "{before} {after}");
        assert!(after <= 200 - sent);
    }
    loop {
        n += 1;
        let fetched = ask_dhl(&app, n, Waits::Person).await;
        if is_spent(&fetched) {
            break;
        }
        sent += 1;
    }
    assert!((200 - 3 * 4..=200).contains(&sent), "{sent}");
    app.clock.set("2026-03-03T00:00:00Z".parse().unwrap());
    assert_eq!(left(&app).await, 200);
}

/// Pseudo-random numbers below `most`, the same in each run (Knuth's MMIX generator).
fn random(state: &mut u64, most: u64) -> u64 {
    *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    (*state >> 33) % most
}

#[tokio::test]
async fn no_day_ever_sees_more_requests_than_its_quota_whoever_asks_and_however_often_the_gateway_is_killed()
{
    const PER_DAY: usize = 60;
    let mut app = Setup::default().edit("per_day = 1000000", &format!("per_day = {PER_DAY}")).start().await;
    let mut state = 1;
    let (mut n, mut days) = (0, std::collections::BTreeMap::<String, usize>::new());
    let mut refused = 0;
    for _ in 0..60 {
        let day = app.now().to_string()[..10].to_owned();
        let before = app.asked(TRACK);
        let asks: Vec<_> = (0..=random(&mut state, 9))
            .map(|_| {
                n += 1;
                (n, Waits::ALL[usize::try_from(random(&mut state, 4)).unwrap()])
            })
            .collect();
        let answers = join_all(asks.iter().map(|(n, by)| ask_dhl(&app, *n, *by))).await;
        refused += answers.iter().filter(|fetched| is_spent(fetched)).count();
        let sent = answers.iter().filter(|fetched| fetched.asked).count();
        assert_eq!(app.asked(TRACK) - before, sent, "what is said to be sent is what arrives");
        *days.entry(day.clone()).or_default() += sent;
        assert!(days[&day] <= PER_DAY, "{days:?}");
        let minutes = i64::try_from(random(&mut state, 120)).unwrap();
        app.clock.advance(SignedDuration::from_mins(minutes));
        if random(&mut state, 6) == 0 {
            app = app.restart().await;
        }
    }
    assert!(days.len() > 2 && refused > 20, "the quota was never short: {days:?} {refused}");
}

#[tokio::test]
async fn an_orderly_end_gives_back_what_was_not_used() {
    let app = Setup::default().edit("per_day = 1000000", "per_day = 200").start().await;
    for n in 0..5 {
        assert!(ask_dhl(&app, n, Waits::Person).await.is_answer());
    }
    app.assembly.app.gateway.fetcher.give_back().await;
    let app = app.restart().await;
    assert_eq!(left(&app).await, 195);
}

/// UPS with two credentials, of which the second is right.
fn with_two(main: &str) -> Setup {
    let table = "[sources.\"ups.track\"]\n";
    let mut setup = Setup::default().edit(table, &format!("{table}credentials = [\"main\", \"second\"]\n"));
    for (credential, secret) in [("MAIN", main), ("SECOND", "sandbox-client_secret")] {
        let variable = |name: &str| format!("WAYGATE_UPS_TRACK_{credential}_CLIENT_{name}");
        setup = setup.variable(&variable("ID"), "sandbox-client_id").variable(&variable("SECRET"), secret);
    }
    setup
}

fn ups(n: u32) -> waygate_carriers::contract::Ask {
    ask("ups.track", &format!("1ZWAYG8T03{n:08}"))
}

#[tokio::test]
async fn a_credential_that_is_refused_is_set_aside_and_the_next_is_used() {
    let app = with_two("a-wrong-secret").start().await;
    let fetcher = &app.assembly.app.gateway.fetcher;
    for n in 0..3 {
        let fetched = fetcher.ask(&source("ups.track"), &ups(n), NOW).await;
        assert!(fetched.is_answer(), "{fetched:?}");
    }
    assert_eq!(app.asked(TOKEN), 2, "the wrong one is tried once, the right one serves all");
    let seen = app.key(&app.keys.operator).get("/v1/carriers/ups").await;
    let credentials = seen.ok()["sources"][0]["credentials"].clone();
    assert_eq!(credentials[0]["name"], "main");
    let until: Timestamp = credentials[0]["aside_until"].as_str().unwrap().parse().unwrap();
    assert!(until > app.now(), "{credentials:#}");
    assert!(credentials[1]["aside_until"].is_null(), "{credentials:#}");
    assert!(!seen.text().contains("a-wrong-secret"));
    app.clock.set(until);
    assert!(fetcher.ask(&source("ups.track"), &ups(9), NOW).await.is_answer());
    assert_eq!(app.asked(TOKEN), 3, "after a while it is tried again");
}

#[tokio::test]
async fn where_every_credential_is_refused_the_source_is_left_alone_and_not_hammered() {
    let setup = with_two("a-wrong-secret");
    let app = setup.variable("WAYGATE_UPS_TRACK_SECOND_CLIENT_SECRET", "never read").start().await;
    let fetcher = &app.assembly.app.gateway.fetcher;
    app.sandbox.faults().set("ups.track", waygate::sandbox::Fault::Unauthorized);
    for n in 0..20 {
        let fetched = fetcher.ask(&source("ups.track"), &ups(n), NOW).await;
        assert!(!fetched.is_answer());
    }
    assert!(app.asked("ups.track") < 20, "{}", app.asked("ups.track"));
}

#[tokio::test]
async fn each_credential_has_a_day_of_its_own() {
    let app = with_two("sandbox-client_secret").edit("per_day = 1000000", "per_day = 2").start().await;
    let fetcher = &app.assembly.app.gateway.fetcher;
    assert_eq!(fetcher.health().await[&source("ups.track")].left_today, Some(4));
    for n in 0..4 {
        assert!(fetcher.ask(&source("ups.track"), &ups(n), NOW).await.is_answer());
    }
    let fifth = fetcher.ask(&source("ups.track"), &ups(4), NOW).await;
    assert!(is_spent(&fifth), "{fifth:?}");
    assert_eq!(fifth.again_at, Some(app.now() + SignedDuration::from_hours(24)));
    assert_eq!(app.asked("/api/track/"), 4);
}

#[tokio::test]
async fn a_source_that_asks_one_credential_to_come_back_later_is_asked_with_the_other() {
    let app = with_two("sandbox-client_secret").start().await;
    let fetcher = &app.assembly.app.gateway.fetcher;
    app.sandbox.faults().set("ups.track", waygate::sandbox::Fault::RateLimited);
    let limited = fetcher.ask(&source("ups.track"), &ups(0), NOW).await;
    assert_eq!(failure(&limited.reading).kind, FailureKind::RateLimited);
    let health = fetcher.health().await;
    let aside: Vec<bool> =
        health[&source("ups.track")].credentials.iter().map(|c| c.aside.is_some()).collect();
    assert_eq!(aside, [true, false], "the last one is not set aside: the source itself is");
}

#[tokio::test]
async fn what_requests_cost_is_told_to_operators_by_day_and_month_and_kept() {
    let app = Setup::default().edit("per_day = 1000000", "cost_per_call = \"0.0125 EUR\"").start().await;
    let spent = async |app: &TestApp| {
        let seen = app.key(&app.keys.operator).get("/v1/carriers/dhl").await.ok();
        let source = seen["sources"].as_array().unwrap().iter().find(|s| s["id"] == "dhl.unified").cloned();
        let spent = source.unwrap()["spent"][0].clone();
        [&spent["today"], &spent["month"]]
            .map(|m| format!("{} {}", m["amount"].as_str().unwrap(), m["currency"]))
    };
    for n in 0..8 {
        assert!(ask_dhl(&app, n, Waits::Person).await.is_answer());
    }
    assert_eq!(spent(&app).await, ["0.1000 \"EUR\"", "0.1000 \"EUR\""]);
    app.clock.advance(SignedDuration::from_hours(24));
    for n in 0..4 {
        assert!(ask_dhl(&app, 20 + n, Waits::Person).await.is_answer());
    }
    assert_eq!(spent(&app).await, ["0.0500 \"EUR\"", "0.1500 \"EUR\""]);
    app.assembly.app.gateway.fetcher.give_back().await;
    let app = app.restart().await;
    assert_eq!(spent(&app).await, ["0.0500 \"EUR\"", "0.1500 \"EUR\""]);
    let metrics = app.anonymous().get("/metrics").await.text();
    assert!(
        metrics.contains("waygate_source_spent_month{source=\"dhl.unified\",currency=\"EUR\"} 0.1500\n"),
        "{metrics}"
    );
    let others = app.client.get("/v1/carriers").await;
    assert!(!others.text().contains("EUR") && others.ok()["data"][0]["sources"][0]["spent"].is_null());
    assert!(SOURCES.contains(&"dhl.unified"));
}
