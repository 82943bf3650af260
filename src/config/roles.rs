//! Which part of the work this process does. All of it, unless told otherwise: several processes on one store may divide it.

use std::fmt;

use super::{ConfigError, value};

/// The setting.
const SETTING: &str = "work.roles";

/// A part of the work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReplicaRole {
    /// Serves the API, the pages and the event streams, and seals the evidence log that they show.
    Api,
    /// Asks official sources, and judges.
    Poller,
    /// Tells: webhooks, notices about endpoints, NATS.
    Webhooks,
    /// Fires the timers of orders and sellers, and forgets what has been kept for its time.
    Timers,
}

impl ReplicaRole {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Api, Self::Poller, Self::Webhooks, Self::Timers];

    /// Its name in the settings.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Api => "api",
            Self::Poller => "poller",
            Self::Webhooks => "webhooks",
            Self::Timers => "timers",
        }
    }
}

/// The parts that this process does: at least one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Roles([bool; ReplicaRole::ALL.len()]);

impl Roles {
    /// All of them.
    pub const ALL: Self = Self([true; ReplicaRole::ALL.len()]);

    /// Those that are named, each once.
    pub fn named<'a>(names: impl IntoIterator<Item = &'a str>) -> Result<Self, ConfigError> {
        let mut roles = Self([false; ReplicaRole::ALL.len()]);
        for name in names {
            let Some(role) = ReplicaRole::ALL.into_iter().find(|role| role.as_str() == name) else {
                return Err(value(SETTING, format!("`{name}` is no role; there are {}", Self::ALL)));
            };
            if std::mem::replace(&mut roles.0[role as usize], true) {
                return Err(value(SETTING, format!("`{name}` is named twice")));
            }
        }
        if !roles.0.contains(&true) {
            return Err(value(SETTING, format!("at least one of {}", Self::ALL)));
        }
        Ok(roles)
    }

    /// Whether this part is done here.
    pub fn has(self, role: ReplicaRole) -> bool {
        self.0[role as usize]
    }

    /// Whether all of the work is done here, so that nobody else makes something due that nobody here is told of.
    pub fn is_all(self) -> bool {
        self == Self::ALL
    }
}

impl fmt::Display for Roles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut separator = "";
        for role in ReplicaRole::ALL.into_iter().filter(|role| self.has(*role)) {
            write!(f, "{separator}{}", role.as_str())?;
            separator = ", ";
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    fn read(text: &str, variable: Option<&str>) -> Result<Roles, ConfigError> {
        let env = |name: &str| variable.filter(|_| name == crate::config::ROLES_VARIABLE).map(str::to_owned);
        Config::read(Some(("the test", text)), &env).map(|config| config.work.roles)
    }

    #[test]
    fn a_replica_does_everything_unless_told_otherwise() {
        assert!(read("", None).unwrap().is_all());
        assert_eq!(Roles::ALL.to_string(), "api, poller, webhooks, timers");
    }

    #[test]
    fn the_file_names_the_roles_and_the_environment_goes_before_it() {
        let file = "[work]\nroles = [\"poller\", \"api\"]";
        assert_eq!(read(file, None).unwrap().to_string(), "api, poller");
        assert_eq!(read(file, Some("timers, webhooks")).unwrap().to_string(), "webhooks, timers");
        assert_eq!(read("", Some("poller")).unwrap().to_string(), "poller");
    }

    #[test]
    fn what_is_no_set_of_roles_is_refused_by_name() {
        for (file, variable, why) in [
            ("[work]\nroles = []", None, "at least one of api, poller, webhooks, timers"),
            (
                "[work]\nroles = [\"poller\", \"pollers\"]",
                None,
                "`pollers` is no role; there are api, poller",
            ),
            ("[work]\nroles = [\"api\", \"timers\", \"api\"]", None, "`api` is named twice"),
            ("", Some(""), "at least one"),
            ("", Some("api,,timers"), "`` is no role"),
            ("", Some("API"), "`API` is no role"),
        ] {
            let error = read(file, variable).unwrap_err().to_string();
            assert!(error.starts_with("work.roles: ") && error.contains(why), "{error}");
        }
    }
}
