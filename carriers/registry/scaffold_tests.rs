//! What `cargo xtask carrier` writes is read by the registry, and reads its own samples.

use super::loading::Loading;
use super::{BuiltIn, Registry};
use crate::contract::{CarrierFacts, CarrierId, Response, SourceId, StatusTable};
use crate::numbers::Hint;

/// A template, filled in and kept as a built-in file is.
fn filled(template: &str) -> &'static str {
    let filled =
        template.replace("@id@", "acme_post").replace("@id-@", "acme-post").replace("@Name@", "Acme Post");
    filled.leak()
}

const CARRIER: &str = include_str!("../scaffold/carrier.toml.txt");
const OFFICIAL_SOURCE: &str = include_str!("../scaffold/official_source.toml.txt");
const NUMBERS: &str = include_str!("../scaffold/numbers.toml.txt");
const STATUSES: &str = include_str!("../scaffold/statuses.toml.txt");
const SOURCE: &str = include_str!("../scaffold/source.toml.txt");

/// A registry with the declared folder and no other.
fn declared(numbers: &'static str) -> Registry {
    let folder = BuiltIn {
        folder: "acme_post",
        carrier: filled(CARRIER),
        numbers: Some(numbers),
        statuses: Some(filled(STATUSES)),
        declared: vec![(
            "acme_post/source.toml",
            filled(&SOURCE.replace("@official_source@", OFFICIAL_SOURCE)),
        )]
        .leak(),
        push: None,
        adapters: &[],
        #[cfg(feature = "sandbox")]
        sandboxes: &[],
    };
    let mut loading = Loading::default();
    let read =
        loading.folder(&folder).and_then(|()| loading.folder(postal())).and_then(|()| loading.finish());
    read.unwrap_or_else(|error| panic!("{error}"))
}

/// The carrier that every number of a post leans on.
fn postal() -> &'static BuiltIn {
    crate::built_in::CARRIERS.iter().find(|folder| folder.folder == "postal").expect("it is built in")
}

#[test]
fn a_declared_folder_is_read_and_reads_its_samples() {
    let registry = declared(filled(NUMBERS));
    let (carrier, source) = (CarrierId::new("acme_post").expect("an id"), SourceId::new("acme_post.track"));
    let source = source.expect("an id");
    let outcome = |status, body: &str| {
        let response = Response { status, body: body.as_bytes(), asked: Some("ZZ0000000017") };
        let readings = registry.read(&carrier, Some(&source), response);
        readings.iter().map(crate::contract::Reading::outcome).collect::<Vec<_>>()
    };
    assert_eq!(outcome(200, include_str!("../scaffold/delivered.json.txt")), ["found"]);
    assert_eq!(outcome(404, include_str!("../scaffold/not_found_http404.json.txt")), ["not_found"]);
}

#[test]
fn a_folder_with_code_declares_its_source() {
    let text = format!("{CARRIER}\n[[official_source]]\n{OFFICIAL_SOURCE}");
    let facts: CarrierFacts = toml::from_str(filled(&text)).unwrap_or_else(|error| panic!("{error}"));
    let [source] = facts.sources.as_slice() else { panic!("{facts:?}") };
    assert!(include_str!("../scaffold/mod.rs.txt").contains("source: \"@id@.track\""));
    assert_eq!(source.id.as_str(), "acme_post.track");
    let table = StatusTable::read("acme_post/statuses.toml", filled(STATUSES));
    assert!(table.is_ok_and(|table| table.has_namespace("event_code")));
}

#[test]
fn the_format_that_stands_there_as_an_example_is_right() {
    let (_, example) = NUMBERS.split_once("\n\n").expect("a comment, then the example");
    let example: Vec<_> = example.lines().map(|line| line.trim_start_matches("# ")).collect();
    let registry = declared(filled(&example.join("\n")));
    let candidates = registry.formats().identify("ZZ0000000017", Hint::default()).candidates;
    assert_eq!(candidates[0].carrier.as_str(), "acme_post");
}
