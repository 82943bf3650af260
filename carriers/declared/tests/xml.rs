//! A source in XML, asked with XML: paths of elements, attributes, choices, several parcels.

use std::sync::LazyLock;

use proptest::prelude::*;

use super::{failed, read, registry};
use crate::contract::{Content, SourceId, Status};
use crate::registry::Registry;

const SOURCE: &str = "xml_post.soap";
const FILE: &str = r#"
[carrier]
id = "xml_post"
name = "XML Post"
source = "invented for this test, 2026-11-23"

[official_source]
id = "xml_post.soap"
name = "XML Post's service"
standing = "documented"
on_by_default = true
body = "xml"
base_url = "https://soap.xml-post.example"
hosts = ["soap.xml-post.example"]
secrets = ["login"]
answers = [{ carrier = "xml_post" }]
source = "invented for this test, 2026-11-23"
limits = { interval_ms = 1000, burst = 1, concurrent = 1, timeout_ms = 5000, body_bytes_max = 65536 }

[[request]]
path = "/track"
xml = '<Envelope><Login key="{secret:login}"/><Number>{number}</Number></Envelope>'
content_type = "application/soap+xml"

[answer]
recognized_by = ["TrackResponse"]
parcels = "Body/Item"
number = "@id"
weight = { figure = "Weight", unit = { fixed = "g" } }
destination = { country = "Party[@role=receiver]/Country" }
delivered_at = { at = "DeliveredAt", formats = ["%d.%m.%Y %H:%M %z"], clock = "in_text" }

[[checkpoints]]
list = "History"
row = "Event"
order = "oldest_first"
code = "@code"
text = "Words"
status = [{ table = "codes", of = "code" }]
time = { at = "When", formats = ["unix"], clock = "in_text" }

[[failure]]
kind = "not_found"
at = "Body/Fault/@code"
is = "404"
message = "XML Post does not know the number"

[[failure]]
kind = "refused"
http = ["2xx", "5xx"]
at = "Body/Fault/@code"
matches = "^AUTH"
message = "XML Post refuses the login"

[statuses.codes]
source = "invented for this test, 2026-11-23"
rows = [["A", "accepted"], ["D", "delivered"]]
"#;

fn body(items: &str) -> String {
    format!("<s:TrackResponse xmlns:s=\"urn:x\"><s:Body>{items}</s:Body></s:TrackResponse>")
}

fn item(number: &str, events: &str) -> String {
    format!(
        "<Item id=\"{number}\"><Weight>900</Weight><Party role=\"sender\"><Country>CN</Country></Party>\
         <Party role=\"receiver\"><Country>France</Country></Party>\
         <DeliveredAt>05.03.2026 12:00 +0100</DeliveredAt><History>{events}</History></Item>"
    )
}

#[test]
fn elements_attributes_and_choices_are_found() {
    let events = "<Event code=\"A\"><Words>in</Words><When>1772700000</When></Event>\
                  <Event code=\"D\"><Words>out</Words></Event><Event/>";
    let body = body(&(item("X1", events) + &item("X2", "")));
    let readings = read(&registry(FILE), SOURCE, 200, &body, None);
    assert_eq!(readings.len(), 2);
    let tracking = readings[0].tracking().unwrap_or_else(|| panic!("{readings:?}"));
    assert_eq!((tracking.tracking_number.as_str(), tracking.weight_grams), ("X1", Some(900)));
    let country = tracking.destination.as_ref().and_then(|p| p.country).map(|c| c.to_string());
    assert_eq!(country.as_deref(), Some("FR"));
    let statuses: Vec<_> = tracking.checkpoints.iter().map(|c| c.status).collect();
    assert_eq!(statuses, [Status::Delivered, Status::Accepted]); // the empty row says nothing
    let at = tracking.checkpoints[1].time.map(|t| t.to_string());
    assert_eq!(at.as_deref(), Some("2026-03-05T08:40:00Z"));
    let delivered = tracking.delivered_at.map(|t| t.to_string());
    assert_eq!(delivered.as_deref(), Some("2026-03-05T12:00:00+01:00"));
    let asked = read(&registry(FILE), SOURCE, 200, &body, Some("X2"));
    assert_eq!(asked.iter().filter_map(|r| r.tracking()).count(), 1);
}

#[test]
fn failures_are_told_apart() {
    let registry = registry(FILE);
    let fault = |code: &str| body(&format!("<Fault code=\"{code}\"/>"));
    let is = |status, body: &str, want: &str| {
        assert_eq!(failed(&registry, SOURCE, status, body, Some("X1")), want, "{body}");
    };
    is(200, &fault("404"), "not_found 404");
    is(500, &fault("404"), "unavailable unexpected_shape");
    is(500, &fault("AUTH-1"), "refused AUTH-1");
    is(200, &fault("E7"), "malformed unexpected_shape");
    is(200, "<html><body/></html>", "malformed html_instead");
    is(200, &body(&item("X9", "")), "malformed wrong_number");
    is(200, &body("<Item id=\"X1\"/>"), "malformed unexpected_shape");
    is(200, "<a>", "malformed truncated");
}

#[test]
fn the_request_is_xml_from_which_nothing_breaks_out() {
    let registry = registry(FILE);
    let source = registry.source(&SourceId::new(SOURCE).expect("an id")).expect("declared");
    let Content::Xml { content_type, document } =
        source.request(&crate::trial::ask("xml_post", "1<&\"'>2")).content
    else {
        panic!("XML")
    };
    assert_eq!(content_type, "application/soap+xml");
    assert_eq!(
        document.to_string(),
        "<Envelope><Login key=\"{login}\"/><Number>1&lt;&amp;&quot;&apos;&gt;2</Number></Envelope>"
    );
}

static REGISTRY: LazyLock<Registry> = LazyLock::new(|| registry(FILE));

/// Pieces of which answers are made, in any order.
fn pieces() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "<TrackResponse>",
        "</TrackResponse>",
        "<Body>",
        "</Body>",
        "<Item id=\"X1\">",
        "<Item id='X2'>",
        "</Item>",
        "<History>",
        "</History>",
        "<Event code=\"D\">",
        "<Event/>",
        "</Event>",
        "<When>9e99</When>",
        "<When>99999999999999999</When>",
        "<Weight>-1</Weight>",
        "<Fault code=\"500\"/>",
        "&#0;",
        "x",
    ]);
    prop::collection::vec(piece, 0..30).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn whatever_comes_something_is_read_and_never_of_another_number(
        bodies in prop::collection::vec((pieces(), any::<u16>()), 16),
        whole in prop::collection::vec(pieces(), 16),
    ) {
        let registry = &*REGISTRY;
        let wrapped = whole.into_iter().map(|inner| (body(&item("X1", &inner)), 200));
        for (body, status) in bodies.into_iter().chain(wrapped) {
            let readings = read(registry, SOURCE, status, &body, Some("X1"));
            prop_assert!(!readings.is_empty());
            for reading in &readings {
                prop_assert!(reading.tracking().is_none_or(|t| t.tracking_number == "X1"), "{reading:?}");
                prop_assert_ne!(reading.outcome(), "not_found");
            }
        }
    }
}
