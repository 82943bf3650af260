//! Certificates: what a verdict was made on, taken from the store and proved by the log.

use serde_json::Value;

use super::{Gateway, GatewayError};
use crate::domain::certificate::{Certificate, Evidence, PolicyText, Shown, VERSION, Withhold, program};
use crate::domain::log::{Hash, Leaf};
use crate::ids::ShipmentId;
use crate::seal::{Head, SealError};
use crate::store::{LoggedLeaf, StoreError};

/// Why there is no certificate.
#[derive(Debug, thiserror::Error)]
pub enum AttestError {
    /// The shipment has no such verdict in the log.
    #[error("there is no such verdict in the log")]
    NoVerdict,
    /// What it was made on was erased.
    #[error("{0} was erased, so that nothing opens its hash any more")]
    Erased(String),
    /// The log cannot prove it.
    #[error(transparent)]
    Log(#[from] SealError),
    /// All else.
    #[error(transparent)]
    Gateway(#[from] GatewayError),
}

impl From<StoreError> for AttestError {
    fn from(error: StoreError) -> Self {
        Self::Gateway(error.into())
    }
}

/// A certificate, signed.
#[derive(Debug, Clone)]
pub struct Attested {
    /// What it says.
    pub certificate: Certificate,
    /// The signed document.
    pub document: String,
}

/// An entry of the log with the proof that it is there.
#[derive(Debug, Clone)]
pub struct Receipt {
    /// Its place in the log.
    pub index: u64,
    /// The entry.
    pub entry: Leaf,
    /// The proof.
    pub proof: Vec<Hash>,
}

impl Gateway {
    /// The certificate of a shipment's verdict: of the one that is named, else of the latest.
    pub async fn attest(
        &self,
        shipment: &ShipmentId,
        verdict: Option<&str>,
        withhold: Withhold,
    ) -> Result<Attested, AttestError> {
        let logged = self.store.logged(shipment.clone()).await?;
        // What was written a moment ago is sealed now and not when its turn comes.
        self.log.seal_all().await?;
        let head = self.log.head();
        let parsed: Vec<(Leaf, LoggedLeaf)> =
            logged.into_iter().map(|leaf| Ok((read(&leaf)?, leaf))).collect::<Result<_, AttestError>>()?;
        let find = |id: &str| parsed.iter().find(|(entry, _)| entry.id() == id);
        let is_meant = |(entry, _): &&(Leaf, LoggedLeaf)| match entry {
            Leaf::Verdict { id, .. } => verdict.is_none_or(|meant| meant == id),
            _ => false,
        };
        let meant = parsed.iter().rev().find(is_meant).ok_or(AttestError::NoVerdict)?;
        let claim = find(shipment.as_str()).ok_or(AttestError::NoVerdict)?;
        let named = meant.1.document.pointer("/basis/observations").and_then(Value::as_array);
        let named = named.into_iter().flatten().filter_map(Value::as_str);
        let observations = named
            .map(|id| find(id).ok_or(AttestError::NoVerdict).and_then(|o| self.show(o, &head, withhold)))
            .collect::<Result<_, _>>()?;
        let is_erasure = |(entry, _): &&(Leaf, LoggedLeaf)| matches!(entry, Leaf::Erasure { .. });
        let erasures = parsed.iter().filter(is_erasure);
        let Leaf::Verdict { policy, policy_sha256, .. } = &meant.0 else {
            return Err(AttestError::NoVerdict);
        };
        let certificate = Certificate {
            v: VERSION,
            issued_at: self.now(),
            program: program().to_owned(),
            log: self.log.origin().to_owned(),
            key: self.log.signer().verifier().to_string(),
            shipment: shipment.to_string(),
            policy: PolicyText { id: policy.clone(), sha256: *policy_sha256 },
            claim: self.show(claim, &head, withhold)?,
            observations,
            verdict: self.show(meant, &head, withhold)?,
            erasures: erasures.map(|of| self.show(of, &head, withhold)).collect::<Result<_, _>>()?,
            checkpoint: head.note.clone(),
        };
        let document = certificate.sign(self.log.signer()).map_err(StoreError::from)?;
        Ok(Attested { certificate, document })
    }

    /// Every entry of a shipment in the log, each with its proof under one head.
    pub async fn receipts(
        &self,
        shipment: &ShipmentId,
    ) -> Result<(std::sync::Arc<Head>, Vec<Receipt>), AttestError> {
        let logged = self.store.logged(shipment.clone()).await?;
        let head = self.log.head();
        // What is not sealed yet has no receipt yet.
        let sealed = logged.iter().filter(|leaf| leaf.index < head.checkpoint.size);
        let receipt = |leaf: &LoggedLeaf| {
            let proof = self.log.inclusion(leaf.index, &head)?;
            Ok(Receipt { index: leaf.index, entry: read(leaf)?, proof })
        };
        let receipts = sealed.map(receipt).collect::<Result<_, AttestError>>()?;
        Ok((head, receipts))
    }

    fn show(
        &self,
        (entry, leaf): &(Leaf, LoggedLeaf),
        head: &Head,
        withhold: Withhold,
    ) -> Result<Shown, AttestError> {
        let opening = leaf.opening().ok_or_else(|| AttestError::Erased(entry.id().to_owned()))?;
        let evidence = Evidence {
            index: leaf.index,
            entry: entry.clone(),
            proof: self.log.inclusion(leaf.index, head)?,
            document: leaf.document.clone(),
            opening,
        };
        Ok(evidence.show(withhold).map_err(StoreError::from)?)
    }
}

fn read(leaf: &LoggedLeaf) -> Result<Leaf, AttestError> {
    serde_json::from_slice(&leaf.entry).map_err(|_| SealError::Entry(leaf.index).into())
}
