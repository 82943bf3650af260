//! `cargo +nightly fuzz run read_xml -- -runs=1000000`: any answer at all to a source that speaks XML.
#![no_main]

mod read;

use libfuzzer_sys::fuzz_target;
use waygate_carriers::contract::Body;

fuzz_target!(|input: &[u8]| read::read(Body::Xml, input));
