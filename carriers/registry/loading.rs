//! The registry while it is being read: built-in folders first, then what an operator declares.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{BuiltIn, DeclaredText, Registry};
use crate::contract::{
    AdaptedSource, CarrierFacts, CarrierId, FactsError, Push, Source, SourceId, StatusTable,
};
use crate::declared::Declared;
use crate::numbers::{Formats, NumbersText};

/// What has been read so far.
#[derive(Default)]
pub(super) struct Loading<'t> {
    carriers: BTreeMap<CarrierId, CarrierFacts>,
    sources: BTreeMap<SourceId, Arc<dyn Source>>,
    numbers: Vec<NumbersText<'t>>,
    pushes: BTreeMap<CarrierId, &'static Push>,
    /// Which file an operator's source is declared in.
    files: Vec<(SourceId, String)>,
}

impl<'t> Loading<'t> {
    /// Reads a carrier's folder.
    pub(super) fn folder(&mut self, folder: &BuiltIn) -> Result<(), FactsError> {
        let file = format!("{}/carrier.toml", folder.folder);
        let wrong = |message: String| FactsError { file: file.clone(), message };
        let mut facts: CarrierFacts = toml::from_str(folder.carrier).map_err(|e| wrong(e.to_string()))?;
        if facts.id.as_str() != folder.folder {
            return Err(wrong(format!("the id `{}` is not the folder's name", facts.id)));
        }
        if let Some(text) = folder.numbers {
            let (carrier, file) = (facts.id.clone(), format!("{}/numbers.toml", folder.folder));
            self.numbers.push(NumbersText { carrier, file, text, stand_alone: true });
        }
        let statuses = match folder.statuses {
            Some(text) => StatusTable::built_in(format!("{}/statuses.toml", folder.folder), text),
            None => StatusTable::default(),
        };
        let statuses = Arc::new(statuses);
        for adapter in folder.adapters {
            let undeclared = || wrong(format!("the adapter of `{}` has no declared source", adapter.source));
            let source = AdaptedSource::new(adapter, &facts, &statuses).ok_or_else(undeclared)?;
            self.sources.insert(source.facts().id.clone(), Arc::new(source));
        }
        if let Some(bare) = facts.sources.iter().find(|s| !self.sources.contains_key(&s.id)) {
            return Err(wrong(format!("the source `{}` is declared but has no adapter", bare.id)));
        }
        for (file, text) in folder.declared {
            let declared = Declared::read(file, text, Some(&statuses))?;
            let wrong = |message: String| FactsError { file: (*file).to_owned(), message };
            if declared.carrier.is_some() || *declared.source.carrier() != facts.id {
                return Err(wrong("the carrier is that of `carrier.toml` beside it".to_owned()));
            }
            facts.sources.push(declared.source.facts().clone());
            self.add(Arc::new(declared.source)).map_err(wrong)?;
        }
        if let Some(push) = folder.push {
            if !facts.sources.iter().any(|s| s.id.as_str() == push.source) {
                return Err(wrong(format!("what is pushed has no declared source `{}`", push.source)));
            }
            self.pushes.insert(facts.id.clone(), push);
        }
        self.carriers.insert(facts.id.clone(), facts);
        Ok(())
    }

    /// Reads a file that an operator declares.
    pub(super) fn file(&mut self, declared: &'t DeclaredText) -> Result<(), FactsError> {
        let DeclaredText { file, text } = declared;
        let wrong = |message: String| FactsError { file: file.clone(), message };
        let Declared { carrier, source } = Declared::read(file, text, None)?;
        if let Some(facts) = carrier {
            if self.carriers.contains_key(&facts.id) {
                let message = format!("the carrier `{}` is known: leave `[carrier]` out", facts.id);
                return Err(wrong(message));
            }
            let (carrier, file) = (facts.id.clone(), file.clone());
            self.numbers.push(NumbersText { carrier, file, text, stand_alone: false });
            self.carriers.insert(facts.id.clone(), facts);
        }
        let Some(facts) = self.carriers.get_mut(source.carrier()) else {
            let message = format!("there is no carrier `{}`: declare it under `[carrier]`", source.carrier());
            return Err(wrong(message));
        };
        facts.sources.push(source.facts().clone());
        self.files.push((source.facts().id.clone(), file.clone()));
        self.add(Arc::new(source)).map_err(wrong)
    }

    fn add(&mut self, source: Arc<dyn Source>) -> Result<(), String> {
        let id = source.facts().id.clone();
        match self.sources.insert(id.clone(), source) {
            None => Ok(()),
            Some(_) => Err(format!("there is a source `{id}` already")),
        }
    }

    /// All that was read, as a registry.
    pub(super) fn finish(self) -> Result<Registry, FactsError> {
        for (id, file) in &self.files {
            let answers = self.sources.get(id).map(|source| source.facts().answers.as_slice());
            let mut asked = answers.unwrap_or_default().iter().map(|answers| &answers.carrier);
            if let Some(stranger) = asked.find(|carrier| !self.carriers.contains_key(*carrier)) {
                let message = format!("it answers for `{stranger}`, which is no carrier");
                return Err(FactsError { file: file.clone(), message });
            }
        }
        let carriers = self.carriers.into_iter().map(|(id, facts)| (id, Arc::new(facts))).collect();
        let formats = Formats::read(&self.numbers, crate::built_in::OTHERS, &carriers)?;
        Ok(Registry { carriers, sources: self.sources, formats, pushes: self.pushes })
    }
}
