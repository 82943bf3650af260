//! Hostile endpoints against the whole worker: a listener on every address of this machine counts who connects, and
//! nobody may. The address 127.0.0.2 stands for the internet, since it alone is allowed.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::Router;
use axum::extract::Path;
use axum::http::{StatusCode, header};
use axum::routing::any;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use tokio::net::{TcpListener, TcpSocket};
use waygate::clock::ManualClock;
use waygate::net::client::Egress;
use waygate::net::guard::Allow;
use waygate::store::Attempt;
use waygate::webhook::deliver::{Deliverer, Limits};

use super::fake_store::FakeStore;
use super::guarding::Names;
use super::{delivery, endpoint, master, noon};

/// Listens on all addresses of this machine, of both families, and counts connections.
struct Trap {
    port: u16,
    connections: Arc<AtomicUsize>,
}

impl Trap {
    async fn set() -> Self {
        let listener = TcpListener::bind((Ipv6Addr::UNSPECIFIED, 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let connections = Arc::new(AtomicUsize::new(0));
        tokio::spawn({
            let connections = Arc::clone(&connections);
            async move {
                while listener.accept().await.is_ok() {
                    connections.fetch_add(1, Ordering::SeqCst);
                }
            }
        });
        Self { port, connections }
    }

    /// Connections until now. One of our own comes last, so that all that came before it have been counted.
    async fn connections(&self) -> usize {
        let before = self.connections.load(Ordering::SeqCst);
        let socket = TcpSocket::new_v4().unwrap();
        let address = SocketAddr::new([127, 0, 0, 1].into(), self.port);
        let _own = socket.connect(address).await.unwrap();
        let counted = async {
            while self.connections.load(Ordering::SeqCst) == before {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(10), counted).await.unwrap();
        self.connections.fetch_sub(1, Ordering::SeqCst) - 1
    }
}

/// Only 127.0.0.2, which is in no other way different from 127.0.0.1.
fn only_one_address() -> Allow {
    Allow::networks(vec!["127.0.0.2/32".parse().unwrap()])
}

/// Lets the worker deliver to these URLs, and gives what it recorded.
async fn delivered(urls: &[String], allow: Allow, names: impl Resolve + 'static) -> Vec<Attempt> {
    let resolver: Arc<dyn Resolve> = Arc::new(names);
    let egress = Egress::with(allow, &resolver, Duration::from_secs(5)).unwrap();
    let due = urls.iter().map(|url| delivery(&endpoint(url), "A", 1));
    let store = Arc::new(FakeStore::of(due));
    let clock = Arc::new(ManualClock::new(noon()));
    let limits = Limits::default();
    let worker =
        Deliverer::new(Arc::clone(&store) as _, clock.clone(), clock, Arc::new(master()), egress, limits);
    worker.run_due().await.unwrap();
    store.attempts()
}

fn assert_none_was_sent(attempts: &[Attempt], urls: usize) {
    assert_eq!(attempts.len(), urls);
    for attempt in attempts {
        let error = attempt.error.as_deref().unwrap_or_default();
        assert!(error.starts_with("not sent: ") && attempt.http_status.is_none(), "{attempt:?}");
    }
}

/// Hosts that must not be connected to, in every spelling that some parser takes.
const HOSTS: &[&str] = &[
    // This machine: dotted, short, whole, octal, hexadecimal, mixed, padded, with dots at the end.
    "127.0.0.1",
    "127.0.0.1.",
    "127.1",
    "127.0.1",
    "2130706433",
    "2130706433.",
    "0x7f000001",
    "0X7F000001",
    "0x7f.1",
    "0x7f.0.0.0x1",
    "017700000001",
    "0177.0.0.1",
    "0177.0.0.01",
    "00000177.0.0.1",
    "0x7f.0x0.0x0.0x1",
    "127.0.0.0x1",
    "127.255.255.254",
    "0",
    "0.0.0.0",
    "0x0",
    "00",
    // Other digits and other full stops (UTS 46 maps them).
    "127。0。0。1",
    "127．0．0．1",
    "127｡0｡0｡1",
    "１２７.０.０.１",
    "①②⑦.⓪.⓪.①",
    "𝟙𝟚𝟟.𝟘.𝟘.𝟙",
    "%31%32%37.0.0.1",
    "127%2e0%2e0%2e1",
    "127.0.0.%31",
    // Names of this machine.
    "localhost",
    "LOCALHOST",
    "localhost.",
    "shop.localhost",
    "ⓛⓞⓒⓐⓛⓗⓞⓢⓣ",
    "ｌocalhost",
    "localhost。",
    "local%68ost",
    // IPv6: loopback, unspecified, with an IPv4 address inside.
    "[::1]",
    "[0:0:0:0:0:0:0:1]",
    "[0000:0000:0000:0000:0000:0000:0000:0001]",
    "[::]",
    "[::ffff:127.0.0.1]",
    "[::FFFF:7F00:1]",
    "[0:0:0:0:0:ffff:7f00:0001]",
    "[::127.0.0.1]",
    "[::7f00:1]",
    "[::ffff:0:127.0.0.1]",
    "[64:ff9b::127.0.0.1]",
    "[64:ff9b:1::7f00:1]",
    "[2002:7f00:1::]",
    "[2001:0:7f00:1::]",
    "[2001:0:4136:e378:8000:63bf:80ff:fffe]",
    // Inner networks, links, groups, and the clouds' own services.
    "10.0.0.1",
    "172.16.0.1",
    "192.168.0.1",
    "100.64.0.1",
    "198.18.0.1",
    "224.0.0.1",
    "255.255.255.255",
    "[fc00::1]",
    "[fd00:ec2::254]",
    "[fe80::1]",
    "[fe80::1%25lo]",
    "[fe80::1%lo]",
    "[ff02::1]",
    "[fec0::1]",
    "169.254.169.254",
    "2852039166",
    "0xa9fea9fe",
    "[::ffff:169.254.169.254]",
    "100.100.100.200",
    "168.63.129.16",
    "metadata.google.internal",
];

#[tokio::test]
async fn no_spelling_of_a_forbidden_host_is_connected_to() {
    let trap = Trap::set().await;
    let mut urls = Vec::new();
    for host in HOSTS {
        for rest in [(*host).to_owned(), format!("shop.example@{host}"), format!("shop.example:word@{host}")]
        {
            urls.push(format!("http://{rest}:{}/hook", trap.port));
            urls.push(format!("https://{rest}:{}/hook", trap.port));
        }
        urls.push(format!("http://{host}:{}#@shop.example/", trap.port));
        urls.push(format!("http://{host}:{}\\@shop.example/", trap.port));
    }
    // Names are given the address that the system would give them.
    let attempts = delivered(&urls, only_one_address(), Names::of(&[&["127.0.0.1"], &["::1"]])).await;
    assert_none_was_sent(&attempts, urls.len());
    let attempts = delivered(&urls, Allow::internet(), Names::of(&[&["127.0.0.1"], &["::1"]])).await;
    assert_none_was_sent(&attempts, urls.len());
    assert_eq!(trap.connections().await, 0);
}

#[tokio::test]
async fn the_trap_catches_what_is_allowed() {
    let trap = Trap::set().await;
    let urls =
        [format!("http://127.0.0.2:{}/hook", trap.port), format!("http://shop.example:{}/hook", trap.port)];
    let attempts = delivered(&urls, only_one_address(), Names::of(&[&["127.0.0.2"]])).await;
    assert_eq!(attempts.len(), 2);
    assert_eq!(trap.connections().await, 2, "{attempts:?}");
}

/// Every address that a name server may give for a name. A name has one URL each, so that each is resolved.
#[tokio::test]
async fn no_name_leads_to_a_forbidden_address() {
    let trap = Trap::set().await;
    let answers = [
        "127.0.0.1",
        "127.8.9.10",
        "0.0.0.0",
        "::1",
        "::",
        "::ffff:127.0.0.1",
        "::127.0.0.1",
        "::ffff:0:127.0.0.1",
        "64:ff9b::7f00:1",
        "64:ff9b:1::7f00:1",
        "2002:7f00:1::1",
        "2001:0:7f00:1::1",
        "fe80::1",
        "fc00::1",
        "10.0.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "::ffff:169.254.169.254",
        "100.64.0.1",
        "224.0.0.1",
        "255.255.255.255",
    ];
    for answer in answers {
        // Alone, after a good one, and before one.
        for list in [vec![answer], vec!["127.0.0.2", answer], vec![answer, "127.0.0.2"]] {
            let url = format!("http://shop.example:{}/hook", trap.port);
            let attempts = delivered(&[url], only_one_address(), Names::of(&[&list])).await;
            assert_none_was_sent(&attempts, 1);
        }
    }
    assert_eq!(trap.connections().await, 0);
}

/// A name server that gives a good address while the endpoint is registered and first delivered to, and this machine's
/// from then on.
struct Rebinding(AtomicUsize);

impl Resolve for Rebinding {
    fn resolve(&self, _: Name) -> Resolving {
        let first = self.0.fetch_add(1, Ordering::SeqCst) == 0;
        let address: IpAddr = [127, 0, 0, if first { 2 } else { 1 }].into();
        Box::pin(std::future::ready(Ok(Box::new(std::iter::once(SocketAddr::new(address, 0))) as Addrs)))
    }
}

/// Answers on 127.0.0.2 as the path says, and closes the connection, so that each request asks for the name anew.
async fn allowed_server() -> SocketAddr {
    let answer = async |Path((status, port)): Path<(u16, u16)>| {
        let status = StatusCode::from_u16(status).unwrap();
        let next = format!("http://127.0.0.1:{port}/taken");
        (
            status,
            [
                (header::LOCATION, next.clone()),
                (header::REFRESH, format!("0; url={next}")),
                (header::CONNECTION, "close".to_owned()),
            ],
        )
    };
    let router = Router::new().route("/{status}/{port}", any(answer));
    let listener = TcpListener::bind("127.0.0.2:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}

#[tokio::test]
async fn a_name_that_is_bound_anew_after_its_first_use_is_refused() {
    let server = allowed_server().await;
    // The trap takes the same port on 127.0.0.1.
    let trap = TcpListener::bind((IpAddr::from([127, 0, 0, 1]), server.port())).await.unwrap();
    let url = format!("http://shop.example:{}/204/1", server.port());
    let resolver: Arc<dyn Resolve> = Arc::new(Rebinding(AtomicUsize::new(0)));
    let egress = Egress::with(only_one_address(), &resolver, Duration::from_secs(5)).unwrap();
    let target = endpoint(&url);
    let due = (1..=5).map(|n| delivery(&target, "A", n));
    let store = Arc::new(FakeStore::of(due));
    let clock = Arc::new(ManualClock::new(noon()));
    let worker = Deliverer::new(
        Arc::clone(&store) as _,
        clock.clone(),
        clock,
        Arc::new(master()),
        egress,
        Limits::default(),
    );
    worker.run_due().await.unwrap();
    let attempts = store.attempts();
    assert_eq!(attempts.len(), 2);
    assert_eq!(attempts[0].http_status, Some(204));
    let why = "not sent: the host's address is not on the public internet (loopback)";
    assert_eq!(attempts[1].error.as_deref(), Some(why));
    let nobody = tokio::time::timeout(Duration::from_millis(50), trap.accept()).await;
    assert!(nobody.is_err(), "{nobody:?}");
}

#[tokio::test]
async fn no_redirect_is_followed_wherever_it_leads() {
    let trap = Trap::set().await;
    let server = allowed_server().await;
    let statuses = [201, 300, 301, 302, 303, 305, 307, 308, 401, 503];
    let urls: Vec<_> =
        statuses.iter().map(|status| format!("http://{server}/{status}/{}", trap.port)).collect();
    let attempts = delivered(&urls, only_one_address(), Names::nothing()).await;
    let mut got: Vec<_> = attempts.iter().map(|attempt| attempt.http_status.unwrap()).collect();
    got.sort_unstable();
    assert_eq!(got, statuses);
    assert_eq!(trap.connections().await, 0);
}
