//! `waygate check`: what are these numbers?

mod lines;
mod progress;

use std::io::{self, IsTerminal as _, Read};

use clap::Args;
use waygate_carriers::contract::CarrierId;
use waygate_carriers::numbers::Hint;
use waygate_carriers::registry::registry;

use super::Answer;
use super::output::{Failed, Output};
use crate::domain::channels::Channels;
use crate::gateway::{NumberCheck, check_json};
use progress::Progress;

/// Says what tracking numbers are: carrier, service, check digit, or what is wrong and how to mend it
///
/// Asks no carrier. Without NUMBER, reads one number per line from stdin and answers each, in order. Exit code 1 where
/// a number is not valid.
#[derive(Args)]
pub struct Check {
    /// One JSON document per line
    #[arg(long)]
    json: bool,
    /// The carrier that the seller named: narrows, never overrides
    #[arg(long, value_name = "ID")]
    carrier: Option<String>,
    /// Numbers as typed; `-` reads stdin
    #[arg(value_name = "NUMBER")]
    numbers: Vec<String>,
}

/// How a number is answered.
#[derive(Clone, Copy)]
struct Answering<'a> {
    json: bool,
    carrier: Option<&'a CarrierId>,
}

impl Answering<'_> {
    /// Writes the answer to one input as a line; whether the number is valid.
    fn write(self, input: &str, out: &mut String) -> bool {
        let hint = Hint { claimed: self.carrier, ship_from: None };
        let found = registry().formats().find(input, hint);
        let is_valid = found.is_valid();
        if self.json {
            check_json(&found, Channels::built_in(), out);
        } else {
            readable(&NumberCheck::of(found, Channels::built_in()), out);
        }
        out.push('\n');
        is_valid
    }
}

impl Check {
    pub(super) fn run(self) -> Result<Answer, Failed> {
        let carrier = self.carrier.as_deref().map(CarrierId::new).transpose()?;
        let answering = Answering { json: self.json, carrier: carrier.as_ref() };
        let all_valid = if self.numbers.is_empty() || self.numbers == ["-"] {
            stdin(answering)?
        } else {
            let mut lines = String::new();
            let mut all_valid = true;
            for number in &self.numbers {
                all_valid &= answering.write(number, &mut lines);
            }
            let mut out = Output::stdout();
            out.line(lines.trim_end_matches('\n'))?;
            out.flush()?;
            all_valid
        };
        Ok(if all_valid { Answer::Yes } else { Answer::No })
    }
}

/// Answers the lines of stdin.
fn stdin(answering: Answering<'_>) -> io::Result<bool> {
    let (file, bytes) = input();
    // Answers on the same terminal show by themselves how far it is.
    let is_shown = io::stderr().is_terminal() && !io::stdout().is_terminal();
    let mut progress = is_shown.then(|| Progress::new(bytes));
    let answered = lines::answer(
        file,
        io::stdout(),
        |line, out| answering.write(line, out),
        |read| {
            if let Some(progress) = &mut progress {
                progress.show(read, &mut io::stderr());
            }
        },
    );
    if let Some(progress) = &mut progress {
        progress.clear(&mut io::stderr());
    }
    answered
}

/// Stdin, and how many bytes it has where that is known.
fn input() -> (Box<dyn Read + Send>, Option<u64>) {
    #[cfg(unix)]
    {
        use std::os::fd::AsFd as _;
        if let Ok(own) = io::stdin().as_fd().try_clone_to_owned() {
            let file = std::fs::File::from(own);
            let bytes = file.metadata().ok().filter(std::fs::Metadata::is_file).map(|data| data.len());
            return (Box::new(file), bytes);
        }
    }
    (Box::new(io::stdin()), None)
}

fn readable(check: &NumberCheck, out: &mut String) {
    if check.normalized == check.input {
        out.push_str(&check.input);
    } else {
        out.push_str(&format!("{}  ({})", check.normalized, check.changes.join("; ")));
    }
    for candidate in &check.candidates {
        let recognized = if candidate.recognized { "" } else { ", not recognized" };
        let service = candidate.service.as_deref().map(|s| format!(", {s}")).unwrap_or_default();
        let operator = candidate.operator.as_deref().map(|o| format!(", {o}")).unwrap_or_default();
        out.push_str(&format!(
            "\n  {:.2}  {}{recognized}{service}{operator}: {}",
            candidate.score,
            candidate.carrier,
            candidate.reasons.join("; ")
        ));
    }
    if let Some(problem) = &check.problem {
        out.push_str(&format!("\n  {}: {} {}", problem.code, problem.message, problem.hint));
    }
}
