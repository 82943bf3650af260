//! `cargo xtask test`: every check, one after the other, the quick ones first.

use std::process::Command;
use std::time::Duration;

use crate::command::{Run, cargo};
use crate::{Outcome, rules, say, setup};

/// A check.
type Step = fn() -> Outcome;

/// What is checked, in this order.
const STEPS: [(&str, Step); 10] = [
    ("setup", setup::run),
    ("format", rules::is_formatted),
    ("text", rules::holds_nothing_forbidden),
    ("toml", rules::toml_reads),
    ("lints", lints),
    ("documentation", documentation),
    ("dependencies", dependencies),
    ("tests", tests),
    ("on postgres", || tests_on("postgres")),
    ("distributed", || tests_on("cockroach")),
];

/// Runs every check; stops at the first that fails.
pub fn test() -> Outcome {
    let mut times = Vec::new();
    for (name, step) in STEPS {
        say(&format!("\n==== {name}"));
        let begun = stopwatch();
        let done = step();
        times.push((name, begun()));
        if let Err(why) = done {
            summary(&times);
            return Err(format!("{name}: {why}"));
        }
    }
    summary(&times);
    say("\nall checks passed");
    Ok(())
}

#[expect(clippy::disallowed_methods, reason = "no clock is under test here: a chore takes the time it takes")]
fn stopwatch() -> impl Fn() -> Duration {
    let begun = std::time::Instant::now();
    move || begun.elapsed()
}

fn summary(times: &[(&str, Duration)]) {
    say("");
    for (name, time) in times {
        say(&format!("{name:<14} {:>7.1} s", time.as_secs_f64()));
    }
    let all: Duration = times.iter().map(|(_, time)| *time).sum();
    say(&format!("{:<14} {:>7.1} s", "all", all.as_secs_f64()));
}

fn lints() -> Outcome {
    let all = ["clippy", "--locked", "--workspace", "--all-targets", "--all-features"];
    cargo(all).args(["--", "-D", "warnings"]).run()
}

fn documentation() -> Outcome {
    let all = ["doc", "--locked", "--quiet", "--no-deps", "--workspace", "--all-features"];
    cargo(all).arg("--document-private-items").env("RUSTDOCFLAGS", "-D warnings").run()
}

/// Licences, bans and sources. Advisories are left out: their database is not in a package registry, so that reading it
/// needs a network that may not be there; `cargo deny check advisories` reads it where there is one.
fn dependencies() -> Outcome {
    cargo(["deny", "--locked", "check", "bans", "licenses", "sources"]).run()
}

/// The tests of all packages.
fn tests() -> Outcome {
    passed(&mut cargo(["test", "--locked", "--workspace", "--all-features"]))
}

/// The integration tests again, their gateways on a store of another profile. Those of the store itself run on every engine
/// each time.
fn tests_on(profile: &str) -> Outcome {
    let all = [
        "test",
        "--locked",
        "--package",
        "waygate",
        "--all-features",
        "--test",
        "it",
        "--",
        "--skip",
        "store::",
    ];
    passed(cargo(all).env("WAYGATE_TEST_STORE_PROFILE", profile))
}

/// Runs tests. One that is ignored proves nothing, so that none may be.
fn passed(tests: &mut Command) -> Outcome {
    let printed = tests.shown()?;
    let results: Vec<_> = printed.lines().filter_map(|line| line.strip_prefix("test result: ")).collect();
    let sum = |what: &str| results.iter().map(|result| count(result, what)).sum::<u32>();
    match (sum("passed"), sum("ignored")) {
        (0, _) => Err("not one test ran".to_owned()),
        (passed, 0) => {
            say(&format!("{passed} tests passed"));
            Ok(())
        }
        (_, ignored) => Err(format!("{ignored} tests were ignored")),
    }
}

/// How many, in `ok. 12 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.10s`.
fn count(result: &str, what: &str) -> u32 {
    let parts = result.split(['.', ';']).map(str::trim);
    let counts = parts.filter_map(|part| part.strip_suffix(what)?.trim().parse::<u32>().ok());
    counts.sum()
}

#[cfg(test)]
mod tests_of_steps {
    use super::count;

    #[test]
    fn a_summary_line_is_counted() {
        let line = "ok. 12 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.10s";
        assert_eq!([count(line, "passed"), count(line, "ignored"), count(line, "failed")], [12, 1, 0]);
        assert_eq!(count("FAILED. 3 passed; 2 failed", "failed"), 2);
    }
}
