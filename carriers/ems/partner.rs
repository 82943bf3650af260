//! The answer of China EMS' older interface for partners, in XML: words without codes, and no number in it. An unknown
//! number is answered with the literal `null`. Pure.

use super::events::CHINA;
use crate::contract::{
    CarrierId, Checkpoint, Failure, FailureKind, LocalTime, OffsetTime, Reading, Response, Status,
    StatusTable, Tracking,
};
use crate::xml::{self, Element};
use crate::{foreign, journey};

/// Longest code that is passed on.
const CODE_CHARS_MAX: usize = 32;

/// Whether a body looks like an answer of the older interface.
pub fn recognizes(body: &[u8]) -> bool {
    let text = String::from_utf8_lossy(body);
    let is_error = text.contains("<response>") && text.contains("<status>") && text.contains("<code>");
    text.trim() == "null" || text.contains("<traces") || is_error
}

/// Reads an answer; never empty.
pub fn read(carrier: &CarrierId, statuses: &StatusTable, response: Response<'_>) -> Vec<Reading> {
    vec![read_answer(carrier, statuses, response).map_or_else(Reading::from, Reading::from)]
}

fn read_answer(
    carrier: &CarrierId,
    statuses: &StatusTable,
    response: Response<'_>,
) -> Result<Tracking, Failure> {
    let message = "the answer is not of the shape that the source documents";
    let shapeless = || foreign::by_status(response.status, "unexpected_shape", message);
    if String::from_utf8_lossy(response.body).trim() == "null" {
        return Err(if foreign::is_success(response.status) {
            Failure::new(FailureKind::NotFound, "null", "China EMS does not know the number")
        } else {
            shapeless()
        });
    }
    let root = xml::document(response)?;
    match &*root.name {
        "response" => Err(refusal(&root)),
        "traces" if foreign::is_success(response.status) && root.child("trace").is_some() => {
            Ok(tracking(carrier, statuses, &root, response.asked))
        }
        _ => Err(shapeless()),
    }
}

/// V02 is an unknown user or key.
fn refusal(root: &Element<'_>) -> Failure {
    let code = root.text_at(&["code"]).unwrap_or("no_code");
    let (kind, message) = match code {
        "V02" => (FailureKind::Refused, "China EMS refuses the credentials"),
        _ => (
            FailureKind::Inconclusive,
            "China EMS answers with an error that does not speak about the parcel",
        ),
    };
    Failure::new(kind, code.chars().take(CODE_CHARS_MAX).collect::<String>(), message)
}

fn tracking(
    carrier: &CarrierId,
    statuses: &StatusTable,
    root: &Element<'_>,
    asked: Option<&str>,
) -> Tracking {
    // Told oldest first.
    let mut checkpoints: Vec<Checkpoint> = root.all("trace").map(|t| checkpoint(statuses, t)).collect();
    checkpoints.reverse();
    let mut tracking = Tracking::new(carrier.clone(), asked.unwrap_or_default(), Status::Unknown);
    if let Some(stands) =
        journey::standing(checkpoints.iter().map(|c| c.status)).and_then(|i| checkpoints.get(i))
    {
        tracking.status = stands.status;
        tracking.status_text.clone_from(&stands.text);
    }
    tracking.notes.push("the answer does not name the item".to_owned());
    tracking.checkpoints = checkpoints;
    tracking
}

fn checkpoint(statuses: &StatusTable, trace: &Element<'_>) -> Checkpoint {
    let remark = trace.text_at(&["remark"]);
    let mapped = remark.and_then(|remark| statuses.get("partner_remark", remark));
    let status = mapped.map_or(Status::Unknown, |m| m.status);
    let local_time: Option<LocalTime> = trace.text_at(&["acceptTime"]).and_then(|text| text.parse().ok());
    // Posted in China; where the rest happened is not told in a way that proves the clock.
    let posted = local_time.and_then(LocalTime::datetime).filter(|_| status == Status::Accepted);
    Checkpoint {
        time: posted.and_then(|local| OffsetTime::of_local(local, CHINA)),
        local_time,
        status,
        code: None,
        text: remark.map(foreign::without_phones),
        fault: mapped.and_then(|m| m.fault),
        place: None,
    }
}
