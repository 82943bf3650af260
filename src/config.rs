//! Settings: defaults compiled in, then a file, then the environment. What is written is refused where it means
//! nothing; what is kept is checked.

mod declared;
mod nats;
mod raw;
mod retention;
mod roles;
mod sources;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use ipnet::IpNet;
use secrecy::SecretString;

pub use declared::registry_of;
pub use nats::nats_settings;
pub use raw::LogFormat;
use raw::{Raw, RawProfile};
pub use retention::RetentionDays;
pub use roles::{ReplicaRole, Roles};
pub use sources::{push_secrets, secret_variable, source_setups};

use crate::fetch::Shares;
use crate::store::postgres::Profile;

/// The defaults, as they are documented.
pub const DEFAULTS: &str = include_str!("../config/waygate.toml");

/// The environment's variable that names the folder of the operator's own sources.
pub const SOURCES_DIR_VARIABLE: &str = "WAYGATE_SOURCES_DIR";
/// The environment's variable that names the roles of this process, with commas between them.
pub const ROLES_VARIABLE: &str = "WAYGATE_ROLES";
/// The environment's variable in which the database server's address is looked for.
pub const STORE_URL_VARIABLE: &str = "WAYGATE_STORE_URL";
/// Longest name of the evidence log, in bytes.
const ORIGIN_BYTES_MAX: usize = 200;

/// Longest time for balancers, in milliseconds.
const DRAIN_MS_MAX: u64 = 600_000;

/// Where the environment's variables come from; a map in tests.
pub type Environment<'a> = &'a dyn Fn(&str) -> Option<String>;

/// Why the settings were refused.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// A file could not be read.
    #[error("{}: {error}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What happened.
        error: std::io::Error,
    },
    /// A setting is unknown, missing, or of the wrong kind.
    #[error("{file}: {message}")]
    Syntax {
        /// Which settings.
        file: String,
        /// What is wrong, with the line.
        message: String,
    },
    /// A setting has a value that cannot be.
    #[error("{setting}: {message}")]
    Value {
        /// Which setting.
        setting: String,
        /// What it must be.
        message: String,
    },
}

fn value(setting: impl Into<String>, message: impl Into<String>) -> ConfigError {
    ConfigError::Value { setting: setting.into(), message: message.into() }
}

/// How the API listens.
#[derive(Debug, Clone)]
pub struct ServerConfig {
    /// Address and port.
    pub listen: SocketAddr,
    /// Longest request body, in bytes.
    pub body_bytes_max: usize,
    /// Longest time for one request, in milliseconds.
    pub request_timeout_ms: u64,
    /// How long requests are still taken after `/readyz` has said that no more should be sent, in milliseconds.
    pub drain_ms: u64,
}

/// Where things are remembered.
#[derive(Debug, Clone)]
pub struct StoreConfig {
    /// The database file of the embedded store.
    pub path: PathBuf,
    /// The database server and its address; none for the embedded store.
    pub server: Option<(Profile, SecretString)>,
    /// Threads or connections that read.
    pub readers: usize,
    /// Connections that write.
    pub writers: usize,
}

/// The evidence log.
#[derive(Debug, Clone)]
pub struct EvidenceLogConfig {
    /// Where its files lie.
    pub folder: PathBuf,
    /// Its name.
    pub origin: String,
    /// Which of its keys signs.
    pub key_version: u32,
    /// Whether it may be read without a key.
    pub public: bool,
}

/// How much is done at the same time.
#[derive(Debug, Clone, Copy)]
pub struct WorkConfig {
    /// Which part of the work is done here.
    pub roles: Roles,
    /// Sources asked at the same time.
    pub looks_at_once: usize,
    /// Webhooks under way at the same time.
    pub deliveries_at_once: usize,
}

/// How logs are written.
#[derive(Debug, Clone)]
pub struct LogConfig {
    /// Text or JSON.
    pub format: LogFormat,
    /// Which lines.
    pub filter: String,
}

/// All settings, checked.
#[derive(Debug, Clone)]
pub struct Config {
    /// The API.
    pub server: ServerConfig,
    /// The store.
    pub store: StoreConfig,
    /// The evidence log.
    pub evidence_log: EvidenceLogConfig,
    /// The file that holds the master key.
    pub master_key_file: PathBuf,
    /// Whether the page asks for no key.
    pub pages_open: bool,
    /// Networks that webhooks may reach although they are not public.
    pub webhook_allow: Vec<IpNet>,
    /// Concurrency.
    pub work: WorkConfig,
    /// Logs.
    pub log: LogConfig,
    /// The folder with the operator's own sources.
    pub sources_dir: Option<PathBuf>,
    /// How much of a source's day each urgency may use.
    pub shares: Shares,
    /// For how many days things are kept.
    pub retention: RetentionDays,
    sources: std::collections::BTreeMap<String, raw::RawSource>,
    nats: raw::RawNats,
}

impl Config {
    /// The defaults, then `file`, then the environment.
    pub fn load(file: Option<&Path>, env: Environment<'_>) -> Result<Self, ConfigError> {
        let Some(path) = file else { return Self::read(None, env) };
        let text = std::fs::read_to_string(path)
            .map_err(|error| ConfigError::File { path: path.to_owned(), error })?;
        Self::read(Some((&path.display().to_string(), &text)), env)
    }

    /// The defaults, then a named text, then the environment.
    pub fn read(over: Option<(&str, &str)>, env: Environment<'_>) -> Result<Self, ConfigError> {
        let mut settings = parse("the defaults", DEFAULTS)?;
        if let Some((name, text)) = over {
            merge(&mut settings, parse(name, text)?);
        }
        for (variable, table, setting) in [
            ("WAYGATE_LISTEN", "server", "listen"),
            ("WAYGATE_STORE_PATH", "store", "path"),
            ("WAYGATE_STORE_PROFILE", "store", "profile"),
            ("WAYGATE_MASTER_KEY_FILE", "secrets", "master_key_file"),
            (SOURCES_DIR_VARIABLE, "carriers", "sources_dir"),
        ] {
            if let Some(text) = env(variable) {
                let over = toml::Table::from_iter([(setting.to_owned(), toml::Value::String(text))]);
                merge(&mut settings, toml::Table::from_iter([(table.to_owned(), toml::Value::Table(over))]));
            }
        }
        if let Some(text) = env(ROLES_VARIABLE) {
            let names = text.split(',').map(str::trim).filter(|_| !text.trim().is_empty());
            let roles = names.map(|name| toml::Value::String(name.to_owned())).collect();
            let over = toml::Table::from_iter([("roles".to_owned(), toml::Value::Array(roles))]);
            merge(&mut settings, toml::Table::from_iter([("work".to_owned(), toml::Value::Table(over))]));
        }
        let raw: Raw = settings
            .try_into()
            .map_err(|e| ConfigError::Syntax { file: "the settings".to_owned(), message: e.to_string() })?;
        Self::validate(raw, env)
    }

    fn validate(raw: Raw, env: Environment<'_>) -> Result<Self, ConfigError> {
        let listen = raw
            .server
            .listen
            .parse()
            .map_err(|_| value("server.listen", "an address and a port, e.g. 127.0.0.1:8080"))?;
        let webhook_allow = raw
            .webhooks
            .allow
            .iter()
            .map(|net| net.parse().map_err(|_| value("webhooks.allow", format!("`{net}` is not a network"))))
            .collect::<Result<_, _>>()?;
        for (setting, number, most) in [
            ("server.body_bytes_max", raw.server.body_bytes_max, 64 << 20),
            ("server.request_timeout_ms", raw.server.request_timeout_ms, 600_000),
            ("store.readers", raw.store.readers, 64),
            ("store.writers", raw.store.writers, 256),
            ("work.looks_at_once", raw.work.looks_at_once, 1_024),
            ("work.deliveries_at_once", raw.work.deliveries_at_once, 1_024),
        ] {
            if number == 0 || number > most {
                return Err(value(setting, format!("from 1 to {most}")));
            }
        }
        if raw.server.drain_ms > DRAIN_MS_MAX {
            return Err(value("server.drain_ms", format!("from 0 to {DRAIN_MS_MAX}")));
        }
        let log = raw.evidence_log;
        let is_name = |c: char| c.is_ascii_graphic() && c != '+';
        if log.origin.is_empty() || !log.origin.chars().all(is_name) || log.origin.len() > ORIGIN_BYTES_MAX {
            return Err(value(
                "evidence_log.origin",
                format!("up to {ORIGIN_BYTES_MAX} letters, digits and signs without spaces and `+`"),
            ));
        }
        if log.key_version == 0 {
            return Err(value("evidence_log.key_version", "from 1 on"));
        }
        let evidence_log = EvidenceLogConfig {
            folder: log.folder.unwrap_or_else(|| raw.store.path.with_file_name("log")),
            origin: log.origin,
            key_version: log.key_version,
            public: log.public,
        };
        let size = |n: u64| usize::try_from(n).unwrap_or(usize::MAX);
        let server = server(&raw.store, env)?;
        Ok(Self {
            server: ServerConfig {
                listen,
                body_bytes_max: size(raw.server.body_bytes_max),
                request_timeout_ms: raw.server.request_timeout_ms,
                drain_ms: raw.server.drain_ms,
            },
            store: StoreConfig {
                path: raw.store.path,
                server,
                readers: size(raw.store.readers),
                writers: size(raw.store.writers),
            },
            evidence_log,
            master_key_file: raw.secrets.master_key_file,
            pages_open: raw.pages.open,
            webhook_allow,
            work: WorkConfig {
                roles: Roles::named(raw.work.roles.iter().map(String::as_str))?,
                looks_at_once: size(raw.work.looks_at_once),
                deliveries_at_once: size(raw.work.deliveries_at_once),
            },
            log: LogConfig { format: raw.log.format, filter: raw.log.filter },
            sources_dir: raw.carriers.sources_dir,
            shares: shares(&raw.quota_percent)?,
            retention: RetentionDays::validate(&raw.retention)?,
            sources: raw.sources,
            nats: raw.nats,
        })
    }
}

/// The database server that the settings name.
fn server(raw: &raw::RawStore, env: Environment<'_>) -> Result<Option<(Profile, SecretString)>, ConfigError> {
    let profile = match raw.profile {
        RawProfile::Sqlite => return Ok(None),
        RawProfile::Postgres => Profile::Postgres,
        RawProfile::Cockroach => Profile::Cockroach,
        RawProfile::Yugabyte => Profile::Yugabyte,
    };
    let missing = || value("store.url", format!("this profile needs an address: set {STORE_URL_VARIABLE}"));
    let url = sources::secret(STORE_URL_VARIABLE, raw.url.as_ref(), env)?.ok_or_else(missing)?;
    Ok(Some((profile, url)))
}

fn shares(raw: &raw::RawQuota) -> Result<Shares, ConfigError> {
    let shares = Shares { dispute: raw.dispute, deadline: raw.deadline, routine: raw.routine };
    let rising = [0, shares.routine, shares.deadline, shares.dispute, 100];
    if shares.routine == 0 || !rising.is_sorted() {
        let message = "from 1 to 100, `routine` at most `deadline`, and that at most `dispute`";
        return Err(value("quota_percent", message));
    }
    Ok(shares)
}

fn parse(file: &str, text: &str) -> Result<toml::Table, ConfigError> {
    // Read twice: once as settings for errors that name the line, once as a table to be merged.
    let wrong = |e: toml::de::Error| ConfigError::Syntax { file: file.to_owned(), message: e.to_string() };
    toml::from_str::<raw::Partial>(text).map_err(wrong)?;
    text.parse().map_err(wrong)
}

fn merge(base: &mut toml::Table, over: toml::Table) {
    for (key, value) in over {
        match (base.get_mut(&key), value) {
            (Some(toml::Value::Table(base)), toml::Value::Table(over)) => merge(base, over),
            (_, value) => {
                base.insert(key, value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nothing(_: &str) -> Option<String> {
        None
    }

    fn with_file(text: &str) -> Result<Config, ConfigError> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), text).unwrap();
        Config::load(Some(file.path()), &nothing)
    }

    #[test]
    fn the_defaults_hold_by_themselves() {
        let config = Config::load(None, &nothing).unwrap();
        assert_eq!(config.server.listen.to_string(), "127.0.0.1:8080");
        assert!(!config.pages_open);
    }

    #[test]
    fn a_file_changes_only_what_it_names_and_the_environment_goes_before_it() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "[server]\nlisten = \"127.0.0.1:1\"\n[store]\npath = \"a.db\"\n")
            .unwrap();
        let env = |name: &str| (name == "WAYGATE_LISTEN").then(|| "127.0.0.1:2".to_owned());
        let config = Config::load(Some(file.path()), &env).unwrap();
        assert_eq!(config.server.listen.port(), 2);
        assert_eq!(config.store.path, PathBuf::from("a.db"));
        assert_eq!(config.store.readers, 2);
    }

    #[test]
    fn a_database_server_is_named_by_its_engine_and_its_address_is_a_secret() {
        let url = "postgresql://waygate:hunter2@db.example/waygate";
        let env = |name: &str| (name == STORE_URL_VARIABLE).then(|| url.to_owned());
        let read = |text: &str, env: Environment<'_>| Config::read(Some(("the test", text)), env);
        let config = read("[store]\nprofile = \"cockroach\"", &env).unwrap();
        assert!(matches!(config.store.server, Some((Profile::Cockroach, _))));
        assert!(!format!("{config:?}").contains("hunter2"));
        assert!(read("[store]\nwriters = 4", &env).unwrap().store.server.is_none(), "embedded by default");
        let elsewhere = "[store]\nprofile = \"postgres\"\nurl = { env = \"ELSEWHERE\" }";
        for text in ["[store]\nprofile = \"postgres\"", elsewhere] {
            let error = read(text, &nothing).unwrap_err().to_string();
            assert!(error.starts_with("store.url"), "{error}");
        }
    }

    #[test]
    fn an_unknown_setting_is_refused_with_its_line() {
        let error = with_file("[server]\nlisten = \"127.0.0.1:1\"\nlisen = 1\n").unwrap_err().to_string();
        assert!(error.contains("line 3"), "{error}");
    }

    #[test]
    fn a_value_that_cannot_be_is_refused_by_name() {
        for (text, setting) in [
            ("[server]\nlisten = \"here\"", "server.listen"),
            ("[server]\nbody_bytes_max = 0", "server.body_bytes_max"),
            ("[server]\ndrain_ms = 600_001", "server.drain_ms"),
            ("[webhooks]\nallow = [\"10.0.0.0/99\"]", "webhooks.allow"),
            ("[quota_percent]\nroutine = 91", "quota_percent"),
            ("[quota_percent]\nroutine = 0", "quota_percent"),
            ("[retention]\nraw_answers = 119", "retention.raw_answers"),
            ("[retention]\npersonal = 0", "retention.personal"),
            ("[retention]\nidempotency = 36501", "retention.idempotency"),
            ("[retention]\nidempotency = 366", "retention.idempotency"),
        ] {
            let error = with_file(text).unwrap_err().to_string();
            assert!(error.starts_with(setting), "{error}");
        }
    }
}
