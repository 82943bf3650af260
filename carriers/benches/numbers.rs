//! How fast a number is told. Each answer stands beside a matcher written by hand for three formats alone, which is
//! what a table of all formats is to be measured against.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use waygate_carriers::numbers::Hint;
use waygate_carriers::registry::registry;

const UPS: &str = "1Z999AA10123456784";
const TYPED: &str = "1z 999-AA1 01 2345 6784";
const ITEM: &str = "EE123456785CN";
const WAYBILL: &str = "3318810025";
const NOTHING: &str = "QX12345678901234";

/// 1Z, S10 and modulo 7, written by hand: the ceiling.
fn by_hand(number: &[u8]) -> Option<&'static str> {
    let is_digits = |bytes: &[u8]| bytes.iter().all(u8::is_ascii_digit);
    let value = |b: u8| if b.is_ascii_digit() { b - b'0' } else { (b - 63) % 10 };
    match number {
        [b'1', b'Z', body @ .., check @ b'0'..=b'9'] if body.len() == 15 => {
            if !body.iter().all(|b| b.is_ascii_digit() || b.is_ascii_uppercase()) {
                return None;
            }
            let sum: u32 = body
                .iter()
                .enumerate()
                .map(|(i, b)| u32::from(value(*b)) * if i % 2 == 0 { 1 } else { 2 })
                .sum();
            ((10 - sum % 10) % 10 == u32::from(check - b'0')).then_some("ups.1z")
        }
        [b'A'..=b'Z', b'A'..=b'Z', serial @ .., check @ b'0'..=b'9', b'A'..=b'Z', b'A'..=b'Z']
            if serial.len() == 8 && is_digits(serial) =>
        {
            let weights = [8, 6, 4, 2, 3, 5, 9, 7];
            let sum: u32 = serial.iter().zip(weights).map(|(b, w)| u32::from(b - b'0') * w).sum();
            let want = match 11 - sum % 11 {
                10 => 0,
                11 => 5,
                want => want,
            };
            (want == u32::from(check - b'0')).then_some("s10")
        }
        [body @ .., check] if body.len() == 9 && is_digits(body) => {
            let rest = body.iter().fold(0, |rest, b| (rest * 10 + u32::from(b - b'0')) % 7);
            (rest + u32::from(b'0') == u32::from(*check)).then_some("dhl.express")
        }
        _ => None,
    }
}

fn numbers(c: &mut Criterion) {
    let formats = registry().formats();
    assert!(formats.fits(UPS) && formats.fits(ITEM) && formats.fits(WAYBILL) && !formats.fits(NOTHING));
    let inputs = [("1z", UPS), ("s10", ITEM), ("mod7", WAYBILL), ("nothing", NOTHING)];

    let mut group = c.benchmark_group("fits");
    for (name, number) in inputs {
        group.bench_function(name, |b| b.iter(|| formats.fits(black_box(number))));
    }
    group.finish();

    let mut group = c.benchmark_group("by_hand");
    for (name, number) in inputs {
        group.bench_function(name, |b| b.iter(|| by_hand(black_box(number.as_bytes()))));
    }
    group.finish();

    let mut group = c.benchmark_group("identify");
    for (name, number) in inputs.into_iter().chain([("typed", TYPED)]) {
        group.bench_function(name, |b| b.iter(|| formats.identify(black_box(number), Hint::default())));
    }
    group.finish();
}

criterion_group!(benches, numbers);
criterion_main!(benches);
