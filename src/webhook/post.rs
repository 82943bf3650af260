//! One POST of one message to one endpoint, and what is kept of the answer.

use std::time::Duration;

use http::header::RETRY_AFTER;
use jiff::Timestamp;
use reqwest::{Method, Request, Response};
use tokio::time::Instant;

use super::message::Message;
use super::schedule::Outcome;
use crate::net::client::{Egress, refusal};
use crate::net::retry_after::retry_after;

/// How much of an answer is read.
const ANSWER_BYTES_MAX: usize = 4 * 1_024;
/// How much of an answer is kept.
const ANSWER_CHARS_MAX: usize = 512;
const _: () = assert!(ANSWER_CHARS_MAX * 4 <= ANSWER_BYTES_MAX, "what is kept must have been read");
/// How much of an error's text is kept.
const ERROR_CHARS_MAX: usize = 300;

/// What came of a POST.
#[derive(Debug)]
pub(super) struct Posted {
    pub(super) outcome: Outcome,
    pub(super) error: Option<String>,
    pub(super) answer: String,
    pub(super) took: Duration,
}

impl Posted {
    /// A POST that got no answer.
    pub(super) fn unanswered(error: &str, took: Duration) -> Self {
        Self {
            outcome: Outcome::Unanswered,
            error: Some(printable(error, ERROR_CHARS_MAX)),
            answer: String::new(),
            took,
        }
    }
}

/// Posts a message to a URL at `at`. Everything that goes wrong is an outcome: nothing is thrown away.
pub(super) async fn post(egress: &Egress, url: &str, message: Message, at: Timestamp) -> Posted {
    let began = Instant::now();
    match send(egress, url, message).await {
        Err(error) => Posted::unanswered(&error, began.elapsed()),
        Ok(response) => {
            let status = response.status().as_u16();
            let asked = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok());
            let outcome =
                Outcome::Answered { status, retry_after: asked.and_then(|value| retry_after(value, at)) };
            let answer = printable(&String::from_utf8_lossy(&beginning(response).await), ANSWER_CHARS_MAX);
            Posted { outcome, error: status_error(status), answer, took: began.elapsed() }
        }
    }
}

async fn send(egress: &Egress, url: &str, message: Message) -> Result<Response, String> {
    let (url, client) = egress.client_for(url).map_err(|why| format!("not sent: {why}"))?;
    let mut request = Request::new(Method::POST, url);
    *request.headers_mut() = message.headers;
    *request.body_mut() = Some(message.body.into());
    client.execute(request).await.map_err(|error| said(&error))
}

/// What an error means, without the URL: it may hold a secret of its owner.
fn said(error: &reqwest::Error) -> String {
    if let Some(refused) = refusal(error) {
        return format!("not sent: {refused}");
    }
    let what = if error.is_timeout() {
        "no answer in time"
    } else if error.is_connect() {
        "no connection"
    } else {
        "the exchange failed"
    };
    let mut cause = std::error::Error::source(error);
    let mut innermost = None;
    while let Some(error) = cause {
        innermost = Some(error);
        cause = error.source();
    }
    innermost.map_or_else(|| what.to_owned(), |cause| format!("{what}: {cause}"))
}

fn status_error(status: u16) -> Option<String> {
    match status {
        200..=299 => None,
        300..=399 => Some(format!("the endpoint answered {status}; redirects are not followed")),
        _ => Some(format!("the endpoint answered {status}")),
    }
}

/// The answer's first bytes. An answer that breaks off is as long as it came: its status has been given.
async fn beginning(mut response: Response) -> Vec<u8> {
    let mut bytes = Vec::new();
    while bytes.len() < ANSWER_BYTES_MAX
        && let Ok(Some(chunk)) = response.chunk().await
    {
        bytes.extend_from_slice(&chunk[..chunk.len().min(ANSWER_BYTES_MAX - bytes.len())]);
    }
    bytes
}

/// Foreign text that can be shown on a page and in a terminal: no control characters, none that turn the direction.
fn printable(text: &str, chars_max: usize) -> String {
    let shown = |char: char| if char.is_control() || is_invisible(char) { ' ' } else { char };
    text.chars().take(chars_max).map(shown).collect::<String>().trim().to_owned()
}

fn is_invisible(char: char) -> bool {
    matches!(char, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foreign_text_is_cut_and_harmless() {
        assert_eq!(printable("a\u{1b}[31mb\r\nc\u{202e}d\u{0}", 512), "a [31mb  c d");
        assert_eq!(printable("Zürich 東京", 512), "Zürich 東京");
        assert_eq!(printable(&"é".repeat(600), 512).chars().count(), 512);
    }
}
