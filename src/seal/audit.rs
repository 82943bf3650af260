//! The whole log gone through: every entry against its tile, every tile against the signed head, every entry against the
//! store, and everything that the store keeps against its entry. For operators; the start looks at the edge alone.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::Value;

use super::open::{listed, read_head};
use super::{Head, Reader, SealError, TileStore};
use crate::domain::log::{Edge, Hash, Leaf, TILE_WIDTH, TileKind, TileName, TileReader};
use crate::ids::ShipmentId;
use crate::store::{LoggedLeaf, Store, StoreError};

/// What was gone through.
#[derive(Debug, Clone)]
pub struct Audited {
    /// The head that all of it lies under.
    pub head: Arc<Head>,
    /// Documents that open their entries.
    pub documents: u64,
    /// Documents that were erased.
    pub erased: u64,
}

/// Goes through a log; the first thing that is wrong is the error.
pub async fn audit(
    files: Arc<dyn TileStore>,
    store: Arc<dyn Store>,
    origin: &str,
) -> Result<Audited, SealError> {
    let keys = listed(files.as_ref())?.verifiers()?;
    let head = read_head(files.as_ref(), &keys, origin)?;
    let (head, _) = head.ok_or_else(|| SealError::Missing(super::CHECKPOINT.to_owned()))?;
    let size = head.checkpoint.size;
    let entries = store.log_size().await?;
    if entries < size {
        return Err(SealError::CutBack { entries, signed: size });
    }
    let reader = Reader::new(files, size);
    let mut edge = Edge::default();
    let mut audited = Audited { head: Arc::new(head), documents: 0, erased: 0 };
    let mut seen = BTreeSet::new();
    for index in 0.. {
        let Some(bundle) = TileName::in_tree(TileKind::Entries, index, size) else { break };
        let bundled = reader.entries(bundle)?;
        let stored = store.log_entries(edge.size(), u32::from(bundle.width)).await?;
        for (at, (bundled, stored)) in (edge.size()..).zip(bundled.iter().zip(&stored)) {
            if bundled != stored {
                return Err(SealError::Entry(at));
            }
        }
        for entry in &bundled {
            for (name, hashes) in edge.append(Hash::leaf(entry)) {
                same(&reader, name, &hashes)?;
            }
        }
        check_documents(store.as_ref(), index, &bundled, &mut seen, &mut audited).await?;
    }
    for (name, hashes) in edge.partial() {
        same(&reader, name, &hashes)?;
    }
    let told = audited.head.checkpoint.root;
    if edge.root() == told { Ok(audited) } else { Err(SealError::Root { size, found: edge.root(), told }) }
}

fn same(reader: &Reader, name: TileName, hashes: &[Hash]) -> Result<(), SealError> {
    if reader.hashes(name)? == hashes { Ok(()) } else { Err(SealError::Damaged(name.to_string())) }
}

/// What the store keeps of each thing in a bundle is what was logged.
async fn check_documents(
    store: &dyn Store,
    bundle: u64,
    entries: &[Vec<u8>],
    seen: &mut BTreeSet<String>,
    audited: &mut Audited,
) -> Result<(), SealError> {
    for (at, entry) in (bundle * u64::from(TILE_WIDTH)..).zip(entries) {
        let leaf: Leaf = serde_json::from_slice(entry).map_err(|_| SealError::Entry(at))?;
        if !seen.insert(leaf.shipment().to_owned()) {
            continue;
        }
        let shipment: ShipmentId = leaf.shipment().parse().map_err(|_| SealError::Entry(at))?;
        for logged in store.logged(shipment.clone()).await? {
            let leaf: Leaf =
                serde_json::from_slice(&logged.entry).map_err(|_| SealError::Entry(logged.index))?;
            let Some(seed) = &logged.seed else {
                audited.erased += 1;
                continue;
            };
            let changed = || SealError::Kept(leaf.id().to_owned());
            if seed.commit(&logged.document).ok() != Some(leaf.document()) {
                return Err(changed());
            }
            if !is_kept(store, &shipment, &leaf, &logged).await? {
                return Err(changed());
            }
            audited.documents += 1;
        }
    }
    Ok(())
}

/// Whether what stands outside of the document agrees with the entry too.
async fn is_kept(
    store: &dyn Store,
    shipment: &ShipmentId,
    leaf: &Leaf,
    logged: &LoggedLeaf,
) -> Result<bool, StoreError> {
    match leaf {
        Leaf::Claim { time, .. } => {
            let Some(order) = store.order_of(shipment.clone()).await? else { return Ok(false) };
            let Some(case) = store.case(order).await? else { return Ok(false) };
            let Some(kept) = case.shipments.iter().find(|kept| kept.id == *shipment) else {
                return Ok(false);
            };
            let is =
                |pointer, value: Result<Value, _>| logged.document.pointer(pointer) == value.ok().as_ref();
            Ok(kept.created_at == *time
                && is("/claim", serde_json::to_value(&kept.claim))
                && is("/order", serde_json::to_value(&case.order.order)))
        }
        Leaf::Observation { id, carrier, source, time, http_status, .. } => {
            let Ok(id) = id.parse() else { return Ok(false) };
            // The body's own hash is checked on its way out.
            let Some(kept) = store.answer(id).await? else { return Ok(false) };
            let kept = kept.record;
            Ok(kept.carrier.as_str() == carrier
                && kept.source.as_str() == source
                && kept.fetched_at == *time
                && kept.http_status == *http_status)
        }
        Leaf::Verdict { id, time, .. } => {
            let verdicts = store.verdicts(shipment.clone()).await?;
            Ok(verdicts.iter().any(|kept| kept.id.as_str() == id && kept.at == *time))
        }
    }
}
