//! Every source misbehaves in every way at once, while people and routine ask for numbers: every ask is answered with
//! what was found or with a reason, no day's quota is overdrawn, and when it is over every source answers again.

use std::collections::BTreeMap;
use std::path::Path;

use futures_util::future::join_all;
use jiff::SignedDuration;
use serde::Deserialize;
use waygate::fetch::Waits;
use waygate::sandbox::{Fault, imitated};
use waygate_carriers::contract::{Ask, Reading, SourceId};

use super::{failure, source, wanted};
use crate::support::{SOURCES, Setup, TestApp};

const FAULTS: [Fault; 14] = [
    Fault::Down,
    Fault::Html503,
    Fault::RateLimited,
    Fault::Unauthorized,
    Fault::Slow { ms: 30 },
    Fault::Slow { ms: 2_000 }, // longer than the time that it has
    Fault::Garbage,
    Fault::HalfBody,
    Fault::Truncated,
    Fault::Redirect,
    Fault::WrongNumber,
    Fault::Flood,
    Fault::Bomb,
    Fault::ClockSkew { minutes: 95 },
];
/// What every source may be asked in a day.
const PER_DAY: usize = 60;

/// A number of each source, as its cases have it.
#[derive(Deserialize)]
struct Cases {
    source: String,
    asked: String,
}

fn numbers() -> BTreeMap<String, String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("carriers");
    let folders = |path: &Path| -> Vec<_> {
        let entries = std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path());
        entries.filter(|path| path.is_dir()).collect()
    };
    let carriers = folders(&root);
    let within = carriers.iter().flat_map(|folder| folders(folder));
    let files = carriers.iter().cloned().chain(within).map(|folder| folder.join("cases.toml"));
    let read = |path: std::path::PathBuf| -> Option<Cases> {
        Some(toml::from_str(&std::fs::read_to_string(path).ok()?).unwrap())
    };
    files.filter_map(read).map(|cases| (cases.source, cases.asked)).collect()
}

/// The number's parcel, on its way.
fn parcel(number: &str) -> String {
    format!(
        "\n[[parcel]]\ntracking_number = \"{number}\"\nservice = \"Any\"\nweight_grams = 900\nfrom = \"shenzhen\"\n\
         to = \"oakland\"\njourney = [[\"-9h\", \"picked_up\", \"shenzhen\"], [\"-5h\", \"departed\", \"shenzhen\"]]\n"
    )
}

async fn with_all(numbers: &BTreeMap<String, String>) -> TestApp {
    let mut setup = Setup::default()
        .edit("per_day = 1000000", &format!("per_day = {PER_DAY}"))
        .edit("concurrent = 16", "concurrent = 3")
        .edit("interval_ms = 1\n", "interval_ms = 1\ntimeout_ms = 1000\n");
    for id in imitated().into_iter().filter(|id| !SOURCES.contains(id)) {
        setup = setup.source(id);
    }
    for number in numbers.values() {
        setup = setup.parcel(&parcel(number));
    }
    setup.start().await
}

fn ask(app: &TestApp, source: &SourceId, number: &str) -> Ask {
    let facts = app.assembly.app.gateway.book.registry.source(source).unwrap().facts();
    Ask { carrier: facts.answers[0].carrier.clone(), format: None, ..super::ask("ups.track", number) }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_ask_is_answered_whatever_all_sources_do() {
    let numbers = numbers();
    assert_eq!(numbers.keys().map(String::as_str).collect::<Vec<_>>(), {
        let mut all = imitated();
        all.sort_unstable();
        all
    });
    let app = with_all(&numbers).await;
    let fetcher = &app.assembly.app.gateway.fetcher;
    let mut outcomes: BTreeMap<&str, usize> = BTreeMap::new();
    for round in 0..FAULTS.len() {
        for (at, id) in numbers.keys().enumerate() {
            app.sandbox.faults().set(id, FAULTS[(at + round) % FAULTS.len()]);
        }
        let asks = numbers.iter().flat_map(|(id, number)| {
            let id = source(id);
            let waits = [Waits::Routine, Waits::Person, Waits::Deadline, Waits::Person];
            waits.into_iter().map(move |by| (id.clone(), number, by))
        });
        let answers = join_all(asks.map(|(id, number, by)| {
            let ask = ask(&app, &id, number);
            async move { (number, fetcher.ask(&id, &ask, wanted(by)).await) }
        }));
        for (number, fetched) in answers.await {
            match &fetched.reading {
                Reading::Found(tracking) => assert_eq!(&tracking.tracking_number, number),
                Reading::Failed(failure) => {
                    assert!(!failure.code.is_empty() && !failure.message.is_empty(), "{fetched:?}");
                }
            }
            *outcomes.entry(fetched.reading.outcome()).or_default() += 1;
        }
        // Long enough for breakers and pauses to let one through.
        app.clock.advance(SignedDuration::from_mins(20));
    }
    assert_eq!(outcomes.values().sum::<usize>(), numbers.len() * FAULTS.len() * 4);
    for outcome in ["found", "unavailable", "malformed", "rate_limited", "refused"] {
        assert!(outcomes.contains_key(outcome), "{outcomes:?}");
    }
    for id in numbers.keys() {
        let sent: Vec<String> = {
            let asked = app.asked.lock().unwrap();
            asked.iter().filter(|line| line.contains(&format!(" /{id}"))).cloned().collect()
        };
        // A source whose every token failed was never asked for a number.
        let is_token = |line: &&String| ["token", "oauth"].iter().any(|word| line.contains(word));
        let tracked = sent.len() - sent.iter().filter(is_token).count();
        assert!(!sent.is_empty() && tracked <= PER_DAY, "{id}: {tracked} of {}", sent.len());
        app.sandbox.faults().clear(id);
    }
    app.clock.advance(SignedDuration::from_hours(25));
    for (id, number) in &numbers {
        let fetched = fetcher.ask(&source(id), &ask(&app, &source(id), number), wanted(Waits::Person)).await;
        assert!(fetched.is_answer(), "{id}: {:?}", failure(&fetched.reading));
    }
}
