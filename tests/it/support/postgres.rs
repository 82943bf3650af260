//! A PostgreSQL server for the tests: started for the first that asks, on a socket in a folder of its own, and ended with
//! the tests, however they end. Each test has a schema of its own. Benchmarks use it too, with a server that waits for the
//! disk.

use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use secrecy::SecretString;
use tokio_postgres::{Client, NoTls};

/// Where Debian keeps each version's programs.
const VERSIONS: &str = "/usr/lib/postgresql";
/// Whom the server runs as, where the tests run as root: it refuses to be root.
const USER: &str = "postgres";

/// What tests write need not outlive them, so that no disk is waited for.
const FORGETFUL: &str = "-c listen_addresses= -c fsync=off -c synchronous_commit=off -c full_page_writes=off";

/// What every server is set to.
const COMMON: &str = "-c max_connections=400 -c deadlock_timeout=100ms";

/// Starts the server, tells when it is there, and ends it when whoever started it is gone: then its input ends, which
/// alone ends it.
const SCRIPT: &str = r#"
set -eu
trap "" TERM INT HUP
cd "$2"
"$1/initdb" -D data -U waygate -A trust -E UTF8 --locale=C --no-sync > init.log 2>&1 || { cat init.log; exit 1; }
options="-c unix_socket_directories=$2 $3"
"$1/pg_ctl" -D data -w -s -l server.log -o "$options" start || { cat server.log; exit 1; }
echo ready
cat > /dev/null
"$1/pg_ctl" -D data -m immediate -s stop || true
rm -rf "$2"
"#;

/// A server that runs.
pub struct Server {
    folder: PathBuf,
    options: String,
    /// As long as its input is open, the server runs.
    _running: Child,
}

/// The folder of the server's programs.
fn programs() -> PathBuf {
    let mut versions: Vec<PathBuf> = std::fs::read_dir(VERSIONS)
        .map(|folders| folders.flatten().map(|folder| folder.path().join("bin")).collect())
        .unwrap_or_default();
    let path = std::env::var_os("PATH").unwrap_or_default();
    versions.extend(std::env::split_paths(&path));
    versions.sort_by_key(|folder| std::cmp::Reverse(version(folder)));
    let found =
        versions.into_iter().find(|folder| folder.join("initdb").exists() && folder.join("pg_ctl").exists());
    found.expect(
        "PostgreSQL is not there: `cargo xtask setup` installs it (Debian: apt-get install postgresql)",
    )
}

/// The version in a path such as `/usr/lib/postgresql/15/bin`.
fn version(folder: &Path) -> Option<u32> {
    folder.parent()?.file_name()?.to_str()?.parse().ok()
}

/// The user that the server runs as, with its group; none where the tests are nobody special.
fn user() -> Option<(u32, u32)> {
    let id = |arguments: &[&str]| -> u32 {
        let said = Command::new("id").args(arguments).output().unwrap().stdout;
        String::from_utf8(said).unwrap().trim().parse().unwrap()
    };
    (id(&["-u"]) == 0).then(|| (id(&["-u", USER]), id(&["-g", USER])))
}

fn give(path: &Path) {
    if let Some((user, group)) = user() {
        std::os::unix::fs::chown(path, Some(user), Some(group)).unwrap();
    }
}

/// A command that runs as the server's user.
fn as_user(program: &str) -> Command {
    if user().is_none() {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    command.args(["--reuid", USER, "--regid", USER, "--clear-groups", program]);
    command
}

impl Server {
    /// One of its own that waits for the disk, on a socket, to be stopped and started again.
    pub fn durable() -> Self {
        Self::start("-c listen_addresses=")
    }

    /// How to connect to a server of one's own.
    pub fn address(&self) -> String {
        format!("host={} user=waygate dbname=postgres", self.folder.display())
    }

    /// Stops it: `immediate` is as if its machine had lost power, but for the disk's own memory.
    pub fn stop(&self, mode: &str) {
        self.control(&["-m", mode, "stop"]);
    }

    /// Starts it again on the same data.
    pub fn start_again(&self) {
        let options = format!("-c unix_socket_directories={} {}", self.folder.display(), self.options);
        self.control(&["-w", "-l", "server.log", "-o", &options, "start"]);
    }

    fn control(&self, arguments: &[&str]) {
        let mut command = as_user(programs().join("pg_ctl").to_str().unwrap());
        command.args(["-D", "data", "-s"]).args(arguments).current_dir(&self.folder).stdin(Stdio::null());
        assert!(command.status().unwrap().success(), "pg_ctl {arguments:?}");
    }

    fn start(options: &str) -> Self {
        let options = format!("{COMMON} {options}");
        let folder = tempfile::tempdir().unwrap().keep();
        give(&folder);
        let mut command = as_user("sh");
        command.args(["-c", SCRIPT, "sh"]).arg(programs()).arg(&folder).arg(&options);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut said = String::new();
        for line in BufReader::new(child.stdout.take().unwrap()).lines() {
            let line = line.unwrap();
            if line == "ready" {
                return Self { folder, options, _running: child };
            }
            writeln!(said, "{line}").unwrap();
        }
        child.wait().unwrap();
        panic!("PostgreSQL did not start:\n{said}");
    }

    /// One of its own on a port of this machine, that shows the certificate in this folder.
    pub fn private(certificates: &Path, port: u16) -> Self {
        let file = |name: &str| certificates.join(name).display().to_string();
        give(certificates);
        give(&certificates.join("server.key"));
        let options = format!(
            "{FORGETFUL} -c listen_addresses=127.0.0.1 -c port={port} -c ssl=on -c ssl_cert_file={} -c ssl_key_file={}",
            file("server.pem"),
            file("server.key")
        );
        Self::start(&options)
    }
}

/// A schema that nobody else has, in a server that is there.
#[derive(Clone)]
pub struct Database {
    /// How to connect to it.
    pub address: String,
}

impl Database {
    /// A new one.
    pub async fn new() -> Self {
        Self::with(FORGETFUL).await
    }

    /// A new one; the first says how the server is set.
    pub async fn with(options: &str) -> Self {
        static SERVER: OnceLock<Server> = OnceLock::new();
        static SCHEMAS: AtomicU64 = AtomicU64::new(0);
        let folder = SERVER.get_or_init(|| Server::start(options)).folder.display();
        let schema = format!("t{}", SCHEMAS.fetch_add(1, Ordering::Relaxed));
        let address = format!(
            "host={folder} user=waygate dbname=postgres application_name={schema} options='-c search_path={schema}'"
        );
        let database = Self { address };
        database.client().await.batch_execute(&format!("CREATE SCHEMA {schema}")).await.unwrap();
        database
    }

    /// The address as the settings hold it.
    pub fn url(&self) -> SecretString {
        SecretString::from(self.address.clone())
    }

    /// A look at the tables past the store.
    pub async fn client(&self) -> Client {
        let (client, connection) = tokio_postgres::connect(&self.address, NoTls).await.unwrap();
        tokio::spawn(connection);
        client
    }

    /// A number from the tables.
    pub async fn number(&self, sql: &str) -> i64 {
        self.client().await.query_one(sql, &[]).await.unwrap().get(0)
    }
}
