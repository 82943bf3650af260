//! Typed ids: a prefix that names the thing, and a UUIDv7 that sorts by time. Letters and digits only, so that an id
//! can stand in a signed webhook header as it is.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::{Builder, Uuid};

/// An id that is not one of ours.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not an id of this kind: it begins with `{0}` and 32 hexadecimal digits follow")]
pub struct InvalidId(&'static str);

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $prefix:literal) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(Arc<str>);

        impl $name {
            /// What every such id begins with.
            pub const PREFIX: &'static str = $prefix;

            /// A fresh id that sorts by `now`.
            pub fn generate(now: Timestamp) -> Self {
                Self(format!("{}{}", $prefix, fresh(now).simple()).into())
            }

            /// The id as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;
            fn from_str(text: &str) -> Result<Self, InvalidId> {
                let hex = text.strip_prefix($prefix).ok_or(InvalidId($prefix))?;
                let lower = hex.len() == 32 && hex.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
                if lower { Ok(Self(text.into())) } else { Err(InvalidId($prefix)) }
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidId;
            fn try_from(text: String) -> Result<Self, InvalidId> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.0.as_ref().to_owned()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

fn fresh(now: Timestamp) -> Uuid {
    let millis = u64::try_from(now.as_millisecond()).unwrap_or_default();
    Builder::from_unix_timestamp_millis(millis, &rand::random()).into_uuid()
}

id!(
    /// One claim: a number given for an order.
    ShipmentId, "shp_"
);
id!(
    /// One answer of a source, as recorded.
    ObservationId, "obs_"
);
id!(
    /// One verdict, as given.
    VerdictId, "vrd_"
);
id!(
    /// One event. Stays the same over all delivery attempts.
    EventId, "evt_"
);
id!(
    /// A webhook endpoint.
    EndpointId, "whe_"
);
id!(
    /// One attempt to deliver an event to an endpoint.
    AttemptId, "att_"
);
id!(
    /// One erasure of what told of persons.
    ErasureId, "ers_"
);
id!(
    /// An API key's public half.
    KeyId, "key_"
);
id!(
    /// A dispute of one order.
    DisputeId, "dsp_"
);
id!(
    /// A piece of evidence in a dispute.
    EvidenceId, "evd_"
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_names_itself_sorts_by_time_and_reads_back() {
        let early = ShipmentId::generate(Timestamp::from_second(1_700_000_000).unwrap());
        let late = ShipmentId::generate(Timestamp::from_second(1_700_000_001).unwrap());
        assert!(early.as_str().starts_with("shp_"));
        assert!(early < late);
        assert_eq!(early.to_string().parse(), Ok(early));
    }

    #[test]
    fn what_is_not_an_id_is_refused() {
        for text in [
            "",
            "shp_",
            "evt_0190163d8694739b96e8bf1e2b3f1a11",
            "shp_0190163D8694739B96E8BF1E2B3F1A11",
            "shp_0",
        ] {
            assert!(text.parse::<ShipmentId>().is_err(), "{text}");
        }
    }
}
