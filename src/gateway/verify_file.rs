//! `waygate verify`: a claim and its recorded evidence in one JSON file to the verdict. Pure: no network, no database;
//! the time comes from the file.

use jiff::Timestamp;
use serde::Deserialize;
use waygate_carriers::contract::{Ask, CarrierId, Failure, FailureKind, Reading, Response, SourceId};
use waygate_carriers::numbers::{Hint, Identification};
use waygate_carriers::registry::registry;

use crate::domain::channels::Channels;
use crate::domain::observation::Observation;
use crate::domain::order::{InvalidField, Order};
use crate::domain::policy::Policy;
use crate::domain::shipment::{Claim, OtherClaim, SellerRecord};
use crate::domain::verdict::{Case, Verdict, WorkedOut, carrier_id, judge};
use crate::gateway::ask::{asks, sources_for};

/// Largest file that is read, in bytes: 8 MiB.
pub const FILE_BYTES_MAX: usize = 8 << 20;
/// The HTTP status that is meant where an observation names none.
const HTTP_OK: u16 = 200;
/// Whose answer it is where the named carrier is no id at all: nobody's.
const NOBODY: &str = "unknown";

/// Why a file was not judged.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InputError {
    /// It is too large.
    #[error("the file has {0} bytes; at most {FILE_BYTES_MAX} are read")]
    TooLarge(usize),
    /// It is not UTF-8.
    #[error("the file is not UTF-8: byte {0} is wrong")]
    NotUtf8(usize),
    /// It is not the JSON that is expected.
    #[error("{path}: {message}")]
    Unreadable {
        /// Where, as `observations[1].fetched_at`; a full stop for the whole.
        path: String,
        /// What is wrong there.
        message: String,
    },
    /// A field of the order breaks a rule.
    #[error("order.{0}")]
    Order(#[from] InvalidField),
    /// An observation has both or neither of `body` and `tracking`.
    #[error("observations[{0}]: needs either `body` or `tracking`, {1}")]
    BodyOrTracking(usize, &'static str),
    /// Nobody knows this version of the policy.
    #[error("the policy `{given}` is not known; known are: {known}")]
    UnknownPolicy {
        /// What was asked for.
        given: String,
        /// What there is.
        known: String,
    },
}

#[derive(Deserialize)]
struct File {
    now: Timestamp,
    order: Order,
    claim: Claim,
    #[serde(default)]
    other_claims: Option<Vec<OtherClaim>>,
    #[serde(default)]
    observations: Option<Vec<Recorded>>,
    #[serde(default)]
    seller_record: Option<SellerRecord>,
    #[serde(default)]
    dispute_opened_at: Option<Timestamp>,
}

/// An observation as it stands in the file.
#[derive(Deserialize)]
struct Recorded {
    /// The claim's carrier where absent.
    #[serde(default)]
    carrier: Option<String>,
    #[serde(default)]
    source: Option<String>,
    #[serde(default)]
    official: Option<bool>,
    /// The time of judging where absent.
    #[serde(default)]
    fetched_at: Option<Timestamp>,
    #[serde(default)]
    http_status: Option<u16>,
    #[serde(default)]
    body: Option<String>,
    #[serde(default)]
    tracking: Option<Reading>,
}

/// What is known of carriers: the registry, or a test's stand-in.
trait Carriers {
    /// Says what a number is.
    fn identify(&self, input: &str, hint: Hint<'_>) -> Identification;
    /// Reads a body as the carrier's source sent it.
    fn read(&self, carrier: &CarrierId, source: Option<&SourceId>, response: Response<'_>) -> Vec<Reading>;
    /// Whether a source answers for a carrier's numbers; a source that is not known is the carrier's to choose.
    fn answers_for(&self, source: &SourceId, carrier: &CarrierId) -> bool;
    /// Whether any official source can be asked.
    fn can_answer(&self, ask: &Ask) -> bool;
}

struct BuiltIn;

impl Carriers for BuiltIn {
    fn identify(&self, input: &str, hint: Hint<'_>) -> Identification {
        registry().formats().identify(input, hint)
    }

    fn read(&self, carrier: &CarrierId, source: Option<&SourceId>, response: Response<'_>) -> Vec<Reading> {
        registry().read(carrier, source, response)
    }

    fn answers_for(&self, source: &SourceId, carrier: &CarrierId) -> bool {
        registry().source(source).is_none_or(|s| s.facts().answers.iter().any(|a| a.carrier == *carrier))
    }

    fn can_answer(&self, ask: &Ask) -> bool {
        !sources_for(registry(), ask).is_empty()
    }
}

/// Reads a file and judges it, under the named version of the policy or else the newest.
pub fn judge_file(bytes: &[u8], policy: Option<&str>) -> Result<Verdict, InputError> {
    judge_with(&BuiltIn, bytes, policy)
}

/// The same under any policy, such as a draft.
pub fn judge_file_under(bytes: &[u8], policy: &Policy) -> Result<Verdict, InputError> {
    judge_under(&BuiltIn, bytes, policy)
}

fn judge_with(carriers: &dyn Carriers, bytes: &[u8], policy: Option<&str>) -> Result<Verdict, InputError> {
    judge_under(carriers, bytes, choose(policy)?)
}

fn judge_under(carriers: &dyn Carriers, bytes: &[u8], policy: &Policy) -> Result<Verdict, InputError> {
    let file = parse(bytes)?;
    file.order.validate()?;
    let claimed = carrier_id(&file.claim.carrier);
    let hint =
        Hint { claimed: claimed.as_ref(), ship_from: file.order.ship_from.as_ref().map(|from| from.country) };
    let identification = carriers.identify(&file.claim.tracking_number, hint);
    let source_can_answer = claimed.as_ref().is_some_and(|id| {
        asks(&file.order, id, &identification, file.now).iter().any(|ask| carriers.can_answer(ask))
    });
    let observations = file
        .observations
        .unwrap_or_default()
        .into_iter()
        .enumerate()
        .map(|(index, recorded)| {
            observe(carriers, recorded, claimed.as_ref(), &identification.normalized, file.now)
                .map_err(|why| InputError::BodyOrTracking(index, why))
        })
        .collect::<Result<Vec<_>, _>>()?;
    Ok(judge(&Case {
        now: file.now,
        order: &file.order,
        claim: &file.claim,
        identification: &identification,
        other_claims: &file.other_claims.unwrap_or_default(),
        observations: &observations,
        seller_record: file.seller_record,
        dispute_opened_at: file.dispute_opened_at,
        policy,
        channels: Channels::built_in(),
        source_can_answer,
        awaits_answer: false,
        worked_out: WorkedOut::default(),
    }))
}

fn choose(id: Option<&str>) -> Result<&'static Policy, InputError> {
    let Some(id) = id else { return Ok(Policy::current()) };
    Policy::built_in(id).ok_or_else(|| InputError::UnknownPolicy {
        given: id.chars().take(64).collect(),
        known: Policy::all().iter().map(|p| p.id.as_str()).collect::<Vec<_>>().join(", "),
    })
}

fn parse(bytes: &[u8]) -> Result<File, InputError> {
    if bytes.len() > FILE_BYTES_MAX {
        return Err(InputError::TooLarge(bytes.len()));
    }
    let text = std::str::from_utf8(bytes).map_err(|e| InputError::NotUtf8(e.valid_up_to()))?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let unreadable = |path: String, message: String| InputError::Unreadable { path, message };
    // The whole first: fields that are not looked at must be JSON, and not too deep, all the same.
    serde_json::from_str::<serde_json::Value>(text).map_err(|e| unreadable(".".to_owned(), e.to_string()))?;
    serde_path_to_error::deserialize(&mut serde_json::Deserializer::from_str(text))
        .map_err(|e| unreadable(e.path().to_string(), e.inner().to_string()))
}

fn observe(
    carriers: &dyn Carriers,
    recorded: Recorded,
    claimed: Option<&CarrierId>,
    number: &str,
    now: Timestamp,
) -> Result<Observation, &'static str> {
    let named = match &recorded.carrier {
        Some(name) => carrier_id(name),
        None => claimed.cloned(),
    };
    let is_known = named.is_some();
    let carrier = named.or_else(|| CarrierId::new(NOBODY).ok()).ok_or("and a carrier")?;
    let source = recorded.source.as_deref().and_then(|s| SourceId::new(s).ok());
    let reading = match (recorded.body, recorded.tracking) {
        (Some(_), Some(_)) => return Err("not both"),
        (None, None) => return Err("and has neither"),
        (None, Some(tracking)) => tracking,
        (Some(body), None) => {
            let status = recorded.http_status.unwrap_or(HTTP_OK);
            let response = Response { status, body: body.as_bytes(), asked: Some(number) };
            about(number, carriers.read(&carrier, source.as_ref(), response))
        }
    };
    // Recognition comes from the registry: another carrier's source is not this one's official source.
    let is_its_own = source.as_ref().is_none_or(|s| carriers.answers_for(s, &carrier));
    Ok(Observation {
        official: recorded.official.unwrap_or(false) && is_known && is_its_own,
        carrier,
        source,
        fetched_at: recorded.fetched_at.unwrap_or(now),
        reading,
    })
}

/// Of an answer about several parcels, the one about this number; else the first.
fn about(number: &str, readings: Vec<Reading>) -> Reading {
    let is_asked = |r: &Reading| r.tracking().is_some_and(|t| t.tracking_number == number);
    let position = readings.iter().position(is_asked).unwrap_or(0);
    readings.into_iter().nth(position).unwrap_or_else(|| {
        Failure::new(FailureKind::Malformed, "no_answer", "the body holds no answer at all").into()
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
