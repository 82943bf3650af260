//! `waygate erase`: beside a running gateway, by order and by buyer, and what the other commands say afterwards.

use serde_json::{Value, json};

use super::{command, finish, run};
use crate::support::{Setup, sample};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn orders_that_ended_are_erased_and_open_ones_are_not() {
    let app = Setup::default().embedded().start().await;
    let sample = sample("ups.track");
    app.register(&sample.order("A-1", "s-1")).await;
    let shipment = app.submit("A-1", "ups", sample.moving).await;
    app.advance_hours(24 * 5).await;
    app.client.post("/v1/orders/A-1/receipt", &json!({})).await.ok();
    app.advance_hours(24 * 16).await;
    app.register(&sample.order("A-2", "s-1")).await;
    let config = app.folder.path().join("settings.toml");
    let database = app.folder.path().join("waygate.db");
    std::fs::write(&config, format!("[store]\npath = '{}'\n", database.display())).unwrap();
    let erase = |whose: &[&str]| {
        let mut command = command();
        finish(command.args(["erase", "--json"]).args(whose).arg("--config").arg(&config), b"")
    };

    for (whose, outcome) in [(["--order", "A-2"], "open"), (["--order", "A-none"], "no_such_order")] {
        let refused = erase(&whose);
        assert_eq!((refused.code, &refused.lines()[0]["outcome"]), (Some(1), &json!(outcome)), "{refused:?}");
    }
    // Of this buyer one order is over and one is open.
    let some = erase(&["--buyer", "b-1"]);
    let outcomes: Vec<Value> = some.lines().iter().map(|line| line["outcome"].clone()).collect();
    assert_eq!((some.code, outcomes), (Some(1), vec![json!("erased"), json!("open")]));
    assert!(some.lines()[0]["fields"].as_u64().unwrap() > 5);
    let again = erase(&["--order", "A-1"]);
    assert_eq!((again.code, &again.lines()[0]["outcome"]), (Some(0), &json!("erased_before")));
    assert_eq!(erase(&["--buyer", "nobody"]).code, Some(0));
    for whose in [&[][..], &["--order", "A-1", "--buyer", "b-1"]] {
        erase(whose).wrong();
    }

    // The gateway that runs beside it seals the entry, and proves what is left.
    app.run_until_idle().await;
    let document =
        app.key(&app.keys.arbiter).get(&format!("/v1/shipments/{shipment}/certificate")).await.text();
    assert!(!document.contains("Oakland"));
    let verified = run(&["certificate", "verify", "-"], document.as_bytes());
    assert_eq!(verified.code, Some(0), "{verified:?}");
    assert!(verified.out.contains("fields were erased at"), "{}", verified.out);
    let page = app.key(&app.keys.arbiter).get(&format!("/certificate?shipment={shipment}")).await.text();
    assert!(page.contains("Erased, ") && page.contains("/order/buyer"), "{page}");
    let checked = finish(command().args(["log", "check", "--json", "--config"]).arg(&config), b"");
    assert_eq!(checked.code, Some(0), "{checked:?}");
    assert!(checked.lines()[0]["erased_in_part"].as_u64().unwrap() > 2, "{checked:?}");
}

#[test]
fn where_there_is_no_database_none_is_made() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("settings.toml");
    let database = folder.path().join("waygate.db");
    std::fs::write(&config, format!("[store]\npath = '{}'\n", database.display())).unwrap();
    finish(command().args(["erase", "--order", "A-1", "--config"]).arg(&config), b"").wrong();
    assert!(!database.exists());
}
