//! What was stored, to be gone through as a whole: each claim with its latest verdict and all that this was made on, each
//! order with its recorded inputs. As texts, so that whoever reads the store does not also take everything apart.

use jiff::Timestamp;
use serde::de::DeserializeOwned;
use waygate_carriers::contract::{CarrierId, SourceId};

use super::{ActionRecord, StoreError};
use crate::domain::backtest::NotReplayed;
use crate::domain::lifecycle::OrderState;
use crate::domain::observation::Observation;
use crate::domain::order::Order;
use crate::domain::shipment::Claim;
use crate::domain::verdict::{Basis, Verdict};
use crate::domain::whatif::Recorded;

/// Most things in one page.
pub const PAGE_ROWS_MAX: usize = 2_048;
/// A page that has reached this many bytes takes no further thing: 8 MiB.
pub const PAGE_BYTES_MAX: usize = 8 << 20;

/// Which things are gone through.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selection {
    /// From this time on: of the verdict, or of the order's registration.
    pub since: Option<Timestamp>,
    /// Before this time.
    pub until: Option<Timestamp>,
    /// Of this seller.
    pub seller: Option<String>,
}

/// One answer of a source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PastAnswer {
    /// Its id.
    pub id: String,
    /// Whose source.
    pub carrier: String,
    /// Which source.
    pub source: String,
    /// When it was complete.
    pub fetched_at: Timestamp,
    /// What it was read as.
    pub reading: String,
}

/// A claim with its latest verdict.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PastVerdict {
    /// The shipment's id.
    pub shipment: String,
    /// The verdict's id.
    pub id: String,
    /// When it was given.
    pub at: Timestamp,
    /// The order.
    pub order: String,
    /// The claim.
    pub claim: String,
    /// The verdict.
    pub verdict: String,
    /// What it was made on; none where that was not recorded, or was erased.
    pub basis: Option<String>,
    /// The shipment's answers until then.
    pub answers: Vec<PastAnswer>,
}

/// The same, read.
#[derive(Debug, Clone, PartialEq)]
pub struct Opened {
    /// The order.
    pub order: Order,
    /// The claim.
    pub claim: Claim,
    /// The verdict.
    pub verdict: Verdict,
    /// What it was made on.
    pub basis: Basis,
    /// The answers that the basis names, in its order.
    pub observations: Vec<Observation>,
}

impl PastVerdict {
    /// How much it takes, in bytes.
    pub fn bytes(&self) -> usize {
        let answers = self.answers.iter().map(|answer| answer.reading.len() + answer.id.len());
        let basis = self.basis.as_ref().map_or(0, String::len);
        self.order.len() + self.claim.len() + self.verdict.len() + basis + answers.sum::<usize>()
    }

    /// Reads all of it.
    pub fn open(&self) -> Result<Opened, NotReplayed> {
        let basis: Option<Basis> = match &self.basis {
            Some(text) => read(text)?,
            None => None,
        };
        let basis = basis.ok_or(NotReplayed::NoBasis)?;
        let named = |id: &String| self.answers.iter().find(|answer| answer.id == *id);
        let observations =
            basis.observations.iter().map(|id| named(id).ok_or(NotReplayed::AnswerGone)?.open());
        Ok(Opened {
            observations: observations.collect::<Result<_, _>>()?,
            order: read(&self.order)?,
            claim: read(&self.claim)?,
            verdict: read(&self.verdict)?,
            basis,
        })
    }
}

impl PastAnswer {
    fn open(&self) -> Result<Observation, NotReplayed> {
        Ok(Observation {
            carrier: CarrierId::new(&self.carrier).map_err(|_| NotReplayed::Unreadable)?,
            source: Some(SourceId::new(&self.source).map_err(|_| NotReplayed::Unreadable)?),
            // What is stored came from the source itself.
            official: true,
            fetched_at: self.fetched_at,
            reading: read(&self.reading)?,
        })
    }
}

fn read<T: DeserializeOwned>(text: &str) -> Result<T, NotReplayed> {
    serde_json::from_str(text).map_err(|_| NotReplayed::Unreadable)
}

/// An order with what happened to it from outside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PastOrder {
    /// The order.
    pub order: String,
    /// Its state.
    pub state: String,
    /// What was done about it, in order.
    pub actions: Vec<String>,
}

impl PastOrder {
    /// How much it takes, in bytes.
    pub fn bytes(&self) -> usize {
        self.order.len() + self.state.len() + self.actions.iter().map(String::len).sum::<usize>()
    }

    /// Reads all of it.
    pub fn open(&self) -> Result<(Order, OrderState, Vec<Recorded>), StoreError> {
        let wrong =
            |error: serde_json::Error| StoreError::Engine(format!("an order cannot be read: {error}"));
        let inputs = self.actions.iter().map(|text| {
            let action: ActionRecord = serde_json::from_str(text).map_err(wrong)?;
            Ok(Recorded { at: action.at, input: action.input })
        });
        Ok((
            serde_json::from_str(&self.order).map_err(wrong)?,
            serde_json::from_str(&self.state).map_err(wrong)?,
            inputs.collect::<Result<_, StoreError>>()?,
        ))
    }
}

/// A page that fills up.
#[derive(Debug)]
pub(super) struct Filling<T> {
    page: Vec<T>,
    bytes: usize,
}

impl<T> Default for Filling<T> {
    fn default() -> Self {
        Self { page: Vec::new(), bytes: 0 }
    }
}

impl<T> Filling<T> {
    /// Adds a thing of so many bytes; gives the page where it is full then.
    pub(super) fn add(&mut self, thing: T, bytes: usize) -> Option<Vec<T>> {
        self.page.push(thing);
        self.bytes += bytes;
        let is_full = self.page.len() >= PAGE_ROWS_MAX || self.bytes >= PAGE_BYTES_MAX;
        is_full.then(|| std::mem::take(self).page)
    }

    /// What is left.
    pub(super) fn rest(self) -> Vec<T> {
        self.page
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_ends_with_its_rows_or_with_its_bytes() {
        let mut filling = Filling::default();
        let full = (0..PAGE_ROWS_MAX).map(|n| filling.add(n, 1)).position(|page| page.is_some());
        assert_eq!(full, Some(PAGE_ROWS_MAX - 1));
        assert_eq!(filling.add(1, PAGE_BYTES_MAX - 1), None);
        assert_eq!(filling.add(2, 1), Some(vec![1, 2]));
        assert_eq!(filling.add(3, 1), None, "it begins anew");
        assert_eq!(filling.rest(), [3]);
    }
}
