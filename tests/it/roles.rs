//! Replicas that divide the work: each does what its roles name, leaves the rest to others, and does not wake for it.

mod sleeping;

use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;
use waygate::config::ReplicaRole;
use waygate::domain::verdict::Outcome;
use waygate::sandbox::Fault;

use crate::support::{Hooks, Setup, TestApp, order};

/// How long a replica is watched: longer than the protection of an order that is not extended.
const DAYS: i64 = 40;
/// Longest wait for anything.
const PATIENCE: Duration = Duration::from_secs(10);

/// What was done, and by which role's doing.
#[derive(Debug, PartialEq, Eq)]
struct Done {
    /// The API answers, and the evidence log is sealed.
    api: (bool, bool),
    /// A source was asked, and judged by.
    poller: (bool, bool),
    /// A webhook was posted.
    webhooks: bool,
    /// The order's timers fired to the last.
    timers: bool,
}

impl Done {
    fn by(roles: &[ReplicaRole]) -> Self {
        let has = |role| roles.contains(&role);
        let (api, poller) = (has(ReplicaRole::Api), has(ReplicaRole::Poller));
        Self {
            api: (api, api),
            poller: (poller, poller),
            webhooks: has(ReplicaRole::Webhooks),
            timers: has(ReplicaRole::Timers),
        }
    }

    async fn at(app: &TestApp, hooks: &Hooks) -> Self {
        let gateway = &app.assembly.app.gateway;
        let case = gateway.store.case("A-1".to_owned()).await.unwrap().unwrap();
        let verdict = case.shipments[0].verdict.as_ref().map(|verdict| verdict.verdict);
        let events = gateway.store.order_events("A-1".to_owned()).await.unwrap();
        let answered = app.key(&app.keys.operator).get("/v1/orders/A-1").await;
        let sealed = gateway.log.head().checkpoint.size == gateway.store.log_size().await.unwrap();
        Self {
            api: (answered.status == 200, sealed),
            poller: (app.asked("/") > 0, verdict == Some(Outcome::Verified)),
            webhooks: !hooks.all().is_empty(),
            timers: events.iter().any(|event| event.kind.as_str() == "order.completed"),
        }
    }
}

fn every_choice() -> impl Iterator<Item = Vec<ReplicaRole>> {
    let chosen = |bits: usize| {
        let all = ReplicaRole::ALL.into_iter().enumerate();
        all.filter(|(index, _)| bits & (1 << index) != 0).map(|(_, role)| role).collect()
    };
    (1..1 << ReplicaRole::ALL.len()).map(chosen)
}

fn named(roles: &[ReplicaRole]) -> String {
    roles.iter().map(|role| role.as_str()).collect::<Vec<_>>().join(",")
}

#[tokio::test]
async fn a_replica_does_what_its_roles_name_and_nothing_else() {
    for roles in every_choice() {
        let app = TestApp::start().await;
        let hooks = app.listen().await;
        app.register(&order("A-1")).await;
        app.submit("A-1", "ups", "1ZWAYG8T0300002011").await;
        let app = app.restart_as(&named(&roles)).await;
        for _ in 0..DAYS * 4 {
            app.run_until_idle().await;
            app.clock.advance(SignedDuration::from_hours(6));
        }
        assert_eq!(Done::at(&app, &hooks).await, Done::by(&roles), "{}", named(&roles));
    }
}

#[tokio::test]
async fn replicas_that_share_the_roles_do_all_the_work_together() {
    let app = TestApp::start().await;
    let hooks = app.listen().await;
    app.register(&order("A-1")).await;
    app.submit("A-1", "ups", "1ZWAYG8T0300002011").await;
    // One after the other on one store, and round again, as often as something is left for the next.
    let mut app = app;
    for _ in 0..DAYS {
        for role in ReplicaRole::ALL {
            app = app.restart_as(role.as_str()).await;
            app.run_until_idle().await;
        }
        app.clock.advance(SignedDuration::from_hours(24));
    }
    let app = app.restart_as("api").await;
    app.run_until_idle().await;
    assert_eq!(app.verdict(&first_shipment(&app).await).await, "verified");
    let told: Vec<_> = hooks.of("A-1").into_iter().map(|hook| (hook.sequence, hook.verified)).collect();
    let events = app.assembly.app.gateway.store.order_events("A-1".to_owned()).await.unwrap();
    assert_eq!(events.last().unwrap().kind.as_str(), "order.funds_released");
    let all: Vec<_> = events.iter().map(|event| (event.sequence, true)).collect();
    assert_eq!(told, all, "each event once, and in order");
}

async fn first_shipment(app: &TestApp) -> String {
    let order = app.client.get("/v1/orders/A-1").await.ok();
    order["shipments"][0]["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn without_the_api_a_replica_serves_its_probes_alone() {
    let app = TestApp::start().await.restart_as("poller,webhooks,timers").await;
    let client = app.key(&app.keys.operator);
    for path in ["/v1/orders", "/v1/events", "/log/checkpoint", "/openapi.json", "/", "/nowhere"] {
        client.get(path).await.problem(404, "not_served_here");
    }
    assert_eq!(client.get("/healthz").await.text(), "ok\n");
    assert_eq!(
        client.get("/readyz").await.text(),
        "ready\n",
        "of a log that it does not seal it says nothing"
    );
    let metrics = client.get("/metrics").await.text();
    assert!(metrics.contains("waygate_source_on{") && !metrics.contains("waygate_log"), "{metrics}");

    let app = app.restart_as("api").await;
    assert!(app.anonymous().get("/metrics").await.text().contains("\nwaygate_log_entries "));
    assert!(app.anonymous().get("/readyz").await.text().starts_with("ready\nevidence log: "));
    app.anonymous().get("/nowhere").await.problem(404, "no_such_address");
}

#[tokio::test]
async fn who_is_about_to_end_is_not_ready_and_begins_nothing() {
    let app = TestApp::start().await;
    let hooks = app.listen().await;
    app.register(&order("A-1")).await;
    app.submit("A-1", "ups", "1ZWAYG8T0300002011").await;
    assert_eq!(app.anonymous().get("/readyz").await.status, 200);
    app.assembly.stopping.begin();
    app.anonymous().get("/readyz").await.problem(503, "stopping");
    assert_eq!(app.anonymous().get("/healthz").await.status, 200, "it is not to be killed");
    assert_eq!(app.client.get("/v1/orders/A-1").await.status, 200, "whoever has not heard of it is served");
    let working = Arc::clone(&app.assembly.worker).run_forever();
    tokio::time::timeout(PATIENCE, working).await.unwrap();
    assert_eq!((app.asked("/"), hooks.all().len()), (0, 0));

    // Nothing was lost by it.
    let app = app.restart().await;
    app.run_until_idle().await;
    assert!(app.asked("/") > 0 && !hooks.all().is_empty());
}

#[tokio::test]
async fn a_look_under_way_is_finished_and_the_next_one_is_not_begun() {
    let app = Setup::default().edit("[server]\n", "[work]\nlooks_at_once = 1\n[server]\n").start().await;
    for (order_id, number) in [("A-1", "1ZWAYG8T0300002011"), ("A-2", "1ZWAYG8T0300002020")] {
        app.register(&order(order_id)).await;
        app.submit(order_id, "ups", number).await;
    }
    app.sandbox.faults().set("ups.track", Fault::Slow { ms: 200 });
    let working = tokio::spawn(Arc::clone(&app.assembly.worker).run_forever());
    let begun = async {
        while app.asked("/track/") == 0 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    tokio::time::timeout(PATIENCE, begun).await.unwrap();
    app.assembly.stopping.begin();
    tokio::time::timeout(PATIENCE, working).await.unwrap().unwrap();
    let mut looks = Vec::new();
    for order in ["A-1", "A-2"] {
        let case = app.assembly.app.gateway.store.case(order.to_owned()).await.unwrap().unwrap();
        looks.push(case.shipments[0].looks);
    }
    assert_eq!(looks.iter().sum::<u32>(), 1, "the one that was under way is recorded: {looks:?}");
    assert_eq!(app.asked("/track/"), 1, "{:?}", app.asked.lock().unwrap());
}
