//! Bodies that others wrote: told apart when they are not the source's own, and read with patience for fields that
//! are now text, now numbers, now one, now many. Never panics, never fills a gap with a guess.

mod fields;

use std::borrow::Cow;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_json::error::Category;
use serde_json_borrow::Value as Tree;

pub use self::fields::{Needed, accessory, many, some, text, text_or_flag, texts};
use crate::contract::{Failure, FailureKind, Response};

/// Whether an HTTP status says that the request succeeded.
pub fn is_success(status: u16) -> bool {
    (200..300).contains(&status)
}

/// The content of a body: without the mark of its encoding and the blanks around it.
fn content(body: &[u8]) -> &[u8] {
    body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body).trim_ascii()
}

/// A body's object as a wire type, in one pass over its bytes; none where it is not that simple.
pub fn straight<T: DeserializeOwned>(body: &[u8]) -> Option<T> {
    let body = content(body);
    // One look at the whole is quicker than one at each text in it.
    let body = std::str::from_utf8(body).ok().filter(|body| body.starts_with('{'))?;
    serde_json::from_str(body).ok()
}

/// A body's object as a wire type. What cannot be read in one pass is looked at again, to say why, or to take the last of
/// two fields of one name.
pub fn answer<T: DeserializeOwned>(response: Response<'_>) -> Result<T, Failure> {
    if let Some(answer) = straight(response.body) {
        return Ok(answer);
    }
    shaped(json(response)?).ok_or_else(|| unexpected_shape(response.status))
}

/// Whether a body is a list, as far as its start says.
pub fn is_list(body: &[u8]) -> bool {
    content(body).starts_with(b"[")
}

/// A body's list of objects, each as a wire type. What is no such list is of an unexpected shape.
pub fn answers<T: DeserializeOwned>(response: Response<'_>) -> Result<Vec<T>, Failure> {
    let body = content(response.body);
    if let Ok(answers) = serde_json::from_slice::<Vec<Needed<T>>>(body) {
        return Ok(answers.into_iter().map(|Needed(answer)| answer).collect());
    }
    let shapeless = || unexpected_shape(response.status);
    match json(response)? {
        Value::Array(values) => values.into_iter().map(shaped).collect::<Option<_>>().ok_or_else(shapeless),
        _ => Err(shapeless()),
    }
}

/// JSON that stands as text within JSON, or as it is, as a wire type.
pub fn within<T: DeserializeOwned>(value: Value) -> Option<T> {
    match value {
        Value::String(text) => {
            straight(text.as_bytes()).or_else(|| shaped(serde_json::from_str(&text).ok()?))
        }
        value => shaped(value),
    }
}

/// The body as JSON. A body that is none says why: `empty`, `html_instead`, `truncated`, `not_json`. Where the HTTP
/// status is an error the status decides what it means, since gateways in front of a source answer in their own words.
pub fn json(response: Response<'_>) -> Result<Value, Failure> {
    parsed(response)
}

/// As [`json`], into a tree that borrows its texts from the body.
pub fn json_tree(response: Response<'_>) -> Result<Tree<'_>, Failure> {
    parsed(response)
}

fn parsed<'a, T: Deserialize<'a>>(response: Response<'a>) -> Result<T, Failure> {
    let body = content(response.body);
    let (code, message) = if body.is_empty() {
        ("empty", "the answer has no content")
    } else if body.starts_with(b"<") {
        ("html_instead", "a web page came instead of the source's JSON")
    } else {
        match serde_json::from_slice(body) {
            Ok(value) => return Ok(value),
            Err(error) if error.classify() == Category::Eof => {
                ("truncated", "the answer breaks off before its end")
            }
            Err(_) => ("not_json", "the answer is not JSON"),
        }
    };
    Err(by_status(response.status, code, message))
}

/// What an answer that is not the source's own means. Neither 404 nor 403 of a stranger speaks about the number or
/// the credentials; 401 and 429 mean the same whoever says them.
pub fn by_status(status: u16, code: &str, message: &str) -> Failure {
    let kind = match status {
        200..300 => FailureKind::Malformed,
        401 => FailureKind::Refused,
        429 => FailureKind::RateLimited,
        _ => FailureKind::Unavailable,
    };
    Failure::new(kind, code, message)
}

/// JSON of another shape than the source's.
pub fn unexpected_shape(status: u16) -> Failure {
    by_status(
        status,
        "unexpected_shape",
        "the answer is JSON, but not of the shape that the source documents",
    )
}

/// An answer about another number than the one that was asked.
pub fn wrong_number() -> Failure {
    Failure::new(
        FailureKind::Malformed,
        "wrong_number",
        "the answer is about another number than the one asked",
    )
}

/// A JSON object as a wire type.
pub fn shaped<T: DeserializeOwned>(value: Value) -> Option<T> {
    if value.is_object() { T::deserialize(value).ok() } else { None }
}

/// Whether two prints of a number are the same number: only letters and digits count, and case does not.
pub fn same_number(one: &str, other: &str) -> bool {
    fn clean(text: &str) -> impl Iterator<Item = char> + '_ {
        text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_uppercase)
    }
    one == other || clean(one).eq(clean(other))
}

/// Text as it is worth keeping: without the blanks around it, and none where nothing is left.
pub fn trimmed(text: &str) -> Option<String> {
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

/// Fewest digits in a row that are taken for a telephone number.
const PHONE_DIGITS_MIN: usize = 7;

/// A carrier's words without the telephone numbers of couriers and recipients in them. Digits after a letter are a
/// parcel's number and stay.
pub fn without_phones(text: &str) -> String {
    if text.bytes().filter(u8::is_ascii_digit).count() < PHONE_DIGITS_MIN {
        return text.to_owned();
    }
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(|c: char| c.is_ascii_digit()) {
        let (before, from) = rest.split_at(start);
        kept.push_str(before);
        let joined = |c: char| c.is_ascii_digit() || c == '-';
        let end = from.find(|c| !joined(c)).unwrap_or(from.len());
        let (run, after) = from.split_at(end);
        let digits = run.bytes().filter(u8::is_ascii_digit).count();
        let follows_letter = before.ends_with(|c: char| c.is_ascii_alphabetic());
        let is_date = run.len() == 10 && run.as_bytes()[4] == b'-';
        kept.push_str(if digits < PHONE_DIGITS_MIN || follows_letter || is_date { run } else { "***" });
        rest = after;
    }
    kept.push_str(rest);
    kept
}

/// A text or a number as text, trimmed; none for anything else.
pub fn scalar<'a>(value: &'a Tree<'_>) -> Option<Cow<'a, str>> {
    match value {
        Tree::Str(text) => Some(text.trim()).filter(|text| !text.is_empty()).map(Cow::Borrowed),
        Tree::Number(number) => Some(Cow::Owned(number.to_string())),
        _ => None,
    }
}

/// A weight in grams; none where the unit is not known or the figure is no weight.
pub fn grams(figure: &str, unit: &str) -> Option<u32> {
    let grams_each = match unit.trim().to_ascii_uppercase().as_str() {
        "G" | "GRM" | "GRAM" | "GRAMS" => 1.0,
        "KG" | "KGS" | "KGM" => 1000.0,
        "LB" | "LBS" | "LBR" => 453.592_37,
        "OZ" | "OZS" | "ONZ" => 28.349_523_125,
        _ => return None,
    };
    let grams = (figure.trim().parse::<f64>().ok()? * grams_each).round();
    if !(1.0..=f64::from(u32::MAX)).contains(&grams) {
        return None;
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the range is checked above")]
    Some(grams as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind_and_code(status: u16, body: &str) -> (FailureKind, String) {
        let response = Response { status, body: body.as_bytes(), asked: None };
        json(response).map_or_else(|f| (f.kind, f.code), |value| panic!("{value} is JSON"))
    }

    #[test]
    fn what_is_not_json_says_why() {
        let is = |status, body, kind, code: &str| {
            assert_eq!(kind_and_code(status, body), (kind, code.to_owned()), "{status} {body}");
        };
        is(200, "", FailureKind::Malformed, "empty");
        is(200, " <html></html>", FailureKind::Malformed, "html_instead");
        is(200, "{\"a\":", FailureKind::Malformed, "truncated");
        is(200, "OK", FailureKind::Malformed, "not_json");
        is(503, "<html></html>", FailureKind::Unavailable, "html_instead");
        is(403, "<html></html>", FailureKind::Unavailable, "html_instead");
        is(404, "<html></html>", FailureKind::Unavailable, "html_instead");
        is(429, "slow down", FailureKind::RateLimited, "not_json");
        is(401, "", FailureKind::Refused, "empty");
    }

    #[test]
    fn weights_come_to_whole_grams() {
        assert_eq!(grams("4.20", "LBS"), Some(1905)); // 4.20 × 453.59237 = 1905.088
        assert_eq!(grams("1.9", "kg"), Some(1900));
        assert_eq!(grams("0", "KGS"), None);
        assert_eq!(grams("-1", "KGS"), None);
        assert_eq!(grams("NaN", "KGS"), None);
        assert_eq!(grams("1", "stone"), None);
        assert_eq!(grams("1e300", "KGS"), None);
    }

    #[test]
    fn telephone_numbers_are_left_out_of_words() {
        let is = |text: &str, want: &str| assert_eq!(without_phones(text), want);
        is("courier A, 13800000000, calls", "courier A, ***, calls");
        is("电话:010-12345678", "电话:***");
        is(
            "new number SF0000000000001 of 2026-03-02 10:00",
            "new number SF0000000000001 of 2026-03-02 10:00",
        );
        is("box 12, 3 days", "box 12, 3 days");
        is("", "");
    }

    #[test]
    fn blanks_hyphens_and_case_do_not_make_another_number() {
        assert!(same_number("EN 990 000 037 JP", "en990000037jp"));
        assert!(!same_number("EN990000037JP", "EN990000038JP"));
    }
}
