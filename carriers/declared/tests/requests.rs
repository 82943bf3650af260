//! What is put into a request stays where it is put.

use proptest::prelude::*;

use super::registry;
use crate::contract::{Content, HeaderValue, Request, SourceId};
use crate::declared::pattern::{self, Pattern};
use crate::xml;

const FILE: &str = r#"
[official_source]
id = "postal.mine"
name = "Mine"
standing = "observed"
on_by_default = false
body = "json"
base_url = "https://api.example.com"
hosts = ["api.example.com"]
secrets = ["key", "user", "password"]
answers = [{ carrier = "postal" }]
source = "invented for this test, 2026-11-23"
limits = { interval_ms = 1000, burst = 1, concurrent = 1, timeout_ms = 5000, body_bytes_max = 65536 }

[[request]]
numbers = "[0-9]{3}"
path = "/domestic/{number}"
auth = { bearer = "key" }

[[request]]
numbers = "F.*"
path = "/form"
form = { zip = "{postal_code}", n = "{number}", k = "{secret:key}" }

[[request]]
path = "/all"
auth = { basic = ["user", "password"] }
headers = { X-Sign = "v1 {secret:key}", X-Id = "{request_id}" }
json = '{"n": ["{number}"], "k": "{secret:key}", "zip": "{postal_code}"}'

[answer]
recognized_by = ["item"]
number = "/number"
status = { code = "/code", status = [{ table = "codes", of = "code" }] }

[statuses.codes]
source = "invented for this test, 2026-11-23"
rows = []
"#;

fn request(number: &str) -> Request {
    let registry = registry(FILE);
    let source = registry.source(&SourceId::new("postal.mine").expect("an id")).expect("declared");
    source.request(&crate::trial::ask("postal", number))
}

#[test]
fn the_first_request_that_takes_the_whole_number_is_made() {
    let domestic = request("123");
    assert_eq!(domestic.path, "/domestic/123");
    let [(_, HeaderValue::Filled(text))] = domestic.headers.as_slice() else { panic!("{domestic:?}") };
    assert_eq!(text.to_string(), "Bearer {key}");
    assert_eq!(request("1234").path, "/all");
}

#[test]
fn a_form_field_is_left_out_where_the_order_lacks_what_goes_into_it() {
    let Content::Form(fields) = request("F1").content else { panic!("a form") };
    let written: Vec<_> = fields.iter().map(|(name, value)| format!("{name}={value}")).collect();
    assert_eq!(written, ["n=F1", "k={key}"]);
}

#[test]
fn what_is_put_into_json_stays_inside_its_string() {
    let request = request("A\",\"x\":\"\\");
    let Content::Json(document) = &request.content else { panic!("JSON") };
    let value: serde_json::Value = serde_json::from_str(&document.to_string()).expect("still JSON");
    assert_eq!(value, serde_json::json!({"n": ["A\",\"x\":\"\\"], "k": "{key}", "zip": ""}));
    let HeaderValue::Filled(sign) = &request.headers[1].1 else { panic!("{request:?}") };
    assert_eq!(sign.to_string(), "v1 {key}");
    assert_eq!(request.headers[0].1, HeaderValue::Basic { user: "user", password: "password" });
}

#[test]
fn what_is_put_into_a_path_is_one_segment() {
    let pattern = Pattern::read("/items/{number}").expect("a pattern");
    let filled = pattern.filled(Some(&crate::trial::ask("postal", "../a?b=c#d e%é")), pattern::in_path);
    // RFC 3986, section 2.1: each byte that is not unreserved is percent-encoded.
    assert_eq!(filled.to_string(), "/items/..%2Fa%3Fb%3Dc%23d%20e%25%C3%A9");
}

proptest! {
    #[test]
    fn whatever_the_number_nothing_breaks_out(number in any::<String>()) {
        let ask = Some(crate::trial::ask("postal", &number));
        let filled = |pattern: &str, escape| {
            Pattern::read(pattern).expect("a pattern").filled(ask.as_ref(), escape).to_string()
        };
        let json: serde_json::Value =
            serde_json::from_str(&filled("{\"n\": \"{number}\"}", pattern::in_json)).expect("still JSON");
        prop_assert_eq!(json, serde_json::json!({"n": number}));
        let text = filled("<a b=\"{number}\"><c>{number}</c></a>", pattern::in_xml);
        let document = xml::read(&text).expect("still XML");
        prop_assert_eq!((document.attributes.len(), document.children.len()), (1, 1));
        let printable: String = number.chars().filter(|c| !c.is_control()).collect();
        prop_assert_eq!(&document.children[0].text, printable.trim());
        let url = format!("https://api.example.com{}", filled("/a/{number}x/b", pattern::in_path));
        let url = url::Url::parse(&url).expect("still an address");
        prop_assert_eq!((url.path_segments().map(Iterator::count), url.query()), (Some(3), None));
    }

    #[test]
    fn any_pattern_is_read_without_panic(text in "[{}a-z:_\"é]{0,24}") {
        if let Ok(pattern) = Pattern::read(&text) {
            let _ = pattern.filled(None, pattern::as_is);
        }
    }
}
