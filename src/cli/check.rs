//! `waygate check`: what are these numbers?

use std::io::{self, BufRead, Read};

use clap::Args;
use waygate_carriers::contract::CarrierId;
use waygate_carriers::registry::registry;

use super::Answer;
use super::output::{Failed, Output};
use crate::domain::channels::Channels;
use crate::gateway::{NumberCheck, check_number};

/// Longest line that is read, in bytes; the rest of a longer one is skipped.
const LINE_BYTES_MAX: u64 = 64 << 10;

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

impl Check {
    pub(super) fn run(self) -> Result<Answer, Failed> {
        let carrier = self.carrier.as_deref().map(CarrierId::new).transpose()?;
        let mut out = Output::stdout();
        let mut answer = Answer::Yes;
        let mut one = |input: &str| -> Result<(), Failed> {
            let check = check_number(registry(), Channels::built_in(), input, carrier.as_ref(), None);
            if !check.valid {
                answer = Answer::No;
            }
            if self.json {
                out.json(&check)?;
            } else {
                out.line(&readable(&check))?;
            }
            Ok(())
        };
        if self.numbers.is_empty() || self.numbers == ["-"] {
            let mut lines = io::stdin().lock();
            let mut line = Vec::new();
            while read_line(&mut lines, &mut line)? {
                one(&String::from_utf8_lossy(&line))?;
            }
        } else {
            for number in &self.numbers {
                one(number)?;
            }
        }
        out.flush()?;
        Ok(answer)
    }
}

/// Reads a line without its end; false at the end of the input.
fn read_line(reader: &mut impl BufRead, line: &mut Vec<u8>) -> io::Result<bool> {
    line.clear();
    if reader.by_ref().take(LINE_BYTES_MAX).read_until(b'\n', line)? == 0 {
        return Ok(false);
    }
    if line.last() != Some(&b'\n') {
        reader.skip_until(b'\n')?;
    }
    while matches!(line.last(), Some(b'\n' | b'\r')) {
        line.pop();
    }
    Ok(true)
}

fn readable(check: &NumberCheck) -> String {
    let mut text = if check.normalized == check.input {
        check.input.clone()
    } else {
        format!("{}  ({})", check.normalized, check.changes.join("; "))
    };
    for candidate in &check.candidates {
        let recognized = if candidate.recognized { "" } else { ", not recognized" };
        let service = candidate.service.as_deref().map(|s| format!(", {s}")).unwrap_or_default();
        let operator = candidate.operator.as_deref().map(|o| format!(", {o}")).unwrap_or_default();
        text += &format!(
            "\n  {:.2}  {}{recognized}{service}{operator}: {}",
            candidate.score,
            candidate.carrier,
            candidate.reasons.join("; ")
        );
    }
    if let Some(problem) = &check.problem {
        text += &format!("\n  {}: {} {}", problem.code, problem.message, problem.hint);
    }
    text
}
