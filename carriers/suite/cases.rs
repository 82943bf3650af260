//! The form of `cases.toml`, and where it lies: beside the source's `sandbox.rs`.

use std::collections::BTreeMap;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::contract::SourceId;
use crate::registry::registry;

/// What is declared of one source's tests.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cases {
    /// The source's id.
    pub source: String,
    /// The number that is asked where a case names no other.
    pub asked: String,
    /// A number that the samples, those of several pieces apart, do not speak of.
    pub another: String,
    /// Where the request is documented.
    pub documented: String,
    /// Fixtures that are no answers of the source: tokens, documented requests.
    #[serde(default)]
    pub no_answers: Vec<String>,
    /// Fixtures whose shape does not show whose they are.
    #[serde(default)]
    pub unrecognized: Vec<String>,
    /// Whether the source's answers do not say which number they are about.
    #[serde(default)]
    pub names_no_number: bool,
    pub delivered: Kind,
    pub in_transit: Kind,
    pub label_only: Kind,
    pub returned: Kind,
    pub several_pieces: Kind,
    pub not_found: Kind,
    pub refused: Kind,
    pub rate_limited: Kind,
    pub unavailable: Kind,
    pub malformed: Kind,
    /// What else the source is known to say.
    #[serde(default)]
    pub also: Vec<Case>,
    /// What the sandbox tells.
    #[cfg_attr(not(feature = "sandbox"), expect(dead_code, reason = "only the sandbox's tests read it"))]
    pub sandbox: SandboxCases,
    /// The folder of the file.
    #[serde(skip)]
    pub folder: PathBuf,
}

/// A kind of answer: the case that shows it, or why there is none.
#[derive(Deserialize)]
#[serde(untagged)]
pub enum Kind {
    Not(NotOffered),
    Shown(Box<Case>),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NotOffered {
    pub not_offered: String,
}

/// One answer, and what it must come to.
#[derive(Deserialize, Clone, Debug)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// A file of `fixtures/`,
    pub file: Option<String>,
    /// or the body itself.
    pub body: Option<String>,
    /// Texts of the file that are replaced, each of which must stand in it.
    #[serde(default)]
    pub replace: Vec<(String, String)>,
    /// Whether only the first half came.
    #[serde(default)]
    pub half: bool,
    #[serde(default = "success")]
    pub status: u16,
    /// Another number than the source's `asked`.
    pub asked: Option<String>,
    /// Whether no number is known to have been asked, as where `readings` is more than 1.
    #[serde(default)]
    pub unasked: bool,
    /// The first reading: a parcel's status, or the failure's kind.
    pub is: Option<String>,
    /// The failure's code.
    pub code: Option<String>,
    /// How many readings come, 1 where nothing is said.
    pub readings: Option<usize>,
    /// How many checkpoints the first parcel has.
    pub checkpoints: Option<usize>,
}

fn success() -> u16 {
    200
}

/// What the sandbox is asked and must tell.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(not(feature = "sandbox"), expect(dead_code, reason = "only the sandbox's tests read it"))]
pub struct SandboxCases {
    /// The first scan of every journey.
    #[serde(default = "label")]
    pub first: String,
    /// What the first scan is read as, where that is not `label_created` or `accepted`.
    pub first_status: Option<String>,
    /// How many checkpoints the first scan gives.
    #[serde(default = "one")]
    pub first_rows: usize,
    pub origin: toml::Table,
    pub destination: toml::Table,
    /// How many checkpoints there are after a scan, where it is not one for each scan that is told.
    #[serde(default)]
    pub rows: BTreeMap<String, usize>,
    /// What a number that it does not know comes to.
    #[serde(default = "not_found")]
    pub unknown: String,
    /// A text that the carrier does not take for a number at all.
    pub no_number: Option<String>,
    /// What refusals, and wrong secrets by their names, come to, where that is not their own kind.
    #[serde(default)]
    pub refusals: BTreeMap<String, String>,
    /// Secrets that go into a digest alone, which the sandbox does not compute.
    #[serde(default)]
    pub unchecked_secrets: Vec<String>,
    /// All that an answer tells beside the status.
    pub tells: Vec<String>,
    /// What each scan is read as; those that stand not here are not told.
    pub says: BTreeMap<String, String>,
}

fn label() -> String {
    "label".to_owned()
}

fn one() -> usize {
    1
}

fn not_found() -> String {
    "not_found".to_owned()
}

impl Cases {
    /// Every kind of answer, by its name.
    pub fn kinds(&self) -> [(&'static str, &Kind); 10] {
        [
            ("delivered", &self.delivered),
            ("in_transit", &self.in_transit),
            ("label_only", &self.label_only),
            ("returned", &self.returned),
            ("several_pieces", &self.several_pieces),
            ("not_found", &self.not_found),
            ("refused", &self.refused),
            ("rate_limited", &self.rate_limited),
            ("unavailable", &self.unavailable),
            ("malformed", &self.malformed),
        ]
    }

    /// Every case: those of the kinds, then the others.
    pub fn all(&self) -> impl Iterator<Item = &Case> {
        let shown = self.kinds().into_iter().filter_map(|(_, kind)| match kind {
            Kind::Shown(case) => Some(&**case),
            Kind::Not(_) => None,
        });
        shown.chain(&self.also)
    }

    /// The names of the files in `fixtures/`.
    pub fn fixtures(&self) -> Vec<String> {
        let folder = self.folder.join("fixtures");
        let entries = fs::read_dir(&folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
        let mut names: Vec<String> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    /// A fixture's bytes.
    pub fn fixture(&self, name: &str) -> Vec<u8> {
        let path = self.folder.join("fixtures").join(name);
        fs::read(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
    }

    /// The fixtures that are answers, with their bytes.
    pub fn answers(&self) -> Vec<(String, Vec<u8>)> {
        let names = self.fixtures().into_iter().filter(|name| !self.no_answers.contains(name));
        names.map(|name| (name.clone(), self.fixture(&name))).collect()
    }

    /// A case's bytes.
    pub fn bytes(&self, case: &Case) -> Vec<u8> {
        let mut bytes = match (&case.file, &case.body) {
            (Some(name), None) => self.fixture(name),
            (None, Some(body)) => body.clone().into_bytes(),
            _ => panic!("{}: a case has a file or a body: {case:?}", self.source),
        };
        for (from, to) in &case.replace {
            let text = String::from_utf8(bytes).expect("a sample to be changed is text");
            assert!(text.contains(from), "{}: {from} does not stand in {:?}", self.source, case.file);
            bytes = text.replace(from, to).into_bytes();
        }
        if case.half {
            bytes.truncate(bytes.len() / 2);
        }
        bytes
    }

    /// The number that is known to have been asked. Several pieces are shown where none is known: of pieces with
    /// numbers of their own only the asked one would be read.
    pub fn asked_of<'a>(&'a self, case: &'a Case) -> Option<&'a str> {
        let unasked = case.unasked || case.readings.is_some_and(|count| count > 1);
        case.asked.as_deref().or(Some(self.asked.as_str())).filter(|_| !unasked)
    }
}

/// The cases of every source of the registry, in order of id. Fails where a source has none, or a file no source.
pub fn all() -> Vec<Cases> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = BTreeMap::new();
    for folder in folders(root).into_iter().flat_map(|folder| {
        let within = folders(&folder);
        std::iter::once(folder).chain(within)
    }) {
        let Ok(text) = fs::read_to_string(folder.join("cases.toml")) else { continue };
        let cases: Cases = toml::from_str(&text).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
        let id = SourceId::new(&cases.source).expect("a source's id");
        assert!(registry().source(&id).is_some(), "{}: no source {id}", folder.display());
        assert!(found.insert(id, Cases { folder, ..cases }).is_none(), "two files for one source");
    }
    for source in registry().sources() {
        let id = &source.facts().id;
        assert!(found.contains_key(id), "{id} has no cases.toml: see carriers/README.md");
    }
    found.into_values().collect()
}

/// Checks every source, also where another has failed, and says of all that fail what is wrong.
pub fn of_every_source(check: impl Fn(&Cases)) {
    let wrong: Vec<String> = all().iter().filter_map(|cases| complaint(|| check(cases))).collect();
    assert!(wrong.is_empty(), "{} sources fail:\n{}", wrong.len(), wrong.join("\n"));
}

/// What a check that fails says.
pub fn complaint(check: impl FnOnce()) -> Option<String> {
    let panic = catch_unwind(AssertUnwindSafe(check)).err()?;
    let text = panic.downcast_ref::<String>().cloned();
    text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()))
}

fn folders(of: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(of).expect("a folder").map(|entry| entry.expect("an entry").path());
    entries.filter(|path| path.is_dir()).collect()
}
