//! `waygate store copy`, and backups of a store that replicas share: as they are run, without an address in any argument.

use std::fs;
use std::path::Path;
use std::process::Command;

use super::{Ran, command, finish};
use crate::support::postgres::Database;
use crate::support::{Setup, sample};

fn ran(command: &mut Command) -> Ran {
    finish(command, b"")
}

fn copy(from: &str, to: &str, address: &str) -> Ran {
    ran(command().args(["store", "copy", "--json", "--from", from, "--to", to]).env("ELSEWHERE", address))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_is_moved_to_a_server_backed_up_from_there_and_moved_back() {
    let app = Setup::default().embedded().start().await;
    let sample = sample("ups.track");
    app.register(&sample.order("A-1", "s-1")).await;
    app.submit("A-1", "ups", sample.moving).await;
    app.advance_hours(24).await;
    let at = app.folder.path().to_owned();
    let (file, server) = (at.join("waygate.db"), Database::new().await);
    let file = file.to_str().unwrap();
    let there = copy(file, "postgres:env:ELSEWHERE", &server.address);
    assert_eq!(there.code, Some(0), "{there:?}");
    let there = there.lines().remove(0);
    assert!(there["same"] == true && there["rows"].as_u64().unwrap() > 10, "{there}");
    let again = copy(file, "postgres:env:ELSEWHERE", &server.address);
    assert!(again.wrong().contains("not empty"), "{again:?}");

    let address = at.join("address");
    fs::write(&address, format!("{}\n", server.address)).unwrap();
    let backup = at.join("b.db");
    let mut on_server = command();
    on_server.arg("backup").arg(&backup).env("WAYGATE_STORE_PROFILE", "postgres");
    let made =
        ran(on_server.env("WAYGATE_STORE_URL", &server.address).env("WAYGATE_STORE_PATH", at.join("x.db")));
    assert_eq!(made.code, Some(0), "{made:?}");
    assert!(made.out.contains("master key is not in it"), "{made:?}");

    let back = at.join("back.db");
    let from = format!("postgres:file:{}", address.display());
    let back_again = ran(command().args(["store", "copy", "--from", &from, "--to"]).arg(&back));
    assert_eq!(back_again.code, Some(0), "{back_again:?}");
    assert!(back_again.out.contains("the same: "), "{back_again:?}");
    for copied in [&back, &backup] {
        let same = copy(
            copied.to_str().unwrap(),
            at.join(format!("{}.db", rand::random::<u64>())).to_str().unwrap(),
            "",
        );
        assert_eq!(same.lines()[0]["tables"], there["tables"]);
    }
    // The backup is a store that back-tests read, and a server is not.
    let backtest = |path: &Path, profile: &str| {
        let mut command = command();
        command.args(["backtest", "--policy", "2026-11"]).env("WAYGATE_STORE_PATH", path);
        ran(command.env("WAYGATE_STORE_PROFILE", profile).env("WAYGATE_STORE_URL", &server.address))
    };
    assert!(backtest(&backup, "postgres").wrong().contains("waygate backup FILE"));
    let judged = backtest(&backup, "sqlite");
    assert!(judged.out.contains("1 claims judged again"), "{judged:?}");
}

#[test]
fn an_address_has_no_place_in_a_command_line() {
    for side in ["postgresql://u:hunter2@h/d", "postgres://u:hunter2@h/d", "host=h user=u password=hunter2"] {
        for (from, to) in [(side, "a.db"), ("a.db", side)] {
            let refused = copy(from, to, "");
            assert!(
                refused.wrong().contains("postgres:env:NAME") && !refused.err.contains("hunter2"),
                "{refused:?}"
            );
        }
    }
    for side in
        ["postgres:env:NOWHERE", "postgres:hunter2", "postgres:file:/no/such/file", "postgres:env:ELSEWHERE"]
    {
        let refused = copy(side, "/no/such/folder/a.db", "");
        assert!(!refused.wrong().contains("hunter2"), "{refused:?}");
    }
    assert!(copy("/no/such/a.db", "b.db", "").wrong().contains("there is no database"));
}
