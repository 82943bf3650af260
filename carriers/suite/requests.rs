//! What each source is asked, byte for byte: the request and the token exchange as snapshots that were compared with the
//! documents that `cases.toml` names. Secrets stand as their names in braces.

use std::fmt::Write as _;

use url::form_urlencoded::byte_serialize;

use super::cases::of_every_source;
use crate::contract::{Content, HeaderValue, Method, Part, Request, Template};
use crate::trial::{ask, source};

/// Text as a form or a query carries it; what is secret stays a name.
fn encoded(template: &Template) -> String {
    let part = |part: &Part| match part {
        Part::Text(text) => byte_serialize(text.as_bytes()).collect(),
        other => Template(vec![other.clone()]).to_string(),
    };
    template.0.iter().map(part).collect()
}

fn pairs(fields: &[(&'static str, Template)]) -> String {
    let pair = |(name, value): &(&'static str, Template)| format!("{name}={}", encoded(value));
    fields.iter().map(pair).collect::<Vec<_>>().join("&")
}

/// A request as it goes over the wire.
fn wire(base: &str, request: &Request) -> String {
    let method = if request.method == Method::Get { "GET" } else { "POST" };
    let query = if request.query.is_empty() { String::new() } else { format!("?{}", pairs(&request.query)) };
    let mut text = format!("{method} {base}{}{query}\n", request.path);
    for (name, value) in &request.headers {
        let value = match value {
            HeaderValue::Plain(text) => text.clone(),
            HeaderValue::Secret(name) => format!("{{{name}}}"),
            HeaderValue::Basic { user, password } => format!("Basic Base64({{{user}}}:{{{password}}})"),
            HeaderValue::Filled(text) => text.to_string(),
            HeaderValue::BearerToken => "Bearer {token}".to_owned(),
        };
        writeln!(text, "{name}: {value}").unwrap();
    }
    let (kind, body) = match &request.content {
        Content::Empty => return text,
        Content::Form(fields) => ("application/x-www-form-urlencoded", pairs(fields)),
        Content::Json(document) => ("application/json", document.to_string()),
        Content::Xml { content_type, document } => (*content_type, document.to_string()),
    };
    write!(text, "content-type: {kind}\n\n{body}\n").unwrap();
    text
}

#[test]
fn every_source_is_asked_as_documented() {
    of_every_source(|cases| {
        let source = source(&cases.source);
        let (carrier, _) = cases.source.split_once('.').expect("a source's id");
        let mut ask = ask(carrier, &cases.asked);
        ask.asked_at = "2026-03-02T16:30:05Z".parse().expect("a time");
        let base = &source.facts().base_url;
        let request = wire(base, &source.request(&ask));
        let token = source.token().map(|exchange| wire(base, &exchange.request()));
        insta::with_settings!({
            prepend_module_to_snapshot => false,
            omit_expression => true,
            snapshot_path => cases.folder.join("snapshots"),
        }, {
            insta::assert_snapshot!("request", request);
            if let Some(token) = token {
                insta::assert_snapshot!("token_request", token);
            }
        });
    });
}

#[test]
fn no_number_breaks_out_of_its_place() {
    // What ends an attribute, a path, a field, a JSON string or a header.
    let odd = "1\"/><x a='2;3'&b=c#d?e /../\\\r\nX: y{api_key}%00</z>";
    of_every_source(|cases| {
        let source = source(&cases.source);
        let (carrier, _) = cases.source.split_once('.').expect("a source's id");
        let request = source.request(&ask(carrier, odd));
        let told = format!("{}: {request:?}", cases.source);
        assert!(!request.path.contains([' ', '?', '#', '\r', '\n', '"', '<', '>']), "{told}");
        assert!(!request.path.contains("/../"), "{told}");
        for (_, value) in &request.headers {
            assert!(!matches!(value, HeaderValue::Plain(text) if text.contains(['\r', '\n'])), "{told}");
        }
        match &request.content {
            Content::Json(document) => {
                serde_json::from_str::<serde_json::Value>(&document.to_string()).expect(&told);
            }
            Content::Xml { document, .. } => assert!(!document.to_string().contains("</z>"), "{told}"),
            Content::Empty | Content::Form(_) => (),
        }
    });
}
