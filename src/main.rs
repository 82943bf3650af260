//! The `waygate` binary: see `waygate --help`.

use std::process::ExitCode;

fn main() -> ExitCode {
    waygate::cli::run()
}
