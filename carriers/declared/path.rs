//! Where something lies in a body: a JSON pointer (RFC 6901), a path of XML elements, a CSS selector. One step more than
//! those have: `[key=value]` takes, among several, the first in which `key` is `value`.

use std::borrow::Cow;

use scraper::{ElementRef, Selector};
use serde_json_borrow::Value;

use crate::contract::Body;
use crate::xml::Element;
use crate::{foreign, page};

/// Longest text that is read from one place, in characters.
const TEXT_CHARS_MAX: usize = 4096;

/// A place in a body.
#[derive(Clone, Copy)]
pub(super) enum Node<'a> {
    Json(&'a Value<'a>),
    Xml(&'a Element<'a>),
    Html(ElementRef<'a>),
}

/// How to get there.
#[derive(Debug)]
pub(super) enum Path {
    Json(Vec<Step>),
    Xml { steps: Vec<Step>, attribute: Option<String> },
    Html { css: Option<Selector>, attribute: Option<String> },
}

/// One step down.
#[derive(Debug)]
pub(super) enum Step {
    /// To what has this name; in XML, of several elements with it, to the one that is chosen.
    To(String, Option<Choice>),
    /// In JSON: to the one, of a list, that is chosen.
    Where(Choice),
}

/// The one in which a field has a value.
#[derive(Debug)]
pub(super) struct Choice {
    key: String,
    value: String,
}

impl Path {
    /// Reads a path; says what is wrong with it.
    pub(super) fn read(body: Body, text: &str) -> Result<Self, String> {
        match body {
            Body::Json => pointer(text).map(Self::Json),
            Body::Xml => {
                let (steps, attribute) = elements(text)?;
                Ok(Self::Xml { steps, attribute })
            }
            Body::Html => {
                let (css, attribute) = match text.rsplit_once('@') {
                    Some((css, name)) if is_name(name) && (css.is_empty() || css.ends_with(' ')) => {
                        (css.trim(), Some(name.to_owned()))
                    }
                    _ => (text.trim(), None),
                };
                let css = match css {
                    "" if attribute.is_none() => return Err("a selector is needed, or `.`".to_owned()),
                    "" | "." => None,
                    css => Some(Selector::parse(css).map_err(|e| format!("not a CSS selector: {e}"))?),
                };
                Ok(Self::Html { css, attribute })
            }
        }
    }

    /// Whether it leads to a text and to nothing that holds more.
    pub(super) fn is_of_attribute(&self) -> bool {
        matches!(self, Self::Xml { attribute: Some(_), .. } | Self::Html { attribute: Some(_), .. })
    }

    /// The first thing that lies there.
    pub(super) fn find<'a>(&self, from: Node<'a>) -> Option<Node<'a>> {
        match (self, from) {
            (Self::Json(steps), Node::Json(value)) => {
                steps.iter().try_fold(value, |value, step| step.in_json(value)).map(Node::Json)
            }
            (Self::Xml { steps, .. }, Node::Xml(element)) => {
                steps.iter().try_fold(element, |element, step| step.in_xml(element)).map(Node::Xml)
            }
            (Self::Html { css: None, .. }, Node::Html(element)) => Some(Node::Html(element)),
            (Self::Html { css: Some(css), .. }, Node::Html(element)) => {
                element.select(css).next().map(Node::Html)
            }
            _ => None,
        }
    }

    /// The elements of the same name beside the first one that lies there, itself included.
    pub(super) fn siblings<'a>(
        &self,
        from: Node<'a>,
        first: &'a Element<'a>,
    ) -> impl Iterator<Item = &'a Element<'a>> {
        let parent = match (self, from) {
            (Self::Xml { steps, .. }, Node::Xml(root)) => {
                let above = steps.len().checked_sub(1).and_then(|above| steps.get(..above));
                above.and_then(|steps| steps.iter().try_fold(root, |element, step| step.in_xml(element)))
            }
            _ => None,
        };
        let alone = parent.is_none().then_some(first);
        alone.into_iter().chain(parent.into_iter().flat_map(move |parent| parent.all(&first.name)))
    }

    /// Its text, without blanks around it; none where there is none.
    pub(super) fn text<'a>(&self, from: Node<'a>) -> Option<Cow<'a, str>> {
        let attribute = match self {
            Self::Json(_) => None,
            Self::Xml { attribute, .. } | Self::Html { attribute, .. } => attribute.as_deref(),
        };
        let text = match (self.find(from)?, attribute) {
            (Node::Json(value), _) => foreign::scalar(value)?,
            (Node::Xml(element), None) => Cow::Borrowed(&*element.text),
            (Node::Xml(element), Some(name)) => Cow::Borrowed(element.attribute(name)?),
            (Node::Html(element), None) => Cow::Owned(page::start_of_text(element, TEXT_CHARS_MAX)),
            (Node::Html(element), Some(name)) => Cow::Borrowed(element.attr(name)?),
        };
        worth(text)
    }
}

/// A text as far as it is read, without blanks around it; none where nothing is left.
fn worth(text: Cow<'_, str>) -> Option<Cow<'_, str>> {
    fn part(text: &str) -> &str {
        let text = text.trim();
        // No text of so few bytes has more characters.
        if text.len() <= TEXT_CHARS_MAX {
            return text;
        }
        text.char_indices().nth(TEXT_CHARS_MAX).map_or(text, |(end, _)| text[..end].trim_end())
    }
    let text = match text {
        Cow::Borrowed(text) => Cow::Borrowed(part(text)),
        Cow::Owned(text) if part(&text).len() == text.len() => Cow::Owned(text),
        Cow::Owned(text) => Cow::Owned(part(&text).to_owned()),
    };
    Some(text).filter(|text| !text.is_empty())
}

impl Node<'_> {
    /// Whether this can hold fields.
    pub(super) fn holds_fields(self) -> bool {
        !matches!(self, Node::Json(value) if !value.is_object())
    }
}

impl Step {
    fn in_json<'a>(&self, value: &'a Value<'a>) -> Option<&'a Value<'a>> {
        match (self, value) {
            (Self::To(name, _), Value::Object(_)) => field(value, name),
            (Self::To(name, _), Value::Array(values)) => values.get(name.parse::<usize>().ok()?),
            (Self::To(..), _) => None,
            (Self::Where(choice), Value::Array(values)) => values.iter().find(|v| choice.is_json(v)),
            (Self::Where(choice), single) => Some(single).filter(|v| choice.is_json(v)),
        }
    }

    fn in_xml<'a>(&self, element: &'a Element<'a>) -> Option<&'a Element<'a>> {
        match self {
            Self::To(name, None) => element.child(name),
            Self::To(name, Some(choice)) => {
                element.children.iter().find(|e| e.name == *name && choice.is_xml(e))
            }
            Self::Where(_) => None,
        }
    }
}

impl Choice {
    /// `key=value]`.
    fn read(inner: &str) -> Result<Self, String> {
        match inner.strip_suffix(']').and_then(|inner| inner.split_once('=')) {
            Some((key, value)) if !key.is_empty() && !value.is_empty() => {
                Ok(Self { key: key.to_owned(), value: value.to_owned() })
            }
            _ => Err("a choice is written `[key=value]`".to_owned()),
        }
    }

    fn is_json(&self, value: &Value<'_>) -> bool {
        field(value, &self.key).and_then(foreign::scalar).is_some_and(|told| told == self.value)
    }

    fn is_xml(&self, element: &Element<'_>) -> bool {
        let told = match self.key.strip_prefix('@') {
            Some(key) => element.attribute(key),
            None => element.text_at(&[&self.key]),
        };
        told == Some(&self.value)
    }
}

/// An object's field; of two of one name the last, as most readers of JSON have it.
fn field<'a>(value: &'a Value<'a>, name: &str) -> Option<&'a Value<'a>> {
    let Value::Object(fields) = value else { return None };
    fields.as_vec().iter().rfind(|(key, _)| **key == *name).map(|(_, value)| value)
}

/// `/a/b/[key=value]/c`; the empty one is the whole.
fn pointer(text: &str) -> Result<Vec<Step>, String> {
    if text.is_empty() {
        return Ok(Vec::new());
    }
    let rest = text.strip_prefix('/').ok_or("a JSON pointer begins with `/`")?;
    let step = |token: &str| {
        if let Some(inner) = token.strip_prefix('[') {
            return Choice::read(inner).map(Step::Where);
        }
        let escapes = token.split('~').skip(1);
        if escapes.clone().any(|after| !after.starts_with(['0', '1'])) {
            return Err("in a JSON pointer `~` is written `~0`, `/` within a name `~1`".to_owned());
        }
        Ok(Step::To(token.replace("~1", "/").replace("~0", "~"), None))
    };
    rest.split('/').map(step).collect()
}

/// `A/B[key=value]/@attribute`; `.` is the element itself. Names are without their prefixes.
fn elements(text: &str) -> Result<(Vec<Step>, Option<String>), String> {
    if text.is_empty() {
        return Err("a path of elements is needed, or `.`".to_owned());
    }
    let mut steps = Vec::new();
    let mut attribute = None;
    for part in text.split('/').filter(|part| *part != ".") {
        if attribute.is_some() {
            return Err("nothing lies below an attribute".to_owned());
        }
        if let Some(name) = part.strip_prefix('@') {
            attribute = Some(name.to_owned()).filter(|name| is_name(name));
            if attribute.is_none() {
                return Err(format!("`{part}` is no attribute"));
            }
            continue;
        }
        let (name, choice) = match part.split_once('[') {
            Some((name, inner)) => (name, Some(Choice::read(inner)?)),
            None => (part, None),
        };
        if !is_name(name) {
            return Err(format!("`{part}` is no element's name"));
        }
        steps.push(Step::To(name.to_owned(), choice));
    }
    Ok((steps, attribute))
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.'))
}
