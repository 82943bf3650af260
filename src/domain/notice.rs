//! What Waygate tells of itself and not of an order: how its webhook endpoints fare. Notices have an id and a time, and
//! neither an order nor a sequence number.

use serde::{Deserialize, Serialize};

/// The types of notices.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum NoticeType {
    /// An endpoint keeps failing: it will be disabled unless it recovers.
    #[serde(rename = "webhook_endpoint.failing")]
    EndpointFailing,
    /// An endpoint was disabled, and not by a person.
    #[serde(rename = "webhook_endpoint.disabled")]
    EndpointDisabled,
}

impl NoticeType {
    /// All types.
    pub const ALL: [Self; 2] = [Self::EndpointFailing, Self::EndpointDisabled];

    /// The type as it is written in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::EndpointFailing => "webhook_endpoint.failing",
            Self::EndpointDisabled => "webhook_endpoint.disabled",
        }
    }
}
