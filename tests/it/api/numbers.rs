//! `POST /v1/numbers/check`: as many numbers as it takes, and whatever is given for one.

use serde_json::{Value, json};

use crate::support::TestApp;

const PATH: &str = "/v1/numbers/check";

#[tokio::test]
async fn a_thousand_numbers_are_answered_in_order_and_one_more_is_refused() {
    let app = TestApp::start().await;
    let numbers: Vec<String> = (0..1_001).map(|n| format!("1Z999AA10{n:09}")).collect();
    let answer = app.client.post(PATH, &json!({"numbers": numbers[..1_000]})).await.ok();
    let inputs: Vec<&str> =
        answer["data"].as_array().unwrap().iter().map(|c| c["input"].as_str().unwrap()).collect();
    assert_eq!(inputs, numbers[..1_000]);
    for numbers in [json!([]), json!(numbers)] {
        let problem = app.client.post(PATH, &json!({"numbers": numbers})).await.problem(422, "invalid_field");
        assert_eq!(problem["errors"][0]["pointer"], "/numbers");
    }
}

#[tokio::test]
async fn whatever_is_given_for_a_number_gets_an_answer_of_the_same_form() {
    let app = TestApp::start().await;
    let long = "9".repeat(100_000);
    let inputs = [
        "1Z 999 AA1 01 2345 6784",
        "１Ｚ９９９ＡＡ１０１２３４５６７８４",
        "",
        " ",
        "\u{0}",
        "\u{202e}1Z999AA10123456784",
        "🚚🚚🚚",
        "東京",
        "<script>alert(1)</script>",
        "'; DROP TABLE orders; --",
        "\r\n\r\n",
        "e\u{301}",
        &long,
    ];
    let answer = app.client.post(PATH, &json!({"numbers": inputs})).await.ok();
    for (check, input) in answer["data"].as_array().unwrap().iter().zip(inputs) {
        let valid = !check["candidates"].as_array().unwrap().is_empty();
        assert_eq!(check["valid"], valid, "{input:?}");
        assert_eq!(check["problem"] == Value::Null, valid, "{input:?}: {check}");
    }
    assert_eq!(answer["data"][0]["valid"], true);
    // One string as long as the body may be.
    let megabyte = "1".repeat((1 << 20) - 100);
    let answer = app.client.post(PATH, &json!({"numbers": [megabyte]})).await.ok();
    assert_eq!(answer["data"][0]["problem"]["code"], "too_long");
}

#[tokio::test]
async fn hints_that_cannot_be_are_named() {
    let app = TestApp::start().await;
    for (hint, value) in [("carrier", "U P S"), ("carrier", ""), ("ship_from", "USA"), ("ship_from", "")] {
        let problem = app
            .client
            .post(PATH, &json!({"numbers": ["1"], hint: value}))
            .await
            .problem(422, "invalid_field");
        assert_eq!(problem["errors"][0]["pointer"], format!("/{hint}"));
    }
    app.client.post(PATH, &json!({"numbers": ["1"], "carrier": "nobody"})).await.ok();
}
