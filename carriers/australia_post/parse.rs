//! The answer of Australia Post's Track Items, read into trackings: one for each article. Pure.

use std::iter::successors;

use super::wire::{self, Event, Item, Problem, TrackingResult};
use crate::contract::{
    CarrierId, Checkpoint, Country, Failure, FailureKind, LocalTime, Mapped, OffsetTime, Place, Reading,
    Response, Status, StatusTable, Tracking,
};
use crate::{foreign, journey, places};

/// Longest error code that is passed on.
const CODE_CHARS_MAX: usize = 32;

/// Words at the start of a description, or at the end of a place, that are looked up together, at most; the longest known one has six.
const WORDS_MAX: usize = 12;

/// Articles of one number that are read, at most.
const ARTICLES_MAX: usize = 100;

/// The states and territories, as they stand behind a town.
const STATES: [&str; 8] = ["ACT", "NSW", "NT", "QLD", "SA", "TAS", "VIC", "WA"];

/// Reads an answer; never empty.
pub fn read(carrier: &CarrierId, statuses: &StatusTable, response: Response<'_>) -> Vec<Reading> {
    read_answer(carrier, statuses, response).unwrap_or_else(|failure| vec![failure.into()])
}

fn read_answer(
    carrier: &CarrierId,
    statuses: &StatusTable,
    response: Response<'_>,
) -> Result<Vec<Reading>, Failure> {
    let shapeless = || foreign::unexpected_shape(response.status);
    let answer: wire::Answer = foreign::answer(response)?;
    let Some(wire::Results(results)) = answer.tracking_results else {
        return Err(answer.errors.first().map_or_else(shapeless, |e| refusal(e, response.status)));
    };
    if !foreign::is_success(response.status) {
        return Err(shapeless());
    }
    let mut readings = Vec::new();
    for result in &results {
        let Some(id) = result.tracking_id.as_deref() else { continue };
        let articles = articles(result);
        if let Some(asked) = response.asked.filter(|asked| !foreign::same_number(asked, id)) {
            // The answer is about a consignment; one of its articles may be what was asked.
            let own = articles.iter().filter(|a| is_article(a, asked));
            readings.extend(own.map(|a| tracking(carrier, statuses, result, a, asked).into()));
        } else if let Some(error) = result.errors.first() {
            let mut failure = refusal(error, response.status);
            failure.tracking_number = Some(id.to_owned());
            readings.push(failure.into());
        } else {
            readings.extend(articles.iter().map(|a| tracking(carrier, statuses, result, a, id).into()));
        }
    }
    match (readings.is_empty(), results.is_empty() || response.asked.is_none()) {
        (false, _) => Ok(readings),
        (true, false) => Err(foreign::wrong_number()),
        (true, true) => Err(shapeless()),
    }
}

/// What an error means: by its code, and where that is not known by the HTTP status.
fn refusal(problem: &Problem, status: u16) -> Failure {
    let code = problem.code.as_deref().or(problem.error_code.as_deref()).unwrap_or("no_code");
    let (kind, message) = match (code, status) {
        ("ESB-10001" | "51104", _) => (FailureKind::NotFound, "Australia Post does not know the number"),
        ("ESB-10002", _) => {
            (FailureKind::Inconclusive, "Australia Post does not track items of this product")
        }
        ("ESB-20010" | "ESB-20050", _) => {
            (FailureKind::Unavailable, "Australia Post has an error of its own")
        }
        ("API_002", _) | (_, 429) => (FailureKind::RateLimited, "Australia Post asks to come back later"),
        ("API_001", _) | (_, 401 | 403) => (FailureKind::Refused, "Australia Post refuses the client"),
        (_, 500..) => (FailureKind::Unavailable, "Australia Post has an error of its own"),
        _ => (
            FailureKind::Inconclusive,
            "Australia Post does not take the request, which says nothing about the item",
        ),
    };
    Failure::new(kind, code.chars().take(CODE_CHARS_MAX).collect::<String>(), message)
}

/// The articles of a result, however deep they stand; the consignment itself where it names none.
fn articles(result: &TrackingResult) -> Vec<&Item> {
    let mut open: Vec<&Item> = result.trackable_items.iter().chain(&result.consignment).rev().collect();
    let mut found = Vec::new();
    while let Some(item) = open.pop() {
        if item.items.is_empty() {
            found.push(item);
        } else {
            open.extend(item.items.iter().rev());
        }
        if found.len() >= ARTICLES_MAX {
            break;
        }
    }
    found
}

fn is_article(item: &Item, number: &str) -> bool {
    let ids = [&item.article_id, &item.consignment_id];
    ids.into_iter().flatten().any(|id| foreign::same_number(id, number))
}

fn tracking(
    carrier: &CarrierId,
    statuses: &StatusTable,
    result: &TrackingResult,
    article: &Item,
    number: &str,
) -> Tracking {
    let mut checkpoints: Vec<Checkpoint> = article.events.iter().map(|e| checkpoint(statuses, e)).collect();
    journey::newest_first(&mut checkpoints);
    let word = article.status.as_ref().or(result.status.as_ref());
    let told = word
        .and_then(|word| statuses.get("status", &word.to_lowercase()).map(|mapped| (mapped.status, word)));

    let mut tracking = Tracking::new(carrier.clone(), number, Status::Unknown);
    tracking.service.clone_from(&article.product_type);
    journey::settle(&mut tracking, checkpoints);
    // Australia Post's own word counts as its newest report, but for "In transit", which says less than an event does.
    if let Some((status, word)) = told {
        let reports = std::iter::once(status).chain(tracking.checkpoints.iter().map(|c| c.status));
        let stands_first = journey::standing(reports) == Some(0) && status != Status::InTransit;
        if tracking.status == Status::Unknown || (stands_first && status != tracking.status) {
            tracking.status = status;
            tracking.status_text = Some(word.clone());
            tracking.delivered_at = journey::delivered_at(status, &tracking.checkpoints);
        }
    }
    let own = article.article_id.as_deref().filter(|own| !foreign::same_number(own, number));
    tracking.notes.extend(own.map(|own| format!("an article of the consignment, with the number {own}")));
    tracking
}

/// The description whole, or the words that it begins with; else the one word that says enough wherever it stands.
fn meaning(statuses: &StatusTable, description: &str) -> Option<Mapped> {
    let lower = description.to_lowercase();
    let head = lower.match_indices(' ').nth(WORDS_MAX - 1).map_or(lower.as_str(), |(at, _)| &lower[..at]);
    let mut beginnings = successors(Some(head), |words| Some(words.rsplit_once(' ')?.0));
    let begins = beginnings.find_map(|words| statuses.get("description", words));
    let mut words = lower.split(' ');
    let single = || words.find_map(|word| statuses.get("word", word.trim_matches(['.', ',', '-'])));
    begins.or_else(single)
}

fn checkpoint(statuses: &StatusTable, event: &Event) -> Checkpoint {
    // Descriptions hold tabs and line ends.
    let description = event.description.as_deref().unwrap_or_default();
    let description = description.split_whitespace().collect::<Vec<_>>().join(" ");
    let mapped = meaning(statuses, &description);
    let place = event.location.as_deref().and_then(place);
    let given: Option<OffsetTime> = event.date.as_deref().and_then(|text| text.parse().ok());
    let without_offset = || event.date.as_deref().and_then(|text| text.parse().ok());
    let abroad = place.as_ref().and_then(|p| p.country).is_some_and(|country| country.as_str() != "AU");
    Checkpoint {
        // A foreign post's clock is relayed with an Australian offset.
        time: given.filter(|_| !abroad),
        local_time: given.map(|time| LocalTime::DateTime(time.local())).or_else(without_offset),
        status: mapped.map_or(Status::Unknown, |m| m.status),
        code: None,
        text: foreign::trimmed(&description),
        fault: mapped.and_then(|m| m.fault),
        place,
    }
}

/// `TOWN STATE` is in Australia; else the last words may name a country.
fn place(location: &str) -> Option<Place> {
    let words: Vec<&str> = location.split_whitespace().collect();
    if let Some((state, town)) = words.split_last().filter(|(state, _)| STATES.contains(state)) {
        return Place {
            country: Country::new("AU").ok(),
            city: foreign::trimmed(&town.join(" ")),
            region: Some((*state).to_owned()),
            postal_code: None,
        }
        .known();
    }
    let mut endings = words.len().saturating_sub(WORDS_MAX)..words.len();
    let country = endings.find_map(|at| places::country_named(&words[at..].join(" ")));
    Place { country, city: Some(words.join(" ")), ..Place::default() }.known()
}
