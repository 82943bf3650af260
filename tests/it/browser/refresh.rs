//! The page's own script in a real browser: it brings what is new and leaves the reader's things alone.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use axum::response::{Html, IntoResponse, Response};
use http::{StatusCode, header};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::chromium;
use super::house::{House, order, shipment};

/// What the tests add to the page's script: opens a drawer, puts the focus on a link, and tells afterwards what is
/// left of both and how wide the page is.
const PROBE: &str = r#"
(() => {
  const drawer = document.querySelector("details.sources");
  const link = document.querySelector("a[data-order]");
  drawer.open = true;
  link.focus();
  const root = document.documentElement;
  const tell = () =>
    fetch("/probe?" + JSON.stringify({
      open: drawer.isConnected && drawer.open,
      focus: document.activeElement === link,
      sideways: root.scrollWidth > root.clientWidth,
      width: innerWidth,
    }));
  tell();
  setInterval(tell, 200);
})();
"#;

/// What the probe told last.
type Told = Arc<Mutex<Value>>;

/// Serves the house with the probe. At the first refresh one more order comes in.
async fn serve(house: Arc<House>) -> (String, Told) {
    let came = Arc::new(AtomicBool::new(false));
    let told = Told::default();
    let telling = Arc::clone(&told);
    let router = house.router.clone().layer(from_fn(move |request: Request, next: Next| {
        let (house, came, telling) = (Arc::clone(&house), Arc::clone(&came), Arc::clone(&telling));
        async move {
            let path = request.uri().path().to_owned();
            if path == "/probe" {
                *telling.lock().unwrap() = probed(request.uri().query().unwrap());
                return StatusCode::NO_CONTENT.into_response();
            }
            if path == "/fragment/live" && !came.swap(true, Ordering::SeqCst) {
                house.register(order("LATE-1", "s-late")).await;
            }
            if path == "/telephone" {
                let page = request.uri().query().unwrap();
                let frame = format!("<!doctype html><iframe width=390 height=1600 src=\"{page}\"></iframe>");
                return Html(frame).into_response();
            }
            let mut response: Response = next.run(request).await;
            // Here alone the page may stand in a frame.
            response.headers_mut().remove(header::CONTENT_SECURITY_POLICY);
            if path != "/assets/page.js" {
                return response;
            }
            let script = include_str!("../../../src/http/pages/assets/page.js");
            ([(header::CONTENT_TYPE, "text/javascript")], format!("{script}{PROBE}")).into_response()
        }
    }));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await });
    (format!("http://{address}"), told)
}

fn probed(query: &str) -> Value {
    let decoded: String = url::form_urlencoded::parse(query.as_bytes()).map(|(name, _)| name).collect();
    serde_json::from_str(&decoded).unwrap()
}

async fn house() -> Arc<House> {
    let house = House::new(true);
    house.endpoint("https://hooks.example/in").await;
    for n in 0..3 {
        let id = format!("A-{n}-with-an-id-as-long-as-some-systems-make-them-0123456789");
        house.register(order(&id, "a-seller-with-a-long-name")).await;
        house.ship(shipment(&id), 3).await;
    }
    Arc::new(house)
}

#[tokio::test]
async fn the_script_brings_what_is_new_and_keeps_focus_and_open_drawers() {
    let house = house().await;
    assert!(!house.page("/").await.contains("LATE-1"));
    let (base, told) = serve(house).await;
    let dom = chromium::dom(&base, (1440, 900)).await;
    assert!(dom.contains("LATE-1"), "the page refreshed itself");
    let told = told.lock().unwrap();
    assert_eq!((&told["open"], &told["focus"]), (&json!(true), &json!(true)));
}

#[tokio::test]
async fn the_page_is_never_wider_than_a_telephone() {
    let (base, told) = serve(house().await).await;
    let case = "/?order=A-1-with-an-id-as-long-as-some-systems-make-them-0123456789";
    for path in ["/", case] {
        *told.lock().unwrap() = Value::Null;
        // A window has a least width, a frame has none.
        chromium::dom(&format!("{base}/telephone?{path}"), (1440, 1_800)).await;
        let told = told.lock().unwrap();
        assert_eq!((&told["width"], &told["sideways"]), (&json!(390), &json!(false)), "{path}");
    }
}
