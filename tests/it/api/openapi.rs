//! The API's description: committed, served, complete, and true.

use std::collections::BTreeSet;
use std::path::Path;

use http::Method;
use serde_json::Value;

use super::routes;
use crate::support::TestApp;

type Operations = BTreeSet<(String, String)>;

fn document() -> Value {
    serde_json::to_value(waygate::http::document()).unwrap()
}

fn described() -> Operations {
    let document = document();
    let paths = document["paths"].as_object().unwrap();
    let methods = |(path, item): (&String, &Value)| {
        item.as_object().unwrap().keys().map(|method| (path.clone(), method.clone())).collect::<Vec<_>>()
    };
    paths.iter().flat_map(methods).collect()
}

/// The routes as the router's own text has them: `.route("/path", get(…).post(…))`.
fn routed() -> Operations {
    let text = include_str!("../../../src/http/api.rs");
    let mut operations = Operations::new();
    for route in text.split(".route(\"").skip(1) {
        let (path, rest) = route.split_once('"').unwrap();
        let handlers = rest.split_once('\n').map_or(rest, |(line, _)| line);
        for method in ["get", "post", "put", "patch", "delete"] {
            if handlers.contains(&format!("{method}(")) {
                // The description has no word for the rest of a path.
                operations.insert((path.replace("{*", "{"), method.to_owned()));
            }
        }
    }
    operations
}

#[test]
fn the_committed_description_is_what_the_gateway_says_of_itself() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/openapi.json");
    let committed: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    assert!(committed == document(), "{} is old: `waygate openapi > docs/openapi.json`", path.display());
}

#[test]
fn every_route_is_described_and_nothing_else_is() {
    assert!(routed().len() > 20, "the router's text is read wrongly");
    assert_eq!(described(), routed());
}

#[test]
fn the_tests_know_every_route() {
    let blank = |path: &str| {
        let segment = |part: &str| if part.starts_with('{') { "{}".to_owned() } else { part.to_owned() };
        path.split('/').map(segment).collect::<Vec<_>>().join("/")
    };
    let named = |path: &str| {
        let path = path.replace("/ups/1ZWAYG8T0300002011", "/{}/{}").replace("/tile/0/000.p/1", "/tile/{}");
        path.replace("/carriers/ups", "/carriers/{}").replace("{event}", "{}")
    };
    let known: Operations =
        routes::all().into_iter().map(|r| (named(r.path), r.method.as_str().to_lowercase())).collect();
    let routed: Operations = routed().into_iter().map(|(path, method)| (blank(&path), method)).collect();
    assert_eq!(known, routed);
}

#[tokio::test]
async fn what_is_described_is_there() {
    let app = TestApp::start().await;
    let operator = app.key(&app.keys.operator);
    let served = app.anonymous().get("/openapi.json").await;
    assert_eq!(served.json(), document());
    for (path, method) in described() {
        let method: Method = method.to_uppercase().parse().unwrap();
        let parts: Vec<_> =
            path.split('/').map(|part| if part.starts_with('{') { "x" } else { part }).collect();
        let answer = operator.send(method, &parts.join("/"), &[], None).await;
        assert_ne!(answer.status, 405, "{path}");
        if answer.status >= 400 {
            assert_ne!(answer.any_problem()["code"], "no_such_address", "{path}");
        }
    }
}

#[test]
fn every_reference_in_the_description_leads_somewhere() {
    fn references(value: &Value, found: &mut Vec<String>) {
        match value {
            Value::Object(fields) => {
                found.extend(fields.get("$ref").and_then(Value::as_str).map(str::to_owned));
                fields.values().for_each(|value| references(value, found));
            }
            Value::Array(values) => values.iter().for_each(|value| references(value, found)),
            _ => {}
        }
    }
    let document = document();
    let mut found = Vec::new();
    references(&document, &mut found);
    assert!(!found.is_empty());
    for reference in found {
        let pointer = reference.strip_prefix('#').unwrap();
        assert!(document.pointer(pointer).is_some(), "{reference}");
    }
}
