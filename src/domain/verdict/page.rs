//! What a page's address is: a carrier's own, a page for many carriers, a trick, or some other. Nothing is fetched.

use url::{Host, Url};
use waygate_carriers::contract::CarrierId;

use crate::domain::channels::Channels;

/// Longest address that is read, in bytes.
const URL_BYTES_MAX: usize = 2048;
/// Names from this length on are not part of other words.
const LONG_BRAND_CHARS: usize = 5;

/// What an address is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Page<'a> {
    /// No address of a web page.
    Unreadable,
    /// On an official domain of these carriers.
    Official(Vec<&'a CarrierId>),
    /// It pretends to be what it is not.
    Trick {
        /// How.
        how: String,
    },
    /// A page for many carriers.
    Aggregator(&'a str),
    /// Some other host.
    Other(String),
}

/// Reads an address as a browser would.
pub fn read<'a>(channels: &'a Channels, text: &str) -> Page<'a> {
    let text = text.trim();
    let Some(url) = parse(text) else { return Page::Unreadable };
    let host = match url.host() {
        Some(Host::Domain(host)) => host.trim_end_matches('.').to_ascii_lowercase(),
        Some(Host::Ipv4(_) | Host::Ipv6(_)) => {
            return trick("it names a bare network address instead of a domain");
        }
        None => return Page::Unreadable,
    };
    if !url.username().is_empty() || url.password().is_some() || text.contains('\\') {
        return trick(&format!("what stands before the host is not the host, which is `{host}`"));
    }
    if host.split('.').any(|label| label.starts_with("xn--")) {
        return trick(&format!("`{host}` is written with letters that can be taken for others"));
    }
    if let Some(target) = leads_to(channels, &url) {
        return trick(&format!("it leads on to `{target}`"));
    }
    let owners = channels.owners_of(&host);
    if !owners.is_empty() {
        return Page::Official(owners);
    }
    if let Some(name) = channels.aggregator_of(&host) {
        return Page::Aggregator(name);
    }
    match look_alike(channels, &host) {
        Some(brand) => trick(&format!("`{host}` looks like `{brand}` and is not its domain")),
        None => Page::Other(host),
    }
}

fn trick<'a>(how: &str) -> Page<'a> {
    Page::Trick { how: how.to_owned() }
}

/// A web address, also where its scheme was left out.
fn parse(text: &str) -> Option<Url> {
    if text.len() > URL_BYTES_MAX || text.chars().any(|c| c.is_control() || c.is_whitespace()) {
        return None;
    }
    let is_web = |url: &Url| matches!(url.scheme(), "http" | "https");
    if text.contains("://") {
        return Url::parse(text).ok().filter(is_web);
    }
    if text.get(..7).is_some_and(|t| t.eq_ignore_ascii_case("mailto:")) {
        return None;
    }
    let host = text.split(['/', '?', '#']).next().unwrap_or_default();
    host.contains('.').then(|| Url::parse(&format!("https://{text}")).ok()).flatten().filter(is_web)
}

/// The host that a parameter leads on to, where it is no carrier's.
fn leads_to(channels: &Channels, url: &Url) -> Option<String> {
    url.query_pairs().find_map(|(_, value)| {
        let value = value.trim();
        let begins = |with: &str| value.get(..with.len()).is_some_and(|v| v.eq_ignore_ascii_case(with));
        let target = match (begins("http://") || begins("https://"), value.starts_with("//")) {
            (true, _) => Url::parse(value).ok(),
            (_, true) => Url::parse(&format!("https:{value}")).ok(),
            _ => None,
        }?;
        let host = target.host_str()?.trim_end_matches('.').to_ascii_lowercase();
        channels.owners_of(&host).is_empty().then_some(host)
    })
}

/// The name that a host borrows.
fn look_alike<'a>(channels: &'a Channels, host: &str) -> Option<&'a str> {
    let inside = |domain: &&str| {
        host.match_indices(*domain).any(|(at, _)| {
            let before = at == 0 || host[..at].ends_with(['.', '-']);
            let after = &host[at + domain.len()..];
            before && after.starts_with(['.', '-'])
        })
    };
    if let Some(domain) = channels.official_domains().find(inside) {
        return Some(domain);
    }
    let labels: Vec<&str> = host.split('.').collect();
    let (own, ending) = labels.split_at(labels.len() - ending_labels(&labels));
    let lists = channels.look_alike();
    let last = own.len().saturating_sub(1);
    lists.brands.iter().map(String::as_str).find(|brand| {
        own.iter().enumerate().any(|(position, label)| {
            // A carrier's name under a country's code may be its site there: not official, and no trick.
            let is_country_site =
                position == last && label == brand && ending.last().is_some_and(|code| code.len() == 2);
            !is_country_site && borrows(label, brand, &lists.lures)
        })
    })
}

/// How many of a host's labels are its ending: `info`, or `co.uk`.
fn ending_labels(labels: &[&str]) -> usize {
    match labels {
        [_, .., second, code]
            if code.len() == 2
                && matches!(*second, "co" | "com" | "net" | "org" | "gov" | "edu" | "ac" | "or") =>
        {
            2
        }
        _ => 1,
    }
}

/// Whether one label of a host borrows a name: as a word of it, inside it, or written almost like it.
fn borrows(label: &str, brand: &str, lures: &[String]) -> bool {
    let whole: String = label.chars().filter(|c| *c != '-').collect();
    let is_long = brand.len() >= LONG_BRAND_CHARS;
    let has_lure = |rest: Option<&str>| rest.is_some_and(|rest| lures.iter().any(|lure| lure == rest));
    let words = || label.split('-').chain([whole.as_str()]);
    words().any(|word| word == brand || is_disguised(word, brand) || (is_long && is_one_off(word, brand)))
        || (is_long && whole.contains(brand))
        || has_lure(whole.strip_prefix(brand))
        || has_lure(whole.strip_suffix(brand))
}

/// Whether a word shows a name in other signs that look the same.
fn is_disguised(word: &str, brand: &str) -> bool {
    let plain = |text: &str| {
        let pairs = text.replace("rn", "m").replace("vv", "w");
        let single = |c: char| match c {
            '0' => 'o',
            '1' | 'i' => 'l',
            '3' => 'e',
            '4' => 'a',
            '5' => 's',
            '7' => 't',
            other => other,
        };
        pairs.chars().map(single).collect::<String>()
    };
    word != brand && plain(word) == plain(brand)
}

/// Whether a word is a name with one letter too many, missing, changed, or two of them swapped.
fn is_one_off(word: &str, brand: &str) -> bool {
    let (a, b): (Vec<char>, Vec<char>) = (word.chars().collect(), brand.chars().collect());
    let same_ahead = a.iter().zip(&b).take_while(|(x, y)| x == y).count();
    let (a, b) = (&a[same_ahead..], &b[same_ahead..]);
    match (a, b) {
        ([_, rest @ ..], _) if rest == b => true,
        (_, [_, rest @ ..]) if rest == a => true,
        ([_, x @ ..], [_, y @ ..]) if x == y => true,
        ([a1, a2, x @ ..], [b1, b2, y @ ..]) => a1 == b2 && a2 == b1 && x == y,
        _ => false,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn page(text: &str) -> Page<'static> {
        read(Channels::built_in(), text)
    }

    fn is_trick(text: &str) -> bool {
        matches!(page(text), Page::Trick { .. })
    }

    #[test]
    fn a_carrier_s_own_pages() {
        for text in [
            "https://www.ups.com/track?tracknum=1Z999AA10123456784",
            "www.ups.com/track",
            "HTTPS://WWW.UPS.COM/track",
            "https://ups.com./track",
            "https://tools.usps.com/go/TrackConfirmAction?tLabels=9400",
            "https://www.dhl.com/global-en/home/tracking.html?tracking-id=1",
            "https://www.canadapost-postescanada.ca/track-reperage/en#/search?searchFor=1",
            "https://www.fedex.com/fedextrack/?trknbr=1&next=https://www.fedex.com/home",
            "https://global.cainiao.com/detail.htm?mailNoList=LP1",
        ] {
            assert!(matches!(page(text), Page::Official(_)), "{text}: {:?}", page(text));
        }
    }

    #[test]
    fn tricks() {
        for text in [
            "https://ups.com.track-id.info/1Z",
            "https://www.ups.com-tracking.info/1Z",
            "https://ups-tracking.com/1Z",
            "https://upstracking.com",
            "https://track-ups.net",
            "https://ups.info",
            "https://my.dhl.parcel-status.net",
            "https://fedexx.com",
            "https://fdeex.com",
            "https://fedx.com",
            "https://royalmail-redelivery.com",
            "https://dh1.com",
            "https://usp5.com/",
            "https://ups.com@evil.example/1Z",
            "https://ups.com:secret@evil.example/1Z",
            "https://ups.com\\@evil.example/1Z",
            "https://\u{443}ps.com/track", // a Cyrillic letter
            "https://xn--ps-7ka.com/track",
            "https://203.0.113.7/ups",
            "https://[2001:db8::1]/ups",
            "https://0x7f.1/ups",
            "https://www.ups.com/redirect?url=https://evil.example/track",
            "https://www.ups.com/redirect?url=https%3A%2F%2Fevil.example",
            "https://www.ups.com/redirect?url=//evil.example",
        ] {
            assert!(is_trick(text), "{text}: {:?}", page(text));
        }
    }

    #[test]
    fn others_and_pages_for_many() {
        assert_eq!(page("https://t.17track.net/en#nums=1Z"), Page::Aggregator("17TRACK"));
        assert_eq!(page("https://acme.aftership.com/1Z"), Page::Aggregator("AfterShip"));
        for text in [
            "https://example.com/track",
            "https://groups.example.com",
            "https://www.dhl.ch/",
            "https://startups.io/",
            "https://system.example",
            "https://shop.example/orders/1?back=/home",
        ] {
            assert!(matches!(page(text), Page::Other(_)), "{text}: {:?}", page(text));
        }
        for text in ["", "N/A", "see message", "mailto:a@ups.com", "javascript:alert(1)", "https://", "ups"] {
            assert_eq!(page(text), Page::Unreadable, "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_can_be_read(text in "\\PC{0,60}") {
            let _ = page(&text);
        }

        #[test]
        fn a_carrier_s_domain_inside_another_is_never_its_own(tail in "[a-z]{2,8}\\.(info|net|xyz)") {
            prop_assume!(Channels::built_in().owners_of(&tail).is_empty());
            let text = format!("https://www.ups.com.{tail}/");
            prop_assert!(is_trick(&text));
        }
    }
}
