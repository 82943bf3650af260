//! What a file declares of the carrier and the source itself, and what of it cannot be.

use std::collections::BTreeSet;

use toml::Spanned;
use url::Url;

use super::file::RawFile;
use super::mistake::Written;
use crate::contract::{CarrierId, FactsError, SourceFacts};

/// Longest body that a source may be allowed, in bytes.
const BODY_BYTES_MAX: u32 = 16 << 20;

/// Longest time that a source may be given, in milliseconds.
const TIMEOUT_MS_MAX: u32 = 120_000;

/// Checks the facts; gives the carrier whose source it is.
pub(super) fn check(text: &Written<'_>, raw: &RawFile) -> Result<CarrierId, FactsError> {
    let source = &raw.official_source;
    let facts = source.get_ref();
    let (carrier, _) = facts.id.as_str().split_once('.').unwrap_or_default();
    if let Some(declared) = &raw.carrier {
        if declared.get_ref().id.as_str() != carrier {
            let message = format!("the source `{}` is not one of the carrier that is declared", facts.id);
            return Err(text.wrong_key(source, "id", message));
        }
        if !declared.get_ref().sources.is_empty() {
            return Err(text.wrong(declared, "the source stands under `[official_source]`, once"));
        }
        if let Some(page) = &declared.get_ref().tracking_url
            && !(page.starts_with("https://") && page.contains("{n}"))
        {
            let rule = "an https address with `{n}` where the number goes";
            return Err(text.wrong_key(declared, "tracking_url", rule));
        }
    } else if let Some(format) = raw.format.first() {
        return Err(text.wrong(format, "formats go with a `[carrier]` that is declared here"));
    }
    check_address(text, source)?;
    check_limits(text, source)?;
    if facts.answers.is_empty() {
        return Err(text.wrong_key(source, "answers", "says for no number that it answers"));
    }
    if facts.source.trim().is_empty() {
        return Err(text.wrong_key(source, "source", "says where the facts are from, with the date"));
    }
    CarrierId::new(carrier).map_err(|error| text.wrong_key(source, "id", error.to_string()))
}

fn check_address(text: &Written<'_>, source: &Spanned<SourceFacts>) -> Result<(), FactsError> {
    let facts = source.get_ref();
    if facts.hosts.is_empty() {
        return Err(text.wrong_key(source, "hosts", "names no host that may be asked"));
    }
    let is_host = |host: &&String| {
        Url::parse(&format!("https://{host}/")).is_ok_and(|url| {
            url.host_str() == Some(host.as_str()) && url.domain().is_some() && host.contains('.')
        })
    };
    if let Some(host) = facts.hosts.iter().find(|host| !is_host(host)) {
        return Err(text.wrong_key(source, "hosts", format!("`{host}` is no host, as api.example.com")));
    }
    let wrong = |message: &str| Err(text.wrong_key(source, "base_url", message));
    let Ok(url) = Url::parse(&facts.base_url) else { return wrong("is no address") };
    if url.scheme() != "https" {
        return wrong("an official source is asked by https");
    }
    if !url.host_str().is_some_and(|host| facts.hosts.iter().any(|h| h == host)) {
        return wrong("lies on none of the `hosts`");
    }
    let has_more = !url.username().is_empty() || url.password().is_some() || url.port().is_some();
    if has_more || url.query().is_some() || url.fragment().is_some() {
        return wrong("is scheme, host and path alone");
    }
    Ok(())
}

fn check_limits(text: &Written<'_>, source: &Spanned<SourceFacts>) -> Result<(), FactsError> {
    let limits = &source.get_ref().limits;
    for (name, number, most) in [
        ("interval_ms", limits.interval_ms, u32::MAX),
        ("burst", limits.burst, u32::MAX),
        ("per_day", limits.per_day.unwrap_or(1), u32::MAX),
        ("concurrent", limits.concurrent, 64),
        ("timeout_ms", limits.timeout_ms, TIMEOUT_MS_MAX),
        ("body_bytes_max", limits.body_bytes_max, BODY_BYTES_MAX),
    ] {
        if number == 0 || number > most {
            return Err(text.wrong_key(source, name, format!("`{name}` is from 1 to {most}")));
        }
    }
    Ok(())
}

/// Every secret that is used is declared, and every one that is declared is used.
pub(super) fn check_secrets(
    text: &Written<'_>,
    facts: &Spanned<SourceFacts>,
    used: &BTreeSet<&'static str>,
) -> Result<(), FactsError> {
    let declared: BTreeSet<&str> = facts.get_ref().secrets.iter().map(String::as_str).collect();
    if let Some(name) = used.iter().find(|name| !declared.contains(*name)) {
        return Err(text.wrong_key(
            facts,
            "secrets",
            format!("the secret `{name}` is used, but not declared"),
        ));
    }
    if let Some(name) = declared.iter().find(|name| !used.contains(*name)) {
        return Err(text.wrong_key(facts, "secrets", format!("the secret `{name}` goes into no request")));
    }
    let is_name = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
    if let Some(name) = declared.iter().find(|name| name.is_empty() || !name.bytes().all(is_name)) {
        let rule = "lower-case letters, digits and underscores";
        return Err(text.wrong_key(facts, "secrets", format!("`{name}` is no secret's name: {rule}")));
    }
    Ok(())
}
