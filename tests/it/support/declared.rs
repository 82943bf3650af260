//! A source that an operator declares: a national post that is recognized and has no folder, by a service that is invented.

/// The source's id.
pub const DECLARED_SOURCE: &str = "austrian_post.track";

/// The file.
pub const DECLARED: &str = r#"
[carrier]
id = "austrian_post"
name = "Österreichische Post"
post_of = "AT"
domains = ["post.at"]
tracking_url = "https://www.post.at/sv/sendungsdetails?snr={n}"
source = "invented for these tests, 2026-11-23"

[official_source]
id = "austrian_post.track"
name = "A service that is invented"
standing = "reconstructed"
on_by_default = true
body = "json"
base_url = "https://api.post.at"
hosts = ["api.post.at"]
secrets = ["api_key"]
answers = [{ carrier = "austrian_post" }]
source = "invented for these tests, 2026-11-23"

[official_source.limits]
interval_ms = 1
burst = 10
concurrent = 2
timeout_ms = 5000
body_bytes_max = 65536

[[request]]
path = "/v1/track"
headers = { Authorization = "Key {secret:api_key}" }
json = '{ "item": "{number}", "postcode": "{postal_code}" }'

[answer]
recognized_by = ['"sendung"']
number = "/sendung/nummer"
destination = { country = "/sendung/nach/land", postal_code = "/sendung/nach/plz" }
origin = { country = { fixed = "AT" } }

[[checkpoints]]
list = "/sendung/ereignisse"
order = "oldest_first"
code = "/art"
text = "/wort"
status = [{ table = "art", of = "code" }]
place = { country = "/land", city = "/ort" }
time = { at = "/zeit", formats = ["%d.%m.%Y %H:%M"], clock = "of_place" }

[[failure]]
kind = "not_found"
http = ["404"]
at = "/fehler"
is = "UNBEKANNT"
message = "the post does not know the number"

[statuses.art]
source = "invented for these tests, 2026-11-23"
rows = [["AUF", "accepted"], ["VER", "in_transit"], ["ZUG", "delivered"]]
"#;
