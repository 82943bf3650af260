//! Events as they are written: nothing missed, nothing twice, each to those who may see it, and an end for who is slow.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt as _;
use serde_json::{Value, json};
use waygate::http::streams::{BEFORE_ALL, StreamLimits, Streams};
use waygate::ids::KeyId;
use waygate::store::EventFilter;

use super::endpoints::{Sink, make};
use crate::support::{TestApp, sample};

/// Longest wait for anything.
const PATIENCE: Duration = Duration::from_secs(30);

/// One event of a stream.
#[derive(Debug, Clone, PartialEq)]
pub struct Frame {
    pub id: String,
    pub event: String,
    pub data: String,
}

impl Frame {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.data).unwrap()
    }

    pub fn place(&self) -> (String, i64) {
        let body = self.json();
        (body["order"].as_str().unwrap().to_owned(), body["sequence"].as_i64().unwrap())
    }
}

/// A reader of a stream, by the rules of the HTML Standard, section 9.2.6.
pub struct Reader {
    response: reqwest::Response,
    text: String,
    /// The last id that was told, with an event or without.
    pub last_id: String,
}

impl Reader {
    pub async fn open(base: &str, path: &str, key: &str, last: Option<&str>) -> Self {
        let mut request = reqwest::Client::builder()
            .no_proxy()
            .build()
            .unwrap()
            .get(format!("{base}{path}"))
            .bearer_auth(key)
            .header("accept", "text/event-stream");
        if let Some(last) = last {
            request = request.header("last-event-id", last);
        }
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), 200, "{:?}", response.text().await);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Self { response, text: String::new(), last_id: last.unwrap_or_default().to_owned() }
    }

    /// The next event; none at the stream's end.
    pub async fn next(&mut self) -> Option<Frame> {
        loop {
            while let Some((block, rest)) = self.text.split_once("\n\n") {
                let fields: Vec<_> = block.lines().filter_map(|line| line.split_once(": ")).collect();
                let field =
                    |name| fields.iter().find(|(of, _)| *of == name).map(|(_, value)| (*value).to_owned());
                let (id, event, data) = (field("id"), field("event"), field("data"));
                let rest = rest.to_owned();
                self.text = rest;
                if let Some(id) = id {
                    self.last_id = id;
                }
                if let Some(data) = data {
                    return Some(Frame { id: self.last_id.clone(), event: event.unwrap(), data });
                }
            }
            let chunk = tokio::time::timeout(PATIENCE, self.response.chunk()).await.expect("nothing came");
            match chunk {
                Ok(Some(chunk)) => self.text += std::str::from_utf8(&chunk).unwrap(),
                Ok(None) | Err(_) => return None,
            }
        }
    }

    pub async fn take(&mut self, count: usize) -> Vec<Frame> {
        let mut frames = Vec::new();
        while frames.len() < count {
            frames.push(self.next().await.expect("the stream ended"));
        }
        frames
    }
}

/// Registers an order and gives a number for it: two events at least.
async fn write(app: &TestApp, order: &str, seller: &str) {
    let mut body = sample("ups.track").order(order, seller);
    body["ship_to"] = json!({"country": "US", "city": "Oakland", "postal_code": "94607"});
    app.register(&body).await;
    app.submit(order, "ups", sample("ups.track").moving).await;
}

/// What the store has, by the list of events.
async fn all(app: &TestApp) -> Vec<Value> {
    let (mut events, mut after) = (Vec::new(), String::new());
    loop {
        let page = app.client.get(&format!("/v1/events?limit=50{after}")).await.ok();
        events.extend(page["data"].as_array().unwrap().clone());
        if page["has_more"] == false {
            return events;
        }
        after = format!("&after={}", page["next_cursor"].as_str().unwrap());
    }
}

fn ids(events: &[Value]) -> Vec<&str> {
    events.iter().map(|event| event["id"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn a_stream_tells_what_was_missed_and_then_what_comes_as_the_webhook_has_it() {
    let app = TestApp::start().await;
    let sink = Sink::start().await;
    make(&app, &sink, json!({})).await;
    write(&app, "A-1", "s-1").await;
    let path = format!("/v1/events?after={BEFORE_ALL}");
    let mut reader = Reader::open(app.address(), &path, &app.keys.order_system, None).await;
    let before = all(&app).await;
    let missed = reader.take(before.len()).await;
    write(&app, "A-2", "s-1").await;
    let events = all(&app).await;
    let came = reader.take(events.len() - before.len()).await;
    let told: Vec<_> = missed.into_iter().chain(came).collect();
    assert_eq!(told.iter().map(|frame| frame.id.as_str()).collect::<Vec<_>>(), ids(&events));
    app.run_until_idle().await;
    let posts = sink.take();
    for frame in &told {
        let post = posts.iter().find(|post| post.header("webhook-id") == frame.id).unwrap();
        assert_eq!(frame.data.as_bytes(), &post.body, "byte for byte");
        assert_eq!(frame.event, frame.json()["type"]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_write_and_many_read_and_nothing_is_missed_or_told_twice() {
    const WRITERS: usize = 6;
    const ORDERS: usize = 12;
    let app = Arc::new(TestApp::start().await);
    write(&app, "A-before", "s-1").await;
    let writers: Vec<_> = (0..WRITERS)
        .map(|writer| {
            let app = Arc::clone(&app);
            tokio::spawn(async move {
                for n in 0..ORDERS {
                    write(&app, &format!("W{writer}-{n}"), "s-1").await;
                }
            })
        })
        .collect();
    // Readers begin while the writers write, some of them at the beginning, and each is cut several times.
    let readers: Vec<_> = (0..4)
        .map(|reader| {
            let app = Arc::clone(&app);
            tokio::spawn(async move {
                let mut last = BEFORE_ALL.to_owned();
                let mut told = Vec::new();
                while told.len() < (WRITERS * ORDERS + 1) * 2 {
                    let mut stream =
                        Reader::open(app.address(), "/v1/events", &app.keys.order_system, Some(&last)).await;
                    let left = (WRITERS * ORDERS + 1) * 2 - told.len();
                    told.extend(stream.take(left.min(17 + 10 * reader)).await);
                    last = stream.last_id;
                }
                told
            })
        })
        .collect();
    for writer in writers {
        writer.await.unwrap();
    }
    let events = all(&app).await;
    for reader in readers {
        let told = reader.await.unwrap();
        let told: Vec<_> = told.iter().map(|frame| frame.id.as_str()).collect();
        assert_eq!(told, ids(&events)[..told.len()]);
    }
    let mut next: BTreeMap<&str, i64> = BTreeMap::new();
    for event in &events {
        let expected = next.entry(event["order"].as_str().unwrap()).or_insert(1);
        assert_eq!(event["sequence"], *expected);
        *expected += 1;
    }
}

#[tokio::test]
async fn a_stream_without_a_place_begins_now_and_says_from_where_to_come_back() {
    let app = TestApp::start().await;
    write(&app, "A-1", "s-1").await;
    // A stream that is cut before its first event has told its place all the same.
    let greeted = async |last: Option<&str>| {
        let reader = Reader::open(app.address(), "/v1/events", &app.keys.order_system, last).await;
        let mut text = String::new();
        let mut response = reader.response;
        while !text.contains("\n\n") {
            text += std::str::from_utf8(&response.chunk().await.unwrap().unwrap()).unwrap();
        }
        text.lines().find_map(|line| line.strip_prefix("id: ")).unwrap().to_owned()
    };
    let before = all(&app).await;
    let id = greeted(None).await;
    assert_eq!(id, *ids(&before).last().unwrap());
    assert_eq!(greeted(Some(ids(&before)[0])).await, ids(&before)[0], "what was missed is still to come");
    assert_eq!(greeted(Some(BEFORE_ALL)).await, BEFORE_ALL);
    write(&app, "A-2", "s-1").await;
    let events = all(&app).await;
    let mut again = Reader::open(app.address(), "/v1/events", &app.keys.order_system, Some(&id)).await;
    let told = again.take(events.len() - before.len()).await;
    assert_eq!(told.iter().map(|f| f.id.as_str()).collect::<Vec<_>>(), ids(&events)[before.len()..]);
    // What a browser says again in its address is older than the header.
    let path = format!("/v1/events?after={BEFORE_ALL}");
    let mut again = Reader::open(app.address(), &path, &app.keys.order_system, Some(&told[0].id)).await;
    assert_eq!(again.take(1).await[0], told[1]);
}

#[tokio::test]
async fn filters_and_keys_decide_what_is_told() {
    let app = TestApp::start().await;
    for (order, seller) in [("A-1", "s-1"), ("A-2", "s-2"), ("A-3", "s-1")] {
        write(&app, order, seller).await;
    }
    let events = all(&app).await;
    let told = async |query: &str, key: &str, fits: &dyn Fn(&Value) -> bool| {
        let expected: Vec<_> = events.iter().filter(|event| fits(event)).cloned().collect();
        let path = format!("/v1/events?after={BEFORE_ALL}{query}");
        let frames = Reader::open(app.address(), &path, key, None).await.take(expected.len()).await;
        let listed = app.key(key).get(&format!("/v1/events?limit=200{query}")).await.ok();
        assert_eq!(ids(listed["data"].as_array().unwrap()), ids(&expected), "{query}");
        assert_eq!(frames.iter().map(|f| f.id.as_str()).collect::<Vec<_>>(), ids(&expected), "{query}");
        assert!(!expected.is_empty());
    };
    let of = |order: &'static str| move |event: &Value| event["order"] == order;
    let keys = &app.keys;
    told("&order=A-3", &keys.order_system, &of("A-3")).await;
    told("&seller=s-2", &keys.arbiter, &of("A-2")).await;
    told("&type=shipment.*", &keys.operator, &|e| e["type"].as_str().unwrap().starts_with("shipment.")).await;
    told("&type=order.protection_started,dispute.*&seller=s-1", &keys.order_system, &|e| {
        e["type"] == "order.protection_started" && e["order"] != "A-2"
    })
    .await;
    told("", &keys.seller, &|e| e["order"] != "A-2").await;
    told("", &keys.other_seller, &of("A-2")).await;
    told("&order=A-2&seller=s-2", &keys.other_seller, &of("A-2")).await;

    // A live stream of a seller's is passed over by others' events.
    let mut reader = Reader::open(app.address(), "/v1/events", &keys.other_seller, None).await;
    write(&app, "A-4", "s-1").await;
    write(&app, "A-5", "s-2").await;
    assert_eq!(reader.take(1).await[0].place(), ("A-5".to_owned(), 1));

    let seller = app.key(&keys.seller);
    seller.get("/v1/events?seller=s-2").await.problem(403, "forbidden");
    let foreign = events.iter().find(|e| e["order"] == "A-2").unwrap()["id"].as_str().unwrap();
    seller.get(&format!("/v1/events/{foreign}")).await.problem(404, "no_such_event");
    assert_eq!(seller.get("/v1/events?order=A-2").await.ok()["data"], json!([]));
    app.client.get("/v1/events?type=order.nothing").await.problem(400, "bad_query");
    let stream = [("accept", "text/event-stream"), ("last-event-id", "evt_nonsense")];
    let answer = app.client.send(http::Method::GET, "/v1/events", &stream, None).await;
    answer.problem(400, "bad_cursor");
}

fn streams(app: &TestApp, limits: StreamLimits) -> Arc<Streams> {
    let shared = &app.assembly.app;
    Arc::new(Streams::new(Arc::clone(&shared.endpoints), Arc::clone(&shared.gateway.store), limits))
}

fn key(app: &TestApp) -> KeyId {
    KeyId::generate(app.now())
}

/// Waits until the streams are so many.
async fn until_open(streams: &Streams, count: usize) {
    let waiting = async {
        while streams.count() != count {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, waiting).await.expect("streams stay open");
}

#[tokio::test]
async fn who_reads_too_slowly_is_cut_off_and_goes_on_from_where_it_was() {
    let app = TestApp::start().await;
    let limits = StreamLimits { slow: Duration::from_millis(50), ..StreamLimits::default() };
    let streams = streams(&app, limits);
    for n in 0..12 {
        write(&app, &format!("A-{n}"), "s-1").await;
    }
    let events = all(&app).await;
    let mut told: Vec<String> = Vec::new();
    let mut after = Some(0);
    // Nobody reads: what fits waits, and the stream ends.
    while told.len() + 10 < events.len() {
        let opened = streams.open(&key(&app), EventFilter::default(), after).await;
        let opened = opened.unwrap_or_else(|error| panic!("{error:?}"));
        until_open(&streams, 0).await;
        let text: Vec<_> = opened.map(Result::unwrap_or_default).collect().await;
        let text = String::from_utf8(text.concat()).unwrap();
        let blocks = text.split("\n\n").filter(|block| block.contains("data: "));
        let of = |block: &str| block.lines().find_map(|line| line.strip_prefix("id: ").map(str::to_owned));
        let before = told.len();
        told.extend(blocks.filter_map(of));
        assert!(told.len() > before && told.len() < events.len(), "some were told, and not all");
        let last = told.last().unwrap().parse().unwrap();
        after = app.assembly.app.endpoints.event(last).await.unwrap().map(|event| event.place);
    }
    let last = told.last().unwrap().clone();
    let mut reader = Reader::open(app.address(), "/v1/events", &app.keys.order_system, Some(&last)).await;
    told.extend(reader.take(events.len() - told.len()).await.into_iter().map(|frame| frame.id));
    assert_eq!(told, ids(&events));
}

#[tokio::test]
async fn there_are_so_many_streams_and_a_place_is_free_when_one_ends() {
    let app = TestApp::start().await;
    let limits = StreamLimits { streams: 3, streams_per_key: 2, ..StreamLimits::default() };
    let streams = streams(&app, limits);
    let (one, other, third) = (key(&app), key(&app), key(&app));
    let open = async |key: &KeyId| streams.open(key, EventFilter::default(), None).await.ok();
    let first = open(&one).await.unwrap();
    let _second = open(&one).await.unwrap();
    assert!(open(&one).await.is_none(), "a third of one key");
    let _other = open(&other).await.unwrap();
    assert!(open(&third).await.is_none(), "a fourth of all");
    drop(first);
    until_open(&streams, 2).await;
    assert!(open(&third).await.is_some());
}

#[tokio::test]
async fn a_quiet_stream_is_kept_alive_until_its_key_is_revoked_and_all_end_with_the_gateway() {
    let app = TestApp::start().await;
    let limits = StreamLimits { keep_alive: Duration::from_millis(20), ..StreamLimits::default() };
    let streams = streams(&app, limits);
    let keys = app.assembly.app.gateway.store.keys().await.unwrap();
    let live = keys.iter().find(|key| key.name == "arbiter").unwrap().id.clone();
    let opened = streams.open(&live, EventFilter::default(), None).await.unwrap_or_else(|e| panic!("{e:?}"));
    let mut opened = Box::pin(opened);
    let greeting = opened.next().await.unwrap().unwrap();
    assert_eq!(greeting, format!("retry: 1000\nid: {BEFORE_ALL}\n\n"));
    assert_eq!(opened.next().await.unwrap().unwrap(), ": here\n\n");
    assert!(app.assembly.app.gateway.store.revoke_key(live, app.now()).await.unwrap());
    while opened.next().await.is_some() {}
    assert_eq!(streams.count(), 0);

    let operator = keys.iter().find(|key| key.name == "operator").unwrap().id.clone();
    let opened =
        streams.open(&operator, EventFilter::default(), None).await.unwrap_or_else(|e| panic!("{e:?}"));
    streams.close();
    tokio::time::timeout(PATIENCE, opened.collect::<Vec<_>>()).await.expect("it does not end");
    assert!(streams.open(&operator, EventFilter::default(), None).await.is_err());
}
