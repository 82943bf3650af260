//! The whole log gone through: every entry against its tile, every tile against the signed head, every entry against the
//! store, and everything that the store keeps against its entry. For operators; the start looks at the edge alone.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::Value;

use super::open::{listed, read_head};
use super::{Head, Reader, SealError, TileStore};
use crate::domain::log::{Edge, Hash, Leaf, TILE_WIDTH, TileKind, TileName, TileReader};
use crate::ids::ShipmentId;
use crate::store::{LoggedLeaf, Store, StoreError, VerdictRecord};

/// What was gone through.
#[derive(Debug, Clone)]
pub struct Audited {
    /// The head that all of it lies under.
    pub head: Arc<Head>,
    /// Documents that open their entries.
    pub documents: u64,
    /// Of those, some of whose fields were erased.
    pub parts: u64,
    /// Documents that were erased whole.
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
    let mut audited = Audited { head: Arc::new(head), documents: 0, parts: 0, erased: 0 };
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
            let Some(opening) = logged.opening() else {
                audited.erased += 1;
                continue;
            };
            let changed = || SealError::Kept(leaf.id().to_owned());
            if opening.commit(&logged.document) != Some(leaf.document()) {
                return Err(changed());
            }
            if !is_kept(store, &shipment, &leaf, &logged).await? {
                return Err(changed());
            }
            audited.documents += 1;
            audited.parts += u64::from(logged.salts.is_some());
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
            let is = |pointer, value: Result<Value, _>| {
                let (told, kept) = (logged.document.pointer(pointer), value.ok());
                told.zip(kept.as_ref()).is_some_and(|(told, kept)| agree(told, kept))
            };
            Ok(kept.created_at == *time
                && is("/claim", serde_json::to_value(&kept.claim))
                && is("/order", serde_json::to_value(&case.order.order)))
        }
        Leaf::Observation { id, carrier, source, time, http_status, .. } => {
            let Ok(id) = id.parse() else { return Ok(false) };
            // The body's own hash is checked on its way out.
            let kept = match store.answer(id).await {
                Ok(answer) => answer.map(|answer| answer.record),
                Err(StoreError::Erased(_)) => {
                    let all = store.observations(shipment.clone()).await?;
                    all.into_iter().find(|kept| kept.id.as_str() == leaf.id())
                }
                Err(error) => return Err(error),
            };
            let Some(kept) = kept else { return Ok(false) };
            let reading = serde_json::to_value(&kept.reading).unwrap_or_default();
            let told = logged.document.get("reading").unwrap_or(&Value::Null);
            Ok(agree(told, &reading)
                && kept.carrier.as_str() == carrier
                && kept.source.as_str() == source
                && kept.fetched_at == *time
                && kept.http_status == *http_status)
        }
        Leaf::Verdict { id, time, .. } => {
            let verdicts = store.verdicts(shipment.clone()).await?;
            let told = logged.document.get("verdict").unwrap_or(&Value::Null);
            let is = |kept: &VerdictRecord| {
                let verdict = serde_json::to_value(&kept.verdict).unwrap_or_default();
                kept.id.as_str() == id && kept.at == *time && agree(told, &verdict)
            };
            Ok(verdicts.iter().any(is))
        }
        // It stands in the log and nowhere else.
        Leaf::Erasure { .. } => Ok(true),
    }
}

/// Whether what is kept is what a document tells, its erased fields left out. What is absent is null.
fn agree(told: &Value, kept: &Value) -> bool {
    match (told, kept) {
        (Value::Object(members), _) if is_erased(members) => true,
        (Value::Object(told), Value::Object(kept)) => {
            let names = told.keys().chain(kept.keys());
            let of = |members: &serde_json::Map<String, Value>, name: &String| {
                members.get(name).cloned().unwrap_or_default()
            };
            names.into_iter().all(|name| agree(&of(told, name), &of(kept, name)))
        }
        (Value::Array(told), Value::Array(kept)) => {
            told.len() == kept.len() && told.iter().zip(kept).all(|(told, kept)| agree(told, kept))
        }
        (Value::Array(none), Value::Null) | (Value::Null, Value::Array(none)) => none.is_empty(),
        _ => told == kept,
    }
}

fn is_erased(members: &serde_json::Map<String, Value>) -> bool {
    members.len() == 1
        && members.get("withheld").and_then(Value::as_str).is_some_and(|hash| Hash::from_hex(hash).is_some())
}
