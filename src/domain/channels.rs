//! Whose official tracking is recognized. Read from `config/channels.toml`; nothing else makes a carrier recognized.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;
use waygate_carriers::contract::{CarrierId, Country};
use waygate_carriers::numbers::Candidate;

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

static BUILT_IN: LazyLock<Channels> =
    LazyLock::new(|| match Channels::read(include_str!("../../config/channels.toml")) {
        Ok(channels) => channels,
        Err(error) => panic!("a built-in file is wrong: {error}"),
    });

impl Channels {
    /// The channels that are compiled in.
    pub fn built_in() -> &'static Self {
        &BUILT_IN
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
        Ok(Self { by_carrier })
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
    fn a_wrong_row_is_named() {
        let twice = "[[channel]]\ncarrier='ups'\nkind='courier'\nwhy='x'\n[posts]\nwhy='y'\nof={US='ups'}\n";
        assert_eq!(Channels::read(twice).unwrap_err().to_string(), "channels: `ups` stands twice");
        let silent = "[[channel]]\ncarrier='ups'\nkind='courier'\nwhy=' '\n[posts]\nwhy='y'\nof={}\n";
        assert!(Channels::read(silent).unwrap_err().to_string().contains("`ups` does not say why"));
        assert!(Channels::read("[[channel]]\ncarrier='ups'\nkin='courier'\nwhy='x'\n").is_err());
    }
}
