//! The rules for a URL that someone else gave: what may be registered, and what may be connected to.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use url::{Host, Url};

use super::address;

/// Longest URL, in bytes.
pub const URL_BYTES_MAX: usize = 2_048;
/// The ports on the internet that events are posted to.
pub const INTERNET_PORTS: [u16; 2] = [443, 8443];
/// Names that are never the internet's.
const INSIDE_NAMES: [&str; 3] = ["localhost", "internal", "local"];

/// Why a URL is not connected to. Says nothing that the URL's owner does not know: no resolved address, no secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// It is too long.
    #[error("the URL is longer than {URL_BYTES_MAX} bytes")]
    TooLong,
    /// It cannot be read.
    #[error("not a URL: {0}")]
    NotAUrl(#[from] url::ParseError),
    /// Neither http nor https.
    #[error("the URL's scheme is not https")]
    Scheme,
    /// It holds a user name or a password.
    #[error("the URL holds a user name or a password")]
    UserInfo,
    /// It holds a fragment.
    #[error("the URL holds a fragment")]
    Fragment,
    /// There is no host in it.
    #[error("the URL has no host")]
    NoHost,
    /// Plain http.
    #[error("http without encryption is not sent over the internet: give an https URL")]
    PlainHttp,
    /// Another port.
    #[error("port {0} is not among those that are reached (443, 8443)")]
    Port(u16),
    /// A name of an inner network.
    #[error("the name belongs to an inner network")]
    InsideName,
    /// An address that is not on the internet.
    #[error("the host's address is not on the public internet ({0})")]
    Address(&'static str),
    /// The scheme, the port or the name is for allowed networks alone, and the host is not in them.
    #[error(
        "the host's address is not in an allowed network; elsewhere only https on ports 443 and 8443 is reached"
    )]
    NotInside,
    /// The name has no address.
    #[error("the host's name has no address")]
    NoAddress,
}

/// How far a URL may reach.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reach {
    /// The public internet and the allowed networks.
    Internet,
    /// The allowed networks alone: http, another port, or a name of an inner network.
    Inside,
}

/// The networks that the operator allows besides the public internet. There, http and all ports are allowed too.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Allow {
    networks: Vec<IpNet>,
}

impl Allow {
    /// The public internet and nothing else.
    pub fn internet() -> Self {
        Self::default()
    }

    /// These networks too.
    pub fn networks(networks: Vec<IpNet>) -> Self {
        Self { networks }
    }

    /// This machine too: for a demonstration, and for tests.
    pub fn loopback() -> Self {
        Self::networks(vec![
            Ipv4Net::new_assert(Ipv4Addr::new(127, 0, 0, 0), 8).into(),
            Ipv6Net::new_assert(Ipv6Addr::LOCALHOST, 128).into(),
        ])
    }

    /// Reads a URL and says how far it may reach. A name is not resolved here: that is done, and its addresses are
    /// judged, each time that it is connected to.
    pub fn check(&self, text: &str) -> Result<(Url, Reach), Refused> {
        if text.len() > URL_BYTES_MAX {
            return Err(Refused::TooLong);
        }
        let url = Url::parse(text)?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(Refused::Scheme);
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(Refused::UserInfo);
        }
        if url.fragment().is_some() {
            return Err(Refused::Fragment);
        }
        let reach = match inside_only(&url) {
            None => Reach::Internet,
            Some(why) if self.networks.is_empty() => return Err(why),
            Some(_) => Reach::Inside,
        };
        // The client asks no resolver for an address that is written out.
        match url.host().ok_or(Refused::NoHost)? {
            Host::Ipv4(address) => self.judge(address.into(), reach)?,
            Host::Ipv6(address) => self.judge(address.into(), reach)?,
            Host::Domain(_) => {}
        }
        Ok((url, reach))
    }

    /// Judges an address that is about to be connected to.
    pub fn judge(&self, address: IpAddr, reach: Reach) -> Result<(), Refused> {
        let address = address.to_canonical();
        if self.networks.iter().any(|network| network.contains(&address)) {
            return Ok(());
        }
        match (address::forbidden(address), reach) {
            (Some(why), _) => Err(Refused::Address(why)),
            (None, Reach::Inside) => Err(Refused::NotInside),
            (None, Reach::Internet) => Ok(()),
        }
    }
}

/// What keeps a URL off the internet, where something does.
fn inside_only(url: &Url) -> Option<Refused> {
    if url.host().is_some_and(|host| matches!(host, Host::Domain(name) if is_inside_name(name))) {
        return Some(Refused::InsideName);
    }
    if url.scheme() != "https" {
        return Some(Refused::PlainHttp);
    }
    url.port_or_known_default().filter(|port| !INTERNET_PORTS.contains(port)).map(Refused::Port)
}

/// Whether a name's last label belongs to inner networks. The URL's reader has made it lower-case.
fn is_inside_name(name: &str) -> bool {
    let name = name.trim_end_matches('.');
    let last = name.rsplit('.').next().unwrap_or(name);
    INSIDE_NAMES.contains(&last)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(url: &str) -> Refused {
        Allow::internet().check(url).map(|(url, _)| url.to_string()).expect_err(url)
    }

    #[test]
    fn an_https_url_on_the_internet_is_taken() {
        for url in [
            "https://example.com/hooks?shop=7",
            "https://example.com:8443/",
            "https://8.8.8.8/",
            "https://[2606:4700:4700::1111]/",
            "https://bücher.example/",
            "https://internal.example.com/",
            "https://localhost.example.com/",
        ] {
            assert_eq!(Allow::internet().check(url).map(|(_, reach)| reach), Ok(Reach::Internet), "{url}");
        }
    }

    #[test]
    fn each_rule_for_urls_refuses() {
        for (url, why) in [
            ("ftp://example.com/", Refused::Scheme),
            ("file:///etc/passwd", Refused::Scheme),
            ("gopher://example.com/", Refused::Scheme),
            ("http://example.com/", Refused::PlainHttp),
            ("https://user@example.com/", Refused::UserInfo),
            ("https://user:word@example.com/", Refused::UserInfo),
            ("https://:word@example.com/", Refused::UserInfo),
            ("https://example.com/#part", Refused::Fragment),
            ("https://example.com:22/", Refused::Port(22)),
            ("https://example.com:80/", Refused::Port(80)),
            ("https://localhost/", Refused::InsideName),
            ("https://LOCALHOST./", Refused::InsideName),
            ("https://shop.localhost/", Refused::InsideName),
            ("https://metadata.google.internal/", Refused::InsideName),
            ("https://metadata.google.internal./", Refused::InsideName),
            ("https://printer.local/", Refused::InsideName),
        ] {
            assert_eq!(refused(url), why, "{url}");
        }
        assert_eq!(refused(&format!("https://example.com/{}", "a".repeat(URL_BYTES_MAX))), Refused::TooLong);
        for url in ["", "example.com", "https://", "https://[fe80::1%25eth0]/", "https://exa mple.com/"] {
            assert!(matches!(refused(url), Refused::NotAUrl(_)), "{url}");
        }
    }

    /// Spellings that resolvers and libraries have taken for 127.0.0.1 or 169.254.169.254.
    #[test]
    fn an_address_is_judged_however_it_is_spelled() {
        for host in [
            "127.0.0.1",
            "127.0.0.1.",
            "127.1",
            "127.0.1",
            "2130706433",
            "0x7f000001",
            "0x7f.1",
            "017700000001",
            "0177.0.0.1",
            "0177.0.0.01",
            "0x7f.0x0.0x0.0x1",
            "127.0.0.0x1",
            "127。0。0。1",
            "127．0．0．1",
            "127.0.0.1",
            "①②⑦.⓪.⓪.①",
            "%31%32%37.0.0.1",
            "0",
            "0.0.0.0",
            "[::1]",
            "[::]",
            "[0:0:0:0:0:0:0:1]",
            "[::ffff:127.0.0.1]",
            "[::ffff:7f00:1]",
            "[::127.0.0.1]",
            "[64:ff9b::7f00:1]",
            "[2002:7f00:1::]",
            "169.254.169.254",
            "2852039166",
            "0xa9fea9fe",
            "0251.0376.0251.0376",
            "169.254.43518",
            "[::ffff:169.254.169.254]",
            "[64:ff9b::a9fe:a9fe]",
            "[fd00:ec2::254]",
        ] {
            let url = format!("https://{host}/latest/meta-data/");
            assert!(matches!(refused(&url), Refused::Address(_)), "{host}: {:?}", refused(&url));
        }
    }

    #[test]
    fn an_allowed_network_is_reached_by_http_and_by_any_port_and_nothing_else_is() {
        let allow = Allow::loopback();
        for url in
            ["http://127.0.0.1:9000/", "http://[::1]:9000/", "http://localhost:9000/", "http://2130706433/"]
        {
            assert_eq!(allow.check(url).map(|(_, reach)| reach), Ok(Reach::Inside), "{url}");
        }
        assert_eq!(allow.check("https://127.0.0.1/").map(|(_, reach)| reach), Ok(Reach::Internet));
        assert_eq!(allow.check("http://8.8.8.8/").unwrap_err(), Refused::NotInside);
        assert_eq!(allow.check("https://8.8.8.8:22/").unwrap_err(), Refused::NotInside);
        assert!(matches!(allow.check("http://10.0.0.1/").unwrap_err(), Refused::Address(_)));
        assert_eq!(allow.check("https://8.8.8.8/").map(|(_, reach)| reach), Ok(Reach::Internet));
    }

    #[test]
    fn a_mapped_address_is_allowed_with_its_ipv4_address() {
        let allow = Allow::networks(vec!["10.1.0.0/16".parse().unwrap()]);
        let judge = |address: &str| allow.judge(address.parse().unwrap(), Reach::Internet);
        assert_eq!(judge("::ffff:10.1.2.3"), Ok(()));
        assert_eq!(judge("10.1.2.3"), Ok(()));
        assert!(judge("10.2.2.3").is_err());
    }
}
