//! Benchmarks of the gateway.

fn main() {}
