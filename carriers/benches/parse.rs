//! How fast answers are read: each source's answer of twelve checkpoints into a tracking, beside the same bytes into a
//! `serde_json::Value`, which reads nothing out of them. `examples/parse_rate.rs` measures the two in turn.

use std::fs;
use std::hint::black_box;
use std::path::Path;
use std::time::Duration;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use serde_json::Value;
use waygate_carriers::contract::{Body, Reading, Response, SourceId};
use waygate_carriers::registry::registry;

/// What the binary of the gateway has, too.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Checkpoints of every body.
const CHECKPOINTS: usize = 12;

fn parse(c: &mut Criterion) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/bodies");
    let mut files: Vec<_> =
        fs::read_dir(folder).expect("bodies").map(|f| f.expect("a body").path()).collect();
    files.sort();
    for file in files {
        let name = file.file_stem().expect("a name").to_string_lossy().into_owned();
        let body = fs::read(&file).expect("a body");
        let source = registry().source(&SourceId::new(&name).expect("an id")).expect("a source");
        let response = Response { status: 200, body: &body, asked: None };
        let readings = source.read(response);
        let told = readings.iter().filter_map(Reading::tracking).map(|t| t.checkpoints.len()).next();
        assert_eq!(told, Some(CHECKPOINTS), "{name}: {readings:?}");

        let mut group = c.benchmark_group(&name);
        group.throughput(Throughput::Bytes(body.len() as u64)).sample_size(30);
        group.warm_up_time(Duration::from_millis(300)).measurement_time(Duration::from_secs(1));
        group.bench_function("tracking", |b| b.iter(|| source.read(black_box(response))));
        if source.facts().body == Body::Json {
            group.bench_function("value", |b| b.iter(|| serde_json::from_slice::<Value>(black_box(&body))));
        }
        group.finish();
    }
}

criterion_group!(benches, parse);
criterion_main!(benches);
