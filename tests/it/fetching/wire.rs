//! The exchange itself, against servers that are nobody's imitation: where it goes, what it follows, how much it reads.

use std::io::Write as _;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::response::{IntoResponse, Response};
use http::{StatusCode, header};
use jiff::{SignedDuration, Timestamp};
use tokio::net::TcpListener;
use waygate::clock::ManualClock;
use waygate::fetch::{Fetched, Fetcher, Secrets, Shares, SourceSetup, SourceState};
use waygate_carriers::contract::FailureKind;
use waygate_carriers::registry::registry;

use super::{NOW, ask, failure, source};
use crate::support::START;

const BODY_BYTES_MAX: u32 = 100_000;

/// A server that answers everything alike, and counts.
async fn server(
    answer: impl Fn() -> Response + Clone + Send + Sync + 'static,
) -> (SocketAddr, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let count = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&count);
    let router = Router::new().fallback(move || {
        counted.fetch_add(1, Ordering::SeqCst);
        let answer = answer();
        async move { answer }
    });
    tokio::spawn(async move { axum::serve(listener, router).await });
    (address, count)
}

/// A fetcher whose DHL is at this address.
fn fetcher(base_url: &str, sandbox: bool) -> Fetcher {
    let dhl = Arc::clone(registry().source(&source("dhl.unified")).unwrap());
    let mut limits = dhl.facts().limits.clone();
    limits.interval_ms = 1;
    limits.burst = 100;
    limits.body_bytes_max = BODY_BYTES_MAX;
    let mut secrets = Secrets::default();
    secrets.insert("api_key", "secret".to_owned().into());
    let setup = SourceSetup {
        state: SourceState::On,
        base_url: base_url.to_owned(),
        sandbox,
        limits,
        credentials: vec![(String::new(), secrets)],
        shares: Shares::default(),
        cost_per_call: None,
    };
    let now: Timestamp = START.parse().unwrap();
    Fetcher::new(vec![(dhl, setup)], Arc::new(ManualClock::new(now)), None).unwrap()
}

async fn fetch(fetcher: &Fetcher) -> Arc<Fetched> {
    fetcher.ask(&source("dhl.unified"), &ask("dhl.unified", "3318811053"), NOW).await
}

#[tokio::test]
async fn a_redirect_is_never_followed() {
    let (elsewhere, followed) = server(|| "here".into_response()).await;
    for status in [301, 302, 303, 307, 308] {
        let status = StatusCode::from_u16(status).unwrap();
        let to = format!("http://{elsewhere}/track/shipments");
        let (address, _) = server(move || (status, [(header::LOCATION, to.clone())]).into_response()).await;
        let fetched = fetch(&fetcher(&format!("http://{address}"), true)).await;
        let failure = failure(&fetched.reading);
        assert_eq!((failure.kind, failure.code.as_str()), (FailureKind::Malformed, "redirect"));
    }
    assert_eq!(followed.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn no_more_is_read_than_the_limit_whether_packed_or_not() {
    let plain = vec![b' '; 10 << 20];
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    packer.write_all(&plain).unwrap();
    let packed = packer.finish().unwrap();
    assert!(packed.len() < BODY_BYTES_MAX as usize);
    let (long, _) = server(move || plain.clone().into_response()).await;
    let (bomb, _) =
        server(move || ([(header::CONTENT_ENCODING, "gzip")], packed.clone()).into_response()).await;
    for address in [long, bomb] {
        let fetched = fetch(&fetcher(&format!("http://{address}"), true)).await;
        let failure = failure(&fetched.reading);
        assert_eq!((failure.kind, failure.code.as_str()), (FailureKind::Malformed, "too_long"));
        assert!(fetched.body.is_empty());
    }
}

#[tokio::test]
async fn a_pause_is_as_long_as_the_source_says_up_to_a_day() {
    for (said, seconds) in
        [("120", 120), (" 5 ", 5), ("999999999", 24 * 3_600), ("soon", 60), ("", 60), ("-1", 60)]
    {
        let (address, count) =
            server(move || (StatusCode::TOO_MANY_REQUESTS, [(header::RETRY_AFTER, said)]).into_response())
                .await;
        let fetcher = fetcher(&format!("http://{address}"), true);
        let fetched = fetch(&fetcher).await;
        let until = fetched.fetched_at + SignedDuration::from_secs(seconds);
        assert_eq!(fetched.again_at, Some(until), "{said:?}");
        assert_eq!(fetch(&fetcher).await.again_at, Some(until), "{said:?}");
        assert_eq!(count.load(Ordering::SeqCst), 1, "{said:?}");
    }
}

#[tokio::test]
async fn nothing_is_sent_to_an_address_that_is_not_the_sources_own() {
    let (address, count) = server(|| "here".into_response()).await;
    let (port, plain) = (address.port(), format!("http://{address}"));
    for (base_url, sandbox) in [
        (plain.as_str(), false),
        (&format!("http://localhost:{port}"), true),
        (&format!("http://localhost:{port}"), false),
        ("http://api-eu.dhl.com", false),
        ("http://api-eu.dhl.com", true),
        ("https://dhl.example", true),
        ("https://api-eu.dhl.com.example", false),
        (&format!("https://api-eu.dhl.com@127.0.0.1:{port}"), false),
        ("https://API-EU.DHL.COM.", false),
        ("ftp://api-eu.dhl.com", false),
        ("file:///etc/passwd", true),
        ("nonsense", true),
        ("", true),
    ] {
        let fetched = fetch(&fetcher(base_url, sandbox)).await;
        let failure = failure(&fetched.reading);
        assert_eq!(
            (failure.kind, failure.code.as_str()),
            (FailureKind::Unavailable, "not_official"),
            "{base_url}"
        );
    }
    assert_eq!(count.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn no_one_there_is_an_outage_and_a_secret_that_is_missing_a_refusal() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let fetched = fetch(&fetcher(&format!("http://{address}"), true)).await;
    let nobody = failure(&fetched.reading);
    assert_eq!((nobody.kind, nobody.code.as_str()), (FailureKind::Unavailable, "no_connection"));
    assert!(!nobody.message.contains("3318811053"), "an address may hold what a log should not: {nobody}");
}
