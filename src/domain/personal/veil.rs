//! What hides the persons of one case: it knows what must not show, and goes over everything that tells of the case.

use serde_json::{Map, Value};
use waygate_carriers::contract::{Place, Reading, Status, Tracking};

use super::scan::without_word;
use super::{masked_name, masked_page, masked_postal_code, masked_text, masked_typing};
use crate::domain::order::Order;
use crate::domain::shipment::Claim;
use crate::domain::verdict::Verdict;

/// Shortest word of a name that is looked for by itself: shorter ones are syllables of other words.
const LATIN_WORD_MIN: usize = 3;
/// The same in scripts that write more in a sign.
const OTHER_WORD_MIN: usize = 2;
/// Most words that are looked for; a case has a few.
const WORDS_MAX: usize = 64;

/// Members of an event's particulars that hold no text of anybody's: ids, codes, times, amounts.
const PLAIN: [&str; 32] = [
    "action",
    "amount",
    "at",
    "by",
    "carrier",
    "case",
    "code",
    "combined_with",
    "country",
    "currency",
    "dispute",
    "effect",
    "fault",
    "id",
    "kind",
    "local_time",
    "order",
    "outcome",
    "phase",
    "policy",
    "remedy",
    "rule",
    "rules",
    "seller",
    "sha256",
    "shipment",
    "source",
    "status",
    "time",
    "tracking_number",
    "type",
    "verdict",
];

/// What hides the persons of one case.
#[derive(Debug, Clone, Default)]
pub struct Veil {
    /// In small letters, the longest first.
    words: Vec<Vec<char>>,
}

impl Veil {
    /// A veil over a case: it knows the order's address and whom and where the sources name.
    pub fn of<'a>(order: Option<&Order>, readings: impl IntoIterator<Item = &'a Reading>) -> Self {
        let mut veil = Self::default();
        if let Some(order) = order {
            veil.knows(order.ship_to.city.as_deref());
            veil.knows(order.ship_to.postal_code.as_deref());
            veil.knows(order.buyer.as_deref());
        }
        for tracking in readings.into_iter().filter_map(Reading::tracking) {
            veil.knows_tracking(tracking);
        }
        veil.words.sort_by(|one, other| other.len().cmp(&one.len()).then_with(|| one.cmp(other)));
        veil.words.dedup();
        veil.words.truncate(WORDS_MAX);
        veil
    }

    fn knows_tracking(&mut self, tracking: &Tracking) {
        if let Some(proof) = &tracking.proof_of_delivery {
            self.knows(proof.signed_by.as_deref());
            for word in proof.signed_by.iter().flat_map(|name| name.split_whitespace()) {
                self.knows(Some(word));
            }
        }
        let delivered = tracking.checkpoints.iter().filter(|c| c.status == Status::Delivered);
        for place in tracking.destination.iter().chain(delivered.filter_map(|c| c.place.as_ref())) {
            self.knows(place.city.as_deref());
            self.knows(place.postal_code.as_deref());
        }
    }

    fn knows(&mut self, text: Option<&str>) {
        let trimmed = text.unwrap_or_default().trim_matches(|c: char| !c.is_alphanumeric());
        let word: Vec<char> = trimmed.chars().map(|c| c.to_lowercase().next().unwrap_or(c)).collect();
        let least = if trimmed.is_ascii() { LATIN_WORD_MIN } else { OTHER_WORD_MIN };
        if word.len() >= least && !self.words.contains(&word) {
            self.words.push(word);
        }
    }

    /// A free text.
    pub fn text(&self, text: &str) -> String {
        let known = self.words.iter().fold(text.to_owned(), |text, word| without_word(&text, word));
        masked_text(&known)
    }

    fn hide(&self, text: &mut Option<String>) {
        if let Some(text) = text {
            *text = self.text(text);
        }
    }

    /// An order as those see it who need not know where its buyer lives.
    pub fn order(&self, order: &mut Order) {
        order.buyer = order.buyer.as_deref().map(masked_name);
        order.ship_to.city = order.ship_to.city.as_deref().map(masked_name);
        order.ship_to.postal_code = order.ship_to.postal_code.as_deref().map(masked_postal_code);
    }

    /// What a source told.
    pub fn reading(&self, reading: &mut Reading) {
        let tracking = match reading {
            Reading::Found(tracking) => tracking,
            Reading::Failed(failure) => {
                failure.message = self.text(&failure.message);
                return;
            }
        };
        if let Some(proof) = &mut tracking.proof_of_delivery {
            proof.signed_by = proof.signed_by.as_deref().map(masked_name);
            self.hide(&mut proof.left_at);
        }
        if let Some(place) = &mut tracking.destination {
            hide_place(place);
        }
        self.hide(&mut tracking.status_text);
        for checkpoint in &mut tracking.checkpoints {
            self.hide(&mut checkpoint.text);
            match &mut checkpoint.place {
                Some(place) if checkpoint.status == Status::Delivered => hide_place(place),
                Some(place) => {
                    self.hide(&mut place.city);
                    self.hide(&mut place.postal_code);
                }
                None => {}
            }
        }
        for note in &mut tracking.notes {
            *note = self.text(note);
        }
    }

    /// A verdict's words.
    pub fn verdict(&self, verdict: &mut Verdict) {
        for check in &mut verdict.checks {
            check.reason = self.text(&check.reason);
            check.for_seller = self.text(&check.for_seller);
        }
        for ask in &mut verdict.ask_seller {
            *ask = self.text(ask);
        }
    }

    /// What a seller said of a shipment, for all but the seller.
    pub fn claim(&self, claim: &mut Claim, input: &mut String) {
        *input = masked_typing(input, &claim.tracking_number);
        claim.tracking_url = claim.tracking_url.as_deref().map(masked_page);
    }

    /// An address that a source was asked at: what is asked there may be a postal code or a telephone number.
    pub fn address(&self, url: &str) -> String {
        let (page, query) = url.split_once('?').unwrap_or((url, ""));
        if query.is_empty() { self.text(page) } else { format!("{}?***", self.text(page)) }
    }

    /// The particulars of an event.
    pub fn data(&self, data: &mut Map<String, Value>) {
        for (name, value) in data.iter_mut() {
            self.value(name, value);
        }
    }

    fn value(&self, name: &str, value: &mut Value) {
        match value {
            Value::String(text) if name == "signed_by" || name == "buyer" => *text = masked_name(text),
            Value::String(text) if !PLAIN.contains(&name) && !name.ends_with("_at") => {
                *text = self.text(text);
            }
            Value::Array(items) => items.iter_mut().for_each(|item| self.value(name, item)),
            Value::Object(members) => self.data(members),
            _ => {}
        }
    }
}

fn hide_place(place: &mut Place) {
    place.city = place.city.as_deref().map(masked_name);
    place.postal_code = place.postal_code.as_deref().map(masked_postal_code);
}
