//! Text with holes: `{number}`, `{postal_code}`, `{country}`, `{request_id}`, and `{secret:name}`, which the gateway fills.
//! What is put in is escaped as its place needs it, so that nothing breaks out.

use super::names;
use crate::contract::{Ask, Template};

/// Text with holes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pattern(Vec<Piece>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Text(String),
    Hole(Hole),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Hole {
    Number,
    PostalCode,
    Country,
    RequestId,
    Secret(&'static str),
}

/// How what is put in is written.
pub(super) type Escape = fn(&str) -> String;

impl Hole {
    fn read(name: &str) -> Result<Self, String> {
        match name {
            "number" => Ok(Self::Number),
            "postal_code" => Ok(Self::PostalCode),
            "country" => Ok(Self::Country),
            "request_id" => Ok(Self::RequestId),
            _ => match name.strip_prefix("secret:") {
                Some(secret) if !secret.is_empty() => Ok(Self::Secret(names::kept(secret))),
                _ => Err(format!(
                    "`{{{name}}}` is nothing that can be put in: number, postal_code, country, request_id, secret:name"
                )),
            },
        }
    }

    fn value(self, ask: Option<&Ask>) -> Option<String> {
        let ask = ask?;
        match self {
            Self::Number => Some(ask.tracking_number.clone()),
            Self::PostalCode => ask.destination_postal_code.clone(),
            Self::Country => ask.destination_country.map(|country| country.to_string()),
            Self::RequestId => Some(ask.request_id.clone()),
            Self::Secret(_) => None,
        }
    }
}

impl Pattern {
    /// Reads a pattern. Braces around anything but a word, as in JSON, are themselves.
    pub(super) fn read(text: &str) -> Result<Self, String> {
        let mut pieces = Vec::new();
        let mut plain = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('{') {
            plain.push_str(before);
            let is_word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | ':');
            let end = after.find(|c| !is_word(c)).unwrap_or(after.len());
            if end > 0 && after[end..].starts_with('}') {
                if !plain.is_empty() {
                    pieces.push(Piece::Text(std::mem::take(&mut plain)));
                }
                pieces.push(Piece::Hole(Hole::read(&after[..end])?));
                rest = &after[end + 1..];
            } else {
                plain.push('{');
                rest = after;
            }
        }
        plain.push_str(rest);
        if !plain.is_empty() || pieces.is_empty() {
            pieces.push(Piece::Text(plain));
        }
        Ok(Self(pieces))
    }

    /// The secrets that go into it.
    pub(super) fn secrets(&self) -> impl Iterator<Item = &'static str> {
        self.0.iter().filter_map(|piece| match piece {
            Piece::Hole(Hole::Secret(name)) => Some(*name),
            _ => None,
        })
    }

    /// Whether something goes into it that this ask lacks.
    pub(super) fn lacks(&self, ask: Option<&Ask>) -> bool {
        self.0.iter().any(|piece| match piece {
            Piece::Hole(Hole::Secret(_)) | Piece::Text(_) => false,
            Piece::Hole(hole) => hole.value(ask).is_none(),
        })
    }

    /// The pattern with an ask put in, or nothing where nothing is asked; secrets stay for the gateway. What an ask lacks is empty.
    pub(super) fn filled(&self, ask: Option<&Ask>, escape: Escape) -> Template {
        self.filled_with(ask, escape, Template::secret)
    }

    /// The same as the value of a field. Where that is XML, all that is put in is escaped for it, since the field as a whole
    /// is encoded in another way.
    pub(super) fn filled_as_field(&self, ask: Option<&Ask>) -> Template {
        let is_xml = matches!(self.0.first(), Some(Piece::Text(text)) if text.starts_with('<'));
        if is_xml { self.filled_with(ask, in_xml, Template::secret_in_xml) } else { self.filled(ask, as_is) }
    }

    fn filled_with(
        &self,
        ask: Option<&Ask>,
        escape: Escape,
        with_secret: fn(Template, &'static str) -> Template,
    ) -> Template {
        let mut template = Template::default();
        let mut plain = String::new();
        for piece in &self.0 {
            match piece {
                Piece::Text(text) => plain.push_str(text),
                Piece::Hole(Hole::Secret(name)) => {
                    if !plain.is_empty() {
                        template = template.text(std::mem::take(&mut plain));
                    }
                    template = with_secret(template, name);
                }
                Piece::Hole(hole) => plain.push_str(&escape(&hole.value(ask).unwrap_or_default())),
            }
        }
        if !plain.is_empty() || template.0.is_empty() {
            template = template.text(plain);
        }
        template
    }

    /// The pattern as a whole text, secrets included, to see whether it is what it should be.
    pub(super) fn sample(&self) -> String {
        let text = |piece: &Piece| match piece {
            Piece::Text(text) => text.clone(),
            Piece::Hole(_) => "sample".to_owned(),
        };
        self.0.iter().map(text).collect()
    }
}

/// As it is: the place is encoded as a whole afterwards.
pub(super) fn as_is(text: &str) -> String {
    text.to_owned()
}

/// In a path: all but letters, digits and `-._~` percent-encoded (RFC 3986, section 2.3).
pub(super) fn in_path(text: &str) -> String {
    let byte = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
        other => format!("%{other:02X}"),
    };
    text.bytes().map(byte).collect()
}

/// In a header: without what a header cannot hold.
pub(super) fn in_header(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).collect()
}

/// Inside a JSON string.
pub(super) fn in_json(text: &str) -> String {
    let quoted = serde_json::Value::from(text).to_string();
    quoted[1..quoted.len() - 1].to_owned()
}

/// In an element or an attribute of XML.
pub(super) fn in_xml(text: &str) -> String {
    let mut written = String::with_capacity(text.len());
    for c in text.chars().filter(|c| !c.is_control()) {
        match c {
            '&' => written.push_str("&amp;"),
            '<' => written.push_str("&lt;"),
            '>' => written.push_str("&gt;"),
            '"' => written.push_str("&quot;"),
            '\'' => written.push_str("&apos;"),
            other => written.push(other),
        }
    }
    written
}
