//! `waygate simulate` and `waygate rules`: what is printed, and what cannot be read.

use super::{repository, run};

/// The contract's scenario, with one more step that the rules forbid.
const SCENARIO: &str = r#"[order]
id = "A-1"
seller = "s-1"
paid_at = "2026-01-01T00:00:00Z"
handling_days = 3            # the seller promised to ship within
delivery_days = 30           # the promised delivery period, from confirmation of shipment
amount = "100.00 USD"
ship_to = { country = "US", postal_code = "94105" }
method = "standard"          # standard | express | online_delivery | small_parcel

[[step]]
at = "+1d"                   # from paid_at: +NdNhNm
do = "confirm_shipment"
carrier = "ems"
number = "EE123456785CN"
all_goods = true
[[step]]
at = "+7d"
do = "open_dispute"
reason = "goods_in_transit"
remedy = "refund"
amount = "100.00 USD"
[[step]]
at = "+8d"
do = "rule"
outcome = "buyer"
[[step]]
at = "+40d"
do = "end"                   # run the clock until here
"#;

#[test]
fn a_scenario_is_told_line_by_line_as_the_contract_says() {
    let ran = run(&["simulate", "--json", "-"], SCENARIO.as_bytes());
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""));
    let lines = ran.lines();
    let told: Vec<_> =
        lines.iter().map(|l| (l["at"].as_str().unwrap(), l["event"].as_str().unwrap())).collect();
    assert_eq!(
        told,
        [
            ("2026-01-02T00:00:00Z", "shipment.submitted"),
            ("2026-01-02T00:00:00Z", "order.protection_started"),
            ("2026-01-08T00:00:00Z", "dispute.opened"),
            ("2026-01-09T00:00:00Z", "step.refused"),
            ("2026-01-13T00:00:00Z", "dispute.executed"),
        ]
    );
    assert_eq!(lines[2]["deadlines"]["answer_due_at"], "2026-01-13T00:00:00Z");
    assert_eq!(lines[2]["deadlines"]["submission_due_at"], "2026-02-01T00:00:00Z");
    let refused = &lines[3];
    assert_eq!(
        (refused["rule"].as_str(), refused["step"].as_str()),
        (Some("arbitration.ruling"), Some("rule"))
    );
    let executed = &lines[4];
    assert_eq!(
        (executed["by"].as_str(), executed["rule"].as_str()),
        (Some("system"), Some("dispute.silence"))
    );
    assert_eq!(executed["order"], "A-1");
    assert_eq!(executed["refund"], serde_json::json!({"amount": "100.00", "currency": "USD"}));
    assert!(executed["release"].is_null() && executed["why"].is_string());
    let readable = run(&["simulate", "-"], SCENARIO.as_bytes());
    assert_eq!(readable.code, Some(0));
    assert!(readable.out.contains("refund 100.00 USD"), "{}", readable.out);
}

#[test]
fn what_is_no_scenario_is_named_with_its_line_and_nothing_is_run() {
    let line_of = |text: &str| SCENARIO.lines().position(|l| l.starts_with(text)).unwrap() + 1;
    for (from, to, line) in [
        ("do = \"open_dispute\"", "do = \"open_disput\"", line_of("do = \"open_dispute\"")),
        ("reason = \"goods_in_transit\"", "reasons = \"x\"", line_of("reason = ")),
        ("reason = \"goods_in_transit\"", "reason = \"because\"", line_of("reason = ")),
        ("reason = \"goods_in_transit\"\n", "", line_of("at = \"+7d\"") - 1),
        ("at = \"+7d\"", "at = \"+12h\"", line_of("at = \"+7d\"")),
        ("at = \"+7d\"", "at = \"7d\"", line_of("at = \"+7d\"")),
        ("at = \"+7d\"", "at = \"+7d7d\"", line_of("at = \"+7d\"")),
        ("at = \"+7d\"", "at = \"+1h1d\"", line_of("at = \"+7d\"")),
        ("at = \"+7d\"", "at = \"+\"", line_of("at = \"+7d\"")),
        ("at = \"+7d\"", "at = \"+99999999999999999999d\"", line_of("at = \"+7d\"")),
        ("all_goods = true", "all_goods = \"yes\"", line_of("all_goods")),
        ("outcome = \"buyer\"", "outcome = \"divided\"", line_of("at = \"+8d\"") - 1),
        ("handling_days = 3", "handling_days = -3", line_of("handling_days")),
        ("handling_days = 3", "handling_days = 3.5", line_of("handling_days")),
        ("delivery_days = 30", "delivery_days = 0", line_of("delivery_days")),
        ("amount = \"100.00 USD\"\nship_to", "amount = \"0.00 USD\"\nship_to", line_of("amount")),
        ("amount = \"100.00 USD\"\nship_to", "amount = \"100\"\nship_to", line_of("amount")),
        ("paid_at = \"2026-01-01T00:00:00Z\"", "paid_at = \"2026-02-30T00:00:00Z\"", line_of("paid_at")),
        ("paid_at = \"2026-01-01T00:00:00Z\"", "paid_at = \"2026-01-01T00:00:00\"", line_of("paid_at")),
        ("paid_at = \"2026-01-01T00:00:00Z\"\n", "", 1),
        ("method = \"standard\"", "method = \"pigeon\"", line_of("method")),
        ("country = \"US\"", "country = \"USA\"", line_of("ship_to")),
        ("id = \"A-1\"", "id = \"\"", line_of("id")),
        ("at = \"+7d\"", "order = \"B-1\"\nat = \"+7d\"", line_of("at = \"+7d\"")),
        ("number = \"EE123456785CN\"", "number = ", line_of("number")),
    ] {
        assert!(SCENARIO.contains(from), "{from}");
        let text = SCENARIO.replacen(from, to, 1);
        let ran = run(&["simulate", "--json", "-"], text.as_bytes());
        let said = ran.wrong();
        assert!(said.contains(&format!("line {line}:")), "{from} -> {to}: {said}, wanted line {line}");
    }
    for bytes in [&b"\xff\xfe"[..], b"", b"order = 1", b"[[step]]\nat = \"+1d\"\ndo = \"end\"\n"] {
        run(&["simulate", "-"], bytes).wrong();
    }
}

#[test]
fn a_step_of_several_orders_names_its_order() {
    let second = SCENARIO.replace("[order]", "[[order]]\nid = \"A-2\"\npaid_at = \"2026-01-01T00:00:00Z\"\nhandling_days = 1\ndelivery_days = 1\namount = \"1 USD\"\n[[order]]");
    let ran = run(&["simulate", "-"], second.as_bytes());
    assert!(ran.wrong().contains("`order` is missing"), "{}", ran.err);
    let named = second.replace("do = ", "order = \"A-1\"\ndo = ");
    let ran = run(&["simulate", "--json", "-"], named.as_bytes());
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    assert!(ran.lines().iter().any(|l| l["order"] == "A-2" && l["event"] == "order.overdue_shipment"));
}

#[test]
fn other_rules_may_be_tried_and_wrong_ones_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rules.toml");
    let text = std::fs::read_to_string(repository("config/rules/2026-11.toml")).unwrap();
    let days = "id = \"dispute.silence\"\nsays = ";
    assert!(text.contains(days));
    let at = text.find(days).unwrap();
    let quicker = format!("{}{}", &text[..at], text[at..].replacen("days = 5", "days = 3", 1));
    std::fs::write(&path, quicker).unwrap();
    let arguments = ["simulate", "--json", "--rules", path.to_str().unwrap(), "-"];
    let lines = run(&arguments, SCENARIO.as_bytes()).lines();
    let executed = lines.iter().find(|l| l["event"] == "dispute.executed").unwrap();
    assert_eq!(executed["at"], "2026-01-11T00:00:00Z");
    std::fs::write(&path, text.replacen("days = 5", "days = 0", 1)).unwrap();
    let ran = run(&arguments, SCENARIO.as_bytes());
    assert!(ran.wrong().contains("`protection.warning`"), "{}", ran.err);
}

#[test]
fn the_document_of_the_rules_is_what_the_program_prints() {
    let ran = run(&["rules", "--diagrams"], b"");
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    let document = std::fs::read_to_string(repository("docs/rules.md")).unwrap();
    assert_eq!(ran.out, document, "`cargo xtask docs` writes it");
    let rows = run(&["rules", "--json"], b"").lines();
    let silence = rows.iter().find(|row| row["id"] == "dispute.silence").unwrap();
    assert_eq!(silence["numbers"]["days"], 5);
    assert_eq!(rows.iter().filter(|row| document.contains(row["id"].as_str().unwrap())).count(), rows.len());
}
