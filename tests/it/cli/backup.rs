//! `waygate backup` and `waygate restore`: beside a running gateway, over damaged files, and a gateway that goes on from
//! what was restored.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use waygate::domain::log::{Checkpoint, Hash, verify_consistency};

use super::{Ran, command, finish};
use crate::support::{Setup, TestApp, sample};

/// Settings that name a database, and a log's folder.
fn settings(folder: &Path, database: &Path, log: &Path) -> PathBuf {
    let path = folder.join(format!("{}.toml", database.file_name().unwrap().display()));
    let text = format!(
        "[server]\nlisten = '127.0.0.1:0'\n[store]\npath = '{}'\n[evidence_log]\nfolder = '{}'\n[secrets]\nmaster_key_file = '{}'\n",
        database.display(),
        log.display(),
        folder.join("waygate.key").display()
    );
    fs::write(&path, text).unwrap();
    path
}

fn waygate(arguments: &[&str], file: &Path, config: Option<&Path>) -> Ran {
    let mut command = command();
    command.args(arguments).arg(file);
    if let Some(config) = config {
        command.arg("--config").arg(config);
    }
    finish(&mut command, b"")
}

fn beside(file: &Path, end: &str) -> PathBuf {
    PathBuf::from(format!("{}{end}", file.display()))
}

/// What a signed head says.
fn said(note: &str) -> Checkpoint {
    let (text, _) = note.split_once("\n\n").unwrap();
    Checkpoint::parse(&format!("{text}\n")).unwrap()
}

async fn head(app: &TestApp) -> Checkpoint {
    said(&app.anonymous().get("/log/checkpoint").await.text())
}

async fn lived() -> (TestApp, String) {
    let app = Setup::default().embedded().start().await;
    let sample = sample("ups.track");
    app.register(&sample.order("A-1", "s-1")).await;
    let shipment = app.submit("A-1", "ups", sample.moving).await;
    app.advance_hours(24 * 2).await;
    app.run_until_idle().await;
    (app, shipment)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_gateway_goes_on_from_a_backup_that_was_made_beside_it() {
    let (app, shipment) = lived().await;
    let (at, database) = (app.folder.path().to_owned(), app.folder.path().join("waygate.db"));
    let config = settings(&at, &database, &at.join("log"));
    let file = at.join("b.db");
    let made = waygate(&["backup", "--json"], &file, Some(&config));
    assert_eq!(made.code, Some(0), "{made:?}");
    let made = made.lines().remove(0);
    let backed = said(made["signed_head"].as_str().unwrap());
    assert_eq!(backed, head(&app).await);
    assert!(backed.size > 1 && made["log"]["size"] == json!(backed.size));
    assert_eq!(made["log"]["root"], json!(backed.root));
    let document: Value = serde_json::from_slice(&fs::read(beside(&file, ".json")).unwrap()).unwrap();
    for name in ["rows", "tables", "log", "signed_head", "made_at"] {
        assert_eq!(document[name], made[name], "{name}");
    }
    for path in [file.clone(), beside(&file, ".json")] {
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600, "{}", path.display());
    }
    for end in ["-wal", "-shm", "-journal", ".partial", ".json.partial"] {
        assert!(!beside(&file, end).exists(), "{end}");
    }
    assert!(waygate(&["backup"], &file, Some(&config)).wrong().contains("is there already"));
    // A store that is in use takes no backup.
    assert!(waygate(&["restore"], &file, Some(&config)).wrong().contains("not empty"));

    // The gateway goes on, and dies; another one begins with what was backed up and no file of the log.
    let before = app.verdict(&shipment).await;
    app.advance_hours(24 * 3).await;
    app.run_until_idle().await;
    assert!(head(&app).await.size > backed.size);
    let ahead = at.join("log-ahead");
    let app = app
        .restart_after(|at| {
            for end in ["", "-wal", "-shm"] {
                let _ = fs::remove_file(beside(&database, end));
            }
            fs::rename(at.join("log"), &ahead).unwrap();
            let restored = waygate(&["restore"], &file, Some(&config));
            assert_eq!(restored.code, Some(0), "{restored:?}");
            assert!(
                restored.out.contains("written anew") && restored.out.contains("master key"),
                "{restored:?}"
            );
        })
        .await;
    assert_eq!(app.verdict(&shipment).await, before);
    app.advance_hours(24 * 3).await;
    app.run_until_idle().await;
    let now = head(&app).await;
    assert!(now.size > backed.size, "the restored gateway works");
    let path = format!("/v1/log/proof/consistency?from={}&to={}", backed.size, now.size);
    let proof: Vec<Hash> =
        serde_json::from_value(app.anonymous().get(&path).await.ok()["proof"].clone()).unwrap();
    assert!(verify_consistency((backed.size, backed.root), (now.size, now.root), &proof));

    // With the files as they were, the log is ahead: the restore says so, and the start refuses.
    let config = settings(&at, &at.join("other.db"), &ahead);
    let restored = waygate(&["restore", "--json"], &file, Some(&config));
    assert_eq!((restored.code, &restored.lines()[0]["log_files"]), (Some(0), &json!("stop")), "{restored:?}");
    let told = restored.lines()[0]["log_told"].as_str().unwrap().to_owned();
    assert!(told.contains("ahead") && told.contains("evidence_log.origin"), "{told}");
    let served = finish(command().args(["serve", "--config"]).arg(&config), b"");
    assert!(served.wrong().contains("older than its log"), "{served:?}");
    // And a backup of such a store would pair it with a head that is not its own.
    let paired = waygate(&["backup"], &at.join("c.db"), Some(&config));
    assert_eq!(paired.code, Some(1), "{paired:?}");
    assert!(!at.join("c.db").exists() && !at.join("c.db.partial").exists());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_that_was_changed_is_not_whole_and_is_not_restored() {
    let (app, _) = lived().await;
    let at = app.folder.path();
    let config = settings(at, &at.join("waygate.db"), &at.join("log"));
    let file = at.join("b.db");
    assert_eq!(waygate(&["backup"], &file, Some(&config)).code, Some(0));
    assert_eq!(waygate(&["backup", "--check"], &file, None).code, Some(0));
    let empty = settings(at, &at.join("empty.db"), &at.join("empty-log"));
    let spoil = |name: &str, change: &dyn Fn(&Path)| {
        let spoilt = at.join(name);
        fs::copy(&file, &spoilt).unwrap();
        fs::copy(beside(&file, ".json"), beside(&spoilt, ".json")).unwrap();
        change(&spoilt);
        spoilt
    };
    let sql = |path: &Path, sql: &str| rusqlite::Connection::open(path).unwrap().execute_batch(sql).unwrap();
    let cut = |path: &Path| {
        let bytes = fs::read(path).unwrap();
        fs::write(path, &bytes[..bytes.len() / 2]).unwrap();
    };
    for (spoilt, word) in [
        (spoil("1.db", &|path| sql(path, "UPDATE api_keys SET scopes = '[]' WHERE seq = 1")), "`api_keys`"),
        (
            spoil("2.db", &|path| sql(path, "DELETE FROM leaves WHERE seq = (SELECT max(seq) FROM leaves)")),
            "`leaves`",
        ),
        (
            spoil("3.db", &|path| {
                sql(path, "PRAGMA foreign_keys = OFF; UPDATE shipments SET order_id = 'nobody'");
            }),
            "`shipments`",
        ),
        (spoil("4.db", &cut), "4.db"),
        (spoil("5.db", &|path| fs::write(path, b"not a database").unwrap()), "5.db"),
    ] {
        for arguments in [&["backup", "--check"][..], &["restore"]] {
            let config = (arguments.len() == 1).then_some(empty.as_path());
            let ran = waygate(arguments, &spoilt, config);
            assert_eq!(ran.code, Some(1), "{word}: {ran:?}");
            assert!(ran.out.contains(word), "{word}: {ran:?}");
        }
    }
    assert!(!at.join("empty.db").exists(), "nothing was restored");
    let alone = spoil("6.db", &|path| fs::remove_file(beside(path, ".json")).unwrap());
    assert!(waygate(&["backup", "--check"], &alone, None).wrong().contains("6.db.json"));
    let older = spoil("7.db", &|path| {
        let path = beside(path, ".json");
        let mut document: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        document["layout"] = json!(1);
        fs::write(&path, document.to_string()).unwrap();
    });
    assert!(waygate(&["restore"], &older, Some(&empty)).wrong().contains("layout 1"));
    // Where one was ended before its end, the next says so.
    fs::write(at.join("8.db.partial"), b"").unwrap();
    assert!(waygate(&["backup"], &at.join("8.db"), Some(&config)).wrong().contains("remove it"));
}
