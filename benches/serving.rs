//! Replicas of the whole program on one PostgreSQL: orders that they take a CPU second, one alone beside two together, and
//! how much memory one takes that has nothing to do. CPU seconds are the replicas' own, so that the machine's other work
//! does not count; the server waits for the disk.
//!
//! `cargo bench --bench serving [-- --seconds N]`
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a bench that cannot go on ends")]

#[path = "../tests/it/support/postgres.rs"]
#[allow(dead_code, reason = "the tests use more of it")]
mod postgres;

use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use futures_util::future::join_all;
use reqwest::Client;
use secrecy::ExposeSecret as _;
use serde_json::json;
use tokio::time::Instant;

use postgres::Database;

const ROUNDS: usize = 3;
/// Clients of each replica.
const CLIENTS: usize = 12;
const SECONDS: u64 = 8;
/// The clock ticks of `/proc/<pid>/stat` in a second: USER_HZ, which is 100 on Linux (proc_pid_stat(5)).
const TICKS: f64 = 100.0;
/// How long a replica has to answer first.
const START_MAX: Duration = Duration::from_secs(30);

struct Replica {
    process: Child,
    address: String,
}

impl Drop for Replica {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn waygate(folder: &Path, url: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_waygate"));
    command
        .current_dir(folder)
        .env("WAYGATE_STORE_PROFILE", "postgres")
        .env("WAYGATE_STORE_URL", url)
        .stdin(Stdio::null())
        .stderr(Stdio::null());
    command
}

impl Replica {
    async fn start(folder: &Path, url: &str) -> Self {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let address = format!("127.0.0.1:{port}");
        let mut command = waygate(folder, url);
        let process =
            command.arg("serve").env("WAYGATE_LISTEN", &address).stdout(Stdio::null()).spawn().unwrap();
        let replica = Self { process, address };
        let (client, began) = (Client::new(), Instant::now());
        while client.get(format!("http://{}/livez", replica.address)).send().await.is_err() {
            assert!(began.elapsed() < START_MAX, "the replica does not answer");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        replica
    }

    /// CPU seconds so far, the system's on its behalf included.
    fn cpu_seconds(&self) -> f64 {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.process.id())).unwrap();
        let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
        let ticks = |at: usize| fields[at].parse::<f64>().unwrap();
        (ticks(11) + ticks(12)) / TICKS
    }

    /// Memory that is resident, in MiB.
    fn resident(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process.id())).unwrap();
        let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
        line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() / 1_024
    }
}

/// Orders taken a second, and a CPU second of all replicas.
#[expect(clippy::cast_precision_loss, reason = "a rate for people")]
async fn load(replicas: &[Replica], key: &str, run: usize, seconds: u64) -> (f64, f64) {
    let taken = Arc::new(AtomicU64::new(0));
    let before: f64 = replicas.iter().map(Replica::cpu_seconds).sum();
    let began = Instant::now();
    let ends = began + Duration::from_secs(seconds);
    let clients = (0..CLIENTS * replicas.len()).map(|number| {
        let url = format!("http://{}/v1/orders", replicas[number % replicas.len()].address);
        let (taken, key) = (Arc::clone(&taken), key.to_owned());
        tokio::spawn(async move {
            let client = Client::new();
            let mut n = 0;
            while Instant::now() < ends {
                let order = json!({
                    "id": format!("A-{run}-{number}-{n}"), "seller": "s-1", "buyer": "b-1",
                    "paid_at": "2026-03-02T08:00:00Z", "handling_days": 3, "delivery_days": 30,
                    "amount": "100.00 USD", "ship_to": {"country": "US", "city": "Oakland", "postal_code": "94607"},
                });
                let request = client.post(&url).bearer_auth(&key).header("content-type", "application/json");
                let answer = request.body(order.to_string()).send().await.unwrap();
                assert!(answer.status().is_success(), "{}", answer.text().await.unwrap());
                taken.fetch_add(1, Ordering::Relaxed);
                n += 1;
            }
        })
    });
    for client in join_all(clients).await {
        client.unwrap();
    }
    let used = replicas.iter().map(Replica::cpu_seconds).sum::<f64>() - before;
    let taken = taken.load(Ordering::Relaxed) as f64;
    (taken / began.elapsed().as_secs_f64(), taken / used)
}

async fn measure(seconds: u64) {
    let database = Database::with("-c shared_buffers=256MB -c max_wal_size=4GB").await;
    let folder = tempfile::tempdir().unwrap();
    let url = database.url();
    let made = waygate(folder.path(), url.expose_secret())
        .args(["keys", "create", "--name", "load", "--scope", "order_system"])
        .output()
        .unwrap();
    let key = String::from_utf8(made.stdout).unwrap().trim().to_owned();
    let mut ratios = Vec::new();
    for round in 0..ROUNDS {
        let first = Replica::start(folder.path(), url.expose_secret()).await;
        if round == 0 {
            tokio::time::sleep(Duration::from_secs(5)).await;
            println!("a replica that has nothing to do: {} MiB resident", first.resident());
        }
        let mut replicas = vec![first];
        let one = load(&replicas, &key, round * 2, seconds).await;
        replicas.push(Replica::start(folder.path(), url.expose_secret()).await);
        let two = load(&replicas, &key, round * 2 + 1, seconds).await;
        println!(
            "one replica: {:.0} orders/s, {:.0} a CPU second; two: {:.0} orders/s, {:.0} a CPU second; twice that is {:.2} of one",
            one.0,
            one.1,
            two.0,
            two.1,
            2.0 * two.1 / one.1
        );
        println!("after it: {} MiB and {} MiB resident", replicas[0].resident(), replicas[1].resident());
        ratios.push(2.0 * two.1 / one.1);
    }
    ratios.sort_by(f64::total_cmp);
    println!("two replicas handle {:.2} times as much as one, a CPU second each", ratios[ROUNDS / 2]);
}

fn main() {
    let mut words = std::env::args().skip_while(|word| word != "--seconds").skip(1);
    let seconds = words.next().and_then(|word| word.parse().ok()).unwrap_or(SECONDS);
    tokio::runtime::Runtime::new().unwrap().block_on(measure(seconds));
}
