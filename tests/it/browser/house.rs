//! A gateway with a page to look at, in this process: an empty store, a clock driven by hand, no source asked.

use axum::Router;
use axum::body::{Body, to_bytes};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, Request, StatusCode, header};
use jiff::{SignedDuration, Timestamp};
use std::sync::Arc;
use tower::ServiceExt;
use waygate::assembly::{Assembly, Surroundings, assemble};
use waygate::clock::ManualClock;
use waygate::config::Config;
use waygate::domain::event::{EventType, Happening};
use waygate::domain::lifecycle::{OrderState, Phase};
use waygate::domain::order::{Address, Order};
use waygate::domain::rules::Rules;
use waygate::domain::shipment::Claim;
use waygate::domain::verdict::{Check, CheckOutcome, Effect, Outcome, Verdict};
use waygate::ids::{EndpointId, ShipmentId};
use waygate::secrets::ApiKeySecret;
use waygate::store::{ApiKey, Change, Docket, Endpoint, NewOrder, Scope, ShipmentRecord, Store};
use waygate_carriers::contract::{
    CarrierId, Checkpoint, Country, Place, ProofOfDelivery, Reading, Status, Tracking,
};

/// Longest page that a test reads.
const PAGE_BYTES_MAX: usize = 16 << 20;

/// What came back.
pub struct Seen {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub text: String,
}

impl Seen {
    pub fn header(&self, name: header::HeaderName) -> &str {
        self.headers.get(name).map(|v| v.to_str().unwrap()).unwrap_or_default()
    }
}

pub struct House {
    pub router: Router,
    pub store: Arc<dyn Store>,
    _folder: tempfile::TempDir,
}

pub fn noon() -> Timestamp {
    "2026-03-10T12:00:00Z".parse().unwrap()
}

impl House {
    /// A gateway whose page is open, or asks for a key.
    pub fn new(open: bool) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name).display().to_string();
        let settings = format!(
            "[store]\npath = '{}'\n[secrets]\nmaster_key_file = '{}'\n[pages]\nopen = {open}\n",
            at("waygate.db"),
            at("waygate.key")
        );
        let env = |_: &str| None;
        let config = Config::read(Some(("the test", &settings)), &env).unwrap();
        let clock = ManualClock::new(noon());
        let around = Surroundings {
            clock: Arc::new(clock),
            env: &env,
            jitter: || 0.5,
            lease: SignedDuration::from_secs(60),
        };
        let Assembly { app, .. } = assemble(&config, &around).unwrap();
        assert_eq!(app.gateway.clock.now(), noon());
        let store = Arc::clone(&app.gateway.store);
        Self { router: waygate::http::router(app), store, _folder: folder }
    }

    /// Asks for a page with an `Authorization` header, or without one.
    pub async fn ask(&self, method: &str, path: &str, authorization: Option<&str>) -> Seen {
        let mut request = Request::builder().method(method).uri(path);
        if let Some(value) = authorization {
            request = request.header(header::AUTHORIZATION, value);
        }
        let response = self.router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        let (status, headers) = (response.status(), response.headers().clone());
        let bytes = to_bytes(response.into_body(), PAGE_BYTES_MAX).await.unwrap();
        Seen { status, headers, text: String::from_utf8(bytes.to_vec()).unwrap() }
    }

    /// Whether a client that has `etag` is told that it has the file.
    pub async fn has(&self, path: &str, etag: &str) -> bool {
        let request = Request::get(path).header(header::IF_NONE_MATCH, etag).body(Body::empty()).unwrap();
        let response = self.router.clone().oneshot(request).await.unwrap();
        response.status() == StatusCode::NOT_MODIFIED
    }

    /// A page that needs no key.
    pub async fn page(&self, path: &str) -> String {
        let seen = self.ask("GET", path, None).await;
        assert_eq!(seen.status, StatusCode::OK, "{path}");
        seen.text
    }

    /// A new key, as `Basic` credentials.
    pub async fn key(&self, scopes: &[Scope], seller: Option<&str>) -> String {
        let secret = ApiKeySecret::generate().unwrap();
        let key = ApiKey::new(&secret, "a test's key", scopes.to_vec(), seller.map(str::to_owned), noon());
        self.store.create_key(key).await.unwrap();
        format!("Basic {}", STANDARD.encode(format!("anyone:{}", secret.reveal())))
    }

    /// An endpoint that wants every event.
    pub async fn endpoint(&self, url: &str) {
        let endpoint = Endpoint::new(EndpointId::generate(noon()), url, noon());
        self.store.create_endpoint(endpoint, None).await.unwrap();
    }

    /// Registers an order.
    pub async fn register(&self, order: Order) {
        let state = OrderState::begin(&order, Rules::current());
        let new = NewOrder { order, state, next_timer_at: None, at: noon(), idempotency: None };
        self.store.register_order(new).await.unwrap();
    }

    /// Gives an order a shipment, and lets `events` things happen to it.
    pub async fn ship(&self, shipment: ShipmentRecord, events: usize) {
        let case = self.store.case(shipment.order.clone()).await.unwrap().unwrap();
        let mut state = case.order.state.clone();
        state.phase = Phase::Protected;
        state.confirmed_at = Some(noon());
        let happening = Happening {
            kind: EventType::TrackingUpdated,
            at: noon(),
            rule: None,
            data: serde_json::Map::default(),
        };
        let change = Change {
            order: case.order.order.id,
            revision: case.order.revision,
            at: noon(),
            state,
            next_timer_at: None,
            shipments: vec![shipment],
            answers: Vec::new(),
            verdicts: Vec::new(),
            happenings: vec![happening; events],
            judge_others: Vec::new(),
            claims: Vec::new(),
            docket: Docket::default(),
            idempotency: None,
        };
        self.store.apply(change).await.unwrap();
    }
}

pub fn order(id: &str, seller: &str) -> Order {
    Order {
        id: id.to_owned(),
        seller: Some(seller.to_owned()),
        buyer: Some("b-1".to_owned()),
        paid_at: noon() - SignedDuration::from_hours(72),
        handling_days: Some(3),
        delivery_days: Some(30),
        amount: Some("100.00 USD".parse().unwrap()),
        method: None,
        expected_weight_grams: Some(800),
        ship_from: None,
        ship_to: Address {
            country: Country::new("US").unwrap(),
            region: None,
            city: Some("Oakland".to_owned()),
            postal_code: Some("94607".to_owned()),
        },
    }
}

/// A parcel that was delivered to somebody else, signed for by SMITHSON.
pub fn shipment(order: &str) -> ShipmentRecord {
    let ups = CarrierId::new("ups").unwrap();
    let number = "1ZWAYG8T0300001012";
    let mut tracking = Tracking::new(ups.clone(), number, Status::Delivered);
    tracking.proof_of_delivery =
        Some(ProofOfDelivery { signed_by: Some("SMITHSON".to_owned()), left_at: None });
    tracking.weight_grams = Some(5_000);
    tracking.checkpoints = vec![scan("2026-03-09T10:00:00+01:00", "DELIVERED, SIGNED BY: Smithson")];
    ShipmentRecord {
        id: ShipmentId::generate(noon()),
        order: order.to_owned(),
        claim: Claim {
            carrier: "UPS".to_owned(),
            tracking_number: number.to_owned(),
            tracking_url: None,
            confirmed_at: Some(noon()),
            submitted_at: Some(noon()),
            combined_with: None,
            corrects: None,
            late: Vec::new(),
        },
        input: number.to_owned(),
        carrier: Some(ups),
        format: None,
        verdict: Some(Verdict {
            verdict: Outcome::Rejected,
            policy: "2026-11".to_owned(),
            turns_at: None,
            next_look_at: None,
            next_look_why: None,
            ask_seller: vec!["Give the number of this order's parcel.".to_owned()],
            delivered_at: None,
            checks: vec![
                check("known-to-source", CheckOutcome::Pass, Effect::None),
                check("physical-scan", CheckOutcome::Unknown, Effect::None),
                check("destination-country", CheckOutcome::Fail, Effect::Hard),
            ],
        }),
        verdict_at: Some(noon()),
        tracking: Some(Reading::from(tracking)),
        tracking_at: Some(noon()),
        next_look_at: None,
        next_look_why: None,
        looks: 1,
        judge_at: None,
        corrected_by: None,
        created_at: noon(),
    }
}

pub fn scan(time: &str, text: &str) -> Checkpoint {
    Checkpoint {
        time: Some(time.parse().unwrap()),
        local_time: None,
        status: Status::Delivered,
        code: Some("011".to_owned()),
        text: Some(text.to_owned()),
        fault: None,
        place: Some(Place { city: Some("BERLIN".to_owned()), ..Place::default() }),
    }
}

fn check(id: &str, outcome: CheckOutcome, effect: Effect) -> Check {
    Check {
        id: id.to_owned(),
        outcome,
        effect,
        reason: format!("exactly why, for the arbiter: {id}"),
        for_seller: format!("roughly why, for the seller: {id}"),
        evidence: Vec::new(),
    }
}
