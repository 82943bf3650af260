//! The answer of a number check as JSON, written straight from what was found: the bytes that serde would write for
//! [`NumberCheck`](super::NumberCheck), without making one. A file of a million numbers is answered this way.

use std::fmt::Write as _;

use waygate_carriers::numbers::{Fit, Found, Problem};

use super::check_digit;
use crate::domain::channels::Channels;

/// Writes one answer, without an end of line.
pub fn write(found: &Found<'_>, channels: &Channels, out: &mut String) {
    out.push_str("{\"input\":");
    text(found.input, out);
    out.push_str(",\"normalized\":");
    text(&found.normalized, out);
    out.push_str(if found.is_valid() { ",\"valid\":true" } else { ",\"valid\":false" });
    out.push_str(",\"changes\":[");
    list(found.changes.iter(), out, |change, out| text(change, out));
    out.push_str("],\"candidates\":[");
    list(found.candidates(), out, |fit, out| candidate(fit, channels, out));
    out.push_str("],\"problem\":");
    match found.problem().as_deref() {
        None => out.push_str("null"),
        Some(Problem { code, message, hint }) => {
            out.push_str("{\"code\":");
            text(code, out);
            out.push_str(",\"message\":");
            text(message, out);
            out.push_str(",\"hint\":");
            text(hint, out);
            out.push('}');
        }
    }
    out.push('}');
}

fn candidate(fit: Fit<'_>, channels: &Channels, out: &mut String) {
    out.push_str("{\"carrier\":");
    text(fit.carrier().as_str(), out);
    out.push_str(",\"format\":");
    text(fit.format(), out);
    out.push_str(",\"service\":");
    optional(fit.service(), out);
    out.push_str(",\"operator\":");
    optional(fit.operator(), out);
    out.push_str(",\"origin_country\":");
    match fit.origin_country() {
        None => out.push_str("null"),
        Some(country) => text(country.as_str(), out),
    }
    let is_recognized = channels.is_recognized(fit.carrier());
    out.push_str(if is_recognized { ",\"recognized\":true" } else { ",\"recognized\":false" });
    out.push_str(",\"check_digit\":\"");
    out.push_str(check_digit(fit.check_digit()));
    out.push_str("\",\"score\":");
    score(fit.score(), out);
    out.push_str(",\"reasons\":[");
    list(fit.reasons(), out, |reason, out| quoted(out, |out| reason.write(out)));
    out.push_str("],\"tracking_url\":");
    if fit.has_tracking_url() {
        quoted(out, |out| fit.write_tracking_url(out));
    } else {
        out.push_str("null");
    }
    out.push('}');
}

fn list<T>(items: impl Iterator<Item = T>, out: &mut String, mut write: impl FnMut(T, &mut String)) {
    for (at, item) in items.enumerate() {
        if at > 0 {
            out.push(',');
        }
        write(item, out);
    }
}

fn optional(value: Option<&str>, out: &mut String) {
    match value {
        Some(value) => text(value, out),
        None => out.push_str("null"),
    }
}

fn text(value: &str, out: &mut String) {
    quoted(out, |out| out.push_str(value));
}

/// Writes a string; what must be escaped is looked for afterwards, since it hardly ever occurs.
fn quoted(out: &mut String, write: impl FnOnce(&mut String)) {
    out.push('"');
    let start = out.len();
    write(out);
    if out.as_bytes()[start..].iter().any(|byte| must_escape(*byte)) {
        let plain = out.split_off(start);
        escape(&plain, out);
    }
    out.push('"');
}

fn must_escape(byte: u8) -> bool {
    byte < 0x20 || byte == b'"' || byte == b'\\'
}

fn escape(plain: &str, out: &mut String) {
    for c in plain.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\0'..='\u{1f}' => {
                // Writing to memory cannot fail.
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
}

/// Thousandths in one.
const ONE: u32 = 1000;

/// A score has three decimals; zeros at the end are not written, but for one after the point.
fn score(score: f64, out: &mut String) {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a score lies in [0, 1]")]
    let thousandths = (score * f64::from(ONE)).round() as u32;
    out.push_str(if thousandths >= ONE { "1." } else { "0." });
    let mut rest = thousandths % ONE;
    let mut unit = ONE / 10;
    loop {
        out.push(char::from_digit(rest / unit, 10).unwrap_or('0'));
        rest %= unit;
        if rest == 0 {
            break;
        }
        unit /= 10;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use waygate_carriers::numbers::Hint;
    use waygate_carriers::registry::registry;

    use super::*;
    use crate::gateway::check_number;

    fn written(input: &str) -> String {
        let mut out = String::new();
        write(&registry().formats().find(input, Hint::default()), Channels::built_in(), &mut out);
        out
    }

    fn by_serde(input: &str) -> String {
        let check = check_number(registry(), Channels::built_in(), input, None, None);
        serde_json::to_string(&check).unwrap_or_default()
    }

    #[test]
    fn it_is_what_serde_writes() {
        for input in [
            "1z 999-AA1 01 2345 6784",
            "986578788855",
            "RR473124829GB",
            "TQ071537693GB",
            "1Z999AA10123456785",
            "92748901790175543400811852",
            "1001921334250001000300779017972697",
            "",
            "\"quoted\" \\ \u{1}\u{8}\u{c}\t\r\n é 单号",
            "https://www.fedex.com/fedextrack/?trknbr=123456789012",
        ] {
            assert_eq!(written(input), by_serde(input), "{input}");
        }
    }

    #[test]
    fn every_score_is_written_as_serde_writes_it() {
        for thousandths in 0..=ONE {
            let value = f64::from(thousandths) / f64::from(ONE);
            let mut out = String::new();
            score(value, &mut out);
            assert_eq!(out, serde_json::to_string(&value).unwrap_or_default());
        }
    }

    proptest! {
        #[test]
        fn it_is_what_serde_writes_whatever_comes(input in "\\PC{0,60}|(?s).{0,30}|[0-9A-Z]{8,34}") {
            prop_assert_eq!(written(&input), by_serde(&input));
        }
    }
}
