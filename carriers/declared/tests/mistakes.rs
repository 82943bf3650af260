//! Every mistake is told at the start, by the file and the line.

use super::file;
use crate::declared::Declared;
use crate::registry::{DeclaredText, Registry};

const GOOD: &str = r#"[official_source]
id = "postal.mine"
name = "Mine"
standing = "observed"
on_by_default = false
body = "json"
base_url = "https://api.example.com/v2"
hosts = ["api.example.com"]
secrets = ["api_key"]
answers = [{ carrier = "postal" }]
source = "invented for this test, 2026-11-23"
limits = { interval_ms = 1000, burst = 1, concurrent = 1, timeout_ms = 5000, body_bytes_max = 65536 }

[[request]]
path = "/items/{number}"
headers = { X-Key = "{secret:api_key}" }
json = '{"n": "{number}"}'

[answer]
recognized_by = ["item"]
number = { at = "/number", regex = "([A-Z0-9]+)" }
weight = { figure = "/weight", unit = { fixed = "kg" } }
origin = { country = { fixed = "KR" } }
notes = [["by {/partner}"]]

[[checkpoints]]
list = "/events"
order = "newest_first"
code = "/code"
status = [{ table = "codes", of = "code" }]
time = { at = "/at", formats = ["%Y-%m-%d %H:%M"], clock = "Asia/Seoul" }

[[correction]]
statuses = ["in_transit"]
text = "(?i)refus"
status = "exception"

[[failure]]
kind = "not_found"
http = ["404"]
at = "/error"
is = "NONE"
message = "it does not know the number"

[statuses.codes]
source = "invented for this test, 2026-11-23"
rows = [
  ["1", "accepted"],
]
"#;

fn error(text: &str) -> String {
    let DeclaredText { file: name, text } = file(text);
    // Most mistakes are seen in the file alone, without the other carriers, which take time to read.
    let alone = Declared::read(&name, &text, None).map(|_| ());
    match alone.and_then(|()| Registry::with_declared(&[file(&text)])) {
        Ok(_) => panic!("this was taken:\n{text}"),
        Err(error) => {
            assert_eq!(error.file, "sources/sample.toml");
            error.message
        }
    }
}

#[test]
fn a_right_file_is_taken() {
    if let Err(error) = Registry::with_declared(&[file(GOOD)]) {
        panic!("{error}");
    }
}

/// What stands there, what is put in its place, and what is said of it.
const MISTAKES: &[(&str, &str, &str)] = &[
    // Unknown and missing fields, wrong kinds: by the reader of TOML, which names line and column.
    ("name = \"Mine\"", "nam = \"Mine\"", "line 3"),
    ("burst = 1, ", "", "line 12"),
    ("limits = {", "limit = {", "line 12"),
    ("path = \"/items", "pfad = \"/items", "line 15"),
    ("list = \"/events\"", "list = 7", "line 27"),
    ("order = \"newest_first\"", "order = \"newest\"", "line 28"),
    ("regex = \"([A-Z0-9]+)\"", "regexp = \"x\"", "line 21"),
    ("[answer]", "[answers]", "line 19"),
    // Where it may ask.
    ("https://api.example.com/v2", "http://api.example.com", "line 7: an official source is asked by https"),
    ("https://api.example.com/v2", "https://other.example.com", "line 7: lies on none of the `hosts`"),
    ("https://api.example.com/v2", "https://u:p@api.example.com", "line 7: is scheme, host and path alone"),
    ("https://api.example.com/v2", "https://api.example.com:8443", "line 7: is scheme, host and path alone"),
    ("https://api.example.com/v2", "nonsense", "line 7: is no address"),
    ("hosts = [\"api.example.com\"]", "hosts = []", "line 8: names no host"),
    ("hosts = [\"api.example.com\"]", "hosts = [\"127.0.0.1\"]", "line 8: `127.0.0.1` is no host"),
    ("hosts = [\"api.example.com\"]", "hosts = [\"localhost\"]", "line 8: `localhost` is no host"),
    (
        "hosts = [\"api.example.com\"]",
        "hosts = [\"api.example.com/x\"]",
        "line 8: `api.example.com/x` is no host",
    ),
    ("interval_ms = 1000", "interval_ms = 0", "line 12: `interval_ms` is from 1"),
    ("timeout_ms = 5000", "timeout_ms = 500000", "line 12: `timeout_ms` is from 1 to 120000"),
    ("body_bytes_max = 65536", "body_bytes_max = 99999999", "line 12: `body_bytes_max` is from 1"),
    ("answers = [{ carrier = \"postal\" }]", "answers = []", "line 10: says for no number"),
    (
        "source = \"invented for this test, 2026-11-23\"\nlimits",
        "source = \"\"\nlimits",
        "line 11: says where",
    ),
    // Whose it is.
    ("id = \"postal.mine\"", "id = \"postal\"", "line 2"),
    (
        "id = \"postal.mine\"",
        "id = \"nobody.mine\"",
        "there is no carrier `nobody`: declare it under `[carrier]`",
    ),
    ("id = \"postal.mine\"", "id = \"postal.upu\"", "there is a source `postal.upu` already"),
    ("carrier = \"postal\"", "carrier = \"nobody\"", "answers for `nobody`, which is no carrier"),
    // The request.
    ("[\"api_key\"]", "[]", "line 9: the secret `api_key` is used, but not declared"),
    ("[\"api_key\"]", "[\"api_key\", \"other\"]", "the secret `other` goes into no request"),
    ("path = \"/items/{number}\"", "path = \"items\"", "line 15: a path begins with `/`"),
    ("path = \"/items/{number}\"", "path = \"/items?n={number}\"", "line 15: a path begins with `/`"),
    ("path = \"/items/{number}\"", "path = \"/{secret:api_key}\"", "line 15: a path is recorded"),
    ("path = \"/items/{number}\"", "path = \"/items/{nummer}\"", "line 15: `{nummer}` is nothing"),
    ("{secret:api_key}\"", "{secret:}\"", "line 16: `{secret:}` is nothing"),
    ("X-Key", "Host", "line 16: the gateway sets `Host` itself"),
    ("X-Key", "\"X Key\"", "line 16: `X Key` is no header's name"),
    ("'{\"n\": \"{number}\"}'", "'{\"n\": {number}}'", "line 17: with texts put in, this is not JSON"),
    ("json = '", "xml = '", "line 17: with texts put in, this is not XML"),
    ("json = '", "form = { a = \"b\" }\njson = '", "a request has one body"),
    ("[[request]]\n", "[[request]]\nnumbers = \"[0-9]+\"\n", "line 14: the last request is for all numbers"),
    (
        "[[request]]\n",
        "[[request]]\npath = \"/\"\n[[request]]\n",
        "line 14: the last request is for all numbers",
    ),
    (
        "[[request]]\n",
        "[[request]]\nnumbers = \"[\"\npath = \"/\"\n[[request]]\n",
        "line 15: not a regular expression",
    ),
    (
        "headers = {",
        "auth = { basic = [\"api_key\", \"b\"] }\nheaders = {",
        "the secret `b` is used, but not declared",
    ),
    (
        "headers = { X-Key",
        "auth = { bearer = \"api_key\" }\nheaders = { Authorization",
        "line 17: `Authorization` stands twice",
    ),
    ("[answer]\n", "[token]\npath = \"/t\"\n[answer]\n", "line 19: a token is asked for with"),
    (
        "[answer]\n",
        "[token]\npath = \"/t\"\nform = { n = \"{number}\" }\n[answer]\n",
        "line 19: a token is asked for without any number",
    ),
    // The answer.
    ("recognized_by = [\"item\"]", "recognized_by = []", "line 20: needs a text by which"),
    (
        "recognized_by = [\"item\"]",
        "recognized_by = [\"item\"]\nends_with = \"x\"",
        "line 21: `ends_with` is for pages",
    ),
    ("at = \"/number\"", "at = \"number\"", "line 21: `number`: a JSON pointer begins with `/`"),
    ("at = \"/number\"", "at = \"/num~ber\"", "line 21: `/num~ber`: in a JSON pointer"),
    ("at = \"/number\"", "at = \"/[number]\"", "line 21: `/[number]`: a choice is written `[key=value]`"),
    ("at = \"/number\"", "at = \"/number\", join = [\"/a\"]", "line 21: a field needs one of"),
    ("at = \"/number\"", "fixed = \"AB1\"", "line 21: the number is what the answer says"),
    ("([A-Z0-9]+)", "([A-Z0-9]+", "line 21: not a regular expression"),
    ("number = { at", "number_not_told = true\nnumber = { at", "line 19: needs `number`, or"),
    ("fixed = \"kg\"", "fixed = \"stone\"", "line 22: `stone` is no unit of weight"),
    ("fixed = \"KR\"", "fixed = \"Atlantis\"", "line 23: `Atlantis` is no country"),
    ("by {/partner}", "by {/partner", "line 24: a brace is not closed"),
    ("by {/partner}", "by nobody", "line 24: holds nothing of the answer"),
    (
        "headers = {",
        "query = { x = \"<a>{number}\" }\nheaders = {",
        "line 16: begins as XML and, with texts put in, is none",
    ),
    // The checkpoints.
    ("list = \"/events\"", "list = \"events\"", "line 27: `events`: a JSON pointer"),
    (
        "order = \"newest_first\"",
        "order = \"newest_first\"\nrow = \"li\"",
        "line 29: a list in JSON needs no `row`",
    ),
    ("table = \"codes\"", "table = \"kodes\"", "line 30: there is no table `kodes`"),
    ("of = \"code\"", "of = \"text\"", "line 30: looks up the `text`, which is not declared"),
    ("[{ table = \"codes\", of = \"code\" }]", "[]", "line 30: names no table"),
    ("%Y-%m-%d %H:%M", "%Y-%m %H:%M", "line 31: `%Y-%m %H:%M`"),
    ("%Y-%m-%d %H:%M", "%Q!", "line 31: `%Q!`"),
    ("%Y-%m-%d %H:%M", "unix", "line 31: `unix`: is an instant by itself"),
    ("Asia/Seoul", "in_text", "line 31: `%Y-%m-%d %H:%M`: the clock is `in_text`, but"),
    ("Asia/Seoul", "Asia/Atlantis", "line 31: `Asia/Atlantis` is no clock"),
    ("statuses = [\"in_transit\"]", "statuses = [\"unknown\"]", "line 34: names the statuses"),
    ("status = \"exception\"", "status = \"unknown\"", "line 36: is no status"),
    ("(?i)refus", "(?z)refus", "line 35: not a regular expression"),
    // The failures.
    ("kind = \"not_found\"", "kind = \"missing\"", "line 39"),
    ("at = \"/error\"\nis = \"NONE\"\n", "", "line 39: `not_found` needs what the source itself says"),
    (
        "http = [\"404\"]",
        "http = [\"404\", \"503\"]",
        "line 39: `not_found` needs what the source itself says",
    ),
    ("http = [\"404\"]", "http = [\"4x4\"]", "line 40: `4x4` is no HTTP status"),
    ("at = \"/error\"", "at = \"error\"", "line 41: `error`: a JSON pointer"),
    ("at = \"/error\"\n", "", "line 39: `is` and `matches` are about"),
    ("is = \"NONE\"", "empty_body = true", "line 39: nothing lies in an empty body"),
    ("is = \"NONE\"", "needs = [\"postal_code\"]", "line 39: `needs` goes with `inconclusive`"),
    ("message = \"it does not know the number\"", "message = \"\"", "line 43: says in one sentence"),
    // The codes.
    ("[\"1\", \"accepted\"]", "[\"1\", \"taken\"]", "line 48: [codes] `taken` is not a status"),
    (
        "[\"1\", \"accepted\"]",
        "[\"1\", \"accepted\"], [\"1\", \"delivered\"]",
        "line 48: [codes] has the code `1` twice",
    ),
];

#[test]
fn a_mistake_is_named_with_its_line() {
    let mut others = Vec::new();
    for (right, wrong, want) in MISTAKES {
        assert!(GOOD.contains(right), "the right file holds no {right}");
        let message = error(&GOOD.replacen(right, wrong, 1));
        if !message.contains(want) {
            others.push(format!("{wrong}\n  wanted {want}\n  got {message}"));
        }
    }
    assert!(others.is_empty(), "{}", others.join("\n"));
}

#[test]
fn in_pages_and_xml_paths_are_checked_as_such() {
    let xml = GOOD.replace("body = \"json\"", "body = \"xml\"");
    assert!(error(&xml).contains("line 21: `/number`: `` is no element's name"), "{}", error(&xml));
    let html = GOOD.replace("body = \"json\"", "body = \"html\"");
    assert!(error(&html).contains("line 21: `/number`: not a CSS selector"), "{}", error(&html));
}

#[test]
fn a_carrier_is_declared_once_and_only_for_its_own_source() {
    let carrier =
        |id: &str| format!("[carrier]\nid = \"{id}\"\nname = \"X\"\nsource = \"invented, 2026-11-23\"\n\n");
    assert!(
        error(&(carrier("postal") + GOOD)).contains("the carrier `postal` is known: leave `[carrier]` out")
    );
    assert!(
        error(&(carrier("mine") + GOOD))
            .contains("line 7: the source `postal.mine` is not one of the carrier")
    );
    let format = "[[format]]\nid = \"postal.x\"\n\n";
    assert!(error(&(format.to_owned() + GOOD)).contains("line 1: formats go with a `[carrier]`"));
    let page =
        carrier("mine").replace("name = \"X\"", "name = \"X\"\ntracking_url = \"http://x.example/{n}\"");
    let text = page + &GOOD.replace("postal.mine", "mine.mine");
    assert!(error(&text).contains("line 4: an https address with `{n}`"));
    let twice = [file(GOOD), DeclaredText { file: "sources/twice.toml".to_owned(), text: GOOD.to_owned() }];
    let error = Registry::with_declared(&twice).err().map(|error| error.to_string());
    assert_eq!(error.as_deref(), Some("sources/twice.toml: there is a source `postal.mine` already"));
}

#[test]
fn a_known_line_becomes_a_carrier_with_the_numbers_that_are_known_of_it() {
    let carrier = "[carrier]\nid = \"dpd\"\nname = \"DPD itself\"\nsource = \"invented, 2026-11-23\"\n\n";
    let text = carrier.to_owned() + &GOOD.replace("postal.mine", "dpd.mine").replace("\"postal\"", "\"dpd\"");
    let registry = super::registry(&text);
    let dpd = crate::contract::CarrierId::new("dpd").expect("an id");
    let line = registry.formats().line(&dpd).expect("a line");
    assert_eq!((line.name.as_str(), line.has_folder), ("DPD itself", true));
    assert!(registry.carrier(&dpd).is_some());
}
