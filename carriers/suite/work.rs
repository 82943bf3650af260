//! No body takes work out of proportion: what is eight times as long takes about eight times as long to read, however deep
//! it nests, however often it repeats itself. A reader whose work grows with the square would take sixty-four times. Where
//! `WAYGATE_RUNS` is set, the longer body is as long as a source's answer may be.

use std::time::{Duration, Instant};

use super::cases::{Cases, all};
use crate::contract::Body;
use crate::trial::{read, source};

/// The shorter of two bodies, in bytes.
const SHORT: usize = 8 * 1024;
/// How many times as long the other one is.
const TIMES: usize = 8;
/// What is allowed: far from proportion, farther from the square.
const SLOWER_MAX: u32 = 36;
/// How often it must be too slow to count as slow.
const TRIES: usize = 12;
/// What is too short to be measured.
const NOTHING: Duration = Duration::from_millis(4);

/// A body of about so many bytes, made of a start, a piece again and again, and an end.
fn again(start: &str, piece: &str, end: &str, bytes: usize) -> Vec<u8> {
    let times = bytes / piece.len().max(1);
    [start, &piece.repeat(times), end].concat().into_bytes()
}

fn numbered(start: &str, piece: impl Fn(usize) -> String, end: &str, bytes: usize) -> Vec<u8> {
    let mut body = start.to_owned();
    let mut index = 0;
    while body.len() < bytes {
        body.push_str(&piece(index));
        index += 1;
    }
    (body + end).into_bytes()
}

/// The longest piece of a sample that stands there at least twice: an event, a row, an element.
fn rows(sample: &str) -> Option<(String, String, String)> {
    let bytes = sample.as_bytes();
    let mut best: Option<(usize, usize)> = None;
    for at in (0..bytes.len()).filter(|at| bytes[*at] == b'<' || bytes[*at] == b'{') {
        let Some(end) = end_of(sample, at) else { continue };
        let opens =
            |from: usize| sample[from..].starts_with(sample[at..].split([' ', '>', '\n']).next().unwrap());
        let next = end + sample[end..].find(['<', '{']).unwrap_or(0);
        let longest = best.is_none_or(|(from, to)| end - at > to - from);
        if longest && next > end.saturating_sub(1) && opens(next) {
            best = Some((at, end));
        }
    }
    let (from, to) = best?;
    Some((sample[..from].to_owned(), sample[from..to].to_owned(), sample[to..].to_owned()))
}

/// Where the longest run of letters and blanks stands: a description, a place.
fn wording(sample: &str) -> Option<(usize, usize)> {
    let is_wording = |c: char| c.is_alphabetic() || c == ' ';
    let mut found: Vec<(usize, usize)> = Vec::new();
    for (at, c) in sample.char_indices().filter(|(_, c)| is_wording(*c)) {
        match found.last_mut() {
            Some((_, end)) if *end == at => *end = at + c.len_utf8(),
            _ => found.push((at, at + c.len_utf8())),
        }
    }
    let has_words = |run: &&(usize, usize)| sample[run.0..run.1].trim().contains(' ');
    found.iter().filter(has_words).max_by_key(|(from, to)| to - from).copied()
}

/// Where the element or object ends that begins here.
fn end_of(sample: &str, at: usize) -> Option<usize> {
    if sample[at..].starts_with('{') {
        let mut depth = 0;
        for (index, byte) in sample[at..].bytes().enumerate() {
            match byte {
                b'{' => depth += 1,
                b'}' => depth -= 1,
                _ => (),
            }
            if depth == 0 {
                return Some(at + index + 1);
            }
        }
        return None;
    }
    let name: String =
        sample[at + 1..].chars().take_while(|c| c.is_alphanumeric() || *c == ':' || *c == '-').collect();
    let close = format!("</{name}>");
    (!name.is_empty()).then(|| sample[at..].find(&close).map(|found| at + found + close.len())).flatten()
}

/// Bodies of about so many bytes that mean harm, or that are merely long.
fn bodies(cases: &Cases, bytes: usize) -> Vec<(&'static str, Vec<u8>)> {
    let mut bodies = vec![
        ("brackets", again("", "[", "", bytes)),
        ("nested lists", [again("", "[", "", bytes / 2), again("", "]", "", bytes / 2)].concat()),
        ("nested objects", again("", "{\"a\":", "", bytes)),
        ("nested elements", again("", "<a>", "", bytes)),
        (
            "nested and closed",
            [again("<html>", "<div>", "", bytes / 2), again("", "</div>", "</html>", bytes / 2)].concat(),
        ),
        ("tables in tables", again("<html>", "<table><tr><td>", "</html>", bytes)),
        ("misnested", again("<html>", "<a><b><p>", "</html>", bytes)),
        ("closed only", again("<html>", "</p></a>", "</html>", bytes)),
        ("entities", again("<html><td>", "&amp;", "</td></html>", bytes)),
        ("comments", again("<html>", "<!-- -->", "</html>", bytes)),
        ("attributes", numbered("<data ", |index| format!("a{index}=\"\" "), "></data></html>", bytes)),
        ("keys", numbered("{\"a\":1", |index| format!(",\"k{index}\":{index}"), "}", bytes)),
        ("text", again("\"", "\\u00e9", "\"", bytes)),
        ("blanks", again("{", " ", "}", bytes)),
    ];
    for (_, body) in cases.answers() {
        let Ok(text) = String::from_utf8(body) else { continue };
        if let Some((from, to)) = wording(&text) {
            bodies.push(("wording", again(&text[..from], &text[from..to], &text[from..], bytes)));
        }
        if let Some((start, row, end)) = rows(&text) {
            let comma = if row.starts_with('{') { "," } else { "" };
            bodies.push(("rows", again(&start, &format!("{row}{comma}"), &format!("{row}{end}"), bytes)));
        }
    }
    bodies
}

#[expect(clippy::disallowed_methods, reason = "how long it takes is what is asked")]
fn takes(cases: &Cases, body: &[u8]) -> Duration {
    let once = || {
        let started = Instant::now();
        let readings = read(&cases.source, 200, body, Some(&cases.asked));
        assert!(!readings.is_empty());
        let _ = source(&cases.source).recognizes(body);
        started.elapsed()
    };
    (0..3).map(|_| once()).min().unwrap_or_default()
}

fn is_in_proportion(body: Body) {
    for cases in all() {
        if source(&cases.source).facts().body != body {
            continue;
        }
        let bytes_max = source(&cases.source).facts().limits.body_bytes_max as usize;
        let bytes = if std::env::var_os("WAYGATE_RUNS").is_some() { bytes_max / TIMES } else { SHORT };
        for ((shape, short), (_, long)) in bodies(&cases, bytes).iter().zip(bodies(&cases, bytes * TIMES)) {
            // A busy machine may be slow once, and not each time.
            let is_slow = |_| {
                let (of_short, of_long) = (takes(&cases, short), takes(&cases, &long));
                (of_long >= of_short.max(NOTHING) * SLOWER_MAX).then_some((of_short, of_long))
            };
            let times: Option<Vec<_>> = (0..TRIES).map(is_slow).collect();
            assert!(times.is_none(), "{}: {shape}: {times:?}", cases.source);
        }
    }
}

#[test]
fn json_takes_work_in_proportion() {
    is_in_proportion(Body::Json);
}

#[test]
fn xml_takes_work_in_proportion() {
    is_in_proportion(Body::Xml);
}

#[test]
fn html_takes_work_in_proportion() {
    is_in_proportion(Body::Html);
}
