//! Replicas on one PostgreSQL under load, killed, stopped beyond their leases, and with the database restarted below them:
//! nothing that was acknowledged is lost and nothing happens twice. A checker of histories decides, and finds a store without
//! fencing guilty in the same run.
//!
//! `cargo xtask replica-rounds [--seconds N] [--seed S]` runs it for as long as one likes.

mod chaos;
mod checker;
mod child;
mod clients;
mod clock;
mod fleet;
mod gather;
mod history;
mod outside;
mod plan;

use std::time::Duration;

use self::chaos::{Run, Setting};
use self::checker::{Rule, Violation};

/// How long there is trouble in the suite.
const SECONDS: u64 = 13;
/// The same for the broken store, where one thing done twice is enough.
const SECONDS_BROKEN: u64 = 8;
const SEED: u64 = 20_261_124;

fn number_from(variable: &str, otherwise: u64) -> u64 {
    std::env::var(variable).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

fn told(violations: &[Violation]) -> String {
    const SHOWN: usize = 40;
    let lines = violations.iter().take(SHOWN).map(|violation| format!("\n  {violation}"));
    format!("{} violations:{}", violations.len(), lines.collect::<String>())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn replicas_that_are_killed_and_stopped_lose_nothing_and_do_nothing_twice() {
    let setting = Setting {
        seed: number_from("WAYGATE_REPLICA_SEED", SEED),
        trouble: Duration::from_secs(number_from("WAYGATE_REPLICA_SECONDS", SECONDS)),
        restarts: 2,
        catches: 1,
        settle: true,
        fencing: true,
    };
    let (history, counts) = Run::start(setting).await.live().await;
    let violations = checker::check(&history);
    eprintln!("{setting:?}\n{counts}");
    assert!(violations.is_empty(), "{setting:?}: {}", told(&violations));
    assert!(counts.killed > 0 && counts.stopped_at_work > 0 && counts.restarted == 2, "{counts}");
    assert!(
        counts.orders >= 10 && counts.refused * 10 <= counts.acknowledged,
        "too little was tried: {counts}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_run_on_a_store_without_fencing_is_found_guilty() {
    let setting = Setting {
        seed: SEED,
        trouble: Duration::from_secs(SECONDS_BROKEN),
        restarts: 0,
        catches: 2,
        settle: false,
        fencing: false,
    };
    let (history, counts) = Run::start(setting).await.live().await;
    let violations = checker::check(&history);
    let doubled = violations.iter().filter(|violation| violation.rule == Rule::TimerDoubled).count();
    eprintln!("{setting:?}\n{counts}\n{}", told(&violations));
    assert!(doubled > 0, "{counts}\n{}", told(&violations));
}
