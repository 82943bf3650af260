//! Declared sources: the documents' own example, each form of body, each way to fail, and every mistake by its line.

mod example;
mod mistakes;
mod pages;
mod requests;
mod xml;

use crate::contract::{CarrierId, Reading, Response, SourceId};
use crate::registry::{DeclaredText, Registry};

/// A file with this text, as an operator would have it.
fn file(text: &str) -> DeclaredText {
    DeclaredText { file: "sources/sample.toml".to_owned(), text: text.to_owned() }
}

/// The built-in carriers and one declared file.
fn registry(text: &str) -> Registry {
    Registry::with_declared(&[file(text)]).unwrap_or_else(|error| panic!("{error}"))
}

/// What a source reads of a body.
fn read(registry: &Registry, id: &str, status: u16, body: &str, asked: Option<&str>) -> Vec<Reading> {
    let source = SourceId::new(id).expect("a source's id");
    let (carrier, _) = id.split_once('.').expect("carrier and source");
    let carrier = CarrierId::new(carrier).expect("a carrier's id");
    registry.read(&carrier, Some(&source), Response { status, body: body.as_bytes(), asked })
}

/// The one failure that a body comes to, as `kind code`.
fn failed(registry: &Registry, id: &str, status: u16, body: &str, asked: Option<&str>) -> String {
    match read(registry, id, status, body, asked).as_slice() {
        [Reading::Failed(failure)] => format!("{} {}", failure.kind.as_str(), failure.code),
        other => panic!("one failure was awaited, not {other:?}"),
    }
}
