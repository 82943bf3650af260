//! `waygate backtest` and `waygate verify --policy FILE` as people run them, beside a gateway that runs.

use serde_json::{Value, json};

use super::{Ran, draft_policy, run, settings};
use crate::support::{Setup, TestApp, sample};

/// Two sellers' parcels: one is delivered, one is still to be scanned.
async fn story() -> TestApp {
    let app = Setup::default().embedded().start().await;
    let ups = sample("ups.track");
    app.register(&ups.order("A-1", "s-1")).await;
    app.register(&ups.order("A-2", "s-2")).await;
    app.submit("A-1", "ups", ups.moving).await;
    app.submit("A-2", "ups", ups.silent).await;
    app.advance_hours(24 * 5).await;
    app
}

fn backtest(app: &TestApp, policy: &str, more: &[&str]) -> Ran {
    let config = settings(app.folder.path());
    let arguments = ["backtest", "--json", "--policy", policy, "--config", config.to_str().unwrap()];
    run(&[&arguments, more].concat())
}

/// Goods weigh at least a kilogram: the delivered parcel has 900 g, the other one 500 g.
fn heavier(app: &TestApp) -> String {
    let file = app.folder.path().join("heavier.toml");
    std::fs::write(&file, draft_policy("grams = 50", "grams = 1000")).unwrap();
    file.to_str().unwrap().to_owned()
}

#[tokio::test]
async fn the_version_that_judged_flips_nothing_beside_a_gateway_that_runs() {
    let app = story().await;
    let ran = backtest(&app, "2026-11", &[]);
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""), "{ran:?}");
    let told = ran.document();
    assert_eq!(
        (&told["claims"], &told["same"], &told["flipped"]),
        (&json!(2), &json!(2), &json!(0)),
        "{told:#}"
    );
    assert_eq!(told["from_policies"], json!({"2026-11": 2}));
    // The gateway goes on as before.
    app.advance_hours(24).await;
    assert_eq!(backtest(&app, "2026-11", &[]).code, Some(0));
}

#[tokio::test]
async fn another_version_s_flips_are_told_with_the_check_that_made_them_and_the_money_at_stake() {
    let app = story().await;
    let draft = heavier(&app);
    let list = app.folder.path().join("flips.jsonl");
    let ran = backtest(&app, &draft, &["--flips", list.to_str().unwrap()]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    let told = ran.document();
    assert_eq!((&told["policy"], &told["claims"], &told["flipped"]), (&json!("draft"), &json!(2), &json!(2)));
    let turned: Vec<&Value> =
        told["table"].as_array().unwrap().iter().filter(|row| row["from"] != row["to"]).collect();
    let cell = |from: &str| {
        let at_stake = [json!({"amount": "40.00", "currency": "USD"})];
        json!({"from": from, "to": "suspicious", "claims": 1, "at_stake": at_stake, "without_amount": 0})
    };
    assert_eq!(turned, [&cell("verified"), &cell("pending")]);
    assert_eq!(told["checks"], json!([{"check": "weight", "flips": 2}]));
    let written = std::fs::read_to_string(&list).unwrap();
    let lines: Vec<Value> = written.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(told["flips"], json!(lines));
    let flip = &lines[0];
    assert_eq!((&flip["order"], &flip["made_by"]), (&json!("A-1"), &json!(["weight"])));
    assert!(flip["checks"][0]["reason"].as_str().unwrap().contains("900"), "{flip:#}");

    let readable =
        run(&["backtest", "--policy", &draft, "--config", settings(app.folder.path()).to_str().unwrap()]);
    for words in
        ["2 claims", "2 get another answer", "verified -> suspicious", "40.00 USD", "2 flips by weight"]
    {
        assert!(readable.out.contains(words), "{words}: {}", readable.out);
    }
}

#[tokio::test]
async fn claims_are_selected_by_seller_and_by_the_time_of_their_verdict() {
    let app = story().await;
    let draft = heavier(&app);
    let counted = |more: &[&str]| {
        let told = backtest(&app, &draft, more).document();
        (told["claims"].as_u64().unwrap(), told["flipped"].as_u64().unwrap())
    };
    assert_eq!(counted(&["--seller", "s-1"]), (1, 1));
    assert_eq!(counted(&["--seller", "s-2"]), (1, 1));
    assert_eq!(counted(&["--seller", "nobody"]), (0, 0));
    assert_eq!(counted(&["--since", "2026-03-02T08:00:00Z", "--until", "2027-01-01T00:00:00Z"]), (2, 2));
    assert_eq!(counted(&["--until", "2026-03-02T08:00:00Z"]), (0, 0));
    assert_eq!(counted(&["--since", "2027-01-01T00:00:00Z"]), (0, 0));
}

#[tokio::test]
async fn what_cannot_be_judged_again_is_counted_and_not_guessed() {
    let app = story().await;
    let path = app.folder.path().join("waygate.db");
    // As erasure does it: what the verdict was made on is gone, the verdict stays.
    let db = rusqlite::Connection::open(path).unwrap();
    db.execute("UPDATE leaves SET document = NULL, seed = NULL WHERE id LIKE 'vrd_%'", []).unwrap();
    let ran = backtest(&app, "2026-11", &[]);
    assert_eq!(ran.code, Some(0));
    let told = ran.document();
    assert_eq!((&told["claims"], &told["same"]), (&json!(2), &json!(0)));
    assert_eq!(told["not_replayed"], json!([{"why": "no_basis", "claims": 2}]));
}

#[test]
fn a_policy_or_a_store_that_is_not_there_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let config = settings(folder.path());
    let config = config.to_str().unwrap();
    assert!(
        run(&["backtest", "--policy", "1999-01", "--config", config]).wrong().contains("known are: 2026-11")
    );
    assert!(run(&["backtest", "--policy", "2026-11", "--config", config]).wrong().contains("waygate.db"));
    assert!(!folder.path().join("waygate.db").exists(), "looking makes nothing");
    run(&["backtest", "--config", config]).wrong();
    run(&["backtest", "--policy", "2026-11", "--since", "yesterday", "--config", config]).wrong();
    std::fs::write(folder.path().join("waygate.db"), "no database").unwrap();
    run(&["backtest", "--policy", "2026-11", "--config", config]).wrong();
}

fn corpus_file(name: &str, folder: &std::path::Path) -> std::path::PathBuf {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
        .join(format!("tests/it/verdicts/corpus/{name}.json"));
    let claim: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let file = folder.join("claim.json");
    std::fs::write(&file, claim["input"].to_string()).unwrap();
    file
}

#[test]
fn a_file_is_judged_under_a_draft_and_a_draft_that_cannot_be_is_refused_with_its_row() {
    let folder = tempfile::tempdir().unwrap();
    let claim = corpus_file("accused_weight_rounded_up", folder.path());
    let draft = folder.path().join("draft.toml");
    let verify = |text: &str| {
        std::fs::write(&draft, text).unwrap();
        run(&["verify", "--json", "--policy", draft.to_str().unwrap(), claim.to_str().unwrap()])
    };
    let verdict = |ran: Ran| {
        assert_eq!(ran.code, Some(0), "{ran:?}");
        let told = ran.document();
        (told["verdict"].as_str().unwrap().to_owned(), told["policy"].as_str().unwrap().to_owned())
    };
    assert_eq!(verdict(run(&["verify", "--json", claim.to_str().unwrap()])).0, "suspicious");
    let lenient = verify(&draft_policy("percent = 200", "percent = 5000"));
    assert_eq!(verdict(lenient), ("verified".to_owned(), "draft".to_owned()));

    for (from, to, row) in [
        ("id = \"epoch.gap\"", "id = \"epoch.gape\"", "threshold `epoch.gap` is missing"),
        ("hours = 24", "hours = 9999", "threshold `not-found.grace`"),
        ("[redirect]", "[redirected]", "redirected"),
        ("percent = 200", "percent = \"many\"", "line"),
    ] {
        let ran = verify(&draft_policy(from, to));
        assert!(ran.wrong().contains(row), "{to}: {}", ran.err);
        assert!(ran.err.contains("draft.toml"), "{}", ran.err);
    }
    let edited = draft_policy("percent = 200", "percent = 300").replacen("\"draft\"", "\"2026-11\"", 1);
    assert!(verify(&edited).wrong().contains("an id of its own"));
    assert!(
        run(&["verify", "--policy", "no-such.toml", claim.to_str().unwrap()]).wrong().contains("2026-11")
    );
}
