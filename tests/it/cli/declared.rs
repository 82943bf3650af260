//! A folder of declared sources on the command line: `waygate carriers` lists them, `waygate parse` reads by them, and a
//! mistake in one of them is told by file and line.

use std::path::PathBuf;

use serde_json::json;
use tempfile::TempDir;

use super::{Ran, command, finish, run};
use crate::support::{DECLARED, DECLARED_SOURCE};

const KEY: &str = "WAYGATE_AUSTRIAN_POST_TRACK_API_KEY";

/// A folder with the file, and settings that name it.
struct Declared {
    folder: TempDir,
}

impl Declared {
    fn new(file: &str, more_settings: &str) -> Self {
        let declared = Self { folder: tempfile::tempdir().unwrap() };
        std::fs::create_dir(declared.sources()).unwrap();
        std::fs::write(declared.sources().join("austrian_post.toml"), file).unwrap();
        let settings =
            format!("[carriers]\nsources_dir = '{}'\n{more_settings}", declared.sources().display());
        std::fs::write(declared.settings(), settings).unwrap();
        declared
    }

    fn sources(&self) -> PathBuf {
        self.folder.path().join("sources")
    }

    fn settings(&self) -> PathBuf {
        self.folder.path().join("waygate.toml")
    }

    /// The source's state, as `waygate carriers` has it.
    fn state(&self, key: Option<&str>) -> String {
        let settings = self.settings();
        let mut command = command();
        command.args(["carriers", "--json", "--config", settings.to_str().unwrap()]);
        if let Some(key) = key {
            command.env(KEY, key);
        }
        let ran = finish(&mut command, b"");
        let lines = ran.lines();
        let carrier = lines.iter().find(|line| line["id"] == "austrian_post").unwrap();
        assert_eq!(
            (&carrier["name"], &carrier["recognized"]),
            (&json!("Österreichische Post"), &json!(true))
        );
        let [source] = carrier["sources"].as_array().unwrap().as_slice() else { panic!("{carrier}") };
        assert_eq!(source["id"], DECLARED_SOURCE);
        format!("{} {}", source["state"].as_str().unwrap(), source["why"].as_str().unwrap_or_default())
    }

    fn parse(&self, number: &str, body: &[u8]) -> Ran {
        let settings = self.settings();
        let arguments = ["parse", "--json", "--carrier", "austrian_post", "--number", number, "--config"];
        run(&[&arguments[..], &[settings.to_str().unwrap(), "-"]].concat(), body)
    }
}

#[test]
fn a_declared_source_is_listed_and_is_on_where_its_secrets_are() {
    let declared = Declared::new(DECLARED, "");
    assert_eq!(declared.state(None), format!("off no credentials: set {KEY}"));
    assert_eq!(declared.state(Some("geheim")), "on ");
    let off = Declared::new(DECLARED, &format!("[sources.\"{DECLARED_SOURCE}\"]\nenabled = false\n"));
    assert_eq!(off.state(Some("geheim")), "off switched off in the settings");
}

#[test]
fn an_answer_is_read_as_the_file_says() {
    let declared = Declared::new(DECLARED, "");
    let body = r#"{"sendung": {"nummer": "RR473124829AT", "ereignisse": {"zeit": "05.03.2026 07:30", "art": "ZUG", "land": "AT"}}}"#;
    let ran = declared.parse("RR 4731 2482 9AT", body.as_bytes());
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let line = &ran.lines()[0];
    assert_eq!((&line["carrier"], &line["status"]), (&json!("austrian_post"), &json!("delivered")));
    assert_eq!(line["delivered_at"], "2026-03-05T07:30:00+01:00");
    let other = declared.parse("RR473124832AT", body.as_bytes());
    assert_eq!((other.code, &other.lines()[0]["error"]["code"]), (Some(1), &json!("wrong_number")));
    // Without the settings there is no such carrier.
    run(&["parse", "--carrier", "austrian_post", "-"], body.as_bytes()).wrong();
}

#[test]
fn the_environment_names_the_folder_too() {
    let declared = Declared::new(DECLARED, "");
    let mut command = command();
    command
        .args(["parse", "--json", "--carrier", "austrian_post", "-"])
        .env("WAYGATE_SOURCES_DIR", declared.sources());
    let ran = finish(&mut command, br#"{"fehler": "UNBEKANNT"}"#);
    assert_eq!((ran.code, &ran.lines()[0]["outcome"]), (Some(1), &json!("malformed")));
}

#[test]
fn a_mistake_is_told_by_file_and_line() {
    let wrong = DECLARED.replace("https://api.post.at", "http://api.post.at");
    let declared = Declared::new(&wrong, "");
    let settings = declared.settings();
    for command in ["carriers", "serve"] {
        let ran = run(&[command, "--config", settings.to_str().unwrap()], b"");
        let file = declared.sources().join("austrian_post.toml");
        let want = format!("{}: line 16: an official source is asked by https", file.display());
        assert!(ran.wrong().contains(&want), "{command}: {}", ran.err);
    }
}

#[test]
fn a_folder_that_is_not_there_is_named() {
    let declared = Declared::new(DECLARED, "");
    std::fs::remove_dir_all(declared.sources()).unwrap();
    let settings = declared.settings();
    let ran = run(&["carriers", "--config", settings.to_str().unwrap()], b"");
    assert!(ran.wrong().contains(&declared.sources().display().to_string()), "{}", ran.err);
}
