//! A NATS server of our own, that can be killed and started again with all that it has on disk.

use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tempfile::TempDir;

/// Longest wait for anything.
pub const PATIENCE: Duration = Duration::from_mins(1);

/// The server; it is killed when it is dropped.
pub struct NatsServer {
    folder: TempDir,
    port: u16,
    child: Option<Child>,
}

impl NatsServer {
    pub fn new() -> Self {
        // A port that is free now. The server takes it again each time that it starts.
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        Self { folder: tempfile::tempdir().unwrap(), port, child: None }
    }

    pub fn url(&self) -> String {
        format!("nats://127.0.0.1:{}", self.port)
    }

    /// Starts it and waits until it listens.
    pub async fn start(&mut self) {
        let port = self.port.to_string();
        let folder = self.folder.path().display().to_string();
        let arguments = ["-js", "-a", "127.0.0.1", "-p", &port, "-sd", &folder];
        let spawn = |program: &str| {
            Command::new(program)
                .args(arguments)
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()
        };
        // Debian puts it where only root's path leads.
        let child = spawn("nats-server").or_else(|_| spawn("/usr/sbin/nats-server"));
        self.child =
            Some(child.unwrap_or_else(|error| panic!("nats-server: {error}: run `cargo xtask setup`")));
        let listens = async {
            while tokio::net::TcpStream::connect(("127.0.0.1", self.port)).await.is_err() {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(PATIENCE, listens).await.expect("the NATS server does not listen");
    }

    /// SIGKILL.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }
}

impl Drop for NatsServer {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            drop((child.kill(), child.wait()));
        }
    }
}
