//! What the tests need beside Rust: a browser for the page, PostgreSQL for the store, Node.js and Python for the
//! libraries that the tests ask, a NATS server to publish to, cargo-deny for the dependencies' licences. Each is brought
//! in only where it is missing.

use std::fs;
use std::path::{Path, PathBuf};

use crate::command::{Run, cargo, is_there, program, root};
use crate::{Outcome, say};

/// The oldest Node.js whose module loading the consumers rely on.
const NODE_MAJOR_MIN: u32 = 20;
/// cargo-deny's version, so that a check means the same everywhere.
const CARGO_DENY: &str = "0.20.2";
/// Names under which a browser is looked for.
const BROWSERS: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/// Brings in everything.
pub fn run() -> Outcome {
    system()?;
    javascript()?;
    python()?;
    if cargo(["deny", "--version"]).succeeds() {
        return Ok(());
    }
    say(&format!("setup: cargo-deny {CARGO_DENY}"));
    cargo(["install", "cargo-deny", "--locked", "--version", CARGO_DENY]).run()
}

/// The system's packages: with apt as root, else by naming what is missing.
fn system() -> Outcome {
    let mut missing = Vec::new();
    if !BROWSERS.into_iter().any(is_there) {
        missing.extend(["chromium", "fonts-dejavu-core"]);
    }
    if !is_there("node") {
        missing.push("nodejs");
    }
    if !is_there("npm") {
        missing.push("npm");
    }
    if !is_there("php") {
        missing.push("php-cli");
    }
    if !is_there("python3") {
        missing.push("python3");
    }
    if !program("python3", ["-c", "import ensurepip, venv"]).succeeds() {
        missing.push("python3-venv");
    }
    if !has_postgresql() {
        missing.push("postgresql");
    }
    if !["nats-server", "/usr/sbin/nats-server"].into_iter().any(is_there) {
        missing.push("nats-server");
    }
    if !missing.is_empty() {
        let packages = missing.join(" ");
        if !is_there("apt-get") || !is_root() {
            return Err(format!("these are missing; please install them (Debian's names): {packages}"));
        }
        say(&format!("setup: {packages}"));
        apt_get("update", &[])?;
        apt_get("install", &missing)?;
    }
    let version = program("node", ["--version"]).text()?;
    let major = version.trim().trim_start_matches('v').split('.').next().and_then(|major| major.parse().ok());
    if major.is_none_or(|major: u32| major < NODE_MAJOR_MIN) {
        return Err(format!("Node.js {NODE_MAJOR_MIN} or newer is needed, this is {}", version.trim()));
    }
    Ok(())
}

/// Whether the database server's programs are there; Debian keeps them out of the path.
fn has_postgresql() -> bool {
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    is_there("initdb") || versions.into_iter().any(|version| version.path().join("bin/initdb").exists())
}

fn is_root() -> bool {
    program("id", ["-u"]).text().is_ok_and(|id| id.trim() == "0")
}

fn apt_get(action: &str, packages: &[&str]) -> Outcome {
    let mut command = program("apt-get", ["-qq", "-y", "--no-install-recommends", action]);
    command.args(packages).env("DEBIAN_FRONTEND", "noninteractive").run()
}

/// The public JavaScript libraries that the tests ask: receivers of webhooks, and second opinions on numbers.
fn javascript() -> Outcome {
    for name in ["consumers", "oracles"] {
        let folder = root().join("tests").join(name);
        let stamp = folder.join("node_modules/.waygate-installed");
        installed_once(&[folder.join("package-lock.json")], &stamp, || {
            say(&format!("setup: JavaScript libraries of tests/{name}"));
            program("npm", ["ci", "--no-audit", "--no-fund", "--silent"]).current_dir(&folder).run()
        })?;
    }
    Ok(())
}

/// The same for Python, in an environment of their own.
fn python() -> Outcome {
    let wanted =
        ["consumers", "oracles"].map(|name| root().join("tests").join(name).join("requirements.txt"));
    let environment = root().join("target/consumers-venv");
    installed_once(&wanted, &environment.join(".waygate-installed"), || {
        say("setup: Python libraries of the tests");
        program("python3", ["-m", "venv", "target/consumers-venv"]).run()?;
        let pip = environment.join("bin/pip").display().to_string();
        // aics-tlog asks for Python 3.12 and needs nothing that 3.11 has not.
        let anyway = "--ignore-requires-python";
        let quietly = ["install", "-q", "--disable-pip-version-check", "--require-hashes", anyway];
        wanted.iter().try_for_each(|file| program(&pip, quietly).arg("-r").arg(file).run())
    })
}

/// Installs what some files ask for, unless the stamp says that exactly this was installed.
fn installed_once(wanted: &[PathBuf], stamp: &Path, install: impl FnOnce() -> Outcome) -> Outcome {
    let read =
        |file: &PathBuf| fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()));
    let asked = wanted.iter().map(read).collect::<Result<String, _>>()?;
    if fs::read_to_string(stamp).is_ok_and(|installed| installed == asked) {
        return Ok(());
    }
    install()?;
    fs::write(stamp, asked).map_err(|error| format!("{}: {error}", stamp.display()))
}
