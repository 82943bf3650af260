//! The bench before which these tests are held: a gateway, orders that are shipped at its start, and what must hold of
//! every order at the end of every test.

use http::Method;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use waygate::domain::lifecycle::{self, By};
use waygate::domain::money::Money;
use waygate::domain::rules::Rules;

use crate::support::{Answer, Client, START, Setup, TestApp, order};

/// UPS numbers with right check digits, which no source of the sandbox knows.
pub const NUMBERS: [&str; 8] = [
    "1ZWAYG8T0300002048",
    "1ZWAYG8T0300002057",
    "1ZWAYG8T0300002066",
    "1ZWAYG8T0300002075",
    "1ZWAYG8T0300002084",
    "1ZWAYG8T0300002093",
    "1ZWAYG8T0300002100",
    "1ZWAYG8T0300002119",
];
/// A number that is announced and never scanned.
pub const SILENT: &str = "1ZWAYG8T0300002020";

/// So many days and seconds.
pub fn days_and(days: i64, seconds: i64) -> SignedDuration {
    SignedDuration::from_secs(days * 86_400 + seconds)
}

/// So long after the start, as events tell it.
pub fn on_day(days: i64) -> String {
    (START.parse::<Timestamp>().unwrap() + days_and(days, 0)).to_string()
}

/// A gateway and who comes before it.
pub struct Bench {
    pub app: TestApp,
    pub system: Client,
    pub seller: Client,
    pub arbiter: Client,
    pub operator: Client,
}

impl Bench {
    pub async fn start() -> Self {
        Self::with(Setup::default()).await
    }

    pub async fn with(setup: Setup) -> Self {
        Self::of(setup.start().await)
    }

    /// The same over a gateway that is there.
    pub fn of(app: TestApp) -> Self {
        Self {
            system: app.client.clone(),
            seller: app.key(&app.keys.seller),
            arbiter: app.key(&app.keys.arbiter),
            operator: app.key(&app.keys.operator),
            app,
        }
    }

    /// Registers an order of 40.00 USD that is to be shipped within three days, so that disputes open at once.
    pub async fn order(&self, id: &str, changes: Value) {
        let mut order = order(id);
        order["handling_days"] = json!(3);
        order["paid_at"] = json!(self.app.now().to_string());
        for (name, value) in changes.as_object().unwrap() {
            order[name] = value.clone();
        }
        self.app.register(&order).await;
    }

    /// Registers such an order and ships it at once.
    pub async fn shipped(&self, id: &str, number: &str) {
        self.order(id, json!({})).await;
        self.app.submit(id, "ups", number).await;
    }

    /// Ships an order, and files a dispute about it at once.
    pub async fn disputed(&self, id: &str, reason: &str) -> String {
        self.shipped(id, SILENT).await;
        self.file(id, &json!({"reason": reason, "remedy": "refund"})).await
    }

    /// Files a dispute; its id.
    pub async fn file(&self, order: &str, filing: &Value) -> String {
        let answer = self.system.post(&format!("/v1/orders/{order}/disputes"), filing).await;
        assert_eq!(answer.status, 201, "{}", answer.text());
        answer.ok()["id"].as_str().unwrap().to_owned()
    }

    /// Somebody does something in a dispute.
    pub async fn act(&self, who: &Client, dispute: &str, what: &str, body: &Value) -> Answer {
        who.post(&format!("/v1/disputes/{dispute}/{what}"), body).await
    }

    /// The buyer changes something.
    pub async fn modify(&self, dispute: &str, body: &Value) -> Answer {
        let headers = [("content-type", "application/json")];
        let body = Some(body.to_string().into_bytes());
        self.system.send(Method::PATCH, &format!("/v1/disputes/{dispute}"), &headers, body).await
    }

    /// A dispute that the seller rejected and the buyer submitted.
    pub async fn submitted(&self, id: &str, reason: &str) -> String {
        let dispute = self.disputed(id, reason).await;
        self.act(&self.seller, &dispute, "reject", &json!({})).await.ok();
        let answer = self.act(&self.system, &dispute, "escalate", &json!({})).await.ok();
        assert_eq!(answer["state"], "submitted");
        dispute
    }

    /// The same for an order that is shipped already.
    pub async fn submitted_again(&self, id: &str) -> String {
        let dispute = self.file(id, &json!({"reason": "not_received", "remedy": "refund"})).await;
        self.act(&self.seller, &dispute, "reject", &json!({})).await.ok();
        self.act(&self.system, &dispute, "escalate", &json!({})).await.ok();
        dispute
    }

    /// A dispute's case file, as the arbiter sees it.
    pub async fn case(&self, dispute: &str) -> Value {
        self.arbiter.get(&format!("/v1/disputes/{dispute}")).await.ok()
    }

    /// A dispute's state.
    pub async fn state(&self, dispute: &str) -> String {
        self.case(dispute).await["state"].as_str().unwrap().to_owned()
    }

    /// An order's state.
    pub async fn order_state(&self, order: &str) -> Value {
        self.system.get(&format!("/v1/orders/{order}")).await.ok()["state"].clone()
    }

    /// An order's events of one type.
    pub async fn told(&self, order: &str, kind: &str) -> Vec<Value> {
        let events = self.app.assembly.app.gateway.store.order_events(order.to_owned()).await.unwrap();
        let of_kind = events.into_iter().filter(|event| event.kind.as_str() == kind);
        of_kind.map(|e| json!({"at": e.at.to_string(), "rule": e.rule, "data": e.data})).collect()
    }

    /// The one event of a type.
    pub async fn told_once(&self, order: &str, kind: &str) -> Value {
        let told = self.told(order, kind).await;
        assert_eq!(told.len(), 1, "{kind}: {told:#?}");
        told[0].clone()
    }

    /// Lets so many days and seconds pass.
    pub async fn wait(&self, days: i64, seconds: i64) {
        self.app.advance(days_and(days, seconds)).await;
    }

    /// What holds of every order, whatever was done: its stored inputs make its stored state; who did what is on
    /// record; money goes out once and is what was paid; events count up by one.
    pub async fn close(self) {
        let store = self.app.assembly.app.gateway.store.clone();
        let orders = store.orders(None, None, 200).await.unwrap().items;
        assert!(!orders.is_empty());
        for summary in orders {
            let id = summary.order.order.id;
            let case = store.case(id.clone()).await.unwrap().unwrap();
            let (order, state) = (&case.order.order, &case.order.state);
            let papers = store.papers(id.clone()).await.unwrap();
            let rules = Rules::built_in(&state.rules).unwrap();
            let inputs = papers.actions.iter().map(|action| (action.at, &action.input));
            let replayed = lifecycle::replay(order, rules, inputs).unwrap();
            assert_eq!(&replayed, state, "{id}: its inputs do not make its state: {:#?}", papers.actions);
            for action in &papers.actions {
                assert_eq!(action.key.is_some(), action.by != By::System, "{id}: {action:?}");
            }
            let money = |amount: &Option<Money>| amount.as_ref().map_or(0, Money::ten_thousandths);
            let (paid, out) = (money(&order.amount), money(&state.refunded) + money(&state.released));
            assert_eq!(out, if state.phase.is_end() { paid } else { 0 }, "{id}: {state:#?}");
            let events = store.order_events(id.clone()).await.unwrap();
            let moved = |name: &str| {
                let amounts = events.iter().filter_map(|event| event.data.read().get(name).cloned());
                amounts.map(|v| serde_json::from_value::<Money>(v).unwrap().ten_thousandths()).sum::<u64>()
            };
            assert_eq!((moved("refund"), moved("release")), (money(&state.refunded), money(&state.released)));
            let numbers: Vec<i64> = events.iter().map(|event| event.sequence).collect();
            assert_eq!(numbers, (1..=i64::try_from(events.len()).unwrap()).collect::<Vec<_>>(), "{id}");
        }
    }
}
