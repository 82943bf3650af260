//! Who sees what of persons: a case whose persons have names that stand nowhere else, and every address that can be read,
//! with every kind of key. Then the case is erased, and nothing of them is left.

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ct_merkle::mem_backed_tree::MemoryBackedTree;
use ct_merkle::{InclusionProof, RootHash};
use flate2::read::ZlibDecoder;
use http::Method;
use rusqlite::Connection;
use serde_json::{Value, json};
use sha2::Sha256;
use waygate::domain::certificate::check;
use waygate::domain::channels::Channels;
use waygate::domain::log::{Checkpoint, Note, VerifierKey};
use waygate::gateway::advance::Input;
use waygate::ids::{ObservationId, ShipmentId};
use waygate::seal::{FileTiles, audit};
use waygate::store::{Kept, ObservationRecord, StoredAnswer};
use waygate_carriers::contract::{CarrierId, Place, ProofOfDelivery, Reading, SourceId, Status, Tracking};
use waygate_carriers::registry::registry;

use super::leaks::Log;
use super::routes::{About, all};
use crate::support::{Client, Setup, TestApp, order};

const NUMBER: &str = "1ZWAYG8T0300002048";
/// What the seller typed beside the number.
const TYPED: &str = "Wilhelmina";
/// What the order system told.
const TOLD: [&str; 3] = ["Zanzibarton", "73195-8264", "Thistlewood"];
/// What the carrier tells of persons.
const SOURCED: [&str; 4] = ["Quillfeather", "Peregrine", "feathermail", "555 0132"];

const PARCEL: &str = r#"
[place.zanzibarton]
country = "US"
city = "ZANZIBARTON"
region = "CA"
postal_code = "73195-8264"
offset_minutes = -480
[[parcel]]
tracking_number = "1ZWAYG8T0300002048"
service = "UPS Worldwide Expedited"
weight_grams = 900
signed_by = "PEREGRINE QUILLFEATHER"
from = "shenzhen"
to = "zanzibarton"
journey = [
  ["+2h", "label", "shenzhen"],
  ["+6h", "picked_up", "shenzhen"],
  ["+10h", "departed", "shenzhen"],
  ["+18h", "arrived", "zanzibarton"],
  ["+70h", "out_for_delivery", "zanzibarton"],
  ["+76h", "delivered", "zanzibarton"],
]
"#;

/// A parcel that was delivered in Oakland before any order of these tests was paid for.
pub const DELIVERED_EARLY: &str = r#"
[[parcel]]
tracking_number = "1ZWAYG8T0300002093"
service = "UPS Ground"
weight_grams = 900
signed_by = "DOE"
from = "shenzhen"
to = "oakland"
journey = [
  ["-9d", "picked_up", "shenzhen"],
  ["-5d", "out_for_delivery", "oakland"],
  ["-4d", "delivered", "oakland"],
]
"#;

struct Case {
    app: TestApp,
    shipment: String,
    observation: String,
    verdict: String,
}

/// A delivered parcel; its carrier names persons in every way that carriers do.
async fn case() -> Case {
    let app = Setup::default().embedded().parcel(PARCEL).start().await;
    let mut told = order("A-1");
    told["buyer"] = json!("Thistlewood");
    told["ship_to"] =
        json!({"country": "US", "region": "CA", "city": "Zanzibarton", "postal_code": "73195-8264"});
    app.register(&told).await;
    let seller = app.key(&app.keys.seller);
    let body = json!({"carrier": "ups", "tracking_number": NUMBER,
        "tracking_url": format!("https://www.ups.com/track?for={TYPED}")});
    let taken =
        seller.post_with("/v1/orders/A-1/shipments", &body, &[("idempotency-key", "once")]).await.ok();
    let shipment = taken["id"].as_str().unwrap().to_owned();
    app.advance_hours(24 * 4).await;
    assert_eq!(app.verdict(&shipment).await, "verified");
    pushed(&app, &shipment).await;
    app.run_until_idle().await;
    let arbiter = app.key(&app.keys.arbiter);
    let first = async |what: &str| {
        let list = arbiter.get(&format!("/v1/shipments/{shipment}/{what}")).await.ok();
        list["data"][0]["id"].as_str().unwrap().to_owned()
    };
    let (observation, verdict) = (first("observations").await, first("verdicts").await);
    Case { shipment: shipment.clone(), observation, verdict, app }
}

/// What the carrier adds: free text with a name, a telephone number and an address.
async fn pushed(app: &TestApp, shipment: &str) {
    let store = &app.assembly.app.gateway.store;
    let case = store.case("A-1".to_owned()).await.unwrap().unwrap();
    let known = case.shipments[0].tracking.as_ref().and_then(Reading::tracking).unwrap();
    let mut tracking: Tracking = known.clone();
    let text = "Left with Peregrine, call +1 415 555 0132 or mail quill@feathermail.test";
    tracking.checkpoints[0].text = Some(text.to_owned());
    tracking.checkpoints[0].place = Some(Place { city: Some("ZANZIBARTON".to_owned()), ..Place::default() });
    tracking.status_text = Some("Signed for by: P. QUILLFEATHER".to_owned());
    tracking.notes = vec!["The driver spoke to Quillfeather".to_owned()];
    tracking.proof_of_delivery = Some(ProofOfDelivery {
        signed_by: Some("Peregrine Quillfeather".to_owned()),
        left_at: Some("with Peregrine".to_owned()),
    });
    assert_eq!(tracking.status, Status::Delivered);
    let body = text.as_bytes().repeat(30);
    let answer = StoredAnswer {
        record: ObservationRecord {
            id: ObservationId::generate(app.now()),
            carrier: CarrierId::new("ups").unwrap(),
            source: SourceId::new("ups.track").unwrap(),
            url: "https://onlinetools.ups.com/track?postal=73195-8264".to_owned(),
            fetched_at: app.now(),
            http_status: Some(200),
            body_sha256: Some(waygate::secrets::sha256_hex(&body)),
            body_bytes: body.len() as u64,
            reading: tracking.into(),
        },
        body,
    };
    let shipment: ShipmentId = shipment.parse().unwrap();
    let input = Input::Pushed { shipment, answer: Box::new(answer), whole: true };
    app.assembly.app.gateway.change("A-1", &input, None).await.unwrap();
}

impl Case {
    /// Every address that can be read and tells of the case.
    fn addresses(&self) -> Vec<String> {
        let of = |about| match about {
            About::Order => "A-1",
            About::Shipment => &self.shipment,
            About::Observation => &self.observation,
            About::Verdict => &self.verdict,
            About::Seller => "s-1",
            About::Nothing
            | About::Endpoint
            | About::Key
            | About::Event
            | About::Dispute
            | About::Evidence => "",
        };
        let routes = all().into_iter().filter(|route| route.method == Method::GET);
        let mut addresses: Vec<String> =
            routes.map(|route| route.path.replace("{}", of(route.about))).collect();
        addresses.push(format!("/v1/trackings/ups/{NUMBER}"));
        addresses.push(format!("/v1/log/proof/inclusion?shipment={}", self.shipment));
        for page in ["/", "/?order=A-1", "/fragment/live?order=A-1"] {
            addresses.push(page.to_owned());
        }
        for page in ["/certificate", "/certificate.pdf"] {
            addresses.push(format!("{page}?shipment={}", self.shipment));
        }
        addresses
    }
}

fn shows(bytes: &[u8], marker: &str) -> bool {
    let (text, marker) = (bytes.to_ascii_lowercase(), marker.to_ascii_lowercase());
    text.windows(marker.len()).any(|window| window == marker.as_bytes())
}

/// Which markers a reader finds, and where.
async fn found(case: &Case, client: &Client) -> Vec<(String, &'static str)> {
    let mut found = Vec::new();
    for address in case.addresses() {
        let answer = client.get(&address).await;
        for marker in TOLD.into_iter().chain(SOURCED).chain([TYPED]) {
            let in_head = answer.headers.values().any(|value| shows(value.as_bytes(), marker));
            if in_head || shows(&answer.body, marker) {
                found.push((address.clone(), marker));
            }
        }
    }
    found
}

#[tokio::test]
async fn persons_show_to_arbiters_and_to_those_who_told_of_them() {
    let log = Log::default();
    let lines = tracing_subscriber::fmt().with_env_filter("waygate=trace").with_ansi(false);
    let _heard = tracing::subscriber::set_default(lines.with_writer(log.clone()).finish());
    let case = case().await;
    let keys = &case.app.keys;

    let whole = found(&case, &case.app.key(&keys.arbiter)).await;
    for marker in TOLD.into_iter().chain(SOURCED).chain([TYPED]) {
        assert!(
            whole.iter().any(|(_, shown)| *shown == marker),
            "{marker} is nowhere, so that nothing is tried"
        );
    }
    for (name, key) in [("operator", &keys.operator), ("another seller", &keys.other_seller)] {
        assert_eq!(found(&case, &case.app.key(key)).await, [], "the {name} sees persons");
    }
    for (address, marker) in found(&case, &case.app.key(&keys.order_system)).await {
        let told_by_itself = TOLD.contains(&marker);
        let about_orders = address.starts_with("/v1/orders") || address.contains("order=A-1");
        assert!(told_by_itself && about_orders, "the order system sees {marker} at {address}");
    }
    let own = found(&case, &case.app.key(&keys.seller)).await;
    assert!(own.iter().all(|(_, marker)| *marker == TYPED), "the seller sees {own:?}");
    assert!(own.iter().any(|(address, _)| address.starts_with("/v1/shipments/")), "not even what it typed");
    assert_eq!(found(&case, &case.app.anonymous()).await, [], "everybody sees persons");

    let log = log.bytes();
    assert!(log.len() > 1_000, "nothing was logged, so that nothing was tried");
    for marker in TOLD.into_iter().chain(SOURCED).chain([TYPED]) {
        assert!(!shows(&log, marker), "{marker} is logged");
    }
}

#[tokio::test]
async fn an_open_page_and_webhooks_show_nobody() {
    let app = Setup::default()
        .embedded()
        .parcel(PARCEL)
        .edit("[store]", "[pages]\nopen = true\n[store]")
        .start()
        .await;
    let hooks = app.listen().await;
    let mut told = order("A-1");
    told["ship_to"] = json!({"country": "US", "city": "Zanzibarton", "postal_code": "73195-8264"});
    app.register(&told).await;
    let shipment = app.submit("A-1", "ups", NUMBER).await;
    app.advance_hours(24 * 4).await;
    pushed(&app, &shipment).await;
    app.run_until_idle().await;
    assert!(hooks.all().iter().any(|hook| hook.kind == "tracking.updated"));
    let sent: Vec<String> = hooks.all().iter().map(|hook| hook.body.to_string()).collect();
    let page = app.anonymous().get("/?order=A-1").await.text();
    assert!(page.contains(NUMBER));
    for text in sent.iter().chain([&page]) {
        for marker in TOLD.into_iter().chain(SOURCED) {
            assert!(!shows(text.as_bytes(), marker), "{marker} shows in {text}");
        }
    }
}

/// Every file below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found
}

/// Markers in any file, and in what is packed in the database.
fn left(folder: &Path) -> Vec<(String, &'static str)> {
    let mut found = Vec::new();
    let markers = || TOLD.into_iter().chain(SOURCED).chain([TYPED]);
    for path in files(folder) {
        let bytes = std::fs::read(&path).unwrap();
        found.extend(markers().filter(|m| shows(&bytes, m)).map(|m| (path.display().to_string(), m)));
    }
    let db = Connection::open(folder.join("waygate.db")).unwrap();
    let mut statement = db.prepare("SELECT codec, data FROM bodies").unwrap();
    let read = |row: &rusqlite::Row<'_>| Ok((row.get::<_, String>(0)?, row.get::<_, Vec<u8>>(1)?));
    for body in statement.query_map([], read).unwrap() {
        let (codec, data) = body.unwrap();
        let mut raw = Vec::new();
        if codec == "zlib" {
            ZlibDecoder::new(data.as_slice()).read_to_end(&mut raw).unwrap()
        } else {
            0
        };
        found.extend(markers().filter(|m| shows(&raw, m)).map(|m| ("a body".to_owned(), m)));
    }
    found
}

async fn keys(client: &Client) -> Vec<VerifierKey> {
    let listed = client.get("/v1/log/keys").await.ok();
    listed["keys"].as_array().unwrap().iter().map(|k| k["key"].as_str().unwrap().parse().unwrap()).collect()
}

/// The whole log, read over HTTP as others read it, as the tree of another implementation; with its head.
async fn other_tree(client: &Client) -> (MemoryBackedTree<Sha256, Vec<u8>>, Checkpoint) {
    let note = client.get("/log/checkpoint").await.text();
    let head = Checkpoint::parse(Note::parse(&note).unwrap().verify(&keys(client).await).unwrap().0).unwrap();
    let bundle = client.get(&format!("/log/tile/entries/000.p/{}", head.size)).await;
    let (mut tree, mut rest) = (MemoryBackedTree::new(), bundle.body.as_slice());
    while let [high, low, after @ ..] = rest {
        let (entry, after) = after.split_at(usize::from(u16::from_be_bytes([*high, *low])));
        tree.push(entry.to_vec());
        rest = after;
    }
    (tree, head)
}

#[tokio::test]
async fn an_erased_order_leaves_no_byte_of_persons_and_every_proof() {
    let case = case().await;
    let app = &case.app;
    let arbiter = app.key(&app.keys.arbiter);
    let certified = async |shipment: &str| {
        let answer = arbiter.get(&format!("/v1/shipments/{shipment}/certificate")).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.text()
    };
    let before = certified(&case.shipment).await;
    assert!(!left(app.folder.path()).is_empty(), "nothing is there to erase");

    let erasure = "/v1/orders/A-1/erasure";
    app.client.post(erasure, &json!({})).await.problem(409, "order_open");
    app.client.post("/v1/orders/A-1/receipt", &json!({})).await.ok();
    app.advance_hours(24 * 16).await;
    assert_eq!(app.client.get("/v1/orders/A-1").await.ok()["state"]["phase"], "released");
    let verdict = app.verdict(&case.shipment).await;

    let erased = app.client.post(erasure, &json!({})).await.ok();
    assert!(erased["fields"].as_u64().unwrap() > 10 && erased["bodies"].as_u64().unwrap() > 0, "{erased}");
    assert_eq!(left(app.folder.path()), [], "in the files of a gateway that runs");
    let again = app.client.post(erasure, &json!({})).await.ok();
    assert_eq!((&again["fields"], &again["erased_at"]), (&json!(0), &erased["erased_at"]));

    // The verdict stands, and nothing about the order can be changed or asked for any more.
    assert_eq!(app.verdict(&case.shipment).await, verdict);
    let shown = arbiter.get("/v1/orders/A-1").await.ok();
    assert_eq!((&shown["buyer"], &shown["ship_to"]["city"]), (&Value::Null, &Value::Null));
    assert_eq!(shown["ship_to"]["country"], "US");
    arbiter.get(&format!("/v1/observations/{}/body", case.observation)).await.problem(409, "erased");
    app.advance_hours(24 * 3).await;
    assert_eq!(left(app.folder.path()), [], "after three more days");

    // Every proof: the log as another implementation makes it, old certificates, new ones, and the whole log gone through.
    app.run_until_idle().await;
    let (tree, head) = other_tree(&app.anonymous()).await;
    let root: RootHash<Sha256> = tree.root();
    assert_eq!(root.as_bytes().as_slice(), head.root.0.as_slice());
    let path = format!("/v1/log/proof/inclusion?shipment={}", case.shipment);
    let receipts = arbiter.get(&path).await.ok();
    let receipts = receipts["entries"].as_array().unwrap();
    for receipt in receipts {
        let proof: Vec<u8> = receipt["proof"].as_array().unwrap().iter().flat_map(unhex).collect();
        let proof = InclusionProof::<Sha256>::try_from_bytes(proof).unwrap();
        let entry = receipt["entry"].to_string().into_bytes();
        root.verify_inclusion(&entry, receipt["index"].as_u64().unwrap(), &proof).unwrap();
    }
    assert!(receipts.iter().any(|receipt| receipt["entry"]["kind"] == "erasure"));

    let after = certified(&case.shipment).await;
    let keys = keys(&app.anonymous()).await;
    for (document, erasures) in [(&before, 0), (&after, 1)] {
        let report = check(document.as_bytes(), &keys, registry(), Channels::built_in()).unwrap();
        assert!(report.valid, "{:?}", report.faults);
        assert_eq!((report.erased.len(), report.withheld.is_empty()), (erasures, erasures == 0));
    }
    let outcome = |text: &str| {
        let document: Value = serde_json::from_str(text).unwrap();
        document["certificate"]["verdict"]["document"]["verdict"]["verdict"].clone()
    };
    assert_eq!(outcome(&after), outcome(&before));
    let log = FileTiles::open(&app.folder.path().join("log")).unwrap();
    let store = Arc::clone(&app.assembly.app.gateway.store);
    let audited = audit(Arc::new(log), store, app.assembly.app.gateway.log.origin()).await.unwrap();
    assert!(audited.parts > 2 && audited.erased == 0, "{audited:?}");
}

#[tokio::test]
async fn an_erased_buyer_is_named_by_no_other_orders_verdict() {
    let case = case().await;
    let app = &case.app;
    // Another order with the same number: its verdict was made on this order's claim, and names its buyer.
    let mut other = order("A-2");
    other["buyer"] = json!("b-2");
    app.register(&other).await;
    let rival = app.submit("A-2", "ups", NUMBER).await;
    app.advance_hours(1).await;
    let arbiter = app.key(&app.keys.arbiter);
    let path = format!("/v1/shipments/{rival}/certificate");
    let before = arbiter.get(&path).await.text();
    assert!(before.contains("Thistlewood"), "the verdict names nobody, so that nothing is tried");
    app.client.post("/v1/orders/A-1/receipt", &json!({})).await.ok();
    app.advance_hours(24 * 16).await;
    app.client.post("/v1/orders/A-1/erasure", &json!({})).await.ok();
    let after = arbiter.get(&path).await.text();
    assert!(!after.contains("Thistlewood"), "{after}");
    let keys = keys(&app.anonymous()).await;
    for document in [&before, &after] {
        let report = check(document.as_bytes(), &keys, registry(), Channels::built_in()).unwrap();
        assert!(report.valid, "{:?}", report.faults);
    }
    // It is judged again and again, and still knows of the other claim.
    app.advance_hours(24 * 5).await;
    let verdict = app.verdict(&rival).await;
    assert!(["rejected", "suspicious"].contains(&verdict.as_str()), "{verdict}");
}

fn unhex(text: &Value) -> Vec<u8> {
    let text = text.as_str().unwrap();
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}

#[tokio::test]
async fn what_is_kept_for_a_time_goes_when_it_is_over_and_not_before() {
    let case = case().await;
    let app = &case.app;
    let days = async |days: i64| app.advance_hours(24 * days).await;
    let worker = &app.assembly.worker;
    // Open for longer than anything is kept: nothing goes.
    let count = |sql: &str| -> i64 {
        let db = Connection::open(app.folder.path().join("waygate.db")).unwrap();
        db.query_row(sql, [], |row| row.get(0)).unwrap()
    };
    worker.forget_due().await.unwrap();
    assert_eq!(count("SELECT count(*) FROM idempotency"), 0, "three days and no longer");
    app.client.post("/v1/orders/A-1/receipt", &json!({})).await.ok();
    days(16).await;
    let ended = count("SELECT ended_at FROM orders");
    assert!(ended > 0);
    days(300).await;
    worker.forget_due().await.unwrap();
    assert!(!left(app.folder.path()).is_empty(), "not before its time");
    days(64).await;
    assert!(count("SELECT count(*) FROM bodies") > 0);
    days(2).await;
    assert!(worker.forget_due().await.unwrap() > 0);
    assert_eq!(left(app.folder.path()), []);
    assert_eq!(count("SELECT count(*) FROM bodies"), 0);
    assert!(count("SELECT count(*) FROM events") > 0);
    assert_eq!(worker.forget_due().await.unwrap(), 0, "nothing is due twice");
    days(3 * 365 - 366 + 17).await;
    worker.forget_due().await.unwrap();
    assert_eq!(count("SELECT count(*) FROM events"), 0);
    assert_eq!(app.verdict(&case.shipment).await, "verified");
    let privacy = &app.assembly.app.gateway.privacy;
    for kept in Kept::ALL {
        assert_eq!(privacy.retain(kept, app.now(), app.now(), 9).await.unwrap(), 0, "{kept:?}");
    }
}
