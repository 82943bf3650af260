//! `cargo +nightly fuzz run read_json -- -runs=1000000`: any answer at all to a source that speaks JSON.
#![no_main]

mod read;

use libfuzzer_sys::fuzz_target;
use waygate_carriers::contract::Body;

fuzz_target!(|input: &[u8]| read::read(Body::Json, input));
