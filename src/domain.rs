//! The pure heart: orders, claims, evidence, verdicts and clocks as plain values, and what follows from them as
//! functions. Nothing here does I/O, reads a clock or draws a random number: time comes in as an argument, so that
//! every verdict and every ruling can be replayed.

pub mod backtest;
pub mod calendar;
pub mod capacity;
pub mod certificate;
pub mod channels;
pub mod conversation;
pub mod event;
pub mod event_pattern;
pub mod lifecycle;
pub mod located;
pub mod log;
pub mod media;
pub mod money;
pub mod next_look;
pub mod notice;
pub mod observation;
pub mod order;
pub mod personal;
pub mod policy;
pub mod rules;
pub mod scenario;
pub mod shipment;
pub mod standing;
pub mod sums;
pub mod verdict;
pub mod whatif;
