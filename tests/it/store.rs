//! What every store promises, as tests over the trait alone, and what only the embedded one does.

mod books;
mod copying;
mod crash;
mod endpoints;
pub mod engines;
mod erasure;
mod faults;
mod postgres;
mod private;
mod promises;
mod replicas;
pub mod samples;
mod sqlite;
