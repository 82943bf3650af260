//! `waygate whatif`: orders that lived through the gateway, run again from their recorded inputs.

use jiff::SignedDuration;
use serde_json::{Value, json};
use waygate::domain::rules::Rules;
use waygate::domain::whatif::{Difference, Tally};
use waygate::gateway::whatif::whatif;
use waygate::store::StoreError;
use waygate::store::history::Selection;
use waygate::store::sqlite::History;

use super::{draft_rules, run, settings};
use crate::support::{SOURCES, Setup, TestApp, sample};

/// Orders that go each their own way: delivered and waiting, received, never shipped, never scanned.
async fn story() -> TestApp {
    let app = Setup::default().embedded().start().await;
    for (n, source) in SOURCES.into_iter().take(2).enumerate() {
        for (sort, number) in [("moving", sample(source).moving), ("silent", sample(source).silent)] {
            let order = format!("{sort}-{n}");
            app.register(&sample(source).order(&order, "s-1")).await;
            app.submit(&order, sample(source).carrier, number).await;
        }
    }
    app.register(&sample("ups.track").order("unshipped", "s-2")).await;
    app.register(&sample("ups.track").order("received", "s-2")).await;
    app.submit("received", "ups", "1Z999AA10123456784").await;
    app.advance_hours(24 * 6).await;
    app.client.post("/v1/orders/received/receipt", &json!({})).await.ok();
    app
}

fn run_again(app: &TestApp, rules: &Rules) -> (Tally, Vec<Difference>) {
    let history = History::open(&app.folder.path().join("waygate.db")).unwrap();
    let mut all = Vec::new();
    let show = |one: &Difference| {
        all.push(one.clone());
        Ok::<_, StoreError>(())
    };
    let tally = whatif(history, &Selection::default(), rules, app.now(), show).unwrap();
    (tally, all)
}

#[tokio::test]
async fn run_again_under_its_own_rules_every_order_comes_to_the_state_that_is_stored_at_any_time() {
    let app = story().await;
    let mut phases = std::collections::BTreeSet::new();
    // Past the warning, the end of protection, completion, and release.
    for days in [0, 10, 20, 35] {
        app.advance(SignedDuration::from_hours(24 * days)).await;
        let (tally, different) = run_again(&app, Rules::current());
        assert_eq!((tally.orders, tally.same, different.len()), (6, 6, 0), "{tally:?}");
        phases.extend(tally.table.keys().map(|(phase, _)| phase.as_str()));
    }
    let all = ["awaiting_receipt", "awaiting_shipment", "completed", "protected", "released"];
    assert_eq!(phases.into_iter().collect::<Vec<_>>(), all);
}

#[tokio::test]
async fn a_longer_time_to_confirm_a_receipt_moves_what_it_should_and_nothing_else() {
    let app = story().await;
    // The parcels arrived on the fourth day; by the 25th their orders have completed, with 25 days to confirm they have not.
    app.advance_hours(24 * 19).await;
    let draft = Rules::read(&draft_rules("delivery.receipt-period", "days = 15", "days = 25")).unwrap();
    let (tally, different) = run_again(&app, &draft);
    let orders: Vec<_> = different.iter().map(|one| one.order.as_str()).collect();
    assert_eq!(orders, ["moving-0", "moving-1"], "{tally:?}");
    for one in &different {
        assert_eq!((one.from.phase.as_str(), one.to.phase.as_str()), ("completed", "awaiting_receipt"));
        assert_eq!(one.made_by, ["delivery.receipt-period"]);
    }
    assert_eq!((tally.money_elsewhere, tally.not_reproduced), (0, 0), "nobody has been paid yet");
    // Once the funds are out, the draft has moved them.
    app.advance_hours(24 * 15).await;
    let (tally, _) = run_again(&app, &draft);
    let less: Vec<_> = tally.sellers.less.each().map(|(c, a)| format!("{a} {c}")).collect();
    assert_eq!((tally.money_elsewhere, less), (2, vec!["80.00 USD".to_owned()]));
}

#[tokio::test]
async fn the_command_tells_what_differs_and_the_exit_code_whether_anything_does() {
    let app = story().await;
    let config = settings(app.folder.path());
    let config = config.to_str().unwrap();
    let same = run(&["whatif", "--json", "--rules", "2026-11", "--config", config]);
    assert_eq!(same.code, Some(0), "{same:?}");
    assert_eq!((&same.document()["orders"], &same.document()["same"]), (&json!(6), &json!(6)));
    assert_eq!(same.document()["not_reproduced"], 0);

    let file = app.folder.path().join("rules.toml");
    std::fs::write(&file, draft_rules("funds.release", "days = 15", "days = 16")).unwrap();
    let list = app.folder.path().join("flips.jsonl");
    let file = file.to_str().unwrap();
    let more = ["--flips", list.to_str().unwrap(), "--seller", "s-1"];
    let ran = run(&[&["whatif", "--json", "--rules", file, "--config", config][..], &more].concat());
    assert_eq!(ran.code, Some(1), "{ran:?}");
    let told = ran.document();
    assert_eq!((&told["orders"], &told["rules"]), (&json!(4), &json!("draft")));
    let written = std::fs::read_to_string(list).unwrap();
    let lines: Vec<Value> = written.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(told["differ"], lines.len());
    assert!(lines.iter().all(|line| line["made_by"] == json!(["funds.release"])), "{lines:#?}");
    let readable = run(&["whatif", "--rules", file, "--config", config]);
    assert!(readable.out.contains("by funds.release"), "{}", readable.out);

    assert!(run(&["whatif", "--rules", "1999-01", "--config", config]).wrong().contains("2026-11"));
    run(&["whatif", "--rules", "2026-11", "--config", config, "--as-of", "2020-01-01T00:00:00Z"]).wrong();
    std::fs::write(file, draft_rules("funds.release", "days = 15", "days = 0")).unwrap();
    assert!(run(&["whatif", "--rules", file, "--config", config]).wrong().contains("`funds.release`"));
}
