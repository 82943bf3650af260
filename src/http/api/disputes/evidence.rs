//! Evidence: a statement as JSON, or a file as it is. A file is told by its bytes, kept under its hash, and given back as an
//! attachment that no browser runs; each look at it is on record.

use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use serde::{Deserialize, Serialize};
use tokio::sync::Semaphore;
use utoipa::{IntoParams, ToSchema};

use super::find;
use super::views::{DisputeView, EvidenceView};
use crate::domain::lifecycle::Input as ClockInput;
use crate::domain::lifecycle::dispute::{Act, Kind, Side};
use crate::domain::media::Media;
use crate::domain::order::check_text;
use crate::http::api::acting::{Acting, acted, for_this_seller, side, statement};
use crate::http::auth::Caller;
use crate::http::json::{Fields, Json};
use crate::http::path::Path;
use crate::http::problem::Problem;
use crate::http::state::App;
use crate::ids::EvidenceId;
use crate::secrets::sha256_hex;
use crate::store::{CaseFile, Change, DisputeRecord, EvidenceRecord, FileLook, FileRecord, NewEvidence};

/// Longest file, in bytes.
pub const FILE_BYTES_MAX: usize = 16 << 20;
/// Files that may be on their way in at the same time.
const UPLOADS_MAX: usize = 8;
/// What a file may do where it is opened all the same: nothing.
const SANDBOX: &str = "default-src 'none'; sandbox";

static UPLOADS: Semaphore = Semaphore::const_new(UPLOADS_MAX);

/// Evidence in words.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewStatement {
    /// `buyer` or `seller`; a seller's key need not say it.
    #[schema(value_type = Option<String>)]
    by: Option<Side>,
    /// `message`, `tracking`, `document`, `photo` or `video`.
    #[schema(value_type = String)]
    kind: Kind,
    /// What it says or shows, at most 4,000 bytes.
    text: String,
}

/// What is said of a file, beside its bytes.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct OfFile {
    /// For a file: `buyer` or `seller`; a seller's key need not say it.
    #[param(value_type = Option<String>)]
    by: Option<Side>,
    /// For a file: `photo`, `video`, `document`, `message` or `tracking`.
    #[param(value_type = Option<String>)]
    kind: Option<Kind>,
    /// For a file: what it shows.
    text: Option<String>,
    /// For a file: its name.
    name: Option<String>,
}

/// Evidence that was taken.
#[derive(Debug, Serialize, ToSchema)]
pub struct TakenEvidence {
    /// The evidence.
    evidence: Option<EvidenceView>,
    /// The dispute as it stands now.
    dispute: Option<DisputeView>,
}

fn taken(case: &CaseFile, change: &Change) -> TakenEvidence {
    let given = change.docket.evidence.last();
    TakenEvidence {
        evidence: given.map(|new| EvidenceView::of(&new.record, None)),
        dispute: DisputeView::after(case, change),
    }
}

/// What is given, read from the request.
struct Given {
    side: Side,
    kind: Kind,
    text: String,
    file: Option<(FileRecord, Bytes)>,
    /// What makes the request the same: all of it.
    bytes: Vec<u8>,
}

/// Gives evidence: words as JSON, or a file's bytes as the body with its type as `Content-Type` and the rest in the query.
#[utoipa::path(post, path = "/v1/disputes/{dispute}/evidence", tag = "disputes", params(("dispute" = String, Path), OfFile),
    request_body(content((NewStatement = "application/json"), (Vec<u8> = "application/octet-stream"))),
    responses((status = 201, body = TakenEvidence), (status = "4XX", body = Problem)))]
pub async fn submit(
    State(app): State<App>,
    caller: Caller,
    Path(dispute): Path<String>,
    Fields(of_file): Fields<OfFile>,
    headers: HeaderMap,
    request: Request,
) -> Result<Response, Problem> {
    let given = if is_json(&headers) {
        said(&app, &caller, request).await?
    } else {
        shown(&caller, of_file, &headers, request).await?
    };
    let address = format!("evidence of {dispute}");
    let acting = match Acting::begin(&app, &caller, &headers, &address, &given.bytes).await? {
        Ok(acting) => acting,
        Err(response) => return Ok(response),
    };
    let (case, record) = find(&app, &caller, &dispute).await?;
    if given.side == Side::Seller {
        for_this_seller(&caller, case.order.order.seller.as_deref())?;
    }
    let Given { side, kind, text, file, .. } = given;
    let act = Act::SubmitEvidence { by: side, kind, text: text.clone() };
    let mut acted = acted(ClockInput::Dispute(act), acting.maker(side.by()), None);
    acted.dispute = Some(record.dispute.number);
    acted.evidence = Some(new_evidence(&app, &caller, &record, (side, kind, text), file));
    acting.act(&record.order, acted, StatusCode::CREATED, taken).await
}

fn new_evidence(
    app: &App,
    caller: &Caller,
    dispute: &DisputeRecord,
    (by, kind, text): (Side, Kind, String),
    file: Option<(FileRecord, Bytes)>,
) -> NewEvidence {
    let now = app.gateway.now();
    let (file, bytes) = file.unzip();
    let record = EvidenceRecord {
        id: EvidenceId::generate(now),
        order: dispute.order.clone(),
        dispute: dispute.dispute.number,
        by,
        kind,
        text,
        file,
        at: now,
        late: false,
        key: Some(caller.key.id.clone()),
    };
    NewEvidence { record, bytes }
}

fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    kind.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("application/json")
}

async fn said(app: &App, caller: &Caller, request: Request) -> Result<Given, Problem> {
    use axum::extract::FromRequest as _;
    let Json { value, bytes } = Json::<NewStatement>::from_request(request, app).await?;
    let side = side(caller, value.by)?;
    let text = statement("/text", Some(value.text))?;
    let text = text.ok_or_else(|| Problem::field("/text", "must not be empty"))?;
    Ok(Given { side, kind: value.kind, text, file: None, bytes: bytes.to_vec() })
}

async fn shown(
    caller: &Caller,
    of_file: OfFile,
    headers: &HeaderMap,
    request: Request,
) -> Result<Given, Problem> {
    let side = side(caller, of_file.by)?;
    let declared = headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let declared = Media::declared(declared).ok_or_else(not_taken)?;
    let kind = of_file.kind.ok_or_else(|| Problem::field("/kind", "say what it is: photo, video, …"))?;
    if let Some(name) = &of_file.name {
        check_text("name", name).map_err(|e| Problem::field("/name", e.rule))?;
    }
    let text = statement("/text", of_file.text)?.unwrap_or_default();
    if !declared.can_be(kind) {
        return Err(Problem::field("/kind", format!("{} cannot be that", declared.as_str())));
    }
    let query = request.uri().query().unwrap_or_default().to_owned();
    let busy = |_| Problem::unavailable("busy", "as many files are on their way in as may be; try again", 1);
    let _permit = UPLOADS.try_acquire().map_err(busy)?;
    let body = axum::body::to_bytes(request.into_body(), FILE_BYTES_MAX).await;
    let body = body.map_err(|_| Problem::too_large(FILE_BYTES_MAX))?;
    if Media::sniffed(&body) != Some(declared) {
        let why = format!("the bytes are not {}", declared.as_str());
        return Err(Problem::invalid("file_is_not_what_it_says", why));
    }
    let file = FileRecord {
        sha256: sha256_hex(&body),
        media_type: declared,
        bytes: body.len() as u64,
        name: of_file.name,
    };
    let same = format!("{query}\n{}\n{}", declared.as_str(), file.sha256).into_bytes();
    Ok(Given { side, kind, text, file: Some((file, body)), bytes: same })
}

fn not_taken() -> Problem {
    let all = Media::ALL.map(Media::as_str).join(", ");
    Problem::media_type(format!("send words as application/json, or a file as one of: {all}"))
}

/// A file of evidence, as it was given. For the parties of the case and the arbiter; the look is recorded before it is
/// given.
#[utoipa::path(get, path = "/v1/evidence/{evidence}/file", tag = "disputes", params(("evidence" = String, Path)),
    responses((status = 200, description = "The bytes", content_type = "application/octet-stream"), (status = "4XX", body = Problem)))]
pub async fn file(
    State(app): State<App>,
    caller: Caller,
    Path(evidence): Path<String>,
) -> Result<Response, Problem> {
    let missing = || Problem::not_found("no_such_evidence", "there is no such evidence, or it has no file");
    let id: EvidenceId = evidence.parse().map_err(|_| missing())?;
    let store = app.gateway.store.as_ref();
    let record = store.evidence(id.clone()).await?.ok_or_else(missing)?;
    let case = store.case(record.order).await?.ok_or_else(missing)?;
    if !caller.may_see(case.order.order.seller.as_deref()) {
        return Err(missing());
    }
    let file = record.file.ok_or_else(missing)?;
    let look = FileLook { evidence: id, key: caller.key.id.clone(), at: app.gateway.now() };
    store.note_look(look).await?;
    let bytes = store.evidence_file(file.sha256).await?.ok_or_else(missing)?;
    let name = format!("attachment; filename=\"{}.{}\"", record.id, file.media_type.extension());
    let headers = [
        (header::CONTENT_TYPE, file.media_type.as_str().to_owned()),
        (header::CONTENT_DISPOSITION, name),
        (header::CONTENT_SECURITY_POLICY, SANDBOX.to_owned()),
        (header::CACHE_CONTROL, "no-store".to_owned()),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin".to_owned()),
        (HeaderName::from_static("repr-digest"), digest(&bytes)),
    ];
    let mut response = bytes.into_response();
    for (name, value) in headers {
        let value = HeaderValue::from_str(&value).map_err(|_| Problem::internal())?;
        response.headers_mut().insert(name, value);
    }
    Ok(response)
}

/// RFC 9530, section 3.
fn digest(bytes: &[u8]) -> String {
    use sha2::{Digest as _, Sha256};
    format!("sha-256=:{}:", STANDARD.encode(Sha256::digest(bytes)))
}
