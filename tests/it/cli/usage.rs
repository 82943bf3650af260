//! What every command has in common, and the small ones.

use super::{command, finish, run};

const COMMANDS: [&str; 16] = [
    "check", "parse", "verify", "simulate", "rules", "backtest", "whatif", "serve", "demo", "sandbox",
    "keys", "carriers", "openapi", "store", "backup", "restore",
];

#[test]
fn help_and_version_are_answers() {
    let version = run(&["--version"], b"");
    assert_eq!((version.code, version.out.trim()), (Some(0), concat!("waygate ", env!("CARGO_PKG_VERSION"))));
    let help = run(&["--help"], b"");
    assert_eq!((help.code, help.err.as_str()), (Some(0), ""));
    for name in COMMANDS {
        assert!(help.out.contains(name), "{name}");
        let ran = run(&[name, "--help"], b"");
        assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""), "{name}");
        assert!(ran.out.contains("Usage: waygate"), "{name}");
    }
}

#[test]
fn wrong_usage_is_told_on_stderr_with_exit_code_2() {
    for arguments in [
        &[][..],
        &["nonsense"],
        &["--nonsense"],
        &["check", "--nonsense"],
        &["check", "--carrier"],
        &["parse"],
        &["verify"],
        &["simulate"],
        &["simulate", "/no/such/file"],
        &["rules", "--rules", "1999-01"],
        &["keys"],
        &["keys", "create", "--name", "x"],
        &["keys", "create", "--name", "x", "--scope", "god"],
        &["demo", "--port", "99999"],
        &["sandbox", "--speed", "0"],
        &["openapi", "extra"],
        &["store"],
        &["store", "copy", "--from", "/no/such/file"],
        &["backup"],
        &["backup", "--check", "/no/such/file"],
        &["restore", "/no/such/file"],
        &["serve", "--config", "/no/such/file"],
        &["carriers", "--config", "/no/such/file"],
        &["sandbox", "--parcels", "/no/such/file"],
    ] {
        run(arguments, b"").wrong();
    }
}

#[test]
fn settings_that_are_wrong_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("waygate.toml");
    for (text, word) in [
        ("[server]\nlisen = \"127.0.0.1:0\"\n", "line 2"),
        ("[server]\nlisten = \"here\"\n", "server.listen"),
        ("[sources.\"nobody.track\"]\nenabled = true\n", "nobody.track"),
        ("[sources.\"ups.track\"]\nenabled = true\n", "WAYGATE_UPS_TRACK_CLIENT_ID"),
        ("not toml", "line 1"),
    ] {
        std::fs::write(&path, text).unwrap();
        for name in ["serve", "carriers"] {
            let ran = run(&[name, "--config", path.to_str().unwrap()], b"");
            assert!(ran.wrong().contains(word), "{name}: {text}: {}", ran.err);
        }
    }
}

#[test]
fn roles_that_are_none_are_named_before_anything_is_opened() {
    for (roles, why) in [
        ("", "work.roles: at least one of api, poller, webhooks, timers"),
        ("api,nobody", "work.roles: `nobody` is no role"),
        ("timers,api,timers", "work.roles: `timers` is named twice"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let mut serve = command();
        // The flag goes before the variable.
        serve.args(["serve", "--roles", roles]).env("WAYGATE_ROLES", "api").current_dir(folder.path());
        let ran = finish(&mut serve, b"");
        assert!(ran.wrong().contains(why), "{roles}: {}", ran.err);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}

#[test]
fn the_description_of_the_api_is_printed() {
    let ran = run(&["openapi"], b"");
    assert_eq!(ran.code, Some(0));
    assert_eq!(ran.out, std::fs::read_to_string(super::repository("docs/openapi.json")).unwrap());
}

#[test]
fn carriers_say_what_they_lack() {
    let lines = run(&["carriers", "--json"], b"").lines();
    let find = |id: &str| lines.iter().find(|l| l["id"] == id).unwrap_or_else(|| panic!("no {id}"));
    for id in ["ups", "fedex", "dhl", "ems", "japan_post", "usps"] {
        assert_eq!(find(id)["recognized"], true, "{id}");
    }
    let ups = &find("ups")["sources"][0];
    assert_eq!(ups["state"], "off");
    assert!(ups["why"].as_str().unwrap().contains("WAYGATE_UPS_TRACK_CLIENT_ID"), "{ups}");
    let mut with = command();
    with.args(["carriers", "--json"]).envs(waygate::sandbox::credentials());
    let ran = finish(&mut with, b"");
    assert!(!ran.out.contains("sandbox-client_secret"));
    let ups = ran.lines().into_iter().find(|l| l["id"] == "ups").unwrap();
    assert_eq!(ups["sources"][0]["state"], "on");
}

#[test]
fn keys_are_made_listed_and_revoked_and_shown_once() {
    let folder = tempfile::tempdir().unwrap();
    let keys = |arguments: &[&str]| {
        let mut command = command();
        command.arg("keys").args(arguments).env("WAYGATE_STORE_PATH", folder.path().join("waygate.db"));
        finish(&mut command, b"")
    };
    let made = keys(&["create", "--json", "--name", "shop", "--scope", "order_system", "--scope", "arbiter"])
        .lines();
    let (id, secret) = (made[0]["id"].as_str().unwrap(), made[0]["secret"].as_str().unwrap());
    assert!(id.starts_with("key_") && secret.starts_with("wg_live_") && secret.len() > 40);
    let listed = keys(&["list", "--json"]);
    assert!(!listed.out.contains(secret));
    let line = &listed.lines()[0];
    assert_eq!((line["id"].as_str(), line["name"].as_str()), (Some(id), Some("shop")));
    assert!(line["revoked_at"].is_null());
    assert!(keys(&["create", "--name", "x", "--scope", "seller"]).wrong().contains("--seller"));
    assert_eq!(keys(&["revoke", id]).code, Some(0));
    assert!(keys(&["list", "--json"]).lines()[0]["revoked_at"].is_string());
    keys(&["revoke", "nonsense"]).wrong();
    keys(&["revoke", "key_00000000000000000000000000000000"]).wrong();
    let plain = keys(&["create", "--name", "one", "--scope", "seller", "--seller", "s-1"]);
    assert_eq!(plain.out.lines().count(), 1);
    assert!(plain.out.starts_with("wg_live_"));
}
