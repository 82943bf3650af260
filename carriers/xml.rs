//! Others' XML, read into a small tree of its own: names without their prefix, attributes, text, children. Nothing is
//! expanded but the five entities and character references; what is too deep or too large is not read at all. Names and
//! texts are borrowed from the body where they stand in it as they are.

use std::borrow::Cow;

use quick_xml::errors::{Error, IllFormedError};
use quick_xml::events::{BytesRef, BytesStart, Event};
use quick_xml::{Reader, XmlVersion};

use crate::contract::{Failure, Response};
use crate::foreign;

/// Elements within elements, at most.
const DEPTH_MAX: usize = 64;

/// Elements of a document, at most; the longest history comes to some thousands.
const ELEMENTS_MAX: usize = 20_000;

/// Attributes of one element, at most.
const ATTRIBUTES_MAX: usize = 64;

/// An element and all that is in it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Element<'a> {
    /// The name without its prefix.
    pub name: Cow<'a, str>,
    /// Attributes in the order in which they stand, names without their prefix.
    pub attributes: Vec<(Cow<'a, str>, Cow<'a, str>)>,
    /// The text that stands in the element itself, without the blanks around it.
    pub text: Cow<'a, str>,
    /// Elements in the order in which they stand.
    pub children: Vec<Self>,
}

impl<'t> Element<'t> {
    /// The first child with a name.
    pub fn child(&self, name: &str) -> Option<&Self> {
        self.children.iter().find(|c| c.name == name)
    }

    /// All children with a name.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Element<'t>> {
        self.children.iter().filter(move |c| c.name == name)
    }

    /// The element at the end of a path of first children.
    pub fn at(&self, path: &[&str]) -> Option<&Self> {
        path.iter().try_fold(self, |element, name| element.child(name))
    }

    /// The text at the end of a path; none where it is empty.
    pub fn text_at(&self, path: &[&str]) -> Option<&str> {
        self.at(path).map(|e| &*e.text).filter(|text| !text.is_empty())
    }

    /// An attribute's value; none where it is empty.
    pub fn attribute(&self, name: &str) -> Option<&str> {
        let found = self.attributes.iter().find(|(n, _)| n == name);
        found.map(|(_, value)| value.trim()).filter(|value| !value.is_empty())
    }

    /// The same with texts of its own.
    fn into_owned(self) -> Element<'static> {
        fn own(text: Cow<'_, str>) -> Cow<'static, str> {
            Cow::Owned(text.into_owned())
        }
        Element {
            name: own(self.name),
            attributes: self.attributes.into_iter().map(|(name, value)| (own(name), own(value))).collect(),
            text: own(self.text),
            children: self.children.into_iter().map(Self::into_owned).collect(),
        }
    }
}

/// Why a text is not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum XmlError {
    /// It is not XML.
    #[error("the answer is not XML")]
    NotXml,
    /// It ends too early.
    #[error("the answer breaks off before its end")]
    Truncated,
    /// It is deeper or larger than any answer.
    #[error("the answer is far larger or deeper than the source's")]
    TooLarge,
}

impl XmlError {
    fn code(self) -> &'static str {
        match self {
            Self::NotXml => "not_xml",
            Self::Truncated => "truncated",
            Self::TooLarge => "too_large",
        }
    }
}

/// The body's root element. A body that has none says why: `empty`, `html_instead`, `not_xml`, `truncated`,
/// `too_large`. Where the HTTP status is an error the status decides what it means.
pub fn document(response: Response<'_>) -> Result<Element<'_>, Failure> {
    if let Ok(body) = std::str::from_utf8(response.body) {
        return document_of(body, response.status);
    }
    let body = String::from_utf8_lossy(response.body);
    document_of(&body, response.status).map(Element::into_owned)
}

fn document_of(body: &str, status: u16) -> Result<Element<'_>, Failure> {
    let body = body.trim_start_matches('\u{feff}').trim();
    let failed = |code, message: &str| Err(foreign::by_status(status, code, message));
    if body.is_empty() {
        return failed("empty", "the answer has no content");
    }
    match read(body) {
        Ok(root) if root.name.eq_ignore_ascii_case("html") => {
            failed("html_instead", "a web page came instead of the source's XML")
        }
        Ok(root) => Ok(root),
        Err(_) if is_html(body) => failed("html_instead", "a web page came instead of the source's XML"),
        Err(error) => failed(error.code(), &error.to_string()),
    }
}

fn is_html(text: &str) -> bool {
    let start: String = text.chars().take(15).collect::<String>().to_ascii_lowercase();
    start.starts_with("<html") || start.starts_with("<!doctype html")
}

/// Reads a document.
pub fn read(document: &str) -> Result<Element<'_>, XmlError> {
    let mut reader = Reader::from_str(document);
    reader.config_mut().expand_empty_elements = true;
    let mut open: Vec<Element<'_>> = Vec::new();
    let mut root = None;
    let mut elements = 0;
    loop {
        match reader.read_event().map_err(|e| problem(&e))? {
            Event::Start(start) => {
                elements += 1;
                if open.len() >= DEPTH_MAX || elements > ELEMENTS_MAX {
                    return Err(XmlError::TooLarge);
                }
                if open.is_empty() && root.is_some() {
                    return Err(XmlError::NotXml);
                }
                open.push(element(document, &start)?);
            }
            Event::End(_) => {
                let mut closed = open.pop().ok_or(XmlError::NotXml)?;
                match &mut closed.text {
                    Cow::Borrowed(text) => *text = text.trim_end(),
                    Cow::Owned(text) => text.truncate(text.trim_end().len()),
                }
                match open.last_mut() {
                    Some(parent) => parent.children.push(closed),
                    None => root = Some(closed),
                }
            }
            Event::Text(text) => add(&mut open, text.xml10_content())?,
            Event::CData(text) => add(&mut open, text.xml10_content())?,
            Event::GeneralRef(reference) => add(&mut open, resolved(&reference).into())?,
            Event::Empty(_) | Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::DocType(_) => {}
            Event::Eof => break,
        }
    }
    match (root, open.is_empty()) {
        (Some(root), true) => Ok(root),
        (None, true) => Err(XmlError::NotXml),
        (_, false) => Err(XmlError::Truncated),
    }
}

/// Text outside the root element is no XML, unless it is blank. Blanks before an element's text are left out at once: most
/// elements have nothing else.
fn add<'a>(open: &mut [Element<'a>], text: Cow<'a, str>) -> Result<(), XmlError> {
    match (open.last_mut(), text) {
        (Some(element), Cow::Borrowed(text)) if element.text.is_empty() => {
            element.text = Cow::Borrowed(text.trim_start());
        }
        (Some(element), text) if element.text.is_empty() => element.text.to_mut().push_str(text.trim_start()),
        (Some(element), text) => element.text.to_mut().push_str(&text),
        (None, text) if text.trim().is_empty() => {}
        (None, _) => return Err(XmlError::NotXml),
    }
    Ok(())
}

/// One of the five entities or a character; any other stays as it is printed.
fn resolved(reference: &BytesRef<'_>) -> String {
    let name = reference.xml10_content();
    let character = match &*name {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => reference.resolve_char_ref().ok().flatten(),
    };
    character.map_or_else(|| format!("&{name};"), String::from)
}

fn element<'a>(document: &'a str, start: &BytesStart<'_>) -> Result<Element<'a>, XmlError> {
    let mut attributes = Vec::new();
    // Whether a name stands twice is not looked at: that takes time, and the first counts.
    for attribute in start.attributes().with_checks(false) {
        let attribute = attribute.map_err(|_| XmlError::NotXml)?;
        if attributes.len() >= ATTRIBUTES_MAX {
            return Err(XmlError::TooLarge);
        }
        let name = in_document(document, attribute.key.local_name().as_ref());
        let value = attribute.normalized_value(XmlVersion::Implicit1_0);
        attributes.push((name, in_document(document, &value.unwrap_or(attribute.value))));
    }
    let name = in_document(document, start.local_name().as_ref());
    Ok(Element { name, attributes, ..Element::default() })
}

/// A part that the reader lends for a moment: what lies in the document is lent for as long as that.
fn in_document<'a>(document: &'a str, part: &str) -> Cow<'a, str> {
    let at = part.as_ptr().addr().wrapping_sub(document.as_ptr().addr());
    match document.get(at..at.saturating_add(part.len())) {
        Some(there) => Cow::Borrowed(there),
        None => Cow::Owned(part.to_owned()),
    }
}

fn problem(error: &Error) -> XmlError {
    match error {
        Error::Syntax(_) | Error::IllFormed(IllFormedError::MissingEndTag(_)) => XmlError::Truncated,
        _ => XmlError::NotXml,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)] // a test may fail by panicking
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::contract::FailureKind;

    #[test]
    fn a_tree_is_read_as_it_stands() {
        let text = "<?xml version=\"1.0\"?><!-- x --><s:a xmlns:s=\"urn:x\" k=\" v&amp;w \"><b>one</b>\
            <b><![CDATA[ <two> ]]></b><c/> t &lt;&#65;&eacute; </s:a>";
        let root = read(text).unwrap();
        assert_eq!((&*root.name, root.attribute("k")), ("a", Some("v&w")));
        assert_eq!(root.text, "t <A&eacute;");
        assert_eq!(root.all("b").map(|b| &*b.text).collect::<Vec<_>>(), ["one", "<two>"]);
        assert_eq!(root.text_at(&["b"]), Some("one"));
        assert_eq!(
            (root.at(&["c"]).is_some(), root.text_at(&["c"]), root.at(&["c", "d"])),
            (true, None, None)
        );
    }

    #[test]
    fn bytes_that_are_no_text_spoil_only_themselves() {
        let body = b"<a k=\"v\"><b>caf\xe9</b><c>two</c></a>";
        let root = document(Response { status: 200, body, asked: None }).unwrap();
        assert_eq!((root.text_at(&["b"]), root.text_at(&["c"])), (Some("caf\u{fffd}"), Some("two")));
        assert_eq!(root.attribute("k"), Some("v"));
    }

    #[test]
    fn entities_of_the_document_are_not_expanded() {
        let text =
            "<!DOCTYPE a [<!ENTITY x \"boom\"><!ENTITY y SYSTEM \"file:///etc/passwd\">]><a>&x;&y;</a>";
        assert_eq!(read(text).unwrap().text, "&x;&y;");
    }

    #[test]
    fn what_cannot_be_read_says_why() {
        let fails = |text: &str, why| assert_eq!(read(text), Err(why), "{text:.40}");
        fails("", XmlError::NotXml);
        fails("null", XmlError::NotXml);
        fails("<a></b>", XmlError::NotXml);
        fails("<a/><b/>", XmlError::NotXml);
        fails("<a/>text", XmlError::NotXml);
        fails("<a><b>", XmlError::Truncated);
        fails("<a><b", XmlError::Truncated);
        fails("<a><![CDATA[", XmlError::Truncated);
        fails(&"<a>".repeat(65), XmlError::TooLarge);
        assert!(read(&format!("{}{}", "<a>".repeat(64), "</a>".repeat(64))).is_ok());
        fails(&format!("<a>{}</a>", "<b/>".repeat(20_000)), XmlError::TooLarge);
        fails(&format!("<a {}/>", "b='' ".repeat(65)), XmlError::TooLarge);
    }

    #[test]
    fn a_body_that_is_not_the_sources_is_told_apart() {
        let is = |status, body: &str, kind, code: &str| {
            let failure = document(Response { status, body: body.as_bytes(), asked: None }).unwrap_err();
            assert_eq!((failure.kind, failure.code.as_str()), (kind, code), "{status} {body}");
        };
        is(200, " ", FailureKind::Malformed, "empty");
        is(200, "<!DOCTYPE html><html><br></html>", FailureKind::Malformed, "html_instead");
        is(200, "<html/>", FailureKind::Malformed, "html_instead");
        is(200, "{}", FailureKind::Malformed, "not_xml");
        is(200, "<a>", FailureKind::Malformed, "truncated");
        is(503, "<html>", FailureKind::Unavailable, "html_instead");
        is(401, "", FailureKind::Refused, "empty");
        is(429, "slow", FailureKind::RateLimited, "not_xml");
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_panic(text in "\\PC{0,200}") {
            let _ = read(&text);
        }

        #[test]
        fn what_looks_like_xml_is_read_without_panic(text in "(<|>|/|a|b| |=|'|&|;|!\\[CDATA\\[|\\]\\]|\\?|-){0,60}") {
            let _ = read(&text);
        }
    }
}
