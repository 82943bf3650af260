//! Others' web pages: told apart when they are not the source's own, and read only up to a size. Reading HTML takes time
//! that grows with the square of what is nested in it, so a page far beyond a tracking page is not read at all.

use scraper::{ElementRef, Html, Selector};

use crate::contract::{Failure, FailureKind, Response};
use crate::foreign;

/// Longest page, in bytes; a tracking page has some tens of thousands.
const PAGE_BYTES_MAX: usize = 256 * 1024;

/// Most elements of a page; a long history comes to some hundreds.
const ELEMENTS_MAX: usize = 4000;

/// Most attributes of one element: each is compared with all before it.
const ATTRIBUTES_MAX: usize = 500;

/// How often each byte of a page may be looked at in search of long elements. Once would do, but for what looks like an
/// element within another.
const LOOKS_MAX: usize = 16;

/// Whether no element has too many attributes. Wherever one could begin it is followed to its end, as the HTML Standard
/// tells a tag's states (section 13.2.5), so that no comment or script hides one.
fn elements_are_short(page: &[u8]) -> bool {
    let mut looks = page.len().saturating_mul(LOOKS_MAX);
    let begins = |at: usize| {
        let name = at + 1 + usize::from(page.get(at + 1) == Some(&b'/'));
        page[at] == b'<' && page.get(name).is_some_and(u8::is_ascii_alphabetic)
    };
    for at in (0..page.len()).filter(|at| begins(*at)) {
        let (mut attributes, mut quote, mut before) = (0, None, b' ');
        for byte in &page[at + 1..] {
            looks = looks.saturating_sub(1);
            match (quote, *byte) {
                (Some(open), byte) => quote = Some(open).filter(|open| *open != byte),
                (None, b'"' | b'\'') if before == b'=' => quote = Some(*byte),
                (None, b'>') => break,
                // What follows a blank, a slash or a value's end begins a name.
                (None, byte) if !byte.is_ascii_whitespace() && is_between(before) => attributes += 1,
                (None, _) => (),
            }
            // Blanks around the sign before a value do not count.
            if !(byte.is_ascii_whitespace() && before == b'=') {
                before = *byte;
            }
            if attributes > ATTRIBUTES_MAX || looks == 0 {
                return false;
            }
        }
    }
    true
}

fn is_between(byte: u8) -> bool {
    byte.is_ascii_whitespace() || matches!(byte, b'/' | b'"' | b'\'')
}

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
    if text.len() > PAGE_BYTES_MAX || elements > ELEMENTS_MAX || !elements_are_short(text.as_bytes()) {
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

    #[test]
    fn an_element_with_too_many_attributes_is_not_read() {
        let named = |count: usize| (0..count).map(|n| format!(" a{n}")).collect::<Vec<_>>().concat();
        let valued = |count: usize| (0..count).map(|n| format!("a{n}='<i>\"'")).collect::<Vec<_>>().concat();
        let is_short = |text: String| elements_are_short(text.as_bytes());
        assert!(is_short(format!("<td{}>", named(400))) && is_short(format!("<td {}>", valued(400))));
        assert!(is_short(format!("<td>{}</td>", named(5000))) && is_short("<p class=\"a b\">".repeat(3000)));
        for many in [named(600), format!(" {}", valued(600)), " a".repeat(600), "/a".repeat(600)] {
            assert!(!is_short(format!("<td{many}>")) && !is_short(format!("</td{many}>")), "{many:.40}");
            assert!(!is_short(format!("<!-- <b x=\" --><td{many}>")), "{many:.40}");
            assert!(!is_short(format!("<b y\" z=\">\"{many}>")), "{many:.40}");
        }
        // Each `<a` could begin an element that reaches to the end.
        assert!(!is_short("<a ".repeat(4000)));
    }
}
