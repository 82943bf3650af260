//! A source that is a page: attributes, what is no page, and a source that does not name the parcel.

use super::{failed, read, registry};

const SOURCE: &str = "page_post.page";
const FILE: &str = r#"
[carrier]
id = "page_post"
name = "Page Post"
source = "invented for this test, 2026-11-23"

[official_source]
id = "page_post.page"
name = "Page Post's page"
standing = "observed"
on_by_default = false
body = "html"
base_url = "https://page-post.example"
hosts = ["page-post.example"]
answers = [{ carrier = "page_post" }]
source = "invented for this test, 2026-11-23"
limits = { interval_ms = 1000, burst = 1, concurrent = 1, timeout_ms = 5000, body_bytes_max = 65536 }

[[request]]
path = "/t"
query = { n = "{number}" }

[answer]
recognized_by = ["class=\"trace\""]
number_not_told = true
signed_by = "p.who"

[[checkpoints]]
list = "ul.trace"
row = "li"
order = "newest_first"
code = ". @data-code"
text = ".what"
status = [{ table = "codes", of = "code" }]
time = { at = "time @datetime", formats = ["iso"], clock = "in_text" }

[[failure]]
kind = "not_found"
at = "p.none"
matches = "No such parcel"
message = "Page Post does not know the number"

[[failure]]
kind = "not_found"
http = ["404"]
at = "p.none"
message = "Page Post does not know the number"

[statuses.codes]
source = "invented for this test, 2026-11-23"
rows = [["3", "delivered"]]
"#;

#[test]
fn attributes_are_read_and_whose_events_they_are_is_noted() {
    let body = "<html><ul class=\"trace\"><li data-code=\"3\"><time datetime=\"2026-03-05T10:00:00Z\"></time>\
                <b class=\"what\">Delivered,\n call 01 23456789</b></li></ul><p class=who>EXAMPLE</p></html>";
    let readings = read(&registry(FILE), SOURCE, 200, body, Some("P1"));
    let tracking = readings[0].tracking().unwrap_or_else(|| panic!("{readings:?}"));
    assert_eq!((tracking.tracking_number.as_str(), tracking.status.as_str()), ("P1", "delivered"));
    assert_eq!(tracking.delivered_at.map(|t| t.to_string()).as_deref(), Some("2026-03-05T10:00:00Z"));
    assert_eq!(tracking.status_text.as_deref(), Some("Delivered, call 01 ***"));
    assert_eq!(tracking.notes, ["the answer does not name the item: whose events these are is not proven"]);
}

#[test]
fn failures_are_told_apart() {
    let registry = registry(FILE);
    let is = |status, body: &str, want: &str| {
        assert_eq!(failed(&registry, SOURCE, status, body, Some("P1")), want, "{status} {body}");
    };
    let none = "<html><p class=\"none\">No such parcel: P1</p></html>";
    is(200, none, "not_found No such parcel: P1");
    is(404, none, "not_found No such parcel: P1");
    is(500, none, "unavailable http_error");
    // It takes no credentials: nothing of ours was refused.
    is(401, none, "unavailable http_error");
    is(429, none, "rate_limited http_error");
    is(404, "<html>Not Found</html>", "unavailable http_error");
    is(404, "gone", "unavailable http_error");
    is(200, "<html>maintenance</html>", "unavailable unexpected_shape");
    is(200, "<html>", "malformed truncated");
    is(200, "", "malformed empty");
    is(200, "{}", "malformed not_html");
}
