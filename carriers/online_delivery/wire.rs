//! The data of Cainiao's tracking page as it comes over the wire. None of it is documented, so every field is optional.

use serde::Deserialize;

use crate::foreign::{accessory, many, text};

/// What stands in a page or an answer that wants proof of a human instead of answering.
const CHALLENGES: [&str; 3] = ["FAIL_SYS_USER_VALIDATE", "punish", "#nocaptcha"];

/// Whether a body looks like the page's data, or like a challenge.
pub fn recognizes(body: &[u8]) -> bool {
    let text = String::from_utf8_lossy(body);
    (text.contains("\"module\"") && text.contains("\"mailNo\"")) || is_challenge(body)
}

/// Whether a body that is no answer is a challenge.
pub fn is_challenge(body: &[u8]) -> bool {
    let body = String::from_utf8_lossy(body);
    CHALLENGES.iter().any(|word| body.contains(word))
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Answer {
    pub module: Option<Modules>,
}

#[derive(Deserialize)]
#[serde(transparent)]
pub struct Modules(#[serde(deserialize_with = "many")] pub Vec<Module>);

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub struct Module {
    #[serde(deserialize_with = "text")]
    pub mail_no: Option<String>,
    /// Who told Cainiao of the number; `EXTERNAL` for a number that is none of its own.
    #[serde(deserialize_with = "text")]
    pub mail_no_source: Option<String>,
    #[serde(deserialize_with = "text")]
    pub origin_country: Option<String>,
    #[serde(deserialize_with = "text")]
    pub dest_country: Option<String>,
    #[serde(deserialize_with = "text")]
    pub status: Option<String>,
    #[serde(deserialize_with = "text")]
    pub status_desc: Option<String>,
    /// The number under which the last carrier delivers.
    #[serde(deserialize_with = "text")]
    pub copy_real_mail_no: Option<String>,
    #[serde(deserialize_with = "accessory")]
    pub dest_cp_info: Partner,
    #[serde(deserialize_with = "many")]
    pub detail_list: Vec<Event>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub struct Partner {
    #[serde(deserialize_with = "text")]
    pub cp_name: Option<String>,
}

/// `time` beside `timeStr` is counted as if every clock were Beijing's, and is not read.
#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub struct Event {
    #[serde(deserialize_with = "text")]
    pub time_str: Option<String>,
    #[serde(deserialize_with = "text")]
    pub time_zone: Option<String>,
    #[serde(deserialize_with = "text")]
    pub action_code: Option<String>,
    #[serde(deserialize_with = "text")]
    pub desc: Option<String>,
    /// Spelt as the page spells it.
    #[serde(deserialize_with = "text")]
    pub standerd_desc: Option<String>,
}
