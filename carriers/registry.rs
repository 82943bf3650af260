//! All carriers that are built in, and what an operator declares beside them: their facts, their numbers, their sources,
//! by id. Read once, at start, built-in codes when one is first looked up; a mistake in a file is an error that names the
//! file and the line.

mod loading;
#[cfg(test)]
mod scaffold_tests;

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use crate::contract::{
    Adapter, Ask, CarrierFacts, CarrierId, FactsError, Failure, FailureKind, Push, Reading, Response, Source,
    SourceId,
};
pub use crate::declared::DeclaredText;
use crate::numbers::Formats;
use loading::Loading;

/// A carrier's folder, as `build.rs` lists it.
pub struct BuiltIn {
    /// The folder's name, which is the carrier's id.
    pub folder: &'static str,
    /// `carrier.toml`.
    pub carrier: &'static str,
    /// `numbers.toml`.
    pub numbers: Option<&'static str>,
    /// `statuses.toml`.
    pub statuses: Option<&'static str>,
    /// Each `source.toml`, a source without code: the file and what it holds.
    pub declared: &'static [(&'static str, &'static str)],
    /// The adapters of the carrier's sources.
    pub adapters: &'static [Adapter],
    /// How the carrier pushes, where it does.
    pub push: Option<&'static Push>,
    /// Make the carrier's sides of the wire, one for each source.
    #[cfg(feature = "sandbox")]
    pub sandboxes: &'static [fn() -> Box<dyn crate::contract::sandbox::Sandbox>],
}

/// A known line without a folder: names and formats in one file.
pub struct Other {
    /// The file's stem, which is the line's id.
    pub id: &'static str,
    /// The file.
    pub text: &'static str,
}

/// All carriers.
pub struct Registry {
    carriers: BTreeMap<CarrierId, Arc<CarrierFacts>>,
    sources: BTreeMap<SourceId, Arc<dyn Source>>,
    formats: Formats,
    pushes: BTreeMap<CarrierId, &'static Push>,
}

static REGISTRY: LazyLock<Registry> = LazyLock::new(|| match Registry::load() {
    Ok(registry) => registry,
    Err(error) => panic!("a built-in carrier file is wrong: {error}"),
});

/// The built-in registry. A test loads it, so that a shipped binary never meets a wrong file here.
pub fn registry() -> &'static Registry {
    &REGISTRY
}

impl Registry {
    /// Reads every built-in file.
    pub fn load() -> Result<Self, FactsError> {
        Self::with_declared(&[])
    }

    /// Reads every built-in file, then the sources that an operator declares.
    pub fn with_declared(files: &[DeclaredText]) -> Result<Self, FactsError> {
        let mut loading = Loading::default();
        for folder in crate::built_in::CARRIERS {
            loading.folder(folder)?;
        }
        for file in files {
            loading.file(file)?;
        }
        loading.finish()
    }

    /// Every carrier, in order of id.
    pub fn carriers(&self) -> impl Iterator<Item = &CarrierFacts> {
        self.carriers.values().map(AsRef::as_ref)
    }

    /// A carrier's facts.
    pub fn carrier(&self, id: &CarrierId) -> Option<&CarrierFacts> {
        self.carriers.get(id).map(AsRef::as_ref)
    }

    /// Every official source, in order of id.
    pub fn sources(&self) -> impl Iterator<Item = &Arc<dyn Source>> {
        self.sources.values()
    }

    /// An official source.
    pub fn source(&self, id: &SourceId) -> Option<&Arc<dyn Source>> {
        self.sources.get(id)
    }

    /// How carriers push that do.
    pub fn pushes(&self) -> impl Iterator<Item = (&CarrierId, &'static Push)> {
        self.pushes.iter().map(|(carrier, push)| (carrier, *push))
    }

    /// How a carrier pushes.
    pub fn push(&self, carrier: &CarrierId) -> Option<&'static Push> {
        self.pushes.get(carrier).copied()
    }

    /// Reads what a carrier pushed, perhaps in wait of news about one number; none where it is not one of its messages.
    pub fn read_push(
        &self,
        carrier: &CarrierId,
        message: &[u8],
        asked: Option<&str>,
    ) -> Option<Vec<Reading>> {
        let push = self.push(carrier)?;
        let body = (push.as_answer)(message)?;
        let source = self.sources.iter().find(|(id, _)| id.as_str() == push.source)?.0;
        Some(self.read(carrier, Some(source), Response { status: 200, body: &body, asked }))
    }

    /// The number formats of all carriers.
    pub fn formats(&self) -> &Formats {
        &self.formats
    }

    /// The sources that answer for a number, the best first.
    pub fn sources_for(&self, ask: &Ask) -> Vec<&Arc<dyn Source>> {
        let answers = |source: &&Arc<dyn Source>| {
            source.facts().answers.iter().any(|a| {
                a.carrier == ask.carrier
                    && (a.formats.is_empty() || ask.format.as_ref().is_some_and(|f| a.formats.contains(f)))
                    && (a.origin_countries.is_empty()
                        || ask.origin_country.is_some_and(|c| a.origin_countries.contains(&c)))
            })
        };
        let mut found: Vec<_> = self.sources.values().filter(answers).collect();
        self.prefer(&mut found, &ask.carrier);
        found
    }

    /// Puts sources of last resort at the end, the carrier's own before others', and those of one carrier in the order
    /// in which its file declares them.
    fn prefer(&self, sources: &mut [&Arc<dyn Source>], carrier: &CarrierId) {
        let declared = |source: &Arc<dyn Source>| {
            let id = &source.facts().id;
            let owner = self.carriers.values().find_map(|c| c.sources.iter().position(|s| s.id == *id));
            owner.unwrap_or(usize::MAX)
        };
        let is_own =
            |source: &Arc<dyn Source>| source.facts().id.as_str().starts_with(&format!("{carrier}."));
        sources.sort_by_key(|s| (s.facts().last_resort, !is_own(s), declared(s)));
    }

    /// Reads a body as a carrier's source sent it. Without a known `source` the body's shape decides among those that
    /// answer for the carrier. Never empty; failures name the carrier.
    pub fn read(
        &self,
        carrier: &CarrierId,
        source: Option<&SourceId>,
        response: Response<'_>,
    ) -> Vec<Reading> {
        let named = source.and_then(|id| self.sources.get(id));
        let mut able = self
            .sources
            .values()
            .filter(|s| s.facts().answers.iter().any(|a| a.carrier == *carrier))
            .peekable();
        if named.is_none() && able.peek().is_none() {
            let mut failure = Failure::new(
                FailureKind::Malformed,
                "no_source",
                "no official source of this carrier can be read",
            );
            failure.carrier = Some(carrier.clone());
            return vec![failure.into()];
        }
        let mut first = None;
        let chosen = named.or_else(|| {
            able.find(|s| {
                first.get_or_insert(*s);
                s.recognizes(response.body)
            })
        });
        let Some(source) = chosen.or(first) else { unreachable!("there is at least one able source") };
        let mut readings = source.read(response);
        assert!(!readings.is_empty(), "{} read nothing at all", source.facts().id);
        for reading in &mut readings {
            match reading {
                Reading::Found(tracking) => tracking.carrier = carrier.clone(),
                Reading::Failed(failure) => {
                    failure.carrier = Some(carrier.clone());
                    if failure.tracking_number.is_none() {
                        failure.tracking_number = response.asked.map(str::to_owned);
                    }
                }
            }
        }
        readings
    }
}

/// The built-in files of carriers' names and numbers, always in the same order: what a verdict leans on beside the
/// answers of sources.
pub fn fact_texts() -> impl Iterator<Item = &'static str> {
    let folders =
        crate::built_in::CARRIERS.iter().flat_map(|of| [Some(of.carrier), of.numbers].into_iter().flatten());
    folders.chain(crate::built_in::OTHERS.iter().map(|other| other.text))
}

/// Every carrier's side of the wire.
#[cfg(feature = "sandbox")]
pub fn sandboxes() -> Vec<Box<dyn crate::contract::sandbox::Sandbox>> {
    crate::built_in::CARRIERS.iter().flat_map(|folder| folder.sandboxes).map(|make| make()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::StatusTable;

    #[test]
    fn every_built_in_file_is_right() {
        let registry = Registry::load().unwrap_or_else(|error| panic!("{error}"));
        // What is read later, when it is needed.
        assert!(registry.formats().operators().count() > 100);
        for folder in crate::built_in::CARRIERS {
            let file = format!("{}/statuses.toml", folder.folder);
            if let Some(Err(error)) = folder.statuses.map(|text| StatusTable::read(&file, text)) {
                panic!("{error}");
            }
        }
    }
}
