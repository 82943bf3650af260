//! Web addresses with a number in them: where one begins in a text, whose it is, and what follows its host.

/// A web address in a text.
pub(super) struct Address {
    /// Its host, in small letters.
    pub(super) host: String,
    /// What follows its host, percent signs decoded.
    pub(super) path: String,
    /// The text before and after it.
    pub(super) around: String,
}

/// The first web address in a (capitalised) text.
pub(super) fn address(plain: &str) -> Option<Address> {
    let word = plain.split_whitespace().find(|word| {
        word.contains("://")
            || word.starts_with("WWW.")
            || word.split_once('/').is_some_and(|(host, _)| {
                host.split_once('.').is_some_and(|(_, end)| end.bytes().any(|b| b.is_ascii_uppercase()))
            })
    })?;
    let rest = word.split_once("://").map_or(word, |(_, rest)| rest);
    let (host, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
    Some(Address {
        host: host.to_ascii_lowercase(),
        path: decoded(path),
        around: plain.replacen(word, "\n", 1),
    })
}

/// Whether a host lies in a domain.
pub(super) fn is_of(host: &str, domain: &str) -> bool {
    let domain = domain.strip_prefix("www.").unwrap_or(domain);
    host.strip_suffix(domain).is_some_and(|before| before.is_empty() || before.ends_with('.'))
}

fn decoded(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('%') {
        plain.push_str(before);
        let code = after.get(..2).and_then(|hex| u8::from_str_radix(hex, 16).ok());
        match code.filter(u8::is_ascii_graphic) {
            Some(code) => plain.push(char::from(code).to_ascii_uppercase()),
            None => plain.push(' '),
        }
        rest = if code.is_some() { &after[2..] } else { after };
    }
    plain.push_str(rest);
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_lies_in_a_domain_or_does_not() {
        for (host, domain, want) in [
            ("www.ups.com", "ups.com", true),
            ("ups.com", "ups.com", true),
            ("ups.com", "www.ups.com", true),
            ("notups.com", "ups.com", false),
            ("ups.com.example", "ups.com", false),
        ] {
            assert_eq!(is_of(host, domain), want, "{host} {domain}");
        }
    }
}
