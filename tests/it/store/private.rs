//! Between Waygate and the database's server: a private line, to a server that shows a certificate which the system
//! trusts, or none.

use std::path::Path;
use std::process::{Command, Output};

use crate::support::postgres::Server;

/// An authority, the certificate that it gave to a server on this machine, and an authority that gave none.
const CERTIFICATES: &str = r#"
curve="-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes"
openssl req -x509 $curve -days 2 -subj /CN=authority -keyout authority.key -out authority.pem
openssl req -x509 $curve -days 2 -subj /CN=stranger -keyout stranger.key -out stranger.pem
openssl req $curve -subj /CN=localhost -addext subjectAltName=DNS:localhost -addext basicConstraints=CA:FALSE \
  -keyout server.key -out server.csr
openssl x509 -req -in server.csr -CA authority.pem -CAkey authority.key -CAcreateserial -days 2 \
  -copy_extensions copy -out server.pem
"#;

fn listed(folder: &Path, authority: &str, url: &str) -> Output {
    Command::new(env!("CARGO_BIN_EXE_waygate"))
        .args(["keys", "list"])
        .env("WAYGATE_STORE_PROFILE", "postgres")
        .env("WAYGATE_STORE_URL", url)
        .env("SSL_CERT_FILE", folder.join(authority))
        .current_dir(folder)
        .output()
        .unwrap()
}

#[test]
fn a_server_is_believed_by_its_certificate_alone() {
    let folder = tempfile::tempdir().unwrap();
    let made = Command::new("sh").args(["-ec", CERTIFICATES]).current_dir(folder.path()).output().unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let server = Server::private(folder.path(), port);
    let url = |mode: &str| format!("postgresql://waygate:hunter2@localhost:{port}/postgres?sslmode={mode}");

    let trusted = listed(folder.path(), "authority.pem", &url("require"));
    assert!(trusted.status.success(), "{}", String::from_utf8_lossy(&trusted.stderr));
    let strange = listed(folder.path(), "stranger.pem", &url("require"));
    let why = String::from_utf8_lossy(&strange.stderr).into_owned();
    assert!(!strange.status.success() && why.contains("certificate"), "{why}");
    assert!(!why.contains("hunter2"), "{why}");
    let named = listed(folder.path(), "authority.pem", &url("require").replace("localhost", "127.0.0.1"));
    assert!(!named.status.success(), "the certificate is another name's");
    let open = listed(folder.path(), "authority.pem", &url("disable"));
    assert!(open.status.success(), "where it is said so: {}", String::from_utf8_lossy(&open.stderr));
    drop(server);
}
