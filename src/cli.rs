//! The command line: one file a command. Answers go to stdout (with `--json`, one JSON document a line), everything
//! else to stderr. Exit codes: 0 fine, 1 the answer is no, 2 wrong usage or unreadable input.

mod backtest;
mod backup;
mod capacity;
mod carriers;
mod certificate;
mod check;
mod copying;
mod demo;
mod erase;
mod input;
mod keys;
mod log;
mod output;
mod parse;
mod past;
mod policy;
mod rules;
mod sandbox;
mod serve;
mod simulate;
mod store;
mod verify;
mod webhooks;
mod whatif;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use output::Failed;

/// Waygate says what a tracking number is, whether it is true for an order, and what follows; it proves each answer.
#[derive(Parser)]
#[command(
    name = "waygate",
    version,
    about,
    after_help = "Examples:\n  waygate demo\n  waygate check 1Z999AA10123456784\n  waygate verify --json claim.json\n  waygate serve --config waygate.toml"
)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Check(check::Check),
    Parse(parse::Parse),
    Verify(verify::Verify),
    Simulate(simulate::Simulate),
    Rules(rules::ShowRules),
    Backtest(backtest::Backtest),
    Whatif(whatif::Whatif),
    Certificate(certificate::Certificate),
    Log(log::Log),
    Erase(erase::Erase),
    Store(store::Store),
    Backup(backup::Backup),
    Restore(backup::Restore),
    Serve(serve::Serve),
    Demo(demo::Demo),
    Sandbox(sandbox::SandboxCommand),
    Keys(keys::Keys),
    Carriers(carriers::Carriers),
    Capacity(capacity::Capacity),
    Webhooks(webhooks::Webhooks),
    /// Prints the API's description (OpenAPI 3.1).
    Openapi,
}

/// Whether the answer is yes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// Exit code 0.
    Yes,
    /// Exit code 1.
    No,
}

/// Runs the command that the arguments name.
pub fn run() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            let wrong = error.use_stderr();
            // Where even this cannot be written there is nobody to tell.
            let _ = error.print();
            return ExitCode::from(if wrong { 2 } else { 0 });
        }
    };
    let answer = match arguments.command {
        Command::Check(command) => command.run(),
        Command::Parse(command) => command.run(),
        Command::Verify(command) => command.run(),
        Command::Simulate(command) => command.run(),
        Command::Rules(command) => command.run(),
        Command::Backtest(command) => command.run(),
        Command::Whatif(command) => command.run(),
        Command::Certificate(command) => command.run(),
        Command::Log(command) => command.run(),
        Command::Erase(command) => command.run(),
        Command::Store(command) => command.run(),
        Command::Backup(command) => command.run(),
        Command::Restore(command) => command.run(),
        Command::Serve(command) => command.run(),
        Command::Demo(command) => command.run(),
        Command::Sandbox(command) => command.run(),
        Command::Keys(command) => command.run(),
        Command::Carriers(command) => command.run(),
        Command::Capacity(command) => command.run(),
        Command::Webhooks(command) => command.run(),
        Command::Openapi => openapi(),
    };
    match answer {
        // Where the pipe broke, whoever read our output has what they wanted.
        Ok(Answer::Yes) | Err(Failed::BrokenPipe) => ExitCode::SUCCESS,
        Ok(Answer::No) => ExitCode::from(1),
        Err(Failed::Error(error)) => {
            output::complain(&format!("waygate: {error:#}"));
            ExitCode::from(2)
        }
    }
}

fn openapi() -> Result<Answer, Failed> {
    let text = serde_json::to_string_pretty(&crate::http::document()).map_err(anyhow::Error::from)?;
    output::Output::stdout().line(&text)?;
    Ok(Answer::Yes)
}
