//! Whose official tracking is recognized. Read from `config/channels.toml`; nothing else makes a carrier recognized.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;
use waygate_carriers::contract::{CarrierId, Country};
use waygate_carriers::numbers::Candidate;
use waygate_carriers::registry::{Registry, registry};

/// What sort of channel a carrier is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChannelKind {
    /// The platform's own delivery.
    Platform,
    /// A courier with formats of its own.
    Courier,
    /// A post, or a service that the posts share.
    Postal,
}

/// A recognized carrier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Channel {
    /// The carrier's id.
    pub carrier: CarrierId,
    /// What sort of channel it is.
    pub kind: ChannelKind,
    /// For a national post: the country.
    pub country: Option<Country>,
    /// Why it is recognized.
    pub why: String,
}

/// All recognized carriers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Channels {
    by_carrier: BTreeMap<CarrierId, Channel>,
    domains: BTreeMap<CarrierId, Vec<String>>,
    aggregators: BTreeMap<String, String>,
    look_alike: LookAlike,
}

/// What gives a false domain away.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LookAlike {
    /// Carriers' names as domains write them.
    pub brands: Vec<String>,
    /// Words that are put before or behind a short name.
    pub lures: Vec<String>,
}

/// Why a file of channels was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("channels: {0}")]
pub struct ChannelsError(String);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wire {
    channel: Vec<WireChannel>,
    posts: WirePosts,
    #[serde(default)]
    domains: BTreeMap<CarrierId, Vec<String>>,
    #[serde(default)]
    aggregators: BTreeMap<String, String>,
    #[serde(default)]
    look_alike: LookAlike,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WireChannel {
    carrier: CarrierId,
    kind: ChannelKind,
    why: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WirePosts {
    why: String,
    of: BTreeMap<String, CarrierId>,
}

static BUILT_IN: LazyLock<Channels> = LazyLock::new(|| Channels::of(registry()));

impl Channels {
    /// The file that is compiled in.
    pub const TEXT: &'static str = include_str!("../../config/channels.toml");

    /// The channels that are compiled in.
    pub fn built_in() -> &'static Self {
        &BUILT_IN
    }

    /// The channels that are compiled in, with the domains of these carriers.
    pub fn of(registry: &Registry) -> Self {
        match Self::read(Self::TEXT) {
            Ok(channels) => channels.with_domains_of(registry),
            Err(error) => panic!("a built-in file is wrong: {error}"),
        }
    }

    /// Reads a file of channels. Refuses a carrier that stands twice and a row without a reason.
    pub fn read(text: &str) -> Result<Self, ChannelsError> {
        let wire: Wire = toml::from_str(text).map_err(|e| ChannelsError(e.to_string()))?;
        let mut rows: Vec<Channel> = wire
            .channel
            .into_iter()
            .map(|row| Channel { carrier: row.carrier, kind: row.kind, country: None, why: row.why })
            .collect();
        for (country, carrier) in wire.posts.of {
            let country = Country::new(&country).map_err(|e| ChannelsError(format!("`{carrier}`: {e}")))?;
            rows.push(Channel {
                carrier,
                kind: ChannelKind::Postal,
                country: Some(country),
                why: wire.posts.why.clone(),
            });
        }
        let mut by_carrier = BTreeMap::new();
        for row in rows {
            if row.why.trim().is_empty() {
                return Err(ChannelsError(format!("`{}` does not say why it is recognized", row.carrier)));
            }
            if let Some(twice) = by_carrier.insert(row.carrier.clone(), row) {
                return Err(ChannelsError(format!("`{}` stands twice", twice.carrier)));
            }
        }
        if let Some(stranger) = wire.domains.keys().find(|id| !by_carrier.contains_key(*id)) {
            return Err(ChannelsError(format!("`{stranger}` has domains and is not recognized")));
        }
        Ok(Self {
            by_carrier,
            domains: wire.domains,
            aggregators: wire.aggregators,
            look_alike: wire.look_alike,
        })
    }

    /// The same with the domains that the recognized carriers themselves declare.
    fn with_domains_of(mut self, registry: &Registry) -> Self {
        for facts in registry.carriers().filter(|facts| self.by_carrier.contains_key(&facts.id)) {
            self.domains.entry(facts.id.clone()).or_default().extend(facts.domains.iter().cloned());
        }
        self
    }

    /// The recognized carriers that show trackings on a host.
    pub fn owners_of(&self, host: &str) -> Vec<&CarrierId> {
        let lies_in = |domains: &Vec<String>| domains.iter().any(|domain| is_within(host, domain));
        self.domains.iter().filter(|(_, domains)| lies_in(domains)).map(|(carrier, _)| carrier).collect()
    }

    /// Every domain on which a recognized carrier shows trackings.
    pub fn official_domains(&self) -> impl Iterator<Item = &str> {
        self.domains.values().flatten().map(String::as_str)
    }

    /// The name of the page for many carriers that a host is of.
    pub fn aggregator_of(&self, host: &str) -> Option<&str> {
        self.aggregators.iter().find(|(domain, _)| is_within(host, domain)).map(|(_, name)| name.as_str())
    }

    /// What gives a false domain away.
    pub fn look_alike(&self) -> &LookAlike {
        &self.look_alike
    }

    /// The channel of a carrier, if it is recognized.
    pub fn get(&self, carrier: &CarrierId) -> Option<&Channel> {
        self.by_carrier.get(carrier)
    }

    /// Whether a carrier's tracking is recognized.
    pub fn is_recognized(&self, carrier: &CarrierId) -> bool {
        self.get(carrier).is_some()
    }

    /// Whether a carrier is a post or a service of the posts, which hand parcels to each other.
    pub fn is_postal(&self, carrier: &CarrierId) -> bool {
        self.get(carrier).is_some_and(|c| c.kind == ChannelKind::Postal)
    }

    /// Whether a candidate's number is one of the named carrier's: its own, or, for posts, one of the country whose
    /// post is named, or any post's where the posts are named as such.
    pub fn is_issued_by(&self, named: &CarrierId, candidate: &Candidate) -> bool {
        let is_post_of = || {
            let country = self.get(named).and_then(|c| c.country);
            country.is_some() && country == candidate.origin_country && self.is_postal(&candidate.carrier)
        };
        let any_post = || named.as_str() == "postal" && self.is_postal(&candidate.carrier);
        candidate.carrier == *named || is_post_of() || any_post()
    }

    /// Every recognized carrier, in order of id.
    pub fn iter(&self) -> impl Iterator<Item = &Channel> {
        self.by_carrier.values()
    }
}

/// Whether a host is a domain or lies below it.
fn is_within(host: &str, domain: &str) -> bool {
    host.strip_suffix(domain).is_some_and(|before| before.is_empty() || before.ends_with('.'))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn id(text: &str) -> CarrierId {
        CarrierId::new(text).unwrap()
    }

    #[test]
    fn the_named_carriers_and_every_post_are_recognized() {
        let named = [
            "ups",
            "dhl",
            "fedex",
            "tnt",
            "toll",
            "sf_express",
            "ems",
            "online_delivery",
            "postal",
            "usps",
            "royal_mail",
            "canada_post",
            "australia_post",
            "la_poste",
            "deutsche_post",
            "japan_post",
            "hongkong_post",
            "singapore_post",
            "korea_post",
            "china_post",
            "postnl",
            "swiss_post",
            "russian_post",
        ];
        for carrier in named {
            assert!(Channels::built_in().get(&id(carrier)).is_some(), "{carrier}");
        }
    }

    #[test]
    fn a_post_that_is_built_in_is_recognized_as_its_country_s_post() {
        for facts in waygate_carriers::registry::registry().carriers() {
            let Some(country) = facts.post_of else { continue };
            let channel = Channels::built_in().get(&facts.id);
            assert_eq!(channel.and_then(|c| c.country), Some(country), "{}", facts.id);
        }
    }

    #[test]
    fn private_lines_are_not() {
        for carrier in ["yunexpress", "dpd", "aftership", "cainiao_private", "ups2"] {
            assert!(Channels::built_in().get(&id(carrier)).is_none(), "{carrier}");
        }
    }

    #[test]
    fn a_host_is_a_carrier_s_where_it_lies_within_its_domain() {
        let owners = |host: &str| -> Vec<String> {
            Channels::built_in().owners_of(host).iter().map(ToString::to_string).collect()
        };
        assert_eq!(owners("www.ups.com"), ["ups"]);
        assert_eq!(owners("ups.com"), ["ups"]);
        assert_eq!(owners("poste.it"), ["poste_italiane"]);
        assert!(owners("xups.com").is_empty());
        assert!(owners("ups.com.evil.info").is_empty());
        assert_eq!(Channels::built_in().aggregator_of("t.17track.net"), Some("17TRACK"));
        assert_eq!(Channels::built_in().aggregator_of("not17track.net"), None);
    }

    #[test]
    fn every_recognized_post_has_a_domain_and_each_is_written_plainly() {
        for channel in Channels::built_in().iter() {
            let domains = Channels::built_in().domains.get(&channel.carrier);
            assert!(domains.is_some_and(|d| !d.is_empty()), "{}", channel.carrier);
        }
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '.' || c == '-';
        for domain in Channels::built_in().official_domains() {
            assert!(domain.chars().all(plain) && domain.contains('.'), "{domain}");
        }
    }

    #[test]
    fn a_wrong_row_is_named() {
        let stranger = "channel=[]\n[posts]\nwhy='y'\nof={}\n[domains]\nups=['ups.com']\n";
        assert!(Channels::read(stranger).unwrap_err().to_string().contains("`ups` has domains"));
        let twice = "[[channel]]\ncarrier='ups'\nkind='courier'\nwhy='x'\n[posts]\nwhy='y'\nof={US='ups'}\n";
        assert_eq!(Channels::read(twice).unwrap_err().to_string(), "channels: `ups` stands twice");
        let silent = "[[channel]]\ncarrier='ups'\nkind='courier'\nwhy=' '\n[posts]\nwhy='y'\nof={}\n";
        assert!(Channels::read(silent).unwrap_err().to_string().contains("`ups` does not say why"));
        assert!(Channels::read("[[channel]]\ncarrier='ups'\nkin='courier'\nwhy='x'\n").is_err());
    }
}
