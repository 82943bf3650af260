//! A gateway whose official sources are all in the sandbox: its settings and its credentials. For the demo and for tests.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use waygate_carriers::contract::PUSH_SECRET;
use waygate_carriers::contract::sandbox::secret;
use waygate_carriers::registry::registry;

use super::imitated;
use crate::config::secret_variable;

/// The credentials that the sandbox takes, under the variables in which a real carrier's are looked for.
pub fn credentials() -> Vec<(String, String)> {
    let secrets =
        registry().sources().flat_map(|s| s.facts().secrets.iter().map(move |name| (s.facts(), name)));
    let pushes = registry().pushes().map(|(_, push)| push.source);
    let pushing = |id: &str| registry().sources().find(|s| s.facts().id.as_str() == id);
    let pushes = pushes.filter_map(pushing).map(|source| (source.facts(), PUSH_SECRET));
    let secrets = secrets.map(|(facts, name)| (facts, name.as_str())).chain(pushes);
    secrets.map(|(facts, name)| (secret_variable(facts, name), secret(name))).collect()
}

/// An environment that holds those credentials and nothing else.
pub fn environment(variable: &str) -> Option<String> {
    credentials().into_iter().find(|(name, _)| name == variable).map(|(_, text)| text)
}

/// Settings with everything in `folder` and on loopback, webhooks included, the named sources in the sandbox and without
/// a pace, all others off.
pub fn settings(folder: &Path, sandbox: SocketAddr, listen: SocketAddr, sources: &[&str]) -> String {
    // A path in a literal TOML string: no character in it means anything else.
    let quoted = |path: PathBuf| format!("'{}'", path.display());
    let mut text = format!(
        "[server]\nlisten = \"{listen}\"\n[store]\npath = {}\n[secrets]\nmaster_key_file = {}\n[webhooks]\nallow = [\"127.0.0.0/8\"]\n",
        quoted(folder.join("waygate.db")),
        quoted(folder.join("waygate.key")),
    );
    for source in imitated() {
        if !sources.contains(&source) {
            text += &format!("[sources.\"{source}\"]\nenabled = false\n");
            continue;
        }
        text += &format!(
            "[sources.\"{source}\"]\nenabled = true\nsandbox = true\nbase_url = \"http://{sandbox}/{source}\"\ninterval_ms = 1\nburst = 1000\nper_day = 1000000\nconcurrent = 16\n"
        );
    }
    text
}
