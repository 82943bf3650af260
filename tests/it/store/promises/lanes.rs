//! Endpoints' lanes: fair turns, bounded room, and what is remembered of each.

use waygate::domain::event::EventType;
use waygate::ids::{EndpointId, EventId};
use waygate::store::{
    Attempt, AttemptResult, Change, Claimed, DeliveryClaim, Endpoint, EndpointState, LaneRecord, Room,
    StoreError,
};

use crate::store::samples::*;

async fn claimed(store: &Shared, seconds: i64, limit: u32, room: Room) -> Claimed {
    let claim = DeliveryClaim { now: at(seconds), lease_until: at(seconds + 60), limit, room };
    store.claim_in_turn(claim).await.unwrap()
}

/// How many of each endpoint were claimed, in the order of the endpoints.
fn counts(claimed: &Claimed, endpoints: &[&Endpoint]) -> Vec<usize> {
    let of =
        |endpoint: &&Endpoint| claimed.deliveries.iter().filter(|d| d.endpoint.id == endpoint.id).count();
    endpoints.iter().map(of).collect()
}

/// An endpoint that wants only some types, so that each can have a backlog of its own.
async fn wanting(store: &Shared, kind: EventType) -> Endpoint {
    let endpoint = endpoint(&[kind]);
    store.create_endpoint(endpoint.clone(), None).await.unwrap();
    endpoint
}

/// Tells so many orders of one thing.
async fn many(store: &Shared, name: &str, count: usize, kind: EventType) {
    many_at(store, 10, name, count, kind).await;
}

async fn many_at(store: &Shared, seconds: i64, name: &str, count: usize, kind: EventType) {
    for n in 0..count {
        let case = registered(store, &format!("{name}-{n}")).await;
        let told = Change { happenings: vec![happening(kind)], at: at(seconds), ..change(&case) };
        store.apply(told).await.unwrap();
    }
}

pub async fn endpoints_take_turns_whatever_waits_for_each(store: Shared) {
    let long = wanting(&store, EventType::TrackingUpdated).await;
    many(&store, "L", 60, EventType::TrackingUpdated).await;
    let short = wanting(&store, EventType::Completed).await;
    let other = wanting(&store, EventType::Cancelled).await;
    many_at(&store, 11, "S", 3, EventType::Completed).await;
    many_at(&store, 11, "O", 3, EventType::Cancelled).await;
    let all = [&long, &short, &other];
    let turn = async |seconds| counts(&claimed(&store, seconds, 4, Room::of(|_| 4)).await, &all);
    assert_eq!(turn(20).await, [4, 0, 0], "it was there first");
    let second = turn(21).await;
    assert_eq!((second[0], second[1] + second[2]), (0, 4), "{second:?}");
    assert_eq!(turn(22).await, [4, 0, 0], "its second turn comes after the others' first");
    let fourth = turn(23).await;
    assert_eq!((fourth[0], fourth[1] + fourth[2]), (2, 2), "{fourth:?}");
    // The same while the clock stands still.
    many(&store, "T", 3, EventType::Completed).await;
    let mut got = [0; 3];
    for _ in 0..3 {
        for (sum, count) in got.iter_mut().zip(turn(23).await) {
            *sum += count;
        }
    }
    assert_eq!(got[1], 3, "{got:?}");
    assert!(got[0] >= 8, "{got:?}");
}

pub async fn no_endpoint_gets_more_than_there_is_room_for(store: Shared) {
    let (full, free) = (listening(&store).await, listening(&store).await);
    many(&store, "A", 5, EventType::Completed).await;
    let id = full.id.clone();
    let room = Room::of(move |endpoint| if *endpoint == id { 0 } else { 2 });
    assert_eq!(counts(&claimed(&store, 20, 100, room).await, &[&full, &free]), [0, 2]);
    assert_eq!(counts(&claimed(&store, 20, 100, Room::boundless()).await, &[&full, &free]), [5, 3]);
    assert_eq!(claimed(&store, 20, 100, Room::boundless()).await, Claimed::default(), "all is under lease");
}

pub async fn a_lane_that_is_held_is_not_claimed_before_its_time(store: Shared) {
    let (held, other) = (listening(&store).await, listening(&store).await);
    many(&store, "A", 2, EventType::Completed).await;
    let lane = LaneRecord { held_until: Some(at(500)), ..LaneRecord::new(held.id.clone()) };
    store.record_attempts(Vec::new(), vec![lane]).await.unwrap();
    let all = [&held, &other];
    assert_eq!(counts(&claimed(&store, 20, 100, Room::boundless()).await, &all), [0, 2]);
    // What comes meanwhile waits too.
    many(&store, "B", 1, EventType::Completed).await;
    assert_eq!(counts(&claimed(&store, 30, 100, Room::boundless()).await, &all), [0, 1]);
    for due in claimed(&store, 499, 100, Room::boundless()).await.deliveries {
        assert_eq!(due.endpoint.id, other.id);
        store.record_attempt(attempt(&due, AttemptResult::Delivered)).await.unwrap();
    }
    assert_eq!(store.next_due().await.unwrap(), Some(at(500)));
    assert_eq!(counts(&claimed(&store, 500, 100, Room::boundless()).await, &all), [3, 0]);
}

pub async fn what_is_kept_of_a_lane_comes_back_with_a_claim(store: Shared) {
    let endpoint = listening(&store).await;
    many(&store, "A", 2, EventType::Completed).await;
    let first = claimed(&store, 20, 1, Room::boundless()).await;
    assert_eq!(first.lanes, [LaneRecord::new(endpoint.id.clone())]);
    let lane = LaneRecord {
        endpoint: endpoint.id.clone(),
        held_until: Some(at(21)),
        failing_since: Some(at(1)),
        warned_at: Some(at(2)),
    };
    let failed = attempt(&first.deliveries[0], AttemptResult::RetryAt(at(900)));
    store.record_attempts(vec![failed], vec![lane.clone()]).await.unwrap();
    assert_eq!(claimed(&store, 21, 1, Room::boundless()).await.lanes, [lane]);
}

pub async fn enabling_an_endpoint_forgets_how_it_did(store: Shared) {
    let endpoint = listening(&store).await;
    many(&store, "A", 1, EventType::Completed).await;
    let due = claimed(&store, 20, 1, Room::boundless()).await.deliveries;
    let lane = LaneRecord {
        held_until: Some(at(5_000)),
        failing_since: Some(at(1)),
        ..LaneRecord::new(endpoint.id.clone())
    };
    let gone = attempt(&due[0], AttemptResult::DisableEndpoint("enough".to_owned()));
    store.record_attempts(vec![gone], vec![lane]).await.unwrap();
    assert_eq!(claimed(&store, 9_000, 1, Room::boundless()).await, Claimed::default());
    store.set_endpoint_state(endpoint.id.clone(), EndpointState::Enabled).await.unwrap();
    let again = claimed(&store, 30, 1, Room::boundless()).await;
    assert_eq!((again.deliveries.len(), again.lanes), (1, vec![LaneRecord::new(endpoint.id)]));
}

pub async fn attempts_are_recorded_together_or_not_at_all(store: Shared) {
    let endpoint = listening(&store).await;
    many(&store, "A", 3, EventType::Completed).await;
    let due = claimed(&store, 20, 3, Room::boundless()).await.deliveries;
    let made: Vec<_> = due.iter().map(|due| attempt(due, AttemptResult::Delivered)).collect();
    let at_nothing =
        Attempt { event: EventId::generate(at(9)), ..attempt(&due[0], AttemptResult::Delivered) };
    let spoilt = [made[0].clone(), at_nothing, made[1].clone()].to_vec();
    assert!(matches!(store.record_attempts(spoilt, Vec::new()).await, Err(StoreError::Engine(_))));
    let attempts = async |endpoint: EndpointId| {
        let shown = store.deliveries(endpoint, None, 10).await.unwrap().items;
        shown.iter().map(|delivery| delivery.attempts).sum::<u32>()
    };
    assert_eq!(attempts(endpoint.id.clone()).await, 0);
    store.record_attempts(made, Vec::new()).await.unwrap();
    assert_eq!(attempts(endpoint.id).await, 3);
    assert_eq!(store.next_due().await.unwrap(), None);
}
