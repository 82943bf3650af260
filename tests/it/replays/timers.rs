//! Many timers at one time, and a gateway that is killed again and again while they fire: each fires once, none is left.

mod due;

use due::Site;
pub use due::binary;

/// Enough for several batches; ten thousand run in `benches/timers.rs`.
const ORDERS: u32 = 1_000;
const KILLS: u32 = 6;

#[tokio::test]
async fn killed_while_a_thousand_timers_fire_it_misses_none_and_doubles_none() {
    let site = Site::prepare(ORDERS).await;
    let in_the_middle = site.fire_with_kills(KILLS);
    assert!(in_the_middle >= 3, "only {in_the_middle} kills met it at work");
    site.check().await;
}
