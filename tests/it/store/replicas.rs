//! What replicas share about official sources: stretches of a source's time that never overlap, permits that are never more
//! than there are, and one flight for a number, whose answer goes soon and with its order.

use futures_util::future::join_all;
use jiff::{SignedDuration, Timestamp};
use waygate::store::replicas::{
    FLIGHT_BODY_BYTES_MAX, FLIGHTS_MAX, FlightOutcome, FlightWish, PaceLease, PaceLeased,
};
use waygate::store::{Cause, Erased};
use waygate_carriers::contract::SourceId;

use super::engines::{Engine, on_every_engine};
use super::erasure::ended;
use super::samples::{at, noise, tracking};

on_every_engine! {
    however_many_lease_at_once_stretches_never_overlap,
    a_stretch_is_given_when_its_time_has_come_and_not_before,
    a_stretch_that_was_written_under_a_wrong_clock_holds_nobody_up,
    permits_are_never_more_than_there_are_and_those_of_the_dead_lapse,
    replicas_that_all_want_permits_come_to_even_shares,
    one_flies_for_a_number_and_the_others_are_told_of_it,
    a_flight_that_is_not_heard_of_is_followed_by_another_whose_outcome_alone_counts,
    an_answer_serves_for_as_long_as_it_is_fresh_and_a_failure_nobody_new,
    flights_go_when_they_are_over_or_too_many_and_long_answers_are_not_kept,
    an_erased_order_leaves_no_answer_about_its_numbers,
}

fn ups() -> SourceId {
    SourceId::new("ups.track").unwrap()
}

fn lease(holder: &str, at: Timestamp) -> PaceLease {
    PaceLease {
        source: ups(),
        credential: String::new(),
        holder: holder.to_owned(),
        at,
        stretch: Some(SignedDuration::from_secs(3)),
        ahead: SignedDuration::ZERO,
        concurrent: 100,
        under_way: 0,
        wanted: 1,
        yields: false,
        until: at + SignedDuration::from_secs(60),
    }
}

async fn however_many_lease_at_once_stretches_never_overlap(engine: Engine) {
    let stores = [0, 1].map(|_| engine.open());
    let leases = (0..40).map(|n| {
        let ahead = SignedDuration::from_hours(1);
        stores[n % 2].lease_pace(PaceLease { ahead, ..lease(&n.to_string(), at(5)) })
    });
    let leased = join_all(leases).await.into_iter().map(|leased| leased.unwrap().stretch.unwrap());
    let mut stretches: Vec<_> = leased.collect();
    stretches.sort();
    let expected: Vec<_> = (0..40).map(|n| (at(5 + 3 * n), at(8 + 3 * n))).collect();
    assert_eq!(stretches, expected);
}

async fn a_stretch_is_given_when_its_time_has_come_and_not_before(engine: Engine) {
    let store = engine.open();
    let ask = async |lease: PaceLease| {
        let leased = store.lease_pace(lease).await.unwrap();
        (leased.stretch, leased.free_at)
    };
    assert_eq!(ask(lease("a", at(10))).await, (Some((at(10), at(13))), None));
    assert_eq!(ask(lease("b", at(12))).await, (None, Some(at(13))));
    let ahead = SignedDuration::from_secs(1);
    assert_eq!(ask(PaceLease { ahead, ..lease("b", at(11)) }).await, (None, Some(at(12))));
    assert_eq!(ask(PaceLease { ahead, ..lease("b", at(12)) }).await, (Some((at(13), at(16))), None));
    // What nobody leased is over; another credential has a time of its own.
    assert_eq!(ask(lease("a", at(100))).await, (Some((at(100), at(103))), None));
    let other = PaceLease { credential: "second".to_owned(), ..lease("a", at(100)) };
    assert_eq!(ask(other).await, (Some((at(100), at(103))), None));
    // Without a permit a stretch would be of no use.
    let full = PaceLease { concurrent: 2, under_way: 2, wanted: 2, ..lease("a", at(200)) };
    assert_eq!(ask(full).await, (None, None));
    assert_eq!(ask(PaceLease { stretch: None, ..lease("a", at(200)) }).await, (None, None));
    assert_eq!(ask(lease("a", at(200))).await, (Some((at(200), at(203))), None));
}

async fn a_stretch_that_was_written_under_a_wrong_clock_holds_nobody_up(engine: Engine) {
    let store = engine.open();
    store.lease_pace(lease("a", at(1_000_000))).await.unwrap();
    let leased = store.lease_pace(lease("b", at(10))).await.unwrap();
    assert_eq!(leased.stretch, Some((at(10), at(13))));
}

/// Asks for so many of five permits.
async fn permits(
    store: &dyn waygate::store::WholeStore,
    holder: &str,
    seconds: i64,
    wanted: u32,
    under_way: u32,
) -> u32 {
    let asked = PaceLease { stretch: None, concurrent: 5, wanted, under_way, ..lease(holder, at(seconds)) };
    store.lease_pace(asked).await.unwrap().permits
}

async fn permits_are_never_more_than_there_are_and_those_of_the_dead_lapse(engine: Engine) {
    let stores = [0, 1].map(|_| engine.open());
    let asked = |n: usize| PaceLease { concurrent: 5, wanted: 3, ..lease(&n.to_string(), at(0)) };
    let leased = join_all((0..8).map(|n| stores[n % 2].lease_pace(asked(n)))).await;
    let held: u32 = leased.into_iter().map(|leased: Result<PaceLeased, _>| leased.unwrap().permits).sum();
    assert!((1..=5).contains(&held), "{held}");
    let store = stores[0].as_ref();
    let before = permits(store, "new", 59, 5, 0).await;
    assert!(before + held <= 5, "{before} beside {held}");
    assert_eq!(permits(store, "new", 60, 5, 0).await, 5, "nothing was heard of the others");
    store.return_permits(ups(), String::new(), "new".to_owned()).await.unwrap();
    assert_eq!(permits(store, "newer", 61, 5, 0).await, 5, "what was given back is free at once");
}

async fn replicas_that_all_want_permits_come_to_even_shares(engine: Engine) {
    let store = engine.open();
    let store = store.as_ref();
    assert_eq!(permits(store, "a", 0, 5, 0).await, 5);
    assert_eq!(permits(store, "b", 1, 5, 0).await, 0);
    // Four are under way: they go on, and count.
    assert_eq!(permits(store, "a", 2, 5, 4).await, 3);
    assert_eq!(permits(store, "b", 3, 5, 0).await, 1);
    assert_eq!(permits(store, "a", 4, 5, 3).await, 3, "of five the odd one is left to it");
    assert_eq!(permits(store, "b", 5, 5, 1).await, 2);
    // Who wants no more leaves the rest to the other.
    assert_eq!(permits(store, "a", 6, 1, 1).await, 1);
    assert_eq!(permits(store, "b", 7, 5, 2).await, 4);
}

fn wish(flight: &str, seconds: i64) -> FlightWish {
    FlightWish {
        source: ups(),
        number: "N-1".to_owned(),
        flight: flight.to_owned(),
        at: at(seconds),
        until: at(seconds + 30),
        fetched_after: None,
    }
}

fn outcome(seconds: i64, fresh_seconds: i64) -> FlightOutcome {
    FlightOutcome {
        url: "https://example.com/track".to_owned(),
        fetched_at: at(seconds),
        fresh_until: at(seconds + fresh_seconds),
        http_status: Some(200),
        reading: tracking("N-1"),
        again_at: None,
        body: b"the answer, the answer, the answer".to_vec(),
    }
}

async fn one_flies_for_a_number_and_the_others_are_told_of_it(engine: Engine) {
    let stores = [0, 1].map(|_| engine.open());
    let names: Vec<String> = (0..20).map(|n| format!("f{n}")).collect();
    let boarded = join_all(
        names.iter().zip([0, 1].into_iter().cycle()).map(|(name, n)| stores[n].board_flight(wish(name, 0))),
    )
    .await;
    let boarded: Vec<_> = boarded.into_iter().map(Result::unwrap).collect();
    let flying: Vec<_> = names.iter().zip(&boarded).filter(|(_, other)| other.is_none()).collect();
    assert_eq!(flying.len(), 1);
    let flying = flying[0].0.clone();
    assert!(boarded.iter().flatten().all(|other| other.flight == flying && other.outcome.is_none()));
    // Another number, and another source, are free.
    let elsewhere = SourceId::new("dhl.unified").unwrap();
    for other in [
        FlightWish { number: "N-2".to_owned(), ..wish("g", 0) },
        FlightWish { source: elsewhere, ..wish("g", 0) },
    ] {
        assert_eq!(stores[0].board_flight(other).await.unwrap(), None);
    }
    let landed = outcome(3, 600);
    let land = stores[0].land_flight(ups(), "N-1".to_owned(), flying, Some((landed.clone(), at(603))));
    land.await.unwrap();
    for told in [
        stores[1].flight(ups(), "N-1".to_owned()).await.unwrap(),
        stores[1].board_flight(wish("h", 4)).await.unwrap(),
    ] {
        assert_eq!(told.unwrap().outcome, Some(landed.clone()), "bit for bit");
    }
}

async fn a_flight_that_is_not_heard_of_is_followed_by_another_whose_outcome_alone_counts(engine: Engine) {
    let store = engine.open();
    let number = || "N-1".to_owned();
    assert_eq!(store.board_flight(wish("a", 0)).await.unwrap(), None);
    assert!(store.board_flight(wish("b", 29)).await.unwrap().is_some());
    // It is heard of.
    assert_eq!(store.board_flight(wish("a", 29)).await.unwrap(), None);
    assert!(store.board_flight(wish("b", 58)).await.unwrap().is_some());
    assert_eq!(store.board_flight(wish("b", 59)).await.unwrap(), None);
    store.land_flight(ups(), number(), "a".to_owned(), Some((outcome(60, 600), at(660)))).await.unwrap();
    store.land_flight(ups(), number(), "a".to_owned(), None).await.unwrap();
    let under_way = store.flight(ups(), number()).await.unwrap().unwrap();
    assert_eq!((under_way.flight.as_str(), under_way.outcome), ("b", None));
    // Whoever goes away without an outcome leaves the number free at once.
    store.land_flight(ups(), number(), "b".to_owned(), None).await.unwrap();
    assert_eq!(store.flight(ups(), number()).await.unwrap(), None);
    assert_eq!(store.board_flight(wish("c", 60)).await.unwrap(), None);
}

async fn an_answer_serves_for_as_long_as_it_is_fresh_and_a_failure_nobody_new(engine: Engine) {
    let store = engine.open();
    let fly = async |name: &str, seconds, fresh_seconds| {
        assert_eq!(store.board_flight(wish(name, seconds)).await.unwrap(), None);
        let landed = Some((outcome(seconds, fresh_seconds), at(seconds + 900)));
        store.land_flight(ups(), "N-1".to_owned(), name.to_owned(), landed).await.unwrap();
    };
    fly("a", 0, 60).await;
    assert!(store.board_flight(wish("b", 59)).await.unwrap().is_some());
    fly("b", 60, 60).await;
    // Who wants it fresher than the cache does.
    let fresher = |after| FlightWish { fetched_after: Some(at(after)), ..wish("c", 70) };
    assert!(store.board_flight(fresher(59)).await.unwrap().is_some());
    assert_eq!(store.board_flight(fresher(60)).await.unwrap(), None);
    store.land_flight(ups(), "N-1".to_owned(), "c".to_owned(), None).await.unwrap();
    // A failure is there for those who waited, and for nobody who comes.
    fly("d", 80, 0).await;
    assert!(store.flight(ups(), "N-1".to_owned()).await.unwrap().unwrap().outcome.is_some());
    let any_age = FlightWish { fetched_after: Some(at(0)), ..wish("e", 80) };
    assert_eq!(store.board_flight(any_age).await.unwrap(), None);
}

async fn flights_go_when_they_are_over_or_too_many_and_long_answers_are_not_kept(engine: Engine) {
    let store = engine.open();
    let fly = async |number: String, body: Vec<u8>, kept_seconds: i64| {
        let begun = FlightWish { number: number.clone(), ..wish("a", 0) };
        assert_eq!(store.board_flight(begun).await.unwrap(), None);
        let landed = FlightOutcome { body, ..outcome(0, 600) };
        store.land_flight(ups(), number, "a".to_owned(), Some((landed, at(kept_seconds)))).await.unwrap();
    };
    let rows = async || engine.number("SELECT count(*) FROM source_flights").await;
    fly("N-1".to_owned(), noise(FLIGHT_BODY_BYTES_MAX + 1, 1), 600).await;
    assert_eq!(rows().await, 0, "each asks for it by itself");
    fly("N-1".to_owned(), b"short".to_vec(), 600).await;
    fly("N-2".to_owned(), b"short".to_vec(), 700).await;
    // One that nothing is heard of is over with its lease.
    store.board_flight(FlightWish { number: "N-3".to_owned(), ..wish("a", 0) }).await.unwrap();
    assert_eq!(store.forget_flights(at(29)).await.unwrap(), 0);
    assert_eq!(store.forget_flights(at(30)).await.unwrap(), 1);
    assert_eq!(store.forget_flights(at(600)).await.unwrap(), 1);
    assert_eq!(store.forget_flights(at(700)).await.unwrap(), 1);
    assert_eq!(rows().await, 0);
    // Written past the store, since there are many.
    let many = format!(
        "INSERT INTO source_flights (source, number, flight, leased_until, kept_until)
         WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < {})
         SELECT 'ups.track', 'M-' || n, 'f', 9, {} + n FROM n",
        FLIGHTS_MAX + 5,
        at(0).as_microsecond()
    );
    engine.execute(&many).await;
    assert_eq!(store.forget_flights(at(0)).await.unwrap(), 5);
    assert_eq!(rows().await, i64::from(FLIGHTS_MAX));
}

async fn an_erased_order_leaves_no_answer_about_its_numbers(engine: Engine) {
    let store = engine.open();
    for order in ["A-1", "A-2"] {
        ended(store.as_ref(), order).await;
        // The number of each is its order's id.
        let begun = FlightWish { number: order.to_owned(), ..wish("a", 0) };
        assert_eq!(store.board_flight(begun).await.unwrap(), None);
        let landed = Some((outcome(0, 600), at(600)));
        store.land_flight(ups(), order.to_owned(), "a".to_owned(), landed).await.unwrap();
    }
    let erased = store.erase("A-1".to_owned(), Cause::Request, at(20)).await.unwrap();
    assert!(matches!(erased, Erased::Now(_)), "{erased:?}");
    assert_eq!(store.flight(ups(), "A-1".to_owned()).await.unwrap(), None);
    assert!(store.flight(ups(), "A-2".to_owned()).await.unwrap().is_some());
}
