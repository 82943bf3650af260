//! The settings as they are written. Unknown ones are refused.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Raw {
    pub server: RawServer,
    pub store: RawStore,
    pub evidence_log: RawEvidenceLog,
    pub secrets: RawSecrets,
    pub pages: RawPages,
    pub webhooks: RawWebhooks,
    pub work: RawWork,
    pub log: RawLog,
    pub quota_percent: RawQuota,
    pub retention: RawRetention,
    #[serde(default)]
    pub carriers: RawCarriers,
    #[serde(default)]
    pub sources: BTreeMap<String, RawSource>,
    pub nats: RawNats,
}

/// The same with every setting optional: what a file of the operator may hold.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "read only to refuse what is wrong, with its line")]
pub struct Partial {
    server: Option<PartialServer>,
    store: Option<PartialStore>,
    evidence_log: Option<PartialEvidenceLog>,
    secrets: Option<RawSecrets>,
    pages: Option<RawPages>,
    webhooks: Option<RawWebhooks>,
    work: Option<PartialWork>,
    log: Option<PartialLog>,
    carriers: Option<RawCarriers>,
    quota_percent: Option<PartialQuota>,
    retention: Option<PartialRetention>,
    sources: Option<BTreeMap<String, RawSource>>,
    nats: Option<PartialNats>,
}

macro_rules! settings {
    ($(#[$doc:meta])* $name:ident, $partial:ident { $($field:ident: $kind:ty),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        pub struct $name { $(pub $field: $kind,)* }

        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        #[expect(dead_code, reason = "read only to refuse what is wrong, with its line")]
        pub struct $partial { $($field: Option<$kind>,)* }
    };
}

settings!(
    RawServer,
    PartialServer { listen: String, body_bytes_max: u64, request_timeout_ms: u64, drain_ms: u64 }
);
settings!(RawStore, PartialStore { profile: RawProfile, path: PathBuf, url: Option<RawSecret>, readers: u64, writers: u64 });
settings!(RawEvidenceLog, PartialEvidenceLog { folder: Option<PathBuf>, origin: String, key_version: u32, public: bool });
settings!(RawWork, PartialWork { roles: Vec<String>, looks_at_once: u64, deliveries_at_once: u64 });
settings!(RawQuota, PartialQuota { dispute: u8, deadline: u8, routine: u8 });
settings!(
    RawRetention,
    PartialRetention { raw_answers: u32, personal: u32, events: u32, webhook_answers: u32, idempotency: u32 }
);
settings!(RawLog, PartialLog { format: LogFormat, filter: String });

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawSecrets {
    pub master_key_file: PathBuf,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawPages {
    pub open: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawWebhooks {
    pub allow: Vec<String>,
}

/// Where events are published beside the webhooks.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawNats {
    pub url: String,
    pub stream: String,
    pub subject_prefix: String,
    pub source: String,
    #[serde(default)]
    pub secrets: BTreeMap<String, RawSecret>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "read only to refuse what is wrong, with its line")]
pub struct PartialNats {
    url: Option<String>,
    stream: Option<String>,
    subject_prefix: Option<String>,
    source: Option<String>,
    secrets: Option<BTreeMap<String, RawSecret>>,
}

/// What an operator adds to the built-in carriers.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RawCarriers {
    pub sources_dir: Option<PathBuf>,
}

/// The engines of the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RawProfile {
    Sqlite,
    Postgres,
    Cockroach,
    Yugabyte,
}

/// How log lines are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    /// For people.
    Text,
    /// For collectors.
    Json,
}

/// What may differ for a source.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RawSource {
    pub enabled: Option<bool>,
    pub base_url: Option<String>,
    pub sandbox: bool,
    pub interval_ms: Option<u32>,
    pub burst: Option<u32>,
    pub per_day: Option<u32>,
    pub concurrent: Option<u32>,
    pub timeout_ms: Option<u32>,
    pub cost_per_call: Option<String>,
    pub credentials: Vec<String>,
    pub secrets: BTreeMap<String, RawSecret>,
}

/// Where a secret lies. Its text never stands in the settings.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RawSecret {
    Env(String),
    File(PathBuf),
}
