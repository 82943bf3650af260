//! Others' web pages: told apart when they are not the source's own, and read only up to a size. Reading HTML takes time
//! that grows with the square of what is nested in it, so a page far beyond a tracking page is not read at all.

use scraper::{ElementRef, Html, Selector};

use crate::contract::{Failure, FailureKind, Response};
use crate::foreign;

/// Longest page, in bytes; a tracking page has some tens of thousands.
const PAGE_BYTES_MAX: usize = 256 * 1024;

/// Most elements of a page; a long history comes to some hundreds.
const ELEMENTS_MAX: usize = 4000;

/// The page of a body that ends as `end` says, e.g. with `</html>`. For sources that take no credentials: 401 and 403
/// refuse none.
pub fn document(response: Response<'_>, end: &str) -> Result<Html, Failure> {
    if !foreign::is_success(response.status) {
        let failure = not_shown(response.status);
        return Err(match failure.kind {
            FailureKind::Refused => Failure { kind: FailureKind::Unavailable, ..failure },
            _ => failure,
        });
    }
    read(response, end)
}

/// What an HTTP status means that comes in a page's place.
pub fn not_shown(status: u16) -> Failure {
    foreign::by_status(status, "http_error", "the source does not show its page")
}

/// The page of a body, whatever the HTTP status. Where that is an error and there is no page, it alone decides.
pub fn read(response: Response<'_>, end: &str) -> Result<Html, Failure> {
    let text = String::from_utf8_lossy(response.body);
    let text = text.trim_start_matches('\u{feff}').trim();
    let malformed = |code: &str, message: &str| {
        let is_shown = foreign::is_success(response.status);
        Err(if is_shown {
            Failure::new(FailureKind::Malformed, code, message)
        } else {
            not_shown(response.status)
        })
    };
    if text.is_empty() {
        return malformed("empty", "the answer has no content");
    }
    if !text.starts_with('<') {
        return malformed("not_html", "the answer is not a web page");
    }
    if !text.to_ascii_lowercase().contains(end) {
        return malformed("truncated", "the page breaks off before its end");
    }
    let elements =
        text.as_bytes().windows(2).filter(|pair| pair[0] == b'<' && pair[1].is_ascii_alphabetic()).count();
    if text.len() > PAGE_BYTES_MAX || elements > ELEMENTS_MAX {
        return malformed("too_large", "the page is far larger than the source's");
    }
    Ok(Html::parse_document(text))
}

/// A constant selector.
pub fn selector(css: &str) -> Selector {
    Selector::parse(css).expect("the selector is a constant")
}

/// An element's text: blanks of any kind are one space each.
pub fn text_of(element: ElementRef<'_>) -> String {
    element.text().flat_map(str::split_whitespace).collect::<Vec<_>>().join(" ")
}

/// The same, but no more than so many characters of it: elements within elements may hold one long text many times over.
pub fn start_of_text(element: ElementRef<'_>, chars_max: usize) -> String {
    let pieces = element.text().map(str::trim_start);
    // A character has four bytes at most: what lies beyond is not even looked at.
    let starts = pieces.map(|piece| &piece[..piece.floor_char_boundary(4 * chars_max)]);
    let words = starts.flat_map(str::split_whitespace).enumerate();
    let blank = |index: usize| if index == 0 { "" } else { " " };
    words.flat_map(|(index, word)| blank(index).chars().chain(word.chars())).take(chars_max).collect()
}

/// The texts of the elements within a row.
pub fn cells(row: ElementRef<'_>, css: &str) -> Vec<String> {
    row.select(&selector(css)).map(text_of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_start_of_a_text_is_that_of_the_whole() {
        let page = Html::parse_fragment("<p>  one <b>two\n</b>  <i>thréé</i> four </p>");
        let element = page.root_element();
        assert_eq!(text_of(element), "one two thréé four");
        for chars in 0..30 {
            let start: String = text_of(element).chars().take(chars).collect();
            assert_eq!(start_of_text(element, chars), start);
        }
    }

    #[test]
    fn a_page_that_is_not_the_sources_is_told_apart() {
        let is = |status, body: &str, kind, code: &str| {
            let response = Response { status, body: body.as_bytes(), asked: None };
            let failure = document(response, "</html>").expect_err("no page");
            assert_eq!((failure.kind, failure.code.as_str()), (kind, code), "{status} {body:.20}");
        };
        is(200, " ", FailureKind::Malformed, "empty");
        is(200, "{}", FailureKind::Malformed, "not_html");
        is(200, "<html><table>", FailureKind::Malformed, "truncated");
        is(200, &format!("<html>{}</html>", "<div>".repeat(5000)), FailureKind::Malformed, "too_large");
        is(200, &format!("<html>{}</html>", " ".repeat(300_000)), FailureKind::Malformed, "too_large");
        is(429, "<html></html>", FailureKind::RateLimited, "http_error");
        for status in [401, 403, 404, 503] {
            is(status, "<html></html>", FailureKind::Unavailable, "http_error");
        }
    }
}
