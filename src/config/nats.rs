//! The settings of publishing to NATS.

use super::raw::RawNats;
use super::sources::secret;
use super::{Config, ConfigError, Environment, value};
use crate::stream::NatsSettings;

/// Longest name of a stream, and longest subject prefix, in bytes.
const NAME_BYTES_MAX: usize = 200;

/// Where events are published, if they are.
pub fn nats_settings(config: &Config, env: Environment<'_>) -> Result<Option<NatsSettings>, ConfigError> {
    let RawNats { url, stream, subject_prefix, source, secrets } = &config.nats;
    if url.is_empty() {
        return Ok(None);
    }
    let scheme = url.split_once("://").map(|(scheme, _)| scheme);
    if !matches!(scheme, Some("nats" | "tls")) || url.contains('@') {
        return Err(value(
            "nats.url",
            "nats:// or tls://, a host and a port; credentials stand in nats.secrets",
        ));
    }
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_".contains(c);
    let is_name = |name: &str| !name.is_empty() && name.len() <= NAME_BYTES_MAX && name.chars().all(plain);
    if !is_name(stream) {
        return Err(value("nats.stream", "letters, digits, `-` and `_`"));
    }
    if subject_prefix.len() > NAME_BYTES_MAX || !subject_prefix.split('.').all(is_name) {
        return Err(value(
            "nats.subject_prefix",
            "words of letters, digits, `-` and `_`, with full stops between",
        ));
    }
    if source.is_empty() || source.len() > NAME_BYTES_MAX || !source.chars().all(|c| c.is_ascii_graphic()) {
        return Err(value("nats.source", "a URI reference, such as `waygate` or `https://waygate.example`"));
    }
    for name in secrets.keys() {
        if !["token", "user", "password"].contains(&name.as_str()) {
            return Err(value(
                format!("nats.secrets.{name}"),
                "the secrets are `token`, or `user` and `password`",
            ));
        }
    }
    let of = |name: &str| secret(&format!("WAYGATE_NATS_{}", name.to_uppercase()), secrets.get(name), env);
    let login = match (of("user")?, of("password")?) {
        (Some(user), Some(password)) => {
            Some((secrecy::ExposeSecret::expose_secret(&user).to_owned(), password))
        }
        (None, None) => None,
        _ => return Err(value("nats.secrets", "`user` and `password` go together")),
    };
    let settings = NatsSettings {
        url: url.clone(),
        stream: stream.clone(),
        subject_prefix: subject_prefix.clone(),
        source: source.clone(),
        token: of("token")?,
        login,
    };
    Ok(Some(settings))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, env: Environment<'_>) -> Result<Option<NatsSettings>, String> {
        let config = Config::read(Some(("the test", text)), env).map_err(|e| e.to_string())?;
        nats_settings(&config, env).map_err(|e| e.to_string())
    }

    #[test]
    fn nothing_is_published_unless_a_url_is_given() {
        assert!(read("", &|_| None).unwrap().is_none());
        let settings = read("[nats]\nurl = \"nats://127.0.0.1:4222\"", &|_| None).unwrap().unwrap();
        assert_eq!(
            (settings.stream.as_str(), settings.subject_prefix.as_str()),
            ("WAYGATE", "waygate.events")
        );
        assert!(settings.token.is_none() && settings.login.is_none());
    }

    #[test]
    fn credentials_come_from_the_environment_or_a_file_and_never_from_the_url() {
        let env = |name: &str| match name {
            "WAYGATE_NATS_USER" => Some("waygate".to_owned()),
            "SOMEWHERE" => Some("word".to_owned()),
            _ => None,
        };
        let text =
            "[nats]\nurl = \"tls://nats.example:4222\"\n[nats.secrets]\npassword = { env = \"SOMEWHERE\" }";
        let (user, password) = read(text, &env).unwrap().unwrap().login.unwrap();
        assert_eq!((user.as_str(), secrecy::ExposeSecret::expose_secret(&password)), ("waygate", "word"));
        for (text, setting) in [
            ("[nats]\nurl = \"nats://me:word@nats.example\"", "nats.url"),
            ("[nats]\nurl = \"http://nats.example\"", "nats.url"),
            ("[nats]\nurl = \"nats://x\"\nstream = \"a.b\"", "nats.stream"),
            ("[nats]\nurl = \"nats://x\"\nsubject_prefix = \"a.*\"", "nats.subject_prefix"),
            ("[nats]\nurl = \"nats://x\"\nsource = \"\"", "nats.source"),
            ("[nats]\nurl = \"nats://x\"", "nats.secrets"),
        ] {
            let error = read(text, &env).unwrap_err();
            assert!(error.starts_with(setting), "{error}");
        }
    }
}
