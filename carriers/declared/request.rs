//! The requests that a file declares: which one for which numbers, and what stands in path, query, headers and body.

use std::collections::BTreeSet;

use regex::Regex;
use toml::Spanned;

use super::file::{Named, RawAuth, RawRequest};
use super::mistake::Written;
use super::names::kept;
use super::pattern::{self, Pattern};
use crate::contract::{Ask, Content, FactsError, HeaderValue, Method, Part, Request, Template};
use crate::xml;

/// What XML is sent as, where the file does not say.
const XML_TYPE: &str = "text/xml; charset=utf-8";

/// All requests of a source; the first that takes a number asks for it.
#[derive(Debug)]
pub(super) struct Requests(Vec<Declared>);

#[derive(Debug)]
struct Declared {
    /// Which numbers it is for; all, where this is absent.
    numbers: Option<Regex>,
    path: Pattern,
    query: Fields,
    headers: Headers,
    body: Body,
}

/// Names with what stands under them.
pub(super) type Fields = Vec<(&'static str, Pattern)>;

/// The headers of a request.
#[derive(Debug)]
pub(super) struct Headers {
    fields: Fields,
    auth: Option<HeaderValue>,
}

/// The body of a request.
#[derive(Debug)]
pub(super) enum Body {
    Empty,
    Form(Fields),
    Json(Pattern),
    Xml { content_type: &'static str, document: Pattern },
}

impl Requests {
    /// Reads the requests. With a token, each carries it.
    pub(super) fn read(
        text: &Written<'_>,
        raw: Vec<Spanned<RawRequest>>,
        has_token: bool,
    ) -> Result<Self, FactsError> {
        let last = raw.len().saturating_sub(1);
        let mut requests = Vec::with_capacity(raw.len());
        for (index, raw) in raw.into_iter().enumerate() {
            let for_all = raw.get_ref().numbers.is_none();
            if for_all != (index == last) {
                let rule =
                    "the last request is for all numbers, and each before it says which `numbers` it is for";
                return Err(text.wrong(&raw, rule));
            }
            requests.push(Declared::read(text, raw, has_token)?);
        }
        Ok(Self(requests))
    }

    /// The request for a number.
    pub(super) fn request(&self, ask: &Ask) -> Request {
        let is_for =
            |request: &&Declared| request.numbers.as_ref().is_none_or(|n| n.is_match(&ask.tracking_number));
        let found = self.0.iter().find(is_for).or(self.0.last());
        found.map_or_else(|| Request::get("/"), |request| request.request(ask))
    }

    /// The secrets that go into them.
    pub(super) fn secrets(&self) -> BTreeSet<&'static str> {
        self.0
            .iter()
            .flat_map(|r| {
                let query = r.query.iter().flat_map(|(_, value)| value.secrets());
                query.chain(r.headers.secrets()).chain(r.body.secrets())
            })
            .collect()
    }
}

impl Declared {
    fn read(text: &Written<'_>, raw: Spanned<RawRequest>, has_token: bool) -> Result<Self, FactsError> {
        let RawRequest { numbers, path, query, headers, auth, form, json, xml, content_type } =
            raw.into_inner();
        if let (true, Some(auth)) = (has_token, &auth) {
            return Err(text.wrong(auth, "the requests carry the token of `[token]`"));
        }
        let auth = match auth {
            Some(auth) => Some(auth_value(auth.into_inner())),
            None => has_token.then_some(HeaderValue::BearerToken),
        };
        Ok(Self {
            numbers: numbers.map(|numbers| text.whole(&numbers)).transpose()?,
            path: path_of(text, &path)?,
            query: fields(text, query)?,
            headers: Headers { fields: header_fields(text, headers, auth.is_some())?, auth },
            body: Body::read(text, form, json, xml, content_type)?,
        })
    }

    fn request(&self, ask: &Ask) -> Request {
        let ask = Some(ask);
        Request {
            method: self.body.method(),
            path: self.path.filled(ask, pattern::in_path).to_string(),
            query: filled(&self.query, ask),
            headers: self.headers.filled(ask),
            content: self.body.filled(ask),
        }
    }
}

/// A path holds no secret, since it is recorded, and no query, which has its own place.
pub(super) fn path_of(text: &Written<'_>, raw: &Spanned<String>) -> Result<Pattern, FactsError> {
    let path = pattern_of(text, raw)?;
    let written = raw.get_ref();
    if !written.starts_with('/') || written.contains(['?', '#', ' ', '\\']) || written.contains("..") {
        return Err(text.wrong(raw, "a path begins with `/` and holds no query: that stands under `query`"));
    }
    if path.secrets().next().is_some() {
        return Err(text.wrong(raw, "a path is recorded with every answer: no secret goes into it"));
    }
    Ok(path)
}

fn pattern_of(text: &Written<'_>, raw: &Spanned<String>) -> Result<Pattern, FactsError> {
    Pattern::read(raw.get_ref()).map_err(|why| text.wrong(raw, why))
}

/// Fields of a query or a form, in the order in which the file has them. A value may be a document of its own.
pub(super) fn fields(text: &Written<'_>, raw: Named) -> Result<Fields, FactsError> {
    for value in raw.values().filter(|value| value.get_ref().starts_with('<')) {
        let sample = pattern_of(text, value)?.sample();
        xml::read(&sample).map_err(|_| text.wrong(value, "begins as XML and, with texts put in, is none"))?;
    }
    patterns(text, raw)
}

fn patterns(text: &Written<'_>, raw: Named) -> Result<Fields, FactsError> {
    let mut raw: Vec<_> = raw.into_iter().collect();
    raw.sort_by_key(|(name, _)| name.span().start);
    raw.iter().map(|(name, value)| Ok((kept(name.get_ref()), pattern_of(text, value)?))).collect()
}

/// Headers; none that the gateway sets itself.
pub(super) fn header_fields(text: &Written<'_>, raw: Named, has_auth: bool) -> Result<Fields, FactsError> {
    for (name, value) in &raw {
        let word = name.get_ref();
        let is_token = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b);
        if word.is_empty() || !word.bytes().all(is_token) {
            return Err(text.wrong(name, format!("`{word}` is no header's name")));
        }
        let own = ["host", "content-length", "content-type", "transfer-encoding", "connection", "user-agent"];
        if own.contains(&word.to_ascii_lowercase().as_str()) {
            return Err(text.wrong(name, format!("the gateway sets `{word}` itself")));
        }
        if has_auth && word.eq_ignore_ascii_case("authorization") {
            return Err(text.wrong(name, "`Authorization` stands twice: here, and by `auth` or `[token]`"));
        }
        if value.get_ref().contains(char::is_control) {
            return Err(text.wrong(value, "a header is one line of printable characters"));
        }
    }
    patterns(text, raw)
}

fn filled(fields: &Fields, ask: Option<&Ask>) -> Vec<(&'static str, Template)> {
    let given = fields.iter().filter(|(_, value)| !value.lacks(ask));
    given.map(|(name, value)| (*name, value.filled_as_field(ask))).collect()
}

pub(super) fn auth_value(auth: RawAuth) -> HeaderValue {
    match auth {
        RawAuth::Basic([user, password]) => {
            HeaderValue::Basic { user: kept(&user), password: kept(&password) }
        }
        RawAuth::Bearer(name) => HeaderValue::Filled(Template::from("Bearer ").secret(kept(&name))),
    }
}

impl Headers {
    pub(super) fn new(fields: Fields, auth: Option<HeaderValue>) -> Self {
        Self { fields, auth }
    }

    pub(super) fn secrets(&self) -> impl Iterator<Item = &'static str> {
        let of_auth = match &self.auth {
            Some(HeaderValue::Basic { user, password }) => vec![*user, *password],
            Some(HeaderValue::Filled(template)) => of_template(template).collect(),
            _ => Vec::new(),
        };
        of_auth.into_iter().chain(self.fields.iter().flat_map(|(_, value)| value.secrets()))
    }

    /// Whether something goes into them that this ask lacks.
    pub(super) fn lacks(&self, ask: Option<&Ask>) -> bool {
        self.fields.iter().any(|(_, value)| value.lacks(ask))
    }

    pub(super) fn filled(&self, ask: Option<&Ask>) -> Vec<(&'static str, HeaderValue)> {
        let given = self.fields.iter().filter(|(_, value)| !value.lacks(ask));
        let auth = self.auth.iter().map(|auth| ("Authorization", auth.clone()));
        auth.chain(given.map(|(name, value)| (*name, header(value.filled(ask, pattern::in_header)))))
            .collect()
    }
}

fn of_template(template: &Template) -> impl Iterator<Item = &'static str> {
    template.0.iter().filter_map(|part| match part {
        Part::Secret(name) => Some(*name),
        _ => None,
    })
}

fn header(template: Template) -> HeaderValue {
    match template.0.as_slice() {
        [Part::Text(text)] => HeaderValue::Plain(text.clone()),
        [Part::Secret(name)] => HeaderValue::Secret(name),
        _ => HeaderValue::Filled(template),
    }
}

impl Body {
    /// Reads the one form of body that is given.
    pub(super) fn read(
        text: &Written<'_>,
        form: Option<Spanned<Named>>,
        json: Option<Spanned<String>>,
        xml: Option<Spanned<String>>,
        content_type: Option<Spanned<String>>,
    ) -> Result<Self, FactsError> {
        if let (None, Some(kind)) = (&xml, &content_type) {
            return Err(text.wrong(kind, "`content_type` goes with `xml`; the others have their own"));
        }
        match (form, json, xml) {
            (None, None, None) => Ok(Self::Empty),
            (Some(form), None, None) => Ok(Self::Form(fields(text, form.into_inner())?)),
            (None, Some(json), None) => {
                let document = pattern_of(text, &json)?;
                let sample: Result<serde_json::Value, _> = serde_json::from_str(&document.sample());
                sample.map_err(|e| text.wrong(&json, format!("with texts put in, this is not JSON: {e}")))?;
                Ok(Self::Json(document))
            }
            (None, None, Some(document)) => {
                let pattern = pattern_of(text, &document)?;
                let sample = pattern.sample();
                xml::read(sample.trim())
                    .map_err(|_| text.wrong(&document, "with texts put in, this is not XML"))?;
                let content_type = content_type.map_or(XML_TYPE, |kind| kept(kind.get_ref()));
                Ok(Self::Xml { content_type, document: pattern })
            }
            (Some(form), ..) => Err(text.wrong(&form, "a request has one body: `form`, `json` or `xml`")),
            (_, Some(json), _) => Err(text.wrong(&json, "a request has one body: `form`, `json` or `xml`")),
        }
    }

    pub(super) fn method(&self) -> Method {
        if matches!(self, Self::Empty) { Method::Get } else { Method::Post }
    }

    pub(super) fn secrets(&self) -> Vec<&'static str> {
        match self {
            Self::Empty => Vec::new(),
            Self::Form(fields) => fields.iter().flat_map(|(_, value)| value.secrets()).collect(),
            Self::Json(document) | Self::Xml { document, .. } => document.secrets().collect(),
        }
    }

    /// Whether something goes into it that this ask lacks.
    pub(super) fn lacks(&self, ask: Option<&Ask>) -> bool {
        match self {
            Self::Empty => false,
            Self::Form(fields) => fields.iter().any(|(_, value)| value.lacks(ask)),
            Self::Json(document) | Self::Xml { document, .. } => document.lacks(ask),
        }
    }

    pub(super) fn filled(&self, ask: Option<&Ask>) -> Content {
        match self {
            Self::Empty => Content::Empty,
            Self::Form(fields) => Content::Form(filled(fields, ask)),
            Self::Json(document) => Content::Json(document.filled(ask, pattern::in_json)),
            Self::Xml { content_type, document } => {
                Content::Xml { content_type, document: document.filled(ask, pattern::in_xml) }
            }
        }
    }
}
