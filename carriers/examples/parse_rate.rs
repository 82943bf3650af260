//! How many answers a second are read, on one core.
//!
//! `parse_rate` alone reads every body of `benches/bodies` in turn with the same bytes read into a `serde_json::Value`, and
//! prints a table. `parse_rate SOURCE FILE` prints the rate, and then the readings as JSON, for other programs to compare.

#![expect(clippy::print_stdout, reason = "what it prints is what it is for")]

use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use std::{env, fs};

use serde_json::Value;
use waygate_carriers::contract::{Body, Response, Source, SourceId};
use waygate_carriers::registry::registry;

/// What the binary of the gateway has, too.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// How often the two are measured in turn; the shortest of each counts, since all noise makes it longer.
const TURNS: usize = 60;
/// Answers a turn.
const ANSWERS: u32 = 200;

fn source(id: &str) -> &'static dyn Source {
    let id = SourceId::new(id).expect("a source's id");
    registry().source(&id).unwrap_or_else(|| panic!("no source {id}")).as_ref()
}

#[expect(clippy::disallowed_methods, reason = "how long it takes is what is asked")]
fn takes<T>(read: impl Fn() -> T) -> Duration {
    let started = Instant::now();
    for _ in 0..ANSWERS {
        black_box(read());
    }
    started.elapsed() / ANSWERS
}

fn tracking(source: &dyn Source, body: &[u8]) -> Duration {
    takes(|| source.read(black_box(Response { status: 200, body, asked: None })))
}

/// The same bytes as a tree of values; JSON that stands as text in JSON is one too.
fn tree(body: &[u8]) -> Vec<Value> {
    let outer: Value = serde_json::from_slice(black_box(body)).expect("the body is JSON");
    let inner = ["retBody", "apiResultData"].into_iter().filter_map(|name| outer.get(name)?.as_str());
    let inner: Vec<Value> = inner.map(|text| serde_json::from_str(text).expect("JSON in JSON")).collect();
    [vec![outer], inner].concat()
}

fn table() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/bodies");
    let mut files: Vec<PathBuf> =
        fs::read_dir(folder).expect("bodies").map(|file| file.expect("a body").path()).collect();
    files.sort();
    println!("| source | bytes | tracking, µs | value, µs | ratio |\n|---|---|---|---|---|");
    for file in files {
        let name = file.file_stem().expect("a name").to_string_lossy().into_owned();
        let (source, body) = (source(&name), fs::read(&file).expect("a body"));
        let is_json = source.facts().body == Body::Json;
        let (mut ours, mut value) = (Duration::MAX, Duration::MAX);
        for _ in 0..TURNS {
            ours = ours.min(tracking(source, &body));
            if is_json {
                value = value.min(takes(|| tree(&body)));
            }
        }
        let micros = |time: Duration| time.as_secs_f64() * 1e6;
        let beside = if is_json {
            format!("{:.1} | {:.2}", micros(value), micros(ours) / micros(value))
        } else {
            " | ".to_owned()
        };
        println!("| {name} | {} | {:.1} | {beside} |", body.len(), micros(ours));
    }
}

fn main() {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [id, file] = arguments.as_slice() else { return table() };
    let (source, body) = (source(id), fs::read(file).expect("a body"));
    let fastest = (0..TURNS).map(|_| tracking(source, &body)).min().expect("a turn");
    println!("{:.0}", 1.0 / fastest.as_secs_f64());
    let readings = source.read(Response { status: 200, body: &body, asked: None });
    println!("{}", serde_json::to_string(&readings).expect("readings are JSON"));
}
