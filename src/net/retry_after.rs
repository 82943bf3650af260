//! The header that says when to come back.

use jiff::fmt::rfc2822;
use jiff::{SignedDuration, Timestamp};

/// Reads a `Retry-After` header: seconds, or an HTTP date (RFC 9110, section 10.2.3).
pub fn retry_after(value: &str, now: Timestamp) -> Option<SignedDuration> {
    let value = value.trim();
    if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
        // More digits than fit are longer than what is obeyed anyway.
        return Some(SignedDuration::from_secs(value.parse().unwrap_or(i64::MAX)));
    }
    let at = rfc2822::parse(value).ok()?.timestamp();
    Some(at.duration_since(now).max(SignedDuration::ZERO))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Timestamp {
        "2026-11-23T10:00:00Z".parse().unwrap()
    }

    #[test]
    fn retry_after_is_read_in_both_forms() {
        let seconds = |text: &str| retry_after(text, now()).map(|wait| wait.as_secs());
        assert_eq!(seconds("120"), Some(120));
        assert_eq!(seconds(" 0 "), Some(0));
        assert_eq!(seconds("99999999999999999999"), Some(i64::MAX));
        assert_eq!(seconds("Mon, 23 Nov 2026 10:02:00 GMT"), Some(120));
        assert_eq!(seconds("Mon, 23 Nov 2026 09:00:00 GMT"), Some(0));
        for text in ["", "-5", "1.5", "soon", "2026-11-23T10:02:00Z"] {
            assert_eq!(seconds(text), None, "{text}");
        }
    }
}
