//! The project's own chores: `cargo xtask test` runs every check there is, `setup` brings in what the checks need,
//! `bench` measures, `fmt` formats, `docs` writes the generated documents, `carrier` a new carrier's folder. Standard
//! library only, so that it builds in a moment and needs nothing itself.

mod carrier;
mod command;
mod rules;
mod setup;
mod steps;

use std::io::Write as _;
use std::process::ExitCode;

use command::{Run, cargo, root};

const USAGE: &str = "\
usage: cargo xtask <command>

  setup   brings in what the tests need; does nothing where all is there
  test    setup, then every check; stops at the first that fails
  fmt     formats every Rust file, the carriers' included
  bench   runs the benchmarks
  docs    writes the generated documents
  kill-rounds [<rounds> [<seed>]]
          kills the gateway again and again while its receivers misbehave; 200 rounds take some minutes
  replica-rounds [--seconds <n>] [--seed <n>]
          kills and stops replicas on one PostgreSQL under load, and restarts it; 300 seconds where nothing is said
  carrier <id> [--declared]
          writes a carrier's whole folder: its source in code, or declared in source.toml
";

/// What came of a chore: nothing, or what is wrong, in words.
type Outcome = Result<(), String>;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let done = match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["setup"] => setup::run(),
        ["test"] => steps::test(),
        ["fmt"] => rules::format(),
        ["bench"] => bench(),
        ["docs"] => docs(),
        ["kill-rounds"] => kill_rounds("200", None),
        ["kill-rounds", rounds] => kill_rounds(rounds, None),
        ["kill-rounds", rounds, seed] => kill_rounds(rounds, Some(seed)),
        ["replica-rounds", rest @ ..] => replica_rounds(rest),
        ["carrier", id] => carrier::run(id, false),
        ["carrier", id, "--declared"] | ["carrier", "--declared", id] => carrier::run(id, true),
        _ => {
            say(USAGE.trim_end());
            return ExitCode::from(2);
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            say(&format!("\nFAILED: {why}"));
            ExitCode::FAILURE
        }
    }
}

/// Writes a line to stderr, which tests and tools leave to us.
fn say(line: &str) {
    // Where nobody listens there is nobody to tell.
    let _ = writeln!(std::io::stderr(), "{line}");
}

fn bench() -> Outcome {
    cargo(["bench", "--package", "waygate-carriers", "--bench", "numbers", "--bench", "parse"]).run()?;
    cargo(["bench", "--package", "waygate", "--bench", "store"]).run()?;
    cargo(["bench", "--package", "waygate", "--bench", "replicas"]).run()?;
    cargo(["bench", "--package", "waygate", "--bench", "log"]).run()?;
    cargo(["bench", "--package", "waygate", "--bench", "webhooks"]).run()?;
    cargo(["bench", "--package", "waygate", "--bench", "gateway"]).run()
}

fn kill_rounds(rounds: &str, seed: Option<&str>) -> Outcome {
    let test = ["test", "--package", "waygate", "--test", "it", "--", "cli::kill_rounds", "--nocapture"];
    let mut command = cargo(test);
    command.env("WAYGATE_KILL_ROUNDS", rounds);
    if let Some(seed) = seed {
        command.env("WAYGATE_KILL_SEED", seed);
    }
    command.run()
}

fn replica_rounds(arguments: &[&str]) -> Outcome {
    let only = "replicas::replicas_that_are_killed";
    let mut command = cargo(["test", "--package", "waygate", "--test", "it", "--", only, "--nocapture"]);
    command.env("WAYGATE_REPLICA_SECONDS", "300");
    for pair in arguments.chunks(2) {
        match pair {
            ["--seconds", seconds] => command.env("WAYGATE_REPLICA_SECONDS", seconds),
            ["--seed", seed] => command.env("WAYGATE_REPLICA_SEED", seed),
            _ => return Err(USAGE.to_owned()),
        };
    }
    command.run()
}

fn docs() -> Outcome {
    let made: [(&str, &[&str]); 2] =
        [("docs/openapi.json", &["openapi"]), ("docs/rules.md", &["rules", "--diagrams"])];
    for (name, arguments) in made {
        let run = ["run", "--quiet", "--package", "waygate", "--"];
        let text = cargo(run.iter().chain(arguments).copied()).text()?;
        let path = root().join(name);
        std::fs::write(&path, text).map_err(|error| format!("{}: {error}", path.display()))?;
        say(&format!("{name} is written"));
    }
    Ok(())
}
