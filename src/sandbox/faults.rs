//! Faults on demand: all that a source can do wrong, for a whole source or for one number.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use flate2::Compression;
use flate2::write::GzEncoder;
use http::{StatusCode, header};
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use waygate_carriers::contract::sandbox::{Refusal, Sandbox, SandboxRequest, SandboxResponse};

use super::plain;

/// Longest time that a slow answer takes, in milliseconds.
const SLOW_MS_MAX: u64 = 60_000;
/// Length of an endless answer, in bytes: more than any source's limit.
const FLOOD_BYTES: usize = 64 << 20;

/// How much of it comes at once, in bytes.
const PIECE_BYTES: usize = 64 << 10;

/// What a source does wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "fault", rename_all = "snake_case", deny_unknown_fields)]
pub enum Fault {
    /// The carrier's own "service unavailable".
    Down,
    /// A gateway's page, status 503.
    Html503,
    /// The carrier's own "too many requests".
    RateLimited,
    /// The carrier refuses the credentials.
    Unauthorized,
    /// A good answer, late.
    Slow {
        /// Milliseconds before the answer begins.
        ms: u64,
    },
    /// A page where the carrier's format is expected, status 200.
    Garbage,
    /// A good answer of which the second half never comes, and the connection breaks.
    HalfBody,
    /// A good answer cut in the middle, with the length to match.
    Truncated,
    /// A redirect to another host.
    Redirect,
    /// A good answer about another number.
    WrongNumber,
    /// An answer without end.
    Flood,
    /// The same, packed: small on the wire.
    Bomb,
    /// A good answer of a source whose clock is wrong.
    ClockSkew {
        /// Minutes by which it is fast; less than nothing where it is slow.
        minutes: i32,
    },
}

impl Fault {
    /// The time by which the source's clock is wrong.
    pub(super) fn skew(self) -> SignedDuration {
        match self {
            Self::ClockSkew { minutes } => SignedDuration::from_mins(i64::from(minutes)),
            _ => SignedDuration::ZERO,
        }
    }
}

/// The faults in force.
#[derive(Default)]
pub struct Faults {
    by_source: Mutex<BTreeMap<String, Fault>>,
    by_number: BTreeMap<String, Fault>,
}

impl Faults {
    /// Faults for single numbers; none for whole sources yet.
    pub fn new(by_number: BTreeMap<String, Fault>) -> Self {
        Self { by_source: Mutex::default(), by_number }
    }

    /// Sets the fault of a source.
    pub fn set(&self, source: &str, fault: Fault) {
        self.sources().insert(source.to_owned(), fault);
    }

    /// The source does everything right again.
    pub fn clear(&self, source: &str) {
        self.sources().remove(source);
    }

    /// All faults of whole sources.
    pub fn all(&self) -> BTreeMap<String, Fault> {
        self.sources().clone()
    }

    /// The fault that a request meets.
    pub(super) fn of(&self, source: &str, request: &SandboxRequest) -> Option<Fault> {
        let names = |number: &str| {
            request.path.contains(number) || request.query.iter().any(|(_, value)| value == number)
        };
        let by_number = self.by_number.iter().find(|(number, _)| names(number)).map(|(_, fault)| *fault);
        by_number.or_else(|| self.sources().get(source).copied())
    }

    fn sources(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, Fault>> {
        self.by_source.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Blanks without end, packed.
fn bomb() -> Vec<u8> {
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    let piece = vec![b' '; PIECE_BYTES];
    for _ in 0..FLOOD_BYTES / PIECE_BYTES {
        packed.write_all(&piece).unwrap_or_else(|_| unreachable!("memory takes what it is given"));
    }
    packed.finish().unwrap_or_default()
}

pub(super) async fn misbehave(
    fault: Fault,
    sandbox: &dyn Sandbox,
    good: impl FnOnce() -> SandboxResponse,
) -> Response {
    const PAGE: &str = "<!DOCTYPE html><html><body><h1>Something is being done</h1></body></html>";
    let html = [(header::CONTENT_TYPE, "text/html; charset=utf-8")];
    match fault {
        Fault::Down => plain(sandbox.refuse(Refusal::Unavailable)),
        Fault::RateLimited => plain(sandbox.refuse(Refusal::RateLimited)),
        Fault::Unauthorized => plain(sandbox.refuse(Refusal::Unauthorized)),
        Fault::Html503 => (StatusCode::SERVICE_UNAVAILABLE, html, PAGE).into_response(),
        Fault::Garbage => (StatusCode::OK, html, PAGE).into_response(),
        Fault::Slow { ms } => {
            tokio::time::sleep(Duration::from_millis(ms.min(SLOW_MS_MAX))).await;
            plain(good())
        }
        Fault::HalfBody => {
            let mut response = good();
            response.body.truncate(response.body.len() / 2);
            let parts = [Ok(response.body), Err(std::io::Error::other("the line broke"))];
            let status = StatusCode::from_u16(response.status).unwrap_or(StatusCode::OK);
            let body = Body::from_stream(futures_util::stream::iter(parts));
            (status, [(header::CONTENT_TYPE, response.content_type)], body).into_response()
        }
        Fault::Truncated => {
            let mut response = good();
            response.body.truncate(response.body.len() / 2);
            plain(response)
        }
        Fault::Redirect => {
            (StatusCode::FOUND, [(header::LOCATION, "http://localhost.invalid/elsewhere")]).into_response()
        }
        Fault::WrongNumber => {
            let mut response = good();
            for byte in &mut response.body {
                // Every digit one higher: another number, other dates, the same shape.
                if byte.is_ascii_digit() {
                    *byte = b'0' + (*byte - b'0' + 1) % 10;
                }
            }
            plain(response)
        }
        Fault::Flood => {
            let piece = vec![b' '; PIECE_BYTES];
            let pieces = std::iter::repeat_n(piece, FLOOD_BYTES / PIECE_BYTES).map(Ok::<_, std::io::Error>);
            Body::from_stream(futures_util::stream::iter(pieces)).into_response()
        }
        Fault::Bomb => ([(header::CONTENT_ENCODING, "gzip")], bomb()).into_response(),
        Fault::ClockSkew { .. } => plain(good()),
    }
}
