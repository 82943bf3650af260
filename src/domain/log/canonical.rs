//! JSON with one text for one value: keys in order, no spaces, as RFC 8785 says. Numbers are whole and small enough to
//! be exact everywhere; others are refused, since what is hashed must not depend on who prints it.

use serde_json::Value;

/// Largest number: 2^53 - 1 (RFC 7493, section 2.2).
const NUMBER_MAX: u64 = (1 << 53) - 1;
/// Deepest nesting.
const DEPTH_MAX: u32 = 64;

/// Why a value has no canonical text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotCanonical {
    /// A number with a fraction, or too large to be exact.
    #[error("the number {0} is not a whole one of at most 2^53 - 1")]
    Number(String),
    /// Nested too deeply.
    #[error("nested more than {DEPTH_MAX} deep")]
    Depth,
    /// A value that is no JSON.
    #[error("{0}")]
    NotJson(String),
}

/// The canonical text of a value.
pub fn canonical(value: &Value) -> Result<String, NotCanonical> {
    let mut text = String::new();
    write(&mut text, value, 0)?;
    Ok(text)
}

/// The same for anything that is JSON.
pub fn canonical_of(value: &impl serde::Serialize) -> Result<String, NotCanonical> {
    canonical(&serde_json::to_value(value).map_err(|error| NotCanonical::NotJson(error.to_string()))?)
}

/// Adds the canonical text of a value.
pub(super) fn write(text: &mut String, value: &Value, depth: u32) -> Result<(), NotCanonical> {
    if depth > DEPTH_MAX {
        return Err(NotCanonical::Depth);
    }
    match value {
        Value::Null => text.push_str("null"),
        Value::Bool(true) => text.push_str("true"),
        Value::Bool(false) => text.push_str("false"),
        Value::Number(number) => {
            let size = number.as_u64().or_else(|| number.as_i64().map(i64::unsigned_abs));
            if size.is_none_or(|size| size > NUMBER_MAX) {
                return Err(NotCanonical::Number(number.to_string()));
            }
            text.push_str(&number.to_string());
        }
        Value::String(string) => write_string(text, string),
        Value::Array(items) => {
            text.push('[');
            for (position, item) in items.iter().enumerate() {
                if position > 0 {
                    text.push(',');
                }
                write(text, item, depth + 1)?;
            }
            text.push(']');
        }
        Value::Object(members) => {
            let mut members: Vec<_> = members.iter().collect();
            members.sort_by(|(a, _), (b, _)| a.encode_utf16().cmp(b.encode_utf16()));
            text.push('{');
            for (position, (key, member)) in members.into_iter().enumerate() {
                if position > 0 {
                    text.push(',');
                }
                write_string(text, key);
                text.push(':');
                write(text, member, depth + 1)?;
            }
            text.push('}');
        }
    }
    Ok(())
}

/// RFC 8785, section 3.2.2.2.
fn write_string(text: &mut String, string: &str) {
    text.push('"');
    for c in string.chars() {
        match c {
            '"' => text.push_str("\\\""),
            '\\' => text.push_str("\\\\"),
            '\u{8}' => text.push_str("\\b"),
            '\t' => text.push_str("\\t"),
            '\n' => text.push_str("\\n"),
            '\u{c}' => text.push_str("\\f"),
            '\r' => text.push_str("\\r"),
            c if c < ' ' => text.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => text.push(c),
        }
    }
    text.push('"');
}
