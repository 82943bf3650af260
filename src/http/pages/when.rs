//! Times and spans as people read them. The exact instant always stands in the markup beside the words.

use std::fmt;

use jiff::Timestamp;
use jiff::tz::Offset;

/// An instant as the page shows it: a `<time>` element with the exact instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct When {
    at: Timestamp,
    offset: Offset,
    year: bool,
}

impl When {
    /// An instant in UTC, with its year.
    pub fn utc(at: Timestamp) -> Self {
        Self { at, offset: Offset::UTC, year: true }
    }

    /// The same without the year, for lists.
    pub fn short(at: Timestamp) -> Self {
        Self { at, offset: Offset::UTC, year: false }
    }
}

impl fmt::Display for When {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let local = self.offset.to_datetime(self.at);
        let text =
            if self.year { local.strftime("%-d %b %Y, %H:%M") } else { local.strftime("%-d %b %H:%M") };
        let seconds = Timestamp::from_second(self.at.as_second()).unwrap_or(self.at);
        write!(f, "<time datetime=\"{seconds}\" title=\"{seconds}\">{text}</time>")
    }
}

// Digits, names of months, and signs of ISO 8601: nothing that could be markup.
impl askama::filters::HtmlSafe for When {}

/// An offset as people write it: `UTC−08:00`.
pub fn offset_words(offset: Offset) -> String {
    let minutes = offset.seconds() / 60;
    if minutes == 0 {
        return "UTC".to_owned();
    }
    let sign = if minutes < 0 { '\u{2212}' } else { '+' };
    let minutes = minutes.unsigned_abs();
    format!("UTC{sign}{:02}:{:02}", minutes / 60, minutes % 60)
}

/// The length of a span in its two largest units: `3 d 4 h`.
pub fn span_words(seconds: i64) -> String {
    let seconds = seconds.unsigned_abs();
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3_600 % 24, seconds / 60 % 60);
    match (days, hours, minutes) {
        (0, 0, 0) => "less than a minute".to_owned(),
        (0, 0, m) => format!("{m} min"),
        (0, h, 0) => format!("{h} h"),
        (0, h, m) => format!("{h} h {m} min"),
        (d, 0, _) => format!("{d} d"),
        (d, h, _) => format!("{d} d {h} h"),
    }
}

/// How far an instant is from now: `in 3 d 4 h`, `2 h ago`, `now`.
pub fn distance(at: Timestamp, now: Timestamp) -> String {
    let seconds = at.duration_since(now).as_secs();
    match seconds {
        -59..=59 => "now".to_owned(),
        60.. => format!("in {}", span_words(seconds)),
        _ => format!("{} ago", span_words(seconds)),
    }
}

/// A sentence with the exact instants in it as people read them.
pub fn readable(sentence: &str) -> String {
    sentence.split(' ').map(readable_word).collect::<Vec<_>>().join(" ")
}

fn readable_word(word: &str) -> String {
    let instant = word.trim_end_matches([',', '.', ';', ':', ')']);
    let rest = &word[instant.len()..];
    match instant.parse::<Timestamp>() {
        Ok(at) => format!("{}{rest}", at.strftime("%-d %b %Y %H:%M UTC")),
        Err(_) => word.to_owned(),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_time_keeps_its_exact_instant_beside_the_words() {
        let at: Timestamp = "2026-03-02T08:05:00.5Z".parse().unwrap();
        assert_eq!(
            When::utc(at).to_string(),
            "<time datetime=\"2026-03-02T08:05:00Z\" title=\"2026-03-02T08:05:00Z\">2 Mar 2026, 08:05</time>"
        );
    }

    #[test]
    fn spans_have_at_most_two_units() {
        for (seconds, words) in [
            (0, "less than a minute"),
            (60, "1 min"),
            (3_600, "1 h"),
            (-5_400, "1 h 30 min"),
            (86_400 + 59, "1 d"),
            (3 * 86_400 + 4 * 3_600 + 60, "3 d 4 h"),
        ] {
            assert_eq!(span_words(seconds), words);
        }
    }

    #[test]
    fn distances_say_on_which_side_of_now() {
        let now = Timestamp::UNIX_EPOCH;
        let at = |seconds| Timestamp::from_second(seconds).unwrap();
        assert_eq!(distance(at(7_200), now), "in 2 h");
        assert_eq!(distance(at(-7_200), now), "2 h ago");
        assert_eq!(distance(at(-59), now), "now");
    }

    #[test]
    fn instants_in_a_sentence_are_made_readable_and_nothing_else() {
        assert_eq!(
            readable("known, as of 2026-03-16T15:27:30.8370528Z: label_created, 2026-03-16"),
            "known, as of 16 Mar 2026 15:27 UTC: label_created, 2026-03-16"
        );
    }

    #[test]
    fn offsets_are_written_from_utc() {
        let of = |seconds| offset_words(Offset::from_seconds(seconds).unwrap());
        assert_eq!(of(0), "UTC");
        assert_eq!(of(-8 * 3_600), "UTC\u{2212}08:00");
        assert_eq!(of(19_800), "UTC+05:30");
    }
}
