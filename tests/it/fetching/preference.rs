//! Where several sources answer for a number: the best is asked first, the one that showed the parcel again, and the others
//! only where it denies the number.

use waygate::sandbox::Fault;

use crate::support::{Setup, TestApp, sample};

const BEST: &str = "japan_post.page";
const LAST_RESORT: &str = "ems.cooperative";

async fn with_both() -> TestApp {
    Setup::default().source(LAST_RESORT).start().await
}

/// An EMS parcel from Japan that is on its way.
async fn moving(app: &TestApp) -> String {
    let sample = sample(BEST);
    app.register(&sample.order("A-1", "s-1")).await;
    app.submit("A-1", sample.carrier, sample.moving).await
}

fn asked(app: &TestApp) -> (usize, usize) {
    (app.asked(&format!("/{BEST}/")), app.asked(&format!("/{LAST_RESORT}/")))
}

#[tokio::test]
async fn the_best_source_is_asked_and_the_last_resort_is_not() {
    let app = with_both().await;
    let shipment = moving(&app).await;
    app.advance_hours(48).await;
    assert_eq!(app.verdict(&shipment).await, "verified");
    let first_denials = asked(&app).1;
    app.advance_hours(24).await;
    assert_eq!(asked(&app).1, first_denials, "the source that knows the parcel is enough");
}

#[tokio::test]
async fn where_the_best_does_not_answer_before_anyone_knew_the_parcel_another_is_asked() {
    let app = with_both().await;
    app.sandbox.faults().set(BEST, Fault::Down);
    let shipment = moving(&app).await;
    app.advance_hours(48).await;
    assert!(asked(&app).1 > 0);
    assert_eq!(app.shipment(&shipment).await["tracking"]["outcome"], "found");
}

#[tokio::test]
async fn an_outage_of_the_source_that_knows_the_parcel_brings_no_poorer_answer() {
    let app = with_both().await;
    let shipment = moving(&app).await;
    app.advance_hours(48).await;
    let before = app.shipment(&shipment).await;
    let asked_before = asked(&app);
    app.sandbox.faults().set(BEST, Fault::Down);
    app.advance_hours(24).await;
    let after = app.shipment(&shipment).await;
    assert!(asked(&app).0 > asked_before.0, "it goes on being asked");
    assert_eq!(asked(&app).1, asked_before.1, "the last resort is not");
    assert_eq!(
        (&after["verdict"]["verdict"], &after["tracking"]),
        (&before["verdict"]["verdict"], &before["tracking"])
    );
}
