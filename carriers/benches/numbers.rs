//! How fast numbers are told. All formats, as data, stand beside a matcher written by hand for ten of them, on one
//! corpus in one run: that ratio is what the table of formats is measured by.

use std::hint::black_box;

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use waygate_carriers::numbers::{Found, Hint};
use waygate_carriers::registry::registry;

const UPS: &str = "1Z999AA10123456784";
const TYPED: &str = "1z 999-AA1 01 2345 6784";
const ITEM: &str = "EE123456785CN";
const WAYBILL: &str = "3318810025";
const CROWDED: &str = "986578788855";
const WRONG: &str = "1Z999AA10123456785";
const NOTHING: &str = "QX12345678901234";

/// Numbers of the corpus.
const CORPUS: usize = 100_000;

fn digit(byte: u8) -> Option<u32> {
    byte.is_ascii_digit().then(|| u32::from(byte - b'0'))
}

fn is_check(sum: u32, modulo: u32, check: u8) -> bool {
    u32::from(check) == u32::from(b'0') + (modulo - sum % modulo) % modulo
}

fn gs1(body: &[u8], check: u8) -> bool {
    let terms = body.iter().rev().zip([3, 1].into_iter().cycle());
    let sum = terms.map(|(b, weight)| Some(digit(*b)? * weight)).sum::<Option<u32>>();
    sum.is_some_and(|sum| is_check(sum, 10, check))
}

fn s10(serial: &[u8], check: u8) -> bool {
    let terms = serial.iter().zip([8, 6, 4, 2, 3, 5, 9, 7]);
    let sum = terms.map(|(b, weight)| Some(digit(*b)? * weight)).sum::<Option<u32>>();
    let want = sum.map(|sum| match 11 - sum % 11 {
        10 => 0,
        11 => 5,
        want => want,
    });
    want == digit(check)
}

fn ups(body: &[u8], check: u8) -> bool {
    let value = |b: &u8| match b {
        b'0'..=b'9' => Some(u32::from(b - b'0')),
        b'A'..=b'Z' => Some(u32::from(b - 63) % 10),
        _ => None,
    };
    let terms = body.iter().zip([1, 2].into_iter().cycle());
    let sum = terms.map(|(b, weight)| Some(value(b)? * weight)).sum::<Option<u32>>();
    sum.is_some_and(|sum| is_check(sum, 10, check))
}

fn sf(body: &[u8], check: u8) -> bool {
    let terms = body.iter().skip(3).rev().zip((1..).step_by(2));
    let sum = terms.map(|(b, weight)| digit(*b).map(|d| d * weight / 10 % 10 + d * weight % 10));
    sum.sum::<Option<u32>>().is_some_and(|sum| is_check(sum, 10, check))
}

/// Ten formats, written by hand: the ceiling.
fn by_hand(number: &[u8]) -> bool {
    let Some((check, body)) = number.split_last() else { return false };
    match (number.len(), number) {
        (18, [b'1', b'Z', ..]) => check.is_ascii_digit() && ups(&body[2..], *check),
        (15, [b'S', b'F', ..]) => sf(&body[2..], *check),
        (13, [b'0'..=b'9', b'A'..=b'Z', ..]) => gs1(&body[2..], *check),
        (13, [a, b, serial @ .., digit, c, d]) => {
            [a, b, c, d].into_iter().all(u8::is_ascii_uppercase) && s10(serial, *digit)
        }
        (9, _) => s10(body, *check),
        (10, _) => {
            let rest = body.iter().map(|b| digit(*b)).try_fold(0, |rest, d| Some((rest * 10 + d?) % 7));
            rest == digit(*check)
        }
        (12, _) => {
            let terms = body.iter().rev().zip([1, 3, 7].into_iter().cycle());
            let sum = terms.map(|(b, weight)| Some(digit(*b)? * weight)).sum::<Option<u32>>();
            sum.map(|sum| sum % 11 % 10) == digit(*check)
        }
        (15 | 16 | 20, _) | (22, [b'9', ..]) => gs1(body, *check),
        _ => false,
    }
}

/// Numbers that look random and are the same in every run (SplitMix64).
struct Random(u64);

impl Random {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % end
    }

    fn char_of(&mut self, set: &[u8]) -> char {
        let at = usize::try_from(self.below(set.len() as u64)).unwrap_or_default();
        char::from(set[at])
    }
}

/// Shapes of the ten formats: `9` a digit, `A` a letter, `X` either, anything else itself.
const SHAPES: [&str; 10] = [
    "#ZXXXXXX9999999999",
    "SF9999999999999",
    "9A99999999999",
    "AA999999999AA",
    "999999999",
    "9999999999",
    "999999999999",
    "999999999999999",
    "9999999999999999",
    "9400199999999999999999",
];

/// Mixed numbers: six of ten right, the others of the shape but mistyped, or of no shape.
fn corpus() -> Vec<String> {
    let mut random = Random(7);
    let mut made = Vec::with_capacity(CORPUS);
    while made.len() < CORPUS {
        let shape = SHAPES[usize::try_from(random.below(SHAPES.len() as u64)).unwrap_or_default()];
        let mut number: String = shape
            .chars()
            .map(|c| match c {
                '9' => random.char_of(b"0123456789"),
                'A' => random.char_of(b"CDEGHLRUV"),
                'X' => random.char_of(b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"),
                '#' => '1',
                c => c,
            })
            .collect();
        if random.below(10) == 0 {
            number.replace_range(1..2, "Q");
        }
        if by_hand(number.as_bytes()) || random.below(17) == 0 {
            made.push(number);
        }
    }
    made
}

fn numbers(c: &mut Criterion) {
    let formats = registry().formats();
    assert!(formats.fits(UPS) && formats.fits(ITEM) && formats.fits(WAYBILL) && !formats.fits(NOTHING));
    let inputs = [("1z", UPS), ("s10", ITEM), ("mod7", WAYBILL), ("twelve", CROWDED), ("nothing", NOTHING)];

    let corpus = corpus();
    let right = corpus.iter().filter(|number| by_hand(number.as_bytes())).count();
    let mut group = c.benchmark_group(format!("corpus, {} % right", right * 100 / corpus.len()));
    group.throughput(Throughput::Elements(corpus.len() as u64)).sample_size(20);
    let count = |fits: &dyn Fn(&str) -> bool| corpus.iter().filter(|number| fits(number)).count();
    group.bench_function("all formats", |b| b.iter(|| count(&|number| formats.fits(black_box(number)))));
    group
        .bench_function("ten by hand", |b| b.iter(|| count(&|number| by_hand(black_box(number.as_bytes())))));
    group.bench_function("ranked, with reasons", |b| {
        b.iter(|| {
            let found = corpus.iter().map(|number| formats.find(black_box(number), Hint::default()));
            found.filter(Found::is_valid).count()
        });
    });
    group.finish();

    let mut group = c.benchmark_group("find");
    for (name, number) in inputs.into_iter().chain([("typed", TYPED), ("wrong", WRONG)]) {
        group.bench_function(name, |b| b.iter(|| formats.find(black_box(number), Hint::default())));
    }
    group.finish();

    let mut group = c.benchmark_group("find, reasons and address written");
    for (name, number) in inputs {
        group.bench_function(name, |b| {
            b.iter_batched_ref(
                || String::with_capacity(8192),
                |out| {
                    let found = formats.find(black_box(number), Hint::default());
                    for fit in found.candidates() {
                        fit.reasons().for_each(|reason| reason.write(out));
                        fit.write_tracking_url(out);
                    }
                    out.len()
                },
                BatchSize::SmallInput,
            );
        });
    }
    group.finish();
}

criterion_group!(benches, numbers);
criterion_main!(benches);
