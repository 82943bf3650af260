//! The guard against hostile URLs and hostile name servers.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use tokio::net::TcpListener;
use waygate::net::client::{Egress, refusal};
use waygate::net::guard::{Allow, Refused};

use super::receiver::Receiver;

/// A name server that gives the next of its answers at each look-up, over and over.
pub struct Names {
    answers: Vec<Vec<IpAddr>>,
    asked: AtomicUsize,
}

impl Names {
    pub fn nothing() -> Self {
        Self::of(&[&[]])
    }

    pub fn of(answers: &[&[&str]]) -> Self {
        let parse = |answer: &&[&str]| answer.iter().map(|text| text.parse().unwrap()).collect();
        Self { answers: answers.iter().map(parse).collect(), asked: AtomicUsize::new(0) }
    }
}

impl Resolve for Names {
    fn resolve(&self, _: Name) -> Resolving {
        let turn = self.asked.fetch_add(1, Ordering::Relaxed);
        let answer = self.answers[turn % self.answers.len()].clone();
        let addresses = answer.into_iter().map(|address| SocketAddr::new(address, 0));
        Box::pin(std::future::ready(Ok(Box::new(addresses) as Addrs)))
    }
}

fn egress(allow: Allow, names: Names) -> Egress {
    let resolver: Arc<dyn Resolve> = Arc::new(names);
    Egress::with(allow, &resolver, Duration::from_secs(10)).unwrap()
}

/// Posts, and says what was refused where something was.
async fn post(egress: &Egress, url: &str) -> Result<u16, Refused> {
    let (url, client) = egress.client_for(url)?;
    match client.post(url).send().await {
        Ok(response) => Ok(response.status().as_u16()),
        Err(error) => Err(refusal(&error).cloned().unwrap_or_else(|| panic!("{error:?}"))),
    }
}

#[tokio::test]
async fn a_name_that_resolves_to_a_forbidden_address_is_not_connected_to() {
    for address in [
        "127.0.0.1",
        "10.0.0.1",
        "169.254.169.254",
        "::1",
        "::ffff:127.0.0.1",
        "64:ff9b::7f00:1",
        "fd00:ec2::254",
    ] {
        let egress = egress(Allow::internet(), Names::of(&[&[address]]));
        let outcome = post(&egress, "https://shop.example/hook").await;
        assert!(matches!(outcome, Err(Refused::Address(_))), "{address}: {outcome:?}");
    }
    let egress = egress(Allow::internet(), Names::nothing());
    assert_eq!(post(&egress, "https://shop.example/hook").await, Err(Refused::NoAddress));
}

#[tokio::test]
async fn one_forbidden_address_among_good_ones_spoils_the_answer() {
    for answer in [["8.8.8.8", "127.0.0.1"], ["127.0.0.1", "8.8.8.8"]] {
        let egress = egress(Allow::internet(), Names::of(&[&answer]));
        let outcome = post(&egress, "https://shop.example/hook").await;
        assert_eq!(outcome, Err(Refused::Address("loopback")));
    }
}

#[tokio::test]
async fn plain_http_to_a_name_reaches_allowed_networks_alone() {
    let egress = egress(Allow::loopback(), Names::of(&[&["8.8.8.8"]]));
    assert_eq!(post(&egress, "http://shop.example/hook").await, Err(Refused::NotInside));
}

/// The address 127.0.0.2 stands for the internet here, and 127.0.0.1 for what must not be reached.
#[tokio::test]
async fn a_name_server_that_changes_its_answer_never_gets_a_connection_to_the_forbidden_address() {
    const LOOK_UPS: usize = 1_000;
    let forbidden = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = forbidden.local_addr().unwrap().port();
    let connections = Arc::new(AtomicUsize::new(0));
    tokio::spawn({
        let connections = Arc::clone(&connections);
        async move {
            while forbidden.accept().await.is_ok() {
                connections.fetch_add(1, Ordering::Relaxed);
            }
        }
    });
    let receiver = Receiver::start_at(SocketAddr::new(Ipv4Addr::new(127, 0, 0, 2).into(), port)).await;
    let allow = Allow::networks(vec!["127.0.0.2/32".parse().unwrap()]);
    let egress = egress(allow, Names::of(&[&["127.0.0.2"], &["127.0.0.1"]]));

    let (mut delivered, mut refused) = (0, 0);
    for _ in 0..LOOK_UPS {
        match post(&egress, &format!("http://shop.example:{port}/close")).await {
            Ok(200) => delivered += 1,
            Err(Refused::Address("loopback")) => refused += 1,
            other => panic!("{other:?}"),
        }
    }
    assert_eq!((delivered, refused), (LOOK_UPS / 2, LOOK_UPS / 2));
    assert_eq!(receiver.received().len(), LOOK_UPS / 2);
    assert_eq!(connections.load(Ordering::Relaxed), 0);
}

/// Addresses from all the forbidden ranges, each in every spelling that some parser takes.
#[test]
fn no_spelling_of_a_forbidden_address_gets_through() {
    let lasts = [1, 2, 7, 100, 254];
    let ranges = [
        [0, 1, 2],
        [10, 0, 0],
        [100, 64, 0],
        [100, 100, 100],
        [127, 0, 0],
        [169, 254, 169],
        [172, 16, 0],
        [192, 0, 0],
        [192, 168, 1],
        [198, 18, 0],
        [203, 0, 113],
    ];
    let allow = Allow::internet();
    let mut tried = 0;
    for [a, b, c] in ranges {
        for host in lasts.iter().flat_map(|d| spellings([a, b, c, *d])) {
            let url = format!("https://{host}/hook");
            assert!(allow.check(&url).is_err(), "{url}");
            tried += 1;
        }
    }
    assert!(tried >= 2_000, "{tried}");
}

fn spellings([a, b, c, d]: [u8; 4]) -> Vec<String> {
    let whole = u32::from_be_bytes([a, b, c, d]);
    let (low, mid) = (whole & 0xff_ffff, whole & 0xffff);
    let dotted = format!("{a}.{b}.{c}.{d}");
    let (high_hex, low_hex) = (whole >> 16, mid);
    let wide = |text: &str| {
        text.chars()
            .map(|char| char.to_digit(10).and_then(|d| char::from_u32(0xff10 + d)).unwrap_or(char))
            .collect::<String>()
    };
    let percent = |text: &str| text.bytes().map(|byte| format!("%{byte:02x}")).collect::<Vec<_>>().concat();
    let mut all = vec![
        dotted.clone(),
        format!("{dotted}."),
        format!("{whole}"),
        format!("{whole:#x}"),
        format!("0X{whole:X}"),
        format!("0{whole:o}"),
        format!("0000{whole:o}"),
        format!("{whole}."),
        format!("{a}.{low}"),
        format!("{a:#x}.{low:#x}"),
        format!("0{a:o}.0{low:o}"),
        format!("{a}.{b}.{mid}"),
        format!("{a:#x}.{b:#x}.{mid:#x}"),
        format!("0{a:o}.0{b:o}.0{mid:o}"),
        format!("{a:#x}.{b:#x}.{c:#x}.{d:#x}"),
        format!("0{a:o}.0{b:o}.0{c:o}.0{d:o}"),
        format!("000{a:o}.000{b:o}.000{c:o}.000{d:o}"),
        format!("{a:#x}.{b}.0{c:o}.{d}"),
        format!("{a}.{b:#x}.{mid}"),
        format!("0{a:o}.{low:#x}"),
        dotted.replace('.', "\u{3002}"),
        dotted.replace('.', "\u{ff0e}"),
        dotted.replace('.', "\u{ff61}"),
        wide(&dotted),
        wide(&dotted).replace('.', "\u{3002}"),
        wide(&whole.to_string()),
        percent(&dotted),
        percent(&whole.to_string()),
        dotted.replace('.', "%2e"),
        dotted.replace('.', "%E3%80%82"),
        format!("user@{dotted}"),
        format!("example.com@{dotted}"),
        format!("example.com:pass@{dotted}"),
        format!("{dotted}:443"),
        format!("{dotted}:8443"),
        format!("{dotted}\\@example.com"),
        format!("[::ffff:{dotted}]"),
        format!("[::FFFF:{high_hex:x}:{low_hex:x}]"),
        format!("[0:0:0:0:0:ffff:{high_hex:04x}:{low_hex:04x}]"),
        format!("[::{dotted}]"),
        format!("[::{high_hex:x}:{low_hex:x}]"),
        format!("[::ffff:0:{dotted}]"),
        format!("[64:ff9b::{dotted}]"),
        format!("[64:ff9b:1::{high_hex:x}:{low_hex:x}]"),
        format!("[2002:{high_hex:x}:{low_hex:x}::1]"),
        format!("[2001:0:{high_hex:x}:{low_hex:x}::1]"),
        format!("[fe80::{high_hex:x}:{low_hex:x}%25eth0]"),
    ];
    all.push(format!("{}#{}", dotted, "@example.com"));
    all.push(format!("\t{dotted}\n"));
    all
}
