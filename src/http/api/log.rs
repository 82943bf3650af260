//! `/v1/log`: the evidence log's signed head, its keys, and proofs; `/log/…`: the same log as C2SP tlog-tiles want it
//! served. All of it is hashes alone, so that it asks for no key unless the settings say so.

use axum::Json as Answer;
use axum::extract::{FromRequestParts, State};
use axum::response::{IntoResponse, Response};
use http::request::Parts;
use http::{HeaderValue, header};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::shipments::find;
use crate::domain::log::keys::KeyList;
use crate::domain::log::{Hash, Leaf, TileName};
use crate::gateway::Receipt;
use crate::http::auth::Caller;
use crate::http::etag::Had;
use crate::http::json::Fields;
use crate::http::path::Path;
use crate::http::problem::Problem;
use crate::http::state::App;
use crate::seal::Head;

/// How long a signed head may be kept by others, in seconds.
const HEAD_SECONDS: u32 = 1;
/// How long a full tile may be kept: as good as for ever.
const YEAR_SECONDS: u32 = 31_536_000;
/// How long a tile that is not full may be kept: as long as somebody may still ask for this width.
const PARTIAL_SECONDS: u32 = 3_600;

/// Whoever may read the log: everybody, or whoever has a key.
pub struct LogReader;

impl FromRequestParts<App> for LogReader {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        if !app.log_public {
            Caller::from_request_parts(parts, app).await?;
        }
        Ok(Self)
    }
}

/// The log's head.
#[derive(Debug, Serialize, ToSchema)]
pub struct CheckpointView {
    /// The log's name.
    pub origin: String,
    /// Entries.
    pub size: u64,
    /// The root over them (RFC 6962), in hexadecimal.
    pub root: String,
    /// The signed head (C2SP tlog-checkpoint).
    pub checkpoint: String,
}

impl From<&Head> for CheckpointView {
    fn from(head: &Head) -> Self {
        Self {
            origin: head.checkpoint.origin.clone(),
            size: head.checkpoint.size,
            root: head.checkpoint.root.to_string(),
            checkpoint: head.note.clone(),
        }
    }
}

/// The log's newest signed head.
#[utoipa::path(get, path = "/v1/log/checkpoint", tag = "log",
    responses((status = 200, body = CheckpointView), (status = "4XX", body = Problem)))]
pub async fn checkpoint(State(app): State<App>, _: LogReader) -> Answer<CheckpointView> {
    Answer(CheckpointView::from(app.gateway.log.head().as_ref()))
}

/// The keys that sign the log, oldest first. One whose `to` is null signs now; older ones still verify what they signed.
#[utoipa::path(get, path = "/v1/log/keys", tag = "log",
    responses((status = 200, body = Object), (status = "4XX", body = Problem)))]
pub async fn keys(State(app): State<App>, _: LogReader) -> Answer<KeyList> {
    Answer(app.gateway.log.keys().clone())
}

/// An entry of the log with the proof that it is there.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReceiptView {
    /// Its place in the log, from 0.
    pub index: u64,
    /// The entry; its bytes are its canonical JSON (RFC 8785).
    #[schema(value_type = Object)]
    pub entry: Option<Leaf>,
    /// The proof (RFC 6962, section 2.1.1), in hexadecimal.
    #[schema(value_type = Vec<String>)]
    pub proof: Vec<Hash>,
}

impl From<Receipt> for ReceiptView {
    fn from(receipt: Receipt) -> Self {
        Self { index: receipt.index, entry: Some(receipt.entry), proof: receipt.proof }
    }
}

/// Proofs under one head.
#[derive(Debug, Serialize, ToSchema)]
pub struct InclusionView {
    /// The entries with their proofs.
    pub entries: Vec<ReceiptView>,
    /// The head that they are proved under.
    pub head: CheckpointView,
}

/// What is to be proved: one of the two.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Wanted {
    /// An entry: its index, or the id of what it is about (`obs_…`, `vrd_…`, `shp_…` for a claim).
    leaf: Option<String>,
    /// Every entry of a shipment (with a key that may see it).
    shipment: Option<String>,
}

/// Proofs that entries are in the log.
#[utoipa::path(get, path = "/v1/log/proof/inclusion", tag = "log", params(Wanted),
    responses((status = 200, body = InclusionView), (status = "4XX", body = Problem)))]
pub async fn inclusion(
    State(app): State<App>,
    _: LogReader,
    Fields(wanted): Fields<Wanted>,
    parts: CallerIfAny,
) -> Result<Answer<InclusionView>, Problem> {
    let log = &app.gateway.log;
    match (wanted.leaf, wanted.shipment) {
        (Some(leaf), None) => {
            let index = match leaf.parse() {
                Ok(index) => Some(index),
                Err(_) => app.gateway.store.log_index(leaf).await?,
            };
            let missing = || Problem::not_found("no_such_entry", "the log has no such entry, or not yet");
            let index = index.ok_or_else(missing)?;
            let head = log.head();
            let proof = log.inclusion(index, &head)?;
            let entry = app.gateway.store.log_entries(index, 1).await?.pop();
            let entry = entry.and_then(|bytes| serde_json::from_slice(&bytes).ok());
            Ok(Answer(InclusionView {
                entries: vec![ReceiptView { index, entry, proof }],
                head: head.as_ref().into(),
            }))
        }
        (None, Some(shipment)) => {
            let caller = parts.0.ok_or_else(|| {
                Problem::unauthorized(
                    "a shipment's proofs need a key: send it as `Authorization: Bearer wg_live_…`",
                )
            })??;
            let shipment = find(&app, &caller, &shipment).await?;
            let (head, receipts) = app.gateway.receipts(&shipment.id).await?;
            Ok(Answer(InclusionView {
                entries: receipts.into_iter().map(ReceiptView::from).collect(),
                head: head.as_ref().into(),
            }))
        }
        _ => Err(Problem::bad_request("bad_query", "name either `leaf` or `shipment`")),
    }
}

/// The caller, where there is one; whether the key is good is told when it is needed.
pub struct CallerIfAny(Option<Result<Caller, Problem>>);

impl FromRequestParts<App> for CallerIfAny {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        if !parts.headers.contains_key(header::AUTHORIZATION) {
            return Ok(Self(None));
        }
        Ok(Self(Some(Caller::from_request_parts(parts, app).await)))
    }
}

/// A proof that the log only grew.
#[derive(Debug, Serialize, ToSchema)]
pub struct ConsistencyView {
    /// The older size.
    pub from: u64,
    /// The newer size.
    pub to: u64,
    /// The proof (RFC 6962, section 2.1.2), in hexadecimal.
    #[schema(value_type = Vec<String>)]
    pub proof: Vec<Hash>,
    /// The newest head.
    pub head: CheckpointView,
}

/// Which sizes.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Sizes {
    /// The older size.
    from: u64,
    /// The newer size; that of the newest head, where absent.
    to: Option<u64>,
}

/// The proof that the log at one size goes on where it ended at another.
#[utoipa::path(get, path = "/v1/log/proof/consistency", tag = "log", params(Sizes),
    responses((status = 200, body = ConsistencyView), (status = "4XX", body = Problem)))]
pub async fn consistency(
    State(app): State<App>,
    _: LogReader,
    Fields(sizes): Fields<Sizes>,
) -> Result<Answer<ConsistencyView>, Problem> {
    let head = app.gateway.log.head();
    let to = sizes.to.unwrap_or(head.checkpoint.size);
    let proof = app.gateway.log.consistency(sizes.from, to)?;
    Ok(Answer(ConsistencyView { from: sizes.from, to, proof, head: head.as_ref().into() }))
}

/// `GET /log/checkpoint`: the signed head alone, as C2SP tlog-tiles wants it.
#[utoipa::path(get, path = "/log/checkpoint", tag = "log",
    responses((status = 200, description = "The signed head", content_type = "text/plain"), (status = "4XX", body = Problem)))]
pub async fn static_checkpoint(State(app): State<App>, _: LogReader) -> Response {
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8")),
        (header::CACHE_CONTROL, shared(app.log_public, HEAD_SECONDS, "")),
    ];
    (headers, app.gateway.log.head().note.clone()).into_response()
}

/// `GET /log/tile/…`: a tile or a bundle of entries. What it holds never changes.
#[utoipa::path(get, path = "/log/tile/{name}", tag = "log", params(("name" = String, Path)),
    responses((status = 200, description = "Hashes or entries", content_type = "application/octet-stream"), (status = "4XX", body = Problem)))]
pub async fn static_tile(
    State(app): State<App>,
    _: LogReader,
    Path(path): Path<String>,
    had: Had,
) -> Result<Response, Problem> {
    let missing = || Problem::not_found("no_such_tile", "the log has no such tile, or not yet");
    let path = format!("tile/{path}");
    let name = TileName::parse(&path).ok_or_else(missing)?;
    // A name has one content for ever: it is its own tag.
    let etag = HeaderValue::from_str(&format!("\"{path}\"")).map_err(|_| missing())?;
    let control = if name.is_full() {
        shared(app.log_public, YEAR_SECONDS, ", immutable")
    } else {
        shared(app.log_public, PARTIAL_SECONDS, "")
    };
    let log = std::sync::Arc::clone(&app.gateway.log);
    let read = tokio::task::spawn_blocking(move || log.tile(name)).await;
    let bytes = read.map_err(|_| Problem::internal())??.ok_or_else(missing)?;
    let headers = [(header::ETAG, etag.clone()), (header::CACHE_CONTROL, control)];
    if had.is(&etag) {
        return Ok((http::StatusCode::NOT_MODIFIED, headers).into_response());
    }
    Ok((headers, [(header::CONTENT_TYPE, "application/octet-stream")], bytes).into_response())
}

/// May others keep it, and how long.
fn shared(public: bool, seconds: u32, more: &str) -> HeaderValue {
    let whose = if public { "public" } else { "private" };
    HeaderValue::from_str(&format!("{whose}, max-age={seconds}{more}"))
        .unwrap_or(HeaderValue::from_static("no-store"))
}
